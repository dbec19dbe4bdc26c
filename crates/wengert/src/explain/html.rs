//! An explanation as a page of HTML.

use super::print::{Style, escaped};
use super::render::Render;
use super::{Explanation, Kind, Swept};
use std::fmt::Write as _;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2430;--soft:#667085;--line:#d9dee7;--back:#fff;--tint:#f4f6fa;--mark:#1f5fbf}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#384152;--back:#14181f;--tint:#1c222c;\
--mark:#8ab4ff}}\
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:60rem;background:var(--back);color:var(--ink);\
font:16px/1.55 system-ui,sans-serif}\
h1{font-size:1.45rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2.25rem 0 .75rem}p{margin:.4rem 0}\
.m,td:first-child{font-family:\"Cambria Math\",Cambria,\"STIX Two Text\",\"Liberation Serif\",\"Times New Roman\",serif;\
font-size:1.06em}\
sub,sup{font-size:.72em;line-height:0}.bar{text-decoration:overline;text-decoration-thickness:1px}\
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.32rem .75rem .32rem 0;border-bottom:1px solid var(--line)}\
th{font-weight:600;font-size:.8rem;color:var(--soft)}\
.v{font-variant-numeric:tabular-nums}.s{color:var(--soft);font-size:.82rem;white-space:nowrap}\
.tag,.note{color:var(--mark);font:.8rem system-ui,sans-serif}\
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;background:var(--tint)}\
summary{cursor:pointer;padding:.45rem .8rem;display:flex;flex-wrap:wrap;gap:.2rem .7rem}\
summary::before{content:\"\u{25b8}\";color:var(--soft)}details[open]>summary::before{content:\"\u{25be}\"}\
summary .v{color:var(--soft);margin-left:auto}details>div{padding:.1rem .8rem .65rem 1.6rem;background:var(--back);\
border-top:1px solid var(--line);border-radius:0 0 6px 6px;overflow-x:auto}\
.local{color:var(--soft)}\
.result{border-left:3px solid var(--mark);padding:.15rem 0 .15rem .8rem;margin:.5rem 0;overflow-x:auto}";

impl Explanation {
    /// The explanation as a page of its own: no scripts, nothing loaded from elsewhere, each step of the sweep foldable.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.5);
    /// let page = x.tanh().explain(&[("<x>", x)]).to_html();
    /// assert!(page.starts_with("<!doctype html>") && page.contains("&lt;x&gt;") && !page.contains("<x>"));
    /// ```
    pub fn to_html(&self) -> String {
        let r = Render { of: self, style: Style::Html };
        let loss = &self.rows[self.loss];
        let names: Vec<String> =
            self.results.iter().map(|(row, _)| r.value(&self.rows[*row].label)).collect();
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>A derivation</title>\n<style>{STYLE}</style></head>\n<body>\n<h1>How the gradient comes about</h1>\n\
             <p>The loss <span class=\"m\">{} = {}</span>, differentiated by <span class=\"m\">{}</span>.</p>\n",
            r.value(&loss.label),
            r.quantity(&loss.value),
            names.join(", ")
        );
        self.list_in_html(&r, &mut out);
        out += "<h2>2. The adjoints, from the loss back</h2>\n";
        for step in &self.steps {
            self.step_in_html(&r, step, &mut out);
        }
        out += "<h2>3. The result</h2>\n";
        for (row, adjoint) in &self.results {
            let row = &self.rows[*row];
            let _ = match r.result(row, adjoint.as_ref()) {
                Ok(equation) => writeln!(out, "<div class=\"result m\">{equation}</div>"),
                Err(words) => writeln!(
                    out,
                    "<div class=\"result\"><span class=\"m\">{}</span>: {words}</div>",
                    r.value(&row.label)
                ),
            };
        }
        out + "</body></html>\n"
    }

    fn list_in_html(&self, r: &Render<'_>, out: &mut String) {
        *out += "<h2>1. The list, in the order of evaluation</h2>\n<div class=\"wide\"><table><tr><th>line</th><th>value</th>";
        *out += if self.sources { "<th>source</th></tr>\n" } else { "</tr>\n" };
        for row in &self.rows {
            let tag = match row.kind {
                Kind::Computed => String::new(),
                _ => format!(" <span class=\"tag\">{}</span>", Render::kind(row)),
            };
            let (equation, value) = (r.equation(row), r.quantity(&row.value));
            let _ = write!(out, "<tr><td>{equation}{tag}</td><td class=\"v\">{value}</td>");
            if self.sources {
                let _ = write!(out, "<td class=\"s\">{}</td>", escaped(&row.at, Style::Html));
            }
            *out += "</tr>\n";
        }
        *out += "</table></div>\n";
    }

    fn step_in_html(&self, r: &Render<'_>, step: &Swept, out: &mut String) {
        let row = &self.rows[step.row];
        let (sum, words) = r.sum(&row.label, &step.parts, &step.adjoint);
        let words = if step.row == self.loss { Some("the seed".to_string()) } else { words };
        let words = words.map(|w| format!(" <span class=\"note\">{w}</span>")).unwrap_or_default();
        if row.formula.is_none() || step.sent.is_empty() {
            let _ = writeln!(out, "<p class=\"m\">{sum}{words}</p>");
            return;
        }
        let _ = writeln!(
            out,
            "<details open><summary><span class=\"m\">{}</span><span class=\"m v\">{sum}{words}</span></summary><div>",
            r.equation(row)
        );
        for sent in &step.sent {
            let c = r.contribution(step, sent);
            if let Some(local) = c.local {
                let _ = writeln!(out, "<p class=\"m local\">{local}</p>");
            }
            let remark = c.remark.map(|w| format!(" <span class=\"note\">{w}</span>")).unwrap_or_default();
            let _ = writeln!(out, "<p class=\"m\">{}{remark}</p>", c.sent);
        }
        *out += "</div></details>\n";
    }
}
