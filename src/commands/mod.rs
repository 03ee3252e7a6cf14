//! The bot's commands, one file each: texts in, message out. Their conversations are the tests at each file's foot.

pub mod notice;
pub mod page;
pub mod whichrole;

use crate::custom_id::Destination;
use crate::message::{Button, ButtonStyle};

/// A button that leads somewhere.
fn button(destination: &Destination<'_>, label: &str, style: ButtonStyle) -> Button {
    Button { custom_id: destination.to_string(), label: label.to_owned(), style, disabled: false }
}
