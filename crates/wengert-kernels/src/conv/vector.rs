//! What the convolution kernels need of a vector register, and the registers that have it.
//!
//! Every operation is exact or rounded once, lane by lane, so a kernel written over [`Vector`] has
//! the same bits on all of them.

#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
mod define;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::real::Real;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
pub(super) use neon::{F32x4, F64x2};
pub(super) use portable::Lanes;
#[cfg(target_arch = "x86_64")]
pub(super) use x86::{F32x8, F32x16, F64x4, F64x8};

/// Vectors of one row of a panel: the columns of a block of accumulators.
pub(super) const COLUMNS: usize = 2;

/// A register of [`Vector::N`] numbers.
///
/// # Safety
///
/// Every method may only be called where the CPU has the instructions of the implementing type;
/// those that take a pointer access the elements that they name, with no need of alignment.
pub(crate) trait Vector: Copy {
    /// The number in a lane.
    type T: Real;
    /// A truth value per lane.
    type Mask: Copy;
    /// Number of lanes.
    const N: usize;
    /// Rows of the tallest block of accumulators with [`COLUMNS`] columns that fits the registers.
    const TALLEST: usize;

    /// `x` in every lane.
    unsafe fn splat(x: Self::T) -> Self;
    /// The `N` elements at `p`.
    unsafe fn load(p: *const Self::T) -> Self;
    /// The first `n < N` elements at `p`, zeros in the other lanes.
    unsafe fn load_part(p: *const Self::T, n: usize) -> Self;
    /// Writes the `N` elements at `p`.
    unsafe fn store(self, p: *mut Self::T);
    /// Writes the first `n < N` elements at `p` and nothing else.
    unsafe fn store_part(self, p: *mut Self::T, n: usize);
    /// `self * b + c`, rounded once.
    unsafe fn fma(self, b: Self, c: Self) -> Self;
    /// `self + b`.
    unsafe fn add(self, b: Self) -> Self;
    /// Whether `self > best`, or `self` is NaN and `best` is not.
    unsafe fn beats(self, best: Self) -> Self::Mask;
    /// Whether `self > 0` or NaN.
    unsafe fn positive(self) -> Self::Mask;
    /// Whether `self == b` and `other` is not zero.
    unsafe fn equal_and_nonzero(self, b: Self, other: Self) -> Self::Mask;
    /// `a` where the mask is set, else `b`.
    unsafe fn select(mask: Self::Mask, a: Self, b: Self) -> Self;
    /// The `N` small integers at `p` as numbers.
    unsafe fn load_places(p: *const u8) -> Self;
    /// Writes lanes that hold integers from 0 to 255 as `N` bytes at `p`.
    unsafe fn store_places(self, p: *mut u8);

    /// A small integer in every lane.
    #[inline(always)]
    unsafe fn number(i: usize) -> Self {
        // SAFETY: the caller's.
        unsafe { Self::splat(Self::T::from_f64(i as f64)) }
    }

    /// The first `n <= N` elements at `p`, zeros in the other lanes.
    #[inline(always)]
    unsafe fn load_some(p: *const Self::T, n: usize) -> Self {
        // SAFETY: the caller's.
        unsafe { if n == Self::N { Self::load(p) } else { Self::load_part(p, n) } }
    }

    /// Writes the first `n <= N` elements at `p` and nothing else.
    #[inline(always)]
    unsafe fn store_some(self, p: *mut Self::T, n: usize) {
        // SAFETY: the caller's.
        unsafe { if n == Self::N { self.store(p) } else { self.store_part(p, n) } }
    }
}

/// A register of 16 lanes that may hold four rows of four elements.
///
/// # Safety
///
/// As [`Vector`].
pub(crate) trait Patch: Vector {
    /// For each lane, the number of an element.
    type Places: Copy;

    /// Four rows of four elements, the first at `p` and `row` elements apart.
    unsafe fn load_patch(p: *const Self::T, row: usize) -> Self;
    /// Where in a patch the cells are whose numbers are at `p`: 0 to 3, of its first two rows and columns.
    unsafe fn load_cells(p: *const u8) -> Self::Places;
    /// In each lane the element that lies `offset` behind its place.
    unsafe fn pick(self, places: Self::Places, offset: usize) -> Self;
}
