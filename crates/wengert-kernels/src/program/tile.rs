//! The instructions as loops over whole blocks of elements.

use super::Step;
use super::code::Code;
use super::scalar::{chain, if_eq, if_ge, if_gt, if_nan};
#[cfg(target_arch = "x86_64")]
use crate::lanes::Instructions;
use crate::lanes::{self, Lane, Level};
use crate::real::Real;

/// Elements that a loop takes at a time: a whole number of vectors of any instruction set.
pub(super) const BLOCK: usize = 64;

/// Constants that keep a tile each; of more, each is spread out where it is used.
pub(super) const SPREAD: usize = 16;

/// Where the values of the slots lie while a tile is worked on.
///
/// A null slot is a constant, and `constants[slot - inputs]` its value.
pub(super) struct Tile<'a, T> {
    pub(super) slots: &'a [*mut T],
    pub(super) constants: &'a [T],
    pub(super) inputs: usize,
    /// A tile for each operand that is a null slot.
    pub(super) operands: [*mut T; 4],
    /// Elements, a multiple of [`BLOCK`].
    pub(super) len: usize,
}

impl<T: Real> Tile<'_, T> {
    /// The values of operand `k` of a step.
    ///
    /// # Safety
    ///
    /// As for [`run_steps`]; the step does not write while they are in use.
    #[inline(always)]
    unsafe fn operand(&self, step: &Step, k: usize) -> &[T] {
        let mut start = self.slots[step.x[k] as usize];
        if start.is_null() {
            // SAFETY: where a slot is null, the caller gives the tiles of operands.
            start = unsafe { self.spread(step.x[k] as usize, k) };
        }
        // SAFETY: the caller gives `len` numbers here.
        unsafe { std::slice::from_raw_parts(start.cast_const(), self.len) }
    }

    /// Fills the tile of operand `k` with the constant of a null slot.
    ///
    /// # Safety
    ///
    /// That tile holds `len` numbers that nothing else uses.
    #[cold]
    unsafe fn spread(&self, slot: usize, k: usize) -> *mut T {
        // SAFETY: the caller gives the tile.
        let tile = unsafe { std::slice::from_raw_parts_mut(self.operands[k], self.len) };
        tile.fill(self.constants[slot - self.inputs]);
        self.operands[k]
    }
}

/// Runs the steps over one tile.
///
/// # Safety
///
/// Slots that are not null, and the operand tiles if one is, point to `len` numbers each that nothing else uses; those
/// of slots that steps write do not overlap any other. No step writes a slot that it reads.
pub(super) unsafe fn run_steps<T: Real>(level: Level, steps: &[Step], tile: &Tile<'_, T>) {
    match level.instructions() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the machine has AVX-512, which its level says; the caller gives the numbers of the slots.
        Instructions::Avx512 => unsafe { avx512::run_steps(steps, tile) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the machine has AVX2 and FMA, which its level says; the caller gives the numbers of the slots.
        Instructions::Avx2 => unsafe { avx2::run_steps(steps, tile) },
        // SAFETY: the caller gives the numbers of the slots; these instructions are on every machine.
        _ => unsafe { portable::run_steps(steps, tile) },
    }
}

/// A loop over one to four operands, as a function of its own: only then does the compiler know that the result does not
/// overlap them.
///
/// `map!(["avx2"] x y: a b => a + b)` expands to such a function and its call with the
/// operands `x(0)` and `x(1)`.
macro_rules! map {
    ([$($features:literal)?] $x:ident $y:ident: $a:ident => $value:expr) => {{
        $(#[target_feature(enable = $features)])?
        #[inline(never)]
        fn each<T: Real>(a: &[T], y: &mut [T]) {
            let n = y.len() / BLOCK * BLOCK;
            for (y, &$a) in y[..n].iter_mut().zip(&a[..n]) {
                *y = $value;
            }
        }
        each($x(0), $y)
    }};
    ([$($features:literal)?] $x:ident $y:ident: $a:ident $b:ident => $value:expr) => {{
        $(#[target_feature(enable = $features)])?
        #[inline(never)]
        fn each<T: Real>(a: &[T], b: &[T], y: &mut [T]) {
            let n = y.len() / BLOCK * BLOCK;
            for ((y, &$a), &$b) in y[..n].iter_mut().zip(&a[..n]).zip(&b[..n]) {
                *y = $value;
            }
        }
        each($x(0), $x(1), $y)
    }};
    ([$($features:literal)?] $x:ident $y:ident: $a:ident $b:ident $c:ident => $value:expr) => {{
        $(#[target_feature(enable = $features)])?
        #[inline(never)]
        fn each<T: Real>(a: &[T], b: &[T], c: &[T], y: &mut [T]) {
            let n = y.len() / BLOCK * BLOCK;
            for (((y, &$a), &$b), &$c) in y[..n].iter_mut().zip(&a[..n]).zip(&b[..n]).zip(&c[..n]) {
                *y = $value;
            }
        }
        each($x(0), $x(1), $x(2), $y)
    }};
    ([$($features:literal)?] $x:ident $y:ident: $a:ident $b:ident $c:ident $d:ident => $value:expr) => {{
        $(#[target_feature(enable = $features)])?
        #[inline(never)]
        fn each<T: Real>(a: &[T], b: &[T], c: &[T], d: &[T], y: &mut [T]) {
            let n = y.len() / BLOCK * BLOCK;
            let operands = a[..n].iter().zip(&b[..n]).zip(&c[..n]).zip(&d[..n]);
            for (y, (((&$a, &$b), &$c), &$d)) in y[..n].iter_mut().zip(operands) {
                *y = $value;
            }
        }
        each($x(0), $x(1), $x(2), $x(3), $y)
    }};
}

/// The loops compiled for one level.
///
/// `level!(avx2, "avx2,fma")` expands to a module `avx2` with a function `run_steps` that may be called where the machine
/// has these instructions; without the second argument, to one that may be called anywhere.
macro_rules! level { ($name:ident $(, $features:literal)?) => {
    mod $name {
        use super::*;

        /// # Safety
        ///
        /// As for the function of this name outside.
        $(#[target_feature(enable = $features)])?
        pub(super) unsafe fn run_steps<T: Real>(steps: &[Step], tile: &Tile<'_, T>) {
            for step in steps {
                // SAFETY: passed on to the caller; a step writes its result alone, which it does not read.
                let x = |k: usize| unsafe { tile.operand(step, k) };
                // SAFETY: the caller gives `len` numbers here that overlap no other slot.
                let y = unsafe { std::slice::from_raw_parts_mut(tile.slots[step.y as usize], tile.len) };
                match step.code {
                    Code::Copy => map!([$($features)?] x y: a => a),
                    Code::Neg => map!([$($features)?] x y: a => -a),
                    Code::Abs => map!([$($features)?] x y: a => a.abs()),
                    Code::Sqrt => map!([$($features)?] x y: a => a.sqrt()),
                    Code::Exp => map!([$($features)?] x y: a => lanes::exp(a)),
                    Code::Expm1 => map!([$($features)?] x y: a => lanes::expm1(a)),
                    Code::Ln => map!([$($features)?] x y: a => lanes::ln(a)),
                    Code::Log1p => map!([$($features)?] x y: a => lanes::log1p(a)),
                    Code::Log2 => alone(x(0), y, T::log2),
                    Code::Log10 => alone(x(0), y, T::log10),
                    Code::Sin => {
                        map!([$($features)?] x y: a => T::sine(a));
                        where_far(x(0), y, T::sin);
                    }
                    Code::Cos => {
                        map!([$($features)?] x y: a => T::cosine(a));
                        where_far(x(0), y, T::cos);
                    }
                    Code::Tan => map!([$($features)?] x y: a => a.tan()),
                    Code::Sinh => map!([$($features)?] x y: a => a.sinh()),
                    Code::Cosh => map!([$($features)?] x y: a => a.cosh()),
                    Code::Tanh => map!([$($features)?] x y: a => lanes::tanh(a)),
                    Code::Asin => map!([$($features)?] x y: a => a.asin()),
                    Code::Acos => map!([$($features)?] x y: a => a.acos()),
                    Code::Atan => map!([$($features)?] x y: a => a.atan()),
                    Code::Asinh => alone(x(0), y, T::asinh),
                    Code::Acosh => alone(x(0), y, T::acosh),
                    Code::Atanh => alone(x(0), y, T::atanh),
                    Code::Floor => map!([$($features)?] x y: a => a.floor()),
                    Code::Ceil => map!([$($features)?] x y: a => a.ceil()),
                    Code::Round => map!([$($features)?] x y: a => a.round_ties_even()),
                    Code::Trunc => map!([$($features)?] x y: a => a.trunc()),
                    Code::Erf => map!([$($features)?] x y: a => T::error_function(a)),
                    Code::Erfc => map!([$($features)?] x y: a => a.erfc()),
                    Code::Erfinv => alone(x(0), y, T::erfinv),
                    Code::Erfcx => alone(x(0), y, T::erfcx),
                    Code::NormalCdf => alone(x(0), y, T::normal_cdf),
                    Code::Lgamma => alone(x(0), y, T::lgamma),
                    Code::Polygamma(n) => alone(x(0), y, |a| a.polygamma(n)),
                    Code::BesselI(n) => alone(x(0), y, |a| a.bessel_i(n)),
                    Code::BesselIe(n) => alone(x(0), y, |a| a.bessel_ie(n)),
                    Code::Sinc(n) => alone(x(0), y, |a| a.sinc_derivative(n)),
                    Code::Sigmoid => map!([$($features)?] x y: a => lanes::sigmoid(a)),
                    Code::PowI(n) => alone(x(0), y, |a| a.powi(n)),
                    Code::Add => map!([$($features)?] x y: a b => a + b),
                    Code::Sub => map!([$($features)?] x y: a b => a - b),
                    Code::Mul => map!([$($features)?] x y: a b => a * b),
                    Code::Div => map!([$($features)?] x y: a b => a / b),
                    Code::Pow => map!([$($features)?] x y: a b => a.pow(b)),
                    Code::Atan2 => map!([$($features)?] x y: a b => a.atan2(b)),
                    Code::Hypot => alone_of_two(x(0), x(1), y, T::hypot),
                    Code::Fmod => alone_of_two(x(0), x(1), y, T::fmod),
                    Code::Betaln => alone_of_two(x(0), x(1), y, T::betaln),
                    Code::Chain => map!([$($features)?] x y: a b => chain(a, b)),
                    Code::IfNan => map!([$($features)?] x y: a b c => if_nan(a, b, c)),
                    Code::IfGt => map!([$($features)?] x y: a b c d => if_gt(a, b, c, d)),
                    Code::IfGe => map!([$($features)?] x y: a b c d => if_ge(a, b, c, d)),
                    Code::IfEq => map!([$($features)?] x y: a b c d => if_eq(a, b, c, d)),
                }
            }
        }
    }
} }

level!(portable);
#[cfg(target_arch = "x86_64")]
level!(avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
level!(avx512, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma");

/// A function that is not made for vectors, of one number after the other.
fn alone<T: Real>(a: &[T], y: &mut [T], f: impl Fn(T) -> T) {
    for (y, &a) in y.iter_mut().zip(a) {
        *y = f(a);
    }
}

/// The same of two operands.
fn alone_of_two<T: Real>(a: &[T], b: &[T], y: &mut [T], f: impl Fn(T, T) -> T) {
    for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
        *y = f(a, b);
    }
}

/// Puts `any` of the angles that are far in place of what lanes made of them.
#[inline(always)]
fn where_far<T: Real>(a: &[T], y: &mut [T], any: impl Fn(T) -> T) {
    let far = T::from_f64(<T as Lane>::FAR);
    // Counted without a branch, so that this too is vector code. Infinity is far, and NaN is NaN in lanes too.
    let count: u32 = a.iter().map(|&a| u32::from(a.abs() > far)).sum();
    if count > 0 {
        for (y, &a) in y.iter_mut().zip(a) {
            if a.abs() > far {
                *y = any(a);
            }
        }
    }
}
