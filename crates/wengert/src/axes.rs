//! Axes as users name them: one, several, negative from the end.

use crate::{Error, MAX_RANK, Shape};

/// A set of axes of one tensor, counted from the first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AxisSet(u8);

impl std::fmt::Debug for AxisSet {
    /// The axes, as in `[0, 2]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// One axis or several: `0`, `-1`, `[0, 2]`, a slice or a vector; negative counts from the last.
///
/// An empty list names no axis: a reduction over it reduces nothing, as in NumPy (PyTorch takes it for all axes).
pub trait Axes {
    /// The axes as given.
    fn as_axes(&self) -> &[isize];
}

impl Axes for isize {
    fn as_axes(&self) -> &[isize] {
        std::slice::from_ref(self)
    }
}
impl<const N: usize> Axes for [isize; N] {
    fn as_axes(&self) -> &[isize] {
        self
    }
}
impl Axes for [isize] {
    fn as_axes(&self) -> &[isize] {
        self
    }
}
impl<A: Axes + ?Sized> Axes for &A {
    fn as_axes(&self) -> &[isize] {
        A::as_axes(self)
    }
}
impl Axes for Vec<isize> {
    fn as_axes(&self) -> &[isize] {
        self
    }
}

/// The axis `axis` of a tensor of rank `rank`, counted from the first.
pub(crate) fn resolve(op: &'static str, axis: isize, rank: usize) -> Result<usize, Error> {
    let from_first = if axis < 0 { axis + rank as isize } else { axis };
    usize::try_from(from_first).ok().filter(|&a| a < rank).ok_or(Error::Axis { op, axis, rank })
}

impl FromIterator<usize> for AxisSet {
    /// The set of these axes, each below [`MAX_RANK`](crate::MAX_RANK).
    fn from_iter<I: IntoIterator<Item = usize>>(axes: I) -> Self {
        Self(axes.into_iter().fold(0, |set, axis| set | 1 << axis))
    }
}

impl AxisSet {
    /// Resolves `axes` against a rank.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range, [`Error::RepeatedAxis`] if an axis is named twice.
    pub fn new(op: &'static str, axes: &[isize], rank: usize) -> Result<Self, Error> {
        let mut set = 0_u8;
        for &axis in axes {
            let axis = resolve(op, axis, rank)?;
            if set & (1 << axis) != 0 {
                return Err(Error::RepeatedAxis { op, axis });
            }
            set |= 1 << axis;
        }
        Ok(Self(set))
    }

    /// All axes of a tensor of rank `rank`.
    pub fn all(rank: usize) -> Self {
        debug_assert!(rank <= MAX_RANK);
        Self(((1_u16 << rank) - 1) as u8)
    }

    /// Whether `axis` is in the set.
    pub fn contains(self, axis: usize) -> bool {
        axis < MAX_RANK && self.0 & (1 << axis) != 0
    }

    /// The same axes of a tensor that has one more in front.
    pub(crate) fn behind_batch(self) -> Self {
        Self(self.0 << 1)
    }

    /// The axes of both.
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The axes in increasing order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = usize> {
        (0..MAX_RANK).filter(move |&a| self.contains(a))
    }

    /// Whether the axes follow one another.
    pub(crate) fn are_adjacent(self) -> bool {
        self.iter().zip(self.iter().skip(1)).all(|(a, b)| b == a + 1)
    }

    /// The number of elements reduced into each output when these axes of `shape` are reduced.
    pub fn count(self, shape: Shape) -> usize {
        self.iter().map(|a| shape.dims()[a]).product()
    }

    /// `shape` with these axes removed, or kept with size 1.
    pub fn reduced(self, shape: Shape, keepdim: bool) -> Shape {
        let mut dims = [1; MAX_RANK];
        let mut rank = 0;
        for (k, &d) in shape.dims().iter().enumerate() {
            if !self.contains(k) || keepdim {
                dims[rank] = if self.contains(k) { 1 } else { d };
                rank += 1;
            }
        }
        Shape::of(&dims[..rank])
    }
}
