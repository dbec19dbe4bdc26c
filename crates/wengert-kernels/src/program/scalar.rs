//! A program over single numbers.

use super::code::Code;
use super::{Program, Step};
#[cfg(target_arch = "x86_64")]
use crate::lanes::Instructions;
use crate::lanes::{self, Level};
use crate::real::Real;

/// The value of one instruction, whose operand `k` is `x(k)`.
#[inline(always)]
pub(super) fn value_of<T: Real>(code: Code, x: impl Fn(usize) -> T) -> T {
    match code {
        Code::Copy => x(0),
        Code::Neg => -x(0),
        Code::Abs => x(0).abs(),
        Code::Sqrt => x(0).sqrt(),
        Code::Exp => lanes::exp(x(0)),
        Code::Expm1 => lanes::expm1(x(0)),
        Code::Ln => lanes::ln(x(0)),
        Code::Log1p => lanes::log1p(x(0)),
        Code::Log2 => x(0).log2(),
        Code::Log10 => x(0).log10(),
        Code::Sin => x(0).sin(),
        Code::Cos => x(0).cos(),
        Code::Tan => x(0).tan(),
        Code::Sinh => x(0).sinh(),
        Code::Cosh => x(0).cosh(),
        Code::Tanh => lanes::tanh(x(0)),
        Code::Asin => x(0).asin(),
        Code::Acos => x(0).acos(),
        Code::Atan => x(0).atan(),
        Code::Asinh => x(0).asinh(),
        Code::Acosh => x(0).acosh(),
        Code::Atanh => x(0).atanh(),
        Code::Floor => x(0).floor(),
        Code::Ceil => x(0).ceil(),
        Code::Round => x(0).round_ties_even(),
        Code::Trunc => x(0).trunc(),
        Code::Erf => T::error_function(x(0)),
        Code::Erfc => x(0).erfc(),
        Code::Erfinv => x(0).erfinv(),
        Code::Erfcx => x(0).erfcx(),
        Code::NormalCdf => x(0).normal_cdf(),
        Code::Lgamma => x(0).lgamma(),
        Code::Polygamma(n) => x(0).polygamma(n),
        Code::BesselI(n) => x(0).bessel_i(n),
        Code::BesselIe(n) => x(0).bessel_ie(n),
        Code::Sinc(n) => x(0).sinc_derivative(n),
        Code::Sigmoid => lanes::sigmoid(x(0)),
        Code::PowI(n) => x(0).powi(n),
        Code::Add => x(0) + x(1),
        Code::Sub => x(0) - x(1),
        Code::Mul => x(0) * x(1),
        Code::Div => x(0) / x(1),
        Code::Pow => x(0).pow(x(1)),
        Code::Atan2 => x(0).atan2(x(1)),
        Code::Hypot => x(0).hypot(x(1)),
        Code::Fmod => x(0).fmod(x(1)),
        Code::Betaln => x(0).betaln(x(1)),
        Code::Chain => chain(x(0), x(1)),
        Code::IfNan => if_nan(x(0), x(1), x(2)),
        Code::IfGt => if_gt(x(0), x(1), x(2), x(3)),
        Code::IfGe => if_ge(x(0), x(1), x(2), x(3)),
        Code::IfEq => if_eq(x(0), x(1), x(2), x(3)),
    }
}

#[inline(always)]
pub(super) fn chain<T: Real>(c: T, p: T) -> T {
    let product = c * p;
    if c == T::ZERO { T::ZERO } else { product }
}

#[inline(always)]
pub(super) fn if_nan<T: Real>(x: T, then: T, other: T) -> T {
    if x.is_nan() { then } else { other }
}

#[inline(always)]
pub(super) fn if_gt<T: Real>(x: T, bound: T, then: T, other: T) -> T {
    if x > bound { then } else { other }
}

#[inline(always)]
pub(super) fn if_ge<T: Real>(x: T, bound: T, then: T, other: T) -> T {
    if x >= bound { then } else { other }
}

#[inline(always)]
pub(super) fn if_eq<T: Real>(x: T, bound: T, then: T, other: T) -> T {
    if x == bound { then } else { other }
}

/// Runs a program over `slots`, which holds its inputs and constants; the outputs are behind them.
pub(super) fn run_one<T: Real>(level: Level, p: &Program<T>, slots: &mut [T]) {
    #[cfg(target_arch = "x86_64")]
    if level.has(Instructions::Avx2) {
        #[target_feature(enable = "avx2,fma")]
        fn with_fma<T: Real>(steps: &[Step], slots: &mut [T]) {
            run_each(steps, slots);
        }
        // SAFETY: the machine has AVX2 and FMA, as the level has just said.
        return unsafe { with_fma(&p.steps, slots) };
    }
    let _ = level;
    run_each(&p.steps, slots);
}

#[inline(always)]
fn run_each<T: Real>(steps: &[Step], slots: &mut [T]) {
    for step in steps {
        slots[step.y as usize] = value_of(step.code, |k| slots[step.x[k] as usize]);
    }
}

/// Runs steps on the first `count` numbers of each slot, one number after the other.
///
/// # Safety
///
/// The slots that the steps read or write point to at least `count` numbers that nothing else uses.
pub(super) unsafe fn run_few<T: Real>(level: Level, steps: &[Step], slots: &[*mut T], count: usize) {
    #[cfg(target_arch = "x86_64")]
    if level.has(Instructions::Avx2) {
        #[target_feature(enable = "avx2,fma")]
        unsafe fn with_fma<T: Real>(steps: &[Step], slots: &[*mut T], count: usize) {
            // SAFETY: passed on to the caller.
            unsafe { each_of_few(steps, slots, count) }
        }
        // SAFETY: the machine has AVX2 and FMA, as the level has just said; the caller gives the numbers of the slots.
        return unsafe { with_fma(steps, slots, count) };
    }
    let _ = level;
    // SAFETY: passed on to the caller.
    unsafe { each_of_few(steps, slots, count) }
}

/// # Safety
///
/// As [`run_few`].
#[inline(always)]
unsafe fn each_of_few<T: Real>(steps: &[Step], slots: &[*mut T], count: usize) {
    for step in steps {
        for i in 0..count {
            // SAFETY: the caller gives `count` numbers for each slot of a step.
            let y = value_of(step.code, |k| unsafe { *slots[step.x[k] as usize].add(i) });
            // SAFETY: the caller gives `count` numbers for each slot of a step, which nothing else uses.
            unsafe { *slots[step.y as usize].add(i) = y };
        }
    }
}
