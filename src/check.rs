//! The report of `whichrole check` on valid settings and responses: figures of the proof, and how full the cards are.

use std::fmt;

use serde::Serialize;

use crate::advisor::{Claims, Outcome, Strength};
use crate::cards::all::cards_with;
use crate::cards::length::{Unit, longest_suggestions, most_of_a_suggestion};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Location};
use crate::message::{MAX_COMPONENTS, MAX_CUSTOM_ID, MAX_LABEL, MAX_TEXT, Usage};
use crate::responses::{LineCounts, Responses};

/// Returns the warnings about settings that are valid; `file` is the name of their file.
pub fn settings(config: &Config, file: &str) -> Vec<Diagnostic> {
    let missing: Vec<_> = [("`links.privacy`", &config.links.privacy), ("`links.terms`", &config.links.terms)]
        .into_iter()
        .filter_map(|(key, link)| link.is_none().then_some(key))
        .collect();
    if missing.is_empty() || config.test_guild.is_some() {
        return Vec::new();
    }
    let (keys, verb) = (missing.join(" and "), if missing.len() == 1 { "is" } else { "are" });
    let message = format!("{keys} {verb} not set, and the commands are registered everywhere");
    let help = "people ask for both, and so does Discord: adapt PRIVACY.md and TERMS.md, publish them and set their addresses; \
                while you develop, set `discord.test_guild`";
    vec![Diagnostic::warning(Location::Path(file.to_owned()), message, help)]
}

/// What was found in valid responses.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The revision in every button of the conversation.
    pub revision: String,
    /// States of a conversation: questions and suggestions, each with the answers that led there.
    pub states: usize,
    /// Paths from the first question to a suggestion.
    pub paths: usize,
    /// Questions on the shortest path.
    pub shortest: usize,
    /// Questions on the longest path.
    pub longest: usize,
    /// Paths that end in each outcome and strength.
    pub endings: Vec<Ending>,
    /// Paths whose answers do not tell the roles apart.
    pub nothing_to_say: usize,
    /// Characters of the longest `custom_id`.
    pub custom_id: usize,
    /// One report for each language.
    pub languages: Vec<LanguageReport>,
}

/// The number of paths that end in an outcome with a strength.
#[derive(Debug, Serialize)]
pub struct Ending {
    /// `cto`, `cio` or `both`.
    pub outcome: String,
    /// `clear`, `leaning` or `slight`.
    pub strength: String,
    /// The number of paths.
    pub paths: usize,
}

/// What was found in the texts of one language.
#[derive(Debug, Serialize)]
pub struct LanguageReport {
    /// Discord's name of the language, such as `pt-BR`.
    pub locale: String,
    /// The card with the most components.
    pub components: Fullest,
    /// The card with the most characters of text.
    pub text: Fullest,
    /// The card with the longest label of a button, in characters.
    pub label: Fullest,
    /// The numbers of its lines, and of those that are missing.
    pub lines: LineCounts,
    /// The length of each page's card.
    pub pages: Vec<Length>,
    /// The length of the longest card of each kind of suggestion.
    pub suggestions: Vec<Length>,
}

/// The length of a card's text.
#[derive(Debug, Serialize)]
pub struct Length {
    /// The name of the page, or the kind of suggestion.
    pub card: String,
    /// Words; characters in a language that is written without blanks.
    pub length: usize,
    /// The unit of `length`: `words` or `characters`.
    pub of: &'static str,
}

/// The card that comes closest to a limit.
#[derive(Debug, Serialize)]
pub struct Fullest {
    /// How much of the limit it uses.
    pub used: usize,
    /// The name of the card.
    pub card: String,
}

/// Builds the report. The responses must have been loaded without errors.
pub fn report(responses: &Responses) -> Report {
    let proof = &responses.proof;
    let mut endings = Vec::new();
    for outcome in Outcome::ALL {
        for strength in Strength::ALL.into_iter().rev() {
            let paths = proof.by_outcome.get(&(outcome, strength)).copied().unwrap_or(0);
            endings.push(Ending { outcome: outcome.to_string(), strength: strength.to_string(), paths });
        }
    }
    let claims = Claims::all(&responses.questionnaire);
    let mut custom_id = 0;
    let languages = responses.languages.iter().map(|language| {
        let longest = longest_suggestions(responses, language, &claims);
        let cards = cards_with(responses, language, &longest);
        let usages: Vec<(&str, Usage)> = cards
            .iter()
            .map(|card| (card.name.as_str(), card.message.usage().expect("`load::load` has checked every card")))
            .collect();
        custom_id = custom_id.max(usages.iter().map(|(_, usage)| usage.custom_id).max().unwrap_or(0));
        let fullest = |of: fn(&Usage) -> usize| {
            let (card, usage) = usages.iter().max_by_key(|(_, usage)| of(usage)).expect("there are always cards");
            Fullest { used: of(usage), card: (*card).to_owned() }
        };
        let unit = Unit::of(&language.locale);
        let pages = responses.pages.iter().zip(&language.words.pages);
        LanguageReport {
            locale: language.locale.clone(),
            components: fullest(|usage| usage.components),
            text: fullest(|usage| usage.text),
            label: fullest(|usage| usage.label),
            lines: language.lines,
            pages: pages
                .map(|(page, texts)| {
                    let parts = texts.parts.iter().map(|part| unit.count(&part.heading) + unit.count(&part.text));
                    Length {
                        card: page.name.to_string(),
                        length: unit.count(&texts.title) + parts.sum::<usize>(),
                        of: unit.name(),
                    }
                })
                .collect(),
            suggestions: longest
                .iter()
                .map(|(headline, longest)| Length {
                    card: headline.to_string(),
                    length: longest.length,
                    of: unit.name(),
                })
                .collect(),
        }
    });
    let languages = languages.collect();
    Report {
        revision: responses.revision.to_string(),
        states: proof.states,
        paths: proof.paths,
        shortest: proof.shortest,
        longest: proof.longest,
        endings,
        nothing_to_say: proof.nothing_to_say,
        custom_id,
        languages,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Questions (revision {})", self.revision)?;
        writeln!(f, "  states                {:>6}", self.states)?;
        writeln!(f, "  paths                 {:>6}   {} to {} questions", self.paths, self.shortest, self.longest)?;
        for Ending { outcome, strength, paths } in &self.endings {
            let percent = *paths as f64 * 100.0 / self.paths as f64;
            writeln!(f, "  {:<20}  {paths:>6}   {percent:>4.1} % of paths", format!("{outcome}, {strength}"))?;
        }
        writeln!(f, "  nothing to tell by    {:>6}   of the slight ones", self.nothing_to_say)?;
        writeln!(f, "  longest custom_id     {:>6}   of {MAX_CUSTOM_ID} characters", self.custom_id)?;
        for language in &self.languages {
            writeln!(f, "\nCards in {}, the fullest of each limit", language.locale)?;
            for (what, fullest, most) in [
                ("components", &language.components, MAX_COMPONENTS),
                ("characters of text", &language.text, MAX_TEXT),
                ("characters of a label", &language.label, MAX_LABEL),
            ] {
                writeln!(f, "  {what:<21} {:>6}   of {most}, in: {}", fullest.used, fullest.card)?;
            }
            for Length { card, length, of } in &language.pages {
                writeln!(f, "  {:<21} {length:>6}   {of}", format!("page {card}"))?;
            }
            for Length { card, length, of } in &language.suggestions {
                let most = most_of_a_suggestion(&language.locale);
                writeln!(f, "  {card:<21} {length:>6}   {of}, at most {most} ought to be")?;
            }
            let LineCounts { all, missing, with_placeholders } = language.lines;
            writeln!(f, "  lines                 {all:>6}   {missing} missing, {with_placeholders} with placeholders")?;
        }
        Ok(())
    }
}
