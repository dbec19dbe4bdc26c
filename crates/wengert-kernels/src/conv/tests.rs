//! Tests of convolution against its definition.

use super::*;
use proptest::{prelude::*, test_runner::RngSeed};

/// Small integers, so that sums are exact in any order.
pub(super) fn integers(n: usize, seed: u32) -> Vec<f32> {
    (0..n)
        .map(|i| (crate::philox::philox4x32_10([i as u32, 0, 0, 0], [seed, 3])[0] % 9) as f32 - 4.0)
        .collect()
}

pub(super) fn len<const N: usize>(shape: [usize; N]) -> usize {
    shape.iter().product()
}

/// Calls `f(x index, w index, y index)` for every product of the definition, channels last.
pub(super) fn for_each_product(s: &ConvShape, mut f: impl FnMut(usize, usize, usize)) {
    let ([batch, channels, height, width], [out, depth, kh, kw], [_, _, oh, ow]) =
        (s.input(), s.weight(), s.output());
    for b in 0..batch {
        for o in 0..out {
            for (i, j) in (0..oh).flat_map(|i| (0..ow).map(move |j| (i, j))) {
                for (p, q) in (0..kh).flat_map(|p| (0..kw).map(move |q| (p, q))) {
                    for c in 0..depth {
                        let y = (i * s.stride()[0] + p * s.dilation()[0]).wrapping_sub(s.padding()[0]);
                        let x = (j * s.stride()[1] + q * s.dilation()[1]).wrapping_sub(s.padding()[1]);
                        if y < height && x < width {
                            let channel = o / (out / s.groups()) * depth + c;
                            f(
                                ((b * height + y) * width + x) * channels + channel,
                                ((o * depth + c) * kh + p) * kw + q,
                                ((b * oh + i) * ow + j) * out + o,
                            );
                        }
                    }
                }
            }
        }
    }
}

/// The convolution and its two gradients by one instruction set.
struct Results<T> {
    y: Vec<T>,
    dx: Vec<T>,
    dw: Vec<T>,
}

fn run<T: Real>(
    kernels: &'static Kernels<T>,
    on: &Threads,
    s: &ConvShape,
    [x, w, dy]: [&[T]; 3],
) -> Results<T> {
    let [mut y, mut dx, mut dw] = [dy, x, w].map(|like| vec![T::NAN; like.len()]);
    let pack = |side| PackedWeights::with(kernels, on, s, side, Weights::row_major(s, w));
    forward(on, s, x, &pack(Side::Forward), Epilogue::default(), &mut y);
    input_grad(on, s, dy, &pack(Side::InputGrad), &mut dx);
    weight_grad::weight_grad(kernels, on, s, x, dy, &mut dw);
    Results { y, dx, dw }
}

/// Sums of small integers, which are exact in any order, equal the definition.
fn agrees(s: &ConvShape) {
    let (x, w, dy) =
        (integers(len(s.input()), 1), integers(len(s.weight()), 2), integers(len(s.output()), 3));
    let (mut y, mut dx, mut dw) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
    for_each_product(s, |i, j, k| {
        y[k] += x[i] * w[j];
        dx[i] += dy[k] * w[j];
        dw[j] += dy[k] * x[i];
    });
    for kernels in <f32 as Vectorized>::available() {
        let got = run(kernels, &Threads::new(2), s, [&x, &w, &dy]);
        assert_eq!(got.y, y, "forward, {kernels:?}, {s:?}");
        assert_eq!(got.dx, dx, "input_grad, {kernels:?}, {s:?}");
        assert_eq!(got.dw, dw, "weight_grad, {kernels:?}, {s:?}");
    }
}

#[test]
fn every_small_shape_agrees_with_the_definition() {
    let mut checked = 0;
    for kernel in [[1, 1], [2, 3], [3, 2], [3, 3], [5, 1]] {
        for stride in [[1, 1], [2, 1], [3, 2]] {
            for padding in [[0, 0], [1, 2], [2, 0]] {
                for dilation in [[1, 1], [2, 1], [1, 2]] {
                    for (channels, out, groups) in [(1, 2, 1), (4, 2, 2), (3, 3, 3)] {
                        let span = |a: usize| -> usize { (kernel[a] - 1) * dilation[a] + 1 };
                        let least = [0, 1].map(|a: usize| span(a).saturating_sub(2 * padding[a]).max(1));
                        for image in [least, [least[0] + 1, least[1]], [7, 8]] {
                            let input = [2, channels, image[0], image[1]];
                            if let Ok(s) =
                                ConvShape::new(input, out, kernel, stride, padding, dilation, groups)
                            {
                                agrees(&s);
                                checked += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(checked > 1000, "{checked} shapes");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_shape_agrees_with_the_definition(
        batch in 0usize..20, group_in in 0usize..4, group_out in 0usize..4, groups in 1usize..3, image in [0usize..14, 0usize..14],
        kernel in [1usize..5, 1usize..5], stride in [1usize..4, 1usize..4], padding in [0usize..4, 0usize..4],
        dilation in [1usize..3, 1usize..3],
    ) {
        let input = [batch, group_in * groups, image[0], image[1]];
        if let Ok(s) = ConvShape::new(input, group_out * groups, kernel, stride, padding, dilation, groups) {
            agrees(&s);
        }
    }

    #[test]
    fn fold_is_the_transpose_of_unfold(
        batch in 1usize..4, channels in 1usize..4, image in [1usize..9, 1usize..9], kernel in [1usize..4, 1usize..4],
        stride in [1usize..4, 1usize..4], padding in [0usize..3, 0usize..3], dilation in [1usize..3, 1usize..3],
    ) {
        if let Ok(s) = ConvShape::new([batch, channels, image[0], image[1]], 1, kernel, stride, padding, dilation, 1) {
            let (x, u) = (integers(len(s.input()), 1), integers(len(s.unfolded()), 2));
            let (mut cols, mut back) = (vec![f32::NAN; u.len()], vec![f32::NAN; x.len()]);
            let on = Threads::new(2);
            unfold(&on, &s, &x, &mut cols);
            fold(&on, &s, &u, &mut back);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            prop_assert_eq!(dot(&cols, &u), dot(&x, &back));
            // The row of the kernel's first place is the image itself, shifted and strided.
            let total: f32 = cols.iter().map(|c| c.abs()).sum();
            prop_assert!(total <= x.iter().map(|x| x.abs()).sum::<f32>() * len(s.kernel()) as f32);
        }
    }
}

fn shape_1d(width: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> ConvShape {
    ConvShape::new([1, 1, 1, width], 1, [1, kernel], [1, stride], [0, padding], [1, dilation], 1)
        .expect("valid")
}

/// One instruction set's results for one batch, as bits.
fn bits<T: Real>(r: &Results<T>) -> [Vec<u64>; 3] {
    [&r.y, &r.dx, &r.dw].map(|v| v.iter().map(|v| v.to_f64().to_bits()).collect())
}

#[test]
fn a_leftover_cell_gets_no_gradient() {
    let got = run(
        Kernels::best(),
        &Threads::one(),
        &shape_1d(5, 2, 2, 0, 1),
        [&[0.0f64; 5], &[1.0, -1.0], &[1.0, 1.0]],
    );
    assert_eq!(got.dx, [1.0, -1.0, 1.0, -1.0, 0.0]);
}

#[test]
fn stride_padding_and_dilation_together_give_the_stated_numbers() {
    let (s, on) = (shape_1d(5, 2, 2, 1, 2), Threads::one());
    let got = run(Kernels::best(), &on, &s, [&[1.0f64, 2.0, 3.0, 4.0, 5.0], &[1.0, 10.0], &[1.0, 1.0, 1.0]]);
    assert_eq!(got.y, [20.0, 42.0, 4.0]);
    assert_eq!(got.dx, [0.0, 11.0, 0.0, 11.0, 0.0]);
    assert_eq!(got.dw, [6.0, 6.0]);
}

/// Numbers whose sums round.
pub(super) fn noise<T: Real>(n: usize, seed: u32) -> Vec<T> {
    let (a, b) = (integers(n, seed), integers(n, seed + 8));
    let r = |x: f32| T::from_f64(f64::from(x));
    a.iter().zip(b).map(|(&a, b)| r(a) / r(7.0) + r(b) / r(11.0)).collect()
}

fn same_bits_everywhere<T: Real>(s: impl Fn(usize) -> ConvShape) {
    let all = s(9);
    let [x, w, dy] =
        [len(all.input()), len(all.weight()), len(all.output())].map(|n| noise::<T>(n, n as u32));
    let want = bits(&run(T::available().last().expect("a table"), &Threads::one(), &all, [&x, &w, &dy]));
    for kernels in T::available() {
        for threads in [1, 2, 3, 4, 8] {
            let got = run(kernels, &Threads::new(threads), &all, [&x, &w, &dy]);
            assert_eq!(bits(&got), want, "{kernels:?}, {threads} threads, {all:?}");
        }
        for image in [0, 4, 8] {
            let one = s(1);
            let (x, dy) = (&x[image * len(one.input())..], &dy[image * len(one.output())..]);
            let alone =
                run(kernels, &Threads::new(2), &one, [&x[..len(one.input())], &w, &dy[..len(one.output())]]);
            let [y, dx, _] = bits(&alone);
            assert_eq!(y, want[0][image * y.len()..][..y.len()], "image {image} alone, {kernels:?}, {one:?}");
            assert_eq!(
                dx,
                want[1][image * dx.len()..][..dx.len()],
                "image {image} alone, {kernels:?}, {one:?}"
            );
        }
    }
}

#[test]
fn bits_do_not_depend_on_instructions_threads_or_the_rest_of_the_batch() {
    for (channels, out, groups) in
        [(1, 32, 1), (3, 17, 1), (16, 33, 1), (17, 3, 1), (33, 16, 1), (32, 64, 2), (6, 6, 6), (48, 1, 1)]
    {
        for (size, kernel, stride, padding, dilation) in [
            ([5, 5], 3, 1, 0, 1),
            ([13, 9], 3, 1, 1, 1),
            ([4, 7], 1, 1, 0, 1),
            ([9, 7], 3, 2, 1, 2),
            ([7, 6], 2, 3, 0, 1),
        ] {
            let s = |batch| {
                let input = [batch, channels, size[0], size[1]];
                ConvShape::new(input, out, [kernel; 2], [stride; 2], [padding; 2], [dilation; 2], groups)
                    .expect("valid")
            };
            same_bits_everywhere::<f32>(s);
            same_bits_everywhere::<f64>(s);
        }
    }
}

#[test]
fn impossible_shapes_are_typed_errors() {
    let new = |input, out, kernel, stride, padding, dilation, groups| {
        ConvShape::new(input, out, kernel, stride, padding, dilation, groups).map(|s| s.output())
    };
    use ConvShapeError::*;
    assert!(matches!(new([1, 1, 4, 4], 1, [5, 1], [1, 1], [0, 0], [1, 1], 1), Err(KernelTooLarge { .. })));
    assert!(matches!(new([1, 1, 4, 4], 1, [3, 3], [1, 1], [0, 0], [2, 2], 1), Err(KernelTooLarge { .. })));
    assert!(matches!(new([1, 1, 4, 4], 1, [1, 1], [0, 1], [0, 0], [1, 1], 1), Err(ZeroStride { .. })));
    assert!(matches!(new([1, 1, 4, 4], 1, [1, 1], [1, 1], [0, 0], [1, 0], 1), Err(ZeroDilation { .. })));
    assert!(matches!(new([1, 1, 4, 4], 1, [0, 1], [1, 1], [0, 0], [1, 1], 1), Err(EmptyKernel { .. })));
    assert!(matches!(new([1, 3, 4, 4], 2, [1, 1], [1, 1], [0, 0], [1, 1], 2), Err(Groups { .. })));
    assert!(matches!(new([1, 3, 4, 4], 3, [1, 1], [1, 1], [0, 0], [1, 1], 0), Err(Groups { .. })));
    let huge = usize::MAX;
    assert!(matches!(new([huge, 2, 4, 4], 2, [1, 1], [1, 1], [0, 0], [1, 1], 1), Err(TooLarge { .. })));
    assert!(matches!(new([1, 1, 4, 4], 1, [2, 1], [1, 1], [0, 0], [huge, 1], 1), Err(TooLarge { .. })));
    assert!(matches!(new([1, 1, 4, 4], 1, [1, 1], [1, 1], [huge, 0], [1, 1], 1), Err(TooLarge { .. })));
    assert_eq!(new([0, 3, 4, 5], 6, [3, 3], [1, 1], [1, 1], [1, 1], 3), Ok([0, 6, 4, 5]));
}

#[test]
#[should_panic(expected = "length of the images")]
fn images_that_are_missing_are_refused() {
    let s = shape_1d(5, 2, 2, 0, 1);
    let w = PackedWeights::forward(&Threads::one(), &s, Weights::row_major(&s, &[1.0, -1.0]));
    forward(&Threads::one(), &s, &[], &w, Epilogue::default(), &mut [0.0; 2]);
}

#[test]
fn patches_of_images_without_places_are_zeros_for_every_group() {
    let s = ConvShape::new([1, 4, 0, 3], 4, [2, 1], [1, 1], [1, 0], [1, 1], 2).expect("valid");
    let mut cols = vec![f32::NAN; len(s.unfolded())];
    unfold(&Threads::one(), &s, &[], &mut cols);
    assert_eq!(cols, vec![0.0; 4 * 2 * 3]);
}

#[test]
fn a_stride_beyond_the_image_leaves_one_window() {
    let s = ConvShape::new([1, 1, 2, 3], 1, [1, 2], [usize::MAX; 2], [0, 1], [1, 1], 1).expect("one window");
    assert_eq!(s.out_size(), [1, 1]);
    agrees(&s);
}

#[test]
fn packed_weights_serve_any_number_of_images() {
    let of = |batch| ConvShape::new([batch, 6, 9, 8], 34, [3; 2], [1; 2], [1; 2], [1; 2], 2).expect("fits");
    let on = Threads::new(2);
    let values = noise::<f32>(len(of(1).weight()), 2);
    let one = Threads::one();
    let s = of(1);
    let weights = || Weights::row_major(&s, &values);
    for batch in [1, 3] {
        let s = of(batch);
        let pooled = pooled::PooledShape::new(s, [2, 2]).expect("windows fit");
        let (x, dy) = (noise::<f32>(len(s.input()), 1), noise::<f32>(len(s.output()), 3));
        let run = |packed: usize| {
            let w = PackedWeights::forward(&one, &of(packed), weights());
            let back = PackedWeights::input_grad(&one, &of(packed), weights());
            let mut y = vec![0.0; dy.len()];
            forward(&on, &s, &x, &w, Epilogue::default(), &mut y);
            let mut dx = vec![0.0; x.len()];
            input_grad(&on, &s, &dy, &back, &mut dx);
            let mut maxima = vec![0.0; len(pooled.output())];
            pooled::forward(&on, &pooled, &x, &w, Epilogue::default(), &mut maxima, None);
            (y, dx, maxima)
        };
        let want = run(batch);
        for other in [0, 1, 9] {
            assert_eq!(run(other), want, "packed for {other}, run on {batch}");
        }
    }
}
