//! The first step of the seed model against loops that know nothing of the engine.

use wengert_bench::data::Data;
use wengert_bench::network::BATCH;
use wengert_bench::trainer::{EagerTrainer, Trainer};
use wengert_nn::{Conv2d, Linear};

type Conv = Conv2d<wengert::Tensor<f32>>;

/// Channels of square images.
struct Images {
    side: usize,
    channels: Vec<Vec<f64>>,
}

fn numbers(tensor: &wengert::Tensor<f32>) -> Vec<f64> {
    tensor.to_vec().into_iter().map(f64::from).collect()
}

fn bias(bias: &Option<wengert::Tensor<f32>>) -> Vec<f64> {
    numbers(bias.as_ref().expect("the network has biases"))
}

/// The convolution with a 3x3 kernel, its bias, and what is above zero of the sum.
fn convolved(x: &Images, conv: &Conv) -> Images {
    let (weight, bias) = (numbers(&conv.weight), bias(&conv.bias));
    let (side, from) = (x.side - 2, x.channels.len());
    let at = |out: usize, i: usize, j: usize| {
        let mut sum = bias[out];
        for (channel, pixels) in x.channels.iter().enumerate() {
            for (p, q) in (0..9).map(|k| (k / 3, k % 3)) {
                sum += weight[(out * from + channel) * 9 + 3 * p + q] * pixels[(i + p) * x.side + j + q];
            }
        }
        sum.max(0.0)
    };
    let channel = |out| (0..side * side).map(|k| at(out, k / side, k % side)).collect();
    Images { side, channels: (0..bias.len()).map(channel).collect() }
}

fn pooled(x: &Images) -> Images {
    let side = x.side / 2;
    let channel = |pixels: &Vec<f64>| {
        let at = |i: usize, j: usize| {
            let corner = 2 * i * x.side + 2 * j;
            [0, 1, x.side, x.side + 1].into_iter().map(|k| pixels[corner + k]).fold(f64::MIN, f64::max)
        };
        (0..side * side).map(|k| at(k / side, k % side)).collect()
    };
    Images { side, channels: x.channels.iter().map(channel).collect() }
}

fn dense(x: &[f64], layer: &Linear<wengert::Tensor<f32>>) -> Vec<f64> {
    let (weight, mut y) = (numbers(&layer.weight), bias(&layer.bias));
    let width = y.len();
    for (i, x) in x.iter().enumerate() {
        y.iter_mut().enumerate().for_each(|(j, y)| *y += x * weight[i * width + j]);
    }
    y
}

/// The cross-entropy of one image with its label.
fn loss(data: &Data, image: usize) -> f64 {
    let n = &data.network;
    let pixels = numbers(&data.images.narrow(0, image..image + 1));
    let x = Images { side: 28, channels: vec![pixels] };
    let x = pooled(&convolved(&x, &n.conv1));
    let x = convolved(&pooled(&convolved(&x, &n.conv2)), &n.conv3);
    let hidden: Vec<f64> = dense(&x.channels.concat(), &n.dense1).into_iter().map(|x| x.max(0.0)).collect();
    let logits = dense(&hidden, &n.dense2);
    let total: f64 = logits.iter().map(|x| x.exp()).sum();
    total.ln() - logits[data.labels[[image]] as usize]
}

#[test]
fn the_loss_of_the_first_step_is_that_of_plain_loops() {
    let data = Data::generated();
    let expected = (0..BATCH).map(|image| loss(&data, image)).sum::<f64>() / BATCH as f64;
    for threads in [1, 2] {
        let mut trainer = EagerTrainer::new(data.clone(), BATCH, threads).expect("there are enough images");
        let given = f64::from(trainer.step(0).expect("a step").item());
        assert!((given - expected).abs() < 1e-6 * expected, "{given}, expected {expected}");
    }
}

#[test]
fn steps_learn() {
    let mut trainer = EagerTrainer::new(Data::generated(), BATCH, 2).expect("there are enough images");
    let first = trainer.step(0).expect("a step").item();
    let last = (0..12).map(|_| trainer.step(0).expect("a step").item()).last().expect("12 steps");
    assert!(last < 0.8 * first, "{first}, then {last}");
}

#[test]
fn too_few_images_for_a_batch_are_refused() {
    let Data { images, labels, network } = Data::generated();
    let few = Data { images: images.narrow(0, 0..5), labels: labels.narrow(0, 0..5), network };
    let error = EagerTrainer::new(few, BATCH, 1).err().expect("refused").to_string();
    assert!(error.contains("5 images, expected at least 64"), "{error}");
}
