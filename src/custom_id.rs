//! A button's action, to and from the at most 100 characters of its `custom_id`.
//!
//! This is all the memory the bot has of a personal conversation:
//!
//! ```text
//! page:cio                            turn a private card to this page; a public card opens it in private
//! open:cio                            open this page in private, and leave the card as it is
//! start                               begin a conversation of one's own
//! answer:5f2a91c0:80351110224678912:02    the conversation after these answers
//! back:…  restart:…  share:…              likewise; see [`Step`]
//! ```
//!
//! The four fields of a conversation are the step, the revision of the questions, the owner, and the answers given,
//! one base-36 digit each, in the order in which they were asked. Buttons stay pressable for years: a form that was
//! once sent must keep its meaning.

use std::fmt::{self, Write};

use crate::interaction::UserId;
use crate::message::MAX_CUSTOM_ID;

/// Where a press leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    /// A page, such as the card of a role.
    Page {
        /// The page's name.
        name: &'a str,
        /// Whether it may take the state of the card the button is under.
        in_place: bool,
    },
    /// A conversation of one's own, from the first question.
    Start,
    /// A state in somebody's conversation.
    Conversation(ConversationState),
}

/// A state in somebody's conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationState {
    /// What led there.
    pub step: Step,
    /// The revision of the questions that the answers belong to.
    pub revision: Revision,
    /// Whose conversation it is.
    pub owner: UserId,
    /// The answers given so far.
    pub answers: Answers,
}

/// What leads to a state in a conversation. Two buttons of a message may lead to the same state (after one answer,
/// both Back and Start over lead to the first question), and Discord wants their `custom_id`s to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A choice.
    Answer,
    /// The same without the last answer.
    Back,
    /// The first question.
    Restart,
    /// The suggestion, for the whole channel to see.
    Share,
}

impl Step {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Answer, "answer"), (Self::Back, "back"), (Self::Restart, "restart"), (Self::Share, "share")];

    fn name(self) -> &'static str {
        let [answer, back, restart, share] = Self::ALL;
        match self {
            Self::Answer => answer.1,
            Self::Back => back.1,
            Self::Restart => restart.1,
            Self::Share => share.1,
        }
    }
}

/// Tells one set of questions from another: buttons made for other questions, choices, points or another rule have
/// another revision. Words do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(pub u32);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Answers in the order in which the questions were asked: the index of each choice, below [`MAX_CHOICES`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Answers(Vec<u8>);

/// How many choices a question can have: one digit in base 36 tells which was taken.
pub const MAX_CHOICES: usize = 36;

impl Answers {
    /// These choices.
    ///
    /// # Panics
    ///
    /// When a choice is not below [`MAX_CHOICES`]; the loader refuses questions with more.
    pub fn new(choices: Vec<u8>) -> Self {
        assert!(choices.iter().all(|&choice| usize::from(choice) < MAX_CHOICES), "a choice past {MAX_CHOICES}");
        Self(choices)
    }

    /// The choices.
    pub fn choices(&self) -> &[u8] {
        &self.0
    }

    fn digits(&self) -> impl Iterator<Item = char> {
        let digit = |&choice: &u8| char::from_digit(choice.into(), 36);
        self.0.iter().map(move |choice| digit(choice).expect("`Answers::new` takes only base-36 digits"))
    }

    /// These answers and one more.
    pub fn with(&self, choice: u8) -> Self {
        let mut choices = Vec::with_capacity(self.0.len() + 1);
        choices.extend_from_slice(&self.0);
        choices.push(choice);
        Self::new(choices)
    }

    /// These answers without the last, if there is one.
    pub fn without_last(&self) -> Self {
        Self(self.0.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default())
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits().try_for_each(|digit| f.write_char(digit))
    }
}

impl fmt::Display for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.custom_id())
    }
}

/// A `custom_id` that this bot does not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCustomId;

impl fmt::Display for UnknownCustomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a custom_id that this bot does not make")
    }
}

impl std::error::Error for UnknownCustomId {}

impl<'a> Action<'a> {
    /// The text that leads here.
    pub fn custom_id(&self) -> String {
        let mut custom_id = String::with_capacity(MAX_CUSTOM_ID);
        match self {
            Self::Page { name, in_place } => {
                custom_id.push_str(if *in_place { "page:" } else { "open:" });
                custom_id.push_str(name);
            }
            Self::Start => custom_id.push_str("start"),
            Self::Conversation(ConversationState { step, revision, owner, answers }) => {
                custom_id.push_str(step.name());
                write!(custom_id, ":{:08x}:{}:", revision.0, owner.0).expect("writing to memory succeeds");
                custom_id.extend(answers.digits());
            }
        }
        custom_id
    }

    /// Reads a `custom_id`, which may be any text: it comes from outside.
    ///
    /// # Errors
    ///
    /// When it is none that [`Action::custom_id`] makes. Whether the page exists, the revision is the current
    /// one and the answers fit the questions is for the caller to see.
    pub fn parse(custom_id: &'a str) -> Result<Self, UnknownCustomId> {
        if custom_id == "start" {
            return Ok(Self::Start);
        }
        let (kind, rest) = custom_id.split_once(':').ok_or(UnknownCustomId)?;
        match kind {
            "page" if !rest.is_empty() => return Ok(Self::Page { name: rest, in_place: true }),
            "open" if !rest.is_empty() => return Ok(Self::Page { name: rest, in_place: false }),
            _ => {}
        }
        let (step, _) = Step::ALL.into_iter().find(|(_, name)| *name == kind).ok_or(UnknownCustomId)?;
        let mut fields = rest.split(':');
        let (Some(revision), Some(owner), Some(answers), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(UnknownCustomId);
        };
        let state = ConversationState {
            step,
            revision: Revision(u32::from_str_radix(revision, 16).map_err(|_| UnknownCustomId)?),
            owner: UserId(owner.parse().map_err(|_| UnknownCustomId)?),
            answers: Answers(answers.chars().map(digit).collect::<Option<_>>().ok_or(UnknownCustomId)?),
        };
        let action = Self::Conversation(state);
        // One state, one text: "+7", upper-case digits and leading zeros are not ours.
        if action.custom_id() == custom_id { Ok(action) } else { Err(UnknownCustomId) }
    }
}

fn digit(character: char) -> Option<u8> {
    character.to_digit(36).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state() -> impl Strategy<Value = ConversationState> {
        let step = prop::sample::select(Step::ALL.map(|(step, _)| step).to_vec());
        let answers = prop::collection::vec(0..MAX_CHOICES as u8, 0..8);
        (step, any::<u32>(), any::<u64>(), answers).prop_map(|(step, revision, owner, answers)| ConversationState {
            step,
            revision: Revision(revision),
            owner: UserId(owner),
            answers: Answers::new(answers),
        })
    }

    proptest! {
        #[test]
        fn a_place_survives_the_round_trip(state in state()) {
            let text = Action::Conversation(state.clone()).to_string();
            prop_assert!(text.len() <= crate::message::MAX_CUSTOM_ID);
            prop_assert_eq!(Action::parse(&text), Ok(Action::Conversation(state)));
        }

        #[test]
        fn a_page_survives_the_round_trip(name in "[-_a-z0-9]{1,32}", in_place: bool) {
            let action = Action::Page { name: &name, in_place };
            let text = action.to_string();
            prop_assert_eq!(Action::parse(&text), Ok(action));
        }

        #[test]
        fn any_text_is_refused_or_is_the_one_text_of_its_destination(text in "\\PC*") {
            if let Ok(action) = Action::parse(&text) {
                prop_assert_eq!(action.to_string(), text);
            }
        }

        #[test]
        fn text_that_is_almost_ours_never_panics(
            text in "(answer|back|page|open|share|restart|start|)[:+0-9a-fA-F:]{0,60}"
        ) {
            if let Ok(action) = Action::parse(&text) {
                prop_assert_eq!(action.to_string(), text);
            }
        }
    }

    #[test]
    fn buttons_that_were_sent_keep_their_meaning() {
        for (text, action) in [
            ("start", Action::Start),
            ("page:cio", Action::Page { name: "cio", in_place: true }),
            ("open:cio", Action::Page { name: "cio", in_place: false }),
            (
                "back:0000002a:18446744073709551615:01z",
                Action::Conversation(ConversationState {
                    step: Step::Back,
                    revision: Revision(42),
                    owner: UserId(u64::MAX),
                    answers: Answers::new(vec![0, 1, 35]),
                }),
            ),
        ] {
            assert_eq!(action.to_string(), text);
            assert_eq!(Action::parse(text), Ok(action));
        }
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        for text in [
            "",
            "start:",
            "page:",
            "answer",
            "answer:2a:1:0",
            "answer:0000002A:1:0",
            "answer:0000002a:+1:0",
            "answer:0000002a:01:0",
            "answer:0000002a:18446744073709551616:0",
            "answer:0000002a:1:0:0",
            "answer:0000002a:1:A",
            "answer:0000002a:1",
            "jump:0000002a:1:0",
        ] {
            assert_eq!(Action::parse(text), Err(UnknownCustomId), "{text:?}");
        }
    }
}
