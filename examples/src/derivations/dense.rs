//! One dense layer with squared error.
//!
//! $$ z = x W + b, \quad a = f(z), \quad E = \tfrac12 \sum (a - t)^2 $$
//! $$ \delta = \frac{\partial E}{\partial z} = (a - t) \odot f'(z), \quad
//!    \frac{\partial E}{\partial x} = \delta W^\top, \quad
//!    \frac{\partial E}{\partial W} = x^\top \delta, \quad
//!    \frac{\partial E}{\partial b} = \sum_n \delta_n, \quad
//!    \frac{\partial E}{\partial t} = t - a $$
//!
//! Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, section "Forward Propagation, Backward Propagation, and
//! Computational Graphs", there with one sample a column, hence $\delta x^\top$ for the weights.

use super::{Derivation, Matrix, Mistake, matmul, over_batch, transposed};
use wengert::Var;

/// The layer with $f = \sigma$, where $f'(z) = a (1 - a)$.
pub fn sigmoid() -> Derivation {
    Derivation::new("dense layer, sigmoid, squared error", sigmoid_error, sigmoid_by_hand, point())
}

/// The layer with $f = \mathrm{ReLU}$, where $f'(z)$ is 1 for $z > 0$ and else 0.
pub fn relu() -> Derivation {
    Derivation::new("dense layer, ReLU, squared error", relu_error, relu_by_hand, point())
}

/// The same with ReLU's derivative at the wrong argument: at $x W$ in place of $x W + b$.
///
/// At the point of the check the bias changes one sign only, that of sample 1 in unit 1.
pub fn relu_without_bias() -> Mistake {
    Mistake {
        derivation: Derivation::new("ReLU' taken at x W, without b", relu_error, bias_forgotten, point()),
        spoils: |input, index| matches!((input, index), (0, [1, _]) | (1, [_, 1]) | (2, [1])),
    }
}

fn point() -> [(&'static str, Matrix); 4] {
    [
        ("x", [[0.5, -1.0], [1.5, 0.25], [-0.75, 0.6]].into()),
        ("W", [[0.8, -0.4], [-0.3, 0.9]].into()),
        ("b", [0.2, 0.5].into()),
        ("t", [[1.0, 0.0], [0.5, -0.5], [0.2, 1.0]].into()),
    ]
}

fn squared_error<'t>(a: Var<'t, f64>, t: Var<'t, f64>) -> Var<'t, f64> {
    (a - t).square().sum() * 0.5
}

fn sigmoid_error<'t>([x, w, b, t]: [Var<'t, f64>; 4]) -> Var<'t, f64> {
    squared_error((x.matmul(w) + b).sigmoid(), t)
}

fn relu_error<'t>([x, w, b, t]: [Var<'t, f64>; 4]) -> Var<'t, f64> {
    squared_error((x.matmul(w) + b).relu(), t)
}

fn sigmoid_by_hand([x, w, b, t]: [&Matrix; 4]) -> [Matrix; 4] {
    let a = (&matmul(x, w) + b).map(|z| 1.0 / (1.0 + (-z).exp()));
    let slope = a.map(|a| a * (1.0 - a));
    pulled_back([x, w, t], &a, &slope)
}

fn relu_by_hand([x, w, b, t]: [&Matrix; 4]) -> [Matrix; 4] {
    let z = &matmul(x, w) + b;
    pulled_back([x, w, t], &z.map(|z| z.max(0.0)), &z.map(step))
}

fn bias_forgotten([x, w, b, t]: [&Matrix; 4]) -> [Matrix; 4] {
    let z = &matmul(x, w) + b;
    pulled_back([x, w, t], &z.map(|z| z.max(0.0)), &matmul(x, w).map(step))
}

fn step(z: f64) -> f64 {
    if z > 0.0 { 1.0 } else { 0.0 }
}

/// The gradient by x, W, b and t, from the activation $a = f(z)$ and its slope $f'(z)$.
fn pulled_back([x, w, t]: [&Matrix; 3], a: &Matrix, slope: &Matrix) -> [Matrix; 4] {
    let delta = &(a - t) * slope;
    [matmul(&delta, &transposed(w)), matmul(&transposed(x), &delta), over_batch(&delta), t - a]
}
