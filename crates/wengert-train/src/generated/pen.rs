//! A pen that follows lines and leaves ink on pixels.

use super::SIDE;
use super::warp::Point;
use crate::random::Random;

/// The image that a pen of this width (in pixels) leaves.
pub(super) fn draw(strokes: &[Vec<Point>], width: f32, random: &mut Random) -> [u8; SIDE * SIDE] {
    let mut ink = [0f32; SIDE * SIDE];
    // Pressure rises and falls along the strokes.
    let (swing, phase) = (random.between(0.0, 0.3), random.between(0.0, std::f32::consts::TAU));
    let mut way = phase;
    for stroke in strokes {
        for pair in stroke.windows(2) {
            let radius = 0.5 * width * (1.0 + swing * libm::sinf(way));
            way += 0.25;
            line(&mut ink, pair[0], pair[1], radius);
        }
    }
    let strength = random.between(215.0, 255.0);
    // Paper and scanner: ink is never quite even.
    let grain = random.between(0.0, 0.12);
    let mut pixels = [0; SIDE * SIDE];
    for (pixel, ink) in pixels.iter_mut().zip(ink) {
        if ink > 0.0 {
            *pixel = (strength * ink * (1.0 + grain * random.bell())).clamp(0.0, 255.0) as u8;
        }
    }
    pixels
}

/// Adds the ink of one straight line: full within `radius`, fading over one pixel (anti-aliasing).
fn line(ink: &mut [f32; SIDE * SIDE], (x0, y0): Point, (x1, y1): Point, radius: f32) {
    let reach = radius + 0.5;
    let (dx, dy) = (x1 - x0, y1 - y0);
    let square = dx * dx + dy * dy;
    // A line of no length is a dot.
    let inverse = if square > 0.0 { 1.0 / square } else { 0.0 };
    // Casts from f32 saturate, so that lines beyond the image touch no pixel or the outermost ones.
    let first = |a: f32, b: f32| (a.min(b) - reach).max(0.0) as usize;
    let end = |a: f32, b: f32| ((a.max(b) + reach).max(0.0) as usize + 1).min(SIDE);
    for row in first(y0, y1)..end(y0, y1) {
        for column in first(x0, x1)..end(x0, x1) {
            // The center of the pixel, seen from the start of the line.
            let (px, py) = (column as f32 + 0.5 - x0, row as f32 + 0.5 - y0);
            let t = ((px * dx + py * dy) * inverse).clamp(0.0, 1.0);
            let (ex, ey) = (px - t * dx, py - t * dy);
            let cover = (reach - (ex * ex + ey * ey).sqrt()).clamp(0.0, 1.0);
            let pixel = &mut ink[row * SIDE + column];
            *pixel = pixel.max(cover);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_covers_its_width_with_soft_edges() {
        let mut ink = [0.0; SIDE * SIDE];
        line(&mut ink, (5.0, 10.0), (20.0, 10.0), 1.0);
        let column: Vec<f32> = (7..13).map(|row| ink[row * SIDE + 12]).collect();
        assert_eq!(column, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        let mut ink = [0.0; SIDE * SIDE];
        line(&mut ink, (5.0, 10.25), (20.0, 10.25), 1.0);
        let column: Vec<f32> = (7..13).map(|row| ink[row * SIDE + 12]).collect();
        assert_eq!(column, [0.0, 0.0, 0.75, 1.0, 0.25, 0.0]);
    }

    #[test]
    fn lines_outside_and_lines_of_no_length_do_no_harm() {
        let mut ink = [0.0; SIDE * SIDE];
        line(&mut ink, (-50.0, -60.0), (-40.0, -45.0), 2.0);
        line(&mut ink, (90.0, 5.0), (95.0, 1e9), 2.0);
        assert!(ink.iter().all(|&i| i == 0.0));
        line(&mut ink, (3.5, 3.5), (3.5, 3.5), 0.5);
        assert_eq!((ink[3 * SIDE + 3], ink.iter().sum::<f32>()), (1.0, 1.0));
    }
}
