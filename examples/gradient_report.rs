//! A network in which gradients do not arrive as they should, what is reported of it, and its picture.
//!
//! ```text
//! cargo run --example gradient_report
//! cargo run --example gradient_report -- --out pictures    also writes gradients.svg, gradients.png, tape.svg, tape.dot
//! ```

use lexopt::prelude::*;
use std::error::Error;
use std::path::PathBuf;
use wengert::{Key, Tape, Tensor, Var};
use wengert_nn::{Activation, Init, Linear, Model, Reduction, gradient_report, mse, tree};
use wengert_plot::GradientPlot;

tree! {
    /// Dense layers one after the other, and two beside them.
    struct Network<P> {
        /// A layer whose output is detached.
        encoder: Linear<P>,
        /// Layers of sigmoids.
        layers: Vec<Linear<P>>,
        /// A layer that is forgotten.
        aside: Linear<P>,
    }
}

impl<'t> Network<Var<'t, f64>> {
    fn forward(&self, x: Var<'t, f64>) -> Var<'t, f64> {
        let encoded = self.encoder.forward(x).detach();
        self.layers.iter().fold(encoded, |x, layer| Activation::Sigmoid.forward(layer.forward(x)))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out: Option<PathBuf> = None;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("out") => out = Some(arguments.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    let layer = |k| Linear::<Tensor<f64>>::new(4, 4, Init::GlorotUniform, Key::new(1).stream(k));
    let network = Network { encoder: layer(0), layers: (1..7).map(layer).collect(), aside: layer(7) };
    let tape = Tape::new();
    let model = network.on(&tape);
    let x = tape.constant(Key::new(2).normal::<f64>([8, 4]));
    let loss = mse(model.forward(x), tape.constant(Tensor::full([8, 4], 0.5)), Reduction::Mean);
    let report = gradient_report(loss, &model);
    print!("{report}");
    if let Some(folder) = out {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("gradients.svg"), report.to_svg()?)?;
        std::fs::write(folder.join("gradients.png"), report.to_png()?)?;
        let drawing = tape.drawing().outputs(&[loss]).values();
        std::fs::write(folder.join("tape.svg"), drawing.try_to_svg()?)?;
        std::fs::write(folder.join("tape.dot"), drawing.to_dot())?;
    }
    Ok(())
}
