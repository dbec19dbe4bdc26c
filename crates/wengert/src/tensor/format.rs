//! Tensors as text: nested brackets, large axes abridged to their ends.

use super::Tensor;
use crate::Element;
use std::fmt;

const FULL: usize = 256; // print all elements up to here
const EDGE: usize = 3; // else this many at each end of an axis

fn write_axis<T: Element>(
    t: &Tensor<T>,
    index: &mut Vec<usize>,
    number: &dyn Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let axis = index.len();
    if axis == t.rank() {
        return number(&t.get(&*index).map_err(|_| fmt::Error)?, f);
    }
    let size = t.dims()[axis];
    let abridged = t.len() > FULL && size > 2 * EDGE;
    let last = axis + 1 == t.rank();
    f.write_str("[")?;
    for i in 0..size {
        if abridged && i == EDGE {
            f.write_str(if last { ", ..." } else { ",\n ..." })?;
        }
        if abridged && (EDGE..size - EDGE).contains(&i) {
            continue;
        }
        if i > 0 {
            f.write_str(",")?;
            if last {
                f.write_str(" ")?;
            } else {
                write!(f, "\n{:width$}", "", width = axis + 1)?;
            }
        }
        index.push(i);
        write_axis(t, index, number, f)?;
        index.pop();
    }
    f.write_str("]")
}

impl<T: Element + fmt::Display> fmt::Display for Tensor<T> {
    /// Elements in nested brackets; a precision (`{:.3}`) applies to each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_axis(self, &mut Vec::new(), &|x, f| fmt::Display::fmt(x, f), f)
    }
}

impl<T: Element> fmt::Debug for Tensor<T> {
    /// Type and shape, then the elements.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor<{}> {} ", std::any::type_name::<T>(), self.shape())?;
        write_axis(self, &mut Vec::new(), &|x, f| write!(f, "{x:?}"), f)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tensor;

    #[test]
    fn shows_rows_and_abridges_long_ones() {
        let t = Tensor::from([[1.0, 2.5], [3.0, 4.0]]);
        assert_eq!(t.to_string(), "[[1, 2.5],\n [3, 4]]");
        assert_eq!(format!("{t:.1}"), "[[1.0, 2.5],\n [3.0, 4.0]]");
        assert_eq!(format!("{:?}", Tensor::from(1.5)), "Tensor<f64> [] 1.5");
        let long: Tensor<i32> = (0..1000).collect();
        assert_eq!(long.to_string(), "[0, 1, 2, ..., 997, 998, 999]");
        assert_eq!(Tensor::<f32>::zeros([0]).to_string(), "[]");
    }
}
