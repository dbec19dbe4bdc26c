//! Reading of the command line.

use super::{Command, Cost, Group, Mnist, Mode};

fn say(error: lexopt::Error) -> String {
    format!("{error}; --help lists the commands and options")
}

/// The value of an option.
fn value<T>(arguments: &mut lexopt::Parser, name: &str) -> Result<T, String>
where
    T: std::str::FromStr,
    T::Err: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    use lexopt::ValueExt;
    let given = arguments.value().map_err(say)?;
    given.parse().map_err(|error| format!("--{name}: {}", say(error)))
}

/// A count that makes no sense as 0.
fn positive(name: &str, count: usize) -> Result<usize, String> {
    if count == 0 { Err(format!("{name} is 0, expected at least 1")) } else { Ok(count) }
}

/// The value of an option that counts something.
fn count(arguments: &mut lexopt::Parser, name: &str) -> Result<usize, String> {
    positive(&format!("--{name}"), value(arguments, name)?)
}

fn mode(arguments: &mut lexopt::Parser) -> Result<Mode, String> {
    match value::<String>(arguments, "mode")?.as_str() {
        "plan" => Ok(Mode::Plan),
        "eager" => Ok(Mode::Eager),
        other => Err(format!("--mode is {other:?}, expected \"plan\" or \"eager\"")),
    }
}

fn secs(arguments: &mut lexopt::Parser) -> Result<f64, String> {
    let secs: f64 = value(arguments, "secs")?;
    if secs > 0.0 && secs.is_finite() {
        return Ok(secs);
    }
    Err(format!("--secs is {secs}, expected a positive number of seconds"))
}

fn cost(arguments: &mut lexopt::Parser) -> Result<Command, String> {
    use lexopt::prelude::*;
    let mut options = Cost::default();
    while let Some(argument) = arguments.next().map_err(say)? {
        match argument {
            Long("mode") => options.mode = mode(arguments)?,
            Long("threads") => options.threads = count(arguments, "threads")?,
            Long("secs") => options.secs = secs(arguments)?,
            Long("batch") => options.batch = count(arguments, "batch")?,
            Long("width") => options.width = count(arguments, "width")?,
            Long("depth") => options.depth = count(arguments, "depth")?,
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(say(other.unexpected())),
        }
    }
    Ok(Command::Cost(options))
}

fn mnist(arguments: &mut lexopt::Parser) -> Result<Command, String> {
    use lexopt::prelude::*;
    let mut options = Mnist::default();
    while let Some(argument) = arguments.next().map_err(say)? {
        match argument {
            Long("mode") => options.mode = mode(arguments)?,
            Long("threads") => options.threads = count(arguments, "threads")?,
            Long("secs") => options.secs = secs(arguments)?,
            Long("warmup") => options.warmup = value(arguments, "warmup")?,
            Long("check") => options.check = count(arguments, "check")?,
            Long("data") => {
                let given = arguments.value().map_err(say)?;
                if given.is_empty() {
                    return Err("--data is empty, expected a directory".to_owned());
                }
                options.data = Some(given.into());
            }
            Long("no-infer") => options.infer = false,
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(say(other.unexpected())),
        }
    }
    Ok(Command::Mnist(options))
}

fn micro(given: &[String]) -> Result<Command, String> {
    let (group, rest) = given.split_first().ok_or("micro: expected a group: gemm, fw or tape")?;
    let group = match group.as_str() {
        "gemm" => Group::Gemm,
        "fw" => Group::Framework,
        "tape" => Group::Tape,
        other => return Err(format!("micro: the group is {other:?}, expected gemm, fw or tape")),
    };
    let threads = match rest {
        [] => 2,
        [count] => count
            .parse()
            .map_err(|error| format!("micro: the number of threads is {count:?}: {error}"))
            .and_then(|count| positive("micro: the number of threads", count))?,
        [_, extra, ..] => return Err(format!("micro: unexpected argument {extra:?}")),
    };
    Ok(Command::Micro { group, threads })
}

fn write_data(given: &[String]) -> Result<Command, String> {
    match given {
        [folder] if !folder.is_empty() => Ok(Command::WriteData(folder.into())),
        _ => Err("data: expected one directory to write to".to_owned()),
    }
}

/// The values that are left; `None` if the help text is asked for.
fn positional(arguments: &mut lexopt::Parser) -> Result<Option<Vec<String>>, String> {
    use lexopt::prelude::*;
    let mut given = Vec::new();
    while let Some(argument) = arguments.next().map_err(say)? {
        match argument {
            Value(text) => given.push(text.string().map_err(say)?),
            Long("help") | Short('h') => return Ok(None),
            other => return Err(say(other.unexpected())),
        }
    }
    Ok(Some(given))
}

/// Reads the command line.
///
/// # Errors
///
/// What is wrong with which argument.
pub fn parse(mut arguments: lexopt::Parser) -> Result<Command, String> {
    use lexopt::prelude::*;
    let command = match arguments.next().map_err(say)? {
        None => return Err("a command is missing: mnist, micro, cost or data; --help says more".to_owned()),
        Some(Long("help") | Short('h')) => return Ok(Command::Help),
        Some(Value(command)) => command.string().map_err(say)?,
        Some(other) => return Err(say(other.unexpected())),
    };
    let of_values = match command.as_str() {
        "mnist" => return mnist(&mut arguments),
        "cost" => return cost(&mut arguments),
        "micro" => micro,
        "data" => write_data,
        other => return Err(format!("the command is {other:?}, expected mnist, micro, cost or data")),
    };
    positional(&mut arguments)?.map_or(Ok(Command::Help), |given| of_values(&given))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(arguments: &[&str]) -> Result<Command, String> {
        parse(lexopt::Parser::from_iter([&["program"], arguments].concat()))
    }

    #[test]
    fn commands_are_read_and_defaults_stand() {
        let read = given(&["mnist", "--threads", "3", "--secs=0.5", "--no-infer", "--data", "d"]);
        let expected =
            Mnist { threads: 3, secs: 0.5, infer: false, data: Some("d".into()), ..Mnist::default() };
        assert_eq!(read, Ok(Command::Mnist(expected)));
        assert_eq!(given(&["micro", "fw"]), Ok(Command::Micro { group: Group::Framework, threads: 2 }));
        assert_eq!(given(&["micro", "tape", "1"]), Ok(Command::Micro { group: Group::Tape, threads: 1 }));
        let wide = Cost { width: 64, ..Cost::default() };
        assert_eq!(given(&["cost", "--width", "64"]), Ok(Command::Cost(wide)));
        assert_eq!(given(&["data", "here"]), Ok(Command::WriteData("here".into())));
        for help in [&["--help"][..], &["mnist", "-h"], &["micro", "--help"]] {
            assert_eq!(given(help), Ok(Command::Help));
        }
    }

    #[test]
    fn bad_arguments_are_named() {
        for (arguments, part) in [
            (&[][..], "a command is missing"),
            (&["train"], "the command is \"train\""),
            (&["mnist", "--mode", "fast"], "--mode is \"fast\""),
            (&["mnist", "--threads", "0"], "--threads is 0"),
            (&["mnist", "--threads", "two"], "--threads: cannot parse argument \"two\""),
            (&["mnist", "--secs", "-1"], "--secs is -1"),
            (&["mnist", "--secs", "inf"], "--secs is inf"),
            (&["mnist", "--check", "0"], "--check is 0"),
            (&["mnist", "--data", ""], "--data is empty"),
            (&["mnist", "--bogus"], "--bogus"),
            (&["mnist", "--warmup"], "warmup"),
            (&["micro"], "expected a group"),
            (&["micro", "blas"], "the group is \"blas\""),
            (&["micro", "gemm", "x"], "the number of threads is \"x\""),
            (&["micro", "gemm", "0"], "the number of threads is 0"),
            (&["micro", "gemm", "1", "2"], "unexpected argument \"2\""),
            (&["cost", "--width", "0"], "--width is 0"),
            (&["cost", "--depth", "3.5"], "--depth: "),
            (&["data"], "expected one directory"),
        ] {
            let error = given(arguments).expect_err("not valid");
            assert!(error.contains(part), "{arguments:?}: {error}");
        }
    }
}
