//! Pixels with letters made of dots: plotters draws text in pixels by fonts of the system only.

use font8x8::{BASIC_FONTS, GREEK_FONTS, LATIN_FONTS, MISC_FONTS, UnicodeFonts};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

/// Sides of a letter, in dots.
const LETTER: i32 = 8;

/// A backend of pixels that draws its own letters, twice as high as wide.
pub(crate) struct Dots<B>(pub(crate) B);

/// The sides of a dot for text of this size.
fn dot(size: f64) -> (i32, i32) {
    let wide = (size / 14.0).round().max(1.0) as i32;
    (wide, 2 * wide)
}

fn letter(character: char) -> [u8; LETTER as usize] {
    let known = [
        BASIC_FONTS.get(character),
        LATIN_FONTS.get(character),
        GREEK_FONTS.get(character),
        MISC_FONTS.get(character),
    ];
    known.into_iter().flatten().next().or(BASIC_FONTS.get('?')).unwrap_or_default()
}

impl<B: DrawingBackend> DrawingBackend for Dots<B> {
    type ErrorType = B::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.0.present()
    }

    fn draw_pixel(
        &mut self,
        point: BackendCoord,
        color: BackendColor,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.0.draw_pixel(point, color)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.0.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        at: BackendCoord,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        let (wide, high) = dot(style.size());
        let (width, height) = (text.chars().count() as i32 * LETTER * wide, LETTER * high);
        let left = at.0
            - match style.anchor().h_pos {
                HPos::Left => 0,
                HPos::Center => width / 2,
                HPos::Right => width,
            };
        let top = at.1
            - match style.anchor().v_pos {
                VPos::Top => 0,
                VPos::Center => height / 2,
                VPos::Bottom => height,
            };
        let (columns, rows) = self.get_size();
        for (k, character) in text.chars().enumerate() {
            for (row, bits) in (0_i32..).zip(letter(character)) {
                for column in (0..LETTER).filter(|column| bits >> column & 1 == 1) {
                    let (x, y) = (left + (k as i32 * LETTER + column) * wide, top + row * high);
                    for (x, y) in (0..wide * high).map(|i| (x + i % wide, y + i / wide)) {
                        if (0..columns as i32).contains(&x) && (0..rows as i32).contains(&y) {
                            self.draw_pixel((x, y), style.color())?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Self::ErrorType>> {
        let (wide, high) = dot(style.size());
        Ok((text.chars().count() as u32 * (LETTER * wide) as u32, (LETTER * high) as u32))
    }
}
