#![no_main]

#[path = "../properties.rs"]
#[allow(dead_code)] // each target uses one of them
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::custom_id(data));
