//! The pure core: from the JSON that Discord sends to the JSON that it gets.
//!
//! `cargo bench --bench core`; the goal is under 20 µs a press on one core.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use whichrole::bot::{Bot, Defaults, ReplyKind};
use whichrole::interaction::{Incoming, parse};
use whichrole::load::load;
use whichrole::responses::{Responses, Source};

fn command(name: &str) -> String {
    interaction(2, &format!(r#"{{"id":"1299","name":"{name}","type":1}}"#), "")
}

fn press(custom_id: &str) -> String {
    let message = r#""message":{"id":"77","flags":32832,"components":[]},"#;
    interaction(3, &format!(r#"{{"component_type":2,"custom_id":"{custom_id}"}}"#), message)
}

/// An interaction of the size that Discord sends.
fn interaction(kind: u8, data: &str, message: &str) -> String {
    format!(
        r#"{{"id":"1299000000000000001","application_id":"1298000000000000001","type":{kind},"data":{data},{message}
        "guild_id":"290926798626357999","channel":{{"id":"645027906669510667","type":0,"name":"leadership"}},
        "channel_id":"645027906669510667","token":"{}","version":1,"locale":"en-US","guild_locale":"en-US",
        "member":{{"user":{{"id":"80351110224678912","username":"ana","global_name":"Ana","avatar":null}},
        "roles":[],"permissions":"2248473465835073","joined_at":"2024-01-01T00:00:00Z"}},"entitlements":[],
        "app_permissions":"442368","authorizing_integration_owners":{{"0":"290926798626357999"}},"context":0}}"#,
        "x".repeat(200)
    )
}

/// Returns the bot's JSON for an interaction in JSON, and the kind of reply.
fn reply(responses: &Responses, json: &str) -> (Vec<u8>, ReplyKind) {
    let Ok(Incoming::Interaction(envelope)) = parse(json.as_bytes()) else { panic!("this is an interaction") };
    let plan = Bot::new(responses, Defaults::default()).plan(&envelope.interaction);
    let answer = plan.answer().expect("no store is asked");
    (serde_json::to_vec(&answer.reply).expect("a reply is JSON"), answer.record.reply)
}

fn core(criterion: &mut Criterion) {
    let responses = load(&Source::BuiltIn, "en-US").expect("the built-in responses are whole");
    let place = |answers: &str| press(&format!("answer:{}:80351110224678912:{answers}", responses.revision));
    for (name, json, answered) in [
        ("command /cto", command("cto"), "page"),
        ("command /whichrole", command("whichrole"), "question"),
        ("press to the second question", place("0"), "question"),
        ("press to a follow-up", place("002"), "question"),
        ("press to a suggestion", place("010"), "suggestion"),
        ("press to a suggestion after six answers", place("003333"), "suggestion"),
        ("press to a page", press("page:compare"), "page"),
    ] {
        assert_eq!(reply(&responses, &json).1.name(), answered, "{name}");
        criterion.bench_function(name, |bencher| bencher.iter(|| reply(&responses, black_box(&json))));
    }
    criterion.bench_function("load and check the built-in responses", |bencher| {
        bencher.iter(|| load(black_box(&Source::BuiltIn), "en-US").expect("the built-in responses are whole"));
    });
}

criterion_group!(benches, core);
criterion_main!(benches);
