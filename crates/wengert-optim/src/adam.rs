//! Adam and its relatives: AMSGrad, L2 decay, decoupled decay.

use crate::{Error, Optimizer, Rule, error::check};
use wengert::{Float, Real};

/// How parameters are drawn toward zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    /// Not at all.
    None,
    /// By $\lambda p$ in the gradient, which the moments then see (L2).
    Coupled(f64),
    /// By $p \leftarrow (1 - \eta\lambda) p$ beside the step (AdamW).
    Decoupled(f64),
}

/// Adam: $ m \leftarrow \beta_1 m + (1 - \beta_1) g $, $ v \leftarrow \beta_2 v + (1 - \beta_2) g^2 $,
/// $ p \leftarrow p - \eta \hat m / (\sqrt{\hat v} + \varepsilon) $ with
/// $ \hat m = m / (1 - \beta_1^t) $, $ \hat v = v / (1 - \beta_2^t) $.
///
/// $\varepsilon$ is added after the bias-corrected root. AMSGrad puts the largest $v$ so far in place of $v$.
///
/// Where the correction comes from: with $m_0 = 0$ and a constant gradient, $m_t = (1 - \beta_1^t) g$ and
/// $v_t = (1 - \beta_2^t) g^2$, so $\hat m = g$ and $\hat v = g^2$ from the first step on. The names are those of Kingma
/// and Ba (Adam), Reddi, Kale and Kumar (AMSGrad), Loshchilov and Hutter (decoupled decay).
///
/// ```
/// use wengert::Tensor;
/// use wengert_optim::Adam;
/// let mut adam = Adam::new(1e-3).decoupled_decay(0.01).build()?;
/// let mut p = Tensor::from([1.0_f32, -1.0]);
/// let _ = adam.step(&mut p, &Tensor::from([0.5, 0.25]))?;
/// # Ok::<(), wengert_optim::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    amsgrad: bool,
    decay: Decay,
}

impl Adam {
    /// Returns Adam with $\beta = (0.9, 0.999)$, $\varepsilon = 10^{-8}$, no decay.
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, betas: [0.9, 0.999], epsilon: 1e-8, amsgrad: false, decay: Decay::None }
    }

    /// The same with decay rates of the two moments, each at least 0 and below 1.
    #[must_use]
    pub fn betas(self, first: f64, second: f64) -> Self {
        Self { betas: [first, second], ..self }
    }

    /// The same with $\varepsilon > 0$.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// The same with the largest second moment so far in the denominator.
    #[must_use]
    pub fn amsgrad(self) -> Self {
        Self { amsgrad: true, ..self }
    }

    /// The same with $\lambda p$ added to the gradient (L2), $\lambda \ge 0$.
    #[must_use]
    pub fn weight_decay(self, lambda: f64) -> Self {
        Self { decay: Decay::Coupled(lambda), ..self }
    }

    /// The same with decoupled decay (AdamW), $\lambda \ge 0$.
    #[must_use]
    pub fn decoupled_decay(self, lambda: f64) -> Self {
        Self { decay: Decay::Decoupled(lambda), ..self }
    }

    /// Returns an optimizer with this rule, its state empty.
    ///
    /// # Errors
    ///
    /// [`Error::Option`], naming the option, if one is out of range.
    pub fn build<F: Float>(self) -> Result<Optimizer<F, Self>, Error> {
        Optimizer::new(self)
    }
}

/// $1 - \beta^t$ by repeated squaring: the same bits everywhere, and 1 once $\beta^t$ underflows.
fn bias_correction(beta: f64, mut t: u64) -> f64 {
    let (mut power, mut square) = (1.0, beta);
    while t > 0 {
        if t & 1 == 1 {
            power *= square;
        }
        square *= square;
        t >>= 1;
    }
    1.0 - power
}

impl Rule for Adam {
    const NAME: &'static str = "adam";

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn kept(&self) -> &'static [&'static str] {
        if self.amsgrad { &["first", "second", "largest"] } else { &["first", "second"] }
    }

    fn check(&self) -> Result<(), Error> {
        for (name, beta) in ["beta 1", "beta 2"].into_iter().zip(self.betas) {
            check(Self::NAME, name, beta, (0.0..1.0).contains(&beta), "at least 0 and below 1")?;
        }
        let positive = self.epsilon > 0.0 && self.epsilon.is_finite();
        check(Self::NAME, "epsilon", self.epsilon, positive, "a finite number above 0")?;
        if let Decay::Coupled(lambda) | Decay::Decoupled(lambda) = self.decay {
            let holds = lambda >= 0.0 && lambda.is_finite();
            check(Self::NAME, "weight decay", lambda, holds, "a finite number of at least 0")?;
        }
        Ok(())
    }

    fn update<F: Float>(&self, lr: f64, count: u64, p: &mut [F], g: &[F], kept: &mut [&mut [F]]) {
        let [first, second, rest @ ..] = kept else { return };
        let [b1, b2] = self.betas;
        let [c1, c2] = self.betas.map(|beta| bias_correction(beta, count));
        let (l2, shrink) = match self.decay {
            Decay::None => (0.0, 1.0),
            Decay::Coupled(lambda) => (lambda, 1.0),
            Decay::Decoupled(lambda) => (0.0, 1.0 - lr * lambda),
        };
        let [step, root, epsilon, l2, shrink] =
            [lr / c1, 1.0 / c2.sqrt(), self.epsilon, l2, shrink].map(F::from_f64);
        // f32 rounds an epsilon below 1e-45 to 0, which would make the update of a zero gradient 0 / 0.
        let least = F::from_f64(f64::from(f32::MIN_POSITIVE));
        let epsilon = if epsilon.to_f64() == 0.0 { least } else { epsilon };
        let [b1, rest1, b2, rest2] = [b1, 1.0 - b1, b2, 1.0 - b2].map(F::from_f64);
        // One loop per form, without a choice inside, so that each compiles to vector instructions.
        let moments = |p: F, g: F, m: &mut F, v: &mut F| {
            let g = g + l2 * p;
            *m = b1 * *m + rest1 * g;
            // A square beyond the largest number is held there: infinity would never decay, and freeze the parameter.
            let new = b2 * *v + rest2 * g * g;
            *v = if new > F::MAX { F::MAX } else { new };
        };
        let stepped = |p: F, m: F, v: F| shrink * p - step * m / (Real::sqrt(v) * root + epsilon);
        let each = p.iter_mut().zip(g).zip(first.iter_mut().zip(second.iter_mut()));
        match rest {
            [largest, ..] => {
                for (((p, &g), (m, v)), most) in each.zip(largest.iter_mut()) {
                    moments(*p, g, m, v);
                    *most = Real::max(*v, *most);
                    *p = stepped(*p, *m, *most);
                }
            }
            [] => {
                for ((p, &g), (m, v)) in each {
                    moments(*p, g, m, v);
                    *p = stepped(*p, *m, *v);
                }
            }
        }
    }
}
