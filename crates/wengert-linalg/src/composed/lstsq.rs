//! # lstsq
//!
//! The solution of a system of linear equations with the least sum of squared residuals, and the shortest of many.
//!
//! $$ X = \operatorname{argmin}_X \lVert A X - B \rVert^2 = R^{-1} Q^\top B, \qquad \text{with more columns than rows } Q R^{-\top} B, \; A^\top = Q R $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `qr`, `matmul` and `triangular_solve` |
//! | JVP | by composition |
//! | shape | `[b…, m, n] × [b…, m, k] → [b…, n, k]`; a vector `[m]`, and stacks broadcast |
//! | domain | full rank; else an error that names the matrix and the first column, or row of a wide matrix, that depends on those before it |
//! | numerics | the products $A^\top A$, which square the condition number, are never made |
//! | source | $A = Q R$ in the normal equations; the shortest solution of $R^\top Q^\top X = B$ is in the space of the columns of $Q$ |

use crate::ops::qr::{Qr, parts};
use crate::ops::solve::system;
use crate::ops::triangular_solve::TriangularSolve;
use crate::{naive, vars};
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Float, Var};

#[track_caller]
pub(crate) fn lstsq<'t, F: Float>(a: Var<'t, F>, b: Var<'t, F>) -> Result<Var<'t, F>, Error> {
    let ([a, b], column) = system("lstsq", a, b)?;
    let [m, n] = vars::sizes(a);
    let (is_wide, upper) = (m < n, TriangularSolve { strict: false, ..TriangularSolve::UPPER });
    let [q, r] = parts(a.tape().try_apply(Qr { strict: true }, &[if is_wide { a.t() } else { a }])?);
    let x = match is_wide {
        true => q.try_matmul(a.tape().try_apply(upper.of_transpose(), &[r, b])?)?,
        false => a.tape().try_apply(upper, &[r, q.t().try_matmul(b)?])?,
    };
    if column { x.try_squeeze(-1) } else { Ok(x) }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "lstsq",
        f: |x| crate::LinAlg::lstsq(x[0], x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 7] = [
                [&[2, 2], &[2]],
                [&[3, 2], &[3, 2]],
                [&[2, 3], &[2, 1]],
                [&[1, 2], &[1]],
                [&[2, 2, 1], &[2, 1]],
                [&[1, 1], &[1]],
                [&[2, 0], &[2]],
            ];
            shapes.map(|[a, b]| vec![naive::regular(draw, a), draw.uniform(b, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
