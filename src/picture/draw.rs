//! Turns a [`Drawing`] into areas to fill.

use std::collections::BTreeMap;
use std::f32::consts::PI;

use tiny_skia::{Color, FillRule, LineCap, LineJoin, Path, PathBuilder, Stroke, StrokeDash, Transform};

use super::drawing::{BothRegion, ClearRegion, Dot, Drawing, Place, Regions, Shape};
use super::marks;
use super::paint::Area;

/// The picture's width and height in pixels: twice the size at which a phone shows it.
pub const SIZE: u32 = 640;

/// The plane of the two needs: its left, top, right and bottom edge.
pub(super) const PLANE: [f32; 4] = [76.0, 16.0, 624.0, 564.0];

/// The distance from each edge of the plane to 0 or 100 percent of a need: room for the marks and the outermost dots.
const BAND: f32 = 70.0;

/// Pixels for each percent.
const UNIT: f32 = (PLANE[2] - PLANE[0] - 2.0 * BAND) / 100.0;

/// The band's width in percent.
const BEYOND: f32 = BAND / UNIT;

/// Curves are as fine as this many pixels for each unit of a path need them.
const RESOLUTION: f32 = 1.0;

/// The middle of each axis: its distance from the picture's left or lower edge.
pub(super) const AXIS: f32 = 38.0;

/// The width of an axis.
const AXIS_WIDTH: f32 = 10.0;

/// The place at which both axes begin.
const NO_NEED: Place = Place { cto: 0, cio: 0 };

/// The number of cells in each direction, in which a team's dots are stacked: as many as the core questions can tell
/// needs apart.
const CELLS: u8 = 10;

/// The radius of the dot in the picture of one person.
const ONLY_DOT: f32 = 19.0;

/// The largest radius of a dot in a team's picture.
const LARGEST_DOT: f32 = 13.0;

/// The largest radius of a dot that stands for several people.
const LARGEST_CROWD: f32 = 28.0;

/// The smallest radius at which each person has a dot of their own. If there is less room, a dot's area stands for a
/// number of people.
const SMALLEST_DOT: f32 = 6.0;

/// The number of steps in which a soft border fades. They are too small to be seen, and a gradient would need more
/// colours than a palette has.
const STEPS: u8 = 10;

pub(super) type Rgb = [u8; 3];

const CARD: Rgb = [0xfb, 0xfb, 0xfd];
const CARD_EDGE: Rgb = [0xd3, 0xd6, 0xe0];
const GUIDE: Rgb = [0x8c, 0x93, 0xa8];

/// The colours of a role, or of both: the accent of its cards, and colours that match it.
pub(super) struct Hue {
    /// Dots.
    pub(super) accent: Rgb,
    /// Marks: dark enough to be read on the tints.
    pub(super) mark: Rgb,
    /// The area of a region with a border.
    pub(super) tint: Rgb,
    /// Its border.
    pub(super) border: Rgb,
}

/// The background where neither role is nearer.
const NEUTRAL: Rgb = [0xf6, 0xf6, 0xfa];
/// The background nearer to a CTO, but not clearly.
const CTO_SOFT: Rgb = [0xe3, 0xef, 0xfd];
/// The background nearer to a CIO, but not clearly.
const CIO_SOFT: Rgb = [0xde, 0xf4, 0xec];

pub(super) const CTO: Hue =
    Hue { accent: [0x2b, 0x7d, 0xe9], mark: [0x1a, 0x5b, 0xb8], tint: [0xc9, 0xdf, 0xfb], border: [0x93, 0xbd, 0xf4] };
pub(super) const CIO: Hue =
    Hue { accent: [0x0f, 0x9d, 0x77], mark: [0x0a, 0x6e, 0x53], tint: [0xbf, 0xe8, 0xd9], border: [0x80, 0xcd, 0xb4] };
pub(super) const BOTH: Hue =
    Hue { accent: [0x84, 0x57, 0xd6], mark: [0x64, 0x3a, 0xb4], tint: [0xdf, 0xd3, 0xf6], border: [0xbb, 0xa2, 0xea] };
pub(super) const NOTHING: Hue =
    Hue { accent: [0x6b, 0x71, 0x85], mark: [0x5a, 0x60, 0x74], tint: [0xdc, 0xdf, 0xe8], border: [0xb4, 0xb9, 0xc8] };

fn hue(shape: Shape) -> &'static Hue {
    match shape {
        Shape::Cto => &CTO,
        Shape::Cio => &CIO,
        Shape::Both => &BOTH,
        Shape::Nothing => &NOTHING,
    }
}

/// Returns the areas that all pictures with these regions share, the lowest first.
pub(super) fn plane(regions: &Regions) -> Vec<Area> {
    let mut canvas = Canvas::default();
    canvas.regions(regions);
    canvas.frame();
    canvas.axes();
    canvas.marks();
    canvas.areas
}

/// Returns the areas on the plane, the lowest first: the people, and their needs on the axes.
pub(super) fn people(drawing: &Drawing) -> Vec<Area> {
    let mut canvas = Canvas::default();
    let only = match drawing.dots.as_slice() {
        [dot] if dot.count == 1 && drawing.mean.is_none() => Some(dot),
        _ => None,
    };
    let middle = only.map(|dot| dot.place).or(drawing.mean.map(|(place, _)| place));
    if let Some(middle) = middle {
        canvas.needs(middle);
        canvas.guides(middle);
    }
    match only {
        Some(dot) => canvas.dots(&[Drawn { centre: at(dot.place), radius: ONLY_DOT, shape: dot.shape }]),
        None => canvas.stacks(&drawing.dots),
    }
    if let Some((mean, shape)) = drawing.mean {
        canvas.ring(at(mean), hue(shape));
    }
    canvas.areas
}

/// Returns the position of a place, in pixels.
pub(super) fn at(place: Place) -> (f32, f32) {
    position(f32::from(place.cio), f32::from(place.cto))
}

/// Returns the positions of both needs on their axes, in pixels: the need for a CTO, then that for a CIO.
fn on_axes(place: Place) -> [(f32, f32); 2] {
    let (right, up) = at(place);
    [(AXIS, up), (right, SIZE as f32 - AXIS)]
}

/// Returns the position of these percentages, in pixels: to the right by the need for a CIO, up by that for a CTO.
fn position(cio: f32, cto: f32) -> (f32, f32) {
    (PLANE[0] + BAND + cio * UNIT, PLANE[3] - BAND - cto * UNIT)
}

/// Returns the outline of where a CTO is clear, in percent (CIO, CTO), out to the plane's edges; `None` if that is
/// nowhere.
fn clear_outline(region: &ClearRegion) -> Option<Vec<(f32, f32)>> {
    let [high, low, gap] = [region.high, region.low, region.gap].map(f32::from);
    let right = low.min(100.0 - gap);
    let floor = |cio: f32| high.max(cio + gap);
    if right < 0.0 || floor(0.0) > 100.0 {
        return None;
    }
    let mut outline = vec![(-BEYOND, 100.0 + BEYOND), (-BEYOND, floor(0.0))];
    let bend = (high - gap).clamp(0.0, right);
    outline.extend([(bend, floor(bend)), (right, floor(right)), (right, 100.0 + BEYOND)]);
    Some(outline)
}

/// Returns the outline of where both needs are at least `low` and the smaller is at least this percentage of the
/// larger, in percent (CIO, CTO), out to the plane's edges; `None` if that is nowhere.
fn both_outline(low: f32, ratio: u8) -> Option<Vec<(f32, f32)>> {
    let ratio = f32::from(ratio) / 100.0;
    if low > 100.0 || ratio > 1.0 {
        return None;
    }
    // The half above the diagonal, from the top edge down to the corner; then the same with the roles swapped.
    let top = low.max(ratio * 100.0);
    let bend = if ratio * 100.0 > low { low / ratio } else { 100.0 };
    let half = [(top, 100.0 + BEYOND), (top, 100.0), (low, bend), (low, low)];
    let mirrored = half.iter().rev().copied().map(swapped);
    Some(half.into_iter().chain(mirrored).chain([(100.0 + BEYOND, 100.0 + BEYOND)]).collect())
}

/// A dot to be drawn, in pixels.
struct Drawn {
    centre: (f32, f32),
    radius: f32,
    shape: Shape,
}

/// Returns the position with the roles swapped.
fn swapped((cio, cto): (f32, f32)) -> (f32, f32) {
    (cto, cio)
}

/// Areas to fill, so far.
#[derive(Default)]
struct Canvas {
    areas: Vec<Area>,
}

impl Canvas {
    /// Tints the plane. Where the rule has no border to draw (to both sides of the diagonal, and around no need at
    /// all), the tint fades softly; a region with a border is filled evenly.
    fn regions(&mut self, regions: &Regions) {
        self.fill_flat(square(-BEYOND, -BEYOND, 100.0 + BEYOND), opaque(NEUTRAL));
        let far = regions.clear.map_or(40.0, |clear| f32::from(clear.gap).max(20.0));
        let corner = 100.0 + BEYOND;
        let (cto, cio) = if regions.clear.is_some() { (CTO_SOFT, CIO_SOFT) } else { (CTO.tint, CIO.tint) };
        for step in 1..=STEPS {
            let part = f32::from(step) / f32::from(STEPS);
            let from = part * far;
            let to = if step < STEPS { from + far / f32::from(STEPS) } else { corner + BEYOND };
            let strip =
                [(-BEYOND, from - BEYOND), (corner - from, corner), (corner - to, corner), (-BEYOND, to - BEYOND)];
            self.fill_flat(outline_path(strip), opaque(mix(NEUTRAL, cto, part)));
            self.fill_flat(outline_path(strip.map(swapped)), opaque(mix(NEUTRAL, cio, part)));
        }
        let (x, y) = position(-BEYOND, -BEYOND);
        let radius = (f32::from(regions.both.low).clamp(20.0, 60.0) * 0.6 + BEYOND) * UNIT;
        for step in 0..STEPS {
            let part = |step: u8| 1.0 - 0.8 * f32::from(step) / f32::from(STEPS);
            let inner = if step + 1 < STEPS { part(step + 1) * radius } else { 0.0 };
            let outer = part(step) * radius;
            let mut ring = PathBuilder::new();
            marks::arc(&mut ring, (x, y), (outer, outer), -0.5 * PI, 0.0);
            ring.line_to(x + inner, y);
            marks::arc_on(&mut ring, (x, y), (inner, inner), 0.0, -0.5 * PI);
            self.fill_flat(ring.finish().expect("a ring has an area"), fading(NOTHING.tint, step));
        }

        if let Some(outline) = regions.clear.as_ref().and_then(clear_outline) {
            self.region(outline.iter().copied(), &CTO);
            self.region(outline.iter().copied().map(swapped), &CIO);
        }
        let BothRegion { low, ratio, clear } = regions.both;
        let (low, clear) = (f32::from(low), f32::from(clear.max(low)));
        let at_step = |step: u8| both_outline(low + (clear - low) * f32::from(step) / f32::from(STEPS), ratio);
        for step in (0..STEPS).filter(|_| clear > low) {
            // The area between two outlines: along the outer one, and back along the inner one.
            if let (Some(outer), Some(inner)) = (at_step(step), at_step(step + 1)) {
                let (outer_end, inner_end) = (outer.len() - 1, inner.len() - 1);
                let between = outer[..outer_end].iter().chain(inner[..inner_end].iter().rev());
                self.fill_flat(outline_path(between.copied()), fading(BOTH.tint, step));
            }
        }
        if let Some(outline) = both_outline(clear, ratio) {
            self.region(outline, &BOTH);
        }
    }

    /// Fills an outline, in percent, and draws its border.
    fn region(&mut self, outline: impl IntoIterator<Item = (f32, f32)>, hue: &Hue) {
        let path = outline_path(outline);
        self.fill(path.clone(), hue.tint);
        self.stroke(&path, hue.border, 2.5);
    }

    /// Draws the card around the plane, over the parts of the regions that go beyond the plane's edges.
    fn frame(&mut self) {
        let size = SIZE as f32;
        let plane = rounded(PLANE, 18.0);
        let mut around = PathBuilder::new();
        around.push_path(&rounded([0.0, 0.0, size, size], 30.0));
        around.push_path(&plane);
        let around = around.finish().expect("a frame has lines");
        self.areas.push(Area { rule: FillRule::EvenOdd, ..Area::new(around, opaque(CARD)) });
        self.stroke(&plane, CARD_EDGE, 2.0);
        self.stroke(&rounded([1.0, 1.0, size - 1.0, size - 1.0], 29.0), CARD_EDGE, 2.0);
    }

    /// Names the four regions, each in its corner of the plane.
    fn marks(&mut self) {
        let height = 24.0;
        let (inset, stroke) = (17.0, marks::STROKE * height);
        let [left, top, right, bottom] = PLANE;
        let (above, below) = (top + inset, bottom - inset - height);
        for (text, hue, to_the_right, y) in [
            ("CTO", &CTO, false, above),
            ("CTO + CIO", &BOTH, true, above),
            ("?", &NOTHING, false, below),
            ("CIO", &CIO, true, below),
        ] {
            let mark = marks::mark(text, height);
            let x = if to_the_right { right - inset - mark.width } else { left + inset };
            let path = mark.path.transform(Transform::from_translate(x, y)).expect("a mark has a place");
            self.stroke(&path, hue.mark, stroke);
        }
    }

    /// Draws both axes beside the plane, without any need.
    fn axes(&mut self) {
        let (none, most) = (on_axes(NO_NEED), on_axes(Place { cto: 100, cio: 100 }));
        self.axis(none[0], most[0], &CTO);
        self.axis(none[1], most[1], &CIO);
        self.cart((AXIS, PLANE[1] + 20.0));
        self.office((PLANE[2] - 18.0, SIZE as f32 - AXIS));
    }

    /// Draws an axis with its arrowhead.
    fn axis(&mut self, from: (f32, f32), to: (f32, f32), hue: &Hue) {
        self.stroke(&line(&[from, to]), hue.tint, AXIS_WIDTH);
        let (dx, dy) = (
            (to.0 - from.0).signum() * f32::from(to.0 != from.0),
            (to.1 - from.1).signum() * f32::from(to.1 != from.1),
        );
        let reach = |along: f32, across: f32| (to.0 + along * dx + across * dy, to.1 + along * dy + across * dx);
        let head = polygon(&[reach(24.0, 0.0), reach(8.0, 13.0), reach(8.0, -13.0)]);
        self.stroke(&head, hue.accent, 4.0);
        self.fill(head, hue.accent);
    }

    /// Fills both axes up to these needs.
    fn needs(&mut self, place: Place) {
        for ((from, to), hue) in on_axes(NO_NEED).into_iter().zip(on_axes(place)).zip([&CTO, &CIO]) {
            if from != to {
                self.stroke(&line(&[from, to]), hue.accent, AXIS_WIDTH);
            }
        }
    }

    /// Draws a shopping cart: what customers buy or use.
    fn cart(&mut self, centre: (f32, f32)) {
        let point = |x: f32, y: f32| (centre.0 + x, centre.1 + y);
        let basket = polygon(&[point(-9.0, -8.0), point(17.0, -8.0), point(13.0, 6.0), point(-6.0, 6.0)]);
        self.stroke(&basket, CTO.mark, 3.0);
        self.fill(basket, CTO.mark);
        self.stroke(&line(&[point(-18.0, -14.0), point(-11.5, -14.0), point(-6.0, 6.0)]), CTO.mark, 4.0);
        for x in [-3.0, 11.0] {
            let (x, y) = point(x, 14.0);
            let wheel = PathBuilder::from_circle(x, y, 4.0).expect("a wheel is round");
            self.fill(wheel, CTO.mark);
        }
    }

    /// Draws an office building: what the organisation's own people use.
    fn office(&mut self, centre: (f32, f32)) {
        let (x, y) = centre;
        self.fill(rounded([x - 14.0, y - 18.0, x + 14.0, y + 18.0], 3.0), CIO.mark);
        for (column, row) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (left, top) = (x - 8.5 + column * 11.0, y - 12.0 + row * 10.0);
            self.fill(polygon(&[(left, top), (left + 6.0, top), (left + 6.0, top + 5.5), (left, top + 5.5)]), CARD);
        }
        self.fill(polygon(&[(x - 4.0, y + 8.5), (x + 4.0, y + 8.5), (x + 4.0, y + 18.0), (x - 4.0, y + 18.0)]), CARD);
    }

    /// Draws dashed lines from a place to both axes.
    fn guides(&mut self, place: Place) {
        let (x, y) = at(place);
        // At whole pixels and opaque, so that there are few colours.
        let (x, y) = (x.round(), y.round());
        // The line ends before the mark in the corner.
        let end = if x > PLANE[2] - 85.0 { PLANE[3] - 50.0 } else { PLANE[3] };
        for path in [line(&[(x, y), (PLANE[0], y)]), line(&[(x, y), (x, end)])] {
            let dash = StrokeDash::new(vec![7.0, 7.0], 0.0).expect("dashes have a length");
            let stroke = Stroke { width: 2.0, ..Stroke::default() };
            let dashes = path.dash(&dash, RESOLUTION).and_then(|dashes| dashes.stroke(&stroke, RESOLUTION));
            if let Some(dashes) = dashes {
                self.fill(dashes, GUIDE);
            }
        }
    }

    /// Draws a team's dots, stacked in cells: one for each person. If these would be too small to tell shapes apart, it
    /// draws one for all with the same outcome, its area in proportion to their number.
    fn stacks(&mut self, dots: &[Dot]) {
        let mut cells: BTreeMap<(u8, u8), BTreeMap<Shape, u32>> = BTreeMap::new();
        for dot in dots {
            let cell = |percent: u8| {
                let steps = u16::from(CELLS - 1);
                ((u16::from(percent.min(100)) * steps + 50) / 100) as u8
            };
            let shapes = cells.entry((cell(dot.place.cio), cell(dot.place.cto))).or_default();
            *shapes.entry(dot.shape).or_default() += dot.count;
        }
        let room = f32::from(apart(cells.keys())) * 100.0 / f32::from(CELLS - 1) * UNIT;
        let slot = |occupants: u32| room / f32::from(columns(occupants));
        let people = cells.values().map(|shapes| shapes.values().sum());
        let radius = people.map(|people| 0.37 * slot(people)).fold(LARGEST_DOT, f32::min);
        let each = radius >= SMALLEST_DOT;
        // Areas stand for numbers: the largest scale at which every dot fits its slot.
        let scale = cells
            .values()
            .flat_map(|shapes| shapes.values().map(|&count| 0.47 * slot(shapes.len() as u32) / (count as f32).sqrt()))
            .fold(f32::INFINITY, f32::min);
        let most = cells.values().flat_map(|shapes| shapes.values()).max().map_or(1.0, |&most| most as f32);
        let scale = scale.min(LARGEST_CROWD / most.sqrt());

        let mut drawn = Vec::new();
        for ((cio, cto), shapes) in cells {
            let percent = |cell: u8| f32::from(cell) * 100.0 / f32::from(CELLS - 1);
            let centre = position(percent(cio), percent(cto));
            let dots: Vec<(Shape, f32)> = if each {
                shapes.iter().flat_map(|(&shape, &count)| (0..count).map(move |_| (shape, radius))).collect()
            } else {
                let radius = |count: u32| (scale * (count as f32).sqrt()).max(SMALLEST_DOT / 2.0);
                shapes.iter().map(|(&shape, &count)| (shape, radius(count))).collect()
            };
            let step = if each { 2.7 * radius } else { slot(shapes.len() as u32) };
            let places = grid(dots.len(), step).map(|(x, y)| (centre.0 + x, centre.1 + y));
            drawn.extend(places.zip(dots).map(|(centre, (shape, radius))| Drawn { centre, radius, shape }));
        }
        self.dots(&drawn);
    }

    /// Draws dots in their shapes and colours, each with a light edge that separates it from everything below.
    fn dots(&mut self, dots: &[Drawn]) {
        // At whole pixels, all dots of one size are the same pixels: fewer colours and a smaller file.
        let pixels = |dot: &Drawn| (dot.centre.0.round(), dot.centre.1.round(), (dot.radius * 2.0).round() / 2.0);
        let mut edges = PathBuilder::new();
        for dot in dots {
            let (x, y, radius) = pixels(dot);
            add_dot(&mut edges, (x, y), radius, (radius * 0.3).clamp(1.0, 5.0), dot.shape);
        }
        if let Some(edges) = edges.finish() {
            self.fill(edges, [0xff; 3]);
        }
        for shape in [Shape::Cto, Shape::Cio, Shape::Both, Shape::Nothing] {
            let mut path = PathBuilder::new();
            for dot in dots.iter().filter(|dot| dot.shape == shape) {
                let (x, y, radius) = pixels(dot);
                add_dot(&mut path, (x, y), radius, 0.0, shape);
                if shape == Shape::Nothing {
                    path.push_circle(x, y, radius * 0.5);
                }
            }
            if let Some(path) = path.finish() {
                self.areas.push(Area { rule: FillRule::EvenOdd, ..Area::new(path, opaque(hue(shape).accent)) });
            }
        }
    }

    /// Draws the team's mean: a ring, so that a dot below it is seen. Its colour is that of the team's suggestion, because a
    /// team's rule differs from that of a person, for which the regions are.
    fn ring(&mut self, centre: (f32, f32), hue: &Hue) {
        let ring = PathBuilder::from_circle(centre.0, centre.1, 18.0).expect("a ring is round");
        self.stroke(&ring, [0xff; 3], 9.0);
        self.stroke(&ring, hue.mark, 4.5);
    }

    fn fill(&mut self, path: Path, colour: Rgb) {
        self.areas.push(Area::new(path, opaque(colour)));
    }

    /// Fills without blending along the edge.
    fn fill_flat(&mut self, path: Path, colour: Color) {
        self.areas.push(Area { anti_alias: false, ..Area::new(path, colour) });
    }

    fn stroke(&mut self, path: &Path, colour: Rgb, width: f32) {
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        self.fill(path.stroke(&stroke, RESOLUTION).expect("a line with a width has an area"), colour);
    }
}

/// Returns the distance of the nearest two of these cells, along the axis on which they are farther apart; at most
/// three.
fn apart<'a>(cells: impl Iterator<Item = &'a (u8, u8)> + Clone) -> u8 {
    let others = cells.clone();
    let pairs = cells.flat_map(|one| others.clone().filter(move |other| *other > one).map(move |other| (one, other)));
    pairs.map(|(one, other)| one.0.abs_diff(other.0).max(one.1.abs_diff(other.1))).min().unwrap_or(3).min(3)
}

/// Returns the number of columns of a square stack of this many.
fn columns(occupants: u32) -> u16 {
    (1..=u16::MAX).find(|&columns| u32::from(columns).pow(2) >= occupants).unwrap_or(u16::MAX)
}

/// Returns the positions of a stack of `count`, row by row around its middle, `step` apart.
fn grid(count: usize, step: f32) -> impl Iterator<Item = (f32, f32)> {
    let columns = usize::from(columns(count as u32)).max(1);
    let rows = count.div_ceil(columns);
    (0..count).map(move |index| {
        let (column, row) = (index % columns, index / columns);
        let in_row = columns.min(count - row * columns);
        let middle = |index: usize, of: usize| (index as f32 - (of - 1) as f32 / 2.0) * step;
        (middle(column, in_row), middle(row, rows))
    })
}

fn opaque(colour: Rgb) -> Color {
    translucent(colour, 255)
}

fn translucent([r, g, b]: Rgb, opacity: u8) -> Color {
    Color::from_rgba8(r, g, b, opacity)
}

/// Returns the colour at a step of a soft border, the first step being the outermost: it begins so weakly that no edge
/// is seen.
fn fading(colour: Rgb, step: u8) -> Color {
    let part = f32::from(step + 1) / f32::from(STEPS);
    translucent(colour, (part.powf(1.3) * 220.0) as u8)
}

fn line(points: &[(f32, f32)]) -> Path {
    path(points, false)
}

fn polygon(points: &[(f32, f32)]) -> Path {
    path(points, true)
}

fn path(points: &[(f32, f32)], closed: bool) -> Path {
    let mut path = PathBuilder::new();
    for &(x, y) in points {
        if path.is_empty() { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if closed {
        path.close();
    }
    path.finish().expect("a path has two points")
}

/// Adds the outline of a dot, or with an `edge` the outline at that distance outside of it. All shapes with the same
/// radius have about the same area, so that none looks like more people than another.
fn add_dot(path: &mut PathBuilder, (x, y): (f32, f32), radius: f32, edge: f32, shape: Shape) {
    let corner = radius * 0.2 + edge;
    match shape {
        Shape::Cto => {
            // A corner is twice as far from the centre as a side.
            let reach = radius * 1.48 + 2.0 * edge;
            let (across, down) = (reach * 0.866, reach * 0.5);
            let y = y + radius * 0.15;
            add_rounded(path, &[(x, y - reach), (x + across, y + down), (x - across, y + down)], corner * 1.5);
        }
        Shape::Cio => {
            let half = radius * 0.87 + edge;
            let (left, top, right, bottom) = (x - half, y - half, x + half, y + half);
            add_rounded(path, &[(left, top), (right, top), (right, bottom), (left, bottom)], corner);
        }
        Shape::Both | Shape::Nothing => path.push_circle(x, y, radius * 0.96 + edge),
    }
}

/// Adds a polygon with rounded corners; the rounding begins at the distance `radius` from each corner.
fn add_rounded(path: &mut PathBuilder, corners: &[(f32, f32)], radius: f32) {
    let toward = |from: (f32, f32), to: (f32, f32)| {
        let part = radius / (to.0 - from.0).hypot(to.1 - from.1);
        (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
    };
    for (index, &corner) in corners.iter().enumerate() {
        let before = corners[(index + corners.len() - 1) % corners.len()];
        let (enter, leave) = (toward(corner, before), toward(corner, corners[(index + 1) % corners.len()]));
        if index == 0 {
            path.move_to(enter.0, enter.1)
        } else {
            path.line_to(enter.0, enter.1)
        }
        // The control point of a curve that follows a circle at a right angle.
        let handle = |end: (f32, f32)| (end.0 + (corner.0 - end.0) * 0.552, end.1 + (corner.1 - end.1) * 0.552);
        let (first, second) = (handle(enter), handle(leave));
        path.cubic_to(first.0, first.1, second.0, second.1, leave.0, leave.1);
    }
    path.close();
}

/// A rectangle (left, top, right, bottom) with rounded corners.
fn rounded([left, top, right, bottom]: [f32; 4], radius: f32) -> Path {
    let mut path = PathBuilder::new();
    add_rounded(&mut path, &[(left, top), (right, top), (right, bottom), (left, bottom)], radius);
    path.finish().expect("a rectangle has sides")
}

/// The closed path along these percentages (CIO, CTO).
fn outline_path(outline: impl IntoIterator<Item = (f32, f32)>) -> Path {
    polygon(&outline.into_iter().map(|(cio, cto)| position(cio, cto)).collect::<Vec<_>>())
}

/// A square in percent.
fn square(cio: f32, cto: f32, to: f32) -> Path {
    outline_path([(cio, cto), (to, cto), (to, to), (cio, to)])
}

/// Mixes two colours: `from` at 0, `to` at 1.
fn mix(from: Rgb, to: Rgb, part: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        (from + (to - from) * part).round() as u8
    })
}
