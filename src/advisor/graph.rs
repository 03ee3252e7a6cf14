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
    let name = |node: &Node| match node {
        Node::Question(asked) => {
            let ids: Vec<_> = asked.iter().map(|&question| questionnaire.questions[question].id.as_str()).collect();
            ids.join("-")
        }
        Node::End(outcome, strength) => format!("{outcome}-{strength}"),
    };
    for node in nodes {
        let shown = match node {
            Node::Question(asked) => {
                let question = asked.last().expect("a question's node ends with the question");
                format!("[\"{}. {}\"]", asked.len(), questionnaire.questions[*question].id)
            }
            Node::End(outcome, strength) => format!("([\"{outcome}, {strength}\"])"),
        };
        writeln!(chart, "    {}{shown}", name(node)).expect("writing to a String cannot fail");
    }
    for ((from, to), ways) in &edges {
        writeln!(chart, "    {} -->|{ways}| {}", name(from), name(to)).expect("writing to a String cannot fail");
    }
    chart
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
        assert!(chart.starts_with("flowchart TD\n    wants[\"1. wants\"]\n"), "{chart}");
        assert!(chart.contains("    wants-area -->|16| wants-area-notices\n"), "{chart}");
        for end in ["cto-clear", "cio-clear", "cto-slight", "both-leaning"] {
            assert!(chart.contains(&format!("| {end}\n")), "{end} is reached in\n{chart}");
        }
    }
}
