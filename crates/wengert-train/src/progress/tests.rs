use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::*;

/// A writer that keeps what was written, and a terminal of 160 columns.
#[derive(Clone, Debug, Default)]
struct Paper(Arc<Mutex<String>>);

impl Paper {
    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl indicatif::TermLike for Paper {
    fn width(&self) -> u16 {
        160
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap().push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write_str("\n")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A clock in seconds that moves when told to.
fn clock() -> (Arc<AtomicU64>, impl Fn() -> Duration + Send) {
    let seconds = Arc::new(AtomicU64::new(1000));
    let hand = seconds.clone();
    (seconds, move || Duration::from_secs(hand.load(Ordering::SeqCst)))
}

#[test]
fn lines_come_at_the_start_at_every_tenth_and_at_the_end() {
    let (paper, (time, clock)) = (Paper::default(), clock());
    let mut progress = Progress::plain("epoch 2/5", 1000, paper.clone(), clock);
    assert_eq!(paper.text(), "epoch 2/5: 1000 images\n");
    for step in 1..=100 {
        time.fetch_add(1, Ordering::SeqCst);
        progress.update(10, 1.0 / f64::from(step), f64::from(step) / 100.0);
    }
    assert_eq!(progress.finish(), Duration::from_secs(100));
    let text = paper.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 11, "{text}");
    assert_eq!(
        lines[1],
        "epoch 2/5: 10 %, 100/1000 images, 10 images/s, loss 0.1000, accuracy 10.00 %, 1 min 30 s left"
    );
    assert_eq!(
        lines[9],
        "epoch 2/5: 90 %, 900/1000 images, 10 images/s, loss 0.0111, accuracy 90.00 %, 10.0 s left"
    );
    assert_eq!(
        lines[10],
        "epoch 2/5: done, 1000 images in 1 min 40 s, 10 images/s, loss 0.0100, accuracy 100.00 %"
    );
}

#[test]
fn large_steps_give_one_line_each() {
    let (paper, (_, clock)) = (Paper::default(), clock());
    let mut progress = Progress::plain("x", 10, paper.clone(), clock);
    progress.update(4, 0.5, 0.5);
    progress.update(5, 0.5, 0.5);
    progress.update(1, 0.5, 0.5);
    progress.finish();
    let text = paper.text();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("40 %, 4/10 images, - images/s"), "no time has passed: no rate\n{text}");
}

#[test]
fn no_images_more_images_and_nan_do_no_harm() {
    let (paper, (time, clock)) = (Paper::default(), clock());
    let mut progress = Progress::plain("x", 0, paper.clone(), clock);
    time.fetch_add(1, Ordering::SeqCst);
    progress.update(0, f64::NAN, f64::NAN);
    progress.update(u64::MAX, f64::INFINITY, 0.0);
    progress.update(u64::MAX, f64::INFINITY, 0.0);
    time.store(0, Ordering::SeqCst);
    assert_eq!(progress.finish(), Duration::ZERO, "a clock that runs backward");
    assert!(paper.text().ends_with("- images/s, loss inf, accuracy 0.00 %\n"), "{}", paper.text());
}

#[test]
fn a_closed_pipe_does_not_end_the_run() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let (time, clock) = clock();
    let mut progress = Progress::plain("x", 10, Closed, clock);
    progress.update(5, 0.5, 0.5);
    time.fetch_add(3, Ordering::SeqCst);
    assert_eq!(progress.finish(), Duration::from_secs(3));
}

#[test]
fn the_bar_shows_position_rate_loss_accuracy_and_time_left() {
    let (paper, (time, clock)) = (Paper::default(), clock());
    let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
    let mut progress = Progress::bar("epoch 1/5", 1000, target, clock);
    time.fetch_add(10, Ordering::SeqCst);
    progress.update(500, 0.25, 0.9);
    let text = paper.text();
    let expected =
        "epoch 1/5 [==========>         ] 500/1000 50 images/s, loss 0.2500, accuracy 90.00 %, 10.0 s left";
    assert!(text.contains(expected), "{text}");
    time.fetch_add(10, Ordering::SeqCst);
    progress.update(500, 0.2, 0.95);
    progress.finish();
    let expected = "[====================] 1000/1000 in 20.0 s, 50 images/s, loss 0.2000, accuracy 95.00 %";
    assert!(paper.text().contains(expected), "{}", paper.text());
}

#[test]
fn spans_read_well_at_every_scale() {
    let text = |seconds: f64| span(Duration::try_from_secs_f64(seconds).ok());
    assert_eq!(text(4.25), "4.2 s");
    assert_eq!(text(65.0), "1 min 05 s");
    assert_eq!(text(7621.0), "2 h 07 min");
    assert_eq!(text(f64::NAN), "?");
}
