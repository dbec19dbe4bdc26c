//! Plots of what Wengert reports, as SVG and PNG.
//!
//! ```
//! use wengert::Tape;
//! use wengert_plot::GradientPlot;
//!
//! let tape = Tape::<f64>::new();
//! let (w, b) = (tape.leaf([0.5, -1.5]), tape.leaf(0.25));
//! let report = (w.detach() * b).sum().gradient_report(&[("w", w), ("b", b)]);
//! let svg = report.to_svg()?;
//! assert!(svg.contains("cut by detach"));
//! assert!(report.to_png()?.starts_with(b"\x89PNG"));
//! # Ok::<(), wengert_plot::Error>(())
//! ```
#![forbid(unsafe_code)]

mod chart;
mod dots;

use plotters::prelude::*;
use wengert::gradient_report::GradientReport;

/// Why a plot was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What the drawing library refused.
    #[error("the plot could not be drawn: {0}")]
    Drawing(String),
    /// What the encoder refused.
    #[error("the plot could not be written as PNG: {0}")]
    Png(#[from] png::EncodingError),
    /// More parameters than a plot can show.
    #[error("{given} parameters given, expected at most {most}: report on the layers of interest")]
    TooManyParameters {
        /// How many there are.
        given: usize,
        /// How many can be shown.
        most: usize,
    },
}

/// The most parameters that one plot shows.
pub const MOST_PARAMETERS: usize = 500;

/// A report as a plot: for each parameter the norm of its gradient as a bar and of its weights as a ring, on a logarithmic
/// scale, and in words what does not arrive.
pub trait GradientPlot {
    /// The plot as SVG text.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyParameters`]; [`Error::Drawing`] if the drawing library fails.
    fn to_svg(&self) -> Result<String, Error>;

    /// The plot as the bytes of a PNG file.
    ///
    /// # Errors
    ///
    /// As [`GradientPlot::to_svg`]; [`Error::Png`].
    fn to_png(&self) -> Result<Vec<u8>, Error>;
}

impl GradientPlot for GradientReport {
    fn to_svg(&self) -> Result<String, Error> {
        let size = chart::size(self)?;
        let mut text = String::new();
        chart::draw(self, SVGBackend::with_string(&mut text, size).into_drawing_area())?;
        Ok(text)
    }

    fn to_png(&self) -> Result<Vec<u8>, Error> {
        let (width, height) = chart::size(self)?;
        let mut pixels = vec![0; 3 * width as usize * height as usize];
        let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        chart::draw(self, dots::Dots(backend).into_drawing_area())?;
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests;
