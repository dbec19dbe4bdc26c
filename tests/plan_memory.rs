//! A compiled training step asks the system for no memory for values once it has run.

use peak_alloc::PeakAlloc;
use wengert::plan::Extras;
use wengert::{Conv2dOptions, Key, PoolOptions, Tape, Tensor, Threads, Var};
use wengert_nn::{Conv2d, Init, Linear, Model, Tree, cross_entropy, tree};
use wengert_optim::Adam;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

tree! {
    struct Cnn<P> { first: Conv2d<P>, second: Conv2d<P>, dense: Linear<P> }
}

impl Cnn<Tensor<f32>> {
    fn new() -> Self {
        let key = |stream| Key::new(1).stream(stream);
        let conv =
            |from, to, k| Conv2d::new(from, to, [3, 3], Conv2dOptions::default(), Init::HeUniform, key(k));
        Self {
            first: conv(1, 6, 0),
            second: conv(6, 8, 1),
            dense: Linear::new(32, 10, Init::HeUniform, key(2)),
        }
    }
}

impl<'t> Cnn<Var<'t, f32>> {
    fn forward(&self, x: Var<'t, f32>) -> Var<'t, f32> {
        let x = self.first.forward(x).relu().max_pool2d([2, 2], PoolOptions::default());
        self.dense
            .forward(self.second.forward(x).relu().max_pool2d([2, 2], PoolOptions::default()).flatten(1))
    }
}

fn images(k: u32) -> Tensor<f32> {
    Key::new(9).stream(k).uniform([16, 1, 14, 14])
}

fn labels(k: u32) -> Tensor<u32> {
    (0..16).map(|i| (i * 7 + k) % 10).collect()
}

fn a_convolutional_network() {
    for threads in [1, 2] {
        let mut model = Cnn::new();
        let mut adam = Adam::new(1e-2).build().expect("valid options").threads(Threads::new(threads));
        let plan = {
            let tape = Tape::with_threads(Threads::new(threads));
            let (network, x, t) = (model.on(&tape), tape.constant(images(0)), labels(0));
            let loss = cross_entropy(network.forward(x), &t);
            let parameters: Vec<Var<'_, f32>> = network.leaves().into_iter().copied().collect();
            let outputs: Vec<_> = [loss].into_iter().chain(loss.grad(&parameters)).collect();
            let compiler = tape.compiler().inputs(&[x]).inputs(&parameters).indices(&[&t]);
            compiler.compile(&outputs).expect("compiles")
        };
        let mut workspace = plan.workspace();
        let batches: Vec<_> = (0..3).map(|k| (images(k), labels(k))).collect();
        let (mut first, mut last, mut asked) = (None, 0.0, Vec::new());
        for step in 0..60 {
            let (x, t) = &batches[step % 3];
            let before;
            {
                let [a, b, c, d, e, f] = model.leaves()[..] else { panic!("three layers") };
                MEMORY.reset_peak_usage();
                before = MEMORY.current_usage();
                let indices = Extras { indices: &[t], step: None };
                let out = plan.run_with(&mut workspace, &[x, a, b, c, d, e, f], &indices).expect("runs");
                last = out[0].item();
            }
            let _ = adam.step_in_order(&mut model, workspace.outputs()[1..].iter()).expect("finite");
            asked.push(MEMORY.peak_usage() - before);
            first.get_or_insert(last);
        }
        // A thread that takes a share of some kernel for the first time in a late step asks for its blocks then, and
        // never again: with two threads most steps ask for nothing, with one all do.
        asked.drain(..5);
        asked.sort_unstable();
        let (most, usual) = (asked[asked.len() - 1], asked[asked.len() * 3 / 4]);
        let late = if threads == 1 { 0 } else { 1 << 16 };
        assert!(usual == 0 && most <= late, "{asked:?} bytes in steps on {threads} threads");
        assert!(last < 0.9 * first.expect("a step was taken"), "the network learns: {last}");
    }
}

fn a_dense_network() {
    let tape = Tape::<f32>::with_threads(Threads::one());
    let shapes: [&[usize]; 6] = [&[4, 8], &[8, 16], &[16], &[16, 1], &[1], &[4, 1]];
    let values: Vec<_> = (0..).zip(shapes).map(|(k, s)| Key::new(2).stream(k).normal::<f32>(s)).collect();
    let v: Vec<_> = values.iter().map(|value| tape.leaf(value)).collect();
    let error = (v[0].matmul(v[1]) + v[2]).tanh().matmul(v[3]) + v[4] - v[5];
    let loss = (error * error).mean();
    let outputs: Vec<_> = [loss].into_iter().chain(loss.grad(&v[1..5])).collect();
    let plan = tape.compile(&v, &outputs).expect("compiles");
    let (mut workspace, inputs) = (plan.workspace(), values.iter().collect::<Vec<_>>());
    let mut asked = Vec::with_capacity(200);
    for _ in 0..200 {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let sum: f32 = plan.run(&mut workspace, &inputs).expect("runs").iter().map(|t| t.max_abs()).sum();
        asked.push(MEMORY.peak_usage() - before);
        assert!(sum.is_finite());
    }
    // The allocator also counts what the test harness does on its own thread, in a step or two.
    let quiet = asked[5..].iter().filter(|&&bytes| bytes == 0).count();
    assert!(quiet >= 190, "{asked:?} bytes in steps");
}

/// One test, since the allocator counts for the whole process.
#[test]
fn a_step_asks_the_system_for_nothing() {
    a_dense_network();
    a_convolutional_network();
}
