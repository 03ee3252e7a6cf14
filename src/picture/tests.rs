//! What is seen at the places that matter.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use tiny_skia::Pixmap;

use super::draw::{self, BOTH, CIO, CTO, Hue, NOTHING, Rgb, at};
use super::paint::paint;
use super::*;
use crate::advisor::{Next, paths};
use crate::responses::shipped;

/// The plane of the shipped rule.
fn plane() -> Regions {
    Regions::from(&shipped().questionnaire.rule)
}

/// A plane on which only the region of both has a border.
fn open_plane() -> Regions {
    Regions { clear: None, both: BothRegion { low: 30, ratio: 45, clear: 30 } }
}

fn place(cto: u8, cio: u8) -> Place {
    Place { cto, cio }
}

fn colour(picture: &Pixmap, (x, y): (f32, f32)) -> Rgb {
    let pixel = picture.pixel(x.round() as u32, y.round() as u32).expect("within the picture");
    [pixel.red(), pixel.green(), pixel.blue()]
}

/// All pixels of a picture, which [`Painter`] never has at once.
fn pixels(drawing: &Drawing) -> Pixmap {
    let mut pixels = Pixmap::new(SIZE, SIZE).expect("the size is not zero");
    paint(&draw::plane(&drawing.regions), 0, &mut pixels);
    paint(&draw::people(drawing), 0, &mut pixels);
    pixels
}

fn png(drawing: &Drawing) -> Vec<u8> {
    Painter::default().png(drawing)
}

/// The picture of a plane without anybody on it.
fn empty(regions: Regions) -> Pixmap {
    pixels(&Drawing { regions, dots: Vec::new(), mean: None })
}

/// Every picture that a person can get from the shipped questions.
fn personal() -> Vec<Drawing> {
    let questionnaire = &shipped().questionnaire;
    let mut found = BTreeMap::new();
    let walked = paths::walk(questionnaire, |state| {
        if let Next::Suggest(suggestion) = state.next {
            let drawing = Drawing::of(&questionnaire.rule, suggestion);
            found.insert((drawing.dots[0].place, drawing.dots[0].shape), drawing);
        }
        ControlFlow::<()>::Continue(())
    });
    assert!(walked.is_continue());
    found.into_values().collect()
}

/// How many separate areas of exactly this colour the plane has, and the size of each in pixels.
fn areas(picture: &Pixmap, wanted: Rgb) -> Vec<usize> {
    let [left, top, right, bottom] = draw::PLANE.map(|edge| edge as i32);
    let mut open: BTreeSet<(i32, i32)> = (top..bottom)
        .flat_map(|y| (left..right).map(move |x| (x, y)))
        .filter(|&(x, y)| colour(picture, (x as f32, y as f32)) == wanted)
        .collect();
    let mut areas = Vec::new();
    while let Some(first) = open.pop_first() {
        let (mut size, mut border) = (0, vec![first]);
        while let Some((x, y)) = border.pop() {
            size += 1;
            let beside = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)];
            border.extend(beside.into_iter().filter(|pixel| open.remove(pixel)));
        }
        areas.push(size);
    }
    areas
}

#[test]
fn every_personal_picture_is_small_and_like_no_other() {
    let mut files = BTreeSet::new();
    let mut bytes = 0;
    for drawing in personal() {
        let file = png(&drawing);
        assert!(file.len() <= 20 * 1000, "{} bytes: {drawing:?}", file.len());
        bytes += file.len();
        assert!(files.insert(file), "another drawing looks the same: {drawing:?}");
    }
    assert_eq!(files.len(), 269);
    assert!(bytes < 4_500_000, "all together take {bytes} bytes");
}

#[test]
fn the_same_drawing_is_the_same_file() {
    let people = [(place(78, 22), Shape::Cto), (place(0, 100), Shape::Cio), (place(78, 22), Shape::Cto)];
    let drawing = Drawing::team(open_plane(), people, (place(52, 48), Shape::Both));
    let backwards = Drawing::team(open_plane(), people.into_iter().rev(), (place(52, 48), Shape::Both));
    assert_eq!(drawing, backwards);
    assert_eq!(png(&drawing), png(&backwards));
}

#[test]
fn it_does_not_matter_what_was_drawn_before() {
    let mut painter = Painter::default();
    for regions in [plane(), plane(), open_plane(), plane()] {
        for drawing in [
            Drawing::person(regions, place(22, 78), Shape::Cio),
            Drawing::team(regions, [(place(100, 100), Shape::Both); 9], (place(0, 0), Shape::Nothing)),
        ] {
            assert_eq!(painter.png(&drawing), png(&drawing), "{drawing:?}");
        }
    }
}

/// A palette of 256 colours merges some, and that must not be visible.
#[test]
fn the_file_shows_what_was_drawn() {
    let crowd = (0..3000_u32).map(|person| {
        let shape = [Shape::Cto, Shape::Cio, Shape::Both, Shape::Nothing][person as usize % 4];
        (Place::new(person * 7 % 13, person * 5 % 11, 12), shape)
    });
    for drawing in [
        Drawing::person(plane(), place(22, 78), Shape::Cio),
        Drawing::team(plane(), crowd, (place(50, 50), Shape::Both)),
    ] {
        let file = png(&drawing);
        assert!(file.len() <= 40 * 1000, "{} bytes", file.len());
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("a PNG");
        let mut image = vec![0; reader.output_buffer_size().expect("it fits into memory")];
        let frame = reader.next_frame(&mut image).expect("the pixels are whole");
        assert_eq!((frame.width, frame.height), (SIZE, SIZE));
        let mut seen = 0;
        for (file, drawn) in image.chunks_exact(4).zip(pixels(&drawing).pixels()) {
            let drawn = drawn.demultiply();
            let drawn = [drawn.red(), drawn.green(), drawn.blue(), drawn.alpha()];
            let apart = file.iter().zip(drawn).map(|(file, drawn)| file.abs_diff(drawn)).max();
            let apart = if drawn[3] < 16 { 0 } else { apart.expect("four channels") };
            assert!(apart <= 64, "{drawn:?} became {file:?}");
            seen += usize::from(apart > 16);
        }
        assert!(seen < 2_048, "{seen} pixels, over half a percent, have another colour");
    }
}

#[test]
fn corners_are_clear_and_the_rest_is_opaque_on_any_background() {
    let picture = empty(plane());
    let alpha = |x, y| picture.pixel(x, y).expect("within the picture").alpha();
    let last = SIZE - 1;
    for (x, y) in [(0, 0), (last, 0), (0, last), (last, last)] {
        assert_eq!(alpha(x, y), 0);
    }
    assert!((0..SIZE).all(|along| alpha(along, SIZE / 2) == 255 && alpha(SIZE / 2, along) == 255));
}

#[test]
fn each_region_has_its_tint_and_grey_is_where_nothing_is_said() {
    let picture = empty(plane());
    let tint = |cto, cio| colour(&picture, at(place(cto, cio)));
    assert_eq!(tint(85, 10), CTO.tint);
    assert_eq!(tint(10, 85), CIO.tint);
    assert_eq!(tint(85, 85), BOTH.tint);
    let spread = |colour: Rgb| colour.iter().max().unwrap() - colour.iter().min().unwrap();
    let grey = tint(0, 0);
    assert!(spread(grey) < 16, "{grey:?} is grey");
    assert!(grey.iter().all(|&channel| channel < tint(40, 40)[0]), "{grey:?} is darker than the middle");
}

/// Two percent to either side of each border: inside is the region's tint, outside is not.
#[test]
fn borders_run_where_the_rule_has_its_thresholds() {
    for (high, low, gap) in [(60, 30, 40), (70, 20, 40), (50, 35, 10)] {
        let picture = empty(Regions { clear: Some(ClearRegion { high, low, gap }), ..plane() });
        let is_cto = |cto, cio| colour(&picture, at(place(cto, cio))) == CTO.tint;
        assert!(is_cto(high + 2, 2) && !is_cto(high - 2, 2), "the larger need is at least {high}");
        assert!(is_cto(96, low - 2) && !is_cto(96, low + 2), "the smaller need is at most {low}");
        if high < low + gap {
            let middle = (high - gap + low) / 2;
            let apart = |gap| is_cto(middle + gap, middle);
            assert!(apart(gap + 3) && !apart(gap - 3), "they are at least {gap} apart");
        }
    }
    for (low, ratio) in [(60, 60), (40, 75), (30, 45)] {
        let picture = empty(Regions { clear: None, both: BothRegion { low, ratio, clear: low } });
        let is_both = |cto, cio| colour(&picture, at(place(cto, cio))) == BOTH.tint;
        assert!(is_both(low + 2, low + 2) && !is_both(low + 2, low - 2), "the smaller need is at least {low}");
        let border = (95 * u32::from(ratio) / 100).max(u32::from(low)) as u8;
        assert!(is_both(95, border + 2) && !is_both(95, border - 2), "and {ratio} percent of the larger");
    }
}

#[test]
fn where_it_is_both_if_confirmed_the_border_is_soft() {
    let both = BothRegion { low: 50, ratio: 60, clear: 70 };
    let picture = empty(Regions { both, ..plane() });
    let green = |percent| colour(&picture, at(place(percent, percent)))[1];
    let shades: Vec<u8> = (48..=68).step_by(4).map(green).collect();
    assert!(shades.is_sorted_by(|outer, inner| outer >= inner), "{shades:?} fade");
    assert!(shades.windows(2).all(|two| two[0].abs_diff(two[1]) < 20), "{shades:?} without an edge");
    assert!(shades[0] > shades[5] + 15, "{shades:?} lead somewhere");
}

#[test]
fn the_plane_is_the_same_for_both_roles() {
    for regions in [plane(), open_plane()] {
        let picture = empty(regions);
        let tint = |cto, cio| colour(&picture, at(place(cto, cio)));
        let mut checked = 0;
        for cto in (1..100).step_by(3) {
            for cio in (2..100).step_by(3) {
                let here = tint(cto, cio);
                let mirrored = match here {
                    colour if colour == CTO.tint => CIO.tint,
                    colour if colour == CIO.tint => CTO.tint,
                    colour if colour == BOTH.tint => BOTH.tint,
                    _ => continue,
                };
                // Pixels are rounded the other way there, and so are colours below the fading grey.
                let (x, y) = at(place(cio, cto));
                let near = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx as f32, y + dy as f32)));
                let alike = |one: Rgb| one.iter().zip(mirrored).all(|(one, other)| one.abs_diff(other) <= 8);
                let found = near.map(|pixel| colour(&picture, pixel)).any(alike);
                assert!(found, "{cto} {cio} is {here:?}, mirrored it is {:?}", tint(cio, cto));
                checked += 1;
            }
        }
        assert!(checked > 300, "{checked} places have a clear tint");
    }
}

#[test]
fn a_dot_is_where_the_answers_stand_in_the_shape_of_their_outcome() {
    for (cto, cio) in [(100, 0), (0, 100), (0, 0), (100, 100), (47, 53)] {
        for (shape, hue) in [(Shape::Cto, &CTO), (Shape::Cio, &CIO), (Shape::Both, &BOTH), (Shape::Nothing, &NOTHING)] {
            let picture = pixels(&Drawing::person(plane(), place(cto, cio), shape));
            let (x, y) = at(place(cto, cio));
            let filled = |dx: f32, dy: f32| colour(&picture, (x + dx, y + dy)) == hue.accent;
            // The upper corners tell a square from a triangle; the lower ones, a triangle from a disc.
            let seen = [filled(0.0, 0.0), filled(-12.0, -12.0), filled(15.0, 12.0), filled(0.0, -14.0)];
            let expected = match shape {
                Shape::Cto => [true, false, true, true],
                Shape::Cio => [true, true, true, true],
                Shape::Both => [true, true, false, true],
                Shape::Nothing => [false, true, false, true],
            };
            assert_eq!(seen, expected, "{shape:?} at {cto} {cio}");
        }
    }
}

#[test]
fn the_axes_are_filled_as_far_as_the_needs_go() {
    let picture = pixels(&Drawing::person(plane(), place(75, 25), Shape::Cto));
    let up = |percent| colour(&picture, (draw::AXIS, at(place(percent, 0)).1));
    let right = |percent| colour(&picture, (at(place(0, percent)).0, SIZE as f32 - draw::AXIS));
    assert_eq!((up(2), up(72), up(80)), (CTO.accent, CTO.accent, CTO.tint));
    assert_eq!((right(2), right(22), right(30)), (CIO.accent, CIO.accent, CIO.tint));
}

#[test]
fn nothing_covers_the_marks() {
    for (text, hue, x, y) in [("CTO", &CTO, 137.0, 45.0), ("?", &NOTHING, 100.0, 549.0), ("CIO", &CIO, 568.0, 535.0)] {
        for (cto, cio) in [(100, 0), (0, 100), (0, 0), (100, 100)] {
            let picture = pixels(&Drawing::person(plane(), place(cto, cio), Shape::Cio));
            let near = (-14..=14).flat_map(|dx| (-14..=14).map(move |dy| (x + dx as f32, y + dy as f32)));
            let ink = near.filter(|&pixel| colour(&picture, pixel) == hue.mark).count();
            let free = pixels(&Drawing::person(plane(), place(50, 50), Shape::Cio));
            let near = (-14..=14).flat_map(|dx| (-14..=14).map(move |dy| (x + dx as f32, y + dy as f32)));
            let all = near.filter(|&pixel| colour(&free, pixel) == hue.mark).count();
            assert!(ink == all && all > 10, "{text} with a dot at {cto} {cio}: {ink} of {all} pixels");
        }
    }
}

#[test]
fn a_team_has_a_dot_a_person() {
    let same = [(place(78, 22), Shape::Cto); 8];
    let picture = pixels(&Drawing::team(open_plane(), same, (place(20, 80), Shape::Cio)));
    assert_eq!(areas(&picture, CTO.accent).len(), 8);

    let mixed = [Shape::Cto, Shape::Cio, Shape::Both, Shape::Nothing].map(|shape| (place(45, 45), shape));
    let spread = (0..=20).map(|step| (place(step * 5, 100), Shape::Cio));
    let picture = pixels(&Drawing::team(open_plane(), mixed.into_iter().chain(spread), (place(5, 5), Shape::Nothing)));
    let count = |hue: &Hue| areas(&picture, hue.accent).len();
    assert_eq!((count(&CTO), count(&CIO), count(&BOTH), count(&NOTHING)), (1, 22, 1, 1));
}

#[test]
fn the_ring_has_the_colour_of_the_teams_suggestion() {
    for (shape, hue) in [(Shape::Cto, &CTO), (Shape::Cio, &CIO), (Shape::Both, &BOTH), (Shape::Nothing, &NOTHING)] {
        let picture = pixels(&Drawing::team(open_plane(), [], (place(50, 50), shape)));
        let (x, y) = at(place(50, 50));
        assert_eq!(colour(&picture, (x + 18.0, y)), hue.mark, "{shape:?}");
    }
}

#[test]
fn in_a_crowd_a_dots_area_stands_for_a_number() {
    let at = |cto, cio, shape, count| (0..count).map(move |_| (place(cto, cio), shape));
    let people = at(80, 10, Shape::Cto, 900).chain(at(10, 80, Shape::Cio, 225)).chain(at(80, 80, Shape::Both, 2000));
    let picture = pixels(&Drawing::team(open_plane(), people, (place(40, 40), Shape::Both)));
    let area = |hue: &Hue| match areas(&picture, hue.accent).as_slice() {
        &[area] => area as f32,
        other => panic!("{} areas in place of one", other.len()),
    };
    let close = |one: f32, other: f32| (one / other - 1.0).abs() < 0.25;
    assert!(close(area(&CTO), 4.0 * area(&CIO)), "{} and {}", area(&CTO), area(&CIO));
    assert!(close(area(&BOTH), 20.0 / 9.0 * area(&CTO)), "{} and {}", area(&BOTH), area(&CTO));
}

#[test]
fn a_place_is_rounded_to_percent_and_stays_in_range() {
    assert_eq!(Place::new(2, 7, 9), place(22, 78));
    assert_eq!(Place::new(9, 0, 9), place(100, 0));
    assert_eq!(Place::new(0, 0, 0), place(0, 0));
    assert_eq!(Place::new(u32::MAX, 5, 4), place(100, 100));
}

/// Any thresholds can be drawn, also those that leave a region no room.
#[test]
fn any_rule_can_be_drawn() {
    let ends = [0, 50, 100, u8::MAX];
    for high in ends {
        for low in ends {
            for other in ends {
                let clear = Some(ClearRegion { high, low, gap: other });
                pixels(&Drawing {
                    regions: Regions { clear, both: BothRegion { low, ratio: other, clear: high } },
                    dots: vec![Dot { place: place(other, low), shape: Shape::Both, count: u32::MAX }],
                    mean: Some((place(low, high), Shape::Both)),
                });
            }
        }
    }
}

/// WCAG 2: at least 4.5 for text, at least 3 for shapes.
#[test]
fn marks_and_dots_stand_out() {
    let luminance = |colour: Rgb| -> f64 {
        let linear = colour.map(|channel| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let contrast = |dark: Rgb, light: Rgb| (luminance(light) + 0.05) / (luminance(dark) + 0.05);
    for hue in [&CTO, &CIO, &BOTH, &NOTHING] {
        assert!(contrast(hue.mark, hue.tint) >= 4.5, "{:?}: {}", hue.mark, contrast(hue.mark, hue.tint));
        assert!(contrast(hue.accent, [255; 3]) >= 3.0, "{:?}: {}", hue.accent, contrast(hue.accent, [255; 3]));
    }
}
