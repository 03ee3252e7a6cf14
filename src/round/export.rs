//! A closed round as a file: the counts of its card under the same thresholds, and nothing else.

use super::tally::{Before, Tally};

/// The counts as CSV: a section, a name and a number in each line, for a spreadsheet.
///
/// It starts with a byte order mark, by which Excel recognizes UTF-8. Names are ids of the questionnaire, so no cell
/// can start a formula.
pub fn csv(tally: &Tally, before: Option<&Before>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    for [part, name, people] in lines(tally, before) {
        writer.write_record([part, name, people]).expect("writing to memory cannot fail");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

/// The counts as JSON.
pub fn json(tally: &Tally, before: Option<&Before>) -> Vec<u8> {
    let mut value = serde_json::json!({ "result": tally });
    if let Some(before) = before {
        value["before"] = serde_json::json!(before);
    }
    serde_json::to_vec_pretty(&value).expect("a tally is JSON")
}

fn lines(tally: &Tally, before: Option<&Before>) -> Vec<[String; 3]> {
    let mut lines = vec![["part".to_owned(), "name".to_owned(), "value".to_owned()]];
    let mut add = |part: &str, name: &str, value: String| lines.push([part.to_owned(), name.to_owned(), value]);
    let mut outcomes = |part: &str, answered: u32, counts: crate::advisor::Outcomes| {
        add(part, "answered", answered.to_string());
        for (name, people) in ["cto", "cio", "both", "nothing"].into_iter().zip(counts.counts()) {
            add(part, name, people.to_string());
        }
    };
    if let Some(before) = before {
        outcomes("before", before.answered, before.outcomes);
    }
    outcomes("outcomes", tally.answered, tally.outcomes);
    let together = &tally.together;
    add("together", "outcome", together.outcome.to_string());
    add("together", "strength", together.strength.to_string());
    add("together", "cto_percent", together.cto.to_string());
    add("together", "cio_percent", together.cio.to_string());
    for dots in &tally.dots {
        let name = format!("cto_{}_cio_{}_{}", dots.cto, dots.cio, dots.suggested.name());
        add("picture", &name, dots.people.to_string());
    }
    for question in &tally.questions {
        for choice in &question.choices {
            add(&question.question, &choice.choice, choice.people.to_string());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::ballot::tests::answers;
    use super::super::rules::tests::rules;
    use super::*;

    fn tally(people: usize) -> Tally {
        Tally::of(&rules(), &vec![answers(&["product", "making", "customers"]); people]).expect("enough")
    }

    #[test]
    fn a_table_has_what_the_card_has() {
        let text = String::from_utf8(csv(&tally(4), None)).expect("CSV is text");
        assert_eq!(
            text,
            "\u{feff}part,name,value\noutcomes,answered,4\noutcomes,cto,4\noutcomes,cio,0\noutcomes,both,0\n\
             outcomes,nothing,0\ntogether,outcome,cto\ntogether,strength,clear\ntogether,cto_percent,100\n\
             together,cio_percent,0\npicture,cto_4_cio_0_cto,4\n"
        );
        let before = tally(5).before(super::super::tally::Thresholds::default());
        let text = String::from_utf8(csv(&tally(5), before.as_ref())).expect("CSV is text");
        assert!(text.contains("\nwants,product,5\nwants,inside,0\n"), "{text}");
        assert!(text.contains("\nbefore,answered,5\n"), "{text}");
    }

    #[test]
    fn json_has_the_same() {
        let value: serde_json::Value = serde_json::from_slice(&json(&tally(4), None)).expect("JSON");
        assert_eq!(value["result"]["outcomes"]["cto"], 4);
        assert_eq!(value["result"]["questions"], serde_json::json!([]));
        assert_eq!(value.get("before"), None);
    }
}
