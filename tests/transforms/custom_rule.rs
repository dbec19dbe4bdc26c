//! Ops made of functions: their values, their rules at every order, and what is refused.

use super::same_bits;
use wengert::{Checker, Error, Key, Tape, Tensor, Var, check_gradients, custom_jvp, custom_vjp, many};

#[test]
fn both_kinds_of_rule_give_every_order_in_both_modes() {
    let back = custom_vjp(
        "sine_times",
        |[a, b]| a.sin() * b,
        |at, ct| {
            let [a, b] = at.x();
            [at.wants(0).then(|| ct * a.cos() * b), at.wants(1).then(|| ct * a.sin())].into()
        },
    );
    let forth = custom_jvp(
        "sine_times",
        |[a, b]| a.sin() * b,
        |at, dx| {
            let [a, b] = at.x();
            let (left, right) = (dx[0].map(|da| da * a.cos() * b), dx[1].map(|db| a.sin() * db));
            left.zip(right).map(|(l, r)| l + r).or(left).or(right)
        },
    );
    let (a, b) = (Tensor::from([0.5, -1.0, 2.0]), Tensor::from([1.5, 0.25, -0.5]));
    for op in [&back, &forth] {
        let report = Checker::new()
            .order(3)
            .run_slice(|x| op.of([x[0].exp(), x[1]]) * x[0] + op.of([x[0], x[0]]), &[a.clone(), b.clone()]);
        assert!(report.is_ok(), "{}", report.unwrap_err());
        many::check_gradients(|[a, b]| op.of([a, b]), [&a, &b]).expect("one operand at a time as well");
    }
}

#[test]
fn no_derivative_flows_through_the_lines_of_the_value() {
    let round = custom_vjp("round_through", |[x]| x.round(), |_, ct| [Some(ct)].into());
    let stop = custom_vjp("stop", |[x]| x * x, |_, _| [None].into());
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.4, 1.7]);
    assert_eq!(round.of([x]).sum().backward(&[x])[0].to_vec(), [1.0, 1.0]);
    let y = round.of([x]);
    assert_eq!(tape.no_grad(|| y.jvp(&[x], &[x])).value(), x.value());
    assert_eq!(stop.of([x]).sum().try_backward(&[x]), Ok(vec![None]));
    assert_eq!(stop.of([x]).try_jvp(&[x], &[x]).map(|dy| dy.is_none()), Ok(true));
    // Second order through what the rule records: d/dx of 2 round(x).
    let g = round.of([x]).square().sum().grad(&[x])[0];
    assert_eq!(g.sum().backward(&[x])[0].to_vec(), [2.0, 2.0]);
}

#[test]
fn a_wrong_rule_is_caught_with_its_name() {
    let wrong =
        custom_vjp("scaled_sine", |[x]| x.sin(), |at, ct| [Some(ct * at.input(0).cos() * 1.001)].into());
    let failure =
        check_gradients(|x| (wrong.of([x.exp()]) * x).sum(), &Tensor::from([0.3, -0.7])).unwrap_err();
    assert!(failure.to_string().contains("scaled_sine"), "{failure}");
    let wrong = custom_jvp("half_sine", |[x]| x.sin(), |at, dx| Some(dx[0]? * at.input(0).cos() * 0.5));
    let failure =
        check_gradients(|x| (wrong.of([x.exp()]) * x).sum(), &Tensor::from([0.3, -0.7])).unwrap_err();
    assert!(failure.to_string().contains("half_sine"), "{failure}");
    // Right at first order, and not at second: the rule's own lines are cut.
    let cut = custom_vjp("cut_sine", |[x]| x.sin(), |at, ct| [Some(ct * at.input(0).cos().detach())].into());
    assert!(Checker::new().run(|x| cut.of([x]), &Tensor::from([0.3, -0.7])).is_ok());
    let failure = check_gradients(|x| cut.of([x]), &Tensor::from([0.3, -0.7])).unwrap_err();
    assert!(failure.to_string().contains("cut_sine"), "{failure}");
}

#[test]
fn another_count_or_shape_is_an_error_that_names_the_op() {
    let two = custom_vjp("two_for_one", |[x]| x.exp(), |_, ct| [Some(ct), Some(ct)].into());
    let summed = custom_vjp("summed", |[x]| x.exp(), |_, ct| [Some(ct.sum())].into());
    let tangent = custom_jvp("wide", |[x]| x.exp(), |_, dx| dx[0].map(|dx| dx.sum()));
    for (op, name) in [(&two, "two_for_one"), (&summed, "summed"), (&tangent, "wide")] {
        let tape = Tape::<f64>::new();
        let (x, ones) = (tape.leaf([1.0, 2.0]), tape.constant([1.0, 1.0]));
        let y = op.of([x]);
        let errors = [
            y.sum().try_grad(&[x]).err(),
            y.sum().try_backward(&[x]).err(),
            tape.no_grad(|| y.try_jvp(&[x], &[ones])).err(),
        ];
        for error in errors {
            let text = error.expect("refused").to_string();
            assert!(text.contains(name), "{text}");
        }
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let e = summed.of([x]).sum().try_grad(&[x]).unwrap_err();
    assert!(matches!(e, Error::CotangentShape { op: "summed", .. }), "{e}");
    // Mistakes in the value's own function.
    let product = custom_vjp("bad_product", |[a, b]| a.matmul(b), |_, _| [None, None].into());
    let text = product.try_of([x, tape.leaf([1.0, 2.0, 3.0])]).unwrap_err().to_string();
    assert!(text.contains("bad_product") && text.contains("matmul"), "{text}");
    let reads = custom_vjp("reads", |[x]| if x.item() > 0.0 { x } else { -x }, |_, ct| [Some(ct)].into());
    let text = reads.try_of([tape.leaf(1.0)]).unwrap_err().to_string();
    assert!(text.contains("reads") && text.contains("custom_rule.rs"), "{text}");
    let none = custom_vjp("nothing", |[]: [Var<'_, f64>; 0]| unreachable!("no operands"), |_, _| [].into());
    assert!(matches!(none.try_of([]), Err(Error::Arity { op: "nothing", .. })));
    assert_eq!((x * x).sum().backward(&[x])[0].to_vec(), [2.0, 4.0]);
}

#[test]
fn a_plan_takes_the_lines_of_the_value_and_moves_its_keys_on() {
    let noisy = custom_vjp("noisy", |[x]| x.dropout(0.5, Key::new(3)).sin(), |_, ct| [Some(ct * 2.0)].into());
    let x0 = Key::new(1).normal::<f64>([50]);
    for deferred in [false, true] {
        let tape = Tape::<f64>::new();
        let tape = if deferred { tape.deferred() } else { tape };
        let x = tape.leaf(&x0);
        let y = wengert::many::checkpoint(
            {
                let noisy = noisy.clone();
                move |[x]| noisy.of([x * 1.5])
            },
            [x],
        );
        let g = y.square().sum().grad(&[x])[0];
        let plan = tape.compile(&[x], &[y, g]).expect("compiles");
        assert!(!plan.describe().contains("noisy"), "{}", plan.describe());
        let at = |step| {
            let extras = wengert::plan::Extras { step: Some(step), ..Default::default() };
            plan.run_with(&mut plan.workspace(), &[&x0], &extras).expect("runs").to_vec()
        };
        assert!(same_bits(&at(0)[0], &y.value()) && same_bits(&at(0)[1], &g.value()));
        assert!(!same_bits(&at(1)[0], &y.value()));
    }
}
