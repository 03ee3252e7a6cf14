//! Terminals, and whether they show colours.

use std::io::IsTerminal;

/// Returns `true` if a stream shows colours: it is a terminal that knows them, and `NO_COLOR` is not set
/// (<https://no-color.org>).
pub fn colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && wants_colour(|name| std::env::var(name).ok())
}

fn wants_colour(lookup: impl Fn(&str) -> Option<String>) -> bool {
    let no_color = lookup("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = lookup("TERM").is_some_and(|value| value == "dumb");
    !no_color && !dumb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_can_be_turned_off() {
        let wants = |set: &[(&str, &str)]| {
            wants_colour(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(wants(&[]));
        assert!(wants(&[("TERM", "xterm"), ("NO_COLOR", "")]));
        assert!(!wants(&[("TERM", "xterm"), ("NO_COLOR", "1")]));
        assert!(!wants(&[("TERM", "dumb")]));
    }
}
