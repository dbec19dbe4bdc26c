//! # complex_mul
//!
//! The product of complex numbers, element by element.
//!
//! $$ y = (\operatorname{re} a \operatorname{re} b - \operatorname{im} a \operatorname{im} b) + i (\operatorname{re} a \operatorname{im} b + \operatorname{im} a \operatorname{re} b) $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: products and sums of the parts; $ \bar a = \bar y \, b^* $ |
//! | JVP | by composition |
//! | shape | `[d…, 2] × [d…, 2] → [d…, 2]`, broadcast |
//! | domain | everything |
//! | source | definition |

use super::pairs;
use crate::Fft;
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Shape, Var};

#[track_caller]
pub(crate) fn complex_mul<'t, F: Float>(a: Var<'t, F>, b: Var<'t, F>) -> Result<Var<'t, F>, Error> {
    pairs("complex_mul", a)?;
    pairs("complex_mul", b)?;
    Shape::broadcast("complex_mul", a.shape(), b.shape())?;
    // Without a closure, which would hide the caller's line.
    let (a_re, a_im) = (a.try_narrow(-1, 0..1)?, a.try_narrow(-1, 1..2)?);
    let (b_re, b_im) = (b.try_narrow(-1, 0..1)?, b.try_narrow(-1, 1..2)?);
    let re = a_re.try_mul(b_re).map_err(|error| error.within("complex_mul"))? - a_im * b_im;
    let im = a_re * b_im + a_im * b_re;
    Var::try_concat(&[re, im], -1)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "complex_mul",
        f: |x| x[0].complex_mul(x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 4] =
                [[&[2], &[2]], [&[3, 2], &[3, 2]], [&[2, 1, 2], &[3, 2]], [&[0, 2], &[1, 2]]];
            shapes.map(|[a, b]| vec![draw.uniform(a, -2.0, 2.0), draw.uniform(b, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
