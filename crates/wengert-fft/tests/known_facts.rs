//! Values and gradients of PyTorch 2.15 in double precision, and what holds for all transforms.

use wengert::ops::Draw;
use wengert::{Key, Tape, Tensor, Threads, Var};
use wengert_fft::{Fft, FftNorm};

fn near(found: &Tensor<f64>, expected: &[f64]) {
    let found = found.to_vec();
    assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() < 1e-13 * b.abs().max(1.0), "element {i}: {a}, expected {b}");
    }
}

/// The value and gradient of `sum(f(x) w)`, with `w` a function of the position.
fn check(
    x: &Tensor<f64>,
    f: impl Fn(Var<'_, f64>) -> Var<'_, f64>,
    w: impl Fn(f64) -> f64,
    value: &[f64],
    gradient: &[f64],
) {
    let tape = Tape::new();
    let x = tape.leaf(x);
    let y = f(x);
    near(&y.value(), value);
    let w = Tensor::new(y.shape(), (0..y.value().len()).map(|i| w(i as f64)).collect::<Vec<_>>());
    let sum = (y * tape.constant(w.expect("as many as there are"))).sum();
    near(&sum.backward(&[x])[0], gradient);
}

/// Numbers of this shape, a function of the position.
fn along<const N: usize>(shape: [usize; N], f: impl Fn(f64) -> f64) -> Tensor<f64> {
    let n = shape.iter().product::<usize>();
    Tensor::new(shape, (0..n).map(|i| f(i as f64)).collect::<Vec<_>>()).expect("as many as the shape says")
}

#[test]
fn rfft_over_two_axes() {
    let x =
        Tensor::from([[1.0, 2.0, -1.0, 0.5, 3.0], [0.0, -2.0, 1.5, 2.0, -1.0], [4.0, 1.0, 0.0, -3.0, 2.0]]);
    check(
        &x,
        |x| x.rfft([-2, -1], FftNorm::Backward),
        |i| i * 0.1 - 0.7,
        &[
            10.0,
            0.0,
            6.545084971874738,
            2.265384296592987,
            0.9549150281252627,
            2.7144122731725733,
            3.25,
            3.031088913245535,
            2.9334770792488927,
            11.2403007128642,
            -8.159584580068108,
            -5.094587107649952,
            3.25,
            -3.031088913245535,
            -0.6297816439369976,
            -8.007481825255597,
            -2.394110855243786,
            -0.13622373197339366,
        ],
        &[
            0.900000000000001,
            -2.2113864091530284,
            0.5240068648036692,
            -1.0531864715537318,
            0.34056601590309254,
            -1.1411542731880107,
            1.994370851265071,
            -0.7058978023218038,
            0.3255130445924666,
            -2.374755608994408,
            -4.258845726811989,
            -0.12445566780734318,
            -0.8479904728830213,
            -0.5716247693876422,
            -1.2951595744633202,
        ],
    );
}

#[test]
fn irfft_of_an_even_and_an_odd_length() {
    let y = along([3, 3, 2], |i| (i * 0.3 - 2.0).sin());
    check(
        &y,
        |y| y.irfft(4, -1, FftNorm::Backward),
        |i| i * 0.1,
        &[
            -0.8993882444255312,
            0.397618346049178,
            0.08606148556292892,
            -0.4935890140122574,
            0.35540958465753403,
            -0.5821439225195848,
            -0.03400875765111641,
            0.06207376471810594,
            0.7378886402091476,
            -0.13308970883057825,
            -0.07060776361044246,
            0.4653824352733783,
        ],
        &[
            0.15, 0.0, -0.1, 0.1, -0.05, 0.0, 0.55, 0.0, -0.1, 0.1, -0.05, 0.0, 0.95, 0.0, -0.1, 0.1, -0.05,
            0.0,
        ],
    );
    check(
        &y,
        |y| y.irfft(5, -1, FftNorm::Backward),
        |i| i * 0.1,
        &[
            -0.8629818137203297,
            0.38022866791806836,
            0.07551976102178935,
            0.02121755269316621,
            -0.5232815947383762,
            0.4526218646876065,
            -0.7355259308639082,
            0.15335389903151572,
            -0.2768354091655047,
            0.20771624551522924,
            0.6573085421984992,
            -0.04600260353134316,
            -0.14520441520041422,
            0.10457761700207464,
            0.428894462572689,
        ],
        &[
            0.2,
            0.0,
            -0.1,
            0.13763819204711739,
            -0.1,
            0.032491969623290644,
            0.7,
            0.0,
            -0.1,
            0.13763819204711733,
            -0.1,
            0.032491969623290644,
            1.2,
            0.0,
            -0.1,
            0.13763819204711733,
            -0.1,
            0.032491969623290706,
        ],
    );
}

#[test]
fn a_unitary_transform_over_all_axes() {
    check(
        &along([2, 3, 2], |i| (i * 0.7).cos()),
        |x| x.fft([0, 1], FftNorm::Ortho),
        |i| i,
        &[
            0.5172310345357441,
            0.27078466655836997,
            0.5054096521190687,
            0.0463133631470841,
            -0.3983402418444745,
            0.8480685844965407,
            -0.3312781821895955,
            -0.823112437351606,
            0.9315535629520865,
            0.3801503427542036,
            1.2249139172103491,
            1.151268572996613,
        ],
        &[
            12.247448713915892,
            14.69693845669907,
            -1.0352761804100832,
            -3.8637033051562732,
            -3.8637033051562732,
            -1.0352761804100832,
            -7.348469228349535,
            -7.348469228349535,
            0.0,
            0.0,
            0.0,
            0.0,
        ],
    );
}

#[test]
fn inverses_undo_transforms_of_any_length_and_norm() {
    let mut draw = Draw::new(3);
    for n in [1, 2, 7, 64, 97, 360, 1009] {
        let (real, complex) = (draw.uniform([2, n], -1.0, 1.0), draw.uniform([n, 2, 2], -1.0, 1.0));
        let tape = Tape::new();
        for norm in [FftNorm::Backward, FftNorm::Ortho, FftNorm::Forward] {
            let z = tape.leaf(&complex);
            near(&z.fft([0, 1], norm).ifft([1, 0], norm).value(), &complex.to_vec());
            let x = tape.leaf(&real);
            near(&x.rfft([0, 1], norm).irfft(n, [0, 1], norm).value(), &real.to_vec());
        }
    }
}

#[test]
fn a_product_of_spectra_is_a_circular_convolution() {
    let tape = Tape::new();
    let (a, b) = (along([6], |i| (i * 1.3).sin()), along([6], |i| (i * i * 0.4).cos()));
    let spectrum = |x: &Tensor<f64>| tape.leaf(x).rfft(-1, FftNorm::Backward);
    let product = spectrum(&a).complex_mul(spectrum(&b)).irfft(6, -1, FftNorm::Backward);
    let (a, b) = (a.to_vec(), b.to_vec());
    let expected: Vec<f64> = (0..6).map(|i| (0..6).map(|j| a[j] * b[(i + 6 - j) % 6]).sum()).collect();
    near(&product.value(), &expected);
}

#[test]
fn bits_depend_neither_on_threads_nor_on_the_stack() {
    let x: Tensor<f32> = Key::new(1).normal([40, 1000, 2]);
    let on = |threads| {
        let tape = Tape::with_threads(Threads::new(threads));
        let x = tape.leaf(&x);
        let y = x.fft(-1, FftNorm::Backward);
        (y.value(), y.square().sum().backward(&[x]).swap_remove(0))
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert_eq!(on(threads), one, "{threads} threads");
    }
    let tape = Tape::new();
    let alone = tape.leaf(x.narrow(0, 7..8)).fft(-1, FftNorm::Backward).value();
    assert_eq!(alone, one.0.narrow(0, 7..8));
}

#[test]
fn a_mean_of_large_numbers_is_no_infinity() {
    let tape = Tape::<f32>::new();
    let z = tape.leaf(Tensor::full([16, 16, 2], 1e38));
    let y = z.ifft([0, 1], FftNorm::Backward).value();
    assert_eq!(y.get([0, 0, 0]), Ok(1e38));
    assert!(y.to_vec().iter().skip(2).all(|y| y.abs() < 1e32));
}

#[test]
fn lines_belong_to_the_line_that_called() {
    let tape = Tape::<f64>::new();
    let (x, z) = (tape.leaf(Tensor::zeros([4])), tape.leaf(Tensor::zeros([4, 2])));
    let (y, line) = (x.rfft(0, FftNorm::Ortho).irfft(4, 0, FftNorm::Ortho), line!());
    assert_eq!((y.recorded_at().file(), y.recorded_at().line()), (file!(), line));
    let _ = (z.complex_mul(z.conj()), z.fft([0], FftNorm::Ortho), z.ifft(0, FftNorm::Ortho));
    let listing = tape.to_string();
    assert!(listing.lines().count() > 20, "{listing}");
    assert!(listing.lines().all(|line| line.contains("known_facts.rs:")), "{listing}");
}

#[test]
fn what_cannot_be_transformed_is_refused_in_words() {
    let tape = Tape::<f64>::new();
    let says = |result: Result<Var<'_, f64>, wengert::Error>, words: &str| {
        let text = result.expect_err(words).to_string();
        assert!(text.contains(words), "{text}");
    };
    let (real, pairs) = (tape.leaf(Tensor::zeros([3])), tape.leaf(Tensor::zeros([4, 2])));
    let (empty, norm) = (tape.leaf(Tensor::zeros([0, 2])), FftNorm::Backward);
    says(real.try_fft(-1, norm), "expected pairs of real and imaginary parts");
    says(pairs.try_fft(1, norm), "fft: axis 1");
    says(pairs.try_ifft([0, -1], norm), "ifft: axis 0");
    says(empty.try_fft(0, norm), "fft: no elements to reduce in shape [0, 2]");
    says(empty.try_rfft(0, norm), "rfft: no elements to reduce");
    says(pairs.try_irfft(4, 0, norm), "irfft: n = 4 for 4 frequencies, expected n above 0 with n / 2 + 1");
    says(tape.leaf(Tensor::zeros([0, 5])).try_rfft([0, 1], norm), "in shape [0, 5]");
    says(pairs.try_irfft(6, [], norm), "irfft: axes = [], expected at least one axis");
    says(empty.try_irfft(0, 0, norm), "irfft: n = 0 for 0 frequencies");
    says(real.try_conj(), "conj");
    says(pairs.try_complex_mul(tape.leaf(Tensor::zeros([3, 2]))), "complex_mul: shapes [4, 2] and [3, 2]");
    says(tape.leaf(Tensor::zeros([1; 8])).try_rfft(0, norm), "a tensor of rank 9 was asked for");
}
