//! Convolution and pooling where operands are empty, not finite or huge, and where options are.

use wengert::prelude::*;
use wengert::{Conv1dOptions, Conv2dOptions, Conv3dOptions, ConvPadding, ConvTranspose1dOptions};
use wengert::{ConvTranspose2dOptions, ConvTranspose3dOptions, PoolOptions};
use wengert_tests::sliding_nd::{NaiveConvNd, SlideNd};

/// Integers from 1 to 5, of either sign, so that no product of one is NaN.
fn integers(shape: &[usize], seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| {
        let n = (10.0 * u).floor() - 5.0;
        if n >= 0.0 { n + 1.0 } else { n }
    })
}

/// The same with a few infinities and NaN.
fn awkward(shape: &[usize], seed: u64) -> Tensor<f64> {
    let marks = Key::new(seed + 100).uniform::<f64>(shape);
    integers(shape, seed).zip(&marks, |n, mark| match (40.0 * mark) as u32 {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        _ => n,
    })
}

fn same(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (k, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!(f == e || f.is_nan() && e.is_nan(), "{k} of {what}: {f} and {e}");
    }
}

/// What is not finite reaches the windows that it lies in, and nothing else: no other image, channel or place.
#[test]
fn what_is_not_finite_stays_in_its_windows() {
    let mut finite = 0;
    for (groups, channels, out_channels) in [(1, 2, 3), (2, 4, 6), (3, 3, 3), (1, 1, 17)] {
        for (kernel, stride, padding, dilation) in
            [([1, 1], 1, 0, 1), ([2, 3], 2, 1, 1), ([3, 2], 1, 1, 2), ([2, 2], 2, 0, 1)]
        {
            let all = |n: usize| vec![n; 2];
            let (stride, padding, dilation) = (all(stride), all(padding), all(dilation));
            let slide = SlideNd { kernel: kernel.to_vec(), stride, padding, dilation };
            let c = NaiveConvNd { slide, groups, x: vec![3, channels, 6, 5], out_channels };
            let y = c.y().expect("the window fits");
            let of = |n: &[usize]| [n[0], n[1]];
            let options = Conv2dOptions {
                stride: of(&c.slide.stride),
                padding: of(&c.slide.padding),
                dilation: of(&c.slide.dilation),
                groups,
            };
            let (x0, w0) = (awkward(&c.x, 1), integers(&c.w(), 2));
            let (dy, bad) = (integers(&y, 3), awkward(&y, 4));
            let tape = Tape::<f64>::new();
            let (x, w) = (tape.leaf(&x0), tape.leaf(&w0));
            let conv = x.conv2d(w, &options);
            let what = format!("{c:?}");
            let expected = c.forward(&x0.to_vec(), &w0.to_vec());
            finite += expected.iter().filter(|y| y.is_finite()).count();
            same(&conv.value().to_vec(), &expected, &what);
            let g = conv.try_pullback(dy.clone(), &[w]).expect("a seed of the output's shape");
            same(&g[0].as_ref().expect("of w").to_vec(), &c.weight_grad(&x0.to_vec(), &dy.to_vec()), &what);
            let g = conv.try_pullback(bad.clone(), &[x]).expect("a seed of the output's shape");
            same(&g[0].as_ref().expect("of x").to_vec(), &c.input_grad(&w0.to_vec(), &bad.to_vec()), &what);
        }
    }
    assert!(finite > 1000, "{finite} finite values only");
}

#[test]
fn means_of_what_is_not_finite_are_those_of_the_window() {
    let options = PoolOptions { stride: Some([1, 2]), padding: [1, 0], ..PoolOptions::default() };
    let x0 = awkward(&[3, 5, 4, 6], 7);
    let tape = Tape::<f64>::new();
    let y = tape.leaf(&x0).avg_pool2d([2, 2], options).value();
    let slide = SlideNd { kernel: vec![2, 2], stride: vec![1, 2], padding: vec![1, 0], dilation: vec![1, 1] };
    let c = NaiveConvNd { slide, groups: 5, x: vec![3, 5, 4, 6], out_channels: 5 };
    let expected = c.forward(&x0.to_vec(), &[0.25; 20]);
    same(&y.to_vec(), &expected, "means");
}

/// Zeros of this shape, with gradients of the operands' shapes.
fn check<'t>(y: Var<'t, f64>, shape: &[usize], operands: &[Var<'t, f64>]) {
    assert_eq!(y.shape().dims(), shape);
    assert!(y.value().to_vec().iter().all(|&y| y == 0.0));
    for (g, x) in y.sum().backward(operands).iter().zip(operands) {
        assert_eq!(g.dims(), x.shape().dims());
    }
}

#[test]
fn convolutions_of_no_channels_are_zeros() {
    let tape = Tape::<f64>::new();
    let of = |dims: &[usize]| tape.leaf(Tensor::zeros(dims));
    let (x, w) = (of(&[2, 0, 4]), of(&[3, 0, 2]));
    check(x.conv1d(w, &Conv1dOptions::default()), &[2, 3, 3], &[x, w]);
    let (x, w) = (of(&[2, 0, 4, 3]), of(&[3, 0, 2, 2]));
    check(x.conv2d(w, &Conv2dOptions::default()), &[2, 3, 3, 2], &[x, w]);
    let (x, w) = (of(&[2, 0, 4, 3, 2]), of(&[3, 0, 2, 2, 1]));
    check(x.conv3d(w, &Conv3dOptions::default()), &[2, 3, 3, 2, 2], &[x, w]);
    let (x, w) = (of(&[2, 0, 4, 3]), of(&[0, 3, 2, 2]));
    check(x.conv_transpose2d(w, &ConvTranspose2dOptions::default()), &[2, 3, 5, 4], &[x, w]);
    let (x, w) = (of(&[2, 0, 4, 3, 2]), of(&[0, 3, 2, 2, 1]));
    check(x.conv_transpose3d(w, &ConvTranspose3dOptions::default()), &[2, 3, 5, 4, 2], &[x, w]);
    let x = of(&[2, 0, 4, 4]);
    check(x.lp_pool2d(2.0, [2, 2], PoolOptions::default()), &[2, 0, 2, 2], &[x]);
    check(x.adaptive_avg_pool2d([3, 1]), &[2, 0, 3, 1], &[x]);
    check(x.adaptive_max_pool2d([3, 1]), &[2, 0, 3, 1], &[x]);
    check(x.interpolate([3, 5], wengert::Interpolation::Cubic { align_corners: false }), &[2, 0, 3, 5], &[x]);
    check(x.group_norm(1, None, None, 0.1), &[2, 0, 4, 4], &[x]);
    check(x.batch_norm(None, None, 0.1).y, &[2, 0, 4, 4], &[x]);
    check(x.layer_norm([4], None, None, 0.1), &[2, 0, 4, 4], &[x]);
    check(x.rms_norm([4, 4], None, 0.1), &[2, 0, 4, 4], &[x]);
}

#[test]
fn operands_of_two_tapes_are_refused_in_the_name_of_what_was_called() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let pair = |dims: &[usize]| (tape.leaf(Tensor::zeros(dims)), other.leaf(Tensor::zeros(dims)));
    let is_named = |refused: Result<Var<'_, f64>, Error>, name: &str| {
        let refused = refused.map(Var::shape);
        assert!(matches!(refused, Err(Error::DifferentTapes { op }) if op == name), "{name}: {refused:?}");
    };
    let (x, w) = pair(&[2, 2, 2]);
    is_named(x.try_conv1d(w, &Conv1dOptions::default()), "conv1d");
    is_named(x.try_conv1d_padded(w, ConvPadding::Same, &Conv1dOptions::default()), "conv1d_padded");
    is_named(x.try_conv_transpose1d(w, &ConvTranspose1dOptions::default()), "conv_transpose1d");
    let (x, w) = pair(&[2, 2, 2, 2]);
    is_named(x.try_conv2d(w, &Conv2dOptions::default()), "conv2d");
    is_named(x.try_conv2d_padded(w, ConvPadding::Valid, &Conv2dOptions::default()), "conv2d_padded");
    is_named(x.try_conv_transpose2d(w, &ConvTranspose2dOptions::default()), "conv_transpose2d");
    let (x, w) = pair(&[2, 2, 2, 2, 2]);
    is_named(x.try_conv3d(w, &Conv3dOptions::default()), "conv3d");
    is_named(x.try_conv3d_padded(w, ConvPadding::Same, &Conv3dOptions::default()), "conv3d_padded");
    is_named(x.try_conv_transpose3d(w, &ConvTranspose3dOptions::default()), "conv_transpose3d");
}

#[test]
fn windows_and_strides_beyond_any_image_are_refused_or_harmless() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::full([1, 1, 4, 4], 1.0));
    let huge = usize::MAX / 4;
    let wide = PoolOptions { padding: [huge / 2, huge / 2], ..PoolOptions::default() };
    for refused in [
        x.try_avg_pool2d([huge, huge], wide),
        x.try_max_pool2d([huge, huge], wide),
        x.try_lp_pool2d(2.0, [huge, huge], wide),
        x.try_lp_pool2d(1.0, [huge, huge], wide),
    ] {
        assert!(matches!(refused.map(Var::shape), Err(Error::TooLarge { .. } | Error::Attribute { .. })));
    }
    let far = PoolOptions { stride: Some([usize::MAX, 1 << 40]), ..PoolOptions::default() };
    for y in [x.max_pool2d([2, 2], far), x.avg_pool2d([2, 2], far), x.lp_pool2d(1.0, [2, 2], far) * 0.25] {
        assert_eq!(y.value().to_vec(), [1.0]);
    }
    let w = tape.leaf(Tensor::full([1, 1, 2, 2], 1.0));
    let y = x.conv2d(w, &Conv2dOptions { stride: [usize::MAX, 1 << 40], ..Conv2dOptions::default() });
    assert_eq!(y.value().to_vec(), [4.0]);
    assert_eq!(y.sum().backward(&[x])[0].to_vec().iter().sum::<f64>(), 4.0);
}

#[test]
fn an_empty_image_is_refused_with_its_size() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::zeros([1, 1, 0, 4]));
    let padded = PoolOptions { padding: [1, 1], ..PoolOptions::default() };
    let refused = x.try_max_pool2d([2, 2], padded).map(Var::shape).expect_err("no cell in any window");
    assert!(refused.to_string().contains("[0, 4]"), "{refused}");
}
