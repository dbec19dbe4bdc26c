//! Plans against the tape they were compiled from: the same bits, on every op and on whole programs.

use wengert::prelude::*;
use wengert::{Conv2dOptions, Error, PoolOptions, plan::Extras, plan::Pass};

fn bits(t: &Tensor<f64>) -> Vec<u64> {
    t.to_vec().iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect()
}

/// Compiles with every choice of passes and compares two runs of each with the values on the tape.
#[track_caller]
fn agrees<'t>(tape: &'t Tape<f64>, inputs: &[Var<'t, f64>], outputs: &[Var<'t, f64>]) {
    let given: Vec<Tensor<f64>> = inputs.iter().map(|v| v.value()).collect();
    let given: Vec<&Tensor<f64>> = given.iter().collect();
    let choices = [&[][..], &[Pass::Fuse], &[Pass::Fold], &[Pass::Layers], &[Pass::Fuse, Pass::Fold]];
    // Small plans run another way, so each choice is compared with and without that.
    let choices = choices.iter().flat_map(|&of| [of.to_vec(), [of, &[Pass::Small]].concat()]);
    for without in choices {
        // The one pass that reorders sums is compared elsewhere.
        let start = tape.compiler().inputs(inputs).without(Pass::Sparse);
        let compiler = without.iter().fold(start, |c, &pass| c.without(pass));
        let plan = compiler.compile(outputs).expect("compiles");
        let mut workspace = plan.workspace();
        for _ in 0..2 {
            let got = plan.run(&mut workspace, &given).expect("runs");
            for (got, expected) in got.iter().zip(outputs) {
                assert_eq!(got.shape(), expected.shape());
                assert_eq!(bits(got), bits(&expected.value()), "without {without:?}\n{}", plan.describe());
            }
        }
    }
}

#[test]
fn a_plan_gives_the_bits_of_the_tape() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::from_fn([7, 5], |ix| ((ix[0] * 5 + ix[1]) as f64 * 0.37).sin()));
    let w = tape.leaf(Tensor::from_fn([5, 3], |ix| ((ix[0] * 3 + ix[1]) as f64 * 0.73).cos()));
    let b = tape.leaf([0.1, -0.2, 0.3]);
    let y = (x.matmul(w) + b).tanh();
    let loss = (y * y * y.exp()).sum() + x.square().sum() * 0.5;
    let g = loss.grad(&[x, w, b]);
    let h = (g[0] * g[0]).sum().grad(&[x, w]);
    agrees(&tape, &[x, w, b], &[loss, y, g[0], g[1], g[2], h[0], h[1]]);
}

#[test]
fn a_stack_by_one_matrix_with_bias_and_relu_is_one_kernel_with_the_bits_of_the_tape() {
    let tape = Tape::<f64>::new();
    let normal = |k, dims: &[usize]| tape.leaf(Key::new(9).stream(k).normal::<f64>(dims));
    let (x, w, v) = (normal(0, &[3, 2, 5, 4]), normal(1, &[4, 6]), normal(2, &[6, 2]));
    // The biases are recorded last, after what they are added to.
    let (y, b) = (x.matmul(w), tape.leaf([0.1, -0.2, 0.3, 0.0, -0.4, 0.5]));
    let hidden = (y + b).relu();
    let (y, c) = (hidden.matmul(v), tape.leaf([1.0, -1.0]));
    let out = y + c;
    let loss = out.tanh().square().sum();
    let outputs: Vec<_> = [loss, out].into_iter().chain(loss.grad(&[x, w, b, v, c])).collect();
    agrees(&tape, &[x, w, b, v, c], &outputs);
    let text = tape.compile(&[x, w, b, v, c], &outputs).expect("compiles").describe();
    assert_eq!(
        (text.matches("matmul + bias + relu").count(), text.matches("matmul + bias").count()),
        (1, 2),
        "{text}"
    );
}

#[test]
fn a_vector_by_a_stack_with_bias_is_no_product_of_two_matrices() {
    let tape = Tape::<f64>::new();
    let normal = |k, dims: &[usize]| tape.leaf(Key::new(9).stream(k).normal::<f64>(dims));
    let (v, w, b) = (normal(0, &[4]), normal(1, &[3, 4, 5]), normal(2, &[5]));
    let y = (v.matmul(w) + b).relu();
    let g = y.square().sum().grad(&[v, w, b]);
    agrees(&tape, &[v, w, b], &[y, g[0], g[1], g[2]]);
}

#[test]
fn each_matrix_of_a_stack_by_one_matrix_has_the_bits_it_has_alone() {
    let tape = Tape::<f64>::new();
    let normal = |k, dims: &[usize]| tape.leaf(Key::new(9).stream(k).normal::<f64>(dims));
    let (x, w) = (normal(0, &[3, 7, 40]), normal(1, &[40, 33]));
    let y = x.matmul(w).value();
    for k in 0..3 {
        let alone = x.narrow(0, k..k + 1).reshape([7, 40]).matmul(w).value();
        assert_eq!(bits(&y.narrow(0, k..k + 1)), bits(&alone));
    }
}

/// A network with a pooled and a plain convolution and a product, its loss and gradients.
fn network<F: Float>(tape: &Tape<F>, batch: usize) -> (Vec<Var<'_, F>>, Vec<Var<'_, F>>) {
    let shapes: [&[usize]; 7] =
        [&[batch, 2, 10, 9], &[5, 2, 3, 3], &[5], &[4, 5, 2, 2], &[4], &[24, 3], &[3]];
    let x: Vec<_> = (0..).zip(shapes).map(|(k, s)| tape.leaf(Key::new(4).stream(k).normal::<F>(s))).collect();
    let y = x[0].conv2d(x[1], &Conv2dOptions::default()) + x[2].reshape([5, 1, 1]);
    let y = y.relu().max_pool2d([2, 2], PoolOptions::default());
    let y = (y.conv2d(x[3], &Conv2dOptions::default()) + x[4].reshape([4, 1, 1])).relu().flatten(1);
    let labels: Tensor<u32> = (0..batch as u32).map(|k| k % 3).collect();
    let loss = wengert_nn::cross_entropy((y.matmul(x[5]) + x[6]).relu(), &labels);
    let outputs = [loss].into_iter().chain(loss.grad(&x[1..])).collect();
    (x, outputs)
}

#[test]
fn a_convolutional_network_with_its_gradients_gives_the_bits_of_the_tape() {
    let tape = Tape::<f64>::new();
    let (inputs, outputs) = network(&tape, 3);
    agrees(&tape, &inputs, &outputs);
}

#[test]
fn skipping_the_zeros_behind_a_pooling_only_reorders_sums() {
    let tape = Tape::<f32>::new();
    let (inputs, outputs) = network(&tape, 7);
    let plan = tape.compile(&inputs, &outputs).expect("compiles");
    let listing = plan.describe();
    for kernel in
        ["conv2d + bias + relu + max_pool2d", "conv2d + bias + relu ", "gradients of conv2d at the maxima"]
    {
        assert!(listing.contains(kernel), "{kernel} in\n{listing}");
    }
    let given: Vec<_> = inputs.iter().map(|v| v.value()).collect();
    let mut workspace = plan.workspace();
    let got = plan.run(&mut workspace, &given.iter().collect::<Vec<_>>()).expect("runs");
    assert_eq!(got[0], outputs[0].value(), "the loss has the same bits");
    for (got, expected) in got.iter().zip(&outputs) {
        let (got, expected) = (got.cast::<f64>(), expected.value().cast::<f64>());
        // Each gradient adds at most 7 * 8 * 7 numbers in either order.
        let tolerance = 64.0 * f64::from(f32::EPSILON) * expected.max_abs().max(1.0);
        assert!(got.zip(&expected, |a, b| a - b).max_abs() <= tolerance, "{got:?}\n{expected:?}");
    }
}

#[test]
fn equal_values_in_a_window_send_the_gradient_where_the_tape_sends_it() {
    // A dark background: every place of most windows holds the bias and nothing else.
    let tape = Tape::<f64>::new();
    let stroke = |ix: &[usize]| if ix[2] == 4 { 1.0 + ix[3] as f64 } else { 0.0 };
    let x = tape.leaf(Tensor::from_fn([2, 1, 10, 10], stroke));
    let w = tape.leaf(Key::new(6).normal::<f64>([4, 1, 3, 3]));
    let b = tape.leaf([0.5, -0.5, 0.25, 0.0]);
    let y = (x.conv2d(w, &Conv2dOptions::default()) + b.reshape([4, 1, 1])).relu();
    let y = y.max_pool2d([2, 2], PoolOptions::default()).sin().sum();
    let outputs: Vec<_> = [y].into_iter().chain(y.grad(&[x, w, b])).collect();
    let plan = tape.compile(&[x, w, b], &outputs).expect("compiles");
    assert!(plan.describe().contains("gradients of conv2d at the maxima"), "{}", plan.describe());
    let given = [x.value(), w.value(), b.value()];
    let mut workspace = plan.workspace();
    let got = plan.run(&mut workspace, &given.iter().collect::<Vec<_>>()).expect("runs");
    for (got, expected) in got.iter().zip(&outputs) {
        let error = got.zip(&expected.value(), |a, b| a - b).max_abs();
        assert!(error <= 1e-13 * expected.value().max_abs().max(1.0), "{got:?}\n{:?}", expected.value());
    }
}

#[test]
fn layers_with_constant_weights_are_fused_too() {
    let tape = Tape::<f64>::new();
    let (inputs, _) = network(&tape, 2);
    let fixed: Vec<_> = inputs.iter().map(|v| tape.constant(v.value())).collect();
    let y = fixed[0].conv2d(fixed[1], &Conv2dOptions::default()) + fixed[2].reshape([5, 1, 1]);
    let y = y.relu().max_pool2d([2, 2], PoolOptions::default());
    let y = (y.conv2d(fixed[3], &Conv2dOptions::default()) + fixed[4].reshape([4, 1, 1])).relu().flatten(1);
    let y = (y.matmul(fixed[5]) + fixed[6]).softmax(1);
    agrees(&tape, &fixed[..1], &[y]);
    let listing = tape.compile(&fixed[..1], &[y]).expect("compiles").describe();
    for kernel in ["conv2d + bias + relu + max_pool2d", "conv2d + bias + relu ", "matmul + bias"] {
        assert!(listing.contains(kernel), "{kernel} in\n{listing}");
    }
}

#[test]
fn places_of_maxima_are_kept_only_for_gradients() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf(Key::new(3).normal::<f32>([2, 1, 6, 6]));
    let (w, b) = (tape.leaf(Key::new(4).normal::<f32>([3, 1, 3, 3])), tape.leaf([0.5_f32, 0.0, -0.5]));
    let y = (x.conv2d(w, &Conv2dOptions::default()) + b.reshape([3, 1, 1])).relu();
    let y = y.max_pool2d([2, 2], PoolOptions::default());
    let gradient = y.sum().grad(&[b])[0];
    let bytes =
        |outputs: &[Var<'_, f32>]| tape.compile(&[x, w, b], outputs).expect("compiles").stats().values;
    let maxima = 2 * 3 * 2 * 2;
    assert_eq!(bytes(&[y]), 4 * maxima);
    assert_eq!(bytes(&[y, gradient]), 5 * maxima + 4 * 3);
}

#[test]
fn the_images_gradient_of_pooled_layers_is_that_of_the_tape() {
    let tape = Tape::<f64>::new();
    let (x, _) = network(&tape, 2);
    let y = (x[0].conv2d(x[1], &Conv2dOptions::default()) + x[2].reshape([5, 1, 1])).relu();
    let y = y.max_pool2d([2, 2], PoolOptions::default()).sin().sum();
    let outputs: Vec<_> = [y].into_iter().chain(y.grad(&x[..3])).collect();
    let plan = tape.compile(&x[..3], &outputs).expect("compiles");
    assert!(plan.describe().contains("gradients of conv2d at the maxima"), "{}", plan.describe());
    let given: Vec<_> = x[..3].iter().map(|v| v.value()).collect();
    let mut workspace = plan.workspace();
    let got = plan.run(&mut workspace, &given.iter().collect::<Vec<_>>()).expect("runs");
    for (got, expected) in got.iter().zip(&outputs) {
        let error = got.zip(&expected.value(), |a, b| a - b).max_abs();
        assert!(error <= 1e-13 * expected.value().max_abs().max(1.0), "{error}");
    }
}

#[test]
fn a_chain_of_scalars_is_one_step() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(0.5);
    let mut y = x;
    for _ in 0..100 {
        y = y * 1.000_000_1 + y.sin() * 1e-3;
    }
    let g = y.grad(&[x])[0];
    agrees(&tape, &[x], &[y, g]);
    assert_eq!(tape.compile(&[x], &[y, g]).expect("compiles").len(), 1);
}

#[test]
fn a_value_and_its_gradient_take_one_pass_over_memory() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::from_fn([1000], |ix| ix[0] as f64 * 0.003 - 1.5));
    let y = ((x * 1.1 + 0.3).tanh() * (-(x * x)).exp()).sum();
    let g = y.grad(&[x])[0];
    agrees(&tape, &[x], &[y, g]);
    let plan = tape.compile(&[x], &[y, g]).expect("compiles");
    assert_eq!(plan.len(), 1, "{}", plan.describe());
}

#[test]
fn groups_never_wait_for_each_other_in_a_circle() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::from_fn([40], |ix| ix[0] as f64 * 0.1));
    let (a, b) = (x.exp(), x.sin());
    let shifted = (a - a.sum()) * b;
    let (p, q) = (shifted.cumsum(0) + b, (b / b.sum()).cumsum(0) * a);
    let z = p * q + shifted * q.sum();
    let g = z.sum().grad(&[x])[0];
    agrees(&tape, &[x], &[z, g, shifted, p]);
}

#[test]
fn other_values_give_what_the_tape_gives_for_them() {
    fn f(x: Var<'_, f64>) -> Var<'_, f64> {
        (x.relu() * x.sin()).sum() / (x * x + 1.0).sum().sqrt()
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.1, -0.7, 0.4]);
    let y = f(x);
    let g = y.grad(&[x])[0];
    let plan = tape.compile(&[x], &[y, g]).expect("compiles");
    let mut workspace = plan.workspace();
    for values in [[1.0, 2.0, -3.0], [0.0, 0.0, 0.0], [-1.0, f64::NAN, 2.0]] {
        let fresh = Tape::<f64>::new();
        let x = fresh.leaf(values);
        let y = f(x);
        let expected = [y.value(), y.backward(&[x])[0].clone()];
        let got = plan.run(&mut workspace, &[&Tensor::from(values)]).expect("runs");
        assert_eq!(got.iter().map(bits).collect::<Vec<_>>(), expected.iter().map(bits).collect::<Vec<_>>());
    }
}

fn with<'a>(indices: &'a [&'a Tensor<u32>]) -> Extras<'a> {
    Extras { indices, step: None }
}

#[test]
fn new_labels_are_index_inputs() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[0.5, 1.0, -1.0], [2.0, 0.0, 0.1]]);
    let labels = Tensor::from([0_u32, 2]);
    let loss = wengert_nn::cross_entropy(x, &labels);
    let g = loss.grad(&[x])[0];
    let plan = tape.compiler().inputs(&[x]).indices(&[&labels]).compile(&[loss, g]).expect("compiles");
    let mut workspace = plan.workspace();
    for labels in [[1_u32, 1], [0, 2], [2, 0]] {
        let labels = Tensor::from(labels);
        let fresh = Tape::<f64>::new();
        let y = fresh.leaf(x.value());
        let loss = wengert_nn::cross_entropy(y, &labels);
        let got = plan.run_with(&mut workspace, &[&x.value()], &with(&[&labels])).expect("runs");
        assert_eq!(bits(&got[0]), bits(&loss.value()));
        assert_eq!(bits(&got[1]), bits(&loss.grad(&[y])[0].value()));
    }
    let wrong = plan.run_with(&mut workspace, &[&x.value()], &with(&[&Tensor::from([0_u32, 3])]));
    assert!(matches!(wrong, Err(Error::Index { index: 3, size: 3, .. })), "{wrong:?}");
    assert!(plan.run_with(&mut workspace, &[&x.value()], &with(&[&labels])).is_ok());
}

#[test]
fn a_plan_serves_several_threads_at_once() {
    let tape = Tape::<f64>::with_threads(Threads::one());
    let x = tape.leaf(Tensor::from_fn([300], |ix| ix[0] as f64 * 0.01));
    let y = (x.sin() * x).sum();
    let plan = tape.compile(&[x], &[y, y.grad(&[x])[0]]).expect("compiles");
    let input = x.value();
    let expected: Vec<_> =
        plan.run(&mut plan.workspace(), &[&input]).expect("runs").iter().map(bits).collect();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut workspace = plan.workspace();
                for _ in 0..50 {
                    let got = plan.run(&mut workspace, &[&input]).expect("runs");
                    assert_eq!(got.iter().map(bits).collect::<Vec<_>>(), expected);
                }
            });
        }
    });
}

#[test]
fn outputs_may_be_inputs_and_constants() {
    let tape = Tape::<f64>::new();
    let (x, c) = (tape.leaf([1.0, 2.0]), tape.constant(3.0));
    let y = c * 2.0;
    let plan = tape.compile(&[x], &[x, c, y, x]).expect("compiles");
    let mut workspace = plan.workspace();
    for k in 0..2 {
        let given = Tensor::from([f64::from(k), 5.0]);
        let out = plan.run(&mut workspace, &[&given]).expect("runs");
        assert_eq!((&out[0], out[1].item(), out[2].item(), &out[3]), (&given, 3.0, 6.0, &given));
    }
}

#[test]
fn what_is_computed_without_recording_is_computed_anew() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let norm = tape.no_grad(|| (x * x).sum().sqrt());
    let y = (x / norm + x.detach() * x).sum();
    let g = y.grad(&[x])[0];
    let plan = tape.compile(&[x], &[g]).expect("compiles");
    let mut workspace = plan.workspace();
    let got = plan.run(&mut workspace, &[&Tensor::from([3.0, 4.0])]).expect("runs");
    assert_eq!(got[0].to_vec(), [1.0 / 5.0 + 3.0, 1.0 / 5.0 + 4.0]);
}

#[test]
fn each_step_drops_other_elements_the_same_in_value_and_gradient() {
    let key = Key::new(3).stream(2);
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0; 40]);
    let y = (x.dropout(0.5, key) * x).sum();
    let g = y.grad(&[x])[0];
    let plan = tape.compile(&[x], &[y, g]).expect("compiles");
    let (mut workspace, given) = (plan.workspace(), Tensor::full([40], 1.5));
    for step in [0, 1, 2, 1] {
        let fresh = Tape::<f64>::new();
        let x = fresh.leaf(&given);
        let y = (x.dropout(0.5, key.step(step)) * x).sum();
        let extras = Extras { step: Some(step), ..Extras::default() };
        let got = plan.run_with(&mut workspace, &[&given], &extras).expect("runs");
        assert_eq!((bits(&got[0]), bits(&got[1])), (bits(&y.value()), bits(&y.grad(&[x])[0].value())));
    }
    let error = plan.run(&mut workspace, &[&given]).expect_err("a step is missing").to_string();
    assert!(error.contains("number of this step"), "{error}");
}

#[test]
fn images_without_channels_are_the_bias() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf(Tensor::zeros([2, 0, 8, 8])), tape.leaf(Tensor::zeros([3, 0, 3, 3])));
    let b = tape.leaf([0.5, -0.5, 1.0]);
    let y = (x.conv2d(w, &Conv2dOptions::default()) + b.reshape([3, 1, 1])).relu();
    let y = y.max_pool2d([2, 2], PoolOptions::default());
    let loss = y.square().sum();
    let g = loss.grad(&[b])[0];
    agrees(&tape, &[x, w, b], &[y, loss, g]);
    let plan = tape.compile(&[x, w, b], &[y, g]).expect("compiles");
    let given = [x.value(), w.value(), b.value()];
    let got = plan.run(&mut plan.workspace(), &given.iter().collect::<Vec<_>>()).expect("runs").to_vec();
    assert_eq!((bits(&got[0]), bits(&got[1])), (bits(&y.value()), bits(&g.value())));
}

#[test]
fn a_small_plan_reads_views_where_they_lie() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::from_fn([3, 4, 2], |ix| (ix[0] * 8 + ix[1] * 2 + ix[2]) as f64 * 0.21 - 1.3));
    let row = tape.leaf([0.3, -0.7, 1.1]);
    let turned = x.permute([2, 0, 1]);
    let y = (turned + row.reshape([3, 1])).tanh();
    let sums = [y.sum_axes([0, 2]), y.mean(), turned.reshape([6, 4]).sum_axes([0])];
    let loss = sums.map(|s| (s * s).sum()).into_iter().reduce(|a, b| a + b).expect("three of them");
    let g = loss.grad(&[x, row]);
    agrees(&tape, &[x, row], &[loss, turned, y, sums[0], sums[1], sums[2], g[0], g[1]]);
}

#[test]
fn behind_a_pooling_zero_times_infinity_is_left_out() {
    let tape = Tape::<f64>::new();
    let (x, w) =
        (tape.leaf(Tensor::full([1, 1, 4, 4], 1.0)), tape.leaf(Tensor::full([1, 1, 1, 1], f64::INFINITY)));
    let b = tape.leaf([0.0]);
    let y = (x.conv2d(w, &Conv2dOptions::default()) + b.reshape([1, 1, 1])).relu();
    let y = y.max_pool2d([2, 2], PoolOptions::default()).sum();
    let g = y.grad(&[x])[0];
    let run = |plan: wengert::Plan<f64>| {
        let given = [x.value(), w.value(), b.value()];
        plan.run(&mut plan.workspace(), &given.iter().collect::<Vec<_>>()).expect("runs")[0].to_vec()
    };
    let exact =
        run(tape.compiler().inputs(&[x, w, b]).without(Pass::Sparse).compile(&[g, y]).expect("compiles"));
    let sparse = run(tape.compile(&[x, w, b], &[g, y]).expect("compiles"));
    assert!(exact[0].is_infinite() && exact[1].is_nan(), "{exact:?}");
    assert!(sparse[0].is_infinite() && sparse[1] == 0.0, "{sparse:?}");
}

#[test]
fn the_bytes_that_a_plan_counts_are_those_that_a_run_takes() {
    let tape = Tape::<f32>::with_threads(Threads::one());
    let x = tape.leaf(Key::new(3).uniform::<f32>([64, 512]));
    // Views, a group with two results, and values that others are dropped for.
    let y = x.exp().reshape([512, 64]).transpose(0, 1).cumsum(0);
    let z = (y.flip([1]) * y).cumsum(1);
    let plan = tape.compile(&[x], &[z, y]).expect("compiles");
    let (stats, given) = (plan.stats(), x.value());
    assert_eq!(stats.constants, 0);
    // A thread of its own has a pool of its own.
    let run = move || {
        let before = wengert::memory_stats().live;
        let mut workspace = plan.workspace();
        plan.run(&mut workspace, &[&given]).expect("runs");
        wengert::memory_stats().peak - before
    };
    let taken = std::thread::spawn(run).join().expect("no panic");
    assert!(taken >= stats.peak && taken <= stats.peak + 4096, "{taken} bytes, not {stats:?}");
}
