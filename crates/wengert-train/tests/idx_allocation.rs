//! A header never sizes an allocation: memory is counted while lying files are read.
//!
//! Alone in its file, because the counting allocator serves the whole test program.

mod common;

use peak_alloc::PeakAlloc;

use common::{counting_images, counting_labels, gzip, idx};
use wengert_train::Error;
use wengert_train::idx::{images_from, labels_from};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Peak of bytes alive during `read` beyond those alive before it.
fn peak<T>(read: impl FnOnce() -> T) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let value = read();
    let peak = ALLOCATOR.peak_usage() - before;
    drop(value);
    peak
}

/// What inflating needs, whatever the file: window, tables, error values.
const INFLATE: usize = 100 << 10;
/// What an error value needs.
const ERROR: usize = 1 << 10;

/// One test, so that no other test's allocations are counted.
#[test]
fn memory_follows_the_bytes_that_are_there_not_the_header() {
    // Headers that promise up to the limit, above it, and the maximum, over 40 bytes.
    for sizes in [[1 << 20, 32, 32], [1 << 24, 28, 28], [u32::MAX; 3], [1, 1, 1 << 30], [60_000, 28, 28]] {
        let file = idx(&sizes, &[1; 40]);
        let plain = peak(|| images_from(file.as_slice(), "lies").unwrap_err());
        assert!(plain <= 2 * 40 + ERROR, "{sizes:?}: {plain} bytes for 40");
        let packed = gzip(&file);
        let packed = peak(|| images_from(packed.as_slice(), "lies").unwrap_err());
        assert!(packed <= 2 * 40 + ERROR + INFLATE, "{sizes:?}: {packed} bytes for 40, compressed");
    }
    for count in [1 << 30, u32::MAX] {
        let file = idx(&[count], &[1; 40]);
        let used = peak(|| labels_from(file.as_slice(), "lies").unwrap_err());
        assert!(used <= 2 * 40 + ERROR, "{count}: {used}");
    }

    // Every cut and every flipped bit of the headers, plain and compressed.
    let file = counting_images(2, 3, 2);
    let packed = gzip(&file);
    for (bytes, constant) in [(&file, ERROR), (&packed, INFLATE + ERROR)] {
        for cut in 0..bytes.len() {
            let used = peak(|| images_from(&bytes[..cut], "cut").is_err());
            assert!(used <= 2 * bytes.len() + constant, "cut at {cut}: {used}");
        }
        for bit in 0..16 * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let used = peak(|| images_from(flipped.as_slice(), "flip").is_err());
            assert!(used <= 2 * bytes.len() + constant, "bit {bit}: {used}");
        }
    }

    // A promise half kept: at most twice the bytes that came, plus the copy while growing.
    let half = idx(&[2000, 28, 28], &vec![7; 1000 * 784]);
    let used = peak(|| images_from(half.as_slice(), "half").unwrap_err());
    assert!(used <= 3 * half.len() + ERROR, "{used} for {}", half.len());

    // A promise kept: the result has no slack.
    let whole = counting_images(1000, 28, 28);
    let images = images_from(whole.as_slice(), "whole").unwrap();
    assert_eq!(images.pixels.capacity(), 1000 * 784);
    let labels = labels_from(counting_labels(70_000).as_slice(), "whole").unwrap();
    assert_eq!(labels.capacity(), 70_000);

    // A bomb: 64 MiB of zeros promised and delivered from 64 KiB.
    let bomb = gzip(&idx(&[1 << 16, 32, 32], &vec![0; 64 << 20]));
    let used = peak(|| assert!(matches!(images_from(bomb.as_slice(), "bomb"), Err(Error::GzipBomb { .. }))));
    assert!(used <= 60 << 20, "{used}");
}
