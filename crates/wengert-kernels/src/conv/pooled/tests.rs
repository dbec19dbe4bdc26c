//! Tests of the pooled convolution against the separate passes and the definition.

use super::*;
use crate::conv::kernels::{Kernels, Vectorized};
use crate::conv::tests::{for_each_product, integers, len, noise};
use crate::conv::{Weights, forward as convolve};

/// Operands of a pooled convolution and of its backward pass.
struct Operands<T> {
    x: Vec<T>,
    w: Vec<T>,
    bias: Vec<T>,
    dy: Vec<T>,
}

impl<T: Real> Operands<T> {
    fn of(s: &PooledShape, values: impl Fn(usize, u32) -> Vec<T>) -> Self {
        let [x, w] = [s.conv.input(), s.conv.weight()].map(len);
        let bias = values(s.conv.weight()[0], 3);
        Operands { x: values(x, 1), w: values(w, 2), bias, dy: values(s.len(), 4) }
    }

    /// The images from `first` on of the same operands.
    fn images(&self, s: &PooledShape, one: &PooledShape, first: usize) -> Self {
        let part = |all: &[T], batch: usize, count: usize| {
            let image = all.len() / batch;
            all[first * image..(first + count) * image].to_vec()
        };
        let (batch, count) = (s.output()[0], one.output()[0]);
        let (x, dy) = (part(&self.x, batch, count), part(&self.dy, batch, count));
        Operands { x, dy, w: self.w.clone(), bias: self.bias.clone() }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Results<T> {
    y: Vec<T>,
    winners: Vec<u8>,
    dx: Vec<T>,
    dw: Vec<T>,
    db: Vec<T>,
}

impl<T: Real> Results<T> {
    fn bits(&self) -> (Vec<u64>, &[u8]) {
        let all = [&self.y, &self.dx, &self.dw, &self.db];
        (all.into_iter().flatten().map(|v| v.to_f64().to_bits()).collect(), &self.winners)
    }
}

/// The pooled convolution and all its gradients by one instruction set.
fn run<T: Real>(
    kernels: &'static Kernels<T>,
    on: &Threads,
    s: &PooledShape,
    o: &Operands<T>,
    relu: bool,
) -> Results<T> {
    let mut r = Results {
        y: vec![T::NAN; s.len()],
        winners: vec![255; s.len()],
        dx: vec![T::NAN; o.x.len()],
        dw: vec![T::NAN; o.w.len()],
        db: vec![T::NAN; o.bias.len()],
    };
    let view = Weights::row_major(&s.conv, &o.w);
    let w = PackedWeights::with(kernels, on, &s.conv, Side::Forward, view);
    forward(on, s, &o.x, &w, Epilogue { bias: Some(&o.bias), relu }, &mut r.y, Some(&mut r.winners));
    let mut alone = vec![T::NAN; s.len()];
    forward(on, s, &o.x, &w, Epilogue { bias: Some(&o.bias), relu }, &mut alone, None);
    assert!(alone.iter().zip(&r.y).all(|(a, b)| a.to_f64().to_bits() == b.to_f64().to_bits()));
    let rows = RowWeights::new(&s.conv, view);
    let after = Pooled { dy: &o.dy, y: relu.then_some(&r.y), winners: &r.winners };
    let into =
        Gradients { input: Some((&rows, &mut r.dx)), weight: Some((&o.x, &mut r.dw)), bias: Some(&mut r.db) };
    backward::backward(kernels, on, s, after, into);
    r
}

/// Every place of the convolution's result in window order: `f(place in y, number in the window, place before)`.
fn for_each_cell(s: &PooledShape, mut f: impl FnMut(usize, u8, usize)) {
    let ([batch, channels, height, width], [_, _, rows, columns]) = (s.output(), s.conv.output());
    for (b, i, j) in (0..batch * height * width).map(|k| (k / width / height, k / width % height, k % width))
    {
        for (p, q) in (0..s.window[0]).flat_map(|p| (0..s.window[1]).map(move |q| (p, q))) {
            for c in 0..channels {
                let y = ((b * height + i) * width + j) * channels + c;
                let before =
                    ((b * rows + i * s.window[0] + p) * columns + j * s.window[1] + q) * channels + c;
                f(y, (p * s.window[1] + q) as u8, before);
            }
        }
    }
}

/// The separate passes: values and winners, and the gradient of the convolution's result.
fn separate<T: Real>(s: &PooledShape, o: &Operands<T>, relu: bool) -> (Vec<T>, Vec<u8>, Vec<T>) {
    let on = Threads::one();
    let w = PackedWeights::forward(&on, &s.conv, Weights::row_major(&s.conv, &o.w));
    let mut all = vec![T::NAN; len(s.conv.output())];
    convolve(&on, &s.conv, &o.x, &w, Epilogue::default(), &mut all);
    for (i, y) in all.iter_mut().enumerate() {
        *y += o.bias[i % o.bias.len()];
        *y = if relu && !y.is_nan() && *y <= T::ZERO { T::ZERO } else { *y };
    }
    let (mut y, mut winners, mut from) = (vec![T::NAN; s.len()], vec![255; s.len()], vec![0; s.len()]);
    for_each_cell(s, |at, cell, before| {
        let (v, best) = (all[before], y[at]);
        if cell == 0 || v > best || (v.is_nan() && !best.is_nan()) {
            (y[at], winners[at], from[at]) = (v, cell, before);
        }
    });
    let mut g = vec![T::ZERO; all.len()];
    for (at, &before) in from.iter().enumerate() {
        let slope = if !relu || y[at] > T::ZERO {
            T::ONE
        } else if y[at].is_nan() {
            y[at]
        } else {
            T::ZERO
        };
        g[before] = if o.dy[at] == T::ZERO { T::ZERO } else { o.dy[at] * slope };
    }
    (y, winners, g)
}

/// A shape with one kernel size for both axes; `step` is `[stride, padding, dilation]`.
fn shape(
    input: [usize; 4],
    [out, groups]: [usize; 2],
    kernel: usize,
    step: [usize; 3],
    window: [usize; 2],
) -> Option<PooledShape> {
    let [stride, padding, dilation] = step.map(|step| [step; 2]);
    let conv = ConvShape::new(input, out, [kernel; 2], stride, padding, dilation, groups).ok()?;
    PooledShape::new(conv, window)
}

/// Shapes with every remainder of channels, padded and not, few and many input channels.
fn shapes(batch: usize) -> Vec<PooledShape> {
    let mut shapes = Vec::new();
    for (channels, out, groups) in [
        (1, 32, 1),
        (1, 24, 1),
        (1, 48, 1),
        (3, 17, 1),
        (16, 33, 1),
        (17, 3, 1),
        (32, 64, 1),
        (32, 34, 2),
        (6, 6, 6),
        (2, 16, 1),
    ] {
        for (image, kernel, step) in [
            ([9, 7], 3, [1, 0, 1]),
            ([8, 9], 3, [1, 1, 1]),
            ([7, 6], 1, [1, 0, 1]),
            ([11, 9], 2, [2, 1, 2]),
            ([7, 7], 5, [1, 2, 1]),
        ] {
            for window in [[2, 2], [1, 3], [3, 2], [1, 1], [4, 4]] {
                shapes.extend(shape(
                    [batch, channels, image[0], image[1]],
                    [out, groups],
                    kernel,
                    step,
                    window,
                ));
            }
        }
    }
    shapes
}

#[test]
fn values_have_the_bits_of_the_separate_passes_and_gradients_their_sums() {
    for s in shapes(3) {
        for relu in [true, false] {
            // Small integers, so that sums are exact in any order and windows hold ties.
            let o = Operands::of(&s, integers);
            let (y, winners, g) = separate(&s, &o, relu);
            let [mut dx, mut dw] = [&o.x, &o.w].map(|like| vec![0.0; like.len()]);
            for_each_product(&s.conv, |i, j, k| {
                dx[i] += g[k] * o.w[j];
                dw[j] += g[k] * o.x[i];
            });
            let db = (0..o.bias.len()).map(|c| g.iter().skip(c).step_by(o.bias.len()).sum()).collect();
            let want = Results { y, winners, dx, dw, db };
            for kernels in <f32 as Vectorized>::available() {
                assert_eq!(
                    run(kernels, &Threads::new(2), &s, &o, relu),
                    want,
                    "{kernels:?}, relu {relu}, {s:?}"
                );
            }
            let o = Operands::of(&s, noise::<f64>);
            let (y, winners, _) = separate(&s, &o, relu);
            let got = run(Kernels::best(), &Threads::one(), &s, &o, relu);
            assert_eq!((got.y, got.winners), (y, winners), "values, relu {relu}, {s:?}");
        }
    }
}

fn same_bits_everywhere<T: Real>() {
    for (s, one) in shapes(9).into_iter().zip(shapes(1)).step_by(3) {
        let o = Operands::of(&s, noise::<T>);
        let portable = T::available().last().expect("a table");
        let want = run(portable, &Threads::one(), &s, &o, true);
        for kernels in T::available() {
            for threads in [1, 2, 3, 8] {
                let got = run(kernels, &Threads::new(threads), &s, &o, true);
                assert_eq!(got.bits(), want.bits(), "{kernels:?}, {threads} threads, {s:?}");
            }
            for image in [0, 5, 8] {
                let alone = run(kernels, &Threads::new(2), &one, &o.images(&s, &one, image), true);
                let (y, dx) = (&want.y[image * one.len()..], &want.dx[image * alone.dx.len()..]);
                assert_eq!(alone.y, y[..one.len()], "image {image} alone, {kernels:?}, {s:?}");
                assert_eq!(alone.dx, dx[..alone.dx.len()], "image {image} alone, {kernels:?}, {s:?}");
            }
        }
    }
}

#[test]
fn bits_do_not_depend_on_instructions_threads_or_the_rest_of_the_batch() {
    same_bits_everywhere::<f32>();
    same_bits_everywhere::<f64>();
}

#[test]
fn nan_wins_and_zeros_send_nothing_back() {
    let s = shape([1, 1, 2, 8], [1, 1], 1, [1, 0, 1], [2, 2]).expect("windows fit");
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let o = Operands {
        x: vec![1.0, 2.0, nan, 3.0, -1.0, -2.0, inf, inf, 2.0, 2.0, 9.0, nan, -3.0, -4.0, 0.0, nan],
        w: vec![1.0],
        bias: vec![0.0],
        dy: vec![5.0, 7.0, 11.0, 0.0],
    };
    for kernels in <f32 as Vectorized>::available() {
        let got = run(kernels, &Threads::one(), &s, &o, true);
        // Ties: the first. NaN: the first, also against infinity. Nothing above 0: the first, as after relu.
        assert_eq!(got.winners, [1, 0, 0, 3], "{kernels:?}");
        assert!(got.y[0] == 2.0 && got.y[1].is_nan() && got.y[2] == 0.0 && got.y[3].is_nan(), "{kernels:?}");
        // The NaN passes relu as NaN, its infinite and NaN neighbors get nothing, and neither does a window with gradient 0.
        assert!(got.dx[2].is_nan() && got.dw[0].is_nan() && got.db[0].is_nan(), "{kernels:?}");
        let rest: Vec<f32> = got.dx.iter().copied().filter(|dx| !dx.is_nan()).collect();
        assert_eq!(rest, [[0.0, 5.0].as_slice(), &[0.0; 13]].concat(), "{kernels:?}");
    }
}

#[test]
fn an_infinity_behind_a_zero_gradient_stays_out_of_the_weight_gradient() {
    for kernel in [3, 5] {
        let s = shape([1, 1, 8, 8], [48, 1], kernel, [1, 0, 1], [2, 2]).expect("windows fit");
        let mut o = Operands::of(&s, noise::<f32>);
        o.x[9] = f32::INFINITY;
        o.x[27] = f32::NAN;
        o.dy.fill(0.0);
        for kernels in <f32 as Vectorized>::available() {
            let got = run(kernels, &Threads::one(), &s, &o, false);
            assert_eq!(got.dw, vec![0.0; o.w.len()], "{kernels:?}, kernel {kernel}");
        }
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let plain = |batch, image: [usize; 2], kernel, window| {
        shape([batch, 1, image[0], image[1]], [1, 1], kernel, [1, 0, 1], window)
    };
    assert!(plain(1, [4, 4], 3, [3, 1]).is_none());
    assert!(plain(1, [4, 4], 3, [0, 1]).is_none());
    assert!(plain(1, [40, 40], 1, [20, 20]).is_none());
    assert!(plain(1, [40, 40], 1, [usize::MAX, 2]).is_none());
    assert!(plain(1, [1 << 15, 1 << 13], 1, [2, 2]).is_none());
    assert!(plain(0, [40, 40], 1, [16, 16]).is_some());
}

#[test]
#[should_panic(expected = "a winner outside its window")]
fn a_winner_outside_its_window_is_refused() {
    let s = shape([1, 1, 2, 2], [1, 1], 1, [1, 0, 1], [1, 2]).expect("windows fit");
    let after = Pooled { dy: &[1.0, 1.0], y: None, winners: &[0, 2] };
    let mut dw = [0.0];
    backward(
        &Threads::one(),
        &s,
        after,
        Gradients { input: None, weight: Some((&[1.0; 4], &mut dw)), bias: None },
    );
}
