//! The program from outside: what it prints, and what it says to bad input.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the program where no data is named but in its arguments.
fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wengert-bench"));
    command.env_remove("PEERS_DATA").args(arguments).output().expect("the program can be started")
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("plain text")
}

/// The numbers of a flat JSON object, by name; `None` for null.
fn numbers(json: &str) -> Vec<(String, Option<f64>)> {
    let inside = json.strip_prefix('{').and_then(|s| s.strip_suffix('}')).expect("an object");
    let field = |field: &str| {
        let (name, value) = field.split_once(':').expect("a field");
        let value = (value != "null").then(|| value.parse().expect("a number"));
        (name.trim_matches('"').to_owned(), value)
    };
    inside.split(',').map(field).collect()
}

/// A directory that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("wengert-bench-program-{}-{name}", std::process::id())))
    }
    fn path(&self) -> &str {
        self.0.to_str().expect("a plain name")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const SHORT: [&str; 8] = ["--secs", "0.001", "--warmup", "0", "--check", "2", "--threads", "1"];

#[test]
fn a_run_prints_its_first_step_and_then_a_result_that_parses() {
    let output = program(&[&["mnist"], &SHORT[..]].concat());
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    let [first, result] = lines[..] else { panic!("two lines, not {lines:?}") };
    let first: f64 = first.strip_prefix("FIRST_STEP ").expect("its name").parse().expect("a number");
    let result = numbers(result.strip_prefix("RESULT ").expect("its name"));
    let names: Vec<&str> = result.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["train_ips", "infer64_ips", "infer1_us", "loss_first", "loss_last", "loss_steps", "rss_mb"];
    assert_eq!(names, expected);
    let value = |name: &str| result.iter().find(|(n, _)| n == name).and_then(|(_, value)| *value);
    assert!((value("loss_first").expect("measured") - first).abs() < 1e-6);
    assert!((first - 10_f64.ln()).abs() < 0.2, "the first loss of ten classes is {first}");
    assert_eq!(value("loss_steps"), Some(2.0));
    for name in ["train_ips", "infer64_ips", "infer1_us", "loss_last"] {
        assert!(value(name).expect("measured") > 0.0, "{name}");
    }
    assert!(String::from_utf8_lossy(&output.stderr).contains("generated digits"));
}

#[test]
fn data_that_the_program_writes_gives_the_same_run() {
    let folder = Folder::new("same");
    stdout(&program(&["data", folder.path()]));
    let losses = |source: &[&str]| {
        let text = stdout(&program(&[&["mnist", "--no-infer"], source, &SHORT[..]].concat()));
        let result =
            numbers(text.lines().last().expect("a result").strip_prefix("RESULT ").expect("its name"));
        assert!(result.contains(&("infer64_ips".to_owned(), None)));
        result.into_iter().filter(|(name, _)| name.starts_with("loss")).collect::<Vec<_>>()
    };
    let from_files = losses(&["--data", folder.path()]);
    assert_eq!(from_files, losses(&[]));
    assert_eq!(from_files.len(), 3);
}

#[test]
fn missing_data_is_an_error_that_says_how_to_make_it() {
    let folder = Folder::new("missing");
    let output = program(&["mnist", "--data", folder.path()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("wengert-bench data DIR") && said.contains("labels.u8"), "{said}");
    assert!(output.stdout.is_empty() && !Path::new(folder.path()).exists());
}

#[test]
fn bad_arguments_end_with_code_2_and_a_message() {
    for (arguments, part) in [
        (&["mnist", "--mode", "magic"][..], "--mode is \"magic\""),
        (&["micro", "blas"], "expected gemm, fw or tape"),
        (&[], "a command is missing"),
    ] {
        let output = program(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(part) && output.stdout.is_empty(), "{said}");
    }
}

#[test]
fn help_names_every_command() {
    let text = stdout(&program(&["--help"]));
    assert!(["mnist", "micro gemm|fw|tape", "data DIR"].iter().all(|part| text.contains(part)));
}
