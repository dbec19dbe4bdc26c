//! # reparameterized
//!
//! Samples of a distribution as a function of its parameters and of noise that does not depend on them.
//!
//! $$ y = \mu + s \, \varepsilon, \qquad y = a + (b - a) \, u, \qquad y = \varepsilon / \lambda $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar \mu = \bar y, \; \bar s = \varepsilon \bar y; \quad \bar a = (1 - u) \bar y, \; \bar b = u \bar y; \quad \bar \lambda = -\bar y \, \varepsilon / \lambda^2 $ |
//! | JVP | by composition |
//! | shape | `[d…] × [d…] → [d…]`, broadcast, one number drawn for each element of the result |
//! | domain | everything; a scale below 0 mirrors the noise, one of 0 gives the location; $b - a$ must not overflow |
//! | source | the derivative of a mean over samples is the mean of their derivatives, where the density of the noise is fixed |

use super::{Composed, Draw};
use crate::ops::noise::Distribution;
use crate::{Error, Float, Key, Shape, Tensor, Var, error::or_panic, var::Operand};

impl<'t, F: Float> Var<'t, F> {
    /// Noise with a number for each element of the shape in which this and another parameter broadcast.
    #[track_caller]
    fn try_noise_beside(
        self,
        op: &'static str,
        other: Self,
        distribution: Distribution,
        key: Key,
    ) -> Result<Self, Error> {
        if !std::ptr::eq(self.tape(), other.tape()) {
            return Err(Error::DifferentTapes { op });
        }
        let shape = Shape::broadcast(op, self.shape(), other.shape())?;
        Ok(self.tape().constant(Tensor::zeros([])).try_broadcast_to(shape)?.noise(distribution, key))
    }
}

// For each distribution, `location.try_sample_…(scale, key)`, which is location + scale · noise, and its plain twin.
macro_rules! location_and_scale { ($($try_name:ident $name:ident $Kind:ident $what:literal $scale:literal,)*) => {
    impl<'t, F: Float> Var<'t, F> { $(
        #[doc = concat!("A sample of ", $what, "; see [`crate::ops::composed::reparameterized`].")]
        ///
        #[doc = concat!("This is the location, and ", $scale, " the scale. The noise is that of [`Var::noise`]: a compiled plan")]
        /// draws anew at each step.
        ///
        /// # Errors
        ///
        /// [`Error::Broadcast`], [`Error::DifferentTapes`].
        #[track_caller]
        pub fn $try_name(self, scale: impl Operand<'t, F>, key: Key) -> Result<Self, Error> {
            let scale = scale.on(self.tape());
            let noise = self.try_noise_beside(stringify!($name), scale, Distribution::$Kind, key)?;
            Ok(self + scale * noise)
        }

        #[doc = concat!("As [`Var::", stringify!($try_name), "`].")]
        ///
        /// ```
        /// use wengert::{Distribution, Key, Tape};
        /// let tape = Tape::<f64>::new();
        /// let (location, scale) = (tape.leaf([1.0, 2.0]), tape.leaf(0.5));
        #[doc = concat!("let y = location.", stringify!($name), "(scale, Key::new(7));")]
        #[doc = concat!("let noise = location.noise(Distribution::", stringify!($Kind), ", Key::new(7)).value();")]
        /// let g = y.sum().backward(&[location, scale]);
        /// assert_eq!((g[0].to_vec(), g[1].item()), (vec![1.0, 1.0], noise[[0]] + noise[[1]]));
        /// ```
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $name(self, scale: impl Operand<'t, F>, key: Key) -> Self {
            or_panic(self.$try_name(scale, key))
        }
    )* }
} }
location_and_scale! {
    try_sample_normal sample_normal Normal "the normal distribution" "the standard deviation is",
    try_sample_laplace sample_laplace Laplace "Laplace's distribution" "the operand is",
    try_sample_gumbel sample_gumbel Gumbel "Gumbel's distribution" "the operand is",
}

impl<'t, F: Float> Var<'t, F> {
    /// A number evenly distributed between this and `high`; see [`crate::ops::composed::reparameterized`].
    ///
    /// It may be rounded to `high` itself, where the element type has few digits left between the two.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_sample_uniform(self, high: impl Operand<'t, F>, key: Key) -> Result<Self, Error> {
        let high = high.on(self.tape());
        let noise = self.try_noise_beside("sample_uniform", high, Distribution::Uniform, key)?;
        Ok(self + (high - self) * noise)
    }

    /// As [`Var::try_sample_uniform`].
    ///
    /// ```
    /// use wengert::{Key, Tape};
    /// let tape = Tape::<f64>::new();
    /// let low = tape.leaf([1.0, -1.0]);
    /// let y = low.sample_uniform(2.0, Key::new(3)).value();
    /// assert!((1.0..2.0).contains(&y[[0]]) && (-1.0..2.0).contains(&y[[1]]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn sample_uniform(self, high: impl Operand<'t, F>, key: Key) -> Self {
        or_panic(self.try_sample_uniform(high, key))
    }

    /// A sample of the exponential distribution with this as its rate; see [`crate::ops::composed::reparameterized`].
    ///
    /// ```
    /// use wengert::{Distribution, Key, Tape};
    /// let tape = Tape::<f64>::new();
    /// let rate = tape.leaf([1.0, 2.0]);
    /// let y = rate.sample_exponential(Key::new(3));
    /// assert_eq!(y.value(), &rate.noise(Distribution::Exponential, Key::new(3)).value() / &rate.value());
    /// ```
    #[track_caller]
    pub fn sample_exponential(self, key: Key) -> Self {
        self.noise(Distribution::Exponential, key) / self
    }
}

/// Pairs of location and scale, broadcast too.
fn pairs(draw: &mut Draw) -> Vec<Vec<Tensor<f64>>> {
    let shapes: [[&[usize]; 2]; 5] =
        [[&[], &[]], [&[3], &[]], [&[2, 1], &[3]], [&[0, 2], &[2]], [&[2, 3], &[2, 3]]];
    shapes.map(|[a, b]| vec![draw.uniform(a, -2.0, 2.0), draw.uniform(b, 0.2, 2.0)]).into()
}

const KEY: u64 = 21;

/// Samples of the normal distribution at the points where the laws check them.
pub fn normal() -> Composed {
    Composed {
        name: "sample_normal",
        f: |x| x[0].sample_normal(x[1], Key::new(KEY)),
        samples: pairs,
        smooth_orders: 4,
    }
}

/// Samples of Laplace's distribution at the points where the laws check them.
pub fn laplace() -> Composed {
    Composed {
        name: "sample_laplace",
        f: |x| x[0].sample_laplace(x[1], Key::new(KEY)),
        samples: pairs,
        smooth_orders: 4,
    }
}

/// Samples of Gumbel's distribution at the points where the laws check them.
pub fn gumbel() -> Composed {
    Composed {
        name: "sample_gumbel",
        f: |x| x[0].sample_gumbel(x[1], Key::new(KEY)),
        samples: pairs,
        smooth_orders: 4,
    }
}

/// Evenly distributed samples at the points where the laws check them.
pub fn uniform() -> Composed {
    Composed {
        name: "sample_uniform",
        f: |x| x[0].sample_uniform(x[1], Key::new(KEY)),
        samples: pairs,
        smooth_orders: 4,
    }
}

/// Samples of the exponential distribution at the points where the laws check them.
pub fn exponential() -> Composed {
    Composed {
        name: "sample_exponential",
        f: |x| x[0].sample_exponential(Key::new(KEY)),
        samples: |draw| Draw::shapes().map(|s| vec![draw.uniform(s, 0.5, 2.0)]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Key, Tape, Tensor, Var};

    #[test]
    fn each_element_of_the_broadcast_result_draws_its_own_number() {
        let tape = Tape::<f64>::new();
        let y = tape.leaf([[0.0], [0.0]]).sample_normal(tape.leaf([1.0, 1.0, 1.0]), Key::new(2));
        assert_eq!(y.value(), Key::new(2).normal([2, 3]));
    }

    #[test]
    fn means_and_deviations_are_those_asked_for() {
        let tape = Tape::<f64>::new();
        let many = tape.constant(Tensor::zeros([40_000]));
        let moments = |y: Var<'_, f64>| (y.mean().item(), y.var(0).item());
        let near = |(mean, variance): (f64, f64), expected: (f64, f64)| {
            assert!((mean - expected.0).abs() < 0.05, "{mean} is not {}", expected.0);
            assert!((variance / expected.1 - 1.0).abs() < 0.05, "{variance} is not {}", expected.1);
        };
        let key = Key::new(8);
        near(moments((many + 3.0).sample_normal(2.0, key)), (3.0, 4.0));
        near(moments((many - 1.0).sample_uniform(2.0, key)), (0.5, 0.75));
        near(moments((many + 2.0).sample_exponential(key)), (0.5, 0.25));
        near(moments((many + 1.0).sample_laplace(0.5, key)), (1.0, 0.5));
        near(moments((many + 1.0).sample_gumbel(1.0, key)), (1.577, 1.645));
    }

    #[test]
    fn a_scale_of_zero_gives_the_location_and_misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        assert_eq!(x.sample_laplace(0.0, Key::new(1)).value().to_vec(), [1.0, 2.0]);
        assert!(matches!(
            x.try_sample_normal(tape.leaf([1.0; 3]), Key::new(1)),
            Err(Error::Broadcast { op: "sample_normal", .. })
        ));
        let other = Tape::<f64>::new();
        assert!(matches!(
            x.try_sample_gumbel(other.leaf([1.0, 2.0]), Key::new(1)),
            Err(Error::DifferentTapes { .. })
        ));
        assert!(matches!(
            x.try_sample_uniform(other.leaf(1.0), Key::new(1)),
            Err(Error::DifferentTapes { op: "sample_uniform" })
        ));
    }
}
