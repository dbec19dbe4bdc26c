//! Layers, losses and initializers for Wengert, as compositions of differentiable ops.
//!
//! A model is a plain struct over its leaves, declared with [`tree!`]: tensors at rest, variables on a tape, tensors
//! again as gradients. Losses are functions of variables.
//!
//! ```
//! use wengert::{Key, Tape, Tensor, Var};
//! use wengert_nn::{Activation, Gradients, Init, Linear, Model, Reduction, mse, tree};
//!
//! tree! {
//!     /// Two dense layers.
//!     #[derive(Clone, Debug)]
//!     pub struct Mlp<P> {
//!         /// Into the hidden layer.
//!         pub hidden: Linear<P>,
//!         /// Out of it.
//!         pub out: Linear<P>,
//!     }
//! }
//!
//! impl<'t> Mlp<Var<'t, f64>> {
//!     fn forward(&self, x: Var<'t, f64>) -> Var<'t, f64> {
//!         self.out.forward(Activation::Tanh.forward(self.hidden.forward(x)))
//!     }
//! }
//!
//! let key = Key::new(1);
//! let model: Mlp<Tensor<f64>> = Mlp {
//!     hidden: Linear::new(2, 8, Init::GlorotUniform, key.stream(0)),
//!     out: Linear::new(8, 1, Init::GlorotUniform, key.stream(1)),
//! };
//! let tape = Tape::new();
//! let on_tape = model.on(&tape);
//! let y = on_tape.forward(tape.constant([[0.5, -1.0]]));
//! let gradient = mse(y, tape.constant([[1.0]]), Reduction::Mean).gradients(&on_tape);
//! assert_eq!(gradient.hidden.weight.dims(), [2, 8]);
//! ```
#![forbid(unsafe_code)]

mod error;
mod init;
mod layer;
mod loss;
mod tree;

pub use error::Error;
pub use init::{Fan, Init};
pub use layer::{Activation, AvgPool2d, BatchNorm, Conv2d, Dropout, Flatten, Linear, MaxPool2d, Mode};
pub use loss::{
    ClassLoss, CtcLoss, Reduction, bce, bce_with_logits, cosine_embedding, cross_entropy, gaussian_nll,
    hinge, huber, kl_div, l1, mse, nll, poisson_nll, smooth_l1, soft_cross_entropy, triplet_margin, try_bce,
    try_bce_with_logits, try_cosine_embedding, try_cross_entropy, try_gaussian_nll, try_hinge, try_huber,
    try_kl_div, try_l1, try_mse, try_nll, try_poisson_nll, try_smooth_l1, try_soft_cross_entropy,
    try_triplet_margin,
};
pub use tree::{
    Buffer, Gradients, Kind, Leaf, Model, Name, Partial, Recorded, Slot, Tree, gradient_report,
    try_gradient_report,
};
