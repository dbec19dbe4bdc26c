//! Stochastic gradient descent with momentum.

use crate::{Error, Optimizer, Rule, error::check};
use wengert::Float;
use wengert_kernels::optimize::Form;

/// Stochastic gradient descent:
/// $ g' = g + \lambda p $, $ v \leftarrow \mu v + (1 - d) g' $, $ p \leftarrow p - \eta v $.
///
/// The first update of a parameter is undamped ($v = g'$). Nesterov's form steps along $g' + \mu v$.
/// The learning rate is applied to the velocity, not stored in it, so changing it acts at once.
///
/// ```
/// use wengert::Tensor;
/// use wengert_optim::Sgd;
/// let mut sgd = Sgd::new(0.1).momentum(0.9).build()?;
/// let mut p = Tensor::from(1.0_f64);
/// for g in [1.0, -2.0] {
///     let _ = sgd.step(&mut p, &Tensor::from(g))?;
/// }
/// assert!((p.item() - 1.01).abs() < 1e-15);
/// # Ok::<(), wengert_optim::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sgd {
    learning_rate: f64,
    momentum: f64,
    dampening: f64,
    nesterov: bool,
    weight_decay: f64,
}

impl Sgd {
    /// Returns plain gradient descent with learning rate $\eta$.
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.0 }
    }

    /// The same with momentum $\mu$, from 0 to 1.
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// The same with the gradient's part in the velocity damped by $d$, from 0 to 1.
    #[must_use]
    pub fn dampening(self, dampening: f64) -> Self {
        Self { dampening, ..self }
    }

    /// The same in Nesterov's form, which needs momentum and no dampening.
    #[must_use]
    pub fn nesterov(self) -> Self {
        Self { nesterov: true, ..self }
    }

    /// The same with $\lambda p$ added to the gradient, $\lambda \ge 0$.
    #[must_use]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
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

impl Rule for Sgd {
    const NAME: &'static str = "sgd";

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn kept(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum"] }
    }

    fn check(&self) -> Result<(), Error> {
        let Self { momentum, dampening, weight_decay, .. } = *self;
        let part = |name, x| check(Self::NAME, name, x, (0.0..=1.0).contains(&x), "a number from 0 to 1");
        part("momentum", momentum)?;
        part("dampening", dampening)?;
        let finite = weight_decay >= 0.0 && weight_decay.is_finite();
        check(Self::NAME, "weight decay", weight_decay, finite, "a finite number of at least 0")?;
        if self.nesterov {
            check(Self::NAME, "momentum", momentum, momentum > 0.0, "more than 0 for Nesterov's form")?;
            check(Self::NAME, "dampening", dampening, dampening == 0.0, "0 for Nesterov's form")?;
        }
        Ok(())
    }

    fn form(&self, lr: f64, count: u64) -> Option<Form> {
        let Self { momentum, nesterov, weight_decay: decay, .. } = *self;
        let share = if count == 1 { 1.0 } else { 1.0 - self.dampening };
        Some(Form::Sgd { rate: lr, share, momentum, nesterov, decay })
    }
}
