//! The seed model: a convolutional network for digits of 28x28 pixels, about 93,000 parameters.

use crate::trainer::Classifier;
use wengert::{Conv2dOptions, Key, PoolOptions, Tensor, Var};
use wengert_nn::{Conv2d, Init, Linear, tree};

/// Digits that the network tells apart.
pub const CLASSES: usize = 10;

/// Images in a step.
pub const BATCH: usize = 64;

tree! {
    /// Three convolutions and two dense layers.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Network<P> {
        /// 1 to 32 channels, 3x3.
        pub conv1: Conv2d<P>,
        /// 32 to 64 channels, 3x3.
        pub conv2: Conv2d<P>,
        /// 64 to 64 channels, 3x3.
        pub conv3: Conv2d<P>,
        /// 576 to 64 features.
        pub dense1: Linear<P>,
        /// 64 features to 10 classes.
        pub dense2: Linear<P>,
    }
}

impl Network<Tensor<f32>> {
    /// Returns a network with fresh weights.
    pub fn new(seed: u64) -> Self {
        let key = |stream| Key::new(seed).stream(stream);
        let conv = |from, to, stream| {
            Conv2d::new(from, to, [3, 3], Conv2dOptions::default(), Init::GlorotUniform, key(stream))
        };
        Self {
            conv1: conv(1, 32, 0),
            conv2: conv(32, 64, 1),
            conv3: conv(64, 64, 2),
            dense1: Linear::new(576, 64, Init::GlorotUniform, key(3)),
            dense2: Linear::new(64, CLASSES, Init::GlorotUniform, key(4)),
        }
    }
}

impl Classifier for Network<Tensor<f32>> {
    fn logits<'t>(on_tape: &Network<Var<'t, f32>>, images: Var<'t, f32>) -> Var<'t, f32> {
        let pool = |x: Var<'t, f32>| x.max_pool2d([2, 2], PoolOptions::default());
        let x = pool(on_tape.conv1.forward(images).relu());
        let x = pool(on_tape.conv2.forward(x).relu());
        let x = on_tape.conv3.forward(x).relu().flatten(1);
        on_tape.dense2.forward(on_tape.dense1.forward(x).relu())
    }
}
