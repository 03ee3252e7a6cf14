//! A value that is never printed: the bot's token, the token of an interaction.

use std::fmt;

/// A value that no log line, error or `Debug` output can show. Code that needs the value itself says so with
/// [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: impl Into<T>) -> Self {
        Self(value.into())
    }

    /// Returns the value, for the one place that sends or compares it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Unwraps the value, to change its type; wrap the result again.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

/// Prints the name of the type alone.
impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_value() {
        let secret = Secret::<String>::new("hush");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "Secret(..) Some(\n    Secret(..),\n)");
        assert_eq!(secret.expose(), "hush");
    }
}
