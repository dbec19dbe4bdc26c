//! Every primitive the tape can hold, one file each, listed once in [`for_each_op!`](crate::for_each_op).
//!
//! The list generates the enum, the dispatch and the names; the tests enumerate it, so that an op cannot be added
//! untested.

mod batch;
pub(crate) mod choice;
pub mod composed;
mod conv2d_batch;
pub(crate) mod conv2d_options;
mod dispatch;
pub(crate) mod draws;
pub mod elementwise;
pub mod extremum;
mod formula;
pub(crate) mod indices;
mod line;
mod mask;
mod operators;
mod quantifiers;
mod range;
mod reduction;
mod sample;
pub(crate) mod target;
mod trace;
pub(crate) mod window;

// The ops, in the order of the list below.
pub mod abs;
pub mod acos;
pub mod acosh;
pub mod add;
pub mod alias;
pub mod asin;
pub mod asinh;
pub mod atan;
pub mod atan2;
pub mod atanh;
pub mod bessel_i;
pub mod bessel_ie;
pub mod betaln;
pub mod broadcast_to;
pub mod ceil;
pub mod chain;
pub mod clamp;
pub mod compare;
pub mod concat;
pub mod conv2d;
pub mod conv2d_input_grad;
pub mod conv2d_weight_grad;
pub mod cos;
pub mod cosh;
pub mod cumprod;
pub mod cumsum;
pub mod div;
pub mod dropout;
pub mod elu;
pub mod embed;
pub mod entr;
pub mod erf;
pub mod erfc;
pub mod erfcx;
pub mod erfinv;
pub mod exp;
pub mod expm1;
pub mod flip;
pub mod floor;
pub mod fmod;
pub mod fold;
pub mod gather;
pub mod gelu;
pub mod hardswish;
pub mod hypot;
pub mod index_add;
pub mod index_select;
pub mod leaky_relu;
pub mod lgamma;
pub mod ln;
pub mod log10;
pub mod log1p;
pub mod log2;
pub mod log_ndtr;
pub mod logaddexp;
pub mod logit;
pub mod logsumexp;
pub mod matmul;
pub mod max;
pub mod max_pool2d;
pub mod max_pool2d_grad;
pub mod max_pool2d_take;
pub mod maximum;
pub mod mean;
pub mod min;
pub mod minimum;
pub mod mish;
pub mod mul;
pub mod neg;
pub mod noise;
pub mod norm2;
pub mod normal_cdf;
pub mod p_norm;
pub mod permute;
pub mod polygamma;
pub mod pow;
pub mod pow_ln;
pub mod powi;
pub mod put_cells;
pub mod put_chosen;
pub mod ratio;
pub mod recip;
pub mod recurrence;
pub mod relu;
pub mod reshape;
pub mod round;
pub mod rsqrt;
pub mod scatter;
pub mod scatter_add;
pub mod scatter_extreme;
pub mod scatter_shares;
pub mod scatter_take;
pub mod select;
pub mod sigmoid;
pub mod sign;
pub mod silu;
pub mod sin;
pub mod sinc;
pub mod sinh;
pub mod slice;
pub mod softmax;
pub mod softplus;
pub mod softsign;
pub mod sqrt;
pub mod square;
pub mod sub;
pub mod sum;
pub mod take_cells;
pub mod take_chosen;
pub mod tan;
pub mod tanh;
pub mod ties;
pub mod trunc;
pub mod unfold;
pub mod xlog1py;
pub mod xlogy;
pub mod zero_product;

pub use batch::Batch;
pub(crate) use batch::Batched;
pub use conv2d_options::{Conv1dOptions, Conv2dOptions, Conv3dOptions, ConvOptions};
pub use dispatch::Op;
pub(crate) use dispatch::shape_of_cotangent;
pub(crate) use line::accumulate;
pub use line::{Fused, Line, Pullback};
pub use mask::Mask;
pub(crate) use range::resolve_range;
pub use sample::{Draw, Sample, Special};
#[doc(hidden)]
pub use trace::Programs;
pub use trace::Traced;
pub(crate) use trace::for_each_function;
pub use window::{PoolOptions, UnfoldOptions};

use crate::explain::Symbol;
use crate::{Error, Float, Shape, Tensor, Threads, Var};
use std::fmt::Debug;

/// Calls a macro with the list of all primitives, as `module::Type` pairs.
///
/// A test per op, for example:
///
/// ```
/// macro_rules! list { ($($module:ident :: $Op:ident,)*) => { const OPS: &[&str] = &[$(stringify!($module)),*]; } }
/// wengert::for_each_op!(list);
/// assert!(OPS.contains(&"tanh"));
/// ```
#[macro_export]
macro_rules! for_each_op {
    ($callback:path) => {
        $callback! {
            abs::Abs,
            acos::Acos,
            acosh::Acosh,
            add::Add,
            alias::Alias,
            asin::Asin,
            asinh::Asinh,
            atan::Atan,
            atan2::Atan2,
            atanh::Atanh,
            bessel_i::BesselI,
            bessel_ie::BesselIe,
            betaln::Betaln,
            broadcast_to::BroadcastTo,
            ceil::Ceil,
            chain::Chain,
            clamp::Clamp,
            compare::Compare,
            concat::Concat,
            conv2d::Conv2d,
            conv2d_input_grad::Conv2dInputGrad,
            conv2d_weight_grad::Conv2dWeightGrad,
            cos::Cos,
            cosh::Cosh,
            cumprod::Cumprod,
            cumsum::Cumsum,
            div::Div,
            dropout::Dropout,
            elu::Elu,
            embed::Embed,
            entr::Entr,
            erf::Erf,
            erfc::Erfc,
            erfcx::Erfcx,
            erfinv::Erfinv,
            exp::Exp,
            expm1::Expm1,
            flip::Flip,
            floor::Floor,
            fmod::Fmod,
            fold::Fold,
            gather::Gather,
            gelu::Gelu,
            hardswish::Hardswish,
            hypot::Hypot,
            index_add::IndexAdd,
            index_select::IndexSelect,
            leaky_relu::LeakyRelu,
            lgamma::Lgamma,
            ln::Ln,
            log10::Log10,
            log1p::Log1p,
            log2::Log2,
            log_ndtr::LogNdtr,
            logaddexp::LogAddExp,
            logit::Logit,
            logsumexp::LogSumExp,
            matmul::MatMul,
            max::Max,
            max_pool2d::MaxPool2d,
            max_pool2d_grad::MaxPool2dGrad,
            max_pool2d_take::MaxPool2dTake,
            maximum::Maximum,
            mean::Mean,
            min::Min,
            minimum::Minimum,
            mish::Mish,
            mul::Mul,
            neg::Neg,
            noise::Noise,
            norm2::Norm2,
            normal_cdf::NormalCdf,
            p_norm::PNorm,
            permute::Permute,
            polygamma::Polygamma,
            pow::Pow,
            pow_ln::PowLn,
            powi::Powi,
            put_cells::PutCells,
            put_chosen::PutChosen,
            ratio::Ratio,
            recip::Recip,
            recurrence::Recurrence,
            relu::Relu,
            reshape::Reshape,
            round::Round,
            rsqrt::Rsqrt,
            scatter::Scatter,
            scatter_add::ScatterAdd,
            scatter_extreme::ScatterExtreme,
            scatter_shares::ScatterShares,
            scatter_take::ScatterTake,
            select::Select,
            sigmoid::Sigmoid,
            sign::Sign,
            silu::Silu,
            sin::Sin,
            sinc::Sinc,
            sinh::Sinh,
            slice::Slice,
            softmax::Softmax,
            softplus::Softplus,
            softsign::Softsign,
            sqrt::Sqrt,
            square::Square,
            sub::Sub,
            sum::Sum,
            take_cells::TakeCells,
            take_chosen::TakeChosen,
            tan::Tan,
            tanh::Tanh,
            ties::Ties,
            trunc::Trunc,
            unfold::Unfold,
            xlog1py::Xlog1py,
            xlogy::Xlogy,
            zero_product::ZeroProduct,
        }
    };
}

/// How many operands an op takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Just so many.
    Exactly(usize),
    /// So many or more.
    AtLeast(usize),
}

/// An op that is not a composition: its value, its two rules, and the points where they are tested.
///
/// Rules are ordinary code over [`Var`]s and call only differentiable ops; that gives every order. Equal ops have the same
/// attributes, numbers bit for bit: applied to the same operands they have the same value.
pub trait Primitive: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The name, as users and NumPy know it.
    const NAME: &'static str;
    /// The number of operands.
    const ARITY: Arity;
    /// Whether the operands have one shape, and the output has it too.
    const ELEMENTWISE: bool = false;
    /// Why the derivative is zero or absent everywhere, for the few ops of which that is true.
    const LOCALLY_CONSTANT: Option<&'static str> = None;
    /// Why there is no rule for batches, for the few ops of which that is true.
    const UNBATCHED: Option<&'static str> = None;
    /// The shape of the output, or why these operands do not fit.
    ///
    /// # Errors
    ///
    /// The misfit, naming the op, what was given and what was expected.
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error>;
    /// The value; `y` is what [`Primitive::shape`] returned. Any layout of inputs.
    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F>;
    /// The value, or why these operands have none, for ops that some values are refused by; all else is [`Primitive::eval`].
    ///
    /// It is asked for as a line is recorded; on a [deferred](crate::Tape::deferred) tape, as the value is read; and in every
    /// run of a plan.
    ///
    /// # Errors
    ///
    /// Whatever describes the operand that has no value, for example [`Error::Matrix`].
    fn try_eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Result<Tensor<F>, Error> {
        Ok(self.eval(x, y, on))
    }
    /// Pulls the cotangent of the output back to the inputs that `at` wants.
    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F>;
    /// Pushes tangents forward; `None` is "no contribution".
    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>>;
    /// The op over a batch of examples at once, by differentiable ops: for [`Tape::vmap`](crate::Tape::vmap).
    ///
    /// Some operand has the axis of examples, which is axis 0, and the result has it too. Elementwise ops need no rule:
    /// they are applied to operands broadcast to the batch. A law asks every other op for its rule or, in
    /// [`Primitive::UNBATCHED`], for the reason why it has none.
    ///
    /// # Errors
    ///
    /// [`Error::Unbatched`] without a rule; [`Error::RankTooLarge`] if there is no room for the axis.
    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        Err(at.refused(Self::NAME, Self::UNBATCHED))
    }
    /// The op as example `i` of a batch has it, if it draws random numbers: each example draws its own.
    fn of_example(&self, i: usize) -> Option<Self> {
        let _ = i;
        None
    }
    /// The pullback as one kernel for the first-order sweep; a law pins it to [`Primitive::vjp`].
    ///
    /// Returns whether it sent the cotangents of all inputs that `at` wants; if not, it has sent and taken nothing.
    fn vjp_fused<F: Float>(&self, x: &[&Tensor<F>], y: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        let _ = (x, y, at);
        false
    }
    /// The op as a formula over single elements of its operands, if it is elementwise; its value has the same bits.
    fn formula<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
        let _ = x;
        None
    }
    /// The local derivative by operand `k` as a formula over single elements, if the op is elementwise.
    ///
    /// The formula is that of [`Primitive::vjp`]; the macros of elementwise ops give it.
    fn partial<'s>(&self, k: usize, x: &[Symbol<'s>], y: Symbol<'s>) -> Option<Symbol<'s>> {
        let _ = (k, x, y);
        None
    }
    /// The cotangent of operand `k` in words, for ops without [`Primitive::partial`], given the operands' shapes.
    ///
    /// `{ct}` stands for the cotangent of the output, `{y}` for the output, `{0}`, `{1}` and so on for the operands.
    fn pullback_in_words(&self, k: usize, x: &[Shape]) -> String {
        let _ = x;
        format!("{{ct}} pulled back to operand {k} of {}", Self::NAME)
    }
    /// The value at numbers, for elementwise ops of one or two operands: that of [`Primitive::eval`], bit for bit.
    #[inline]
    fn number<F: Float>(&self, x: &[F]) -> Option<F> {
        let _ = x;
        None
    }
    /// The cotangents of the operands that want one, at numbers; as [`Primitive::vjp_fused`], bit for bit.
    #[inline]
    fn pull_number<F: Float>(&self, x: &[F], y: F, ct: F, wants: [bool; 2]) -> Option<[F; 2]> {
        let _ = (x, y, ct, wants);
        None
    }
    /// The value again, written for clarity and independently of the kernel.
    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64>;
    /// Points where the op is smooth, over its shapes and attributes: the domain under test.
    fn samples(draw: &mut Draw) -> Vec<Sample<Self>>;
    /// Points with their exact value and gradient: kinks, limits, literal examples.
    fn special() -> Vec<Special<Self>>;
    /// An operand of a sample as example `i` of a batch has it in the laws; the default, none, is the same elements in
    /// another order, which leave the domain of few ops.
    fn another(x: &Tensor<f64>, i: usize) -> Option<Tensor<f64>> {
        let _ = (x, i);
        None
    }
}
