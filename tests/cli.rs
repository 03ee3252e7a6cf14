//! The command line as somebody types it.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use standin::TestResult;
use whichrole::interaction::UserId;
use whichrole::load::load;
use whichrole::responses::Source;
use whichrole::round::rules::{Close, Place};
use whichrole::round::{Ballot, Command as RoundCommand, Limits, Member, Request, RoundId, Rounds, Store};

/// Runs `whichrole` in a folder, without the environment of whoever runs the tests.
fn whichrole(folder: &Path, args: &[&str]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_whichrole")).args(args).current_dir(folder).env_clear().output()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the bot prints text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the bot prints text")
}

#[test]
fn help_teaches_and_wrong_usage_exits_with_2() -> TestResult {
    let folder = tempfile::tempdir()?;
    let help = whichrole(folder.path(), &["--help"])?;
    assert_eq!(help.status.code(), Some(0));
    for word in ["run", "preview", "check", "commands", "init", "DISCORD_TOKEN_FILE", "Exit codes"] {
        assert!(stdout(&help).contains(word), "{word} in\n{}", stdout(&help));
    }
    let version = whichrole(folder.path(), &["--version"])?;
    assert_eq!(stdout(&version), concat!("whichrole ", env!("CARGO_PKG_VERSION"), "\n"));
    for wrong in [&["dance"][..], &["init"], &["preview", "--port", "x"], &["commands"]] {
        assert_eq!(whichrole(folder.path(), wrong)?.status.code(), Some(2), "{wrong:?}");
    }
    Ok(())
}

#[test]
fn without_a_token_it_says_where_to_get_one() -> TestResult {
    for args in [&["run"][..], &[], &["commands", "diff"]] {
        let output = whichrole(tempfile::tempdir()?.path(), args)?;
        assert_eq!(output.status.code(), Some(3), "{args:?}");
        assert!(stderr(&output).contains("error: no token: set DISCORD_TOKEN"), "{}", stderr(&output));
    }
    Ok(())
}

#[test]
fn a_store_of_rounds_that_cannot_be_used_says_what_to_set() -> TestResult {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("text.db"), "a text that is no database ".repeat(100))?;
    let run = |store: &str, password: &str| -> TestResult<String> {
        std::fs::write(folder.path().join("config.toml"), format!("[rounds]\nstore = \"{store}\"\n"))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_whichrole"));
        command.current_dir(folder.path()).env_clear().env("DISCORD_TOKEN", "hush").env("ROUNDS_PASSWORD", password);
        let output = command.output()?;
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        assert!(!stderr(&output).contains("hush"), "{}", stderr(&output));
        Ok(stderr(&output))
    };
    for (store, words) in [
        ("sqlite:missing/team.db", "missing/team.db: unable to open database file"),
        // Nobody can make a file there, not even root.
        ("sqlite:/proc/team.db", "such as \"sqlite:/var/lib/whichrole/team.db\", or \"off\" for no rounds"),
        ("sqlite:text.db", "text.db: file is not a database; put a backup of the file in its place"),
    ] {
        let told = run(store, "")?;
        let error = told.lines().last().ok_or("it says nothing")?;
        assert!(error.starts_with("error: `rounds.store`: the store of rounds ") && error.contains(words), "{told}");
    }
    assert!(run("postgres://bot:hush@db/rounds", "")?.contains("set ROUNDS_PASSWORD to it"));
    assert!(run("postgres://bot@127.0.0.1:1/rounds", "hush\nhush")?.contains("ROUNDS_PASSWORD has 2 lines"));

    // What is wrong with the token is told first, and leaves no file behind.
    std::fs::remove_file(folder.path().join("config.toml"))?;
    assert_eq!(whichrole(folder.path(), &[])?.status.code(), Some(3));
    assert!(!folder.path().join("whichrole.db").exists());
    Ok(())
}

/// Makes a file with an open round, three answers in it, and a closed one.
fn file_of_rounds(path: &Path) -> TestResult {
    let responses = load(&Source::BuiltIn, "en-US")?;
    let rounds = |store| Rounds::new(store, Limits::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let rounds = rounds(Store::sqlite(path).await?);
        let rules = rounds.rules(&responses.questionnaire, &responses.team);
        let answers = Ballot::new(&responses.questionnaire, &[0, 0, 0])?;
        let place = Place { channel: 9, locale: "en-US".to_owned() };
        let open = RoundCommand::Open { place, deadline: None };
        let vote = RoundCommand::Vote { answers };
        for (round, user, command) in [
            (1, 1, open.clone()),
            (1, 1, vote.clone()),
            (1, 2, vote.clone()),
            (1, 3, vote.clone()),
            (2, 1, open),
            (2, 1, RoundCommand::Close(Close::Show)),
        ] {
            let by = Member { user: UserId(user), server: 7, may_manage: false };
            let request = Request { round: RoundId(round), by, now: 0, command };
            let done = rounds.store.execute(&rules, request).await?;
            done.map_err(|refused| format!("the round refuses it: {refused:?}"))?;
        }
        Ok(())
    })
}

const MOVED: &str = "open rounds         1   with 3 answers\nclosed rounds       1\n";

#[test]
fn rounds_move_from_file_to_file_and_leave_nothing_behind() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = |to: &str| whichrole(folder.path(), &["rounds", "move", "--to", to]);
    let nothing = run("sqlite:new.db")?;
    assert_eq!(nothing.status.code(), Some(3));
    assert!(stderr(&nothing).contains("there is no file whichrole.db, so there are no rounds"), "{}", stderr(&nothing));

    let old = folder.path().join("whichrole.db");
    file_of_rounds(&old)?;
    let holds_answers = || std::fs::read(&old).map(|file| file.windows(6).any(|bytes| bytes == b"wants="));
    assert!(holds_answers()?);
    let moved = run("sqlite:new.db")?;
    assert_eq!(moved.status.code(), Some(0), "{}", stderr(&moved));
    let said = stdout(&moved);
    assert!(said.starts_with(MOVED) && said.ends_with("[rounds]\nstore = \"sqlite:new.db\"\n"), "{said}");
    assert!(!holds_answers()?);

    file_of_rounds(&old)?;
    let twice = run("sqlite:new.db")?;
    assert_eq!(twice.status.code(), Some(3));
    assert_eq!(stderr(&twice), "error: the new store has 2 rounds; it must be empty\n");
    for (to, code, words) in [
        ("sqlite:whichrole.db", 2, "`--to` names the store of the settings"),
        ("sqllite:new.db", 2, "`--to` is \"sqllite:new.db\"; did you mean `sqlite:`?"),
        ("memory", 2, "which keeps no rounds"),
        ("postgres://bot:hush@db/rounds", 2, "set ROUNDS_PASSWORD"),
        ("sqlite:missing/new.db", 3, "`--to`: the store of rounds refuses this bot"),
        ("postgres://bot@127.0.0.1:1/rounds", 1, "`--to`: the store of rounds cannot be reached"),
    ] {
        let output = run(to)?;
        assert_eq!(output.status.code(), Some(code), "{to}: {}", stderr(&output));
        assert!(stderr(&output).contains(words) && !stderr(&output).contains("hush"), "{to}: {}", stderr(&output));
    }
    std::fs::write(folder.path().join("config.toml"), "rounds.store = \"memory\"\n")?;
    assert_eq!(run("sqlite:new.db")?.status.code(), Some(3));
    Ok(())
}

#[test]
#[ignore = "needs PostgreSQL"]
fn rounds_move_to_postgres_and_back() -> TestResult {
    let url =
        std::env::var("DATABASE_URL").map_err(|error| format!("DATABASE_URL, the address of a database: {error}"))?;
    let schema = format!("moved_{}", std::process::id());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(&format!("create schema {schema}")).await
    })?;
    let folder = tempfile::tempdir()?;
    let server = format!("{url}?options=-csearch_path%3D{schema}");
    file_of_rounds(&folder.path().join("whichrole.db"))?;
    let moved = whichrole(folder.path(), &["rounds", "move", "--to", &server])?;
    assert!(stdout(&moved).starts_with(MOVED), "{}", stderr(&moved));
    std::fs::write(folder.path().join("config.toml"), format!("[rounds]\nstore = \"{server}\"\n"))?;
    let back = whichrole(folder.path(), &["rounds", "move", "--to", "sqlite:whichrole.db"])?;
    assert!(stdout(&back).starts_with(MOVED), "{}", stderr(&back));
    let nothing = whichrole(folder.path(), &["rounds", "move", "--to", "sqlite:other.db"])?;
    assert!(stdout(&nothing).starts_with("open rounds         0   with 0 answers\n"), "{}", stderr(&nothing));
    Ok(())
}

#[test]
fn a_token_that_is_set_twice_or_cannot_be_read_is_an_error() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whichrole"));
        command.arg("run").current_dir(folder.path()).env_clear().envs(variables.iter().copied());
        command.output()
    };
    let both = run(&[("DISCORD_TOKEN", "hush"), ("DISCORD_TOKEN_FILE", "token.txt")])?;
    assert_eq!(both.status.code(), Some(3));
    assert!(stderr(&both).contains("DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set"), "{}", stderr(&both));
    assert!(!stderr(&both).contains("hush"));
    let missing = run(&[("DISCORD_TOKEN_FILE", "token.txt")])?;
    assert_eq!(missing.status.code(), Some(3));
    assert!(stderr(&missing).contains("token.txt"), "{}", stderr(&missing));
    Ok(())
}

#[test]
fn check_prints_figures_and_runs_without_any_file() -> TestResult {
    let output = whichrole(tempfile::tempdir()?.path(), &["check"])?;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for figure in
        ["states                 18266", "paths                  15070   3 to 6 questions", "longest custom_id"]
    {
        assert!(stdout(&output).contains(figure), "{figure} in\n{}", stdout(&output));
    }
    let json = whichrole(tempfile::tempdir()?.path(), &["check", "--format", "json"])?;
    let report: serde_json::Value = serde_json::from_slice(&json.stdout)?;
    assert_eq!(report["report"]["paths"], 15070);
    let faults = report["faults"].as_array().ok_or("it is no list")?;
    assert!(faults.len() == 1 && faults[0]["message"].as_str().is_some_and(|text| text.contains("`links.privacy`")));
    let lines = serde_json::json!({"all": 274, "missing": 0, "with_placeholders": 28});
    let languages = report["report"]["languages"].as_array().ok_or("there are no languages")?;
    assert!(languages.iter().all(|language| language["lines"] == lines), "{languages:#?}");
    Ok(())
}

/// The warning is about the settings, so `--strict`, which translators use, does not count it.
#[test]
fn a_bot_for_everybody_is_told_to_have_its_policies() -> TestResult {
    let folder = tempfile::tempdir()?;
    let check = |settings: &str| -> TestResult<String> {
        std::fs::write(folder.path().join("config.toml"), settings)?;
        let output = whichrole(folder.path(), &["check", "--strict"])?;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        Ok(stderr(&output))
    };
    let both = "warning: `links.privacy` and `links.terms` are not set, and the commands are registered everywhere\n--> config.toml\n";
    let neither = check("")?;
    assert!(neither.starts_with(both), "{neither}");
    let (privacy, terms) = ("privacy = \"https://example.org/p\"", "terms = \"https://example.org/t\"");
    let one = check(&format!("[links]\n{privacy}\n"))?;
    assert!(one.starts_with("warning: `links.terms` is not set"), "{one}");
    assert_eq!(check(&format!("[links]\n{privacy}\n{terms}\n"))?, "");
    assert_eq!(check("discord.test_guild = \"7\"\n")?, "");
    Ok(())
}

#[test]
fn what_a_language_lacks_is_counted_told_and_with_strict_an_error() -> TestResult {
    let folder = tempfile::tempdir()?;
    assert_eq!(whichrole(folder.path(), &["init", "mine"])?.status.code(), Some(0));
    let mine = folder.path().join("mine");
    let ui = mine.join("responses/ja/ui.toml");
    let text = std::fs::read_to_string(&ui)?;
    std::fs::write(&ui, text.replace("back = \"戻る\"\n", ""))?;
    let output = whichrole(&mine, &["check"])?;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("warning: `button.back` is missing"), "{}", stderr(&output));
    assert!(stderr(&output).contains("the words of en-US are shown instead"), "{}", stderr(&output));
    assert!(stdout(&output).contains("274   1 missing"), "{}", stdout(&output));
    // A language that is written without blanks has no words to count.
    assert!(stdout(&output).contains("page cto                 461   characters"), "{}", stdout(&output));
    assert_eq!(whichrole(&mine, &["check", "--strict"])?.status.code(), Some(3));
    Ok(())
}

#[test]
fn init_writes_what_check_takes_and_check_tells_what_is_spoiled() -> TestResult {
    let folder = tempfile::tempdir()?;
    let written = whichrole(folder.path(), &["init", "mine"])?;
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    assert!(stdout(&written).contains("wrote mine/config.toml"), "{}", stdout(&written));
    let mine = folder.path().join("mine");
    assert_eq!(whichrole(&mine, &["check"])?.status.code(), Some(0));
    assert_eq!(whichrole(&mine, &["check", "--strict"])?.status.code(), Some(0));

    let again = whichrole(folder.path(), &["init", "mine"])?;
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("mine/responses/whichrole.toml"), "{}", stderr(&again));
    assert_eq!(whichrole(folder.path(), &["init", "mine", "--force"])?.status.code(), Some(0));

    let ui = mine.join("responses/en-US/ui.toml");
    let text = std::fs::read_to_string(&ui)?;
    std::fs::write(&ui, text.replace("back =", "bakc ="))?;
    for args in [&["check"][..], &["run"], &["preview", "--port", "0"]] {
        let spoiled = whichrole(&mine, args)?;
        assert_eq!(spoiled.status.code(), Some(3), "{args:?}");
        assert!(stderr(&spoiled).contains("error: unknown key `button.bakc`"), "{}", stderr(&spoiled));
        assert!(stderr(&spoiled).contains("responses/en-US/ui.toml:13:1"), "{}", stderr(&spoiled));
        assert!(!stderr(&spoiled).contains('\u{1b}'), "no colour in a pipe");
    }
    let json = whichrole(&mine, &["check", "--format", "json"])?;
    assert_eq!(json.status.code(), Some(3));
    let report: serde_json::Value = serde_json::from_slice(&json.stdout)?;
    assert_eq!(report["faults"][0]["line"], 13, "{report:#}");
    assert!(report["report"].is_null());
    Ok(())
}

#[test]
fn a_config_that_is_named_must_be_there_and_right() -> TestResult {
    let folder = tempfile::tempdir()?;
    let missing = whichrole(folder.path(), &["--config", "other.toml", "check"])?;
    assert_eq!(missing.status.code(), Some(3));
    assert!(stderr(&missing).contains("other.toml"), "{}", stderr(&missing));
    std::fs::write(folder.path().join("config.toml"), "[discord]\ntransport = \"pigeon\"\n")?;
    let wrong = whichrole(folder.path(), &["check"])?;
    assert_eq!(wrong.status.code(), Some(3));
    assert!(stderr(&wrong).contains("config.toml:2:13"), "{}", stderr(&wrong));
    Ok(())
}

#[test]
fn a_port_that_is_taken_says_what_to_do() -> TestResult {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let output = whichrole(tempfile::tempdir()?.path(), &["preview", "--port", &port])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains(&format!("port {port} is taken; choose another with `--port N`")),
        "{}",
        stderr(&output)
    );
    Ok(())
}

#[test]
fn the_endpoint_needs_a_public_key_and_no_token() -> TestResult {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("config.toml"), "[discord]\ntransport = \"endpoint\"\n")?;
    let output = whichrole(folder.path(), &["run"])?;
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("no public key: set DISCORD_PUBLIC_KEY"), "{}", stderr(&output));
    let mut command = Command::new(env!("CARGO_BIN_EXE_whichrole"));
    let command = command.arg("run").current_dir(folder.path()).env_clear().env("DISCORD_PUBLIC_KEY", "abc");
    let output = command.output()?;
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("64"), "{}", stderr(&output));
    Ok(())
}

#[test]
fn advise_and_graph_let_an_owner_try_the_questions() -> TestResult {
    let folder = tempfile::tempdir()?;
    let table = "organisation,wants,area,notices,hurts,money,today\nStart-up,product,making,customers,,,\n";
    std::fs::write(folder.path().join("known.csv"), table)?;
    let advised = whichrole(folder.path(), &["advise", "known.csv"])?;
    assert_eq!(advised.status.code(), Some(0), "{}", stderr(&advised));
    assert!(stdout(&advised).contains("Start-up      cto         clear       9    0    9"), "{}", stdout(&advised));
    std::fs::write(folder.path().join("known.csv"), table.replace("making", "maknig"))?;
    let wrong = whichrole(folder.path(), &["advise", "known.csv"])?;
    assert_eq!(wrong.status.code(), Some(3));
    assert!(stderr(&wrong).contains("known.csv: line 2: `area` has no choice `maknig`"), "{}", stderr(&wrong));
    let graph = whichrole(folder.path(), &["graph"])?;
    assert!(stdout(&graph).starts_with("flowchart TD\n"), "{}", stdout(&graph));
    Ok(())
}

/// `/dev/full` takes nothing, like a full disk; a pipe without a reader is what `head` leaves behind.
#[cfg(target_os = "linux")]
mod lost_output {
    use std::fs::OpenOptions;
    use std::io::PipeWriter;
    use std::process::Stdio;

    use super::*;

    fn full() -> std::io::Result<Stdio> {
        Ok(OpenOptions::new().write(true).open("/dev/full")?.into())
    }

    fn closed() -> std::io::Result<PipeWriter> {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        Ok(writer)
    }

    fn command(folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whichrole"));
        command.args(args).current_dir(folder).env_clear();
        command
    }

    fn spoiled() -> std::io::Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("config.toml"), "[discord]\ntransport = \"pigeon\"\n")?;
        Ok(folder)
    }

    #[test]
    fn an_error_that_cannot_be_written_keeps_its_code() -> TestResult {
        let folder = spoiled()?;
        for args in [&["check"][..], &["run"], &["graph"], &["check", "--format", "json"]] {
            assert_eq!(command(folder.path(), args).stderr(full()?).status()?.code(), Some(3), "{args:?}");
            let code = command(folder.path(), args).stderr(closed()?).stdout(full()?).status()?.code();
            assert_eq!(code, Some(3), "{args:?}");
        }
        assert_eq!(command(folder.path(), &["dance"]).stderr(full()?).status()?.code(), Some(2));
        let fine = tempfile::tempdir()?;
        let mut run = command(fine.path(), &["run"]);
        let code = run.env("DISCORD_TOKEN", "a b").stderr(full()?).status()?.code();
        assert_eq!(code, Some(3));
        Ok(())
    }

    #[test]
    fn a_result_that_cannot_be_written_is_an_error() -> TestResult {
        let folder = tempfile::tempdir()?;
        let table = "organisation,wants,area,notices\nA,product,making,customers\n";
        std::fs::write(folder.path().join("known.csv"), table)?;
        for args in [
            &["check"][..],
            &["check", "--format", "json"],
            &["graph"],
            &["advise", "known.csv"],
            &["--help"],
            &["init", "mine"],
        ] {
            let output = command(folder.path(), args).stdout(full()?).output()?;
            assert_eq!(output.status.code(), Some(1), "{args:?}");
            let said = stderr(&output);
            assert!(said.contains("error: the result cannot be written to standard output: No space left"), "{said}");
        }
        Ok(())
    }

    #[test]
    fn a_closed_pipe_ends_a_command_quietly() -> TestResult {
        let folder = tempfile::tempdir()?;
        // For one server, so that nobody asks for the policies of a bot for everybody.
        std::fs::write(folder.path().join("config.toml"), "discord.test_guild = \"7\"\n")?;
        for args in [&["check", "--format", "json"][..], &["graph"], &["--help"]] {
            let output = command(folder.path(), args).stdout(closed()?).output()?;
            assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{args:?}");
        }
        Ok(())
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_never_taken_for_absent() -> TestResult {
    use std::os::unix::fs::symlink;

    let check = |folder: &Path, words: &str| -> TestResult {
        let output = whichrole(folder, &["check"])?;
        assert_eq!(output.status.code(), Some(3), "{words}");
        assert!(stderr(&output).contains(words), "{words} in {}", stderr(&output));
        Ok(())
    };
    for name in ["responses", "config.toml"] {
        let folder = tempfile::tempdir()?;
        symlink("/srv/not-mounted", folder.path().join(name))?;
        check(folder.path(), name)?;
    }
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("responses"), "a file")?;
    check(folder.path(), "responses")?;
    Ok(())
}

#[cfg(unix)]
mod signals {
    use std::io::{BufRead, BufReader, ErrorKind, Read};
    use std::net::TcpStream;
    use std::process::{Child, Stdio};
    use std::time::Duration;

    use super::*;

    /// Starts a preview by a command and connects to its page.
    fn preview(command: &mut Command) -> TestResult<(Child, TcpStream)> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("it is not piped")?).read_line(&mut line)?;
        let address = line.trim().split("http://").nth(1).ok_or(line.clone())?.trim_end_matches('/');
        let page = TcpStream::connect(address)?;
        page.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok((child, page))
    }

    fn send(signal: &str, child: &Child) -> TestResult {
        let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status()?;
        assert!(sent.success(), "kill -{signal}");
        Ok(())
    }

    #[test]
    fn the_preview_ends_when_told() -> TestResult {
        for signal in ["TERM", "INT"] {
            let folder = tempfile::tempdir()?;
            let mut command = Command::new(env!("CARGO_BIN_EXE_whichrole"));
            let (mut child, _page) = preview(command.args(["preview", "--port", "0"]).current_dir(folder.path()))?;
            send(signal, &child)?;
            assert_eq!(child.wait()?.code(), Some(0), "{signal}");
        }
        Ok(())
    }

    /// script(1) gives it a terminal, and takes the terminal away when it is killed.
    #[test]
    fn the_preview_ends_with_its_terminal() -> TestResult {
        let folder = tempfile::tempdir()?;
        let bot = format!("{} preview --port 0", env!("CARGO_BIN_EXE_whichrole"));
        // With SIGHUP ignored, as nohup(1) leaves it, the preview outlives its terminal.
        let mut command = Command::new("env");
        command.args(["--default-signal=HUP", "script", "--quiet", "--command", &bot, "/dev/null"]);
        let (mut script, mut page) = preview(command.current_dir(folder.path()))?;
        send("KILL", &script)?;
        script.wait()?;
        // The connection ends with the process, and not by the time-out.
        match page.read(&mut [0; 1]) {
            Ok(read) => assert_eq!(read, 0, "nothing was asked"),
            // A connection that was not accepted yet is reset.
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the preview goes on"),
        }
        Ok(())
    }
}

#[test]
fn a_quoted_key_with_a_dot_is_no_line() -> TestResult {
    let folder = tempfile::tempdir()?;
    whichrole(folder.path(), &["init", "mine"])?;
    let mine = folder.path().join("mine");
    let file = mine.join("responses/en-US/whichrole.toml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, format!("\"cto.name\" = \"a CTO\"\n{text}"))?;
    let output = whichrole(&mine, &["check"])?;
    assert_eq!(output.status.code(), Some(3));
    let said = stderr(&output);
    assert!(said.contains("unknown key `\"cto.name\"`") && said.contains("write `name` under `[cto]`"), "{said}");
    Ok(())
}
