//! Solutions of equations have the derivatives of their closed forms, or of the iteration unrolled.

use super::{close, same_bits};
use wengert::{
    Checker, Distribution, Error, Key, SolveOptions, Tape, Tensor, Var, check_gradients, checkpoint,
    custom_vjp, fixed_point, grad, hessian, hvp, many, solve_root, try_fixed_point, try_solve_root,
};

const STANDARD: SolveOptions = SolveOptions { tolerance: None, iterations: 1000 };

fn ones(n: usize) -> Tensor<f64> {
    Tensor::full([n], 1.0)
}

/// The square root: Heron's iteration, and the root of x² = a.
fn roots<'t>(a: Var<'t, f64>) -> [Var<'t, f64>; 2] {
    let start = Tensor::full(a.shape(), 1.5);
    [
        fixed_point(|x, p| (x + p[0] / x) * 0.5, &start, &[a], STANDARD),
        solve_root(|x, p| x.square() - p[0], &start, &[a], STANDARD),
    ]
}

#[test]
fn a_square_root_by_iteration_has_the_derivatives_of_sqrt() {
    let a = Tensor::from([2.0, 0.5, 7.0]);
    for k in 0..2 {
        let report = Checker::new().order(4).tolerance(1e-8, 1e-9).run(|a| roots(a)[k] * a, &a);
        assert!(report.is_ok(), "{}", report.unwrap_err());
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&a);
        let (mut found, mut expected) = (roots(x)[k], x.sqrt());
        for order in 0..5 {
            let scale = 1e-12 * (1.0 + expected.value().max_abs());
            assert!(
                close(&found.value(), &expected.value(), scale),
                "order {order}: {} and {}",
                found.value(),
                expected.value()
            );
            [found, expected] = [found, expected].map(|y| y.sum().grad(&[x])[0]);
        }
    }
}

#[test]
fn keplers_equation_has_its_closed_slopes() {
    let (m, e) = (Tensor::from([0.3, 1.9, 3.0]), Tensor::from([0.1, 0.4, 0.7]));
    fn kepler<'t>(m: Var<'t, f64>, e: Var<'t, f64>) -> Var<'t, f64> {
        fixed_point(|x, p| p[0] + p[1] * x.sin(), &ones(3), &[m, e], STANDARD)
    }
    fn newton<'t>(m: Var<'t, f64>, e: Var<'t, f64>) -> Var<'t, f64> {
        solve_root(|x, p| x - p[1] * x.sin() - p[0], &ones(3), &[m, e], STANDARD)
    }
    let tape = Tape::<f64>::new();
    let (m, e) = (tape.leaf(&m), tape.leaf(&e));
    let x = kepler(m, e);
    let g = x.sum().backward(&[m, e]);
    let (x0, e0) = (x.value(), e.value());
    let by_m = x0.zip(&e0, |x, e| 1.0 / (1.0 - e * x.cos()));
    let by_e = x0.zip(&by_m, |x, slope| x.sin() * slope);
    assert!(close(&g[0], &by_m, 1e-12) && close(&g[1], &by_e, 1e-12));
    assert!(close(&newton(m, e).value(), &x0, 1e-13));
    let (m, e) = (m.value(), e.value());
    many::check_gradients(|[m, e]| kepler(m, e).square(), [&m, &e]).expect("both modes, to order two");
    many::check_gradients(|[m, e]| newton(m, e).square(), [&m, &e]).expect("both modes, to order two");
}

#[test]
fn a_linear_system_has_the_derivatives_of_its_inverse() {
    // x = A x + b, of two unknowns: x = (I - A)^-1 b.
    let (a, b) = (Tensor::from([[0.2, -0.4], [0.3, 0.1]]), Tensor::from([1.0, -2.0]));
    for k in 0..2 {
        let report = many::check_gradients(
            |[a, b]| match k {
                0 => fixed_point(|x, p| p[0].matmul(x) + p[1], &ones(2), &[a, b], STANDARD),
                _ => solve_root(|x, p| x - p[0].matmul(x) - p[1], &ones(2), &[a, b], STANDARD),
            },
            [&a, &b],
        );
        assert!(report.is_ok(), "{}", report.unwrap_err());
    }
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf(&a), tape.leaf(&b));
    let x = fixed_point(|x, p| p[0].matmul(x) + p[1], &ones(2), &[a, b], STANDARD);
    let (p, q, r, s) = (0.8, 0.4, -0.3, 0.9);
    let det = p * s - q * r;
    let inverse = Tensor::from([[s / det, -q / det], [-r / det, p / det]]);
    let solution = Tensor::from([(s * 1.0 + q * 2.0) / det, (-r * 1.0 - p * 2.0) / det]);
    assert!(close(&x.value(), &solution, 1e-13));
    // The first unknown by b is the first row of the inverse, by A that row times the solution.
    let g = x.s(0).backward(&[a, b]);
    let row = Tensor::from([inverse.to_vec()[0], inverse.to_vec()[1]]);
    let outer = Tensor::from_fn([2, 2], |i| row.to_vec()[i[0]] * solution.to_vec()[i[1]]);
    assert!(close(&g[1], &row, 1e-13) && close(&g[0], &outer, 1e-13));
}

/// One round of a layer: `tanh(z w + x u)` with a small `w`.
fn round<'t>(z: Var<'t, f64>, w: Var<'t, f64>, x: Var<'t, f64>, u: Var<'t, f64>) -> Var<'t, f64> {
    (z.matmul(w) * 0.3 + x.matmul(u)).tanh()
}

#[test]
fn a_deep_equilibrium_layer_is_the_layer_unrolled() {
    let [w0, x0, u0] =
        [(1, [4, 4]), (2, [3, 2]), (3, [2, 4])].map(|(k, shape)| Key::new(k).normal::<f64>(shape));
    let start = Tensor::zeros([3, 4]);
    let run = |implicit: bool| {
        let tape = Tape::<f64>::new();
        let v @ [w, x, u] = [&w0, &x0, &u0].map(|t| tape.leaf(t));
        let z = if implicit {
            fixed_point(|z, p| round(z, p[0], p[1], p[2]), &start, &v, STANDARD)
        } else {
            (0..200).fold(tape.constant(&start), |z, _| round(z, w, x, u))
        };
        let loss = (z.square().sum() + z.sum()) * 0.5;
        let (eager, g) = (loss.backward(&v), loss.grad(&v));
        let again = (g[0].square().sum() + (g[1] * g[1].exp()).sum()).backward(&v);
        let pushed = tape.no_grad(|| z.jvp(&[w], &[tape.constant(Key::new(4).normal([4, 4]))]));
        let recorded: Vec<_> = g.iter().map(|g| g.value()).collect();
        (z.value(), eager, recorded, again, pushed.value(), tape.len())
    };
    let (lean, unrolled) = (run(true), run(false));
    assert!(close(&lean.0, &unrolled.0, 1e-13) && close(&lean.4, &unrolled.4, 1e-11));
    for k in 0..3 {
        assert!(close(&lean.1[k], &unrolled.1[k], 1e-11), "gradient {k}");
        assert!(same_bits(&lean.1[k], &lean.2[k]), "both sweeps, {k}");
        assert!(close(&lean.3[k], &unrolled.3[k], 1e-9 * (1.0 + unrolled.3[k].max_abs())), "order two, {k}");
    }
    assert!(lean.5 * 5 < unrolled.5, "{} lines and {}", lean.5, unrolled.5);
    many::check_gradients(
        |[w, x, u]| {
            fixed_point(|z, p| round(z, p[0], p[1], p[2]), &Tensor::zeros([3, 4]), &[w, x, u], STANDARD)
        },
        [&w0, &x0, &u0],
    )
    .expect("both modes, to order two");
}

#[test]
fn functions_over_functions_see_a_solution_as_any_other_op() {
    let a = Tensor::from([2.0, 5.0]);
    let g = grad(|a| roots(a)[1].sum(), &a);
    assert!(close(&g, &a.map(|a| 0.5 / a.sqrt()), 1e-13));
    let h = hessian(|a| roots(a)[0].sum(), &a);
    assert!(close(&h, &hessian(|a| a.sqrt().sum(), &a), 1e-12));
    let v = Tensor::from([1.0, -2.0]);
    assert!(close(&hvp(|a| roots(a)[0].sum(), &a, &v), &hvp(|a| a.sqrt().sum(), &a, &v), 1e-12));
    // One solution inside of another: the fourth root.
    check_gradients(|a| fixed_point(|x, p| (x + roots(p[0])[0] / x) * 0.5, &ones(2), &[a], STANDARD), &a)
        .expect("to order two");
}

#[test]
fn a_plan_solves_anew_for_other_parameters() {
    for deferred in [false, true] {
        let tape = Tape::<f64>::new();
        let tape = if deferred { tape.deferred() } else { tape };
        let a = tape.leaf([2.0, 5.0]);
        let y = roots(a)[0] + roots(a)[1];
        let g = y.sum().grad(&[a])[0];
        let plan = tape.compile(&[a], &[y, g]).expect("compiles");
        let (mut room, other) = (plan.workspace(), Tensor::from([3.0, 11.0]));
        let out = plan.run(&mut room, &[&other]).expect("runs").to_vec();
        let fresh = Tape::<f64>::new();
        let b = fresh.leaf(&other);
        let z = roots(b)[0] + roots(b)[1];
        assert!(same_bits(&out[0], &z.value()) && same_bits(&out[1], &z.sum().grad(&[b])[0].value()));
    }
}

#[test]
fn what_does_not_converge_is_an_error_with_what_is_left() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([1.0, 2.0]);
    let few = SolveOptions { iterations: 20, ..STANDARD };
    let grows = try_fixed_point(|x, p| x * 2.0 + p[0], &ones(2), &[a], few).unwrap_err();
    match grows {
        Error::NotConverged { op: "fixed_point", iterations: 20, residual, .. } => assert!(residual > 1e6),
        other => panic!("{other}"),
    }
    let nan = try_fixed_point(|x, p| (x - 3.0).ln() * p[0], &ones(2), &[a], STANDARD).unwrap_err();
    assert!(matches!(nan, Error::NotConverged { iterations: 1, residual, .. } if residual.is_nan()), "{nan}");
    let infinite = try_fixed_point(|x, p| x * x * x * 9.0 + p[0], &ones(2), &[a], STANDARD).unwrap_err();
    assert!(matches!(infinite, Error::NotConverged { .. }), "{infinite}");
    // The start is the solution; the equation of its derivative takes longer.
    let slow = SolveOptions { iterations: 5, ..STANDARD };
    let x = fixed_point(|x, p| x * 0.9 + p[0] * 0.1, &a.value(), &[a], slow);
    for failed in [
        x.sum().try_backward(&[a]).err(),
        x.sum().try_grad(&[a]).err(),
        tape.no_grad(|| x.try_jvp(&[a], &[a])).err(),
    ] {
        let failed = failed.expect("five iterations are too few");
        let expected =
            matches!(failed, Error::NotConverged { op: "fixed_point derivative", iterations: 5, .. });
        assert!(expected, "{failed}");
    }
    let flat =
        try_solve_root(|x, p| x.square() + p[0] * 0.0, &Tensor::zeros([2]), &[a], STANDARD).unwrap_err();
    assert!(flat.to_string().contains("solve_root") && flat.to_string().contains("singular"), "{flat}");
    let away = try_solve_root(|x, p| x.square() + p[0], &ones(2), &[a], few).unwrap_err();
    assert!(matches!(away, Error::NotConverged { op: "solve_root", .. } | Error::Custom { .. }), "{away}");
    assert_eq!((a * a).sum().backward(&[a])[0].to_vec(), [2.0, 4.0]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([1.0, 2.0]);
    let shape = try_fixed_point(|x, p| x.sum() + p[0], &Tensor::from(1.0), &[a], STANDARD).unwrap_err();
    assert!(matches!(shape, Error::CotangentShape { op: "fixed_point", .. }), "{shape}");
    let none = try_fixed_point(|x, _| x * 0.5, &ones(2), &[] as &[Var<'_, f64>], STANDARD).unwrap_err();
    assert!(matches!(none, Error::Arity { op: "fixed_point", given: 0, .. }), "{none}");
    let inside =
        try_solve_root(|x, p| x.matmul(p[0].sum().expand([3])), &ones(2), &[a], STANDARD).unwrap_err();
    assert!(inside.to_string().contains("solve_root") && inside.to_string().contains("matmul"), "{inside}");
    let random = try_fixed_point(|x, p| x.dropout(0.5, Key::new(1)) * 0.1 + p[0], &ones(2), &[a], STANDARD)
        .unwrap_err();
    assert!(random.to_string().contains("draws at random"), "{random}");
    let random = try_fixed_point(
        |x, p| x * 0.5 + x.noise(Distribution::Normal, Key::new(1)) * p[0],
        &ones(2),
        &[a],
        STANDARD,
    )
    .unwrap_err();
    assert!(random.to_string().contains("draws at random"), "{random}");
    // Also where a line of the map stands for a function that does.
    let random = try_fixed_point(
        |x, p| checkpoint(|v| v[0].dropout(0.5, Key::new(1)) * 0.1, &[x]) + p[0],
        &ones(2),
        &[a],
        STANDARD,
    )
    .unwrap_err();
    assert!(random.to_string().contains("draws at random"), "{random}");
    let noisy = custom_vjp(
        "noisy",
        |[x]| checkpoint(|v| v[0].dropout(0.5, Key::new(1)), &[x]) * 0.1,
        |_, ct| [Some(ct * 0.1)].into(),
    );
    let random = try_fixed_point(move |x, p| noisy.of([x]) + p[0], &ones(2), &[a], STANDARD).unwrap_err();
    assert!(random.to_string().contains("draws at random"), "{random}");
}

#[test]
fn an_ill_conditioned_system_is_solved_to_its_condition() {
    let hilbert = Tensor::from_fn([5, 5], |i| 1.0 / (1.0 + (i[0] + i[1]) as f64));
    let x = Tensor::from([1.0, -2.0, 3.0, -4.0, 5.0]);
    let tape = Tape::<f64>::new();
    let h = tape.constant(&hilbert);
    let b = tape.leaf(h.matmul(tape.constant(&x)).value());
    let found = solve_root(|x, p| p[0].matmul(x) - p[1], &ones(5), &[h, b], STANDARD);
    assert!(close(&found.value(), &x, 1e-9));
    // The transposed system has the same matrix: its solution times the matrix is the seed.
    let g = found.sum().backward(&[b]).remove(0);
    assert!(close(&h.matmul(tape.constant(&g)).value(), &ones(5), 1e-9));
}

#[test]
fn scales_and_single_precision_do_not_matter() {
    // x = a / 2 + x / 2, for tiny and huge a, and for 0.
    for a in [1e-200, 1e-10, 0.0, 1e200] {
        let tape = Tape::<f64>::new();
        let v = tape.leaf(a);
        let x = fixed_point(|x, p| (x + p[0]) * 0.5, &Tensor::from(0.0), &[v], STANDARD);
        assert!((x.item() - a).abs() <= 1e-13 * a);
        let g = (x * 1e-100).backward(&[v])[0].item();
        assert!((g - 1e-100).abs() < 1e-113, "{g}");
    }
    let tape = Tape::<f32>::new();
    let a = tape.leaf([2.0, 3.0]);
    let x = fixed_point(|x, p| (x + p[0] / x) * 0.5, &Tensor::full([2], 1.0), &[a], STANDARD);
    let g = x.sum().backward(&[a]);
    for k in 0..2 {
        let a = [2.0_f32, 3.0][k];
        assert!(
            (x.value().to_vec()[k] - a.sqrt()).abs() < 1e-6
                && (g[0].to_vec()[k] - 0.5 / a.sqrt()).abs() < 1e-6
        );
    }
}

#[test]
fn slow_contractions_to_zero_converge_too() {
    let tape = Tape::<f64>::new();
    for rate in [0.9, 0.95, 0.97] {
        let p = tape.leaf(0.0);
        let x = fixed_point(move |x, p| x * rate + p[0], &Tensor::from(1.0), &[p], STANDARD);
        assert!(x.item().abs() < 1e-11, "{rate}: {}", x.item());
    }
}

#[test]
fn a_start_far_away_does_not_cost_digits_of_the_solution() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf(1e-3);
    for start in [1e10, -1e4] {
        let x = fixed_point(|x, p| (x + p[0]) * 0.5, &Tensor::from(start), &[a], STANDARD);
        assert!((x.item() / 1e-3 - 1.0).abs() < 1e-12, "{}", x.item());
        let x = solve_root(|x, p| (x - p[0]) * 3.0, &Tensor::from(start), &[a], STANDARD);
        assert!((x.item() / 1e-3 - 1.0).abs() < 1e-12, "{}", x.item());
    }
    // A solution of 0 is one that steps relative to it would never reach.
    let x = fixed_point(|x, p| x * 0.5 * p[0], &Tensor::from(1.0), &[tape.leaf(1.0)], STANDARD);
    assert!(x.item() < 1e-13);
}

#[test]
fn what_a_map_leaves_out_gets_no_gradient() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf(2.0), tape.leaf(3.0));
    let x = fixed_point(|x, p| (x + p[0] / x) * 0.5, &Tensor::from(1.0), &[a, b], STANDARD);
    let found = x.try_backward(&[a, b]).expect("no error");
    assert!(found[0].is_some() && found[1].is_none());
    // A map that does not depend on the unknown is its own solution.
    let y = fixed_point(|x, p| p[0].exp() + x.detach() * 0.0, &Tensor::from(1.0), &[a], STANDARD);
    assert_eq!((y.item(), y.backward(&[a])[0].item()), (2_f64.exp(), 2_f64.exp()));
    let constant = tape.constant(4.0);
    assert!(
        !fixed_point(|x, p| (x + p[0] / x) * 0.5, &Tensor::from(1.0), &[constant], STANDARD).is_tracked()
    );
}
