//! The command line of training examples.

use std::path::PathBuf;

/// What a training example can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Where the data is; see [`wengert_train::mnist::find`] for where it is looked for otherwise.
    pub data: Option<PathBuf>,
    /// Passes over the training set.
    pub epochs: usize,
    /// Images per step.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Where weights and the order of the images come from.
    pub seed: u64,
    /// Threads; results do not depend on their number. All cores if not given.
    pub threads: Option<usize>,
    /// At most this many images to learn from, and as many to judge by.
    pub limit: Option<usize>,
    /// Whether the last line of output is a JSON object.
    pub json: bool,
    /// Where a picture of misclassified images is written.
    pub png: Option<PathBuf>,
    /// The test accuracy below which the run counts as failed.
    pub at_least: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: None,
            epochs: 5,
            batch: 64,
            learning_rate: 1e-3,
            seed: 1,
            threads: None,
            limit: None,
            json: false,
            png: None,
            at_least: None,
        }
    }
}

/// The help text, for a program of this name.
pub fn help(program: &str) -> String {
    let d = Options::default();
    format!(
        "Usage: {program} [OPTIONS]\n\n\
         --data DIR     directory with the IDX files, plain or .gz; else WENGERT_DATA, the cache, a download,\n\
         \u{20}               and without any of them generated digits\n\
         --epochs N     passes over the training images [{}]\n\
         --batch N      images per step [{}]\n\
         --lr X         learning rate of Adam [{}]\n\
         --seed N       where weights and the order of images come from [{}]\n\
         --threads N    threads; results do not depend on it [all cores]\n\
         --limit N      use at most N images to learn from and N to judge by\n\
         --quick        a short run: one epoch of 4,000 images\n\
         --json         end with one line of JSON\n\
         --png FILE     write misclassified images as a picture\n\
         --at-least X   fail if the test accuracy (0 to 1) is below X\n\
         --help         this text",
        d.epochs, d.batch, d.learning_rate, d.seed
    )
}

fn say(error: lexopt::Error) -> String {
    format!("{error}; --help lists the options")
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

/// The value of an option that counts something.
fn number(arguments: &mut lexopt::Parser, name: &str) -> Result<usize, String> {
    match value(arguments, name)? {
        0 => Err(format!("--{name} is 0, expected at least 1")),
        n => Ok(n),
    }
}

/// The value of an option that names a place.
fn path(arguments: &mut lexopt::Parser, name: &str) -> Result<Option<PathBuf>, String> {
    let given = arguments.value().map_err(say)?;
    if given.is_empty() { Err(format!("--{name} is empty, expected a path")) } else { Ok(Some(given.into())) }
}

/// Reads the command line; `None` asks for the help text.
///
/// # Errors
///
/// What is wrong with which option.
pub fn parse(mut arguments: lexopt::Parser) -> Result<Option<Options>, String> {
    use lexopt::prelude::*;
    let mut options = Options::default();
    while let Some(argument) = arguments.next().map_err(say)? {
        match argument {
            Long("epochs") => options.epochs = number(&mut arguments, "epochs")?,
            Long("batch") => options.batch = number(&mut arguments, "batch")?,
            Long("threads") => options.threads = Some(number(&mut arguments, "threads")?),
            Long("limit") => options.limit = Some(number(&mut arguments, "limit")?),
            Long("seed") => options.seed = value(&mut arguments, "seed")?,
            Long("lr") => {
                let rate: f64 = value(&mut arguments, "lr")?;
                if !(rate > 0.0 && rate.is_finite()) {
                    return Err(format!("--lr is {rate}, expected a positive number"));
                }
                options.learning_rate = rate;
            }
            Long("at-least") => {
                let share: f64 = value(&mut arguments, "at-least")?;
                if !(0.0..=1.0).contains(&share) {
                    return Err(format!("--at-least is {share}, expected a number from 0 to 1"));
                }
                options.at_least = Some(share);
            }
            Long("data") => options.data = path(&mut arguments, "data")?,
            Long("png") => options.png = path(&mut arguments, "png")?,
            Long("json") => options.json = true,
            Long("quick") => (options.epochs, options.limit) = (1, Some(4_000)),
            Long("help") | Short('h') => return Ok(None),
            other => return Err(say(other.unexpected())),
        }
    }
    Ok(Some(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(arguments: &[&str]) -> Result<Option<Options>, String> {
        parse(lexopt::Parser::from_iter([&["program"], arguments].concat()))
    }

    #[test]
    fn options_are_read_and_defaults_stand() {
        let read = given(&["--epochs", "2", "--lr=0.01", "--json", "--threads", "3"]).expect("valid");
        let expected =
            Options { epochs: 2, learning_rate: 0.01, json: true, threads: Some(3), ..Options::default() };
        assert_eq!(read, Some(expected));
        assert_eq!(given(&["--help"]), Ok(None));
        assert!(help("x").contains("--limit"));
    }

    #[test]
    fn bad_values_are_named() {
        for (arguments, part) in [
            (&["--batch", "0"][..], "--batch is 0"),
            (&["--lr", "-1"], "--lr is -1"),
            (&["--epochs", "many"], "--epochs: cannot parse argument \"many\""),
            (&["--seed", "-1"], "--seed: "),
            (&["--lr", "fast"], "--lr: "),
            (&["--at-least", "99"], "--at-least is 99"),
            (&["--data", ""], "--data is empty"),
            (&["--bogus"], "--bogus"),
            (&["--seed"], "seed"),
        ] {
            let error = given(arguments).expect_err("not valid");
            assert!(error.contains(part), "{error}");
        }
    }
}
