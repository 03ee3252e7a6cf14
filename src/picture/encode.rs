//! Images as runs of one colour, and as small PNG files: one byte for each pixel, with a palette.

use std::cmp::Reverse;
use std::collections::HashMap;

use tiny_skia::PremultipliedColorU8;

/// An image of few colours, in bands of rows.
pub(super) struct Image {
    width: u32,
    /// Each from its first pixel to its last, row by row.
    bands: Vec<Vec<Run>>,
}

/// Consecutive pixels of one colour.
struct Run {
    colour: PremultipliedColorU8,
    length: u32,
}

/// A colour, premultiplied, and how many pixels have it.
#[derive(Clone, Copy)]
struct Colour {
    rgba: u32,
    count: u32,
}

impl Image {
    /// An image without rows.
    pub(super) fn new(width: u32) -> Self {
        Self { width, bands: Vec::new() }
    }

    /// Adds a band at the lower edge.
    pub(super) fn push(&mut self, band: &[PremultipliedColorU8]) {
        let length = |run: &[_]| u32::try_from(run.len()).expect("a picture has no more pixels");
        let runs = band.chunk_by(|one, next| one == next);
        self.bands.push(runs.map(|run| Run { colour: run[0], length: length(run) }).collect());
    }

    /// Copies a band.
    pub(super) fn copy(&self, band: usize, mut to: &mut [PremultipliedColorU8]) {
        for run in &self.bands[band] {
            let (pixels, rest) = to.split_at_mut(run.length as usize);
            pixels.fill(run.colour);
            to = rest;
        }
    }

    /// Encodes the image. If there are more colours than a palette has, the rarest, which are the blends along edges,
    /// become the nearest of the others.
    pub(super) fn png(&self) -> Vec<u8> {
        let (colours, runs) = self.colours();
        let mut by_count: Vec<usize> = (0..colours.len()).collect();
        // Half-transparent pixels come first: if they were merged with opaque ones, the card's corners would be ragged.
        let see_through = |rgba: u32| matches!(rgba.to_be_bytes()[3], 1..=254);
        by_count.sort_unstable_by_key(|&id| {
            let Colour { rgba, count } = colours[id];
            (!see_through(rgba), Reverse(count), rgba)
        });
        let palette: Vec<u32> = by_count.iter().take(256).map(|&id| colours[id].rgba).collect();
        let mut indices = vec![0; colours.len()];
        for (rank, &id) in by_count.iter().enumerate() {
            indices[id] = u8::try_from(rank).unwrap_or_else(|_| nearest(&palette, colours[id].rgba));
        }
        let pixels = colours.iter().map(|colour| colour.count).sum::<u32>();
        let mut image = Vec::with_capacity(pixels as usize);
        for (run, colour) in self.bands.iter().flatten().zip(runs) {
            image.resize(image.len() + run.length as usize, indices[colour]);
        }

        let (rgb, alpha): (Vec<[u8; 3]>, Vec<u8>) =
            palette.iter().map(|&colour| straight(colour)).map(|[r, g, b, a]| ([r, g, b], a)).unzip();
        let mut png = Vec::with_capacity(16 * 1024);
        let mut encoder = png::Encoder::new(&mut png, self.width, pixels / self.width);
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

    /// Returns the image's colours, in the order in which they occur first, and the position among them of each run's.
    fn colours(&self) -> (Vec<Colour>, Vec<usize>) {
        let mut found = HashMap::new();
        let mut colours: Vec<Colour> = Vec::new();
        let runs = self.bands.iter().flatten().map(|&Run { colour, length }| {
            let rgba = u32::from_be_bytes([colour.red(), colour.green(), colour.blue(), colour.alpha()]);
            let id = *found.entry(rgba).or_insert_with(|| {
                colours.push(Colour { rgba, count: 0 });
                colours.len() - 1
            });
            colours[id].count += length;
            id
        });
        let runs = runs.collect();
        (colours, runs)
    }
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
