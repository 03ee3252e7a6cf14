//! Changed responses in a running bot: taken whole or not at all, by every way in which files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, io};

use standin::{Bot, Discord, Member, MessageView, Options, Route, Setup, TestResult, copy_fixture};

/// A Discord, and a bot in it that reads its responses from a folder.
struct World {
    discord: Discord,
    bot: Bot,
    home: tempfile::TempDir,
}

impl World {
    async fn start() -> io::Result<Self> {
        let home = tempfile::tempdir()?;
        copy_fixture(home.path().join("responses"))?;
        Ok(Self::with(home, "responses").await)
    }

    /// With the responses in this folder of the home.
    async fn with(home: tempfile::TempDir, dir: &str) -> Self {
        let discord = Discord::start(Options { identify_window: Duration::ZERO, ..Options::default() }).await;
        let dir = format!("{:?}", home.path().join(dir));
        let bot = Setup::new(env!("CARGO_BIN_EXE_whichrole"), &discord).config("responses.dir", &dir).start();
        discord.ready(0).await;
        discord.requested(Route::Commands, 2).await;
        Self { discord, bot, home }
    }

    fn file(&self, path: &str) -> PathBuf {
        self.home.path().join("responses").join(path)
    }

    fn edit(&self, path: &str, from: &str, to: &str) -> io::Result<()> {
        let path = self.file(path);
        fs::write(&path, edited(&path, from, to)?)
    }

    async fn reloaded(&mut self) {
        self.bot.line("the responses are reloaded").await;
    }

    fn ana(&self) -> Member {
        self.discord.member("Ana")
    }
}

fn edited(path: &Path, from: &str, to: &str) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    assert!(text.contains(from), "{} has no {from:?}", path.display());
    Ok(text.replacen(from, to, 1))
}

const TITLE: &str = "Page cto";

async fn title(ana: &Member) -> TestResult<String> {
    let text = ana.command("cto", []).await.message.text();
    Ok(text.lines().next().ok_or("a card has text")?.to_owned())
}

#[tokio::test]
async fn a_changed_text_is_taken_without_a_restart() -> TestResult {
    let mut world = World::start().await?;
    world.edit("en-US/pages/cto.toml", TITLE, "The CTO, in our words")?;
    world.reloaded().await;
    assert!(title(&world.ana()).await?.contains("in our words"));
    Ok(())
}

/// A page that is added while the bot runs is a command at once; a change of other words asks nothing of Discord.
#[tokio::test]
async fn a_new_page_is_registered_when_it_is_loaded() -> TestResult {
    let mut world = World::start().await?;
    let before = world.discord.requests().len();
    world.edit("en-US/pages/cto.toml", TITLE, "Other words")?;
    world.reloaded().await;
    assert!(title(&world.ana()).await?.contains("Other words"));

    // The words first: they are warned about until the page is there.
    let words = "description = \"What a CISO does\"\nbutton = \"About the CISO\"\ntitle = \"CISO\"\n\n[part.what]\ntext = \"Security.\"\n";
    let page = "command = true\naccent_color = \"#b03a2e\"\nparts = [\"what\"]\nbuttons = [\"cio\"]\n";
    fs::write(world.file("en-US/pages/ciso.toml"), words)?;
    fs::write(world.file("pages/ciso.toml"), page)?;
    world.bot.line("the slash commands are registered").await;
    let commands: Vec<_> = world.discord.commands(None).iter().map(|command| command["name"].clone()).collect();
    assert_eq!(commands, ["cio", "ciso", "cto", "whichrole", "round", "about"]);
    assert!(world.ana().command("ciso", []).await.message.text().contains("Security."));
    let asked =
        world.discord.requests()[before..].iter().filter(|request| request.route == Some(Route::Commands)).count();
    assert_eq!(asked, 2, "read and written once");
    Ok(())
}

#[tokio::test]
async fn a_file_that_an_editor_replaces_is_taken() -> TestResult {
    let mut world = World::start().await?;
    let path = world.file("en-US/pages/cto.toml");
    let new = path.with_extension("new");
    fs::write(&new, edited(&path, TITLE, "Replaced")?)?;
    fs::rename(&new, &path)?;
    world.reloaded().await;
    assert!(title(&world.ana()).await?.contains("Replaced"));
    Ok(())
}

#[tokio::test]
async fn a_folder_that_is_replaced_whole_is_taken() -> TestResult {
    let mut world = World::start().await?;
    let other = tempfile::tempdir_in(world.home.path())?;
    copy_fixture(other.path().join("responses"))?;
    let path = other.path().join("responses/en-US/pages/cto.toml");
    fs::write(&path, edited(&path, TITLE, "From another folder")?)?;
    fs::rename(world.file(""), world.home.path().join("old"))?;
    fs::rename(other.path().join("responses"), world.file(""))?;
    world.reloaded().await;
    assert!(title(&world.ana()).await?.contains("From another folder"));
    Ok(())
}

/// As Kubernetes mounts a ConfigMap: the folder is a link, which is swapped for another.
#[tokio::test]
async fn a_link_that_is_swapped_is_taken() -> TestResult {
    let home = tempfile::tempdir()?;
    for name in ["one", "two"] {
        copy_fixture(home.path().join(name).join("responses"))?;
    }
    let path = home.path().join("two/responses/en-US/pages/cto.toml");
    fs::write(&path, edited(&path, TITLE, "Behind the other link")?)?;
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(home.path().join(to), home.path().join(name));
    link("one", "..data")?;
    link("..data/responses", "mounted")?;
    let mut world = World::with(home, "mounted").await;
    std::os::unix::fs::symlink(world.home.path().join("two"), world.home.path().join("..new"))?;
    fs::rename(world.home.path().join("..new"), world.home.path().join("..data"))?;
    world.reloaded().await;
    assert!(title(&world.ana()).await?.contains("Behind the other link"));
    Ok(())
}

#[tokio::test]
async fn a_broken_change_changes_nothing_and_is_told() -> TestResult {
    let mut world = World::start().await?;
    world.edit("en-US/ui.toml", "back =", "bakc =")?;
    world.bot.line("unknown key `button.bakc`").await;
    world.bot.line("the changed responses are not used: 1 error").await;
    assert!(title(&world.ana()).await?.contains(TITLE));
    world.edit("en-US/ui.toml", "bakc =", "back =")?;
    world.reloaded().await;
    Ok(())
}

/// As rsync, cp and Nix leave them: another text of the same length with the same time of change.
#[tokio::test]
async fn a_change_that_keeps_time_and_length_is_taken() -> TestResult {
    let mut world = World::start().await?;
    let path = world.file("en-US/pages/cto.toml");
    let time = std::fs::metadata(&path)?.modified()?;
    let new = path.with_extension("new");
    std::fs::write(&new, edited(&path, TITLE, "Page ctx")?)?;
    std::fs::File::options().write(true).open(&new).and_then(|file| file.set_modified(time))?;
    std::fs::rename(&new, &path)?;
    world.reloaded().await;
    assert!(title(&world.ana()).await?.contains("Page ctx"));
    Ok(())
}

/// The default folder is taken when it is created; a reload before that says that there is nothing to load.
#[tokio::test]
async fn a_folder_made_later_is_taken() -> TestResult {
    let discord = Discord::start(Options { identify_window: Duration::ZERO, ..Options::default() }).await;
    let mut bot = Setup::new(env!("CARGO_BIN_EXE_whichrole"), &discord).start();
    discord.ready(0).await;
    discord.requested(Route::Commands, 2).await;
    bot.signal("HUP");
    let line = bot.line("nothing to load").await;
    assert!(line.contains("the built-in responses stay"), "{line}");
    let home = tempfile::tempdir_in(bot.directory())?;
    whichrole::init::init(home.path(), false)?;
    let path = home.path().join("responses/en-US/pages/cto.toml");
    let text = std::fs::read_to_string(&path)?;
    let title_line = text.lines().find(|line| line.starts_with("title = ")).ok_or("a page has a title")?;
    std::fs::write(&path, text.replacen(title_line, "title = \"Made later\"", 1))?;
    std::fs::rename(home.path().join("responses"), bot.directory().join("responses"))?;
    bot.line("the responses are reloaded").await;
    assert!(title(&discord.member("Ana")).await?.contains("Made later"));
    // A folder that is gone is not replaced by the built-in texts.
    std::fs::rename(bot.directory().join("responses"), home.path().join("gone"))?;
    bot.line("the changed responses are not used").await;
    assert!(title(&discord.member("Ana")).await?.contains("Made later"));
    Ok(())
}

#[tokio::test]
async fn sighup_reloads_too() -> TestResult {
    let mut world = World::start().await?;
    world.bot.signal("HUP");
    let line = world.bot.line("the responses are reloaded").await;
    assert!(line.contains("SIGHUP"), "{line}");
    Ok(())
}

#[tokio::test]
async fn a_conversation_goes_on_over_changed_words_and_ends_with_changed_questions() -> TestResult {
    let mut world = World::start().await?;
    let ana = world.ana();
    let press =
        async |message: &MessageView, button: usize| ana.press(message, &message.buttons()[button].label).await.message;
    let first = ana.command("whichrole", []).await.message;
    world.edit("en-US/whichrole.toml", "title of area", "Which end?")?;
    world.reloaded().await;
    let second = press(&first, 0).await;
    assert!(second.text().contains("Which end?"), "{}", second.text());
    world.edit("whichrole.toml", "{ id = \"making\", cto = 2 }", "{ id = \"making\", cto = 1 }")?;
    world.reloaded().await;
    let changed = press(&second, 0).await;
    assert!(changed.text().contains("changed"), "{}", changed.text());
    let own = press(&changed, 0).await;
    assert!(own.text().contains("Question 1 of 3"), "{}", own.text());
    Ok(())
}

/// Presses all the while, and reloads, half of them broken: each answer is wholly of one of the texts that were there.
#[tokio::test]
async fn no_answer_is_mixed_while_responses_are_reloaded() -> TestResult {
    const RELOADS: usize = 50;
    let mut world = World::start().await?;
    // The name of a text stands at the card's beginning and at its end.
    let texts = |name: &str| -> io::Result<String> {
        let path = world.file("en-US/pages/cto.toml");
        let text = edited(&path, TITLE, name)?;
        Ok(text.replacen("cto what text", &format!("cto what text {name}"), 1))
    };
    let versions = (0..RELOADS).map(|number| texts(&format!("Version{number}."))).collect::<Result<Vec<_>, _>>()?;
    fs::write(world.file("en-US/pages/cto.toml"), texts("Version0.")?)?;
    world.reloaded().await;
    let done = Arc::new(AtomicBool::new(false));
    let pressing: Vec<_> = (0..20)
        .map(|number| {
            let person = world.discord.member(&format!("Person{number}")).in_dm();
            let done = Arc::clone(&done);
            tokio::spawn(async move {
                let mut presses = 0;
                while !done.load(Ordering::Relaxed) {
                    let text = person.command("cto", [("show", "private")]).await.message.text();
                    let first = text.lines().next().expect("a card has text").trim_start_matches(['#', ' ']).to_owned();
                    assert!(first.starts_with("Version"), "{text}");
                    assert!(text.contains(&format!("cto what text {first}")), "mixed:\n{text}");
                    presses += 1;
                }
                presses
            })
        })
        .collect();
    for (number, version) in versions.iter().enumerate() {
        let path = world.file("en-US/pages/cto.toml");
        if number % 2 == 0 {
            fs::write(&path, version)?;
            world.bot.signal("HUP");
            world.reloaded().await;
        } else {
            fs::write(&path, version.replacen("title =", "titel =", 1))?;
            world.bot.signal("HUP");
            world.bot.line("the changed responses are not used").await;
        }
    }
    done.store(true, Ordering::Relaxed);
    let mut presses = 0;
    for one in pressing {
        presses += one.await?;
    }
    assert!(presses > RELOADS, "only {presses} presses");
    println!("{presses} answers over {RELOADS} reloads");
    Ok(())
}
