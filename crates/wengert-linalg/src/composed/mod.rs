//! Compositions of the primitives, listed once in [`for_each_linalg_composition!`](crate::for_each_linalg_composition).

pub mod cholesky_solve;
pub mod cond;
pub mod eigvalsh;
pub mod lstsq;
pub mod matrix_rank;
pub mod nuclear_norm;
pub mod qr_wide;
pub mod svdvals;

/// Calls a macro with the list of all compositions of this crate that have derivatives, as `name: module::function`, as
/// [`for_each_composition!`](wengert::for_each_composition) does.
///
/// ```
/// macro_rules! list { ($($name:ident: $module:ident :: $f:ident,)*) => { const COMPOSED: &[&str] = &[$(stringify!($name)),*]; } }
/// wengert_linalg::for_each_linalg_composition!(list);
/// assert!(COMPOSED.contains(&"lstsq"));
/// ```
#[macro_export]
macro_rules! for_each_linalg_composition {
    ($callback:path) => {
        $callback! {
            cholesky_solve: cholesky_solve::composed,
            cond: cond::composed,
            eigvalsh: eigvalsh::composed,
            lstsq: lstsq::composed,
            nuclear_norm: nuclear_norm::composed,
            qr_wide: qr_wide::composed,
            svdvals: svdvals::composed,
        }
    };
}
