//! Shapes that do not fit: layers, losses, models.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Conv2dOptions, Key, Tensor};
use wengert_nn::{
    BatchNorm, Conv2d, Flatten, Init, Linear, MaxPool2d, Mode, Model, Reduction, bce_with_logits,
    cross_entropy, mse, nll, try_bce_with_logits, try_cross_entropy, try_mse, try_nll,
};

fn dense() -> Linear<Tensor<f64>> {
    Linear::new(3, 2, Init::HeNormal, Key::new(1))
}

fn filters() -> Conv2d<Tensor<f64>> {
    Conv2d::new(3, 4, [3, 3], Conv2dOptions::default(), Init::HeNormal, Key::new(1))
}

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong("a dense layer for other features", "ShapeMismatch", &["linear:", "[8, 5]", "[3, 2]"], |t| {
            let (layer, x) = (dense().on(t), leaf(t, [8, 5]));
            refused(layer.try_forward(x));
            fault!(layer.forward(x));
        }),
        wrong(
            "images into a dense layer, not flattened",
            "ShapeMismatch",
            &["linear:", "[2, 1, 3, 4]"],
            |t| {
                let (layer, x) = (dense().on(t), leaf(t, [2, 1, 3, 4]));
                refused(layer.try_forward(x));
                fault!(layer.forward(x));
            },
        ),
        wrong(
            "a dense layer whose bias was replaced",
            "Broadcast",
            &["linear:", "axis -1 has 2 and 3"],
            |t| {
                let (mut layer, x) = (dense().on(t), leaf(t, [8, 3]));
                layer.bias = Some(leaf(t, [3]));
                refused(layer.try_forward(x));
                fault!(layer.forward(x));
            },
        ),
        wrong(
            "gray images into filters of colors",
            "ShapeMismatch",
            &["conv2d:", "[2, 1, 8, 8]", "[4, 3, 3, 3]"],
            |t| {
                let (layer, x) = (filters().on(t), leaf(t, [2, 1, 8, 8]));
                refused(layer.try_forward(x));
                fault!(layer.forward(x));
            },
        ),
        wrong(
            "channels last",
            "ShapeMismatch",
            &["conv2d:", "[2, 8, 8, 3]", "input channels (axis 1)"],
            |t| {
                let (layer, x) = (filters().on(t), leaf(t, [2, 8, 8, 3]));
                refused(layer.try_forward(x));
                fault!(layer.forward(x));
            },
        ),
        wrong(
            "images smaller than the filters",
            "Attribute",
            &["conv2d:", "[3, 3]", "[2, 2]", "padding"],
            |t| {
                let (layer, x) = (filters().on(t), leaf(t, [2, 3, 2, 2]));
                refused(layer.try_forward(x));
                fault!(layer.forward(x));
            },
        ),
        wrong("pooling of flat features", "Shape", &["max_pool2d:", "[2, 16]", "four axes"], |t| {
            let (layer, x) = (MaxPool2d::new([2, 2]), leaf(t, [2, 16]));
            refused(layer.try_forward(x));
            fault!(layer.forward(x));
        }),
        wrong("a batch flattened that has no axes", "Axis", &["flatten:", "rank 0"], |t| {
            let x = t.leaf(1.0);
            refused(Flatten.try_forward(x));
            fault!(Flatten.forward(x));
        }),
        wrong(
            "normalization of other channels",
            "Shape",
            &["batch_norm:", "[4, 3]", "5 channels on axis 1"],
            |t| {
                let (mut layer, x) = (BatchNorm::<Tensor<f64>>::new(5).on(t), leaf(t, [4, 3]));
                refused(layer.try_forward(x, Mode::Eval));
                fault!(layer.forward(x, Mode::Eval));
            },
        ),
        wrong(
            "normalization of a single sample",
            "OneValuePerChannel",
            &["batch_norm:", "larger batches", "Eval"],
            |t| {
                let (mut layer, x) = (BatchNorm::<Tensor<f64>>::new(3).on(t), leaf(t, [1, 3]));
                refused(layer.try_forward(x, Mode::Train { step: 0 }));
                fault!(layer.forward(x, Mode::Train { step: 0 }));
            },
        ),
        wrong("targets that would broadcast", "TargetShape", &["mse:", "[8, 1]", "[8]", "reshape"], |t| {
            let (y, target) = (leaf(t, [8]), leaf(t, [8, 1]));
            refused(try_mse(y, target, Reduction::Mean));
            fault!(mse(y, target, Reduction::Mean));
        }),
        wrong("one target too few", "TargetShape", &["bce_with_logits:", "[7]", "[8]"], |t| {
            let (y, target) = (leaf(t, [8]), leaf(t, [7]));
            refused(try_bce_with_logits(y, target, Reduction::Mean));
            fault!(bce_with_logits(y, target, Reduction::Mean));
        }),
        wrong("labels of another batch", "TargetShape", &["cross_entropy:", "[3]", "[2]"], |t| {
            let (logits, labels) = (leaf(t, [2, 10]), Tensor::from([0_u32, 1, 2]));
            refused(try_cross_entropy(logits, &labels));
            fault!(cross_entropy(logits, &labels));
        }),
        wrong(
            "scores of a single sample without its axis",
            "TargetShape",
            &["cross_entropy:", "[1]", "[]", "reshape"],
            |t| {
                let (logits, labels) = (leaf(t, [10]), Tensor::from([3_u32]));
                refused(try_cross_entropy(logits, &labels));
                fault!(cross_entropy(logits, &labels));
            },
        ),
        wrong(
            "a mean loss of an empty batch",
            "NoSamples",
            &["nll:", "[0, 10]", "skip empty batches"],
            |t| {
                let (scores, labels) = (leaf(t, [0, 10]), Tensor::<u32>::zeros([0]));
                refused(try_nll(scores, &labels));
                fault!(nll(scores, &labels));
            },
        ),
        wrong("running statistics of another model", "LeafShape", &["mean", "[3]", "[2]"], |t| {
            let mut model = BatchNorm::<Tensor<f64>>::new(2);
            let on_tape = BatchNorm::<Tensor<f64>>::new(3).on(t);
            refused(model.absorb(&on_tape));
        }),
        wrong(
            "running statistics of a model of other parts",
            "Structure",
            &["1.weight", "same model"],
            |t| {
                let mut model = vec![dense(), dense()];
                let on_tape = vec![dense()].on(t);
                refused(model.absorb(&on_tape));
            },
        ),
    ]
}
