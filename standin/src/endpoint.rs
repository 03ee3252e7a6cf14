//! Interactions as signed posts to a bot that is an HTTP endpoint.
//!
//! <https://docs.discord.com/developers/interactions/overview#preparing-for-interactions>

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::rest::{self, Body};
use crate::{APPLICATION_ID, Delivery, Shared};

/// Which address is next.
#[derive(Default)]
pub(crate) struct Endpoint {
    pub urls: Vec<String>,
    pub next: usize,
}

fn key(delivery: &Delivery) -> SigningKey {
    match delivery {
        Delivery::Endpoint { signing_key, .. } => SigningKey::from_bytes(signing_key),
        Delivery::Gateway => panic!("`Options::delivery` is the gateway: there is no key"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn public_key(delivery: &Delivery) -> String {
    hex(key(delivery).verifying_key().as_bytes())
}

/// What `X-Signature-Ed25519` says of a body, in hex.
pub(crate) fn sign(delivery: &Delivery, timestamp: &str, body: &str) -> String {
    hex(&key(delivery).sign(format!("{timestamp}{body}").as_bytes()).to_bytes())
}

/// A ping, for a test that sends one itself.
pub const PING: &str = r#"{"id":"1","type":1,"token":"hush","application_id":"2","version":1}"#;

/// A signed [`PING`] as it goes over the wire, with more headers, and with as much of its body.
pub(crate) fn ping(delivery: &Delivery, more: &str, body: &str) -> String {
    let timestamp = "1763956800";
    format!(
        "POST /interactions HTTP/1.1\r\nHost: x\r\nX-Signature-Timestamp: {timestamp}\r\n\
         X-Signature-Ed25519: {}\r\nContent-Length: {}\r\n{more}\r\n{body}",
        sign(delivery, timestamp, PING),
        PING.len()
    )
}

/// Posts `body` as Discord does; a wrong signature is right in all but its first digit.
async fn post(shared: &Shared, url: &str, body: &Value, sign_well: bool) -> reqwest::Result<reqwest::Response> {
    let body = body.to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs().to_string();
    let mut signature = sign(&shared.options.delivery, &now, &body);
    if !sign_well {
        let other = if signature.starts_with('0') { "1" } else { "0" };
        signature.replace_range(..1, other);
    }
    let request = shared.http.post(url).body(body);
    let request = request.header("Content-Type", "application/json");
    let request = request.header("User-Agent", "Discord-Interactions/1.0 (+https://discord.com)");
    let request = request.header("X-Signature-Ed25519", signature);
    request.header("X-Signature-Timestamp", now).send().await
}

/// Posts an interaction and takes the answer; its errors are what the user never learns.
pub(crate) async fn deliver(shared: &Arc<Shared>, id: &str, event: &Value) -> Result<(), String> {
    let url = {
        let mut state = shared.state();
        let endpoint = &mut state.endpoint;
        assert!(!endpoint.urls.is_empty(), "no endpoint is named yet: `Discord::endpoints`");
        let index = endpoint.next % endpoint.urls.len();
        endpoint.next = index + 1;
        endpoint.urls[index].clone()
    };
    let response = post(shared, &url, event, true).await.map_err(|error| format!("{url}: {error:?}"))?;
    let status = response.status().as_u16();
    if status == 202 {
        // The bot answers by the callback route.
        return Ok(());
    }
    let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let body = response.bytes().await.map_err(|error| format!("{url}: {error:?}"))?;
    if status != 200 {
        return Err(format!("{url} answered {status}: {}", String::from_utf8_lossy(&body)));
    }
    let parsed = rest::body(&content_type, body.to_vec()).await;
    let Ok(Body { json, uploads }) = parsed else {
        let why = format!("{url}: neither JSON nor multipart with payload_json, but `{content_type}`");
        shared.change(|state| state.violate("endpoint", "", why.clone()));
        return Err(why);
    };
    tokio::time::sleep(shared.options.answer_lag).await;
    let token = event["token"].as_str().unwrap_or_default();
    let taken = shared.change(|state| state.answer(shared, id, token, &json, uploads));
    taken.map(|_| ()).map_err(|error| format!("{url}: refused: {}", error.json()))
}

pub(crate) async fn verify(shared: &Shared, url: &str) -> Result<(), String> {
    let ping = json!({
        "id": "1190000000000000001", "application_id": APPLICATION_ID, "type": 1, "version": 1,
        "token": "aW50ZXJhY3Rpb24ping", "user": null, "entitlements": [],
    });
    let wrong = post(shared, url, &ping, false).await.map_err(|error| format!("{error:?}"))?;
    if wrong.status().as_u16() != 401 {
        return Err(format!("a wrong signature was answered with {}", wrong.status()));
    }
    let right = post(shared, url, &ping, true).await.map_err(|error| format!("{error:?}"))?;
    if right.status().as_u16() != 200 {
        return Err(format!("a PING was answered with {}", right.status()));
    }
    let body: Value = right.json().await.map_err(|error| format!("a PING's answer: {error:?}"))?;
    if body["type"] == 1 { Ok(()) } else { Err(format!("a PING was answered with {body}")) }
}
