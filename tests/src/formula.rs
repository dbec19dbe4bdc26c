//! The law of elementwise formulas.

use crate::subject::Subject;
use crate::tally::Tally;
use wengert::{Op, Tensor, Threads};
use wengert_kernels::program::{Builder, Sink, Source, run};

/// The formula of an elementwise op gives the bits of its kernel in both precisions, many elements at a time and one, at
/// samples and special points. What is no formula is not declared elementwise.
pub fn formula(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for case in subject.all_cases() {
        let narrow: Vec<Tensor<f32>> = case.inputs.iter().map(Tensor::cast).collect();
        let op32 = case.op.in_precision().expect("a primitive");
        let compared = [formula_at(&case.op, &case.inputs), formula_at(&op32, &narrow)];
        for (dtype, compared) in ["f64", "f32"].into_iter().zip(compared) {
            assert!(compared.is_some() || !subject.elementwise, "{case} is elementwise without a formula");
            tally.add(dtype, 0, "formula", compared.unwrap_or(0));
        }
    }
    if subject.elementwise { tally.not_empty(subject.name) } else { tally }
}

/// Compares them at one point; none if the op has no formula.
pub(crate) fn formula_at<F: wengert::Float>(op: &Op<F>, inputs: &[Tensor<F>]) -> Option<usize> {
    let mut b = Builder::new(inputs.len());
    let x: Vec<_> = (0..inputs.len()).map(|k| b.input(k)).collect();
    let y = op.formula(&mut b, &x)?;
    let program = b.finish(&[y]);
    let kernel = op.eval(&inputs.iter().collect::<Vec<_>>()).expect("samples fit").to_vec();
    let x: Vec<Vec<F>> = inputs.iter().map(Tensor::to_vec).collect();
    let sources: Vec<_> = x.iter().map(|x| Source::Dense(x)).collect();
    let mut formula = vec![F::ZERO; kernel.len()];
    run(&Threads::one(), &program, kernel.len(), &sources, &mut [Sink::Store(&mut formula)]);
    for (k, (&a, &b)) in formula.iter().zip(&kernel).enumerate() {
        let at: Vec<F> = x.iter().map(|x| x[k]).collect();
        let numbers: Vec<_> = at.iter().map(|&x| Tensor::full([], x)).collect();
        let number = op.eval(&numbers.iter().collect::<Vec<_>>()).expect("numbers fit").item();
        for other in [b, number] {
            // Every f32 is an f64, with its sign and bits.
            let same = a.to_f64().to_bits() == other.to_f64().to_bits() || (a.is_nan() && other.is_nan());
            assert!(same, "{op:?} at {at:?}: the formula gives {a}, the kernel {other}");
        }
    }
    Some(kernel.len())
}
