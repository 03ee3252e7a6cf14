//! The tests of the bot from outside, in one program: it is linked once, not once for each file. `many.rs` is one of its own,
//! because the load that it makes would be in the way of the others.

mod cli;
mod content;
mod discord;
mod endpoint;
mod fuzz_seeds;
mod gateway_faults;
mod log;
mod nginx;
mod preview;
mod reload;
mod responses;
mod rooms;
mod rounds;
mod telemetry;
