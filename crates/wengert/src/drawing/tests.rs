use super::layers::place;
use super::*;
use crate::Tensor;

#[test]
fn dot_has_a_node_per_line_and_an_edge_per_operand() {
    let tape = Tape::<f64>::new();
    let (x, c) = (tape.leaf([1.0, 2.0]), tape.constant([3.0, 4.0]));
    let (y, line) = ((x * c) + x, line!());
    let text = tape.to_dot();
    let held = tape.no_grad(|| y.sin());
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines.iter().filter(|l| l.contains(" -> ")).count(), 4);
    for edge in ["v0 -> v2;", "v1 -> v2;", "v2 -> v3;", "v0 -> v3;"] {
        assert!(lines.contains(&edge), "{text}");
    }
    assert!(text.contains(&format!("v3 add\\n[2]\\ntests.rs:{line}")), "{text}");
    let node = |text: &str, v: &str| {
        text.lines().find(|l| l.contains(&format!("{v} [label"))).unwrap_or("").to_owned()
    };
    assert!(node(&text, "v3").contains("penwidth") && !node(&text, "v2").contains("penwidth"), "{text}");
    assert!(node(&text, "v0").contains("ellipse") && node(&text, "v0").contains("d7e8fa"), "{text}");
    assert!(node(&text, "v1").contains("eeeeee"), "{text}");
    let text = tape.drawing().values().without_sources().to_dot();
    assert!(text.contains("[2] = [4, 10]") && !text.contains(".rs:"), "{text}");
    assert!(node(&text, "v4").contains("dashed") && held.shape().len() == 2, "{text}");
}

#[test]
fn outputs_decide_what_is_drawn() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(1.0);
    let (y, z) = (x.sin(), x.cos());
    let text = tape.drawing().outputs(&[y]).to_dot();
    assert!(text.contains("sin") && !text.contains("cos") && text.contains("penwidth"), "{text}");
    assert_eq!(z.item(), 1.0_f64.cos());
}

#[test]
fn names_of_custom_ops_and_text_are_escaped() {
    let texts = vec![String::from("v0 <\"&\\>"), String::from("[]")];
    let line = Drawn { id: 0, role: Role::Leaf, output: false, texts, inputs: vec![] };
    assert!(dot::text(std::slice::from_ref(&line)).contains("label=\"v0 <\\\"&\\\\>\\n[]\""));
    assert!(svg::text(&[line]).contains("v0 &lt;&quot;&amp;\\&gt;"));
}

#[test]
fn the_svg_shows_every_line_and_nothing_overlaps() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::full([3, 4], 0.5));
    let w: Vec<_> = (0..4).map(|k| tape.leaf(Tensor::full([4, 4], 0.1 * k as f64))).collect();
    let h = w.iter().fold(x, |h, w| (h.matmul(*w) + h).tanh() * 0.5);
    let y = h.square().sum() + x.sum();
    let text = tape.drawing().outputs(&[y]).to_svg();
    assert_eq!(text.matches("text-anchor").count(), 3 * tape.drawing().outputs(&[y]).boxes().len());
    assert!(text.contains("×") || text.contains("square"), "{text}");
    let boxes = tape.drawing().boxes();
    let widths = vec![80.0; boxes.len()];
    let places = place(&boxes, &widths);
    for (a, (layer, at)) in places.boxes.iter().enumerate() {
        assert!((0.0..=places.width).contains(at) && *layer < places.layers);
        for (other, there) in &places.boxes[a + 1..] {
            assert!(layer != other || (at - there).abs() >= 80.0, "{at} and {there} in layer {layer}");
        }
        for input in &boxes[a].inputs {
            assert!(places.boxes[*input].0 < *layer, "an operand stands above");
        }
    }
}

#[test]
fn a_tape_with_nothing_or_too_much_on_it() {
    let tape = Tape::<f64>::new();
    assert!(tape.to_svg().contains("</svg>") && tape.to_dot().ends_with("}\n"));
    let x = tape.leaf(1.0);
    let y = (0..MOST_LINES).fold(x, |y, _| y.sin());
    let error = tape.try_to_svg().expect_err("one line too many");
    assert!(matches!(&error, Error::Attribute { op: "to_svg", given, .. } if given == "257"), "{error}");
    assert_eq!(tape.to_dot().matches(" -> ").count(), MOST_LINES);
    assert!(tape.drawing().outputs(&[x.cos()]).try_to_svg().is_ok() && y.shape().len() == 1);
}
