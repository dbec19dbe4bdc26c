//! Every layer and every loss against independent evidence, at orders one and two.

use wengert::{Checker, Conv2dOptions, Key, PoolOptions, Tensor, Var, check::Report, many};
use wengert_nn::*;

fn normal(stream: u32, shape: &[usize]) -> Tensor<f64> {
    Key::new(11).stream(stream).normal(shape)
}

fn uniform(stream: u32, shape: &[usize], lo: f64, hi: f64) -> Tensor<f64> {
    Key::new(12).stream(stream).uniform::<f64>(shape).map(|u| lo + (hi - lo) * u)
}

/// Checks a function of these tensors to order two, all Jacobian entries.
fn check(f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>, x: &[Tensor<f64>]) -> Report {
    let report = Checker::new().order(2).run_slice(f, x).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(report.comparisons > 0);
    report
}

#[test]
fn linear_by_input_weight_and_bias() {
    check(
        |x| Linear { weight: x[1], bias: Some(x[2]) }.forward(x[0]).tanh(),
        &[normal(0, &[2, 3]), normal(1, &[3, 2]), normal(2, &[2])],
    );
}

#[test]
fn conv2d_by_input_weight_and_bias() {
    let options = Conv2dOptions { stride: [2, 1], padding: [1, 0], groups: 2, ..Conv2dOptions::default() };
    check(
        |x| Conv2d { weight: x[1], bias: Some(x[2]), options }.forward(x[0]).sin(),
        &[normal(0, &[2, 2, 4, 3]), normal(1, &[2, 1, 3, 2]), normal(2, &[2])],
    );
}

#[test]
fn pooling_and_flattening_by_input() {
    let overlapping = PoolOptions { stride: Some([1, 1]), ..PoolOptions::default() };
    check(
        |x| {
            let y = MaxPool2d { kernel: [2, 2], options: overlapping }.forward(x[0]);
            Flatten.forward(AvgPool2d::new([2, 1]).forward(y)).square()
        },
        // Distinct elements a unit apart: no ties near by.
        &[Tensor::from_fn([1, 2, 3, 3], |ix| ((ix[1] * 9 + ix[2] * 3 + ix[3]) * 5 % 18) as f64 - 8.5)],
    );
}

#[test]
fn batch_norm_by_input_scale_and_shift_in_both_modes() {
    let stated = |k| uniform(k, &[2], 0.5, 1.5);
    for mode in [Mode::Train { step: 0 }, Mode::Eval] {
        for dims in [&[3, 2][..], &[2, 2, 1, 2]] {
            let layer = BatchNorm::<Tensor<f64>>::with(2, 0.1, 1e-3).expect("valid settings");
            check(
                |x| {
                    let mut layer = layer.frozen_on(x[0].tape());
                    (layer.scale, layer.shift) = (x[1], x[2]);
                    layer.variance = Buffer(layer.variance.0 * 0.5);
                    layer.forward(x[0], mode).tanh()
                },
                &[normal(0, dims), stated(1), stated(2)],
            );
        }
    }
}

/// Three gradients in a row, each of a weighted sum of squares of the one before.
fn deep<'t>(y: Var<'t, f64>, x: Var<'t, f64>) -> Vec<Tensor<f64>> {
    let weights = y.tape().constant(normal(6, &[3, 2]));
    let mut scalar = (y * weights).sum();
    let mut gradient = || {
        let g = scalar.grad(&[x])[0];
        scalar = (g * g * weights).sum();
        g.value()
    };
    (0..4).map(|_| gradient()).collect()
}

#[test]
fn batch_norm_in_training_equals_the_textbook_form_up_to_order_four() {
    let tape = wengert::Tape::new();
    let x = tape.leaf(normal(5, &[3, 2]));
    let mut layer = BatchNorm::<Tensor<f64>>::new(2).frozen_on(&tape);
    let ours = layer.forward(x, Mode::Train { step: 0 });
    let centered = x - x.mean_keepdim(0);
    let textbook = centered / ((centered * centered).mean_keepdim(0) + 1e-5).sqrt();
    for (a, b) in deep(ours, x).into_iter().zip(deep(textbook, x)) {
        let error = (&a - &b).max_abs() / b.max_abs().max(1.0);
        assert!(b.max_abs() > 1e-3 && error < 1e-9, "{error}: {a} {b}");
    }
}

#[test]
fn activations_by_input() {
    for activation in [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.1),
        Activation::Elu(1.5),
        Activation::Gelu,
        Activation::Silu,
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Softplus,
    ] {
        check(|x| activation.forward(x[0]).square(), &[Tensor::from([-1.3, -0.4, 0.6, 1.7])]);
    }
}

#[test]
fn dropout_by_input() {
    let layer = Dropout::new(0.3, Key::new(4)).expect("a probability");
    check(|x| layer.forward(x[0].sin(), Mode::Train { step: 2 }), &[normal(0, &[3, 4])]);
}

#[test]
fn regression_losses_by_prediction_and_target() {
    let (y, t) = (Tensor::from([0.3, -1.2, 2.5, 0.9]), Tensor::from([0.1, 0.4, -1.5, 1.0]));
    for reduction in [Reduction::Mean, Reduction::Sum, Reduction::None] {
        for loss in [mse, l1] {
            many::check_gradients(|[y, t]| loss(y, t, reduction), [&y, &t]).expect("right derivatives");
        }
        many::check_gradients(|[y, t]| huber(y, t, 1.0, reduction), [&y, &t]).expect("right derivatives");
        many::check_gradients(|[y, t]| smooth_l1(y, t, 0.5, reduction), [&y, &t]).expect("right derivatives");
    }
}

#[test]
fn binary_and_divergence_losses_by_prediction_and_target() {
    let (p, t) = (uniform(0, &[2, 3], 0.1, 0.9), uniform(1, &[2, 3], 0.1, 0.9));
    let x = normal(2, &[2, 3]);
    for reduction in [Reduction::Mean, Reduction::None] {
        check(|v| bce(v[0], v[1], reduction), &[p.clone(), t.clone()]);
        check(|v| bce_with_logits(v[0], v[1], reduction), &[x.clone(), t.clone()]);
        check(|v| kl_div(v[0], v[1], reduction), &[x.clone(), t.clone()]);
        check(|v| soft_cross_entropy(v[0], v[1], reduction), &[x.clone(), t.clone()]);
    }
    // The second derivative at 0 is where a piecewise form would go wrong.
    check(
        |v| bce_with_logits(v[0], v[0].tape().constant([1.0, 0.25]), Reduction::Sum),
        &[Tensor::from([0.0, 0.0])],
    );
}

#[test]
fn class_losses_by_prediction() {
    let labels = Tensor::from([[1_u32, 0], [2, 9], [0, 1]]);
    let loss = ClassLoss::new().weights([1.0, 0.5, 2.0]).ignore(9);
    check(|v| loss.cross_entropy(v[0], &labels), &[normal(0, &[3, 3, 2])]);
    check(|v| loss.nll(v[0].sin(), &labels), &[normal(1, &[3, 3, 2])]);
    check(|v| cross_entropy(v[0], &Tensor::from([1_u32, 0])), &[normal(2, &[2, 4])]);
    check(|v| cross_entropy(v[0], &Tensor::from(2_u32)), &[normal(3, &[4])]);
}

#[test]
fn likelihoods_and_hinges_by_every_operand() {
    let (y, t) = (normal(20, &[2, 3]), normal(21, &[2, 3]));
    let (v, counts) = (uniform(22, &[2, 3], 0.3, 2.0), uniform(23, &[2, 3], 0.0, 5.0));
    for reduction in [Reduction::Mean, Reduction::None] {
        check(|x| gaussian_nll(x[0], x[1], x[2], 0.1, reduction), &[y.clone(), t.clone(), v.clone()]);
        check(|x| poisson_nll(x[0], x[1], reduction), &[y.clone(), counts.clone()]);
        check(|x| hinge(x[0].sin() * 0.5, x[1].sin(), reduction), &[y.clone(), t.clone()]);
        check(|x| triplet_margin(x[0], x[1], x[2], 9.0, reduction), &[y.clone(), t.clone(), v.clone()]);
        check(
            |x| cosine_embedding(x[0], x[1], x[0].tape().constant([1.0, -1.0]), -1.0, reduction),
            &[y.clone(), t.clone()],
        );
    }
}

#[test]
fn sequence_losses_by_prediction() {
    let targets = Tensor::from([[1_u32, 1], [2, 1]]);
    for loss in [CtcLoss::new(), CtcLoss::new().zero_infinity(true).reduction(Reduction::None)] {
        check(|v| loss.loss(v[0].log_softmax(2), &targets, &[4, 3], &[2, 1]), &[normal(24, &[4, 2, 3])]);
    }
}
