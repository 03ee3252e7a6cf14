//! What the channel sees of a suggestion that its owner shares: who asked, the suggestion, what counted, and a question
//! to everybody. The owner sees it first, and may leave the answers out.

use super::{Conversation, button, mention};
use crate::advisor::{Answers, Claims, Suggestion};
use crate::custom_id::{Action, Step};
use crate::message::{Button, ButtonStyle, Component, Message};
use crate::picture::Drawing;

/// Whether a shared suggestion tells the answers that counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reveal {
    /// It does.
    Answers,
    /// It does not.
    SuggestionOnly,
}

impl<'a> Conversation<'a> {
    /// A shared suggestion, for everybody in the channel. Its buttons tell nothing of the answers either.
    pub fn shared(&self, suggestion: &Suggestion, reveal: Reveal) -> Message<'a> {
        Message { components: vec![self.shared_card(&suggestion.claims(), self.drawing(suggestion), reveal, false)] }
    }

    /// What the channel (`public` is the conversation in its language) would see, with the choice to share it.
    pub fn preview(&self, public: &Conversation<'a>, suggestion: &Suggestion, answers: &Answers) -> Message<'a> {
        self.preview_card(public, &suggestion.claims(), self.drawing(suggestion), answers)
    }

    /// What the channel would see of a suggestion that claims this.
    pub(super) fn preview_card(
        &self,
        public: &Conversation<'a>,
        claims: &Claims,
        drawing: Drawing,
        answers: &Answers,
    ) -> Message<'a> {
        let ui = &self.language.words.ui;
        let row = [
            (Step::Share, ui.button_share(), ButtonStyle::Primary),
            (Step::ShareWithoutAnswers, ui.button_share_without_answers(), ButtonStyle::Secondary),
            (Step::Suggestion, ui.button_suggestion(), ButtonStyle::Secondary),
        ];
        let row = row.map(|(step, label, style)| button(&self.action(step, answers.clone()), label, style));
        Message {
            components: vec![
                Component::TextDisplay(ui.notice_preview()),
                public.shared_card(claims, drawing, Reveal::Answers, true),
                Component::ActionRow(row.into()),
            ],
        }
    }

    /// The card in the channel; in a preview its button is disabled.
    pub(super) fn shared_card(
        &self,
        claims: &Claims,
        drawing: Drawing,
        reveal: Reveal,
        in_preview: bool,
    ) -> Component<'a> {
        let words = &self.language.words;
        let mut components = vec![
            Component::TextDisplay(words.ui.notice_shared(mention(self.owner))),
            Component::Separator,
            Component::TextDisplay(self.headline(claims.headline)),
            self.picture(claims, drawing),
        ];
        let question = match reveal {
            Reveal::Answers => {
                components.extend(self.reasons(claims).map(|reasons| Component::TextDisplay(reasons.into())));
                words.suggestion.shared_question()
            }
            Reveal::SuggestionOnly => words.suggestion.shared_question_without_answers(),
        };
        components.push(Component::Separator);
        let start = button(&Action::Start, words.ui.button_start(), ButtonStyle::Primary);
        components.push(Component::Section { text: question, accessory: Button { disabled: in_preview, ..start } });
        Component::Container { accent_color: self.accent_color(claims.headline), components }
    }
}
