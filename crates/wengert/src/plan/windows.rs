//! A pass that pools while convolving, and whose backward uses that a pooling window passes on one gradient.
//!
//! Forward, `max_pool2d(relu(conv2d(x, w) + bias))` over windows that do not overlap becomes one line: the convolution is
//! never stored, only the maxima and, where a gradient needs it, which place of its window each came from. Backward, the
//! cotangent of the convolution is zero but at those places, so its gradients skip the zeros.
//!
//! Forward has the bits of the tape. Backward adds the same numbers in the order of the windows, not of the pixels: it
//! equals the tape to rounding, for finite operands; 0 times an infinite one is left out, where the tape has NaN. Leave out [`Pass::Sparse`](super::Pass::Sparse) to have the tape's order.

use super::fused::try_pooling;
use super::graph::{Fused, Graph, Id, Part, Source};
use super::layers::Readers;
use crate::ops::{compare::Compare, max_pool2d::MaxPool2d};
use crate::{Conv2dOptions, Float, Op, Tensor};
use smallvec::{SmallVec, smallvec};

/// Replaces pooled convolutions, where nothing else needs what is pooled.
pub(super) fn fuse_windows<F: Float>(graph: &mut Graph<F>, sparse: bool) {
    let readers = Readers::of(graph);
    for pooled in 0..graph.lines.len() as Id {
        let Some(found) = Pooled::find(graph, pooled) else { continue };
        if readers.are(found.of, &[pooled]) {
            found.replace_forward(graph, false);
        } else if sparse && let Some(backward) = Backward::find(graph, &readers, &found) {
            found.replace_forward(graph, true);
            backward.replace(graph, &found);
        }
    }
    graph.sort();
}

/// A pooling of a rectified convolution.
struct Pooled {
    line: Id,
    /// The convolution.
    of: Id,
    options: Conv2dOptions,
    window: [usize; 2],
    pool: MaxPool2d,
    /// Images, weight and bias of the convolution.
    operands: SmallVec<[Id; 3]>,
}

impl Pooled {
    fn find<F: Float>(graph: &Graph<F>, line: Id) -> Option<Self> {
        let Some((Op::MaxPool2d(pool), &[of])) = graph.op(line) else { return None };
        let Source::Fused { kernel: Fused::Convolution { options, relu: true }, inputs } =
            &graph.lines[of as usize].source
        else {
            return None;
        };
        let window = pool.window.disjoint()?;
        let shape = |k: usize| graph.lines[inputs[k] as usize].shape;
        let fits = try_pooling(*options, window, shape(0), shape(1)).is_some();
        fits.then(|| Self { line, of, options: *options, window, pool: **pool, operands: inputs.clone() })
    }

    fn replace_forward<F: Float>(&self, graph: &mut Graph<F>, noted: bool) {
        let kernel = Fused::ConvolutionPool { options: self.options, window: self.window, noted };
        graph.lines[self.line as usize].source = Source::Fused { kernel, inputs: self.operands.clone() };
    }
}

/// The lines by which the cotangent of a pooled, rectified convolution goes back to its operands.
struct Backward {
    /// The cotangent of the pooled values.
    ct: Id,
    /// What reads the cotangent of the convolution, and whose gradient it is.
    gradients: SmallVec<[(Id, Part); 3]>,
}

impl Backward {
    /// Finds $\bar s = \operatorname{scatter}(\bar p) \odot [r > 0]$ as relu and pooling record it, if nothing else
    /// reads the lines on the way.
    fn find<F: Float>(graph: &Graph<F>, readers: &Readers, pooled: &Pooled) -> Option<Self> {
        let (r, p) = (pooled.of, pooled.line);
        let of_readers = |wanted: &dyn Fn(&Op<F>, &[Id]) -> bool| {
            let is = |&&id: &&Id| id != Id::MAX && graph.op(id).is_some_and(|(op, x)| wanted(op, x));
            readers.all(r).iter().find(is).copied()
        };
        let same_pool = |op: &Op<F>| matches!(op, Op::MaxPool2dGrad(g) if g.window == pooled.pool.window);
        let scatter = of_readers(&|op, x| same_pool(op) && x[0] == r && x[1] != r)?;
        let above = of_readers(&|op, x| {
            matches!(op, Op::Compare(c) if **c == Compare::Greater) && x[0] == r && x[1] != r
        })?;
        let nan =
            of_readers(&|op, x| matches!(op, Op::Compare(c) if **c == Compare::NotEqual) && *x == [r, r])?;
        let slope = of_readers(&|op, x| matches!(op, Op::Select(_)) && x[0] == nan && x[1] == r)?;
        if !readers.are(r, &[p, scatter, above, nan, nan, slope]) {
            return None;
        }
        let uniform =
            |id: Id, value: F| graph.lines[id as usize].constant().and_then(Tensor::uniform) == Some(value);
        let step = graph.op(slope)?.1[2];
        let (Op::Select(_), &[mask, one, zero]) = graph.op(step)? else { return None };
        if mask != above
            || !uniform(one, F::ONE)
            || !uniform(zero, F::ZERO)
            || !uniform(graph.op(above)?.1[1], F::ZERO)
        {
            return None;
        }
        let chain = *readers.all(scatter).first()?;
        let (Op::ZeroProduct(_), x) = (if chain == Id::MAX { return None } else { graph.op(chain)? }) else {
            return None;
        };
        let alone = x == [scatter, slope]
            && readers.are(scatter, &[chain])
            && readers.are(slope, &[chain])
            && readers.are(step, &[slope])
            && readers.are(above, &[step])
            && readers.are(nan, &[slope]);
        let part = |&id: &Id| {
            Some((id, if id == Id::MAX { return None } else { Self::part(graph, pooled, chain, id)? }))
        };
        let gradients: SmallVec<[(Id, Part); 3]> =
            readers.all(chain).iter().map(part).collect::<Option<_>>()?;
        let (mut parts, ct) = (gradients.iter().map(|(_, part)| *part), graph.op(scatter)?.1[1]);
        // Each at most once: equal lines have been merged.
        let once =
            [Part::Images, Part::Weight, Part::Bias].map(|p| parts.clone().filter(|&q| q == p).count() <= 1);
        (alone && parts.next().is_some() && once == [true; 3]).then_some(Self { ct, gradients })
    }

    /// Whose gradient line `id` is, if it is one of the three of the convolution whose cotangent is `chain`.
    fn part<F: Float>(graph: &Graph<F>, pooled: &Pooled, chain: Id, id: Id) -> Option<Part> {
        match graph.op(id)? {
            (Op::Conv2dWeightGrad(op), x)
                if op.options == pooled.options && x == [pooled.operands[0], chain] =>
            {
                Some(Part::Weight)
            }
            (Op::Conv2dInputGrad(op), x)
                if op.options == pooled.options && x == [pooled.operands[1], chain] =>
            {
                Some(Part::Images)
            }
            (Op::Sum(sum), _) if sum.axes.iter().eq([0, 2, 3]) => Some(Part::Bias),
            _ => None,
        }
    }

    /// Makes one line compute all gradients from the pooled cotangent, and the others take theirs from it.
    fn replace<F: Float>(&self, graph: &mut Graph<F>, pooled: &Pooled) {
        let Some(&(first, own)) = self.gradients.first() else { return };
        let mut others = self.gradients[1..].iter().map(|&(_, part)| part);
        let kernel = Fused::PooledBackward {
            options: pooled.options,
            window: pooled.window,
            own,
            others: [others.next(), others.next()],
        };
        let inputs = smallvec![pooled.operands[0], pooled.operands[1], self.ct, pooled.line];
        graph.lines[first as usize].source = Source::Fused { kernel, inputs };
        for &(id, part) in &self.gradients[1..] {
            let kernel = Fused::TakePart(part);
            graph.lines[id as usize].source = Source::Fused { kernel, inputs: smallvec![first] };
        }
    }
}
