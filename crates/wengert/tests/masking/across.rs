//! Reductions, products and windows beside a masked value.

use super::{INF, NAN, Program, of};
use wengert::ops::composed::norm::Norm;
use wengert::{Conv2dOptions, PoolOptions};

/// Reductions, products and windows beside a masked value.
pub(super) fn across() -> Vec<Program> {
    let ln2 = 2.0_f64.ln();
    let (e, sigma) = (1.0_f64.exp(), 1.0 / (1.0 + (-1.0_f64).exp()));
    let slope = sigma * (1.0 - sigma);
    vec![
        of(
            "Σ over rows of where(‖row‖ > 0, ‖row‖, 0)",
            |x| {
                let norm = x.norm_axes(1, Norm::L2);
                norm.gt(0.0).select(norm, 0.0).sum()
            },
            [[0.0, 0.0], [3.0, 4.0]],
            5.0,
            [0.0, 0.0, 0.6, 0.8],
            [0.0, 0.0, 0.032, -0.024],
        ),
        of(
            "Σ over rows of where(Σx² > 0, √Σx², 0)",
            |x| {
                let squares = (x * x).sum_axes(1);
                squares.gt(0.0).select(squares.sqrt(), 0.0).sum()
            },
            [[0.0, 0.0], [3.0, 4.0]],
            5.0,
            [0.0, 0.0, 0.6, 0.8],
            [0.0, 0.0, 0.032, -0.024],
        ),
        of(
            "where(‖row‖ > 0, row / ‖row‖, 0), weighted",
            |x| {
                let norm = x.norm_keepdim(1, Norm::L2);
                let unit = norm.gt(0.0).select(x / norm, 0.0);
                (unit * x.tape().constant([1.0, 0.0])).sum()
            },
            [[0.0, 0.0], [3.0, 4.0]],
            0.6,
            [0.0, 0.0, 0.128, -0.096],
            [
                0.0,
                0.0,
                {
                    // f = a / n: f_aa = -3ab²/n⁵, f_ab = b(2a² - b²)/n⁵, f_bb = a(2b² - a²)/n⁵
                    (-144.0 + 8.0) / 3125.0
                },
                (8.0 + 69.0) / 3125.0,
            ],
        ),
        of(
            "softmax with a logit masked by -∞, squared",
            |x| {
                let mask = x.tape().constant([0.0, 0.0, 1.0]).ne(0.0);
                x.masked_fill(mask, f64::NEG_INFINITY).softmax(0).s(0).square()
            },
            [2.0, 1.0, 7.0],
            sigma * sigma,
            [2.0 * sigma * slope, -2.0 * sigma * slope, 0.0],
            [0.0, 0.0, 0.0],
        ),
        of(
            "softmax over rows, one all -∞ and left out",
            |x| (x.softmax(1).s(1) * x.tape().constant([1.0, 0.0])).sum() + x.s(1).sum(),
            [[-INF, -INF], [2.0, 1.0]],
            sigma + 3.0,
            [0.0, 0.0, 1.0 + slope, 1.0 - slope],
            [0.0; 4],
        ),
        of(
            "where(row > -∞, softmax row, 0)², one row all -∞",
            |x| {
                let p = x.softmax(1).s((.., 0));
                x.s((.., 0)).gt(f64::NEG_INFINITY).select(p, 0.0).square().sum()
            },
            [[-INF, -INF], [2.0, 1.0]],
            sigma * sigma,
            [0.0, 0.0, 2.0 * sigma * slope, -2.0 * sigma * slope],
            [0.0; 4],
        ),
        of(
            "log_softmax over rows, one all -∞, times labels by index",
            |x| -x.log_softmax(1).s((1, 0)),
            [[-INF, -INF], [2.0, 1.0]],
            -sigma.ln(),
            [0.0, 0.0, sigma - 1.0, 1.0 - sigma],
            [0.0; 4],
        ),
        of(
            "logsumexp over rows, one all -∞ and masked",
            |x| {
                let y = x.logsumexp_axes(1);
                y.gt(f64::NEG_INFINITY).select(y, 0.0).square().sum()
            },
            [[-INF, -INF], [1.0, 1.0]],
            (1.0 + ln2).powi(2),
            [0.0, 0.0, 1.0 + ln2, 1.0 + ln2],
            [0.0, 0.0, 1.0, 1.0],
        ),
        of(
            "masked_softmax of a row all masked",
            |x| {
                let mask = x.tape().constant([[0.0, 0.0], [1.0, 1.0]]).ne(0.0);
                x.ln().masked_softmax(1, mask).s((.., 0)).sum()
            },
            [[0.0, 0.0], [e, 1.0]],
            sigma,
            [0.0, 0.0, slope / e, -slope],
            {
                // p = a / (a + b): p_aa + p_ab and p_ab + p_bb at (e, 1), with s = a + b
                let s = e + 1.0;
                [0.0, 0.0, (-2.0 + e - 1.0) / s.powi(3), (e - 1.0 + 2.0 * e) / s.powi(3)]
            },
        ),
        of(
            "max over rows with NaN masked out",
            |x| {
                let row = x.ln();
                row.masked_fill(x.lt(0.0), f64::NEG_INFINITY).max_axes(1).sum()
            },
            [[-1.0, 2.0], [1.0, 0.5]],
            ln2,
            [0.0, 0.5, 1.0, 0.0],
            [0.0, -0.25, -1.0, 0.0],
        ),
        of(
            "variance over rows, one with ∞ and left out",
            |x| {
                let y = (1.0 / x).var_axes(1, 0);
                y.s(1)
            },
            [[0.0, 1.0], [1.0, 0.5]],
            0.25,
            [0.0, 0.0, 0.5, -2.0],
            {
                // v = (a - b)²/4 of a = 1/x, b = 1/y
                let (x, y): (f64, f64) = (1.0, 0.5);
                let (a, b, da, db) = (1.0 / x, 1.0 / y, -1.0 / (x * x), -1.0 / (y * y));
                let (daa, dbb) = (2.0 / x.powi(3), 2.0 / y.powi(3));
                let xx = (da * da + (a - b) * daa) / 2.0;
                let yy = (db * db - (a - b) * dbb) / 2.0;
                let xy = -da * db / 2.0;
                [0.0, 0.0, xx + xy, xy + yy]
            },
        ),
        of(
            "standardized rows, a constant one masked",
            |x| {
                let centered = x - x.mean_keepdim(1);
                let deviation = centered.square().mean_keepdim(1).sqrt();
                let z = deviation.gt(0.0).select(centered / deviation, 0.0);
                (z.s((.., 0)) * x.s((.., 1))).sum()
            },
            [[2.0, 2.0], [5.0, 3.0]],
            3.0,
            [0.0, 0.0, 0.0, 1.0],
            [0.0; 4],
        ),
        of(
            "std over rows, a constant one masked",
            |x| {
                let y = x.std_axes(1, 0);
                y.gt(0.0).select(y, 0.0).square().sum()
            },
            [[2.0, 2.0], [5.0, 3.0]],
            1.0,
            [0.0, 0.0, 1.0, -1.0],
            [0.0; 4],
        ),
        of(
            "cumsum of 1/x with a masked pole",
            |x| x.ne(0.0).select(1.0 / x, 0.0).cumsum(0).sum(),
            [1.0, 0.0, 2.0],
            3.5,
            [-3.0, 0.0, -0.25],
            [6.0, 0.0, 0.25],
        ),
        of(
            "cumsum of 1/x, cut before the pole",
            |x| (1.0 / x).cumsum(0).s(..2).square().sum(),
            [1.0, 2.0, 0.0],
            1.0 + 2.25,
            [-5.0, -0.75, 0.0],
            [14.5, 1.375, 0.0],
        ),
        of(
            "prod of where(x > 0, ln x, 1)",
            |x| x.gt(0.0).select(x.ln(), 1.0).prod(),
            [e, 0.0, 1.0],
            0.0,
            [0.0, 0.0, 1.0],
            [1.0 / e, 0.0, 1.0 / e - 1.0],
        ),
        of(
            "column · row after where(x > 0, ln x, 0)",
            |x| {
                let column = x.reshape([2, 1]);
                let row = x.tape().constant([[1.0, 2.0, 3.0]]);
                column.gt(0.0).select(column.ln() * row, 0.0).sum()
            },
            [0.0, 2.0],
            6.0 * ln2,
            [0.0, 3.0],
            [0.0, -1.5],
        ),
        of(
            "where(x > 0, ln x, 0) · w, a product of matrices",
            |x| {
                let w = x.tape().constant([[1.0, 2.0], [3.0, 4.0]]);
                x.gt(0.0).select(x.ln(), 0.0).matmul(w).square().sum()
            },
            [[0.0, 2.0], [1.0, 1.0]],
            25.0 * ln2 * ln2,
            [0.0, 25.0 * ln2, 0.0, 0.0],
            {
                let curved = 2.0 * 25.0 * (1.0 - ln2) / 4.0;
                [0.0, curved, 10.0 + 22.0, 22.0 + 50.0]
            },
        ),
        of(
            "(ln x · w)[1], a product of matrices with an infinite row",
            |x| {
                let w = x.tape().constant([[1.0], [3.0]]);
                x.ln().matmul(w).s((1, 0))
            },
            [[0.0, 1.0], [2.0, 1.0]],
            ln2,
            [0.0, 0.0, 0.5, 3.0],
            [0.0, 0.0, -0.25, -3.0],
        ),
        of(
            "convolution of where(x > 0, ln x, 0)",
            |x| {
                let image = x.gt(0.0).select(x.ln(), 0.0).reshape([1, 1, 1, 3]);
                let w = x.tape().constant([[[[1.0, 2.0]]]]);
                image.conv2d(w, &Conv2dOptions::default()).sum()
            },
            [2.0, 0.0, 2.0],
            3.0 * ln2,
            [0.5, 0.0, 1.0],
            [-0.25, 0.0, -0.5],
        ),
        of(
            "maximum pooling of -∞ where x ≤ 0",
            |x| {
                let image = x.ln().masked_fill(x.le(0.0), f64::NEG_INFINITY).reshape([1, 1, 1, 4]);
                let pooled = image.max_pool2d([1, 2], PoolOptions::default());
                pooled.gt(f64::NEG_INFINITY).select(pooled, 0.0).square().sum()
            },
            [0.0, 2.0, -1.0, 0.0],
            ln2 * ln2,
            [0.0, ln2, 0.0, 0.0],
            [0.0, (1.0 - ln2) / 2.0, 0.0, 0.0],
        ),
        of(
            "mean over what a mask keeps of 1/x",
            |x| {
                let mask = x.tape().constant([0.0, 1.0, 1.0]).ne(0.0);
                mask.select(1.0 / x, 0.0).sum() / mask.to_var().sum()
            },
            [0.0, 1.0, 2.0],
            0.75,
            [0.0, -0.5, -0.125],
            [0.0, 1.0, 0.125],
        ),
        of(
            "attention: scores masked by -∞, one query sees nothing",
            |x| {
                let mask = x.tape().constant([[1.0, 1.0], [1.0, 0.0]]).ne(0.0);
                let p = x.masked_fill(mask, f64::NEG_INFINITY).softmax(1);
                let seen = x.tape().constant([[0.0], [1.0]]).ne(0.0);
                let values = x.tape().constant([[2.0], [3.0]]);
                (seen.select(p, 0.0).matmul(values) * x.s((.., 1..))).sum()
            },
            [[1.0, 2.0], [5.0, 4.0]],
            12.0,
            [0.0, 0.0, 0.0, 3.0],
            [0.0; 4],
        ),
        of(
            "NaN in the data, masked before the loss",
            |x| {
                let known = x.tape().constant([1.0, 0.0]).ne(0.0);
                let target = x.tape().constant([1.0, NAN]);
                known.select((x - target).square(), 0.0).sum()
            },
            [3.0, 3.0],
            4.0,
            [4.0, 0.0],
            [2.0, 0.0],
        ),
    ]
}
