//! Where a value is NaN or outside the domain, derivatives of every order are NaN: never 0, never a plausible number.

use wengert::{Tape, Var};

type Function = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

/// The derivatives of orders one to four at a point.
fn derivatives(f: Function, at: f64) -> [f64; 4] {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(at);
    let mut y = f(x);
    [(); 4].map(|()| {
        y = y.grad(&[x])[0];
        y.item()
    })
}

#[test]
fn every_order_is_nan_at_nan_also_where_the_slope_is_constant() {
    let functions: [(&str, Function); 21] = [
        ("abs", |x| x.abs()),
        ("sign", |x| x.sign()),
        ("relu", |x| x.relu()),
        ("leaky_relu", |x| x.leaky_relu(0.1)),
        ("elu", |x| x.elu(1.0)),
        ("clamp", |x| x.clamp(-1.0, 1.0)),
        ("clamp below", |x| x.clamp(0.0, f64::INFINITY)),
        ("powi 0", |x| x.powi(0)),
        ("powi 1", |x| x.powi(1)),
        ("powi -1", |x| x.powi(-1)),
        ("pow 0", |x| x.pow(0.0)),
        ("pow 1", |x| x.pow(1.0)),
        ("pow 2", |x| x.pow(2.0)),
        ("pow -0.5", |x| x.pow(-0.5)),
        ("2 to the", |x| x.tape().constant(2.0).pow(x)),
        ("ln", |x| x.ln()),
        ("log1p", |x| x.log1p()),
        ("sqrt", |x| x.sqrt()),
        ("asin", |x| x.asin()),
        ("gelu", |x| x.gelu()),
        ("softplus", |x| x.softplus()),
    ];
    for (name, f) in functions {
        let found = derivatives(f, f64::NAN);
        assert!(found.iter().all(|d| d.is_nan()), "{name}: {found:?}");
    }
}

#[test]
fn every_order_is_nan_outside_the_domain() {
    let functions: [(&str, Function); 8] = [
        ("ln", |x| x.ln()),
        ("log1p", |x| x.log1p()),
        ("sqrt", |x| x.sqrt()),
        ("rsqrt", |x| x.rsqrt()),
        ("acos", |x| x.acos()),
        ("pow 0.5", |x| x.pow(0.5)),
        ("-2 to the", |x| x.tape().constant(-2.0).pow(x)),
        ("-1e-200 to the", |x| x.tape().constant(-1e-200).pow(x)),
    ];
    for (name, f) in functions {
        for at in [-3.0, -2.5] {
            let found = derivatives(f, at);
            assert!(found.iter().all(|d| d.is_nan()), "{name} at {at}: {found:?}");
        }
    }
}

#[test]
fn the_logarithm_keeps_its_infinite_limits_at_zero() {
    let inf = f64::INFINITY;
    for zero in [0.0, -0.0] {
        assert_eq!(derivatives(|x| x.ln(), zero), [inf, -inf, inf, -inf]);
    }
}
