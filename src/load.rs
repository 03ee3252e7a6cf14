//! Loading: responses are read, and every card made of them is rendered at its longest and held against Discord's
//! limits. It stands above `responses` and `cards`, because it needs both.

use crate::cards::all::cards;
use crate::diagnostic::{Diagnostic, Diagnostics, Location};
use crate::responses::{Responses, Source, read};

/// Loads and checks everything the bot says; `default_language` is the locale of the language that must be complete.
///
/// # Errors
///
/// Every fault at once: of the files, of the questions, and of the cards made of them.
pub fn load(source: &Source, default_language: &str) -> Result<Responses, Diagnostics> {
    let responses = read(source, default_language)?;
    let folder = match source {
        Source::BuiltIn => "responses".to_owned(),
        Source::Folder(folder) => folder.display().to_string(),
    };
    let mut diagnostics = Vec::new();
    for language in &responses.languages {
        for card in cards(&responses, language) {
            let location = || Location::Path(format!("{folder}/{}/{}", language.locale, card.file));
            for violation in card.message.usage().err().into_iter().flatten() {
                let message = format!("the card \"{}\" in {}: {violation}", card.name, language.locale);
                diagnostics.push(Diagnostic::error(location(), message, "shorter texts, or fewer parts and buttons"));
            }
        }
    }
    if diagnostics.is_empty() { Ok(responses) } else { Err(Diagnostics(diagnostics)) }
}
