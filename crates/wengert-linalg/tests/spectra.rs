//! Equal eigenvalues and singular values: a right derivative where there is one, NaN where the choice of vectors would
//! decide.

use wengert::{Checker, Tape, Tensor, Var};
use wengert_linalg::LinAlg;

/// A matrix with the eigenvalues 2, 2 and 5, none of them on the diagonal.
fn twofold() -> Tensor<f64> {
    let v = [2.0 / 3.0, -1.0 / 3.0, 2.0 / 3.0];
    Tensor::from_fn([3, 3], |ix| 3.0 * v[ix[0]] * v[ix[1]] + if ix[0] == ix[1] { 2.0 } else { 0.0 })
}

fn near(x: &Tensor<f64>, y: &Tensor<f64>) {
    let far = x.zip(y, |x, y| (x - y).abs()).max_abs();
    assert!(far < 1e-13 * y.max_abs().max(1.0), "{x} is not {y}");
}

#[test]
fn functions_that_treat_equal_eigenvalues_alike_have_their_gradient() {
    for a in [
        twofold(),
        Tensor::from([[2.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 2.0]]),
        Tensor::full([3, 3], 0.0),
    ] {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(&a);
        // The gradient of the trace of A³ is 3 A².
        let g = a.eigvalsh().powi(3).sum().backward(&[a]);
        near(&g[0], &(a.matmul(a) * 3.0).value());
        let e = a.eigvalsh().exp().sum().backward(&[a]);
        near(&e[0], &a.matrix_exp().value());
    }
}

#[test]
fn a_vector_apart_from_equal_ones_has_its_derivative() {
    let report = Checker::new().run(
        |a| {
            let (_, v) = a.eigh();
            let w = a.tape().constant([1.0, 2.0, -1.0]);
            w.matmul(v.narrow(-1, 2..3)).square().sum()
        },
        &twofold(),
    );
    let report = report.expect("right");
    assert!(report.comparisons > 0);
}

#[test]
fn vectors_of_equal_values_have_no_derivative() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf(twofold());
    let w = tape.constant([[1.0, 2.0, -1.0], [0.5, -2.0, 3.0], [1.5, 0.25, 1.0]]);
    let (values, v) = a.eigh();
    let all_nan = |y: Var<'_, f64>| y.backward(&[a])[0].to_vec().iter().all(|x| x.is_nan());
    assert!(all_nan((v * w).sum()));
    // The value is A again, and its gradient W; the two rules cannot know.
    assert!(all_nan(((v * values.unsqueeze(-2)).matmul(v.t()) * w).sum()));
    // The second derivative of a function of the values needs their vectors.
    let first = values.square().sum().grad(&[a])[0];
    assert!(all_nan((first * w).sum()));
    let (u, s, vt) = a.svd();
    assert!(all_nan((u * w).sum()) && all_nan((vt * w).sum()));
    near(&s.square().sum().backward(&[a])[0], &(a * 2.0).value());
}

#[test]
fn functions_of_values_have_their_gradient_for_clusters_of_any_size_in_both_precisions() {
    fn run<F: wengert::Float>(n: usize, clusters: usize, tolerance: f64) {
        let tape = Tape::<F>::new();
        let q = tape.leaf(wengert::Key::new(n as u64).normal([n, n])).qr().0;
        let d = tape.constant(Tensor::from_fn([n, n], |ix| match ix[0] == ix[1] {
            true => F::from_f64(1.0 + (ix[0] % clusters) as f64),
            false => F::ZERO,
        }));
        let a = tape.leaf(q.matmul(d).matmul(q.t()).value());
        let pairs = [
            (a.eigvalsh().powi(3).sum(), a.matmul(a) * 3.0),
            (a.eigvalsh().ln().sum(), a.inv()),
            (a.svdvals().square().sum(), a * 2.0),
            (a.eigvalsh().exp().sum(), a.matrix_exp()),
        ];
        for (y, expected) in pairs {
            let (g, expected) = (y.backward(&[a])[0].cast::<f64>(), expected.value().cast::<f64>());
            let far = g.zip(&expected, |x, y| (x - y).abs()).max_abs();
            assert!(
                far < tolerance * expected.max_abs(),
                "size {n}, {clusters} values: {g} is not {expected}"
            );
        }
    }
    for (n, clusters) in [(2, 1), (3, 2), (5, 2), (8, 3), (20, 4), (60, 5)] {
        run::<f64>(n, clusters, 1e-12);
        run::<f32>(n, clusters, 1e-4);
    }
}

#[test]
fn the_largest_of_equal_eigenvalues_shares_and_one_by_its_place_is_that_of_its_vector() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[2.0, 0.0], [0.0, 2.0]]);
    near(&a.eigvalsh().max().backward(&[a])[0], &Tensor::from([[0.5, 0.0], [0.0, 0.5]]));
    let (values, v) = a.eigh();
    let first = v.value().narrow(1, 0..1);
    let expected = Tensor::from_fn([2, 2], |ix| first[[ix[0], 0]] * first[[ix[1], 0]]);
    near(&values.s(0).backward(&[a])[0], &expected);
}

#[test]
fn the_space_of_equal_values_has_no_derivative_by_its_vectors_but_has_one_by_other_functions() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf(twofold());
    let w = tape.constant([[1.0, 2.0, -1.0], [2.0, -2.0, 3.0], [-1.0, 3.0, 1.0]]);
    // The projector on the space of the two equal values: smooth, but the rule cannot know.
    let v = a.eigh().1.narrow(-1, 0..2);
    let by_vectors = (v.matmul(v.t()) * w).sum();
    assert!(by_vectors.backward(&[a])[0].to_vec().iter().all(|x| x.is_nan()));
    // The same from the vector of the other value, and as a polynomial of the matrix: (5 - A) / 3.
    let v = a.eigh().1.narrow(-1, 2..3);
    let by_the_other = -(v.matmul(v.t()) * w).sum();
    assert!(
        (by_the_other.item() + w.value().to_vec().iter().step_by(4).sum::<f64>() - by_vectors.item()).abs()
            < 1e-14
    );
    let g = by_the_other.backward(&[a])[0].clone();
    assert!(g.to_vec().iter().all(|x| x.is_finite()));
    let report = Checker::new().run(
        |a| {
            let v = a.eigh().1.narrow(-1, 2..3);
            let w = a.tape().constant([[1.0, 2.0, -1.0], [2.0, -2.0, 3.0], [-1.0, 3.0, 1.0]]);
            -(v.matmul(v.t()) * w).sum()
        },
        &twofold(),
    );
    assert!(report.expect("right").comparisons > 0);
}

#[test]
fn norms_of_orthogonal_and_of_zero_matrices_have_the_gradient_of_least_norm() {
    let tape = Tape::<f64>::new();
    let turn = tape.leaf([[0.6, -0.8], [0.8, 0.6]]);
    near(&turn.nuclear_norm().backward(&[turn])[0], &turn.value());
    let zero = tape.leaf(Tensor::zeros([2, 3]));
    assert_eq!(zero.nuclear_norm().backward(&[zero])[0], Tensor::zeros([2, 3]));
    let one = tape.leaf([[3.0, 0.0], [0.0, 0.0]]);
    assert_eq!(one.nuclear_norm().backward(&[one])[0], Tensor::from([[1.0, 0.0], [0.0, 0.0]]));
    let tall = tape.leaf([[3.0, 0.0], [0.0, 0.0], [0.0, 0.0]]);
    assert!(tall.svdvals().sum().backward(&[tall])[0].to_vec().iter().all(|x| x.is_finite()));
}

#[test]
fn tiny_singular_values_are_not_taken_for_equal() {
    fn f(a: Var<'_, f64>) -> Var<'_, f64> {
        (a.svd().0.square() * a.tape().constant([[1.0, 2.0], [3.0, 5.0]])).sum()
    }
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[1e-9, 1e-10], [0.0, 3e-9]]);
    let scaled = tape.leaf([[1.0, 0.1], [0.0, 3.0]]);
    let (g, h) = (f(a).backward(&[a]), f(scaled).backward(&[scaled]));
    near(&g[0].map(|x| x * 1e-9), &h[0]);
}
