//! The closed enum of ops, and the calls that reach the right one.

use super::{Arity, Batch, Fused, Primitive, Traced, indices::Picks, trace::traced};
use crate::custom::{Outside, guarded};
use crate::explain::Symbol;
use crate::{CustomOp, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use std::fmt;
use std::sync::Arc;
use wengert_kernels::Compact;
use wengert_kernels::program::{Builder, Reg};

/// A cotangent has the shape of its primal; anything else is refused here, on every store.
pub(crate) fn shape_of_cotangent(
    op: &'static str,
    what: &'static str,
    given: Shape,
    expected: Shape,
) -> Result<(), Error> {
    if given == expected {
        return Ok(());
    }
    Err(Error::CotangentShape { op, what, given: given.dims().into(), expected: expected.dims().into() })
}

macro_rules! declare_ops { ($($module:ident :: $Op:ident,)*) => {
    /// Any op a tape can hold: the primitives of this crate, or a user's own.
    #[derive(Clone)]
    #[non_exhaustive]
    pub enum Op<F: Float> {
        $(#[doc = concat!("See [`crate::ops::", stringify!($module), "`].")] $Op(Compact<super::$module::$Op>),)*
        /// A user-written op.
        Custom(Arc<dyn CustomOp<F>>),
    }

    $(impl<F: Float> From<super::$module::$Op> for Op<F> {
        #[inline]
        fn from(op: super::$module::$Op) -> Self { Op::$Op(Compact::new(op)) }
    })*

    impl<F: Float> fmt::Debug for Op<F> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self { $(Op::$Op(op) => op.fmt(f),)* Op::Custom(op) => f.write_str(&op.describe()) }
        }
    }

    impl<F: Float> Op<F> {
        /// The names of all primitives.
        pub const NAMES: &'static [&'static str] = &[$(<super::$module::$Op as Primitive>::NAME),*];

        /// The op's name.
        pub fn name(&self) -> &'static str {
            match self { $(Op::$Op(_) => <super::$module::$Op as Primitive>::NAME,)* Op::Custom(op) => op.name() }
        }

        /// How many operands it takes.
        pub fn arity(&self) -> Arity {
            match self {
                $(Op::$Op(_) => <super::$module::$Op as Primitive>::ARITY,)*
                Op::Custom(op) if op.variadic() => Arity::AtLeast(op.arity()),
                Op::Custom(op) => Arity::Exactly(op.arity()),
            }
        }

        /// Whether both are the same op with the same attributes; a user-written op says so itself.
        pub(crate) fn same_as(&self, other: &Self) -> bool {
            match (self, other) {
                $((Op::$Op(a), Op::$Op(b)) => **a == **b,)*
                (Op::Custom(a), Op::Custom(b)) => a.same_as(b.as_ref()),
                _ => false,
            }
        }

        /// The same op over numbers of another precision; none for a user-written op, whose rules are for one.
        #[doc(hidden)]
        pub fn in_precision<G: Float>(&self) -> Option<Op<G>> {
            match self {
                $(Op::$Op(op) => Some(Op::$Op(op.clone())),)*
                Op::Custom(op) => op.in_both_precisions().map(G::of_both),
            }
        }

        /// Whether the operands have one shape, and the output has it too.
        pub(crate) fn is_elementwise(&self) -> bool {
            match self { $(Op::$Op(_) => <super::$module::$Op as Primitive>::ELEMENTWISE,)* Op::Custom(_) => false }
        }

        /// The shape of the output, or why these operands do not fit.
        ///
        /// # Errors
        ///
        /// The misfit; [`Error::Custom`] if a user-written op panics.
        pub fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
            match self {
                $(Op::$Op(op) => op.shape(x),)*
                Op::Custom(op) => guarded(op.name(), "shape", || op.shape(x))?,
            }
        }

        pub(crate) fn eval_here(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Result<Tensor<F>, Error> {
            match self {
                $(Op::$Op(op) => op.try_eval(x, y, on),)*
                Op::Custom(op) => eval_custom(op.as_ref(), x, y, on),
            }
        }

        /// The local derivative by operand `k`, if the op is elementwise.
        pub(crate) fn partial<'s>(&self, k: usize, x: &[Symbol<'s>], y: Symbol<'s>) -> Option<Symbol<'s>> {
            match self { $(Op::$Op(op) => op.partial(k, x, y),)* Op::Custom(_) => None }
        }

        /// Whether some local derivative is a formula.
        pub(crate) fn is_traced(&self) -> bool {
            let arity = match self.arity() {
                Arity::Exactly(n) | Arity::AtLeast(n) => n,
            };
            (0..arity).any(|k| crate::explain::is_formula(arity, &|x, y| self.partial(k, x, y)))
        }

        /// The cotangent of operand `k` in words.
        pub(crate) fn pullback_in_words(&self, k: usize, x: &[Shape]) -> String {
            match self {
                $(Op::$Op(op) => op.pullback_in_words(k, x),)*
                Op::Custom(op) => op.pullback_in_words(k, x),
            }
        }

        /// Why the derivative is zero or absent everywhere, if it is.
        pub(crate) fn locally_constant(&self) -> Option<&'static str> {
            match self {
                $(Op::$Op(_) => <super::$module::$Op as Primitive>::LOCALLY_CONSTANT,)*
                Op::Custom(op) => op.locally_constant(),
            }
        }

        fn traced<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
            match self { $(Op::$Op(op) => op.formula(x),)* Op::Custom(_) => None }
        }

        /// The value at numbers, and the op where its line is kept; none if it is not an elementwise op of so many.
        pub(crate) fn number_here(&self, x: &[F], line: &mut Option<Self>) -> Option<F> {
            match self {
                $(Op::$Op(op) => {
                    let y = op.number(x)?;
                    *line = Some(Op::$Op(op.clone()));
                    Some(y)
                })*
                Op::Custom(_) => None,
            }
        }

        pub(crate) fn pull_number_here(&self, x: &[F], y: F, ct: F, wants: [bool; 2]) -> Option<[F; 2]> {
            match self { $(Op::$Op(op) => op.pull_number(x, y, ct, wants),)* Op::Custom(_) => None }
        }

        pub(crate) fn vjp_here<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Result<Pullback<'t, F>, Error> {
            match self {
                $(Op::$Op(op) => Ok(op.vjp(at, ct)),)*
                Op::Custom(op) => vjp_custom(op.as_ref(), at, ct),
            }
        }

        pub(crate) fn jvp_here<'t>(
            &self,
            at: &Line<'t, F>,
            dx: &[Option<Var<'t, F>>],
        ) -> Result<Option<Var<'t, F>>, Error> {
            match self {
                $(Op::$Op(op) => Ok(op.jvp(at, dx)),)*
                Op::Custom(op) => guarded(op.name(), "the JVP rule", || op.jvp(at, dx)),
            }
        }

        pub(crate) fn batch_here<'t>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
            if self.is_elementwise() {
                return at.apply(self.clone());
            }
            match self {
                $(Op::$Op(op) => op.batch(at),)*
                Op::Custom(op) => guarded(op.name(), "the rule for batches", || op.batch(at))?,
            }
        }

        /// The op as example `i` of a batch has it, if it draws random numbers; see [`Primitive::of_example`].
        pub fn of_example(&self, i: usize) -> Option<Self> {
            match self { $(Op::$Op(op) => op.of_example(i).map(Self::from),)* Op::Custom(_) => None }
        }

        pub(crate) fn vjp_fused_here(
            &self,
            x: &[&Tensor<F>],
            y: &Tensor<F>,
            at: &mut Fused<'_, F>,
        ) -> bool {
            match self { $(Op::$Op(op) => op.vjp_fused(x, y, at),)* Op::Custom(_) => false }
        }
    }
} }
crate::for_each_op!(declare_ops);

impl<F: Float> Op<F> {
    /// A primitive defined in another crate; it is evaluated, listed, explained and merged in plans as those of this one.
    ///
    /// Such a crate writes `impl<F: Float> From<MyOp> for Op<F>` with it, and records `tape.apply(MyOp, &[x])`. The
    /// generated laws then run over it, unchanged.
    pub fn outside(op: impl Primitive) -> Self {
        Op::Custom(Arc::new(Outside(op)))
    }

    /// The value of the op on one thread.
    ///
    /// # Errors
    ///
    /// Where the shape rule refuses the operands; [`Error::Custom`] if a user-written op breaks its contract.
    pub fn eval(&self, x: &[&Tensor<F>]) -> Result<Tensor<F>, Error> {
        self.check_arity(x.len())?;
        let shapes: Vec<Shape> = x.iter().map(|x| x.shape()).collect();
        F::eval(self, x, self.shape(&shapes)?, &Threads::one())
    }

    /// The op as an elementwise formula over the values of its operands, if it is one.
    ///
    /// ```
    /// use wengert::{Op, ops::tanh::Tanh};
    /// use wengert_kernels::program::Builder;
    ///
    /// let mut b = Builder::<f64>::new(1);
    /// let x = b.input(0);
    /// let y = Op::from(Tanh).formula(&mut b, &[x]).expect("tanh is elementwise");
    /// assert_eq!(b.finish(&[y]).to_string(), "y0 = tanh x0\n");
    /// ```
    ///
    /// # Panics
    ///
    /// If an elementwise op is given another number of operands than it takes.
    pub fn formula(&self, b: &mut Builder<F>, x: &[Reg]) -> Option<Reg> {
        F::formula(self, b, x)
    }

    /// Whether the op of so many operands has a formula: it computes each element from those at the same place.
    pub(crate) fn has_formula(&self, operands: usize) -> bool {
        let mut b = Builder::new(operands);
        let x: Vec<Reg> = (0..operands).map(|k| b.input(k)).collect();
        F::formula(self, &mut b, &x).is_some()
    }

    pub(crate) fn formula_here(&self, b: &mut Builder<F>, x: &[Reg]) -> Option<Reg> {
        traced(b, x, &|x| [self.traced(x), None])[0]
    }

    /// The op's VJP rule at a line, as the reverse sweep calls it.
    ///
    /// # Errors
    ///
    /// [`Error::Custom`] if a user-written op breaks its contract.
    pub fn vjp<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Result<Pullback<'t, F>, Error> {
        F::vjp(self, at, ct)
    }

    /// The op's JVP rule at a line, as the forward sweep calls it.
    ///
    /// # Errors
    ///
    /// [`Error::Custom`] if a user-written op breaks its contract.
    pub fn jvp<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Result<Option<Var<'t, F>>, Error> {
        F::jvp(self, at, dx)
    }

    /// The indices among the attributes, of an op that has them.
    pub(crate) fn picks(&self) -> Option<&Picks> {
        match self {
            Op::Gather(op) => Some(&op.cells),
            Op::ScatterAdd(op) => Some(&op.cells),
            Op::IndexSelect(op) => Some(&op.rows),
            Op::IndexAdd(op) => Some(&op.rows),
            Op::Scatter(op) => Some(&op.target.picks),
            Op::ScatterExtreme(op) => Some(&op.target.picks),
            Op::ScatterShares(op) => Some(&op.target.picks),
            Op::ScatterTake(op) => Some(&op.target.picks),
            _ => None,
        }
    }

    /// Takes other indices of the same shape, each checked against its axis.
    pub(crate) fn replace_picks(&mut self, indices: &Tensor<u32>) -> Result<(), Error> {
        let name = self.name();
        match self {
            Op::Gather(op) => op.cells.replace(name, indices),
            Op::ScatterAdd(op) => op.cells.replace(name, indices),
            Op::IndexSelect(op) => op.rows.replace(name, indices),
            Op::IndexAdd(op) => op.rows.replace(name, indices),
            Op::Scatter(op) => op.target.picks.replace(name, indices),
            Op::ScatterExtreme(op) => op.target.picks.replace(name, indices),
            Op::ScatterShares(op) => op.target.picks.replace(name, indices),
            Op::ScatterTake(op) => op.target.picks.replace(name, indices),
            _ => Ok(()),
        }
    }

    pub(crate) fn differentiable(&self, input: usize) -> bool {
        match self {
            Op::Custom(op) => op.differentiable(input),
            _ => true,
        }
    }

    pub(crate) fn check_arity(&self, given: usize) -> Result<(), Error> {
        const COUNTS: [&str; 5] =
            ["no operands", "one operand", "two operands", "three operands", "four operands"];
        let expected = match self.arity() {
            Arity::Exactly(n) if given != n => COUNTS.get(n).copied().unwrap_or("more operands"),
            Arity::AtLeast(n) if given < n => "more operands",
            _ => return Ok(()),
        };
        Err(Error::Arity { op: self.name(), given, expected })
    }
}

fn eval_custom<F: Float>(
    op: &dyn CustomOp<F>,
    x: &[&Tensor<F>],
    y: Shape,
    on: &Threads,
) -> Result<Tensor<F>, Error> {
    let eval = || op.segment().map_or_else(|| op.eval(x), |segment| segment.value(x, on));
    let value = guarded(op.name(), "eval", eval)??;
    if value.shape() != y {
        let problem = format!("eval returned shape {}, its shape rule said {y}", value.shape());
        return Err(Error::Custom { op: op.name(), problem });
    }
    Ok(value)
}

fn vjp_custom<'t, F: Float>(
    op: &dyn CustomOp<F>,
    at: &Line<'t, F>,
    ct: Var<'t, F>,
) -> Result<Pullback<'t, F>, Error> {
    let pulled = guarded(op.name(), "the VJP rule", || op.vjp(at, ct))?;
    if pulled.len() != at.arity() {
        let problem =
            format!("the VJP rule returned {} cotangents for {} operands", pulled.len(), at.arity());
        return Err(Error::Custom { op: op.name(), problem });
    }
    if pulled.iter().flatten().any(|v| !std::ptr::eq(v.tape, ct.tape)) {
        let problem = "the VJP rule returned a variable of another tape".into();
        return Err(Error::Custom { op: op.name(), problem });
    }
    Ok(pulled)
}
