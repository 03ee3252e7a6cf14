//! What is wrong with a file, so that whoever wrote it can put it right.

/// Every fault of a load.
#[derive(Debug)]
pub struct Faults;
