//! Conditions that must hold for any input. The fuzz targets and `tests/fuzz_seeds.rs` use the same functions.

use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use tempfile::TempDir;
use whichrole::bot::{Bot, Defaults, Found, Plan};
use whichrole::config::Config;
use whichrole::custom_id::Action;
use whichrole::interaction::{Incoming, Interaction, Request, Server, UserId, parse};
use whichrole::load::load;
use whichrole::message::Visibility;
use whichrole::responses::{Responses, Source};
use whichrole::round::{Limits, Refused};

static RESPONSES: LazyLock<Responses> =
    LazyLock::new(|| load(&Source::BuiltIn, "en-US").expect("what is built in is sound"));

fn answered(interaction: &Interaction<'_>) {
    let bot = Bot { rounds: Some(Limits::default()), ..Bot::new(&RESPONSES, Defaults::default()) };
    let answer = match bot.plan(interaction) {
        Plan::Answer(answer) => answer,
        Plan::Ask(lookup) => bot.reply(interaction, lookup, Found::Round(Err(Refused::NoSuchRound))),
    };
    assert_eq!(answer.reply.violations(), [], "a limit of Discord's is broken");
    assert_ne!(answer.record.reply.name(), "failed", "an answer broke a limit and was replaced by an apology");
}

/// Any text as a `custom_id`: it is read or refused, what is read is written the same again, and a press on it is
/// answered.
pub(crate) fn custom_id(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(action) = Action::parse(text) {
        assert_eq!(action.to_string(), text);
    }
    let fields = vec![("choice".into(), text.into()), ("wants".into(), text.into())];
    for on in [Visibility::Public, Visibility::Private] {
        for request in [
            Request::Press { custom_id: text.into(), on },
            Request::Submit { custom_id: text.into(), fields: fields.clone(), on },
        ] {
            answered(&Interaction {
                id: 1,
                user: UserId(7),
                user_locale: "de".into(),
                guild_locale: Some("ja".into()),
                guild_is_community: true,
                server: Some(Server { id: 5, channel: 6, may_manage_messages: false }),
                request,
            });
        }
    }
}

/// Any bytes as an interaction: they are read and answered, or refused with a message.
pub(crate) fn interaction(data: &[u8]) {
    match parse(data) {
        Ok(Incoming::Interaction(envelope)) => answered(&envelope.interaction),
        Ok(Incoming::Ping) => {}
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A folder with the default language, in which one file at a time is replaced.
static FOLDER: LazyLock<Mutex<TempDir>> = LazyLock::new(|| {
    let folder = TempDir::new().expect("the system has a place for temporary files");
    for (path, text) in FILES {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it is inside")).expect("a new folder");
        std::fs::write(path, text).expect("a new file");
    }
    Mutex::new(folder)
});

/// The files that are replaced. The first byte of the input, modulo their number, chooses one.
const FILES: [(&str, &str); 11] = [
    ("whichrole.toml", include_str!("../responses/whichrole.toml")),
    ("pages/cto.toml", include_str!("../responses/pages/cto.toml")),
    ("pages/cio.toml", include_str!("../responses/pages/cio.toml")),
    ("pages/compare.toml", include_str!("../responses/pages/compare.toml")),
    ("en-US/ui.toml", include_str!("../responses/en-US/ui.toml")),
    ("en-US/whichrole.toml", include_str!("../responses/en-US/whichrole.toml")),
    ("en-US/round.toml", include_str!("../responses/en-US/round.toml")),
    ("en-US/about.toml", include_str!("../responses/en-US/about.toml")),
    ("en-US/pages/cto.toml", include_str!("../responses/en-US/pages/cto.toml")),
    ("en-US/pages/cio.toml", include_str!("../responses/en-US/pages/cio.toml")),
    ("en-US/pages/compare.toml", include_str!("../responses/en-US/pages/compare.toml")),
];

/// Any bytes in place of a file of the responses, which the first byte chooses: they are accepted or refused with a
/// message.
pub(crate) fn responses(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let (file, whole) = FILES[usize::from(*first) % FILES.len()];
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let path = folder.path().join(file);
    std::fs::write(&path, rest).expect("the file is there");
    let loaded = load(&Source::Folder(folder.path().to_owned()), "en-US");
    std::fs::write(&path, whole).expect("the file is there");
    if let Err(faults) = loaded {
        assert!(!faults.render(true).is_empty());
    }
}

/// Any text as `config.toml`: it is accepted or refused with a message.
pub(crate) fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(faults) = Config::parse("config.toml", text, Path::new(".")) {
        assert!(!faults.render(true).is_empty());
    }
}
