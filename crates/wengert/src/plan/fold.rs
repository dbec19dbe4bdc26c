//! Passes that leave fewer lines: constants computed once, equal lines merged, unused lines dropped.

use super::graph::{Graph, Id, Source};
use crate::{Error, Float, Op, Shape, Tensor, Threads};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

/// Evaluates lines that depend on constants alone.
pub(super) fn fold<F: Float>(graph: &mut Graph<F>, on: &Threads) -> Result<(), Error> {
    for id in 0..graph.lines.len() {
        let Some((op, inputs)) = graph.lines[id].fixed_op() else { continue };
        let stays = match op {
            // Other numbers at each step.
            op if op.draws() => true,
            // A view costs nothing at run time, and says along which axis a bias lies.
            Op::BroadcastTo(_) => graph.lines[inputs[0] as usize].shape.len() != 1,
            _ => false,
        };
        if stays {
            continue;
        }
        let values: Option<SmallVec<[_; 3]>> =
            inputs.iter().map(|&i| graph.lines[i as usize].constant()).collect();
        let folded = values.map(|values| F::eval(op, &values, graph.lines[id].shape, on)).transpose()?;
        if let Some(value) = folded {
            graph.lines[id].source = Source::Constant(value);
        }
    }
    Ok(())
}

/// A kind of op and its operands.
type Applied<F> = (Discriminant<Op<F>>, SmallVec<[Id; 3]>);

/// Merges lines that apply the same op to the same lines, and constants of one number and one shape.
pub(super) fn merge<F: Float>(graph: &mut Graph<F>) {
    // Lines by kind of op and operands; those that apply the same op differ in attributes.
    let mut seen: HashMap<Applied<F>, SmallVec<[Id; 2]>> = HashMap::new();
    let mut numbers: HashMap<(u64, Shape), Id> = HashMap::new();
    let mut of: Vec<Id> = Vec::with_capacity(graph.lines.len());
    for (id, line) in graph.lines.iter().enumerate() {
        let id = id as Id;
        let first = match line.fixed_op() {
            // Indices are long to compare.
            Some((op, inputs)) if op.picks().is_none() => {
                let inputs = inputs.iter().map(|&i| of[i as usize]).collect();
                let alike = seen.entry((discriminant(op), inputs)).or_default();
                let is_same = |&&at: &&Id| graph.op(at).is_some_and(|(other, _)| op.same_as(other));
                let first = alike.iter().find(is_same).copied();
                first.unwrap_or_else(|| {
                    alike.push(id);
                    id
                })
            }
            _ => match line.constant().and_then(Tensor::uniform) {
                Some(number) => *numbers.entry((number.to_f64().to_bits(), line.shape)).or_insert(id),
                None => id,
            },
        };
        of.push(first);
    }
    graph.redirect(&of);
}

/// Drops lines that no output depends on.
pub(super) fn drop_unused<F: Float>(graph: &mut Graph<F>) {
    let mut used = vec![false; graph.lines.len()];
    graph.outputs.iter().for_each(|&id| used[id as usize] = true);
    for id in (0..graph.lines.len()).rev() {
        if used[id] {
            graph.lines[id].inputs().iter().for_each(|&i| used[i as usize] = true);
        }
    }
    let mut place = vec![0; graph.lines.len()];
    for (kept, id) in (0..used.len()).filter(|&id| used[id]).enumerate() {
        place[id] = kept as Id;
    }
    let lines = std::mem::take(&mut graph.lines);
    graph.lines = lines.into_iter().zip(used).filter_map(|(line, used)| used.then_some(line)).collect();
    graph.redirect(&place);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{clamp::Clamp, elu::Elu, leaky_relu::LeakyRelu};
    use crate::plan::Pass;
    use crate::{CustomOp, Line, Pullback, Shape, Tape, Tensor, Var};

    struct Twice;

    impl CustomOp<f64> for Twice {
        fn name(&self) -> &'static str {
            "twice"
        }
        fn arity(&self) -> usize {
            1
        }
        fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
            Ok(x[0])
        }
        fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
            Ok(x[0].map(|x| 2.0 * x))
        }
        fn vjp<'t>(&self, _: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
            [Some(ct * 2.0)].into()
        }
        fn jvp<'t>(&self, _: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
            dx[0].map(|dx| dx * 2.0)
        }
    }

    /// Steps of the plan of these outputs, a line each.
    fn lines<'t>(outputs: impl FnOnce(Var<'t, f64>) -> Vec<Var<'t, f64>>, tape: &'t Tape<f64>) -> usize {
        let x = tape.leaf([0.5, -1.0]);
        let outputs = outputs(x);
        let compiler = tape.compiler().inputs(&[x]).without(Pass::Fuse);
        compiler.compile(&outputs).expect("compiles").len()
    }

    #[test]
    fn lines_merge_if_attributes_are_the_same_bit_for_bit() {
        let tape = Tape::new();
        assert_eq!(lines(|x| vec![x.leaky_relu(0.1), x.leaky_relu(0.1)], &tape), 1);
        assert_eq!(lines(|x| vec![x.leaky_relu(0.1), x.leaky_relu(0.2), x.elu(0.1)], &tape), 3);
        assert_eq!(lines(|x| vec![x.clamp(0.0, 1.0), x.clamp(-0.0, 1.0), x.clamp(0.0, 1.0)], &tape), 2);
        assert_eq!(lines(|x| vec![x.powi(2), x.powi(3), x.powi(2), x.square(), x.square()], &tape), 3);
        assert_eq!(lines(|x| vec![x.sum(), x.sum_keepdim(0), x.sum_axes([0])], &tape), 2);
        // A line of merged lines.
        assert_eq!(lines(|x| vec![x.exp().sin(), x.exp().sin()], &tape), 2);
    }

    #[test]
    fn equal_numbers_of_other_bits_are_other_attributes_and_nan_is_none() {
        let clamp = |lo| Op::<f64>::from(Clamp::new(lo, 1.0).expect("ordered"));
        let elu = |alpha| Op::<f64>::from(Elu::new(alpha).expect("finite"));
        let leaky = |slope| Op::<f64>::from(LeakyRelu::new(slope).expect("finite"));
        for op in [clamp as fn(f64) -> Op<f64>, elu, leaky] {
            assert!(op(0.0).same_as(&op(0.0)) && op(-0.0).same_as(&op(-0.0)));
            assert!(!op(0.0).same_as(&op(-0.0)) && !op(0.5).same_as(&op(0.25)));
        }
        assert!(!elu(0.5).same_as(&leaky(0.5)));
        // What would not equal itself is refused before it is an attribute.
        assert!(Clamp::new(f64::NAN, 1.0).is_err() && Clamp::new(0.0, f64::NAN).is_err());
        assert!(Elu::new(f64::NAN).is_err() && LeakyRelu::new(f64::NAN).is_err());
    }

    #[test]
    fn user_written_ops_merge_only_if_they_say_so() {
        let tape = Tape::new();
        assert_eq!(lines(|x| vec![tape.custom(Twice, &[x]), tape.custom(Twice, &[x])], &tape), 2);
        let op: Op<f64> = Op::Custom(std::sync::Arc::new(Twice));
        assert!(!op.same_as(&op.clone()));
    }
}
