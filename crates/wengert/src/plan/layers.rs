//! A pass that puts a convolution or a product and what follows it into one kernel.
//!
//! `relu(conv2d(x, w) + bias)` and `relu(a b + bias)`, with or without `relu`, become one line that adds and rectifies
//! while a block of the result is in registers: the same bits in fewer passes over memory. A product whose rows are then
//! laid out along several axes, as that of a stack by one matrix is, counts too. `windows.rs` goes on from there to
//! pooling.

use super::graph::{Fused, Graph, Id, Source};
use crate::{Float, Op};
use smallvec::SmallVec;

/// The lines that read each line.
pub(super) struct Readers(Vec<SmallVec<[Id; 4]>>);

impl Readers {
    pub(super) fn of<F: Float>(graph: &Graph<F>) -> Self {
        let mut readers = vec![SmallVec::new(); graph.lines.len()];
        for (id, line) in graph.lines.iter().enumerate() {
            line.inputs().iter().for_each(|&i| readers[i as usize].push(id as Id));
        }
        // Whoever asks for an output reads it too; no line has this number.
        graph.outputs.iter().for_each(|&id| readers[id as usize].push(Id::MAX));
        Self(readers)
    }

    /// Whether these lines, and no others, read line `id`; each as often as it is listed.
    pub(super) fn are(&self, id: Id, expected: &[Id]) -> bool {
        let mut expected: SmallVec<[Id; 8]> = expected.iter().copied().collect();
        expected.sort_unstable();
        self.0[id as usize].as_slice() == expected.as_slice()
    }

    pub(super) fn all(&self, id: Id) -> &[Id] {
        &self.0[id as usize]
    }
}

/// Replaces sums of a product and a bias, and what rectifies them, by one line each.
pub(super) fn fuse_layers<F: Float>(graph: &mut Graph<F>) {
    let readers = Readers::of(graph);
    let mut moved = false;
    for id in 0..graph.lines.len() as Id {
        let Some(Biased { kernel, inputs, laid_out }) = biased(graph, &readers, id) else { continue };
        // A relu that alone reads the sum takes its place; then the sum is not needed.
        let rectifies = |&r: &Id| matches!(graph.op(r), Some((Op::Relu(_), _)));
        let relu = readers
            .all(id)
            .first()
            .copied()
            .filter(|r| *r != Id::MAX && rectifies(r) && readers.are(id, &[*r]));
        let (last, kernel) = (relu.unwrap_or(id) as usize, kernel.rectified(relu.is_some()));
        let fused = Source::Fused { kernel, inputs };
        match laid_out {
            None => graph.lines[last].source = fused,
            Some([product, reshape]) => {
                graph.lines[product as usize].source = fused;
                graph.lines[last].source = graph.lines[reshape as usize].source.clone();
                moved = true;
            }
        }
    }
    if moved {
        graph.sort(); // products now read a bias that may come after them
    }
}

/// A sum of a product and a bias, as one kernel.
struct Biased {
    kernel: Fused,
    inputs: SmallVec<[Id; 3]>,
    /// The line of the product and the reshape of it that is added to, if there is one between.
    laid_out: Option<[Id; 2]>,
}

/// What computes `id`, if it adds a bias to a product that nothing else reads.
fn biased<F: Float>(graph: &Graph<F>, readers: &Readers, id: Id) -> Option<Biased> {
    let Some((Op::Add(_), &[a, b])) = graph.op(id) else { return None };
    [(a, b), (b, a)].into_iter().find_map(|(product, bias)| {
        let Some((Op::BroadcastTo(_), &[bias])) = graph.op(bias) else { return None };
        let dims = graph.lines[bias as usize].shape;
        let rank = graph.lines[id as usize].shape.rank();
        let (op, operands) = graph.op(product)?;
        let columns = |id: Id| graph.lines[id as usize].shape.dims().last().copied();
        let (product, op, operands, laid_out) = match op {
            Op::Reshape(_) if columns(operands[0]) == columns(product) && readers.are(product, &[id]) => {
                let (op, inner) = graph.op(operands[0])?;
                matches!(op, Op::MatMul(_)).then_some((
                    operands[0],
                    op,
                    inner,
                    Some([operands[0], product]),
                ))?
            }
            op => (product, op, operands, None),
        };
        let reader = laid_out.map_or(id, |[_, reshape]| reshape);
        let (kernel, axis) = match op {
            Op::Conv2d(op) => (Fused::Convolution { options: op.options, relu: false }, rank - 3),
            // A stack of products is none, in whatever shape it is laid out.
            Op::MatMul(_) if graph.lines[product as usize].shape.rank() == 2 => {
                (Fused::Product { relu: false }, rank - 1)
            }
            _ => return None,
        };
        // The bias varies along the axis of channels or columns and along no other.
        let along = dims.rank().checked_sub(rank - axis)?;
        let size = graph.lines[id as usize].shape.dims()[axis];
        let filled = operands.iter().all(|&x| !graph.lines[x as usize].shape.is_empty());
        let fits = dims.len() == size && dims.dims()[along] == size && size > 0 && filled;
        let inputs = || operands.iter().copied().chain([bias]).collect();
        (fits && readers.are(product, &[reader])).then(|| Biased { kernel, inputs: inputs(), laid_out })
    })
}
