//! The bot's form as HTML, as Discord draws it: each question a group of radio buttons.

use maud::{Markup, html};

use super::markdown::Markdown;
use crate::message::{Modal, Part, RadioGroup};

/// Draws the parts of a form. Ids within begin with `id`; `now` is in seconds since 1970.
pub(crate) fn parts(modal: &Modal<'_>, id: &str, now: u64) -> Markup {
    let mut markdown = Markdown::new(now);
    // The focus begins at the first question, in each question at what is chosen.
    let first = modal.groups().next().map(|group| group.custom_id.as_str());
    html! {
        @for part in &modal.parts {
            @match part {
                Part::TextDisplay(text) => div.text { (markdown.html(text)) },
                Part::RadioGroup(group) => (question(group, id, Some(group.custom_id.as_str()) == first)),
            }
        }
    }
}

fn question(group: &RadioGroup<'_>, id: &str, first: bool) -> Markup {
    let about = format!("{id}-{}", group.custom_id);
    let focused = group.options.iter().position(|option| option.default).unwrap_or(0);
    html! {
        fieldset aria-describedby=[group.description.as_ref().map(|_| &about)] {
            legend { (group.label) span.required aria-hidden="true" { " *" } }
            @if let Some(description) = &group.description {
                p id=(about) { (description) }
            }
            @for (index, option) in group.options.iter().enumerate() {
                label.option {
                    input type="radio" name=(group.custom_id) value=(option.value) required checked[option.default]
                        autofocus[first && index == focused];
                    span {
                        strong { (option.label) }
                        @if let Some(description) = &option.description {
                            " " span.more { (description) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::RadioOption;

    #[test]
    fn a_question_is_a_group_of_radio_buttons_and_nothing_in_it_is_html() {
        let option = |value: &str, label: &'static str, description: Option<&'static str>, default| RadioOption {
            value: value.to_owned(),
            label: label.into(),
            description: description.map(Into::into),
            default,
        };
        let group = RadioGroup {
            custom_id: "goal".to_owned(),
            label: "Goal".into(),
            description: Some("Which <one>?".into()),
            options: vec![option("a", "A", None, false), option("b", "<B>", Some("More."), true)],
        };
        let modal = Modal {
            custom_id: "round:answer:1".to_owned(),
            title: "Title".into(),
            parts: vec![Part::TextDisplay("Hi **you**".into()), Part::RadioGroup(group)],
        };
        assert_eq!(
            parts(&modal, "form", 0).into_string(),
            "<div class=\"text\"><p>Hi <strong>you</strong></p></div>\
             <fieldset aria-describedby=\"form-goal\"><legend>Goal<span class=\"required\" aria-hidden=\"true\"> *</span></legend>\
             <p id=\"form-goal\">Which &lt;one&gt;?</p>\
             <label class=\"option\"><input type=\"radio\" name=\"goal\" value=\"a\" required><span><strong>A</strong></span></label>\
             <label class=\"option\"><input type=\"radio\" name=\"goal\" value=\"b\" required checked autofocus><span>\
             <strong>&lt;B&gt;</strong> <span class=\"more\">More.</span></span></label></fieldset>"
        );
    }
}
