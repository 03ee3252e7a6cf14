//! The questionnaire as text in a fixed form, from which the revision in every button is computed.
//!
//! Buttons stay in channels for years, and a button with another revision than the current one gets the notice that the
//! questions have changed. So this text must change exactly if answers given before would mean something else. It does
//! not depend on the layout of this crate's types.
//!
//! ```text
//! v1
//! question wants
//! product 3 0
//! unsure 0 0
//! follow_up money
//! little 0 0 small
//! clear 60 20 30 2
//! both 50 60 70
//! stop 2 4
//! leaning 10 2
//! order money
//! order_if_both money
//! tie wants
//! first wants
//! nothing cio
//! ```

use super::{Both, Choice, Clear, Leaning, Points, Questionnaire, Rule, Stop};

impl Questionnaire {
    /// Writes ids, points, order and rule as text: equal for two questionnaires exactly if a path of answers means the
    /// same in both. The words and the declared maximum of questions are not part of it.
    pub fn canonical_text(&self) -> String {
        // All fields are named, so that the compiler reports a new one here: does it belong to the text?
        let Self { questions, core, max_questions: _, rule } = self;
        let Rule { clear, both, order_if_both, order, stop, leaning, tie, first, nothing } = rule;
        let ids =
            |indices: &[usize]| indices.iter().map(|&index| format!(" {}", questions[index].id)).collect::<String>();
        let mut lines = vec!["v1".to_owned()];
        for (index, question) in questions.iter().enumerate() {
            lines.push(format!("{} {}", if index < *core { "question" } else { "follow_up" }, question.id));
            for Choice { id, points: Points { cto, cio }, small } in &question.choices {
                lines.push(format!("{id} {cto} {cio}{}", if *small { " small" } else { "" }));
            }
        }
        let (Clear { high, low, gap, answers }, Stop { after, gap: stop_gap }) = (clear, stop);
        lines.push(format!("clear {high} {low} {gap} {answers}"));
        let Both { low, ratio, clear } = both;
        lines.push(format!("both {low} {ratio} {clear}"));
        lines.push(format!("stop {after} {stop_gap}"));
        let Leaning { gap, answers } = leaning;
        lines.push(format!("leaning {gap} {answers}"));
        for (name, indices) in [("order", order), ("order_if_both", order_if_both), ("tie", tie), ("first", first)] {
            lines.push(format!("{name}{}", ids(indices)));
        }
        lines.push(format!("nothing {nothing}\n"));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use insta::assert_snapshot;

    use super::super::{Question, Role};
    use super::*;

    fn small() -> Questionnaire {
        let choice = |id: &str, cto, cio, small| Choice { id: id.to_owned(), points: Points { cto, cio }, small };
        Questionnaire {
            questions: vec![
                Question { id: "wants".into(), choices: vec![choice("a", 3, 0, false), choice("b", 0, 0, false)] },
                Question { id: "area".into(), choices: vec![choice("c", 0, 2, false), choice("d", 1, 1, false)] },
                Question { id: "money".into(), choices: vec![choice("e", 1, 2, false), choice("f", 0, 0, true)] },
                Question { id: "today".into(), choices: vec![choice("g", 2, 0, false), choice("h", 0, 1, false)] },
            ],
            core: 2,
            max_questions: 4,
            rule: Rule {
                clear: Clear { high: 60, low: 20, gap: 30, answers: 2 },
                both: Both { low: 50, ratio: 61, clear: 70 },
                order_if_both: vec![3, 2],
                order: vec![2, 3],
                stop: Stop { after: 1, gap: 4 },
                leaning: Leaning { gap: 10, answers: 2 },
                tie: vec![0, 1],
                first: vec![1],
                nothing: Role::Cio,
            },
        }
    }

    #[test]
    fn the_format_stays_as_it_is() {
        assert_snapshot!(small().canonical_text(), @"
        v1
        question wants
        a 3 0
        b 0 0
        question area
        c 0 2
        d 1 1
        follow_up money
        e 1 2
        f 0 0 small
        follow_up today
        g 2 0
        h 0 1
        clear 60 20 30 2
        both 50 61 70
        stop 1 4
        leaning 10 2
        order money today
        order_if_both today money
        tie wants area
        first area
        nothing cio
        ");
    }

    #[test]
    fn every_change_that_counts_makes_another_text() {
        let changes: &[fn(&mut Questionnaire)] = &[
            |_| {},
            |q| q.questions[0].id = "want".into(),
            |q| q.questions[0].choices[0].id = "z".into(),
            |q| q.questions[0].choices[0].points.cto = 2,
            |q| q.questions[0].choices[0].points.cio = 1,
            |q| q.questions[0].choices[0].small = true,
            |q| q.questions[0].choices.swap(0, 1),
            |q| q.questions.swap(0, 1),
            |q| q.questions.swap(2, 3),
            |q| q.core = 1,
            |q| q.questions[3].choices.push(Choice { id: "i".into(), points: Points::default(), small: false }),
            |q| q.rule.clear.high += 1,
            |q| q.rule.clear.low += 1,
            |q| q.rule.clear.gap += 1,
            |q| q.rule.both.low += 1,
            |q| q.rule.both.ratio += 1,
            |q| q.rule.both.clear += 1,
            |q| q.rule.order.swap(0, 1),
            |q| q.rule.order_if_both.swap(0, 1),
            |q| q.rule.stop.after += 1,
            |q| q.rule.stop.gap += 1,
            |q| q.rule.leaning.gap += 1,
            |q| q.rule.leaning.answers += 1,
            |q| q.rule.clear.answers += 1,
            |q| q.rule.tie.swap(0, 1),
            |q| q.rule.first.push(0),
            |q| q.rule.nothing = Role::Cto,
        ];
        let texts: HashSet<String> = changes
            .iter()
            .map(|change| {
                let mut questionnaire = small();
                change(&mut questionnaire);
                questionnaire.canonical_text()
            })
            .collect();
        assert_eq!(texts.len(), changes.len());
    }

    #[test]
    fn the_declared_maximum_does_not_count() {
        let more = Questionnaire { max_questions: 5, ..small() };
        assert_eq!(more.canonical_text(), small().canonical_text());
    }
}
