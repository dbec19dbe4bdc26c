//! Batch normalization, over a batch of $m$ samples.
//!
//! $$ \hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat x_i + \beta, \quad
//!    \mu = \frac1m \sum_i x_i, \quad \sigma^2 = \frac1m \sum_i (x_i - \mu)^2 $$
//!
//! With $g_i = \partial \ell / \partial y_i$ the chain rule gives
//!
//! $$ \frac{\partial \ell}{\partial \hat x_i} = g_i \gamma, \quad
//!    \frac{\partial \ell}{\partial \sigma^2} =
//!      -\tfrac12 (\sigma^2 + \epsilon)^{-3/2} \sum_i \frac{\partial \ell}{\partial \hat x_i} (x_i - \mu) $$
//! $$ \frac{\partial \ell}{\partial \mu} =
//!      -\frac{1}{\sqrt{\sigma^2 + \epsilon}} \sum_i \frac{\partial \ell}{\partial \hat x_i}
//!      - \frac{\partial \ell}{\partial \sigma^2} \frac2m \sum_i (x_i - \mu) $$
//! $$ \frac{\partial \ell}{\partial x_i} =
//!      \frac{\partial \ell}{\partial \hat x_i} \frac{1}{\sqrt{\sigma^2 + \epsilon}}
//!      + \frac{\partial \ell}{\partial \sigma^2} \frac{2 (x_i - \mu)}{m}
//!      + \frac{\partial \ell}{\partial \mu} \frac1m, \quad
//!    \frac{\partial \ell}{\partial \gamma} = \sum_i g_i \hat x_i, \quad
//!    \frac{\partial \ell}{\partial \beta} = \sum_i g_i $$
//!
//! Source: Ioffe and Szegedy, Batch Normalization (2015), section 3.

use super::{Derivation, Matrix, Mistake, over_batch};
use wengert::Var;

const EPSILON: f64 = 1e-5;

/// The whole chain; $\ell = \sum g \odot y$, so that $g$ is an input like the others.
pub fn batch_norm() -> Derivation {
    Derivation::new("batch normalization", expression, by_hand, point())
}

/// The links $\partial \ell / \partial \sigma^2$ and $\partial \ell / \partial \mu$ by themselves: both statistics are
/// inputs, so each gets its own gradient, and no path leads from $\mu$ through $\sigma^2$.
pub fn given_statistics() -> Derivation {
    let [x, gamma, beta, g] = point();
    let [mean, var] = [("mean", [0.1, 0.9].into()), ("var", [1.4, 0.3].into())];
    let inputs = [x, mean, var, gamma, beta, g];
    Derivation::new("normalization with given mean and variance", normalized, normalized_by_hand, inputs)
}

/// The whole chain, but with the path through the mean forgotten.
pub fn without_the_mean() -> Mistake {
    Mistake {
        derivation: Derivation::new(
            "batch normalization without the mean's path",
            expression,
            no_mean,
            point(),
        ),
        spoils: |input, _| input == 0,
    }
}

fn point() -> [(&'static str, Matrix); 4] {
    [
        ("x", [[0.5, -1.0], [1.5, 2.25], [-0.75, 0.6], [0.1, 1.4]].into()),
        ("gamma", [1.5, -0.5].into()),
        ("beta", [0.1, 0.7].into()),
        ("g", [[0.3, -0.2], [1.1, 0.4], [-0.6, 0.9], [0.5, -1.3]].into()),
    ]
}

fn expression<'t>([x, gamma, beta, g]: [Var<'t, f64>; 4]) -> Var<'t, f64> {
    let mean = x.mean_axes(0);
    let var = (x - mean).square().mean_axes(0);
    normalized([x, mean, var, gamma, beta, g])
}

fn normalized<'t>([x, mean, var, gamma, beta, g]: [Var<'t, f64>; 6]) -> Var<'t, f64> {
    let x_hat = (x - mean) / (var + EPSILON).sqrt();
    (g * (gamma * x_hat + beta)).sum()
}

fn by_hand([x, gamma, beta, g]: [&Matrix; 4]) -> [Matrix; 4] {
    let (mean, var) = statistics(x);
    let m = x.dims()[0] as f64;
    let [d_x, d_mean, d_var, d_gamma, d_beta, d_g] = normalized_by_hand([x, &mean, &var, gamma, beta, g]);
    let centered = x - &mean;
    let d_mean = d_mean - &(&d_var * &over_batch(&centered)) * (2.0 / m);
    [d_x + &(&d_var * &centered) * (2.0 / m) + d_mean / m, d_gamma, d_beta, d_g]
}

fn no_mean([x, gamma, beta, g]: [&Matrix; 4]) -> [Matrix; 4] {
    let (mean, var) = statistics(x);
    let m = x.dims()[0] as f64;
    let [d_x, _, d_var, d_gamma, d_beta, d_g] = normalized_by_hand([x, &mean, &var, gamma, beta, g]);
    [d_x + &(&d_var * &(x - &mean)) * (2.0 / m), d_gamma, d_beta, d_g]
}

fn statistics(x: &Matrix) -> (Matrix, Matrix) {
    let m = x.dims()[0] as f64;
    let mean = over_batch(x) / m;
    let var = over_batch(&(x - &mean).map(|d| d * d)) / m;
    (mean, var)
}

/// The gradient by x, mean, variance, gamma, beta and g where the statistics do not depend on x.
fn normalized_by_hand([x, mean, var, gamma, beta, g]: [&Matrix; 6]) -> [Matrix; 6] {
    let centered = x - mean;
    let sigma = var.map(|var| (var + EPSILON).sqrt());
    let x_hat = &centered / &sigma;
    let d_x_hat = g * gamma;
    let d_var = over_batch(&(&d_x_hat * &centered)) * sigma.map(|sigma| -0.5 / sigma.powi(3));
    let d_mean = over_batch(&d_x_hat) * sigma.map(|sigma| -1.0 / sigma);
    let y = &(gamma * &x_hat) + beta;
    [&d_x_hat / &sigma, d_mean, d_var, over_batch(&(g * &x_hat)), over_batch(g), y]
}
