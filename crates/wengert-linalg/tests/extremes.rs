//! Very large and very small numbers, and matrices of lower rank: what is in the range of numbers is right.

use wengert::{Checker, Error, Key, Tape, Tensor, Var};
use wengert_linalg::{LinAlg, Triangle};

/// Powers of two from the ends of the range of numbers to its middle.
const POWERS: [i32; 8] = [-1030, -900, -500, -300, 300, 500, 900, 1000];

/// `x` times a power of two, also of a power beyond the range.
fn times(x: &Tensor<f64>, power: i32) -> Tensor<f64> {
    let half = power / 2;
    x.map(|x| x * 2.0_f64.powi(half) * 2.0_f64.powi(power - half))
}

fn near(what: &str, x: &Tensor<f64>, y: &Tensor<f64>, tolerance: f64) {
    let far = x.zip(y, |x, y| (x - y).abs()).max_abs();
    assert!(far <= tolerance * y.max_abs(), "{what}: {x} is not {y}");
}

/// A matrix and a symmetric one.
fn pair(n: usize) -> [Tensor<f64>; 2] {
    let a: Tensor<f64> = Key::new(3).normal([n, n]);
    let symmetric = Tensor::from_fn([n, n], |ix| a[[ix[0], ix[1]]] + a[[ix[1], ix[0]]]);
    [a, symmetric]
}

#[test]
fn factors_are_those_of_the_matrix_times_its_scale() {
    for n in [1, 2, 3, 8, 40] {
        let [a, symmetric] = pair(n);
        for power in POWERS {
            // Small numbers have fewer digits below the least normal one.
            let tolerance = if power < -970 { 1e-10 } else { 1e-13 };
            let tape = Tape::<f64>::new();
            let (x, y) = (tape.leaf(&a), tape.leaf(times(&a, power)));
            let check = |what: &str, given: Var<'_, f64>, expected: Var<'_, f64>, power: i32| {
                let what = format!("{what} of size {n}, power {power}");
                near(&what, &given.value(), &times(&expected.value(), power), tolerance);
            };
            let ((u, s, _), (u_y, s_y, _)) = (x.svd(), y.svd());
            check("s", s_y, s, power);
            check("u", u_y, u, 0);
            let ((q, r), (q_y, r_y)) = (x.qr(), y.qr());
            check("q", q_y, q, 0);
            check("r", r_y, r, power);
            check("u of lu", y.lu().2, x.lu().2, power);
            check("cond", y.cond(), x.cond(), 0);
            let (x, y) = (tape.leaf(&symmetric), tape.leaf(times(&symmetric, power)));
            let ((values, v), (values_y, v_y)) = (x.eigh(), y.eigh());
            check("values", values_y, values, power);
            check("v", v_y, v, 0);
            assert_eq!(y.matrix_rank().item(), x.matrix_rank().item());
            if power > -1000 {
                check("pinv", tape.leaf(times(&a, power)).pinv(), tape.leaf(&a).pinv(), -power);
            }
        }
    }
}

#[test]
fn a_diagonal_is_its_eigenvalues() {
    for d in [&[1e20, 1.0][..], &[1e20, 1.0, -3.0, 5e-324], &[2.0, 2.0, -1.0], &[0.0, 0.0], &[1e300]] {
        let n = d.len();
        let tape = Tape::<f64>::new();
        let a = tape.leaf(Tensor::from_fn([n, n], |ix| if ix[0] == ix[1] { d[ix[0]] } else { 0.0 }));
        let (values, v) = a.eigh();
        let mut sorted = d.to_vec();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(values.value().to_vec(), sorted);
        assert_eq!(v.matmul(values.unsqueeze(-1) * v.t()).value(), a.value());
        let g = &a.eigvalsh().sum().backward(&[a])[0];
        assert!((0..n).all(|i| (0..n).all(|j| g[[i, j]] == f64::from(u8::from(i == j)))), "{g}");
    }
}

#[test]
fn a_least_squares_system_of_any_scale_has_its_solution() {
    let a = Tensor::from([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]);
    for power in POWERS {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(times(&a, power)), tape.leaf(times(&Tensor::from([1.0, 3.0, 5.0]), power)));
        near(&format!("power {power}"), &a.lstsq(b).value(), &Tensor::from([1.0, 2.0]), 1e-13);
        let dependent = tape.leaf(times(&Tensor::from([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]), power));
        assert!(matches!(dependent.try_lstsq(b), Err(Error::Matrix { op: "lstsq", pivot: 1, .. })));
    }
}

#[test]
fn pivots_of_any_size_divide() {
    let t = Tensor::from([[2.0, 0.0, 0.0], [1.0, 4.0, 0.0], [-1.0, 3.0, 0.5]]);
    let b = Tensor::from([[2.0, 0.0], [9.0, 0.0], [6.5, 1.0]]);
    let x = Tensor::from([[1.0, 0.0], [2.0, 0.0], [3.0, 2.0]]);
    for power in [-1060, -1030, -1000, 1000, 1018] {
        let tape = Tape::<f64>::new();
        let (t, b) = (tape.leaf(times(&t, power)), tape.leaf(times(&b, power)));
        assert_eq!(t.solve(b).value(), x, "power {power}");
        assert_eq!(t.triangular_solve(b, Triangle::LOWER).value(), x, "power {power}");
        let transposed = t.t().triangular_solve(b, Triangle::UPPER.transposed());
        assert_eq!(transposed.value(), x, "power {power}");
    }
    // Rows of very different sizes.
    let tape = Tape::<f64>::new();
    let t = tape.leaf([[5e-324, 0.0], [0.0, 2.0_f64.powi(1023)]]);
    let b = tape.leaf([1e-323, -2.0_f64.powi(1022)]);
    assert_eq!(t.solve(b).value().to_vec(), [2.0, -0.5]);
    assert_eq!(t.triangular_solve(b, Triangle::UPPER).value().to_vec(), [2.0, -0.5]);
}

#[test]
fn a_wide_system_has_its_shortest_solution() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]]);
    let b = tape.leaf([[1.0, 2.0], [3.0, -4.0]]);
    let x = a.lstsq(b);
    near("x", &x.value(), &a.pinv().matmul(b).value(), 1e-14);
    near("b", &a.matmul(x).value(), &b.value(), 1e-14);
    let [by_qr, by_svd] = [x, a.pinv().matmul(b)].map(|x| (x * x * x).sum().backward(&[a, b]));
    near("by a", &by_qr[0], &by_svd[0], 1e-13);
    near("by b", &by_qr[1], &by_svd[1], 1e-13);
    assert_eq!(a.lstsq(tape.leaf([1.0, 3.0])).shape().dims(), [3]);
}

#[test]
fn a_product_of_pivots_is_not_lost_on_the_way() {
    let tape = Tape::<f64>::new();
    let diagonal = |d: &[f64]| {
        tape.leaf(Tensor::from_fn([d.len(), d.len()], |ix| if ix[0] == ix[1] { d[ix[0]] } else { 0.0 }))
    };
    for (d, det) in [
        (&[1e200, 1e200, 1e-200, 3e-200][..], 3.0),
        (&[1e160, 1e160, 1e-140, 3e-140], 3e40),
        (&[1e-200, 1e-200, -1e200, 3e200], -3.0),
        (&[1e200, 1e200], f64::INFINITY),
        (&[1e-200, 1e-200], 0.0),
        (&[-1e-160, 1e-160, 5.0], -5e-320),
        (&[5e-324, 2.0_f64.powi(1000), 2.0_f64.powi(70)], 2.0_f64.powi(-4)),
        (&[0.0, 1e300, 1e300], 0.0),
    ] {
        let a = diagonal(d);
        let y = a.det();
        assert!((y.item() - det).abs() <= 1e-14 * det.abs() || y.item() == det, "{d:?}: {}", y.item());
        if det == 3e40 {
            let g = y.backward(&[a])[0].to_vec();
            for (k, d) in d.iter().enumerate() {
                let slope = g[k * 5] * d;
                assert!((slope - det).abs() < 1e-13 * det, "{d}: {slope}");
            }
        }
    }
}

#[test]
fn an_exponential_of_huge_elements_is_no_identity() {
    let tape = Tape::<f64>::new();
    // Its columns sum to more than the largest number.
    for n in [2, 3, 200] {
        let y = tape.leaf(Tensor::full([n, n], 1.5e308)).matrix_exp().value().to_vec();
        assert!(y.iter().all(|y| y.is_nan() || y.is_infinite()), "{y:?}");
    }
}

#[test]
fn vectors_beside_a_singular_value_of_zero_have_their_derivative() {
    // Singular, and stays so along this line: U and s move, and V has a last column that is fixed up to its sign.
    let of = |t: f64| Tensor::from([[3.0, 1.0 + t, 0.0], [t, 1.5, 0.0], [0.5, -t, 0.0]]);
    let weights = Tensor::from([[1.0, 2.0, -1.0], [0.5, -2.0, 3.0], [1.5, 0.25, 1.0]]);
    let run = |t: f64| {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(of(t));
        let (u, _, _) = a.svd();
        let y = (u.square() * tape.constant(&weights)).sum();
        let tangent = tape.constant(of(1.0).zip(&of(0.0), |x, y| x - y));
        (
            y.item(),
            y.backward(&[a])[0].zip(&tangent.value(), |g, t| g * t).to_vec().iter().sum::<f64>(),
            y.jvp(&[a], &[tangent]).item(),
        )
    };
    let (_, reverse, forward) = run(0.2);
    let h = 1e-4;
    let difference = (run(0.2 + h).0 - run(0.2 - h).0) / (2.0 * h);
    assert!((forward - difference).abs() < 1e-6, "{forward}, {difference}");
    assert!((reverse - difference).abs() < 1e-6, "{reverse}, {difference}");
}

#[test]
fn condition_numbers_at_their_ends() {
    let tape = Tape::<f64>::new();
    for a in [[[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]] {
        let a = tape.leaf(a);
        assert_eq!(a.cond().item(), f64::INFINITY);
        assert!(a.cond().backward(&[a])[0].to_vec().iter().any(|g| !g.is_finite()));
    }
    // The least condition number there is: equal values share, so that nothing pulls.
    let one = tape.leaf([[1.0, 0.0], [0.0, 1.0]]);
    assert_eq!(one.cond().item(), 1.0);
    assert_eq!(one.cond().backward(&[one])[0], Tensor::zeros([2, 2]));
    assert!(tape.leaf([[f64::NAN]]).cond().item().is_nan());
}

#[test]
fn ranks_count_what_is_above_rounding_in_the_precision_of_the_tape() {
    let tape = Tape::<f64>::new();
    let stack = tape.leaf(Tensor::from([
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]],
        [[0.0; 3], [0.0; 3]],
        [[1.0, 0.0, 0.0], [0.0, f64::NAN, 0.0]],
    ]));
    let rank = stack.matrix_rank();
    assert_eq!(rank.value().to_vec()[..3], [2.0, 1.0, 0.0]);
    assert!(rank.value().to_vec()[3].is_nan() && !rank.is_tracked());
    assert_eq!(tape.leaf(Tensor::zeros([2, 0, 3])).matrix_rank().value().to_vec(), [0.0, 0.0]);
    assert_eq!(tape.leaf([[1.0, 0.0], [0.0, 1e-10]]).matrix_rank().item(), 2.0);
    let tape = Tape::<f32>::new();
    assert_eq!(tape.leaf([[1.0, 0.0], [0.0, 1e-10]]).matrix_rank().item(), 1.0);
}

#[test]
fn what_is_not_finite_on_the_right_stays_in_its_column() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf(pair(40)[0].clone());
    let b =
        Tensor::from_fn([40, 9], |ix| if ix[1] == 4 && ix[0] == 20 { f64::NAN } else { 1.0 + ix[0] as f64 });
    let clean = Tensor::from_fn([40, 9], |ix| 1.0 + ix[0] as f64);
    for lower in [false, true] {
        let of = |b: &Tensor<f64>| {
            let b = tape.leaf(b);
            if lower { a.triangular_solve(b, Triangle::LOWER) } else { a.solve(b) }.value()
        };
        let (given, expected) = (of(&b), of(&clean));
        for i in 0..40 {
            for j in 0..9 {
                if j != 4 || (lower && i < 20) {
                    assert_eq!(given[[i, j]], expected[[i, j]], "row {i}, column {j}");
                } else {
                    assert!(given[[i, j]].is_nan(), "row {i}, column {j}");
                }
            }
        }
    }
}

#[test]
fn clusters_of_equal_values_come_out_at_any_size() {
    for n in [3, 17, 140, 200] {
        let tape = Tape::<f64>::new();
        let q = tape.leaf(Key::new(11).normal([n, n])).qr().0;
        let of = |k: usize| if k.is_multiple_of(3) { 2.0 } else { 0.0 };
        let d = tape.constant(Tensor::from_fn([n, n], |ix| if ix[0] == ix[1] { of(ix[0]) } else { 0.0 }));
        let a = tape.leaf(q.matmul(d).matmul(q.t()).value());
        let twos = n.div_ceil(3);
        let (u, s, vt) = a.svd();
        near("svd", &(u * s).matmul(vt).value(), &a.value(), 1e-13);
        let values = a.eigvalsh();
        for (k, (s, value)) in s.value().to_vec().iter().zip(values.value().to_vec().iter().rev()).enumerate()
        {
            let expected = if k < twos { 2.0 } else { 0.0 };
            assert!((s - expected).abs() < 1e-13 && (value - expected).abs() < 1e-13, "{n}: {s}, {value}");
        }
        assert_eq!(a.matrix_rank().item(), twos as f64);
        // The gradient of the trace of A³ is 3 A².
        near("trace", &values.powi(3).sum().backward(&[a])[0], &(a.matmul(a) * 3.0).value(), 1e-12);
        near("nuclear norm", &a.nuclear_norm().value(), &Tensor::from(2.0 * twos as f64), 1e-13);
    }
}

#[test]
fn norms_of_wide_and_tall_matrices_have_their_derivatives() {
    let report = Checker::new().order(2).run(
        |a| a.nuclear_norm() * a.svdvals().sum() + a.cond(),
        &Tensor::from([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]]),
    );
    assert!(report.expect("right").comparisons > 0);
}

#[test]
fn columns_of_different_sizes_keep_their_digits() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[1e200, 1e200], [0.0, 1e-150], [0.0, 0.0]]);
    let (q, r) = tape.leaf([[1e200, 0.0], [0.0, 1e-150]]).qr();
    assert_eq!(
        (q.value().to_vec(), r.value().to_vec()),
        (vec![1.0, 0.0, 0.0, 1.0], vec![1e200, 0.0, 0.0, 1e-150])
    );
    let x = tape.leaf([[1e200, 0.0], [0.0, 1e-150]]).lstsq(tape.leaf([2e200, 3e-150])).value().to_vec();
    assert!((x[0] - 2.0).abs() < 1e-15 && (x[1] - 3.0).abs() < 1e-15, "{x:?}");
    assert_eq!(a.matrix_rank().item(), 1.0);
}

#[test]
fn the_rank_of_the_largest_numbers_is_that_of_others() {
    let single = Tape::<f32>::new();
    assert_eq!(single.leaf(Tensor::full([2, 2], 3e38)).matrix_rank().item(), 1.0);
    assert_eq!(single.leaf([[3e38, 0.0], [0.0, 3e38]]).matrix_rank().item(), 2.0);
    let double = Tape::<f64>::new();
    assert_eq!(double.leaf(Tensor::full([2, 3], 1.7e308)).matrix_rank().item(), 1.0);
    assert_eq!(double.leaf(Tensor::zeros([2, 2])).matrix_rank().item(), 0.0);
}
