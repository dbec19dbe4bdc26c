//! Transforms of transforms: each inside of each other, at second order, with random numbers, and in a plan.

use super::{close, same_bits};
use wengert::plan::Extras;
use wengert::{
    Checker, Error, Key, Pattern, SolveOptions, Tape, Tensor, Var, checkpoint, custom_vjp, fixed_point,
    hessian, jacobian, sparse_hessian,
};

type V<'t> = Var<'t, f64>;

const STANDARD: SolveOptions = SolveOptions { tolerance: None, iterations: 1000 };

fn numbers(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| 2.0 * u - 1.0)
}

/// Example `i` of values stacked along axis 0.
fn example(x: &Tensor<f64>, i: usize) -> Tensor<f64> {
    let one: usize = x.dims()[1..].iter().product();
    Tensor::new(&x.dims()[1..], &x.to_vec()[i * one..(i + 1) * one]).expect("one example")
}

/// The unit vectors of a space, one a row.
fn units(x: V<'_>, n: usize) -> V<'_> {
    x.tape().constant(Tensor::from_fn([n, n], |i| if i[0] == i[1] { 1.0 } else { 0.0 }))
}

/// Two numbers of three.
fn map(x: V<'_>) -> V<'_> {
    let w = x.tape().constant(numbers([3, 2], 11));
    (x.sin() * x).matmul(w).tanh() + x.s(..2) * x.s(2)
}

/// The Jacobian of [`map`] as a variable: the pullbacks of all unit vectors at once.
fn slopes(x: V<'_>) -> V<'_> {
    x.tape().vmap(|[unit, x]| map(x).vjp(unit, &[x])[0], [Some(0), None], [units(x, 2), x])
}

fn energy(x: V<'_>) -> V<'_> {
    map(x).square().sum()
}

/// Its Hessian, forward over reverse.
fn curvature(x: V<'_>) -> V<'_> {
    x.tape().vmap(|[unit, x]| energy(x).grad(&[x])[0].jvp(&[x], &[unit]), [Some(0), None], [units(x, 3), x])
}

#[test]
fn jacobians_and_hessians_of_each_example_are_a_vmap_in_a_vmap() {
    let xs = numbers([4, 3], 1);
    let tape = Tape::<f64>::new();
    let x = tape.leaf(&xs);
    let all = tape.vmap_many(|x| vec![slopes(x[0]), curvature(x[0])], &[Some(0)], &[x]);
    assert_eq!((all[0].shape().dims(), all[1].shape().dims()), (&[4, 2, 3][..], &[4, 3, 3][..]));
    for i in 0..4 {
        let x = example(&xs, i);
        assert!(close(&example(&all[0].value(), i), &jacobian(map, &x), 1e-13));
        assert!(close(&example(&all[1].value(), i), &hessian(energy, &x), 1e-12));
    }
    let report = Checker::new().order(2).run(|x| x.tape().vmap(|[x]| slopes(x), [Some(0)], [x]), &xs);
    assert!(report.is_ok(), "{}", report.unwrap_err());
}

/// A layer that drops elements.
fn layer<'t>(v: &[V<'t>]) -> V<'t> {
    dropping(v[0], v[1], Key::new(9))
}

fn dropping<'t>(x: V<'t>, w: V<'t>, key: Key) -> V<'t> {
    (x.matmul(w).tanh() * x).dropout(0.25, key) + x * w.sum()
}

/// The loss of one example, of two layers that are checkpoints or not.
fn of_one<'t>(x: V<'t>, w: V<'t>, lean: bool) -> V<'t> {
    let layer = |x: V<'t>| if lean { checkpoint(layer, &[x, w]) } else { layer(&[x, w]) };
    layer(layer(x)).square().sum()
}

fn of_batch<'t>(v: &[V<'t>], lean: bool) -> V<'t> {
    v[0].tape().vmap(|[x, w]| of_one(x, w, lean), [Some(0), None], [v[0], v[1]])
}

#[test]
fn checkpoints_inside_and_outside_of_a_vmap_keep_its_bits() {
    let (xs, w0) = (numbers([3, 4], 1), numbers([4, 4], 2));
    let run = |inside: bool, outside: bool| {
        let tape = Tape::<f64>::new();
        let x = [tape.leaf(&xs), tape.leaf(&w0)];
        let y = if outside { checkpoint(move |v| of_batch(v, inside), &x) } else { of_batch(&x, inside) };
        let g = y.square().sum().grad(&x);
        let again = (g[0].square().sum() + g[1].sin().sum()).backward(&x);
        let first = y.square().sum().backward(&x);
        ([vec![y.value()], first, g.iter().map(|g| g.value()).collect()].concat(), again)
    };
    let plain = run(false, false);
    for (inside, outside) in [(true, false), (false, true), (true, true)] {
        let lean = run(inside, outside);
        for (a, b) in plain.0.iter().zip(&lean.0) {
            assert!(same_bits(a, b), "inside {inside}, outside {outside}: {a} and {b}");
        }
        for (a, b) in plain.1.iter().zip(&lean.1) {
            assert!(close(a, b, 1e-12 * (1.0 + a.max_abs())), "inside {inside}, outside {outside}");
        }
    }
    // Each example drops elements of its own, those of its key, and the sweep drops them again.
    for i in 0..3 {
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.leaf(example(&xs, i)), tape.leaf(&w0));
        let layer = |x| dropping(x, w, Key::new(9).example(i as u32));
        let y = layer(layer(x)).square().sum();
        assert!((plain.0[0][[i]] - y.item()).abs() < 1e-13);
    }
}

#[test]
fn a_plan_of_all_together_draws_anew_at_each_step() {
    // Straight through, drawn for each example, inside of checkpoints.
    fn model<'t>(x: V<'t>, w: V<'t>, key: Key) -> V<'t> {
        fn noisy<'t>(x: V<'t>, w: V<'t>, key: Key) -> V<'t> {
            let hidden = (x.matmul(w) * 2.0).round_st().sample_normal(0.1, key.stream(1));
            hidden.gumbel_softmax(0, 0.7, true, key.stream(2)) * x.dropout(0.5, key.stream(3))
        }
        checkpoint(
            move |v| {
                v[0].tape().vmap(
                    |[x, w]| checkpoint(move |v| noisy(v[0], v[1], key), &[x, w]).square().sum(),
                    [Some(0), None],
                    [v[0], v[1]],
                )
            },
            &[x, w],
        )
    }
    let (xs, w0) = (numbers([3, 4], 1), numbers([4, 4], 2));
    for deferred in [false, true] {
        let tape = Tape::<f64>::new();
        let tape = if deferred { tape.deferred() } else { tape };
        let (x, w) = (tape.leaf(&xs), tape.leaf(&w0));
        let y = model(x, w, Key::new(5));
        let g = y.sum().grad(&[x, w]);
        let second = (g[0].square().sum() + g[1].square().sum()).grad(&[w])[0];
        let plan = tape.compile(&[x, w], &[y, g[0], g[1], second]).expect("compiles");
        let mut room = plan.workspace();
        let mut seen = Vec::new();
        for step in [0, 1, 7] {
            let extras = Extras { step: Some(step), ..Extras::default() };
            let got = plan.run_with(&mut room, &[&xs, &w0], &extras).expect("runs").to_vec();
            let fresh = Tape::<f64>::new();
            let (x, w) = (fresh.leaf(&xs), fresh.leaf(&w0));
            let y = model(x, w, Key::new(5).step(step));
            let g = y.sum().grad(&[x, w]);
            let second = (g[0].square().sum() + g[1].square().sum()).grad(&[w])[0];
            for (a, b) in got.iter().zip([y, g[0], g[1], second]) {
                assert!(same_bits(a, &b.value()), "step {step}: {a} and {}", b.value());
            }
            seen.push(got[0].clone());
        }
        assert!(seen[0] != seen[1] && seen[1] != seen[2]);
    }
}

/// Heron's iteration for the square root.
fn root(a: V<'_>) -> V<'_> {
    let start = Tensor::full(a.shape(), 1.5);
    fixed_point(|x, p| (x + p[0] / x) * 0.5, &start, &[a], STANDARD)
}

#[test]
fn solutions_inside_of_the_others_have_their_derivatives() {
    let a = Tensor::from([2.0, 0.5, 7.0]);
    fn plain(a: V<'_>) -> V<'_> {
        a.sqrt() * a.roll([1], 0)
    }
    fn solved(a: V<'_>) -> V<'_> {
        checkpoint(|v| root(v[0]) * v[0].roll([1], 0), &[a])
    }
    // A Jacobian has no batches here, and falls back to one direction at a time.
    assert!(close(&jacobian(solved, &a), &jacobian(plain, &a), 1e-12));
    let expected = hessian(|a| plain(a).square().sum(), &a);
    assert!(close(&hessian(|a| solved(a).square().sum(), &a), &expected, 1e-11));
    let pattern = Pattern::banded(3, 2, 2);
    let sparse = sparse_hessian(|a| solved(a).square().sum(), &a, &pattern);
    assert!(close(&sparse.to_dense(), &expected, 1e-11));
    // A map with a checkpoint and a rule of one's own in it.
    let half = custom_vjp("half", |[x]| x * 0.5, |_, ct| [Some(ct * 0.5)].into());
    let report = Checker::new().order(3).tolerance(1e-8, 1e-9).run(
        move |a| {
            let (half, start) = (half.clone(), Tensor::full([3], 1.5));
            let step = fixed_point(
                move |x, p| half.of([checkpoint(|v| v[0] + v[1] / v[0], &[x, p[0]])]),
                &start,
                &[a],
                STANDARD,
            );
            step * a
        },
        &a,
    );
    assert!(report.is_ok(), "{}", report.unwrap_err());
}

#[test]
fn a_solution_for_each_example_is_refused_with_the_way_round() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[2.0], [3.0]]);
    let refused = tape.try_vmap(|[a]| root(a), [Some(0)], [x]).unwrap_err();
    assert!(matches!(&refused, Error::Unbatched { op: "fixed_point", .. }));
    assert!(refused.to_string().contains("whole batch"), "{refused}");
    // What all examples share is solved once.
    let y = tape.vmap(|[x, a]| x * root(a), [Some(0), None], [x, tape.leaf([4.0])]);
    assert!(close(&y.value(), &Tensor::from([[4.0], [6.0]]), 1e-12));
}
