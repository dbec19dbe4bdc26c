//! A trainer against steps written by hand on a tape: the same bits, whatever path it takes.

use std::cell::Cell;
use wengert::{Conv2dOptions, Error as CoreError, Key, PoolOptions, Tape, Tensor, Threads, Var};
use wengert_nn::{
    BatchNorm, Conv2d, Dropout, Error as ModelError, Gradients, Init, Linear, MaxPool2d, Mode, Model, Tree,
    cross_entropy, tree,
};
use wengert_optim::{Adam, Error as OptimError, NonFinite, Outcome, Sgd};
use wengert_train::{Error, Refusal, Trainer};

tree! {
    /// Every layer that has state, or acts at random.
    #[derive(Clone)]
    struct Net<P> { conv: Conv2d<P>, norm: BatchNorm<P>, dropout: Dropout, out: Linear<P>, pool: MaxPool2d }
}

impl<'t> Net<Var<'t, f32>> {
    fn forward(&mut self, x: Var<'t, f32>, mode: Mode) -> Var<'t, f32> {
        let y = self.norm.forward(self.conv.forward(x), mode).relu();
        self.out.forward(self.dropout.forward(self.pool.forward(y).flatten(1), mode))
    }
}

fn net() -> Net<Tensor<f32>> {
    let key = Key::new(3);
    Net {
        conv: Conv2d::new(1, 4, [3, 3], Conv2dOptions::default(), Init::HeNormal, key.stream(0)),
        norm: BatchNorm::new(4),
        dropout: Dropout::new(0.25, key.stream(1)).expect("a probability"),
        out: Linear::new(36, 3, Init::GlorotUniform, key.stream(2)),
        pool: MaxPool2d { kernel: [2, 2], options: PoolOptions::default() },
    }
}

/// Batch number `k`, of `size` images.
fn batch(k: u64, size: usize) -> (Tensor<f32>, Tensor<u32>) {
    let x: Tensor<f32> = Key::new(100 + k).normal([size, 1, 8, 8]);
    (x, (0..size as u32).map(|i| (i + k as u32) % 3).collect())
}

fn bits(model: &impl Tree<Tensor<f32>>) -> Vec<u32> {
    model.leaves().into_iter().flat_map(Tensor::to_vec).map(f32::to_bits).collect()
}

/// The steps as one writes them without a trainer; returns the model and every loss.
fn by_hand(sizes: &[usize], rate: impl Fn(usize) -> f64) -> (Vec<u32>, Vec<f32>) {
    let (mut model, mut adam) = (net(), Adam::new(0.01).build().expect("valid options"));
    let mut losses = Vec::new();
    for (step, &size) in sizes.iter().enumerate() {
        let (x, labels) = batch(step as u64, size);
        let tape = Tape::with_threads(Threads::one());
        let mut on_tape = model.on(&tape);
        let logits = on_tape.forward(tape.constant(&x), Mode::Train { step: step as u32 });
        let loss = cross_entropy(logits, &labels);
        losses.push(loss.item());
        let gradients = loss.gradients(&on_tape);
        model.absorb(&on_tape).expect("the same model");
        drop(tape);
        adam.set_learning_rate(rate(step)).expect("a valid rate");
        let _ = adam.step(&mut model, &gradients).expect("finite gradients");
    }
    (bits(&model), losses)
}

/// A model's bits, the losses, and which steps a plan has run.
type Run = (Vec<u32>, Vec<f32>, Vec<bool>);

/// The same by a trainer.
fn by_trainer(sizes: &[usize], threads: usize, rate: impl Fn(usize) -> f64) -> Run {
    let adam = Adam::new(0.01).build().expect("valid options");
    let mut trainer = Trainer::new(net(), adam, |net, [x], [labels], mode| {
        let logits = net.forward(x, mode);
        [cross_entropy(logits, labels), logits]
    })
    .threads(Threads::new(threads));
    let (mut losses, mut planned) = (Vec::new(), Vec::new());
    for (k, &size) in sizes.iter().enumerate() {
        let (x, labels) = batch(k as u64, size);
        trainer.optimizer_mut().set_learning_rate(rate(k)).expect("a valid rate");
        let step = trainer.step([&x], [&labels]).expect("finite gradients");
        let [loss, logits] = &step.outputs;
        assert_eq!((logits.dims(), &step.outcome), (&[size, 3][..], &Outcome::Taken));
        losses.push(loss.item());
        planned.push(step.planned);
    }
    assert_eq!(trainer.refusals().next(), None);
    assert_eq!(trainer.steps() as usize, sizes.len());
    (bits(trainer.model()), losses, planned)
}

#[test]
fn thirty_steps_by_plan_give_the_bits_of_thirty_steps_on_a_tape() {
    let sizes = [8; 30];
    let constant = |_| 0.01;
    let (model, losses) = by_hand(&sizes, constant);
    for threads in [1, 2, 3] {
        let (by_plan, plan_losses, planned) = by_trainer(&sizes, threads, constant);
        assert_eq!(plan_losses, losses);
        assert!(by_plan == model, "{threads} threads: other parameters or running statistics");
        // The second step is taken on a tape, to compare.
        assert!(planned.iter().enumerate().all(|(k, &planned)| planned == (k != 1)), "{planned:?}");
    }
}

#[test]
fn a_smaller_last_batch_is_computed_on_a_tape_and_has_a_plan_once_it_repeats() {
    let epoch = [8, 8, 8, 5];
    let sizes = epoch.repeat(4);
    let falling = |step| 0.01 / (1.0 + step as f64);
    let (by_plan, losses, planned) = by_trainer(&sizes, 2, falling);
    assert_eq!((by_plan, losses), by_hand(&sizes, falling));
    let [t, f] = [true, false];
    assert_eq!(planned, [t, f, t, f, t, t, t, t, t, t, t, f, t, t, t, t]);
}

#[test]
fn more_shapes_than_are_remembered_change_nothing_but_the_path() {
    let sizes: Vec<usize> = (2..22).chain(2..22).chain([20, 20, 20, 20]).collect();
    let constant = |_| 0.01;
    let (by_plan, losses, planned) = by_trainer(&sizes, 1, constant);
    assert_eq!((by_plan, losses), by_hand(&sizes, constant));
    // The very first, and of the four at the end the plan's first, third and fourth at the most.
    assert!(planned[0] && planned.last() == Some(&true) && planned[1..].iter().filter(|p| **p).count() <= 3);
}

#[test]
fn a_loss_that_reads_a_value_stays_on_the_tape_and_says_so() {
    let train = |read: bool| {
        let sgd = Sgd::new(0.1).build().expect("valid options");
        let mut trainer = Trainer::new(vec![Tensor::from([3.0_f64, -2.0])], sgd, move |net, [], [], _| {
            let loss = net[0].square().sum();
            [if read && loss.item() > 1.0 { loss * 2.0 } else { loss }]
        });
        let planned: Vec<bool> =
            (0..6).map(|_| trainer.step([], []).expect("finite gradients").planned).collect();
        let refusal = trainer.refusals().next().cloned();
        (trainer.into_parts().0.remove(0).to_vec(), planned, refusal)
    };
    let (by_plan, planned, refusal) = train(false);
    assert!(planned[2..].iter().all(|&p| p) && refusal.is_none());
    let expected = [3.0, -2.0].map(|x: f64| (0..6).fold(x, |x, _| x - 0.1 * (2.0 * x)));
    assert!(by_plan.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));

    let (on_tape, planned, refusal) = train(true);
    assert!(planned.iter().all(|&p| !p));
    let Some(Refusal::Compile(CoreError::ValueInspected { at })) = &refusal else { panic!("{refusal:?}") };
    assert!(at.contains("trainer.rs"), "{at}");
    assert!(on_tape != by_plan);
}

#[test]
fn a_loss_that_depends_on_more_than_its_arguments_has_no_plan() {
    let weight = Cell::new(1.0);
    let sgd = Sgd::new(0.1).build().expect("valid options");
    let mut trainer = Trainer::new(Tensor::from(1.0_f64), sgd, |p, [], [], _| [*p * weight.get()]);
    for k in 0..5 {
        weight.set(f64::from(k) + 1.0);
        let step = trainer.step([], []).expect("finite gradients");
        assert_eq!(step.planned, k == 0); // of which the plan was made
    }
    // 1 - 0.1 (1 + 2 + 3 + 4 + 5)
    assert!((trainer.model().item() + 0.5).abs() < 1e-15);
    assert_eq!(trainer.refusals().collect::<Vec<_>>(), [&Refusal::Differs { output: 0 }]);
}

#[test]
fn a_learning_rate_that_changes_acts_at_once() {
    let sgd = Sgd::new(1.0).build().expect("valid options");
    let mut trainer = Trainer::new(Tensor::from(0.0_f64), sgd, |p, [], [], _| [*p * 1.0]);
    for k in 0..6 {
        trainer.optimizer_mut().set_learning_rate(f64::from(1 << k)).expect("a valid rate");
        let _ = trainer.step([], []).expect("finite gradients");
    }
    assert_eq!(trainer.model().item(), -63.0);
}

#[test]
fn what_goes_wrong_is_a_typed_error_and_changes_nothing() {
    tree! { struct Two<P> { used: P, unused: P } }
    let two = || Two { used: Tensor::from(1.0_f64), unused: Tensor::from(2.0) };
    let sgd = || Sgd::new(0.1).build().expect("valid options");
    let mut unreached = Trainer::new(two(), sgd(), |net, [], [], _| [net.used * net.used]);
    let error = unreached.step([], []).expect_err("a parameter is not reached");
    let named =
        |e: &ModelError| matches!(e, ModelError::Unreached { parameter, .. } if parameter == "unused");
    assert!(matches!(&error, Error::Model(e) if named(e)), "{error:?}");
    assert_eq!((unreached.model().used.item(), unreached.steps()), (1.0, 0));

    let mut vector = Trainer::new(Tensor::from([1.0, 2.0]), sgd(), |p, [], [], _| [*p * 2.0]);
    let error = vector.step([], []).expect_err("no scalar");
    assert!(matches!(error, Error::Core(CoreError::NotScalar { .. })), "{error:?}");

    // By all three paths: a new plan, tried, planned.
    for good in 0..4 {
        let build = || Trainer::new(Tensor::from(1.0), sgd(), |p, [x], [], _| [*p * x]);
        let mut trainer = build();
        for _ in 0..good {
            let _ = trainer.step([&Tensor::from(1.0)], []).expect("finite gradients");
        }
        let before = trainer.model().item();
        let error = trainer.step([&Tensor::from(f64::NAN)], []).expect_err("a gradient that is not finite");
        assert!(matches!(error, Error::Optimizer(OptimError::NonFinite { .. })), "{error:?}");
        assert_eq!((trainer.model().item(), trainer.steps()), (before, good));
    }
}

#[test]
fn a_label_beyond_the_classes_is_an_error_of_the_plan() {
    let model: Linear<Tensor<f64>> = Linear::new(2, 2, Init::GlorotUniform, Key::new(1));
    let sgd = Sgd::new(0.1).build().expect("valid options");
    let mut trainer =
        Trainer::new(model, sgd, |net, [x], [labels], _| [cross_entropy(net.forward(x), labels)]);
    let x = Tensor::from([[1.0, 2.0]]);
    for _ in 0..3 {
        let _ = trainer.step([&x], [&Tensor::from([1_u32])]).expect("finite gradients");
    }
    let error = trainer.step([&x], [&Tensor::from([2_u32])]).expect_err("two classes");
    assert!(matches!(error, Error::Core(CoreError::Index { index: 2, size: 2, .. })), "{error:?}");
    assert!(trainer.step([&x], [&Tensor::from([0_u32])]).expect("finite gradients").planned);
}

#[test]
fn a_skipped_step_leaves_parameters_and_running_statistics() {
    let sgd = Sgd::new(0.1).build().expect("valid options").non_finite(NonFinite::Skip);
    let mut trainer =
        Trainer::new(net(), sgd, |net, [x], [labels], mode| [cross_entropy(net.forward(x, mode), labels)]);
    for k in 0..6 {
        let (x, labels) = batch(k, 4);
        let before = bits(trainer.model());
        let bad = x.map(|v| if k % 2 == 1 { v * f32::INFINITY } else { v });
        let step = trainer.step([&bad], [&labels]).expect("skipped at worst");
        assert_eq!(matches!(step.outcome, Outcome::Skipped { .. }), k % 2 == 1);
        assert_eq!(bits(trainer.model()) == before, k % 2 == 1);
        assert_eq!(step.planned, k != 1);
    }
}

#[test]
fn inputs_that_nothing_is_computed_from_do_no_harm() {
    let sgd = Sgd::new(0.5).build().expect("valid options");
    let mut trainer = Trainer::new(Tensor::from(1.0_f64), sgd, |p, [_unused], [], _| [*p * *p]);
    let planned: Vec<bool> = (0..4)
        .map(|k| trainer.step([&Tensor::from(f64::from(k))], []).expect("finite gradients").planned)
        .collect();
    assert_eq!((planned, trainer.model().item()), (vec![true, false, true, true], 0.0));
}

#[test]
fn a_model_changed_from_outside_is_what_the_next_step_goes_on_from() {
    let sgd = Sgd::new(0.5).build().expect("valid options");
    let mut trainer = Trainer::new(Tensor::from(1.0_f64), sgd, |p, [], [], _| [*p * 1.0]);
    for _ in 0..3 {
        let _ = trainer.step([], []).expect("finite gradients");
    }
    *trainer.model_mut() = Tensor::from(10.0);
    let planned = [(); 3].map(|()| trainer.step([], []).expect("finite gradients").planned);
    assert_eq!((planned, trainer.model().item()), ([true, false, true], 8.5));
}
