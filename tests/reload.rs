//! Changed responses in a running bot: taken whole or not at all, by every way in which files change.

use std::path::{Path, PathBuf};
use std::time::Duration;

use standin::{Bot, Discord, Member, MessageView, Options, Route, Setup};

/// A Discord, and a bot in it that reads its responses from a folder.
struct World {
    discord: Discord,
    bot: Bot,
    home: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let home = tempfile::tempdir().expect("the system has a place for temporary files");
        whichrole::init::init(home.path(), false).expect("a new folder is empty");
        Self::with(home, "responses").await
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

    fn edit(&self, path: &str, from: &str, to: &str) {
        let path = self.file(path);
        std::fs::write(&path, edited(&path, from, to)).expect("the file can be written");
    }

    async fn reloaded(&mut self) {
        self.bot.line("the responses are reloaded").await;
    }

    fn ana(&self) -> Member {
        self.discord.member("Ana")
    }
}

fn edited(path: &Path, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(path).expect("the file is there");
    assert!(text.contains(from), "{} has no {from:?}", path.display());
    text.replacen(from, to, 1)
}

const TITLE: &str = "CTO: Chief Technology Officer";

async fn title(ana: &Member) -> String {
    let text = ana.command("cto", []).await.message.text();
    text.lines().next().expect("a card has text").to_owned()
}

#[tokio::test]
async fn a_changed_text_is_taken_without_a_restart() {
    let mut world = World::start().await;
    world.edit("en-US/pages/cto.toml", TITLE, "The CTO, in our words");
    world.reloaded().await;
    assert!(title(&world.ana()).await.contains("in our words"));
}

/// A page that is added while the bot runs is a command at once; a change of other words asks nothing of Discord.
#[tokio::test]
async fn a_new_page_is_registered_when_it_is_loaded() {
    let mut world = World::start().await;
    let before = world.discord.requests().len();
    world.edit("en-US/pages/cto.toml", TITLE, "Other words");
    world.reloaded().await;
    assert!(title(&world.ana()).await.contains("Other words"));

    // The words first: they are warned about until the page is there.
    let words = "description = \"What a CISO does\"\nbutton = \"About the CISO\"\ntitle = \"CISO\"\n\n[part.what]\ntext = \"Security.\"\n";
    let page = "command = true\naccent_color = \"#b03a2e\"\nparts = [\"what\"]\nbuttons = [\"cio\"]\n";
    std::fs::write(world.file("en-US/pages/ciso.toml"), words).expect("a new file");
    std::fs::write(world.file("pages/ciso.toml"), page).expect("a new file");
    world.bot.line("the slash commands are registered").await;
    let commands: Vec<_> = world.discord.commands(None).iter().map(|command| command["name"].clone()).collect();
    assert_eq!(commands, ["cio", "ciso", "cto", "whichrole"]);
    assert!(world.ana().command("ciso", []).await.message.text().contains("Security."));
    let asked =
        world.discord.requests()[before..].iter().filter(|request| request.route == Some(Route::Commands)).count();
    assert_eq!(asked, 2, "read and written once");
}

#[tokio::test]
async fn a_file_that_an_editor_replaces_is_taken() {
    let mut world = World::start().await;
    let path = world.file("en-US/pages/cto.toml");
    let new = path.with_extension("new");
    std::fs::write(&new, edited(&path, TITLE, "Replaced")).expect("a new file");
    std::fs::rename(&new, &path).expect("it takes the old one's place");
    world.reloaded().await;
    assert!(title(&world.ana()).await.contains("Replaced"));
}

#[tokio::test]
async fn a_folder_that_is_replaced_whole_is_taken() {
    let mut world = World::start().await;
    let other = tempfile::tempdir_in(world.home.path()).expect("another folder");
    whichrole::init::init(other.path(), false).expect("a new folder is empty");
    let path = other.path().join("responses/en-US/pages/cto.toml");
    std::fs::write(&path, edited(&path, TITLE, "From another folder")).expect("it can be changed");
    std::fs::rename(world.file(""), world.home.path().join("old")).expect("the old folder goes");
    std::fs::rename(other.path().join("responses"), world.file("")).expect("the new one comes");
    world.reloaded().await;
    assert!(title(&world.ana()).await.contains("From another folder"));
}

/// As Kubernetes mounts a ConfigMap: the folder is a link, which is swapped for another.
#[tokio::test]
async fn a_link_that_is_swapped_is_taken() {
    let home = tempfile::tempdir().expect("the system has a place for temporary files");
    for name in ["one", "two"] {
        whichrole::init::init(&home.path().join(name), false).expect("a new folder is empty");
    }
    let path = home.path().join("two/responses/en-US/pages/cto.toml");
    std::fs::write(&path, edited(&path, TITLE, "Behind the other link")).expect("it can be changed");
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(home.path().join(to), home.path().join(name));
    link("one", "..data").expect("a new link");
    link("..data/responses", "mounted").expect("a new link");
    let mut world = World::with(home, "mounted").await;
    std::os::unix::fs::symlink(world.home.path().join("two"), world.home.path().join("..new")).expect("a new link");
    std::fs::rename(world.home.path().join("..new"), world.home.path().join("..data")).expect("the link is swapped");
    world.reloaded().await;
    assert!(title(&world.ana()).await.contains("Behind the other link"));
}

#[tokio::test]
async fn a_broken_change_changes_nothing_and_is_told() {
    let mut world = World::start().await;
    world.edit("en-US/ui.toml", "back =", "bakc =");
    world.bot.line("unknown key `button.bakc`").await;
    world.bot.line("the changed responses are not used: 2 errors").await;
    assert!(title(&world.ana()).await.contains(TITLE));
    world.edit("en-US/ui.toml", "bakc =", "back =");
    world.reloaded().await;
}

#[tokio::test]
async fn sighup_reloads_too() {
    let mut world = World::start().await;
    world.bot.signal("HUP");
    let line = world.bot.line("the responses are reloaded").await;
    assert!(line.contains("SIGHUP"), "{line}");
}

#[tokio::test]
async fn a_conversation_goes_on_over_changed_words_and_ends_with_changed_questions() {
    let mut world = World::start().await;
    let ana = world.ana();
    let press =
        async |message: &MessageView, button: usize| ana.press(message, &message.buttons()[button].label).await.message;
    let first = ana.command("whichrole", []).await.message;
    world.edit("en-US/whichrole.toml", "At which end would this person work?", "Which end?");
    world.reloaded().await;
    let second = press(&first, 0).await;
    assert!(second.text().contains("Which end?"), "{}", second.text());
    world.edit("whichrole.toml", "{ id = \"making\", cto = 2 }", "{ id = \"making\", cto = 1 }");
    world.reloaded().await;
    let changed = press(&second, 0).await;
    assert!(changed.text().contains("changed"), "{}", changed.text());
    let own = press(&changed, 0).await;
    assert!(own.text().contains("Question 1 of 3"), "{}", own.text());
}

/// Presses all the while, and reloads, half of them broken: each answer is wholly of one of the texts that were there.
#[tokio::test]
async fn no_answer_is_mixed_while_responses_are_reloaded() {
    const RELOADS: usize = 50;
    let mut world = World::start().await;
    // The name of a text stands at the card's beginning and at its end.
    let texts = |name: &str| {
        let path = world.file("en-US/pages/cto.toml");
        let text = edited(&path, TITLE, name);
        text.replacen("before they can help it.", &format!("before they can help it. {name}"), 1)
    };
    let versions: Vec<String> = (0..RELOADS).map(|number| texts(&format!("Version{number}."))).collect();
    std::fs::write(world.file("en-US/pages/cto.toml"), texts("Version0.")).expect("the file can be written");
    world.reloaded().await;
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let pressing: Vec<_> = (0..20)
        .map(|number| {
            let person = world.discord.member(&format!("Person{number}")).in_dm();
            let done = std::sync::Arc::clone(&done);
            tokio::spawn(async move {
                let mut presses = 0;
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let text = person.command("cto", [("show", "private")]).await.message.text();
                    let first = text.lines().next().expect("a card has text").trim_start_matches(['#', ' ']).to_owned();
                    assert!(first.starts_with("Version"), "{text}");
                    assert!(text.contains(&format!("before they can help it. {first}")), "mixed:\n{text}");
                    presses += 1;
                }
                presses
            })
        })
        .collect();
    for (number, version) in versions.iter().enumerate() {
        let path = world.file("en-US/pages/cto.toml");
        if number % 2 == 0 {
            std::fs::write(&path, version).expect("the file can be written");
            world.bot.signal("HUP");
            world.reloaded().await;
        } else {
            std::fs::write(&path, version.replacen("title =", "titel =", 1)).expect("the file can be written");
            world.bot.signal("HUP");
            world.bot.line("the changed responses are not used").await;
        }
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut presses = 0;
    for one in pressing {
        presses += one.await.expect("no answer was wrong");
    }
    assert!(presses > RELOADS, "only {presses} presses");
    println!("{presses} answers over {RELOADS} reloads");
}
