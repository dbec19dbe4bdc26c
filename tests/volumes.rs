//! Convolution along one axis and three, plain and transposed, against loops over every product.
//!
//! Values are small integers, so every sum is exact in any order and equality is exact.

use wengert::prelude::*;
use wengert::{Conv1dOptions, Conv3dOptions, ConvOptions, ConvPadding, ConvTranspose1dOptions};
use wengert::{ConvTranspose3dOptions, ConvTransposeOptions};
use wengert_tests::sliding_nd::{NaiveConvNd, SlideNd};

/// Integers from -3 to 3.
fn integers(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| (7.0 * u).floor() - 3.0)
}

fn array<const D: usize>(of: &[usize]) -> [usize; D] {
    of.try_into().expect("one number per axis")
}

fn options<const D: usize>(c: &NaiveConvNd) -> ConvOptions<D> {
    let SlideNd { stride, padding, dilation, .. } = &c.slide;
    ConvOptions {
        stride: array(stride),
        padding: array(padding),
        dilation: array(dilation),
        groups: c.groups,
    }
}

type Conv<const D: usize> = for<'t> fn(Var<'t, f64>, Var<'t, f64>, &ConvOptions<D>) -> Var<'t, f64>;
type Transposed<const D: usize> =
    for<'t> fn(Var<'t, f64>, Var<'t, f64>, &ConvTransposeOptions<D>) -> Var<'t, f64>;

/// Value and both gradients equal the loops, and the transposed convolution is the transpose, with its gradients.
fn check<const D: usize>(c: &NaiveConvNd, conv: Conv<D>, transposed: Transposed<D>) {
    let y_shape = c.y().expect("the window fits");
    let (x0, w0, seed) = (integers(&c.x, 1), integers(c.w(), 2), integers(&y_shape, 3));
    let tape = Tape::<f64>::with_threads(Threads::one());
    let (x, w) = (tape.leaf(&x0), tape.leaf(&w0));
    let y = conv(x, w, &options(c));
    assert_eq!(y.shape().dims(), y_shape, "{c:?}");
    let (xs, ws, dy) = (x0.to_vec(), w0.to_vec(), seed.to_vec());
    assert_eq!(y.value().to_vec(), c.forward(&xs, &ws), "value of {c:?}");
    let g = y.try_pullback(seed.clone(), &[x, w]).expect("a seed of the output's shape");
    let g: Vec<_> = g.into_iter().map(|g| g.expect("a gradient").to_vec()).collect();
    assert_eq!(g[0], c.input_grad(&ws, &dy), "input gradient of {c:?}");
    assert_eq!(g[1], c.weight_grad(&xs, &dy), "weight gradient of {c:?}");

    let SlideNd { kernel, stride, padding, dilation } = &c.slide;
    let extra: [usize; D] = std::array::from_fn(|a| {
        let reached = (y_shape[2 + a] - 1) * stride[a] + dilation[a] * (kernel[a] - 1) + 1;
        c.x[2 + a] + 2 * padding[a] - reached
    });
    let transpose = ConvTransposeOptions {
        stride: array(stride),
        padding: array(padding),
        output_padding: extra,
        dilation: array(dilation),
        groups: c.groups,
    };
    let z = transposed(tape.leaf(&seed), w, &transpose);
    assert_eq!(z.shape().dims(), c.x, "{transpose:?}");
    assert_eq!(z.value().to_vec(), c.input_grad(&ws, &dy), "transposed {c:?}");
    let of_seed = tape.leaf(&seed);
    let z = transposed(of_seed, w, &transpose);
    let g = z.try_pullback(x0, &[of_seed, w]).expect("a seed of the output's shape");
    let g: Vec<_> = g.into_iter().map(|g| g.expect("a gradient").to_vec()).collect();
    assert_eq!(g[0], c.forward(&xs, &ws), "input gradient of the transposed {c:?}");
    assert_eq!(g[1], c.weight_grad(&xs, &dy), "weight gradient of the transposed {c:?}");
}

fn check1d(c: &NaiveConvNd) {
    check::<1>(
        c,
        |x, w, o: &Conv1dOptions| x.conv1d(w, o),
        |x, w, o: &ConvTranspose1dOptions| x.conv_transpose1d(w, o),
    );
}

fn check3d(c: &NaiveConvNd) {
    check::<3>(
        c,
        |x, w, o: &Conv3dOptions| x.conv3d(w, o),
        |x, w, o: &ConvTranspose3dOptions| x.conv_transpose3d(w, o),
    );
}

#[test]
fn the_whole_grid_along_one_axis_equals_the_loops() {
    let mut cases = 0;
    for kernel in [1, 2, 3, 5] {
        for (stride, padding, dilation) in
            (1..=3).flat_map(|s| (0..=2).flat_map(move |p| (1..=2).map(move |d| (s, p, d))))
        {
            let least = (dilation * (kernel - 1) + 1_usize).saturating_sub(2 * padding).max(1);
            for (groups, size) in [1, 2, 4].into_iter().flat_map(|g| [least, least + 1, 7].map(|n| (g, n))) {
                let slide = SlideNd {
                    kernel: vec![kernel],
                    stride: vec![stride],
                    padding: vec![padding],
                    dilation: vec![dilation],
                };
                let c = NaiveConvNd { slide, groups, x: vec![2, 4, size], out_channels: 4 };
                if c.y().is_some() {
                    check1d(&c);
                    cases += 1;
                }
            }
        }
    }
    assert!(cases >= 600, "{cases} cases only");
}

#[test]
fn a_thinner_grid_along_three_axes_equals_the_loops() {
    for case in 0..240_u64 {
        // Every number on its own, then the size cut to fit.
        let draw = |stream: u32, of: &[usize], n: usize| -> Vec<usize> {
            let u: Tensor<f64> = Key::new(case).stream(stream).uniform([n]);
            u.to_vec().iter().map(|u| of[(u * of.len() as f64) as usize]).collect()
        };
        let slide = SlideNd {
            kernel: draw(0, &[1, 2, 3, 5], 3),
            stride: draw(1, &[1, 2, 3], 3),
            padding: draw(2, &[0, 1, 2], 3),
            dilation: draw(3, &[1, 2], 3),
        };
        let more = draw(4, &[0, 1, 3], 3);
        let size = (0..3).map(|a| {
            let reach = slide.dilation[a] * (slide.kernel[a] - 1) + 1;
            reach.saturating_sub(2 * slide.padding[a]).max(1) + more[a]
        });
        let (groups, batch) = (draw(5, &[1, 2, 4], 1)[0], draw(6, &[1, 2], 1)[0]);
        let out_channels = groups * draw(7, &[1, 2], 1)[0];
        let x = [batch, 4].into_iter().chain(size).collect();
        check3d(&NaiveConvNd { slide, groups, x, out_channels });
    }
}

#[test]
fn an_empty_batch_gives_empty_values_and_full_gradients() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf(Tensor::zeros([0, 2, 3, 4, 5])), tape.leaf(integers([3, 2, 2, 3, 3], 1)));
    let y = x.conv3d(w, &Conv3dOptions::default());
    assert_eq!(y.shape().dims(), [0, 3, 2, 2, 3]);
    let g = y.sum().backward(&[x, w]);
    assert_eq!((g[0].dims(), g[1].dims()), (&[0, 2, 3, 4, 5][..], &[3, 2, 2, 3, 3][..]));
    let z = x.conv_transpose3d(w.transpose(0, 1), &ConvTranspose3dOptions::default());
    assert_eq!(z.shape().dims(), [0, 3, 4, 6, 7]);
    assert_eq!(z.sum().backward(&[x])[0].dims(), [0, 2, 3, 4, 5]);
}

#[test]
fn plans_of_volumes_have_the_bits_of_the_tape() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf(Key::new(1).uniform::<f32>([2, 2, 4, 5, 3]));
    let w = tape.leaf(Key::new(2).uniform::<f32>([4, 1, 2, 3, 2]));
    let options = Conv3dOptions { padding: [1, 1, 0], groups: 2, ..Conv3dOptions::default() };
    let y = x.conv3d(w, &options).relu();
    let y = y.max_pool3d([2, 1, 2], wengert::PoolOptions::default()).sum();
    let g = y.grad(&[x, w]);
    let plan = tape.compile(&[x, w], &[y, g[0], g[1]]).expect("compiles");
    let mut workspace = plan.workspace();
    let got = plan.run(&mut workspace, &[&x.value(), &w.value()]).expect("runs");
    for (got, expected) in got.iter().zip([y, g[0], g[1]]) {
        assert_eq!(got.to_vec(), expected.value().to_vec());
    }
}

#[test]
fn misuse_is_a_typed_error_that_names_the_op() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf(Tensor::zeros([1, 4, 3, 3, 3])), tape.leaf(Tensor::zeros([4, 2, 2, 2, 2])));
    let plain = Conv3dOptions { groups: 2, ..Conv3dOptions::default() };
    assert!(x.try_conv3d(w, &plain).is_ok());
    let recorded = tape.len();
    for (options, what) in [
        (Conv3dOptions { stride: [0, 1, 1], ..plain }, "stride"),
        (Conv3dOptions { dilation: [1, 1, 0], ..plain }, "dilation"),
        (Conv3dOptions { dilation: [3, 1, 1], ..plain }, "kernel"),
        (Conv3dOptions { padding: [usize::MAX, 1, 1], ..plain }, "kernel"),
        (Conv3dOptions { groups: 0, ..plain }, "groups"),
        (Conv3dOptions { groups: 3, ..plain }, "groups"),
    ] {
        match x.try_conv3d(w, &options).map(Var::shape) {
            Err(Error::Attribute { op: "conv3d", name, .. }) => assert_eq!(name, what, "{options:?}"),
            other => panic!("expected an error about {what}, got {other:?}"),
        }
    }
    let huge = Conv3dOptions { padding: [1 << 40; 3], ..plain };
    assert!(matches!(x.try_conv3d(w, &huge).map(Var::shape), Err(Error::TooLarge { .. })));
    let flat = tape.leaf(Tensor::zeros([3, 3]));
    assert!(matches!(flat.try_conv3d(w, &plain).map(Var::shape), Err(Error::Shape { op: "conv3d", .. })));
    assert!(matches!(x.try_conv3d(flat, &plain).map(Var::shape), Err(Error::Shape { op: "conv3d", .. })));
    let short = flat.try_conv1d(flat, &Conv1dOptions::default()).map(Var::shape);
    assert!(matches!(short, Err(Error::Shape { op: "conv1d", .. })));
    let thick = tape.leaf(Tensor::zeros([4, 4, 2, 2, 2]));
    assert!(matches!(
        x.try_conv3d(thick, &plain).map(Var::shape),
        Err(Error::ShapeMismatch { op: "conv3d", .. })
    ));
    let transposed = ConvTranspose3dOptions { groups: 2, ..ConvTranspose3dOptions::default() };
    for (options, what) in [
        (ConvTranspose3dOptions { output_padding: [0, 0, 1], ..transposed }, "output_padding"),
        (ConvTranspose3dOptions { padding: [2, 0, 0], ..transposed }, "padding"),
        (ConvTranspose3dOptions { stride: [0, 1, 1], ..transposed }, "stride"),
    ] {
        match x.try_conv_transpose3d(w.slice(4, ..1), &options).map(Var::shape) {
            Err(Error::Attribute { op: "conv_transpose3d", name, .. }) => {
                assert_eq!(name, what, "{options:?}")
            }
            other => panic!("expected an error about {what}, got {other:?}"),
        }
    }
    let strided = Conv3dOptions { stride: [1, 2, 1], ..plain };
    let same = x.try_conv3d_padded(w, ConvPadding::Same, &strided).map(Var::shape);
    assert!(matches!(same, Err(Error::Attribute { op: "conv3d_padded", name: "padding", .. })));
    assert_eq!(
        tape.len(),
        recorded + 2 + 3,
        "of what was refused, nothing was recorded but the slices of weights"
    );
}
