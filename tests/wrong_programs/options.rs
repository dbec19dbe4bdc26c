//! Options outside of what they may be: ops, layers, losses, optimizers, data.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Conv2dOptions, Key, Norm, PoolOptions, Tensor};
use wengert_nn::{
    Activation, BatchNorm, ClassLoss, Conv2d, Dropout, Init, Linear, Reduction, bce, huber, try_bce,
    try_huber,
};
use wengert_optim::{Adam, Sgd, clip_by_norm};
use wengert_train::{Accuracy, Batches, Ink, idx, text_art};

fn model() -> Linear<Tensor<f64>> {
    Linear::new(2, 1, Init::HeNormal, Key::new(1))
}

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong("bounds the wrong way round", "Attribute", &["clamp:", "(lo, hi)"], |t| {
            let x = leaf(t, [3]);
            refused(x.try_clamp(1.0, -1.0));
            fault!(x.clamp(1.0, -1.0));
        }),
        wrong("a slope that is NaN", "Attribute", &["leaky_relu:", "slope = NaN", "finite"], |t| {
            let x = leaf(t, [3]);
            refused(x.try_leaky_relu(f64::NAN));
            fault!(x.leaky_relu(f64::NAN));
        }),
        wrong("dropout of everything and more", "Attribute", &["dropout:", "p = 1.5"], |t| {
            let x = leaf(t, [3]);
            refused(x.try_dropout(1.5, Key::new(1)));
            fault!(x.dropout(1.5, Key::new(1)));
        }),
        wrong("the maximum of nothing", "EmptyReduction", &["max:", "[0]", "pass over empty"], |t| {
            let x = leaf(t, [0]);
            refused(x.try_max());
            fault!(x.max());
        }),
        wrong("the best class of no classes", "EmptyReduction", &["argmax:", "[4, 0]"], |_| {
            let scores = Tensor::<f64>::zeros([4, 0]);
            refused(scores.try_argmax(1));
            fault!(scores.argmax(1));
        }),
        wrong("the greatest norm of nothing", "EmptyReduction", &["norm:", "[0]"], |t| {
            let x = leaf(t, [0]);
            refused(x.try_norm(Norm::Inf));
            fault!(x.norm(Norm::Inf));
        }),
        wrong(
            "an unbiased variance of one number",
            "Attribute",
            &["var:", "1 for 1 elements", "less than"],
            |t| {
                let x = leaf(t, [1]);
                refused(x.try_var(1));
                fault!(x.var(1));
            },
        ),
        wrong("an unbiased deviation along an axis of 1", "Attribute", &["std:", "1 for 1 elements"], |t| {
            let x = leaf(t, [4, 1]);
            refused(x.try_std_axes(1, 1));
            fault!(x.std_axes(1, 1));
        }),
        wrong(
            "a convolution that stands still",
            "Attribute",
            &["conv2d:", "stride = [0, 1]", "at least 1"],
            |t| {
                let (x, w) = (leaf(t, [1, 1, 4, 4]), leaf(t, [1, 1, 2, 2]));
                let o = Conv2dOptions { stride: [0, 1], ..Conv2dOptions::default() };
                refused(x.try_conv2d(w, &o));
                fault!(x.conv2d(w, &o));
            },
        ),
        wrong(
            "groups that do not divide the channels",
            "Attribute",
            &["conv2d:", "groups", "divisor"],
            |t| {
                let (x, w) = (leaf(t, [1, 4, 4, 4]), leaf(t, [4, 1, 2, 2]));
                let o = Conv2dOptions { groups: 3, ..Conv2dOptions::default() };
                refused(x.try_conv2d(w, &o));
                fault!(x.conv2d(w, &o));
            },
        ),
        wrong(
            "pooling windows of padding alone",
            "Attribute",
            &["max_pool2d:", "padding", "half the kernel"],
            |t| {
                let x = leaf(t, [1, 1, 4, 4]);
                let o = PoolOptions { padding: [2, 2], ..PoolOptions::default() };
                refused(x.try_max_pool2d([2, 2], o));
                fault!(x.max_pool2d([2, 2], o));
            },
        ),
        wrong("a pooling larger than the image", "Attribute", &["avg_pool2d:", "[5, 5]", "[4, 4]"], |t| {
            let x = leaf(t, [1, 1, 4, 4]);
            refused(x.try_avg_pool2d([5, 5], PoolOptions::default()));
            fault!(x.avg_pool2d([5, 5], PoolOptions::default()));
        }),
        wrong("an activation with a NaN", "Attribute", &["elu:", "alpha = NaN"], |t| {
            let x = leaf(t, [3]);
            refused(Activation::Elu(f64::NAN).try_forward(x));
            fault!(Activation::Elu(f64::NAN).forward(x));
        }),
        wrong("a dropout layer with a percentage", "Setting", &["dropout", "p = 50", "1"], |_| {
            refused(Dropout::new(50.0, Key::new(1)));
        }),
        wrong(
            "a momentum of running values above 1",
            "Setting",
            &["batch_norm:", "momentum = 1.1", "0 to 1"],
            |_| {
                refused(BatchNorm::<Tensor<f64>>::with(3, 1.1, 1e-5));
            },
        ),
        wrong("an epsilon of 0", "Setting", &["batch_norm:", "epsilon = 0", "above 0"], |_| {
            refused(BatchNorm::<Tensor<f64>>::with(3, 0.1, 0.0));
        }),
        wrong("a layer whose groups do not divide", "Setting", &["conv2d:", "groups = 3", "divisor"], |_| {
            let o = Conv2dOptions { groups: 3, ..Conv2dOptions::default() };
            refused(Conv2d::<Tensor<f64>>::try_new(4, 4, [3, 3], o, Init::HeNormal, Key::new(1)));
            fault!(Conv2d::<Tensor<f64>>::new(4, 4, [3, 3], o, Init::HeNormal, Key::new(1)));
        }),
        wrong("a loss with a negative joint", "Setting", &["huber:", "delta = -1", "at least 0"], |t| {
            let (y, target) = (leaf(t, [3]), leaf(t, [3]));
            refused(try_huber(y, target, -1.0, Reduction::Mean));
            fault!(huber(y, target, -1.0, Reduction::Mean));
        }),
        wrong(
            "scores where probabilities are due",
            "Probability",
            &["bce:", "1.5", "position 1", "0 to 1"],
            |t| {
                let (p, target) = (t.leaf([0.5, 1.5]), t.constant([1.0, 0.0]));
                refused(try_bce(p, target, Reduction::Mean));
                fault!(bce(p, target, Reduction::Mean));
            },
        ),
        wrong("class weights for other classes", "Shape", &["cross_entropy:", "[2]", "3"], |t| {
            let (logits, labels) = (leaf(t, [1, 3]), Tensor::from([0_u32]));
            let loss = ClassLoss::new().weights([1.0, 2.0]);
            refused(loss.try_cross_entropy(logits, &labels));
            fault!(loss.cross_entropy(logits, &labels));
        }),
        wrong("a learning rate below 0", "Option", &["sgd:", "learning rate = -0.1", "at least 0"], |_| {
            refused(Sgd::new(-0.1).build::<f64>());
        }),
        wrong("a momentum of 9 in place of 0.9", "Option", &["sgd:", "momentum = 9", "0 to 1"], |_| {
            refused(Sgd::new(0.1).momentum(9.0).build::<f64>());
        }),
        wrong("Nesterov's form without momentum", "Option", &["sgd:", "momentum = 0", "Nesterov"], |_| {
            refused(Sgd::new(0.1).nesterov().build::<f64>());
        }),
        wrong("a beta of 1", "Option", &["adam:", "beta 2 = 1", "below 1"], |_| {
            refused(Adam::new(0.1).betas(0.9, 1.0).build::<f64>());
        }),
        wrong("a schedule that ends in NaN", "Option", &["adam:", "learning rate = NaN"], |_| {
            let mut adam = Adam::new(0.1).build::<f64>().expect("valid options");
            refused(adam.set_learning_rate(f64::NAN));
        }),
        wrong("gradients clipped to 0", "Option", &["clip_by_norm", "0"], |_| {
            refused(clip_by_norm(&mut Tensor::from([1.0, 2.0]), 0.0));
        }),
        wrong(
            "a step by a gradient that is NaN",
            "NonFinite",
            &["parameter weight", "NaN", "find_anomaly"],
            |_| {
                let (mut model, mut sgd) = (model(), Sgd::new(0.1).build().expect("valid options"));
                let mut gradient = model.clone();
                gradient.weight = Tensor::full([2, 1], f64::NAN);
                refused(sgd.step(&mut model, &gradient));
            },
        ),
        wrong("a step by the gradient of another shape", "Shape", &["weight", "[3, 1]", "[2, 1]"], |_| {
            let (mut model, mut sgd) = (model(), Sgd::new(0.1).build().expect("valid options"));
            let mut gradient = model.clone();
            gradient.weight = Tensor::zeros([3, 1]);
            refused(sgd.step(&mut model, &gradient));
        }),
        wrong("a step by the gradient of another model", "Structure", &["parameter 1", "bias"], |_| {
            let (mut model, mut sgd) = (model(), Sgd::new(0.1).build().expect("valid options"));
            let gradient = model.clone().without_bias();
            refused(sgd.step(&mut model, &gradient));
        }),
        wrong("a state of Adam for plain descent", "Kept", &["weight", "first", "sgd"], |_| {
            let (mut model, mut adam) = (model(), Adam::new(0.1).build().expect("valid options"));
            let gradient = model.clone();
            let _ = adam.step(&mut model, &gradient).expect("finite");
            let mut sgd = Sgd::new(0.1).build::<f64>().expect("valid options");
            refused(sgd.restore(adam.state()));
        }),
        wrong("batches of no samples", "EmptyBatch", &["at least 1"], |_| {
            refused(Batches::new(100, 0, 1));
        }),
        wrong("labels of another batch than the scores", "Length", &["6", "expected"], |_| {
            refused(Accuracy::default().add(&[0.5; 5], 3, &[0, 1]));
        }),
        wrong("pixels of an image of another size", "Length", &["pixels", "3", "4"], |_| {
            refused(text_art(&[0, 1, 2], 2, 2, Ink::Ascii));
        }),
        wrong("a file that is no data set", "Magic", &["labels.idx", "byte 0", "not an IDX file"], |_| {
            refused(idx::labels_from(&b"PK\x03\x04rest"[..], "labels.idx"));
        }),
        wrong("a file that is cut short", "Truncated", &["labels.idx", "cut short"], |_| {
            refused(idx::labels_from(&[0, 0, 8, 1, 0, 0, 0, 9, 1, 2][..], "labels.idx"));
        }),
    ]
}
