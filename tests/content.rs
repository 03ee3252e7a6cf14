//! `docs/content.md` is true: every fact is said where the page says, in the words it quotes.

use std::collections::BTreeSet;

#[test]
fn every_fact_is_said_where_the_page_says() {
    let page = include_str!("../docs/content.md");
    let mut facts = BTreeSet::new();
    for line in
        page.lines().filter(|line| line.starts_with("| F") || line.starts_with("| A") || line.starts_with("| C"))
    {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [fact, _, file, key, words] = cells[..] else { panic!("five cells: {line}") };
        let path = format!("{}/responses/en-US/{}", env!("CARGO_MANIFEST_DIR"), file.trim_matches('`'));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        let value = key.trim_matches('`').split('.').fold(Some(&toml::Value::Table(table)).cloned(), |value, key| {
            value.and_then(|value| value.get(key).cloned())
        });
        let said = value.as_ref().and_then(toml::Value::as_str).unwrap_or_else(|| panic!("{path} has no {key}"));
        assert!(said.contains(words), "{fact}: {key} in {file} does not say {words:?} but:\n{said}");
        facts.insert(fact.to_owned());
    }
    let missing: Vec<_> = (1..=36).map(|number| format!("F{number}")).filter(|fact| !facts.contains(fact)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
}
