//! Matrices that have no value or no derivative: typed errors that say where, NaN where an error would hide the rest.

use wengert::{Error, Tape, Tensor, Var};
use wengert_linalg::{LinAlg, Triangle};

fn refused<T>(result: Result<T, Error>) -> (&'static str, usize, usize) {
    match result.err().expect("refused") {
        Error::Matrix { op, matrix, pivot, .. } => (op, matrix, pivot),
        other => panic!("{other}"),
    }
}

/// A regular matrix and another one.
fn pair(other: [[f64; 2]; 2]) -> Tensor<f64> {
    Tensor::from([[[2.0, 1.0], [1.0, 3.0]], other])
}

#[test]
fn singular_matrices_are_named_with_their_pivot() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf(pair([[1.0, 2.0], [2.0, 4.0]]));
    let b = tape.leaf([[1.0], [1.0]]);
    assert_eq!(refused(a.try_solve(b)), ("solve", 1, 1));
    assert_eq!(refused(a.try_inv()), ("inv", 1, 1));
    assert_eq!(refused(a.try_cholesky()), ("cholesky", 1, 1));
    assert_eq!(refused(a.try_pinv()), ("pinv", 1, 1));
    assert_eq!(refused(a.try_lstsq(b)), ("lstsq", 1, 1));
    let zero_first = tape.leaf(pair([[0.0, 1.0], [0.0, 2.0]]));
    assert_eq!(refused(zero_first.try_solve(b)), ("solve", 1, 0));
    assert_eq!(refused(zero_first.try_triangular_solve(b, Triangle::LOWER)), ("triangular_solve", 1, 0));
    assert!(zero_first.try_triangular_solve(b, Triangle::LOWER.unit_diagonal()).is_ok());
    assert_eq!(refused(tape.leaf(pair([[1.0, 2.0], [2.0, 1.0]])).try_cholesky()), ("cholesky", 1, 1));
    let none = tape.leaf([[0.0], [0.0]]);
    assert_eq!(refused(none.try_lstsq(tape.leaf([1.0, 1.0]))), ("lstsq", 0, 0));
    assert_eq!(refused(none.t().try_lstsq(tape.leaf([1.0]))), ("lstsq", 0, 0));
}

#[test]
fn what_an_error_advises_helps() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf([[1.0, 2.0], [2.0, 4.0]]), tape.leaf([1.0, 2.0]));
    let text = |refused: Option<Error>| refused.expect("refused").to_string();
    let moved = a + tape.constant([[1e-9, 0.0], [0.0, 1e-9]]);
    let singular = text(a.try_solve(b).err());
    assert!(singular.contains("add a small multiple of the identity"), "{singular}");
    assert!(moved.try_solve(b).is_ok() && moved.try_inv().is_ok());
    for deficient in [text(a.try_pinv().err()), text(a.try_lstsq(b).err())] {
        assert!(deficient.contains("drop") && deficient.contains("not of full rank"), "{deficient}");
    }
    let first = a.narrow(1, 0..1);
    assert!(first.try_pinv().is_ok() && first.try_lstsq(b).is_ok());
    // Rows of a small multiple of the identity below.
    let ridge = Var::concat(&[a, tape.constant([[1e-6, 0.0], [0.0, 1e-6]])], 0);
    assert!(ridge.try_lstsq(tape.leaf([1.0, 2.0, 0.0, 0.0])).is_ok());
}

#[test]
fn rounding_does_not_make_a_singular_matrix_regular_nor_scale_a_regular_one_singular() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
    assert_eq!(refused(a.try_inv()), ("inv", 0, 2));
    let scaled = tape.leaf([[1e-200, 0.0], [1e-3, 1e200]]);
    assert!(scaled.try_inv().is_ok());
    assert_eq!(tape.leaf([[1.0, 0.0], [0.0, 1e-20]]).inv().value(), Tensor::from([[1.0, 0.0], [0.0, 1e20]]));
}

#[test]
fn a_plan_and_a_deferred_tape_refuse_when_they_compute() -> Result<(), Error> {
    let regular = Tensor::from([[2.0, 0.0], [0.0, 4.0]]);
    let singular = Tensor::from([[1.0, 2.0], [2.0, 4.0]]);
    let tape = Tape::<f64>::new().deferred();
    let a = tape.leaf(&regular);
    let y = a.inv().sum();
    let plan = tape.compile(&[a], &[y, y.grad(&[a])[0]])?;
    let mut workspace = plan.workspace();
    assert_eq!(plan.run(&mut workspace, &[&regular])?[0].item(), 0.75);
    assert_eq!(refused(plan.run(&mut workspace, &[&singular])), ("inv", 0, 1));
    assert_eq!(plan.run(&mut workspace, &[&regular])?[0].item(), 0.75);
    let y = tape.leaf(&singular).inv();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| y.value())).expect_err("singular");
    assert!(
        panic.downcast_ref::<String>().is_some_and(|text| text.contains("singular to working precision"))
    );
    Ok(())
}

#[test]
fn a_plan_computes_equal_factorizations_once() -> Result<(), Error> {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[2.0, 0.0], [0.0, 4.0]]);
    let plan = tape.compile(&[a], &[a.inv() + a.inv() + a.t().inv()])?;
    assert_eq!(plan.describe().matches("inv").count(), 2, "{}", plan.describe());
    Ok(())
}

#[test]
fn a_matrix_that_is_not_finite_gives_nan_and_leaves_the_others_alone() {
    type Function = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;
    let functions: [(&str, Function); 14] = [
        ("solve", |a| a.solve(a)),
        ("triangular_solve", |a| a.triangular_solve(a, Triangle::UPPER)),
        ("cholesky", |a| a.cholesky()),
        ("inv", |a| a.inv()),
        ("pinv", |a| a.pinv()),
        ("det", |a| a.det()),
        ("slogdet", |a| a.slogdet().1),
        ("lu", |a| a.lu().2),
        ("qr", |a| a.qr().1),
        ("eigh", |a| a.eigh().0),
        ("svd", |a| a.svd().0),
        ("svdvals", |a| a.svdvals()),
        ("matrix_exp", |a| a.matrix_exp()),
        ("lstsq", |a| a.lstsq(a)),
    ];
    for (name, f) in functions {
        for bad in [f64::NAN, f64::INFINITY] {
            let tape = Tape::<f64>::new();
            let (a, alone) = (tape.leaf(pair([[2.0, bad], [1.0, 3.0]])), tape.leaf([[2.0, 1.0], [1.0, 3.0]]));
            let (y, expected) = (f(a), f(alone));
            let n = expected.shape().len();
            let (y_all, g) = (y.value().to_vec(), y.square().sum().backward(&[a])[0].to_vec());
            assert_eq!(y_all[..n], expected.value().to_vec(), "{name}");
            assert!(y_all[n..].iter().any(|x| x.is_nan()), "{name} at {bad}: {y_all:?}");
            assert_eq!(g[..4], expected.square().sum().backward(&[alone])[0].to_vec(), "{name}");
            assert!(g[4..].iter().any(|x| x.is_nan()), "{name} at {bad}: {g:?}");
        }
    }
}

#[test]
fn misfits_name_what_was_given_and_expected() {
    let tape = Tape::<f64>::new();
    let of = |dims: &[usize]| tape.leaf(Tensor::zeros(dims));
    let (wide, square) = (of(&[2, 3]), of(&[2, 2]));
    for result in
        [wide.try_inv(), wide.try_det(), wide.try_cholesky(), wide.try_matrix_exp(), wide.try_eigvalsh()]
    {
        assert!(matches!(result, Err(Error::Shape { expected: "square matrices, [b…, n, n]", .. })));
    }
    assert!(matches!(of(&[3]).try_svd(), Err(Error::Shape { op: "svd", .. })));
    assert!(matches!(of(&[]).try_qr(), Err(Error::Shape { op: "qr", .. })));
    assert!(matches!(square.try_solve(of(&[3])), Err(Error::ShapeMismatch { op: "solve", .. })));
    let refused = of(&[2, 2, 2]).try_solve(of(&[3, 2, 1])).expect_err("stacks of 2 and 3");
    assert!(
        matches!(&refused, Error::ShapeMismatch { lhs, rhs, .. } if *lhs == [2, 2, 2] && *rhs == [3, 2, 1])
    );
    let refused = square.try_solve(of(&[3])).expect_err("a vector of 3");
    assert!(matches!(&refused, Error::ShapeMismatch { lhs, rhs, .. } if *lhs == [2, 2] && *rhs == [3]));
    assert!(matches!(square.try_solve(of(&[])), Err(Error::Shape { op: "solve", .. })));
    assert!(matches!(of(&[3]).try_lstsq(of(&[3])), Err(Error::Shape { op: "lstsq", .. })));
    assert!(matches!(wide.try_lstsq(of(&[3])), Err(Error::ShapeMismatch { op: "lstsq", .. })));
    assert!(matches!(of(&[3]).try_matrix_rank(), Err(Error::Shape { op: "matrix_rank", .. })));
    assert!(matches!(of(&[2, 0]).try_cond(), Err(Error::EmptyReduction { op: "cond", .. })));
    let other = Tape::<f64>::new();
    assert!(matches!(square.try_solve(other.leaf([1.0, 1.0])), Err(Error::DifferentTapes { .. })));
    let seven = of(&[1, 1, 1, 1, 1, 1, 2, 2]);
    assert_eq!(seven.lu().1.shape().dims(), seven.shape().dims());
}
