//! # fft
//!
//! The discrete Fourier transform along axes of a complex tensor.
//!
//! $$ y_k = \frac{1}{c} \sum_{j = 0}^{n - 1} x_j e^{-2 \pi i j k / n} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `dft` along each axis |
//! | JVP | by composition |
//! | shape | `[d…, 2] → [d…, 2]` |
//! | domain | axes with an element; $c$ is 1, $\sqrt n$ or $n$ (`FftNorm`), of several axes the product |
//! | source | definition |

use super::{along, pairs, positions};
use crate::{Fft, FftNorm};
use wengert::ops::{Draw, composed::Composed};
use wengert::{Axes, Error, Float, Var};

#[track_caller]
pub(crate) fn fft<F: Float>(x: Var<'_, F>, axes: impl Axes, norm: FftNorm) -> Result<Var<'_, F>, Error> {
    let axes = positions("fft", &axes, pairs("fft", x)?)?;
    along("fft", x, &axes, false, norm)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "fft",
        f: |x| x[0].fft(-1, FftNorm::Backward) + x[0].fft([-1, 0], FftNorm::Ortho),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 2, 2], &[1, 3, 2], &[2, 1, 4, 2], &[2, 0, 1, 2]];
            shapes.map(|shape| vec![draw.uniform(shape, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
