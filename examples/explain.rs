//! The gradient of a small network, explained: every line, local derivative and sum, as text and as a page of HTML.
//!
//! ```text
//! cargo run --example explain                          a layer with squared error, as text
//! cargo run --example explain -- --quick               one neuron, so that the text fits on a screen
//! cargo run --example explain -- --html page.html      also as a page
//! cargo run --example explain -- --markdown page.md    also as Markdown with LaTeX
//! ```
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use wengert::explain::Explanation;
use wengert::prelude::*;

const HELP: &str = "Usage: explain [OPTIONS]\n\n\
                    --quick           one neuron in place of a layer\n\
                    --html FILE       write the explanation as a page of HTML\n\
                    --markdown FILE   write it as Markdown with LaTeX\n\
                    --help            this text";

struct Options {
    quick: bool,
    html: Option<PathBuf>,
    markdown: Option<PathBuf>,
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut given = Options { quick: false, html: None, markdown: None };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => given.quick = true,
            Long("html") => given.html = Some(arguments.value()?.into()),
            Long("markdown") => given.markdown = Some(arguments.value()?.into()),
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(given))
}

/// `(tanh(w x + b) - t)²`
fn neuron() -> Explanation {
    let tape = Tape::<f64>::new();
    let (x, w, b) = (tape.leaf(0.5), tape.leaf(2.0), tape.leaf(-0.3));
    let y = (w * x + b).tanh();
    (y - 1.0).square().explain(&[("x", x), ("w", w), ("b", b)])
}

/// A layer with `relu`, a second one with softmax, and the negative logarithm of the right classes' shares.
fn network() -> Explanation {
    let tape = Tape::<f64>::new();
    let x = tape.constant([[0.5, -1.0], [2.0, 0.25]]);
    let (w, b) = (tape.leaf([[1.0, -0.5], [0.3, 0.8]]), tape.leaf([0.1, 0.2]));
    let u = tape.leaf([[0.7, -0.2], [-1.0, 0.4]]);
    let right = tape.constant([[1.0, 0.0], [0.0, 1.0]]);
    let shares = (x.matmul(w) + b).relu().matmul(u).softmax(1);
    let loss = -(right * shares.ln()).sum() / 2.0;
    loss.explain(&[("w", w), ("b", b), ("u", u)])
}

fn main() -> ExitCode {
    let given = match options() {
        Ok(Some(given)) => given,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}; --help lists the options");
            return ExitCode::FAILURE;
        }
    };
    let explanation = if given.quick { neuron() } else { network() };
    print!("{explanation}");
    for (path, text) in [(given.html, explanation.to_html()), (given.markdown, explanation.to_markdown())] {
        let Some(path) = path else { continue };
        if let Err(error) = std::fs::write(&path, text) {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
        println!("written to {}", path.display());
    }
    ExitCode::SUCCESS
}
