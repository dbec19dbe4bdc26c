//! Sizes of a tensor along its axes.

use crate::Error;
use crate::error::or_panic;
use smallvec::SmallVec;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The largest number of axes a tensor may have.
pub const MAX_RANK: usize = 8;

/// The sizes of a tensor, one per axis; `Copy`, no heap.
///
/// ```
/// use wengert::Shape;
/// let shape = Shape::new([2, 3])?;
/// assert_eq!((shape.rank(), shape.len()), (2, 6));
/// # Ok::<(), wengert::Error>(())
/// ```
#[derive(Clone, Copy, Eq)]
pub struct Shape {
    dims: [usize; MAX_RANK],
    rank: u8,
}

impl PartialEq for Shape {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        // A loop: most shapes are too short for a call to compare memory.
        self.rank == other.rank && self.dims().iter().zip(other.dims()).all(|(a, b)| a == b)
    }
}

impl Hash for Shape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dims().hash(state);
    }
}

pub(crate) type Strides = [isize; MAX_RANK];

impl Shape {
    /// The shape of a scalar: no axes, one element.
    pub const SCALAR: Self = Self { dims: [1; MAX_RANK], rank: 0 };

    /// Returns the shape with these sizes.
    ///
    /// # Errors
    ///
    /// [`Error::RankTooLarge`] above [`MAX_RANK`] axes; [`Error::TooLarge`] if the elements, eight bytes each,
    /// would not fit in `isize::MAX` bytes (axes of size 0 count as 1 here, so strides cannot overflow either).
    pub fn new(dims: impl AsRef<[usize]>) -> Result<Self, Error> {
        let given = dims.as_ref();
        if given.len() > MAX_RANK {
            return Err(Error::RankTooLarge { rank: given.len() });
        }
        let mut bytes = 8_usize;
        for &d in given {
            bytes = bytes
                .checked_mul(d.max(1))
                .filter(|&b| b <= isize::MAX as usize)
                .ok_or_else(|| Error::TooLarge { shape: given.to_vec() })?;
        }
        Ok(Self::known(given))
    }

    /// The shape with sizes that are known to be those of one.
    #[inline]
    pub(crate) fn known(sizes: &[usize]) -> Self {
        let mut dims = [1; MAX_RANK];
        dims[..sizes.len()].copy_from_slice(sizes);
        Self { dims, rank: sizes.len() as u8 }
    }

    /// The same, for sizes that come from a valid shape of at least as many elements.
    #[track_caller]
    pub(crate) fn of(dims: &[usize]) -> Self {
        or_panic(Self::new(dims))
    }

    /// The sizes, first axis first.
    #[inline]
    pub fn dims(&self) -> &[usize] {
        &self.dims[..usize::from(self.rank)]
    }

    /// The number of axes.
    #[inline]
    pub fn rank(&self) -> usize {
        usize::from(self.rank)
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.dims().iter().product()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.dims().contains(&0)
    }

    /// Row-major strides, in elements.
    pub(crate) fn strides(&self) -> Strides {
        let mut strides = [0; MAX_RANK];
        let mut step = 1;
        for (s, &d) in strides.iter_mut().zip(self.dims()).rev() {
            *s = step;
            step *= d.max(1) as isize;
        }
        strides
    }

    /// This shape with axis `axis` of size `size`.
    pub(crate) fn with(mut self, axis: usize, size: usize) -> Self {
        debug_assert!(axis < self.rank());
        self.dims[axis] = size;
        self
    }

    /// Sizes before `axis` multiplied, its size, sizes after it multiplied.
    pub(crate) fn around(&self, axis: usize) -> [usize; 3] {
        let d = self.dims();
        [d[..axis].iter().product(), d[axis], d[axis + 1..].iter().product()]
    }

    /// The shape two shapes broadcast to, aligned at the last axis.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`] if some axis has two sizes and neither is 1.
    pub fn broadcast(op: &'static str, a: Self, b: Self) -> Result<Self, Error> {
        if a == b {
            return Ok(a);
        }
        let rank = a.rank().max(b.rank());
        let mut dims = [1; MAX_RANK];
        for (k, dim) in dims.iter_mut().enumerate().take(rank) {
            let size = |s: &Self| (k + s.rank()).checked_sub(rank).map_or(1, |i| s.dims()[i]);
            *dim = match (size(&a), size(&b)) {
                (m, n) if m == n => m,
                (1, n) | (n, 1) => n,
                _ => return Err(Error::Broadcast { op, lhs: a.dims().into(), rhs: b.dims().into() }),
            };
        }
        Self::new(&dims[..rank])
    }

    /// Refuses a shape that this one is not repeated to by broadcasting.
    pub(crate) fn check_repeats_to(self, op: &'static str, to: Self) -> Result<(), Error> {
        if Self::broadcast(op, self, to)? == to {
            return Ok(());
        }
        let (lhs, rhs) = (self.dims().into(), to.dims().into());
        let expected =
            "the first to repeat into the second: sizes equal, or 1 in the first, and no axis dropped";
        Err(Error::ShapeMismatch { op, lhs, rhs, expected })
    }

    /// Calls `f` with every index in row-major order.
    pub(crate) fn for_each_index(&self, mut f: impl FnMut(&[usize])) {
        let (rank, dims) = (self.rank(), self.dims());
        let mut ix = [0; MAX_RANK];
        for _ in 0..self.len() {
            f(&ix[..rank]);
            for k in (0..rank).rev() {
                ix[k] += 1;
                if ix[k] < dims[k] {
                    break;
                }
                ix[k] = 0;
            }
        }
    }
}

impl AsRef<[usize]> for Shape {
    fn as_ref(&self) -> &[usize] {
        self.dims()
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.dims())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.dims())
    }
}

/// Sizes in a row, to make a shape of, without asking the system for memory.
pub(crate) fn joined(parts: &[&[usize]]) -> SmallVec<[usize; MAX_RANK]> {
    parts.iter().flat_map(|part| part.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_sizes_whose_bytes_overflow() {
        assert!(matches!(Shape::new([1 << 40, 1 << 40]), Err(Error::TooLarge { .. })));
        assert!(matches!(Shape::new([0, 1 << 63]), Err(Error::TooLarge { .. })));
        assert!(matches!(Shape::new([1; 9]), Err(Error::RankTooLarge { rank: 9 })));
    }

    #[test]
    fn broadcasts_from_the_right() {
        let s = |d: &[usize]| Shape::of(d);
        let b = |x: &[usize], y: &[usize]| Shape::broadcast("add", s(x), s(y));
        assert_eq!(b(&[3, 1], &[1, 4]), Ok(s(&[3, 4])));
        assert_eq!(b(&[2, 1, 4], &[3, 1]), Ok(s(&[2, 3, 4])));
        assert_eq!(b(&[], &[0]), Ok(s(&[0])));
        assert!(matches!(b(&[2], &[3]), Err(Error::Broadcast { .. })));
    }
}
