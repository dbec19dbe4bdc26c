//! # cond
//!
//! The condition number of a matrix, in the 2-norm.
//!
//! $$ y = s_1 / s_k $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `svd`, `max`, `min` and `div` |
//! | JVP | by composition |
//! | shape | `[b…, m, n] → [b…]` |
//! | domain | matrices with an element; infinite where the least singular value is 0, of zeros too; the derivative there is not finite |
//! | kinks | extreme singular values that are equal bit for bit share the derivative |
//! | source | definition, as NumPy's `cond` without an order |

use crate::ops::svd::factors;
use crate::{naive, vars};
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Var};

#[track_caller]
pub(crate) fn cond<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    vars::sizes_of("cond", a)?;
    let [_, s, _] = factors(a)?;
    if s.shape().dims().ends_with(&[0]) {
        return Err(Error::EmptyReduction { op: "cond", shape: a.shape().dims().into() });
    }
    let largest = s.try_max_axes(-1)?;
    largest.eq(0.0).select(1.0, largest).try_div(s.try_min_axes(-1)?)
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "cond",
        f: |x| crate::LinAlg::cond(x[0]),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 3] = [&[2, 2], &[3, 2], &[2, 2, 3]];
            shapes.map(|shape| vec![naive::spread(draw, shape)]).into()
        },
        smooth_orders: 4,
    }
}
