//! A button's action, to and from the at most 100 characters of its `custom_id`.
//!
//! This is all the memory the bot has of a personal conversation:
//!
//! ```text
//! page:cio                            turn a private card to this page; a public card opens it in private
//! open:cio                            open this page in private, and leave the card as it is
//! start                               begin a conversation of one's own
//! answer:5f2a91c0:80351110224678912:02    the conversation after these answers
//! back:…  restart:…  details:…  suggestion:…  preview:…  share:…  share-only:…    likewise; see [`Step`]
//! round:answer:1240000000000000000    a form of a team's round, or something done to it; see [`RoundStep`]
//! vote:5f2a91c0:1240000000000000000:02    one's own answers in a round, follow-ups included
//! about:forget                        delete what is stored about the person who presses
//! ```
//!
//! The four fields of a conversation are the step, the revision of the questions, the owner, and the answers given,
//! one base-36 digit each, in the order in which they were asked. Buttons stay pressable for years: a form that was
//! once sent must keep its meaning.

use std::fmt::{self, Write};

use crate::advisor::{Answers, Questionnaire};
use crate::interaction::UserId;
use crate::message::MAX_CUSTOM_ID;
use crate::round::RoundId;

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
    /// Something done to a round; the `custom_id` of a form as well.
    Round(RoundStep, RoundId),
    /// The answers of the person who presses, in a round.
    Vote {
        /// The round.
        round: RoundId,
        /// The revision of the questions that the answers belong to.
        revision: Revision,
        /// The answers, follow-ups included.
        answers: Answers,
    },
    /// Delete what is stored about the person who presses.
    Forget,
}

/// What is done to a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundStep {
    /// Answer, or change the answer.
    Answer,
    /// Take the answer back.
    Withdraw,
    /// Close the round.
    Close,
    /// Ask the same again.
    Again,
    /// Get the counts as files.
    Export,
}

impl RoundStep {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Answer, Self::Withdraw, Self::Close, Self::Again, Self::Export];

    /// The name in a `custom_id`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Withdraw => "withdraw",
            Self::Close => "close",
            Self::Again => "again",
            Self::Export => "export",
        }
    }
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
    /// The details of the suggestion.
    Details,
    /// Back from the details, or from the preview, to the suggestion.
    Suggestion,
    /// What the channel would see of the suggestion.
    Preview,
    /// The suggestion, for the whole channel to see, with the answers that counted.
    Share,
    /// The suggestion, for the whole channel to see, without the answers.
    ShareWithoutAnswers,
}

impl Step {
    const ALL: [Self; 8] = [
        Self::Answer,
        Self::Back,
        Self::Restart,
        Self::Details,
        Self::Suggestion,
        Self::Preview,
        Self::Share,
        Self::ShareWithoutAnswers,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Back => "back",
            Self::Restart => "restart",
            Self::Details => "details",
            Self::Suggestion => "suggestion",
            Self::Preview => "preview",
            Self::Share => "share",
            Self::ShareWithoutAnswers => "share-only",
        }
    }
}

/// Tells one set of questions from another: buttons made for other questions, choices, points or another rule have
/// another revision. Words do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(pub u32);

impl Revision {
    /// The revision of a questionnaire: the CRC-32 (of zlib) of its [canonical text](Questionnaire::canonical_text).
    pub fn of(questionnaire: &Questionnaire) -> Self {
        Self(crc32fast::hash(questionnaire.canonical_text().as_bytes()))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Display for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page { name, in_place } => write!(f, "{}:{name}", if *in_place { "page" } else { "open" }),
            Self::Start => f.write_str("start"),
            Self::Conversation(ConversationState { step, revision, owner, answers }) => {
                write!(f, "{}:{revision}:{}:{answers}", step.name(), owner.0)
            }
            Self::Round(step, RoundId(round)) => write!(f, "round:{}:{round}", step.name()),
            Self::Vote { round: RoundId(round), revision, answers } => write!(f, "vote:{revision}:{round}:{answers}"),
            Self::Forget => f.write_str(FORGET),
        }
    }
}

const FORGET: &str = "about:forget";

/// A `custom_id` that this bot does not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a custom_id that this bot does not make")]
pub struct UnknownCustomId;

impl<'a> Action<'a> {
    /// The button's text for this action, at most [`MAX_CUSTOM_ID`] characters.
    pub fn custom_id(&self) -> String {
        let mut custom_id = String::with_capacity(MAX_CUSTOM_ID);
        write!(custom_id, "{self}").expect("writing to memory succeeds");
        custom_id
    }

    /// Reads a `custom_id`, which may be any text: it comes from outside.
    ///
    /// Does not check that the page exists, the revision is the current one and the answers fit the questions.
    ///
    /// # Errors
    ///
    /// If [`Action::custom_id`] does not make this very text.
    pub fn parse(custom_id: &'a str) -> Result<Self, UnknownCustomId> {
        match custom_id {
            "start" => return Ok(Self::Start),
            FORGET => return Ok(Self::Forget),
            _ => {}
        }
        let (kind, rest) = custom_id.split_once(':').ok_or(UnknownCustomId)?;
        match kind {
            "page" if !rest.is_empty() => return Ok(Self::Page { name: rest, in_place: true }),
            "open" if !rest.is_empty() => return Ok(Self::Page { name: rest, in_place: false }),
            _ => {}
        }
        let action = if kind == "round" {
            let (step, round) = rest.split_once(':').ok_or(UnknownCustomId)?;
            let step = RoundStep::ALL.into_iter().find(|known| known.name() == step).ok_or(UnknownCustomId)?;
            Self::Round(step, RoundId(round.parse().map_err(|_| UnknownCustomId)?))
        } else {
            let mut fields = rest.split(':');
            let (Some(revision), Some(id), Some(answers), None) =
                (fields.next(), fields.next(), fields.next(), fields.next())
            else {
                return Err(UnknownCustomId);
            };
            let revision = Revision(u32::from_str_radix(revision, 16).map_err(|_| UnknownCustomId)?);
            let id = id.parse().map_err(|_| UnknownCustomId)?;
            let answers = Answers::parse(answers).ok_or(UnknownCustomId)?;
            if kind == "vote" {
                Self::Vote { round: RoundId(id), revision, answers }
            } else {
                let step = Step::ALL.into_iter().find(|step| step.name() == kind).ok_or(UnknownCustomId)?;
                Self::Conversation(ConversationState { step, revision, owner: UserId(id), answers })
            }
        };
        // One state, one text: "+7", upper-case digits and leading zeros are not ours.
        if is_written_as(&action, custom_id) { Ok(action) } else { Err(UnknownCustomId) }
    }
}

/// Compares an action's text with `expected` without building it.
fn is_written_as(action: &Action<'_>, expected: &str) -> bool {
    /// What is left to compare.
    struct Rest<'a>(&'a str);

    impl Write for Rest<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    let mut rest = Rest(expected);
    write!(rest, "{action}").is_ok() && rest.0.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state() -> impl Strategy<Value = ConversationState> {
        let step = prop::sample::select(Step::ALL.to_vec());
        let answers = prop::collection::vec(0..=Answers::MAX_CHOICE, 0..8);
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
        fn a_round_survives_the_round_trip(
            step in prop::sample::select(RoundStep::ALL.to_vec()), round: u64, state in state()
        ) {
            let round = RoundId(round);
            let vote = Action::Vote { round, revision: state.revision, answers: state.answers };
            for action in [Action::Round(step, round), vote] {
                let text = action.to_string();
                prop_assert!(text.len() <= crate::message::MAX_CUSTOM_ID);
                prop_assert_eq!(Action::parse(&text), Ok(action));
            }
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
            text in "(answer|back|page|open|share|share-only|details|suggestion|preview|restart|start|vote|round:answer|about|)[:+0-9a-fA-F:]{0,60}"
        ) {
            if let Ok(action) = Action::parse(&text) {
                prop_assert_eq!(action.to_string(), text);
            }
        }
    }

    #[test]
    fn buttons_that_were_sent_keep_their_meaning() {
        let state = |step| {
            let (revision, owner, answers) = (Revision(42), UserId(7), Answers::default());
            Action::Conversation(ConversationState { step, revision, owner, answers })
        };
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
            ("answer:0000002a:7:", state(Step::Answer)),
            ("restart:0000002a:7:", state(Step::Restart)),
            ("details:0000002a:7:", state(Step::Details)),
            ("suggestion:0000002a:7:", state(Step::Suggestion)),
            ("preview:0000002a:7:", state(Step::Preview)),
            ("share:0000002a:7:", state(Step::Share)),
            ("share-only:0000002a:7:", state(Step::ShareWithoutAnswers)),
            ("round:answer:7", Action::Round(RoundStep::Answer, RoundId(7))),
            ("round:withdraw:7", Action::Round(RoundStep::Withdraw, RoundId(7))),
            ("round:close:7", Action::Round(RoundStep::Close, RoundId(7))),
            ("round:again:7", Action::Round(RoundStep::Again, RoundId(7))),
            ("round:export:7", Action::Round(RoundStep::Export, RoundId(7))),
            (
                "vote:0000002a:7:012",
                Action::Vote { round: RoundId(7), revision: Revision(42), answers: Answers::new(vec![0, 1, 2]) },
            ),
            ("about:forget", Action::Forget),
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
            "round:7",
            "round:open:7",
            "round:answer:07",
            "vote:0000002a:7",
            "vote:0000002a:x:0",
            "about",
        ] {
            assert_eq!(Action::parse(text), Err(UnknownCustomId), "{text:?}");
        }
    }
}
