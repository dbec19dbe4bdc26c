//! Images as text, for a look at a digit in the terminal.

use crate::Error;

/// Which characters make up an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// `" .:-=+*#%@"`, dark to bright: works everywhere.
    Ascii,
    /// Unicode half blocks, two pixels to a character: sharper, black and white.
    HalfBlocks,
}

/// An image as lines of text, two rows of pixels to a line, each ended by a newline.
///
/// `pixels` has shape `[height, width]`, 0 black to 255 white. A character is about twice as tall as wide, so the
/// proportions are kept.
///
/// # Errors
/// [`Error::Length`] if `pixels` is not `height * width` long.
///
/// ```
/// use wengert_train::{Ink, text_art};
/// let ring = [0, 255, 255, 0,  255, 0, 0, 255,  0, 255, 255, 0];
/// assert_eq!(text_art(&ring, 3, 4, Ink::HalfBlocks)?, "▄▀▀▄\n ▀▀ \n");
/// # Ok::<(), wengert_train::Error>(())
/// ```
pub fn text_art(pixels: &[u8], height: usize, width: usize, ink: Ink) -> Result<String, Error> {
    let expected = height.saturating_mul(width);
    if pixels.len() != expected {
        return Err(Error::Length { what: "pixels", found: pixels.len(), expected });
    }
    let mut art = String::new();
    if width == 0 {
        return Ok(art);
    }
    for row in (0..height).step_by(2) {
        for column in 0..width {
            let upper = pixels[row * width + column];
            // An odd height ends with half a line: black below.
            let lower = pixels.get((row + 1) * width + column).copied().unwrap_or(0);
            art.push(character(upper, lower, ink));
        }
        art.push('\n');
    }
    Ok(art)
}

/// Several images of one size beside one another, each under its caption.
///
/// Each image takes `max(width, longest caption)` characters, with two spaces between.
///
/// # Errors
/// [`Error::Length`] if one of the images is not `height * width` long.
///
/// ```
/// use wengert_train::{Ink, text_art_row};
/// let (full, empty) = ([255; 4], [0; 4]);
/// let row = text_art_row(&[(&full, "7 as 1".into()), (&empty, "3".into())], 2, 2, Ink::Ascii)?;
/// assert_eq!(row, "7 as 1  3\n@@\n");
/// # Ok::<(), wengert_train::Error>(())
/// ```
pub fn text_art_row(
    images: &[(&[u8], String)],
    height: usize,
    width: usize,
    ink: Ink,
) -> Result<String, Error> {
    let cell = images.iter().map(|(_, caption)| caption.chars().count()).max().unwrap_or(0).max(width);
    let arts = images
        .iter()
        .map(|(pixels, _)| text_art(pixels, height, width, ink))
        .collect::<Result<Vec<String>, Error>>()?;
    let mut lines = vec![String::new(); 1 + arts.first().map_or(0, |art| art.lines().count())];
    for ((_, caption), art) in images.iter().zip(&arts) {
        for (line, text) in lines.iter_mut().zip(std::iter::once(caption.as_str()).chain(art.lines())) {
            line.push_str(&format!("{text:<cell$}  "));
        }
    }
    Ok(lines.iter().map(|line| format!("{}\n", line.trim_end())).collect())
}

fn character(upper: u8, lower: u8, ink: Ink) -> char {
    match ink {
        Ink::HalfBlocks => match (upper >= 128, lower >= 128) {
            (false, false) => ' ',
            (true, false) => '▀',
            (false, true) => '▄',
            (true, true) => '█',
        },
        Ink::Ascii => {
            const RAMP: &[u8; 10] = b" .:-=+*#%@";
            let mean = (usize::from(upper) + usize::from(lower)) / 2;
            char::from(RAMP[mean * RAMP.len() / 256])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brightness_chooses_the_character() {
        let row = [0, 25, 26, 128, 230, 255];
        assert_eq!(text_art(&[row, row].concat(), 2, 6, Ink::Ascii).unwrap(), "  .+%@\n");
        assert_eq!(text_art(&row, 1, 6, Ink::Ascii).unwrap(), "   :==\n", "half a line is half as bright");
    }

    #[test]
    fn a_row_of_images_shares_its_lines() {
        let row = text_art_row(&[(&[255; 8], "a".into()), (&[255; 8], "long".into())], 4, 2, Ink::HalfBlocks);
        assert_eq!(row.unwrap(), "a     long\n██    ██\n██    ██\n");
        assert_eq!(text_art_row(&[], 2, 2, Ink::Ascii).unwrap(), "\n");
    }

    #[test]
    fn nothing_gives_nothing_and_wrong_lengths_are_named() {
        assert_eq!(text_art(&[], 0, 5, Ink::Ascii).unwrap(), "");
        assert_eq!(text_art(&[], usize::MAX, 0, Ink::Ascii).unwrap(), "");
        assert!(matches!(
            text_art(&[0; 5], 2, 3, Ink::Ascii),
            Err(Error::Length { what: "pixels", found: 5, expected: 6 })
        ));
        assert!(text_art(&[0; 5], usize::MAX, 3, Ink::Ascii).is_err());
        assert!(text_art_row(&[(&[0; 3], "x".into())], 2, 2, Ink::Ascii).is_err());
    }
}
