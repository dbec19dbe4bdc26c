//! # irfft
//!
//! The real tensor whose transform has these values in its first half, and their conjugates in the other.
//!
//! $$ x_j = \frac{1}{c} \sum_{k = 0}^{n - 1} \hat y_k e^{2 \pi i j k / n}, \qquad \hat y_k = y_k \text{ for } k \le n / 2, \quad \hat y_{n - k} = \bar y_k $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `slice`, `flip`, `concat`, `dft` |
//! | JVP | by composition |
//! | shape | `[…, n / 2 + 1, …, 2] → […, n, …]`, along the last axis named; other axes keep their sizes |
//! | domain | $n \ge 1$; $c$ is $n$, $\sqrt n$ or 1 (`FftNorm`), of several axes the product; the imaginary parts of $y_0$ and, where $n$ is even, $y_{n / 2}$ count for nothing, once the other axes are transformed |
//! | source | definition |

use super::conj::conj;
use super::{along, pairs, positions};
use crate::{Fft, FftNorm};
use wengert::ops::{Draw, composed::Composed};
use wengert::{Axes, Error, Float, Var};

#[track_caller]
pub(crate) fn irfft<F: Float>(
    y: Var<'_, F>,
    n: usize,
    axes: impl Axes,
    norm: FftNorm,
) -> Result<Var<'_, F>, Error> {
    let axes = positions("irfft", &axes, pairs("irfft", y)?)?;
    let (&half, others) = axes.split_last().expect("an axis");
    let given = y.shape().dims()[half];
    if n == 0 || given != n / 2 + 1 {
        return Err(Error::Attribute {
            op: "irfft",
            name: "n",
            given: format!("{n} for {given} frequencies"),
            expected: "n above 0 with n / 2 + 1 frequencies, rounded down: narrow or pad the axis first",
        });
    }
    let (y, axis) = (along("irfft", y, others, true, norm)?, half as isize);
    let mirrored = conj(y.try_narrow(axis, 1..n - n / 2)?)?.try_flip(axis)?;
    let z = along("irfft", Var::try_concat(&[y, mirrored], axis)?, &[half], true, norm)?;
    z.try_narrow(-1, 0..1)?.try_squeeze(-1)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "irfft",
        f: |x| {
            let n = 2 * x[0].shape().dims()[1];
            x[0].irfft(n - 1, [0, -1], FftNorm::Ortho).square().sum()
                + (x[0].irfft(n - 2, -1, FftNorm::Backward) * x[0].irfft(n - 2, -1, FftNorm::Forward)).sum()
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 3] = [&[2, 2, 2], &[1, 3, 2], &[3, 4, 2]];
            shapes.map(|shape| vec![draw.uniform(shape, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
