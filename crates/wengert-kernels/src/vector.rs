//! Vectors of numbers, one trait over the instruction sets.

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

use crate::real::Real;

/// A few numbers side by side, with what kernels do to them; each lane is a number of its own.
///
/// # Safety
///
/// Every method that is `unsafe` needs a processor with the instructions that the vector stands for; those
/// that take a pointer also need its numbers inside one live allocation, writable where they are stored.
pub(crate) trait Vector: Copy {
    /// The type of a lane.
    type Number: Real;
    /// Which lanes take part, always the first ones.
    type Mask: Copy;
    /// Numbers in a vector.
    const LANES: usize;

    /// The mask of the first `count` lanes, from 1 to all.
    unsafe fn first(count: usize) -> Self::Mask;
    /// Zeros.
    unsafe fn zero() -> Self;
    /// The number at `p` in every lane.
    unsafe fn repeat(p: *const Self::Number) -> Self;
    /// The numbers from `p` on.
    unsafe fn load(p: *const Self::Number) -> Self;
    /// The numbers from `p` on in the lanes of the mask, zeros in the others, which are not read.
    unsafe fn load_first(p: *const Self::Number, mask: Self::Mask) -> Self;
    /// Writes all lanes from `p` on.
    unsafe fn store(self, p: *mut Self::Number);
    /// Writes the lanes of the mask from `p` on.
    unsafe fn store_first(self, p: *mut Self::Number, mask: Self::Mask);
    /// The product of two vectors added to `sum`, rounded once.
    unsafe fn multiply_add(self, b: Self, sum: Self) -> Self;
    /// The sum.
    unsafe fn plus(self, b: Self) -> Self;
    /// Asks for the memory at `p` to be near soon; a hint without effect on values.
    fn prefetch(p: *const Self::Number);
    /// Lanes above zero and NaNs as they are, zeros for the others.
    unsafe fn relu(self) -> Self;
}

/// Lanes that the compiler turns into what instructions the target guarantees.
#[derive(Clone, Copy)]
pub(crate) struct Plain<T, const L: usize>([T; L]);

impl<T: Real, const L: usize> Vector for Plain<T, L> {
    type Number = T;
    type Mask = usize;
    const LANES: usize = L;

    #[inline(always)]
    unsafe fn first(count: usize) -> usize {
        count
    }

    #[inline(always)]
    unsafe fn zero() -> Self {
        Plain([T::ZERO; L])
    }

    #[inline(always)]
    unsafe fn repeat(p: *const T) -> Self {
        // SAFETY: the caller vouches for the number at `p`.
        Plain([unsafe { *p }; L])
    }

    #[inline(always)]
    unsafe fn load(p: *const T) -> Self {
        // SAFETY: the caller vouches for `L` numbers; an array of them has the alignment of one.
        Plain(unsafe { *p.cast() })
    }

    #[inline(always)]
    unsafe fn load_first(p: *const T, count: usize) -> Self {
        let mut lanes = [T::ZERO; L];
        for (i, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: the caller vouches for the first `count` numbers.
            *lane = unsafe { *p.add(i) };
        }
        Plain(lanes)
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut T) {
        // SAFETY: as for `load`, and the caller may write there.
        unsafe { *p.cast() = self.0 }
    }

    #[inline(always)]
    unsafe fn store_first(self, p: *mut T, count: usize) {
        for (i, &lane) in self.0.iter().enumerate().take(count) {
            // SAFETY: the caller may write the first `count` numbers.
            unsafe { *p.add(i) = lane }
        }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, b: Self, sum: Self) -> Self {
        Plain(std::array::from_fn(|i| self.0[i].fused(b.0[i], sum.0[i])))
    }

    #[inline(always)]
    unsafe fn plus(self, b: Self) -> Self {
        Plain(std::array::from_fn(|i| self.0[i] + b.0[i]))
    }

    #[inline(always)]
    fn prefetch(_: *const T) {}

    #[inline(always)]
    unsafe fn relu(self) -> Self {
        Plain(self.0.map(relu))
    }
}

/// A number above zero or NaN as it is, else zero.
#[inline(always)]
pub(crate) fn relu<T: Real>(x: T) -> T {
    if x > T::ZERO || x.is_nan() { x } else { T::ZERO }
}
