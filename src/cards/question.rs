//! The card of a question: progress, the question, a button for each choice.

use std::borrow::Cow;

use super::{Conversation, button, mention};
use crate::advisor::Answers;
use crate::custom_id::Step;
use crate::interaction::UserId;
use crate::message::{ButtonStyle, Component, Message};

impl<'a> Conversation<'a> {
    /// A question's card (`question` is its index), after these answers.
    pub fn question(&self, question: usize, answers: &Answers) -> Message<'a> {
        let ui = &self.language.words.ui;
        let words = &self.language.words.questions[question];
        let questionnaire = &self.responses.questionnaire;
        let given = answers.choices().len();
        let number = given + 1;
        let progress = if question < questionnaire.core {
            ui.question_progress(number, questionnaire.core)
        } else {
            ui.question_follow_up(number, questionnaire.max_questions)
        };
        // Intro and line, the question, its choices, and below them the line and the row.
        let mut components = Vec::with_capacity(words.choices.len() + 5);
        if given == 0 {
            components.push(Component::TextDisplay(ui.question_intro()));
            components.push(Component::Separator);
        }
        components.push(Component::TextDisplay(format!("-# {progress}\n## {}\n{}", words.title, words.help).into()));
        for (choice, words) in (0..).zip(&words.choices) {
            let action = self.action(Step::Answer, answers.with(choice));
            components.push(Component::Section {
                text: Cow::Borrowed(&words.text),
                accessory: button(&action, words.label.as_str(), ButtonStyle::Primary),
            });
        }
        components.push(Component::Separator);
        components.push(Component::ActionRow(self.back_and_restart(answers)));
        let accent_color = self.responses.styles.question;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// The first question, below a line that names the owner of the conversation whose button was pressed.
    pub fn first_question_after(&self, foreign_owner: UserId) -> Message<'a> {
        let mut message = self.question(0, &Answers::default());
        message.components.insert(0, Component::TextDisplay(self.foreign_notice(foreign_owner)));
        message
    }

    fn foreign_notice(&self, owner: UserId) -> Cow<'a, str> {
        self.language.words.ui.notice_foreign(mention(owner))
    }
}
