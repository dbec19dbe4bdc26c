//! Steps over whole models: order of memory, threads, rules of one's own, gradients without a structure.

use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::{Float, Key, Tensor, Threads};
use wengert_nn::{Buffer, Partial, Tree, tree};
use wengert_optim::{Adam, Error, Form, NonFinite, Optimizer, Outcome, Rule, Sgd};

tree! {
    #[derive(Clone, Debug, PartialEq)]
    struct Net<P> { weight: P, kernel: P, seen: Buffer<P>, bias: P }
}

fn random(seed: u64) -> Net<Tensor<f32>> {
    let of = |stream, shape: &[usize]| Key::new(seed).stream(stream).normal(shape);
    // More than one block of the kernels, with ends that are no multiple of anything.
    let seen = Buffer(Tensor::from(f32::NAN));
    Net { weight: of(0, &[211, 97]), kernel: of(1, &[7, 5, 3, 3]), seen, bias: of(2, &[13]) }
}

fn bits(model: &Net<Tensor<f32>>) -> Vec<u32> {
    model.leaves().into_iter().flat_map(Tensor::to_vec).map(f32::to_bits).collect()
}

/// The same values with the axes in another order of memory.
fn turned(t: &Tensor<f32>, order: &[usize]) -> Tensor<f32> {
    let mut inverse = vec![0; order.len()];
    order.iter().enumerate().for_each(|(k, &axis)| inverse[axis] = k);
    let y = t.permute(order).contiguous().permute(&inverse);
    assert!(!y.is_contiguous());
    y
}

fn turned_all(model: &Net<Tensor<f32>>) -> Net<Tensor<f32>> {
    let (weight, kernel) = (turned(&model.weight, &[1, 0]), turned(&model.kernel, &[2, 3, 1, 0]));
    Net { weight, kernel, ..model.clone() }
}

fn after_steps<R: Rule>(
    rule: R,
    threads: usize,
    turn: impl Fn(&Net<Tensor<f32>>) -> Net<Tensor<f32>>,
) -> (Vec<u32>, Vec<Tensor<f32>>) {
    let mut optimizer = Optimizer::new(rule).expect("valid options").threads(Threads::new(threads));
    let mut model = random(1);
    for k in 2..7 {
        let outcome = optimizer.step(&mut model, &turn(&random(k))).expect("finite gradients");
        assert_eq!(outcome, Outcome::Taken);
    }
    let kept = optimizer.state().into_iter().flat_map(|state| state.kept).map(|(_, kept)| kept);
    (bits(&model), kept.collect())
}

fn for_every_rule(check: impl Fn(&dyn Fn(usize, bool) -> (Vec<u32>, Vec<Tensor<f32>>))) {
    fn of(rule: impl Rule) -> impl Fn(usize, bool) -> (Vec<u32>, Vec<Tensor<f32>>) {
        move |threads, turn| {
            after_steps(rule.clone(), threads, |g| if turn { turned_all(g) } else { g.clone() })
        }
    }
    check(&of(Sgd::new(0.1)));
    check(&of(Sgd::new(0.1).momentum(0.9).nesterov().weight_decay(0.01)));
    check(&of(Adam::new(0.1).decoupled_decay(0.1)));
    check(&of(Adam::new(0.1).amsgrad().weight_decay(0.1)));
}

#[test]
fn steps_give_the_same_bits_for_any_number_of_threads() {
    for_every_rule(|run| {
        let one = run(1, false);
        assert!([2, 3, 4, 8].into_iter().all(|threads| run(threads, false) == one));
    });
}

#[test]
fn a_gradient_in_another_order_of_memory_gives_the_same_bits() {
    for_every_rule(|run| assert!(run(2, true) == run(2, false)));
}

#[test]
fn a_parameter_in_another_order_of_memory_gives_the_same_bits() {
    let (mut plain, mut other) = (random(1), turned_all(&random(1)));
    let build = || Adam::new(0.1).build().expect("valid options");
    let (mut a, mut b) = (build(), build());
    for k in 2..5 {
        let _ = a.step(&mut plain, &random(k)).expect("finite gradients");
        let _ = b.step(&mut other, &random(k)).expect("finite gradients");
    }
    assert_eq!(bits(&plain), bits(&other));
}

#[test]
fn gradients_in_order_do_what_a_tree_of_them_does() {
    let build = || Adam::new(0.1).build().expect("valid options");
    let (mut by_tree, mut by_order) = ((random(1), build()), (random(1), build()));
    for k in 2..5 {
        let g = random(k);
        let missing = k == 3;
        let partial = Net {
            weight: Partial(Some(g.weight.clone())),
            kernel: Partial((!missing).then(|| g.kernel.clone())),
            seen: Buffer(Partial(None)),
            bias: Partial(Some(g.bias.clone())),
        };
        let _ = by_tree.1.step(&mut by_tree.0, &partial).expect("finite gradients");
        let ordered = [Some(&g.weight), (!missing).then_some(&g.kernel), Some(&g.bias)];
        let _ = by_order.1.step_in_order(&mut by_order.0, ordered).expect("finite gradients");
    }
    assert_eq!(bits(&by_tree.0), bits(&by_order.0));
    assert_eq!(by_tree.1.state(), by_order.1.state());
}

#[test]
fn gradients_in_order_that_do_not_fit_are_refused_and_nothing_changes() {
    let mut sgd = Sgd::new(0.1).build().expect("valid options");
    let (mut model, g) = (random(1), random(2));
    let too_few = sgd.step_in_order(&mut model, [&g.weight, &g.kernel]);
    let bias = Some("bias".to_owned());
    assert_eq!(too_few, Err(Error::Structure { position: 2, expected: bias, given: None }));
    let too_many = sgd.step_in_order(&mut model, [&g.weight, &g.kernel, &g.bias, &g.bias]);
    assert!(matches!(too_many, Err(Error::Structure { position: 3, expected: None, .. })), "{too_many:?}");
    let exchanged = sgd.step_in_order(&mut model, [&g.kernel, &g.weight, &g.bias]);
    assert!(matches!(exchanged, Err(Error::Shape { parameter, .. }) if parameter == "weight"));
    assert_eq!(bits(&model), bits(&random(1)));
    assert!(sgd.state().is_empty());
}

#[test]
fn a_gradient_that_is_not_finite_is_found_in_row_major_order() {
    let mut model = random(1);
    let mut g = turned_all(&random(2));
    let mut kernel = random(2).kernel;
    let last = kernel.len() - 1;
    kernel.make_mut()[17] = f32::INFINITY;
    kernel.make_mut()[last] = f32::NAN;
    g.kernel = turned(&kernel, &[2, 3, 1, 0]);
    let mut adam = Adam::new(0.1).build().expect("valid options");
    let expected = Error::NonFinite { parameter: "kernel".into(), value: f64::INFINITY, position: 17 };
    assert_eq!(adam.step(&mut model, &g), Err(expected));
    let mut adam = adam.non_finite(NonFinite::Skip);
    let skipped = Outcome::Skipped { parameter: "kernel".into() };
    assert_eq!(adam.step_in_order(&mut model, [&g.weight, &g.kernel, &g.bias]), Ok(skipped));
    assert_eq!(bits(&model), bits(&random(1)));
}

#[test]
fn a_step_over_many_blocks_with_a_nan_at_the_end_is_refused_whole() {
    // More than a million elements, which threads take in runs of several blocks, and a small parameter behind them.
    let random = |stream: u32| {
        let of = |part: u32, shape: &[usize]| Key::new(9).stream(2 * stream + part).normal::<f32>(shape);
        (of(0, &[1_200_007]), of(1, &[5]))
    };
    let bits = |(a, b): &(Tensor<f32>, Tensor<f32>)| {
        let all = a.to_vec().into_iter().chain(b.to_vec());
        all.map(f32::to_bits).collect::<Vec<_>>()
    };
    for threads in [1, 2, 3] {
        let build = Adam::new(0.1).amsgrad().build().expect("valid options");
        let (mut adam, mut model) = (build.threads(Threads::new(threads)), random(0));
        let _ = adam.step(&mut model, &random(1)).expect("finite gradients");
        let (before, state) = (bits(&model), adam.state());
        for (name, bad) in [("0", 1_200_006), ("0", 0), ("1", 4)] {
            let mut g = random(2);
            let part = if name == "0" { &mut g.0 } else { &mut g.1 };
            part.make_mut()[bad] = f32::NAN;
            let refused = adam.step(&mut model, &g);
            let found = matches!(&refused, Err(Error::NonFinite { parameter, position, .. })
                if parameter == name && *position == bad);
            assert!(found, "{refused:?}");
            assert!(bits(&model) == before && adam.state() == state, "{threads} threads, {name}[{bad}]");
        }
        let _ = adam.step(&mut model, &random(2)).expect("finite gradients");
        let mut one = Adam::new(0.1).amsgrad().build().expect("valid options").threads(Threads::one());
        let mut same = random(0);
        for k in [1, 2] {
            let _ = one.step(&mut same, &random(k)).expect("finite gradients");
        }
        assert!(bits(&model) == bits(&same) && adam.state() == one.state(), "{threads} threads");
    }
}

#[test]
fn another_model_is_refused_before_anything_is_kept_or_counted() {
    let mut adam = Adam::new(0.1).build().expect("valid options");
    let (mut model, g) = (random(1), random(2));
    let _ = adam.step(&mut model, &g).expect("finite gradients");
    let (before, state) = (bits(&model), adam.state());
    // The last parameter has another shape: those before it fit, and stay as they are.
    model.bias = Tensor::zeros([14]);
    let refused = adam.step(&mut model, &g);
    assert!(
        matches!(&refused, Err(Error::Shape { what: "the parameter", parameter, .. }) if parameter == "bias")
    );
    model.bias = random(1).bias;
    let mut fresh = Adam::new(0.1).build().expect("valid options");
    let two = (Tensor::from([1.0_f32]), Tensor::from([2.0]));
    let refused = fresh.step_in_order(&mut two.clone(), [&two.0, &g.bias]);
    assert!(matches!(refused, Err(Error::Shape { .. })) && fresh.state().is_empty());
    assert_eq!(bits(&model)[..before.len() - 13], before[..before.len() - 13]);
    assert_eq!(adam.state(), state);
}

#[test]
fn gradients_that_are_not_looked_at_go_into_the_parameters() {
    let mut sgd = Sgd::new(1.0).build().expect("valid options").unchecked();
    let mut p = Tensor::from([1.0_f64, 2.0]);
    assert_eq!(sgd.step(&mut p, &Tensor::from([f64::NAN, 1.0])), Ok(Outcome::Taken));
    assert!(p[[0]].is_nan() && p[[1]] == 1.0);
}

/// Steps of one length along the sign of the gradient's sum: no formula of single elements.
#[derive(Clone, Debug)]
struct Whole {
    panics: bool,
}

impl Rule for Whole {
    const NAME: &'static str = "whole";

    fn learning_rate(&self) -> f64 {
        0.5
    }

    fn kept(&self) -> &'static [&'static str] {
        &["steps"]
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn update<F: Float>(&self, lr: f64, count: u64, p: &mut [F], g: &[F], kept: &mut [&mut [F]]) {
        assert!(!(self.panics && count == 2), "the rule panics in its second update");
        let sum: f64 = g.iter().map(|x| x.to_f64()).sum();
        for (p, kept) in p.iter_mut().zip(kept[0].iter_mut()) {
            *p = *p - F::from_f64(lr * sum.signum());
            *kept += F::ONE;
        }
    }
}

#[test]
fn a_rule_may_look_at_whole_parameters() {
    let mut optimizer = Optimizer::new(Whole { panics: false }).expect("valid options");
    let mut model = (Tensor::from([1.0_f64, 2.0]), Tensor::from([[3.0], [4.0]]));
    let g = (Tensor::from([3.0, -1.0]), Tensor::from([[1.0, -2.0]]).transpose(0, 1));
    let _ = optimizer.step(&mut model, &g).expect("finite gradients");
    assert_eq!(model, (Tensor::from([0.5, 1.5]), Tensor::from([[3.5], [4.5]])));
    assert_eq!(optimizer.state()[1].kept, [("steps".to_owned(), Tensor::from([[1.0], [1.0]]))]);
}

#[test]
fn a_rule_that_panics_leaves_the_model_whole() {
    let mut optimizer = Optimizer::new(Whole { panics: true }).expect("valid options");
    let mut model = (Tensor::from([1.0_f64, 2.0]), Tensor::from(3.0));
    let g = (Tensor::from([3.0, -1.0]), Tensor::from(1.0));
    let _ = optimizer.step(&mut model, &g).expect("finite gradients");
    let step = AssertUnwindSafe(|| optimizer.step(&mut model, &g));
    assert!(catch_unwind(step).is_err());
    assert_eq!(model, (Tensor::from([0.5, 1.5]), Tensor::from(2.5)));
}

#[test]
fn a_form_and_its_update_are_one_formula() {
    let adam = Adam::new(0.1).decoupled_decay(0.1);
    let (mut p, mut m, mut v) = ([1.0_f32, -2.0], [0.0; 2], [0.0; 2]);
    let mut tensor = Tensor::from(p);
    let mut optimizer = adam.clone().build().expect("valid options");
    for count in 1..4 {
        let g = [0.25 * count as f32, -1.0];
        adam.update(0.1, count, &mut p, &g, &mut [&mut m, &mut v]);
        let _ = optimizer.step(&mut tensor, &Tensor::from(g)).expect("finite gradients");
        assert_eq!(tensor.to_vec(), p);
    }
    assert!(matches!(adam.form(0.1, 1), Some(Form::Adam { largest: false, .. })));
}
