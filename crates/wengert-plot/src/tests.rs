use super::*;
use wengert::{Key, Tape};

/// Eight layers of sigmoids with a cut, an unused and a zero parameter beside them.
fn report() -> GradientReport {
    let tape = Tape::<f64>::new();
    let leaf = |k: u32, shape: [usize; 2]| tape.leaf(Key::new(1).stream(k).normal::<f64>(shape));
    let weights: Vec<_> = (0..8).map(|k| leaf(k, [4, 4])).collect();
    let (cut, unused, dead) = (leaf(8, [1, 4]), leaf(9, [1, 4]), leaf(10, [1, 4]));
    let start = tape.constant([[0.5, -0.5, 1.0, 2.0]]) + cut.detach();
    let y = weights.iter().fold(start, |x, w| x.matmul(*w).sigmoid());
    let loss = (y + (dead - 100.0).relu()).square().mean() + (unused.detach() * 0.0).sum();
    let names: Vec<String> = (0..8).map(|k| format!("layers.{k}.weight")).collect();
    let mut named: Vec<_> = names.iter().map(String::as_str).zip(weights).collect();
    named.extend([("cut", cut), ("held", unused), ("dead", dead), ("aside", leaf(11, [1, 4]))]);
    loss.gradient_report(&named)
}

#[test]
fn the_svg_names_every_parameter_and_what_does_not_arrive() {
    let svg = report().to_svg().expect("drawn");
    for part in
        ["layers.7.weight", "cut by detach at tests.rs:", "zero by relu at tests.rs:", "unused", "vanishing"]
    {
        assert!(svg.contains(part), "{part} in {svg}");
    }
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert_eq!(svg.matches("<circle").count(), 12);
}

#[test]
fn the_png_has_the_size_of_the_svg_and_ink_in_it() {
    let report = report();
    let file = report.to_png().expect("drawn");
    let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
    let info = reader.next_frame(&mut pixels).expect("whole");
    assert_eq!((info.width, info.height), chart::size(&report).expect("few parameters"));
    let of = |color: [u8; 3]| pixels.chunks(3).filter(|p| *p == color).count();
    let all = pixels.len() / 3;
    assert!(of([255; 3]) > all / 2, "mostly white");
    assert!(of([0x3b, 0x74, 0xb4]) > 1000 && of([0xb0, 0x1e, 0x2e]) > 300 && of([0; 3]) > 1000);
}

#[test]
fn reports_without_numbers_or_with_too_many_parameters() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(0.0);
    let empty = x.sin().gradient_report(&[]);
    assert!(empty.to_svg().is_ok() && empty.to_png().is_ok());
    let many: Vec<_> = (0..MOST_PARAMETERS + 1).map(|_| ("x", x)).collect();
    let refused = x.sin().gradient_report(&many).to_svg();
    assert!(matches!(refused, Err(Error::TooManyParameters { given: 501, most: 500 })));
}
