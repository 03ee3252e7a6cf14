//! Loading: responses are read, and every card made of them is rendered at its longest and held against Discord's
//! limits; that of a suggestion also against what one reads on a phone. It stands above `responses` and `cards`, because
//! it needs both.

use crate::cards::all::{cards_with, forms};
use crate::cards::length::{Longest, Unit, longest_suggestions, most_of_a_suggestion};
use crate::diagnostic::{Diagnostic, Diagnostics, Location};
use crate::responses::{Responses, Source, read};

/// Loads and checks everything the bot says; `default_language` is the locale of the language that must be complete.
///
/// # Errors
///
/// Every fault at once: of the files, of the questions, and of the cards made of them.
pub fn load(source: &Source, default_language: &str) -> Result<Responses, Diagnostics> {
    let (mut responses, claims) = read(source, default_language)?;
    let folder = match source {
        Source::BuiltIn => "responses".to_owned(),
        Source::Folder(folder) => folder.display().to_string(),
    };
    let mut diagnostics = Vec::new();
    let mut warnings = Vec::new();
    for language in &responses.languages {
        let locale = &language.locale;
        let longest = longest_suggestions(&responses, language, &claims);
        let (unit, most) = (Unit::of(locale).name(), most_of_a_suggestion(locale));
        for (headline, Longest { length, .. }) in &longest {
            if *length > most {
                let location = Location::Path(format!("{folder}/{locale}/whichrole.toml"));
                let message = format!("the card of a suggestion ({headline}) has {length} {unit}");
                let help = format!("it is read on a phone: at most {most} {unit}");
                warnings.push(Diagnostic::warning(location, message, help));
            }
        }
        for card in cards_with(&responses, language, &longest) {
            let location = || Location::Path(format!("{folder}/{}/{}", language.locale, card.file));
            for violation in card.message.usage().err().into_iter().flatten() {
                let message = format!("the card \"{}\" in {}: {violation}", card.name, language.locale);
                diagnostics.push(Diagnostic::error(location(), message, "shorter texts, or fewer parts and buttons"));
            }
        }
        for form in forms(&responses, language) {
            let location = || Location::Path(format!("{folder}/{}/{}", language.locale, form.file));
            for violation in form.modal.violations() {
                let message = format!("the \"{}\" in {}: {violation}", form.name, language.locale);
                diagnostics.push(Diagnostic::error(
                    location(),
                    message,
                    "shorter texts, or fewer questions and choices",
                ));
            }
        }
    }
    if !diagnostics.is_empty() {
        return Err(Diagnostics(diagnostics));
    }
    responses.warnings.0.extend(warnings);
    Ok(responses)
}
