//! Directories of MNIST files, and the choice made from the environment.

mod common;

use std::process::Command;

use common::{Scratch, counting_images, counting_labels, gzip, idx};
use wengert_train::{Error, Source, mnist};

/// A complete directory: 20 and 10 images of 3x2.
fn complete() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("train-images-idx3-ubyte", &counting_images(20, 3, 2));
    scratch.write("train-labels-idx1-ubyte.gz", &gzip(&counting_labels(20)));
    scratch.write("t10k-images-idx3-ubyte.gz", &gzip(&counting_images(10, 3, 2)));
    scratch.write("t10k-labels-idx1-ubyte", &counting_labels(10));
    scratch
}

#[test]
fn packed_and_unpacked_files_may_be_mixed() {
    let scratch = complete();
    let (train, test) = mnist::load(scratch.path()).unwrap();
    assert_eq!((train.len(), train.height, train.width, train.labels[13]), (20, 3, 2, 3));
    assert_eq!((test.len(), test.image(2).unwrap()), (10, &[12, 13, 14, 15, 16, 17][..]));
    // Where both are there, the unpacked file counts.
    scratch.write("train-images-idx3-ubyte.gz", b"damaged");
    assert_eq!(mnist::load(scratch.path()).unwrap().0, train);
}

#[test]
fn files_that_do_not_fit_together_are_typed_errors() {
    let scratch = complete();
    scratch.write("train-labels-idx1-ubyte.gz", &gzip(&counting_labels(19)));
    let error = mnist::load(scratch.path()).unwrap_err();
    assert!(matches!(error, Error::CountMismatch { images: 20, labels: 19, .. }), "{error}");

    let scratch = complete();
    scratch.write("t10k-images-idx3-ubyte.gz", &gzip(&counting_images(10, 2, 3)));
    let error = mnist::load(scratch.path()).unwrap_err();
    assert!(matches!(error, Error::SizeMismatch { found: (2, 3), expected: (3, 2), .. }), "{error}");

    let scratch = complete();
    scratch.write("t10k-images-idx3-ubyte.gz", &gzip(&idx(&[0, 3, 2], &[])));
    scratch.write("t10k-labels-idx1-ubyte", &idx(&[0], &[]));
    assert!(matches!(mnist::load(scratch.path()), Err(Error::NoImages { .. })));

    let scratch = complete();
    std::fs::remove_file(scratch.path().join("t10k-labels-idx1-ubyte")).unwrap();
    let error = mnist::load(scratch.path()).unwrap_err();
    assert!(matches!(error, Error::Missing { name: "t10k-labels-idx1-ubyte", .. }), "{error}");

    let scratch = complete();
    std::fs::remove_file(scratch.path().join("train-images-idx3-ubyte")).unwrap();
    std::fs::create_dir(scratch.path().join("train-images-idx3-ubyte")).unwrap();
    assert!(matches!(mnist::load(scratch.path()), Err(Error::NotAFile { .. })));
}

/// The test that, in a process with [`CHILD`] set, only prints what `mnist::find` answers.
const ANSWERING_TEST: &str = "the_environment_chooses_the_place";
const CHILD: &str = "WENGERT_TEST_CHILD";

/// What `mnist::find` says in a process with these variables, a home of its own and no network.
fn outcome(home: &Scratch, variables: &[(&str, &std::ffi::OsStr)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", ANSWERING_TEST, "--nocapture"])
        .env_remove("WENGERT_DATA")
        .env_remove("XDG_CACHE_HOME")
        .envs([("HOME", home.path()), ("LOCALAPPDATA", home.path()), ("USERPROFILE", home.path())])
        .envs([(CHILD, "1"), ("WENGERT_OFFLINE", "1")])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("source: ")).expect(&text).to_owned()
}

#[test]
fn the_environment_chooses_the_place() {
    if std::env::var_os(CHILD).is_some() {
        match mnist::find(None) {
            Ok(mnist) => println!("\nsource: {}: {}", mnist.source.kind(), mnist.source),
            Err(error) => println!("\nsource: error: {error}"),
        }
        return;
    }
    let (home, data) = (Scratch::new(), complete());
    let path = data.path().as_os_str();
    let offline = outcome(&home, &[]);
    assert!(offline.starts_with("generated: generated digits (seed 0), not MNIST: not in "), "{offline}");
    let found = outcome(&home, &[("WENGERT_DATA", path)]);
    assert_eq!(found, format!("mnist: MNIST from {} (WENGERT_DATA)", data.path().display()));
    let broken = outcome(&home, &[("WENGERT_DATA", home.path().as_os_str())]);
    assert!(
        broken.starts_with("error: ") && broken.contains("train-images-idx3-ubyte.gz is there"),
        "{broken}"
    );
    assert_eq!(outcome(&home, &[("WENGERT_DATA", "".as_ref())]), offline, "an empty variable counts as none");
}

#[cfg(target_os = "linux")]
#[test]
fn the_cache_of_the_user_is_looked_into() {
    let (home, data) = (Scratch::new(), complete());
    let cache = home.path().join("cache");
    std::fs::create_dir_all(cache.join("wengert")).unwrap();
    std::fs::rename(data.path(), cache.join("wengert").join("mnist")).unwrap();
    let found = outcome(&home, &[("XDG_CACHE_HOME", cache.as_os_str())]);
    assert_eq!(found, format!("mnist: MNIST from {} (cache)", cache.join("wengert").join("mnist").display()));
}

#[test]
fn an_explicit_directory_is_named_by_its_source() {
    let scratch = complete();
    let mnist = mnist::find(Some(scratch.path())).unwrap();
    assert_eq!(mnist.source, Source::Given(scratch.path().into()));
    assert_eq!(mnist.source.to_string(), format!("MNIST from {}", scratch.path().display()));
}
