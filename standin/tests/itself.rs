//! The stand-in Discord refuses what Discord refuses, and comes back the way Discord comes back.
//!
//! A small bot of its own talks to it here, so that nothing is taken on trust by the tests of the real one.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use standin::limits::{self, Before, Upload};
use standin::{APPLICATION_ID, Delivery, Discord, Fault, Kind, Options, Route, Setup, TOKEN, TestResult, schema};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const AGENT: &str = "DiscordBot (https://example.com, 0.1)";

/// A bot's HTTP side.
#[derive(Clone)]
struct Rest {
    base: String,
    http: reqwest::Client,
    token: String,
}

impl Rest {
    fn new(discord: &Discord) -> Self {
        let http = reqwest::Client::builder().no_proxy().user_agent(AGENT).build().unwrap();
        Self { base: format!("{}/api/v10", discord.api_url()), http, token: format!("Bot {TOKEN}") }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.header("Authorization", &self.token).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(self.http.put(format!("{}{path}", self.base)).json(body)).await
    }

    async fn answer(&self, interaction: &Value, body: &Value) -> (u16, Value) {
        let (id, token) = (interaction["id"].as_str().unwrap(), interaction["token"].as_str().unwrap());
        self.send(self.http.post(format!("{}/interactions/{id}/{token}/callback", self.base)).json(body)).await
    }
}

/// A bot's WebSocket.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

#[derive(Debug, PartialEq)]
enum Got {
    Frame(Value),
    Closed(u16),
    Cut,
}

impl Socket {
    async fn connect(url: &str) -> Self {
        let url = format!("{url}/?v=10&encoding=json");
        let mut socket = Self(tokio_tungstenite::connect_async(url).await.unwrap().0);
        assert_eq!(socket.frame().await["op"], 10, "hello comes first");
        socket
    }

    async fn new(discord: &Discord) -> Self {
        let (_, body) = Rest::new(discord).get("/gateway/bot").await;
        Self::connect(body["url"].as_str().unwrap()).await
    }

    async fn send(&mut self, frame: Value) {
        self.0.send(Frame::Text(frame.to_string().into())).await.unwrap();
    }

    async fn next(&mut self) -> Got {
        let next = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await;
        match next.expect("something comes") {
            Some(Ok(Frame::Text(text))) => Got::Frame(serde_json::from_str(&text).unwrap()),
            Some(Ok(Frame::Close(frame))) => frame.map_or(Got::Cut, |frame| Got::Closed(frame.code.into())),
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(_)) | None => Got::Cut,
        }
    }

    async fn frame(&mut self) -> Value {
        match self.next().await {
            Got::Frame(frame) => frame,
            other => panic!("{other:?}"),
        }
    }

    async fn identify(&mut self, shard: [u32; 2]) -> Value {
        self.send(identify(TOKEN, shard)).await;
        let ready = self.frame().await;
        assert_eq!(ready["t"], "READY", "{ready}");
        ready["d"].clone()
    }

    async fn resume(&mut self, session: &Value, seq: u64) {
        self.send(json!({"op": 6, "d": {"token": TOKEN, "session_id": session, "seq": seq}})).await;
    }
}

fn identify(token: &str, shard: [u32; 2]) -> Value {
    let properties = json!({"os": "linux", "browser": "test", "device": "test"});
    json!({"op": 2, "d": {"token": token, "intents": 0, "shard": shard, "properties": properties}})
}

/// Options for tests that identify several times, without waiting for places.
fn quick() -> Options {
    Options { identify_window: Duration::ZERO, ..Options::default() }
}

fn cto() -> Value {
    json!([{"name": "cto", "description": "What a CTO is", "contexts": [0, 1, 2], "integration_types": [0, 1],
        "options": [{"type": 3, "name": "show", "description": "To whom", "required": false, "choices": [
            {"name": "Everyone", "value": "everyone"}, {"name": "Only me", "value": "me"}]}]}])
}

fn button(label: &str, custom_id: &str) -> Value {
    json!({"type": 2, "style": 2, "label": label, "custom_id": custom_id})
}

fn text(content: &str) -> Value {
    json!({"type": 10, "content": content})
}

fn row(buttons: impl IntoIterator<Item = Value>) -> Value {
    json!({"type": 1, "components": buttons.into_iter().collect::<Vec<_>>()})
}

fn v2(components: impl IntoIterator<Item = Value>) -> Value {
    json!({"flags": limits::IS_COMPONENTS_V2, "components": components.into_iter().collect::<Vec<_>>()})
}

fn card(words: &str) -> Value {
    v2([json!({"type": 17, "components": [text(words), {"type": 14}, row([button("Other", "other")])]})])
}

/// A bot that answers everything with what `answer` gives, until the test ends.
async fn bot(discord: &Discord, answer: impl Fn(&Value) -> Option<Value> + Send + 'static) {
    let mut socket = Socket::new(discord).await;
    socket.identify([0, 1]).await;
    let rest = Rest::new(discord);
    tokio::spawn(async move {
        while let Got::Frame(frame) = socket.next().await {
            if let Some(body) = answer(&frame["d"]) {
                rest.answer(&frame["d"], &body).await;
            }
        }
    });
    discord.ready(0).await;
}

fn refused(data: &Value) -> Vec<String> {
    limits::message(data, &[], None, &[]).iter().map(|refusal| refusal.path.join(".")).collect()
}

#[test]
fn every_limit_of_a_message_holds_at_its_maximum_and_breaks_one_past_it() {
    let long = |length: usize| "x".repeat(length);
    let with_button = |label: &str, id: &str| v2([row([button(label, id)])]);
    let gallery = |items: usize, alt: usize| {
        let item = json!({"media": {"url": "https://example.com/a.png"}, "description": long(alt)});
        v2([json!({"type": 12, "items": vec![item; items]})])
    };
    let section =
        |texts: usize| v2([json!({"type": 9, "components": vec![text("x"); texts], "accessory": button("a", "a")})]);
    let buttons = |count: usize| v2([row((0..count).map(|n| button("a", &n.to_string())))]);
    let container = |inner: usize| v2([json!({"type": 17, "components": vec![text("x"); inner]})]);
    let colour = |colour: u32| v2([json!({"type": 17, "accent_color": colour, "components": [text("x")]})]);
    let two_texts = |first: usize, second: usize| v2([text(&long(first)), text(&long(second))]);
    let link = |length: usize| {
        let url = format!("https://example.com/{}", long(length - 20));
        v2([row([json!({"type": 2, "style": 5, "label": "a", "url": url})])])
    };
    let select = |options: usize| {
        let options: Vec<Value> =
            (0..options).map(|n| json!({"label": n.to_string(), "value": n.to_string()})).collect();
        v2([row([json!({"type": 3, "custom_id": "s", "options": options})])])
    };
    let legacy =
        |rows: usize| json!({"components": (0..rows).map(|n| row([button("a", &n.to_string())])).collect::<Vec<_>>()});
    let table: [(&str, Value, Value, &str); 16] = [
        ("label", with_button(&long(80), "a"), with_button(&long(81), "a"), "components.0.components.0.label"),
        (
            "custom_id",
            with_button("a", &long(100)),
            with_button("a", &long(101)),
            "components.0.components.0.custom_id",
        ),
        ("empty custom_id", with_button("a", "a"), with_button("a", ""), "components.0.components.0.custom_id"),
        ("buttons in a row", buttons(5), buttons(6), "components.0.components"),
        ("an empty row", buttons(1), buttons(0), "components.0.components"),
        ("texts of a section", section(3), section(4), "components.0.components"),
        ("a section of none", section(1), section(0), "components.0.components"),
        ("gallery", gallery(10, 5), gallery(11, 5), "components.0.items"),
        ("alt text", gallery(1, 1024), gallery(1, 1025), "components.0.items.0.description"),
        ("components", container(39), container(40), "components"),
        ("colour", colour(0x00FF_FFFF), colour(0x0100_0000), "components.0.accent_color"),
        ("text", two_texts(3999, 1), two_texts(4000, 1), "components"),
        ("link", link(512), link(513), "components.0.components.0.url"),
        ("select", select(25), select(26), "components.0.components.0.options"),
        ("content", json!({"content": long(2000)}), json!({"content": long(2001)}), "content"),
        ("rows", legacy(5), legacy(6), "components"),
    ];
    for (name, most, more, path) in table {
        assert_eq!(refused(&most), [""; 0], "{name} at its maximum");
        assert_eq!(refused(&more), [path], "{name} one past it");
        for (body, good) in [(&most, true), (&more, false)] {
            let body = json!({"type": 4, "data": body});
            let found = schema::check(&schema::named("CreateMessageInteractionCallbackRequest"), &body);
            // Sums and nested counts are beyond a schema.
            if good || !["components", "text", "rows"].contains(&name) {
                assert_eq!(found.is_empty(), good || !schema::is_checked(), "{name}: {found:?}");
            }
        }
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let container = json!({"type": 17, "components": [text("x")]});
    let with = |mut data: Value, key: &str, value: Value| {
        data[key] = value;
        data
    };
    let mentions = |value: Value| with(card("x"), "allowed_mentions", value);
    let table: [(&str, Value, &str); 23] = [
        (
            "a custom_id twice",
            v2([row([button("a", "same"), button("b", "same")])]),
            "components.0.components.1.custom_id",
        ),
        (
            "a container in a container",
            v2([json!({"type": 17, "components": [container]})]),
            "components.0.components.0.type",
        ),
        ("V2 without its flag", json!({"components": [text("x")]}), "components.0.type"),
        ("V2 with content", with(card("x"), "content", json!("x")), "content"),
        ("V2 with embeds", with(card("x"), "embeds", json!([{"title": "x"}])), "embeds"),
        ("an unknown flag", with(card("x"), "flags", json!(1 << 15 | 1 << 10)), "flags"),
        ("an empty message", v2([]), "components"),
        ("nothing at all", json!({}), "components"),
        ("an empty text", v2([text("")]), "components.0.content"),
        ("a blank text", v2([text(" \n")]), "components.0.content"),
        ("a section without accessory", v2([json!({"type": 9, "components": [text("x")]})]), "components.0.accessory"),
        ("a button outside of a row", v2([button("a", "a")]), "components.0.type"),
        ("a text in a row", v2([row([text("x")])]), "components.0.components.0.type"),
        (
            "a link with a custom_id",
            v2([row([json!({"type": 2, "style": 5, "label": "a", "url": "https://a.b", "custom_id": "a"})])]),
            "components.0.components.0.custom_id",
        ),
        (
            "a button without words",
            v2([row([json!({"type": 2, "style": 1, "custom_id": "a"})])]),
            "components.0.components.0.label",
        ),
        (
            "style 7",
            v2([row([json!({"type": 2, "style": 7, "label": "a", "custom_id": "a"})])]),
            "components.0.components.0.style",
        ),
        (
            "an id twice",
            v2([json!({"type": 14, "id": 3}), json!({"type": 10, "id": 3, "content": "x"})]),
            "components.1.id",
        ),
        ("spacing 3", v2([text("x"), json!({"type": 14, "spacing": 3})]), "components.1.spacing"),
        (
            "a picture that was not sent",
            v2([json!({"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]})]),
            "components.0.items.0.media.url",
        ),
        (
            "a strange scheme",
            v2([json!({"type": 12, "items": [{"media": {"url": "ftp://a/b.png"}}]})]),
            "components.0.items.0.media.url",
        ),
        ("an unknown mention", mentions(json!({"parse": ["all"]})), "allowed_mentions.parse"),
        ("users twice", mentions(json!({"parse": ["users"], "users": ["1"]})), "allowed_mentions.users"),
        ("an attachment that was not sent", with(card("x"), "attachments", json!([{"id": "0"}])), "attachments.0.id"),
    ];
    for (name, data, path) in table {
        assert_eq!(refused(&data), [path], "{name}");
    }
    assert_eq!(refused(&mentions(json!({"parse": []}))), [""; 0]);
}

#[test]
fn an_update_keeps_what_cannot_change() {
    let before = Before {
        flags: limits::IS_COMPONENTS_V2 | limits::EPHEMERAL,
        has_content: false,
        has_embeds: false,
        has_components: true,
        attachments: vec![("77".into(), "old.png".into())],
    };
    let refused = |data: Value, uploads: &[Upload]| {
        let refusals = limits::message(&data, uploads, Some(&before), &["data"]);
        refusals.iter().map(|refusal| refusal.path.join(".")).collect::<Vec<_>>()
    };
    let picture = |name: &str| v2([json!({"type": 12, "items": [{"media": {"url": format!("attachment://{name}")}}]})]);
    let upload = Upload { number: "0".into(), filename: "new.png".into(), bytes: vec![1] };
    assert_eq!(refused(card("x"), &[]), [""; 0]);
    assert_eq!(refused(json!({"components": [text("x")]}), &[]), [""; 0], "the flag stays by itself");
    assert_eq!(refused(json!({"flags": 0, "components": [text("x")]}), &[]), ["data.flags"], "and cannot be removed");
    let mut private = card("x");
    private["flags"] = json!(limits::IS_COMPONENTS_V2 | limits::EPHEMERAL);
    assert_eq!(refused(private, &[]), ["data.flags"], "who sees a message is settled when it is made");
    assert_eq!(refused(picture("old.png"), &[]), [""; 0], "a picture that the message has already");
    assert_eq!(refused(picture("new.png"), std::slice::from_ref(&upload)), [""; 0]);
    let mut cleared = picture("old.png");
    cleared["attachments"] = json!([]);
    assert_eq!(refused(cleared, &[]), ["data.components.0.items.0.media.url"], "it was taken away in the same breath");
    let strange = Upload { filename: "a b.png".into(), ..upload };
    assert_eq!(refused(card("x"), &[strange]), ["data.files"]);
}

#[test]
fn every_limit_of_a_command_holds_at_its_maximum_and_breaks_one_past_it() {
    let long = |length: usize| "x".repeat(length);
    let command = |key: &str, value: Value| {
        let mut command = json!({"name": "cto", "description": "x"});
        command[key] = value;
        json!([command])
    };
    let options = |count: usize| {
        let option = |n: usize| json!({"type": 3, "name": format!("o{n}"), "description": "x"});
        command("options", (0..count).map(option).collect())
    };
    let choices = |count: usize, length: usize| {
        let choice = |n: usize| json!({"name": format!("{n:02}{}", long(length - 2)), "value": n.to_string()});
        let choices: Vec<Value> = (0..count).map(choice).collect();
        command("options", json!([{"type": 3, "name": "o", "description": "x", "choices": choices}]))
    };
    let many =
        |count: usize| (0..count).map(|n| json!({"name": format!("c{n}"), "description": "x"})).collect::<Value>();
    // Near the total, with a description that makes up the rest.
    let total = |rest: usize| {
        let choice = |n: usize| json!({"name": format!("{n:02}{}", long(98)), "value": format!("{n:02}")});
        let option = |n: usize| json!({"type": 3, "name": format!("o{n}"), "description": "x", "choices": (0..25).map(choice).collect::<Vec<_>>()});
        let filler = json!({"type": 3, "name": "f", "description": long(rest % 100 + 1)});
        let mut options: Vec<Value> = (0..3).map(option).collect();
        options.extend((0..rest / 100).map(|n| json!({"type": 3, "name": format!("p{n}"), "description": long(98)})));
        options.push(filler);
        command("options", json!(options))
    };
    // name 3 + description 1 + 3 * (2 + 1 + 25 * 102) = 7663; the fillers count 1 + 1 more, so 335 are left.
    let table = [
        ("name", command("name", json!(long(32))), command("name", json!(long(33))), "0.name"),
        (
            "description",
            command("description", json!(long(100))),
            command("description", json!(long(101))),
            "0.description",
        ),
        ("no description", command("description", json!("x")), command("description", json!("")), "0.description"),
        ("capitals", command("name", json!("technik-chef_in")), command("name", json!("Cto")), "0.name"),
        ("blanks", command("name", json!("役割")), command("name", json!("which role")), "0.name"),
        (
            "locale",
            command("name_localizations", json!({"de": "technik"})),
            command("name_localizations", json!({"de-DE": "technik"})),
            "0.name_localizations.de-DE",
        ),
        (
            "localised name",
            command("name_localizations", json!({"de": long(32)})),
            command("name_localizations", json!({"de": long(33)})),
            "0.name_localizations.de",
        ),
        ("options", options(25), options(26), "0.options"),
        ("choices", choices(25, 2), choices(26, 2), "0.options.0.choices"),
        ("choice name", choices(1, 100), choices(1, 101), "0.options.0.choices.0.name"),
        ("commands", many(100), many(101), ""),
        ("contexts", command("contexts", json!([0, 1, 2])), command("contexts", json!([])), "0.contexts"),
        (
            "integration types",
            command("integration_types", json!([0, 1])),
            command("integration_types", json!([0, 2])),
            "0.integration_types",
        ),
        ("total", total(335), total(336), "0"),
    ];
    for (name, most, more, path) in table {
        assert_eq!(limits::commands(&most), [], "{name} at its maximum");
        let refused: Vec<String> = limits::commands(&more).iter().map(|refusal| refusal.path.join(".")).collect();
        assert_eq!(refused, [path], "{name} one past it");
    }
    let twice = json!([cto()[0], cto()[0]]);
    assert_eq!(limits::commands(&twice)[0].path, ["1", "name"]);
    let late = json!([{"name": "a", "description": "x", "options": [
        {"type": 3, "name": "a", "description": "x"}, {"type": 3, "name": "b", "description": "x", "required": true}]}]);
    assert_eq!(limits::commands(&late)[0].path, ["0", "options", "1", "required"]);
}

#[tokio::test]
async fn a_conversation_with_a_command_a_press_and_a_private_answer() {
    let discord = Discord::start(Options::default()).await;
    discord.set_commands(None, &cto());
    bot(&discord, |interaction| {
        Some(match interaction["type"].as_u64() {
            Some(2) if interaction["data"]["options"][0]["value"] == "everyone" => json!({"type": 4, "data": card("all")}),
            Some(2) => {
                let mut data = card("one");
                data["flags"] = json!(limits::IS_COMPONENTS_V2 | limits::EPHEMERAL);
                json!({"type": 4, "data": data})
            }
            _ => json!({"type": 7, "data": card(interaction["message"]["components"][0]["components"][0]["content"].as_str().unwrap_or("?"))}),
        })
    })
    .await;
    let (ana, ben) = (discord.member("Ana"), discord.member("Ben").locale("de"));
    let all = ana.command("cto", [("show", "everyone")]).await;
    assert_eq!((all.kind, all.message.ephemeral), (Kind::New, false));
    assert_eq!(all.message.text(), "all\n[Other]");
    let one = ben.command("cto", []).await;
    assert_eq!(one.message.visible_to.as_deref(), Some(ben.id()));
    assert_eq!(ana.screen().len(), 1, "she does not see his");
    assert_eq!(ben.screen().len(), 2);
    let pressed = ben.press(&all.message, "Other").await;
    for seen in [&all.message, &one.message, &pressed.message] {
        assert_eq!(schema::check(&schema::named("MessageResponse"), &seen.json), [], "{}", seen.json);
    }
    assert_eq!((pressed.kind, &pressed.message.id, pressed.message.edits), (Kind::Updated, &all.message.id, 1));
    assert_eq!(pressed.message.text(), "all\n[Other]");
    assert!(all.message.json["edited_timestamp"].is_null() && pressed.message.json["edited_timestamp"].is_string());
    let friend = discord.member("Eva").in_group();
    assert_eq!(friend.command("cto", []).await.message.visible_to.as_deref(), Some(friend.id()));
}

#[tokio::test]
async fn one_answer_for_each_interaction_and_only_in_time() {
    let deadline = Duration::from_secs(1);
    let discord = Discord::start(Options { deadline, ..Options::default() }).await;
    discord.set_commands(None, &cto());
    let mut socket = Socket::new(&discord).await;
    socket.identify([0, 1]).await;
    let rest = Rest::new(&discord);
    let answer = json!({"type": 4, "data": card("x")});
    let ana = discord.member("Ana");

    let (got, ()) = tokio::join!(ana.try_command("cto", []), async {
        let event = socket.frame().await["d"].clone();
        assert_eq!(
            rest.answer(&event, &json!({"type": 7, "data": card("x")})).await.1["code"],
            50035,
            "no message yet"
        );
        let (status, body) = rest.answer(&event, &json!({"type": 4, "data": v2([text("")])})).await;
        assert_eq!((status, &body["code"]), (400, &json!(50035)));
        assert!(body["errors"]["data"]["components"]["0"]["content"]["_errors"].is_array(), "{body}");
        assert_eq!(discord.expect_violation().len(), 2);
        assert_eq!(rest.answer(&event, &answer).await.0, 204, "a refused answer can be put right");
        let (status, body) = rest.answer(&event, &answer).await;
        assert_eq!((status, &body["code"]), (400, &json!(40060)));
        discord.expect_violation();
        let mut forged = event.clone();
        forged["token"] = json!("forged");
        let (status, body) = rest.answer(&forged, &answer).await;
        assert_eq!((status, &body["code"]), (404, &json!(10062)));
        discord.expect_violation();
    });
    assert!(got.unwrap().took < deadline);

    let failed = ana.try_command("cto", []).await.unwrap_err();
    assert_eq!(failed.shown, "The application did not respond");
    let event = socket.frame().await["d"].clone();
    let (status, body) = rest.answer(&event, &answer).await;
    assert_eq!((status, &body["code"]), (404, &json!(10062)), "too late");
}

#[tokio::test]
async fn pictures_come_as_multipart_and_stay_with_the_message() {
    let discord = Discord::start(Options::default()).await;
    discord.set_commands(None, &cto());
    let mut socket = Socket::new(&discord).await;
    socket.identify([0, 1]).await;
    let rest = Rest::new(&discord);
    let ana = discord.member("Ana");
    let (answer, status) = tokio::join!(ana.command("cto", []), async {
        let event = socket.frame().await["d"].clone();
        let mut data = v2([json!({"type": 12, "items": [
            {"media": {"url": "attachment://result.png"}, "description": "A point"}]})]);
        data["attachments"] = json!([{"id": "0", "filename": "result.png"}]);
        let json = json!({"type": 4, "data": data}).to_string();
        let json = reqwest::multipart::Part::text(json).mime_str("application/json").unwrap();
        let file = reqwest::multipart::Part::bytes(vec![1, 2, 3]).file_name("result.png");
        let form = reqwest::multipart::Form::new().part("payload_json", json).part("files[0]", file);
        let (id, token) = (event["id"].as_str().unwrap(), event["token"].as_str().unwrap());
        let url = format!("{}/interactions/{id}/{token}/callback?with_response=true", rest.base);
        let (status, body) = rest.send(rest.http.post(url).multipart(form)).await;
        assert_eq!(body["resource"]["message"]["attachments"][0]["filename"], "result.png");
        status
    });
    assert_eq!(status, 200);
    assert_eq!(answer.message.text(), "(A point)");
    assert_eq!(answer.message.attachments[0].bytes, [1, 2, 3]);
    assert_eq!(schema::check(&schema::named("MessageResponse"), &answer.message.json), []);
}

#[tokio::test]
async fn a_thinking_bot_fills_its_message_in_later() -> TestResult {
    let options = Options { token_life: Duration::from_secs(1), ..Options::default() };
    let discord = Discord::start(options).await;
    discord.set_commands(None, &cto());
    let mut socket = Socket::new(&discord).await;
    socket.identify([0, 1]).await;
    let rest = Rest::new(&discord);
    let ana = discord.member("Ana");
    let began = Instant::now();
    let (answer, event) = tokio::join!(ana.command("cto", []), async {
        let event = socket.frame().await["d"].clone();
        assert_eq!(rest.answer(&event, &json!({"type": 5})).await.0, 204);
        event
    });
    assert_eq!((answer.kind, answer.message.text().as_str()), (Kind::Thinking, "(thinking)"));
    let token = event["token"].as_str().ok_or("it has no token")?;
    let url = format!("{}/webhooks/{APPLICATION_ID}/{token}/messages/@original", rest.base);
    let (status, _) = rest.send(rest.http.patch(&url).json(&card("done"))).await;
    assert_eq!(status, 200);
    assert_eq!(discord.changed(&answer.message).await.text(), "done\n[Other]");
    // Nothing marks the end of a token's life but the clock.
    loop {
        let (status, body) = rest.send(rest.http.patch(&url).json(&card("late"))).await;
        if began.elapsed() > Duration::from_secs(5) || status == 401 {
            assert_eq!((status, &body["code"]), (401, &json!(50027)));
            break;
        }
    }
    Ok(())
}

#[tokio::test]
async fn commands_come_back_the_way_discord_gives_them() {
    let discord = Discord::start(Options::default()).await;
    let rest = Rest::new(&discord);
    let path = format!("/applications/{APPLICATION_ID}/commands");
    let mut sent = cto();
    sent[0]["name_localizations"] = json!({"de": "technik"});
    sent[0]["contexts"] = json!([2, 0, 1]);
    let (status, first) = rest.put(&path, &sent).await;
    assert_eq!(status, 200);
    assert_eq!(first[0]["contexts"], json!([0, 1, 2]), "in Discord's order");
    assert_eq!(first[0]["options"][0].get("required"), None, "what is not required is not mentioned");
    assert_eq!(first[0]["description_localizations"], Value::Null);
    let pointer = schema::response("get", "/applications/{application_id}/commands", 200);
    assert_eq!(schema::check(&pointer, &first), []);
    assert_eq!(rest.get(&format!("{path}?with_localizations=true")).await.1, first);
    let (_, plain) = rest.get(&path).await;
    assert_eq!(plain[0].get("name_localizations"), None, "languages only where they are asked for");
    let (_, again) = rest.put(&path, &sent).await;
    assert_eq!(again, first, "the same again changes nothing");
    sent[0]["description"] = json!("Something else");
    let (_, changed) = rest.put(&path, &sent).await;
    assert_eq!(changed[0]["id"], first[0]["id"]);
    assert_ne!(changed[0]["version"], first[0]["version"]);
    let (status, body) = rest.put(&path, &json!([{"name": "Bad Name", "description": "x"}])).await;
    assert_eq!((status, &body["code"]), (400, &json!(50035)));
    discord.expect_violation();
    let writes: Vec<u16> = discord.registrations().iter().filter(|one| one.write).map(|one| one.status).collect();
    assert_eq!(writes, [200, 200, 200, 400]);
    let (_, guild) = rest.put(&format!("/applications/{APPLICATION_ID}/guilds/123/commands"), &cto()).await;
    assert_eq!((&guild[0]["guild_id"], &guild[0]["contexts"]), (&json!("123"), &Value::Null));
}

#[tokio::test]
async fn only_the_right_token_and_application_get_in() {
    let discord = Discord::start(Options::default()).await;
    let mut rest = Rest::new(&discord);
    for (route, name) in
        [("/gateway/bot", "/gateway/bot"), ("/applications/@me", "/applications/@me"), ("/users/@me", "/users/@me")]
    {
        let (status, body) = rest.get(route).await;
        assert_eq!(status, 200);
        assert_eq!(schema::check(&schema::response("get", name, 200), &body), [], "{body}");
    }
    assert_eq!(rest.get("/applications/42/commands").await.0, 403);
    rest.get("/no/such/route").await;
    assert_eq!(discord.expect_violation().len(), 2);
    rest.token = "Bot wrong".into();
    assert_eq!(rest.get("/gateway/bot").await.0, 401);
}

#[tokio::test]
async fn faults_come_in_their_order_and_a_rate_limit_is_kept() -> TestResult {
    let discord = Discord::start(Options::default()).await;
    let rest = Rest::new(&discord);
    let url = format!("{}/gateway/bot", rest.base);
    discord.fault_on(Route::GatewayBot, Fault::Status(503, 1));
    discord.fault_on(Route::GatewayBot, Fault::Reset);
    discord.fault_on(Route::GatewayBot, Fault::RateLimited { retry_after: 30.0, times: 1 });
    assert_eq!(rest.get("/gateway/bot").await.0, 503);
    let reset = rest.http.get(&url).header("Authorization", &rest.token).send().await;
    assert!(reset.is_err(), "{reset:?}");
    let limited = rest.http.get(&url).header("Authorization", &rest.token).send().await?;
    assert_eq!(limited.headers()["retry-after"], "30");
    assert_eq!(limited.headers()["x-ratelimit-remaining"], "0");
    assert_eq!(limited.json::<Value>().await?["retry_after"], 30.0);
    assert_eq!(rest.get("/gateway/bot").await.0, 429);
    assert_eq!(discord.expect_violation().len(), 1, "it came back too soon");
    let statuses: Vec<u16> = discord.requested(Route::GatewayBot, 4).await.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [503, 0, 429, 429]);

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    discord.fault_on(Route::Application, Fault::Reset);
    let mut raw = TcpStream::connect(discord.api_url().trim_start_matches("http://")).await?;
    raw.write_all(b"GET /api/v10/users/@me HTTP/1.1\r\nHost: discord\r\n\r\n").await?;
    let ended = raw.read(&mut [0; 1]).await.unwrap_err();
    assert_eq!(ended.kind(), std::io::ErrorKind::ConnectionReset, "a reset, not an end");
    Ok(())
}

#[tokio::test]
async fn an_answer_whose_reply_is_lost_was_taken_all_the_same() {
    let discord = Discord::start(Options::default()).await;
    discord.set_commands(None, &cto());
    let mut socket = Socket::new(&discord).await;
    socket.identify([0, 1]).await;
    let rest = Rest::new(&discord);
    discord.fault(Fault::LostReply);
    let ana = discord.member("Ana");
    let (answer, ()) = tokio::join!(ana.command("cto", []), async {
        let event = socket.frame().await["d"].clone();
        let (id, token) = (event["id"].as_str().unwrap(), event["token"].as_str().unwrap());
        let url = format!("{}/interactions/{id}/{token}/callback", rest.base);
        let body = json!({"type": 4, "data": card("x")});
        assert!(rest.http.post(&url).json(&body).send().await.is_err());
        assert_eq!(rest.answer(&event, &body).await.1["code"], 40060, "and no violation: it could not know");
    });
    assert_eq!(answer.message.text(), "x\n[Other]");
}

#[tokio::test]
async fn a_session_is_resumed_with_what_it_missed() {
    let discord = Discord::start(Options::default()).await;
    discord.set_commands(None, &cto());
    let mut socket = Socket::new(&discord).await;
    let ready = socket.identify([0, 1]).await;
    let session = discord.ready(0).await;
    assert_eq!(ready["session_id"], session);
    discord.gateway().drop_connections();
    assert_eq!(socket.next().await, Got::Cut);
    discord.offline(0).await;

    let ana = discord.member("Ana");
    let rest = Rest::new(&discord);
    let (answer, ()) = tokio::join!(ana.command("cto", []), async {
        let mut socket = Socket::connect(ready["resume_gateway_url"].as_str().unwrap()).await;
        socket.resume(&ready["session_id"], 1).await;
        let event = socket.frame().await;
        assert_eq!((&event["t"], &event["s"]), (&json!("INTERACTION_CREATE"), &json!(2)));
        assert_eq!(socket.frame().await["t"], "RESUMED");
        rest.answer(&event["d"], &json!({"type": 4, "data": card("x")})).await;
    });
    assert_eq!(answer.message.text(), "x\n[Other]");
    let resume = discord.resumed().await;
    assert_eq!((resume.seq, resume.replayed, resume.at_resume_url), (1, 1, true));
    assert_eq!(discord.identifies().len(), 1);
}

#[tokio::test]
async fn a_resume_that_cannot_be_is_turned_away() -> TestResult {
    let discord = Discord::start(quick()).await;
    let mut socket = Socket::new(&discord).await;
    socket.resume(&json!("no such session"), 1).await;
    assert_eq!(socket.frame().await, json!({"op": 9, "d": false, "s": null, "t": null}));
    let ready = socket.identify([0, 1]).await;
    drop(socket);
    discord.offline(0).await;
    let mut socket = Socket::new(&discord).await;
    socket.resume(&ready["session_id"], 99).await;
    assert_eq!(socket.next().await, Got::Closed(4007));
    let mut socket = Socket::new(&discord).await;
    socket.resume(&ready["session_id"], 1).await;
    assert_eq!(socket.frame().await["d"], false, "4007 ended the session");
    let ready = socket.identify([0, 1]).await;
    socket
        .0
        .close(Some(tokio_tungstenite::tungstenite::protocol::CloseFrame { code: 1000.into(), reason: "".into() }))
        .await?;
    discord.offline(0).await;
    let mut socket = Socket::new(&discord).await;
    socket.resume(&ready["session_id"], 1).await;
    assert_eq!(socket.frame().await["d"], false, "a bot that closes with 1000 ends its session");
    assert_eq!(discord.closes(), [Some(1000)]);
    Ok(())
}

#[tokio::test]
async fn a_session_that_missed_too_much_is_over() {
    let discord = Discord::start(Options { replay: 2, ..Options::default() }).await;
    let mut socket = Socket::new(&discord).await;
    let ready = socket.identify([0, 1]).await;
    for (missed, goes_on) in [(2, true), (3, false)] {
        discord.gateway().drop_connections();
        (0..missed).for_each(|_| discord.gateway().dispatch("TYPING_START", &json!({})));
        let mut socket = Socket::new(&discord).await;
        socket.resume(&ready["session_id"], if goes_on { 1 } else { 4 }).await;
        let frame = socket.frame().await;
        assert_eq!(frame["op"] == 0, goes_on, "{missed} missed: {frame}");
    }
    assert_eq!(discord.resumed().await.replayed, 2);
}

#[tokio::test]
async fn wrong_frames_are_closed_with_discords_codes() -> TestResult {
    let options = Options { shards: 2, max_concurrency: 2, session_starts: 1, ..quick() };
    let discord = Discord::start(options).await;
    let without = |key: &str| {
        let mut frame = identify(TOKEN, [0, 2]);
        frame["d"].as_object_mut().unwrap().remove(key);
        frame
    };
    let with_intents = |intents: u64| {
        let mut frame = identify(TOKEN, [0, 2]);
        frame["d"]["intents"] = json!(intents);
        frame
    };
    let table = [
        (json!({"op": 3, "d": {}}), 4003),
        (json!({"op": 99, "d": null}), 4001),
        (identify("wrong", [0, 2]), 4004),
        (identify(TOKEN, [2, 2]), 4010),
        (without("shard"), 4011),
        (without("properties"), 4002),
        (without("intents"), 4013),
        (with_intents(1 << 15), 4014),
        (json!({"op": 1, "d": "x".repeat(5000)}), 4002),
    ];
    for (frame, code) in table {
        let mut socket = Socket::new(&discord).await;
        socket.send(frame.clone()).await;
        assert_eq!(socket.next().await, Got::Closed(code), "{frame}");
    }
    let mut socket = Socket::new(&discord).await;
    socket.0.send(Frame::Text("no json".into())).await?;
    assert_eq!(socket.next().await, Got::Closed(4002));
    let mut socket = Socket::new(&discord).await;
    socket.identify([1, 2]).await;
    socket.send(identify(TOKEN, [1, 2])).await;
    assert_eq!(socket.next().await, Got::Closed(4005));
    let mut socket = Socket::new(&discord).await;
    socket.send(identify(TOKEN, [0, 2])).await;
    assert_eq!(socket.next().await, Got::Closed(4004), "no session starts are left");
    let mut socket = Socket::new(&discord).await;
    for _ in 0..121 {
        socket.send(json!({"op": 1, "d": null})).await;
    }
    let mut acks = 0;
    let closed = loop {
        match socket.next().await {
            Got::Frame(_) => acks += 1,
            other => break other,
        }
    };
    assert_eq!((acks, closed), (120, Got::Closed(4008)));
    let violations: Vec<String> = discord.expect_violation().iter().map(ToString::to_string).collect();
    for code in ["4001", "4002", "4003", "4005", "4008", "4010", "4011", "4013", "4014", "no session starts", "no JSON"]
    {
        assert!(violations.iter().any(|one| one.contains(code)), "{code} in {violations:#?}");
    }
    assert!(!violations.iter().any(|one| one.contains("4004")), "a wrong token is the operator's: {violations:#?}");
    let (_, body) = Rest::new(&discord).get("/gateway/bot").await;
    assert_eq!((&body["shards"], &body["session_start_limit"]["remaining"]), (&json!(2), &json!(0)));
    Ok(())
}

#[tokio::test]
async fn identifies_wait_for_their_turn() {
    let options = Options { shards: 2, max_concurrency: 1, ..Options::default() };
    let discord = Discord::start(options).await;
    let mut first = Socket::new(&discord).await;
    first.identify([0, 2]).await;
    let mut second = Socket::new(&discord).await;
    second.send(identify(TOKEN, [1, 2])).await;
    assert_eq!(second.frame().await["op"], 9);
    let identifies = discord.identified(2).await;
    assert_eq!((identifies[0].refused, identifies[1].shard), (None, Some((1, 2))));
    assert!(identifies[1].refused.is_some());
    assert_eq!(identifies[0].intents, Some(0));
}

#[tokio::test]
async fn servers_and_direct_messages_go_to_their_shards() {
    let options = Options { shards: 2, max_concurrency: 2, deadline: Duration::from_millis(200), ..Options::default() };
    let discord = Discord::start(options).await;
    discord.set_commands(None, &cto());
    let mut sockets = [Socket::new(&discord).await, Socket::new(&discord).await];
    for (index, socket) in sockets.iter_mut().enumerate() {
        socket.identify([index as u32, 2]).await;
        discord.ready(index as u32).await;
    }
    let ana = discord.member("Ana");
    for (who, shard) in [(ana.clone().in_guild(2 << 22), 0), (ana.clone().in_guild(3 << 22), 1), (ana.in_dm(), 0)] {
        assert!(who.try_command("cto", []).await.is_err(), "nobody answers here");
        assert_eq!(sockets[shard].frame().await["t"], "INTERACTION_CREATE");
    }
}

#[tokio::test]
async fn a_test_can_make_everything_go_wrong_with_a_connection() -> TestResult {
    let options = Options { heartbeat_interval: Duration::from_millis(400), ..quick() };
    let discord = Discord::start(options).await;
    let mut socket = Socket::new(&discord).await;
    let ready = socket.identify([0, 1]).await;
    let control = discord.gateway();
    control.reconnect_op7();
    assert_eq!(socket.frame().await["op"], 7);
    control.ask_for_heartbeat();
    assert_eq!(socket.frame().await["op"], 1);
    socket.send(json!({"op": 1, "d": 1})).await;
    assert_eq!(socket.frame().await["op"], 11);
    control.stop_acking_heartbeats();
    socket.send(json!({"op": 1, "d": 1})).await;
    discord.heartbeats(2).await;
    control.invalid_session(true);
    assert_eq!(socket.frame().await, json!({"op": 9, "d": true, "s": null, "t": null}), "and no ack before it");
    socket.resume(&ready["session_id"], 1).await;
    assert_eq!(socket.frame().await["t"], "RESUMED");
    control.invalid_session(false);
    assert_eq!(socket.frame().await["d"], false);
    socket.resume(&ready["session_id"], 1).await;
    assert_eq!(socket.frame().await["op"], 9, "the session is gone");
    socket.identify([0, 1]).await;
    control.close(4000);
    assert_eq!(socket.next().await, Got::Closed(4000));
    let mut socket = Socket::new(&discord).await;
    assert_eq!(socket.next().await, Got::Closed(4009), "no heartbeat in time");

    let (_, body) = Rest::new(&discord).get("/gateway/bot").await;
    let address = body["url"].as_str().ok_or("it has no address")?.trim_start_matches("ws://").to_owned();
    control.refuse_for(Duration::from_millis(100)).await;
    let refused = TcpStream::connect(&address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let back = async {
        while TcpStream::connect(&address).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), back).await.expect("it listens again at the same port");
    Ok(())
}

#[tokio::test]
async fn an_endpoint_gets_signed_posts_and_answers_in_them() -> TestResult {
    use ed25519_dalek::{Signature, VerifyingKey};
    let options = Options { delivery: Delivery::to_endpoint(), ..Options::default() };
    let discord = Discord::start(options).await;
    discord.set_commands(None, &cto());
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let key: [u8; 32] = hex(&discord.public_key()).as_slice().try_into()?;
    let key = VerifyingKey::from_bytes(&key)?;
    let answer = move |headers: axum::http::HeaderMap, body: String| async move {
        let header = |name: &str| headers.get(name).unwrap().to_str().unwrap();
        let signature = Signature::from_slice(&hex(header("x-signature-ed25519"))).unwrap();
        let signed = format!("{}{body}", header("x-signature-timestamp"));
        let body: Value = serde_json::from_str(&body).unwrap();
        let (status, answer) = match key.verify_strict(signed.as_bytes(), &signature) {
            Err(_) => (401, Value::Null),
            Ok(()) if body["type"] == 1 => (200, json!({"type": 1})),
            Ok(()) if body["type"] == 2 => (200, json!({"type": 4, "data": card("x")})),
            Ok(()) => (200, json!({"type": 7, "data": v2([])})),
        };
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        (status, [("content-type", "application/json")], answer.to_string())
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    discord.endpoints([&url]);
    assert_eq!(discord.verify_endpoint(&url).await, Ok(()));
    let ana = discord.member("Ana");
    let card = ana.command("cto", []).await;
    assert_eq!(card.message.text(), "x\n[Other]");
    let failed = ana.try_press(&card.message, "Other").await.unwrap_err();
    assert!(failed.why.contains("50035"), "{failed:?}");
    discord.expect_violation();
    Ok(())
}

#[tokio::test]
#[should_panic(expected = "the bot did what Discord does not allow")]
async fn a_violation_that_nobody_expects_fails_the_test() {
    let discord = Discord::start(Options::default()).await;
    Rest::new(&discord).get("/no/such/route").await;
}

#[tokio::test]
#[should_panic(expected = "no command `cio` is registered here")]
async fn nobody_can_type_a_command_that_is_not_registered() {
    let discord = Discord::start(Options::default()).await;
    let _ = discord.member("Ana").command("cio", []).await;
}

#[tokio::test]
async fn a_process_is_followed_by_its_lines_and_its_exit() -> TestResult {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir()?;
    let script = directory.path().join("bot");
    let lines = "#!/bin/sh\ntrap 'echo bye >&2; exit 3' TERM\ncat \"$2\" >&2\necho \"token $DISCORD_TOKEN, $3\"\necho up >&2\n\
        while :; do sleep 0.05; done\n";
    std::fs::write(&script, lines)?;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
    let discord = Discord::start(Options::default()).await;
    let mut bot = Setup::new(&script, &discord).config("telemetry.listen", "\"127.0.0.1:0\"").start();
    assert_eq!(bot.line("discord.api_url").await, format!("discord.api_url = \"{}\"", discord.api_url()));
    bot.line("up").await;
    bot.signal("TERM");
    assert_eq!(bot.exit().await, Some(3));
    bot.line("bye").await;
    assert!(bot.output().contains(&format!("stdout: token {TOKEN}, run")), "{}", bot.output());
    Ok(())
}

fn radio(custom_id: &str, options: usize) -> Value {
    let options = (0..options).map(|index| json!({"value": index.to_string(), "label": format!("Option {index}")}));
    let group = json!({"type": 21, "custom_id": custom_id, "options": options.collect::<Vec<_>>()});
    json!({"type": 18, "label": "Which?", "component": group})
}

fn form(parts: impl IntoIterator<Item = Value>) -> Value {
    json!({"custom_id": "form", "title": "A form", "components": parts.into_iter().collect::<Vec<_>>()})
}

#[test]
fn a_form_that_breaks_a_limit_is_refused() {
    let refused = |data: &Value| -> Vec<String> {
        limits::modal(data, &[], &[]).iter().map(|refusal| refusal.path.join(".")).collect()
    };
    let with = |pointer: &str, value: Value| {
        let mut data = form([radio("a", 3)]);
        *data.pointer_mut(pointer).unwrap() = value;
        data
    };
    for good in [form([radio("a", 2)]), form((0..5).map(|index| radio(&index.to_string(), 10))), form([text("x")])] {
        assert_eq!(refused(&good), [""; 0], "{good}");
        assert_eq!(schema::check(&schema::named("ModalInteractionCallbackRequestData"), &good), []);
    }
    let component = "components.0.component";
    for (bad, path) in [
        (form([]), "components".to_owned()),
        (form((0..6).map(|index| radio(&index.to_string(), 2))), "components".into()),
        (form([button("x", "y")]), "components.0.type".into()),
        (form([radio("a", 2), radio("a", 2)]), "components.1.component.custom_id".into()),
        (form([radio("a", 1)]), format!("{component}.options")),
        (form([radio("a", 11)]), format!("{component}.options")),
        (with("/title", json!("x".repeat(46))), "title".into()),
        (with("/title", json!("")), "title".into()),
        (with("/custom_id", json!("x".repeat(101))), "custom_id".into()),
        (with("/components/0/label", json!("x".repeat(46))), "components.0.label".into()),
        (with("/components/0/component/type", json!(3)), format!("{component}.type")),
        (with("/components/0/component/options/1/value", json!("0")), format!("{component}.options.1.value")),
        (
            with("/components/0/component/options/1/label", json!("x".repeat(101))),
            format!("{component}.options.1.label"),
        ),
    ] {
        assert_eq!(refused(&bad), [path], "{bad}");
    }
    let mut two = form([radio("a", 2)]);
    for index in 0..2 {
        two["components"][0]["component"]["options"][index]["default"] = json!(true);
    }
    assert_eq!(refused(&two), [format!("{component}.options")]);
}

#[tokio::test]
async fn a_form_opens_comes_back_and_cannot_open_another() {
    let discord = Discord::start(Options::default()).await;
    discord.set_commands(None, &cto());
    let mut socket = Socket::new(&discord).await;
    socket.identify([0, 1]).await;
    let rest = Rest::new(&discord);
    let ana = discord.member("Ana").who_manages_messages();
    let (opened, ()) = tokio::join!(ana.command("cto", []), async {
        let event = socket.frame().await["d"].clone();
        rest.answer(&event, &json!({"type": 4, "data": card("x")})).await;
    });
    let mut data = form([radio("a", 3), radio("b", 2)]);
    data["components"][1]["component"]["options"][1]["default"] = json!(true);
    let (form, ()) = tokio::join!(ana.open(&opened.message, "Other"), async {
        let event = socket.frame().await["d"].clone();
        let permissions: u64 = event["member"]["permissions"].as_str().unwrap().parse().unwrap();
        assert_ne!(permissions & 1 << 13, 0);
        assert_eq!(rest.answer(&event, &json!({"type": 9, "data": data})).await.0, 204);
        assert_eq!(rest.answer(&event, &json!({"type": 9, "data": data})).await.1["code"], 40060);
    });
    discord.expect_violation();
    assert_eq!(form.chosen(), [("b".to_owned(), "1".to_owned())]);
    assert!(form.text().contains("(x) Option 1"), "{}", form.text());
    let (sent, follow_up) = tokio::join!(ana.submit(&form, [("a", "2")]), async {
        let event = socket.frame().await["d"].clone();
        assert_eq!((&event["type"], &event["message"]["id"]), (&json!(5), &json!(opened.message.id)));
        let value = |index: usize| event["data"]["components"][index]["component"]["value"].clone();
        assert_eq!([value(0), value(1)], ["2", "1"]);
        let (_, refusal) = rest.answer(&event, &json!({"type": 9, "data": data})).await;
        assert_eq!(refusal["code"], 50035, "a form does not open another");
        let hook = format!("{}/webhooks/{APPLICATION_ID}/{}", rest.base, event["token"].as_str().unwrap());
        let mut private = card("for you");
        private["flags"] = json!(limits::IS_COMPONENTS_V2 | limits::EPHEMERAL);
        let post = || rest.send(rest.http.post(&hook).json(&private));
        assert_eq!(post().await.1["code"], 10015, "nothing follows what is not there yet");
        assert_eq!(rest.answer(&event, &json!({"type": 7, "data": card("y")})).await.0, 204);
        let original = rest.send(rest.http.get(format!("{hook}/messages/@original"))).await.1;
        assert_eq!(original["id"], opened.message.id);
        post().await
    });
    assert_eq!(discord.expect_violation().len(), 2);
    assert_eq!((sent.kind, sent.message.text().as_str()), (Kind::Updated, "y\n[Other]"));
    assert_eq!(follow_up.0, 200);
    let private = discord.follow_up(&sent).await;
    assert_eq!(private.visible_to.as_deref(), Some(ana.id()));
}

#[tokio::test]
#[should_panic(expected = "needs a choice")]
async fn nobody_can_send_a_form_without_a_choice_that_it_needs() {
    let discord = Discord::start(Options::default()).await;
    discord.set_commands(None, &cto());
    bot(&discord, |event| {
        Some(match &event["type"] {
            kind if *kind == 2 => json!({"type": 4, "data": card("x")}),
            _ => json!({"type": 9, "data": form([radio("a", 3)])}),
        })
    })
    .await;
    let ana = discord.member("Ana");
    let opened = ana.command("cto", []).await;
    let form = ana.open(&opened.message, "Other").await;
    let _ = ana.submit(&form, []).await;
}

#[tokio::test]
async fn a_message_is_edited_by_its_channel_where_the_bot_is_a_member() {
    for bot_is_member in [false, true] {
        let discord = Discord::start(Options { bot_is_member, ..Options::default() }).await;
        discord.set_commands(None, &cto());
        bot(&discord, |event| {
            let mut data = card("x");
            let private = event["data"]["options"][0]["value"] == "me";
            data["flags"] = json!(limits::IS_COMPONENTS_V2 | if private { limits::EPHEMERAL } else { 0 });
            Some(json!({"type": 4, "data": data}))
        })
        .await;
        let ana = discord.member("Ana");
        let public = ana.command("cto", []).await.message;
        let private = ana.command("cto", [("show", "me")]).await.message;
        let rest = Rest::new(&discord);
        let edit = async |channel: &str, message: &str, body: Value| {
            let url = format!("{}/channels/{channel}/messages/{message}", rest.base);
            let (status, answer) = rest.send(rest.http.patch(url).json(&body)).await;
            (status, answer["code"].as_u64().unwrap_or_default())
        };
        let edited = edit(&public.channel_id, &public.id, card("y")).await;
        if !bot_is_member {
            assert_eq!(edited, (403, 50001));
            continue;
        }
        assert_eq!(edited, (200, 0));
        assert_eq!(discord.changed(&public).await.text(), "y\n[Other]");
        assert_eq!(edit(&private.channel_id, &private.id, card("y")).await, (404, 10008), "nobody else sees it");
        assert_eq!(edit("1", &public.id, card("y")).await, (404, 10008));
        assert_eq!(edit(&public.channel_id, &public.id, v2([])).await, (400, 50035));
        discord.expect_violation();
    }
}
