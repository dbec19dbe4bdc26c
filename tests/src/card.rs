//! The card at the head of every op file, read back: its parts, what is wrong with it, and the index of all of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Rows that every card has, in this order; `kinks` and `numerics` may stand before the last.
pub const ROWS: [&str; 5] = ["VJP", "JVP", "shape", "domain", "source"];
const OPTIONAL: [&str; 2] = ["kinks", "numerics"];

/// What the documentation at the head of an op file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The op's name.
    pub title: String,
    /// One sentence.
    pub sentence: String,
    /// The formula, as written between double dollars and after.
    pub formula: String,
    /// The table, as (row name, text).
    pub rows: Vec<(String, String)>,
}

/// Whether a file begins with a card: its first line is a heading of its documentation.
pub fn has_card(source: &str) -> bool {
    source.starts_with("//! # ")
}

impl Card {
    /// Reads the card of an op file.
    ///
    /// # Errors
    ///
    /// The first part that is missing or malformed, in words.
    pub fn read(source: &str) -> Result<Self, String> {
        let doc: Vec<&str> = source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        let paragraphs: Vec<String> = doc
            .split(|line| line.trim().is_empty())
            .filter(|lines| !lines.is_empty())
            .map(|lines| lines.join("\n"))
            .collect();
        let [title, sentence, formula, rest @ ..] = paragraphs.as_slice() else {
            return Err(
                "a card has a title, a sentence, a formula and a table, with blank lines between".into()
            );
        };
        let title = title.strip_prefix("# ").ok_or("the first line is not a title, `# name`")?;
        let sentence = sentence.replace('\n', " ");
        if !sentence.ends_with('.') || sentence.contains(". ") || sentence.starts_with('$') {
            return Err(format!("the description is not one sentence: {sentence:?}"));
        }
        if !formula.starts_with("$$") || formula.matches('$').count() % 2 == 1 {
            return Err(format!("the formula is not between double dollars: {formula:?}"));
        }
        let table = rest.iter().find(|p| p.starts_with("| | |")).ok_or("there is no table headed `| | |`")?;
        let card = Self {
            title: title.into(),
            sentence,
            formula: formula.replace('\n', " "),
            rows: table.lines().skip(2).map(row).collect::<Result<_, _>>()?,
        };
        card.check_rows()?;
        Ok(card)
    }

    /// The text of a row, if the card has it.
    pub fn row(&self, name: &str) -> Option<&str> {
        self.rows.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str())
    }

    fn check_rows(&self) -> Result<(), String> {
        if let Some(missing) = ROWS.iter().find(|name| self.row(name).is_none()) {
            return Err(format!("the row `{missing}` is missing"));
        }
        let order = [&ROWS[..4], &OPTIONAL[..], &ROWS[4..]].concat();
        let mut last = 0;
        for (name, text) in &self.rows {
            let place =
                order.iter().position(|n| n == name).ok_or(format!("the row `{name}` is not known"))?;
            if place < last {
                return Err(format!("the row `{name}` is out of order, which is {order:?}"));
            }
            if text.is_empty() {
                return Err(format!("the row `{name}` is empty"));
            }
            last = place + 1;
        }
        Ok(())
    }
}

/// One line of the table: exactly two cells.
fn row(line: &str) -> Result<(String, String), String> {
    let inner = line.strip_prefix('|').and_then(|l| l.strip_suffix('|'));
    let inner = inner.ok_or(format!("a row does not stand between bars: {line:?}"))?;
    let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
    match cells.as_slice() {
        [name, text] => Ok(((*name).into(), (*text).into())),
        _ => Err(format!(
            "a row has {} cells where two belong: {line:?}; a bar inside a formula is written \\lvert x \\rvert",
            cells.len()
        )),
    }
}

/// A crate whose ops are listed: the title of the list, the crate, and the package with the test that writes it.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// The title.
    pub title: &'static str,
    /// The folder of the crate.
    pub folder: &'static str,
    /// The package of the test.
    pub package: &'static str,
}

impl Listed {
    /// The cards of a folder below the crate's `src`, by file name without its ending.
    ///
    /// # Panics
    ///
    /// With the first file that is malformed, named otherwise than its op, or too long.
    pub fn cards(&self, root: &Path, folder: &str) -> BTreeMap<String, Card> {
        let mut cards = BTreeMap::new();
        let folder = root.join("crates").join(self.folder).join("src").join(folder);
        for entry in fs::read_dir(folder).expect("a folder of ops") {
            let path = entry.expect("a readable folder").path();
            let Ok(source) = fs::read_to_string(&path) else { continue }; // a folder
            if has_card(&source) {
                let stem = path.file_stem().expect("files have names").to_string_lossy().into_owned();
                let card = Card::read(&source).unwrap_or_else(|problem| panic!("{stem}.rs: {problem}"));
                assert_eq!(card.title, stem, "a file is named as its op");
                assert!(source.lines().count() <= 300, "{stem}.rs is too long");
                cards.insert(stem, card);
            }
        }
        cards
    }
}

/// The ops of the engine itself.
pub const ENGINE: Listed = Listed { title: "Ops", folder: "wengert", package: "wengert-tests" };

/// Compares a page with the index of these cards, or writes it where `UPDATE_DOCS` is set.
///
/// # Panics
///
/// With the first line that is out of date.
pub fn check_page(page: &Path, listed: &Listed, primitives: &[Card], compositions: &[Card]) {
    let fresh = index(listed, primitives, compositions);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(page, &fresh).expect("the page can be written");
    }
    let stored = fs::read_to_string(page).unwrap_or_default().replace("\r\n", "\n");
    let differs = stored.lines().zip(fresh.lines()).find(|(a, b)| a != b);
    assert!(
        stored == fresh,
        "{} is out of date: run UPDATE_DOCS=1 cargo test -p {} --test cards\nfirst difference: {differs:#?}",
        page.display(),
        listed.package
    );
}

/// The index of ops as Markdown: a table of the primitives and one of the compositions.
pub fn index(listed: &Listed, primitives: &[Card], compositions: &[Card]) -> String {
    let mut text = format!(
        "# {}\n\n\
         Generated from the card at the head of each op file by `UPDATE_DOCS=1 cargo test -p {} --test cards`; \
         a test fails when it is out of date.\n\n\
         $x, a, b$ are operands, $y$ is the value, a dot marks a tangent, a bar a cotangent. An empty last column: the op \
         has no kinks. The rules behind the kinks are in [numerics.md](numerics.md).\n\n",
        listed.title, listed.package,
    );
    let _ = writeln!(text, "## Primitives ({})\n", primitives.len());
    table(&mut text, primitives, &format!("{}/src/ops", listed.folder));
    if !compositions.is_empty() {
        let _ = writeln!(text, "\n## Compositions ({})\n", compositions.len());
        let folder = if listed.folder == ENGINE.folder { "ops/composed" } else { "composed" };
        table(&mut text, compositions, &format!("{}/src/{folder}", listed.folder));
    }
    text
}

fn table(text: &mut String, cards: &[Card], folder: &str) {
    text.push_str("| op | formula | VJP | JVP | domain | kinks |\n|---|---|---|---|---|---|\n");
    for card in cards {
        let cell = |name| cell(card.row(name).unwrap_or(""));
        let title = &card.title;
        let _ = writeln!(
            text,
            "| [{title}](../crates/{folder}/{title}.rs) | {} | {} | {} | {} | {} |",
            self::cell(&card.formula),
            cell("VJP"),
            cell("JVP"),
            cell("domain"),
            cell("kinks"),
        );
    }
}

/// Text for a cell of the index: formulas inline, without the blanks and bars that end one early.
fn cell(text: &str) -> String {
    let text = text.replace("$$", "$");
    let mut out = String::new();
    for (k, part) in text.split('$').enumerate() {
        if k > 0 {
            out.push('$');
        }
        if k % 2 == 1 {
            out.push_str(part.trim().replace("\\|", "\\Vert ").replace('|', "\\vert ").trim_end());
        } else {
            out.push_str(&part.replace('|', "\\|"));
        }
    }
    out
}
