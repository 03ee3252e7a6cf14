//! What Discord allows as the name of a command or an option, and what can be seen of a text at all.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup, Script};

/// The longest name of a slash command or of its option, in characters.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object>
pub(super) const MAX_COMMAND_NAME: usize = 32;

/// Returns why Discord would refuse the name of a command or an option; `None` if it is fine.
///
/// The rule is `^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, without upper case where a lower one exists:
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-naming>
pub(super) fn command_name_error(name: &str) -> Option<String> {
    let length = name.chars().count();
    if !(1..=MAX_COMMAND_NAME).contains(&length) {
        return Some(format!("has {length} characters"));
    }
    if let Some(refused) = name.chars().find(|c| !fits_in_name(*c)) {
        // A mark on its own is invisible in a message.
        return Some(match refused.is_ascii_graphic() || refused.is_alphabetic() && !is_mark(refused) {
            true => format!("has the character `{refused}`"),
            false => format!("has the character U+{:04X}", u32::from(refused)),
        });
    }
    if name.to_lowercase() != name {
        return Some("has upper case".to_owned());
    }
    shows_nothing(name).then(|| "shows nothing".to_owned())
}

/// The help for a name that Discord refuses.
pub(super) const COMMAND_NAME_HELP: &str = "Discord allows 1 to 32 letters, digits, `-`, `_` and `'`, lower case where \
    the script has it; an accent is part of its letter, not a character of its own";

fn fits_in_name(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let script = CodePointMapData::<Script>::new().get(c);
    matches!(c, '-' | '_' | '\'')
        || GeneralCategoryGroup::Letter.contains(category)
        || GeneralCategoryGroup::Number.contains(category)
        || matches!(script, Script::Devanagari | Script::Thai)
}

fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

/// Returns `true` if nobody can see anything of a text: only spaces, control and format characters, marks without a
/// letter, and letters that are drawn as nothing.
pub(super) fn shows_nothing(text: &str) -> bool {
    text.chars().all(|c| {
        let category = CodePointMapData::<GeneralCategory>::new().get(c);
        let blank_letter = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}');
        blank_letter
            || GeneralCategoryGroup::Separator.contains(category)
            || GeneralCategoryGroup::Mark.contains(category)
            || GeneralCategoryGroup::Other.contains(category)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_discords_rule() {
        let longest = "a".repeat(MAX_COMMAND_NAME);
        for name in ["cto", "sichtbar", "दिखाएँ", "表示", "ใครเห็น", "l'info", "a-b_c", "über", "٣", "ªº", &longest]
        {
            assert_eq!(command_name_error(name), None, "{name}");
        }
        let longer = "a".repeat(MAX_COMMAND_NAME + 1);
        for (name, error) in [
            ("", "has 0 characters"),
            (longer.as_str(), "has 33 characters"),
            ("Sichtbar", "has upper case"),
            ("ǅ", "has upper case"),
            ("wer sieht", "has the character U+0020"),
            ("a.b", "has the character `.`"),
            ("مَن", "has the character U+064E"),
            ("מִי", "has the character U+05B4"),
            ("আমি", "has the character U+09BF"),
            ("ⓐ", "has the character `ⓐ`"),
            ("x\u{345}", "has the character U+0345"),
            ("u\u{308}ber", "has the character U+0308"),
            ("क।", "has the character U+0964"),
            ("a\u{200d}b", "has the character U+200D"),
            ("😀", "has the character U+1F600"),
            ("\u{3164}", "shows nothing"),
        ] {
            assert_eq!(command_name_error(name).as_deref(), Some(error), "{name}");
        }
    }

    #[test]
    fn a_text_needs_something_to_see() {
        for text in [
            "",
            " ",
            "\u{a0}\u{2003}",
            "\u{200b}",
            "\u{200d}\u{2060}",
            "\u{301}",
            "\u{3164}",
            "\u{2800}",
            "\u{ad}\u{feff}",
            "\u{e0041}",
            "\u{fe0f}",
        ] {
            assert!(shows_nothing(text), "{text:?}");
        }
        for text in ["a", "-", "👍", "व", "→", "a\u{301}"] {
            assert!(!shows_nothing(text), "{text:?}");
        }
    }
}
