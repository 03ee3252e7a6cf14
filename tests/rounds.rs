//! Team rounds as people meet them: the bot as the process an operator runs, in a stand-in Discord, over both transports.
//!
//! Texts are the fixture's, which say in each line what it is.

use std::time::Duration;

use serde_json::Value;
use standin::{
    Answer, Bot, Discord, FIXTURE, Fault, Form, Kind, Member, MessageView, Options, Request, Route, Setup, TestResult,
    Transport, both_transports, free_port, http_client,
};
use tempfile::TempDir;

/// Answers that say a CTO, a CIO, and nothing.
const CTO: [&str; 3] = ["product", "making", "customers"];
const CIO: [&str; 3] = ["inside", "systems", "staff"];
const UNSURE: [&str; 3] = ["unsure", "suppliers", "nobody"];

/// A Discord, the bot in it, and the folder of its store, which outlives the process.
struct World {
    transport: Transport,
    discord: Discord,
    bot: Bot,
    folder: TempDir,
}

/// What most tests want of Discord: a bot that is a member of the server. This machine may be slow.
fn options(transport: Transport) -> Options {
    let (delivery, deadline) = (transport.delivery(), Duration::from_secs(20));
    Options { delivery, identify_window: Duration::ZERO, bot_is_member: true, deadline, ..Options::default() }
}

impl World {
    async fn start(transport: Transport) -> Self {
        Self::start_in(transport, options(transport)).await
    }

    async fn start_in(transport: Transport, options: Options) -> Self {
        let folder = tempfile::tempdir().expect("the system has a place for temporary files");
        let discord = Discord::start(options).await;
        let bot = setup(&discord, transport, &folder).start();
        let mut world = Self { transport, discord, bot, folder };
        world.serving().await;
        // The commands are registered meanwhile: they are read, and written.
        world.discord.requested(Route::Commands, 2).await;
        world
    }

    /// Waits until interactions reach the bot.
    async fn serving(&mut self) {
        self.transport.serving(&self.discord, &mut self.bot).await;
    }

    /// Kills the bot, and starts it anew on the same store.
    async fn restart(&mut self) {
        let new = setup(&self.discord, self.transport, &self.folder).start();
        std::mem::replace(&mut self.bot, new).kill().await;
        self.serving().await;
    }

    /// Stops the bot, which first does what is in hand, and returns every edit of a message by its channel.
    async fn stopped(&mut self) -> Vec<Request> {
        self.bot.signal("TERM");
        assert_eq!(self.bot.exit().await, Some(0), "{}", self.bot.output());
        let requests = self.discord.requests();
        requests.into_iter().filter(|request| request.route == Some(Route::ChannelMessage)).collect()
    }

    /// Five members; every second one speaks German.
    fn people(&self) -> [Member; 5] {
        ["Ana", "Ben", "Cleo", "Dan", "Eva"].map(|name| {
            let member = self.discord.member(name);
            if ["Ben", "Dan"].contains(&name) { member.locale("de") } else { member }
        })
    }
}

fn setup(discord: &Discord, transport: Transport, folder: &TempDir) -> Setup {
    let file = folder.path().join("rounds.db");
    let setup = Setup::new(env!("CARGO_BIN_EXE_whichrole"), discord)
        .config("responses.dir", &format!("{FIXTURE:?}"))
        .config("rounds.store", &format!("\"sqlite:{}\"", file.display()));
    transport.set_up(setup, discord)
}

both_transports! {
    five_people_answer_in_two_languages_and_see_where_they_stand,
    an_answer_is_changed_sharpened_and_withdrawn,
    a_follow_up_is_tried_again,
    who_may_not_close_is_told_in_private,
    a_round_can_be_deleted_unseen,
    of_two_people_nothing_is_shown,
    nothing_is_lost_when_the_bot_is_killed_between_answer_and_close,
    the_same_is_asked_again_on_the_same_card,
    what_is_stored_on_a_person_is_told_and_deleted,
    a_round_is_closed_on_time,
    a_store_that_is_away_is_told_in_private,
}

/// Fills in the form that a button opens.
async fn answer(person: &Member, message: &MessageView, button: &str, choices: [&str; 3]) -> Answer {
    let form = person.open(message, button).await;
    person.submit(&form, ["wants", "area", "notices"].into_iter().zip(choices)).await
}

/// Everybody answers the same, and gets a private message.
async fn everybody_answers(world: &World, people: &[Member], card: &MessageView) -> Vec<MessageView> {
    let mut own = Vec::new();
    for person in people {
        let counted = answer(person, card, "button answer", CTO).await;
        own.push(world.discord.follow_up(&counted).await);
    }
    own
}

/// Opens a round, and fails where its card shows more than it may.
async fn open(person: &Member, deadline: &str) -> MessageView {
    let card = person.command("round", [("deadline", deadline)]).await;
    assert_eq!(card.kind, Kind::New);
    assert!(!card.message.ephemeral);
    assert_hidden(&card.message);
    card.message
}

/// Closes a round, or deletes it.
async fn close(person: &Member, card: &MessageView, how: &str) -> MessageView {
    let form = person.open(card, "button close").await;
    let closed = person.submit(&form, [("choice", how)]).await;
    assert_eq!((closed.kind, &closed.message.id), (Kind::Updated, &card.id));
    closed.message
}

/// The card of an open round has its count, and nothing that somebody can choose.
fn assert_hidden(card: &MessageView) {
    let sent = card.json.to_string();
    for choice in CTO.iter().chain(&CIO).chain(&UNSURE).chain(&["both"]) {
        assert!(!sent.contains(choice), "the open card says `{choice}`: {sent}");
    }
    assert!(card.attachments.is_empty(), "{:?}", card.attachments);
    assert!(card.text().contains("card answered"), "{}", card.text());
}

fn files(message: &MessageView) -> Vec<&str> {
    message.attachments.iter().map(|file| file.filename.as_str()).collect()
}

/// A busy machine may not draw the picture of a reply in time; then it is added.
async fn pictured(world: &World, message: MessageView) -> MessageView {
    if message.attachments.is_empty() { world.discord.changed(&message).await } else { message }
}

async fn five_people_answer_in_two_languages_and_see_where_they_stand(transport: Transport) {
    let world = World::start(transport).await;
    let people = world.people();
    let card = open(&people[0], "day").await;
    let text = card.text();
    assert!(text.contains(&format!("card asks <@{}>", people[0].id())), "{text}");
    assert!(text.contains("0 card answered other\ncard until <t:"), "{text}");
    assert!(text.contains("card promise 3 5"), "the promise is there before anybody answers: {text}");

    let mut private = Vec::new();
    for (person, (choices, count)) in people.iter().zip([
        (CTO, "1 card answered one"),
        (CTO, "2 card answered other"),
        (CIO, "3 card answered other"),
        (UNSURE, "4 card answered other"),
        (CTO, "5 card answered other"),
    ]) {
        let counted = answer(person, &card, "button answer", choices).await;
        assert_eq!((counted.kind, &counted.message.id), (Kind::Updated, &card.id));
        assert!(counted.message.text().contains(count), "{}", counted.message.text());
        assert_hidden(&counted.message);
        let own = world.discord.follow_up(&counted).await;
        assert_eq!(own.visible_to.as_deref(), Some(person.id()));
        private.push(own);
    }
    assert!(private[0].text().contains("## CTO, clear"), "{}", private[0].text());
    assert!(private[1].text().contains("de CTO, clear"), "each in their own language: {}", private[1].text());

    let form = people[0].open(&card, "button close").await;
    assert_eq!(form.chosen(), [("choice".to_owned(), "show".to_owned())]);
    let result = people[0].submit(&form, []).await;
    assert_eq!((result.kind, &result.message.id), (Kind::Updated, &card.id));
    let text = result.message.text();
    for line in ["result title", "result counts", "result talk first topic of", "[button again] [button export]"] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let result = pictured(&world, result.message).await;
    assert_eq!(files(&result), ["picture.png"]);

    // Anybody may have the counts; the private message of an answer is of no more use.
    let export = people[1].press(&result, "button export").await;
    assert!(export.message.ephemeral && export.kind == Kind::New);
    assert_eq!(files(&export.message), ["round.csv", "round.json"]);
    let [csv, json] = [0, 1].map(|index| export.message.attachments[index].bytes.as_slice());
    let counts: Value = serde_json::from_slice(json).expect("it is JSON");
    assert_eq!(counts["result"]["answered"], 5);
    assert!(String::from_utf8_lossy(csv).contains("outcomes,answered,5"), "{}", String::from_utf8_lossy(csv));
    let late = people[1].press(&private[1], "de button change").await;
    assert_eq!(late.kind, Kind::Updated);
    assert!(late.message.text().contains("de mine closed"), "{}", late.message.text());
}

async fn an_answer_is_changed_sharpened_and_withdrawn(transport: Transport) {
    let mut world = World::start(transport).await;
    let [ana, ben, ..] = world.people();
    let card = open(&ana, "day").await;
    let counted = answer(&ana, &card, "button answer", CTO).await;
    let own = world.discord.follow_up(&counted).await;
    answer(&ben, &card, "button answer", CTO).await;

    // The form has the earlier answers chosen, from the card and from the private message.
    let values = |form: &Form| form.chosen().into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    assert_eq!(values(&ana.open(&card, "button answer").await), CTO);
    let form = ana.open(&own, "button change").await;
    assert_eq!(values(&form), CTO);
    let changed = ana.submit(&form, [("wants", "unsure"), ("area", "suppliers"), ("notices", "nobody")]).await;
    assert_eq!((changed.kind, &changed.message.id), (Kind::Updated, &own.id));

    // Such an answer leaves the outcome open: there is a question more.
    let text = changed.message.text();
    assert!(text.contains("mine follow up"), "{text}");
    let label = changed.message.buttons()[0].label.clone();
    let sharper = ana.press(&changed.message, &label).await;
    assert_eq!((sharper.kind, &sharper.message.id), (Kind::Updated, &own.id));
    assert_ne!(sharper.message.text(), text);

    let withdrawn = ana.press(&sharper.message, "button withdraw").await;
    assert!(withdrawn.message.text().contains("mine withdrawn"), "{}", withdrawn.message.text());
    // No press on the card tells it, so the bot edits it, as soon as it stops.
    let edits = world.stopped().await;
    assert!(edits.iter().all(|edit| edit.status == 200), "{edits:#?}");
    let shown = world.discord.look(&card).expect("it is there");
    assert!(shown.text().contains("1 card answered one"), "{}", shown.text());
    assert_hidden(&shown);
}

/// The message after an answer arrives although Discord refuses, loses and limits it at first; an endpoint's comes too early.
async fn a_follow_up_is_tried_again(transport: Transport) {
    let lag = if transport == Transport::Endpoint { Duration::from_millis(400) } else { Duration::ZERO };
    let world = World::start_in(transport, Options { answer_lag: lag, ..options(transport) }).await;
    let [ana, ..] = world.people();
    let card = open(&ana, "day").await;
    // Which message is the card is asked for first.
    world.discord.requested(Route::Webhook, 1).await;
    if transport == Transport::Gateway {
        for fault in [Fault::Status(503, 1), Fault::Reset, Fault::RateLimited { retry_after: 0.3, times: 1 }] {
            world.discord.fault_on(Route::Webhook, fault);
        }
    }
    let counted = answer(&ana, &card, "button answer", CTO).await;
    let own = world.discord.follow_up(&counted).await;
    assert!(own.ephemeral && own.text().contains("mine counts"), "{}", own.text());
    let requests = world.discord.requests();
    let posts = requests.iter().filter(|one| one.route == Some(Route::Webhook) && one.method == "POST");
    let statuses: Vec<u16> = posts.map(|post| post.status).collect();
    match transport {
        Transport::Gateway => assert_eq!(statuses, [503, 0, 429, 200]),
        Transport::Endpoint => {
            assert!(statuses.starts_with(&[404]) && statuses.ends_with(&[200]), "{statuses:?}");
        }
    }
    let output = world.bot.output();
    assert!(!output.contains("ERROR"), "{output}");
}

async fn who_may_not_close_is_told_in_private(transport: Transport) {
    let world = World::start(transport).await;
    let [ana, ben, cleo, ..] = world.people();
    let card = open(&ana, "open").await;
    let refused = ben.press(&card, "button close").await;
    assert!(refused.message.ephemeral && refused.kind == Kind::New);
    assert!(refused.message.text().contains("de notice not allowed"), "{}", refused.message.text());
    // Nor does a forged form close it.
    let form = ben.open(&card, "button answer").await;
    let round = form.custom_id.rsplit(':').next().expect("there is a last part");
    let forged = ben.submit_as(&form, &format!("round:close:{round}"), [("choice", "delete")]).await;
    assert!(forged.message.text().contains("de notice not allowed"), "{}", forged.message.text());
    let stranger = ben.submit_as(&form, &form.custom_id, [("wants", "no such choice")]).await;
    assert!(stranger.message.text().contains("de notice outdated"), "{}", stranger.message.text());
    assert_hidden(&world.discord.look(&card).expect("it is there"));
    let result = close(&cleo.who_manages_messages(), &card, "show").await;
    assert!(result.text().contains("result few 3"), "{}", result.text());
}

async fn a_round_can_be_deleted_unseen(transport: Transport) {
    let world = World::start(transport).await;
    let people = world.people();
    let card = open(&people[0], "day").await;
    let own = everybody_answers(&world, &people, &card).await;
    let button = card.button("button answer").custom_id;
    let deleted = close(&people[0], &card, "delete").await;
    assert!(deleted.text().contains("result deleted"), "{}", deleted.text());
    assert!(deleted.buttons().is_empty() && deleted.attachments.is_empty());
    for (message, custom_id) in [(&deleted, &button), (&own[2], &own[2].button("button change").custom_id)] {
        let gone = people[2].press_id(message, custom_id).await;
        assert!(gone.message.ephemeral && gone.message.text().contains("notice gone"), "{}", gone.message.text());
    }
}

async fn of_two_people_nothing_is_shown(transport: Transport) {
    let world = World::start(transport).await;
    let [ana, ben, ..] = world.people();
    let card = open(&ana, "day").await;
    answer(&ana, &card, "button answer", CTO).await;
    answer(&ben, &card, "button answer", CIO).await;
    let result = close(&ana, &card, "show").await;
    assert!(result.text().contains("result few 3"), "{}", result.text());
    let sent = result.json.to_string();
    assert!(!sent.contains("customers") && !sent.contains("staff"), "{sent}");
}

async fn nothing_is_lost_when_the_bot_is_killed_between_answer_and_close(transport: Transport) {
    let mut world = World::start(transport).await;
    let people = world.people();
    let card = open(&people[0], "day").await;
    for (index, person) in people.iter().enumerate() {
        let counted = answer(person, &card, "button answer", CTO).await;
        // The answer is confirmed; the process goes at once, with or without the message after it.
        world.restart().await;
        let count = format!("{} card answered", index + 1);
        assert!(counted.message.text().contains(&count), "{}", counted.message.text());
    }
    let result = close(&people[0], &card, "show").await;
    let text = result.text();
    assert!(text.contains("result first 5 5 result cto") && text.contains("result all"), "{text}");
}

async fn the_same_is_asked_again_on_the_same_card(transport: Transport) {
    let mut world = World::start(transport).await;
    let people = world.people();
    let card = open(&people[0], "day").await;
    let own = everybody_answers(&world, &people, &card).await;
    let result = pictured(&world, close(&people[0], &card, "show").await).await;
    assert_eq!(files(&result), ["picture.png"]);
    let form = people[0].open(&result, "button again").await;
    assert_eq!(form.chosen(), [("choice".to_owned(), "day".to_owned())]);
    let again = people[0].submit(&form, [("choice", "week")]).await.message;
    assert!(again.id == card.id && again.text().contains("card again"), "{}", again.text());
    assert_hidden(&again);
    // What belongs to the first round does nothing to the card of the second.
    let late = people[2].press(&own[2], "button withdraw").await;
    assert!(late.message.text().contains("mine closed"), "{}", late.message.text());
    for person in &people {
        answer(person, &again, "button answer", CIO).await;
    }
    let result = close(&people[0], &again, "show").await;
    let text = result.text();
    assert!(text.contains("result before result first 5 5 result cto"), "{text}");
    assert!(text.contains("result now result first 5 5 result cio"), "{text}");
    assert_eq!(world.stopped().await, [], "every change was a press on the card");
    assert_eq!(world.discord.look(&card).expect("it is there").text(), text);
}

async fn what_is_stored_on_a_person_is_told_and_deleted(transport: Transport) {
    let mut world = World::start(transport).await;
    let [ana, ben, ..] = world.people();
    let nothing = ben.command("about", []).await;
    assert!(nothing.message.ephemeral && nothing.message.text().contains("de card nothing"));
    let card = open(&ana, "day").await;
    answer(&ana, &card, "button answer", CTO).await;
    answer(&ben, &card, "button answer", CTO).await;
    let about = ana.command("about", []).await;
    let text = about.message.text();
    assert!(text.contains("1 card answers one\n1 card started one"), "{text}");
    let forgotten = ana.press(&about.message, "button forget").await;
    assert_eq!((forgotten.kind, &forgotten.message.id), (Kind::Updated, &about.message.id));
    assert!(forgotten.message.text().contains("card forgotten"), "{}", forgotten.message.text());
    world.restart().await;
    let about = ana.command("about", []).await;
    assert!(about.message.text().contains("card nothing"), "{}", about.message.text());
    let counted = answer(&ben, &card, "button answer", CIO).await;
    let text = counted.message.text();
    assert!(text.contains("1 card answered one") && text.contains("card asks without name"), "{text}");
}

/// Nobody presses anything after the deadline. The clock by which Discord makes ids is behind, so that an hour of its is
/// over soon.
async fn a_round_is_closed_on_time(transport: Transport) {
    let behind = Duration::from_secs(60 * 60 - 5);
    let patience = Duration::from_secs(60);
    let world = World::start_in(transport, Options { behind, patience, ..options(transport) }).await;
    let [ana, ben, cleo, ..] = world.people();
    let card = open(&ana, "hour").await;
    let mut last = card;
    for person in [&ana, &ben, &cleo] {
        last = answer(person, &last, "button answer", CTO).await.message;
    }
    let result = world.discord.changed(&last).await;
    assert!(result.text().contains("result first 3 3 result cto"), "{}", result.text());
    assert_eq!(files(&result), ["picture.png"]);
    let edits = world.discord.requested(Route::ChannelMessage, 1).await;
    assert_eq!(edits.iter().map(|edit| edit.status).collect::<Vec<_>>(), [200]);
}

async fn a_store_that_is_away_is_told_in_private(transport: Transport) {
    let discord = Discord::start(options(transport)).await;
    let folder = tempfile::tempdir().expect("the system has a place for temporary files");
    let nobody = format!("\"postgres://whichrole@127.0.0.1:{}/rounds\"", free_port());
    let bot = setup(&discord, transport, &folder).config("rounds.store", &nobody).start();
    let mut world = World { transport, discord, bot, folder };
    world.serving().await;
    world.discord.requested(Route::Commands, 2).await;
    let [ana, ..] = world.people();
    let away = ana.command("round", []).await;
    assert!(away.message.ephemeral && away.message.text().contains("notice unavailable"), "{}", away.message.text());
    let about = ana.command("about", []).await;
    assert!(about.message.text().contains("card unavailable"), "{}", about.message.text());
    assert!(ana.command("cto", []).await.message.text().contains("Page cto"));
    assert!(ana.command("whichrole", []).await.message.text().contains("Question 1 of 3"));
}

/// Where the bot is no member, which is how most are added, a card cannot be edited; that is no error of anybody's.
#[tokio::test]
async fn a_bot_that_is_no_member_does_without_edits() {
    let options = Options { bot_is_member: false, ..options(Transport::Gateway) };
    let mut world = World::start_in(Transport::Gateway, options).await;
    let [ana, ben, ..] = world.people();
    let card = open(&ana, "day").await;
    let counted = answer(&ana, &card, "button answer", CTO).await;
    let own = world.discord.follow_up(&counted).await;
    ana.press(&own, "button withdraw").await;
    let counted = answer(&ben, &card, "button answer", CTO).await;
    assert!(counted.message.text().contains("1 card answered one"), "{}", counted.message.text());
    world.discord.follow_up(&counted).await;
    let edits = world.stopped().await;
    assert_eq!(edits.iter().map(|edit| edit.status).collect::<Vec<_>>(), [403]);
    let output = world.bot.output();
    assert!(!output.contains("WARN") && !output.contains("ERROR"), "{output}");
}

/// What Discord refuses for good is logged and counted once, and the interaction's token is nowhere.
#[tokio::test]
async fn a_follow_up_that_is_refused_is_logged_and_counted() -> TestResult {
    let port = free_port();
    let folder = tempfile::tempdir()?;
    let discord = Discord::start(options(Transport::Gateway)).await;
    let listen = format!("\"127.0.0.1:{port}\"");
    let bot = setup(&discord, Transport::Gateway, &folder).config("telemetry.listen", &listen).start();
    let mut world = World { transport: Transport::Gateway, discord, bot, folder };
    world.serving().await;
    world.discord.requested(Route::Commands, 2).await;
    let [ana, ..] = world.people();
    let card = open(&ana, "day").await;
    world.discord.requested(Route::Webhook, 1).await;
    world.discord.fault_on(Route::Webhook, Fault::Status(403, 1));
    answer(&ana, &card, "button answer", CTO).await;
    let line = world.bot.line("Discord did not take a message after the reply").await;
    assert!(line.contains("403"), "{line}");
    let metrics = http_client().get(format!("http://127.0.0.1:{port}/metrics")).send().await?.text().await?;
    assert!(metrics.contains(r#"whichrole_follow_up_failures_total{code="4xx"} 1"#), "{metrics}");
    assert!(!world.bot.output().contains("webhooks"), "{}", world.bot.output());
    assert_eq!(world.discord.requested(Route::Webhook, 2).await.len(), 2);
    Ok(())
}

/// Two processes share a PostgreSQL, and interactions take turns between them. One is killed on the way: nothing is lost,
/// and nothing counts twice.
#[tokio::test]
#[ignore = "needs PostgreSQL: DATABASE_URL, from `.ci/postgres start`"]
async fn two_endpoints_share_a_round() -> TestResult {
    let url = std::env::var("DATABASE_URL")
        .map_err(|error| format!("DATABASE_URL has the address of a database: {error}"))?;
    let discord = Discord::start(options(Transport::Endpoint)).await;
    let folder = tempfile::tempdir()?;
    let start = || setup(&discord, Transport::Endpoint, &folder).config("rounds.store", &format!("{url:?}")).start();
    let (mut one, mut two) = (start(), start());
    discord.endpoints([one.listening().await, two.listening().await]);
    discord.requested(Route::Commands, 3).await;

    let starter = discord.member("Ana");
    discord.send_next_to(0);
    let card = open(&starter, "day").await;
    let people: Vec<Member> = (0..20).map(|index| discord.member(&format!("member {index}"))).collect();
    // The form from one process, its answers to the other; each answers twice, and the last counts.
    for (index, person) in people[..10].iter().enumerate() {
        discord.send_next_to(index % 2);
        answer(person, &card, "button answer", CIO).await;
        discord.send_next_to((index + 1) % 2);
        answer(person, &card, "button answer", CTO).await;
    }
    // The second goes while the first serves on.
    two.kill().await;
    for person in &people[10..] {
        discord.send_next_to(0);
        let form = person.open(&card, "button answer").await;
        discord.send_next_to(0);
        person.submit(&form, ["wants", "area", "notices"].into_iter().zip(CTO)).await;
    }
    one.signal("TERM");
    assert_eq!(one.exit().await, Some(0), "{}", one.output());

    let (mut one, mut two) = (start(), start());
    discord.endpoints([one.listening().await, two.listening().await]);
    let result = close(&starter, &card, "show").await;
    assert!(result.text().contains("result first 20 20 result cto"), "{}", result.text());
    Ok(())
}
