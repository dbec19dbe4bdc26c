//! Second derivatives at 0 of functions whose stable forms have a kink or a cancellation there.

use wengert::{Tape, Var, hessian};

fn second(f: for<'t> fn(Var<'t, f64>) -> Var<'t, f64>) -> f64 {
    hessian(|x| f(x).sum(), &0.0.into()).item()
}

#[test]
fn softplus_has_second_derivative_one_quarter() {
    assert_eq!(second(|x| x.softplus()), 0.25);
}

#[test]
fn gelu_has_second_derivative_root_two_over_pi() {
    assert!((second(|x| x.gelu()) - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-15);
}

#[test]
fn silu_has_second_derivative_one_half() {
    assert_eq!(second(|x| x.silu()), 0.5);
}

#[test]
fn expm1_and_log1p_keep_tiny_arguments_at_orders_one_and_two() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(1e-20);
    for (y, curvature) in [(x.expm1(), 1.0), (x.log1p(), -1.0)] {
        let g = y.grad(&[x])[0];
        assert_eq!([y.item(), g.item(), g.grad(&[x])[0].item()], [1e-20, 1.0, curvature]);
    }
}
