//! Functions that change how others are recorded or differentiated: checkpoints, rules of the user's, sparse derivatives,
//! solutions of equations.

mod batched_rule;
mod checkpoint;
mod custom_rule;
mod implicit;
mod sparse;
mod together;

use wengert::Tensor;

/// The same shape and the same bits.
fn same_bits(a: &Tensor<f64>, b: &Tensor<f64>) -> bool {
    let bits = |t: &Tensor<f64>| t.to_vec().into_iter().map(f64::to_bits).collect::<Vec<_>>();
    a.shape() == b.shape() && bits(a) == bits(b)
}

/// Whether every element differs by less than `tolerance`.
fn close(a: &Tensor<f64>, b: &Tensor<f64>, tolerance: f64) -> bool {
    a.shape() == b.shape()
        && a.elements().iter().zip(b.elements().iter()).all(|(a, b)| (a - b).abs() < tolerance)
}
