//! Softmax with cross-entropy.
//!
//! $$ p_j = \frac{e^{z_j}}{\sum_k e^{z_k}}, \quad E = -\sum_j t_j \ln p_j $$
//! $$ \frac{\partial E}{\partial z} = p - t \text{ where } \sum_j t_j = 1, \quad
//!    \frac{\partial E}{\partial t} = -\ln p $$
//!
//! Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, section "Softmax Regression", under "Softmax and
//! Derivatives".

use super::{Derivation, Matrix};
use wengert::{Tensor, Var};

/// Two samples of three classes, one with a class and one with a distribution as its target.
pub fn cross_entropy() -> Derivation {
    let z = [[1.0, -0.5, 2.0], [0.3, 0.0, -1.2]].into();
    let t = [[0.0, 0.0, 1.0], [0.7, 0.2, 0.1]].into();
    Derivation::new("softmax with cross-entropy", expression, by_hand, [("z", z), ("t", t)])
}

fn expression<'t>([z, t]: [Var<'t, f64>; 2]) -> Var<'t, f64> {
    -(t * z.log_softmax(-1)).sum()
}

fn by_hand([z, t]: [&Matrix; 2]) -> [Matrix; 2] {
    let exp = z.map(f64::exp);
    let row_sum = |row| (0..z.dims()[1]).map(|k| exp[[row, k]]).sum::<f64>();
    let p = Tensor::from_fn(z.dims(), |ix| exp[[ix[0], ix[1]]] / row_sum(ix[0]));
    [&p - t, p.map(|p| -p.ln())]
}
