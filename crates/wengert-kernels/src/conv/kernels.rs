//! The kernels compiled for each instruction set, and the choice among them.

use super::outer::{self, Outer};
use super::pooled::lists::{self, Group, Lists};
#[cfg(target_arch = "x86_64")]
use super::pooled::patches;
use super::pooled::rows;
use super::pooled::sparse::{self, Gather, Scatter, Spread};
use super::pooled::squares::{self, Squares};
use super::pooled::winners::{self, Masked, Pool};
use super::tile::{self, Tile};
use super::vector::{Lanes, Vector};
use crate::element::Element;
use crate::lanes::{Instructions, Level};
use crate::pool::{self, Windows};
use std::fmt;

/// Loops compiled for one number type and one instruction set.
///
/// The functions may only be called on a CPU that has the instructions: [`Kernels::best`] and
/// [`Vectorized::available`] give out no other table.
pub struct Kernels<T: Element> {
    /// Name of the instruction set.
    pub(super) name: &'static str,
    /// Numbers in a register.
    pub(super) lanes: usize,
    /// See [`tile::tile`].
    pub(super) tile: unsafe fn(&Tile<'_, T>),
    /// See [`outer::outer`].
    pub(super) outer: unsafe fn(&Outer<'_, T>),
    /// See [`winners::pool`].
    pub(super) pool: unsafe fn(&Pool<'_, T>),
    /// See [`squares::squares`].
    pub(super) squares: unsafe fn(&Squares<'_, T>),
    /// See [`winners::mask`].
    pub(super) mask: unsafe fn(&mut Masked<'_, T>),
    /// See [`lists::scalar::by_channel`].
    pub(super) by_channel: unsafe fn(&Group<'_, T>, &mut Lists<T>),
    /// See [`lists::scalar::by_window`].
    pub(super) by_window: unsafe fn(&Group<'_, T>, [u32; 2], &mut Lists<T>),
    /// See [`sparse::gather`].
    pub(super) gather: unsafe fn(&Gather<'_, T>),
    /// See [`sparse::scatter`].
    pub(super) scatter: unsafe fn(&Scatter<'_, T>),
    /// See [`sparse::spread`].
    pub(super) spread: unsafe fn(&Spread<'_, T>),
    /// See [`rows::rows`].
    pub(super) rows: unsafe fn(&Spread<'_, T>, usize),
    /// See [`pool::windows`].
    pub(crate) windows: unsafe fn(&Windows<'_, T>),
}

impl<T: Element> fmt::Debug for Kernels<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Numbers with kernels of their own; implemented for `f32` and `f64` alone.
pub trait Vectorized: Element + 'static {
    /// The tables that this CPU can run, the fastest first.
    fn available() -> impl Iterator<Item = &'static Kernels<Self>>;
}

impl<T: Vectorized> Kernels<T> {
    /// The fastest table for this CPU.
    pub(crate) fn best() -> &'static Kernels<T> {
        T::available().next().expect("the portable table serves any CPU")
    }
}

/// Compiles every kernel for one register type.
///
/// `table!(avx2_f32: "AVX2", F32x8, f32, rows::rows::<F32x8>, scalar, #[target_feature(enable = "avx2,fma")])` expands to a module
/// `avx2_f32` with a function per kernel that carries the attribute, and the `TABLE` of them.
macro_rules! table {
    ($module:ident: $name:literal, $vector:ty, $t:ty, $rows:path, $lists:ident $(, #[$features:meta])?) => {
        mod $module {
            use super::*;

            $(#[$features])?
            unsafe fn tile(t: &Tile<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { tile::tile::<$vector>(t) }
            }
            $(#[$features])?
            unsafe fn outer(o: &Outer<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { outer::outer::<$vector>(o) }
            }
            $(#[$features])?
            unsafe fn pool(p: &Pool<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { winners::pool::<$vector>(p) }
            }
            $(#[$features])?
            unsafe fn squares(s: &Squares<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { squares::squares::<$vector>(s) }
            }
            $(#[$features])?
            unsafe fn mask(m: &mut Masked<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { winners::mask::<$vector>(m) }
            }
            $(#[$features])?
            unsafe fn by_channel(g: &Group<'_, $t>, to: &mut Lists<$t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                #[allow(unused_unsafe, reason = "plain loops make no demands")]
                unsafe { lists::$lists::by_channel(g, to) }
            }
            $(#[$features])?
            unsafe fn by_window(g: &Group<'_, $t>, rows: [u32; 2], to: &mut Lists<$t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                #[allow(unused_unsafe, reason = "plain loops make no demands")]
                unsafe { lists::$lists::by_window(g, rows, to) }
            }
            $(#[$features])?
            unsafe fn gather(g: &Gather<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { sparse::gather::<$vector>(g) }
            }
            $(#[$features])?
            unsafe fn scatter(s: &Scatter<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { sparse::scatter::<$vector>(s) }
            }
            $(#[$features])?
            unsafe fn spread(s: &Spread<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { sparse::spread::<$vector>(s) }
            }
            $(#[$features])?
            unsafe fn rows(s: &Spread<'_, $t>, width: usize) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { $rows(s, width) }
            }
            $(#[$features])?
            unsafe fn windows(w: &Windows<'_, $t>) {
                // SAFETY: the promises of the caller are those of the kernel.
                unsafe { pool::windows::<$vector>(w) }
            }

            pub(super) static TABLE: Kernels<$t> = Kernels {
                name: $name,
                lanes: <$vector as Vector>::N,
                tile,
                outer,
                pool,
                squares,
                mask,
                by_channel,
                by_window,
                gather,
                scatter,
                spread,
                rows,
                windows,
            };
        }
    };
}

#[cfg(target_arch = "x86_64")]
use super::vector::{F32x8, F32x16, F64x4, F64x8};

#[cfg(target_arch = "x86_64")]
table!(avx512_f32: "AVX-512", F32x16, f32, patches::patches::<F32x16>, avx512, #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]);
#[cfg(target_arch = "x86_64")]
table!(avx512_f64: "AVX-512", F64x8, f64, rows::rows::<F64x8>, scalar, #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]);
#[cfg(target_arch = "x86_64")]
table!(avx2_f32: "AVX2", F32x8, f32, rows::rows::<F32x8>, scalar, #[target_feature(enable = "avx2,fma")]);
#[cfg(target_arch = "x86_64")]
table!(avx2_f64: "AVX2", F64x4, f64, rows::rows::<F64x4>, scalar, #[target_feature(enable = "avx2,fma")]);
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
use super::vector::{F32x4, F64x2};

#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
table!(neon_f32: "NEON", F32x4, f32, rows::rows::<F32x4>, scalar, #[target_feature(enable = "neon")]);
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
table!(neon_f64: "NEON", F64x2, f64, rows::rows::<F64x2>, scalar, #[target_feature(enable = "neon")]);
table!(portable_f32: "portable", Lanes<f32>, f32, rows::rows::<Lanes<f32>>, scalar);
table!(portable_f64: "portable", Lanes<f64>, f64, rows::rows::<Lanes<f64>>, scalar);

/// Implements [`Vectorized`] over the tables of one type.
macro_rules! vectorized {
    ($t:ty: $avx512:ident, $avx2:ident, $neon:ident, $portable:ident) => {
        impl Vectorized for $t {
            fn available() -> impl Iterator<Item = &'static Kernels<$t>> {
                let tables = [
                    #[cfg(target_arch = "x86_64")]
                    (Instructions::Avx512, &$avx512::TABLE),
                    #[cfg(target_arch = "x86_64")]
                    (Instructions::Avx2, &$avx2::TABLE),
                    // Part of what this target guarantees.
                    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
                    (Instructions::Portable, &$neon::TABLE),
                    (Instructions::Portable, &$portable::TABLE),
                ];
                tables.into_iter().filter(|&(set, _)| Level::of_machine().has(set)).map(|(_, table)| table)
            }
        }
    };
}

vectorized!(f32: avx512_f32, avx2_f32, neon_f32, portable_f32);
vectorized!(f64: avx512_f64, avx2_f64, neon_f64, portable_f64);
