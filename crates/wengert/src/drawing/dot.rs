//! Graphviz text.

use super::{Drawn, Role};

/// A string as Graphviz quotes it.
fn quoted(texts: &[String]) -> String {
    let escaped = texts.iter().map(|text| text.replace('\\', "\\\\").replace('"', "\\\""));
    format!("\"{}\"", escaped.collect::<Vec<_>>().join("\\n"))
}

pub(super) fn text(boxes: &[Drawn]) -> String {
    let mut text = String::from(
        "digraph tape {\n  rankdir=TB;\n  node [shape=box, style=\"rounded,filled\", fillcolor=white, \
         fontname=\"sans-serif\", fontsize=11];\n",
    );
    for line in boxes {
        let form = match line.role {
            Role::Leaf => ", shape=ellipse, style=filled, fillcolor=\"#d7e8fa\"",
            Role::Constant => ", shape=ellipse, style=filled, fillcolor=\"#eeeeee\"",
            Role::Untracked => ", style=\"rounded,filled,dashed\", fillcolor=\"#eeeeee\"",
            Role::Computed => "",
        };
        let output = if line.output { ", penwidth=2.5, color=\"#b8501c\"" } else { "" };
        text += &format!("  v{} [label={}{form}{output}];\n", line.id, quoted(&line.texts));
    }
    for line in boxes {
        for input in &line.inputs {
            text += &format!("  v{input} -> v{};\n", line.id);
        }
    }
    text + "}\n"
}
