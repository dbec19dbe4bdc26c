//! # eigvalsh
//!
//! The eigenvalues of a symmetric matrix in rising order.
//!
//! $$ \lambda(A), \qquad A \text{ read as } (A + A^\top) / 2 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `eigh`; $ \bar A = V \operatorname{diag}(\bar\lambda) V^\top $ |
//! | JVP | by composition |
//! | shape | `[b…, n, n] → [b…, n]` |
//! | domain | all finite matrices |
//! | kinks | equal values: the first derivative of functions that treat them alike, as a sum or `max`, is right; from order 2 on it is NaN there |
//! | source | definition |

use crate::naive;
use crate::ops::eigh::eigh;
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Var};

#[track_caller]
pub(crate) fn eigvalsh<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    eigh(a).map(|(values, _)| values)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "eigvalsh",
        f: |x| crate::LinAlg::eigvalsh(x[0]),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 2], &[3, 3], &[2, 1, 1], &[0, 0]];
            shapes.map(|shape| vec![naive::spread(draw, shape)]).into()
        },
        smooth_orders: 4,
    }
}
