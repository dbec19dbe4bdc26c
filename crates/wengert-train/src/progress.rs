//! How far an epoch is: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The progress of one epoch, shown while it lasts.
///
/// On a terminal: a bar with images per second, loss, accuracy and the time left, redrawn ten times a second at most.
/// Elsewhere (a file, a pipe, `TERM=dumb`): a line at the start, about ten on the way, and one at the end. Output that
/// cannot be written is dropped: a closed pipe must not end a training run.
///
/// ```
/// use std::{io, time::Duration};
/// use wengert_train::Progress;
/// // For real use: `Progress::stderr("epoch 1/5", 60_000)`.
/// let mut progress = Progress::plain("epoch 1/5", 128, io::sink(), || Duration::from_secs(1));
/// progress.update(64, 0.52, 0.83);
/// progress.update(64, 0.41, 0.87);
/// let seconds = progress.finish();
/// assert_eq!(seconds, Duration::ZERO);
/// ```
pub struct Progress {
    title: String,
    total: u64,
    done: u64,
    loss: f64,
    accuracy: f64,
    output: Output,
    clock: Box<dyn Fn() -> Duration + Send>,
    started: Duration,
}

enum Output {
    Bar(ProgressBar),
    Lines(Box<dyn Write + Send>),
}

impl Progress {
    /// The progress of `total` images on standard error, as a bar or as lines.
    pub fn stderr(title: impl Into<String>, total: u64) -> Progress {
        let start = Instant::now();
        let clock = move || start.elapsed();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if std::io::stderr().is_terminal() && !dumb {
            Progress::bar(title, total, ProgressDrawTarget::stderr_with_hz(10), clock)
        } else {
            Progress::plain(title, total, std::io::stderr(), clock)
        }
    }

    /// The progress of `total` images as lines to `writer`; `clock` tells the time since any fixed moment.
    pub fn plain(
        title: impl Into<String>,
        total: u64,
        writer: impl Write + Send + 'static,
        clock: impl Fn() -> Duration + Send + 'static,
    ) -> Progress {
        let mut progress = Progress::new(title.into(), total, Output::Lines(Box::new(writer)), clock);
        progress.line(&format!("{total} images"));
        progress
    }

    fn bar(
        title: impl Into<String>,
        total: u64,
        target: ProgressDrawTarget,
        clock: impl Fn() -> Duration + Send + 'static,
    ) -> Progress {
        let title = title.into();
        let style = ProgressStyle::with_template("{prefix} [{bar:20}] {pos}/{len} {msg}")
            .expect("the template is a constant that a test draws")
            .progress_chars("=> ");
        let bar =
            ProgressBar::with_draw_target(Some(total), target).with_style(style).with_prefix(title.clone());
        Progress::new(title, total, Output::Bar(bar), clock)
    }

    fn new(
        title: String,
        total: u64,
        output: Output,
        clock: impl Fn() -> Duration + Send + 'static,
    ) -> Progress {
        let started = clock();
        Progress {
            title,
            total,
            done: 0,
            loss: f64::NAN,
            accuracy: f64::NAN,
            output,
            clock: Box::new(clock),
            started,
        }
    }

    /// Counts `images` more, and shows `loss` and `accuracy` (0 to 1) as they are by now.
    pub fn update(&mut self, images: u64, loss: f64, accuracy: f64) {
        let tenth = |done: u64| (u128::from(done) * 10).checked_div(u128::from(self.total)).unwrap_or(10);
        let before = tenth(self.done);
        self.done = self.done.saturating_add(images);
        let after = tenth(self.done);
        (self.loss, self.accuracy) = (loss, accuracy);
        let state = format!("{}, {} left", self.state(), span(self.left()));
        match &self.output {
            Output::Bar(bar) => {
                bar.set_position(self.done);
                bar.set_message(state);
            }
            // The last tenth is the business of the final line.
            Output::Lines(_) if after > before && after < 10 => {
                self.line(&format!("{} %, {}/{} images, {state}", after * 10, self.done, self.total));
            }
            Output::Lines(_) => {}
        }
    }

    /// Ends the display with the final figures and returns how long it took.
    pub fn finish(mut self) -> Duration {
        let took = self.elapsed();
        let text = format!("{} images in {}, {}", self.done, span(Some(took)), self.state());
        match &self.output {
            Output::Bar(bar) => bar.finish_with_message(format!("in {}, {}", span(Some(took)), self.state())),
            Output::Lines(_) => self.line(&format!("done, {text}")),
        }
        took
    }

    fn elapsed(&self) -> Duration {
        (self.clock)().saturating_sub(self.started)
    }

    fn left(&self) -> Option<Duration> {
        let missing = self.total.saturating_sub(self.done);
        let seconds = self.elapsed().as_secs_f64() * missing as f64 / self.done as f64;
        Duration::try_from_secs_f64(seconds).ok()
    }

    fn state(&self) -> String {
        let seconds = self.elapsed().as_secs_f64();
        let rate =
            if seconds > 0.0 { format!("{:.0}", self.done as f64 / seconds) } else { String::from("-") };
        format!("{rate} images/s, loss {:.4}, accuracy {:.2} %", self.loss, 100.0 * self.accuracy)
    }

    fn line(&mut self, text: &str) {
        if let Output::Lines(writer) = &mut self.output {
            // One write for the line, so that lines of several processes do not mix; failures are dropped on purpose.
            let _ = writer.write_all(format!("{}: {text}\n", self.title).as_bytes());
            let _ = writer.flush();
        }
    }
}

/// A length of time in words: `4.2 s`, `3 min 05 s`, `2 h 07 min`; `?` for none.
fn span(time: Option<Duration>) -> String {
    let Some(time) = time else { return String::from("?") };
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
#[path = "progress/tests.rs"]
mod tests;
