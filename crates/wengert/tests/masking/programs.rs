//! Programs that mask, choose or index after an infinite or NaN value, with what they are on the live branch.

mod across;

use super::Formula;
use across::across;
use wengert::{At, Key, Tensor};

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

/// All programs, in the order of the guide's table.
pub(super) fn all() -> Vec<Program> {
    [elementwise(), constant_pieces(), indexed(), across()].into_iter().flatten().collect()
}
