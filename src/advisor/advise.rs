//! The advice on organisations one knows: answers from a table, a suggestion for each line.

use std::fmt;

use super::{Next, Questionnaire, Suggestion, next};

/// An organisation and what the answers of its people come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What the table calls it.
    pub organisation: String,
    /// The suggestion.
    pub suggestion: Suggestion,
}

/// What is wrong with a table, and on which line (from 1; the header is line 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The line.
    pub line: u64,
    /// What was found and what is allowed.
    pub message: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for TableError {}

/// Runs a CSV table: a header with `organisation` and the ids of the questions in any order, then a line for each
/// organisation with the ids of its choices. A cell may be empty where the question is not asked.
///
/// # Errors
///
/// Everything that is wrong with the table.
pub fn advise(questionnaire: &Questionnaire, table: &[u8]) -> Result<Vec<Advice>, Vec<TableError>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(table);
    let columns = columns(questionnaire, &mut reader)?;
    let mut errors = Vec::new();
    let mut advised = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => match advise_one(questionnaire, &columns, &record) {
                Ok(suggestion) => {
                    advised.push(Advice { organisation: record[columns.organisation].to_owned(), suggestion });
                }
                Err(message) => errors.push(TableError { line: line(record.position()), message }),
            },
            Err(error) => errors.push(unreadable(&error)),
        }
    }
    if errors.is_empty() { Ok(advised) } else { Err(errors) }
}

/// Where in a line the name and each question's answer stand.
struct Columns {
    organisation: usize,
    questions: Vec<Option<usize>>,
}

fn columns(questionnaire: &Questionnaire, reader: &mut csv::Reader<&[u8]>) -> Result<Columns, Vec<TableError>> {
    let header = reader.headers().map_err(|error| vec![unreadable(&error)])?;
    let ids: Vec<_> = questionnaire.questions.iter().map(|question| question.id.as_str()).collect();
    let error = |message| TableError { line: 1, message };
    let mut errors = Vec::new();
    for (index, name) in header.iter().enumerate() {
        if name != ORGANISATION && !ids.contains(&name) {
            errors.push(error(format!("unknown column `{name}`; allowed are {ORGANISATION}, {}", ids.join(", "))));
        } else if header.iter().take(index).any(|earlier| earlier == name) {
            errors.push(error(format!("the column `{name}` is there twice")));
        }
    }
    let find = |name| header.iter().position(|column| column == name);
    let organisation = find(ORGANISATION);
    if organisation.is_none() {
        errors.push(error(format!("there is no column `{ORGANISATION}`")));
    }
    let questions = ids.iter().map(|id| find(id)).collect();
    match organisation {
        Some(organisation) if errors.is_empty() => Ok(Columns { organisation, questions }),
        _ => Err(errors),
    }
}

/// The column that names the organisation.
const ORGANISATION: &str = "organisation";

fn advise_one(
    questionnaire: &Questionnaire,
    columns: &Columns,
    record: &csv::StringRecord,
) -> Result<Suggestion, String> {
    for (question, column) in questionnaire.questions.iter().zip(&columns.questions) {
        let answer = column.map_or("", |column| &record[column]);
        if !answer.is_empty() && !question.choices.iter().any(|choice| choice.id == answer) {
            let allowed: Vec<_> = question.choices.iter().map(|choice| choice.id.as_str()).collect();
            return Err(format!("`{}` has no choice `{answer}`; allowed are {}", question.id, allowed.join(", ")));
        }
    }
    let mut answers = Vec::new();
    loop {
        match next(questionnaire, &answers).map_err(|error| error.to_string())? {
            Next::Suggest(suggestion) => return Ok(suggestion),
            Next::Ask(index) => {
                let question = &questionnaire.questions[index];
                let answer = columns.questions[index].map_or("", |column| &record[column]);
                let choice = question.choices.iter().position(|choice| choice.id == answer);
                let choice = choice.and_then(|choice| u8::try_from(choice).ok());
                answers.push(choice.ok_or_else(|| {
                    format!("after {} answers `{}` is asked, and has none here", answers.len(), question.id)
                })?);
            }
        }
    }
}

fn unreadable(error: &csv::Error) -> TableError {
    TableError { line: line(error.position()), message: error.to_string() }
}

fn line(position: Option<&csv::Position>) -> u64 {
    position.map_or(1, csv::Position::line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::responses::shipped;

    fn faults(table: &str) -> Vec<String> {
        let errors = advise(&shipped().questionnaire, table.as_bytes()).expect_err("the table is wrong");
        errors.iter().map(ToString::to_string).collect()
    }

    /// The table of `docs/advice.md`, line by line.
    #[test]
    fn the_worked_examples_come_out_as_documented() {
        let page = include_str!("../../docs/advice.md");
        let section = page.split("## Worked examples").nth(1).expect("the page has worked examples");
        let section = section.split("\n## ").next().expect("a section ends");
        let mut examples = 0;
        for line in section.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---")).skip(1) {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [name, wants, area, notices, hurts, money, today, said, points] = cells[..] else { panic!("{line}") };
            let row = [name, wants, area, notices, hurts, money, today].map(|cell| cell.trim_matches('-')).join(",");
            let table = format!("organisation,wants,area,notices,hurts,money,today\n{row}\n");
            let advised = advise(&shipped().questionnaire, table.as_bytes()).expect("the example is right");
            let suggestion = &advised[0].suggestion;
            let outcome = suggestion.outcome.to_string();
            let outcome = if outcome == "both" { outcome } else { outcome.to_uppercase() };
            assert_eq!(format!("{outcome}, {}", suggestion.strength), said, "{name}");
            let totals = suggestion.totals;
            assert_eq!(format!("{} / {} of {}", totals.cto, totals.cio, suggestion.most), points, "{name}");
            examples += 1;
        }
        assert!(examples >= 9, "only {examples} worked examples were found");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(faults("wants\nproduct\n"), ["line 1: there is no column `organisation`"]);
        assert_eq!(
            faults("organisation,want,wants,wants\n"),
            [
                "line 1: unknown column `want`; allowed are organisation, wants, area, notices, hurts, money, today",
                "line 1: the column `wants` is there twice",
            ]
        );
        assert_eq!(
            faults("organisation,wants,area,notices\nA,prodct,making,customers\nB,product,making,\n"),
            [
                "line 2: `wants` has no choice `prodct`; allowed are product, inside, both, unsure",
                "line 3: after 2 answers `notices` is asked, and has none here",
            ]
        );
        assert!(faults("organisation,wants\nA\n")[0].starts_with("line 2: "));
    }
}
