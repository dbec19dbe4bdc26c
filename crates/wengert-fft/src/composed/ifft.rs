//! # ifft
//!
//! The inverse of the discrete Fourier transform along axes of a complex tensor.
//!
//! $$ x_j = \frac{1}{c} \sum_{k = 0}^{n - 1} y_k e^{2 \pi i j k / n} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `dft` along each axis |
//! | JVP | by composition |
//! | shape | `[d…, 2] → [d…, 2]` |
//! | domain | axes with an element; $c$ is $n$, $\sqrt n$ or 1 (`FftNorm`), of several axes the product |
//! | source | definition |

use super::{along, pairs, positions};
use crate::{Fft, FftNorm};
use wengert::ops::{Draw, composed::Composed};
use wengert::{Axes, Error, Float, Var};

#[track_caller]
pub(crate) fn ifft<F: Float>(x: Var<'_, F>, axes: impl Axes, norm: FftNorm) -> Result<Var<'_, F>, Error> {
    let axes = positions("ifft", &axes, pairs("ifft", x)?)?;
    along("ifft", x, &axes, true, norm)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "ifft",
        f: |x| x[0].ifft(0, FftNorm::Backward) + x[0].ifft([0, 1], FftNorm::Forward),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 2, 2], &[1, 3, 2], &[5, 1, 2], &[1, 2, 0, 2]];
            shapes.map(|shape| vec![draw.uniform(shape, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
