//! The plot itself, on any backend.

use crate::{Error, MOST_PARAMETERS};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use wengert::gradient_report::{GradientReport, Parameter, Reach, TrendKind};

const ROW: i32 = 22; // pixels per parameter
const TOP: i32 = 56;
const BOTTOM: i32 = 64;
const LETTER: i32 = 8; // of the text in rows
const PLOT: i32 = 620;
const RIGHT: i32 = 24;
const SIZE: i32 = 14;

const BLUE: RGBColor = RGBColor(0x3b, 0x74, 0xb4);
const ORANGE: RGBColor = RGBColor(0xb8, 0x50, 0x1c);
const RED: RGBColor = RGBColor(0xb0, 0x1e, 0x2e);
const GRAY: RGBColor = RGBColor(0x77, 0x77, 0x77);

/// What is written in the row of a parameter without a bar.
fn words(p: &Parameter) -> String {
    match &p.reach {
        Reach::NotFinite { nan, infinite } => format!("{nan} NaN, {infinite} infinite"),
        reach => match reach.cuts() {
            [] => reach.word().into(),
            [cut, others @ ..] => {
                let file = cut.at.file().rsplit(['/', '\\']).next().unwrap_or_default();
                let more =
                    if others.is_empty() { String::new() } else { format!(", and {} more", others.len()) };
                format!("{} by {} at {file}:{}{more}", reach.word(), cut.op, cut.at.line())
            }
        },
    }
}

/// Room for the names.
fn names(report: &GradientReport) -> i32 {
    let longest = report.parameters.iter().map(|p| p.name.chars().count()).max().unwrap_or(0);
    (longest as i32 * LETTER + 20).max(60)
}

/// Pixels to the right and down.
pub(crate) fn size(report: &GradientReport) -> Result<(u32, u32), Error> {
    let given = report.parameters.len();
    if given > MOST_PARAMETERS {
        return Err(Error::TooManyParameters { given, most: MOST_PARAMETERS });
    }
    let height = TOP + BOTTOM + ROW * given.max(1) as i32;
    Ok(((names(report) + PLOT + RIGHT) as u32, height as u32))
}

/// Powers of ten around all norms.
fn range(report: &GradientReport) -> (i32, i32) {
    let norms = report.parameters.iter().flat_map(|p| [p.norm, Some(p.weight_norm)]).flatten();
    let exponents: Vec<f64> = norms.filter(|n| n.is_finite() && *n > 0.0).map(f64::log10).collect();
    let least = exponents.iter().copied().fold(f64::INFINITY, f64::min);
    let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if exponents.is_empty() { (-3, 0) } else { ((least - 0.5).floor() as i32, (most + 0.2).ceil() as i32) }
}

/// The trend in words, and the color that it is written in.
fn caption(report: &GradientReport) -> (String, RGBColor) {
    match report.trend {
        Some(trend) => {
            (format!("over the layers: {trend}"), if trend.kind == TrendKind::Steady { GRAY } else { RED })
        }
        None => (format!("{} layers", report.layers.len()), GRAY),
    }
}

pub(crate) fn draw<B: DrawingBackend>(
    report: &GradientReport,
    area: DrawingArea<B, Shift>,
) -> Result<(), Error> {
    let said = |e: DrawingAreaErrorKind<B::ErrorType>| Error::Drawing(e.to_string());
    let (left, (least, most)) = (names(report), range(report));
    let bottom = TOP + ROW * report.parameters.len().max(1) as i32;
    let x = |norm: f64| {
        let share = (norm.log10() - f64::from(least)) / f64::from(most - least);
        left + (share.clamp(0.0, 1.0) * f64::from(PLOT)).round() as i32
    };
    let style = |color: &RGBColor, h: HPos| {
        ("monospace", SIZE).into_font().color(color).pos(Pos::new(h, VPos::Center))
    };
    let text = |text: String, at: (i32, i32), color: &RGBColor, h: HPos| {
        area.draw(&Text::new(text, at, style(color, h))).map_err(said)
    };
    area.fill(&WHITE).map_err(said)?;
    text("norm of the gradient (bar) and of the parameter (ring)".into(), (10, 16), &BLACK, HPos::Left)?;
    let (trend, color) = caption(report);
    text(trend, (10, 36), &color, HPos::Left)?;

    // A line and a label at each power of ten, at most about a dozen labels.
    let every = ((most - least) / 10 + 1).max(1);
    for power in (least..=most).filter(|power| (power - least) % every == 0) {
        let at = x(10.0_f64.powi(power));
        let line = PathElement::new(vec![(at, TOP), (at, bottom)], RGBColor(0xdd, 0xdd, 0xdd));
        area.draw(&line).map_err(said)?;
        text(format!("1e{power}"), (at, bottom + 14), &BLACK, HPos::Center)?;
    }
    for (k, p) in report.parameters.iter().enumerate() {
        let middle = TOP + ROW * k as i32 + ROW / 2;
        text(p.name.clone(), (left - 10, middle), &BLACK, HPos::Right)?;
        match p.norm.filter(|norm| norm.is_finite() && *norm > 0.0) {
            Some(norm) => {
                let bar = [(left, middle - 6), (x(norm), middle + 6)];
                area.draw(&Rectangle::new(bar, BLUE.filled())).map_err(said)?;
            }
            None => {
                let color = match p.reach {
                    Reach::NotFinite { .. } | Reach::Cut(_) => RED,
                    Reach::Zero(_) => ORANGE,
                    _ => GRAY,
                };
                text(words(p), (left + 8, middle), &color, HPos::Left)?;
            }
        }
        if p.weight_norm.is_finite() && p.weight_norm > 0.0 {
            area.draw(&Circle::new((x(p.weight_norm), middle), 4, BLACK.stroke_width(1))).map_err(said)?;
        }
    }
    let frame = vec![(left, TOP), (left, bottom), (left + PLOT, bottom)];
    area.draw(&PathElement::new(frame, BLACK)).map_err(said)?;
    let mut at = left;
    for (label, color) in [("cut or not finite", RED), ("zero", ORANGE), ("unused or constant", GRAY)] {
        text(label.into(), (at, bottom + 44), &color, HPos::Left)?;
        at += (label.len() as i32 + 3) * LETTER;
    }
    area.present().map_err(said)
}
