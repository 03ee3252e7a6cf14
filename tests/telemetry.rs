//! Metrics and health from outside: the three routes over HTTP, and what is in `deploy/` for those who read them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use standin::TestResult;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use whichrole::advisor::{Outcome, Strength};
use whichrole::bot::{CommandName, InteractionKind, Record, ReplyKind};
use whichrole::telemetry::health::Readiness;
use whichrole::telemetry::metrics::Metrics;
use whichrole::telemetry::{Handled, handled, server};

const DASHBOARD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/grafana-dashboard.json");
const ALERTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/alerts.yml");
const ALERTS_TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/alerts.yml");

/// Metrics of a process that has answered something.
fn metrics() -> Arc<Metrics> {
    let metrics = Arc::new(Metrics::new());
    let record = Record {
        command: CommandName::CONVERSATION,
        kind: InteractionKind::Press,
        reply: ReplyKind::Suggestion(Outcome::Both, Strength::Clear),
    };
    let took = Duration::from_micros(300);
    handled(&metrics, &Handled { id: 1, record: &record, locale: "de", undelivered: false, took });
    metrics
}

async fn ask(address: SocketAddr, method: &str, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("{method} {path} HTTP/1.1\r\nHost: whichrole\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}

async fn check(address: SocketAddr) -> Result<String, String> {
    server::healthcheck(address, Duration::from_secs(5)).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_routes_tell_whether_the_process_is_ready_and_end_when_told() -> TestResult {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let readiness = Arc::new(Readiness::new());
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { stopped.await.unwrap_or_default() };
    let server = tokio::spawn(server::serve(listener, metrics(), Arc::clone(&readiness), shutdown));

    let starting = ask(address, "GET", "/readyz").await?;
    assert!(starting.starts_with("HTTP/1.1 503 "), "{starting}");
    assert!(starting.contains("\r\ncache-control: no-store\r\n"), "{starting}");
    assert!(starting.ends_with("\r\n\r\nnot ready\nnot connected to Discord yet\n"));
    assert_eq!(check(address).await, Err("not ready\nnot connected to Discord yet".into()));
    assert!(ask(address, "GET", "/metrics").await?.contains("\nwhichrole_ready 0\n"));

    readiness.expect_shards(0..2);
    readiness.shard_up(0);
    readiness.shard_up(1);
    readiness.shard_away(1, Instant::now());
    readiness.reloaded(Err("3 errors"));
    let ready = ask(address, "GET", "/readyz").await?;
    let warning = "ready\nwarning: the last reload failed, the responses before it stay: 3 errors\n";
    assert!(ready.starts_with("HTTP/1.1 200 ") && ready.ends_with(warning), "{ready}");
    assert_eq!(check(address).await, Ok(warning.into()));

    let metrics = ask(address, "GET", "/metrics").await?;
    assert!(metrics.contains("\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{metrics}");
    for line in ["whichrole_ready 1", "whichrole_shards{state=\"up\"} 1", "whichrole_shards{state=\"away\"} 1"] {
        assert!(metrics.contains(&format!("\n{line}\n")), "{metrics}");
    }

    readiness.drain();
    let draining = ask(address, "GET", "/readyz").await?;
    assert!(draining.starts_with("HTTP/1.1 503 ") && draining.contains("\nshutting down\n"), "{draining}");
    let alive = ask(address, "GET", "/healthz").await?;
    assert!(alive.starts_with("HTTP/1.1 200 ") && alive.ends_with("\r\n\r\nok\n"), "{alive}");
    assert!(ask(address, "GET", "/").await?.starts_with("HTTP/1.1 404 "));
    assert!(ask(address, "POST", "/metrics").await?.starts_with("HTTP/1.1 405 "));

    stop.send(()).expect("it waits for this");
    server.await??;
    Ok(())
}

/// Every value of these keys, wherever in the JSON it is.
fn values<'a>(json: &'a serde_json::Value, keys: &[&str], into: &mut Vec<&'a str>) {
    match json {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(text) if keys.contains(&key.as_str()) => into.push(text),
                    _ => values(value, keys, into),
                }
            }
        }
        serde_json::Value::Array(array) => array.iter().for_each(|value| values(value, keys, into)),
        _ => {}
    }
}

/// The names of our metrics in a text, such as a query.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with("whichrole_") || word.starts_with("process_"))
        .collect()
}

#[test]
fn the_dashboard_and_the_alerts_ask_only_for_what_is_printed() -> TestResult {
    let printed = metrics().text();
    let samples: String =
        printed.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let printed = names(&samples);

    let dashboard: serde_json::Value = serde_json::from_str(&fs::read_to_string(DASHBOARD)?)?;
    let mut queries = Vec::new();
    values(&dashboard, &["expr", "definition", "query"], &mut queries);
    let asked: BTreeSet<&str> = queries.iter().flat_map(|query| names(query)).collect();
    assert!(asked.is_subset(&printed), "not printed: {:?}", asked.difference(&printed));
    // And the other way round: what is printed is there to be seen.
    let families = |names: &BTreeSet<&str>| -> BTreeSet<String> {
        let family =
            |name: &&str| name.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count").into();
        names.iter().map(family).collect()
    };
    let (seen, there) = (families(&asked), families(&printed));
    assert!(there.is_subset(&seen), "not on the dashboard: {:?}", there.difference(&seen));

    let alerts = fs::read_to_string(ALERTS)?;
    let asked = names(&alerts);
    assert!(!asked.is_empty() && asked.is_subset(&printed), "not printed: {:?}", asked.difference(&printed));
    Ok(())
}

fn promtool(arguments: &[&str], input: &str) -> TestResult<String> {
    let mut promtool = Process::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("promtool is installed (Debian package prometheus): {error}"))?;
    promtool.stdin.take().ok_or("it is not piped")?.write_all(input.as_bytes())?;
    let output = promtool.wait_with_output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "promtool {arguments:?}: {said}");
    Ok(said)
}

#[test]
#[ignore = "needs promtool (Debian package prometheus); .ci/run runs it"]
fn promtool_has_nothing_to_say_about_the_metrics() -> TestResult {
    assert_eq!(promtool(&["check", "metrics"], &metrics().text())?, "");
    Ok(())
}

#[test]
#[ignore = "needs promtool (Debian package prometheus); .ci/run runs it"]
fn the_alerts_fire_when_they_should_and_only_then() -> TestResult {
    promtool(&["check", "rules", ALERTS], "")?;
    promtool(&["test", "rules", ALERTS_TESTS], "")?;
    Ok(())
}

#[test]
#[ignore = "needs promtool (Debian package prometheus); .ci/run runs it"]
fn the_queries_of_the_dashboard_are_sound() -> TestResult {
    let dashboard: serde_json::Value = serde_json::from_str(&fs::read_to_string(DASHBOARD)?)?;
    let mut queries = Vec::new();
    values(&dashboard, &["expr"], &mut queries);
    // promtool checks queries where rules have them. JSON is YAML.
    let rules: Vec<_> = (0..)
        .zip(queries)
        .map(|(number, query)| {
            let query = query.replace("$__rate_interval", "5m").replace("$__range", "1h");
            serde_json::json!({"record": format!("query:{number}"), "expr": query})
        })
        .collect();
    assert!(rules.len() > 8, "only {} queries found", rules.len());
    let rules = serde_json::json!({"groups": [{"name": "dashboard", "rules": rules}]});
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/dashboard-rules.yml");
    fs::write(file, rules.to_string())?;
    promtool(&["check", "rules", file], "")?;
    Ok(())
}
