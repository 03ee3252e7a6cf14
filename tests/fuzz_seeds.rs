//! The seeds of the fuzz targets, through the same properties, without a fuzzer.

#[path = "../fuzz/properties.rs"]
mod properties;

use std::path::Path;

fn each_seed(target: &str, property: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds = 0;
    for entry in std::fs::read_dir(&folder).expect("the seeds are in the repository") {
        let path = entry.expect("the folder can be read").path();
        println!("{}", path.display());
        property(&std::fs::read(path).expect("it can be read"));
        seeds += 1;
    }
    assert!(seeds > 2, "{} has its seeds", folder.display());
}

#[test]
fn custom_id() {
    each_seed("custom_id", properties::custom_id);
}

#[test]
fn interaction() {
    each_seed("interaction", properties::interaction);
}

#[test]
fn responses() {
    each_seed("responses", properties::responses);
}

#[test]
fn config() {
    each_seed("config", properties::config);
}
