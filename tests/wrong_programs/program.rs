//! A program that goes wrong, and what is to be seen when it runs.

use std::cell::RefCell;
use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use wengert::{Tape, Tensor, Var};

/// A program with a mistake in it.
pub(crate) struct Wrong {
    /// The mistake, in words.
    pub(crate) what: &'static str,
    /// The variant of the typed error; `panic` where there is only a panic; for a value that is not finite the sweep
    /// and the op.
    pub(crate) kind: &'static str,
    /// What the text must say; `{0}` stands for the line of the first `here!`, `{1}` for that of the second.
    pub(crate) says: &'static [&'static str],
    /// The program, on a tape of its own.
    pub(crate) program: for<'t> fn(&'t Tape<f64>),
}

pub(crate) fn wrong(
    what: &'static str,
    kind: &'static str,
    says: &'static [&'static str],
    program: for<'t> fn(&'t Tape<f64>),
) -> Wrong {
    Wrong { what, kind, says, program }
}

/// What the program has shown so far.
#[derive(Default)]
struct Seen {
    here: Vec<String>,
    fault: Option<String>,
    panic: Option<(String, String)>,
    typed: Option<(String, String)>,
}

thread_local! {
    static SEEN: RefCell<Seen> = RefCell::default();
}

/// Marks the line that is at fault, and runs it: it panics, and names this line.
macro_rules! fault {
    ($wrong:expr) => {{
        $crate::program::at_fault(file!(), line!());
        let _ = $wrong;
    }};
}

/// Marks a line that the text will name.
macro_rules! here {
    ($value:expr) => {{
        $crate::program::is_here(file!(), line!());
        $value
    }};
}

pub(crate) fn at_fault(file: &str, line: u32) {
    SEEN.with_borrow_mut(|seen| seen.fault = Some(format!("{file}:{line}")));
}

pub(crate) fn is_here(file: &str, line: u32) {
    SEEN.with_borrow_mut(|seen| seen.here.push(format!("{file}:{line}")));
}

/// Takes the typed error of a request that must fail.
pub(crate) fn refused<T, E: Debug + Display>(result: Result<T, E>) {
    let error = result.err().expect("the request was granted");
    SEEN.with_borrow_mut(|seen| seen.typed = Some((format!("{error:?}"), error.to_string())));
}

/// Takes the report of the value that is not finite: a line marked by `here!` must be named.
pub(crate) fn found<'t>(tape: &'t Tape<f64>, output: Var<'t, f64>) {
    let report = tape.find_anomaly(output).expect("no value that is not finite");
    let here = SEEN.with_borrow(|seen| seen.here.first().cloned()).expect("a line is marked");
    assert_eq!(format!("{}:{}", report.at.file(), report.at.line()), here, "{report}");
    let kind = format!("{:?} {} {{", report.sweep, report.op);
    SEEN.with_borrow_mut(|seen| seen.typed = Some((kind, report.to_string())));
}

pub(crate) fn hook(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let text = (payload.downcast_ref::<String>().cloned())
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    let at = info.location().map_or(String::new(), |at| format!("{}:{}", at.file(), at.line()));
    SEEN.with_borrow_mut(|seen| seen.panic = Some((at, text.unwrap_or_default())));
}

/// A leaf of this shape, of ordinary numbers.
#[track_caller]
pub(crate) fn leaf<'t>(tape: &'t Tape<f64>, shape: impl AsRef<[usize]>) -> Var<'t, f64> {
    tape.leaf(Tensor::full(shape, 0.5))
}

/// Whether this is the name of the variant, or of the one inside of it.
fn is_kind(debug: &str, kind: &str) -> bool {
    let inside = debug.split_once('(').map(|(_, inside)| inside);
    let begins =
        |debug: &str| debug.strip_prefix(kind).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    begins(debug) || inside.is_some_and(begins)
}

/// Runs the program: the text that it shows and whether it names a line, or what is wrong with how it goes wrong.
pub(crate) fn run(wrong: &Wrong) -> Result<(String, bool), String> {
    SEEN.with_borrow_mut(|seen| *seen = Seen::default());
    let ran = catch_unwind(AssertUnwindSafe(|| (wrong.program)(&Tape::new())));
    let seen = SEEN.take();
    let text = match (&seen.fault, &seen.panic, &seen.typed) {
        (None, Some((at, text)), _) => return Err(format!("panics at {at}: {text}")),
        (Some(_), None, _) => return Err(String::from("does not panic")),
        (Some(fault), Some((at, text)), _) if at != fault => {
            return Err(format!("names {at}, not {fault}: {text}"));
        }
        (Some(_), Some((_, text)), Some((_, typed))) if text != typed => {
            return Err(format!("panics with {text:?}, refuses with {typed:?}"));
        }
        (Some(_), Some((_, text)), _) | (None, None, Some((_, text))) => text.clone(),
        (None, None, None) => return Err(format!("shows nothing ({ran:?})")),
    };
    let kind = seen.typed.map_or(String::from("panic {"), |(kind, _)| kind);
    if !is_kind(&kind, wrong.kind) {
        return Err(format!("is no {}: {kind}: {text}", wrong.kind));
    }
    let mut says: Vec<String> = wrong.says.iter().map(|&part| part.to_owned()).collect();
    for (k, here) in seen.here.iter().enumerate() {
        says.iter_mut().for_each(|part| *part = part.replace(&format!("{{{k}}}"), here));
    }
    // Every line that is marked has to be named.
    match says.iter().chain(&seen.here).find(|part| !text.contains(*part)) {
        Some(part) => Err(format!("does not say {part:?}: {text}")),
        None => Ok((text, seen.fault.is_some() || !seen.here.is_empty())),
    }
}
