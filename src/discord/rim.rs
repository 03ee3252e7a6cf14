//! The bot with a net under it: whatever happens inside, the person gets an answer and the log gets the cause.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::bot::{self, Answer, Answered, Defaults};
use crate::interaction::Interaction;
use crate::responses::Responses;

/// [`bot::answer`], which after a panic answers with the private apology. `None` when there is not even that.
///
/// The cause goes to the log, with `id`, the interaction's.
pub(crate) fn answer(
    responses: &Responses,
    defaults: Defaults,
    interaction: &Interaction<'_>,
    id: u64,
) -> Option<Answer> {
    let answer = caught(|| bot::answer(responses, defaults, interaction)).or_else(|panic| {
        tracing::error!(id, place = panic.place, message = panic.message, "the bot panicked");
        caught(|| Answer { reply: bot::failed(responses, interaction), result: Answered::Failed(Vec::new()) })
    });
    match answer {
        Ok(answer) => {
            if let Answered::Failed(violations) = &answer.result {
                for violation in violations {
                    tracing::error!(id, %violation, "an answer broke a limit of Discord's");
                }
            }
            Some(answer)
        }
        Err(panic) => {
            tracing::error!(id, place = panic.place, message = panic.message, "the apology panicked");
            None
        }
    }
}

/// What is known of a panic.
#[derive(Debug)]
struct Panic {
    /// File, line and column.
    place: String,
    /// What it said, where that is a text of our own. A text made at run time may hold what a person sent.
    message: &'static str,
}

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `work`, and gives its panic in place of printing it.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    static HOOK: Once = Once::new();
    // Only the hook learns where a panic happened.
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if WATCHED.get() {
                PLACE.set(panic.location().map_or_else(String::new, ToString::to_string));
            } else {
                usual(panic);
            }
        }));
    });
    WATCHED.set(true);
    // Everything in reach is read only, so nothing is left half changed.
    let result = catch_unwind(AssertUnwindSafe(work));
    WATCHED.set(false);
    result.map_err(|message| Panic {
        place: PLACE.take(),
        message: message.downcast_ref::<&'static str>().copied().unwrap_or("(not shown)"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_its_place_and_without_what_a_person_sent() {
        let panic = |work: fn()| caught(work).expect_err("it panics");
        let sent = panic(|| panic!("{}", std::hint::black_box("secret")));
        assert!(sent.place.starts_with("src/discord/rim.rs:"), "{}", sent.place);
        assert_eq!(sent.message, "(not shown)");
        assert_eq!(panic(|| panic!("our own words")).message, "our own words");
        assert_eq!(caught(|| 7).ok(), Some(7));
    }
}
