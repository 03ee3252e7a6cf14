//! The bot as the process an operator runs, in a stand-in Discord: commands, whole conversations, restarts. What a person
//! meets is the same whichever way interactions arrive, so those tests run for both transports.
//!
//! The faults of the network and of Discord are in `gateway_faults.rs`.

use std::time::Duration;

use serde_json::json;
use standin::{
    Answer, Bot, Delivery, Discord, FIXTURE, GUILD_ID, Kind, Member, MessageView, Options, PING, Route, Setup,
    TestResult, Transport, both_transports, free_port, http_client,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A Discord, and the bot in it.
struct World {
    transport: Transport,
    discord: Discord,
    bot: Bot,
}

impl World {
    async fn start(transport: Transport) -> Self {
        Self::start_with(transport, |setup| setup).await
    }

    async fn start_with(transport: Transport, change: impl FnOnce(Setup) -> Setup) -> Self {
        // A bot that is started anew need not wait for its turn to identify.
        let options = Options { delivery: transport.delivery(), identify_window: Duration::ZERO, ..Options::default() };
        let discord = Discord::start(options).await;
        let mut bot = change(setup(&discord, transport)).start();
        transport.serving(&discord, &mut bot).await;
        let world = Self { transport, discord, bot };
        // The commands are registered meanwhile: they are read, and written.
        world.discord.requested(Route::Commands, 2).await;
        world
    }

    /// The same bot, newly started: nothing is left of the process before.
    async fn restart(&mut self) {
        let new = setup(&self.discord, self.transport).start();
        std::mem::replace(&mut self.bot, new).kill().await;
        self.transport.serving(&self.discord, &mut self.bot).await;
    }
}

fn setup(discord: &Discord, transport: Transport) -> Setup {
    let setup = Setup::new(env!("CARGO_BIN_EXE_whichrole"), discord).config("responses.dir", &format!("{FIXTURE:?}"));
    transport.set_up(setup, discord)
}

both_transports! {
    a_command_shows_a_card_to_everyone_and_its_buttons_lead_on,
    a_conversation_ends_in_each_outcome,
    back_start_over_and_share,
    a_suggestion_has_a_picture_that_leaves_with_it,
    somebody_elses_conversation_is_answered_with_ones_own,
    every_kind_of_stale_or_broken_button_is_answered,
    a_conversation_survives_a_restart_in_its_middle,
    commands_work_in_direct_and_group_messages_and_for_ones_own_install,
    visibility_follows_the_configuration,
    sigterm_and_sigint_end_it_with_code_0,
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

async fn a_command_shows_a_card_to_everyone_and_its_buttons_lead_on(transport: Transport) {
    let world = World::start(transport).await;
    let (ana, ben) = (world.discord.member("Ana"), world.discord.member("Ben"));
    let cto = ana.command("cto", []).await;
    assert!(!cto.message.ephemeral);
    assert!(cto.message.text().contains("Page cto"), "{}", cto.message.text());
    let cio = ben.press(&cto.message, "cio").await;
    assert!(cio.message.ephemeral && cio.kind == Kind::New);
    assert!(cio.message.text().contains("Page cio"), "{}", cio.message.text());
    let both = ben.press(&cio.message, "compare").await;
    assert_eq!(both.kind, Kind::Updated);
    let question = ben.press(&both.message, "Ask").await;
    assert!(question.message.text().contains("Question 1 of 3"), "{}", question.message.text());
}

async fn a_conversation_ends_in_each_outcome(transport: Transport) {
    let world = World::start(transport).await;
    let ana = world.discord.member("Ana");
    for (choices, said) in [
        (&[0, 1, 0][..], "CTO"),
        (&[1, 0, 1], "CIO"),
        (&[2, 2, 2, 2], "Both"),
        (&[0, 0, 3, 3, 3, 3], "CTO"),
        (&[3, 3, 3, 3, 3, 3], "Nothing said"),
    ] {
        let end = converse(&ana, choices).await.message;
        assert!(end.ephemeral);
        assert!(end.text().contains(said), "{choices:?}:\n{}", end.text());
        assert!(end.buttons().iter().any(|button| button.label == "Share…"), "{}", end.text());
    }
}

async fn back_start_over_and_share(transport: Transport) {
    let world = World::start(transport).await;
    let (ana, ben) = (world.discord.member("Ana"), world.discord.member("Ben"));
    let end = converse(&ana, &[0, 1, 0]).await;
    let third = ana.press(&end.message, "Back").await;
    assert!(third.message.text().contains("Question 3 of 3"));
    let end = pick(&ana, &third.message, 0).await;
    let details = ana.press(&end.message, "Details").await;
    assert_eq!(details.kind, Kind::Updated);
    assert!(details.message.text().contains("details title"), "{}", details.message.text());
    let end = ana.press(&details.message, "Suggestion").await;
    let preview = ana.press(&end.message, "Share…").await;
    assert!(preview.message.ephemeral && preview.kind == Kind::Updated);
    let shared = ana.press(&preview.message, "Share").await;
    assert!(!shared.message.ephemeral && shared.kind == Kind::New);
    assert!(shared.message.text().contains(&format!("<@{}>", ana.id())), "{}", shared.message.text());
    assert!(ben.screen().iter().any(|message| message.id == shared.message.id));
    let own = ben.press(&shared.message, "Own").await;
    assert!(own.message.ephemeral && own.message.text().contains("Question 1 of 3"));
    let bare = ana.press(&preview.message, "Share without answers").await;
    assert!(!bare.message.text().contains("suggestion counted"), "{}", bare.message.text());
    let end = ana.press(&preview.message, "Suggestion").await;
    let first = ana.press(&end.message, "Restart").await;
    assert!(first.message.text().contains("Question 1 of 3"));
}

async fn a_suggestion_has_a_picture_that_leaves_with_it(transport: Transport) {
    pictured(World::start(transport).await).await;
}

/// An endpoint's pictures can go through the callback route, too.
#[tokio::test]
async fn an_endpoint_sends_pictures_by_callback() {
    let by_callback = |setup: Setup| setup.config("endpoint.pictures", r#""callback""#);
    pictured(World::start_with(Transport::Endpoint, by_callback).await).await;
}

async fn pictured(world: World) {
    let ana = world.discord.member("Ana");
    let names =
        |message: &MessageView| message.attachments.iter().map(|file| file.filename.clone()).collect::<Vec<_>>();
    let mut end = converse(&ana, &[0, 1, 0]).await.message;
    // A busy machine may not draw the picture in time; then it is added.
    if names(&end).is_empty() {
        end = world.discord.changed(&end).await;
    }
    assert_eq!(names(&end), ["picture.png"]);
    let preview = ana.press(&end, "Share…").await.message;
    let shared = ana.press(&preview, "Share").await.message;
    assert_eq!(names(&shared), ["picture.png"]);
    let end = ana.press(&preview, "Suggestion").await.message;
    let third = ana.press(&end, "Back").await.message;
    assert_eq!(names(&third), [""; 0], "a question has no picture");
}

/// Without pictures the suggestion says the same in words.
#[tokio::test]
async fn pictures_can_be_turned_off() {
    for (transport, key, value) in
        [(Transport::Gateway, "responses.pictures", "false"), (Transport::Endpoint, "endpoint.pictures", r#""off""#)]
    {
        let world = World::start_with(transport, |setup| setup.config(key, value)).await;
        let end = converse(&world.discord.member("Ana"), &[0, 1, 0]).await.message;
        assert!(end.attachments.is_empty() && end.text().contains("CTO"), "{}", end.text());
    }
}

async fn somebody_elses_conversation_is_answered_with_ones_own(transport: Transport) {
    let world = World::start(transport).await;
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

async fn every_kind_of_stale_or_broken_button_is_answered(transport: Transport) {
    let mut world = World::start(transport).await;
    let ana = world.discord.member("Ana");
    let question = ana.command("whichrole", []).await.message;
    for custom_id in ["x", "vote:1:2", "page:nowhere", "answer:::", &"é".repeat(50), &"9".repeat(100)] {
        let answer = ana.press_id(&question, custom_id).await;
        assert!(answer.message.ephemeral, "{custom_id}");
        ana.press(&answer.message, "Own").await;
    }
    let changed = ana.press_id(&question, &format!("answer:00000000:{}:0", ana.id())).await;
    assert!(changed.message.text().contains("changed"), "{}", changed.message.text());
    ana.press(&changed.message, "Own").await;
    world.bot.signal("TERM");
    assert_eq!(world.bot.exit().await, Some(0));
    assert!(!world.bot.output().contains("panic"), "{}", world.bot.output());
}

async fn a_conversation_survives_a_restart_in_its_middle(transport: Transport) {
    let mut world = World::start(transport).await;
    let ana = world.discord.member("Ana");
    let mut message = ana.command("whichrole", []).await.message;
    for choice in [2, 2, 2, 2] {
        world.restart().await;
        message = pick(&ana, &message, choice).await.message;
    }
    assert!(message.text().contains("Both, clear"), "{}", message.text());
}

async fn commands_work_in_direct_and_group_messages_and_for_ones_own_install(transport: Transport) {
    let world = World::start(transport).await;
    let ana = || world.discord.member("Ana");
    for ana in [ana().in_dm(), ana().in_group(), ana().by_user_install()] {
        let end = converse(&ana, &[1, 0, 1]).await;
        assert!(end.message.text().contains("CIO"), "{}", end.message.text());
        ana.command("cto", [("show", "private")]).await;
    }
}

async fn visibility_follows_the_configuration(transport: Transport) {
    let change = |setup: Setup| {
        setup.config("visibility.cards", r#""private""#).config("visibility.conversation", r#""public""#)
    };
    let world = World::start_with(transport, change).await;
    let ana = world.discord.member("Ana");
    assert!(ana.command("cto", []).await.message.ephemeral);
    assert!(!ana.command("whichrole", []).await.message.ephemeral);
    assert!(!ana.command("cto", [("show", "public")]).await.message.ephemeral);
}

#[tokio::test]
async fn commands_are_registered_once_and_only_on_difference() {
    let mut world = World::start(Transport::Gateway).await;
    let written = |world: &World| world.discord.registrations().iter().filter(|one| one.write).count();
    world.discord.requested(Route::Commands, 2).await;
    assert_eq!(written(&world), 1);
    let names = |world: &World| -> Vec<String> {
        let commands = world.discord.commands(None);
        let mut names: Vec<_> = commands.iter().filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
        names.sort();
        names
    };
    assert_eq!(names(&world), ["about", "cio", "cto", "round", "whichrole"]);
    world.restart().await;
    world.discord.requested(Route::Commands, 3).await;
    assert_eq!(written(&world), 1, "a second start writes nothing");
    world.discord.set_commands(None, &json!([{"name": "old", "description": "From another time", "type": 1}]));
    world.restart().await;
    world.discord.requested(Route::Commands, 5).await;
    assert_eq!(written(&world), 2);
    assert_eq!(names(&world), ["about", "cio", "cto", "round", "whichrole"]);
}

#[tokio::test]
async fn a_test_server_gets_the_commands_alone() {
    let world =
        World::start_with(Transport::Gateway, |setup| setup.config("discord.test_guild", &format!("{GUILD_ID:?}")))
            .await;
    world.discord.requested(Route::Commands, 2).await;
    assert_eq!(world.discord.commands(Some(GUILD_ID)).len(), 5);
    assert!(world.discord.commands(None).is_empty());
    world.discord.member("Ana").command("cto", []).await;
}

#[tokio::test]
async fn registration_by_hand_shows_the_difference_and_exits_with_it() {
    let discord = Discord::start(Options::default()).await;
    let mut diff = setup(&discord, Transport::Gateway).args(["commands", "diff"]).start();
    assert_eq!(diff.exit().await, Some(1));
    diff.line("/whichrole").await;
    let mut sync = setup(&discord, Transport::Gateway).args(["commands", "sync"]).start();
    assert_eq!(sync.exit().await, Some(0));
    let mut diff = setup(&discord, Transport::Gateway).args(["commands", "diff"]).start();
    assert_eq!(diff.exit().await, Some(0));
    let mut guild = setup(&discord, Transport::Gateway).args(["commands", "diff", "--guild", GUILD_ID]).start();
    assert_eq!(guild.exit().await, Some(1));
}

#[tokio::test]
async fn a_wrong_token_ends_it_with_a_sentence_and_code_3() {
    let discord = Discord::start(Options::default()).await;
    let wrong = "MTE4MDAwMDAwMDAwMDAwMDAwMQ.wrong0.wrong-wrong-wrong-wrong-wrong-wrong-00";
    let mut bot = setup(&discord, Transport::Gateway).env("DISCORD_TOKEN", wrong).start();
    assert_eq!(bot.exit().await, Some(3));
    bot.line("token").await;
    assert!(!bot.output().contains("wrong0"), "the token is printed:\n{}", bot.output());
}

async fn sigterm_and_sigint_end_it_with_code_0(transport: Transport) {
    for signal in ["TERM", "INT"] {
        let mut world = World::start(transport).await;
        world.bot.signal(signal);
        assert_eq!(world.bot.exit().await, Some(0), "{}", world.bot.output());
    }
}

/// Two processes behind one Discord: each press of a conversation goes to the other, one is killed on the way, both are
/// started anew, and nothing is lost.
#[tokio::test]
async fn two_endpoints_share_a_conversation() {
    let options = Options { delivery: Delivery::to_endpoint(), ..Options::default() };
    let discord = Discord::start(options).await;
    let start = || setup(&discord, Transport::Endpoint).start();
    let (mut one, mut two) = (start(), start());
    let urls = [one.listening().await, two.listening().await];
    discord.endpoints(urls.clone());
    discord.requested(Route::Commands, 3).await;

    let ana = discord.member("Ana");
    discord.send_next_to(0);
    let mut message = ana.command("whichrole", []).await.message;
    discord.send_next_to(1);
    message = pick(&ana, &message, 2).await.message;
    two.kill().await;
    discord.send_next_to(0);
    message = pick(&ana, &message, 2).await.message;
    one.signal("TERM");
    assert_eq!(one.exit().await, Some(0));

    let (mut one, mut two) = (start(), start());
    discord.endpoints([one.listening().await, two.listening().await]);
    discord.send_next_to(1);
    message = pick(&ana, &message, 2).await.message;
    discord.send_next_to(0);
    message = pick(&ana, &message, 2).await.message;
    assert!(message.text().contains("Both, clear"), "{}", message.text());
}

/// Two processes share four shards: each shard identifies once, by the process that it belongs to. When one process is
/// lost, the servers of the other do not notice, and its own are there again with it.
#[tokio::test]
async fn two_processes_share_the_shards() {
    let options = Options { shards: 4, max_concurrency: 4, identify_window: Duration::ZERO, ..Options::default() };
    let discord = Discord::start(options).await;
    let start = |shards: &str| setup(&discord, Transport::Gateway).config("gateway.shards", shards).start();
    // A server's shard is its id without the lowest 22 bits, modulo the number of shards.
    let member_on = |shard: u64| discord.member("Ana").in_guild((1000 * 4 + shard) << 22);
    let first = start("{ total = 4, from = 0, to = 1 }");
    discord.identified(2).await;
    let _second = start("{ total = 4, from = 2, to = 3 }");
    for shard in 0..4 {
        discord.ready(shard).await;
    }
    let mut pairs: Vec<_> = discord.identifies().iter().filter_map(|identify| identify.shard).collect();
    pairs[..2].sort_unstable();
    pairs[2..].sort_unstable();
    assert_eq!(pairs, [(0, 4), (1, 4), (2, 4), (3, 4)]);
    discord.requested(Route::Commands, 2).await;
    for shard in 0..4 {
        member_on(shard).command("cto", []).await;
    }

    first.kill().await;
    for shard in [2, 3] {
        member_on(shard).command("cto", []).await;
    }
    let _first = start("{ total = 4, from = 0, to = 1 }");
    for shard in [0, 1] {
        discord.ready(shard).await;
        member_on(shard.into()).command("cto", []).await;
    }
    assert_eq!(discord.identifies().len(), 6, "the others' sessions went on");
}

#[tokio::test]
async fn a_process_that_is_told_of_shards_outside_the_total_does_not_start() {
    let discord = Discord::start(Options::default()).await;
    let shards = "{ total = 4, from = 2, to = 4 }";
    let mut bot = setup(&discord, Transport::Gateway).config("gateway.shards", shards).start();
    assert_eq!(bot.exit().await, Some(3));
    assert!(bot.stderr().contains("shards 2 to 4 of 4"), "{}", bot.stderr());
    assert!(discord.requests().is_empty());
}

/// An endpoint without a token answers; its log says how to register the commands.
#[tokio::test]
async fn an_endpoint_answers_without_a_token() {
    let discord = Discord::start(Options { delivery: Delivery::to_endpoint(), ..Options::default() }).await;
    let sync = setup(&discord, Transport::Endpoint).args(["commands", "sync"]).start().exit().await;
    assert_eq!(sync, Some(0));
    let before = discord.requests().len();
    let mut bot = setup(&discord, Transport::Endpoint).without_env("DISCORD_TOKEN").start();
    bot.line("register them with `whichrole commands sync`").await;
    discord.endpoints([bot.listening().await]);
    discord.member("Ana").command("cto", []).await;
    assert_eq!(discord.requests().len(), before, "nothing is asked of Discord to answer");
}

/// An endpoint that stops with a request in flight fails `/readyz`, accepts nothing new, answers the request, and ends with
/// code 0.
#[tokio::test]
async fn a_stopping_endpoint_is_not_ready_and_answers_requests_in_flight() -> TestResult {
    let port = free_port();
    let discord = Discord::start(Options { delivery: Delivery::to_endpoint(), ..Options::default() }).await;
    let watched = setup(&discord, Transport::Endpoint).config("telemetry.listen", &format!("\"127.0.0.1:{port}\""));
    let mut bot = watched.start();
    let url = bot.listening().await;
    discord.requested(Route::Commands, 2).await;
    let readyz = format!("http://127.0.0.1:{port}/readyz");
    let ready = async || {
        let response = http_client().get(&readyz).send().await?;
        TestResult::Ok((response.status().as_u16(), response.text().await?))
    };
    assert_eq!(ready().await?, (200, "ready\n".into()));

    let address = url.trim_start_matches("http://").split('/').next().ok_or("there is a first part")?.to_owned();
    let mut stream = TcpStream::connect(&address).await?;
    stream.write_all(discord.ping("Expect: 100-continue\r\n", "").as_bytes()).await?;
    let mut asked = [0; b"HTTP/1.1 100".len()];
    stream.read_exact(&mut asked).await?;
    assert_eq!(&asked, b"HTTP/1.1 100");

    bot.signal("TERM");
    bot.line("stopping").await;
    assert_eq!(ready().await?, (503, "not ready\nshutting down\n".into()));
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens for new work");
    stream.write_all(PING.as_bytes()).await.expect("it still reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.ends_with(r#"{"type":1}"#), "{answer}");
    assert_eq!(bot.exit().await, Some(0), "{}", bot.output());
    Ok(())
}

/// Without the database of rounds everything else works, and the operator is told.
#[tokio::test]
async fn a_database_of_rounds_that_is_away_is_a_warning_and_no_more() -> TestResult {
    let port = free_port();
    let (listen, store) =
        (format!("\"127.0.0.1:{port}\""), format!("\"postgres://bot@127.0.0.1:{}/rounds\"", free_port()));
    let change = |setup: Setup| {
        setup.config("telemetry.listen", &listen).config("rounds.store", &store).env("ROUNDS_PASSWORD", "hush")
    };
    let mut world = World::start_with(Transport::Gateway, change).await;
    world.bot.line("team rounds fail; commands without a round are answered as ever").await;
    let cto = world.discord.member("Ana").command("cto", []).await;
    assert!(cto.message.text().contains("Page cto"), "{}", cto.message.text());
    let get = async |path: &str| {
        let asked = http_client().get(format!("http://127.0.0.1:{port}{path}")).send().await?;
        TestResult::Ok((asked.status().as_u16(), asked.text().await?))
    };
    let (status, ready) = get("/readyz").await?;
    let warning = "ready\nwarning: team rounds fail, everything else works: the store of rounds cannot be reached: ";
    assert!(status == 200 && ready.starts_with(warning), "{status}: {ready}");
    let (_, metrics) = get("/metrics").await?;
    let away = "whichrole_round_store_failures_total{reason=\"away\"} ";
    let counted = metrics.lines().find_map(|line| line.strip_prefix(away)).ok_or("it is counted")?;
    assert_ne!(counted, "0");
    world.bot.signal("TERM");
    assert_eq!(world.bot.exit().await, Some(0));
    assert!(!world.bot.output().contains("hush"), "{}", world.bot.output());
    Ok(())
}

/// Health and metrics while it starts, serves and stops.
#[tokio::test]
async fn health_and_metrics_are_served_and_healthcheck_asks_for_them() -> TestResult {
    // Chosen here, so that `healthcheck` knows it too.
    let port = free_port();
    let listen = format!("\"127.0.0.1:{port}\"");
    let watched = |setup: Setup| setup.config("telemetry.listen", &listen);
    let mut world = World::start_with(Transport::Gateway, watched).await;
    world.bot.line("ready").await;
    let healthcheck = || watched(setup(&world.discord, Transport::Gateway)).args(["healthcheck"]).start();
    assert_eq!(healthcheck().exit().await, Some(0));
    world.discord.member("Ana").command("cto", []).await;
    world.bot.line("answered").await;
    let metrics = http_client().get(format!("http://127.0.0.1:{port}/metrics")).send().await?.text().await?;
    let counted = r#"whichrole_interactions_total{kind="command",command="cto",reply="page"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");
    assert!(metrics.contains(r#"whichrole_shards{state="up"} 1"#), "{metrics}");
    world.bot.signal("TERM");
    assert_eq!(world.bot.exit().await, Some(0));
    let gone = watched(setup(&world.discord, Transport::Gateway)).args(["healthcheck"]).start().exit().await;
    assert_eq!(gone, Some(1));
    Ok(())
}
