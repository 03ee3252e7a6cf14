//! The slash commands, as Discord lists them under the message box.

use std::borrow::Cow;

use crate::cards::round::Duration;
use crate::interaction::{DEADLINE, SHOW};
use crate::responses::{ABOUT, CONVERSATION, Language, ROUND, Responses};

/// A slash command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CommandEntry<'a> {
    /// The name, without the slash.
    pub(crate) name: &'a str,
    pub(crate) description: Cow<'a, str>,
    /// The name of its option; `None` if it has none.
    pub(crate) option: Option<&'static str>,
}

/// An option that commands may have: one of some values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OptionEntry<'a> {
    pub(crate) name: &'static str,
    pub(crate) description: Cow<'a, str>,
    /// Each value with the words for it.
    pub(crate) choices: Vec<(&'static str, Cow<'a, str>)>,
}

/// A command as a member sends it: its name and its options with their values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Typed<'a> {
    pub(crate) name: &'a str,
    pub(crate) options: Vec<(&'static str, &'a str)>,
}

/// Lists the slash commands by name, described in a language. Without rounds there is no command for them.
pub(crate) fn commands<'a>(responses: &'a Responses, language: &'a Language, rounds: bool) -> Vec<CommandEntry<'a>> {
    let words = &language.words;
    let pages = responses.pages.iter().zip(&words.pages).filter(|(page, _)| page.command);
    let mut commands: Vec<_> = pages
        .map(|(page, words)| {
            let description = Cow::Borrowed(words.description.as_str());
            CommandEntry { name: &page.name, description, option: Some(SHOW) }
        })
        .collect();
    commands.push(CommandEntry { name: CONVERSATION, description: words.ui.command_whichrole(), option: Some(SHOW) });
    commands.push(CommandEntry { name: ABOUT, description: words.about.command_description(), option: None });
    if rounds {
        let description = words.round.command_description();
        commands.push(CommandEntry { name: ROUND, description, option: Some(DEADLINE) });
    }
    commands.sort_by_key(|command| command.name);
    commands
}

/// Lists the options that commands have, described in a language.
pub(crate) fn options(language: &Language, rounds: bool) -> Vec<OptionEntry<'_>> {
    let (ui, round) = (&language.words.ui, &language.words.round);
    let choices = vec![("public", ui.command_show_public()), ("private", ui.command_show_private())];
    let mut options = vec![OptionEntry { name: SHOW, description: ui.command_show(), choices }];
    if rounds {
        let choices = Duration::ALL.map(|duration| (duration.name(), duration.words(round))).into();
        options.push(OptionEntry { name: DEADLINE, description: round.command_deadline(), choices });
    }
    options
}

/// Reads a slash command such as `/cto` or `/round deadline:day`. `None` if the text is no command of the bot's; an
/// option that the command does not have is left out.
pub(crate) fn typed<'a>(responses: &Responses, rounds: bool, text: &'a str) -> Option<Typed<'a>> {
    let mut words = text.trim().strip_prefix('/')?.split_whitespace();
    let name = words.next()?;
    chosen(responses, rounds, name, words.filter_map(|word| word.split_once(':')))
}

/// A command with these options, as far as it has them. `None` if the bot has no such command.
pub(crate) fn chosen<'a>(
    responses: &Responses,
    rounds: bool,
    name: &'a str,
    values: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<Typed<'a>> {
    let commands = commands(responses, &responses.languages[0], rounds);
    let option = commands.iter().find(|command| command.name == name)?.option;
    let known = values.into_iter().filter_map(|(name, value)| Some((option.filter(|option| *option == name)?, value)));
    Some(Typed { name, options: known.filter(|(_, value)| !value.is_empty()).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::responses::shipped;

    #[test]
    fn a_command_has_the_options_that_it_knows() {
        for (text, expected) in [
            ("/cto", Some(("cto", vec![]))),
            ("  /cto  show:private deadline:day ", Some(("cto", vec![(SHOW, "private")]))),
            ("/round deadline:three-days show:public", Some(("round", vec![(DEADLINE, "three-days")]))),
            ("/round deadline:", Some(("round", vec![]))),
            ("/about show:public", Some(("about", vec![]))),
            ("/compare", None),
            ("round", None),
            ("/", None),
        ] {
            let found = typed(shipped(), true, text).map(|typed| (typed.name, typed.options));
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(typed(shipped(), false, "/round"), None);
    }

    #[test]
    fn commands_are_listed_by_name_each_with_an_option_that_is_listed_too() {
        let responses = shipped();
        let language = &responses.languages[0];
        for rounds in [true, false] {
            let commands = commands(responses, language, rounds);
            let names: Vec<_> = commands.iter().map(|command| command.name).collect();
            assert!(names.is_sorted(), "{names:?}");
            assert_eq!(names.contains(&ROUND), rounds);
            let options = options(language, rounds);
            for command in commands {
                let found = options.iter().find(|option| Some(option.name) == command.option);
                assert_eq!(found.map(|option| option.name), command.option, "{}", command.name);
            }
        }
    }
}
