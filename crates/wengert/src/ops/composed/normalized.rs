//! What the normalizations share: deviations from a mean without its rounding, and parameters that scale and shift.

use crate::{Axes, Error, Float, Shape, Var};

/// A variable about its mean over some axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Centered<'t, F: Float> {
    /// The deviations.
    pub(super) deviations: Var<'t, F>,
    /// The mean, with size 1 along the axes.
    pub(super) mean: Var<'t, F>,
    /// The biased variance, likewise.
    pub(super) variance: Var<'t, F>,
}

impl<'t, F: Float> Var<'t, F> {
    /// This variable about its mean over the axes.
    #[track_caller]
    pub(super) fn about_mean(self, axes: impl Axes) -> Result<Centered<'t, F>, Error> {
        let axes = axes.as_axes();
        // A mean of large numbers is off by its rounding, whose square would spoil a small variance: the mean of
        // what is left after subtracting it is not. The first mean may be any constant, so no gradient flows into it.
        let about = self.detach().try_mean_keepdim(axes)?;
        let left = self - about;
        let rest = left.try_mean_keepdim(axes)?;
        let deviations = left - rest;
        let variance = deviations.square().try_mean_keepdim(axes)?;
        Ok(Centered { deviations, mean: about + rest, variance })
    }

    /// Times `scale`, plus `shift`, where there are any; both broadcast.
    #[track_caller]
    pub(super) fn scaled_and_shifted(self, scale: Option<Self>, shift: Option<Self>) -> Result<Self, Error> {
        let scaled = match scale {
            Some(scale) => self.try_mul(scale)?,
            None => self,
        };
        match shift {
            Some(shift) => scaled.try_add(shift),
            None => Ok(scaled),
        }
    }
}

/// Refuses an epsilon that is no number from 0 up.
pub(super) fn check_eps(op: &'static str, eps: f64) -> Result<(), Error> {
    if eps >= 0.0 && eps.is_finite() {
        return Ok(());
    }
    Err(Error::Attribute { op, name: "eps", given: eps.to_string(), expected: "a finite number, at least 0" })
}

/// Refuses a parameter of another tape or shape.
pub(super) fn check_parameter<'t, F: Float>(
    op: &'static str,
    x: Var<'t, F>,
    parameter: Option<Var<'t, F>>,
    shape: &[usize],
    expected: &'static str,
) -> Result<(), Error> {
    let Some(parameter) = parameter else { return Ok(()) };
    if !std::ptr::eq(parameter.tape(), x.tape()) {
        return Err(Error::DifferentTapes { op });
    }
    if parameter.shape().dims() == shape {
        return Ok(());
    }
    let (lhs, rhs) = (x.shape().dims().into(), parameter.shape().dims().into());
    Err(Error::ShapeMismatch { op, lhs, rhs, expected })
}

/// The channels of `[batch, channels, …]`, and the shape in which one number for each broadcasts.
pub(super) fn channels(op: &'static str, x: Shape) -> Result<(usize, Vec<usize>), Error> {
    let &[_, channels, ..] = x.dims() else {
        let expected = "[batch, channels, …]: two axes or more";
        return Err(Error::Shape { op, given: x.dims().into(), expected });
    };
    let mut broadcast = vec![1; x.rank()];
    broadcast[1] = channels;
    Ok((channels, broadcast))
}

/// Parameters of one number per channel, in the shape in which they broadcast.
#[track_caller]
pub(super) fn per_channel<'t, F: Float, const N: usize>(
    op: &'static str,
    x: Var<'t, F>,
    parameters: [Option<Var<'t, F>>; N],
) -> Result<[Option<Var<'t, F>>; N], Error> {
    let (channels, broadcast) = channels(op, x.shape())?;
    for parameter in parameters {
        check_parameter(
            op,
            x,
            parameter,
            &[channels],
            "one number per channel (axis 1 of the left): [channels]",
        )?;
    }
    let mut along = parameters;
    for parameter in along.iter_mut().flatten() {
        *parameter = parameter.try_reshape(&broadcast)?;
    }
    Ok(along)
}
