//! From the points of a form to lines on the image.

use super::SIDE;
use super::glyphs::Stroke;
use crate::random::Random;

/// A point of the image, in pixels from the upper left corner.
pub(super) type Point = (f32, f32);

/// Lines between two points of a smooth stroke.
const STEPS: usize = 6;

/// The strokes of `form` as one hand would write them once: polylines in pixels, for a pen of this width.
pub(super) fn strokes(form: &[Stroke], width: f32, random: &mut Random) -> Vec<Vec<Point>> {
    let bend = Bend::new(random);
    let slant = Slant::new(random);
    let mut strokes: Vec<Vec<Point>> = form
        .iter()
        .map(|stroke| {
            let line = match stroke {
                Stroke::Smooth(points) => smooth(&moved(points, random)),
                Stroke::Straight(points) => divided(&moved(points, random)),
            };
            line.into_iter().map(|point| slant.apply(bend.apply(point))).collect()
        })
        .collect();
    place(&mut strokes, width, random);
    strokes
}

/// The points, each moved a little: no two hands put them in the same place.
fn moved(points: &[Point], random: &mut Random) -> Vec<Point> {
    points.iter().map(|&(x, y)| (x + 0.028 * random.bell(), y + 0.025 * random.bell())).collect()
}

/// A Catmull-Rom curve through the points.
fn smooth(points: &[Point]) -> Vec<Point> {
    let at = |i: usize| points[i.min(points.len() - 1)];
    let mut line = vec![points[0]];
    for i in 0..points.len() - 1 {
        let (p0, p1, p2, p3) = (at(i.saturating_sub(1)), at(i), at(i + 1), at(i + 2));
        for step in 1..=STEPS {
            let t = step as f32 / STEPS as f32;
            let blend = |a: f32, b: f32, c: f32, d: f32| {
                let cubic = (3.0 * (b - c) + d - a) * t + (2.0 * a - 5.0 * b + 4.0 * c - d);
                b + 0.5 * t * ((c - a) + t * cubic)
            };
            line.push((blend(p0.0, p1.0, p2.0, p3.0), blend(p0.1, p1.1, p2.1, p3.1)));
        }
    }
    line
}

/// Straight lines cut into pieces, so that they bend with the plane.
fn divided(points: &[Point]) -> Vec<Point> {
    let mut line = vec![points[0]];
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        line.extend((1..=STEPS).map(|step| {
            let t = step as f32 / STEPS as f32;
            (x0 + t * (x1 - x0), y0 + t * (y1 - y0))
        }));
    }
    line
}

/// A smooth deformation of the plane: a few long waves.
struct Bend {
    /// Direction and frequency, phase, displacement.
    waves: [(Point, f32, Point); 3],
}

impl Bend {
    fn new(random: &mut Random) -> Bend {
        let mut wave = || {
            let direction = (random.between(-7.0, 7.0), random.between(-7.0, 7.0));
            let phase = random.between(0.0, std::f32::consts::TAU);
            (direction, phase, (0.035 * random.bell(), 0.03 * random.bell()))
        };
        Bend { waves: [wave(), wave(), wave()] }
    }

    fn apply(&self, (x, y): Point) -> Point {
        self.waves.iter().fold((x, y), |(px, py), &((kx, ky), phase, (dx, dy))| {
            let height = libm::sinf(kx * x + ky * y + phase);
            (px + dx * height, py + dy * height)
        })
    }
}

/// A linear map: width, slant to one side, turn.
struct Slant([f32; 4]);

impl Slant {
    fn new(random: &mut Random) -> Slant {
        let width = random.between(0.7, 1.2);
        let shear = 0.2 + 0.22 * random.bell();
        let turn = 0.1 * random.bell();
        let (sin, cos) = (libm::sinf(turn), libm::cosf(turn));
        // Turn after slant: rows are the image of x and y.
        Slant([cos * width, -cos * shear - sin, sin * width, cos - sin * shear])
    }

    fn apply(&self, (x, y): Point) -> Point {
        let Slant([a, b, c, d]) = *self;
        (a * x + b * y, c * x + d * y)
    }
}

/// Scales the strokes to about 20 pixels with the pen, and puts their center of mass in the middle.
fn place(strokes: &mut [Vec<Point>], width: f32, random: &mut Random) {
    let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
    let (mut mass, mut center) = (0.0, (0.0, 0.0));
    for stroke in strokes.iter() {
        for pair in stroke.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            low = (low.0.min(x0).min(x1), low.1.min(y0).min(y1));
            high = (high.0.max(x0).max(x1), high.1.max(y0).max(y1));
            let length = ((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)).sqrt();
            mass += length;
            center = (center.0 + length * (x0 + x1) / 2.0, center.1 + length * (y0 + y1) / 2.0);
        }
    }
    let extent = (high.0 - low.0).max(high.1 - low.1).max(0.1);
    let scale = (20.0 - width) * random.between(0.9, 1.03) / extent;
    let middle = SIDE as f32 / 2.0;
    let shift = (
        middle + 0.5 * random.bell() - scale * center.0 / mass.max(0.1),
        middle + 0.5 * random.bell() - scale * center.1 / mass.max(0.1),
    );
    for point in strokes.iter_mut().flatten() {
        *point = (scale * point.0 + shift.0, scale * point.1 + shift.1);
    }
}
