//! A tape as text: the Wengert list, one line per node.

use crate::{Float, Tape};
use std::fmt;

const SHOWN: usize = 4; // elements of a value worth showing on its line

impl<F: Float> fmt::Display for Tape<F> {
    /// One line per node: position, op, inputs, shape, value if it is small, and the line of source.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, node) in self.nodes().iter().enumerate() {
            let inputs: Vec<String> = node.inputs.iter().map(|i| format!("v{i}")).collect();
            let what = match &node.op {
                Some(op) => format!("{op:?}({})", inputs.join(", ")).replace('\n', ""),
                None => node.kind().into(),
            };
            let value = if node.deferred {
                "deferred".into()
            } else if node.value.len() <= SHOWN {
                node.value.to_string().replace('\n', "")
            } else {
                "…".into()
            };
            let shape = node.value.shape();
            writeln!(f, "v{id:<4} = {what:<28} {shape} {value}    {}:{}", node.at.file(), node.at.line())?;
        }
        Ok(())
    }
}

impl<F: Float> fmt::Debug for Tape<F> {
    /// A summary; [`Display`](fmt::Display) lists every line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tape {{ lines: {}, threads: {:?} }}", self.len(), self.threads())
    }
}

impl<F: Float> fmt::Debug for crate::Var<'_, F> {
    /// The line it names: position, op, shape and source.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.tape.nodes();
        let node = &nodes[self.id as usize];
        write!(f, "v{} = {} {} at {}", self.id, node.kind(), node.value.shape(), node.at)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn lists_op_inputs_shape_value_and_source() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        let y = (x * x).sum();
        let text = tape.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("v0") && lines[0].contains("leaf") && lines[0].contains("[2] [1, 2]"));
        assert!(lines[1].contains("Mul(v0, v0)") && lines[1].contains("[1, 4]"));
        assert!(lines[2].contains("Sum { axes: [0], keepdim: false }(v1)") && lines[2].contains("[] 5"));
        assert!(lines.iter().all(|l| l.contains("display.rs:")), "{text}");
        assert!(format!("{y:?}").contains("v2 = sum []"));
        assert!(format!("{tape:?}").contains("lines: 3"));
    }
}
