//! How registers of an instruction set become [`Vector`](super::Vector)s.

/// Implements [`Vector`] for a newtype over a register, from the expressions of its operations.
///
/// Expands to `struct F32x16(__m512)` and `impl Vector for F32x16`, each method being the expression
/// given for it, in a block with its own argument.
macro_rules! vector {
    (
        $(#[$doc:meta])* $name:ident($register:ty) of $t:ty, mask $mask:ty, $n:literal lanes, $tallest:literal rows;
        splat($x:ident) $splat:expr;
        load($lp:ident) $load:expr;
        load_part($lpp:ident, $lpn:ident) $load_part:expr;
        store($sv:ident, $sp:ident) $store:expr;
        store_part($spv:ident, $spp:ident, $spn:ident) $store_part:expr;
        fma($fa:ident, $fb:ident, $fc:ident) $fma:expr;
        add($aa:ident, $ab:ident) $add:expr;
        beats($ba:ident, $bb:ident) $beats:expr;
        positive($pa:ident) $positive:expr;
        equal_and_nonzero($ea:ident, $eb:ident, $eo:ident) $equal:expr;
        select($m:ident, $ma:ident, $mb:ident) $select:expr;
        load_places($ip:ident) $load_places:expr;
        store_places($jv:ident, $jp:ident) $store_places:expr;
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(in crate::conv) struct $name($register);

        impl Vector for $name {
            type T = $t;
            type Mask = $mask;
            const N: usize = $n;
            const TALLEST: usize = $tallest;

            #[inline(always)]
            unsafe fn splat($x: $t) -> Self {
                // SAFETY: the caller vouches for the instructions.
                unsafe { $name($splat) }
            }
            #[inline(always)]
            unsafe fn load($lp: *const $t) -> Self {
                // SAFETY: the caller vouches for the instructions, and the elements at the pointer may be read.
                unsafe { $name($load) }
            }
            #[inline(always)]
            unsafe fn load_part($lpp: *const $t, $lpn: usize) -> Self {
                // SAFETY: the caller vouches for the instructions; elements from the `n`-th on are not accessed.
                unsafe { $name($load_part) }
            }
            #[inline(always)]
            unsafe fn store(self, $sp: *mut $t) {
                let $sv = self.0;
                // SAFETY: the caller vouches for the instructions, and the elements at the pointer may be written.
                unsafe { $store }
            }
            #[inline(always)]
            unsafe fn store_part(self, $spp: *mut $t, $spn: usize) {
                let $spv = self.0;
                // SAFETY: the caller vouches for the instructions; elements from the `n`-th on are not accessed.
                unsafe { $store_part }
            }
            #[inline(always)]
            unsafe fn fma(self, b: Self, c: Self) -> Self {
                let ($fa, $fb, $fc) = (self.0, b.0, c.0);
                // SAFETY: the caller vouches for the instructions.
                unsafe { $name($fma) }
            }
            #[inline(always)]
            unsafe fn add(self, b: Self) -> Self {
                let ($aa, $ab) = (self.0, b.0);
                // SAFETY: the caller vouches for the instructions.
                unsafe { $name($add) }
            }
            #[inline(always)]
            unsafe fn beats(self, best: Self) -> $mask {
                let ($ba, $bb) = (self.0, best.0);
                // SAFETY: the caller vouches for the instructions.
                unsafe { $beats }
            }
            #[inline(always)]
            unsafe fn positive(self) -> $mask {
                let $pa = self.0;
                // SAFETY: the caller vouches for the instructions.
                unsafe { $positive }
            }
            #[inline(always)]
            unsafe fn equal_and_nonzero(self, b: Self, other: Self) -> $mask {
                let ($ea, $eb, $eo) = (self.0, b.0, other.0);
                // SAFETY: the caller vouches for the instructions.
                unsafe { $equal }
            }
            #[inline(always)]
            unsafe fn select($m: $mask, a: Self, b: Self) -> Self {
                let ($ma, $mb) = (a.0, b.0);
                // SAFETY: the caller vouches for the instructions.
                unsafe { $name($select) }
            }
            #[inline(always)]
            unsafe fn load_places($ip: *const u8) -> Self {
                // SAFETY: the caller vouches for the instructions, and the bytes at the pointer may be read.
                unsafe { $name($load_places) }
            }
            #[inline(always)]
            unsafe fn store_places(self, $jp: *mut u8) {
                let $jv = self.0;
                // SAFETY: the caller vouches for the instructions, and the bytes at the pointer may be written.
                unsafe { $store_places }
            }
        }
    };
}
pub(super) use vector;
