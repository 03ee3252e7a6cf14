//! Discord: the only place that knows serenity, sockets and HTTP.

pub mod answering;
pub mod endpoint;
