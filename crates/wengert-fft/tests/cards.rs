//! Every op of this crate has a card, every card an op, and `docs/fft.md` says what the cards say.

use std::collections::BTreeMap;
use std::path::Path;
use wengert::Primitive;
use wengert_tests::card::{Card, Listed, check_page};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const LISTED: Listed = Listed { title: "Fourier transforms", folder: "wengert-fft", package: "wengert-fft" };

macro_rules! names { ($($module:ident :: $Op:ident,)*) => {
    /// Files and names of the registered primitives.
    const OPS: &[(&str, &str)] =
        &[$((stringify!($module), <wengert_fft::ops::$module::$Op as Primitive>::NAME)),*];
} }
wengert_fft::for_each_fft_op!(names);

macro_rules! modules { ($($name:ident: $module:ident :: $f:ident,)*) => {
    const COMPOSED: &[&str] = &[$(stringify!($module)),*];
} }
wengert_fft::for_each_fft_composition!(modules);

fn cards(folder: &str) -> BTreeMap<String, Card> {
    LISTED.cards(Path::new(ROOT), folder)
}

#[test]
fn ops_and_cards_are_the_same() {
    assert!(OPS.iter().all(|(module, name)| module == name), "a file is named as its op");
    assert_eq!(cards("ops").keys().collect::<Vec<_>>(), OPS.iter().map(|(name, _)| name).collect::<Vec<_>>());
    assert_eq!(cards("composed").keys().collect::<Vec<_>>(), COMPOSED.iter().collect::<Vec<_>>());
}

#[test]
fn the_index_says_what_the_cards_say() {
    let all = |folder| cards(folder).into_values().collect::<Vec<_>>();
    let page = Path::new(ROOT).join("docs/fft.md");
    check_page(&page, &LISTED, &all("ops"), &all("composed"));
}
