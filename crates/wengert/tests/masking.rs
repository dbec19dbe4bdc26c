//! A value that a choice discards sends back nothing, however infinite its slope: at orders one and two, in every sweep.

use wengert::{Tape, Tensor, Var, plan::Extras};

#[path = "masking/programs.rs"]
mod programs;

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

/// Value, gradient and $H \mathbf 1$ by one way through the sweeps.
type Found = (f64, Vec<f64>, Vec<f64>);

/// The same by every pairing of sweeps, and by a plan.
fn found(f: Formula, x: &Tensor<f64>) -> Vec<(&'static str, Found)> {
    let tape = Tape::<f64>::new();
    let at = x;
    let x = tape.leaf(x);
    let ones = tape.constant(Tensor::full(x.shape(), 1.0));
    let y = f(x);
    let g = y.grad(&[x])[0];
    let zeros = || vec![0.0; at.len()];
    let or_zeros = |v: Option<Tensor<f64>>| v.map_or_else(zeros, |v| v.to_vec());
    let again = g.sum().try_grad(&[x]).expect("a sum")[0];
    let pushed = y.jvp(&[x], &[ones]);
    let outputs: Vec<_> = [y, g].into_iter().chain(again).collect();
    let plan = tape.compile(&[x], &outputs).expect("no program reads what depends on x");
    let extras = Extras { step: Some(0), ..Extras::default() }; // that of the key
    let run = plan.run_with(&mut plan.workspace(), &[at], &extras).expect("the inputs fit").to_vec();
    let (value, first) = (y.item(), g.value().to_vec());
    let second_pushed = g.try_jvp(&[x], &[ones]).expect("shapes fit").map(|v| v.value());
    let second_eager = g.sum().try_backward(&[x]).expect("a sum").swap_remove(0);
    let second_mixed = pushed.try_backward(&[x]).expect("a scalar").swap_remove(0);
    vec![
        ("recorded", (value, first.clone(), or_zeros(again.map(|v| v.value())))),
        ("eager", (value, y.backward(&[x])[0].to_vec(), or_zeros(second_eager))),
        ("forward over reverse", (value, first.clone(), or_zeros(second_pushed))),
        ("reverse over forward", (value, first, or_zeros(second_mixed))),
        ("forward", (value, vec![pushed.item()], Vec::new())),
        ("plan", (run[0].item(), run[1].to_vec(), or_zeros(run.get(2).cloned()))),
    ]
}

fn near(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-12 * b.abs().max(1.0))
}

#[test]
fn every_program_has_the_derivatives_of_its_live_branch() {
    let mut wrong = Vec::new();
    for p in programs::all() {
        for (way, (value, first, second)) in found(p.f, &p.x) {
            if way == "forward" {
                let along_ones = p.gradient.iter().sum();
                if !near(&first, &[along_ones]) {
                    wrong.push(format!("{}, forward: {first:?}, expected {along_ones}", p.name));
                }
                continue;
            }
            for (what, given, stated) in [
                ("value", &vec![value], &vec![p.value]),
                ("gradient", &first, &p.gradient),
                ("second", &second, &p.second),
            ] {
                if !near(given, stated) {
                    wrong.push(format!("{}, {way}: {what} {given:?}, expected {stated:?}", p.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_guide_lists_every_program() {
    let guide = include_str!("../../../docs/numerics.md");
    for p in programs::all() {
        assert!(
            guide.contains(&format!("| {} |", p.name.replace('|', "\\|"))),
            "docs/numerics.md lacks: {}",
            p.name
        );
    }
}

#[test]
fn a_product_of_matrices_multiplies_its_zeros() {
    // The cotangent of the row left out is 0, and the product adds 0 · -∞: mask before it, not after.
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf([[0.0, 1.0], [2.0, 1.0]]), tape.leaf([[1.0], [3.0]]));
    let after = x.ln().matmul(w).s((1, 0)).backward(&[x, w]);
    assert_eq!(after[0].to_vec(), [0.0, 0.0, 0.5, 3.0]);
    assert!(after[1].to_vec()[0].is_nan());
    let before = x.gt(0.0).select(x.ln(), 0.0).matmul(w).s((1, 0)).backward(&[x, w]);
    assert_eq!(before[1].to_vec(), [2.0_f64.ln(), 0.0]);
}

#[test]
fn an_infinite_cotangent_passes_no_constant_piece_and_no_smooth_slope_of_zero_unseen() {
    let first = |f: Formula, x: f64| derivatives(f, x)[0][1];
    assert_eq!(first(|x| x.relu().sqrt(), -1.0), 0.0);
    assert_eq!(first(|x| x.minimum(0.0).rsqrt(), 1.0), 0.0);
    assert_eq!(first(|x| x.leaky_relu(0.0).sqrt(), -1.0), 0.0);
    assert_eq!(first(|x| x.elu(0.0).sqrt(), -1.0), 0.0);
    assert_eq!(first(|x| x.hardswish().sqrt(), -4.0), 0.0);
    assert_eq!(first(|x| (x.powi(0) - 1.0).sqrt(), 2.0), 0.0);
    assert_eq!(first(|x| (x * 0.0).detach().fmod(x).sqrt(), 2.0), 0.0);
    // of two slopes that are 0 without a constant piece around them
    assert!(first(|x| (x.hardswish() + 0.375).sqrt(), -1.5).is_nan());
    assert!(first(|x| x.leaky_relu(-1.0).sqrt(), 0.0).is_nan());
    assert!(first(|x| x.square().sqrt(), 0.0).is_nan());
    assert!(first(|x| x.relu().sqrt(), f64::NAN).is_nan());
}
