//! Responses as large as real ones, for what does not look at the words.

use std::sync::Arc;

use whichrole::advisor::{Both, Choice, Clear, Points, Question, Questionnaire, Role, Rule, Stop};
use whichrole::custom_id::Revision;
use whichrole::responses::{
    ChoiceWords, Language, Link, Look, Looks, Page, PageWords, PartWords, QuestionWords, Responses, RoleWords,
    Suggestion, Template, Ui, Words,
};

/// Three core questions, three follow-ups, the pages `cto` and `cio`; English and German.
pub fn responses() -> Responses {
    let most = [3, 2, 4, 3, 3, 2];
    let questions = most.iter().enumerate().map(|(number, &most)| {
        let points = [(most, 0), (0, most), (most - 1, most - 1), (0, 0)];
        let choices = points.iter().enumerate().map(|(number, &(cto, cio))| Choice {
            id: format!("c{number}"),
            points: Points { cto, cio },
            small: false,
        });
        Question { id: format!("q{number}"), choices: choices.collect() }
    });
    let questionnaire = Questionnaire {
        questions: questions.collect(),
        core: 3,
        max_questions: 6,
        rule: Rule {
            clear: Clear { high: 60, low: 30, gap: 40 },
            both: Both { low: 50, ratio: 60, clear: 60 },
            order_if_both: vec![5, 3, 4],
            order: vec![3, 4, 5],
            stop: Stop { after: 2, gap: 5 },
            leaning_gap: 15,
            tie: vec![2, 0, 3],
            first: vec![3],
            nothing: Role::Cio,
        },
    };
    let look = |pages: &[usize]| Look { accent_color: 0x2b_7de9, pages: pages.to_vec() };
    let pages = ["cio", "cto"].map(|name| Page {
        name: name.to_owned(),
        command: true,
        accent_color: 0x0f_9d77,
        parts: (0..6).map(|number| format!("part{number}")).collect(),
        buttons: vec![Link::Page(usize::from(name == "cio")), Link::Whichrole],
    });
    Responses {
        questionnaire,
        revision: Revision(0x5f2a_91c0),
        looks: Looks { question: 0x58_65f2, cto: look(&[1]), cio: look(&[0]), both: look(&[1, 0]) },
        pages: pages.into(),
        languages: ["en-US", "de"].map(language).into(),
    }
}

fn language(locale: &str) -> Arc<Language> {
    let text = |characters: usize| {
        format!("{locale} words that say what it is about, for whom, and when one needs it. ").repeat(3)[..characters]
            .to_owned()
    };
    let line = |key: &'static str, known: &'static [&'static str]| {
        let placeholders: String = known.iter().map(|name| format!(" {{{name}}}")).collect();
        let characters = if key.starts_with("button") || key.ends_with("name") { 12 } else { 90 };
        Template::parse(&(text(characters) + &placeholders), known).expect("a template")
    };
    let questions = (0..6).map(|number| QuestionWords {
        title: format!("Question {number} of {}", text(30)),
        help: text(90),
        topic: text(20),
        choices: (0..4).map(|number| ChoiceWords { text: text(60), label: format!("Choice {number}") }).collect(),
    });
    let pages = (0..2).map(|number| PageWords {
        description: text(60),
        button: format!("Page {number}"),
        title: text(30),
        parts: (0..6).map(|_| PartWords { heading: text(15), text: text(160) }).collect(),
    });
    Arc::new(Language {
        locale: locale.to_owned(),
        words: Words {
            ui: Ui::from_lines(line),
            questions: questions.collect(),
            cto: RoleWords::from_lines(line),
            cio: RoleWords::from_lines(line),
            suggestion: Suggestion::from_lines(line),
            pages: pages.collect(),
        },
    })
}
