//! What a value that is not finite most likely comes from.

use super::{OperandRange, Sweep};

/// A sentence on the cause, and what helps.
pub(super) fn of(op: &str, sweep: Sweep, x: &[OperandRange], value: f64) -> String {
    // The operand's element itself where it is known, else whether its range holds such a number.
    let any = |k: usize, holds: &dyn Fn(f64) -> bool, range: &dyn Fn([f64; 2]) -> bool| {
        x.get(k).is_some_and(|x| x.there.map_or_else(|| x.range.is_some_and(range), holds))
    };
    let zero = |k| any(k, &|x| x == 0.0, &|[least, most]| least <= 0.0 && most >= 0.0);
    let negative = |k| any(k, &|x| x < 0.0, &|[least, _]| least < 0.0);
    let forward = match op {
        "leaf" | "constant" => "the number was given so: look at where it comes from",
        "ln" | "log1p" | "log2" | "log10" if value.is_nan() => {
            "the logarithm of a negative number: clamp the operand, or check the sign before it"
        }
        "ln" | "log1p" | "log2" | "log10" => {
            "the logarithm of 0: add a small number, or use log_softmax, logsumexp or xlogy, which know this limit"
        }
        "sqrt" | "rsqrt" if negative(0) => "the root of a negative number: clamp the operand at 0",
        "rsqrt" | "recip" => {
            "a division by 0: add a small number to the operand, or choose another branch there"
        }
        "div" if zero(0) && zero(1) => "0 / 0: choose another branch where the divisor is 0",
        "div" if zero(1) => {
            "a division by 0: add a small number to the divisor, or choose another branch there"
        }
        "pow" | "powi" if value.is_nan() => {
            "a power of a negative number: take that of its absolute value, or a whole exponent"
        }
        "pow" | "powi" if zero(0) => "a negative power of 0: add a small number to the base",
        "logit" | "erfinv" | "atanh" if value.is_infinite() => {
            "an operand at the end of its interval, where the value is infinite: clamp it a little inside"
        }
        "logit" => "an operand outside of 0 to 1: clamp it",
        "lgamma" | "polygamma" | "betaln" | "xlogy" | "xlog1py" if value.is_infinite() => {
            "an operand at a pole: keep it away from there, or choose another branch"
        }
        "asin" | "acos" | "atanh" | "erfinv" => "an operand outside of -1 to 1: clamp it",
        "xlogy" | "xlog1py" => {
            "the logarithm of a negative number: clamp the operand, or check the sign before it"
        }
        "entr" => "the entropy of a negative number: probabilities are from 0 to 1, see how they were made",
        "fmod" => "the rest of a division by 0: choose another branch where the divisor is 0",
        "softmax" => "a group of which every score is -inf: use masked_softmax, which gives zeros there",
        "logsumexp" => "a group of which every term is -inf: the logarithm of a sum of zeros; leave it out",
        "acosh" => "an operand below 1: clamp it",
        "exp" | "expm1" | "sinh" | "cosh" => {
            "an operand too large for an exponential: subtract the greatest first, as softmax and logsumexp do"
        }
        "mean" | "var" | "std" if x.iter().any(|x| x.shape.is_empty()) => "an average of no elements",
        _ if value.is_infinite() => {
            "the result is beyond the largest number of its type, or at a pole: scale the operands down"
        }
        _ if x.iter().any(|x| x.infinite > 0) => {
            "an infinity has no such value, as inf - inf and 0 times inf have none: choose another branch there"
        }
        "sum" | "cumsum" | "matmul" | "conv2d" => {
            "terms of both signs beyond the largest number of their type: scale the operands down"
        }
        _ => "an operation that has no value at these operands",
    };
    let backward = match op {
        "sqrt" if zero(0) => {
            "the slope of sqrt at 0 is infinite: add a small number inside, or use norm, whose gradient at 0 is 0"
        }
        "pow" | "powi" if zero(0) => {
            "the slope of a power below 1 at 0 is infinite: add a small number to the base"
        }
        "pow" => "the slope by the exponent is that power times ln of the base, which must not be negative",
        "ln" | "log2" | "log10" | "recip" | "rsqrt" | "entr" if zero(0) => {
            "the slope at 0 is infinite: add a small number, or choose another branch there"
        }
        "div" | "xlogy" if zero(1) => {
            "the slope at 0 is infinite: add a small number, or choose another branch there"
        }
        "log1p" => "the slope at -1 is infinite: add a small number, or choose another branch there",
        "logit" => "the slope at 0 and 1 is infinite: clamp the operand a little inside",
        "asin" | "acos" | "atanh" | "erfinv" => {
            "the slope at -1 and 1 is infinite: clamp the operand a little inside"
        }
        "acosh" => "the slope at 1 is infinite: clamp the operand a little above",
        _ if value.is_infinite() => {
            "a cotangent beyond the largest number of its type: scale the output down, or clip before this line"
        }
        _ => "a rule that has no value at these operands, such as 0 times an infinite slope",
    };
    match sweep {
        Sweep::Forward => forward.to_owned(),
        Sweep::Backward => backward.to_owned(),
    }
}
