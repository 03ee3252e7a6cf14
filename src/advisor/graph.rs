//! The conversation as a Mermaid flowchart, to look at: <https://mermaid.js.org/syntax/flowchart.html>.
//!
//! A node is a question together with the questions asked before it; an edge says how many ways of answering lead
//! along it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;

use super::{Next, Outcome, Questionnaire, Strength, paths};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// The questions asked before, and the one asked here.
    Question(Vec<usize>),
    End(Outcome, Strength),
}

/// The conversation as a Mermaid flowchart. The questionnaire must have been proved: its paths are few enough to walk.
pub fn mermaid(questionnaire: &Questionnaire) -> String {
    let edges = edges(questionnaire);

    let mut chart = String::from("flowchart TD\n");
    let nodes: Vec<&Node> = {
        let mut nodes: Vec<_> = edges.keys().flat_map(|(from, to)| [from, to]).collect();
        nodes.sort();
        nodes.dedup();
        nodes
    };
    // Nodes are numbered: Mermaid takes ids such as `end`, `graph` or `click` for its own keywords.
    let name = |node: &Node| nodes.binary_search(&node).expect("every node is among the nodes") + 1;
    for &node in &nodes {
        // No label begins with `1. `, which Mermaid would read as a list.
        let (number, shown) = (
            name(node),
            match node {
                Node::Question(asked) => {
                    let question = asked.last().expect("a question's node ends with the question");
                    format!("[\"question {}: {}\"]", asked.len(), label(&questionnaire.questions[*question].id))
                }
                Node::End(outcome, strength) => format!("([\"{outcome}, {strength}\"])"),
            },
        );
        writeln!(chart, "    n{number}{shown}").expect("writing to a String cannot fail");
    }
    for ((from, to), ways) in &edges {
        writeln!(chart, "    n{} -->|{ways}| n{}", name(from), name(to)).expect("writing to a String cannot fail");
    }
    chart
}

/// Escapes the characters that Mermaid interprets within a quoted label, such as `_` for emphasis.
/// <https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters>
fn label(text: &str) -> String {
    let mut label = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || character == ' ' {
            label.push(character);
        } else {
            write!(label, "#{};", u32::from(character)).expect("writing to a String cannot fail");
        }
    }
    label
}

/// Counts the ways of answering along each edge.
fn edges(questionnaire: &Questionnaire) -> BTreeMap<(Node, Node), usize> {
    let mut edges = BTreeMap::new();
    let walked = paths::walk(questionnaire, |state| {
        if !state.asked.is_empty() {
            let here = match state.next {
                Next::Ask(question) => Node::Question([state.asked, &[*question]].concat()),
                Next::Suggest(suggestion) => Node::End(suggestion.outcome, suggestion.strength),
            };
            *edges.entry((Node::Question(state.asked.to_vec()), here)).or_default() += 1;
        }
        ControlFlow::<()>::Continue(())
    });
    debug_assert!(walked.is_continue());
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::responses::shipped;

    #[test]
    fn the_shipped_conversation() {
        let chart = mermaid(&shipped().questionnaire);
        assert!(chart.starts_with("flowchart TD\n    n1[\"question 1: wants\"]\n"), "{chart}");
        assert!(chart.contains("    n2[\"question 2: area\"]\n"), "{chart}");
        assert!(chart.contains("    n2 -->|25| n3\n"), "{chart}");
        for end in ["cto, clear", "cio, clear", "cto, slight", "both, leaning"] {
            let node = chart.lines().find_map(|line| line.trim().strip_suffix(&format!("([\"{end}\"])"))).expect(end);
            assert!(chart.lines().any(|line| line.ends_with(&format!("| {node}"))), "{end} is reached in\n{chart}");
        }
    }

    #[test]
    fn no_id_is_a_word_of_mermaids() {
        let mut questionnaire = shipped().questionnaire.clone();
        for (question, id) in questionnaire.questions.iter_mut().zip(["end", "_a\"#;]", "graph", "click", "o", "x"]) {
            question.id = id.to_owned();
        }
        let chart = mermaid(&questionnaire);
        assert!(chart.contains("n1[\"question 1: end\"]\n"), "{chart}");
        assert!(chart.contains("n2[\"question 2: #95;a#34;#35;#59;#93;\"]\n"), "{chart}");
        let name = |word: &str| word.strip_prefix('n').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()));
        for line in chart.lines().skip(1) {
            assert!(name(line.trim()) && line.split("| ").skip(1).all(name), "{line}");
        }
    }
}
