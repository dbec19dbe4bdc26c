//! Roots of sums of powers at zeros, far from one, and of what has none.

use super::*;
use crate::{Tape, Tensor};

#[test]
fn a_window_of_zeros_has_no_slope_and_nan_comes_out() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[[0.0, 0.0, f64::NAN, 1.0]]]);
    for p in [2.0, 3.0, 2.5] {
        let y = x.lp_pool1d(p, [2], PoolOptions::default());
        assert!(y.value().to_vec()[0] == 0.0 && y.value().to_vec()[1].is_nan());
        let g = y.sum().backward(&[x])[0].to_vec();
        assert!(g[..2] == [0.0, 0.0] && g[2].is_nan(), "{p}: {g:?}");
    }
    let g = x.lp_pool1d(1.0, [2], PoolOptions::default()).sum().backward(&[x]);
    assert_eq!(g[0].to_vec(), [1.0; 4]);
}

#[test]
fn a_window_begun_at_the_end_sums_what_there_is() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[[3.0, 4.0, 7.0]]]);
    let begun = PoolOptions { ceil_mode: true, ..PoolOptions::default() };
    assert_eq!(x.lp_pool1d(2.0, [2], begun).value().to_vec(), [5.0, 7.0]);
}

#[test]
fn powers_neither_overflow_nor_underflow_and_derivatives_are_those_of_the_shape() {
    // The value at c x is c times that at x, the gradient the same, the second derivative that over c.
    let at = |c: f64, p: f64| {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[3.0 * c, 4.0 * c, 1.0 * c, 0.5, 0.25, 0.75, 0.0, 2.0]]]);
        let y = x.lp_pool1d(p, [3], PoolOptions { stride: Some([3]), ..PoolOptions::default() });
        let g = y.sum().grad(&[x])[0];
        let h = (g * tape.constant([[[1.0, 2.0, -1.0, 1.0, 0.0, 3.0, 0.0, 0.0]]])).sum().backward(&[x]);
        [y.value().to_vec(), g.value().to_vec(), h[0].to_vec()]
    };
    for p in [2.0, 3.0, 1.5, 7.0] {
        let plain = at(1.0, p);
        for c in [2e150, 2e-150, 1e300] {
            for (order, (scaled, plain)) in at(c, p).iter().zip(&plain).enumerate() {
                let largest = plain.iter().fold(0.0_f64, |m, y| m.max(y.abs()));
                for (k, (s, plain)) in scaled.iter().zip(plain).enumerate() {
                    // what is in the first window scales, what is in the second does not
                    let factor = if k < [1, 3, 3][order] { c.powi(1 - order as i32) } else { 1.0 };
                    let off = (s / factor - plain).abs();
                    assert!(off <= 1e-13 * largest, "{p} {c} {order}: {s} and {plain} times {factor}");
                }
            }
        }
    }
    let single = Tape::<f32>::new();
    let x = single.leaf([[[3e20_f32, 4e20, 3e-30, 4e-30]]]);
    let y = x.lp_pool1d(2.0, [2], PoolOptions::default());
    let close = |y: f32, of: f32| (y / of - 1.0).abs() < 1e-6;
    let values = y.value().to_vec();
    assert!(close(values[0], 5e20) && close(values[1], 5e-30), "{values:?}");
    let g = y.sum().backward(&[x])[0].to_vec();
    assert!(close(g[0], 0.6) && close(g[1], 0.8) && close(g[2], 0.6) && close(g[3], 0.8), "{g:?}");
}

#[test]
fn a_plane_whose_sum_has_no_root_does_not_spoil_a_window_of_several() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::from([-1.0, 2.0]).reshape([1, 1, 2, 1, 1]));
    assert!((x.lp_pool3d(3.0, [2, 1, 1], PoolOptions::default()).item() - 7.0_f64.cbrt()).abs() < 1e-15);
    assert_eq!(x.lp_pool3d(1.0, [2, 1, 1], PoolOptions::default()).item(), 1.0);
}

#[test]
fn zeros_of_the_padding_take_no_part_at_any_order() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[[4.0, 9.0]]]);
    for p in [0.5, 1.5, 2.5] {
        let options = PoolOptions { stride: Some([2]), padding: [1], ..PoolOptions::default() };
        let mut y = x.lp_pool1d(p, [2], options); // each element alone with a zero: |x|
        assert!(y.value().to_vec().iter().zip([4.0, 9.0]).all(|(y, x)| (y - x).abs() < 1e-14));
        y = y.sum().grad(&[x])[0];
        assert!(y.value().to_vec().iter().all(|g| (g - 1.0).abs() < 1e-14), "{p}: {}", y.value());
        for _ in 0..2 {
            y = (y * y).sum().grad(&[x])[0];
            assert!(y.value().to_vec().iter().all(|h| h.abs() < 1e-13), "{p}: {}", y.value());
        }
    }
}

#[test]
fn powers_that_are_none_are_refused() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[[1.0, 2.0]]]);
    for p in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = x.try_lp_pool1d(p, [2], PoolOptions::default()).map(Var::shape);
        assert!(matches!(refused, Err(Error::Attribute { op: "lp_pool1d", name: "p", .. })), "{p}");
    }
    let large = x.try_lp_pool1d(2.0, [3], PoolOptions::default()).map(Var::shape);
    assert!(matches!(large, Err(Error::Attribute { op: "lp_pool1d", name: "kernel", .. })));
    let flat = x.try_lp_pool2d(2.0, [1, 1], PoolOptions::default()).map(Var::shape);
    assert!(matches!(flat, Err(Error::Shape { op: "lp_pool2d", .. })));
}
