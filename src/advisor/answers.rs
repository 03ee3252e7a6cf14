//! The answers of one person, in the order in which the questions were asked.

use std::fmt::{self, Write};

/// Answers in the order in which the questions were asked: for each the index of a choice, at most
/// [`Answers::MAX_CHOICE`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Answers(Vec<u8>);

impl Answers {
    /// The largest index of a choice: each is written as one digit in base 36.
    pub const MAX_CHOICE: u8 = 35;

    /// Answers with these choices.
    ///
    /// # Panics
    ///
    /// If a choice is past [`Answers::MAX_CHOICE`]; the loader refuses questions with so many.
    pub fn new(choices: Vec<u8>) -> Self {
        assert!(choices.iter().all(|&choice| choice <= Self::MAX_CHOICE), "a choice past {}", Self::MAX_CHOICE);
        Self(choices)
    }

    /// Reads answers as [`Display`](fmt::Display) writes them. `None` if a character is no base-36 digit.
    pub fn parse(digits: &str) -> Option<Self> {
        let digit = |character: char| character.to_digit(36).and_then(|digit| u8::try_from(digit).ok());
        digits.chars().map(digit).collect::<Option<_>>().map(Self)
    }

    /// The index of each choice.
    pub fn choices(&self) -> &[u8] {
        &self.0
    }

    /// Returns these answers with one more.
    pub fn with(&self, choice: u8) -> Self {
        let mut choices = Vec::with_capacity(self.0.len() + 1);
        choices.extend_from_slice(&self.0);
        choices.push(choice);
        Self::new(choices)
    }

    /// Returns these answers without the last one; empty if there was none.
    pub fn without_last(&self) -> Self {
        Self(self.0.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default())
    }
}

/// One lower-case base-36 digit for each choice.
impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&choice| {
            f.write_char(char::from_digit(choice.into(), 36).expect("a choice is at most `MAX_CHOICE`"))
        })
    }
}
