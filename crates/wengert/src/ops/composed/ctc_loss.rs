//! # ctc_loss
//!
//! Minus the logarithm of the probability that frames spell a sequence of labels, over all alignments.
//!
//! $$ \ell = -\ln \sum_{\pi \,:\, \operatorname{collapse}(\pi) = z} \; \prod_t p_t(\pi_t), \qquad
//! \alpha_t(s) = x_t(z'_s) + \ln\left( e^{\alpha_{t-1}(s)} + e^{\alpha_{t-1}(s-1)} + \lbrack s \text{ may be reached over a blank} \rbrack \, e^{\alpha_{t-1}(s-2)} \right) $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: of the recursion, `gather` and `logsumexp`; $\bar x_t(c)$ is minus the probability that frame $t$ is $c$, given the labels, times $\bar \ell$ |
//! | JVP | by composition |
//! | shape | `[t, n, c] → [n]` |
//! | domain | logarithms of probabilities, $-\infty$ included, normalized or not; labels that no alignment spells cost ∞, with gradient 0 |
//! | numerics | in logarithms throughout: a thousand frames of probability $10^{-3}$ do not underflow; `logsumexp`, whose every derivative is 0 where all terms are $-\infty$ |
//! | source | Graves, Fernández, Gomez and Schmidhuber (2006), Connectionist Temporal Classification, section 4.1; the recursion starts before the first frame, at the first blank |

use super::Composed;
use crate::{Error, Float, Mask, Tensor, Var, error::or_panic};

const OP: &str = "ctc_loss";

/// What is asked of one batch, checked: sizes, the labels with blanks between them, and the lengths.
struct Alignment<'a> {
    frames: usize,
    /// The states of the longest sequence of labels: one for each label, one for each blank around them.
    states: usize,
    /// `[n, states]`: blank, label, blank, …, filled up with blanks.
    labels: Vec<u32>,
    input_lengths: &'a [usize],
    target_lengths: &'a [usize],
}

impl<'a> Alignment<'a> {
    fn new(
        x: &[usize],
        targets: &Tensor<u32>,
        input_lengths: &'a [usize],
        target_lengths: &'a [usize],
        blank: u32,
    ) -> Result<Self, Error> {
        let &[frames, n, classes] = x else {
            return Err(Error::Shape { op: OP, given: x.into(), expected: "[frames, batch, classes]" });
        };
        let &[rows, longest] = targets.dims() else {
            let expected = "targets [batch, labels]";
            return Err(Error::Shape { op: OP, given: targets.dims().into(), expected });
        };
        if rows != n {
            let expected = "a row of targets for each sequence of frames";
            return Err(Error::ShapeMismatch { op: OP, lhs: x.into(), rhs: targets.dims().into(), expected });
        }
        if blank as usize >= classes {
            return Err(Error::Index { op: OP, index: i64::from(blank), size: classes });
        }
        for (name, lengths, most) in
            [("input_lengths", input_lengths, frames), ("target_lengths", target_lengths, longest)]
        {
            let refused = |given, expected| Error::Attribute { op: OP, name, given, expected };
            if lengths.len() != n {
                let given = format!("{} lengths for {n} sequences", lengths.len());
                return Err(refused(given, "one length for each sequence of the batch"));
            }
            if let Some((k, length)) = lengths.iter().enumerate().find(|(_, length)| **length > most) {
                let given = format!("{length} for sequence {k}, of which {most} are given");
                return Err(refused(given, "no more than are given"));
            }
        }
        let states = 2 * target_lengths.iter().max().copied().unwrap_or(0) + 1;
        let mut labels = vec![blank; n * states];
        for k in 0..n {
            for j in 0..target_lengths[k] {
                let label = targets.get([k, j])?;
                if label as usize >= classes {
                    return Err(Error::Index { op: OP, index: i64::from(label), size: classes });
                }
                if label == blank {
                    let given = format!("{label} at position {j} of sequence {k}, which is the blank");
                    let expected = "labels that are not the blank";
                    return Err(Error::Attribute { op: OP, name: "targets", given, expected });
                }
                labels[k * states + 2 * j + 1] = label;
            }
        }
        Ok(Self { frames, states, labels, input_lengths, target_lengths })
    }

    /// A constant mask `[n, width]` that holds where `f` does.
    #[track_caller]
    fn mask<'t, F: Float>(
        &self,
        on: Var<'t, F>,
        width: usize,
        f: impl Fn(usize, usize) -> bool,
    ) -> Mask<'t, F> {
        let number = |ix: &[usize]| if f(ix[0], ix[1]) { F::ONE } else { F::ZERO };
        on.tape().constant(Tensor::from_fn([self.input_lengths.len(), width], number)).gt(0.5)
    }

    /// The loss of each sequence.
    #[track_caller]
    fn loss<'t, F: Float>(&self, x: Var<'t, F>) -> Result<Var<'t, F>, Error> {
        let (n, states) = (self.input_lengths.len(), self.states);
        let never = f64::NEG_INFINITY;
        let indices = Tensor::from_fn([self.frames, n, states], |ix| self.labels[ix[1] * states + ix[2]]);
        // `[t, n, states]`: what each state says of each frame.
        let frames = x.try_gather(2, indices)?.try_unbind(0)?;
        // A label may follow another directly, unless they are equal: then only over the blank.
        let skips = self.mask(x, states, |k, s| {
            s % 2 == 1 && s >= 3 && self.labels[k * states + s] != self.labels[k * states + s - 2]
        });
        let before = x.tape().constant(Tensor::full([n, 2], F::from_f64(never)));
        let first = |ix: &[usize]| if ix[1] == 0 { F::ZERO } else { F::from_f64(never) };
        let mut alpha = x.tape().constant(Tensor::from_fn([n, states], first));
        for (t, frame) in frames.into_iter().enumerate() {
            let shifted = Var::try_concat(&[before, alpha], 1)?;
            let one_back = shifted.try_narrow(1, 1..states + 1)?;
            let two_back = skips.select(shifted.try_narrow(1, 0..states)?, never);
            let next = Var::try_stack(&[alpha, one_back, two_back], 0)?.try_logsumexp_axes(0)? + frame;
            let ended = self.input_lengths.iter().any(|&length| length <= t);
            alpha = if ended {
                self.mask(x, 1, |k, _| t < self.input_lengths[k]).select(next, alpha)
            } else {
                next
            };
        }
        // It may end with the last label, or with the blank behind it.
        let ends =
            Tensor::from_fn([n, 2], |ix| (2 * self.target_lengths[ix[0]]).saturating_sub(ix[1]) as u32);
        let ends = alpha.try_gather(1, ends)?;
        // Without labels both are the same state.
        let has_labels = self.mask(x, 1, |k, _| self.target_lengths[k] > 0);
        let last = has_labels.select(ends.try_narrow(1, 1..2)?, never);
        let total = Var::try_concat(&[ends.try_narrow(1, 0..1)?, last], 1)?.try_logsumexp_axes(1)?;
        Ok(0.0 - total)
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// The loss of each sequence of log-probabilities `[frames, batch, classes]`; see
    /// [`crate::ops::composed::ctc_loss`].
    ///
    /// Sequence `k` has the first `input_lengths[k]` frames, and the first `target_lengths[k]` labels of row `k` of
    /// `targets` `[batch, labels]`; what lies beyond is not looked at. A label is any class but `blank`. A sequence without
    /// frames spells no labels at cost 0. Targets and lengths are fixed in a compiled plan.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] and [`Error::ShapeMismatch`] for other shapes; [`Error::Index`] for a label or a blank that is no
    /// class; [`Error::Attribute`] for a blank among the labels, and for lengths that are not one for each sequence or
    /// exceed what is given.
    #[track_caller]
    pub fn try_ctc_loss(
        self,
        targets: impl Into<Tensor<u32>>,
        input_lengths: &[usize],
        target_lengths: &[usize],
        blank: u32,
    ) -> Result<Self, Error> {
        let targets = targets.into();
        Alignment::new(self.shape().dims(), &targets, input_lengths, target_lengths, blank)?.loss(self)
    }

    /// As [`Var::try_ctc_loss`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// // Two frames, one sequence, the blank and one label: spelled as "1 1", "_ 1" and "1 _".
    /// let x = tape.leaf([[[0.25, 0.75]], [[0.5, 0.5]]]);
    /// let loss = x.ln().ctc_loss([[1]], &[2], &[1], 0);
    /// assert!((loss.item() + (0.375_f64 + 0.125 + 0.375).ln()).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn ctc_loss(
        self,
        targets: impl Into<Tensor<u32>>,
        input_lengths: &[usize],
        target_lengths: &[usize],
        blank: u32,
    ) -> Self {
        or_panic(self.try_ctc_loss(targets, input_lengths, target_lengths, blank))
    }
}

/// Sequences of several lengths, with repeated labels and without labels, at the points where the laws check them.
pub fn composed() -> Composed {
    Composed {
        name: OP,
        f: |x| {
            let [t, n] = [x[0].shape().dims()[0], x[0].shape().dims()[1]];
            let targets = Tensor::from_fn([n, 2], |ix| [[1, 1], [2, 1]][ix[0] % 2][ix[1]]);
            let lengths: Vec<_> = (0..n).map(|k| (t - k.min(t), (2 - k % 3).min(t / 2))).collect();
            let (frames, labels): (Vec<_>, Vec<_>) = lengths.into_iter().unzip();
            x[0].log_softmax(2).ctc_loss(targets, &frames, &labels, 0)
        },
        samples: |draw| {
            [[3, 2, 3], [2, 1, 2], [1, 1, 3], [4, 0, 3]].map(|s| vec![draw.uniform(s, -1.0, 1.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests;
