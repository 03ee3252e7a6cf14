//! A modal: the form that Discord opens over the screen, and the limits on it.
//!
//! A modal can answer a command or a press, never a modal that was just sent.
//! <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{MAX_CUSTOM_ID, MAX_TEXT, Violation, characters};

/// How many characters a modal's title may have; it has at least one.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
pub(crate) const MAX_TITLE: usize = 45;

/// How many components a modal may have; it has at least one.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
pub(crate) const MAX_PARTS: usize = 5;

/// How many characters the label above a group of radio buttons may have; it has at least one.
/// <https://docs.discord.com/developers/components/reference#label-label-structure>
pub(crate) const MAX_FIELD_LABEL: usize = 45;

/// How many characters the description below that label may have.
/// <https://docs.discord.com/developers/components/reference#label-label-structure>
pub(crate) const MAX_FIELD_DESCRIPTION: usize = 100;

/// How many options a group of radio buttons may have; it has at least [`MIN_OPTIONS`].
/// <https://docs.discord.com/developers/components/reference#radio-group-radio-group-structure>
pub(super) const MAX_OPTIONS: usize = 10;

/// How many options a group of radio buttons has at least.
/// <https://docs.discord.com/developers/components/reference#radio-group-radio-group-structure>
pub(super) const MIN_OPTIONS: usize = 2;

/// How many characters the label, the value and the description of a radio button may have, each.
/// <https://docs.discord.com/developers/components/reference#radio-group-radio-group-option-structure>
pub(crate) const MAX_OPTION: usize = 100;

/// A form that opens over the screen and comes back as a submit with its `custom_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modal<'a> {
    /// Where sending it leads, 1 to 100 characters.
    pub custom_id: String,
    /// The title, 1 to 45 characters.
    pub title: Cow<'a, str>,
    /// Its parts, top to bottom; one to five.
    pub parts: Vec<Part<'a>>,
}

/// A part of a modal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text in Discord's Markdown.
    TextDisplay(Cow<'a, str>),
    /// A group of radio buttons with a label above.
    RadioGroup(RadioGroup<'a>),
}

/// Options of which exactly one is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadioGroup<'a> {
    /// The name by which the chosen value comes back, 1 to 100 characters, unique in its modal.
    pub custom_id: String,
    /// What is asked, 1 to 45 characters.
    pub label: Cow<'a, str>,
    /// The same in a sentence, at most 100 characters.
    pub description: Option<Cow<'a, str>>,
    /// Two to ten options.
    pub options: Vec<RadioOption<'a>>,
}

/// A radio button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadioOption<'a> {
    /// What comes back when it is chosen, 1 to 100 characters, unique in its group.
    pub value: String,
    /// The words beside it, 1 to 100 characters.
    pub label: Cow<'a, str>,
    /// A sentence below, at most 100 characters.
    pub description: Option<Cow<'a, str>>,
    /// Whether it is chosen when the modal opens; true for one option at most.
    pub default: bool,
}

/// The numbers are Discord's component types.
/// <https://docs.discord.com/developers/components/reference#component-object-component-types>
impl Serialize for Modal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("custom_id", &self.custom_id)?;
        map.serialize_entry("title", &self.title)?;
        map.serialize_entry("components", &self.parts)?;
        map.end()
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::TextDisplay(content) => {
                map.serialize_entry("type", &10)?;
                map.serialize_entry("content", content)?;
            }
            Self::RadioGroup(group) => {
                map.serialize_entry("type", &18)?;
                map.serialize_entry("label", &group.label)?;
                if let Some(description) = &group.description {
                    map.serialize_entry("description", description)?;
                }
                map.serialize_entry("component", group)?;
            }
        }
        map.end()
    }
}

impl Serialize for RadioGroup<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("type", &21)?;
        map.serialize_entry("custom_id", &self.custom_id)?;
        map.serialize_entry("required", &true)?;
        map.serialize_entry("options", &self.options)?;
        map.end()
    }
}

impl Serialize for RadioOption<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("value", &self.value)?;
        map.serialize_entry("label", &self.label)?;
        if let Some(description) = &self.description {
            map.serialize_entry("description", description)?;
        }
        if self.default {
            map.serialize_entry("default", &true)?;
        }
        map.end()
    }
}

impl Modal<'_> {
    /// Every limit that the modal breaks.
    pub fn violations(&self) -> Vec<Violation> {
        let mut check = Check::default();
        check.text("custom_id", "characters in a custom_id", &self.custom_id, MAX_CUSTOM_ID);
        check.text("title", "characters in a form's title", &self.title, MAX_TITLE);
        check.count("form", "parts of a form", self.parts.len(), MAX_PARTS);
        let mut names: Vec<&str> = Vec::new();
        for part in &self.parts {
            match part {
                Part::TextDisplay(text) => {
                    check.text("text", "characters of text", text, MAX_TEXT);
                }
                Part::RadioGroup(group) => {
                    check.text("custom_id", "characters in a custom_id", &group.custom_id, MAX_CUSTOM_ID);
                    check.unique(&mut names, &group.custom_id);
                    check.group(group);
                }
            }
        }
        check.violations
    }

    /// The groups of radio buttons, top to bottom.
    pub fn groups(&self) -> impl Iterator<Item = &RadioGroup<'_>> {
        self.parts.iter().filter_map(|part| match part {
            Part::RadioGroup(group) => Some(group),
            Part::TextDisplay(_) => None,
        })
    }

    /// Clones all borrowed text, so that the modal can outlive the responses.
    pub fn into_owned(self) -> Modal<'static> {
        let parts = self.parts.into_iter().map(|part| match part {
            Part::TextDisplay(text) => Part::TextDisplay(owned(text)),
            Part::RadioGroup(group) => Part::RadioGroup(RadioGroup {
                custom_id: group.custom_id,
                label: owned(group.label),
                description: group.description.map(owned),
                options: group
                    .options
                    .into_iter()
                    .map(|option| RadioOption {
                        value: option.value,
                        label: owned(option.label),
                        description: option.description.map(owned),
                        default: option.default,
                    })
                    .collect(),
            }),
        });
        Modal { custom_id: self.custom_id, title: owned(self.title), parts: parts.collect() }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    text.into_owned().into()
}

#[derive(Default)]
struct Check {
    violations: Vec<Violation>,
}

impl Check {
    fn group(&mut self, group: &RadioGroup<'_>) {
        self.text("label", "characters in the label of a form's question", &group.label, MAX_FIELD_LABEL);
        if let Some(description) = &group.description {
            let what = "characters in the description of a form's question";
            self.text("description", what, description, MAX_FIELD_DESCRIPTION);
        }
        let options = group.options.len();
        if options < MIN_OPTIONS {
            self.violations.push(Violation::TooFew("options of a form's question", options, MIN_OPTIONS));
        }
        self.count("question", "options of a form's question", options, MAX_OPTIONS);
        let mut values: Vec<&str> = Vec::new();
        for option in &group.options {
            self.text("value", "characters in the value of a form's option", &option.value, MAX_OPTION);
            self.text("option", "characters in a form's option", &option.label, MAX_OPTION);
            if let Some(description) = &option.description {
                let length = characters(description);
                self.most("characters in the description of a form's option", length, MAX_OPTION);
            }
            self.unique(&mut values, &option.value);
        }
        let chosen = group.options.iter().filter(|option| option.default).count();
        self.most("options chosen at once", chosen, 1);
    }

    fn text(&mut self, empty: &'static str, what: &'static str, text: &str, most: usize) {
        self.count(empty, what, characters(text), most);
    }

    fn count(&mut self, empty: &'static str, what: &'static str, found: usize, most: usize) {
        if found == 0 {
            self.violations.push(Violation::Empty(empty));
        }
        self.most(what, found, most);
    }

    fn most(&mut self, what: &'static str, found: usize, most: usize) {
        if found > most {
            self.violations.push(Violation::TooMuch(what, found, most));
        }
    }

    fn unique<'a>(&mut self, known: &mut Vec<&'a str>, id: &'a str) {
        if known.contains(&id) {
            self.violations.push(Violation::DuplicateCustomId(id.to_owned()));
        }
        known.push(id);
    }
}

/// The modal as its reader sees it, for tests: options as `( )`, the chosen one as `(•)`.
impl std::fmt::Display for Modal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "# {}", self.title)?;
        for part in &self.parts {
            match part {
                Part::TextDisplay(text) => writeln!(f, "{text}")?,
                Part::RadioGroup(group) => {
                    writeln!(f, "{}", group.label)?;
                    if let Some(description) = &group.description {
                        writeln!(f, "  {description}")?;
                    }
                    for option in &group.options {
                        write!(f, "  {} {}", if option.default { "(•)" } else { "( )" }, option.label)?;
                        match &option.description {
                            Some(description) => writeln!(f, " — {description}")?,
                            None => writeln!(f)?,
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(value: &str, label: &str, description: Option<&str>) -> RadioOption<'static> {
        RadioOption {
            value: value.to_owned(),
            label: label.to_owned().into(),
            description: description.map(|text| text.to_owned().into()),
            default: false,
        }
    }

    fn group(name: &str, options: Vec<RadioOption<'static>>) -> RadioGroup<'static> {
        RadioGroup { custom_id: name.to_owned(), label: "Goal".into(), description: None, options }
    }

    fn form(parts: Vec<Part<'static>>) -> Modal<'static> {
        Modal { custom_id: "answer".to_owned(), title: "Answer".into(), parts }
    }

    fn two() -> Vec<RadioOption<'static>> {
        vec![option("a", "A", None), option("b", "B", None)]
    }

    fn broken(modal: &Modal<'_>) -> Vec<String> {
        modal.violations().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_modal_is_the_json_that_discord_takes() {
        let mut options = vec![option("a", "A", Some("First")), option("b", "B", None)];
        options[0].default = true;
        let described = RadioGroup { description: Some("Which?".into()), ..group("goal", options) };
        let modal = form(vec![Part::TextDisplay("Hi".into()), Part::RadioGroup(described)]);
        assert_eq!(broken(&modal), [""; 0]);
        assert_eq!(
            serde_json::to_value(&modal).expect("a modal is JSON"),
            serde_json::json!({"custom_id": "answer", "title": "Answer", "components": [
                {"type": 10, "content": "Hi"},
                {"type": 18, "label": "Goal", "description": "Which?", "component":
                    {"type": 21, "custom_id": "goal", "required": true, "options": [
                        {"value": "a", "label": "A", "description": "First", "default": true},
                        {"value": "b", "label": "B"}]}},
            ]})
        );
    }

    #[test]
    fn each_limit_holds_at_its_maximum_and_is_named_one_past_it() {
        type Make = fn(usize) -> Modal<'static>;
        let table: [(Make, usize, &str); 7] = [
            (|n| form(vec![Part::TextDisplay("x".into()); n]), 5, "6 parts of a form; Discord allows at most 5"),
            (
                |n| Modal { title: "x".repeat(n).into(), ..form(vec![Part::TextDisplay("x".into())]) },
                45,
                "46 characters in a form's title; Discord allows at most 45",
            ),
            (
                |n| {
                    let labelled = RadioGroup { label: "x".repeat(n).into(), ..group("g", two()) };
                    form(vec![Part::RadioGroup(labelled)])
                },
                45,
                "46 characters in the label of a form's question; Discord allows at most 45",
            ),
            (
                |n| {
                    let described = RadioGroup { description: Some("x".repeat(n).into()), ..group("g", two()) };
                    form(vec![Part::RadioGroup(described)])
                },
                100,
                "101 characters in the description of a form's question; Discord allows at most 100",
            ),
            (
                |n| {
                    let options = (0..n).map(|i| option(&i.to_string(), "x", None)).collect();
                    form(vec![Part::RadioGroup(group("g", options))])
                },
                10,
                "11 options of a form's question; Discord allows at most 10",
            ),
            (
                |n| {
                    let options = vec![option("a", &"x".repeat(n), None), option("b", "B", None)];
                    form(vec![Part::RadioGroup(group("g", options))])
                },
                100,
                "101 characters in a form's option; Discord allows at most 100",
            ),
            (
                |n| {
                    let options = vec![option("a", "A", Some(&"x".repeat(n))), option("b", "B", None)];
                    form(vec![Part::RadioGroup(group("g", options))])
                },
                100,
                "101 characters in the description of a form's option; Discord allows at most 100",
            ),
        ];
        for (make, most, said) in table {
            assert_eq!(broken(&make(most)), [""; 0], "{said}");
            assert_eq!(broken(&make(most + 1)), [said]);
        }
    }

    #[test]
    fn what_is_too_few_or_twice_is_named() {
        assert_eq!(broken(&form(vec![])), ["an empty form; Discord allows none"]);
        let one = group("g", vec![option("a", "A", None)]);
        assert_eq!(
            broken(&form(vec![Part::RadioGroup(one)])),
            ["1 options of a form's question; Discord wants at least 2"]
        );
        let same = vec![Part::RadioGroup(group("g", two())), Part::RadioGroup(group("g", two()))];
        assert_eq!(broken(&form(same)), ["two parts with the custom_id `g`; each must differ"]);
    }
}
