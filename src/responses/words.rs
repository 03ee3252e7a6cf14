//! The words of a language, and the one list of the lines that there are.

use std::borrow::Cow;
use std::fmt::Display;

use super::template::Template;

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

/// What kind of line it is, which says what Discord and the cards allow in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of a card, in Discord's Markdown; may have several lines.
    Text,
    /// Text of a card that must fit into one line.
    Line,
    /// The label of a button.
    Label,
    /// The description of a command or an option, or the name of an option's choice.
    Description,
    /// The name of an option of a command.
    OptionName,
    /// Text of a card with a number in it: a table with a form for each kind of number.
    #[cfg_attr(not(test), expect(dead_code, reason = "lines of rounds will have numbers in them"))]
    Plural,
}

/// A line of the list: its key in its table, its kind, and the placeholders that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    pub(super) placeholders: &'static [&'static str],
}

/// A line as it is written in a file.
#[derive(Debug)]
pub(super) enum Written {
    /// One text.
    Plain(String),
    /// A form for each kind of number, by its name.
    Plural {
        /// The language whose rules say which number takes which form.
        #[cfg_attr(not(test), expect(dead_code, reason = "lines of rounds will have numbers in them"))]
        locale: String,
        /// The name and the text of each form.
        forms: Vec<(String, String)>,
    },
}

impl Written {
    /// Returns the text; `None` for a line with forms.
    pub(super) fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Plural { .. } => None,
        }
    }

    /// Returns every text with the name of its form; a plain text has none.
    pub(super) fn texts(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Self::Plain(text) => vec![(None, text)],
            Self::Plural { forms, .. } => forms.iter().map(|(form, text)| (Some(&**form), &**text)).collect(),
        }
    }
}

/// Declares the lines of a table. Each has a name, a kind (a variant of [`Kind`]), a key in the file and its
/// placeholders; the name becomes a method that takes a value for each placeholder and returns the filled line. The
/// first placeholder of a plural is the number that chooses the form:
///
/// ```text
/// question_progress: Text "question.progress" [number, total]
///     -> fn question_progress(&self, number: impl Display, total: impl Display) -> Cow<'_, str>
/// round_answers: Plural "round.answers" [count, owner]
///     -> fn round_answers(&self, count: u64, owner: impl Display) -> Cow<'_, str>
/// ```
macro_rules! lines {
    (@names $($placeholder:ident)*) => { [$(stringify!($placeholder)),*] };
    (@count $($placeholder:ident)*) => { <[&str]>::len(&[$(stringify!($placeholder)),*]) };
    (@field Plural $($placeholder:ident)*) => { $crate::responses::plural::Plural<{ lines!(@count $($placeholder)*) }> };
    (@field $kind:ident $($placeholder:ident)*) => { Template<{ lines!(@count $($placeholder)*) }> };
    (@read Plural $written:expr, $($placeholder:ident)*) => {
        match $written {
            Written::Plural { locale, forms } => $crate::responses::plural::Plural::parse(locale, forms, lines!(@names $($placeholder)*)),
            Written::Plain(_) => None,
        }
    };
    (@read $kind:ident $written:expr, $($placeholder:ident)*) => {
        $written.plain().and_then(|text| Template::parse(text, lines!(@names $($placeholder)*)).ok())
    };
    (@method Plural $line:ident [$(#[$doc:meta])*] $count:ident $($placeholder:ident)*) => {
        $(#[$doc])*
        pub fn $line(&self, $count: u64, $($placeholder: impl Display),*) -> Cow<'_, str> {
            self.$line.fill($count, [&$count, $(&$placeholder),*])
        }
    };
    (@method $kind:ident $line:ident [$(#[$doc:meta])*] $($placeholder:ident)*) => {
        $(#[$doc])*
        pub fn $line(&self, $($placeholder: impl Display),*) -> Cow<'_, str> {
            self.$line.fill([$(&$placeholder),*])
        }
    };
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* $line:ident: $kind:ident $key:literal [$($placeholder:ident),*],)*
    }) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name {
            $($line: lines!(@field $kind $($placeholder)*),)*
        }

        impl $name {
            /// Every line of the table.
            pub(super) const LINES: &'static [Line] =
                &[$(Line { key: $key, kind: Kind::$kind, placeholders: &lines!(@names $($placeholder)*) },)*];

            /// Builds all lines from what `written` returns for their keys; `None` if any is missing.
            pub(super) fn from_written<'a>(written: impl Fn(&str) -> Option<&'a Written>) -> Option<Self> {
                Some(Self { $($line: lines!(@read $kind written($key)?, $($placeholder)*)?,)* })
            }

            $(lines!(@method $kind $line [$(#[$doc])*] $($placeholder)*);)*
        }
    };
}

#[cfg(test)]
pub(super) use lines;

lines! {
    /// The frame of every card: `ui.toml`.
    pub struct Ui {
        /// What `/whichrole` does, for Discord's list of commands.
        command_whichrole: Description "command.whichrole" [],
        /// The name of the option `show`, as the person sees it.
        command_show_name: OptionName "command.show_name" [],
        /// What the option `show` does, for Discord's list of options.
        command_show: Description "command.show" [],
        /// Its choice for everyone.
        command_show_public: Description "command.show_public" [],
        /// Its choice for the person alone.
        command_show_private: Description "command.show_private" [],
        /// The button to a conversation from a page.
        button_whichrole: Label "button.whichrole" [],
        /// The button to one's own conversation from somebody else's result or a notice.
        button_start: Label "button.start" [],
        /// The button to the question before.
        button_back: Label "button.back" [],
        /// The button to the first question.
        button_restart: Label "button.restart" [],
        /// The button from a suggestion to its details.
        button_details: Label "button.details" [],
        /// The button back to the suggestion.
        button_suggestion: Label "button.suggestion" [],
        /// The button from a private suggestion to what the channel would see of it.
        button_preview: Label "button.preview" [],
        /// The button that shares it, answers and all.
        button_share: Label "button.share" [],
        /// The button that shares it without the answers.
        button_share_without_answers: Label "button.share_without_answers" [],
        /// Above the first question: what it is for, and to get the difference clear first.
        question_intro: Text "question.intro" [],
        /// Above a core question.
        question_progress: Text "question.progress" [number, total],
        /// Above a follow-up: that it is one more, to be sure.
        question_follow_up: Text "question.follow_up" [number, most],
        /// Above one's own conversation, after a press on somebody else's (`owner` is a mention).
        notice_foreign: Text "notice.foreign" [owner],
        /// Above a shared suggestion: who asked (`owner` is a mention).
        notice_shared: Text "notice.shared" [owner],
        /// Above what the channel would see.
        notice_preview: Text "notice.preview" [],
        /// After a press on a button of other questions.
        notice_changed: Text "notice.changed" [],
        /// After a press on a button that leads nowhere.
        notice_unknown: Text "notice.unknown" [],
        /// After an internal error.
        notice_failed: Text "notice.failed" [],
    }
}

lines! {
    /// The words of a suggestion of one role: `whichrole.toml`, `[cto]` and `[cio]`.
    pub struct RoleWords {
        /// What it is called in `details.changed_by`, such as "a CTO".
        name: Text "name" [],
        /// The suggestion when it is clear: a heading and one sentence.
        clear: Text "clear" [],
        /// The suggestion when it is leaning.
        leaning: Text "leaning" [],
        /// The suggestion when it is slight.
        slight: Text "slight" [],
        /// The first step.
        step: Text "step" [],
        /// The first step when the suggestion is slight: whom to ask, and what.
        step_slight: Text "step_slight" [],
        /// What the role would take on first.
        tasks: Text "tasks" [],
        /// What would change the suggestion, in general.
        change: Text "change" [],
        /// A note where an answer said that there is little money or time.
        small: Text "small" [],
        /// A note where no answer said so.
        if_small: Text "if_small" [],
        /// When it is both: that this role comes first, and why.
        comes_first: Text "comes_first" [],
    }
}

lines! {
    /// The words of a suggestion beside those of a role: the other tables of `whichrole.toml`.
    pub struct SuggestionWords {
        /// Above the answers that counted most.
        counted: Text "suggestion.counted" [],
        /// One such answer.
        answer: Text "suggestion.answer" [topic, choice],
        /// The answer that speaks for the other role.
        against: Text "suggestion.against" [topic, choice],
        /// The questions whose answers speak for both roles.
        two_sided: Text "suggestion.two_sided" [topics],
        /// The question that decided between equal totals.
        tie: Text "suggestion.tie" [topic],
        /// The last line.
        caveat: Text "suggestion.caveat" [],
        /// What both is called in `details.changed_by`, such as "both".
        both_name: Text "both.name" [],
        /// Both, when it is clear.
        both_clear: Text "both.clear" [],
        /// Both, when it is leaning.
        both_leaning: Text "both.leaning" [],
        /// Both, where an answer said that there is little money or time: one person.
        both_small: Text "both.small" [],
        /// The first step.
        both_step: Text "both.step" [],
        /// The first step of one person.
        both_step_small: Text "both.step_small" [],
        /// What each would take on first.
        both_tasks: Text "both.tasks" [],
        /// What one person would take on first.
        both_tasks_small: Text "both.tasks_small" [],
        /// Who comes first when nothing tells.
        both_comes_first: Text "both.comes_first" [],
        /// What would change the suggestion, in general.
        both_change: Text "both.change" [],
        /// A note where no answer said that there is little money or time.
        both_if_small: Text "both.if_small" [],
        /// When the answers do not tip either way: says so, and what to find out.
        nothing: Text "nothing.text" [],
        /// The heading of the details.
        details_title: Text "details.title" [],
        /// Above the answers.
        details_answers: Text "details.answers" [],
        /// An answer, and the side that it speaks for.
        details_answer: Text "details.answer" [topic, choice, side],
        /// The side of an answer that speaks for neither role.
        details_neither: Text "details.neither" [],
        /// Above what the role would take on first.
        details_tasks: Text "details.tasks" [],
        /// Above what would change the suggestion.
        details_change: Text "details.change" [],
        /// The answer that would have changed it (`outcome` is the name of what it would have been).
        details_changed_by: Text "details.changed_by" [topic, choice, outcome],
        /// Above the note on little money or time.
        details_small: Text "details.small" [],
        /// The last line of the details.
        details_caveat: Text "details.caveat" [],
        /// The question to the channel, below the answers.
        shared_question: Text "shared.question" [],
        /// The question to the channel where the answers were left out.
        shared_question_without_answers: Text "shared.question_without_answers" [],
        /// What the picture shows: a CTO.
        picture_cto: Line "picture.cto" [],
        /// What the picture shows: a CIO.
        picture_cio: Line "picture.cio" [],
        /// What the picture shows: both.
        picture_both: Line "picture.both" [],
        /// What the picture shows: equal totals.
        picture_even: Line "picture.even" [],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_and_placeholder_is_explained_to_writers() {
        let explained = include_str!("../../docs/writing.md");
        for Line { key, placeholders, .. } in Ui::LINES.iter().chain(RoleWords::LINES).chain(SuggestionWords::LINES) {
            // Those of whichrole.toml are explained below the name of their table.
            let written = match key.split_once('.') {
                Some(("suggestion" | "both" | "nothing" | "details" | "shared" | "picture", key)) => key,
                _ => key,
            };
            assert!(explained.contains(&format!("`{written}`")), "{key}");
            for placeholder in *placeholders {
                assert!(explained.contains(&format!("`{{{placeholder}}}`")), "{placeholder}");
            }
        }
    }
}
