//! The picture on a card: drawn once, and from then on.
//!
//! `cargo bench --bench picture`; the goal is at most 5 ms to draw a person's picture, and no measurable time for one
//! from the cache.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use tokio::time::Instant;
use whichrole::picture::{BothRegion, ClearRegion, Drawing, Painter, Pictures, Place, Regions, Shape};

fn picture(criterion: &mut Criterion) {
    let clear = Some(ClearRegion { high: 60, low: 30, gap: 40 });
    let regions = Regions { clear, both: BothRegion { low: 50, ratio: 60, clear: 60 } };
    let person = Drawing::person(regions, Place { cto: 78, cio: 22 }, Shape::Cto);
    criterion.bench_function("draw the first picture", |bencher| {
        bencher.iter(|| Painter::default().png(black_box(&person)))
    });
    let mut painter = Painter::default();
    criterion.bench_function("draw a person's picture", |bencher| bencher.iter(|| painter.png(black_box(&person))));

    let team = |people: u32| {
        let people = (0..people).map(|person| {
            let shape = [Shape::Cto, Shape::Cio, Shape::Both][person as usize % 3];
            (Place::new(person * 7 % 10, person * 5 % 8, 9), shape)
        });
        Drawing::team(regions, people, (Place { cto: 50, cio: 40 }, Shape::Both))
    };
    for people in [8, 100, 3000] {
        let team = team(people);
        let name = format!("draw a team of {people}");
        criterion.bench_function(&name, |bencher| bencher.iter(|| painter.png(black_box(&team))));
    }

    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime with a clock");
    let pictures = Pictures::default();
    let deadline = Instant::now() + Duration::from_secs(600);
    let kept =
        || runtime.block_on(pictures.png(black_box(&person), deadline)).expect("nothing keeps it from being drawn");
    kept();
    criterion.bench_function("a picture that is kept", |bencher| bencher.iter(kept));
}

criterion_group!(benches, picture);
criterion_main!(benches);
