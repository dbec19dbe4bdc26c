//! Convolution against loops over every product, and against unfold with a matrix product.
//!
//! Values are small integers, so every sum is exact in any order and equality is exact.

use proptest::{prelude::*, test_runner::RngSeed};
use wengert::prelude::*;
use wengert::{Checker, Conv2dOptions, ConvTranspose2dOptions, PoolOptions, UnfoldOptions};
use wengert_tests::sliding::{NaiveConv, Slide};

/// Integers from -3 to 3.
fn integers(shape: [usize; 4], seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| (7.0 * u).floor() - 3.0)
}

fn options(c: &NaiveConv) -> Conv2dOptions {
    let Slide { stride, padding, dilation, .. } = c.slide;
    Conv2dOptions { stride, padding, dilation, groups: c.groups }
}

/// Value and both gradients equal the loops.
fn check(c: &NaiveConv) {
    let (x0, w0, seed) = (integers(c.x, 1), integers(c.w(), 2), integers(c.y(), 3));
    let tape = Tape::<f64>::with_threads(Threads::one());
    let (x, w) = (tape.leaf(&x0), tape.leaf(&w0));
    let y = x.conv2d(w, &options(c));
    assert_eq!(y.shape().dims(), c.y(), "{c:?}");
    let (x0, w0, dy) = (x0.to_vec(), w0.to_vec(), seed.to_vec());
    assert_eq!(y.value().to_vec(), c.forward(&x0, &w0), "value of {c:?}");
    let g = y.try_pullback(seed, &[x, w]).expect("a seed of the output's shape");
    let g: Vec<_> = g.into_iter().map(|g| g.expect("a gradient").to_vec()).collect();
    assert_eq!(g[0], c.input_grad(&w0, &dy), "input gradient of {c:?}");
    assert_eq!(g[1], c.weight_grad(&x0, &dy), "weight gradient of {c:?}");
}

/// Every combination of the grid for one kernel size, as an image and as a signal of height 1.
fn check_grid(k: usize) {
    let mut cases = 0;
    for (stride, padding, dilation) in
        (1..=3).flat_map(|s| (0..=2).flat_map(move |p| (1..=2).map(move |d| (s, p, d))))
    {
        let least = (dilation * (k - 1) + 1).saturating_sub(2 * padding).max(1);
        for groups in [1, 2, 4] {
            for size in [[least, least], [least + 1, least + 1], [7, 7], [least + 2, 7]] {
                for flat in [false, true] {
                    let along = |n, other| if flat { [other, n] } else { [n, n] };
                    let [height, width] = if flat { [1, size[1]] } else { size };
                    let slide = Slide {
                        kernel: along(k, 1),
                        stride: along(stride, 1),
                        padding: along(padding, 0),
                        dilation: along(dilation, 1),
                    };
                    if slide.out([height, width]).is_some() {
                        check(&NaiveConv { slide, groups, x: [2, 4, height, width], out_channels: 4 });
                        cases += 1;
                    }
                }
            }
        }
    }
    assert!(cases >= 18 * 3 * 6, "{cases} cases only");
}

#[test]
fn grid_of_kernel_1_equals_the_loops() {
    check_grid(1);
}

#[test]
fn grid_of_kernel_2_equals_the_loops() {
    check_grid(2);
}

#[test]
fn grid_of_kernel_3_equals_the_loops() {
    check_grid(3);
}

#[test]
fn grid_of_kernel_5_equals_the_loops() {
    check_grid(5);
}

/// A convolution with every size and attribute drawn on its own, then cut to fit.
fn any_convolution() -> impl Strategy<Value = NaiveConv> {
    let axis = || (1..=5_usize, 1..=3_usize, 0..=2_usize, 1..=2_usize, 0..=4_usize);
    let channels = (1..=3_usize, 1..=2_usize, 1..=2_usize);
    (axis(), axis(), channels, 0..=3_usize).prop_map(|(a, b, (groups, fan, per_group), batch)| {
        let least = |(k, _, p, d, _): (usize, usize, usize, usize, usize)| {
            (d * (k - 1) + 1).saturating_sub(2 * p).max(1)
        };
        let slide =
            Slide { kernel: [a.0, b.0], stride: [a.1, b.1], padding: [a.2, b.2], dilation: [a.3, b.3] };
        let x = [batch, groups * fan, least(a) + a.4, least(b) + b.4];
        NaiveConv { slide, groups, x, out_channels: groups * per_group }
    })
}

/// Convolution as a matrix product with the unfolded images, group by group.
fn by_unfold<'t>(c: &NaiveConv, x: Var<'t, f64>, w: Var<'t, f64>) -> Var<'t, f64> {
    let Slide { kernel, stride, padding, dilation } = c.slide;
    let columns = x.unfold(kernel, UnfoldOptions { stride, padding, dilation });
    let ([_, fan, rows, cols], [batch, ..]) = (c.w(), c.x);
    let (depth, windows) = (fan * rows * cols, columns.shape().dims()[2]);
    let w = w.reshape([1, c.groups, c.out_channels / c.groups, depth]);
    w.matmul(columns.reshape([batch, c.groups, depth, windows])).reshape(c.y())
}

/// The gradients of `sum(y^2)` and, of their sums with `u` and `v`, the gradients again.
fn two_orders<'t>(y: Var<'t, f64>, [x, w]: [Var<'t, f64>; 2], [u, v]: [&Tensor<f64>; 2]) -> Vec<Tensor<f64>> {
    let g = (y * y).sum().grad(&[x, w]);
    let tape = y.tape();
    let along = (g[0] * tape.constant(u)).sum() + (g[1] * tape.constant(v)).sum();
    let second = along.backward(&[x, w]);
    [vec![g[0].value(), g[1].value()], second].concat()
}

/// The same from the loops alone.
fn two_orders_by_loops(c: &NaiveConv, [x, w]: [&[f64]; 2], [u, v]: [&[f64]; 2]) -> [Vec<f64>; 4] {
    let sum = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).map(|(a, b)| a + b).collect::<Vec<_>>();
    let double = |y: Vec<f64>| y.iter().map(|y| 2.0 * y).collect::<Vec<_>>();
    let seed = double(c.forward(x, w));
    let seed_along = double(sum(c.forward(u, w), c.forward(x, v)));
    [
        c.input_grad(w, &seed),
        c.weight_grad(x, &seed),
        sum(c.input_grad(v, &seed), c.input_grad(w, &seed_along)),
        sum(c.weight_grad(u, &seed), c.weight_grad(x, &seed_along)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn convolution_is_unfold_and_matmul_and_loops_at_two_orders(c in any_convolution(), seed in 0..1000_u64) {
        let value = |shape, k| integers(shape, 4 * seed + k);
        let (x0, w0, u, v) = (value(c.x, 0), value(c.w(), 1), value(c.x, 2), value(c.w(), 3));
        let tape = Tape::<f64>::with_threads(Threads::one());
        let at = [tape.leaf(&x0), tape.leaf(&w0)];
        let y = at[0].conv2d(at[1], &options(&c));
        let z = by_unfold(&c, at[0], at[1]);
        prop_assert_eq!(y.value(), z.value());
        let direct = two_orders(y, at, [&u, &v]);
        prop_assert_eq!(&direct, &two_orders(z, at, [&u, &v]));
        let [x0, w0, u, v] = [x0, w0, u, v].map(|t| t.to_vec());
        for (found, loops) in direct.iter().zip(two_orders_by_loops(&c, [&x0, &w0], [&u, &v])) {
            prop_assert_eq!(found.to_vec(), loops);
        }
    }

    #[test]
    fn transposed_convolution_is_the_transpose(c in any_convolution(), seed in 0..1000_u64) {
        // Rows and columns that no window reaches are the output padding, always less than the stride.
        let Slide { kernel, stride, padding, dilation } = c.slide;
        let [.., rows, columns] = c.y();
        let extra = |a: usize, n: usize| {
            let reached = (n - 1) * stride[a] + dilation[a] * (kernel[a] - 1) + 1;
            (c.x[2 + a] + 2 * padding[a]).checked_sub(reached)
        };
        let output_padding = [extra(0, rows).unwrap(), extra(1, columns).unwrap()];
        let transposed = ConvTranspose2dOptions { stride, padding, output_padding, dilation, groups: c.groups };
        let (w, dy) = (integers(c.w(), 2 * seed), integers(c.y(), 2 * seed + 1));
        let tape = Tape::<f64>::with_threads(Threads::one());
        let spread = tape.leaf(&dy).conv_transpose2d(tape.leaf(&w), &transposed);
        prop_assert_eq!(spread.value().dims().to_vec(), c.x.to_vec());
        prop_assert_eq!(spread.value().to_vec(), c.input_grad(&w.to_vec(), &dy.to_vec()));
    }
}

/// Irrational-looking values in single precision, where the order of a sum shows in the bits.
fn rough(shape: [usize; 4], seed: u64) -> Tensor<f32> {
    Key::new(seed).uniform::<f32>(shape).map(|u| u - 0.5)
}

fn bits(t: &Tensor<f32>) -> Vec<u32> {
    t.to_vec().into_iter().map(f32::to_bits).collect()
}

/// The bits of value, input gradient and weight gradient.
fn all_bits(on: Threads, x: &Tensor<f32>, w: &Tensor<f32>, options: &Conv2dOptions) -> [Vec<u32>; 3] {
    let tape = Tape::<f32>::with_threads(on);
    let (x, w) = (tape.leaf(x), tape.leaf(w));
    let y = x.conv2d(w, options);
    let seed = Key::new(9).uniform::<f32>(y.shape());
    let g = y.try_pullback(seed, &[x, w]).expect("a seed of the output's shape");
    [bits(&y.value()), bits(g[0].as_ref().expect("of x")), bits(g[1].as_ref().expect("of w"))]
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let strided = Conv2dOptions { stride: [2, 1], padding: [1, 1], groups: 2, ..Conv2dOptions::default() };
    for options in [Conv2dOptions::default(), strided] {
        let w = rough([6, 4 / options.groups, 3, 3], 2);
        let x = rough([9, 4, 12, 11], 1);
        let one = all_bits(Threads::one(), &x, &w, &options);
        for count in [2, 3, 4, 8] {
            assert_eq!(all_bits(Threads::new(count), &x, &w, &options), one, "{count} threads");
        }
    }
}

#[test]
fn an_image_has_the_same_bits_alone_and_in_any_batch() {
    let (x, w) = (rough([7, 3, 9, 10], 1), rough([5, 3, 3, 2], 2));
    let options = Conv2dOptions { padding: [1, 0], ..Conv2dOptions::default() };
    let value = |x: &Tensor<f32>| {
        let tape = Tape::<f32>::with_threads(Threads::new(2));
        tape.leaf(x).conv2d(tape.leaf(&w), &options).value()
    };
    let together = value(&x);
    for (from, count) in [(0, 1), (3, 1), (6, 1), (2, 3), (1, 6)] {
        let part = x.narrow(0, from..from + count);
        assert_eq!(bits(&value(&part)), bits(&together.narrow(0, from..from + count)), "{count} from {from}");
    }
}

#[test]
fn strided_operands_have_the_bits_of_their_copies() {
    let options = Conv2dOptions { padding: [1, 1], ..Conv2dOptions::default() };
    let (x, w) = (rough([2, 6, 5, 3], 1).transpose(1, 3), rough([3, 3, 3, 4], 2).transpose(0, 3));
    assert!(!x.is_contiguous() && !w.is_contiguous());
    let copies = all_bits(Threads::one(), &x.contiguous(), &w.contiguous(), &options);
    assert_eq!(all_bits(Threads::one(), &x, &w, &options), copies);
}

#[test]
fn an_empty_batch_gives_empty_values_and_full_gradients() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf(Tensor::zeros([0, 2, 4, 5])), tape.leaf(integers([3, 2, 3, 3], 1)));
    let y = x.conv2d(w, &Conv2dOptions::default());
    assert_eq!(y.shape().dims(), [0, 3, 2, 3]);
    let g = y.sum().backward(&[x, w]);
    assert_eq!((g[0].dims(), g[1].dims()), (&[0, 2, 4, 5][..], &[3, 2, 3, 3][..]));
    assert!(g[1].to_vec().iter().all(|&g| g == 0.0));
}

#[test]
fn compositions_hold_to_order_three() {
    let draw = |shape, seed| Key::new(seed).uniform::<f64>(shape);
    let report = Checker::new()
        .order(3)
        .run_slice(
            |x| {
                let options = PoolOptions { stride: Some([1, 2]), padding: [0, 1], ..PoolOptions::default() };
                let y = x[0].avg_pool2d([2, 2], options);
                (y * y * y).sum()
            },
            &[draw([1, 2, 3, 3], 1)],
        )
        .expect("average pooling");
    assert!(report.comparisons > 0);
    let report = Checker::new()
        .order(3)
        .run_slice(
            |x| {
                let options = ConvTranspose2dOptions { stride: [1, 2], groups: 2, ..Default::default() };
                let y = x[0].conv_transpose2d(x[1], &options);
                (y * y).sum()
            },
            &[draw([1, 2, 1, 2], 1), draw([2, 1, 2, 2], 2)],
        )
        .expect("transposed convolution");
    assert!(report.comparisons > 0);
}

#[test]
fn misuse_is_a_typed_error_that_names_the_attribute() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::zeros([1, 4, 3, 3]));
    let w = tape.leaf(Tensor::zeros([4, 2, 2, 2]));
    let plain = Conv2dOptions { groups: 2, ..Conv2dOptions::default() };
    assert!(x.try_conv2d(w, &plain).is_ok());
    let refused = [
        (Conv2dOptions { stride: [0, 1], ..plain }, "stride"),
        (Conv2dOptions { dilation: [1, 0], ..plain }, "dilation"),
        (Conv2dOptions { dilation: [3, 1], ..plain }, "kernel"),
        (Conv2dOptions { dilation: [usize::MAX, 1], ..plain }, "kernel"),
        (Conv2dOptions { padding: [usize::MAX, 1], ..plain }, "kernel"),
        (Conv2dOptions { groups: 0, ..plain }, "groups"),
        (Conv2dOptions { groups: 3, ..plain }, "groups"),
    ];
    for (options, what) in refused {
        match x.try_conv2d(w, &options).map(Var::shape) {
            Err(Error::Attribute { op: "conv2d", name, .. }) => assert_eq!(name, what, "{options:?}"),
            other => panic!("expected an error about {what}, got {other:?}"),
        }
    }
    let odd = tape.leaf(Tensor::zeros([3, 2, 2, 2])); // 3 output channels, 2 groups
    assert!(matches!(x.try_conv2d(odd, &plain), Err(Error::Attribute { name: "groups", .. })));
    let empty = tape.leaf(Tensor::zeros([4, 2, 0, 2]));
    assert!(matches!(x.try_conv2d(empty, &plain), Err(Error::Attribute { name: "kernel", .. })));
    let large = tape.leaf(Tensor::zeros([4, 2, 4, 1]));
    assert!(matches!(x.try_conv2d(large, &plain), Err(Error::Attribute { name: "kernel", .. })));
    let thick = tape.leaf(Tensor::zeros([4, 4, 2, 2]));
    assert!(matches!(x.try_conv2d(thick, &plain), Err(Error::ShapeMismatch { op: "conv2d", .. })));
    let flat = tape.leaf(Tensor::zeros([3, 3]));
    assert!(matches!(x.try_conv2d(flat, &plain), Err(Error::Shape { op: "conv2d", .. })));
    assert!(matches!(flat.try_conv2d(w, &plain), Err(Error::Shape { op: "conv2d", .. })));
    let huge = Conv2dOptions { padding: [1 << 40, 1 << 40], ..plain };
    assert!(matches!(x.try_conv2d(w, &huge), Err(Error::TooLarge { .. })));
    let other = Tape::<f64>::new();
    let elsewhere = other.leaf(Tensor::zeros([4, 2, 2, 2]));
    assert!(matches!(x.try_conv2d(elsewhere, &plain), Err(Error::DifferentTapes { op: "conv2d" })));
}

#[test]
fn columns_of_another_image_are_refused() {
    let tape = Tape::<f64>::new();
    let columns = tape.leaf(Tensor::zeros([1, 8, 6]));
    let fold = |size, kernel| columns.try_fold(size, kernel, UnfoldOptions::default()).map(|v| v.shape());
    assert_eq!(fold([3, 4], [2, 2]).map(|s| s.dims().to_vec()), Ok(vec![1, 2, 3, 4]));
    assert!(matches!(fold([4, 4], [2, 2]), Err(Error::ShapeMismatch { op: "fold", .. })));
    assert!(matches!(fold([3, 4], [3, 1]), Err(Error::Shape { op: "fold", .. })));
    assert!(matches!(fold([1, 4], [2, 2]), Err(Error::Attribute { name: "kernel", .. })));
    assert!(matches!(fold([3, 4], [0, 2]), Err(Error::Attribute { name: "kernel", .. })));
    let image = tape.leaf(Tensor::zeros([3, 4]));
    assert!(matches!(image.try_unfold([2, 2], UnfoldOptions::default()), Err(Error::Shape { .. })));
}
