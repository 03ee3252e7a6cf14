//! The gateway against the stand-in Discord, when all goes well and when it does not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use standin::{Discord, FIXTURE, Fault, GUILD_ID, Options, Route, TestResult};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use whichrole::bot::Defaults;
use whichrole::discord::{Afterwards, Error, Settings, Shards, gateway, registration};
use whichrole::load::load;
use whichrole::picture::{Drawing, Place, Regions, Shape};
use whichrole::responses::{Responses, Source};
use whichrole::secret::Secret;
use whichrole::service::Service;

use crate::log::Log;

fn responses() -> Responses {
    load(&Source::Folder(FIXTURE.into()), "en-US").expect("the fixture is whole")
}

fn settings(discord: &Discord) -> Settings {
    Settings {
        api_url: discord.api_url(),
        token: Secret::new(discord.token()),
        test_guild: None,
        register_commands: true,
        rounds: false,
        shards: Shards::Auto,
    }
}

/// A running bot.
struct Bot {
    service: Arc<Service>,
    stop: CancellationToken,
    task: JoinHandle<Result<(), Error>>,
}

impl Bot {
    fn start(settings: Settings) -> Self {
        Self::saying(responses(), settings)
    }

    fn saying(responses: Responses, settings: Settings) -> Self {
        let stop = CancellationToken::new();
        let service = Arc::new(Service::new(responses, Defaults::default()));
        let api_url = settings.api_url.clone();
        let afterwards = Afterwards::new(&api_url, Some(&settings), Arc::clone(&service), stop.clone());
        let task = tokio::spawn(gateway::run(settings, Arc::clone(&service), Arc::new(afterwards), stop.clone()));
        Self { service, stop, task }
    }

    fn metrics(&self) -> String {
        self.service.metrics.text()
    }

    /// A bot that is ready, with its commands registered.
    async fn ready(discord: &Discord) -> Self {
        let bot = Self::start(settings(discord));
        discord.ready(0).await;
        discord.requested(Route::Commands, 2).await;
        bot
    }

    /// How it ends by itself.
    async fn ended(self) -> Result<(), Error> {
        self.task.await.expect("it does not panic")
    }

    async fn stopped(self) {
        self.stop.cancel();
        assert_eq!(self.ended().await, Ok(()));
    }
}

/// Waits until something is so.
async fn until(mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it is so within 20 s");
}

fn fatal(result: Result<(), Error>) -> String {
    match result {
        Err(Error::Fatal(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

async fn callbacks(discord: &Discord, count: usize) -> Vec<u16> {
    discord.requested(Route::Callback, count).await.iter().map(|request| request.status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_presses_are_answered_with_no_intents() {
    let discord = Discord::start(Options::default()).await;
    let bot = Bot::ready(&discord).await;
    let ana = discord.member("Ana");
    let card = ana.command("cto", []).await;
    let buttons = card.message.buttons();
    ana.press(&card.message, &buttons[0].label).await;
    assert_eq!(discord.identifies()[0].intents, Some(0));
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_resumes_at_the_url_that_discord_gave() {
    let discord = Discord::start(Options::default()).await;
    let bot = Bot::ready(&discord).await;
    for again in [
        (|discord| discord.gateway().reconnect_op7()) as fn(&Discord),
        |discord| discord.gateway().invalid_session(true),
        |discord| discord.gateway().close(4000),
        |discord| discord.gateway().drop_connections(),
    ] {
        again(&discord);
        assert!(discord.resumed().await.at_resume_url);
        discord.member("Ana").command("cto", []).await;
    }
    assert_eq!(discord.identifies().len(), 1);
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_end_of_its_session_it_identifies_anew() {
    let discord = Discord::start(Options::default()).await;
    let bot = Bot::ready(&discord).await;
    discord.gateway().invalid_session(false);
    discord.ready(0).await;
    discord.member("Ana").command("cto", []).await;
    discord.gateway().close(4009);
    discord.ready(0).await;
    discord.member("Ana").command("cto", []).await;
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_gateway_is_away() {
    // After 5 s Discord no longer takes a response; the bot sends it all the same.
    let cases = [(200, 3), (1000, 3), (2000, 3), (5000, 30)].map(|(away, deadline)| async move {
        let (away, deadline) = (Duration::from_millis(away), Duration::from_secs(deadline));
        let discord = Discord::start(Options { deadline, ..Options::default() }).await;
        let bot = Bot::ready(&discord).await;
        discord.gateway().refuse_for(away).await;
        discord.gateway().drop_connections();
        discord.member("Ana").command("cto", []).await;
        assert_eq!(discord.resumed().await.replayed, 1);
        assert_eq!(discord.identifies().len(), 1);
        bot.stopped().await;
    });
    join_all(cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_noticed_and_a_requested_heartbeat_is_sent() {
    let quick = Options { heartbeat_interval: Duration::from_millis(200), ..Options::default() };
    let discord = Discord::start(quick).await;
    let bot = Bot::ready(&discord).await;
    discord.heartbeats(3).await;
    discord.gateway().stop_acking_heartbeats();
    discord.resumed().await;
    discord.member("Ana").command("cto", []).await;
    bot.stopped().await;

    let discord = Discord::start(Options::default()).await;
    let bot = Bot::ready(&discord).await;
    discord.gateway().ask_for_heartbeat();
    discord.heartbeats(1).await;
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_a_restart_cannot_cure_end_it_with_a_sentence() {
    let discord = Discord::start(Options::default()).await;
    let wrong = Settings { token: Secret::new("wrong"), ..settings(&discord) };
    let sentence = fatal(Bot::start(wrong).ended().await);
    assert!(sentence.contains("does not accept the bot's token"), "{sentence}");
    let unprintable = Settings { token: Secret::new("wr\nong"), ..settings(&discord) };
    fatal(Bot::start(unprintable).ended().await);
    assert!(discord.identifies().is_empty());

    for code in [4004, 4010, 4013, 4014] {
        let discord = Discord::start(Options::default()).await;
        let bot = Bot::ready(&discord).await;
        discord.gateway().close(code);
        fatal(bot.ended().await);
        assert_eq!(discord.identifies().len(), 1);
    }

    let discord = Discord::start(Options { shards: 2, ..Options::default() }).await;
    let too_few = Settings { shards: Shards::Range { total: 1, from: 0, to: 0 }, ..settings(&discord) };
    let sentence = fatal(Bot::start(too_few).ended().await);
    assert!(sentence.contains("more than 1 shards"), "{sentence}");
    discord.expect_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_may_be_unavailable_at_the_start() {
    let discord = Discord::start(Options::default()).await;
    discord.fault_on(Route::GatewayBot, Fault::Status(503, 2));
    discord.fault_on(Route::GatewayBot, Fault::Reset);
    discord.fault_on(Route::Application, Fault::Status(500, 1));
    discord.gateway().refuse_for(Duration::from_millis(300)).await;
    let bot = Bot::ready(&discord).await;
    discord.member("Ana").command("cto", []).await;
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_was_lost_is_sent_again() {
    let discord = Discord::start(Options::default()).await;
    let bot = Bot::ready(&discord).await;
    let ana = discord.member("Ana");
    discord.fault(Fault::Status(503, 2));
    ana.command("cto", []).await;
    assert_eq!(callbacks(&discord, 3).await, [503, 503, 204]);
    discord.fault(Fault::Reset);
    ana.command("cto", []).await;
    assert_eq!(callbacks(&discord, 5).await[3..], [0, 204]);
    discord.fault(Fault::RateLimited { retry_after: 0.3, times: 1 });
    ana.command("cto", []).await;
    assert_eq!(callbacks(&discord, 7).await[5..], [429, 204]);
    discord.fault(Fault::LostReply);
    ana.command("cto", []).await;
    assert_eq!(callbacks(&discord, 9).await[7..], [0, 400]);
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_discord_may_take_all_of_the_time_that_is_left() {
    let cases = [1500, 2500].map(|delay| async move {
        let discord = Discord::start(Options::default()).await;
        let bot = Bot::ready(&discord).await;
        // Both attempts that can be begun meanwhile.
        for _ in 0..2 {
            discord.fault(Fault::Delay(Duration::from_millis(delay)));
        }
        discord.member("Ana").command("cto", []).await;
        assert!(bot.metrics().contains("whichrole_callback_failures_total{code=\"timeout\"} 0"), "{}", bot.metrics());
        bot.stopped().await;
    });
    join_all(cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_without_response_gets_a_second_attempt_beside_it() {
    let discord = Discord::start(Options::default()).await;
    let bot = Bot::ready(&discord).await;
    discord.fault(Fault::Delay(Duration::from_secs(60)));
    discord.member("Ana").command("cto", []).await;
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_kept_on_every_rest_call() {
    let discord = Discord::start(Options::default()).await;
    // The stand-in counts a request before its time as a violation.
    for route in [Route::GatewayBot, Route::Application, Route::Commands] {
        discord.fault_on(route, Fault::RateLimited { retry_after: 1.0, times: 2 });
    }
    let bot = Bot::start(settings(&discord));
    discord.ready(0).await;
    discord.requested(Route::Commands, 4).await;
    assert_eq!(discord.commands(None).len(), 4);
    bot.stopped().await;
    let requests = discord.requests();
    let limited = |route| requests.iter().filter(|one| one.route == Some(route) && one.status == 429).count();
    assert_eq!([Route::GatewayBot, Route::Application, Route::Commands].map(limited), [2, 2, 2]);
}

#[tokio::test]
async fn a_refused_registration_is_tried_again_counted_and_shown_by_readyz() {
    let (log, _guard) = Log::start();
    let discord = Discord::start(Options::default()).await;
    discord.fault_on(Route::Commands, Fault::Status(403, 2));
    let bot = Bot::start(settings(&discord));
    let warnings = || bot.service.readiness.snapshot().status(Instant::now()).warnings;
    until(|| warnings().iter().any(|warning| warning.contains("not registered"))).await;
    discord.requested(Route::Commands, 4).await;
    until(|| warnings().is_empty()).await;
    assert_eq!(discord.commands(None).len(), 4);
    assert!(bot.metrics().contains("\nwhichrole_registration_failures_total 2\n"), "{}", bot.metrics());
    assert_eq!(log.text().matches("cannot register the slash commands").count(), 1, "{}", log.text());
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_point_command_is_left_alone() -> TestResult {
    let discord = Discord::start(Options::default()).await;
    let entry_point = serde_json::json!({"type": 4, "name": "launch", "description": "", "handler": 2});
    discord.set_commands(None, &serde_json::json!([entry_point]));
    let (settings, responses) = (settings(&discord), responses());
    for _ in 0..2 {
        let differences = registration::sync(&settings, &responses, None).await?;
        assert!(differences.iter().all(|one| !one.to_string().contains("launch")), "{differences:?}");
    }
    let kept = discord.commands(None).into_iter().find(|command| command["name"] == "launch");
    assert_eq!(kept.map(|command| command["handler"].clone()), Some(serde_json::json!(2)));
    assert_eq!(registration::diff(&settings, &responses, None).await, Ok(vec![]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_discord_refuses_is_not_sent_again() {
    // Too late: 10062.
    let hasty = Options { deadline: Duration::from_millis(100), ..Options::default() };
    let discord = Discord::start(hasty).await;
    let bot = Bot::ready(&discord).await;
    discord.fault(Fault::Delay(Duration::from_millis(300)));
    discord.member("Ana").try_command("cto", []).await.expect_err("it is too late");
    assert_eq!(callbacks(&discord, 1).await, [404]);
    bot.stopped().await;
    assert_eq!(callbacks(&discord, 1).await, [404]);

    // Answered by another process: 40060.
    let discord = Discord::start(Options { identify_window: Duration::ZERO, ..Options::default() }).await;
    let bot = Bot::ready(&discord).await;
    let twin = Bot::start(settings(&discord));
    discord.ready(0).await;
    discord.member("Ana").command("cto", []).await;
    let mut statuses = callbacks(&discord, 2).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400]);
    bot.stopped().await;
    twin.stopped().await;
    assert_eq!(callbacks(&discord, 2).await.len(), 2);
    discord.expect_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_written_only_if_they_differ() -> TestResult {
    let discord = Discord::start(Options::default()).await;
    let writes = || discord.registrations().iter().filter(|one| one.write).count();
    Bot::ready(&discord).await.stopped().await;
    assert_eq!(writes(), 1);
    assert!(discord.registrations().iter().all(|one| one.guild.is_none() && (one.write || one.with_localizations)));
    let (settings, responses) = (settings(&discord), responses());
    assert_eq!(registration::diff(&settings, &responses, None).await, Ok(vec![]));
    assert_eq!(registration::sync(&settings, &responses, None).await, Ok(vec![]));
    assert_eq!(writes(), 1);

    let guild = GUILD_ID.parse().ok();
    let differences = registration::diff(&settings, &responses, guild).await?;
    let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(differences, ["+ /cio", "+ /cto", "+ /whichrole", "+ /about"]);
    let test_server = Settings { test_guild: guild, ..settings.clone() };
    for _ in 0..2 {
        registration::sync(&test_server, &responses, guild).await?;
    }
    assert_eq!(writes(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_test_server_commands_are_registered_there_alone() {
    let discord = Discord::start(Options::default()).await;
    let bot = Bot::start(Settings { test_guild: GUILD_ID.parse().ok(), ..settings(&discord) });
    discord.requested(Route::Commands, 2).await;
    assert!(discord.commands(None).is_empty());
    assert_eq!(discord.commands(Some(GUILD_ID)).len(), 4);
    bot.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interactions_in_flight_are_answered_before_it_stops() {
    let discord = Discord::start(Options::default()).await;
    let bot = Bot::ready(&discord).await;
    discord.fault(Fault::RateLimited { retry_after: 0.5, times: 1 });
    let ana = discord.member("Ana");
    let stop = async {
        callbacks(&discord, 1).await;
        bot.stopped().await;
        let answered = discord.requests().iter().any(|request| request.status == 204);
        assert!(answered, "it stopped before it was done");
    };
    tokio::join!(ana.command("cto", []), stop);
    assert_eq!(discord.closes(), [Some(1000)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_starts_when_discord_allows_no_more() {
    let discord = Discord::start(Options { session_starts: 0, ..Options::default() }).await;
    let bot = Bot::start(settings(&discord));
    discord.requested(Route::Commands, 2).await;
    assert!(discord.identifies().is_empty());
    bot.stopped().await;
}

// The log is this thread's own, so everything has to happen on it.
#[tokio::test]
async fn sessions_start_once_discord_allows_enough_of_them() {
    let (log, _guard) = Log::start();
    let few = |seconds| Options {
        session_starts: 1,
        session_starts_reset: Duration::from_secs(seconds),
        ..Options::default()
    };
    let at_the_start = async {
        let start = Instant::now();
        let discord = Discord::start(Options { shards: 2, max_concurrency: 2, ..few(2) }).await;
        let bot = Bot::start(settings(&discord));
        discord.ready(0).await;
        discord.ready(1).await;
        assert!(log.text().contains("too few session starts for now; waiting"), "{}", log.text());
        assert!(log.text().contains("remaining=1 needed=2"), "{}", log.text());
        let identifies = discord.identifies();
        let waited = start + Duration::from_secs(2);
        assert!(identifies.len() == 2 && identifies.iter().all(|one| one.at >= waited), "{identifies:?}");
        discord.member("Ana").command("cto", []).await;
        bot.stopped().await;
    };
    // The same for a session that ends when the day's last start is spent. After the end of a session the bot waits for up to 5 s anyway.
    let after_a_session = async {
        let start = Instant::now();
        let discord = Discord::start(few(8)).await;
        let bot = Bot::ready(&discord).await;
        discord.gateway().invalid_session(false);
        discord.ready(0).await;
        assert!(log.text().contains("remaining=0 needed=1"), "{}", log.text());
        let identifies = discord.identifies();
        assert!(identifies.len() == 2 && identifies[1].at >= start + Duration::from_secs(8), "{identifies:?}");
        discord.member("Ana").command("cto", []).await;
        bot.stopped().await;
    };
    tokio::join!(at_the_start, after_a_session);
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_identify_as_fast_as_discord_allows() {
    let discord = Discord::start(Options { shards: 4, max_concurrency: 4, ..Options::default() }).await;
    let bot = Bot::ready(&discord).await;
    for shard in 1..4 {
        discord.ready(shard).await;
    }
    bot.stopped().await;

    let discord = Discord::start(Options { shards: 4, max_concurrency: 1, ..Options::default() }).await;
    let ours = Shards::Range { total: 4, from: 1, to: 2 };
    let bot = Bot::start(Settings { shards: ours, ..settings(&discord) });
    let shards: Vec<_> = discord.identified(2).await.iter().map(|one| one.shard).collect();
    assert!(shards.contains(&Some((1, 4))) && shards.contains(&Some((2, 4))), "{shards:?}");
    bot.stopped().await;
}

// The log is this thread's own, so everything has to happen on it.
#[tokio::test]
async fn the_log_has_a_line_for_each_interaction_and_no_secrets() {
    let (log, _guard) = Log::start();
    let discord = Discord::start(Options::default()).await;
    let bot = Bot::ready(&discord).await;
    let card = discord.member("Ana").command("cto", []).await;
    let button = card.message.buttons()[0].clone();
    discord.fault(Fault::Status(500, 1));
    discord.fault(Fault::Reset);
    discord.member("Ana").press(&card.message, &button.label).await;
    discord.fault(Fault::LostReply);
    discord.member("Ana").command("cio", []).await;
    bot.stopped().await;
    let text = log.text();
    let answered: Vec<&str> = text.lines().filter(|line| line.contains("whichrole: answered")).collect();
    let [typed, pressed, confirmed_late] = answered[..] else { panic!("{answered:#?}") };
    assert!(typed.contains("kind=command command=cto locale=en-US reply=page"), "{typed}");
    assert!(pressed.contains("kind=press command=cio locale=en-US reply=page"), "{pressed}");
    assert!(confirmed_late.contains("INFO") && confirmed_late.contains("command=cio"), "{confirmed_late}");
    let callbacks = discord.requests().into_iter().filter(|request| request.route == Some(Route::Callback));
    let tokens: Vec<_> =
        callbacks.map(|request| request.path.split('/').nth(3).expect("it is in the path").to_owned()).collect();
    let tries = |of: usize| tokens.iter().filter(|token| **token == tokens[of]).count();
    assert_eq!((tries(0), tries(1), tries(4)), (1, 3, 2), "{tokens:?}");
    for secret in tokens.into_iter().chain([discord.token().to_owned(), button.custom_id]) {
        let leak = text.lines().find(|line| line.contains(&secret));
        assert_eq!(leak, None, "{secret}");
    }
}

/// The machine is so busy drawing that the picture of a suggestion is late.
#[tokio::test]
async fn a_late_picture_is_added_to_the_reply() -> TestResult {
    let discord = Discord::start(Options { identify_window: Duration::ZERO, ..Options::default() }).await;
    let bot = Bot::ready(&discord).await;
    let ana = discord.member("Ana");
    let mut message = ana.command("whichrole", []).await.message;
    for _ in 0..2 {
        message = ana.press_id(&message, &message.buttons()[0].custom_id).await.message;
    }
    let pictures = bot.service.pictures.as_ref().ok_or("pictures are on")?;
    let regions = Regions::from(&bot.service.responses().questionnaire.rule);
    // Nobody waits for these pictures, but they are drawn before the next one.
    for at in 0..20 {
        let drawing = Drawing::person(regions, Place { cto: at, cio: at }, Shape::Nothing);
        pictures.png(&drawing, Instant::now().into()).await;
    }
    let end = ana.press_id(&message, &message.buttons()[0].custom_id).await.message;
    assert!(end.text().contains("suggestion"), "{}", end.text());
    assert!(end.attachments.is_empty(), "the picture was not late");
    let pictured = discord.changed(&end).await;
    assert_eq!(pictured.attachments.iter().map(|file| &*file.filename).collect::<Vec<_>>(), ["picture.png"]);
    assert_eq!(pictured.text().replace("(picture cto)\n", ""), end.text());
    bot.stopped().await;
    Ok(())
}

#[tokio::test]
async fn a_panic_is_answered_with_an_apology_and_logged_as_one() -> TestResult {
    let (log, _guard) = Log::start();
    let discord = Discord::start(Options { identify_window: Duration::ZERO, ..Options::default() }).await;
    Bot::ready(&discord).await.stopped().await;
    let mut broken = responses();
    for language in &mut broken.languages {
        Arc::get_mut(language).ok_or("the language is shared")?.words.pages.clear();
    }
    let without_commands = Settings { register_commands: false, ..settings(&discord) };
    let bot = Bot::saying(broken, without_commands);
    discord.ready(0).await;
    let apology = discord.member("Ana").command("cto", []).await;
    assert!(apology.message.ephemeral);
    bot.stopped().await;
    let text = log.text();
    let told = text.lines().find(|line| line.contains("reply=panicked")).ok_or("it is logged")?;
    assert!(told.contains("command=cto"), "{told}");
    Ok(())
}
