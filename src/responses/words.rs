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
    /// `round.toml`
    pub round: RoundWords,
    /// `about.toml`
    pub about: AboutWords,
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
    (@method $vis:vis Plural $line:ident [$(#[$doc:meta])*] $count:ident $($placeholder:ident)*) => {
        $(#[$doc])*
        $vis fn $line(&self, $count: u64, $($placeholder: impl Display),*) -> Cow<'_, str> {
            self.$line.fill($count, [&$count, $(&$placeholder),*])
        }
    };
    (@method $vis:vis $kind:ident $line:ident [$(#[$doc:meta])*] $($placeholder:ident)*) => {
        $(#[$doc])*
        $vis fn $line(&self, $($placeholder: impl Display),*) -> Cow<'_, str> {
            self.$line.fill([$(&$placeholder),*])
        }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$doc:meta])* $line:ident: $kind:ident $key:literal [$($placeholder:ident),*],)*
    }) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis struct $name {
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

            $(lines!(@method $vis $kind $line [$(#[$doc])*] $($placeholder)*);)*
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

lines! {
    /// The words of rounds: `round.toml`.
    pub struct RoundWords {
        /// What `/round` does, for Discord's list of commands.
        command_description: Description "command.description" [],
        /// The name of the option `deadline`, as the person sees it.
        command_deadline_name: OptionName "command.deadline_name" [],
        /// What the option `deadline` does, for Discord's list of options.
        command_deadline: Description "command.deadline" [],
        /// A deadline in an hour.
        deadline_hour: Description "deadline.hour" [],
        /// A deadline in a day.
        deadline_day: Description "deadline.day" [],
        /// A deadline in three days.
        deadline_three_days: Description "deadline.three_days" [],
        /// A deadline in a week.
        deadline_week: Description "deadline.week" [],
        /// No deadline of its own.
        deadline_open: Description "deadline.open" [],
        /// The button that opens the form.
        button_answer: Label "button.answer" [],
        /// The button that asks how to close the round.
        button_close: Label "button.close" [],
        /// The button that opens the form again, on the private message.
        button_change: Label "button.change" [],
        /// The button that takes one's answer back.
        button_withdraw: Label "button.withdraw" [],
        /// The button that opens a closed round anew.
        button_again: Label "button.again" [],
        /// The button that sends the counts as files.
        button_export: Label "button.export" [],
        /// The heading of an open round.
        card_title: Line "card.title" [],
        /// Who asks (`starter` is a mention), and what.
        card_asks: Text "card.asks" [starter],
        /// The same where the person had themselves forgotten.
        card_asks_without_name: Text "card.asks_without_name" [],
        /// That this asks again what an earlier round asked.
        card_again: Text "card.again" [],
        /// What happens with an answer; said before anybody answers.
        card_promise: Text "card.promise" [outcomes, questions],
        /// Until when the round is open (both are times that each reader's client writes out).
        card_until: Text "card.until" [deadline, left],
        /// How many have answered.
        card_answered: Plural "card.answered" [count],
        /// The title of the form.
        form_title: Line "form.title" [],
        /// The title of the form that closes.
        form_close: Line "form.close" [],
        /// Its question.
        form_close_label: Line "form.close_label" [],
        /// Its option to show the result.
        form_close_show: Line "form.close_show" [],
        /// What that does.
        form_close_show_more: Line "form.close_show_more" [],
        /// Its option to delete the round.
        form_close_delete: Line "form.close_delete" [],
        /// What that does.
        form_close_delete_more: Line "form.close_delete_more" [],
        /// The title of the form that asks again.
        form_again: Line "form.again" [],
        /// Its question.
        form_again_label: Line "form.again_label" [],
        /// Above one's own suggestion, after the answer was taken.
        mine_counts: Text "mine.counts" [],
        /// Above a follow-up question.
        mine_follow_up: Text "mine.follow_up" [],
        /// After one's answer was withdrawn.
        mine_withdrawn: Text "mine.withdrawn" [],
        /// On the private message, once the round is closed.
        mine_closed: Text "mine.closed" [],
        /// After an answer that came too late.
        mine_late: Text "mine.late" [],
        /// The heading of a result (`outcome` is one of the next four).
        result_title: Line "result.title" [outcome],
        /// The outcome: a CTO.
        result_cto: Line "result.cto" [],
        /// The outcome: a CIO.
        result_cio: Line "result.cio" [],
        /// The outcome: both.
        result_both: Line "result.both" [],
        /// The outcome where answers say nothing that tells the roles apart.
        result_nothing: Line "result.nothing" [],
        /// Below the heading when the suggestion is clear.
        result_clear: Text "result.clear" [],
        /// When it is leaning.
        result_leaning: Text "result.leaning" [],
        /// When it is slight.
        result_slight: Text "result.slight" [],
        /// When nothing tells the roles apart.
        result_undecided: Text "result.undecided" [],
        /// When some see one role and some the other, and it is both.
        result_halves: Text "result.halves" [],
        /// The most frequent suggestion, with how many people got it.
        result_first: Line "result.first" [people, answered, outcome],
        /// Any other suggestion.
        result_more: Line "result.more" [people, outcome],
        /// The line of all these.
        result_counts: Text "result.counts" [counts],
        /// Everybody got the same suggestion.
        result_all: Text "result.all" [],
        /// Three of four or more did.
        result_mostly: Text "result.mostly" [],
        /// More than half did.
        result_more_than_half: Text "result.more_than_half" [],
        /// No suggestion has more than half.
        result_split: Text "result.split" [],
        /// How near people are to each other, from eight people on.
        result_nearness: Text "result.nearness" [percent],
        /// Above the sides of the question that divides most.
        result_talk_first: Text "result.talk_first" [topic],
        /// One side.
        result_side: Line "result.side" [people, choice],
        /// When no question divides.
        result_no_division: Text "result.no_division" [],
        /// What the round before this one said.
        result_before: Text "result.before" [counts],
        /// What this one says, below that.
        result_now: Text "result.now" [counts],
        /// What the picture shows.
        result_picture: Line "result.picture" [counts, cto, cio],
        /// When too few answered.
        result_few: Text "result.few" [outcomes],
        /// When the round was deleted.
        result_deleted: Text "result.deleted" [],
        /// Above the files.
        export_text: Text "export.text" [],
        /// After `/round` outside a server.
        notice_server_only: Text "notice.server_only" [],
        /// When rounds are switched off.
        notice_off: Text "notice.off" [],
        /// After a press on the card of a round that is gone.
        notice_gone: Text "notice.gone" [],
        /// When somebody else would have to do it.
        notice_not_allowed: Text "notice.not_allowed" [],
        /// When something is asked of an open round that only a closed one has.
        notice_still_open: Text "notice.still_open" [],
        /// After a form whose questions are no longer those of today.
        notice_outdated: Text "notice.outdated" [],
        /// When the store of rounds does not work.
        notice_unavailable: Text "notice.unavailable" [],
    }
}

lines! {
    /// The words of `/about`: `about.toml`.
    pub struct AboutWords {
        /// What `/about` does, for Discord's list of commands.
        command_description: Description "command.description" [],
        /// The button that deletes what is stored about the person.
        button_forget: Label "button.forget" [],
        /// The link to the privacy policy.
        button_privacy: Label "button.privacy" [],
        /// The link to the terms.
        button_terms: Label "button.terms" [],
        /// The link to where one gets help.
        button_support: Label "button.support" [],
        /// The link to the source code.
        button_source: Label "button.source" [],
        /// What the bot is.
        card_text: Text "card.text" [],
        /// What it keeps of conversations.
        card_personal: Text "card.personal" [],
        /// What it keeps of rounds.
        card_stored: Text "card.stored" [],
        /// The same where rounds are switched off.
        card_off: Text "card.off" [],
        /// In how many open rounds the person has answers.
        card_answers: Plural "card.answers" [count],
        /// How many rounds the person started.
        card_started: Plural "card.started" [count],
        /// When nothing is stored about the person.
        card_nothing: Text "card.nothing" [],
        /// After everything about the person was deleted.
        card_forgotten: Text "card.forgotten" [],
        /// When the store of rounds does not work.
        card_unavailable: Text "card.unavailable" [],
        /// The bot's version.
        card_version: Text "card.version" [version],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_and_placeholder_is_explained_to_writers() {
        let explained = include_str!("../../docs/writing.md");
        let lines = Ui::LINES.iter().chain(RoleWords::LINES).chain(SuggestionWords::LINES);
        for Line { key, placeholders, .. } in lines.chain(RoundWords::LINES).chain(AboutWords::LINES) {
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
