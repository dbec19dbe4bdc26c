//! Convolutions, poolings, paddings and channels laid out anew, with their gradients, against PyTorch 2.15.
//!
//! What the numbers are is said in `wengert_tests::facts`; `x = wave(shape, 0.0)` and `w = wave(shape, 0.3)`.

use wengert::prelude::*;
use wengert::{Conv1dOptions, Conv2dOptions, Conv3dOptions, ConvPadding, ConvTranspose1dOptions};
use wengert::{ConvTranspose2dOptions, ConvTranspose3dOptions, PadMode, PoolOptions, UnfoldOptions};
use wengert_tests::facts::{check, wave};

fn at(x: &[usize], w: &[usize]) -> [Tensor<f64>; 2] {
    [wave(x, 0.0), wave(w, 0.3)]
}

/// `F.conv1d(x, w, None, stride, padding, dilation, groups)` and likewise.
#[test]
fn convolutions() {
    let options = Conv1dOptions { stride: [2], padding: [1], dilation: [2], groups: 2 };
    check(
        "conv1d",
        &at(&[2, 4, 9], &[6, 2, 3]),
        &[3.8704691338209685, -2.4450385824538916, 1.5495237686906438],
        |x| x[0].conv1d(x[1], &options),
    );
    let options = Conv2dOptions { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 };
    check(
        "conv2d",
        &at(&[2, 4, 6, 5], &[6, 2, 2, 3]),
        &[1.1453481911509917, -1.456300985380392, -15.110032858160796],
        |x| x[0].conv2d(x[1], &options),
    );
    let options = Conv2dOptions { padding: [1, 1], groups: 4, ..Conv2dOptions::default() };
    check(
        "conv2d, depthwise",
        &at(&[2, 4, 5, 6], &[8, 1, 3, 3]),
        &[-2.403749670320156, 9.760298725935664, 3.665683074513277],
        |x| x[0].conv2d(x[1], &options),
    );
    let options = Conv3dOptions { stride: [2, 1, 1], padding: [1, 0, 2], dilation: [1, 2, 1], groups: 2 };
    check(
        "conv3d",
        &at(&[2, 4, 5, 6, 3], &[6, 2, 3, 2, 2]),
        &[-5.830835575643405, 0.8159915472358512, -2.9376364801879933],
        |x| x[0].conv3d(x[1], &options),
    );
}

/// The same with `padding='same'`, or of `F.pad(x, (1, 0, 3, 2))`.
#[test]
fn convolutions_with_zeros_chosen() {
    let options = Conv1dOptions { dilation: [3], groups: 2, ..Conv1dOptions::default() };
    check(
        "conv1d, same",
        &at(&[2, 4, 9], &[6, 2, 4]),
        &[4.227585814292965, -2.6220101450444493, 1.8398881351119702],
        |x| x[0].conv1d_padded(x[1], ConvPadding::Same, &options),
    );
    let options = Conv2dOptions { dilation: [2, 1], ..Conv2dOptions::default() };
    check(
        "conv2d, same",
        &at(&[2, 2, 4, 5], &[3, 2, 4, 2]),
        &[-6.8463433881872735, -25.91412015591555, 57.08589660448807],
        |x| x[0].conv2d_padded(x[1], ConvPadding::Same, &options),
    );
    let options = Conv2dOptions { stride: [2, 3], ..Conv2dOptions::default() };
    check(
        "conv2d, sides",
        &at(&[2, 2, 4, 5], &[3, 2, 4, 2]),
        &[2.8638748020559133, -2.2937096836305697, -2.1694231476504284],
        |x| x[0].conv2d_padded(x[1], ConvPadding::Sides([(3, 2), (1, 0)]), &options),
    );
    let options = Conv3dOptions { dilation: [1, 2, 3], groups: 2, ..Conv3dOptions::default() };
    check(
        "conv3d, same",
        &at(&[2, 4, 5, 6, 3], &[6, 2, 2, 3, 2]),
        &[2.3125386194985764, -1.7912828553916174, -9.834568700353504],
        |x| x[0].conv3d_padded(x[1], ConvPadding::Same, &options),
    );
}

/// `F.conv_transpose1d(x, w, None, stride, padding, output_padding, groups, dilation)` and likewise.
#[test]
fn transposed_convolutions() {
    let options =
        ConvTranspose1dOptions { stride: [3], padding: [1], output_padding: [2], dilation: [2], groups: 2 };
    check(
        "conv_transpose1d",
        &at(&[2, 4, 5], &[4, 3, 3]),
        &[-0.196855219659296, 0.00041171946319451536, 0.060376643482833836],
        |x| x[0].conv_transpose1d(x[1], &options),
    );
    let options = ConvTranspose2dOptions {
        stride: [2, 1],
        padding: [1, 0],
        output_padding: [1, 0],
        dilation: [1, 2],
        groups: 2,
    };
    check(
        "conv_transpose2d",
        &at(&[2, 4, 3, 2], &[4, 3, 3, 2]),
        &[3.070711448268086, 9.796166827361525, -9.601354824296491],
        |x| x[0].conv_transpose2d(x[1], &options),
    );
    let options = ConvTranspose3dOptions {
        stride: [2, 1, 3],
        padding: [1, 0, 1],
        output_padding: [1, 0, 2],
        dilation: [1, 2, 1],
        groups: 2,
    };
    check(
        "conv_transpose3d",
        &at(&[2, 4, 3, 2, 2], &[4, 3, 3, 2, 2]),
        &[11.366695334229735, -14.82197707054716, -2.4275459741674412],
        |x| x[0].conv_transpose3d(x[1], &options),
    );
}

/// Output padding of a whole stride and more, which the dilation allows.
#[test]
fn output_padding_beyond_the_stride() {
    let options = ConvTranspose1dOptions {
        padding: [2],
        output_padding: [3],
        dilation: [4],
        ..ConvTranspose1dOptions::default()
    };
    check(
        "conv_transpose1d",
        &at(&[2, 1, 4], &[1, 2, 2]),
        &[-0.47456069306524257, 3.5688115343835767, -0.5435770606814114],
        |x| x[0].conv_transpose1d(x[1], &options),
    );
    let options = ConvTranspose2dOptions {
        stride: [2, 2],
        padding: [1, 1],
        output_padding: [2, 1],
        dilation: [3, 1],
        groups: 2,
    };
    check(
        "conv_transpose2d",
        &at(&[2, 4, 3, 2], &[4, 3, 3, 2]),
        &[3.6061104596335216, -7.160565857113063, -0.7571039291866439],
        |x| x[0].conv_transpose2d(x[1], &options),
    );
    let options = ConvTranspose2dOptions {
        padding: [4, 0],
        output_padding: [9, 0],
        dilation: [10, 1],
        ..ConvTranspose2dOptions::default()
    };
    check("conv_transpose2d, all cut", &at(&[1, 2, 1, 2], &[2, 1, 1, 2]), &[0.0, 0.0, 0.0], |x| {
        x[0].conv_transpose2d(x[1], &options)
    });
    let options = ConvTranspose3dOptions {
        stride: [1, 2, 1],
        padding: [1, 0, 1],
        output_padding: [1, 1, 2],
        dilation: [2, 1, 3],
        groups: 1,
    };
    check(
        "conv_transpose3d",
        &at(&[1, 2, 2, 2, 3], &[2, 2, 2, 1, 2]),
        &[-3.9062021571548247, 3.8698624785801714, 3.247760488383898],
        |x| x[0].conv_transpose3d(x[1], &options),
    );
}

/// `F.max_pool2d(x, kernel, stride, padding, dilation, ceil)` and `F.avg_pool2d(x, kernel, stride, padding, ceil, include)`.
#[test]
fn maxima_and_means() {
    let options = PoolOptions {
        stride: Some([2]),
        padding: [1],
        dilation: [2],
        ceil_mode: true,
        ..PoolOptions::default()
    };
    check("max_pool1d", &[wave([2, 3, 8], 0.0)], &[-0.4665573506681824, -3.672169286486273], |x| {
        x[0].max_pool1d([3], options)
    });
    let options = PoolOptions {
        stride: Some([2, 1]),
        padding: [1, 0],
        dilation: [1, 2],
        ceil_mode: true,
        ..PoolOptions::default()
    };
    check("max_pool2d", &[wave([2, 3, 6, 7], 0.0)], &[1.8669193060558111, -1.274594458805519], |x| {
        x[0].max_pool2d([3, 2], options)
    });
    let options = PoolOptions { stride: Some([2, 1, 2]), padding: [1, 0, 1], ..PoolOptions::default() };
    check("max_pool3d", &[wave([2, 2, 4, 3, 5], 0.0)], &[2.6113639523543055, 0.33110068255568553], |x| {
        x[0].max_pool3d([3, 2, 2], options)
    });
    for (count_include_pad, facts) in
        [(true, [5.115031217359734, 8.525620563984429]), (false, [9.07053057723822, 9.962055999621414])]
    {
        let options = PoolOptions {
            stride: Some([2, 1]),
            padding: [1, 0],
            ceil_mode: true,
            count_include_pad,
            ..PoolOptions::default()
        };
        check("avg_pool2d", &[wave([2, 3, 6, 7], 0.0)], &facts, |x| x[0].avg_pool2d([3, 2], options));
    }
    for (count_include_pad, facts) in [
        (true, [-0.22095933059230521, -0.044905971119595794]),
        (false, [-0.3261934231122771, -0.4710771359284816]),
    ] {
        let options = PoolOptions {
            stride: Some([2, 1, 3]),
            padding: [1, 0, 1],
            ceil_mode: true,
            count_include_pad,
            ..PoolOptions::default()
        };
        check("avg_pool3d", &[wave([2, 2, 4, 3, 5], 0.0)], &facts, |x| x[0].avg_pool3d([3, 2, 2], options));
    }
}

/// `F.adaptive_avg_pool1d(x, out)` and likewise.
#[test]
fn adaptive_windows() {
    let of = |axes: usize| [wave(&[2, 2, 7, 5, 4][..2 + axes], 0.0)];
    check("avg 1", &of(1), &[0.07849548959138067, -0.3479533620034512], |x| x[0].adaptive_avg_pool1d([3]));
    check("avg 2", &of(2), &[0.02638578565336336, 0.1362446028376088], |x| x[0].adaptive_avg_pool2d([4, 7]));
    check("avg 3", &of(3), &[0.0908559129697428, -0.20302055698399124], |x| {
        x[0].adaptive_avg_pool3d([3, 2, 1])
    });
    check("max 1", &of(1), &[1.4573409741450882, -0.48147390463306894], |x| x[0].adaptive_max_pool1d([3]));
    check("max 2", &of(2), &[4.482621659445934, -0.18844354740419916], |x| x[0].adaptive_max_pool2d([4, 7]));
    check("max 3", &of(3), &[0.8934593541808897, -1.2095744171647376], |x| {
        x[0].adaptive_max_pool3d([3, 2, 1])
    });
}

/// `F.lp_pool1d(x + 1.5, 3.0, 3, 2)`, `F.lp_pool2d(x, 2.0, [2, 3], [2, 1])` and `F.lp_pool3d(x + 1.5, 2.5, [2, 1, 2], [1, 1, 2])`
#[test]
fn roots_of_sums_of_powers() {
    let options = PoolOptions { stride: Some([2]), ..PoolOptions::default() };
    check(
        "lp_pool1d",
        &[wave([2, 2, 6], 0.0).map(|x| x + 1.5)],
        &[-0.21496065290898914, 1.5337850535008721],
        |x| x[0].lp_pool1d(3.0, [3], options),
    );
    let options = PoolOptions { stride: Some([2, 1]), ..PoolOptions::default() };
    check("lp_pool2d", &[wave([2, 2, 5, 4], 0.0)], &[-1.2292100389230265, 0.4057593172516096], |x| {
        x[0].lp_pool2d(2.0, [2, 3], options)
    });
    let options = PoolOptions { stride: Some([1, 1, 2]), ..PoolOptions::default() };
    check(
        "lp_pool3d",
        &[wave([2, 2, 3, 2, 5], 0.0).map(|x| x + 1.5)],
        &[5.794638168972378, -1.2467739407938585],
        |x| x[0].lp_pool3d(2.5, [2, 1, 2], options),
    );
}

/// `F.max_unpool2d(*F.max_pool2d(x, [2, 3], return_indices=True), [2, 3], output_size=size)` and likewise;
/// `F.unfold(x, kernel, dilation, padding, stride)` and `F.fold(x, size, kernel, dilation, padding, stride)`.
#[test]
fn windows_taken_apart_and_put_back() {
    check("max_unpool1d", &[wave([2, 3, 9], 0.0)], &[11.293182356718566, 0.5081050763528938], |x| {
        let (y, indices) = x[0].max_pool1d_with_indices([2], PoolOptions::default());
        y.max_unpool1d(&indices, [9])
    });
    check("max_unpool2d", &[wave([2, 3, 4, 7], 0.0)], &[9.688677947784857, -5.109993868392402], |x| {
        let (y, indices) = x[0].max_pool2d_with_indices([2, 3], PoolOptions::default());
        y.max_unpool2d(&indices, [4, 7])
    });
    check("max_unpool3d", &[wave([1, 2, 4, 2, 6], 0.0)], &[6.549194581482912, -6.2417539238962645], |x| {
        let (y, indices) = x[0].max_pool3d_with_indices([2, 1, 3], PoolOptions::default());
        y.max_unpool3d(&indices, [4, 2, 6])
    });
    let options = UnfoldOptions { stride: [1, 2], padding: [1, 0], dilation: [2, 1] };
    check("unfold", &[wave([2, 3, 5, 6], 0.0)], &[15.457281609681232, -3.1004910424833794], |x| {
        x[0].unfold([2, 3], options)
    });
    check("fold", &[wave([2, 18, 10], 0.0)], &[15.545082346947819, -3.2039632988664755], |x| {
        x[0].fold([5, 6], [2, 3], options)
    });
}

/// `F.pixel_shuffle(x, 2)`, `F.pixel_unshuffle(x, 2)`, `F.channel_shuffle(x, 3)`;
/// `F.pad(x, (1, 2, 2, -1), mode)`, with 0.5 for a constant; NumPy's `pad` for what torch does not extend.
#[test]
fn cells_laid_out_anew() {
    let x = [wave([2, 8, 3, 2], 0.0)];
    check("pixel_shuffle", &x, &[-0.11329116233670711, 3.0002405530429197], |x| x[0].pixel_shuffle(2));
    check("pixel_unshuffle", &[wave([2, 3, 4, 6], 0.0)], &[-2.9478820635844336, 0.7025482400284462], |x| {
        x[0].pixel_unshuffle(2)
    });
    check("channel_shuffle", &[wave([2, 6, 3, 2], 0.0)], &[-3.8754539063930378, 0.7000144375050557], |x| {
        x[0].channel_shuffle(3)
    });
    let x = [wave([2, 2, 4, 3], 0.0)];
    let extensions = [(0, 0), (0, 0), (2, 1), (1, 2)];
    check("constant", &x, &[0.12697304630275252, -1.6655071039271239], |x| {
        x[0].pad(&[(0, 0), (0, 0), (2, -1), (1, 2)], 0.5)
    });
    check("reflect", &x, &[-14.095187315234739, -2.370199600924181], |x| {
        x[0].pad_with(&extensions, PadMode::Reflect)
    });
    check("replicate", &x, &[-1.595504976855843, 5.290511437699786], |x| {
        x[0].pad_with(&extensions, PadMode::Replicate)
    });
    check("circular", &x, &[-13.578370473702604, -6.374447391398156], |x| {
        x[0].pad_with(&extensions, PadMode::Circular)
    });
}
