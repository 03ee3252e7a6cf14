//! Every card of a language, each at its worst: what is checked when responses are loaded, and what a writer looks at.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::about::{self, Stored};
use super::details::Details;
use super::length::{Longest, longest_suggestions};
use super::round::RoundCards;
use super::{Conversation, Reveal, notice, page};
use crate::advisor::{Answer, Answers, Change, Claims, Headline, Outcome, Outcomes, Role, Strength, Together};
use crate::interaction::UserId;
use crate::links::Links;
use crate::message::{MAX_URL, Message, Modal, Visibility, characters};
use crate::picture::{Drawing, Place, Shape};
use crate::responses::{Language, Responses};
use crate::round::agreement::Agreement;
use crate::round::tally::{ChoiceTally, Dots, QuestionTally, Suggested, Thresholds};
use crate::round::{self, Facts, RoundId, Tally};

/// A card, and what to call it.
pub(crate) struct Card<'a> {
    /// What it is, such as `question wants`.
    pub name: String,
    /// The file with most of its words, below the language's folder.
    pub file: String,
    /// The message.
    pub message: Message<'a>,
}

/// Every card of a language: pages, questions, suggestions and notices, each with the longest texts that can stand in it,
/// the longest answers and the longest owner.
pub(crate) fn cards<'a>(responses: &'a Responses, language: &'a Language) -> Vec<Card<'a>> {
    let claims = Claims::all(&responses.questionnaire);
    cards_with(responses, language, &longest_suggestions(responses, language, &claims))
}

/// Every card of a language whose longest suggestions are known.
pub(crate) fn cards_with<'a>(
    responses: &'a Responses,
    language: &'a Language,
    longest: &BTreeMap<Headline, Longest>,
) -> Vec<Card<'a>> {
    let conversation = Conversation { responses, language, owner: UserId(u64::MAX) };
    let mut cards = Vec::new();
    for (index, found) in responses.pages.iter().enumerate() {
        let file = format!("pages/{}.toml", found.name);
        cards.push(Card {
            name: format!("page {}", found.name),
            file,
            message: page::card(responses, language, index),
        });
    }
    let mut card = |name: String, message: Message<'a>| {
        cards.push(Card { name, file: "whichrole.toml".to_owned(), message });
    };

    let questionnaire = &responses.questionnaire;
    let first = conversation.question(0, &Answers::default());
    card("first question".to_owned(), first);
    let foreign = conversation.first_question_after(conversation.owner);
    card("first question, for another person".to_owned(), foreign);
    // A question has at most ten choices, so any choice has one digit.
    let answers = Answers::new(vec![9; questionnaire.max_questions]);
    for (index, question) in questionnaire.questions.iter().enumerate() {
        card(format!("question {}", question.id), conversation.question(index, &answers));
    }

    // Pictures do not differ in what Discord limits.
    let drawing = || {
        let regions = (&questionnaire.rule).into();
        Drawing::person(regions, Place { cto: 50, cio: 50 }, Shape::Nothing)
    };
    for (headline, Longest { claims, .. }) in longest {
        let name = headline.to_string();
        let private = conversation.suggestion_card(claims, drawing(), &answers, Visibility::Private);
        card(format!("suggestion {name}"), private);
        for (reveal, how) in [(Reveal::Answers, "shared"), (Reveal::SuggestionOnly, "shared without answers")] {
            let shared = conversation.shared_card(claims, drawing(), reveal, false);
            card(format!("suggestion {name}, {how}"), Message { components: vec![shared] });
        }
        let preview = conversation.preview_card(&conversation, claims, drawing(), &answers);
        card(format!("suggestion {name}, to be shared"), preview);
        for details in longest_details(&conversation, *headline) {
            let name = format!("details {name}{}", if details.small { " small" } else { "" });
            card(name, conversation.details_card(&details, &answers, Visibility::Private));
        }
    }
    for (name, message) in round_cards(responses, language, longest) {
        cards.push(Card { name: format!("round {name}"), file: "round.toml".to_owned(), message });
    }
    for (name, stored) in ABOUT {
        let links = longest_links();
        let message = about::card(responses, language, links, stored);
        cards.push(Card { name: format!("about {name}"), file: "about.toml".to_owned(), message });
    }
    for (name, message) in [
        ("changed", notice::changed(responses, language)),
        ("unknown", notice::unknown(responses, language)),
        ("failed", notice::failed(responses, language)),
    ] {
        cards.push(Card { name: format!("notice {name}"), file: "ui.toml".to_owned(), message });
    }
    cards
}

/// A form, and what to call it.
pub(crate) struct Form<'a> {
    /// What it is, such as `form answer`.
    pub name: String,
    /// The file with most of its words, below the language's folder.
    pub file: String,
    /// The form.
    pub modal: Modal<'a>,
}

/// Every form of a language.
pub(crate) fn forms<'a>(responses: &'a Responses, language: &'a Language) -> Vec<Form<'a>> {
    let (rounds, id) = (rounds(responses, language), RoundId(u64::MAX));
    let form = |name: &str, file: &str, modal| Form { name: format!("form {name}"), file: file.to_owned(), modal };
    vec![
        form("answer", "whichrole.toml", rounds.form(id, None)),
        form("close", "round.toml", rounds.close_form(id)),
        form("again", "round.toml", rounds.again_form(id)),
    ]
}

fn rounds<'a>(responses: &'a Responses, language: &'a Language) -> RoundCards<'a> {
    let most = Thresholds { outcomes: u32::MAX, questions: u32::MAX, index: u32::MAX };
    RoundCards { responses, language, thresholds: most }
}

/// The cards of rounds, each with every line that it can have.
fn round_cards<'a>(
    responses: &'a Responses,
    language: &'a Language,
    longest: &BTreeMap<Headline, Longest>,
) -> Vec<(String, Message<'a>)> {
    let rounds = rounds(responses, language);
    let facts = Facts {
        id: RoundId(u64::MAX),
        server: u64::MAX,
        place: round::rules::Place { channel: u64::MAX, locale: language.locale.clone() },
        message: Some(u64::MAX),
        starter: Some(UserId(u64::MAX)),
        // The largest time that a client writes out.
        deadline: 8_640_000_000_000,
        again: true,
    };
    let mut cards = vec![("open".to_owned(), rounds.open(&facts, u32::MAX))];
    cards.push(("open, without a name".to_owned(), rounds.open(&Facts { starter: None, ..facts.clone() }, 1)));
    let questionnaire = &responses.questionnaire;
    let answers = Answers::new(vec![9; questionnaire.max_questions - 1]);
    let length = |question: &usize| {
        let words = &language.words.questions[*question];
        words.choices.iter().map(|choice| characters(&choice.text)).sum::<usize>() + characters(&words.help)
    };
    let follow_up = (questionnaire.core..questionnaire.questions.len()).max_by_key(length);
    for (headline, Longest { claims, .. }) in longest {
        let drawing = Drawing::person((&questionnaire.rule).into(), Place { cto: 50, cio: 50 }, Shape::Nothing);
        let follow_up = follow_up.map(|question| (question, answers.clone()));
        let mine = rounds.mine_card(facts.id, UserId(u64::MAX), claims, drawing, follow_up);
        cards.push((format!("answer {headline}"), mine));
    }
    cards.push(("withdrawn".to_owned(), rounds.withdrawn(facts.id)));
    cards.push(("closed".to_owned(), rounds.closed()));
    cards.push(("late".to_owned(), rounds.late()));
    let tallies = tallies(responses);
    for (name, tally) in &tallies {
        let before = tally.before(Thresholds::default());
        cards.push((format!("result {name}"), rounds.result(&facts, Some(tally), before.as_ref())));
    }
    if let Some((_, tally)) = tallies.first() {
        cards.push(("export".to_owned(), rounds.export(tally, tally.before(Thresholds::default()).as_ref())));
    }
    cards.push(("result of too few".to_owned(), rounds.result(&facts, None, None)));
    cards.push(("deleted".to_owned(), rounds.deleted()));
    let words = &language.words.round;
    for (name, text) in [
        ("server only", words.notice_server_only()),
        ("off", words.notice_off()),
        ("gone", words.notice_gone()),
        ("not allowed", words.notice_not_allowed()),
        ("still open", words.notice_still_open()),
        ("outdated", words.notice_outdated()),
        ("unavailable", words.notice_unavailable()),
    ] {
        cards.push((format!("notice {name}"), notice::with_start(responses, language, text)));
    }
    cards
}

/// Results: each outcome and strength, with the question that has the most and longest sides.
fn tallies(responses: &Responses) -> Vec<(String, Tally)> {
    const MANY: u32 = 1_000_000;
    let outcomes = Outcomes { cto: MANY, cio: MANY, both: MANY, nothing: MANY };
    let questions = &responses.questionnaire.questions;
    let most = questions.iter().max_by_key(|question| question.choices.len()).expect("there is a question");
    let sides = most.choices.iter().map(|choice| ChoiceTally { choice: choice.id.clone(), people: MANY });
    let question = QuestionTally {
        question: most.id.clone(),
        choices: sides.collect(),
        agreement: Agreement::Split,
        pairs: Some(100),
    };
    let mut tallies = Vec::new();
    let mut add = |name: String, outcome, strength, halves, nothing_to_say, agreement| {
        let together = Together { outcome, strength, halves, nothing_to_say, cto: 100, cio: 100 };
        let dots = vec![Dots { cto: 0, cio: 4, suggested: Suggested::Cio, people: MANY }];
        let (questions, talk_first) = (vec![question.clone()], Some(most.id.clone()));
        let tally = Tally {
            answered: 4 * MANY,
            outcomes,
            agreement,
            nearness: Some(100),
            together,
            dots,
            questions,
            talk_first,
        };
        tallies.push((name, tally));
    };
    let agreements = [Agreement::All, Agreement::Mostly, Agreement::MoreThanHalf, Agreement::Split];
    let mut agreements = agreements.into_iter().cycle();
    let mut agreement = || agreements.next().unwrap_or(Agreement::Split);
    for outcome in Outcome::ALL {
        for strength in Strength::ALL {
            add(format!("{outcome}, {strength}"), outcome, strength, false, false, agreement());
        }
    }
    add("both, each sees a half".to_owned(), Outcome::Both, Strength::Clear, true, false, Agreement::Split);
    let one = Outcome::One(responses.questionnaire.rule.nothing);
    add("open".to_owned(), one, Strength::Slight, false, true, Agreement::MoreThanHalf);
    tallies
}

/// What `/about` can say.
const ABOUT: [(&str, Stored); 4] = [
    ("with something stored", Stored::Rounds { answered: 1_000, started: 1_000 }),
    ("without rounds", Stored::Off),
    ("after deleting", Stored::Forgotten),
    ("without the store", Stored::Unavailable),
];

/// Every link, as long as Discord takes it.
fn longest_links() -> &'static Links {
    static LINKS: OnceLock<Links> = OnceLock::new();
    LINKS.get_or_init(|| {
        let url = Some(format!("https://example.org/{}", "x".repeat(MAX_URL - 20)));
        Links { privacy: url.clone(), terms: url.clone(), support: url.clone(), source: url }
    })
}

/// The details of a headline, each line at its longest: once for each note on size that can stand there.
fn longest_details(conversation: &Conversation<'_>, headline: Headline) -> Vec<Details> {
    if headline == Headline::Open {
        return Vec::new();
    }
    let questionnaire = &conversation.responses.questionnaire;
    let answer = |question: usize, choice: usize| {
        let points = questionnaire.questions[question].choices[choice].points;
        Answer { question, choice, points }
    };
    let length = |answer: &Answer| characters(&conversation.details_answer(answer));
    let mut answered: Vec<_> = (0..questionnaire.questions.len())
        .filter_map(|question| {
            let choices = 0..questionnaire.questions[question].choices.len();
            choices.map(|choice| answer(question, choice)).max_by_key(length)
        })
        .collect();
    answered.sort_by_key(|answer| Reverse(length(answer)));
    answered.truncate(questionnaire.max_questions);

    let change = answered.first().and_then(|answer| {
        let Answer { question, choice, .. } = *answer;
        let changes = Outcome::ALL.map(|outcome| Change { question, choice, outcome });
        changes.into_iter().max_by_key(|&change| characters(&conversation.changed_by(change)))
    });
    let firsts = [None, Some(Role::Cto), Some(Role::Cio)];
    let first = firsts.into_iter().max_by_key(|&first| characters(&conversation.comes_first(first)));
    let details = |small| Details { headline, answered: answered.clone(), small, first: first.flatten(), change };
    match headline {
        Headline::Role(..) => vec![details(false), details(true)],
        Headline::Both(_) => vec![details(false)],
        Headline::BothInOne => vec![details(true)],
        Headline::Open => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::panic;

    use super::*;
    use crate::responses::shipped;

    /// The one test that quotes the texts of `responses/`: all cards of a language, in a file of that language. Its
    /// languages are compared one by one, so that one run tells all that changed.
    #[test]
    fn the_shipped_cards_read_as_they_were_accepted() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../tests/shipped");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let changed = shipped().languages.iter().filter(|language| {
            let mut text = String::new();
            for Card { name, message, .. } in cards(shipped(), language) {
                writeln!(text, "=== {name}\n\n{message}").expect("a String takes every text");
            }
            let compare = || settings.bind(|| insta::assert_snapshot!(language.locale.as_str(), text));
            panic::catch_unwind(panic::AssertUnwindSafe(compare)).is_err()
        });
        let changed: Vec<_> = changed.map(|language| &language.locale).collect();
        assert!(changed.is_empty(), "changed cards in {changed:?}: look at them and accept them (CONTRIBUTING.md)");
    }
}
