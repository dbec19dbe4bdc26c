//! Every layer and every loss trained to a stated loss, and what must hold while training.

use wengert::{Key, PoolOptions, Tape, Tensor, Threads, Var};
use wengert_nn::*;
use wengert_optim::{Adam, Outcome, Sgd, clip_by_norm};

/// Minimizes a loss by Adam for `steps` steps and returns its last value; fails unless every parameter moved.
fn train<M>(
    model: &mut M,
    steps: u32,
    lr: f64,
    loss: impl for<'t> Fn(&mut M::With<Var<'t, f64>>, &'t Tape<f64>, u32) -> Var<'t, f64>,
) -> f64
where
    M: Tree<Tensor<f64>>,
{
    let mut adam = Adam::new(lr).build().expect("valid options");
    let before: Vec<(String, Tensor<f64>)> =
        model.parameters().into_iter().map(|(name, value)| (name, value.clone())).collect();
    let mut last = f64::NAN;
    for step in 0..steps {
        let tape = Tape::with_threads(Threads::one());
        let mut on_tape = model.on(&tape);
        let value = loss(&mut on_tape, &tape, step);
        let gradient = value.partial_gradients(&on_tape).expect("a scalar loss");
        last = value.item();
        model.absorb(&on_tape).expect("the same model");
        drop(on_tape);
        let outcome = adam.step(model, &gradient).expect("finite gradients");
        assert_eq!(outcome, Outcome::Taken);
    }
    for ((name, now), (_, then)) in model.parameters().into_iter().zip(before) {
        assert!(*now != then, "{name} never moved");
    }
    last
}

type Dense = Linear<Tensor<f64>>;

fn dense(inputs: usize, outputs: usize, stream: u32) -> Dense {
    Linear::new(inputs, outputs, Init::GlorotUniform, Key::new(21).stream(stream))
}

fn normal(stream: u32, shape: &[usize]) -> Tensor<f64> {
    Key::new(22).stream(stream).normal(shape)
}

/// Points of the plane and which quadrants they lie in: 1 where the signs agree.
fn quadrants() -> (Tensor<f64>, Tensor<u32>) {
    let x = normal(9, &[32, 2]);
    let labels = (0..32).map(|i| u32::from(x[[i, 0]] * x[[i, 1]] > 0.0)).collect();
    (x, labels)
}

#[test]
fn linear_learns_an_affine_map_by_every_regression_loss() {
    let x = normal(0, &[16, 3]);
    let target = Tensor::from_fn([16, 1], |ix| 2.0 * x[[ix[0], 0]] - x[[ix[0], 2]] + 0.5);
    type Loss = for<'t> fn(Var<'t, f64>, Var<'t, f64>, Reduction) -> Var<'t, f64>;
    let near: Loss = |y, t, r| huber(y, t, 0.3, r);
    let smooth: Loss = |y, t, r| smooth_l1(y, t, 0.3, r);
    let losses: [(Loss, f64); 4] = [(mse, 1e-6), (l1, 0.05), (near, 1e-6), (smooth, 1e-6)];
    for (loss, most) in losses {
        let reached = train(&mut dense(3, 1, 0), 400, 0.05, |layer, tape, _| {
            loss(layer.forward(tape.constant(&x)), tape.constant(&target), Reduction::Mean)
        });
        assert!(reached < most, "{reached}");
    }
}

tree! {
    struct Mlp<P> { hidden: Linear<P>, out: Linear<P>, activation: Activation }
}

impl<'t> Mlp<Var<'t, f64>> {
    fn forward(&self, x: Var<'t, f64>) -> Var<'t, f64> {
        self.out.forward(self.activation.forward(self.hidden.forward(x)))
    }
}

fn mlp(outputs: usize, activation: Activation) -> Mlp<Tensor<f64>> {
    Mlp { hidden: dense(2, 16, 1), out: dense(16, outputs, 2), activation }
}

#[test]
fn every_activation_separates_quadrants_by_cross_entropy() {
    let (x, labels) = quadrants();
    for activation in [
        Activation::Relu,
        Activation::LeakyRelu(0.1),
        Activation::Elu(1.0),
        Activation::Gelu,
        Activation::Silu,
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Softplus,
    ] {
        let reached = train(&mut mlp(2, activation), 300, 0.05, |model, tape, _| {
            cross_entropy(model.forward(tape.constant(&x)), &labels)
        });
        assert!(reached < 0.05, "{activation:?}: {reached}");
    }
}

#[test]
fn every_classification_loss_separates_quadrants() {
    let (x, labels) = quadrants();
    let column = labels.map(f64::from).reshape([32, 1]);
    let hot = labels.one_hot::<f64>(2);
    let tanh = Activation::Tanh;
    let mean = Reduction::Mean;
    let by_logit = train(&mut mlp(1, tanh), 300, 0.05, |model, tape, _| {
        bce_with_logits(model.forward(tape.constant(&x)), tape.constant(&column), mean)
    });
    let by_probability = train(&mut mlp(1, tanh), 300, 0.05, |model, tape, _| {
        bce(model.forward(tape.constant(&x)).sigmoid(), tape.constant(&column), mean)
    });
    let by_row = train(&mut mlp(2, tanh), 300, 0.05, |model, tape, _| {
        soft_cross_entropy(model.forward(tape.constant(&x)), tape.constant(&hot), mean)
    });
    let by_log = train(&mut mlp(2, tanh), 300, 0.05, |model, tape, _| {
        nll(model.forward(tape.constant(&x)).log_softmax(1), &labels)
    });
    let by_divergence = train(&mut mlp(2, tanh), 300, 0.05, |model, tape, _| {
        kl_div(model.forward(tape.constant(&x)).log_softmax(1), tape.constant(&hot), mean)
    });
    for reached in [by_logit, by_probability, by_row, by_log, by_divergence] {
        assert!(reached < 0.05, "{reached}");
    }
}

tree! {
    struct Images<P> {
        conv: Conv2d<P>,
        norm: BatchNorm<P>,
        out: Linear<P>,
        largest: MaxPool2d,
        mean: AvgPool2d,
        dropout: Dropout,
    }
}

impl<'t> Images<Var<'t, f64>> {
    fn forward(&mut self, x: Var<'t, f64>, mode: Mode) -> Var<'t, f64> {
        let y = self.norm.forward(self.conv.forward(x), mode).relu();
        let y = self.mean.forward(self.largest.forward(y));
        self.out.forward(self.dropout.forward(Flatten.forward(y), mode))
    }
}

fn images() -> Images<Tensor<f64>> {
    let key = Key::new(23);
    Images {
        conv: Conv2d::new(1, 4, [2, 2], Default::default(), Init::HeNormal, key.stream(0)),
        norm: BatchNorm::new(4),
        out: Linear::new(8, 2, Init::GlorotNormal, key.stream(1)),
        largest: MaxPool2d {
            kernel: [2, 2],
            options: PoolOptions { stride: Some([1, 2]), ..Default::default() },
        },
        mean: AvgPool2d::new([2, 1]),
        dropout: Dropout::new(0.1, key.stream(2)).expect("a probability"),
    }
}

/// Images of 5 x 5 with one bright row or one bright column, and noise.
fn stripes() -> (Tensor<f64>, Tensor<u32>) {
    let noise = normal(3, &[24, 1, 5, 5]);
    let x = Tensor::from_fn([24, 1, 5, 5], |ix| {
        let across = if ix[0] % 2 == 0 { ix[2] } else { ix[3] };
        let bright = if across == ix[0] / 2 % 5 { 1.0 } else { 0.0 };
        bright + 0.05 * noise[[ix[0], 0, ix[2], ix[3]]]
    });
    (x, (0..24_u32).map(|i| i % 2).collect())
}

#[test]
fn convolution_pooling_normalization_and_dropout_tell_rows_from_columns() {
    let (x, labels) = stripes();
    let mut model = images();
    let reached = train(&mut model, 200, 0.02, |model, tape, step| {
        cross_entropy(model.forward(tape.constant(&x), Mode::Train { step }), &labels)
    });
    assert!(reached < 0.2, "{reached}");
    // Evaluation by running statistics, without dropout, agrees.
    let before = model.norm.mean.0.clone();
    let tape = Tape::new();
    let loss = cross_entropy(model.frozen_on(&tape).forward(tape.constant(&x), Mode::Eval), &labels);
    assert!(loss.item() < 0.1, "{}", loss.item());
    assert_eq!(model.norm.mean.0, before);
    assert!(before.max_abs() > 0.01, "running statistics were taken over");
}

#[test]
fn thirty_steps_give_the_same_bits_for_any_number_of_threads() {
    let (x, labels) = stripes();
    let trained = |threads: usize| {
        let mut model = images();
        let mut adam = Adam::new(0.01).build().expect("valid options");
        let mut tape = Tape::with_threads(Threads::new(threads));
        for step in 0..30 {
            let gradient = {
                let mut on_tape = model.on(&tape);
                let y = on_tape.forward(tape.constant(&x), Mode::Train { step });
                let gradient = cross_entropy(y, &labels).gradients(&on_tape);
                model.absorb(&on_tape).expect("the same model");
                gradient
            };
            tape.clear();
            let _ = adam.step(&mut model, &gradient).expect("finite gradients");
        }
        model.leaves().into_iter().flat_map(Tensor::to_vec).map(f64::to_bits).collect::<Vec<_>>()
    };
    let one = trained(1);
    assert_eq!(one, trained(2));
    assert_eq!(one, trained(4));
}

#[test]
fn uneven_micro_batches_divided_once_by_the_total_give_the_gradient_of_one_batch() {
    let (x, labels) = quadrants();
    let model = mlp(2, Activation::Tanh);
    let tape = Tape::<f64>::new();
    let on_tape = model.on(&tape);
    let whole = cross_entropy(on_tape.forward(tape.constant(&x)), &labels).gradients(&on_tape);
    let sum = ClassLoss::new().reduction(Reduction::Sum);
    let parts = [0..5, 5..25, 25..32].map(|part| {
        let y = on_tape.forward(tape.constant(x.narrow(0, part.clone())));
        (sum.cross_entropy(y, &labels.narrow(0, part)) / 32.0).gradients(&on_tape)
    });
    let [a, b, c] = parts.each_ref().map(Tree::leaves);
    for (k, whole) in whole.leaves().into_iter().enumerate() {
        let together = &(a[k] + b[k]) + c[k];
        assert!((&together - whole).max_abs() < 1e-15, "{together} {whole}");
    }
}

#[test]
fn clipped_descent_reaches_the_minimum_of_a_steep_valley() {
    let mut model = dense(2, 1, 5);
    let x = normal(7, &[8, 2]) * 100.0;
    let target = Tensor::from_fn([8, 1], |ix| x[[ix[0], 0]] - x[[ix[0], 1]]);
    let mut sgd = Sgd::new(0.05).momentum(0.5).build().expect("valid options");
    let mut last = f64::NAN;
    for step in 0..400 {
        let tape = Tape::new();
        let on_tape = model.on(&tape);
        let loss = mse(on_tape.forward(tape.constant(&x)), tape.constant(&target), Reduction::Mean);
        let mut gradient = loss.gradients(&on_tape);
        last = loss.item();
        let norm = clip_by_norm(&mut gradient, 1.0).expect("finite gradients");
        assert!(norm >= wengert_optim::norm(&gradient).expect("finite gradients") - 1e-12);
        sgd.set_learning_rate(0.05 * 0.98_f64.powi(step)).expect("a valid rate");
        let _ = sgd.step(&mut model, &gradient).expect("finite gradients");
    }
    assert!(last < 1.0, "{last}"); // from the order of 1e4
}

tree! {
    /// A map and its transpose with one weight between them.
    struct Tied<P> { weight: P }
}

#[test]
fn a_parameter_used_by_two_layers_has_one_gradient_one_state_and_one_name() {
    let mut model = Tied { weight: normal(8, &[3, 2]) };
    let x = normal(9, &[4, 3]);
    let mut sgd = Sgd::new(0.1).momentum(0.9).build().expect("valid options");
    let tape = Tape::new();
    let on_tape = model.on(&tape);
    let (there, back) = (on_tape.weight, on_tape.weight.t());
    let y = tape.constant(&x).matmul(there).tanh().matmul(back);
    let loss = mse(y, tape.constant(&x), Reduction::Mean);
    let gradient = loss.gradients(&on_tape);

    // The same with two parameters that happen to be equal: the gradients of both uses add.
    let (a, b) = (tape.leaf(&model.weight), tape.leaf(model.weight.transpose(0, 1)));
    let y = tape.constant(&x).matmul(a).tanh().matmul(b);
    let apart = mse(y, tape.constant(&x), Reduction::Mean).backward(&[a, b]);
    let sum = &apart[0] + &apart[1].transpose(0, 1);
    assert!((&sum - &gradient.weight).max_abs() < 1e-15);

    let _ = sgd.step(&mut model, &gradient).expect("finite gradients");
    assert_eq!((sgd.state().len(), model.names(), model.count()), (1, vec!["weight".to_owned()], 6));
}
