//! Every op held against every law, at every order, in both precisions and all layouts: what was compared, as a table.
//!
//! ```text
//! cargo run --release --example coverage                            writes docs/coverage.md
//! cargo run --release --example coverage -- --check                 fails if docs/coverage.md is not what it would write
//! cargo run --release --example coverage -- --only tanh,conv        some ops; writes nothing
//! cargo run --release --example coverage -- --samples 1000 --seed 7 more points, elsewhere; writes nothing
//! ```
//!
//! Built with the feature `linalg` it sweeps the ops of `wengert-linalg` too, whose dependency takes two minutes. Built without
//! it, it sweeps what `--only` names, and for all ops has cargo build and run the other one.

use lexopt::prelude::*;
use std::process::{Command, ExitCode};
use std::time::Instant;
use wengert_tests::coverage::{Entry, Row, Settings, json, markdown, sweep};
use wengert_tests::subject::Subject;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/coverage.md");
const HELP: &str = "Usage: coverage [OPTIONS]\n\n\
    --check       fail if docs/coverage.md is not what would be written, and write and print nothing else\n\
    --only A,B    ops whose name holds one of these (those of wengert-linalg with --features linalg); writes nothing\n\
    --samples N   points per op, at least [64]; another number writes nothing\n\
    --seed N      where the points are drawn from; another than the standard one writes nothing\n\
    --threads N   ops at a time [all cores]\n\
    --json        end with one line of JSON\n\
    --help        this text";

struct Options {
    settings: Settings,
    check: bool,
    json: bool,
}

fn parse(mut arguments: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options { settings: Settings::default(), check: false, json: false };
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("check") => options.check = true,
            Long("json") => options.json = true,
            Long("only") => {
                options.settings.only = arguments.value()?.string()?.split(',').map(String::from).collect();
            }
            Long("samples") => options.settings.samples = arguments.value()?.parse()?,
            Long("seed") => options.settings.seed = arguments.value()?.parse()?,
            Long("threads") => options.settings.threads = arguments.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

/// The ops of wengert-fft.
fn fft() -> Vec<Entry> {
    macro_rules! ops { ($($module:ident :: $Op:ident,)*) => {
        const OPS: &[Entry] =
            &[$(Entry::Op(stringify!($module), Subject::of::<wengert_fft::ops::$module::$Op>)),*];
    } }
    macro_rules! compositions { ($($name:ident: $module:ident :: $f:ident,)*) => {
        const COMPOSED: &[Entry] =
            &[$(Entry::Composed(stringify!($name), wengert_fft::composed::$module::$f)),*];
    } }
    wengert_fft::for_each_fft_op!(ops);
    wengert_fft::for_each_fft_composition!(compositions);
    [OPS, COMPOSED].concat()
}

/// The ops of wengert-linalg.
#[cfg(feature = "linalg")]
fn linalg() -> Vec<Entry> {
    macro_rules! ops { ($($module:ident :: $Op:ident,)*) => {
        const OPS: &[Entry] =
            &[$(Entry::Op(stringify!($module), Subject::of::<wengert_linalg::ops::$module::$Op>)),*];
    } }
    macro_rules! compositions { ($($name:ident: $module:ident :: $f:ident,)*) => {
        const COMPOSED: &[Entry] =
            &[$(Entry::Composed(stringify!($name), wengert_linalg::composed::$module::$f)),*];
    } }
    wengert_linalg::for_each_linalg_op!(ops);
    wengert_linalg::for_each_linalg_composition!(compositions);
    [OPS, COMPOSED].concat()
}

#[cfg(not(feature = "linalg"))]
fn linalg() -> Vec<Entry> {
    Vec::new()
}

/// This program with the ops of every crate, with the same arguments.
fn with_linalg() -> ExitCode {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(ROOT).args(["run", "--locked", "--features", "linalg", "--example", "coverage"]);
    cargo.args((!cfg!(debug_assertions)).then_some("--release"));
    match cargo.arg("--").args(std::env::args_os().skip(1)).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo, which builds it with the ops of every crate, cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Layouts that make a matrix singular are refused, as they should be: no news.
fn keep_refusals_quiet() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<String>();
        if !text.is_some_and(|text| text.contains(" of the stack is ")) {
            report(panic);
        }
    }));
}

/// What is wrong, if anything is: failed comparisons, required ones that were not made.
fn problems(rows: &[Row]) -> Vec<String> {
    let mut problems = Vec::new();
    for row in rows {
        problems.extend(row.problems.iter().map(|problem| format!("{}: {problem}", row.name)));
        if row.problems.is_empty() && !row.skipped().is_empty() {
            problems.push(format!("{}: not compared: {:?}", row.name, row.skipped()));
        }
    }
    problems
}

fn main() -> ExitCode {
    let options = match parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}; --help lists the options");
            return ExitCode::FAILURE;
        }
    };
    let Options { settings, check, json: ends_with_json } = options;
    let standard = Settings::default();
    let whole =
        settings.only.is_empty() && settings.samples == standard.samples && settings.seed == standard.seed;
    keep_refusals_quiet();
    let start = Instant::now();
    let complete = cfg!(feature = "linalg");
    if settings.only.is_empty() && !complete {
        return with_linalg();
    }
    let rows = sweep(&settings, &[fft(), linalg()].concat());
    if rows.is_empty() && !complete {
        return with_linalg();
    }
    let page = markdown(&rows);
    if !check {
        print!("{page}");
    }
    let mut problems = problems(&rows);
    if rows.is_empty() {
        problems.push(String::from("no op has such a name"));
    }
    if whole && check {
        let stored = std::fs::read_to_string(PAGE).unwrap_or_default().replace("\r\n", "\n");
        if stored != page {
            let differs = stored.lines().zip(page.lines()).find(|(a, b)| a != b);
            problems.push(format!(
                "docs/coverage.md is out of date: run cargo run --release --example coverage\nfirst difference: {differs:#?}"
            ));
        }
    } else if whole
        && problems.is_empty()
        && let Err(error) = std::fs::write(PAGE, &page)
    {
        problems.push(format!("docs/coverage.md cannot be written: {error}"));
    }
    eprintln!("{} ops and compositions in {:.1} s", rows.len(), start.elapsed().as_secs_f64());
    for problem in &problems {
        eprintln!("{problem}");
    }
    if ends_with_json {
        println!("{}", json(&rows));
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
