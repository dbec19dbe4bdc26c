//! # nuclear_norm
//!
//! The sum of the singular values of a matrix.
//!
//! $$ \lVert A \rVert_* = \sum_i s_i $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `svd`, `relu` and `sum`; $ \bar A = \bar y \, U V^\top $ over the values above 0 |
//! | JVP | by composition |
//! | shape | `[b…, m, n] → [b…]` |
//! | domain | all finite matrices; 0 of an empty one |
//! | kinks | a value that is exactly 0: it sends nothing, which is the subgradient of least norm; equal values: from order 2 on NaN |
//! | source | definition |

use crate::composed::svdvals::svdvals;
use crate::naive;
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Var};

#[track_caller]
pub(crate) fn nuclear_norm<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    svdvals(a)?.relu().try_sum_axes(-1)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "nuclear_norm",
        f: |x| crate::LinAlg::nuclear_norm(x[0]),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[2, 2], &[3, 2], &[2, 3], &[2, 1, 2], &[0, 2]];
            shapes.map(|shape| vec![naive::spread(draw, shape)]).into()
        },
        smooth_orders: 4,
    }
}
