//! What a training step on the tape asks the system for, once it has run a few times.

use peak_alloc::PeakAlloc;
use wengert::{Conv2dOptions, Key, PoolOptions, Tape, Tensor, Threads, Var};
use wengert_nn::{Conv2d, Gradients, Init, Linear, Model, cross_entropy, tree};
use wengert_optim::Adam;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes that `f` has at once above what there was before.
fn extra<R>(f: impl FnOnce() -> R) -> (usize, R) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = f();
    (MEMORY.peak_usage() - before, result)
}

/// The list that `backward` returns.
fn list_of<const N: usize>() -> usize {
    N * size_of::<Tensor<f64>>()
}

fn numbers() {
    let mut tape = Tape::<f64>::new();
    for step in 0..20 {
        let (recorded, (x, y)) = extra(|| {
            let x = tape.leaf(0.5);
            (x, (0..100).fold(x, |y, _| 1.0000001 * y + y.sin().tanh() * 1e-3 - y / 7.0))
        });
        let (swept, slope) = extra(|| y.backward(&[x])[0].item());
        let (cleared, ()) = extra(|| tape.clear());
        assert!(slope.is_finite());
        let asked = (recorded, swept, cleared);
        assert!(step < 2 || asked == (0, list_of::<1>(), 0), "{asked:?} bytes in step {step}");
    }
}

fn a_dense_network() {
    for threads in [1, 2] {
        let shapes: [&[usize]; 6] = [&[64, 8], &[8, 16], &[16], &[16, 1], &[1], &[64, 1]];
        let values: [_; 6] = std::array::from_fn(|k| Key::new(2).stream(k as u32).normal::<f64>(shapes[k]));
        let mut tape = Tape::<f64>::with_threads(Threads::new(threads));
        for step in 0..20 {
            let (asked, ()) = extra(|| {
                let v: [_; 6] = std::array::from_fn(|k| tape.leaf(&values[k]));
                let error = (v[0].matmul(v[1]) + v[2]).tanh().matmul(v[3]) + v[4] - v[5];
                let gradients = (error * error).mean().backward(&v[1..5]);
                assert!(gradients.iter().all(|g| g.max_abs().is_finite()));
                tape.clear();
            });
            assert!(step < 5 || asked == list_of::<4>(), "{asked} bytes in step {step}");
        }
    }
}

tree! {
    struct Cnn<P> { first: Conv2d<P>, second: Conv2d<P>, dense: Linear<P> }
}

impl<'t> Cnn<Var<'t, f32>> {
    fn forward(&self, x: Var<'t, f32>) -> Var<'t, f32> {
        let x = self.first.forward(x).relu().max_pool2d([2, 2], PoolOptions::default());
        let x = self.second.forward(x).relu().max_pool2d([2, 2], PoolOptions::default());
        self.dense.forward(x.flatten(1))
    }
}

/// A step of a batch on so many threads: the most bytes that one of the last steps asked for.
fn a_convolutional_network(batch: usize, threads: usize) -> usize {
    let key = |stream| Key::new(1).stream(stream);
    let conv = |from, to, k| Conv2d::new(from, to, [3, 3], Conv2dOptions::default(), Init::HeUniform, key(k));
    let dense = Linear::new(32, 10, Init::HeUniform, key(2));
    let mut model = Cnn::<Tensor<f32>> { first: conv(1, 6, 0), second: conv(6, 8, 1), dense };
    let mut adam = Adam::new(1e-2).build().expect("valid options").threads(Threads::new(threads));
    let mut tape = Tape::<f32>::with_threads(Threads::new(threads));
    let images = Key::new(9).uniform([batch, 1, 14, 14]);
    let labels: Tensor<u32> = (0..batch as u32).map(|i| (i * 7) % 10).collect();
    let mut most = 0;
    for step in 0..30 {
        let (asked, ()) = extra(|| {
            let gradients = {
                let network = model.on(&tape);
                cross_entropy(network.forward(tape.constant(&images)), &labels).gradients(&network)
            };
            tape.clear();
            let _ = adam.step(&mut model, &gradients).expect("finite");
        });
        if step >= 10 {
            most = asked.max(most);
        }
    }
    most
}

/// One test, since the allocator counts for the whole process.
#[test]
fn a_step_asks_the_system_for_the_list_of_gradients_and_a_convolutional_one_for_short_lists() {
    numbers();
    a_dense_network();
    for (batch, threads) in [(4, 1), (64, 1), (4, 2), (64, 2)] {
        let asked = a_convolutional_network(batch, threads);
        // Lists of a convolution's windows, of its image's rows and of gradients by name: 16,400 bytes at once where
        // this was written, whatever the batch. All values are recycled; one of a batch of 64 alone has 221,184 bytes.
        assert!(asked <= 24_576, "{asked} bytes in a step of {batch} images on {threads} threads");
    }
}
