//! No differentiable function without laws: every public method of a variable, or of what a variable gives, that gives
//! variables is an op of the list, a composition of the list, or named below.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/wengert/src");

/// Functions of the engine: they record no op of their own.
const ENGINE: &[&str] = &["detach", "grad", "grad_of", "jvp", "recorded_again", "vjp"];

/// Functions with a derivative that is not that of their value, on purpose: the laws would refute them. They are made by
/// `custom_vjp`, and their own tests say what holds.
const ON_PURPOSE: &[&str] = &["round_st", "sign_st", "straight_through"];

/// Other names and forms of what is listed: the name, and the op or composition whose laws cover it.
const ALIASES: &[(&str, &str)] = &[
    ("adaptive_avg_pool1d", "adaptive_avg_pool2d"),
    ("adaptive_avg_pool3d", "adaptive_avg_pool2d"),
    ("adaptive_max_pool1d", "adaptive_max_pool2d"),
    ("adaptive_max_pool3d", "adaptive_max_pool2d"),
    ("boolean_mask", "masked_select"),
    ("chunk", "split"),
    ("conv1d_padded", "conv2d_padded"),
    ("conv3d_padded", "conv2d_padded"),
    ("count_nonzero", "compare"),
    ("cumsum_reverse", "cumsum"),
    ("cumulative_trapezoid_at", "cumulative_trapezoid"),
    ("digamma", "polygamma"),
    ("eq", "compare"),
    ("ge", "compare"),
    ("get", "s"),
    ("gt", "compare"),
    ("i0", "bessel_i"),
    ("i0e", "bessel_ie"),
    ("i1", "bessel_i"),
    ("i1e", "bessel_ie"),
    ("index", "index_put"),
    ("interpolate_scaled", "interpolate"),
    ("le", "compare"),
    ("lt", "compare"),
    ("masked_softmax", "softmax"),
    ("max_unpool1d", "max_unpool2d"),
    ("max_unpool3d", "max_unpool2d"),
    ("meshgrid_xy", "meshgrid"),
    ("nan_to_num_with", "nan_to_num"),
    ("ne", "compare"),
    ("quantiles", "quantile"),
    ("repeat", "tile"),
    ("safe_recip", "safe_div"),
    ("set", "at"),
    ("slice_step", "slice"),
    ("swapaxes", "movedim"),
    ("t", "permute"),
    ("to_var", "compare"),
    ("transpose", "permute"),
    ("trapezoid_at", "trapezoid"),
];

/// What forms of an op are called beside its name: a reduction over some axes, over some that stay, and what both call; a
/// choice with the places chosen; an operator in place.
const FORMS: &[&str] = &["_axes", "_keepdim", "_over", "_with_indices", "_assign"];

macro_rules! ops { ($($module:ident :: $Op:ident,)*) => { const OPS: &[&str] = &[$(stringify!($module)),*]; } }
wengert::for_each_op!(ops);

macro_rules! compositions { ($($name:ident: $module:ident :: $f:ident,)*) => {
    const COMPOSED: &[&str] = &[$(stringify!($name), stringify!($module)),*];
} }
wengert::for_each_composition!(compositions);

fn listed(name: &str) -> bool {
    OPS.contains(&name) || COMPOSED.contains(&name)
}

/// Whether the laws know a function by its name, less `try_`.
fn known(name: &str) -> bool {
    let name = name.strip_prefix("try_").unwrap_or(name);
    let covered = |name: &str| listed(name) || ALIASES.iter().any(|(alias, _)| *alias == name);
    let form = FORMS.iter().any(|form| name.strip_suffix(form).is_some_and(covered));
    covered(name) || form || ENGINE.contains(&name) || ON_PURPOSE.contains(&name)
}

/// Of which types the public methods are read, and which words in their results make them count: a variable's, where they
/// give anything that holds variables; and those of what a variable gives, where they give a variable.
const READ: &[(&str, &[&str])] =
    &[("Var<", &["Self", "<'t, F>", "<'_, F>"]), ("Mask<", &["Var<"]), ("Region<", &["Var<"])];

/// The names of the public methods in one source that give variables, or what holds some.
///
/// Those that a macro makes are called as the words in its invocations, wherever they are, which `words` gives.
fn methods(source: &str, words: &dyn Fn(&str) -> Vec<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (mut results, mut in_macro): (&[&str], _) = (&[], String::new());
    let mut lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        if line.starts_with("mod tests") {
            break;
        }
        // A header goes on to its brace.
        let mut header = line.to_owned();
        let starts = line.trim_start();
        if let Some(rest) = starts.strip_prefix("macro_rules! ") {
            in_macro = rest.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
        } else if line == "}" {
            results = &[];
        }
        let is_impl =
            starts.starts_with("impl<") || starts.starts_with("impl ") || line.contains("=> { impl");
        if !(is_impl || starts.starts_with("pub fn ")) {
            continue;
        }
        while !header.contains('{') && !header.contains(';') {
            let Some(next) = lines.next() else { break };
            header += next;
        }
        if is_impl {
            let of = header.split(" for ").last().unwrap_or_default();
            let of = of.split('{').next().unwrap_or_default();
            let read = READ.iter().find(|(of_type, _)| of.contains(of_type) && !header.contains("dyn "));
            results = read.map_or(&[], |(_, results)| results);
            continue;
        }
        let name = starts["pub fn ".len()..].split(['(', '<']).next().unwrap_or_default();
        let result = header.rsplit_once("->").map_or("", |(_, result)| result);
        if !results.iter().any(|word| result.contains(word)) {
            continue;
        }
        match name.strip_prefix('$') {
            Some(_) => found.extend(words(&in_macro)),
            None => _ = found.insert(name.to_owned()),
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a readable folder")
        .map(|e| e.expect("a readable entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).expect("a readable file");
            found.push((path, text));
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The lowercase words in all invocations of a macro, outside of text; types of arguments are none.
fn words_of(name: &str, sources: &[(PathBuf, String)]) -> Vec<String> {
    let mut words = Vec::new();
    for (_, text) in sources {
        for (at, _) in text.match_indices(&format!("{name}!")) {
            let line = text[..at].rsplit('\n').next().unwrap_or_default();
            if !line.trim().is_empty() {
                continue; // mentioned, and not invoked
            }
            let body = &text[at + name.len() + 1..];
            let first = body.lines().next().unwrap_or_default();
            let end = first
                .rfind('}')
                .filter(|_| first.contains('{'))
                .or(body.find("\n}"))
                .or(body.find(';'))
                .unwrap_or(body.len())
                .min(body.find(");\n").unwrap_or(body.len()));
            // `axis: isize` is an argument of the function that is made, and no function.
            let items = body[..end].split('"').step_by(2).flat_map(|part| part.split([',', '(', ')']));
            let all =
                items.filter(|item| !item.contains(':')).flat_map(|item| item.split(|c| !is_of_word(c)));
            words.extend(all.filter(|w| w.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_differentiable_method_is_under_the_laws() {
    let mut all = Vec::new();
    sources(Path::new(SOURCES), &mut all);
    let words = |name: &str| words_of(name, &all);
    let mut seen = BTreeSet::new();
    let mut unknown = Vec::new();
    for (path, text) in &all {
        for name in methods(text, &words) {
            if !known(&name) {
                unknown.push(format!("{name} in {}", path.strip_prefix(SOURCES).unwrap_or(path).display()));
            }
            seen.insert(name);
        }
    }
    assert!(
        unknown.is_empty(),
        "public methods of Var that give variables, in neither for_each_op! nor for_each_composition!:\n{}\nadd them to a \
         list; if they are another name or form of what is listed, to ALIASES in tests/surface.rs",
        unknown.join("\n")
    );
    // The reader sees what there is: plain methods, twins, those of macros, those with long headers.
    for name in [
        "tanh",
        "try_matmul",
        "mean_axes",
        "try_add",
        "gt",
        "select",
        "prod",
        "grad_of",
        "einsum",
        "pad",
        "at",
        "scan",
    ] {
        assert!(seen.contains(name), "{name} was not found");
    }
    assert!(seen.len() > 150, "{} methods", seen.len());
}

#[test]
fn aliases_are_of_what_is_listed_and_not_listed_themselves() {
    for (alias, of) in ALIASES {
        assert!(listed(of), "{alias} is called a form of {of}, which is not listed");
        assert!(!listed(alias), "{alias} is listed, and needs no alias");
    }
}

#[test]
fn a_method_that_is_not_listed_is_found() {
    let source = "impl<'t, F: Float> Var<'t, F> {\n    /// pub fn not(self) -> Self\n    pub fn new_op(self) -> Self {\n    }\n\
                  \n    pub fn try_long(\n        self,\n        f: impl Fn(Self) -> u32,\n    ) -> Result<(Self, Self), Error> {\n    }\n\
                  \n    pub fn size(self) -> usize {\n    }\n    pub fn parts(self) -> Halves<'t, F> {\n    }\n}\n\
                  impl<'t, F: Float> Mask<'t, F> {\n    pub fn chosen(self) -> Var<'t, F> {\n    }\n}\nimpl<F: Float> Tape<F> {\n    pub fn other(&self) -> Var<'_, F> {\n    }\n}\n\
                  macro_rules! many { ($($name:ident),*) => {\n    impl<F: Float> Var<'_, F> { $(\n        pub fn $name(self) -> Self {\n";
    let found = methods(source, &|name| vec![format!("made_by_{name}")]);
    assert_eq!(
        found.iter().map(String::as_str).collect::<Vec<_>>(),
        ["chosen", "made_by_many", "new_op", "parts", "try_long"]
    );
    assert!(found.iter().all(|name| !known(name)));
}
