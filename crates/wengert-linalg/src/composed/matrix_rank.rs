//! # matrix_rank
//!
//! How many singular values of a matrix are not 0 to working precision.
//!
//! $$ y = \# \lbrace i : s_i > \epsilon \max(m, n) \, s_1 \rbrace $$
//!
//! | | |
//! |---|---|
//! | VJP | none: a count is constant wherever it is differentiable |
//! | JVP | none |
//! | shape | `[b…, m, n] → [b…]` |
//! | domain | all finite matrices; 0 of an empty one; NaN of a matrix that is not finite |
//! | numerics | $\epsilon$ is one rounding in the precision of the tape |
//! | source | the default of NumPy's `matrix_rank` |

use super::svdvals::svdvals;
use crate::vars;
use wengert::{Error, Float, Tensor, Var};

#[track_caller]
pub(crate) fn matrix_rank<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    vars::sizes_of("matrix_rank", a)?;
    let [m, n] = vars::sizes(a);
    if m.min(n) == 0 {
        return Ok(a.tape().constant(Tensor::zeros(&a.shape().dims()[..a.rank() - 2])));
    }
    // By its largest element, which changes no rank and keeps the values in the range of numbers.
    let largest = a.detach().abs().try_max_keepdim([-2, -1])?;
    let s = svdvals(a.detach() / largest.eq(0.0).select(1.0, largest))?;
    let least = s.try_max_keepdim(-1)? * (F::EPSILON.to_f64() * m.max(n) as f64);
    let count = s.gt(least).to_var().try_sum_axes(-1)?;
    Ok(least.ne(least).any_axes([-1]).select(f64::NAN, count).detach())
}
