//! What is counted of a store, for `/metrics`. Nothing here shows who asked, which round it was, or what was answered.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

use super::error::{StoreError, Trouble};

/// Upper bounds for the time of a transaction, in seconds: a commit waits some milliseconds for a disk, and no press
/// waits longer than [`PRESS`](super::PRESS).
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0];

/// Counters of a store. Clones share them.
#[derive(Debug, Clone)]
pub struct Measures {
    /// The time of each attempt at a transaction, in seconds.
    pub seconds: Histogram,
    failures: [Counter; Trouble::ALL.len()],
}

impl Default for Measures {
    fn default() -> Self {
        Self::new(Default::default())
    }
}

impl Measures {
    /// Counts failures into these counters, one for each of [`Trouble::ALL`].
    pub fn new(failures: [Counter; Trouble::ALL.len()]) -> Self {
        Self { seconds: Histogram::new(BUCKETS), failures }
    }

    /// Counts a transaction and the time it took.
    pub(super) fn took(&self, time: Duration) {
        self.seconds.observe(time.as_secs_f64());
    }

    /// Counts a failure.
    pub(super) fn failed(&self, error: &StoreError) {
        for (counter, trouble) in self.failures.iter().zip(Trouble::ALL) {
            if trouble == error.trouble {
                counter.inc();
            }
        }
    }
}
