//! The cards and forms of a team's round: the open card and the form to answer it, what a person sees of their own
//! answer, and the result.

use std::borrow::Cow;

use super::{Conversation, button, mention};
use crate::advisor::{Answers, Claims, Next, Outcomes, Strength, Together, next, so_far};
use crate::custom_id::{Action, RoundStep};
use crate::interaction::UserId;
use crate::message::{Button, ButtonStyle, Component, File, Message, Modal, Part, Picture, RadioGroup, RadioOption};
use crate::picture::{Drawing, Place, Regions, Shape};
use crate::responses::{Language, Responses, RoundWords};
use crate::round::agreement::Agreement;
use crate::round::tally::{Before, CELLS, Suggested, Thresholds};
use crate::round::{Ballot, Facts, RoundId, Tally, export};

/// The cards of rounds in one language.
#[derive(Clone, Copy)]
pub(crate) struct RoundCards<'a> {
    /// What the bot says.
    pub responses: &'a Responses,
    /// The language of the cards.
    pub language: &'a Language,
    /// From how many answers on something is shown.
    pub thresholds: Thresholds,
}

/// The values of the form that closes a round.
pub(crate) const SHOW: &str = "show";
/// See [`SHOW`].
pub(crate) const DELETE: &str = "delete";

/// The name of the only group in the forms that close a round and ask again.
pub(crate) const CHOICE: &str = "choice";

/// How long people may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duration {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// Three days.
    ThreeDays,
    /// A week.
    Week,
    /// Until somebody closes the round.
    Open,
}

impl Duration {
    /// All of them, as they are offered.
    pub(crate) const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::ThreeDays, Self::Week, Self::Open];

    /// The name in commands and forms.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::ThreeDays => "three-days",
            Self::Week => "week",
            Self::Open => "open",
        }
    }

    /// Reads a name; `None` for any other text.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The words for it.
    pub(crate) fn words(self, words: &RoundWords) -> Cow<'_, str> {
        match self {
            Self::Hour => words.deadline_hour(),
            Self::Day => words.deadline_day(),
            Self::ThreeDays => words.deadline_three_days(),
            Self::Week => words.deadline_week(),
            Self::Open => words.deadline_open(),
        }
    }

    /// In seconds; `None` where the round has no deadline of its own.
    pub(crate) fn seconds(self) -> Option<i64> {
        const HOUR: i64 = 60 * 60;
        match self {
            Self::Hour => Some(HOUR),
            Self::Day => Some(24 * HOUR),
            Self::ThreeDays => Some(3 * 24 * HOUR),
            Self::Week => Some(7 * 24 * HOUR),
            Self::Open => None,
        }
    }
}

impl<'a> RoundCards<'a> {
    fn words(&self) -> &'a RoundWords {
        &self.language.words.round
    }

    /// The card of an open round.
    pub(crate) fn open(&self, facts: &Facts, answered: u32) -> Message<'a> {
        let words = self.words();
        let asks = match facts.starter {
            Some(starter) => words.card_asks(mention(starter)),
            None => words.card_asks_without_name(),
        };
        let mut text = format!("## {}\n{asks}", words.card_title());
        if facts.again {
            text.push('\n');
            text.push_str(&words.card_again());
        }
        let (at, left) = (format!("<t:{}:f>", facts.deadline), format!("<t:{}:R>", facts.deadline));
        let count = format!("{}\n{}", words.card_answered(answered.into()), words.card_until(at, left));
        let Thresholds { outcomes, questions, .. } = self.thresholds;
        let answer = self.button(RoundStep::Answer, facts.id, words.button_answer(), ButtonStyle::Primary);
        let close = self.button(RoundStep::Close, facts.id, words.button_close(), ButtonStyle::Secondary);
        self.card(vec![
            Component::TextDisplay(text.into()),
            Component::TextDisplay(count.into()),
            Component::ActionRow(vec![answer, close]),
            Component::Separator,
            Component::TextDisplay(words.card_promise(outcomes, questions)),
        ])
    }

    /// The form of the core questions, with the person's earlier answers chosen.
    pub(crate) fn form(&self, round: RoundId, mine: Option<&Ballot>) -> Modal<'a> {
        let questionnaire = &self.responses.questionnaire;
        let questions = questionnaire.questions.iter().zip(&self.language.words.questions);
        let groups = questions.take(questionnaire.core).map(|(question, words)| {
            let chosen = mine.and_then(|mine| mine.choice(&question.id));
            let options = question.choices.iter().zip(&words.choices).map(|(choice, words)| {
                let (label, description) = title_and_rest(&words.text);
                let default = chosen == Some(choice.id.as_str());
                RadioOption { value: choice.id.clone(), label, description, default }
            });
            Part::RadioGroup(RadioGroup {
                custom_id: question.id.clone(),
                label: words.topic.as_str().into(),
                description: Some(words.title.as_str().into()),
                options: options.collect(),
            })
        });
        self.modal(RoundStep::Answer, round, self.words().form_title(), groups.collect())
    }

    /// The form that asks how to close.
    pub(crate) fn close_form(&self, round: RoundId) -> Modal<'a> {
        let words = self.words();
        let option = |value: &str, label, description| RadioOption {
            value: value.to_owned(),
            label,
            description: Some(description),
            default: value == SHOW,
        };
        let options = vec![
            option(SHOW, words.form_close_show(), words.form_close_show_more()),
            option(DELETE, words.form_close_delete(), words.form_close_delete_more()),
        ];
        self.choice(RoundStep::Close, round, words.form_close(), words.form_close_label(), options)
    }

    /// The form that asks until when people may answer again.
    pub(crate) fn again_form(&self, round: RoundId) -> Modal<'a> {
        let words = self.words();
        let option = |duration: Duration| RadioOption {
            value: duration.name().to_owned(),
            label: duration.words(words),
            description: None,
            default: duration == Duration::Day,
        };
        let options = Duration::ALL.map(option).into();
        self.choice(RoundStep::Again, round, words.form_again(), words.form_again_label(), options)
    }

    fn choice(
        &self,
        step: RoundStep,
        round: RoundId,
        title: Cow<'a, str>,
        label: Cow<'a, str>,
        options: Vec<RadioOption<'a>>,
    ) -> Modal<'a> {
        let group = RadioGroup { custom_id: CHOICE.to_owned(), label, description: None, options };
        self.modal(step, round, title, vec![Part::RadioGroup(group)])
    }

    fn modal(&self, step: RoundStep, round: RoundId, title: Cow<'a, str>, parts: Vec<Part<'a>>) -> Modal<'a> {
        Modal { custom_id: Action::Round(step, round).custom_id(), title, parts }
    }

    /// What a person sees of their own answer: what it suggests, a follow-up while one is open, and how to change it.
    /// `None` if today's questions cannot read the answer.
    pub(crate) fn mine(&self, round: RoundId, mine: &Ballot, user: UserId) -> Option<Message<'a>> {
        let questionnaire = &self.responses.questionnaire;
        let choices = mine.choices(questionnaire)?;
        let suggestion = so_far(questionnaire, &choices)?;
        let drawing = Drawing::of(&questionnaire.rule, &suggestion);
        let follow_up = match next(questionnaire, &choices) {
            Ok(Next::Ask(question)) => Some((question, Answers::new(choices))),
            _ => None,
        };
        Some(self.mine_card(round, user, &suggestion.claims(), drawing, follow_up))
    }

    /// The same for a suggestion that claims this, with the follow-up (an index) that these answers lead to.
    pub(super) fn mine_card(
        &self,
        round: RoundId,
        user: UserId,
        claims: &Claims,
        drawing: Drawing,
        follow_up: Option<(usize, Answers)>,
    ) -> Message<'a> {
        let words = self.words();
        let conversation = Conversation { responses: self.responses, language: self.language, owner: user };
        let mut components: Vec<_> = vec![
            Component::TextDisplay(words.mine_counts()),
            Component::TextDisplay(conversation.headline(claims.headline)),
            conversation.picture(claims, drawing),
        ];
        components.extend(conversation.reasons(claims).map(|reasons| Component::TextDisplay(reasons.into())));
        components.push(Component::Separator);
        if let Some((question, answers)) = follow_up {
            let asked = &self.language.words.questions[question];
            let text = format!("-# {}\n### {}\n{}", words.mine_follow_up(), asked.title, asked.help);
            components.push(Component::TextDisplay(text.into()));
            for (choice, words) in (0..).zip(&asked.choices) {
                let action = Action::Vote { round, revision: self.responses.revision, answers: answers.with(choice) };
                components.push(Component::Section {
                    text: words.text.as_str().into(),
                    accessory: button(&action, words.label.as_str(), ButtonStyle::Primary),
                });
            }
            components.push(Component::Separator);
        }
        components.push(Component::ActionRow(vec![
            self.button(RoundStep::Answer, round, words.button_change(), ButtonStyle::Secondary),
            self.button(RoundStep::Withdraw, round, words.button_withdraw(), ButtonStyle::Secondary),
        ]));
        let accent_color = conversation.accent_color(claims.headline);
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// After a person's answer was withdrawn.
    pub(crate) fn withdrawn(&self, round: RoundId) -> Message<'a> {
        let words = self.words();
        let answer = self.button(RoundStep::Answer, round, words.button_answer(), ButtonStyle::Primary);
        self.card(vec![Component::TextDisplay(words.mine_withdrawn()), Component::ActionRow(vec![answer])])
    }

    /// In place of a person's private message, once the round is closed.
    pub(crate) fn closed(&self) -> Message<'a> {
        self.card(vec![Component::TextDisplay(self.words().mine_closed())])
    }

    /// After an answer that came too late.
    pub(crate) fn late(&self) -> Message<'a> {
        self.card(vec![Component::TextDisplay(self.words().mine_late())])
    }

    /// The card of a closed round.
    pub(crate) fn result(&self, facts: &Facts, tally: Option<&Tally>, before: Option<&Before>) -> Message<'a> {
        let words = self.words();
        let again = self.button(RoundStep::Again, facts.id, words.button_again(), ButtonStyle::Secondary);
        let Some(tally) = tally else {
            let few = words.result_few(self.thresholds.outcomes);
            return self.card(vec![Component::TextDisplay(few), Component::ActionRow(vec![again])]);
        };
        let mut components = vec![Component::TextDisplay(self.together(tally).into())];
        components.push(self.picture(tally));
        components.push(Component::TextDisplay(self.agreement(tally, before).into()));
        components.extend(self.talk_first(tally).map(|text| Component::TextDisplay(text.into())));
        components.push(Component::Separator);
        let export = self.button(RoundStep::Export, facts.id, words.button_export(), ButtonStyle::Secondary);
        components.push(Component::ActionRow(vec![again, export]));
        let accent_color = if tally.together.nothing_to_say {
            self.responses.styles.question
        } else {
            self.responses.styles.of(tally.together.outcome).accent_color
        };
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// The heading, and how sure it is.
    fn together(&self, tally: &Tally) -> String {
        let words = self.words();
        let together = &tally.together;
        let outcome = self.outcome(suggested(together));
        let sure = match together.strength {
            _ if together.nothing_to_say => words.result_undecided(),
            _ if together.halves => words.result_halves(),
            Strength::Clear => words.result_clear(),
            Strength::Leaning => words.result_leaning(),
            Strength::Slight => words.result_slight(),
        };
        format!("## {}\n{sure}", words.result_title(outcome))
    }

    /// What was suggested to how many, and how far they agree.
    fn agreement(&self, tally: &Tally, before: Option<&Before>) -> String {
        let words = self.words();
        let now = self.counts(tally.answered, tally.outcomes);
        let mut lines = match before {
            Some(before) => {
                let then = self.counts(before.answered, before.outcomes);
                vec![words.result_before(then), words.result_now(&now)]
            }
            None => vec![words.result_counts(&now)],
        };
        lines.push(match tally.agreement {
            Agreement::All => words.result_all(),
            Agreement::Mostly => words.result_mostly(),
            Agreement::MoreThanHalf => words.result_more_than_half(),
            Agreement::Split => words.result_split(),
        });
        lines.extend(tally.nearness.map(|percent| words.result_nearness(percent)));
        lines.join("\n")
    }

    /// The question that divides most, with its sides; `None` where too few answered to show a question.
    fn talk_first(&self, tally: &Tally) -> Option<String> {
        let words = self.words();
        if tally.questions.is_empty() {
            return None;
        }
        let divided = tally.talk_first().and_then(|question| {
            let index = self.index(&question.question)?;
            let asked = &self.language.words.questions[index];
            let choices = &self.responses.questionnaire.questions[index].choices;
            let sides = question.sides();
            let lines = sides.iter().filter_map(|side| {
                let choice = choices.iter().position(|choice| choice.id == side.choice)?;
                Some(words.result_side(side.people, &asked.choices[choice].label).into_owned())
            });
            let mut text = vec![words.result_talk_first(&asked.topic).into_owned()];
            text.extend(lines);
            Some(text.join("\n"))
        });
        match (divided, &tally.talk_first) {
            (Some(text), _) => Some(text),
            (None, None) => Some(words.result_no_division().into_owned()),
            // The question is no longer asked, so there are no words for it.
            (None, Some(_)) => None,
        }
    }

    fn index(&self, question: &str) -> Option<usize> {
        self.responses.questionnaire.questions.iter().position(|known| known.id == question)
    }

    /// Counts in words, the most frequent first: `**5 of 8:** a CTO · **2:** both`.
    fn counts(&self, answered: u32, outcomes: Outcomes) -> String {
        let words = self.words();
        let [cto, cio, both, nothing] = outcomes.counts();
        let mut counts =
            vec![(cto, Suggested::Cto), (cio, Suggested::Cio), (both, Suggested::Both), (nothing, Suggested::Nothing)];
        counts.retain(|(people, _)| *people > 0);
        counts.sort_by_key(|(people, _)| std::cmp::Reverse(*people));
        let parts = counts.iter().enumerate().map(|(place, (people, suggested))| {
            let outcome = self.outcome(*suggested);
            if place == 0 { words.result_first(people, answered, outcome) } else { words.result_more(people, outcome) }
        });
        parts.collect::<Vec<_>>().join(" · ")
    }

    fn outcome(&self, suggested: Suggested) -> Cow<'a, str> {
        let words = self.words();
        match suggested {
            Suggested::Cto => words.result_cto(),
            Suggested::Cio => words.result_cio(),
            Suggested::Both => words.result_both(),
            Suggested::Nothing => words.result_nothing(),
        }
    }

    fn picture(&self, tally: &Tally) -> Component<'a> {
        let middle = |cell: u8| (2 * cell + 1) * (100 / (2 * CELLS));
        let people = tally
            .dots
            .iter()
            .map(|dots| (Place { cto: middle(dots.cto), cio: middle(dots.cio) }, shape(dots.suggested), dots.people));
        let (cto, cio) = (tally.together.cto, tally.together.cio);
        let regions = Regions::from(&self.responses.questionnaire.rule);
        let mean = (Place { cto, cio }, shape(suggested(&tally.together)));
        let drawing = Drawing::team_counted(regions, people, mean);
        // Alt text shows no Markdown.
        let counts = self.counts(tally.answered, tally.outcomes).replace("**", "");
        let alt = self.words().result_picture(counts, cto, cio).into_owned().into();
        Component::MediaGallery(Picture { drawing, alt })
    }

    /// The card of a round that was deleted unseen.
    pub(crate) fn deleted(&self) -> Message<'a> {
        self.card(vec![Component::TextDisplay(self.words().result_deleted())])
    }

    /// The counts as files.
    pub(crate) fn export(&self, tally: &Tally, before: Option<&Before>) -> Message<'a> {
        let files = [
            File { name: "round.csv", media_type: "text/csv", bytes: export::csv(tally, before) },
            File { name: "round.json", media_type: "application/json", bytes: export::json(tally, before) },
        ];
        let mut components = vec![Component::TextDisplay(self.words().export_text())];
        components.extend(files.map(Component::File));
        self.card(components)
    }

    fn card(&self, components: Vec<Component<'a>>) -> Message<'a> {
        Message { components: vec![Component::Container { accent_color: self.responses.styles.question, components }] }
    }

    fn button(&self, step: RoundStep, round: RoundId, label: Cow<'a, str>, style: ButtonStyle) -> Button<'a> {
        button(&Action::Round(step, round), label, style)
    }
}

/// The bold words at the start of a choice's text and the rest, both without Markdown: forms show none.
fn title_and_rest(text: &str) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    let split = text.strip_prefix("**").and_then(|text| text.split_once("**"));
    let (title, rest) = split.unwrap_or((text, ""));
    let plain = |text: &str| text.trim().replace("**", "");
    let title = plain(plain(title).trim_end_matches(BETWEEN));
    // A sign after a space belongs to the rest, as in ".NET", unless it is a dash.
    let rest = plain(rest.trim_start_matches(BETWEEN).trim_start().trim_start_matches(['–', '—']));
    (title.into(), (!rest.is_empty()).then(|| capitalized(rest).into()))
}

/// Begins a text that was the rest of a sentence as a sentence of its own. A name such as "iOS" stays as it is.
fn capitalized(text: String) -> String {
    let first_word = text.split(' ').next().unwrap_or_default();
    match text.chars().next() {
        Some(first) if first_word.chars().all(|char| !char.is_uppercase()) => {
            first.to_uppercase().chain(text.chars().skip(1)).collect()
        }
        _ => text,
    }
}

/// Punctuation between the bold words and the rest. It is left out, because each of them gets a line of its own.
const BETWEEN: &[char] = &['.', ',', ':', ';', '-', '–', '—', '。', '、', '，', '：', '；', '।', '،', '؛', '۔'];

/// What is suggested to the team.
fn suggested(together: &Together) -> Suggested {
    let outcome = if together.nothing_to_say { None } else { Some(together.outcome) };
    outcome.into()
}

fn shape(suggested: Suggested) -> Shape {
    match suggested {
        Suggested::Cto => Shape::Cto,
        Suggested::Cio => Shape::Cio,
        Suggested::Both => Shape::Both,
        Suggested::Nothing => Shape::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bold_words_are_the_option_and_the_rest_its_description() {
        for (text, title, rest) in [
            ("**Keep it.** It goes **on**.", "Keep it", Some("It goes on.")),
            ("**Both,** week in, week out.", "Both", Some("Week in, week out.")),
            ("**両方。** 毎週。", "両方", Some("毎週。")),
            ("**両方**：毎週", "両方", Some("毎週")),
            ("**Both** – week in, week out.", "Both", Some("Week in, week out.")),
            ("**Both**: .NET and Java.", "Both", Some(".NET and Java.")),
            ("**Both** .NET and Java.", "Both", Some(".NET and Java.")),
            ("**Both**, iOS and Android.", "Both", Some("iOS and Android.")),
            ("**Beides,** über Jahre.", "Beides", Some("Über Jahre.")),
            ("Plain words", "Plain words", None),
            ("**All bold**", "All bold", None),
        ] {
            let (found, more) = title_and_rest(text);
            assert_eq!((found.as_ref(), more.as_deref()), (title, rest), "{text}");
        }
    }

    #[test]
    fn a_duration_has_a_name_of_its_own() {
        for duration in Duration::ALL {
            assert_eq!(Duration::parse(duration.name()), Some(duration));
        }
        assert_eq!(Duration::parse("month"), None);
        assert_eq!((Duration::Week.seconds(), Duration::Open.seconds()), (Some(604_800), None));
    }
}
