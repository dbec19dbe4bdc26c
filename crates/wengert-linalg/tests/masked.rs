//! A matrix whose results a program leaves out sends zeros back, however bad its own values; and is NaN if it is asked.

use wengert::{Tape, Tensor, Var, vmap};
use wengert_linalg::{LinAlg, Triangle};

type Function = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

/// Those that no finite matrix is refused by.
const OF_ALL: [(&str, Function); 11] = [
    ("det", |a| a.det()),
    ("slogdet", |a| a.slogdet().1),
    ("lu", |a| {
        let (p, l, u) = a.lu();
        p.matmul(l) + u
    }),
    ("qr", |a| {
        let (q, r) = a.qr();
        q + r
    }),
    ("eigh", |a| {
        let (values, vectors) = a.eigh();
        vectors * values.unsqueeze(-2)
    }),
    ("eigvalsh", |a| a.eigvalsh()),
    ("svd", |a| {
        let (u, s, vt) = a.svd();
        u * s.unsqueeze(-2) + vt
    }),
    ("svdvals", |a| a.svdvals()),
    ("nuclear_norm", |a| a.nuclear_norm()),
    ("cond", |a| a.cond()),
    ("matrix_exp", |a| a.matrix_exp()),
];

/// Those that refuse singular or indefinite ones.
const OF_REGULAR: [(&str, Function); 7] = [
    ("inv", |a| a.inv()),
    ("pinv", |a| a.pinv()),
    ("cholesky", |a| a.cholesky()),
    ("cholesky_solve", |a| a.cholesky_solve(right(a))),
    ("solve", |a| a.solve(right(a))),
    ("triangular_solve", |a| a.triangular_solve(right(a), Triangle::UPPER)),
    ("lstsq", |a| a.lstsq(right(a))),
];

fn right(a: Var<'_, f64>) -> Var<'_, f64> {
    a.tape().constant([[1.0], [2.0], [-1.0]])
}

fn regular() -> [[f64; 3]; 3] {
    [[2.0, 0.3, -0.2], [0.1, 3.5, 0.4], [0.2, -0.3, 5.0]]
}

/// Gradients of orders one to three of what the first matrix of a stack gives.
fn of_first(f: Function, stack: &Tensor<f64>) -> Vec<Tensor<f64>> {
    let tape = Tape::new();
    let a = tape.leaf(stack);
    let kept = f(a).narrow(0, 0..1);
    let mut s = (kept * kept * kept).sum();
    let next = |_| {
        let g = s.grad(&[a])[0];
        s = (g * g).sum();
        g.value()
    };
    (1..=3).map(next).collect()
}

fn sends_zeros(name: &str, f: Function, other: [[f64; 3]; 3]) {
    let alone = of_first(f, &Tensor::from([regular()]));
    for (g, alone) in of_first(f, &Tensor::from([regular(), other])).iter().zip(&alone) {
        let largest = alone.to_vec().iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        for (g, alone) in g.narrow(0, 0..1).to_vec().iter().zip(alone.to_vec()) {
            let same = (g - alone).abs() <= 1e-12 * largest; // sums over stacks are added in another order
            assert!(same, "{name} beside {other:?}: {g}, alone {alone}");
        }
        let sent = g.narrow(0, 1..2).to_vec();
        assert!(sent.iter().all(|&g| g == 0.0), "{name} sends {sent:?} to {other:?}");
        assert!(largest > 0.0, "{name} has a derivative");
    }
}

#[test]
fn what_is_left_out_sends_zeros_at_every_order() {
    const NAN: f64 = f64::NAN;
    let bad = [[[NAN; 3]; 3], [[1.0, 0.0, 0.0], [0.0, f64::INFINITY, 0.0], [0.0, 0.0, 1.0]]];
    for (name, f) in OF_ALL.into_iter().chain(OF_REGULAR) {
        bad.into_iter().for_each(|other| sends_zeros(name, f, other));
    }
    for (name, f) in OF_ALL {
        sends_zeros(name, f, [[0.0; 3]; 3]);
        sends_zeros(name, f, [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 1.0]]);
    }
}

#[test]
fn what_is_asked_for_is_nan_and_so_is_the_slope_by_a_cotangent_of_zeros() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[f64::NAN, 1.0], [0.0, 1.0]]);
    let y = a.inv();
    assert!(y.sum().backward(&[a])[0].to_vec().iter().all(|g| g.is_nan()));
    let ct = tape.leaf(Tensor::zeros([2, 2]));
    let g = y.vjp(ct, &[a])[0];
    assert_eq!(g.value(), Tensor::zeros([2, 2]));
    assert!(g.sum().backward(&[ct])[0].to_vec().iter().all(|g| g.is_nan()));
}

#[test]
fn right_sides_of_a_batch_share_a_matrix() {
    let (a, b) = (Tensor::from(regular()), Tensor::from([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]]));
    let x = vmap(|[a, b]| a.solve(b), [None, Some(0)], [&a, &b]);
    let per_example = vmap(|[a, b]| a.solve(b).sum().grad(&[a])[0], [None, Some(0)], [&a, &b]);
    for i in 0..2 {
        let tape = Tape::new();
        let (a, b) = (tape.leaf(&a), tape.leaf(b.narrow(0, i..i + 1).reshape([3])));
        let alone = a.solve(b);
        assert_eq!(x.narrow(0, i..i + 1).to_vec(), alone.value().to_vec());
        let (given, g) = (per_example.narrow(0, i..i + 1), &alone.sum().backward(&[a])[0]);
        for (given, g) in given.to_vec().iter().zip(g.to_vec()) {
            assert!((given - g).abs() < 1e-15);
        }
    }
}
