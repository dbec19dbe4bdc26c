//! # qr_wide
//!
//! What `qr` is for a matrix with more columns than rows.
//!
//! $$ (X \; Y) = Q \, (R \;\; Q^\top Y), \qquad X = Q R \text{ square} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `qr`, `matmul` and `concat` |
//! | JVP | by composition |
//! | shape | `[b…, m, n] → [b…, m, m]` and `[b…, m, n]` with `m < n` |
//! | domain | all finite matrices; the derivative of those whose first `m` columns are independent, infinite or NaN at others |
//! | source | the columns of $Q$ are fixed by those of $X$ |

use crate::naive;
use crate::ops::qr::{Qr, parts};
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Var};

#[track_caller]
pub(crate) fn qr_wide<F: Float>(
    a: Var<'_, F>,
    [m, n]: [usize; 2],
) -> Result<(Var<'_, F>, Var<'_, F>), Error> {
    let square = a.try_narrow(-1, 0..m)?;
    let [q, r] = parts(a.tape().try_apply(Qr { strict: false }, &[square])?);
    let rest = q.t().try_matmul(a.try_narrow(-1, m..n)?)?;
    Ok((q, Var::try_concat(&[r, rest], -1)?))
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "qr_wide",
        f: |x| {
            let (q, r) = crate::LinAlg::qr(x[0]);
            Var::concat(&[q, r], -1)
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 3], &[1, 2], &[2, 1, 2], &[0, 2]];
            shapes.map(|shape| vec![naive::regular(draw, shape)]).into()
        },
        smooth_orders: 4,
    }
}
