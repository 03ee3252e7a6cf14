//! Encodes pixels as a small PNG: one byte for each pixel, with a palette.

use std::collections::HashMap;

use tiny_skia::Pixmap;

/// Encodes the pixels. If there are more colours than a palette has, the rarest, which are the blends along edges,
/// become the nearest of the others.
pub(super) fn encode(pixels: Pixmap) -> Vec<u8> {
    let (width, height) = (pixels.width(), pixels.height());
    let Runs { colours, runs } = runs(&pixels);
    // The pixels take four times as much memory as what follows: it is freed first.
    drop(pixels);
    let mut by_count: Vec<usize> = (0..colours.len()).collect();
    // Half-transparent pixels come first: if they were merged with opaque ones, the card's corners would be ragged.
    let see_through = |rgba: u32| matches!(rgba.to_be_bytes()[3], 1..=254);
    by_count.sort_unstable_by_key(|&id| {
        let Colour { rgba, count } = colours[id];
        (!see_through(rgba), std::cmp::Reverse(count), rgba)
    });
    let palette: Vec<u32> = by_count.iter().take(256).map(|&id| colours[id].rgba).collect();
    let mut indices = vec![0; colours.len()];
    for (rank, &id) in by_count.iter().enumerate() {
        indices[id] = u8::try_from(rank).unwrap_or_else(|_| nearest(&palette, colours[id].rgba));
    }
    let mut image = Vec::with_capacity((width * height) as usize);
    for run in runs {
        image.resize(image.len() + run.length as usize, indices[run.colour as usize]);
    }

    let (rgb, alpha): (Vec<[u8; 3]>, Vec<u8>) =
        palette.iter().map(|&colour| straight(colour)).map(|[r, g, b, a]| ([r, g, b], a)).unzip();
    let mut png = Vec::with_capacity(16 * 1024);
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(rgb.concat());
    encoder.set_trns(alpha);
    encoder.set_deflate_compression(png::DeflateCompression::Level(5));
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().expect("the header of an indexed image is valid");
    writer.write_image_data(&image).expect("one byte a pixel, written to memory");
    writer.finish().expect("the end is written to memory");
    png
}

/// A colour, premultiplied, and how many pixels have it.
#[derive(Clone, Copy)]
struct Colour {
    rgba: u32,
    count: usize,
}

/// Consecutive pixels of one colour.
struct Run {
    /// The colour's position among the picture's colours.
    colour: u32,
    length: u32,
}

/// The colours of a picture, in the order in which they occur first; and its pixels, row by row.
struct Runs {
    colours: Vec<Colour>,
    runs: Vec<Run>,
}

fn runs(pixels: &Pixmap) -> Runs {
    let mut found = HashMap::new();
    let mut colours: Vec<Colour> = Vec::new();
    let same = pixels.pixels().chunk_by(|one, next| one == next);
    let runs = same.map(|run| {
        let rgba = u32::from_be_bytes([run[0].red(), run[0].green(), run[0].blue(), run[0].alpha()]);
        let colour = *found.entry(rgba).or_insert_with(|| {
            colours.push(Colour { rgba, count: 0 });
            colours.len() - 1
        });
        colours[colour].count += run.len();
        let [colour, length] = [colour, run.len()].map(|number| u32::try_from(number).expect("no more than pixels"));
        Run { colour, length }
    });
    let runs = runs.collect();
    Runs { colours, runs }
}

/// The index of the nearest colour in the palette.
fn nearest(palette: &[u32], colour: u32) -> u8 {
    let distance = |other: u32| -> u32 {
        let channels = colour.to_be_bytes().into_iter().zip(other.to_be_bytes());
        channels.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    let nearest = (0..palette.len()).min_by_key(|&index| distance(palette[index]));
    u8::try_from(nearest.expect("a picture has a colour")).expect("a palette has at most 256 colours")
}

/// Converts a premultiplied colour to one that is not.
fn straight(premultiplied: u32) -> [u8; 4] {
    let [r, g, b, a] = premultiplied.to_be_bytes();
    let channel = |value: u8| match a {
        0 => 0,
        a => u8::try_from((u32::from(value) * 255 + u32::from(a) / 2) / u32::from(a)).unwrap_or(255),
    };
    [channel(r), channel(g), channel(b), a]
}
