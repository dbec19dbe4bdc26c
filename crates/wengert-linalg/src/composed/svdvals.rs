//! # svdvals
//!
//! The singular values of a matrix in falling order.
//!
//! $$ s(A) $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `svd`; $ \bar A = U \operatorname{diag}(\bar s) V^\top $ |
//! | JVP | by composition |
//! | shape | `[b…, m, n] → [b…, min(m, n)]` |
//! | domain | all finite matrices |
//! | kinks | equal values: the first derivative of functions that treat them alike, as a sum or `max`, is right; from order 2 on it is NaN there |
//! | source | definition |

use crate::naive;
use crate::ops::svd::factors;
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Var};

#[track_caller]
pub(crate) fn svdvals<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    factors(a).map(|[_, s, _]| s)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "svdvals",
        f: |x| crate::LinAlg::svdvals(x[0]),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[2, 2], &[3, 2], &[2, 3], &[2, 1, 2], &[0, 2]];
            shapes.map(|shape| vec![naive::spread(draw, shape)]).into()
        },
        smooth_orders: 4,
    }
}
