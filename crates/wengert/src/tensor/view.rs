//! Views: another shape, order or part of the same storage.

use super::{Tensor, layout::Layout};
use crate::{Element, Error, MAX_RANK, Shape, axes::resolve, error::or_panic};

impl<T: Element> Tensor<T> {
    /// The storage and the position in it of the first element.
    ///
    /// Element `[i, j, ...]` is at that position plus `i * strides[0] + j * strides[1] + ...`
    /// ([`strides`](Tensor::strides)). Other elements of the storage may belong to other tensors.
    ///
    /// ```
    /// use wengert::Tensor;
    /// let column = Tensor::from([[1.0, 2.0], [3.0, 4.0]]).narrow(1, 1..2);
    /// let (storage, first) = column.storage();
    /// assert_eq!((storage, first, column.strides()), (&[1.0, 2.0, 3.0, 4.0][..], 1, &[2, 1][..]));
    /// ```
    pub fn storage(&self) -> (&[T], usize) {
        (&self.buf, self.offset)
    }

    /// Returns the elements in row-major order under another shape; a view where strides allow.
    ///
    /// # Errors
    ///
    /// [`Error::Reshape`] if the number of elements differs; those of [`Shape::new`].
    pub fn try_reshape(&self, shape: impl AsRef<[usize]>) -> Result<Self, Error> {
        let to = Shape::new(shape)?;
        if to.len() != self.len() {
            return Err(Error::Reshape { from: self.dims().into(), to: to.dims().into() });
        }
        if self.is_contiguous() {
            return Ok(self.view(Layout::row_major(&to), self.offset));
        }
        if let Some(layout) = self.layout.reshaped(&to) {
            return Ok(self.view(layout, self.offset));
        }
        Ok(Self { layout: Layout::row_major(&to), ..self.contiguous() })
    }

    /// Returns the elements in row-major order under another shape.
    ///
    /// # Panics
    ///
    /// As [`Tensor::try_reshape`] fails.
    #[track_caller]
    pub fn reshape(&self, shape: impl AsRef<[usize]>) -> Self {
        or_panic(self.try_reshape(shape))
    }

    /// Returns the view whose axis `k` is axis `order[k]` of this tensor.
    pub(crate) fn permute_view(&self, order: &[usize]) -> Self {
        let (mut dims, mut strides) = ([1; MAX_RANK], [0; MAX_RANK]);
        for (k, &a) in order.iter().enumerate() {
            (dims[k], strides[k]) = (self.dims()[a], self.strides()[a]);
        }
        let rank = order.len();
        self.view(Layout::new(&dims[..rank], &strides[..rank]), self.offset)
    }

    /// The same storage seen another way.
    fn view(&self, layout: Layout, offset: usize) -> Self {
        Self { buf: self.buf.clone(), layout, offset }
    }

    /// Returns the view whose axis `k` is axis `order[k]` of this tensor.
    ///
    /// # Panics
    ///
    /// Unless `order` names every axis once.
    #[track_caller]
    pub fn permute(&self, order: &[usize]) -> Self {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        assert!(
            sorted.iter().copied().eq(0..self.rank()),
            "permute: {order:?} must name each of {} axes once",
            self.rank()
        );
        self.permute_view(order)
    }

    /// Returns the view without an axis of size 1.
    ///
    /// # Panics
    ///
    /// If the axis does not exist or has another size.
    #[track_caller]
    pub fn drop_axis(&self, axis: usize) -> Self {
        assert!(
            self.dims().get(axis) == Some(&1),
            "drop_axis: axis {axis} of {} has not size 1",
            self.shape()
        );
        let order: Vec<usize> = (0..self.rank()).filter(|&k| k != axis).collect();
        self.permute_view(&order)
    }

    /// Returns the view with two axes exchanged.
    ///
    /// # Panics
    ///
    /// If an axis is out of range.
    #[track_caller]
    pub fn transpose(&self, a: isize, b: isize) -> Self {
        let axis = |x| resolve("transpose", x, self.rank());
        let mut order: Vec<usize> = (0..self.rank()).collect();
        let (a, b) = (or_panic(axis(a)), or_panic(axis(b)));
        order.swap(a, b);
        self.permute_view(&order)
    }

    /// Returns the view repeated to a larger shape, aligned at the last axis; `to` is known to fit.
    pub(crate) fn broadcast_view(&self, to: Shape) -> Self {
        let lead = to.rank() - self.rank();
        let mut strides = [0; MAX_RANK];
        for (k, (&d, &s)) in self.dims().iter().zip(self.strides()).enumerate() {
            if d != 1 || to.dims()[lead + k] == 1 {
                strides[lead + k] = s;
            }
        }
        self.view(Layout::new(to.dims(), &strides[..to.rank()]), self.offset)
    }

    /// Returns the view repeated to a larger shape, aligned at the last axis.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`] if some size is neither equal nor 1.
    pub fn try_broadcast_to(&self, shape: impl AsRef<[usize]>) -> Result<Self, Error> {
        let to = Shape::new(shape)?;
        self.shape().check_repeats_to("broadcast_to", to)?;
        Ok(self.broadcast_view(to))
    }

    /// Returns `count` elements of an axis, from `start`, `step` apart (negative steps walk down).
    pub(crate) fn slice_view(&self, axis: usize, start: usize, count: usize, step: isize) -> Self {
        let (shape, rank) = (self.shape().with(axis, count), self.rank());
        let mut strides = [0; MAX_RANK];
        strides[..rank].copy_from_slice(self.strides());
        let skipped = if shape.is_empty() { 0 } else { start as isize * strides[axis] };
        strides[axis] *= step;
        self.view(Layout::new(shape.dims(), &strides[..rank]), (self.offset as isize + skipped) as usize)
    }

    /// Returns part `range` of an axis, as a view.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] and [`Error::Index`] if the axis or the end of the range does not exist,
    /// [`Error::Attribute`] for a start after the end.
    pub fn try_narrow(&self, axis: isize, range: std::ops::Range<usize>) -> Result<Self, Error> {
        let axis = resolve("narrow", axis, self.rank())?;
        let size = self.dims()[axis];
        if let Some(&beyond) = [range.start, range.end].iter().find(|&&p| p > size) {
            return Err(Error::Index { op: "narrow", index: beyond as i64, size });
        }
        if range.start > range.end {
            let given = format!("{range:?} of an axis of size {size}");
            let expected = "a start not after the end";
            return Err(Error::Attribute { op: "narrow", name: "range", given, expected });
        }
        Ok(self.slice_view(axis, range.start, range.end - range.start, 1))
    }

    /// Returns part `range` of an axis, as a view.
    ///
    /// # Panics
    ///
    /// As [`Tensor::try_narrow`] fails.
    #[track_caller]
    pub fn narrow(&self, axis: isize, range: std::ops::Range<usize>) -> Self {
        or_panic(self.try_narrow(axis, range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reshape_of_a_transpose_keeps_logical_order() {
        let t = Tensor::from([[1, 2, 3], [4, 5, 6_i32]]).transpose(0, 1);
        assert_eq!(t.reshape([2, 3]), Tensor::from([[1, 4, 2], [5, 3, 6]]));
        assert!(matches!(t.try_reshape([4]), Err(Error::Reshape { .. })));
    }

    #[test]
    fn writing_to_a_broadcast_view_copies_first() {
        let row = Tensor::from([1.0, 2.0]);
        let mut t = row.try_broadcast_to([2, 2]).expect("[2] broadcasts to [2, 2]");
        t.make_mut()[0] = 9.0;
        assert_eq!(t, Tensor::from([[9.0, 2.0], [1.0, 2.0]]));
        assert_eq!(row, Tensor::from([1.0, 2.0]));
    }

    #[test]
    fn narrow_refuses_what_is_not_there() {
        let t = Tensor::from([1.0, 2.0, 3.0]);
        assert_eq!(t.narrow(-1, 1..3).to_vec(), [2.0, 3.0]);
        assert!(t.narrow(0, 3..3).is_empty());
        assert!(matches!(t.try_narrow(0, 2..4), Err(Error::Index { index: 4, size: 3, .. })));
        assert!(matches!(t.try_narrow(1, 0..1), Err(Error::Axis { .. })));
    }
}
