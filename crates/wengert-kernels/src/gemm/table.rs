//! The functions of tiles, compiled for each instruction set.

use super::tile::{Run, Task, row, run};
#[cfg(target_arch = "x86_64")]
use crate::lanes::Instructions;
use crate::lanes::Level;
use crate::vector::{Plain, Vector};

/// Most rows of a tile, of any vector.
const MOST_ROWS: usize = 12;

/// Most rows of a task for [`Tiles::dots`].
pub(super) const DOTS_ROWS: usize = 4;

/// What computes products of one number type on one instruction set.
pub(super) struct Tiles<T> {
    /// The logarithm to base 2 of the numbers in a vector.
    pub(super) lanes_log2: u32,
    /// Most rows of a tile.
    pub(super) rows: usize,
    /// The function for tiles of `r` rows of `2^w` vectors at `[r - 1][w]`; see [`widest`].
    run: [[Option<Run<T>>; 4]; MOST_ROWS],
    /// The function for one row and any columns; it leaves out `add`, bias and `relu`.
    pub(super) row: Run<T>,
    /// The function for `r` rows at `[r - 1]` and any columns of a right operand whose columns are contiguous; it
    /// leaves out bias and `relu`.
    pub(super) dots: Option<[Run<T>; DOTS_ROWS]>,
}

impl<T> Tiles<T> {
    /// Numbers in a vector.
    pub(super) fn lanes(&self) -> usize {
        1 << self.lanes_log2
    }

    /// Columns of a panel of two vectors.
    pub(super) fn width(&self) -> usize {
        2 << self.lanes_log2
    }

    /// Vectors that a number of columns takes.
    pub(super) fn vectors(&self, columns: usize) -> usize {
        (columns + self.lanes() - 1) >> self.lanes_log2
    }

    /// The function for tiles of so many rows and vectors, a power of two up to [`widest`].
    #[inline]
    pub(super) fn run(&self, rows: usize, vectors: usize) -> Run<T> {
        self.run[rows - 1][vectors.ilog2() as usize].expect("there is a function for up to the widest tile")
    }
}

/// Most vectors in a tile of so many rows.
///
/// Few rows need more vectors, to have enough chains in flight.
pub(super) const fn widest(rows: usize) -> usize {
    match rows {
        1 => 8,
        2 | 3 => 4,
        _ => 2,
    }
}

/// A number type with tiles. Only `f32` and `f64` have them.
pub trait Product: Sized + 'static {
    /// The functions for an instruction set that the machine has.
    #[expect(private_interfaces, reason = "the trait is not exported: nobody outside can call this")]
    fn tiles(level: Level) -> &'static Tiles<Self>;
    /// `self * b + c`, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
}

/// The functions of an instruction set, as a table.
///
/// `tiles!(avx2, [1, 2], [target_feature(enable = "avx2")])` expands to a module `avx2` with functions `run` and `row`,
/// compiled for the features named, and `tiles::<V>(dots)`, the table of tiles with 1 and 2 rows.
macro_rules! tiles {
    ($(#[$cfg:meta])* $name:ident, [$($r:literal),*], [$($feature:meta)?]) => {
        $(#[$cfg])*
        mod $name {
            use super::*;

            $(#[$feature])?
            unsafe fn run<V: Vector, const R: usize, const W: usize>(task: &Task<V::Number>) {
                // SAFETY: the caller vouches for the same.
                unsafe { super::run::<V, R, W>(task) }
            }

            $(#[$feature])?
            unsafe fn row<V: Vector>(task: &Task<V::Number>) {
                // SAFETY: the caller vouches for the same.
                unsafe { super::row::<V>(task) }
            }

            pub(super) const fn tiles<V: Vector>(dots: Option<[Run<V::Number>; DOTS_ROWS]>) -> Tiles<V::Number> {
                let mut table: [[Option<Run<V::Number>>; 4]; MOST_ROWS] = [[None; 4]; MOST_ROWS];
                let mut rows = 0;
                $(
                    table[$r - 1][0] = Some(run::<V, $r, 1>);
                    table[$r - 1][1] = Some(run::<V, $r, 2>);
                    rows = if rows < $r { $r } else { rows };
                )*
                table[0][2] = Some(run::<V, 1, 4>);
                table[0][3] = Some(run::<V, 1, 8>);
                table[1][2] = Some(run::<V, 2, 4>);
                table[2][2] = Some(run::<V, 3, 4>);
                Tiles { lanes_log2: V::LANES.ilog2(), rows, run: table, row: row::<V>, dots }
            }
        }
    };
}

tiles!(portable, [1, 2, 3, 4, 5, 6], []);
tiles!(
    #[cfg(target_arch = "x86_64")]
    avx2,
    [1, 2, 3, 4, 5, 6],
    [target_feature(enable = "avx2,fma")]
);
tiles!(
    #[cfg(target_arch = "x86_64")]
    avx512,
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    [target_feature(enable = "avx512f")]
);

/// Implements [`Product`] for a number type: lanes of the portable vector, the vectors of AVX2 and AVX-512.
macro_rules! product {
    ($t:ident, $lanes:literal, $avx2:ident, $avx512:ident) => {
        impl Product for $t {
            #[expect(private_interfaces, reason = "as for the trait")]
            fn tiles(level: Level) -> &'static Tiles<$t> {
                static PORTABLE: Tiles<$t> = portable::tiles::<Plain<$t, $lanes>>(None);
                #[cfg(target_arch = "x86_64")]
                {
                    use super::dots::dots;
                    use crate::vector::x86::{Avx2, Avx512};
                    use std::arch::x86_64::{$avx2, $avx512};
                    const DOTS: [Run<$t>; DOTS_ROWS] = [
                        dots::<Avx2<$avx2>, 1>,
                        dots::<Avx2<$avx2>, 2>,
                        dots::<Avx2<$avx2>, 3>,
                        dots::<Avx2<$avx2>, 4>,
                    ];
                    static AVX2: Tiles<$t> = avx2::tiles::<Avx2<$avx2>>(Some(DOTS));
                    static AVX512: Tiles<$t> = avx512::tiles::<Avx512<$avx512>>(Some(DOTS));
                    match level.instructions() {
                        Instructions::Portable => {}
                        Instructions::Avx2 => return &AVX2,
                        Instructions::Avx512 => return &AVX512,
                    }
                }
                let _ = level;
                &PORTABLE
            }

            #[inline(always)]
            fn fused(self, b: $t, c: $t) -> $t {
                self.mul_add(b, c)
            }
        }
    };
}

product!(f32, 8, __m256, __m512);
product!(f64, 4, __m256d, __m512d);
