//! # unbind
//!
//! The layers of an axis, each without it.
//!
//! $$ (y_k)_{i j} = x_{i k j} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `split` and `reshape` |
//! | JVP | by composition |
//! | shape | `[…, n, …] → n` times `[…, …]` |
//! | domain | everything; the layers are views; an axis of size 0 has none |
//! | numerics | as `split`: the cotangents of $n$ layers cost $n \log n$ |
//! | source | definition: the inverse of `stack` |

use super::{Composed, Draw};
use crate::{Error, Float, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The layers of an axis, each without it; see [`crate::ops::composed::unbind`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`].
    #[track_caller]
    pub fn try_unbind(self, axis: isize) -> Result<Vec<Self>, Error> {
        let size = self.shape().dims()[resolve("unbind", axis, self.rank())?];
        let mut layers = Vec::with_capacity(size);
        self.parts_to(axis, &vec![1; size], &mut layers)?;
        for layer in &mut layers {
            *layer = layer.try_squeeze(axis)?;
        }
        Ok(layers)
    }

    /// As [`Var::try_unbind`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let [left, right] = x.unbind(1)[..] else { panic!("two columns") };
    /// assert_eq!((left * right).value().to_vec(), [2.0, 12.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn unbind(self, axis: isize) -> Vec<Self> {
        or_panic(self.try_unbind(axis))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "unbind",
        f: |x| match x[0].unbind(0)[..] {
            [a, b] => Var::concat(&[b.reshape([b.shape().len()]), a.reshape([a.shape().len()]) * 3.0], 0),
            [a, ..] => a,
            [] => x[0],
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[2], &[2, 3], &[0, 2], &[1, 2, 1], &[2, 0]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn stacking_the_layers_gives_the_whole_back() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        for axis in [0, 1, -1] {
            let y = Var::stack(&x.unbind(axis), axis);
            assert_eq!(y.value(), x.value());
            assert_eq!((y * y).sum().backward(&[x])[0], x.value().map(|x| 2.0 * x));
        }
        assert!(tape.leaf(Tensor::zeros([2, 0])).unbind(1).is_empty());
        assert!(matches!(x.try_unbind(2), Err(Error::Axis { op: "unbind", axis: 2, rank: 2 })));
        assert!(matches!(tape.leaf(1.0).try_unbind(0), Err(Error::Axis { .. })));
    }
}
