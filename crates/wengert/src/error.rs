//! Everything that can be wrong with a request to the engine.

mod within;
mod words;

pub(crate) use within::Within;

/// Why an operation was refused: what was given, what was expected, and the fix where there is one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two shapes that do not broadcast together.
    #[error(
        "{op}: shapes {lhs:?} and {rhs:?} do not broadcast: aligned at the last axis, sizes must be equal or 1{}",
        words::apart(lhs, rhs)
    )]
    Broadcast {
        /// The op.
        op: &'static str,
        /// Shape of the left operand.
        lhs: Vec<usize>,
        /// Shape of the right operand.
        rhs: Vec<usize>,
    },
    /// Operands of an op whose shapes do not fit together.
    #[error("{op}: shapes {lhs:?} and {rhs:?} do not fit: expected {expected}")]
    ShapeMismatch {
        /// The op.
        op: &'static str,
        /// Shape of the first operand concerned.
        lhs: Vec<usize>,
        /// Shape of the second.
        rhs: Vec<usize>,
        /// What would have fitted.
        expected: &'static str,
    },
    /// An operand with the wrong number of axes or sizes.
    #[error("{op}: shape {given:?} given, expected {expected}")]
    Shape {
        /// The op.
        op: &'static str,
        /// The shape given.
        given: Vec<usize>,
        /// What was expected.
        expected: &'static str,
    },
    /// A reshape that would change the number of elements.
    #[error(
        "reshape: {from:?} has {} elements, {to:?} has {}: the sizes asked for must multiply to the number at hand",
        from.iter().product::<usize>(), to.iter().product::<usize>()
    )]
    Reshape {
        /// The shape at hand.
        from: Vec<usize>,
        /// The shape asked for.
        to: Vec<usize>,
    },
    /// A number of values that does not fill the shape.
    #[error("{given} values do not fill shape {shape:?}: expected {}", shape.iter().product::<usize>())]
    Length {
        /// How many values were given.
        given: usize,
        /// The shape they were given for.
        shape: Vec<usize>,
    },
    /// More axes than a tensor can have.
    #[error(
        "a tensor of rank {rank} was asked for; at most {} axes are supported: merge some with reshape",
        crate::MAX_RANK
    )]
    RankTooLarge {
        /// The rank asked for.
        rank: usize,
    },
    /// A shape whose elements would not fit in memory.
    #[error(
        "shape {shape:?} needs more than isize::MAX bytes: no memory holds it, see how its sizes were computed"
    )]
    TooLarge {
        /// The shape asked for.
        shape: Vec<usize>,
    },
    /// An axis that the tensor does not have.
    #[error("{op}: axis {axis} is out of range for rank {rank} ({})", words::axes(*rank))]
    Axis {
        /// The op.
        op: &'static str,
        /// The axis given.
        axis: isize,
        /// The rank of the tensor.
        rank: usize,
    },
    /// The same axis named twice.
    #[error("{op}: axis {axis} is named twice, counted from the first or from the last: name each axis once")]
    RepeatedAxis {
        /// The op.
        op: &'static str,
        /// The axis, counted from the first.
        axis: usize,
    },
    /// An index beyond the size of its axis.
    #[error("{op}: index {index} is out of range for an axis of size {size} ({})", words::elements(*size))]
    Index {
        /// The op.
        op: &'static str,
        /// The index given.
        index: i64,
        /// The size of the axis.
        size: usize,
    },
    /// A part of an axis that it does not have.
    #[error("{op}: {given} of axis {axis}, which has size {size}: expected {expected}")]
    Part {
        /// The op.
        op: &'static str,
        /// The axis, counted from the first.
        axis: usize,
        /// The range or position given.
        given: String,
        /// The size of the axis.
        size: usize,
        /// What was expected.
        expected: String,
    },
    /// A reduction over no elements that has no neutral value.
    #[error(
        "{op}: no elements to reduce in shape {shape:?}, and {op} of nothing is undefined: pass over empty tensors"
    )]
    EmptyReduction {
        /// The op.
        op: &'static str,
        /// The shape of the operand.
        shape: Vec<usize>,
    },
    /// An attribute outside the values the op admits.
    #[error("{op}: {name} = {given}, expected {expected}")]
    Attribute {
        /// The op.
        op: &'static str,
        /// The attribute's name.
        name: &'static str,
        /// The value given.
        given: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Subscripts of a sum of products that are malformed, or do not fit the operands.
    #[error("einsum: {problem}\n    {}\n    {}^", subscripts.replace(char::is_control, " "), " ".repeat(*position))]
    Einsum {
        /// The subscripts as given.
        subscripts: String,
        /// The character concerned, counted from 0; the one after the last where something is missing there.
        position: usize,
        /// What is wrong.
        problem: String,
    },
    /// A matrix that has no factors of the kind asked for.
    #[error("{op}: matrix {matrix} of the stack is {problem} (pivot {pivot}): {fix}")]
    Matrix {
        /// The op.
        op: &'static str,
        /// Its position in the stack, counted from 0 in row-major order; 0 for a single matrix.
        matrix: usize,
        /// The row or column where that was found, counted from 0.
        pivot: usize,
        /// What it is.
        problem: &'static str,
        /// What helps.
        fix: &'static str,
    },
    /// A different number of operands than the op takes.
    #[error("{op}: {given} given, expected {expected}")]
    Arity {
        /// The op.
        op: &'static str,
        /// How many were given.
        given: usize,
        /// How many are expected.
        expected: &'static str,
    },
    /// Variables of two tapes in one op.
    #[error(
        "{op}: operands live on different tapes; record both on one tape, or move a value with tape.constant(v.value())"
    )]
    DifferentTapes {
        /// The op.
        op: &'static str,
    },
    /// A gradient of something that is not a scalar.
    #[error(
        "{op}: the output has shape {shape:?}, a gradient needs one element: reduce it (for example .sum()) or give a seed with vjp"
    )]
    NotScalar {
        /// The function called.
        op: &'static str,
        /// The shape of the output.
        shape: Vec<usize>,
    },
    /// A seed, tangent or cotangent whose shape is not that of its primal.
    #[error("{op}: {what} has shape {given:?}, expected {expected:?}, the shape of what it belongs to")]
    CotangentShape {
        /// The function or op.
        op: &'static str,
        /// Which of the values: seed, tangent, cotangent of an input.
        what: &'static str,
        /// Its shape.
        given: Vec<usize>,
        /// The shape of the primal.
        expected: Vec<usize>,
    },
    /// A derivative with respect to a constant.
    #[error(
        "{op}: input {input} is a constant (recorded at {at}); make it a tape.leaf to differentiate with respect to it"
    )]
    Untracked {
        /// The function called.
        op: &'static str,
        /// Its position among the inputs asked about.
        input: usize,
        /// Where it was recorded.
        at: String,
    },
    /// A derivative with respect to something the output does not depend on.
    #[error(
        "{op}: the output (recorded at {output_at}) does not depend on input {input} (recorded at {input_at}); {}",
        words::if_intended(op)
    )]
    Unreachable {
        /// The function called.
        op: &'static str,
        /// Its position among the inputs asked about.
        input: usize,
        /// Where the input was recorded.
        input_at: String,
        /// Where the output was recorded.
        output_at: String,
    },
    /// An op without a rule for an input that is tracked.
    #[error(
        "{op}: no derivative rule for input {input}, which is tracked; detach it if the gradient may stop here"
    )]
    NotDifferentiable {
        /// The op.
        op: &'static str,
        /// The position of the input.
        input: usize,
    },
    /// An input that a plan cannot have.
    #[error("compile: input {position} (recorded at {at}) {problem}")]
    PlanInput {
        /// Its position among the inputs.
        position: usize,
        /// Where it was recorded.
        at: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Indices that no op of a plan was given.
    #[error(
        "compile: no op that the outputs need was given index input {position} as a whole; \
             pass the tensor that the op was given, not a copy or a part of it, in row-major order"
    )]
    PlanIndices {
        /// Its position among the index inputs.
        position: usize,
    },
    /// A value that depends on a plan's inputs, its index inputs or random numbers, and was read while recording.
    #[error(
        "compile: a value that depends on an input or on random numbers was read at {at}, and lines were recorded after; \
             what the program did with it would be the same at every run: use ops instead (select for a branch), read it \
             after the last line, or from the plan's outputs"
    )]
    ValueInspected {
        /// Where it was read.
        at: String,
    },
    /// An op without a rule for batches.
    #[error(
        "vmap: {op} (recorded at {at}) cannot be applied to a batch: {reason}; apply the function to each example and join \
             the results with Var::stack"
    )]
    Unbatched {
        /// The op.
        op: &'static str,
        /// Where it was recorded.
        at: String,
        /// Why there is no rule.
        reason: &'static str,
    },
    /// A value that may differ from example to example and was read while recording for one.
    #[error(
        "vmap: a value that depends on an input or on random numbers was read at {at}: what the program does with it would be the same for every \
             example; use ops instead (select for a branch, grad for backward)"
    )]
    ReadInBatch {
        /// Where it was read.
        at: String,
    },
    /// Inputs that are not those a plan was compiled for.
    #[error(
        "run: {what}{} given {given}, expected {expected}; {}",
        .position.map_or(String::from(":"), |p| format!(" {p}:")), words::for_a_run(what, .position.is_some())
    )]
    PlanRun {
        /// Which inputs: of numbers or of indices.
        what: &'static str,
        /// Which of them, if their number is right.
        position: Option<usize>,
        /// What was given.
        given: String,
        /// What was expected.
        expected: String,
    },
    /// A derivative with an entry that its pattern leaves out.
    #[error(
        "{op}: the derivative is {value} at row {row}, column {column}, where the pattern has no entry; with it left out, \
             other entries come out wrong: add ({row}, {column})"
    )]
    MissingEntry {
        /// The function called.
        op: &'static str,
        /// The row of the entry.
        row: usize,
        /// Its column.
        column: usize,
        /// Its value.
        value: f64,
    },
    /// An iteration that did not arrive.
    #[error(
        "{op}: residual {residual:e} after {iterations} iterations, expected at most {tolerance:e}: start nearer to the \
             solution, allow more iterations, or see whether the map contracts"
    )]
    NotConverged {
        /// The function called.
        op: &'static str,
        /// How many iterations were made.
        iterations: usize,
        /// What is left, the largest absolute value of an element; NaN if some element was.
        residual: f64,
        /// What may be left.
        tolerance: f64,
    },
    /// A user-written op that broke its contract.
    #[error("custom op {op}: {problem}")]
    Custom {
        /// The op's name.
        op: &'static str,
        /// What it did.
        problem: String,
    },
}

/// The value, or a panic with the error's text at the line of the user's that led here.
///
/// A function and not a closure: only functions pass the caller's location on.
#[track_caller]
pub(crate) fn or_panic<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
