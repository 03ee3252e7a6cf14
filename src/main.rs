//! The command line: parse it, run, print an error once, exit with a code.
fn main() {}
