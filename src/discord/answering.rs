//! Answers an interaction for a transport: what goes wrong inside is caught, and each answer is one line in the log.
//!
//! ```text
//! INFO interaction id=1187… kind="press" command="answer" language="de" outcome=question micros=31
//! ```
//!
//! No line holds a token, a body or anybody's answers.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::time::Duration;

use crate::bot::{self, Answer, Answered, Defaults};
use crate::interaction::{Interaction, Request, Visibility};
use crate::message::To;
use crate::responses::Responses;

/// Answers an interaction; where the bot panics, with an apology and a line in the log that says where.
pub fn answer_caught(responses: &Responses, defaults: Defaults, interaction: &Interaction<'_>) -> Answer {
    // `answer` only reads what it is given, so nothing is left half changed.
    match caught(AssertUnwindSafe(|| bot::answer(responses, defaults, interaction))) {
        Ok(answer) => {
            if let Answered::Failed(violations) = &answer.result {
                let violations: Vec<_> = violations.iter().map(ToString::to_string).collect();
                tracing::error!(violations = violations.join("; "), "an answer breaks limits of Discord's");
            }
            answer
        }
        Err(place) => {
            tracing::error!(place, "panicked while answering");
            Answer { reply: bot::failed(responses, interaction), result: Answered::Failed(Vec::new()) }
        }
    }
}

/// Logs an answered interaction: its id, what it was, and how long the person has waited for us.
pub fn log(id: u64, responses: &Responses, interaction: &Interaction<'_>, answer: &Answer, took: Duration) {
    let (kind, command, on) = match &interaction.request {
        Request::Command { name, .. } => ("command", name.as_ref(), Visibility::Private),
        Request::Press { custom_id, on } => ("press", step(custom_id), *on),
    };
    let visibility = match answer.reply.to {
        To::New(visibility) => visibility,
        To::Update => on,
    };
    let locale = match (visibility, &interaction.guild_locale) {
        (Visibility::Public, Some(guild)) => guild,
        _ => &interaction.user_locale,
    };
    tracing::info!(
        id,
        kind,
        command,
        language = responses.language(locale).locale,
        outcome = %answer.result,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "interaction"
    );
}

/// What a button does: the first field of its `custom_id`. The others tell who pressed and what they answered.
fn step(custom_id: &str) -> &'static str {
    const STEPS: [&str; 7] = ["page", "open", "start", "answer", "back", "restart", "share"];
    let first = custom_id.split(':').next().unwrap_or_default();
    STEPS.into_iter().find(|step| *step == first).unwrap_or("unknown")
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `f`; where it panics, gives back the place in the code. Only the place: a panic's message may quote what
/// somebody sent.
fn caught<T>(f: impl FnOnce() -> T + panic::UnwindSafe) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CATCHING.get() {
                PLACE.set(info.location().map(ToString::to_string).unwrap_or_default());
            } else {
                others(info);
            }
        }));
    });
    CATCHING.set(true);
    let result = panic::catch_unwind(f);
    CATCHING.set(false);
    result.map_err(|_| PLACE.take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_by_its_place_and_not_by_what_it_quotes() {
        let place = caught(|| -> () { panic!("somebody's answers") }).expect_err("it panics");
        assert!(place.starts_with(file!()) && !place.contains("answers"), "{place}");
        assert_eq!(caught(|| 7), Ok(7));
    }

    #[test]
    fn a_log_line_names_the_step_and_never_the_answers() {
        assert_eq!(step("answer:5f2a91c0:80351110224678912:02"), "answer");
        assert_eq!(step("start"), "start");
        assert_eq!(step("5f2a91c0:80351110224678912:02"), "unknown");
    }
}
