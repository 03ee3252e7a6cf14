//! Fills areas with colour, and keeps what all pictures have in common.

use tiny_skia::{Color, FillRule, Paint, Path, Pixmap, Shader, Transform};

use super::drawing::{Drawing, Regions};
use super::encode::Image;
use super::{SIZE, draw};

/// The number of rows that are painted at a time: the pixels of a whole picture would take five times as much memory.
const ROWS: u32 = SIZE / 5;

/// An area of one colour.
pub(super) struct Area {
    pub(super) path: Path,
    pub(super) colour: Color,
    pub(super) rule: FillRule,
    /// Blend along the edge.
    pub(super) anti_alias: bool,
}

impl Area {
    pub(super) fn new(path: Path, colour: Color) -> Self {
        Self { path, colour, rule: FillRule::Winding, anti_alias: true }
    }
}

/// Draws pictures. The plane of the last one is kept, because it is nearly always that of the next as well, and takes most
/// of the time.
#[derive(Default)]
pub struct Painter {
    plane: Option<(Regions, Image)>,
}

impl Painter {
    /// Draws a picture as a PNG. The same drawing gives the same bytes.
    pub fn png(&mut self, drawing: &Drawing) -> Vec<u8> {
        let plane = match self.plane.take() {
            Some((regions, plane)) if regions == drawing.regions => plane,
            _ => painted(&draw::plane(&drawing.regions), None),
        };
        let picture = painted(&draw::people(drawing), Some(&plane));
        self.plane = Some((drawing.regions, plane));
        picture.png()
    }
}

/// Paints areas, the first undermost, on what is below them.
fn painted(areas: &[Area], below: Option<&Image>) -> Image {
    let mut image = Image::new(SIZE);
    let mut rows = Pixmap::new(SIZE, ROWS).expect("the size is not zero");
    for band in 0..SIZE / ROWS {
        match below {
            Some(below) => below.copy(band as usize, rows.pixels_mut()),
            None => rows.fill(Color::TRANSPARENT),
        }
        paint(areas, band * ROWS, &mut rows);
        image.push(rows.pixels());
    }
    image
}

/// Paints the rows of a picture from `top` on.
pub(super) fn paint(areas: &[Area], top: u32, rows: &mut Pixmap) {
    let (top, height) = (top as f32, rows.height() as f32);
    for Area { path, colour, rule, anti_alias } in areas {
        let bounds = path.bounds();
        if bounds.bottom() + 1.0 < top || bounds.top() - 1.0 > top + height {
            continue;
        }
        let paint = Paint { shader: Shader::SolidColor(*colour), anti_alias: *anti_alias, ..Paint::default() };
        rows.fill_path(path, &paint, *rule, Transform::from_translate(0.0, -top), None);
    }
}
