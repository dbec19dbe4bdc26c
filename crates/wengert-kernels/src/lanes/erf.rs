//! The error function and its complement.

use super::exponential::exp;
use super::lane::{Lane, at_most};

/// $\operatorname{erf} x$: an odd polynomial near 0, and $1 - e^{t Q(t)}$ with $t = |x|$ beyond.
#[inline(always)]
pub(super) fn erf_f32(x: f32) -> f32 {
    let t = at_most(x.size(), 4.0);
    let near = (x * x).polynomial([
        1.283791661e-1,
        -3.761263788e-1,
        1.128374711e-1,
        -2.686248161e-2,
        5.209298804e-3,
        -8.244291530e-4,
        8.836256893e-5,
    ]);
    let exponent = t.polynomial([
        -1.128517270,
        -6.357879639e-1,
        -1.049410254e-1,
        2.232909389e-2,
        -2.713420894e-3,
        -3.010093315e-5,
        6.145528459e-5,
        -6.259651400e-6,
    ]);
    let beyond = (1.0 - exp(t * exponent)).signed(x);
    if x.size() < 0.85 { x.mul_add(near, x) } else { beyond }
}

/// The same in double precision.
#[inline(always)]
pub(super) fn erf_f64(x: f64) -> f64 {
    let t = at_most(x.size(), 6.0);
    let near = (x * x).polynomial([
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954857,
        -0.026866170645072893,
        0.005223977624780859,
        -0.0008548326978741742,
        0.00012055331036881972,
        -1.4925593506452489e-5,
        1.6460972809854596e-6,
        -1.6350025145781304e-7,
        1.4657879323689431e-8,
        -1.1365663965529548e-9,
        5.945258404008993e-11,
    ]);
    let exponent = (t - 3.0).polynomial([
        -3.5734543473270857,
        -0.9100997805592866,
        -0.015764812747008562,
        0.0027843069994420698,
        -0.00047699881151901335,
        7.710221651829016e-5,
        -1.1340340578781121e-5,
        1.408009214860549e-6,
        -1.1284771800984159e-7,
        -7.336824455726047e-9,
        6.6769887572422555e-9,
        -2.003329824431293e-9,
        2.2666896665219755e-10,
        -1.8227768797375524e-10,
        2.0901065025232742e-11,
        2.4006218414414076e-11,
        1.0014009827473512e-11,
        1.5189083077797862e-12,
    ]);
    let beyond = (1.0 - exp(t * exponent)).signed(x);
    if x.size() < 1.0 { x.mul_add(near, x) } else { beyond }
}
