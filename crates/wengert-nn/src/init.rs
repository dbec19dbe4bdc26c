//! Initial values of weights, as functions of a key: the same key gives the same bits everywhere.

mod fan;
mod orthogonal;

pub use fan::Fan;

use crate::Error;
use wengert::{Float, Key, Shape, Tensor};

/// How weights begin.
///
/// Derivation: an output sums $n_\text{in}$ products of independent numbers of mean 0, so its variance is
/// $n_\text{in} \operatorname{var}(w)$ times the mean square of the inputs, and $\operatorname{var}(w) = 1 / n_\text{in}$
/// keeps it (the families of LeCun). A rectifier sets half of the inputs to 0 and so halves their mean square, which the
/// factor 2 makes up for (He). Going back, a cotangent sums $n_\text{out}$ products, which asks for $1 / n_\text{out}$;
/// $2 / (n_\text{in} + n_\text{out})$ lies between (Glorot).
///
/// ```
/// use wengert::{Key, Tensor};
/// use wengert_nn::{Fan, Init};
/// let w: Tensor<f32> = Init::HeNormal.tensor([784, 64], Fan::linear(784, 64), Key::new(1))?;
/// assert_eq!(w, Init::HeNormal.tensor([784, 64], Fan::linear(784, 64), Key::new(1))?);
/// # Ok::<(), wengert_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// Uniform with variance $2 / (n_\text{in} + n_\text{out})$.
    GlorotUniform,
    /// Normal with variance $2 / (n_\text{in} + n_\text{out})$.
    GlorotNormal,
    /// Uniform with variance $2 / n_\text{in}$, for rectifiers.
    HeUniform,
    /// Normal with variance $2 / n_\text{in}$, for rectifiers.
    HeNormal,
    /// Uniform with variance $1 / n_\text{in}$.
    LecunUniform,
    /// Normal with variance $1 / n_\text{in}$.
    LecunNormal,
    /// A random matrix with orthonormal rows or columns (whichever are fewer), times a gain; the first axis counts
    /// the rows, all others together the columns.
    Orthogonal {
        /// The factor.
        gain: f64,
    },
    /// All zeros.
    Zeros,
    /// All of one value.
    Constant(f64),
}

enum Family {
    Uniform,
    Normal,
}

impl Init {
    /// Returns initial values of this shape for a weight of this fan.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the shape is not one; [`Error::Shape`] for an orthogonal tensor without axes.
    pub fn tensor<F: Float>(
        self,
        shape: impl AsRef<[usize]>,
        fan: Fan,
        key: Key,
    ) -> Result<Tensor<F>, Error> {
        let shape = Shape::new(shape)?;
        let both = fan.inputs as f64 + fan.outputs as f64;
        let (family, variance) = match self {
            Self::GlorotUniform => (Family::Uniform, 2.0 / both),
            Self::GlorotNormal => (Family::Normal, 2.0 / both),
            Self::HeUniform => (Family::Uniform, 2.0 / fan.inputs as f64),
            Self::HeNormal => (Family::Normal, 2.0 / fan.inputs as f64),
            Self::LecunUniform => (Family::Uniform, 1.0 / fan.inputs as f64),
            Self::LecunNormal => (Family::Normal, 1.0 / fan.inputs as f64),
            Self::Orthogonal { gain } => return Ok((orthogonal::tensor(shape, key)? * gain).cast()),
            Self::Zeros => return Ok(Tensor::zeros(shape)),
            Self::Constant(value) => return Ok(Tensor::full(shape, F::from_f64(value))),
        };
        // A weight without inputs has no elements, whatever their variance would be.
        let variance = if variance.is_finite() { variance } else { 0.0 };
        let values = match family {
            // A uniform number in [-a, a) has variance a² / 3.
            Family::Uniform => {
                let bound = (3.0 * variance).sqrt();
                key.uniform::<f64>(shape).map(|u| bound * (2.0 * u - 1.0))
            }
            Family::Normal => key.normal::<f64>(shape) * variance.sqrt(),
        };
        Ok(values.cast())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variance(x: &Tensor<f64>) -> f64 {
        let values = x.to_vec();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n
    }

    #[test]
    fn variances_follow_the_fans() {
        let fan = Fan::linear(100, 300);
        let expected = [
            (Init::GlorotUniform, 2.0 / 400.0),
            (Init::GlorotNormal, 2.0 / 400.0),
            (Init::HeUniform, 2.0 / 100.0),
            (Init::HeNormal, 2.0 / 100.0),
            (Init::LecunUniform, 1.0 / 100.0),
            (Init::LecunNormal, 1.0 / 100.0),
        ];
        for (k, (init, v)) in (0..).zip(expected) {
            let x = init.tensor::<f64>([100, 300], fan, Key::new(3).stream(k)).expect("a valid shape");
            // The variance of 30 000 samples has a standard error below 1 %.
            assert!((variance(&x) / v - 1.0).abs() < 0.05, "{init:?}: {} for {v}", variance(&x));
        }
        let bound = (6.0_f64 / 400.0).sqrt();
        let x = Init::GlorotUniform.tensor::<f64>([100, 300], fan, Key::new(1)).expect("a valid shape");
        assert!(x.max_abs() <= bound && x.max_abs() > 0.99 * bound);
    }

    #[test]
    fn one_key_gives_one_set_of_bits_and_another_key_another() {
        for init in [Init::HeNormal, Init::GlorotUniform, Init::Orthogonal { gain: 1.0 }] {
            let of = |key| init.tensor::<f32>([4, 6], Fan::linear(4, 6), key).expect("a valid shape");
            assert_eq!(of(Key::new(7)), of(Key::new(7)));
            assert!(of(Key::new(7)) != of(Key::new(8)) && of(Key::new(7)) != of(Key::new(7).stream(1)));
        }
    }

    #[test]
    fn weights_without_inputs_and_constants_are_plain() {
        let empty =
            Init::HeNormal.tensor::<f32>([0, 3], Fan::linear(0, 3), Key::new(1)).expect("a valid shape");
        assert_eq!(empty.dims(), [0, 3]);
        let c =
            Init::Constant(0.5).tensor::<f32>([2], Fan::linear(1, 2), Key::new(1)).expect("a valid shape");
        assert_eq!(c.to_vec(), [0.5, 0.5]);
        assert!(Init::Zeros.tensor::<f64>([1; 9], Fan::linear(1, 1), Key::new(1)).is_err());
    }
}
