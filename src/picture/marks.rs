//! The few letters and symbols of the picture, as strokes: no font is needed.

use std::f32::consts::PI;

use tiny_skia::{Path, PathBuilder};

/// The width of strokes, as a part of a letter's height.
pub(super) const STROKE: f32 = 0.19;

/// The gap between two letters, as a part of their height.
const GAP: f32 = 0.36;

/// A line of letters.
pub(super) struct Mark {
    /// The strokes, to be drawn with round caps and a width of [`STROKE`] times the height.
    pub(super) path: Path,
    /// The distance from the middle of the first stroke to that of the last.
    pub(super) width: f32,
}

/// Builds `text` in capitals of this height, the first letter at the origin, all letters downwards from there.
pub(super) fn mark(text: &str, height: f32) -> Mark {
    let mut path = PathBuilder::new();
    let mut x = 0.0;
    for (position, letter) in text.chars().enumerate() {
        if position > 0 {
            x += GAP * height;
        }
        x += draw(&mut path, letter, x, height);
    }
    Mark { path: path.finish().expect("a mark has letters"), width: x }
}

/// Draws a letter at `x` and returns its width.
fn draw(path: &mut PathBuilder, letter: char, x: f32, height: f32) -> f32 {
    let half = height / 2.0;
    let mut line = |from: (f32, f32), to: (f32, f32)| {
        path.move_to(x + from.0 * height, from.1 * height);
        path.line_to(x + to.0 * height, to.1 * height);
    };
    match letter {
        'C' => {
            let radius = 0.43 * height;
            arc(path, (x + radius, half), (radius, half), -0.25 * PI, -1.75 * PI);
            radius * 1.78
        }
        'O' => {
            let radius = 0.46 * height;
            arc(path, (x + radius, half), (radius, half), 0.0, 2.0 * PI);
            path.close();
            radius * 2.0
        }
        'T' => {
            line((0.0, 0.0), (0.76, 0.0));
            line((0.38, 0.0), (0.38, 1.0));
            0.76 * height
        }
        'I' => {
            line((0.0, 0.0), (0.0, 1.0));
            0.0
        }
        '+' => {
            line((0.0, 0.5), (0.56, 0.5));
            line((0.28, 0.22), (0.28, 0.78));
            0.56 * height
        }
        '?' => {
            let radius = 0.29 * height;
            arc(path, (x + radius, radius), (radius, radius), -PI, 0.35 * PI);
            path.line_to(x + radius, 0.68 * height);
            // A stroke of length 0 is a dot.
            path.move_to(x + radius, height);
            path.line_to(x + radius, height + 0.01);
            radius * 2.0
        }
        ' ' => 0.0,
        other => unreachable!("no mark has the letter {other}"),
    }
}

/// Moves to the arc's start and draws it; angles are in radians, clockwise from the right as `y` goes down.
pub(super) fn arc(path: &mut PathBuilder, centre: (f32, f32), radii: (f32, f32), from: f32, to: f32) {
    path.move_to(centre.0 + radii.0 * from.cos(), centre.1 + radii.1 * from.sin());
    arc_on(path, centre, radii, from, to);
}

/// Draws the arc from where the path is, which is its start.
pub(super) fn arc_on(path: &mut PathBuilder, centre: (f32, f32), radii: (f32, f32), from: f32, to: f32) {
    let at = |angle: f32| (centre.0 + radii.0 * angle.cos(), centre.1 + radii.1 * angle.sin());
    let slope = |angle: f32| (-radii.0 * angle.sin(), radii.1 * angle.cos());
    let pieces = ((to - from).abs() / (PI / 2.0)).ceil().max(1.0);
    let step = (to - from) / pieces;
    // The length of the handles with which a cubic curve follows a circle.
    let handle = 4.0 / 3.0 * (step / 4.0).tan();
    for piece in 0..pieces as u8 {
        let (a, b) = (from + step * f32::from(piece), from + step * f32::from(piece + 1));
        let ((ax, ay), (bx, by)) = (at(a), at(b));
        let ((adx, ady), (bdx, bdy)) = (slope(a), slope(b));
        path.cubic_to(ax + handle * adx, ay + handle * ady, bx - handle * bdx, by - handle * bdy, bx, by);
    }
}
