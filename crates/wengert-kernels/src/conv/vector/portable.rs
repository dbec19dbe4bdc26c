//! A register made of an array, for any machine and as the oracle of the others.

use super::Vector;
use crate::real::Real;

/// Four lanes in an array.
#[derive(Clone, Copy)]
pub(in crate::conv) struct Lanes<T>([T; 4]);

impl<T: Real> Vector for Lanes<T> {
    type T = T;
    type Mask = [bool; 4];
    const N: usize = 4;
    const TALLEST: usize = 4;

    #[inline(always)]
    unsafe fn splat(x: T) -> Self {
        Lanes([x; 4])
    }

    #[inline(always)]
    unsafe fn load(p: *const T) -> Self {
        // SAFETY: the caller lets four elements at `p` be read; an array needs no more alignment.
        Lanes(unsafe { p.cast::<[T; 4]>().read() })
    }

    #[inline(always)]
    unsafe fn load_part(p: *const T, n: usize) -> Self {
        // SAFETY: the caller lets the first `n` elements at `p` be read.
        Lanes(std::array::from_fn(|i| if i < n { unsafe { p.add(i).read() } } else { T::ZERO }))
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut T) {
        // SAFETY: the caller lets four elements at `p` be written.
        unsafe { p.cast::<[T; 4]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn store_part(self, p: *mut T, n: usize) {
        for (i, &x) in self.0.iter().enumerate().take(n) {
            // SAFETY: the caller lets the first `n` elements at `p` be written.
            unsafe { p.add(i).write(x) }
        }
    }

    #[inline(always)]
    unsafe fn fma(self, b: Self, c: Self) -> Self {
        Lanes(std::array::from_fn(|i| self.0[i].mul_add(b.0[i], c.0[i])))
    }

    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        Lanes(std::array::from_fn(|i| self.0[i] + b.0[i]))
    }

    #[inline(always)]
    unsafe fn beats(self, best: Self) -> [bool; 4] {
        std::array::from_fn(|i| {
            let (x, best) = (self.0[i], best.0[i]);
            x > best || (x.is_nan() && !best.is_nan())
        })
    }

    #[inline(always)]
    unsafe fn positive(self) -> [bool; 4] {
        self.0.map(|x| x > T::ZERO || x.is_nan())
    }

    #[inline(always)]
    unsafe fn equal_and_nonzero(self, b: Self, other: Self) -> [bool; 4] {
        std::array::from_fn(|i| self.0[i] == b.0[i] && other.0[i] != T::ZERO)
    }

    #[inline(always)]
    unsafe fn select(mask: [bool; 4], a: Self, b: Self) -> Self {
        Lanes(std::array::from_fn(|i| if mask[i] { a.0[i] } else { b.0[i] }))
    }

    #[inline(always)]
    unsafe fn load_places(p: *const u8) -> Self {
        // SAFETY: the caller lets four bytes at `p` be read.
        let bytes = unsafe { p.cast::<[u8; 4]>().read() };
        Lanes(bytes.map(|b| T::from_f64(f64::from(b))))
    }

    #[inline(always)]
    unsafe fn store_places(self, p: *mut u8) {
        // SAFETY: the caller lets four bytes at `p` be written.
        unsafe { p.cast::<[u8; 4]>().write(self.0.map(|x| x.to_f64() as u8)) }
    }
}
