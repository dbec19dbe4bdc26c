//! Gradients scaled down to a largest norm.

use crate::{Error, Gradient, error::check, gradient::segment};
use wengert::{Float, Threads};
use wengert_kernels::optimize::first_non_finite;
use wengert_nn::Tree;

/// The Euclidean norm over all gradients together, in `f64`; 0 of nothing.
///
/// Computed relative to the largest element, so that squares neither overflow nor underflow.
///
/// # Errors
///
/// [`Error::NonFinite`], naming the parameter, if a gradient is NaN or infinite.
pub fn norm<F: Float, L: Gradient<F>, G: Tree<L>>(gradients: &G) -> Result<f64, Error> {
    let (largest, relative) = scaled_norm(gradients)?;
    Ok(largest * relative)
}

/// The largest magnitude and the norm relative to it: their product may be beyond `f64`, they are not.
fn scaled_norm<F: Float, L: Gradient<F>, G: Tree<L>>(gradients: &G) -> Result<(f64, f64), Error> {
    let (mut largest, mut result) = (0.0_f64, Ok(()));
    gradients.visit(|slot, leaf| {
        let Some(g) = leaf.gradient().filter(|_| slot.is_parameter()) else { return };
        match first_non_finite(&Threads::one(), &mut [segment(g)]) {
            Some(found) if result.is_ok() => {
                let (value, position) = (found.value.to_f64(), found.position);
                result = Err(Error::NonFinite { parameter: slot.name.into(), value, position });
            }
            _ => largest = largest.max(g.max_abs().to_f64()),
        }
    });
    result?;
    if largest == 0.0 {
        return Ok((0.0, 0.0));
    }
    let mut squares = 0.0;
    gradients.visit(|slot, leaf| {
        if let Some(g) = leaf.gradient().filter(|_| slot.is_parameter()) {
            let relative = |x: &F| x.to_f64() / largest;
            squares += g.elements().iter().map(|x| relative(x) * relative(x)).sum::<f64>();
        }
    });
    Ok((largest, squares.sqrt()))
}

/// Scales all gradients by one factor so that their norm is at most `most`; returns the norm they had.
///
/// ```
/// use wengert::Tensor;
/// use wengert_optim::clip_by_norm;
/// let mut gradients = vec![Tensor::from([3.0]), Tensor::from([0.0, 4.0])];
/// assert_eq!(clip_by_norm(&mut gradients, 1.0)?, 5.0);
/// assert!((gradients[1].to_vec()[1] - 0.8_f64).abs() < 1e-15);
/// # Ok::<(), wengert_optim::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::NonFinite`], naming the parameter, if a gradient is NaN or infinite; [`Error::Option`] if `most` is not a
/// positive number. No gradient is changed then.
pub fn clip_by_norm<F: Float, L: Gradient<F>, G: Tree<L>>(
    gradients: &mut G,
    most: f64,
) -> Result<f64, Error> {
    check("clip_by_norm", "the largest norm", most, most > 0.0, "a number above 0")?;
    let (largest, relative) = scaled_norm(gradients)?;
    let norm = largest * relative;
    if norm > most {
        // By the largest first: the norm of finite numbers may be infinite, and `most / norm` may be subnormal.
        let scale = |x: F| F::from_f64(x.to_f64() / largest * (most / relative));
        gradients.visit_mut(|slot, leaf| {
            if let Some(g) = leaf.gradient_mut().filter(|_| slot.is_parameter()) {
                g.make_mut().iter_mut().for_each(|x| *x = scale(*x));
            }
        });
    }
    Ok(norm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wengert::Tensor;
    use wengert_nn::Partial;

    #[test]
    fn the_norm_spans_all_parameters_and_survives_extremes() {
        let huge = norm(&vec![Tensor::from([3e30_f32]), Tensor::from([4e30_f32])]).expect("finite");
        assert!((huge / 5e30 - 1.0).abs() < 1e-7, "{huge}");
        let tiny = norm(&Tensor::from([3e-200, 4e-200])).expect("finite");
        assert!((tiny - 5e-200).abs() < 1e-215, "{tiny}");
        assert_eq!(norm(&Vec::<Tensor<f64>>::new()), Ok(0.0));
        assert_eq!(norm(&vec![Partial(None), Partial(Some(Tensor::from([2.0])))]), Ok(2.0));
    }

    #[test]
    fn a_norm_beyond_the_largest_number_is_clipped_like_any_other() {
        for (given, most, expected) in
            [([1.5e308, 1.5e308], 2_f64.sqrt(), [1.0, 1.0]), ([3e300, -4e300], 1e-12, [6e-13, -8e-13])]
        {
            let mut g = Tensor::from(given);
            let _ = clip_by_norm(&mut g, most).expect("finite gradients");
            let close = |(x, e): (f64, f64)| (x / e - 1.0).abs() < 1e-14;
            assert!(g.to_vec().into_iter().zip(expected).all(close), "{g:?}");
        }
    }

    #[test]
    fn zero_small_and_missing_gradients_stay_as_they_are() {
        let mut g = vec![Partial(Some(Tensor::from([0.0, -0.0]))), Partial(None)];
        assert_eq!(clip_by_norm(&mut g, 1.0), Ok(0.0));
        assert_eq!(g[0].0, Some(Tensor::from([0.0, 0.0])));
        let mut g = Tensor::from([0.3, 0.4]);
        assert_eq!(clip_by_norm(&mut g, 0.5 + 1e-9).map(|n| (n - 0.5).abs() < 1e-15), Ok(true));
        assert_eq!(g, Tensor::from([0.3, 0.4]));
    }

    #[test]
    fn an_infinite_or_nan_gradient_is_named_and_nothing_changes() {
        for bad in [f64::INFINITY, f64::NAN] {
            let mut g = vec![Tensor::from([3.0]), Tensor::from([4.0, bad])];
            let error = clip_by_norm(&mut g, 1.0).expect_err("not finite");
            assert!(matches!(&error, Error::NonFinite { parameter, position: 1, .. } if parameter == "1"));
            assert_eq!(g[0].item(), 3.0);
        }
        assert!(matches!(clip_by_norm(&mut Tensor::from(1.0), f64::NAN), Err(Error::Option { .. })));
        assert!(matches!(clip_by_norm(&mut Tensor::from(1.0), 0.0), Err(Error::Option { .. })));
    }
}
