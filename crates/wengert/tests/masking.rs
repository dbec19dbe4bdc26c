//! A value that a choice discards sends back nothing, however infinite its slope: at orders one and two, in every sweep.

use wengert::{Tape, Tensor, Var};

type Formula = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

/// Value, first and second derivative at `x`, by each pairing of sweeps that must agree on them.
fn derivatives(f: Formula, x: f64) -> Vec<[f64; 3]> {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    let one = tape.constant(1.0);
    let y = f(x);
    let recorded = y.grad(&[x])[0];
    let pushed = y.jvp(&[x], &[one]);
    let value = y.item();
    vec![
        [value, recorded.item(), recorded.grad(&[x])[0].item()],
        [value, y.backward(&[x])[0].item(), recorded.backward(&[x])[0].item()],
        [value, pushed.item(), recorded.jvp(&[x], &[one]).item()],
        [value, pushed.item(), pushed.backward(&[x])[0].item()],
        [value, pushed.item(), pushed.jvp(&[x], &[one]).item()],
    ]
}

fn holds(name: &str, f: Formula, x: f64, stated: [f64; 3]) {
    for (k, found) in derivatives(f, x).into_iter().enumerate() {
        assert_eq!(found, stated, "{name} at {x}, way {k}");
    }
}

#[test]
fn a_logarithm_masked_out_at_its_pole_sends_nothing_back() {
    let f: Formula = |x| x.gt(0.0).select(x.ln(), 0.0);
    holds("where(x > 0, ln x, 0)", f, 0.0, [0.0, 0.0, 0.0]);
    holds("where(x > 0, ln x, 0)", f, -1.0, [0.0, 0.0, 0.0]);
    holds("where(x > 0, ln x, 0)", f, 2.0, [2.0_f64.ln(), 0.5, -0.25]);
    // squared, so that the cotangent that arrives at the choice depends on x too
    let f: Formula = |x| x.gt(0.0).select(x.ln(), 0.0).square() + x.square();
    holds("where(x > 0, ln x, 0)² + x²", f, 0.0, [0.0, 0.0, 2.0]);
    holds("where(x > 0, ln x, 0)² + x²", f, 1.0, [1.0, 2.0, 4.0]);
}

#[test]
fn a_quotient_masked_out_at_its_pole_sends_nothing_back() {
    let f: Formula = |x| x.ne(0.0).select(1.0 / x, 0.0);
    holds("where(x != 0, 1 / x, 0)", f, 0.0, [0.0, 0.0, 0.0]);
    holds("where(x != 0, 1 / x, 0)", f, 2.0, [0.5, -0.25, 0.25]);
    let f: Formula = |x| x.ne(0.0).select(x.recip(), 0.0);
    holds("where(x != 0, recip x, 0)", f, 0.0, [0.0, 0.0, 0.0]);
}

#[test]
fn an_exponential_that_overflows_unchosen_does_no_harm() {
    let f: Formula = |x| x.lt(0.0).select(x.exp(), 1.0 + x);
    holds("where(x < 0, exp x, 1 + x)", f, 1000.0, [1001.0, 1.0, 0.0]);
    holds("where(x < 0, exp x, 1 + x)", f, -1000.0, [0.0, 0.0, 0.0]);
}

#[test]
fn roots_and_powers_masked_out_at_zero_send_nothing_back() {
    let cases: [(&str, Formula); 5] = [
        ("sqrt", |x| x.gt(0.0).select(x.sqrt(), 0.0)),
        ("rsqrt", |x| x.gt(0.0).select(x.rsqrt(), 0.0)),
        ("pow 0.5", |x| x.gt(0.0).select(x.pow(0.5), 0.0)),
        ("powi -1", |x| x.gt(0.0).select(x.powi(-1), 0.0)),
        ("asin(1 - x)", |x| x.gt(0.0).select((1.0 - x).asin(), 0.0)),
    ];
    for (name, f) in cases {
        holds(name, f, 0.0, [0.0, 0.0, 0.0]);
    }
}

#[test]
fn choosing_after_a_pole_gives_zero_and_multiplying_by_zero_gives_nan() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.0, 1.0]);
    let mask = tape.constant([0.0, 1.0]);
    let filled = mask.ne(0.0).select(x.ln(), 0.0);
    assert_eq!(filled.sum().item(), 0.0);
    assert_eq!(filled.sum().backward(&[x])[0].to_vec(), [0.0, 1.0]);
    let multiplied = x.ln() * mask;
    assert!(multiplied.value().to_vec()[0].is_nan());
}

#[test]
fn the_root_of_a_sum_of_squares_at_zero_has_no_gradient() {
    // an infinite cotangent meets a derivative of zero: the zero rule covers zeros from above only
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::zeros([3]));
    let y = (x * x).sum().sqrt();
    assert_eq!(y.item(), 0.0);
    assert!(y.backward(&[x])[0].to_vec().into_iter().all(f64::is_nan));
    assert!(y.grad(&[x])[0].value().to_vec().into_iter().all(f64::is_nan));
}
