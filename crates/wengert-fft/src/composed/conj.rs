//! # conj
//!
//! The complex conjugate.
//!
//! $$ y = \operatorname{re} x - i \operatorname{im} x $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `mul` by $(1, -1)$ |
//! | JVP | by composition |
//! | shape | `[d…, 2] → [d…, 2]` |
//! | domain | everything |
//! | source | definition |

use super::pairs;
use crate::Fft;
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Tensor, Var};

#[track_caller]
pub(crate) fn conj<F: Float>(x: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    pairs("conj", x)?;
    x.try_mul(x.tape().constant(Tensor::from([F::ONE, -F::ONE])))
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "conj",
        f: |x| x[0].conj(),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2], &[3, 2], &[2, 1, 2], &[0, 2]];
            shapes.map(|shape| vec![draw.uniform(shape, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
