//! # dropout
//!
//! Elements set to 0 at random, the others scaled to keep the mean.
//!
//! $$ y_i = \begin{cases} x_i / (1 - p) & u_i \ge p \\ 0 & \text{else} \end{cases}, \quad u_i \in \lbrack 0, 1) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ the same op of $\bar y$ |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[d…] → [d…]` |
//! | domain | everything; a dropped element is 0 and sends back 0, also if it is infinite or NaN |
//! | numerics | $u_i$ is a function of the key and of the position $i$, compared in f64, so that a small $1 - p$ survives in f32 |
//! | source | linearity in $x$: the op multiplies by a diagonal matrix |

use super::{Arity, Batch, Draw, Primitive, Sample, Special, draws::Examples};
use crate::{Error, Float, Key, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};

/// Dropout with probability `p`, where `key` decides; a compiled plan moves the key on by its step.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    pub(crate) key: Key,
    p: f64,
    examples: Examples,
}

impl Dropout {
    fn new(p: f64, key: Key) -> Self {
        Self { key, p, examples: Examples::none() }
    }

    /// The numbers that decide, for every element of shape `y`.
    fn draws(&self, y: Shape) -> Tensor<f64> {
        self.examples.numbers(self.key, y, |key, y| key.uniform(y))
    }
}

impl PartialEq for Dropout {
    /// The same numbers, bit for bit.
    fn eq(&self, other: &Self) -> bool {
        self.examples == other.examples && self.key == other.key && self.p.to_bits() == other.p.to_bits()
    }
}

impl Primitive for Dropout {
    const NAME: &'static str = "dropout";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        if (0.0..=1.0).contains(&self.p) {
            return Ok(x[0]);
        }
        let (given, expected) = (self.p.to_string(), "a probability from 0 to 1");
        Err(Error::Attribute { op: Self::NAME, name: "p", given, expected })
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
        let scale = F::from_f64(if self.p < 1.0 { 1.0 / (1.0 - self.p) } else { 0.0 });
        self.draws(y).zip(x[0], |u, x| if u >= self.p { x * scale } else { F::ZERO })
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("{{ct}} / {} where {{0}} was kept, 0 where it was dropped", 1.0 - self.p)
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(*self))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { examples: self.examples.behind_batch(at.own_numbers()), ..*self })
    }

    fn of_example(&self, i: usize) -> Option<Self> {
        Some(Self { key: self.key.example(i as u32), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (u, mut i) = (self.draws(y).to_vec(), 0..);
        Tensor::from_fn(y, |ix| {
            let kept = i.next().is_some_and(|i: usize| u[i] >= self.p);
            if kept { x[0].get(ix).expect("within the operand") / (1.0 - self.p) } else { 0.0 }
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let mut samples = Vec::new();
        for (stream, p) in [(0, 0.0), (1, 0.4), (2, 0.75)] {
            let op = Self::new(p, Key::new(8).stream(stream));
            samples.extend(Draw::shapes().map(|shape| Sample::of(op, [draw.uniform(shape, -2.0, 2.0)])));
        }
        samples
    }

    fn special() -> Vec<Special<Self>> {
        const INF: f64 = f64::INFINITY;
        let at = |p| Self::new(p, Key::new(1));
        vec![
            Special::unary(at(1.0), [INF, f64::NAN, 1.0], [0.0; 3], [0.0; 3]),
            Special::unary(at(0.0), [INF, f64::NAN, 1.0], [INF, f64::NAN, 1.0], [1.0; 3]),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    /// Elements set to 0 with probability `p`, the others divided by $1 - p$; see [`crate::ops::dropout`].
    ///
    /// Which elements is a function of `key` and their position alone. Give each use a stream of its own and each
    /// training step a step of the key. A compiled plan puts the number of its step in place of the key's.
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if `p` is not from 0 to 1.
    #[track_caller]
    pub fn try_dropout(self, p: f64, key: Key) -> Result<Self, Error> {
        self.tape.try_apply(Dropout::new(p, key), &[self])
    }

    /// As [`Var::try_dropout`].
    ///
    /// ```
    /// use wengert::{Key, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0; 8]);
    /// let y = x.dropout(0.5, Key::new(1).stream(3).step(0));
    /// assert!(y.value().to_vec().iter().all(|&y| y == 0.0 || y == 2.0));
    /// assert_eq!(y.sum().backward(&[x])[0], y.value()); // here the slope is 0 or 2 as well
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn dropout(self, p: f64, key: Key) -> Self {
        or_panic(self.try_dropout(p, key))
    }
}
