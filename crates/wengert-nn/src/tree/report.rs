//! What arrives at each parameter of a model.

use super::Tree;
use crate::{Error, error::or_panic};
use wengert::{Float, Var, gradient_report::GradientReport};

/// What arrives at each parameter of a model when a loss is differentiated, by the parameters' names.
///
/// Which parameters are reached, cut off, zero or not finite, at which op and line of source, and whether gradients vanish
/// or explode over the layers; see [`wengert::gradient_report`]. Buffers are left out.
///
/// ```
/// use wengert::{Key, Tape, Tensor};
/// use wengert_nn::{Init, Linear, Model, gradient_report};
///
/// let layers: Vec<Linear<Tensor<f64>>> =
///     (0..2).map(|k| Linear::new(3, 3, Init::GlorotUniform, Key::new(1).stream(k))).collect();
/// let tape = Tape::new();
/// let model = layers.on(&tape);
/// let x = tape.constant([[1.0, 0.5, -0.5]]);
/// let y = model[1].forward(model[0].forward(x).detach());
/// let report = gradient_report(y.sum(), &model);
/// let words: Vec<_> = report.parameters.iter().map(|p| (p.name.as_str(), p.reach.word())).collect();
/// assert_eq!(words, [("0.weight", "cut"), ("0.bias", "cut"), ("1.weight", "reached"), ("1.bias", "reached")]);
/// ```
///
/// # Panics
///
/// Where [`try_gradient_report`] fails.
#[track_caller]
pub fn gradient_report<'t, F: Float, M: Tree<Var<'t, F>>>(loss: Var<'t, F>, model: &M) -> GradientReport {
    or_panic(try_gradient_report(loss, model))
}

/// As [`gradient_report`].
///
/// # Errors
///
/// As [`Var::try_gradient_report`].
pub fn try_gradient_report<'t, F: Float, M: Tree<Var<'t, F>>>(
    loss: Var<'t, F>,
    model: &M,
) -> Result<GradientReport, Error> {
    let mut named: Vec<(String, Var<'t, F>)> = Vec::new();
    model.visit(|slot, var| {
        if slot.is_parameter() {
            named.push((slot.name.to_owned(), *var));
        }
    });
    let named: Vec<(&str, Var<'t, F>)> = named.iter().map(|(name, var)| (name.as_str(), *var)).collect();
    Ok(loss.try_gradient_report(&named)?)
}
