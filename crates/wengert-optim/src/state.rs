//! The state of an optimizer as a value that can be saved.

use wengert::{Float, Tensor};

/// What an optimizer keeps for one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterState<F: Float> {
    /// The parameter's name.
    pub parameter: String,
    /// The shape of the parameter.
    pub shape: Vec<usize>,
    /// How many updates it has had.
    pub count: u64,
    /// The tensors that the rule keeps, by name (`momentum`; `first`, `second`, ...), each of the parameter's shape.
    pub kept: Vec<(String, Tensor<F>)>,
}
