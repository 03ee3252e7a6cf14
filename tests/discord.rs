//! The bot as the process an operator runs, in a stand-in Discord: commands, whole conversations, restarts.
//!
//! The faults of the network and of Discord are in `gateway_faults.rs`.

mod standin;

use serde_json::json;
use standin::{Answer, Bot, Discord, GUILD_ID, Kind, Member, MessageView, Options, Route, Setup};

/// A Discord, and the bot in it.
struct World {
    discord: Discord,
    bot: Bot,
}

impl World {
    async fn start() -> Self {
        Self::start_with(|setup| setup).await
    }

    async fn start_with(change: impl FnOnce(Setup) -> Setup) -> Self {
        let discord = Discord::start(Options::default()).await;
        let bot = change(setup(&discord)).start();
        discord.ready(0).await;
        Self { discord, bot }
    }

    /// The same bot, newly started: nothing is left of the process before.
    async fn restart(&mut self) {
        let new = setup(&self.discord).start();
        std::mem::replace(&mut self.bot, new).kill().await;
        self.discord.ready(0).await;
    }
}

fn setup(discord: &Discord) -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_whichrole"), discord)
}

/// Picks a choice by its place on the card, from 0.
async fn pick(person: &Member, message: &MessageView, choice: usize) -> Answer {
    let label = message.buttons()[choice].label.clone();
    person.press(message, &label).await
}

/// A conversation to its end; each choice is its place on the card.
async fn converse(person: &Member, choices: &[usize]) -> Answer {
    let mut answer = person.command("whichrole", []).await;
    for &choice in choices {
        answer = pick(person, &answer.message, choice).await;
        assert_eq!(answer.kind, Kind::Updated, "a press moves the conversation on in its place");
    }
    answer
}

#[tokio::test]
async fn a_command_shows_a_card_to_everyone_and_its_buttons_lead_on() {
    let world = World::start().await;
    let (ana, ben) = (world.discord.member("Ana"), world.discord.member("Ben"));
    let cto = ana.command("cto", []).await;
    assert!(!cto.message.ephemeral);
    assert!(cto.message.text().contains("Chief Technology Officer"), "{}", cto.message.text());
    let cio = ben.press(&cto.message, "About the CIO").await;
    assert!(cio.message.ephemeral && cio.kind == Kind::New);
    assert!(cio.message.text().contains("Chief Information Officer"), "{}", cio.message.text());
    let both = ben.press(&cio.message, "Both side by side").await;
    assert_eq!(both.kind, Kind::Updated);
    let question = ben.press(&both.message, "Which one do we need?").await;
    assert!(question.message.text().contains("Question 1 of 3"), "{}", question.message.text());
}

#[tokio::test]
async fn a_conversation_ends_in_each_outcome() {
    let world = World::start().await;
    let ana = world.discord.member("Ana");
    for (choices, said) in [
        (&[0, 1, 0][..], "CTO"),
        (&[1, 0, 1], "CIO"),
        (&[2, 2, 2, 2], "both"),
        (&[0, 0, 3, 3, 3, 3], "CTO"),
        (&[3, 3, 3, 3, 3, 3], "little"),
    ] {
        let end = converse(&ana, choices).await.message;
        assert!(end.ephemeral);
        assert!(end.text().contains(said), "{choices:?}:\n{}", end.text());
        assert!(end.buttons().iter().any(|button| button.label == "Share with the channel"), "{}", end.text());
    }
}

#[tokio::test]
async fn back_start_over_and_share() {
    let world = World::start().await;
    let (ana, ben) = (world.discord.member("Ana"), world.discord.member("Ben"));
    let end = converse(&ana, &[0, 1, 0]).await;
    let third = ana.press(&end.message, "Back").await;
    assert!(third.message.text().contains("Question 3 of 3"));
    let end = pick(&ana, &third.message, 0).await;
    let shared = ana.press(&end.message, "Share with the channel").await;
    assert!(!shared.message.ephemeral && shared.kind == Kind::New);
    assert!(shared.message.text().contains(&format!("<@{}>", ana.id())), "{}", shared.message.text());
    assert!(ben.screen().iter().any(|message| message.id == shared.message.id));
    let own = ben.press(&shared.message, "Start my own").await;
    assert!(own.message.ephemeral && own.message.text().contains("Question 1 of 3"));
    let first = ana.press(&end.message, "Start over").await;
    assert!(first.message.text().contains("Question 1 of 3"));
}

#[tokio::test]
async fn somebody_elses_conversation_is_answered_with_ones_own() {
    let world = World::start().await;
    let (ana, ben) = (world.discord.member("Ana"), world.discord.member("Ben"));
    let public = ana.command("whichrole", [("show", "public")]).await;
    assert!(!public.message.ephemeral);
    let own = pick(&ben, &public.message, 0).await;
    assert!(own.message.ephemeral && own.kind == Kind::New);
    assert!(own.message.text().contains(&format!("<@{}>", ana.id())), "{}", own.message.text());
    assert!(own.message.text().contains("Question 1 of 3"));
    let next = pick(&ana, &public.message, 0).await;
    assert_eq!(next.kind, Kind::Updated);
}

#[tokio::test]
async fn every_kind_of_stale_or_broken_button_is_answered() {
    let mut world = World::start().await;
    let ana = world.discord.member("Ana");
    let question = ana.command("whichrole", []).await.message;
    for custom_id in ["x", "vote:1:2", "page:nowhere", "answer:::", &"é".repeat(50), &"9".repeat(100)] {
        let answer = ana.press_id(&question, custom_id).await;
        assert!(answer.message.ephemeral, "{custom_id}");
        ana.press(&answer.message, "Start my own").await;
    }
    let changed = ana.press_id(&question, &format!("answer:00000000:{}:0", ana.id())).await;
    assert!(changed.message.text().contains("changed"), "{}", changed.message.text());
    ana.press(&changed.message, "Start my own").await;
    world.bot.signal("TERM");
    assert_eq!(world.bot.exit().await, Some(0));
    assert!(!world.bot.output().contains("panic"), "{}", world.bot.output());
}

#[tokio::test]
async fn a_conversation_survives_a_restart_in_its_middle() {
    let mut world = World::start().await;
    let ana = world.discord.member("Ana");
    let mut message = ana.command("whichrole", []).await.message;
    for choice in [2, 2, 2, 2] {
        world.restart().await;
        message = pick(&ana, &message, choice).await.message;
    }
    assert!(message.text().contains("CTO") && message.text().contains("CIO"), "{}", message.text());
}

#[tokio::test]
async fn commands_work_in_direct_and_group_messages_and_for_ones_own_install() {
    let world = World::start().await;
    let ana = || world.discord.member("Ana");
    for ana in [ana().in_dm(), ana().in_group(), ana().by_user_install()] {
        let end = converse(&ana, &[1, 0, 1]).await;
        assert!(end.message.text().contains("CIO"), "{}", end.message.text());
        ana.command("cto", [("show", "private")]).await;
    }
}

#[tokio::test]
async fn visibility_follows_the_configuration() {
    let change = |setup: Setup| {
        setup.config("visibility.cards", r#""private""#).config("visibility.conversation", r#""public""#)
    };
    let world = World::start_with(change).await;
    let ana = world.discord.member("Ana");
    assert!(ana.command("cto", []).await.message.ephemeral);
    assert!(!ana.command("whichrole", []).await.message.ephemeral);
    assert!(!ana.command("cto", [("show", "public")]).await.message.ephemeral);
}

#[tokio::test]
async fn commands_are_registered_once_and_only_on_difference() {
    let mut world = World::start().await;
    let written = |world: &World| world.discord.registrations().iter().filter(|one| one.write).count();
    world.discord.requested(Route::Commands, 2).await;
    assert_eq!(written(&world), 1);
    let names = |world: &World| -> Vec<String> {
        let commands = world.discord.commands(None);
        let mut names: Vec<_> = commands.iter().filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
        names.sort();
        names
    };
    assert_eq!(names(&world), ["cio", "cto", "whichrole"]);
    world.restart().await;
    world.discord.requested(Route::Commands, 3).await;
    assert_eq!(written(&world), 1, "a second start writes nothing");
    world.discord.set_commands(None, &json!([{"name": "old", "description": "From another time", "type": 1}]));
    world.restart().await;
    world.discord.requested(Route::Commands, 5).await;
    assert_eq!(written(&world), 2);
    assert_eq!(names(&world), ["cio", "cto", "whichrole"]);
}

#[tokio::test]
async fn a_test_server_gets_the_commands_alone() {
    let world = World::start_with(|setup| setup.config("discord.test_guild", &format!("{GUILD_ID:?}"))).await;
    world.discord.requested(Route::Commands, 2).await;
    assert_eq!(world.discord.commands(Some(GUILD_ID)).len(), 3);
    assert!(world.discord.commands(None).is_empty());
    world.discord.member("Ana").command("cto", []).await;
}

#[tokio::test]
async fn registration_by_hand_shows_the_difference_and_exits_with_it() {
    let discord = Discord::start(Options::default()).await;
    let mut diff = setup(&discord).args(["commands", "diff"]).start();
    assert_eq!(diff.exit().await, Some(1));
    diff.line("/whichrole").await;
    let mut sync = setup(&discord).args(["commands", "sync"]).start();
    assert_eq!(sync.exit().await, Some(0));
    let mut diff = setup(&discord).args(["commands", "diff"]).start();
    assert_eq!(diff.exit().await, Some(0));
    let mut guild = setup(&discord).args(["commands", "diff", "--guild", GUILD_ID]).start();
    assert_eq!(guild.exit().await, Some(1));
}

#[tokio::test]
async fn a_wrong_token_ends_it_with_a_sentence_and_code_3() {
    let discord = Discord::start(Options::default()).await;
    let wrong = "MTE4MDAwMDAwMDAwMDAwMDAwMQ.wrong0.wrong-wrong-wrong-wrong-wrong-wrong-00";
    let mut bot = setup(&discord).env("DISCORD_TOKEN", wrong).start();
    assert_eq!(bot.exit().await, Some(3));
    assert!(bot.stderr().contains("token"), "{}", bot.output());
    assert!(!bot.output().contains("wrong0"), "the token is printed:\n{}", bot.output());
}

#[tokio::test]
async fn sigterm_and_sigint_end_it_with_code_0() {
    for signal in ["TERM", "INT"] {
        let mut world = World::start().await;
        world.bot.signal(signal);
        assert_eq!(world.bot.exit().await, Some(0), "{}", world.bot.output());
    }
}
