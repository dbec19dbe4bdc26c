//! Formulas on paper: as plain text, as LaTeX, as HTML.

use super::expr::{Expr, Label};
use super::number::number;
use std::f64::consts;
use wengert_kernels::program::Code;

/// The way of writing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Text,
    Latex,
    Html,
}

use Style::{Html, Latex, Text};

// How tightly a formula holds together: what binds less is put in parentheses.
const SUM: u8 = 0;
const PRODUCT: u8 = 1;
const POWER: u8 = 2;
const ATOM: u8 = 3;

const GREEK: [&str; 23] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
];

/// Letters that exist with a bar; others get one that combines.
const BARRED: [(char, char); 14] = [
    ('a', 'ā'),
    ('e', 'ē'),
    ('g', 'ḡ'),
    ('i', 'ī'),
    ('o', 'ō'),
    ('u', 'ū'),
    ('y', 'ȳ'),
    ('A', 'Ā'),
    ('E', 'Ē'),
    ('G', 'Ḡ'),
    ('I', 'Ī'),
    ('O', 'Ō'),
    ('U', 'Ū'),
    ('Y', 'Ȳ'),
];

/// Numbers that have a name.
const KNOWN: [(f64, &str, &str); 5] = [
    (consts::FRAC_2_SQRT_PI, "2/√π", r"\tfrac{2}{\sqrt{\pi}}"),
    (consts::FRAC_1_SQRT_2, "1/√2", r"\tfrac{1}{\sqrt{2}}"),
    (consts::FRAC_2_SQRT_PI * 0.5 * consts::FRAC_1_SQRT_2, "1/√(2π)", r"\tfrac{1}{\sqrt{2\pi}}"),
    (consts::SQRT_2, "√2", r"\sqrt{2}"),
    (consts::PI, "π", r"\pi"),
];

/// Text in which nothing is read as markup.
pub(super) fn escaped(text: &str, style: Style) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (style, c) {
            (Html, '&') => out.push_str("&amp;"),
            (Html, '<') => out.push_str("&lt;"),
            (Html, '>') => out.push_str("&gt;"),
            (Html, '"') => out.push_str("&quot;"),
            (Html, '\'') => out.push_str("&#39;"),
            (Latex, c) => match sign(c) {
                Some(sign) => out.push_str(sign),
                None => out.push(c),
            },
            (_, c) => out.push(c),
        }
    }
    out
}

/// What a formula has in the place of a letter that means something to LaTeX or to Markdown; only outside of `\text`,
/// in which not every typesetter knows these.
fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '_' => r"\_",
        '%' => r"\%",
        '&' => r"\&",
        '#' => r"\#",
        '{' => r"\lbrace ",
        '}' => r"\rbrace ",
        '\\' => r"\backslash ",
        // a dollar would end the formula, and a bar the cell of a table
        '$' => r"\$",
        '|' => r"\vert ",
        '^' => r"\hat{}",
        '`' => r"\grave{}",
        '~' => r"\sim ",
        '<' => r"\lt ",
        '>' => r"\gt ",
        '∞' => r"\infty ",
        _ => return None,
    })
}

/// Words within a formula: upright, and with signs in their places.
pub(super) fn upright(words: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let end = |run: &mut String, out: &mut String| {
        if !run.is_empty() {
            *out += &format!(r"\text{{{run}}}");
            run.clear();
        }
    };
    for c in words.chars() {
        match sign(c) {
            Some(sign) => {
                end(&mut run, &mut out);
                out.push_str(sign);
            }
            None => run.push(c),
        }
    }
    end(&mut run, &mut out);
    out
}

/// A name of a letter and what follows at its foot: `x`, `w2`, `h_prev`, `gamma`.
fn letter(name: &str) -> Option<(&str, &str)> {
    let (stem, foot) = name.split_once('_').unwrap_or_else(|| {
        let at = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
        name.split_at(at)
    });
    let is_letter = stem.chars().count() == 1 && stem.chars().all(char::is_alphabetic);
    let plain = foot.chars().all(|c| c.is_ascii_alphanumeric());
    ((is_letter || GREEK.contains(&stem)) && plain).then_some((stem, foot))
}

fn named(name: &str, bar: bool, style: Style) -> String {
    let short = letter(name);
    let overline = |inner: &str| match style {
        Text => format!("bar({inner})"),
        Latex => format!(r"\overline{{{inner}}}"),
        Html => format!(r#"<span class="bar">{inner}</span>"#),
    };
    match (short, style) {
        (Some((stem, _)), Text) if bar && stem.chars().count() == 1 => {
            let (first, rest) = name.split_at(stem.len());
            match BARRED.iter().find(|(letter, _)| first.starts_with(*letter)) {
                Some((_, barred)) => format!("{barred}{rest}"),
                None => format!("{first}\u{304}{rest}"),
            }
        }
        (Some((stem, foot)), Latex) => {
            let stem = if GREEK.contains(&stem) { format!(r"\{stem}") } else { stem.to_string() };
            let stem = if bar { format!(r"\bar{{{stem}}}") } else { stem };
            let digits = foot.chars().all(|c| c.is_ascii_digit());
            match foot {
                "" => stem,
                foot if digits || foot.len() == 1 => format!("{stem}_{{{foot}}}"),
                foot => format!(r"{stem}_{{\text{{{foot}}}}}"),
            }
        }
        (Some((stem, foot)), Html) => {
            let foot = if foot.is_empty() { String::new() } else { format!("<sub>{foot}</sub>") };
            let stem = format!("<i>{stem}</i>");
            if bar { format!("{}{foot}", overline(&stem)) } else { format!("{stem}{foot}") }
        }
        _ => {
            let inner = match style {
                Text => name.to_string(),
                Latex => upright(name),
                Html => format!("<i>{}</i>", escaped(name, Html)),
            };
            if bar { overline(&inner) } else { inner }
        }
    }
}

pub(super) fn label(of: &Label, bar: bool, style: Style) -> String {
    match of {
        Label::Given(name) => named(name, bar, style),
        Label::Line(n) => named(&format!("v{n}"), bar, style),
    }
}

/// In parentheses, as high as what is between them; `\left` alone would set them apart from a name before.
fn parenthesized(inside: &str) -> String {
    if [r"\frac", r"\tfrac", r"\sqrt", r"\begin"].iter().any(|high| inside.contains(high)) {
        format!(r"\mathopen{{}}\left({inside}\right)")
    } else {
        format!("({inside})")
    }
}

/// A number in this style.
pub(super) fn written(x: f64, style: Style) -> String {
    for (known, text, latex) in KNOWN {
        if (x.abs() - known).abs() < 1e-15 {
            let sign = if x < 0.0 { "-" } else { "" };
            return if style == Latex { format!("{sign}{latex}") } else { format!("{sign}{text}") };
        }
    }
    let text = number(x);
    match style {
        Latex => match text.split_once('e') {
            Some(("1", power)) => format!("10^{{{power}}}"),
            Some(("-1", power)) => format!("-10^{{{power}}}"),
            Some((digits, power)) => format!(r"{digits} \times 10^{{{power}}}"),
            None => text.replace('∞', r"\infty").replace("NaN", r"\text{NaN}"),
        },
        _ => text,
    }
}

/// Writes formulas in a style; `tensors` says whether values have more than one element.
#[derive(Clone, Copy)]
pub(super) struct Printer {
    pub(super) style: Style,
    pub(super) tensors: bool,
}

impl Printer {
    pub(super) fn print(self, e: &Expr) -> String {
        self.level(e).0
    }

    /// The formula, in parentheses if it binds less than `least`.
    fn inner(self, e: &Expr, least: u8) -> String {
        let (text, level) = self.level(e);
        match (level < least, self.style) {
            (false, _) => text,
            (true, Latex) => parenthesized(&text),
            (true, _) => format!("({text})"),
        }
    }

    /// The sign between factors.
    fn times(self) -> &'static str {
        match (self.style, self.tensors) {
            (Latex, false) => r" \cdot ",
            (Latex, true) => r" \odot ",
            (_, false) => " · ",
            (_, true) => " ⊙ ",
        }
    }

    fn level(self, e: &Expr) -> (String, u8) {
        match e {
            Expr::Lit(c) => {
                let text = written(*c, self.style);
                let level = if text.starts_with('-') {
                    SUM
                } else if text.contains('e') || text.contains('/') || text.contains(r"\times") {
                    PRODUCT
                } else if text.contains('^') {
                    POWER
                } else {
                    ATOM
                };
                (text, level)
            }
            Expr::Value(of) => (label(of, false, self.style), ATOM),
            Expr::Adjoint(of) => (label(of, true, self.style), ATOM),
            Expr::Call(name, attributes, x) => (self.call(name, attributes, x), ATOM),
            Expr::Term(code, x) => self.term(*code, x),
        }
    }

    fn term(self, code: Code, x: &[Expr]) -> (String, u8) {
        match code {
            Code::Copy => self.level(&x[0]),
            Code::Add => (format!("{} + {}", self.inner(&x[0], SUM), self.inner(&x[1], PRODUCT)), SUM),
            Code::Sub => (format!("{} - {}", self.inner(&x[0], SUM), self.inner(&x[1], PRODUCT)), SUM),
            Code::Neg => (format!("-{}", self.inner(&x[0], PRODUCT)), SUM),
            Code::Mul | Code::Chain => {
                let scaled = x.iter().any(|x| matches!(x, Expr::Lit(_)));
                let sign = if scaled { Self { tensors: false, ..self }.times() } else { self.times() };
                // a factor that is itself a product needs no parentheses, nor does a number that comes first
                let is_product = matches!(x[1], Expr::Term(Code::Mul | Code::Chain, _));
                let first = self.inner(&x[0], if matches!(x[0], Expr::Lit(_)) { SUM } else { PRODUCT });
                let text =
                    format!("{first}{sign}{}", self.inner(&x[1], if is_product { PRODUCT } else { POWER }));
                let level = if text.starts_with('-') { SUM } else { PRODUCT };
                (text, level)
            }
            Code::Div if self.style == Latex => {
                (format!(r"\frac{{{}}}{{{}}}", self.print(&x[0]), self.print(&x[1])), PRODUCT)
            }
            Code::Div => (format!("{} / {}", self.inner(&x[0], PRODUCT), self.inner(&x[1], POWER)), PRODUCT),
            Code::PowI(n) => (self.raised(&x[0], &n.to_string()), POWER),
            Code::Pow if self.style == Text => {
                (format!("{}^{}", self.inner(&x[0], ATOM), self.inner(&x[1], ATOM)), POWER)
            }
            Code::Pow => (self.raised(&x[0], &self.print(&x[1])), POWER),
            Code::Sqrt if self.style == Latex => (format!(r"\sqrt{{{}}}", self.print(&x[0])), ATOM),
            Code::Sqrt => (format!("√{}", self.inner(&x[0], ATOM)), POWER),
            Code::Exp if self.style == Latex => (format!("e^{{{}}}", self.print(&x[0])), POWER),
            Code::Abs if self.style == Latex => (format!(r"\lvert {} \rvert", self.print(&x[0])), ATOM),
            Code::Abs => (format!("|{}|", self.print(&x[0])), ATOM),
            Code::IfGt | Code::IfGe | Code::IfEq => self.choice(code, x),
            Code::Polygamma(0) => (self.call("digamma", "", x), ATOM),
            Code::Polygamma(n) => (self.call("polygamma", &format!("order {n}"), x), ATOM),
            Code::BesselI(n) => (self.call("i", &format!("order {n}"), x), ATOM),
            Code::BesselIe(n) => (self.call("ie", &format!("order {n}"), x), ATOM),
            Code::Sinc(0) => (self.call("sinc", "", x), ATOM),
            Code::Sinc(n) => (self.call("sinc", &format!("derivative {n}"), x), ATOM),
            Code::NormalCdf => (self.call("normal_cdf", "", x), ATOM),
            code => {
                let name = code.to_string();
                (self.call(&name, "", x), ATOM)
            }
        }
    }

    fn raised(self, base: &Expr, exponent: &str) -> String {
        let base = self.inner(base, ATOM);
        match self.style {
            // a name of several parts is raised as a whole, and what is raised already
            Latex if base.contains(r"\text") || base.contains('^') => format!("{{{base}}}^{{{exponent}}}"),
            Latex => format!("{base}^{{{exponent}}}"),
            Html => format!("{base}<sup>{exponent}</sup>"),
            Text => {
                let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
                let raise = |c: char| match c.to_digit(10) {
                    Some(d) => digits.chars().nth(d as usize).unwrap_or(c),
                    None => '⁻',
                };
                format!("{base}{}", exponent.chars().map(raise).collect::<String>())
            }
        }
    }

    fn call(self, name: &str, attributes: &str, x: &[Expr]) -> String {
        let mut inside = x.iter().map(|x| self.print(x)).collect::<Vec<_>>().join(", ");
        if !attributes.is_empty() {
            let attributes = match self.style {
                Latex => format!(r";\ {}", upright(attributes)),
                style => format!("; {}", escaped(attributes, style)),
            };
            inside += &attributes;
        }
        match self.style {
            Latex => {
                const KNOWN: [&str; 8] = ["sin", "cos", "tan", "sinh", "cosh", "tanh", "ln", "exp"];
                let name: String = match name {
                    "asin" => r"\arcsin".into(),
                    "acos" => r"\arccos".into(),
                    "atan" => r"\arctan".into(),
                    "sigmoid" => r"\sigma".into(),
                    name if KNOWN.contains(&name) => format!(r"\{name}"),
                    name => format!(r"\operatorname{{{}}}", escaped(name, Latex)),
                };
                name + &parenthesized(&inside)
            }
            Html => format!("{}({inside})", escaped(name, Html)),
            Text => format!("{name}({inside})"),
        }
    }

    /// One of two values: an indicator in brackets where one of them is 0.
    fn choice(self, code: Code, x: &[Expr]) -> (String, u8) {
        let sign = match (code, self.style) {
            (Code::IfGt, Html) => "&gt;",
            (Code::IfGt, _) => ">",
            (Code::IfGe, Latex) => r"\ge",
            (Code::IfGe, _) => "≥",
            _ => "=",
        };
        let condition = format!("{} {sign} {}", self.print(&x[0]), self.print(&x[1]));
        let brackets =
            |c: &str| if self.style == Latex { format!(r"\lbrack {c} \rbrack") } else { format!("[{c}]") };
        match (&x[2], &x[3]) {
            (Expr::Lit(1.0), Expr::Lit(0.0)) => (brackets(&condition), ATOM),
            (Expr::Lit(0.0), Expr::Lit(1.0)) if code == Code::IfEq => {
                let sign = if self.style == Latex { r"\ne" } else { "≠" };
                (brackets(&format!("{} {sign} {}", self.print(&x[0]), self.print(&x[1]))), ATOM)
            }
            (then, Expr::Lit(0.0)) => {
                let space = if self.style == Latex { r" \, " } else { " · " };
                (format!("{}{space}{}", brackets(&condition), self.inner(then, POWER)), PRODUCT)
            }
            (then, other) => {
                let (then, other) = (self.print(then), self.print(other));
                let text = if self.style == Latex {
                    format!(r"\begin{{cases}} {then} & {condition} \\ {other} & \text{{else}} \end{{cases}}")
                } else {
                    format!("({then} if {condition}, else {other})")
                };
                (text, ATOM)
            }
        }
    }
}
