//! `wengert-bench`: prints how fast Wengert is on this machine.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use wengert_bench::arguments::{self, Command, Mnist, Mode};
use wengert_bench::data::{Data, Origin};
use wengert_bench::network::BATCH;
use wengert_bench::{cost, micro, planned::PlanTrainer, run, trainer::EagerTrainer};

const HOW_TO_COMPARE: &str = "no data given, so these are generated digits and fresh weights; other programs can \
                              read the same after `wengert-bench data DIR`";

fn mnist(out: &mut impl Write, options: &Mnist) -> Result<(), Box<dyn Error>> {
    let (data, origin) = Data::find(options.data.as_deref())?;
    if origin == Origin::Generated {
        writeln!(io::stderr(), "{HOW_TO_COMPARE}")?;
    }
    match options.mode {
        Mode::Eager => run::mnist(out, &mut EagerTrainer::new(data, BATCH, options.threads)?, options),
        Mode::Plan => run::mnist(out, &mut PlanTrainer::new(data, BATCH, options.threads)?, options),
    }
}

fn perform(out: &mut impl Write, command: &Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Help => writeln!(out, "{}", arguments::HELP)?,
        Command::Mnist(options) => mnist(out, options)?,
        Command::Micro { group, threads } => micro::run(out, *group, *threads)?,
        Command::Cost(options) => cost::run(out, options)?,
        Command::WriteData(folder) => Data::generated().write(folder)?,
    }
    Ok(())
}

/// Whether whoever read the output has left, as `head` does: nothing more can be said, and nothing went wrong.
fn reader_is_gone(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn main() -> ExitCode {
    let command = match arguments::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(message) => {
            let _ = writeln!(io::stderr(), "{message}");
            return ExitCode::from(2);
        }
    };
    match perform(&mut io::stdout().lock(), &command) {
        Err(error) if !reader_is_gone(error.as_ref()) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
