//! The bot: an interaction and the loaded responses in, one answer out. Pure: no I/O, no clock, no memory. And the
//! loading of responses, which is done only when every card made of them holds.

use std::fmt;

use crate::advisor::{Outcome, Strength};
use crate::commands::cards::cards;
use crate::commands::{notice, page, whichrole};
use crate::custom_id::Action;
use crate::diagnostic::{Diagnostic, Diagnostics, Location};
use crate::interaction::{Interaction, Request, Visibility};
use crate::message::{Reply, Target, Violation};
use crate::responses::{Language, Responses, Source, read};

/// Who sees an answer when the person did not say: `[visibility]` in `config.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    /// The card of a page such as `/cto`.
    pub cards: Visibility,
    /// A conversation.
    pub conversation: Visibility,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { cards: Visibility::Public, conversation: Visibility::Private }
    }
}

/// An answer, and what to log and count of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// What to send.
    pub reply: Reply<'a>,
    /// What it was.
    pub kind: ReplyKind,
}

/// What an interaction was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKind {
    /// A page.
    Page,
    /// A question.
    Question,
    /// A suggestion.
    Suggestion(Outcome, Strength),
    /// A suggestion, shared with the channel.
    Shared(Outcome, Strength),
    /// A conversation of one's own, after a press on somebody else's.
    Foreign,
    /// That the questions changed since the button was made.
    Changed,
    /// That the button or command leads nowhere.
    Unknown,
    /// An apology: the answer broke these limits, which the load should have shown.
    Failed(Vec<Violation>),
}

impl ReplyKind {
    /// Its name in logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Question => "question",
            Self::Suggestion(..) => "suggestion",
            Self::Shared(..) => "shared",
            Self::Foreign => "foreign",
            Self::Changed => "changed",
            Self::Unknown => "unknown",
            Self::Failed(_) => "failed",
        }
    }
}

impl fmt::Display for ReplyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Loads and checks everything the bot says; the language of this locale is the default.
///
/// # Errors
///
/// Every fault at once: of the files, of the questions, and of the cards that are made of them.
pub fn load(source: &Source, default_language: &str) -> Result<Responses, Diagnostics> {
    let responses = read(source, default_language)?;
    let folder = match source {
        Source::BuiltIn => "responses".to_owned(),
        Source::Folder(folder) => folder.display().to_string(),
    };
    let mut faults = Vec::new();
    for language in &responses.languages {
        for card in cards(&responses, language) {
            let location = || Location::Path(format!("{folder}/{}/{}", language.locale, card.file));
            for violation in card.message.usage().err().into_iter().flatten() {
                let found = format!("the card \"{}\" in {}: {violation}", card.name, language.locale);
                faults.push(Diagnostic::error(location(), found, "shorter texts, or fewer parts and buttons"));
            }
        }
    }
    if faults.is_empty() { Ok(responses) } else { Err(Diagnostics(faults)) }
}

/// What an answer is made from: the responses, and who asks where.
pub(crate) struct Context<'a, 'i> {
    pub responses: &'a Responses,
    pub defaults: Defaults,
    pub interaction: &'i Interaction<'i>,
}

impl<'a> Context<'a, '_> {
    /// The language for an answer: the person's own when only they see it, the server's when the channel does.
    pub fn language(&self, visibility: Visibility) -> &'a Language {
        let user = self.interaction.user_locale.as_ref();
        self.responses.language(match visibility {
            Visibility::Private => user,
            Visibility::Public => self.interaction.guild_locale.as_deref().unwrap_or(user),
        })
    }
}

/// Answers an interaction. Every interaction gets an answer, and none breaks a limit of Discord's.
pub fn answer<'a>(responses: &'a Responses, defaults: Defaults, interaction: &Interaction<'_>) -> Response<'a> {
    let asked = Context { responses, defaults, interaction };
    let answer = match &interaction.request {
        Request::Command { name, show } => command(&asked, name, *show),
        Request::Press { custom_id, on } => press(&asked, custom_id, *on),
    };
    match answer.reply.message.usage() {
        Ok(_) => answer,
        Err(violations) => Response { reply: failed(responses, interaction), kind: ReplyKind::Failed(violations) },
    }
}

/// The private apology after an internal error.
pub fn failed<'a>(responses: &'a Responses, interaction: &Interaction<'_>) -> Reply<'a> {
    let language = responses.language(&interaction.user_locale);
    Reply { target: Target::NewMessage(Visibility::Private), message: notice::failed(responses, language) }
}

fn command<'a>(asked: &Context<'a, '_>, name: &str, show: Option<Visibility>) -> Response<'a> {
    if name == whichrole::COMMAND {
        return whichrole::start(asked, Target::NewMessage(show.unwrap_or(asked.defaults.conversation)));
    }
    match asked.responses.page(name) {
        Some((index, found)) if found.command => {
            page::show(asked, index, Target::NewMessage(show.unwrap_or(asked.defaults.cards)))
        }
        _ => unknown(asked),
    }
}

fn press<'a>(asked: &Context<'a, '_>, custom_id: &str, on: Visibility) -> Response<'a> {
    match Action::parse(custom_id) {
        Ok(Action::Page { name, in_place }) => match asked.responses.page(name) {
            // A public card stays for everyone; whoever presses gets a private one of their own.
            Some((index, _)) if in_place && on == Visibility::Private => {
                page::show(asked, index, Target::UpdateMessage)
            }
            Some((index, _)) => page::show(asked, index, Target::NewMessage(Visibility::Private)),
            None => unknown(asked),
        },
        Ok(Action::Start) => whichrole::start(asked, Target::NewMessage(Visibility::Private)),
        Ok(Action::Conversation(state)) => whichrole::go(asked, &state, on),
        Err(_) => unknown(asked),
    }
}

pub(crate) fn unknown<'a>(asked: &Context<'a, '_>) -> Response<'a> {
    let message = notice::unknown(asked.responses, asked.language(Visibility::Private));
    Response { reply: Reply { target: Target::NewMessage(Visibility::Private), message }, kind: ReplyKind::Unknown }
}
