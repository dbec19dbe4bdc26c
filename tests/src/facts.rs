//! Numbers of other libraries: operands that both make by one formula, and what is compared.

use wengert::prelude::*;

/// `torch.sin(0.7 * torch.arange(n, dtype=torch.float64) + phase).reshape(shape)`
pub fn wave(shape: impl AsRef<[usize]>, phase: f64) -> Tensor<f64> {
    let mut k = 0.0;
    Tensor::from_fn(shape, |_| {
        k += 1.0;
        (0.7 * (k - 1.0) + phase).sin()
    })
}

/// Compares the numbers of `f` at these operands with `facts`.
///
/// Of a result `y` and its operands the numbers are `(y * wave(y.shape, 1.0)).sum()` and, after
/// `(y * wave(y.shape, 0.3)).sum().backward()`, of each operand in turn `(x.grad * wave(x.shape, 2.0)).sum()`.
///
/// # Panics
///
/// If one of them is another.
pub fn check(
    what: &str,
    inputs: &[Tensor<f64>],
    facts: &[f64],
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
) {
    let tape = Tape::<f64>::new();
    let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
    let y = f(&x);
    let dot = |a: &Tensor<f64>, b: &Tensor<f64>| a.zip(b, |a, b| a * b).to_vec().iter().sum::<f64>();
    let mut found = vec![dot(&y.value(), &wave(y.shape(), 1.0))];
    let g = y.try_pullback(wave(y.shape(), 0.3), &x).expect("a seed of the output's shape");
    found.extend(g.iter().map(|g| g.as_ref().expect("a gradient")).map(|g| dot(g, &wave(g.shape(), 2.0))));
    assert_eq!(found.len(), facts.len(), "{what}");
    for (k, (found, fact)) in found.iter().zip(facts).enumerate() {
        assert!(
            (found - fact).abs() <= 1e-12 * (1.0 + fact.abs()),
            "number {k} of {what}: {found} and {fact}"
        );
    }
}
