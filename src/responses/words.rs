//! The words of a language, and the one list of the lines that there are.

use super::Template;

/// The words of one language.
#[derive(Debug)]
pub struct Words {
    /// `ui.toml`
    pub ui: Ui,
    /// `whichrole.toml`, `[question.ID]`: in the order of the questionnaire.
    pub questions: Vec<QuestionWords>,
    /// `whichrole.toml`, `[cto]`
    pub cto: RoleWords,
    /// `whichrole.toml`, `[cio]`
    pub cio: RoleWords,
    /// `whichrole.toml`, `[both]` and `[nothing]`
    pub suggestion: SuggestionWords,
    /// `pages/NAME.toml`: in the order of [`Responses::pages`](super::Responses::pages).
    pub pages: Vec<PageWords>,
}

/// The words of a question.
#[derive(Debug)]
pub struct QuestionWords {
    /// The question: `question.ID.title`.
    pub title: String,
    /// A sentence that helps to answer it: `question.ID.help`.
    pub help: String,
    /// What the question is about, in a few words, to name an answer by: `question.ID.topic`.
    pub topic: String,
    /// Its choices, in the order of the questionnaire: `question.ID.choice.ID`.
    pub choices: Vec<ChoiceWords>,
}

/// The words of a choice.
#[derive(Debug)]
pub struct ChoiceWords {
    /// What the choice means, beside its button: `text`.
    pub text: String,
    /// The words on its button: `label`.
    pub label: String,
}

/// The words of a page.
#[derive(Debug)]
pub struct PageWords {
    /// What the slash command does, for Discord's list of commands: `description`. Empty where it is no command.
    pub description: String,
    /// The words on a button that leads to the page: `button`.
    pub button: String,
    /// The title of the card: `title`.
    pub title: String,
    /// Its parts, in the order of the page: `part.ID`.
    pub parts: Vec<PartWords>,
}

/// The words of a part of a page.
#[derive(Debug)]
pub struct PartWords {
    /// `heading`; empty where the part has none.
    pub heading: String,
    /// `text`, in Discord's Markdown.
    pub text: String,
}

/// A list of lines: the field, its key in the file, and the placeholders that it knows.
macro_rules! lines {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* $field:ident: $key:literal [$($placeholder:literal),*],)* }) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name {
            $($(#[$doc])* pub $field: Template,)*
        }

        impl $name {
            /// Every line: its key and the placeholders that it knows.
            pub const LINES: &'static [(&'static str, &'static [&'static str])] =
                &[$(($key, &[$($placeholder),*]),)*];

            /// Makes the lines from whatever gives the line of a key with its placeholders; nothing where one lacks.
            pub fn from_lines(
                mut line: impl FnMut(&'static str, &'static [&'static str]) -> Option<Template>,
            ) -> Option<Self> {
                Some(Self { $($field: line($key, &[$($placeholder),*])?,)* })
            }
        }
    };
}

lines! {
    /// The frame of every card: `ui.toml`.
    pub struct Ui {
        /// What `/whichrole` does, for Discord's list of commands.
        command_whichrole: "command.whichrole" [],
        /// The name of the option `show`, as the person sees it.
        command_show_name: "command.show_name" [],
        /// What the option `show` does, for Discord's list of options.
        command_show: "command.show" [],
        /// Its choice for everyone.
        command_show_public: "command.show_public" [],
        /// Its choice for the person alone.
        command_show_private: "command.show_private" [],
        /// The button to a conversation from a page.
        button_whichrole: "button.whichrole" [],
        /// The button to one's own conversation from somebody else's result or a notice.
        button_start: "button.start" [],
        /// The button to the question before.
        button_back: "button.back" [],
        /// The button to the first question.
        button_restart: "button.restart" [],
        /// The button that shows a private result to the channel.
        button_share: "button.share" [],
        /// Above the first question: what it is for, and to get the difference clear first.
        question_intro: "question.intro" [],
        /// Above a core question.
        question_progress: "question.progress" ["number", "total"],
        /// Above a follow-up: that it is one more, to be sure.
        question_follow_up: "question.follow_up" ["number", "most"],
        /// Above one's own conversation, after a press on somebody else's (`owner` is a mention).
        notice_foreign: "notice.foreign" ["owner"],
        /// Above a shared result (`owner` is a mention).
        notice_shared: "notice.shared" ["owner"],
        /// After a press on a button of other questions.
        notice_changed: "notice.changed" [],
        /// After a press on a button that leads nowhere.
        notice_unknown: "notice.unknown" [],
        /// After an internal error.
        notice_failed: "notice.failed" [],
    }
}

lines! {
    /// The words of a suggestion of one role: `whichrole.toml`, `[cto]` and `[cio]`.
    pub struct RoleWords {
        /// The role's short name, as in "CTO".
        name: "name" [],
        /// The suggestion when it is clear: one sentence.
        clear: "clear" [],
        /// The suggestion when it is leaning.
        leaning: "leaning" [],
        /// The suggestion when it is slight: says plainly that the answers say little, and what to find out.
        slight: "slight" [],
        /// What the role would take on first.
        first: "first" [],
        /// What would change the suggestion, in general.
        change: "change" [],
        /// A note for an organisation that said it is small.
        small: "small" [],
        /// A note for an organisation of unknown size.
        if_small: "if_small" [],
        /// When it is both: that this role comes first, and why.
        comes_first: "comes_first" [],
    }
}

lines! {
    /// The words of a suggestion beside those of a role: `whichrole.toml`, `[suggestion]`, `[both]`, `[nothing]`.
    pub struct SuggestionWords {
        /// Above the answers that counted most.
        counted: "suggestion.counted" [],
        /// One such answer.
        answer: "suggestion.answer" ["topic", "choice"],
        /// Above what the role would take on first.
        first: "suggestion.first" [],
        /// The answer that speaks for the other role.
        against: "suggestion.against" ["topic", "choice"],
        /// Above what would change the suggestion.
        change: "suggestion.change" [],
        /// The answer that would have changed it (`outcome` is the short name of what it would have been).
        changed_by: "suggestion.changed_by" ["topic", "choice", "outcome"],
        /// The question that decided between equal totals.
        tie: "suggestion.tie" ["topic"],
        /// The one line of caveat.
        caveat: "suggestion.caveat" [],
        /// The short name of both, as in "both".
        both_name: "both.name" [],
        /// Both, when it is clear.
        both_clear: "both.clear" [],
        /// Both, when it is leaning.
        both_leaning: "both.leaning" [],
        /// Both, for an organisation that said it is small: one combined or part-time person.
        both_small: "both.small" [],
        /// What each would take on first.
        both_first: "both.first" [],
        /// Who comes first when nothing tells.
        both_comes_first: "both.comes_first" [],
        /// What would change the suggestion, in general.
        both_change: "both.change" [],
        /// A note for an organisation of unknown size.
        both_if_small: "both.if_small" [],
        /// When the answers say nothing that tells the roles apart: says so, and what to find out.
        nothing: "nothing.text" [],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_and_placeholder_is_explained_to_writers() {
        let explained = include_str!("../../docs/writing.md");
        for (key, placeholders) in Ui::LINES.iter().chain(RoleWords::LINES).chain(SuggestionWords::LINES) {
            // Those of whichrole.toml are explained below the name of their table.
            let written = match key.split_once('.') {
                Some(("suggestion" | "both" | "nothing", key)) => key,
                _ => key,
            };
            assert!(explained.contains(&format!("`{written}`")), "{key}");
            for placeholder in *placeholders {
                assert!(explained.contains(&format!("`{{{placeholder}}}`")), "{placeholder}");
            }
        }
    }
}
