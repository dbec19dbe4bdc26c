//! # noise
//!
//! Random numbers of the operand's shape, from a standard distribution.
//!
//! $$ y_i = Q(u_i), \quad u_i \in (0, 1), \quad Q \text{ the inverse of the distribution function} $$
//!
//! | | |
//! |---|---|
//! | VJP | none: no contribution |
//! | JVP | none: no contribution |
//! | shape | `[d…] → [d…]` |
//! | domain | everything; only the shape of the operand matters |
//! | numerics | $y_i$ is a function of the key and of the position $i$, computed in f64 and rounded once; always finite |
//! | source | inversion of the distribution function, and Box and Muller's transform for the normal one |

use super::{Arity, Batch, Draw, Primitive, Sample, Special, draws::Examples};
use crate::{Error, Float, Key, Line, Pullback, Shape, Tensor, Threads, Var};

/// The distributions of [`Var::noise`], each in its standard form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distribution {
    /// Even in $\lbrack 0, 1)$.
    Uniform,
    /// Mean 0 and variance 1.
    Normal,
    /// Rate 1.
    Exponential,
    /// Mean 0 and scale 1.
    Laplace,
    /// Mode 0 and scale 1.
    Gumbel,
}

/// Random numbers where `key` decides; a compiled plan moves the key on by its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    pub(crate) key: Key,
    distribution: Distribution,
    examples: Examples,
}

impl Noise {
    fn new(distribution: Distribution, key: Key) -> Self {
        Self { key, distribution, examples: Examples::none() }
    }
}

impl Primitive for Noise {
    const NAME: &'static str = "noise";
    const ARITY: Arity = Arity::Exactly(1);
    const LOCALLY_CONSTANT: Option<&'static str> =
        Some("random numbers do not depend on the operand's values");

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }

    fn eval<F: Float>(&self, _: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
        self.examples.numbers(self.key, y, |key, y| match self.distribution {
            Distribution::Uniform => key.uniform(y),
            Distribution::Normal => key.normal(y),
            Distribution::Exponential => key.exponential(y),
            Distribution::Laplace => key.laplace(y),
            Distribution::Gumbel => key.gumbel(y),
        })
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { examples: self.examples.behind_batch(at.own_numbers()), ..*self })
    }

    fn of_example(&self, i: usize) -> Option<Self> {
        Some(Self { key: self.key.example(i as u32), ..*self })
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "nothing: random numbers do not depend on it".into()
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, _: Var<'t, F>) -> Pullback<'t, F> {
        [None].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, _: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        None
    }

    fn reference(&self, _: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        // The two numbers of a block, of which the last may be needed beyond the end.
        let u = self.key.uniform::<f64>([y.len().next_multiple_of(2)]).to_vec();
        // The middle of the part of width 2^-52 that a number lies in.
        let inner = |u: f64| ((u * 2_f64.powi(52)).floor() + 0.5) / 2_f64.powi(52);
        let of = |i: usize| match self.distribution {
            Distribution::Uniform => u[i],
            Distribution::Normal => {
                let (first, angle) = (u[i - i % 2], std::f64::consts::TAU * u[i | 1]);
                let radius = (-2.0 * (1.0 - first).ln()).sqrt();
                radius * if i.is_multiple_of(2) { angle.cos() } else { angle.sin() }
            }
            Distribution::Exponential => -inner(u[i]).ln(),
            Distribution::Laplace => {
                let centered = inner(u[i]) - 0.5;
                -centered.signum() * (-2.0 * centered.abs()).ln_1p()
            }
            Distribution::Gumbel => -(-inner(u[i]).ln()).ln(),
        };
        Tensor::new(y, (0..y.len()).map(of).collect::<Vec<_>>()).expect("as many as the shape has")
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        use Distribution::{Exponential, Gumbel, Laplace, Normal, Uniform};
        let mut of = |(stream, distribution): (u32, Distribution)| {
            let op = Self::new(distribution, Key::new(9).stream(stream));
            Draw::shapes().map(|shape| Sample::of(op, [draw.uniform(shape, -2.0, 2.0)]))
        };
        (0..).zip([Uniform, Normal, Exponential, Laplace, Gumbel]).flat_map(&mut of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = Self::new(Distribution::Uniform, Key::new(2).stream(3).step(0));
        let (inputs, value) = (vec![Tensor::from([f64::NAN, f64::INFINITY])], op.key.uniform([2]));
        vec![Special { op, inputs, value, gradients: vec![None] }]
    }
}

impl<F: Float> Var<'_, F> {
    /// Random numbers of this variable's shape, which alone matters; see [`crate::ops::noise`].
    ///
    /// They are a function of `key` and their position. Give each use a stream of its own and each training step a step of
    /// the key. A compiled plan puts the number of its step in place of the key's, and so draws anew at each run.
    ///
    /// ```
    /// use wengert::{Distribution, Key, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// let key = Key::new(1).stream(4);
    /// let y = x + x.noise(Distribution::Normal, key) * 0.1;
    /// assert_eq!(y.value(), &x.value() + &key.normal::<f64>([3]).map(|e| e * 0.1));
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0; 3]);
    /// ```
    #[track_caller]
    pub fn noise(self, distribution: Distribution, key: Key) -> Self {
        // Of a copy off the gradient's path, so that no cotangent is computed that would end here.
        self.detach().op1(Noise::new(distribution, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tape, plan::Extras};

    #[test]
    fn a_plan_draws_anew_at_each_step_also_from_a_shape_that_is_constant() {
        let key = Key::new(4).stream(1);
        let record = |tape: &Tape<f64>, key: Key, x: [f64; 3]| {
            let x = tape.leaf(x);
            let y = x * tape.constant([0.0; 3]).noise(Distribution::Gumbel, key)
                + x.noise(Distribution::Normal, key);
            (tape.compile(&[x], &[y]).expect("compiles"), y.value())
        };
        let tape = Tape::new();
        let (plan, _) = record(&tape, key, [1.0; 3]);
        let mut workspace = plan.workspace();
        let given = Tensor::from([0.5, 1.5, -2.0]);
        let mut seen = Vec::new();
        for step in [0, 1, 2, 1] {
            let extras = Extras { step: Some(step), ..Extras::default() };
            let got = plan.run_with(&mut workspace, &[&given], &extras).expect("runs")[0].clone();
            let (_, expected) = record(&Tape::new(), key.step(step), [0.5, 1.5, -2.0]);
            assert_eq!(got, expected);
            seen.push(got);
        }
        assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[1] == seen[3]);
        assert!(plan.run(&mut workspace, &[&given]).is_err(), "the number of the step is missing");
    }

    #[test]
    fn different_distributions_of_one_key_do_not_merge() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        let key = Key::new(1);
        let y = x.noise(Distribution::Normal, key) + x.noise(Distribution::Laplace, key) * x;
        let plan = tape.compile(&[x], &[y]).expect("compiles");
        let extras = Extras { step: Some(0), ..Extras::default() };
        let got = plan.run_with(&mut plan.workspace(), &[&x.value()], &extras).expect("runs")[0].clone();
        assert_eq!(got, y.value());
    }
}
