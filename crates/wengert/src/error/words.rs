//! The parts of messages that depend on what was given.

/// Which axis keeps two shapes from broadcasting, counted from the last, at which they are aligned.
pub(super) fn apart(lhs: &[usize], rhs: &[usize]) -> String {
    let mut pairs = (1..).zip(lhs.iter().rev().zip(rhs.iter().rev()));
    match pairs.find(|(_, (a, b))| a != b && **a != 1 && **b != 1) {
        Some((k, (a, b))) => format!("; axis -{k} has {a} and {b}"),
        None => String::new(),
    }
}

/// The axes of a tensor of this rank.
pub(super) fn axes(rank: usize) -> String {
    match rank {
        0 => {
            "a single number has no axes: leave out the axis, or give it one with unsqueeze or reshape".into()
        }
        1 => "valid: 0, or -1 from the end".into(),
        n => format!("valid: 0 to {}, or -{n} to -1 from the end", n - 1),
    }
}

/// The elements of an axis of this size.
pub(super) fn elements(size: usize) -> String {
    match size {
        0 => "it has no elements".into(),
        1 => "its only element is 0".into(),
        n => format!("its elements are 0 to {}", n - 1),
    }
}

/// What to do about a derivative that is missing.
pub(super) fn if_intended(op: &str) -> String {
    match op {
        "grad" | "backward" | "vjp" | "jvp" => {
            format!("ask with Var::try_{op}, which returns None there, if that is intended")
        }
        _ => "leave that input out, or see where the dependence is lost (detach, constant, no_grad, value)"
            .into(),
    }
}

/// What to do about inputs that a plan was not compiled for.
pub(super) fn for_a_run(what: &str, of_another_shape: bool) -> &'static str {
    match what {
        _ if of_another_shape => "compile a plan for each set of shapes",
        "step" => "give it to run_with, as Extras::step",
        "index inputs" => "give them to run_with, as Extras::indices, in the order of the compiler's",
        _ => "give one tensor for each input, in the order they were compiled in",
    }
}
