//! Errors in units of the last place, against the `libm` crate in double precision.

use crate::Real;

/// A function in single precision and in double precision, and the latter by `libm`.
struct Function {
    name: &'static str,
    single: fn(f32) -> f32,
    double: fn(f64) -> f64,
    reference: fn(f64) -> f64,
    /// Largest error in single precision, in units of the last place, rounded up from that over all 2^32 numbers.
    bound: f64,
}

fn logistic(x: f64) -> f64 {
    if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) }
}

macro_rules! functions { ($($name:ident $reference:expr, $bound:literal;)*) => {
    [$(Function {
        name: stringify!($name),
        single: <f32 as Real>::$name,
        double: <f64 as Real>::$name,
        reference: $reference,
        bound: $bound,
    }),*]
} }

const FUNCTIONS: [Function; 9] = functions! {
    exp libm::exp, 0.84;
    expm1 libm::expm1, 1.29;
    ln libm::log, 0.85;
    log1p libm::log1p, 0.91;
    sin libm::sin, 0.51;
    cos libm::cos, 0.51;
    tanh libm::tanh, 1.01;
    sigmoid logistic, 0.85;
    erf libm::erf, 1.32;
};

/// Distance of neighboring numbers at `y`, in a format of so many bits with this least normal number.
fn last_place(y: f64, bits: i32, least: f64) -> f64 {
    libm::scalbn(1.0, libm::ilogb(y.abs().max(least)) + 1 - bits)
}

/// The error of `y` in units of the last place; infinite for a wrong sign, infinity or NaN.
fn error(y: f64, expected: f64, bits: i32, least: f64, largest: f64) -> f64 {
    if y.is_nan() || expected.is_nan() {
        return if y.is_nan() == expected.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if y.is_sign_negative() != expected.is_sign_negative() {
        return f64::INFINITY;
    }
    // Beyond the largest number infinity is the nearest.
    if y.is_infinite() {
        return if expected.abs() > largest { 0.0 } else { f64::INFINITY };
    }
    (y - expected).abs() / last_place(expected, bits, least)
}

/// Every 1009th bit pattern, or as the variable says; with 1 all 2^32 are tried, in minutes. Prints the largest errors.
#[test]
fn single_precision_is_within_its_bounds() {
    let stride = std::env::var("WENGERT_F32_STRIDE").map_or(1009, |s| s.parse().expect("a number"));
    let mut beyond = Vec::new();
    for f in &FUNCTIONS {
        let (mut largest, mut at) = (0.0, 0.0);
        for bits in (0..=u32::MAX).step_by(stride) {
            let x = f32::from_bits(bits);
            let (y, expected) = ((f.single)(x), (f.reference)(x.into()));
            if y.to_bits() == (expected as f32).to_bits() {
                continue; // the nearest number
            }
            let e = error(y.into(), expected, 24, f32::MIN_POSITIVE.into(), f32::MAX.into());
            if e > largest {
                (largest, at) = (e, x);
            }
        }
        println!("{:>8}: at most {largest:.4} units, at {at:e}; stride {stride}", f.name);
        if largest > f.bound {
            beyond.push(format!("{}({at:e}) is off by {largest} units, not {}", f.name, f.bound));
        }
    }
    assert!(beyond.is_empty(), "{beyond:?}");
}

#[test]
fn double_precision_is_within_two_units_of_a_rounded_reference() {
    let mut state = 1_u64;
    for i in 0..100_000 {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let centered = (state >> 12) as f64 / (1_u64 << 52) as f64 - 0.5;
        let x = [4.0, 80.0, 1500.0]
            .get(i % 4)
            .map_or_else(|| f64::from_bits(state.rotate_left(17)), |width| centered * width);
        for f in &FUNCTIONS {
            let (y, expected) = ((f.double)(x), (f.reference)(x));
            let e = if y == expected { 0.0 } else { error(y, expected, 53, f64::MIN_POSITIVE, f64::MAX) };
            assert!(e <= 2.0, "{}({x:e}) is {y:e}, not {expected:e}: {e} units", f.name);
        }
    }
}

fn limits_of<T: Real>() {
    let [zero, one, inf, big] = [0.0, 1.0, f64::INFINITY, 1000.0].map(T::from_f64);
    assert_eq!([inf.exp(), (-inf).exp(), zero.exp(), big.exp(), (-big).exp()], [inf, zero, one, inf, zero]);
    assert_eq!([inf.expm1(), (-inf).expm1(), big.expm1(), (-big).expm1()], [inf, -one, inf, -one]);
    assert_eq!([inf.ln(), zero.ln(), (-zero).ln(), one.ln()], [inf, -inf, -inf, zero]);
    assert_eq!([inf.log1p(), (-one).log1p()], [inf, -inf]);
    assert_eq!([inf.tanh(), (-inf).tanh(), big.tanh(), (-big).tanh()], [one, -one, one, -one]);
    assert_eq!([inf.sigmoid(), (-inf).sigmoid(), zero.sigmoid()], [one, zero, T::from_f64(0.5)]);
    assert_eq!([inf.erf(), (-inf).erf()], [one, -one]);
    for undefined in [(-one).ln(), (-big).log1p(), inf.sin(), inf.cos(), (-inf).sin()] {
        assert!(undefined.is_nan());
    }
    for f in [T::exp, T::expm1, T::ln, T::log1p, T::sin, T::cos, T::tanh, T::sigmoid, T::erf] {
        assert!(f(T::NAN).is_nan());
    }
    for f in [T::expm1, T::log1p, T::sin, T::tanh] {
        for tiny in [0.0, -0.0, 1e-20, -1e-20].map(T::from_f64) {
            assert_eq!(f(tiny).to_f64().to_bits(), tiny.to_f64().to_bits());
        }
    }
    assert_eq!((-zero).erf().to_f64().to_bits(), (-0.0_f64).to_bits());
}

#[test]
fn limits_and_zeros_are_exact() {
    limits_of::<f32>();
    limits_of::<f64>();
}

#[test]
fn far_angles_are_those_of_libm() {
    for x in [1e9_f32, -3e20, f32::MAX] {
        assert_eq!((Real::sin(x), Real::cos(x)), (libm::sinf(x), libm::cosf(x)));
    }
    for x in [1e7_f64, -3e200, f64::MAX] {
        assert_eq!((Real::sin(x), Real::cos(x)), (libm::sin(x), libm::cos(x)));
    }
}
