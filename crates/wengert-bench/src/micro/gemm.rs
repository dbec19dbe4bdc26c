//! Matrix products of the sizes that the seed model and larger networks ask for.

use crate::{lines, timing::seconds_per_call};
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use wengert::{Float, Threads};
use wengert_kernels::gemm::gemm;

/// A product `[m, k] [k, n]`; with `transposed`, the left operand is stored as `[k, m]`.
struct Case {
    name: &'static str,
    sizes: [usize; 3],
    transposed: bool,
}

const fn case(name: &'static str, sizes: [usize; 3]) -> Case {
    Case { name, sizes, transposed: false }
}

const fn transposed(name: &'static str, sizes: [usize; 3]) -> Case {
    Case { name, sizes, transposed: true }
}

/// Squares, then the seed model's dense layers and convolutions unfolded, forward and by their weights.
const SINGLE: &[Case] = &[
    case("64", [64, 64, 64]),
    case("128", [128, 128, 128]),
    case("256", [256, 256, 256]),
    case("512", [512, 512, 512]),
    case("1024", [1024, 1024, 1024]),
    case("2048", [2048, 2048, 2048]),
    case("64x576x64", [64, 576, 64]),
    case("43264x9x32", [43264, 9, 32]),
    case("7744x288x64", [7744, 288, 64]),
    case("576x576x64", [576, 576, 64]),
    transposed("T:9x43264x32", [9, 43264, 32]),
    transposed("T:288x7744x64", [288, 7744, 64]),
    transposed("T:576x576x64", [576, 576, 64]),
    transposed("T:576x64x64", [576, 64, 64]),
    transposed("T:512", [512, 512, 512]),
];

const DOUBLE: &[Case] = &[case("512", [512, 512, 512]), case("1024", [1024, 1024, 1024])];

/// Numbers from -0.5 to 0.5 without a pattern.
fn operand<F: Float>(len: usize) -> Vec<F> {
    (0..len).map(|i| F::from_f64((i as u64 * 2_654_435_761 % 1000) as f64 / 1000.0 - 0.5)).collect()
}

/// GFLOP/s of one case; an element of the product is checked first.
fn measure<F: Float>(on: &Threads, case: &Case) -> Result<f64, Box<dyn Error>> {
    let [m, k, n] = case.sizes;
    let strides = if case.transposed { [1, m as isize] } else { [k as isize, 1] };
    let (a, b): (Vec<F>, Vec<F>) = (operand(m * k), operand(k * n));
    let mut c = vec![F::ZERO; m * n];
    let secs = seconds_per_call(0.05, 3, || {
        gemm(on, m, k, n, &a, strides, &b, [n as isize, 1], &mut c, false);
        black_box(&mut c);
    });
    let (i, j) = (m / 2, n / 3);
    let terms =
        (0..k).map(|p| a[i * strides[0] as usize + p * strides[1] as usize].to_f64() * b[p * n + j].to_f64());
    let (want, given) = (terms.sum::<f64>(), c[i * n + j].to_f64());
    if (want - given).abs() > 1e-2 * want.abs().max(1.0) {
        return Err(format!("gemm {}: {given} at [{i}, {j}], expected {want}", case.name).into());
    }
    Ok(2.0 * (m * k * n) as f64 / secs / 1e9)
}

/// Prints the figures of every size.
pub(super) fn run(out: &mut impl Write, on: &Threads) -> Result<(), Box<dyn Error>> {
    for case in SINGLE {
        lines::micro(out, "gemm_f32", case.name, measure::<f32>(on, case)?, "GFLOP/s")?;
    }
    for case in DOUBLE {
        lines::micro(out, "gemm_f64", case.name, measure::<f64>(on, case)?, "GFLOP/s")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_product_is_a_right_one() {
        for case in [case("small", [5, 7, 3]), transposed("transposed", [5, 7, 3])] {
            assert!(measure::<f64>(&Threads::one(), &case).expect("the product is right") > 0.0);
        }
    }
}
