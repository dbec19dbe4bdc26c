//! Ops made of functions in `vmap`: every example has the value and the rule that it has alone.

use super::{close, same_bits};
use wengert::{
    Checker, CustomRule, Distribution, Error, Key, Tape, Tensor, Var, custom_jvp, custom_vjp, jacobian,
};

type V<'t> = Var<'t, f64>;

fn numbers(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| 2.0 * u - 1.0)
}

/// `sin a · b`, summed over the last axis, by either kind of rule.
fn rules() -> [CustomRule<f64, 2>; 2] {
    [
        custom_vjp(
            "sine_times",
            |[a, b]| (a.sin() * b).sum_axes(-1),
            |at, ct| {
                let ([a, b], ct) = (at.x(), ct.unsqueeze(-1));
                [at.wants(0).then(|| ct * a.cos() * b), at.wants(1).then(|| ct * a.sin())].into()
            },
        ),
        custom_jvp(
            "sine_times",
            |[a, b]| (a.sin() * b).sum_axes(-1),
            |at, dx| {
                let [a, b] = at.x();
                let (left, right) = (dx[0].map(|da| da * a.cos() * b), dx[1].map(|db| a.sin() * db));
                left.zip(right).map(|(l, r)| l + r).or(left).or(right).map(|dy| dy.sum_axes(-1))
            },
        ),
    ]
}

/// A function of one example, with the rule or with the lines.
fn of_one<'t>(a: V<'t>, b: V<'t>, rule: Option<&CustomRule<f64, 2>>) -> V<'t> {
    let (a, b) = (a.exp(), b * 1.5);
    let y = rule.map_or_else(|| (a.sin() * b).sum_axes(-1), |rule| rule.of([a, b]));
    y * y + b.sum_axes(-1)
}

const SETS: [[Option<isize>; 2]; 3] = [[Some(0), Some(0)], [Some(0), None], [None, Some(0)]];

fn operands(axes: [Option<isize>; 2], n: usize) -> [Tensor<f64>; 2] {
    [0, 1].map(|k| numbers(if axes[k].is_some() { vec![n, 2, 3] } else { vec![2, 3] }, k as u64))
}

#[test]
fn values_and_gradients_inside_and_outside_are_those_of_the_lines() {
    for rule in &rules() {
        for (axes, n) in SETS.into_iter().flat_map(|axes| [0, 1, 4].map(|n| (axes, n))) {
            let run = |rule: Option<&CustomRule<f64, 2>>| {
                let tape = Tape::<f64>::new();
                let x = operands(axes, n).map(|x| tape.leaf(x));
                let y = tape.vmap(|[a, b]| of_one(a, b, rule), axes, x);
                let inside = tape.vmap_many(
                    |x| {
                        let y = of_one(x[0], x[1], rule);
                        let dx = [x[0].cos(), x[1].detach() + 0.5];
                        let pushed = y.jvp(x, &dx);
                        let alone = y.jvp(&x[1..], &dx[1..]);
                        [y.square().sum().grad(x), vec![pushed, alone]].concat()
                    },
                    &axes,
                    &x,
                );
                let second = inside[0].square().sum() + inside[1].square().sum() + inside[2].sin().sum();
                let outside = [y.square().sum().backward(&x), second.backward(&x), y.sum().backward(&x[1..])];
                let inside: Vec<_> = inside.iter().map(|g| g.value()).collect();
                [vec![y.value()], inside, outside.concat()].concat()
            };
            let (by_rule, by_lines) = (run(Some(rule)), run(None));
            assert_eq!(by_rule.len(), by_lines.len());
            for (k, (a, b)) in by_rule.iter().zip(&by_lines).enumerate() {
                let tolerance = 1e-12 * (1.0 + b.max_abs());
                assert!(close(a, b, tolerance), "{n} of {axes:?}, number {k}: {a} and {b}");
            }
        }
    }
}

#[test]
fn every_order_through_a_batch_is_that_of_finite_differences() {
    for (rule, axes) in rules().iter().flat_map(|rule| SETS.map(|axes| (rule, axes))) {
        let report = Checker::new().order(3).run_slice(
            |x| x[0].tape().vmap(|[a, b]| of_one(a, b, Some(rule)), axes, [x[0], x[1]]),
            &operands(axes, 2),
        );
        assert!(report.is_ok(), "{axes:?}: {}", report.unwrap_err());
    }
}

#[test]
fn a_batch_of_batches_has_all_pairs_and_a_plan_its_bits() {
    for rule in &rules() {
        let (a, b) = (numbers([3, 2, 3], 1), numbers([4, 2, 3], 2));
        let run = |rule: Option<&CustomRule<f64, 2>>| {
            let tape = Tape::<f64>::new();
            let x = [tape.leaf(&a), tape.leaf(&b)];
            let y = tape.vmap(
                |[a, b]| a.tape().vmap(|[a, b]| of_one(a, b, rule), [None, Some(0)], [a, b]),
                [Some(0), None],
                x,
            );
            let g = y.square().sum().grad(&x);
            let outputs = [y, g[0], g[1], g[0].square().sum().grad(&x)[1]];
            let plan = tape.compile(&x, &outputs).expect("compiles");
            let planned = plan.run(&mut plan.workspace(), &[&a, &b]).expect("runs").to_vec();
            (outputs.map(|y| y.value()), planned)
        };
        let (by_rule, by_lines) = (run(Some(rule)), run(None));
        assert_eq!(by_rule.0[0].dims(), [3, 4, 2]);
        for k in 0..4 {
            assert!(same_bits(&by_rule.0[k], &by_rule.1[k]), "{k}");
            assert!(close(&by_rule.0[k], &by_lines.0[k], 1e-11 * (1.0 + by_lines.0[k].max_abs())), "{k}");
        }
    }
}

#[test]
fn estimators_let_the_gradient_of_each_example_through() {
    fn of_one<'t>(v: &[V<'t>], key: Key) -> Vec<V<'t>> {
        let (x, w) = (v[0], v[1]);
        let hidden = (x * w * 3.0).round_st() * x + x.sign_st() * w;
        let choice = hidden.gumbel_softmax(0, 0.8, true, key);
        let bit = x.gt(0.1).to_var().straight_through(x.sigmoid());
        let y = (choice * hidden + bit).square().sum();
        [vec![y], y.grad(v)].concat()
    }
    let (xs, w0) = (numbers([5, 3], 1), numbers([3], 2));
    let tape = Tape::<f64>::new();
    let all = tape.vmap_many(|v| of_one(v, Key::new(4)), &[Some(0), None], &[tape.leaf(&xs), tape.leaf(&w0)]);
    for i in 0..5 {
        let row = tape.leaf(Tensor::new([3], &xs.to_vec()[3 * i..3 * i + 3]).expect("a row"));
        let alone = of_one(&[row, tape.leaf(&w0)], Key::new(4).example(i as u32));
        for (all, alone) in all.iter().zip(&alone) {
            assert!(close(&all.s(i as isize).value(), &alone.value(), 1e-13));
        }
    }
    assert!(all[1].value().max_abs() > 0.1);
    let slopes = jacobian(|x| (x * 2.0).round_st() * x, &Tensor::from([0.4, 1.3]));
    assert_eq!(slopes, Tensor::from([[0.8 + 1.0, 0.0], [0.0, 2.6 + 3.0]]));
}

#[test]
fn what_is_drawn_inside_is_drawn_for_each_example() {
    let key = Key::new(7).stream(2);
    let noisy = custom_vjp(
        "noisy",
        move |[x]| x + x.noise(Distribution::Normal, key),
        move |at, ct| [Some(ct * at.input(0).noise(Distribution::Normal, key.stream(3)))].into(),
    );
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf(Tensor::zeros([3, 4])), tape.leaf(Tensor::zeros([4])));
    let numbers =
        |key: Key| Tensor::from_fn([3, 4], |ix| key.example(ix[0] as u32).normal::<f64>([4])[[ix[1]]]);
    let own = tape.vmap(|[x]| noisy.of([x]), [Some(0)], [x]);
    let shared = tape.vmap(|[x, w]| x * 0.0 + noisy.of([w]), [Some(0), None], [x, w]);
    for y in [own, shared] {
        assert!(same_bits(&y.value(), &numbers(key)));
    }
    let slopes = numbers(key.stream(3));
    assert!(same_bits(&own.sum().backward(&[x])[0], &slopes));
    let sum = tape.constant(&slopes).sum_axes(0).value();
    assert!(close(&shared.sum().backward(&[w])[0], &sum, 1e-14));
}

#[test]
fn rules_that_read_or_do_not_fit_are_refused() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let reads =
        custom_vjp("reads", |[x]| x * 2.0, |at, ct| [Some(ct * at.input(0).value().max_abs())].into());
    let y = tape.vmap(|[x]| reads.of([x]), [Some(0)], [x]).sum();
    assert!(matches!(y.try_grad(&[x]), Err(Error::ReadInBatch { .. })));
    let inside = tape.try_vmap(|[x]| reads.of([x]).sum().grad(&[x])[0], [Some(0)], [x]);
    assert!(matches!(inside, Err(Error::ReadInBatch { .. })));
    let summed = custom_vjp("summed", |[x]| x * 2.0, |_, ct| [Some(ct.sum())].into());
    let y = tape.vmap(|[x]| summed.of([x]), [Some(0)], [x]).sum();
    assert!(matches!(y.try_grad(&[x]), Err(Error::CotangentShape { op: "summed", .. })));
    assert_eq!((x * x).sum().backward(&[x])[0].to_vec(), [2.0, 4.0, 6.0, 8.0]);
}
