//! Digits side by side in a PNG file, each with a caption.

use std::path::Path;

use crate::Error;

/// Each pixel of a digit becomes a square of this side.
const ZOOM: usize = 3;
/// Each dot of a caption becomes a square of this side.
const DOT: usize = 2;
/// Pixels between digits, and above and below captions.
const GAP: usize = 6;
/// A caption's character is 3 dots wide and 5 tall, with one dot of space.
const CHARACTER: (usize, usize) = (4 * DOT, 5 * DOT);
/// Brightness of captions: apart from the white of digits.
const CAPTION: u8 = 170;

/// Writes digits of one size as a grid of `columns` columns, each above its caption.
///
/// Images have shape `[height, width]`, 0 black to 255 white, and are shown three times as large. Captions may use the
/// digits and `>`, `-`, `.`, `%`, space; any other character is shown as `?`. `columns` is brought into the range from 1
/// to the number of images.
///
/// # Errors
/// [`Error::Length`] if there is no image or one is not `height * width` long, [`Error::Io`] and [`Error::Png`] if the
/// file cannot be written.
///
/// ```
/// use wengert_train::{contact_sheet, generated};
/// let digits = generated::digits(1, generated::Set::Test, 12);
/// let tiles: Vec<(&[u8], String)> =
///     digits.images.chunks(28 * 28).zip(&digits.labels).map(|(image, label)| (image, format!("{label}>?"))).collect();
/// let path = std::env::temp_dir().join(format!("wengert-sheet-{}.png", std::process::id()));
/// contact_sheet(&path, &tiles, 28, 28, 4)?;
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), wengert_train::Error>(())
/// ```
pub fn contact_sheet(
    path: impl AsRef<Path>,
    tiles: &[(&[u8], String)],
    height: usize,
    width: usize,
    columns: usize,
) -> Result<(), Error> {
    let path = path.as_ref();
    let sheet = Sheet::draw(tiles, height, width, columns)?;
    let mut file = Vec::new();
    encode(&sheet, &mut file).map_err(|source| Error::Png { path: path.into(), source })?;
    std::fs::write(path, file).map_err(Error::io(path, "write"))
}

/// A gray image.
struct Sheet {
    pixels: Vec<u8>,
    width: usize,
    height: usize,
}

impl Sheet {
    fn draw(tiles: &[(&[u8], String)], height: usize, width: usize, columns: usize) -> Result<Sheet, Error> {
        let expected = height.saturating_mul(width);
        if let Some((pixels, _)) = tiles.iter().find(|(pixels, _)| pixels.len() != expected) {
            return Err(Error::Length { what: "pixels", found: pixels.len(), expected });
        }
        if tiles.is_empty() || expected == 0 {
            return Err(Error::Length { what: "images on a sheet", found: 0, expected: 1 });
        }
        let columns = columns.clamp(1, tiles.len());
        let longest = tiles.iter().map(|(_, caption)| caption.chars().count()).max().unwrap_or(0);
        let cell = (GAP + (ZOOM * width).max(longest * CHARACTER.0), ZOOM * height + 3 * GAP + CHARACTER.1);
        let (width_all, height_all) = (GAP + columns * cell.0, tiles.len().div_ceil(columns) * cell.1);
        let mut sheet =
            Sheet { pixels: vec![0; width_all * height_all], width: width_all, height: height_all };
        for (index, (pixels, caption)) in tiles.iter().enumerate() {
            let (left, top) = (GAP + index % columns * cell.0, GAP + index / columns * cell.1);
            for (at, &pixel) in pixels.iter().enumerate() {
                sheet.square(left + at % width * ZOOM, top + at / width * ZOOM, ZOOM, pixel);
            }
            for (place, character) in caption.chars().enumerate() {
                let (x, y) = (left + place * CHARACTER.0, top + height * ZOOM + GAP);
                let dots = dots(character);
                // Fifteen bits: rows from the top, the leftmost dot first.
                for dot in (0..15).filter(|dot| dots >> (14 - dot) & 1 == 1) {
                    sheet.square(x + dot % 3 * DOT, y + dot / 3 * DOT, DOT, CAPTION);
                }
            }
        }
        Ok(sheet)
    }

    fn square(&mut self, left: usize, top: usize, side: usize, brightness: u8) {
        for row in top..top + side {
            self.pixels[row * self.width + left..][..side].fill(brightness);
        }
    }
}

fn encode(sheet: &Sheet, file: &mut Vec<u8>) -> Result<(), ::png::EncodingError> {
    // A side beyond u32 becomes 0, which the encoder refuses with an error of its own.
    let side = |length: usize| u32::try_from(length).unwrap_or(0);
    let mut encoder = ::png::Encoder::new(file, side(sheet.width), side(sheet.height));
    encoder.set_color(::png::ColorType::Grayscale);
    encoder.set_depth(::png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&sheet.pixels)?;
    writer.finish()
}

/// A character as 3 x 5 dots.
fn dots(character: char) -> u16 {
    match character {
        '0' => 0b111_101_101_101_111,
        '1' => 0b010_110_010_010_111,
        '2' => 0b111_001_111_100_111,
        '3' => 0b111_001_111_001_111,
        '4' => 0b101_101_111_001_001,
        '5' => 0b111_100_111_001_111,
        '6' => 0b111_100_111_101_111,
        '7' => 0b111_001_010_010_010,
        '8' => 0b111_101_111_101_111,
        '9' => 0b111_101_111_001_111,
        '>' => 0b100_010_001_010_100,
        '-' => 0b000_000_111_000_000,
        '.' => 0b000_000_000_000_010,
        '%' => 0b101_001_010_100_101,
        ' ' => 0,
        _ => 0b111_001_011_000_010,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_the_digits_and_their_captions() {
        let path = std::env::temp_dir().join(format!("wengert-train-sheet-{}.png", std::process::id()));
        let (bright, dark) = ([200u8; 6], [0u8; 6]);
        let tiles: Vec<(&[u8], String)> =
            vec![(&bright, "1>7".into()), (&dark, "".into()), (&bright, "?".into())];
        contact_sheet(&path, &tiles, 2, 3, 2).unwrap();
        let decoder = ::png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&path).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (width, height) = (info.width as usize, info.height as usize);
        assert_eq!((width, height), (6 + 2 * (6 + 24), 2 * (6 + 18 + 10)));
        let count = |brightness: u8| pixels.iter().filter(|&&p| p == brightness).count();
        assert_eq!(count(200), 2 * 6 * ZOOM * ZOOM, "two bright images");
        let lit = ['1', '>', '7', '?'].iter().map(|&c| dots(c).count_ones() as usize).sum::<usize>();
        assert_eq!(count(CAPTION), lit * DOT * DOT, "captions, whole and nowhere else");
        assert_eq!(pixels[GAP * width + GAP], 200);
        assert_eq!(pixels[GAP * width + GAP + 30], 0, "the second image is dark");
    }

    #[test]
    fn what_cannot_be_drawn_or_written_is_an_error() {
        let path = std::env::temp_dir().join("wengert-train-no-such-directory").join("sheet.png");
        let tile: (&[u8], String) = (&[1; 4], "7".into());
        assert!(matches!(contact_sheet(&path, &[], 2, 2, 3), Err(Error::Length { .. })));
        assert!(matches!(
            contact_sheet(&path, std::slice::from_ref(&tile), 2, 3, 3),
            Err(Error::Length { found: 4, .. })
        ));
        assert!(matches!(contact_sheet(&path, &[(&[], "".into())], 0, 3, 3), Err(Error::Length { .. })));
        assert!(matches!(contact_sheet(&path, &[tile], 2, 2, 0), Err(Error::Io { action: "write", .. })));
    }

    #[test]
    fn digits_have_ten_different_shapes() {
        let shapes: std::collections::BTreeSet<u16> = ('0'..='9').map(dots).collect();
        assert_eq!(shapes.len(), 10);
    }
}
