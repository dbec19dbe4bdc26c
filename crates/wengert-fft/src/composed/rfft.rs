//! # rfft
//!
//! The discrete Fourier transform of a real tensor, half of it: the other half are the conjugates.
//!
//! $$ y_k = \frac{1}{c} \sum_{j = 0}^{n - 1} x_j e^{-2 \pi i j k / n}, \qquad k = 0, \dots, \lfloor n / 2 \rfloor $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `stack` with zeros, `dft`, `slice` |
//! | JVP | by composition |
//! | shape | `[…, n, …] → […, n / 2 + 1, …, 2]`, rounded down, along the last axis named; other axes keep their sizes |
//! | domain | axes with an element; $c$ is 1, $\sqrt n$ or $n$ (`FftNorm`), of several axes the product |
//! | source | definition |

use super::{along, points, positions};
use crate::{Fft, FftNorm};
use wengert::ops::{Draw, composed::Composed};
use wengert::{Axes, Error, Float, Tensor, Var};

#[track_caller]
pub(crate) fn rfft<F: Float>(x: Var<'_, F>, axes: impl Axes, norm: FftNorm) -> Result<Var<'_, F>, Error> {
    let axes = positions("rfft", &axes, x.rank())?;
    axes.iter().try_for_each(|&axis| points("rfft", x, axis).map(drop))?;
    let zeros = x.tape().constant(Tensor::zeros(x.shape()));
    let z = Var::try_stack(&[x, zeros], -1)?;
    let (&half, others) = axes.split_last().expect("an axis");
    let n = x.shape().dims()[half];
    let y = along("rfft", z, &[half], false, norm)?.try_narrow(half as isize, 0..n / 2 + 1)?;
    along("rfft", y, others, false, norm)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "rfft",
        f: |x| x[0].rfft([0, -1], FftNorm::Ortho).square() + x[0].rfft([-1], FftNorm::Backward),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 3], &[1, 4], &[3, 1], &[2, 0, 5]];
            shapes.map(|shape| vec![draw.uniform(shape, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
