//! Reads responses: the files without words, then the words of each language; reports every error at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::data::{self, Data};
use super::expected::ExpectedLines;
use super::files::{Files, Source};
use super::languages::{self, LanguageRead, Lines, Texts};
use super::plural::Forms;
use super::{Language, Page, Responses};
use crate::advisor::{Claims, prove, prove_team};
use crate::custom_id::Revision;
use crate::diagnostic::{Collector, Diagnostics};

/// Reads everything the bot says, and what the cards of suggestions can claim; `default_language` is the locale of the
/// default language.
///
/// The cards made of it are not yet checked: see [`load::load`](crate::load::load).
///
/// # Errors
///
/// Every error at once, with the warnings.
pub fn read(source: &Source, default_language: &str) -> Result<(Responses, Vec<Claims>), Diagnostics> {
    let diagnostics = Collector::default();
    let responses = read_all(source, default_language, &diagnostics);
    let diagnostics = Diagnostics::sorted(diagnostics.into_diagnostics());
    match responses {
        Some((responses, claims)) if diagnostics.errors() == 0 => {
            Ok((Responses { warnings: diagnostics, ..responses }, claims))
        }
        _ => Err(diagnostics),
    }
}

/// Returns `None` if an error is reported without which nothing useful can be said of the rest.
fn read_all(source: &Source, default_language: &str, diagnostics: &Collector) -> Option<(Responses, Vec<Claims>)> {
    let files = Files::read(source, diagnostics)?;
    let (pages, uncertain_pages) = data::pages(&files, diagnostics);
    let data = data::questionnaire(&files, &pages, diagnostics);
    let languages = read_languages(&files, data.as_ref(), &pages, uncertain_pages, default_language, diagnostics);
    // After the languages, so that what both need for a moment is not in memory at the same time.
    let proved = data.as_ref().filter(|data| data.is_valid).and_then(|data| match prove(&data.questionnaire) {
        Ok((proof, claims)) => {
            let errors = prove_team(&data.questionnaire.rule, &proof.standings, &data.team).err().unwrap_or_default();
            errors.iter().for_each(|error| diagnostics.add(data.team_warning(error)));
            Some((proof, claims))
        }
        Err(errors) => {
            errors.iter().for_each(|error| diagnostics.add(data.error(error)));
            None
        }
    });

    let (data, languages) = (data?, languages?);
    let (proof, claims) = proved?;
    let responses = Responses {
        revision: Revision::of(&data.questionnaire),
        questionnaire: data.questionnaire,
        team: data.team,
        styles: data.styles,
        pages,
        languages,
        proof,
        warnings: Diagnostics::default(),
    };
    Some((responses, claims))
}

/// Reads the words of each language, the default language's first. Returns `None` if one lacks a line that no other fills, or it
/// is not known which lines there are.
fn read_languages(
    files: &Files,
    data: Option<&Data>,
    pages: &[Page],
    uncertain_pages: Vec<String>,
    default_language: &str,
    diagnostics: &Collector,
) -> Option<Vec<Arc<Language>>> {
    let locales = languages::locales(files, default_language, diagnostics)?;
    let data = data?;
    let mut expected = ExpectedLines::new(&data.questionnaire, pages);
    expected.uncertain.extend(uncertain_pages.into_iter().map(|file| (file, "")));
    if !data.is_valid {
        expected.uncertain.insert(("whichrole.toml".to_owned(), "question"));
    }
    let mut texts: BTreeMap<&str, Texts<'_>> = BTreeMap::new();
    for locale in &locales {
        let language = LanguageRead { locale, is_default: locale == default_language, forms: Forms::of(locale) };
        texts.insert(locale, Texts::read(files, &language, &expected, diagnostics));
    }
    languages::unused_files(files, &locales, &expected, diagnostics);
    languages::compare_placeholders(&texts, default_language, &expected, diagnostics);

    let mut order: Vec<&str> =
        locales.iter().map(String::as_str).filter(|locale| *locale != default_language).collect();
    order.insert(0, default_language);
    let mut languages = Vec::new();
    for locale in order {
        let lines = Lines::new(&texts, locale, default_language);
        lines.report_missing(files, &expected, diagnostics);
        languages.push(lines.words(&data.questionnaire, pages).map(|words| Language {
            locale: locale.to_owned(),
            words,
            lines: lines.count(&expected),
        }));
    }
    languages.into_iter().map(|language| language.map(Arc::new)).collect()
}
