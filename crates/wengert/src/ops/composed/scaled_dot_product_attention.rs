//! # scaled_dot_product_attention
//!
//! Means of values, weighted by how well their keys fit each query.
//!
//! $$ Y = \operatorname{dropout}(\operatorname{softmax}(s \, Q K^\top + B)) \, V, \quad s = 1 / \sqrt{e} \text{ unless given} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: of `matmul`, the masked `softmax` and `dropout` |
//! | JVP | by composition |
//! | shape | `[b…, l, e] × [b…, s, e] × [b…, s, v] → [b…, l, v]`; the leading axes broadcast |
//! | domain | a query that may see no key gets zeros and sends back zeros; a key that may not be seen sends back zeros, but key and value must be finite there, since its gradient and its weight are zeros that multiply them |
//! | numerics | queries are scaled before the product; the softmax subtracts its largest element; what a mask hides is never exponentiated |
//! | source | Vaswani et al. (2017), Attention Is All You Need, section 3.2.1 |

use super::Composed;
use crate::{AxisSet, Error, Float, Key, Mask, Shape, Tensor, Var, error::or_panic};

const OP: &str = "scaled_dot_product_attention";

/// Which keys a query sees, and how much. By default all, by the product of query and key over $\sqrt e$.
///
/// ```
/// use wengert::{AttentionOptions, Tape, Tensor};
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf(Tensor::from_fn([3, 2], |ix| ix[0] as f64));
/// let options = AttentionOptions { causal: true, ..AttentionOptions::default() };
/// let y = x.scaled_dot_product_attention(x, x, options);
/// assert_eq!(y.value().to_vec()[..2], [0.0, 0.0]); // the first query sees the first key alone
/// ```
#[derive(Clone, Copy)]
pub struct AttentionOptions<'t, F: Float> {
    /// Where a query may see a key: broadcasts to `[b…, l, s]`.
    pub mask: Option<Mask<'t, F>>,
    /// What is added to the scaled products: broadcasts to `[b…, l, s]`; $-\infty$ hides a key.
    pub bias: Option<Var<'t, F>>,
    /// Whether query $i$ sees keys $0$ to $i$ only, counted from the first of either, also if there are more keys than
    /// queries or fewer.
    pub causal: bool,
    /// The factor of the products of queries and keys; $1 / \sqrt e$ if none is given.
    pub scale: Option<f64>,
    /// With which probability a weight is set to 0, the others scaled up, and the key that decides; see
    /// [`Var::dropout`].
    pub dropout: Option<(f64, Key)>,
    /// Whether consecutive heads of queries share one head of keys and values (grouped-query attention): for queries
    /// `[b…, h, l, e]`, keys `[b…, g, s, e]` and values `[b…, g, s, v]`, where `g` divides `h`, each has the next `h / g`.
    /// Masks and biases broadcast to `[b…, h, l, s]`.
    pub enable_gqa: bool,
}

impl<F: Float> Default for AttentionOptions<'_, F> {
    fn default() -> Self {
        Self { mask: None, bias: None, causal: false, scale: None, dropout: None, enable_gqa: false }
    }
}

impl<F: Float> std::fmt::Debug for AttentionOptions<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shape = |v: Var<'_, F>| v.shape();
        f.debug_struct("AttentionOptions")
            .field("mask", &self.mask.map(|mask| shape(mask.node())))
            .field("bias", &self.bias.map(shape))
            .field("causal", &self.causal)
            .field("scale", &self.scale)
            .field("dropout", &self.dropout)
            .field("enable_gqa", &self.enable_gqa)
            .finish()
    }
}

/// The length of queries and of keys, or why the last two axes of the three do not fit.
fn lengths<F: Float>(q: Var<'_, F>, k: Var<'_, F>, v: Var<'_, F>) -> Result<[usize; 2], Error> {
    let shapes = [q.shape(), k.shape(), v.shape()];
    if let Some(flat) = shapes.iter().find(|s| s.rank() < 2) {
        let expected = "at least two axes: [batch…, length, features]";
        return Err(Error::Shape { op: OP, given: flat.dims().into(), expected });
    }
    let end = |s: &Shape| (s.dims()[s.rank() - 2], s.dims()[s.rank() - 1]);
    let ((l, e), (s, e_k), (s_v, _)) = (end(&shapes[0]), end(&shapes[1]), end(&shapes[2]));
    if e != e_k {
        return misfit(shapes[0], shapes[1], "as many features of a query as of a key");
    }
    if s != s_v {
        return misfit(shapes[1], shapes[2], "as many keys as values");
    }
    Ok([l, s])
}

fn misfit<T>(a: Shape, b: Shape, expected: &'static str) -> Result<T, Error> {
    Err(Error::ShapeMismatch { op: OP, lhs: a.dims().into(), rhs: b.dims().into(), expected })
}

/// How many heads of queries there are, and how many of keys and values, if these are not as many.
fn groups<F: Float>(q: Var<'_, F>, k: Var<'_, F>, v: Var<'_, F>) -> Result<Option<[usize; 2]>, Error> {
    let shapes = [q.shape(), k.shape(), v.shape()];
    if let Some(flat) = shapes.iter().find(|s| s.rank() < 3) {
        let expected = "at least three axes with enable_gqa: [batch…, heads, length, features]";
        return Err(Error::Shape { op: OP, given: flat.dims().into(), expected });
    }
    let [h, g, g_v] = shapes.map(|s| s.dims()[s.rank() - 3]);
    if g != g_v {
        return misfit(shapes[1], shapes[2], "as many heads of keys as of values with enable_gqa");
    }
    if h == g {
        return Ok(None);
    }
    if g == 0 || !h.is_multiple_of(g) {
        return misfit(shapes[0], shapes[1], "a multiple of the heads of keys for queries with enable_gqa");
    }
    Ok(Some([h, g]))
}

/// `[b…, h, l, …]` as `[b…, g, h / g · l, …]`: the rows of heads that share one of `g` heads, below one another.
#[track_caller]
fn below<F: Float>(x: Var<'_, F>, g: usize) -> Result<Var<'_, F>, Error> {
    let (shape, r) = (x.shape(), x.rank());
    let [h, l, last] = [3, 2, 1].map(|k| shape.dims()[r - k]);
    x.try_reshape([&shape.dims()[..r - 3], &[g, h / g * l, last]].concat())
}

/// The shape of the scores `[b…, l, s]`, or why the leading axes of the three do not fit.
fn scores_shape<F: Float>(
    q: Var<'_, F>,
    k: Var<'_, F>,
    v: Var<'_, F>,
    [l, s]: [usize; 2],
) -> Result<Shape, Error> {
    let leading = |x: Var<'_, F>| Shape::new(&x.shape().dims()[..x.rank() - 2]);
    let both = Shape::broadcast(OP, leading(q)?, leading(k)?)?;
    Shape::broadcast(OP, both, leading(v)?)?;
    Shape::new([both.dims(), &[l, s]].concat())
}

/// The same axes with so many heads, and so many rows for each.
fn with_heads(shape: Shape, h: usize, l: usize) -> Result<Shape, Error> {
    let (d, r) = (shape.dims(), shape.rank());
    Shape::new([&d[..r - 3], &[h, l, d[r - 1]]].concat())
}

/// Refuses what does not broadcast to the scores.
fn fits(given: Shape, scores: Shape) -> Result<(), Error> {
    if Shape::broadcast(OP, scores, given)? == scores {
        return Ok(());
    }
    Err(Error::Broadcast { op: OP, lhs: scores.dims().into(), rhs: given.dims().into() })
}

impl<'t, F: Float> Var<'t, F> {
    /// Attention of these queries `[b…, l, e]`; see [`crate::ops::composed::scaled_dot_product_attention`].
    ///
    /// The keys are `k` `[b…, s, e]`, the values `v` `[b…, s, v]`. Leading axes broadcast. Heads of queries that share heads
    /// of keys and values in groups are [`AttentionOptions::enable_gqa`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes, or three with `enable_gqa`; [`Error::ShapeMismatch`] for other numbers of
    /// features, of values or of heads;
    /// [`Error::Broadcast`] for leading axes, a mask or a bias that do not broadcast to the scores; [`Error::Attribute`]
    /// for a scale that is not finite, or a probability of dropout that is none; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_scaled_dot_product_attention(
        self,
        k: Self,
        v: Self,
        options: AttentionOptions<'t, F>,
    ) -> Result<Self, Error> {
        let lengths = lengths(self, k, v)?;
        let heads = if options.enable_gqa { groups(self, k, v)? } else { None };
        // Without closures, which would hide the caller's line.
        let q = match heads {
            Some([_, g]) => below(self, g)?,
            None => self,
        };
        let rows = scores_shape(q, k, v, [q.shape().dims()[q.rank() - 2], lengths[1]])?;
        let shape = heads.map_or(Ok(rows), |[h, _]| with_heads(rows, h, lengths[0]))?;
        let masks = [options.mask.map(Mask::node), options.bias];
        masks.iter().flatten().try_for_each(|mask| fits(mask.shape(), shape))?;
        if [k, v].iter().chain(masks.iter().flatten()).any(|x| !std::ptr::eq(x.tape, self.tape)) {
            return Err(Error::DifferentTapes { op: OP });
        }
        let features = self.shape().dims()[self.rank() - 1];
        let scale = options.scale.unwrap_or(1.0 / (features.max(1) as f64).sqrt());
        if !F::from_f64(scale).is_finite() {
            let (given, expected) = (scale.to_string(), "a finite number");
            return Err(Error::Attribute { op: OP, name: "scale", given, expected });
        }
        if let Some((p, _)) = options.dropout.filter(|(p, _)| !(0.0..=1.0).contains(p)) {
            let (given, expected) = (p.to_string(), "a probability from 0 to 1");
            return Err(Error::Attribute { op: OP, name: "dropout", given, expected });
        }

        let mut scores = (q * scale).try_matmul(k.try_transpose(-1, -2)?)?;
        if heads.is_some() {
            scores = scores.try_reshape(shape)?;
        }
        if let Some(bias) = options.bias {
            scores += bias;
        }
        let seen = if options.causal {
            let triangle = |ix: &[usize]| if ix[1] <= ix[0] { F::ONE } else { F::ZERO };
            Some(self.tape.constant(Tensor::from_fn(lengths, triangle)).gt(0.5))
        } else {
            None
        };
        let mask = match (options.mask, seen) {
            (Some(mask), Some(seen)) => Some(mask.and(seen)),
            (mask, seen) => mask.or(seen),
        };
        let mut weights = match (mask, options.bias) {
            (Some(mask), _) => scores.try_masked_softmax(-1, mask)?,
            // A bias may hide all keys as well.
            (None, Some(_)) => scores.weights_over(AxisSet::new(OP, &[-1], shape.rank())?),
            (None, None) => scores.try_softmax(-1)?,
        };
        if let Some((p, key)) = options.dropout {
            weights = weights.try_dropout(p, key)?;
        }
        let Some([h, g]) = heads else { return weights.try_matmul(v) };
        let y = below(weights, g)?.try_matmul(v)?;
        y.try_reshape(with_heads(y.shape(), h, lengths[0])?)
    }

    /// As [`Var::try_scaled_dot_product_attention`].
    ///
    /// ```
    /// use wengert::{AttentionOptions, Tape};
    /// let tape = Tape::<f64>::new();
    /// let q = tape.leaf([[1.0], [2.0]]);
    /// let k = tape.leaf([[0.0], [0.0], [9.0]]);
    /// let v = tape.leaf([[1.0, 10.0], [3.0, 30.0], [7.0, 70.0]]);
    /// let mask = tape.constant([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]).gt(0.5);
    /// let options = AttentionOptions { mask: Some(mask), ..AttentionOptions::default() };
    /// let y = q.scaled_dot_product_attention(k, v, options);
    /// assert_eq!(y.value().to_vec(), [2.0, 20.0, 0.0, 0.0]); // the second query sees nothing
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn scaled_dot_product_attention(self, k: Self, v: Self, options: AttentionOptions<'t, F>) -> Self {
        or_panic(self.try_scaled_dot_product_attention(k, v, options))
    }
}

/// Attention with all its options at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: OP,
        f: |x| {
            let (bias, dropout, enable_gqa) = (Some(x[3]), Some((0.3, Key::new(4))), x[0].rank() == 3);
            let options = AttentionOptions { bias, causal: true, dropout, enable_gqa, ..Default::default() };
            x[0].scaled_dot_product_attention(x[1], x[2], options)
        },
        samples: |draw| {
            let shapes: [[&[usize]; 4]; 6] = [
                [&[2, 2], &[3, 2], &[3, 1], &[2, 3]],
                [&[2, 1, 1], &[2, 2, 1], &[2, 2, 2], &[2]],
                [&[4, 2, 1], &[2, 2, 1], &[2, 2, 1], &[4, 1, 2]],
                [&[2, 1, 2, 1], &[1, 1, 1], &[1, 2], &[2, 1, 1, 1]],
                [&[0, 2], &[3, 2], &[3, 1], &[]],
                [&[2, 2], &[0, 2], &[0, 1], &[2, 1]],
            ];
            shapes.map(|of| of.map(|s| draw.uniform(s, -1.0, 1.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests;
