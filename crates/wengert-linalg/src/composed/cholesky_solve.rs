//! # cholesky_solve
//!
//! The solution of a system of linear equations with a positive definite matrix, given its Cholesky factor.
//!
//! $$ X = L^{-\top} L^{-1} B $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `triangular_solve` twice |
//! | JVP | by composition |
//! | shape | `[b…, n, n] × [b…, n, k] → [b…, n, k]`; a vector `[n]`, and stacks broadcast |
//! | domain | factors without a 0 on the diagonal, else an error; what is above the diagonal is not read |
//! | source | $A = L L^\top$ |

use crate::ops::triangular_solve::triangular_solve;
use crate::{Triangle, naive};
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Var};

#[track_caller]
pub(crate) fn cholesky_solve<'t, F: Float>(l: Var<'t, F>, b: Var<'t, F>) -> Result<Var<'t, F>, Error> {
    triangular_solve(l, triangular_solve(l, b, Triangle::LOWER)?, Triangle::LOWER.transposed())
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "cholesky_solve",
        f: |x| crate::LinAlg::cholesky_solve(x[0], x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 4] =
                [[&[2, 2], &[2]], [&[3, 3], &[3, 2]], [&[2, 2, 2], &[2, 1]], [&[0, 0], &[0]]];
            shapes.map(|[a, b]| vec![naive::regular(draw, a), draw.uniform(b, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
