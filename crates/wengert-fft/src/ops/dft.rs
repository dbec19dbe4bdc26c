//! # dft
//!
//! The discrete Fourier transform of pairs of real and imaginary parts, along the axis before them, times a number.
//!
//! $$ y_k = c \sum_{j = 0}^{n - 1} x_j e^{\mp 2 \pi i j k / n} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x $ is the transform of $ \bar y $ with the other sign |
//! | JVP | $ \dot y $ is the transform of $ \dot x $ |
//! | shape | `[b…, n, 2] → [b…, n, 2]` |
//! | domain | everything whose sums stay in the range of `f64`; a signal with an element that is not finite gives NaN |
//! | numerics | errors grow as $\ln n$ roundings of `f64`, also where the operand is `f32`; the result is rounded once |
//! | source | linearity; the matrix of powers of $\omega$ is symmetric, and the transpose of a complex product is the product with the conjugate |

use rustfft::{Fft, FftDirection, FftPlannerScalar, num_complex::Complex};
use std::cell::RefCell;
use std::f64::consts::TAU;
use std::sync::Arc;
use wengert::ops::{Arity, Draw};
use wengert::{Batch, Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// The transform of each signal of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dft {
    /// Whether the exponent is positive.
    pub inverse: bool,
    /// The number $c$, positive.
    pub factor: f64,
}

/// Lengths whose tables a thread keeps.
const KEPT: usize = 32;

thread_local! {
    /// The tables of the lengths that this thread has met last.
    static TABLES: RefCell<Tables> = RefCell::new(Tables { planner: FftPlannerScalar::new(), kept: Vec::new() });
}

struct Tables {
    planner: FftPlannerScalar<f64>,
    /// The latest last.
    kept: Vec<Arc<dyn Fft<f64>>>,
}

/// The algorithm for a length and a direction.
fn algorithm(n: usize, direction: FftDirection) -> Arc<dyn Fft<f64>> {
    TABLES.with_borrow_mut(|tables| {
        if let Some(i) = tables.kept.iter().position(|t| t.len() == n && t.fft_direction() == direction) {
            let found = tables.kept.remove(i);
            tables.kept.push(Arc::clone(&found));
            return found;
        }
        if tables.kept.len() == KEPT {
            // The planner keeps all that it has made: a new one forgets.
            *tables = Tables { planner: FftPlannerScalar::new(), kept: Vec::new() };
        }
        let made = tables.planner.plan_fft(n, direction);
        tables.kept.push(Arc::clone(&made));
        made
    })
}

/// Writes the transform of the pairs of one signal, times a factor.
fn transform<F: Float>(algorithm: &dyn Fft<f64>, factor: f64, memory: &mut Memory, x: &[F], y: &mut [F]) {
    if !x.iter().all(|x| x.is_finite()) {
        return y.fill(F::NAN);
    }
    memory.signal.clear();
    memory.signal.extend(x.chunks_exact(2).map(|pair| Complex::new(pair[0].to_f64(), pair[1].to_f64())));
    algorithm.process_with_scratch(&mut memory.signal, &mut memory.scratch);
    for (pair, z) in y.chunks_exact_mut(2).zip(&memory.signal) {
        (pair[0], pair[1]) = (F::from_f64(z.re * factor), F::from_f64(z.im * factor));
    }
}

/// What a transform works in.
struct Memory {
    signal: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Memory {
    fn of(algorithm: &dyn Fft<f64>) -> Self {
        let zeros = |n| vec![Complex::new(0.0, 0.0); n];
        Self { signal: zeros(algorithm.len()), scratch: zeros(algorithm.get_inplace_scratch_len()) }
    }
}

/// Signals for one block of work: so many that a block is worth a thread.
fn together(n: usize) -> usize {
    (1_usize << 14).div_ceil(n)
}

impl Primitive for Dft {
    const NAME: &'static str = "dft";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        match *x[0].dims() {
            [.., _, 2] => Ok(x[0]),
            _ => Err(Error::Shape {
                op: Self::NAME,
                given: x[0].dims().into(),
                expected: "pairs of real and imaginary parts, [b…, n, 2]",
            }),
        }
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let mut values = vec![F::ZERO; y.len()];
        if !values.is_empty() {
            let n = y.dims()[y.rank() - 2];
            let algorithm =
                algorithm(n, if self.inverse { FftDirection::Inverse } else { FftDirection::Forward });
            let (x, block) = (x[0].elements(), together(n) * 2 * n);
            on.for_each_chunk(&mut values, block, |i, out| {
                let mut memory = Memory::of(&*algorithm);
                for (y, x) in out.chunks_exact_mut(2 * n).zip(x[i * block..].chunks_exact(2 * n)) {
                    transform(&*algorithm, self.factor, &mut memory, x, y);
                }
            });
        }
        Tensor::new(y, values).expect("as many values as the shape says")
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        if self.inverse { "dft({ct}), factor {c}" } else { "dft({ct}), inverse, factor {c}" }
            .replace("{c}", &self.factor.to_string())
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.tape().apply(Self { inverse: !self.inverse, ..*self }, &[ct]))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.tape().apply(*self, &[dx]))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (n, x) = (y.dims()[y.rank() - 2], x[0].to_vec());
        let sign = if self.inverse { TAU } else { -TAU };
        let mut values = Vec::with_capacity(x.len());
        for signal in x.chunks_exact((2 * n).max(1)) {
            for k in 0..n {
                let (mut re, mut im) = (0.0, 0.0);
                for (j, pair) in signal.chunks_exact(2).enumerate() {
                    let (sin, cos) = (sign * ((j * k) % n) as f64 / n as f64).sin_cos();
                    re += pair[0] * cos - pair[1] * sin;
                    im += pair[0] * sin + pair[1] * cos;
                }
                values.extend([re * self.factor, im * self.factor]);
            }
        }
        Tensor::new(y, values).expect("as many values as the shape says")
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 8] =
            [&[1, 2], &[2, 2], &[3, 2], &[4, 2], &[2, 5, 2], &[2, 1, 6, 2], &[0, 2], &[0, 3, 2]];
        let mut samples = Vec::new();
        for (inverse, factor) in [(false, 1.0), (true, 0.25)] {
            samples.extend(
                shapes.map(|shape| Sample::of(Self { inverse, factor }, [draw.uniform(shape, -2.0, 2.0)])),
            );
        }
        samples
    }

    fn special() -> Vec<Special<Self>> {
        let (forward, inverse) = (Self { inverse: false, factor: 1.0 }, Self { inverse: true, factor: 1.0 });
        let nan = [[f64::NAN; 2]; 2];
        vec![
            Special::unary(
                forward,
                [[1.0, 2.0], [3.0, 5.0]],
                [[4.0, 7.0], [-2.0, -3.0]],
                [[2.0, 2.0], [0.0, 0.0]],
            ),
            Special::unary(
                inverse,
                [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]],
                [[1.0, 1.0], [1.0, -1.0], [1.0, 1.0], [1.0, -1.0]],
                [[4.0, 4.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
            ),
            Special::unary(forward, [[f64::INFINITY, 0.0], [1.0, 0.0]], nan, [[2.0, 2.0], [0.0, 0.0]]),
            Special::unary(inverse, [[f64::NAN, 0.0], [1.0, 0.0]], nan, [[2.0, 2.0], [0.0, 0.0]]),
        ]
    }
}
