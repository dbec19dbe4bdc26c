//! Strided views, walked in row-major order.

use smallvec::SmallVec;

/// Size and stride of each axis.
pub(crate) type Axes = SmallVec<[(usize, isize); 8]>;

/// An index along each axis.
pub(crate) type Position = SmallVec<[usize; 8]>;

/// Whether all elements `offset + i * strides[0] + j * strides[1] + ...` lie among `len`; an empty axis counts as one
/// of size 1.
pub(crate) fn lies_inside(len: usize, offset: usize, shape: &[usize], strides: &[isize]) -> bool {
    let start = (offset as isize, offset as isize);
    let ends = shape.iter().zip(strides).try_fold(start, |(low, high), (&size, &stride)| {
        let reach = isize::try_from(size.max(1) - 1).ok()?.checked_mul(stride)?;
        Some((low.checked_add(reach.min(0))?, high.checked_add(reach.max(0))?))
    });
    // The least is negative also where the offset exceeds what an address can be.
    ends.is_some_and(|(low, high)| low >= 0 && (high as usize) < len)
}

/// Size and stride of each axis, without axes of size 1 and with neighbors joined where they run on.
pub(crate) fn merged(shape: &[usize], strides: &[isize]) -> Axes {
    let mut axes = Axes::new();
    for (&size, &stride) in shape.iter().zip(strides) {
        match axes.last_mut() {
            _ if size == 1 => {}
            Some(last) if last.1 == stride * size as isize => *last = (last.0 * size, stride),
            _ => axes.push((size, stride)),
        }
    }
    axes
}

/// Position in the source of element number `index` of a view, and its index along each axis.
pub(crate) fn locate(offset: usize, axes: &[(usize, isize)], mut index: usize) -> (isize, Position) {
    let mut at = offset as isize;
    let mut position = Position::from_elem(0, axes.len());
    for (i, &(size, stride)) in position.iter_mut().zip(axes).rev() {
        *i = index % size;
        index /= size;
        at += *i as isize * stride;
    }
    (at, position)
}

/// Moves to the next index, in row-major order, and returns how far that is in the source.
fn advance(axes: &[(usize, isize)], position: &mut [usize]) -> isize {
    let mut moved = 0;
    for (i, &(size, stride)) in position.iter_mut().zip(axes).rev() {
        *i += 1;
        moved += stride;
        if *i < size {
            break;
        }
        *i = 0;
        moved -= size as isize * stride;
    }
    moved
}

/// A view whose axes are joined where they run on; at least one is left, and none is empty.
pub(crate) struct View<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) offset: usize,
    pub(crate) axes: Axes,
}

/// A place in the row-major order of a view.
pub(crate) struct Walk {
    /// Position in the data of the start of the row.
    row: isize,
    /// Index along the last axis.
    column: usize,
    /// Indices along the other axes.
    index: Position,
}

impl<T: Copy> View<'_, T> {
    /// Whether each row of `n` elements is the same.
    pub(crate) fn repeats(&self, n: usize) -> bool {
        let inner: usize = self.axes[1..].iter().map(|&(size, _)| size).product();
        self.axes[0].1 == 0 && inner == n
    }

    /// Size and stride of the last axis, and the axes before it.
    fn last_axis(&self) -> ((usize, isize), &[(usize, isize)]) {
        let (&last, outer) = self.axes.split_last().expect("a view has an axis");
        (last, outer)
    }

    /// The place of element number `first`.
    pub(crate) fn at(&self, first: usize) -> Walk {
        let ((width, _), outer) = self.last_axis();
        let (row, index) = locate(self.offset, outer, first / width);
        Walk { row, column: first % width, index }
    }

    /// Copies the elements from `walk` on, a run along the last axis at a time, and moves it behind them.
    pub(crate) fn copy(&self, walk: &mut Walk, mut out: &mut [T]) {
        let ((width, step), outer) = self.last_axis();
        while !out.is_empty() {
            let (run, rest) = out.split_at_mut((width - walk.column).min(out.len()));
            let mut at = walk.row + walk.column as isize * step;
            match step {
                1 => run.copy_from_slice(&self.data[at as usize..][..run.len()]),
                0 => run.fill(self.data[at as usize]),
                _ => {
                    for y in run.iter_mut() {
                        *y = self.data[at as usize];
                        at += step;
                    }
                }
            }
            walk.column += run.len();
            out = rest;
            if walk.column == width {
                walk.column = 0;
                walk.row += advance(outer, &mut walk.index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_that_run_on_are_joined() {
        let merged = |shape: &[usize], strides: &[isize]| merged(shape, strides).into_vec();
        assert_eq!(merged(&[2, 1, 3, 4], &[12, 99, 4, 1]), [(24, 1)]);
        assert_eq!(merged(&[2, 3], &[0, 0]), [(6, 0)]);
        assert_eq!(merged(&[2, 3, 4], &[1, 8, 2]), [(2, 1), (12, 2)]);
        assert_eq!(merged(&[1, 1], &[5, 7]), []);
    }

    #[test]
    fn a_view_lies_inside_if_its_least_and_its_largest_position_do() {
        let inside = |len, offset, stride| lies_inside(len, offset, &[2, 3], &[stride, 1]);
        assert!(inside(6, 0, 3) && !inside(5, 0, 3));
        assert!(inside(6, 3, -3) && !inside(6, 2, -3));
        assert!(!inside(usize::MAX, usize::MAX - 1, 0) && !inside(6, 0, isize::MAX));
        assert!(!lies_inside(6, 0, &[usize::MAX], &[1]) && lies_inside(1, 0, &[0, 9], &[7, 0]));
    }
}
