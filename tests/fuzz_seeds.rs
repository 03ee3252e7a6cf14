//! The seeds of the fuzz targets, through the same properties, without a fuzzer.

#[path = "../fuzz/properties.rs"]
mod properties;

use std::path::Path;

use standin::TestResult;

fn each_seed(target: &str, property: fn(&[u8])) -> TestResult {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds = 0;
    let missing = |error| format!("the seeds are in the repository, in {}: {error}", folder.display());
    for entry in std::fs::read_dir(&folder).map_err(missing)? {
        let path = entry?.path();
        println!("{}", path.display());
        property(&std::fs::read(path)?);
        seeds += 1;
    }
    assert!(seeds > 2, "{} has its seeds", folder.display());
    Ok(())
}

#[test]
fn custom_id() -> TestResult {
    each_seed("custom_id", properties::custom_id)
}

#[test]
fn interaction() -> TestResult {
    each_seed("interaction", properties::interaction)
}

#[test]
fn responses() -> TestResult {
    each_seed("responses", properties::responses)
}

#[test]
fn config() -> TestResult {
    each_seed("config", properties::config)
}
