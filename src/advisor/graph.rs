//! The conversation as a Mermaid flowchart, to look at: <https://mermaid.js.org/syntax/flowchart.html>.
//!
//! A node is a question together with the questions asked before it; an edge says how many ways of answering lead
//! along it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Next, Outcome, Questionnaire, Strength, next};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// The questions asked before, and the one asked here.
    Question(Vec<usize>),
    End(Outcome, Strength),
}

/// The conversation as a Mermaid flowchart. The questionnaire must have been proved: its paths are few enough to walk.
pub fn mermaid(questionnaire: &Questionnaire) -> String {
    let mut edges = BTreeMap::new();
    walk(questionnaire, &mut Vec::new(), &mut Vec::new(), &mut edges);

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

/// Walks on from some answers and counts the ways along each edge. Returns the node reached.
fn walk(
    questionnaire: &Questionnaire,
    answers: &mut Vec<u8>,
    asked: &mut Vec<usize>,
    edges: &mut BTreeMap<(Node, Node), usize>,
) -> Node {
    match next(questionnaire, answers).expect("the walk gives only choices that the question has") {
        Next::Suggest(suggestion) => Node::End(suggestion.outcome, suggestion.strength),
        Next::Ask(question) => {
            asked.push(question);
            let here = Node::Question(asked.clone());
            for choice in 0..questionnaire.questions[question].choices.len() {
                answers.push(u8::try_from(choice).expect("the loader allows 36 choices at most"));
                let there = walk(questionnaire, answers, asked, edges);
                *edges.entry((here.clone(), there)).or_default() += 1;
                answers.pop();
            }
            asked.pop();
            here
        }
    }
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
