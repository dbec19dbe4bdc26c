//! Digits that this crate draws itself, for machines without MNIST.
//!
//! Each image starts from a written form of its digit (several hands per digit), moves the points of its strokes,
//! bends the plane a little, slants, turns and scales it, and follows the strokes with a pen of some width. As in
//! MNIST, digits are white on black, about 20 pixels tall, with their center of mass in the middle of 28x28 pixels.
//!
//! Image `index` is a function of (seed, set, index): any part can be made again, on any number of threads.

// Tables of points read better a stroke a line than a point a line.
#[rustfmt::skip]
mod glyphs;
mod pen;
mod warp;

use crate::digits::Digits;
use crate::random::{Purpose, Random};

/// Rows and columns of each image.
pub const SIDE: usize = 28;

/// Training images in the default set.
pub const TRAIN_LEN: usize = 12_000;

/// Test images in the default set.
pub const TEST_LEN: usize = 2_000;

/// Which stream of images: no image of one is found in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Images to learn from.
    Train,
    /// Images to judge by.
    Test,
}

/// The first `len` images of a set.
pub fn digits(seed: u64, set: Set, len: usize) -> Digits {
    let mut images = Vec::with_capacity(len * SIDE * SIDE);
    let mut labels = Vec::with_capacity(len);
    for index in 0..len {
        let (label, pixels) = digit(seed, set, index as u64);
        images.extend_from_slice(&pixels);
        labels.push(label);
    }
    Digits { images, labels, height: SIDE, width: SIDE }
}

/// Image `index` of a set: its label and its pixels, `[SIDE, SIDE]`.
///
/// ```
/// use wengert_train::generated::{Set, digit, digits};
/// let (label, pixels) = digit(1, Set::Test, 41);
/// let all = digits(1, Set::Test, 50);
/// assert_eq!((label, &pixels[..]), (all.labels[41], all.image(41)?));
/// # Ok::<(), wengert_train::Error>(())
/// ```
pub fn digit(seed: u64, set: Set, index: u64) -> (u8, [u8; SIDE * SIDE]) {
    let purpose = match set {
        Set::Train => Purpose::TrainDigits,
        Set::Test => Purpose::TestDigits,
    };
    let mut random = Random::new(seed, purpose, index);
    let label = random.below(10);
    let forms = glyphs::FORMS[label as usize];
    let form = forms[random.below(forms.len() as u32) as usize];
    let width = random.between(1.4, 3.6);
    let strokes = warp::strokes(form, width, &mut random);
    (label as u8, pen::draw(&strokes, width, &mut random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_depends_on_seed_set_and_index_alone() {
        let whole = digits(7, Set::Train, 40);
        for index in [39, 0, 17] {
            let (label, pixels) = digit(7, Set::Train, index as u64);
            assert_eq!((label, &pixels[..]), (whole.labels[index], whole.image(index).unwrap()));
        }
        let from_threads = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|part| scope.spawn(move || digit(7, Set::Train, 10 * part).1)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        for (part, pixels) in from_threads.iter().enumerate() {
            assert_eq!(pixels, whole.image(10 * part).unwrap());
        }
        assert_ne!(digits(8, Set::Train, 40), whole);
        assert_ne!(digits(7, Set::Test, 40), whole);
    }

    #[test]
    fn no_image_comes_twice() {
        let sets = [digits(1, Set::Train, 3000), digits(1, Set::Test, 3000)];
        let distinct: std::collections::BTreeSet<&[u8]> =
            sets.iter().flat_map(|set| set.images.chunks(SIDE * SIDE)).collect();
        assert_eq!(distinct.len(), 6000);
    }

    #[test]
    fn labels_are_balanced() {
        let mut counts = [0u32; 10];
        for label in digits(1, Set::Train, 10_000).labels {
            counts[usize::from(label)] += 1;
        }
        assert!(counts.iter().all(|c| c.abs_diff(1000) < 150), "{counts:?}");
    }

    #[test]
    fn digits_are_white_on_black_centered_and_inside() {
        let set = digits(1, Set::Train, 2000);
        for (index, image) in set.images.chunks(SIDE * SIDE).enumerate() {
            let ink: f32 = image.iter().map(|&p| f32::from(p)).sum();
            let share = ink / (255.0 * (SIDE * SIDE) as f32);
            assert!((0.015..0.40).contains(&share), "image {index}: {share} of it is ink");
            let moment = |axis: fn(usize) -> usize| {
                let sum: f32 = image.iter().enumerate().map(|(at, &p)| axis(at) as f32 * f32::from(p)).sum();
                sum / ink
            };
            let (x, y) = (moment(|at| at % SIDE), moment(|at| at / SIDE));
            assert!((x - 13.5).abs() < 4.0 && (y - 13.5).abs() < 4.0, "image {index}: center ({x}, {y})");
            let corners = [0, SIDE - 1, SIDE * (SIDE - 1), SIDE * SIDE - 1];
            assert!(corners.iter().all(|&at| image[at] == 0), "image {index}");
        }
    }

    #[test]
    fn the_bits_of_the_images_never_move() {
        let set = digits(1, Set::Train, 500);
        let hash = hmac_sha256::Hash::hash(&set.images);
        let hex: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "6fc71cb259c9d1d1");
    }
}
