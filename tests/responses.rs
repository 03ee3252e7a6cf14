//! What a writer is told: folders of responses with something wrong in them, and the words for it.

use std::path::Path;

use insta::assert_snapshot;
use proptest::prelude::*;
use standin::{TestResult, copy_fixture};
use tempfile::TempDir;
use whichrole::diagnostic::Severity;
use whichrole::init::init;
use whichrole::load::load;
use whichrole::responses::{Responses, Source};

/// A folder with the responses of the tests, to spoil.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("the system has a place for temporary files"));
        copy_fixture(folder.path("")).expect("the fixture can be copied");
        // English alone, so that a spoiled line is told once.
        std::fs::remove_dir_all(folder.path("de")).expect("the fixture has German");
        folder
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.0.path().join("responses").join(file)
    }

    /// Replaces a text in a file, where it must be.
    fn edit(self, file: &str, from: &str, to: &str) -> Self {
        let text = std::fs::read_to_string(self.path(file)).expect("the file is there");
        assert!(text.contains(from), "{file} has no {from:?}");
        self.write(file, &text.replacen(from, to, 1))
    }

    fn write(self, file: &str, text: &str) -> Self {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
        self
    }

    fn remove(self, file: &str) -> Self {
        std::fs::remove_file(self.path(file)).expect("the file is there");
        self
    }

    fn load(&self) -> Result<Responses, whichrole::diagnostic::Diagnostics> {
        load(&Source::Folder(self.0.path().join("responses")), "en-US")
    }

    /// What is wrong, as it is printed, with the folder's own name left out.
    fn errors(&self) -> String {
        let errors = self.load().expect_err("the folder is spoiled").render(false);
        errors.replace(&format!("{}/", self.0.path().display()), "")
    }
}

#[test]
fn what_init_writes_and_the_fixture_hold() -> TestResult {
    let written = tempfile::tempdir()?;
    init(written.path(), false)?;
    let written = load(&Source::Folder(written.path().join("responses")), "en-US")?;
    assert_eq!(written.warnings.0, []);
    assert_eq!(Folder::new().load()?.warnings.0, []);
    Ok(())
}

/// Every button of a conversation that was ever sent carries it: with another one, all of them say that the questions
/// have changed.
#[test]
fn the_revision_of_the_shipped_questions_changes_only_on_purpose() -> TestResult {
    let shipped = load(&Source::BuiltIn, "en-US")?;
    assert_eq!(shipped.revision.to_string(), "f6a73718", "change it in `fuzz/seeds` as well: fuzz/README.md");
    Ok(())
}

#[test]
fn other_words_leave_the_revision_as_it_is_and_another_point_does_not() -> TestResult {
    let revision = |folder: Folder| folder.load().map(|responses| responses.revision);
    let before = revision(Folder::new())?;
    let reworded = Folder::new().edit("en-US/whichrole.toml", "title = \"", "title = \"Well: ");
    let commented = Folder::new().edit("whichrole.toml", "[[question]]", "# a comment\n[[question]]");
    assert_eq!((revision(reworded)?, revision(commented)?), (before, before));
    assert_ne!(revision(Folder::new().edit("whichrole.toml", "cto = 4", "cto = 5"))?, before);
    Ok(())
}

#[test]
fn several_faults_are_told_at_once() {
    let folder = Folder::new()
        .edit("en-US/pages/cto.toml", "title =", "titel =")
        .edit("en-US/ui.toml", "{number} of {total}", "{nummer} of {total}")
        .edit("whichrole.toml", "cto = 4", "cto = \"four\"");
    assert_snapshot!(folder.errors(), @r#"
    error: unknown key `titel`
     --> responses/en-US/pages/cto.toml:3:1
      |
    3 | titel = "Page cto"
      | ^^^^^
      |
      = help: did you mean `title`? allowed here: `button`, `description`, `part`, `title`

    error: unknown placeholder `{nummer}` in `question.progress`
      --> responses/en-US/ui.toml:23:12
       |
    23 | progress = "Question {nummer} of {total}"
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `number`? its placeholders: `number`, `total`

    error: `question[2].choices[0].cto` is a string
      --> responses/whichrole.toml:26:29
       |
    26 |   { id = "customers", cto = "four" },
       |                             ^^^^^^
       |
       = help: an integer from 0 to 100 is allowed here

    3 errors
    "#);
}

#[test]
fn a_missing_line_and_a_missing_file() {
    let folder = Folder::new().edit("en-US/ui.toml", "back = \"Back\"\n", "").remove("en-US/pages/compare.toml");
    assert_snapshot!(folder.errors(), @r#"
    error: this file is missing
    --> responses/en-US/pages/compare.toml
     = help: the default language must have every line

    error: `button.back` is missing
      --> responses/en-US/ui.toml:31:19
       |
    31 | failed = "failed"
       |                  ^
       |
       = help: the default language must have every line

    2 errors
    "#);
}

#[test]
fn what_is_not_toml() {
    assert_snapshot!(Folder::new().edit("en-US/ui.toml", "back = \"Back\"", "back = Back").errors(), @"
    error: string values must be quoted, expected literal string
      --> responses/en-US/ui.toml:13:8
       |
    13 | back = Back
       |        ^^^^
       |
       = help: TOML: https://toml.io/en/v1.0.0

    1 error
    ");
}

#[test]
fn ids_that_are_there_twice_or_are_none() {
    let folder = Folder::new()
        .edit("whichrole.toml", "id = \"area\"", "id = \"wants\"")
        .edit("whichrole.toml", "{ id = \"customers\"", "{ id = \"Our customers\"")
        .edit("pages/cto.toml", "\"what\"", "\"what\", \"what\"");
    assert_snapshot!(folder.errors(), @r#"
    error: `what` is there twice
     --> responses/pages/cto.toml:3:18
      |
    3 | parts = ["what", "what"]
      |                  ^^^^^^
      |
      = help: each name once

    error: `wants` is there twice
      --> responses/whichrole.toml:15:6
       |
    15 | id = "wants"
       |      ^^^^^^^
       |
       = help: each name once

    error: `Our customers` is no id
      --> responses/whichrole.toml:26:10
       |
    26 |   { id = "Our customers", cto = 4 },
       |          ^^^^^^^^^^^^^^^
       |
       = help: 1 to 32 of a-z, 0-9 and _ are allowed

    3 errors
    "#);
}

#[test]
fn texts_past_a_limit() -> TestResult {
    let long = |what: &str, length: usize| format!("{what} = \"{}\"", "x".repeat(length));
    let at = |length| {
        Folder::new().edit("en-US/ui.toml", "back = \"Back\"", &long("back", length)).edit(
            "en-US/pages/cto.toml",
            "description = \"About cto\"",
            &long("description", length + 20),
        )
    };
    // 80 characters of a label and 100 of a description are allowed.
    at(80).load()?;
    assert_snapshot!(at(81).errors(), @r#"
    error: `description` has 101 characters
     --> responses/en-US/pages/cto.toml:1:15
      |
    1 | description = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Discord allows at most 100

    error: `button.back` has 81 characters
      --> responses/en-US/ui.toml:13:8
       |
    13 | back = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
       |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: Discord allows at most 80

    2 errors
    "#);
    Ok(())
}

#[test]
fn a_card_past_a_limit() {
    let folder = Folder::new().edit("en-US/pages/cto.toml", "text = \"", &format!("text = \"{}", "x".repeat(4000)));
    assert_snapshot!(folder.errors(), @r#"
    error: the card "page cto" in en-US: 4024 characters of text; Discord allows at most 4000
    --> responses/en-US/pages/cto.toml
     = help: shorter texts, or fewer parts and buttons

    1 error
    "#);
}

#[test]
fn an_outcome_that_no_path_reaches() {
    let folder = Folder::new().edit("whichrole.toml", "[rule.both]\nlow = 50", "[rule.both]\nlow = 100");
    assert_snapshot!(folder.errors(), @"
    error: no path through the questions ends in `both`
      --> responses/whichrole.toml:59:1
       |
    59 | [rule]
       | ^^^^^^
       |
       = help: every outcome can be reached; change points or rule

    1 error
    ");
}

#[test]
fn both_from_weak_signals_and_a_path_that_is_too_long() {
    let folder = Folder::new().edit("whichrole.toml", "[rule.both]\nlow = 50", "[rule.both]\nlow = 20").edit(
        "whichrole.toml",
        "max_questions = 6",
        "max_questions = 5",
    );
    assert_snapshot!(folder.errors(), @r#"
    error: a path through the questions asks 6 of them; `max_questions` allows 5
     --> responses/whichrole.toml:3:17
      |
    3 | max_questions = 5
      |                 ^
      |
      = help: ask less, or allow more

    error: the answers [0, 0, 1, 1, 0, 2] end in "both" although one role has less than half of the points it could have, or no follow-up confirmed both
      --> responses/whichrole.toml:76:1
       |
    76 | [rule.both]
       | ^^^^^^^^^^^
       |
       = help: both totals are at least half, and a follow-up named both; `low = 50` sees to it

    2 errors
    "#);
}

#[test]
fn a_rule_for_teams_that_one_person_upsets() -> TestResult {
    let folder = Folder::new().edit("whichrole.toml", "[rule.team]\nlow = 30", "[rule.team]\nlow = 20");
    let warnings = folder.load()?.warnings.render(false);
    let warnings = warnings.replace(&format!("{}/", folder.0.path().display()), "");
    assert_snapshot!(warnings, @"
    warning: people who are each told `cto`, clear, are told something else together
      --> responses/whichrole.toml:85:1
       |
    85 | [rule.team]
       | ^^^^^^^^^^^
       |
       = help: a larger `low`

    warning: people who are each told `cio`, clear, are told something else together
      --> responses/whichrole.toml:85:1
       |
    85 | [rule.team]
       | ^^^^^^^^^^^
       |
       = help: a larger `low`

    warning: one person changes what three others are told plainly: `cto`
      --> responses/whichrole.toml:85:1
       |
    85 | [rule.team]
       | ^^^^^^^^^^^
       |
       = help: a larger `low`

    warning: one person changes what three others are told plainly: `cio`
      --> responses/whichrole.toml:85:1
       |
    85 | [rule.team]
       | ^^^^^^^^^^^
       |
       = help: a larger `low`

    4 warnings
    ");
    let left_out = Folder::new().edit("whichrole.toml", "[rule.team]", "[rule.teem]");
    assert_snapshot!(left_out.errors(), @"
    error: unknown key `rule.teem`
      --> responses/whichrole.toml:85:7
       |
    85 | [rule.teem]
       |       ^^^^
       |
       = help: did you mean `team`? allowed here: `both`, `clear`, `first`, `leaning`, `nothing`, `order`, `order_if_both`, `stop`, `team`, `tie`

    1 error
    ");
    Ok(())
}

#[test]
fn follow_ups_that_are_left_out_or_unknown() {
    let folder = Folder::new()
        .edit("whichrole.toml", r#"order = ["hurts", "money", "today"]"#, r#"order = ["hurts", "mony", "today"]"#)
        .edit("whichrole.toml", r#"nothing = "cio""#, r#"nothing = "ceo""#);
    assert_snapshot!(folder.errors(), @r#"
    error: `mony` is no question that can stand here
      --> responses/whichrole.toml:60:19
       |
    60 | order = ["hurts", "mony", "today"]
       |                   ^^^^^^
       |
       = help: did you mean `money`? allowed here: `hurts`, `money`, `today`

    error: `rule.nothing` is "ceo"
      --> responses/whichrole.toml:64:11
       |
    64 | nothing = "ceo"
       |           ^^^^^
       |
       = help: did you mean `cio`? allowed here: `cto`, `cio`

    2 errors
    "#);
}

#[test]
fn links_to_pages_that_are_not_there() {
    let folder =
        Folder::new().edit("pages/cto.toml", "\"compare\"", "\"compere\"").edit("pages/cio.toml", "#0f9d77", "green");
    assert_snapshot!(folder.errors(), @r##"
    error: `accent_color` is "green"
     --> responses/pages/cio.toml:2:16
      |
    2 | accent_color = "green"
      |                ^^^^^^^
      |
      = help: a colour such as "#2b7de9" is allowed here

    error: there is no page `compere`
     --> responses/pages/cto.toml:4:19
      |
    4 | buttons = ["cio", "compere", "whichrole"]
      |                   ^^^^^^^^^
      |
      = help: did you mean `compare`? allowed here: `cio`, `compare`, `cto`, `whichrole`

    2 errors
    "##);
}

#[test]
fn names_that_discord_would_refuse_or_that_are_taken() {
    let page = "command = true\naccent_color = \"#000000\"\nparts = []\nbuttons = []\n";
    let words = "description = \"d\"\nbutton = \"b\"\ntitle = \"t\"\n";
    let mut folder = Folder::new();
    for name in ["CISO", "whichrole", "round", "about", "über-uns", "a b"] {
        folder = folder.write(&format!("pages/{name}.toml"), page).write(&format!("en-US/pages/{name}.toml"), words);
    }
    assert_snapshot!(folder.errors(), @r#"
    error: a page called `CISO`: the name has upper case
    --> responses/pages/CISO.toml
     = help: Discord allows 1 to 32 letters, digits, `-`, `_` and `'`, lower case where the script has it; an accent is part of its letter, not a character of its own

    error: a page called `a b`: the name has the character U+0020
    --> responses/pages/a b.toml
     = help: Discord allows 1 to 32 letters, digits, `-`, `_` and `'`, lower case where the script has it; an accent is part of its letter, not a character of its own

    error: a page called `about`
    --> responses/pages/about.toml
     = help: that name is the command's that says what the bot is; choose another

    error: a page called `round`
    --> responses/pages/round.toml
     = help: that name is the command's that opens a round; choose another

    error: a page called `whichrole`
    --> responses/pages/whichrole.toml
     = help: that name is the conversation's; choose another

    5 errors
    "#);
}

#[test]
fn folders_and_files_that_belong_to_nothing() {
    let folder = Folder::new()
        .write("english/ui.toml", "")
        .write("en-US/pages/ciso.toml", "title = \"CISO\"")
        .write("en-US/extra.toml", "")
        .write("notes.toml", "")
        .write("README.md", "is nobody's business");
    assert_snapshot!(folder.errors(), @r#"
    error: a file that belongs to nothing
    --> responses/en-US/extra.toml
     = help: allowed here: `ui.toml`, `whichrole.toml`, `round.toml`, `about.toml`, and `pages/NAME.toml`

    error: there is no page `ciso`, which has words in en-US
    --> responses/en-US/pages/ciso.toml
     = help: did you mean `cio`? add `pages/ciso.toml` beside the languages, or take its words away

    error: `english` is no language that Discord has
    --> responses/english
     = help: allowed here: `bg`, `cs`, `da`, `de`, `el`, `en-GB`, `en-US`, `es-419`, `es-ES`, `fi`, `fr`, `hi`, `hr`, `hu`, `id`, `it`, `ja`, `ko`, `lt`, `nl`, `no`, `pl`, `pt-BR`, `ro`, `ru`, `sv-SE`, `th`, `tr`, `uk`, `vi`, `zh-CN`, `zh-TW`, `ar`, `he`

    error: a file that belongs to nothing
    --> responses/notes.toml
     = help: allowed here: `whichrole.toml`, and `pages/NAME.toml`

    4 errors
    "#);
}

/// The messages of all errors and warnings, without places and help.
fn messages(folder: &Folder) -> Vec<String> {
    let diagnostics = folder.load().map_or_else(|errors| errors, |responses| responses.warnings);
    diagnostics.0.into_iter().map(|diagnostic| diagnostic.message).collect()
}

#[test]
fn what_holds_no_texts_is_passed_over() -> TestResult {
    let mut folder = Folder::new();
    for file in [
        ".DS_Store",
        ".git/config.toml",
        "Thumbs.db",
        "README.md",
        "lost+found/12.toml",
        "tools/pyproject.toml",
        "en-US/ui.toml~",
        "en-US/ui.toml.bak",
        "en-US/.ui.toml.swp",
        "en-US/#ui.toml#",
        "en-US/notes.md",
        "pages/.gitkeep",
    ] {
        folder = folder.write(file, "\u{0}\u{1} not = TOML");
    }
    std::os::unix::fs::symlink("/nix/store/gone", folder.path("result"))?;
    std::os::unix::fs::symlink("nobody@host.1:2", folder.path("en-US/.#ui.toml"))?;
    assert_eq!(messages(&folder), [] as [&str; 0]);
    Ok(())
}

#[test]
fn a_slip_in_the_name_of_a_file_of_texts_is_told() {
    for (file, message) in [
        ("en-US/uii.toml", "a file that belongs to nothing"),
        ("en-US/ui.toml.txt", "a file that belongs to nothing"),
        ("en-US/ui.TOML", "a file that belongs to nothing"),
        ("whichrol.toml", "a file that belongs to nothing"),
        ("en-US/pages/ctos.toml", "there is no page `ctos`, which has words in en-US"),
        ("en-us/ui.toml", "`en-us` is no language that Discord has"),
        ("english/pages/cto.toml", "`english` is no language that Discord has"),
    ] {
        assert_eq!(messages(&Folder::new().write(file, "")), [message], "{file}");
    }
}

#[test]
fn what_is_there_and_cannot_be_read_is_not_taken_for_absent() -> TestResult {
    let link = |file: &str| -> TestResult<Folder> {
        let folder = Folder::new().remove(file);
        std::os::unix::fs::symlink("../gone", folder.path(file))?;
        Ok(folder)
    };
    for file in ["en-US/ui.toml", "whichrole.toml", "pages/cto.toml", "en-US/pages/cto.toml"] {
        let told = link(file)?.errors();
        assert!(told.contains(&format!("responses/{file}")), "{told}");
        assert!(told.contains("cannot be read: No such file or directory"), "{told}");
        assert!(told.contains("it is a link to ../gone, which is not there") && told.ends_with("1 error"), "{told}");

        let folder = Folder::new().remove(file);
        std::fs::create_dir(folder.path(file))?;
        assert_eq!(messages(&folder), ["is a folder"], "{file}");
    }
    for name in ["en-US/pages", "pages", "en-US", "de"] {
        let folder = Folder::new();
        let _ = std::fs::remove_dir_all(folder.path(name));
        std::os::unix::fs::symlink("gone", folder.path(name))?;
        let [message] = &messages(&folder)[..] else { panic!("{name}: {}", folder.errors()) };
        assert!(message.starts_with("cannot be read: "), "{message}");
        std::fs::remove_file(folder.path(name))?;
        assert_eq!(messages(&folder.write(name, "a file")), ["is no folder"], "{name}");
    }
    let socket = Folder::new().remove("en-US/ui.toml");
    let _listener = std::os::unix::net::UnixListener::bind(socket.path("en-US/ui.toml"))?;
    assert_eq!(messages(&socket), ["is no regular file"]);
    Ok(())
}

#[test]
fn a_file_that_is_not_utf_8_is_told_with_line_and_byte() -> TestResult {
    for (bytes, message) in [
        (&b"[button]\nback = \"Zur\xFCck\"\n"[..], "line 2: byte 0xFC at column 12 is not UTF-8"),
        (b"\xFF\xFEb\0a\0", "the file is UTF-16; save it as UTF-8"),
    ] {
        let folder = Folder::new();
        std::fs::create_dir(folder.path("de"))?;
        std::fs::write(folder.path("de/ui.toml"), bytes)?;
        let told = messages(&folder);
        assert!(told[0].starts_with(message), "{told:?}");
        assert!(told.iter().skip(1).all(|message| message == "this file is missing"), "{told:?}");
    }
    let marked = Folder::new();
    let text = std::fs::read_to_string(marked.path("en-US/ui.toml"))?;
    let marked = marked.write("en-US/ui.toml", &format!("\u{feff}{}", text.replace('\n', "\r\n")));
    assert_eq!(messages(&marked), [] as [&str; 0]);
    Ok(())
}

#[test]
fn one_slip_is_one_fault() -> TestResult {
    let missing_quote = Folder::new().edit("en-US/ui.toml", "back = \"Back\"", "back = \"Back");
    assert_eq!(messages(&missing_quote).len(), 1, "{}", missing_quote.errors());
    let open_text = Folder::new().edit("en-US/ui.toml", "\"Intro\"", "\"\nIntro\n\"\"\"");
    assert_eq!(messages(&open_text).len(), 1, "{}", open_text.errors());
    let page = Folder::new().edit("pages/cto.toml", "parts = [", "parts = ");
    assert_eq!(messages(&page).len(), 1, "{}", page.errors());
    let question = Folder::new().edit("whichrole.toml", "id = \"area\"", "id = \"Area\"");
    assert_eq!(messages(&question), ["`Area` is no id"]);
    let table = Folder::new().edit("en-US/ui.toml", "[notice]", "[notise]");
    assert_eq!(messages(&table), ["unknown key `notise`"]);
    let key = Folder::new().edit("whichrole.toml", "max_questions", "max_question");
    assert_eq!(messages(&key), ["unknown key `max_question`"]);
    let questions = Folder::new().edit("whichrole.toml", "[[question]]", "[[questions]]");
    let questions = std::iter::repeat_n((), 2)
        .fold(questions, |folder, ()| folder.edit("whichrole.toml", "\n[[question]]", "\n[[questions]]"));
    assert_eq!(messages(&questions), ["unknown key `questions`"]);
    let order = Folder::new().edit("whichrole.toml", "order = [\"hurts\"", "order = [\"hurt\"");
    assert_eq!(messages(&order), ["`hurt` is no question that can stand here"]);
    let lost = Folder::new().remove("pages/cto.toml");
    assert_eq!(messages(&lost), ["there is no page `cto`, which has words in en-US"]);
    let renamed = Folder::new();
    std::fs::rename(renamed.path("en-US"), renamed.path("en-us"))?;
    assert_eq!(messages(&renamed), ["`en-us` is no language that Discord has"]);
    assert!(renamed.errors().contains("did you mean `en-US`?"), "{}", renamed.errors());
    Ok(())
}

#[test]
fn a_quoted_key_with_a_dot_is_no_path() -> TestResult {
    let beside = Folder::new().edit("en-US/whichrole.toml", "[cto]", "[cto]\n\"a.b\" = 1");
    assert_eq!(messages(&beside), ["unknown key `cto.\"a.b\"`"]);
    let text = std::fs::read_to_string(Folder::new().path("en-US/whichrole.toml"))?;
    let quoted = Folder::new().write("en-US/whichrole.toml", &format!("\"cto.name\" = \"a CTO\"\n{text}"));
    assert_eq!(messages(&quoted), ["unknown key `\"cto.name\"`"]);
    let part = Folder::new().edit("en-US/ui.toml", "[button]", "[\"button\"]");
    assert_eq!(messages(&part), [] as [&str; 0]);
    Ok(())
}

#[test]
fn a_translation_has_every_placeholder_of_the_default_language_once() {
    for (text, message) in [
        ("Frage {number} von {total}", None),
        ("{total} Fragen, die {number}.", None),
        ("Frage von {total}", Some("`question.progress` lacks `{number}`")),
        ("Frage {number} {number} von {total}", Some("`question.progress` has `{number}` 2 times")),
        (
            "Frage {{number}} von {total}",
            Some("`{number}` would be shown as it is written, not filled in `question.progress`"),
        ),
        (
            "Frage ｛number｝ von {total}",
            Some("`{number}` would be shown as it is written, not filled in `question.progress`"),
        ),
        ("Frage { number } von {total}", Some("unknown placeholder `{ number }` in `question.progress`")),
        ("Frage {Number} von {total}", Some("unknown placeholder `{Number}` in `question.progress`")),
        ("Frage {numbre} von {total}", Some("unknown placeholder `{numbre}` in `question.progress`")),
    ] {
        let folder = Folder::new().write("de/ui.toml", &format!("[question]\nprogress = \"{text}\"\n"));
        let errors = folder.load().err().map(|errors| {
            errors.0.into_iter().filter(|one| one.severity == Severity::Error).map(|one| one.message).collect()
        });
        assert_eq!(errors, message.map(|message| vec![message.to_owned()]), "{text}");
    }
}

#[test]
fn a_text_that_shows_nothing_is_an_error() {
    for text in ["\u{200b}", "\u{3164}", "\u{2800}", "\u{301}", "\u{ad}\u{2060}"] {
        let folder = Folder::new().edit("en-US/ui.toml", "back = \"Back\"", &format!("back = \"{text}\""));
        assert_eq!(messages(&folder), ["`button.back` shows nothing"], "{text:?}");
    }
}

#[test]
fn the_chinese_scripts_do_not_stand_in_for_each_other() -> TestResult {
    let folder = Folder::new().write("zh-CN/ui.toml", "[button]\nback = \"返回\"\n");
    let responses = folder.load()?;
    for (asked, served) in [("zh-TW", "en-US"), ("zh-HK", "en-US"), ("zh-CN", "zh-CN")] {
        assert_eq!(responses.language(asked).locale, served, "{asked}");
    }
    // Nor do they lend each other lines.
    let responses = folder.write("zh-TW/ui.toml", "").load()?;
    assert_eq!(responses.language("zh-TW").words.ui.button_back(), "Back");
    Ok(())
}

#[test]
fn a_folder_that_is_not_there() {
    let error = load(&Source::Folder(Path::new("/nowhere/responses").into()), "en-US").expect_err("it is not there");
    assert!(error.to_string().contains("/nowhere/responses"), "{error}");
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[test]
fn a_default_language_that_is_not_there() {
    let folder = Folder::new();
    let error = load(&Source::Folder(folder.path("")), "de").expect_err("there is no German here");
    assert!(error.to_string().contains("there is no folder for the default language `de`"), "{error}");
}

#[test]
fn what_another_language_lacks_is_a_warning_that_says_what_is_shown() -> TestResult {
    let folder = Folder::new().write("de/ui.toml", "[button]\nback = \"Zurück\"\n");
    let responses = folder.load()?;
    assert_eq!(responses.language("de").words.ui.button_back(), "Zurück");
    assert_eq!(responses.language("de").words.ui.button_restart(), "Restart");
    let warnings = responses.warnings.render(false);
    assert!(warnings.contains("`button.restart` is missing"), "{warnings}");
    assert!(warnings.contains("the words of en-US are shown instead"), "{warnings}");
    assert!(warnings.contains("this file is missing"), "{warnings}");
    Ok(())
}

#[test]
fn the_shipped_languages_lack_nothing_and_serve_their_relatives() -> TestResult {
    let responses = load(&Source::BuiltIn, "en-US")?;
    let locales: Vec<&str> = responses.languages.iter().map(|language| language.locale.as_str()).collect();
    assert_eq!(locales, ["en-US", "de", "es-ES", "fr", "hi", "ja", "pt-BR"]);
    assert!(responses.warnings.0.is_empty(), "{}", responses.warnings.render(false));
    for (asked, served) in [("es-419", "es-ES"), ("en-GB", "en-US"), ("hi", "hi"), ("ko", "en-US"), ("", "en-US")] {
        assert_eq!(responses.language(asked).locale, served, "{asked}");
    }
    Ok(())
}

#[test]
fn the_name_of_an_option_is_one_that_discord_allows() {
    for (name, allowed) in [
        ("sichtbar", true),
        ("दिखाएँ", true),
        ("表示", true),
        (&*"a".repeat(32), true),
        (&*"a".repeat(33), false),
        ("Sichtbar", false),
        ("wer sieht", false),
    ] {
        let folder = Folder::new().edit("en-US/ui.toml", "show_name = \"show\"", &format!("show_name = \"{name}\""));
        assert_eq!(folder.load().is_ok(), allowed, "{name}");
    }
    let errors = Folder::new().edit("en-US/ui.toml", "show_name = \"show\"", "show_name = \"Who sees\"").errors();
    assert!(errors.contains("`command.show_name` is `Who sees`"), "{errors}");
}

#[test]
fn a_page_that_is_not_shipped_is_made_by_adding_files_alone() -> TestResult {
    let folder = Folder::new()
        .write(
            "pages/ciso.toml",
            "command = true\naccent_color = \"#b03a2e\"\nparts = [\"what\"]\nbuttons = [\"cio\", \"whichrole\"]\n",
        )
        .write(
            "en-US/pages/ciso.toml",
            "description = \"What a CISO does\"\nbutton = \"About the CISO\"\ntitle = \"CISO\"\n[part.what]\ntext = \"Security.\"\n",
        )
        .edit("pages/cio.toml", "\"compare\"", "\"compare\", \"ciso\"");
    let responses = folder.load()?;
    let (index, page) = responses.page("ciso").ok_or("it is not there")?;
    assert!(page.command);
    let card = whichrole::cards::page::card(&responses, responses.language("en-US"), index);
    assert_snapshot!(card, @"
    ## CISO
    Security.
    ---
    [cio] [Ask]
    ");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is in a file, it is refused with words or taken.
    #[test]
    fn any_file_is_refused_or_taken(
        file in prop::sample::select(vec!["whichrole.toml", "pages/cto.toml", "en-US/ui.toml", "en-US/pages/cto.toml"]),
        text in "\\PC{0,200}",
    ) {
        let folder = Folder::new().write(file, &text);
        if let Err(errors) = folder.load() {
            prop_assert!(!errors.0.is_empty());
            errors.render(true);
        }
    }

    /// The same with a file that is nearly right: a few characters of it are other ones.
    #[test]
    fn any_small_change_is_refused_or_taken(at in 0..3000_usize, text in "[ -~\\n]{0,6}", file in 0..3_usize) {
        let file = ["whichrole.toml", "en-US/whichrole.toml", "pages/cio.toml"][file];
        let folder = Folder::new();
        let mut whole: Vec<char> = std::fs::read_to_string(folder.path(file))?.chars().collect();
        let at = at % whole.len();
        whole.splice(at..(at + text.len()).min(whole.len()), text.chars());
        let folder = folder.write(file, &whole.into_iter().collect::<String>());
        if let Err(errors) = folder.load() {
            prop_assert!(!errors.0.is_empty());
            errors.render(true);
        }
    }
}
