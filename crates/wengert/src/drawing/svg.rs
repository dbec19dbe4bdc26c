//! SVG text.

use super::{Drawn, Role, layers};

const FONT: f64 = 12.0;
const LINE: f64 = 15.0;
const ROW_GAP: f64 = 34.0;
const MARGIN: f64 = 16.0;
/// The width of a letter of the monospaced font.
const LETTER: f64 = 0.61 * FONT;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn width(line: &Drawn) -> f64 {
    let longest = line.texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    longest as f64 * LETTER + 20.0
}

fn height(line: &Drawn) -> f64 {
    line.texts.len() as f64 * LINE + 12.0
}

pub(super) fn text(boxes: &[Drawn]) -> String {
    let widths: Vec<f64> = boxes.iter().map(width).collect();
    let tallest = boxes.iter().map(height).fold(0.0, f64::max);
    let places = layers::place(boxes, &widths);
    let middle = |layer: usize| MARGIN + tallest / 2.0 + layer as f64 * (tallest + ROW_GAP);
    let x = |x: f64| MARGIN + x;
    let rows = places.layers.max(1) as f64;
    let (wide, high) =
        (places.width + 2.0 * MARGIN, rows * (tallest + ROW_GAP) - ROW_GAP + 2.0 * MARGIN + LINE + 8.0);
    let wide = wide.max(LEGEND.iter().map(|(label, ..)| entry_width(label)).sum::<f64>() + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" \
         viewBox=\"0 0 {wide:.0} {high:.0}\" font-family=\"monospace\" font-size=\"{FONT}\">\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#555\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (line, ways) in boxes.iter().zip(&places.edges) {
        let times = |k: usize| line.inputs.iter().filter(|i| **i == line.inputs[k]).count();
        for (k, way) in ways.iter().enumerate() {
            if line.inputs[..k].contains(&line.inputs[k]) {
                continue; // drawn with the first of them
            }
            let mut points: Vec<(f64, f64)> = way.iter().map(|&(layer, at)| (x(at), middle(layer))).collect();
            let last = points.len() - 1;
            points[0].1 += tallest / 2.0;
            points[last].1 -= tallest / 2.0;
            // Edges end side by side on the upper side of their box, in the order of where they come from.
            let mut from: Vec<f64> = ways.iter().map(|way| way[way.len() - 2].1).collect();
            from.sort_by(f64::total_cmp);
            from.dedup();
            let place = from.iter().position(|f| *f == way[last - 1].1).unwrap_or(0) as f64 + 1.0;
            let box_width = width(line);
            points[last].0 += box_width * 0.7 * (place / (from.len() as f64 + 1.0) - 0.5);
            // Between layers edges go straight, past the boxes of a layer upright.
            let mut path = format!("M{:.1} {:.1}", points[0].0, points[0].1);
            for &(px, py) in &points[1..last] {
                path += &format!("L{px:.1} {:.1}V{:.1}", py - tallest / 2.0, py + tallest / 2.0);
            }
            path += &format!("L{:.1} {:.1}", points[last].0, points[last].1);
            svg +=
                &format!("<path d=\"{path}\" fill=\"none\" stroke=\"#555\" marker-end=\"url(#arrow)\"/>\n");
            if times(k) > 1 {
                let (px, py) = points[last];
                svg += &format!(
                    "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" fill=\"#555\">×{}</text>\n",
                    px + 6.0,
                    py - 7.0,
                    times(k)
                );
            }
        }
    }
    for ((line, &(layer, at)), box_width) in boxes.iter().zip(&places.boxes).zip(&widths) {
        let (left, top) = (x(at) - box_width / 2.0, middle(layer) - tallest / 2.0);
        svg += &shape(line.role, line.output, left, top, *box_width, tallest);
        let first = middle(layer) - line.texts.len() as f64 * LINE / 2.0 + 0.78 * LINE;
        for (k, text) in line.texts.iter().enumerate() {
            let style = match k {
                0 => " font-weight=\"bold\"",
                2 => " fill=\"#777\" font-size=\"11\"",
                _ => "",
            };
            svg += &format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\"{style}>{}</text>\n",
                x(at),
                first + k as f64 * LINE,
                escaped(text)
            );
        }
    }
    let mut left = MARGIN;
    let top = high - MARGIN - LINE + 2.0;
    for (label, role, output) in LEGEND {
        svg += &shape(role, output, left, top, 22.0, LINE - 2.0);
        svg += &format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\">{label}</text>\n",
            left + 28.0,
            top + 10.5
        );
        left += entry_width(label);
    }
    svg + "</svg>\n"
}

const LEGEND: [(&str, Role, bool); 5] = [
    ("leaf", Role::Leaf, false),
    ("constant", Role::Constant, false),
    ("computed", Role::Computed, false),
    ("no derivative", Role::Untracked, false),
    ("result", Role::Computed, true),
];

fn entry_width(label: &str) -> f64 {
    label.len() as f64 * LETTER + 46.0
}

/// A box in the form of its role.
fn shape(role: Role, output: bool, left: f64, top: f64, width: f64, height: f64) -> String {
    let (fill, round, dash) = match role {
        Role::Leaf => ("#d7e8fa", height / 2.0, ""),
        Role::Constant => ("#eeeeee", height / 2.0, ""),
        Role::Computed => ("white", 4.0, ""),
        Role::Untracked => ("#eeeeee", 4.0, " stroke-dasharray=\"4 3\""),
    };
    let stroke = if output { "#b8501c\" stroke-width=\"2.5" } else { "#555" };
    format!(
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{round:.1}\" \
         fill=\"{fill}\" stroke=\"{stroke}\"{dash}/>\n"
    )
}
