//! The formulas of a step, written once over plain numbers.

use super::segment::Part;
use crate::Real;

/// How a parameter changes: the formula and its coefficients, rounded to the type of the elements before use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// $ g' = g + \lambda p $, $ v \leftarrow \mu v + s g' $, $ p \leftarrow p - \eta v $; keeps $v$ unless $\mu = 0$,
    /// where $ p \leftarrow p - \eta g' $.
    Sgd {
        /// The learning rate $\eta$.
        rate: f64,
        /// The gradient's share $s$ in the velocity.
        share: f64,
        /// The velocity's share $\mu$.
        momentum: f64,
        /// Whether the step goes along $g' + \mu v$, with the new $v$.
        nesterov: bool,
        /// The decay $\lambda$; at 0 the parameter is not looked at.
        decay: f64,
    },
    /// $ g' = g + \lambda p $, $ m \leftarrow \beta_1 m + (1 - \beta_1) g' $,
    /// $ v \leftarrow \min(\beta_2 v + (1 - \beta_2) g'^2, \text{largest finite}) $,
    /// $ p \leftarrow \sigma p - a m / (\sqrt v r + \varepsilon) $; keeps $m$, $v$.
    Adam {
        /// The step $a$, with the correction of $m$.
        step: f64,
        /// The correction $r$ of the root.
        root: f64,
        /// The number $\varepsilon$ added to the root; the least normal `f32` where it would round to 0.
        epsilon: f64,
        /// $\beta_1$ and $\beta_2$.
        betas: [f64; 2],
        /// The decay $\lambda$ in the gradient.
        decay: f64,
        /// What is left of the parameter, $\sigma$.
        shrink: f64,
        /// Whether the largest $v$ so far stands under the root; it is kept too.
        largest: bool,
    },
}

impl Form {
    /// How many arrays are kept per parameter.
    pub fn kept(&self) -> usize {
        match *self {
            Form::Sgd { momentum, .. } => usize::from(momentum != 0.0),
            Form::Adam { largest, .. } => 2 + usize::from(largest),
        }
    }
}

/// Applies a form to a part. Inlined into one function per vector unit.
#[inline(always)]
pub(super) fn apply<T: Real>(form: &Form, part: Part<'_, T>) {
    let Part { parameter: p, gradient: g, kept: [first, second, most] } = part;
    match *form {
        Form::Sgd { rate, share, momentum, nesterov, decay } => {
            let c = [rate, share, momentum, decay].map(T::from_f64);
            match (momentum == 0.0, nesterov, decay == 0.0) {
                (true, _, true) => descend::<T, false>(c, p, g),
                (true, _, false) => descend::<T, true>(c, p, g),
                (false, false, true) => roll::<T, false, false>(c, p, g, first),
                (false, false, false) => roll::<T, false, true>(c, p, g, first),
                (false, true, true) => roll::<T, true, false>(c, p, g, first),
                (false, true, false) => roll::<T, true, true>(c, p, g, first),
            }
        }
        Form::Adam { step, root, epsilon, betas, decay, shrink, largest } => {
            let [b1, b2] = betas;
            // f32 rounds an epsilon below 1e-45 to 0, which would make the update of a zero gradient 0 / 0.
            let rounded = T::from_f64(epsilon);
            let epsilon =
                if rounded == T::ZERO { T::from_f64(f64::from(f32::MIN_POSITIVE)) } else { rounded };
            let [step, root, decay, shrink] = [step, root, decay, shrink].map(T::from_f64);
            let [b1, rest1, b2, rest2] = [b1, 1.0 - b1, b2, 1.0 - b2].map(T::from_f64);
            let c = Adam { b1, rest1, b2, rest2, decay, step, root, epsilon, shrink };
            if largest {
                adapt_by_largest(c, p, g, first, second, most)
            } else {
                adapt(c, p, g, first, second)
            }
        }
    }
}

/// Descent without memory.
#[inline(always)]
fn descend<T: Real, const DECAY: bool>([rate, _, _, decay]: [T; 4], p: &mut [T], g: &[T]) {
    for (p, &g) in p.iter_mut().zip(g) {
        let g = if DECAY { g + decay * *p } else { g };
        *p = *p - rate * g;
    }
}

/// Descent with momentum.
#[inline(always)]
fn roll<T: Real, const NESTEROV: bool, const DECAY: bool>(
    [rate, share, momentum, decay]: [T; 4],
    p: &mut [T],
    g: &[T],
    v: &mut [T],
) {
    for ((p, &g), v) in p.iter_mut().zip(g).zip(v) {
        let g = if DECAY { g + decay * *p } else { g };
        *v = momentum * *v + share * g;
        *p = *p - rate * if NESTEROV { g + momentum * *v } else { *v };
    }
}

/// Rounded coefficients.
#[derive(Clone, Copy)]
struct Adam<T> {
    b1: T,
    rest1: T,
    b2: T,
    rest2: T,
    decay: T,
    step: T,
    root: T,
    epsilon: T,
    shrink: T,
}

impl<T: Real> Adam<T> {
    /// The new moments.
    #[inline(always)]
    fn moments(&self, p: T, g: T, m: T, v: T) -> (T, T) {
        let g = g + self.decay * p;
        let v = self.b2 * v + self.rest2 * g * g;
        // A square beyond the largest number is held there: infinity would never decay, and freeze the parameter.
        (self.b1 * m + self.rest1 * g, if v > T::MAX { T::MAX } else { v })
    }

    /// The new parameter.
    #[inline(always)]
    fn stepped(&self, p: T, m: T, v: T) -> T {
        self.shrink * p - self.step * m / (v.sqrt() * self.root + self.epsilon)
    }
}

#[inline(always)]
fn adapt<T: Real>(c: Adam<T>, p: &mut [T], g: &[T], m: &mut [T], v: &mut [T]) {
    for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
        (*m, *v) = c.moments(*p, g, *m, *v);
        *p = c.stepped(*p, *m, *v);
    }
}

#[inline(always)]
fn adapt_by_largest<T: Real>(c: Adam<T>, p: &mut [T], g: &[T], m: &mut [T], v: &mut [T], most: &mut [T]) {
    for ((((p, &g), m), v), most) in p.iter_mut().zip(g).zip(m).zip(v).zip(most) {
        (*m, *v) = c.moments(*p, g, *m, *v);
        *most = v.max(*most);
        *p = c.stepped(*p, *m, *most);
    }
}
