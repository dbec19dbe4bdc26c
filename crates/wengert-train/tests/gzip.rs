//! Gzip framing: members, checksums, rubbish, bombs.

mod common;

use std::io::{Read, Write};

use common::{counting_images, gzip, idx};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use wengert_train::Error;
use wengert_train::gzip::{BOMB_FLOOR, Gunzip, MAX_EXPANSION};
use wengert_train::idx::images_from;

fn gunzip(bytes: &[u8], step: usize) -> Result<Vec<u8>, Error> {
    let (mut reader, mut out, mut buffer) = (Gunzip::new(bytes, "file.gz"), Vec::new(), vec![0; step]);
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(out),
            n => out.extend_from_slice(&buffer[..n]),
        }
    }
}

/// A member with every optional header field, written out by hand.
fn full_header_member(text: &[u8]) -> Vec<u8> {
    let mut member = vec![0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 0, 3];
    member.extend([3, 0, b'x', b'y', b'z']);
    member.extend(b"name\0comment\0");
    let mut crc = flate2::Crc::new();
    crc.update(&member);
    member.extend((crc.sum() as u16).to_le_bytes());
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(text).unwrap();
    member.extend(deflate.finish().unwrap());
    crc.reset();
    crc.update(text);
    member.extend(crc.sum().to_le_bytes());
    member.extend(crc.amount().to_le_bytes());
    member
}

#[test]
fn members_are_read_as_one_stream_at_any_buffer_size() {
    let text: Vec<u8> = (0..50_000u32).map(|i| ((i * i) >> 7) as u8).collect();
    let file =
        [gzip(&text[..20_000]), gzip(&[]), full_header_member(&text[20_000..20_003]), gzip(&text[20_003..])]
            .concat();
    for step in [1, 2, 7, 1000, 100_000] {
        assert!(gunzip(&file, step).unwrap() == text, "buffer of {step}");
    }
}

#[test]
fn an_idx_file_may_span_members() {
    let plain = counting_images(2, 3, 2);
    let file = [gzip(&plain[..5]), gzip(&plain[5..])].concat();
    assert_eq!(images_from(file.as_slice(), "x").unwrap().pixels, &plain[16..]);
}

#[test]
fn a_hundred_thousand_empty_members_are_read_without_recursion() {
    assert_eq!(gunzip(&gzip(&[]).repeat(100_000), 10).unwrap(), []);
}

#[test]
fn a_wrong_checksum_or_length_names_both_numbers() {
    let mut file = gzip(b"digits");
    let end = file.len();
    file[end - 8] ^= 1;
    let error = gunzip(&file, 10).unwrap_err();
    assert!(
        matches!(error, Error::GzipChecksum { field: "checksum", offset, found, expected, .. }
            if offset == end as u64 - 8 && found == expected ^ 1),
        "{error}"
    );
    file[end - 8] ^= 1;
    file[end - 4] = 7;
    assert!(matches!(
        gunzip(&file, 10),
        Err(Error::GzipChecksum { field: "length", found: 7, expected: 6, .. })
    ));
    let mut file = full_header_member(b"digits");
    file[4] ^= 1;
    assert!(matches!(gunzip(&file, 10), Err(Error::GzipChecksum { field: "header checksum", .. })));
}

#[test]
fn the_checksum_is_verified_before_the_value_is_given() {
    let mut file = gzip(&counting_images(2, 3, 2));
    let end = file.len();
    file[end - 6] ^= 0x10;
    assert!(matches!(images_from(file.as_slice(), "x"), Err(Error::GzipChecksum { .. })));
}

#[test]
fn header_damage_is_named() {
    for (at, byte, part) in [(0, 0, "1f 8b"), (1, 0, "1f 8b"), (2, 7, "method"), (3, 0x20, "reserved")] {
        let mut file = gzip(b"digits");
        file[at] = byte;
        let error = gunzip(&file, 10).unwrap_err();
        assert!(
            matches!(error, Error::GzipHeader { reason, .. } if reason.contains(part)),
            "byte {at}: {error}"
        );
    }
}

#[test]
fn trailing_rubbish_and_padding_are_refused_at_their_place() {
    for rubbish in [&[0u8; 512][..], b"rubbish", &[0x1f, 0x00]] {
        let mut file = gzip(b"digits");
        let end = file.len() as u64;
        file.extend(rubbish);
        assert!(matches!(gunzip(&file, 100), Err(Error::GzipTrailing { offset, .. }) if offset == end));
    }
}

#[test]
fn output_stops_one_byte_past_what_the_header_promises() {
    // 64 MiB of zeros behind a header that promises two images of 28x28.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&idx(&[2, 28, 28], &[])).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(64 << 20), &mut encoder).unwrap();
    let file = encoder.finish().unwrap();
    let mut unread = file.as_slice();
    let error = images_from(&mut unread, "bomb").unwrap_err();
    assert!(matches!(error, Error::ExtraBytes { offset: 1584, .. }), "{error}");
    assert!(unread.len() > file.len() * 9 / 10, "{} of {} bytes left unread", unread.len(), file.len());
}

#[test]
fn a_bomb_whose_header_tells_the_truth_is_refused_early() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&idx(&[1 << 16, 32, 32], &[])).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(64 << 20), &mut encoder).unwrap();
    let file = encoder.finish().unwrap();
    assert!(file.len() < (64 << 20) / MAX_EXPANSION as usize, "compresses to {}", file.len());
    let error = images_from(file.as_slice(), "bomb").unwrap_err();
    assert!(
        matches!(error, Error::GzipBomb { produced, .. } if produced > BOMB_FLOOR && produced < BOMB_FLOOR + (1 << 17)),
        "{error}"
    );
}
