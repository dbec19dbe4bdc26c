//! Programs that mask, choose or index after an infinite or NaN value, with what they are on the live branch.

use super::Formula;
use wengert::ops::composed::norm::Norm;
use wengert::{At, Conv2dOptions, Key, PoolOptions, Tensor};

/// A scalar function, a point with a bad element, and value, gradient and $H \mathbf 1$ there in closed form.
pub(super) struct Program {
    /// As the table of the guide calls it.
    pub(super) name: &'static str,
    pub(super) f: Formula,
    pub(super) x: Tensor<f64>,
    pub(super) value: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) second: Vec<f64>,
}

const DEAD: [f64; 3] = [0.0; 3];
const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const PI: f64 = std::f64::consts::PI;

/// A sum over elements, each with its value, slope and curvature.
fn each<const N: usize>(name: &'static str, f: Formula, x: [f64; N], jets: [[f64; 3]; N]) -> Program {
    let column = |k: usize| jets.iter().map(|j| j[k]).collect::<Vec<_>>();
    Program { name, f, x: x.into(), value: column(0).iter().sum(), gradient: column(1), second: column(2) }
}

fn of<const N: usize>(
    name: &'static str,
    f: Formula,
    x: impl Into<Tensor<f64>>,
    value: f64,
    gradient: [f64; N],
    second: [f64; N],
) -> Program {
    Program { name, f, x: x.into(), value, gradient: gradient.into(), second: second.into() }
}

/// A choice by the sign of x after a function with a pole.
fn elementwise() -> Vec<Program> {
    let ln2 = 2.0_f64.ln();
    vec![
        each(
            "where(x > 0, ln x, 0)",
            |x| x.gt(0.0).select(x.ln(), 0.0).sum(),
            [0.0, -1.0, 2.0],
            [DEAD, DEAD, [ln2, 0.5, -0.25]],
        ),
        each(
            "where(x ≠ 0, 1/x, 0)",
            |x| x.ne(0.0).select(1.0 / x, 0.0).sum(),
            [0.0, 2.0],
            [DEAD, [0.5, -0.25, 0.25]],
        ),
        each(
            "where(x > 0, √x, 0)",
            |x| x.gt(0.0).select(x.sqrt(), 0.0).sum(),
            [0.0, -1.0, 4.0],
            [DEAD, DEAD, [2.0, 0.25, -1.0 / 32.0]],
        ),
        each(
            "where(x > 0, rsqrt x, 0)",
            |x| x.gt(0.0).select(x.rsqrt(), 0.0).sum(),
            [0.0, 4.0],
            [DEAD, [0.5, -1.0 / 16.0, 3.0 / 128.0]],
        ),
        each(
            "where(x > 0, x^-1.5, 0)",
            |x| x.gt(0.0).select(x.pow(-1.5), 0.0).sum(),
            [0.0, 4.0],
            [DEAD, [0.125, -1.5 / 32.0, 3.75 / 128.0]],
        ),
        each(
            "where(x < 0, eˣ, 1 + x)",
            |x| x.lt(0.0).select(x.exp(), 1.0 + x).sum(),
            [1000.0, 0.0, -1.0],
            [[1001.0, 1.0, 0.0], [1.0, 1.0, 0.0], [(-1.0_f64).exp(); 3]],
        ),
        each("where(x > 0, exp(-1/x), 0)", |x| x.gt(0.0).select((-1.0 / x).exp(), 0.0).sum(), [0.0, 0.5], {
            let e = (-2.0_f64).exp();
            [DEAD, [e, 4.0 * e, 0.0]]
        }),
        each("where(x < 700, cosh x, 0)", |x| x.lt(700.0).select(x.cosh(), 0.0).sum(), [1e3, 1.0], {
            let (c, s) = (1.0_f64.cosh(), 1.0_f64.sinh());
            [DEAD, [c, s, c]]
        }),
        each(
            "where(x > 0, atan2(x, x²), 0)",
            |x| x.gt(0.0).select(x.atan2(x.square()), 0.0).sum(),
            [0.0, 1.0],
            [DEAD, [PI / 4.0, -0.5, 0.5]],
        ),
        each(
            "where(|x| < 1, asin x, 0)",
            |x| x.abs().lt(1.0).select(x.asin(), 0.0).sum(),
            [1.0, 2.0, 0.6],
            [DEAD, DEAD, [0.6_f64.asin(), 1.25, 0.6 / 0.512]],
        ),
        each(
            "where(x > 1, acosh x, 0)",
            |x| x.gt(1.0).select(x.acosh(), 0.0).sum(),
            [1.0, 0.0, 1.25],
            [DEAD, DEAD, [1.25_f64.acosh(), 4.0 / 3.0, -1.25 * 64.0 / 27.0]],
        ),
        each(
            "where(|x| < 1, artanh x, 0)",
            |x| x.abs().lt(1.0).select(x.atanh(), 0.0).sum(),
            [1.0, -1.0, 0.5],
            [DEAD, DEAD, [0.5_f64.atanh(), 4.0 / 3.0, 16.0 / 9.0]],
        ),
        each("where(x > 0, lgamma x, 0)", |x| x.gt(0.0).select(x.lgamma(), 0.0).sum(), [0.0, -2.0, 3.0], {
            const GAMMA: f64 = 0.577_215_664_901_532_9;
            [DEAD, DEAD, [ln2, 1.5 - GAMMA, PI * PI / 6.0 - 1.25]]
        }),
        each(
            "where(x > 0, xlogy(x, x), 0)",
            |x| x.gt(0.0).select(x.xlogy(x), 0.0).sum(),
            [0.0, -1.0, 2.0],
            [DEAD, DEAD, [2.0 * ln2, ln2 + 1.0, 0.5]],
        ),
        each(
            "where(x < 1, ln(1 - x), 0)",
            |x| x.lt(1.0).select((-x).log1p(), 0.0).sum(),
            [1.0, -1.0],
            [DEAD, [ln2, -0.5, -0.25]],
        ),
        each(
            "where(x > 0, hypot(x, x), 0)",
            |x| x.gt(0.0).select(x.hypot(x), 0.0).sum(),
            [0.0, 3.0],
            [DEAD, [3.0 * 2.0_f64.sqrt(), 2.0_f64.sqrt(), 0.0]],
        ),
        each(
            "where(x > -∞, logaddexp(x, x), 0)",
            |x| x.gt(f64::NEG_INFINITY).select(x.logaddexp(x), 0.0).sum(),
            [-INF, 1.0],
            [DEAD, [1.0 + ln2, 1.0, 0.0]],
        ),
        each(
            "where(x ≠ 0, fmod(3, x), 0)",
            |x| x.ne(0.0).select((x * 0.0 + 3.0).fmod(x), 0.0).sum(),
            [0.0, 2.0],
            [DEAD, [1.0, -1.0, 0.0]],
        ),
        each(
            "where(x > 0, √x / √x, 1)",
            |x| x.gt(0.0).select(x.sqrt() / x.sqrt(), 1.0).sum(),
            [0.0, 4.0],
            [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]],
        ),
        each(
            "where(x > 0, where(x < 2, ln x, ln 1/(x - 2)), 0)",
            |x| {
                let inner = x.lt(2.0).select(x.ln(), (1.0 / (x - 2.0)).ln());
                x.gt(0.0).select(inner, 0.0).sum()
            },
            [0.0, 1.0, -1.0, 4.0],
            [DEAD, [0.0, 1.0, -1.0], DEAD, [-ln2, -0.5, 0.25]],
        ),
        each(
            "where(x > 0, ln x, 0)² + x²",
            |x| (x.gt(0.0).select(x.ln(), 0.0).square() + x.square()).sum(),
            [0.0, 1.0],
            [[0.0, 0.0, 2.0], [1.0, 2.0, 4.0]],
        ),
        each(
            "clamp(1/x, -3, 3)",
            |x| (1.0 / x).clamp(-3.0, 3.0).sum(),
            [0.0, 2.0],
            [[3.0, 0.0, 0.0], [0.5, -0.25, 0.25]],
        ),
        each(
            "clamp(ln x, -1, 9)",
            |x| x.ln().clamp(-1.0, 9.0).sum(),
            [0.0, 2.0],
            [[-1.0, 0.0, 0.0], [ln2, 0.5, -0.25]],
        ),
        each(
            "nan_to_num(ln x)",
            |x| x.ln().nan_to_num_with(0.0, 0.0, 0.0).sum(),
            [-1.0, 0.0, 2.0],
            [DEAD, DEAD, [ln2, 0.5, -0.25]],
        ),
        each(
            "max(ln x, -1)",
            |x| x.ln().maximum(-1.0).sum(),
            [0.0, 2.0],
            [[-1.0, 0.0, 0.0], [ln2, 0.5, -0.25]],
        ),
    ]
}

/// A pole after a piece that is constant: the function is constant there, and the pole sends an infinite cotangent.
fn constant_pieces() -> Vec<Program> {
    let root = [DEAD, [2.0, 0.25, -1.0 / 32.0]];
    vec![
        each("√relu(x), below 0", |x| x.relu().sqrt().sum(), [-1.0, 4.0], root),
        each("√max(x, 0), below 0", |x| x.maximum(0.0).sqrt().sum(), [-1.0, 4.0], root),
        each("√clamp(x, 0, 9), below 0", |x| x.clamp(0.0, 9.0).sqrt().sum(), [-1.0, 4.0], root),
        each(
            "√floor(x), below 1",
            |x| x.floor().sqrt().sum() + x.sum(),
            [0.5, 4.5],
            [[0.5, 1.0, 0.0], [6.5, 1.0, 0.0]],
        ),
    ]
}

/// Fills, selections and positions after a pole.
fn indexed() -> Vec<Program> {
    let ln2 = 2.0_f64.ln();
    let third = [1.0 / 3.0, -1.0 / 9.0, 2.0 / 27.0];
    let live = [DEAD, [ln2, 0.5, -0.25]];
    vec![
        each("(1/x)[1:]", |x| (1.0 / x).s(1..).sum(), [0.0, 3.0], [DEAD, third]),
        each("(ln x)[::-2]", |x| x.ln().s(At::step(.., -2)).sum(), [0.0, 2.0], live),
        each(
            "gather(ln x, [1, 1])",
            |x| x.ln().gather(0, [1, 1]).sum(),
            [0.0, 2.0],
            [DEAD, [2.0 * ln2, 1.0, -0.5]],
        ),
        each(
            "index_select(1/x, [1])",
            |x| x.recip().index_select(0, [1]).square().sum(),
            [0.0, 2.0],
            [DEAD, [0.25, -0.25, 0.375]],
        ),
        each("masked_fill(ln x, x ≤ 0, 0)", |x| x.ln().masked_fill(x.le(0.0), 0.0).sum(), [0.0, 2.0], live),
        each(
            "masked_select(ln x, mask)",
            |x| {
                let mask = x.tape().constant([0.0, 1.0]).ne(0.0);
                x.ln().masked_select(mask).sum()
            },
            [0.0, 2.0],
            live,
        ),
        each(
            "masked_scatter(ln x, mask, [0])",
            |x| {
                let mask = x.tape().constant([1.0, 0.0]).ne(0.0);
                x.ln().masked_scatter(mask, x.tape().constant([0.0])).sum()
            },
            [0.0, 2.0],
            live,
        ),
        each(
            "scatter(ln x, [0], x[1])",
            |x| x.ln().scatter(0, [0], x.s(1..)).sum(),
            [0.0, 2.0],
            [DEAD, [2.0 + ln2, 1.5, -0.25]],
        ),
        each(
            "at(0).set of ln x",
            |x| x.ln().at(0).set(x.s(1) * x.s(1)).sum(),
            [0.0, 2.0],
            [DEAD, [4.0 + ln2, 4.5, 1.75]],
        ),
        each(
            "index_copy(ln x, [0], x[1])",
            |x| x.ln().index_copy(0, [0], x.s(1..)).sum(),
            [0.0, 2.0],
            [DEAD, [2.0 + ln2, 1.5, -0.25]],
        ),
        each(
            "tril of ln x, a matrix",
            |x| x.reshape([2, 2]).ln().tril(0).sum(),
            [1.0, 0.0, 1.0, 2.0],
            [[0.0, 1.0, -1.0], DEAD, [0.0, 1.0, -1.0], [ln2, 0.5, -0.25]],
        ),
        each(
            "dropout(ln x), the first dropped",
            |x| x.ln().dropout(0.5, dropping_first()).sum(),
            [0.0, 2.0],
            [DEAD, [2.0 * ln2, 1.0, -0.5]],
        ),
    ]
}

/// A key whose mask at p = 1/2 drops the first of two elements and keeps the second.
fn dropping_first() -> Key {
    let keeps = |k: &Key| {
        let u = k.uniform::<f64>([2]).to_vec();
        u[0] < 0.5 && u[1] >= 0.5
    };
    (0..100).map(Key::new).find(keeps).expect("one of a hundred")
}

/// Reductions, products and windows beside a masked value.
fn across() -> Vec<Program> {
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

/// All programs, in the order of the guide's table.
pub(super) fn all() -> Vec<Program> {
    [elementwise(), constant_pieces(), indexed(), across()].into_iter().flatten().collect()
}
