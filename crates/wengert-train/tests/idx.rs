//! IDX files, whole, cut, flipped and lying: a value or a typed error that names the file and the place.

mod common;

use common::{Scratch, counting_images, counting_labels, gzip, idx};
use proptest::prelude::*;
use wengert_train::Error;
use wengert_train::idx::{Images, images_from, labels_from, read_images, read_labels};

fn images(bytes: &[u8]) -> Result<Images, Error> {
    images_from(bytes, "images")
}

fn labels(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    labels_from(bytes, "labels")
}

#[test]
fn images_are_read_alike_plain_compressed_and_from_files() {
    let file = counting_images(3, 4, 5);
    let expected =
        Images { count: 3, height: 4, width: 5, pixels: (0..60).map(|i| (i % 251) as u8).collect() };
    assert_eq!(images(&file).unwrap(), expected);
    assert_eq!(images(&gzip(&file)).unwrap(), expected);
    let scratch = Scratch::new();
    assert_eq!(read_images(scratch.write("plain", &file)).unwrap(), expected);
    assert_eq!(read_images(scratch.write("packed", &gzip(&file))).unwrap(), expected);
}

#[test]
fn labels_are_read_alike_plain_compressed_and_from_files() {
    let file = counting_labels(25);
    let expected: Vec<u8> = (0..25).map(|i| i % 10).collect();
    assert_eq!(labels(&file).unwrap(), expected);
    assert_eq!(labels(&gzip(&file)).unwrap(), expected);
    let scratch = Scratch::new();
    assert_eq!(read_labels(scratch.write("plain", &file)).unwrap(), expected);
    assert_eq!(read_labels(scratch.write("packed", &gzip(&file))).unwrap(), expected);
}

#[test]
fn a_file_larger_than_every_buffer_is_read_whole() {
    let file = counting_images(300, 28, 28);
    assert_eq!(images(&file).unwrap().pixels, &file[16..]);
    assert_eq!(images(&gzip(&file)).unwrap().pixels, &file[16..]);
}

#[test]
fn no_images_and_no_labels_are_values() {
    assert_eq!(images(&idx(&[0, 28, 28], &[])).unwrap().count, 0);
    assert_eq!(labels(&idx(&[0], &[])).unwrap(), []);
}

#[test]
fn a_plain_file_cut_at_any_byte_is_truncated_at_that_byte() {
    let file = counting_images(2, 3, 2);
    for cut in 0..file.len() {
        let error = images(&file[..cut]).unwrap_err();
        assert!(
            matches!(error, Error::Truncated { offset, .. } if offset == cut as u64),
            "cut at {cut}: {error}"
        );
    }
}

#[test]
fn a_compressed_file_cut_at_any_byte_is_truncated_at_that_byte() {
    let file = gzip(&counting_images(2, 3, 2));
    assert!(matches!(images(&[]), Err(Error::Truncated { offset: 0, .. })));
    for cut in 1..file.len() {
        let error = images(&file[..cut]).unwrap_err();
        assert!(
            matches!(error, Error::GzipTruncated { offset, .. } if offset == cut as u64),
            "cut at {cut}: {error}"
        );
    }
}

#[test]
fn every_flipped_header_bit_of_a_plain_file_is_caught() {
    let file = counting_images(2, 3, 2);
    for bit in 0..16 * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = images(&flipped).unwrap_err();
        assert!(error.to_string().starts_with("images: "), "bit {bit}: {error}");
    }
    let file = counting_labels(7);
    for bit in 0..8 * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = labels(&flipped).unwrap_err();
        assert!(error.to_string().starts_with("labels: "), "bit {bit}: {error}");
    }
}

#[test]
fn every_flipped_bit_of_a_compressed_file_is_caught_or_harmless() {
    let plain = counting_images(2, 3, 2);
    let file = gzip(&plain);
    let (mut caught, mut harmless) = (0, 0);
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match images(&flipped) {
            Ok(read) => {
                assert_eq!(read.pixels, &plain[16..], "bit {bit} changed the value unseen");
                harmless += 1;
            }
            Err(error) => {
                assert!(error.to_string().starts_with("images: "), "bit {bit}: {error}");
                caught += 1;
            }
        }
    }
    // Harmless: the time, the extra flags, the operating system (48 bits), the text hint; a few bits in deflate.
    assert!(caught > harmless && (48..80).contains(&harmless), "{caught} caught, {harmless} harmless");
}

#[test]
fn each_wrong_header_field_has_its_own_error() {
    let good = counting_images(2, 3, 2);
    let with = |at: usize, byte: u8| {
        let mut file = good.clone();
        file[at] = byte;
        images(&file).unwrap_err()
    };
    assert!(matches!(with(0, 9), Error::Magic { found: [9, 0], .. }));
    assert!(matches!(with(1, 9), Error::Magic { found: [0, 9], .. }));
    assert!(matches!(with(2, 0x0d), Error::ElementType { found: 0x0d, .. }));
    assert!(matches!(with(3, 1), Error::DimensionCount { found: 1, expected: 3, .. }));
    assert!(matches!(labels(&good), Err(Error::DimensionCount { found: 3, expected: 1, .. })));
    assert!(matches!(with(11, 0), Error::NoPixels { offset: 8, height: 0, width: 2, .. }));
}

#[test]
fn sizes_whose_product_overflows_are_refused() {
    let file = idx(&[u32::MAX; 3], &[0; 40]);
    assert!(matches!(images(&file), Err(Error::TooLarge { sizes, .. }) if sizes == [u32::MAX; 3]));
    let file = idx(&[1 << 21, 1 << 5, 1 << 5], &[0; 40]);
    assert!(matches!(images(&file), Err(Error::TooLarge { .. })), "2 GiB");
    assert!(matches!(labels(&idx(&[u32::MAX], &[0; 40])), Err(Error::TooLarge { .. })));
}

#[test]
fn extra_bytes_are_found_at_their_place() {
    let mut file = counting_images(2, 3, 2);
    file.extend([1, 2, 3]);
    for bytes in [file.clone(), gzip(&file)] {
        assert!(matches!(images(&bytes), Err(Error::ExtraBytes { offset: 28, part: "pixel", .. })));
    }
    let mut file = counting_labels(5);
    file.push(0);
    assert!(matches!(labels(&file), Err(Error::ExtraBytes { offset: 13, part: "label", .. })));
}

#[test]
fn a_label_above_nine_is_found_at_its_place() {
    let error = labels(&idx(&[4], &[0, 9, 10, 255])).unwrap_err();
    assert!(matches!(error, Error::Label { offset: 10, found: 10, .. }));
    assert_eq!(error.to_string(), "labels: byte 10: label 10, expected 0 to 9");
}

#[test]
fn directories_empty_missing_and_foreign_files_are_typed_errors() {
    let scratch = Scratch::new();
    assert!(matches!(read_images(scratch.path()), Err(Error::NotAFile { .. })));
    assert!(matches!(read_images(scratch.path().join("none")), Err(Error::Io { action: "open", .. })));
    assert!(matches!(read_images(scratch.write("empty", &[])), Err(Error::Truncated { offset: 0, .. })));
    assert!(matches!(read_labels(scratch.write("text", b"hello")), Err(Error::Magic { .. })));
    assert!(matches!(read_images(scratch.path().join("a\0b")), Err(Error::Io { .. })));
}

#[cfg(unix)]
#[test]
fn a_device_or_an_unreadable_file_is_a_typed_error() {
    use std::os::unix::fs::PermissionsExt;
    assert!(matches!(read_images("/dev/zero"), Err(Error::NotAFile { .. })));
    let scratch = Scratch::new();
    let path = scratch.write("secret", &counting_images(1, 2, 2));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser reads everything: there the value is right instead.
    match read_images(&path) {
        Ok(images) => assert_eq!(images.pixels, [0, 1, 2, 3]),
        Err(error) => assert!(matches!(error, Error::Io { action: "open", .. }), "{error}"),
    }
}

/// A reader that fails at the end of its bytes, or is interrupted before every one.
struct Faulty {
    bytes: Vec<u8>,
    at: usize,
    interrupt: bool,
}

impl std::io::Read for Faulty {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let byte = *self.bytes.get(self.at).ok_or_else(|| std::io::Error::other("the disk is on fire"))?;
        self.at += 1;
        out[0] = byte;
        Ok(1)
    }
}

#[test]
fn interruptions_are_retried_and_read_errors_reported() {
    for bytes in [counting_images(2, 3, 2), gzip(&counting_images(2, 3, 2))] {
        let reader = std::io::BufReader::new(Faulty { bytes, at: 0, interrupt: false });
        let error = images_from(reader, "flaky").unwrap_err();
        assert_eq!(error.to_string(), "flaky: cannot read: the disk is on fire");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(2), ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_at_all_give_a_value_or_a_typed_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for result in [images(&bytes).map(|i| i.pixels), labels(&bytes)] {
            if let Err(error) = result {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn any_header_over_any_data_reads_exactly_when_it_tells_the_truth(
        sizes in prop::array::uniform3(0u32..5),
        data in prop::collection::vec(any::<u8>(), 0..130),
        packed in any::<bool>(),
    ) {
        let truth = sizes.iter().product::<u32>() as usize == data.len() && sizes[1] > 0 && sizes[2] > 0;
        let file = idx(&sizes, &data);
        let read = images(&if packed { gzip(&file) } else { file });
        prop_assert_eq!(read.is_ok(), truth);
        if let Ok(read) = read {
            prop_assert_eq!(read.pixels, data);
        }
    }

    #[test]
    fn garbage_behind_a_gzip_header_never_panics(tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = vec![0x1f, 0x8b, 8];
        file.extend(tail);
        prop_assert!(images(&file).is_err());
    }
}
