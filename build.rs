//! Takes new files of `responses/` into the binary: the macro that embeds them sees only changes of those it knows.

fn main() {
    println!("cargo::rerun-if-changed=responses");
}
