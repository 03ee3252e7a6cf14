//! How long a card is to read: in words, or in characters where a language is written without blanks.

use std::collections::{BTreeMap, HashMap};

use super::Conversation;
use super::suggestion::{ReasonLine, reason_lines};
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
#[derive(Debug, Clone)]
pub(crate) struct Longest {
    /// How long it is to read at most.
    pub length: usize,
    /// How many characters it has at most, as Discord counts them.
    pub characters: usize,
    /// What the card with the most characters claims.
    pub claims: Claims,
}

/// The longest card of a suggestion of each headline, in a language, among those that claim one of `claims`. These cards are
/// made of few lines, and each line is written and measured once.
pub(crate) fn longest_suggestions(
    responses: &Responses,
    language: &Language,
    claims: &[Claims],
) -> BTreeMap<Headline, Longest> {
    let conversation = Conversation { responses, language, owner: UserId(0) };
    let unit = Unit::of(&language.locale);
    let mut around: HashMap<Headline, Measure> = HashMap::new();
    let mut lines: HashMap<ReasonLine<'_>, Measure> = HashMap::new();
    let mut all = BTreeMap::new();
    for claims in claims {
        let headline = claims.headline;
        let around = around.entry(headline).or_insert_with(|| {
            let texts = conversation.summary_texts(&Claims::bare(headline)).into_iter();
            texts.map(|text| Measure::of(&text, unit)).fold(Measure::default(), Measure::and)
        });
        let reasons = reason_lines(claims)
            .map(|line| *lines.entry(line).or_insert_with(|| Measure::of(&conversation.reason_line(line), unit)));
        let reasons = reasons.reduce(|above, below| above.and(LINE_BREAK).and(below)).unwrap_or_default();
        let Measure { length, characters } = around.and(reasons);
        let longest = all.entry(headline).or_insert_with(|| Longest { length, characters, claims: claims.clone() });
        longest.length = longest.length.max(length);
        if longest.characters < characters {
            (longest.characters, longest.claims) = (characters, claims.clone());
        }
    }
    all
}

/// How long a text is: to read, and in characters as Discord counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Measure {
    length: usize,
    characters: usize,
}

const LINE_BREAK: Measure = Measure { length: 0, characters: 1 };

impl Measure {
    fn of(text: &str, unit: Unit) -> Self {
        Self { length: unit.count(text), characters: characters(text) }
    }

    fn and(self, other: Self) -> Self {
        Self { length: self.length + other.length, characters: self.characters + other.characters }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::responses::shipped;

    #[test]
    fn words_have_a_letter_or_a_digit_and_characters_are_counted_where_there_are_no_blanks() {
        assert_eq!(Unit::of("en-US").count("- **Main goal:** “Both” → CTO + CIO"), 5);
        assert_eq!(Unit::of("ja").count("回答はCTO寄り。"), 8);
        assert_eq!((most_of_a_suggestion("en-GB"), most_of_a_suggestion("de")), (120, 150));
        assert_eq!(most_of_a_suggestion("ja"), 330);
    }

    #[test]
    fn a_card_is_as_long_as_its_texts() {
        let responses = shipped();
        let all = Claims::all(&responses.questionnaire);
        for language in &responses.languages {
            let conversation = Conversation { responses, language, owner: UserId(0) };
            let unit = Unit::of(&language.locale);
            for (headline, longest) in longest_suggestions(responses, language, &all) {
                let claimed = all.iter().filter(|claims| claims.headline == headline);
                let measures = claimed.map(|claims| {
                    let texts = conversation.summary_texts(claims);
                    texts.iter().map(|text| Measure::of(text, unit)).fold(Measure::default(), Measure::and)
                });
                let measures: Vec<_> = measures.collect();
                assert_eq!(measures.iter().map(|measure| measure.length).max(), Some(longest.length), "{headline}");
                assert_eq!(measures.iter().map(|measure| measure.characters).max(), Some(longest.characters));
            }
        }
    }
}
