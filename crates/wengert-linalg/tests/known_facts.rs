//! Values and derivatives against PyTorch 2.15 in double precision: for each function `f` of the matrix below, the value,
//! the inner product of its gradient with `W`, and that of the gradient of this product with `W`
//! (`torch.autograd.grad(…, create_graph=True)` twice).

use wengert::{Tape, Tensor, Var};
use wengert_linalg::{LinAlg, Triangle};

type Function = for<'t> fn(Var<'t, f64>, Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

fn two(x: Var<'_, f64>) -> Var<'_, f64> {
    x.narrow(1, 0..2)
}

fn symmetric(a: Var<'_, f64>) -> Var<'_, f64> {
    (a + a.t()) * 0.5
}

/// Name, function of `A`, `B` and `W`, and the three numbers.
const FACTS: [(&str, Function, [f64; 3]); 16] = [
    (
        "solve",
        |a, b, _| a.solve(b).square().sum(),
        [3.0364857394402245, -3.093717808669205, 18.55215592610857],
    ),
    (
        "triangular_solve",
        |a, b, _| a.triangular_solve(b, Triangle::UPPER).square().sum(),
        [4.1611328125, -0.4786783854166665, 13.60323079427083],
    ),
    (
        "cholesky",
        |a, _, w| (symmetric(a).cholesky() * w).sum(),
        [-0.38287826537869796, 3.0575844194531707, 0.03711460916756548],
    ),
    ("inv", |a, _, w| (a.inv() * w).sum(), [-0.7420814479638009, -2.5668188612026785, 1.6602327934369365]),
    (
        "pinv",
        |a, _, w| (a.narrow(1, 0..2).pinv() * w.narrow(0, 0..2)).sum(),
        [-0.9909850483729112, -1.6441504630757706, -2.1153125832855917],
    ),
    (
        "lstsq",
        |a, b, _| a.narrow(1, 0..2).lstsq(b).square().sum(),
        [1.087449111171447, 1.6616349339488514, 3.8046305938107534],
    ),
    ("det", |a, _, _| a.det(), [27.625, 20.0, -16.250000000000007]),
    ("slogdet", |a, _, _| a.slogdet().1, [3.318721159837917, 0.7239819004524888, -1.1123850863004445]),
    (
        "lu",
        |a, _, w| {
            let (_, l, u) = a.lu();
            (l * u * w).sum() + (u * w).sum()
        },
        [9.022727272727273, 34.43595041322314, 10.476192712246434],
    ),
    (
        "qr",
        |a, _, w| (two(a).qr().0.square() * two(w)).sum() + (a.qr().1.square() * w).sum(),
        [7.7292439860052005, 59.09510686475035, 16.97933105187031],
    ),
    (
        "eigh",
        |a, _, w| {
            let (values, v) = symmetric(a).eigh();
            (v.square() * w).sum() + (values * w.narrow(0, 0..1)).sum()
        },
        [2.005236412794392, -6.115563766444091, 26.82065654110046],
    ),
    (
        "svd",
        |a, _, w| {
            let (u, _, vt) = a.svd();
            (u.square() * w).sum() + (vt.square() * w).sum()
        },
        [1.780945700993012, 2.657829006599946, 106.08427771705824],
    ),
    (
        "svdvals",
        |a, _, w| (a.svdvals() * w.narrow(0, 1..2)).sum(),
        [3.0464900846683265, 6.912965962608486, -44.79285744940871],
    ),
    ("nuclear_norm", |a, _, _| a.nuclear_norm(), [9.738739010290418, 1.8521590280446756, 2.9495131191551938]),
    ("cond", |a, _, _| a.cond(), [2.455379142945777, -1.47717165388936, 13.759277979412857]),
    (
        "matrix_exp",
        |a, _, w| (a.matrix_exp() * w).sum(),
        [140.22197104654128, 366.8123246173406, -544.6699001898477],
    ),
];

#[test]
fn values_and_two_derivatives_are_those_of_pytorch() {
    for (name, f, expected) in FACTS {
        let tape = Tape::<f64>::new();
        let a = tape.leaf([[4.0, 1.0, -2.0], [1.0, 3.0, 0.5], [0.25, -1.0, 2.0]]);
        let b = tape.constant([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]]);
        let w = tape.constant([[1.0, 2.0, -1.0], [0.5, -2.0, 3.0], [1.5, 0.25, 1.0]]);
        let y = f(a, b, w);
        let first = (y.grad(&[a])[0] * w).sum();
        let second = (first.grad(&[a])[0] * w).sum();
        for (found, expected) in [y.item(), first.item(), second.item()].into_iter().zip(expected) {
            assert!(
                (found - expected).abs() <= 1e-11 * expected.abs().max(1.0),
                "{name}: {found}, {expected}"
            );
        }
    }
}

#[test]
fn the_second_derivative_of_the_determinant_of_a_singular_matrix_is_that_of_its_minors() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
    let g = a.det().grad(&[a])[0];
    let near = |x: &Tensor<f64>, y: [[f64; 3]; 3]| {
        let far = x.zip(&Tensor::from(y), |x, y| (x - y).abs()).max_abs();
        assert!(far < 1e-13, "{x} is not {y:?}");
    };
    near(&g.value(), [[-3.0, 6.0, -3.0], [6.0, -12.0, 6.0], [-3.0, 6.0, -3.0]]);
    // The cofactor of the first element is a₂₂ a₃₃ - a₂₃ a₃₂.
    let h = g.s((0, 0)).grad(&[a])[0];
    near(&h.value(), [[0.0, 0.0, 0.0], [0.0, 9.0, -8.0], [0.0, -6.0, 5.0]]);
    assert!(h.sum().backward(&[a])[0].to_vec().iter().all(|x| x.is_nan()));
}
