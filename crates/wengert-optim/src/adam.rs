//! Adam and its relatives: AMSGrad, L2 decay, decoupled decay.

use crate::{Error, Optimizer, Rule, error::check};
use wengert::Float;
use wengert_kernels::optimize::Form;

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
        // A factor of 1 instead of a branch, which would be mispredicted: `t` changes in every step.
        power *= [1.0, square][(t & 1) as usize];
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

    fn form(&self, lr: f64, count: u64) -> Option<Form> {
        let [c1, c2] = self.betas.map(|beta| bias_correction(beta, count));
        let (decay, shrink) = match self.decay {
            Decay::None => (0.0, 1.0),
            Decay::Coupled(lambda) => (lambda, 1.0),
            Decay::Decoupled(lambda) => (0.0, 1.0 - lr * lambda),
        };
        let Self { betas, epsilon, amsgrad: largest, .. } = *self;
        Some(Form::Adam { step: lr / c1, root: 1.0 / c2.sqrt(), epsilon, betas, decay, shrink, largest })
    }
}
