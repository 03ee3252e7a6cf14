//! Advice for a table of organisations: answers in, a suggestion for each row out.
//!
//! It takes tables as spreadsheets write them: separated by `,`, `;` or tab, with any line ends, with blank lines, rows of
//! empty cells and empty columns. Lines are counted as an editor counts them.

use std::fmt;

use super::{Next, Outcome, Questionnaire, Reason, Role, Suggestion, next};
use crate::encoding;

/// An organisation and the suggestion for the answers of its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The name in the table, or `(line N)` for a row without a name.
    pub organisation: String,
    /// The expected suggestion, if the table has a column for it.
    pub expected: Option<Expected>,
    /// The suggestion.
    pub suggestion: Suggestion,
}

/// The suggestion that somebody who knows an organisation expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// This outcome: `cto`, `cio` or `both` in a table.
    Outcome(Outcome),
    /// The answers do not tell the roles apart: `open` in a table.
    Open,
}

impl Expected {
    const ALL: [(&'static str, Self); 4] = [
        ("cto", Self::Outcome(Outcome::One(Role::Cto))),
        ("cio", Self::Outcome(Outcome::One(Role::Cio))),
        ("both", Self::Outcome(Outcome::Both)),
        ("open", Self::Open),
    ];

    /// Reads a cell, in any case; `None` for an empty one.
    fn read(cell: &str) -> Result<Option<Self>, String> {
        if cell.is_empty() {
            return Ok(None);
        }
        let found = Self::ALL.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(cell));
        let (_, expected) = found.ok_or_else(|| {
            let allowed = Self::ALL.map(|(name, _)| name).join(", ");
            format!("`{EXPECTED}` is `{cell}`; allowed are {allowed}")
        })?;
        Ok(Some(expected))
    }

    /// Returns `true` if the suggestion is the expected one.
    pub fn is_met_by(self, suggestion: &Suggestion) -> bool {
        let open = suggestion.reason == Reason::NothingToSay;
        match self {
            Self::Outcome(outcome) => !open && suggestion.outcome == outcome,
            Self::Open => open,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome(outcome) => outcome.fmt(f),
            Self::Open => f.write_str("open"),
        }
    }
}

/// The suggestions for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advised {
    /// One for each row, in the order of the table.
    pub rows: Vec<Advice>,
    /// Lines that begin with `#`, and so are comments, although they look like rows.
    pub commented: Vec<usize>,
}

/// A fault in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The line, from 1; `None` for a fault of the file as a whole.
    pub line: Option<usize>,
    /// What was found and what is allowed.
    pub message: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for TableError {}

/// The column that names the organisation, in both spellings.
const ORGANISATION: [&str; 2] = ["organisation", "organization"];

/// The column that says what is expected of the advice.
const EXPECTED: &str = "expected";

/// The first character of a comment.
const COMMENT: u8 = b'#';

/// Reads a CSV table and advises each organisation. The table has a header with `organisation` and the ids of the
/// questions in any order, then a row for each organisation with the ids of its choices. A cell may be empty if the
/// question is not asked. A column `expected` may say what is expected of each: `cto`, `cio`, `both` or `open`.
///
/// # Errors
///
/// All faults of the table.
pub fn advise(questionnaire: &Questionnaire, table: &[u8]) -> Result<Advised, Vec<TableError>> {
    let failed = |line, message: String| vec![TableError { line, message }];
    let text = encoding::utf8(table).map_err(|error| failed(None, error.to_string()))?;
    // One line end: the reader takes a lone CR for the end of a row, and not for the end of a comment.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    let (separator, start) = separator(text);
    if let Some(line) = unclosed_quote(text, start, separator) {
        return Err(failed(Some(line), "the quotation mark that begins a cell here is not closed".to_owned()));
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .comment(Some(COMMENT))
        .has_headers(false)
        .flexible(true)
        .from_reader(&text.as_bytes()[start..]);
    let mut columns = None;
    let mut advised = Advised { rows: Vec::new(), commented: Vec::new() };
    let mut errors = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let before = start + usize::try_from(reader.position().byte()).unwrap_or(text.len());
        let (at, comments) = skip(text, before);
        let looks_like_a_row = |comment: &&(usize, &str)| holds_an_answer(questionnaire, comment.1, separator);
        advised.commented.extend(comments.iter().filter(looks_like_a_row).map(|(line, _)| *line));
        let line = encoding::lines(&text[..at]);
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return Err(failed(Some(line), error.to_string())),
        }
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let Some(columns) = &columns else {
            columns = Some(Columns::read(questionnaire, &cells, line)?);
            continue;
        };
        match columns.advise(questionnaire, &cells, char::from(separator)) {
            Ok((suggestion, expected)) => {
                let organisation = match columns.cell(&cells, columns.organisation) {
                    "" => format!("(line {line})"),
                    name => name.split_whitespace().collect::<Vec<_>>().join(" "),
                };
                advised.rows.push(Advice { organisation, expected, suggestion });
            }
            Err(message) => errors.push(TableError { line: Some(line), message }),
        }
    }
    match columns {
        None => {
            Err(failed(None, format!("the table is empty; its first row names the columns, {}", names(questionnaire))))
        }
        Some(_) if errors.is_empty() => Ok(advised),
        Some(_) => Err(errors),
    }
}

/// Returns what separates cells, and where the table begins: after the line `sep=;` that Excel writes and reads.
fn separator(text: &str) -> (u8, usize) {
    let first = text.split('\n').next().unwrap_or_default();
    if let [b'S' | b's', b'E' | b'e', b'P' | b'p', b'=', separator] = first.trim_matches('"').as_bytes() {
        return (*separator, first.len());
    }
    // The header decides: ids of questions contain no separators.
    let header = skip(text, 0).0;
    let header = text[header..].split('\n').next().unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    // `max_by_key` returns the last of equals, which is the comma.
    let separator = [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',');
    (separator, 0)
}

/// Skips line ends and comments, as the reader does before a record. Returns where the record begins, and the comments
/// with their lines.
fn skip(text: &str, from: usize) -> (usize, Vec<(usize, &str)>) {
    let mut at = from;
    let mut comments = Vec::new();
    while let Some(&byte) = text.as_bytes().get(at) {
        match byte {
            b'\n' => at += 1,
            COMMENT => {
                let comment = text[at..].split('\n').next().unwrap_or_default();
                comments.push((encoding::lines(&text[..at]), &comment[1..]));
                at += comment.len();
            }
            _ => break,
        }
    }
    (at, comments)
}

/// Returns `true` if a comment has a cell that is a choice of some question.
fn holds_an_answer(questionnaire: &Questionnaire, comment: &str, separator: u8) -> bool {
    let mut choices = questionnaire.questions.iter().flat_map(|question| &question.choices);
    let mut cells = comment.split(char::from(separator)).skip(1).map(str::trim);
    cells.any(|cell| choices.any(|choice| choice.id.eq_ignore_ascii_case(cell)))
}

/// Returns the line of a quotation mark that begins a cell and is never closed: the reader would take the rest of the
/// table for that cell.
fn unclosed_quote(text: &str, start: usize, separator: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    let (mut cell_begins, mut row_begins) = (true, true);
    while let Some(&byte) = bytes.get(at) {
        if row_begins && byte == COMMENT {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
            continue;
        }
        if cell_begins && byte == b'"' {
            let opened = at;
            at += 1;
            loop {
                match text[at..].find('"') {
                    None => return Some(encoding::lines(&text[..opened])),
                    // Two quotation marks in a row are one in the cell.
                    Some(quote) if bytes.get(at + quote + 1) == Some(&b'"') => at += quote + 2,
                    Some(quote) => break at += quote + 1,
                }
            }
            (cell_begins, row_begins) = (false, false);
            continue;
        }
        row_begins = byte == b'\n';
        cell_begins = row_begins || byte == separator;
        at += 1;
    }
    None
}

fn names(questionnaire: &Questionnaire) -> String {
    let ids = questionnaire.questions.iter().map(|question| question.id.as_str());
    [ORGANISATION[0], EXPECTED].into_iter().chain(ids).collect::<Vec<_>>().join(", ")
}

/// The columns of the name, of the expected suggestion, and of each question.
struct Columns {
    organisation: usize,
    expected: Option<usize>,
    questions: Vec<Option<usize>>,
    /// The number of columns with a heading, up to the last of them.
    number: usize,
    /// Columns without a heading: their cells must be empty.
    unnamed: Vec<usize>,
}

impl Columns {
    /// Reads the header, in any case.
    fn read(questionnaire: &Questionnaire, header: &[&str], line: usize) -> Result<Self, Vec<TableError>> {
        let header: Vec<String> = header.iter().map(|name| name.to_lowercase()).collect();
        let is_organisation = |name: &str| ORGANISATION.contains(&name);
        let is_id = |name: &str| questionnaire.questions.iter().any(|question| question.id.eq_ignore_ascii_case(name));
        let error = |message| TableError { line: Some(line), message };
        let mut errors = Vec::new();
        for (index, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if !is_organisation(name) && name != EXPECTED && !is_id(name) {
                errors.push(error(format!("unknown column `{name}`; allowed are {}", names(questionnaire))));
            } else if header[..index].contains(name) {
                errors.push(error(format!("the column `{name}` is there twice")));
            }
        }
        let organisation = header.iter().position(|name| is_organisation(name));
        if organisation.is_none() {
            errors.push(error(format!("there is no column `{}`", ORGANISATION[0])));
        }
        let find = |id: &str| header.iter().position(|name| name.eq_ignore_ascii_case(id));
        let questions = questionnaire.questions.iter().map(|question| find(&question.id)).collect();
        let expected = header.iter().position(|name| name == EXPECTED);
        let unnamed = (0..header.len()).filter(|index| header[*index].is_empty()).collect();
        match organisation {
            Some(organisation) if errors.is_empty() => {
                Ok(Self { organisation, expected, questions, number: header.len(), unnamed })
            }
            _ => Err(errors),
        }
    }

    /// Returns a cell of a row, or an empty text if the row ends before it.
    fn cell<'a>(&self, cells: &[&'a str], column: usize) -> &'a str {
        cells.get(column).copied().unwrap_or_default()
    }

    /// Returns the suggestion for a row and what was expected of it, or what is wrong with the row.
    fn advise(
        &self,
        questionnaire: &Questionnaire,
        cells: &[&str],
        separator: char,
    ) -> Result<(Suggestion, Option<Expected>), String> {
        let other = [',', ';', '\t'].into_iter().find(|other| *other != separator && cells[0].contains(*other));
        if let (1, Some(other), true) = (cells.len(), other, self.number > 1) {
            return Err(format!("the cells are separated by {other:?}, and those of the header by {separator:?}"));
        }
        let beyond = cells.iter().skip(self.number).chain(self.unnamed.iter().filter_map(|index| cells.get(*index)));
        if let Some(cell) = beyond.into_iter().find(|cell| !cell.is_empty()) {
            return Err(format!("`{cell}` stands in a column without a name"));
        }
        let expected = Expected::read(self.expected.map_or("", |column| self.cell(cells, column)))?;
        let answer = |index: usize| self.questions[index].map_or("", |column| self.cell(cells, column));
        for (index, question) in questionnaire.questions.iter().enumerate() {
            let answer = answer(index);
            if !answer.is_empty() && !question.choices.iter().any(|choice| choice.id.eq_ignore_ascii_case(answer)) {
                let allowed: Vec<_> = question.choices.iter().map(|choice| choice.id.as_str()).collect();
                return Err(format!("`{}` has no choice `{answer}`; allowed are {}", question.id, allowed.join(", ")));
            }
        }
        let mut answers = Vec::new();
        loop {
            match next(questionnaire, &answers).map_err(|error| error.to_string())? {
                Next::Suggest(suggestion) => return Ok((suggestion, expected)),
                Next::Ask(index) => {
                    let question = &questionnaire.questions[index];
                    let answer = answer(index);
                    let choice = question.choices.iter().position(|choice| choice.id.eq_ignore_ascii_case(answer));
                    let choice = choice.and_then(|choice| u8::try_from(choice).ok());
                    answers.push(choice.ok_or_else(|| {
                        format!("after {} answers `{}` is asked, and has none here", answers.len(), question.id)
                    })?);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::responses::shipped;

    fn errors(table: impl AsRef<[u8]>) -> Vec<String> {
        let errors = advise(&shipped().questionnaire, table.as_ref()).expect_err("the table is wrong");
        errors.iter().map(ToString::to_string).collect()
    }

    fn organisations(table: impl AsRef<[u8]>) -> Vec<String> {
        let advised = advise(&shipped().questionnaire, table.as_ref());
        let advised = advised.unwrap_or_else(|errors| panic!("the table is right: {errors:?}"));
        advised.rows.into_iter().map(|row| row.organisation).collect()
    }

    const HEADER: &str = "organisation,wants,area,notices\n";

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
            let suggestion = &advised.rows[0].suggestion;
            let outcome = suggestion.outcome.to_string();
            let outcome = if outcome == "both" { outcome } else { outcome.to_uppercase() };
            assert_eq!(format!("{outcome}, {}", suggestion.strength), said, "{name}");
            let totals = suggestion.totals;
            assert_eq!(format!("{} / {} of {}", totals.cto, totals.cio, suggestion.most), points, "{name}");
            examples += 1;
        }
        assert!(examples >= 9, "only {examples} worked examples were found");
    }

    /// The table that comes with the documentation. `docs/advice.md` explains the one row that comes out otherwise.
    #[test]
    fn the_advice_is_what_was_expected_of_organisations_one_knows() {
        let table = include_bytes!("../../docs/organisations.csv");
        let advised = advise(&shipped().questionnaire, table).expect("the table is right").rows;
        assert_eq!(advised.len(), 36);
        let is_met = |one: &Advice| one.expected.expect("each line has one").is_met_by(&one.suggestion);
        let missed: Vec<_> = advised.iter().filter(|one| !is_met(one)).map(|one| one.organisation.as_str()).collect();
        assert_eq!(missed, ["An online store of twenty people on a rented platform"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(errors("wants\nproduct\n"), ["line 1: there is no column `organisation`"]);
        assert_eq!(
            errors("organisation,want,wants,wants\n"),
            [
                "line 1: unknown column `want`; allowed are organisation, expected, wants, area, notices, hurts, money, today",
                "line 1: the column `wants` is there twice",
            ]
        );
        assert_eq!(
            errors("organisation,wants,area,notices\nA,prodct,making,customers\nB,product,making,\n"),
            [
                "line 2: `wants` has no choice `prodct`; allowed are product, inside, both, keep, unsure",
                "line 3: after 2 answers `notices` is asked, and has none here",
            ]
        );
        assert!(errors("organisation,wants\nA\n")[0].starts_with("line 2: "));
        assert_eq!(
            errors("organisation,expected,wants,area,notices\nA,ceo,product,making,customers\n"),
            ["line 2: `expected` is `ceo`; allowed are cto, cio, both, open"]
        );
    }

    #[test]
    fn any_separator_and_line_end_is_taken() {
        let table = format!("{HEADER}A,product,making,customers\nB,product,making,customers\n");
        for separator in [",", ";", "\t"] {
            for end in ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"] {
                let table = table.replace(',', separator).replace('\n', end);
                assert_eq!(organisations(&table), ["A", "B"], "{table:?}");
                assert_eq!(organisations(format!("\u{feff}{table}")), ["A", "B"], "{table:?}");
                assert_eq!(organisations(table.trim_end()), ["A", "B"], "{table:?}");
            }
        }
        let marked = table.replace(',', ";");
        assert_eq!(organisations(format!("sep=;\r\n{marked}")), ["A", "B"]);
        assert_eq!(organisations(format!("\"sep=,\"\n{table}")), ["A", "B"]);
    }

    #[test]
    fn what_spreadsheets_add_is_no_fault() {
        let rows = ["", ",,,", " ", "A,product,making,customers,,", "A,product,making,customers", ",,,,,,"].join("\n");
        assert_eq!(organisations(format!("{HEADER}{rows}")), ["A", "A"]);
        assert_eq!(organisations("organisation,wants,area,notices,,\nA,product,making,customers,,\n"), ["A"]);
        assert_eq!(organisations("Organisation , WANTS,Area,notices\nA, Product ,MAKING,customers\n"), ["A"]);
        assert_eq!(organisations("organization,wants,area,notices\nA,product,making,customers\n"), ["A"]);
        assert_eq!(organisations("organisation;wants;area;notices\n\"A; B\nC\";product;making;customers"), ["A; B C"]);
    }

    #[test]
    fn no_row_is_dropped_without_a_word() {
        // A row without a name is a row.
        assert_eq!(organisations(format!("{HEADER}\n,product,making,customers\n")), ["(line 3)"]);
        let commented =
            format!("{HEADER}# of 2025, checked\n#1 Bakery,product,making,customers\nA,product,making,customers\n");
        let advised = advise(&shipped().questionnaire, commented.as_bytes()).expect("comments are allowed");
        assert_eq!((advised.rows.len(), advised.commented), (1, vec![3]));
        assert_eq!(
            errors(format!(
                "{HEADER}A,product,making,customers\n\"B,product,making,customers\nC,product,making,customers\n"
            )),
            ["line 3: the quotation mark that begins a cell here is not closed"]
        );
        assert_eq!(
            errors(format!("{HEADER}A;product;making;customers\n")),
            ["line 2: the cells are separated by ';', and those of the header by ','"]
        );
        assert_eq!(
            errors(format!("{HEADER}A,product,making,customers,now\n")),
            ["line 2: `now` stands in a column without a name"]
        );
    }

    #[test]
    fn the_line_is_the_one_in_an_editor() {
        let wrong = "B,prodct,making,customers\n";
        for (before, line) in [
            ("", 2),
            ("\n\n", 4),
            ("# a comment\n", 3),
            ("# a comment\n\n# another\n\n", 6),
            ("\"A\nof\nthree lines\",product,making,customers\n", 5),
            ("A,product,making,customers\n,,,\n", 4),
        ] {
            for end in ["\n", "\r\n", "\r"] {
                let table = format!("{HEADER}{before}{wrong}").replace('\n', end);
                let told = errors(&table);
                assert!(told[0].starts_with(&format!("line {line}: `wants` has no choice")), "{told:?} in {table:?}");
            }
        }
        assert!(errors("\n# first\nwants\n")[0].starts_with("line 3: there is no column"));
        assert!(errors("sep=;\norganisation;wants\nA;prodct\n")[0].starts_with("line 3: "));
    }

    #[test]
    fn other_encodings_are_named() {
        let latin1 = [HEADER.as_bytes(), b"Z\xFCrich,product,making,customers\n"].concat();
        assert!(errors(latin1)[0].starts_with("line 2: byte 0xFC at column 2 is not UTF-8"));
        let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(errors(utf16), ["the file is UTF-16; save it as UTF-8"]);
        assert!(errors(b"PK\x03\x04")[0].contains("workbook"));
        assert!(errors("")[0].starts_with("the table is empty"));
        assert!(errors("\n\n")[0].starts_with("the table is empty"));
    }
}
