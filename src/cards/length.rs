//! How long a card is to read: in words, or in characters where a language is written without blanks.

use std::collections::BTreeMap;

use super::Conversation;
use crate::advisor::{Claims, Headline};
use crate::interaction::UserId;
use crate::message::characters;
use crate::responses::{Language, Responses};

/// Languages that are written without blanks between words.
const WITHOUT_BLANKS: [&str; 4] = ["ja", "th", "zh-CN", "zh-TW"];

/// What is counted in a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Words: pieces between blanks that have a letter or a digit.
    Words,
    /// Letters and digits.
    Characters,
}

impl Unit {
    /// What is counted in the language of this locale.
    pub(crate) fn of(locale: &str) -> Self {
        if WITHOUT_BLANKS.contains(&locale) { Self::Characters } else { Self::Words }
    }

    /// How long a text is.
    pub(crate) fn count(self, text: &str) -> usize {
        match self {
            Self::Words => text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count(),
            Self::Characters => text.chars().filter(|character| character.is_alphanumeric()).count(),
        }
    }

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Characters => "characters",
        }
    }
}

/// How long the card of a suggestion ought to be at most: it is read on a phone. `docs/writing.md` promises it.
pub(crate) fn most_of_a_suggestion(locale: &str) -> usize {
    match Unit::of(locale) {
        Unit::Characters => 330,
        Unit::Words if locale.starts_with("en-") => 120,
        Unit::Words => 150,
    }
}

/// The longest card of a headline, among all paths through the questions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Longest<'a> {
    /// How long it is to read at most.
    pub length: usize,
    /// How many characters it has at most, as Discord counts them.
    pub characters: usize,
    /// What the card with the most characters claims.
    pub claims: &'a Claims,
}

/// The longest card of a suggestion of each headline, in a language. Renders every card that there is.
pub(crate) fn longest_suggestions<'a>(
    responses: &'a Responses,
    language: &'a Language,
) -> BTreeMap<Headline, Longest<'a>> {
    let conversation = Conversation { responses, language, owner: UserId(0) };
    let unit = Unit::of(&language.locale);
    let mut all = BTreeMap::new();
    for claims in &responses.proof.claims {
        let texts = conversation.summary_texts(claims);
        let length = texts.iter().map(|text| unit.count(text)).sum();
        let characters = texts.iter().map(|text| characters(text)).sum();
        let longest = all.entry(claims.headline).or_insert(Longest { length, characters, claims });
        longest.length = longest.length.max(length);
        if longest.characters < characters {
            (longest.characters, longest.claims) = (characters, claims);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_letter_or_a_digit_and_characters_are_counted_where_there_are_no_blanks() {
        assert_eq!(Unit::of("en-US").count("- **Main goal:** “Both” → CTO + CIO"), 5);
        assert_eq!(Unit::of("ja").count("回答はCTO寄り。"), 8);
        assert_eq!((most_of_a_suggestion("en-GB"), most_of_a_suggestion("de")), (120, 150));
        assert_eq!(most_of_a_suggestion("ja"), 330);
    }
}
