//! State shared by all transports, and the one road that each interaction takes:
//!
//! ```text
//! bytes ─► Service::handle ─► interaction::parse ─► bot::respond ─► encode ─► Handled ─► finish()
//!             one catch          one parse             pure          once     delivered   one log line, one count
//! ```

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::Bytes;
use tokio::sync::watch;

use crate::bot::{self, Defaults, Record, Response};
use crate::diagnostic::Diagnostics;
use crate::interaction::{self, Envelope, Interaction, ParseError};
use crate::links::Links;
use crate::message::{PICTURE_FILE, Reply};
use crate::picture::{Drawing, Pictures};
use crate::responses::Responses;
use crate::round::Rounds;
use crate::secret::Secret;
use crate::telemetry::health::Readiness;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::{self, logs, panics};

/// State shared by all transports. It lives as long as the process.
#[derive(Debug)]
pub struct Service {
    /// Replaced whole by a reload; readers never wait, and each interaction is answered from one set of them.
    responses: ArcSwap<Responses>,
    /// How many loads there were, the first among them, taken or refused.
    loads: watch::Sender<u64>,
    /// What was wrong with the last load, where it was refused.
    refused: ArcSwapOption<String>,
    /// Who sees an answer when the person did not say.
    pub defaults: Defaults,
    /// The pictures drawn so far. `None` if messages go without.
    pub pictures: Option<Pictures>,
    /// The rounds of teams. `None` if they are off.
    pub rounds: Option<Rounds>,
    /// The addresses that `/about` has buttons to.
    pub links: Links,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether interactions are served.
    pub readiness: Arc<Readiness>,
}

/// What an interaction's JSON turned out to be, with a reply of type `B`.
#[derive(Debug)]
pub enum Incoming<B> {
    /// Discord's question whether the endpoint is there.
    Ping,
    /// An interaction, answered.
    Handled(Handled<B>),
}

/// An interaction that the bot has answered; the transport delivers the reply and then calls [`Handled::finish`].
#[derive(Debug)]
pub struct Handled<B> {
    /// The interaction's id; its upper bits tell when Discord made it.
    pub id: u64,
    /// The token of the callback route. It answers in the bot's name for 15 minutes: never log it.
    pub token: Secret<String>,
    /// The reply.
    pub body: B,
    record: Record,
    /// The locale of the person's client, as Discord sent it.
    locale: String,
    /// The time of the interaction's arrival.
    received: Instant,
}

/// An encoded reply: JSON, or with a picture `multipart/form-data`.
#[derive(Debug, Clone)]
pub struct Body {
    /// The value of the `Content-Type` header.
    pub content_type: Cow<'static, str>,
    /// The bytes.
    pub bytes: Bytes,
}

impl Body {
    /// Returns `true` if a file travels with the reply.
    pub fn is_multipart(&self) -> bool {
        matches!(self.content_type, Cow::Owned(_))
    }
}

/// A reply that is shown here instead of being sent.
#[derive(Debug)]
pub struct Unencoded {
    /// The reply.
    pub reply: Reply<'static>,
    /// The locale of its language.
    pub language: String,
}

/// Tells whether Discord took a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Discord has it.
    Yes,
    /// It was lost or refused; the log says why.
    No,
}

impl<B> Handled<B> {
    fn new(envelope: Envelope<'_>, body: B, record: Record, received: Instant) -> Self {
        Self {
            id: envelope.id,
            token: Secret::new(envelope.token.into_exposed()),
            body,
            record,
            locale: envelope.interaction.user_locale.into_owned(),
            received,
        }
    }

    /// Writes the interaction's line into the log and counts it.
    pub fn finish(&self, service: &Service, delivered: Delivered) {
        let Self { id, record, locale, received, .. } = self;
        let undelivered = delivered == Delivered::No;
        let took = received.elapsed();
        telemetry::handled(&service.metrics, &telemetry::Handled { id: *id, record, locale, undelivered, took });
    }
}

impl Service {
    /// Returns a service that answers with these responses, without rounds and links.
    pub fn new(responses: Responses, defaults: Defaults) -> Self {
        let readiness = Readiness::new();
        readiness.responses_loaded();
        Self {
            responses: ArcSwap::from_pointee(responses),
            loads: watch::Sender::new(1),
            refused: ArcSwapOption::empty(),
            defaults,
            pictures: Some(Pictures::default()),
            rounds: None,
            links: Links::default(),
            metrics: Arc::new(Metrics::new()),
            readiness: Arc::new(readiness),
        }
    }

    /// Returns the current responses.
    pub fn responses(&self) -> Arc<Responses> {
        self.responses.load_full()
    }

    /// Replaces the current responses.
    pub fn replace(&self, responses: Responses) {
        self.responses.store(Arc::new(responses));
        self.refused.store(None);
        self.loads.send_modify(|loads| *loads += 1);
    }

    /// Keeps the current responses and remembers what was wrong with those that should have replaced them.
    pub fn refuse(&self, faults: &Diagnostics) {
        self.refused.store(Some(Arc::new(faults.render(false))));
        self.loads.send_modify(|loads| *loads += 1);
    }

    /// Returns the faults of the last load; `None` if it was taken.
    pub fn refused(&self) -> Option<Arc<String>> {
        self.refused.load_full()
    }

    /// Returns the number of loads so far, taken and refused, the first included; it changes with each.
    pub fn loads(&self) -> watch::Receiver<u64> {
        self.loads.subscribe()
    }

    /// Reads an interaction, answers it, draws the reply's picture, and encodes the reply.
    ///
    /// `received` is the time of its arrival, from which the time to answer counts.
    ///
    /// # Errors
    ///
    /// If it cannot be read as an interaction that this bot causes. That is logged and counted here.
    pub async fn handle(&self, json: &[u8], received: Instant) -> Result<Incoming<Body>, ParseError> {
        let Some(envelope) = self.parse(json)? else { return Ok(Incoming::Ping) };
        let responses = self.responses();
        let Response { mut reply, record } = self.respond(&responses, &envelope.interaction);
        let png = match reply.message.picture() {
            Some(picture) => self.draw(&picture.drawing, received).await,
            None => None,
        };
        if png.is_none() {
            reply.message.remove_picture();
        }
        Ok(Incoming::Handled(Handled::new(envelope, encode(&reply, png.as_deref()), record, received)))
    }

    /// Does what [`Service::handle`] does, but neither draws nor encodes.
    ///
    /// # Errors
    ///
    /// Those of [`Service::handle`].
    pub async fn handle_unencoded(&self, json: &[u8], received: Instant) -> Result<Incoming<Unencoded>, ParseError> {
        let Some(envelope) = self.parse(json)? else { return Ok(Incoming::Ping) };
        let responses = self.responses();
        let Response { mut reply, record } = self.respond(&responses, &envelope.interaction);
        if self.pictures.is_none() {
            reply.message.remove_picture();
        }
        let language = bot::language(&responses, self.defaults, &envelope.interaction, reply.target).locale.clone();
        let body = Unencoded { reply: reply.into_owned(), language };
        Ok(Incoming::Handled(Handled::new(envelope, body, record, received)))
    }

    /// Reads an interaction; `None` if it is a ping.
    fn parse<'j>(&self, json: &'j [u8]) -> Result<Option<Envelope<'j>>, ParseError> {
        match interaction::parse(json) {
            Ok(interaction::Incoming::Interaction(envelope)) => Ok(Some(envelope)),
            Ok(interaction::Incoming::Ping) => Ok(None),
            Err(error) => {
                self.metrics.unreadable();
                logs::unreadable(&error);
                Err(error)
            }
        }
    }

    /// [`bot::respond`], or the apology if it panics. The panic hook logs the cause.
    fn respond<'a>(&self, responses: &'a Responses, interaction: &Interaction<'_>) -> Response<'a> {
        panics::catch(|| bot::respond(responses, self.defaults, interaction))
            .unwrap_or_else(|_| bot::apologise(responses, self.defaults, interaction))
    }

    /// The picture as a PNG. `None` if it is not drawn in time, or pictures are off.
    async fn draw(&self, drawing: &Drawing, received: Instant) -> Option<Arc<[u8]>> {
        self.pictures.as_ref()?.png(drawing, (received + PICTURE_TIMEOUT).into()).await
    }
}

/// How long a reply waits for its picture, from the interaction's arrival. A first drawing takes milliseconds; later
/// ones are at hand.
const PICTURE_TIMEOUT: Duration = Duration::from_millis(250);

/// Encodes a reply for Discord. The one place that knows how a reply travels: as JSON, or with a picture as
/// `multipart/form-data` of the JSON and the file.
/// <https://docs.discord.com/developers/reference#uploading-files>
fn encode(reply: &Reply<'_>, png: Option<&[u8]>) -> Body {
    let mut bytes = Vec::with_capacity(USUAL_REPLY + png.map_or(0, <[u8]>::len));
    let Some(png) = png else {
        write_json(&mut bytes, reply);
        return Body { content_type: "application/json".into(), bytes: bytes.into() };
    };
    // 128 random bits: practically never part of the JSON or the picture.
    let boundary = format!("whichrole-{:032x}", fastrand::u128(..));
    let part = |bytes: &mut Vec<u8>, headers: &str| {
        bytes
            .extend_from_slice(format!("--{boundary}\r\nContent-Disposition: form-data; {headers}\r\n\r\n").as_bytes());
    };
    part(&mut bytes, "name=\"payload_json\"\r\nContent-Type: application/json");
    write_json(&mut bytes, reply);
    bytes.extend_from_slice(b"\r\n");
    part(&mut bytes, &format!("name=\"files[0]\"; filename=\"{PICTURE_FILE}\"\r\nContent-Type: image/png"));
    bytes.extend_from_slice(png);
    bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Body { content_type: format!("multipart/form-data; boundary={boundary}").into(), bytes: bytes.into() }
}

fn write_json(bytes: &mut Vec<u8>, reply: &Reply<'_>) {
    serde_json::to_writer(bytes, reply).expect("a reply is text and numbers, and writing to memory succeeds");
}

/// The capacity of a reply's buffer in bytes; few replies are longer.
const USUAL_REPLY: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Component, Message, Picture, Target};
    use crate::picture::Regions;

    /// A message with a picture travels as JSON and file, without one as JSON alone.
    #[test]
    fn a_picture_travels_beside_the_json() {
        let regions = Regions::from(&crate::responses::shipped().questionnaire.rule);
        let drawing = Drawing::team(regions, [], crate::picture::Place { cto: 1, cio: 2 });
        let gallery = Component::MediaGallery(Picture { drawing, alt: "A dot.".into() });
        let mut reply = Reply { target: Target::UpdateMessage, message: Message { components: vec![gallery] } };
        let json = |reply: &Reply<'_>| serde_json::to_string(reply).expect("a reply is JSON");

        let body = encode(&reply, Some(b"\x89PNG"));
        let boundary = body.content_type.strip_prefix("multipart/form-data; boundary=").expect("it is multipart");
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n\
             {}\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"picture.png\"\r\n\
             Content-Type: image/png\r\n\r\n",
            json(&reply)
        );
        assert_eq!(
            body.bytes,
            [expected.as_bytes(), b"\x89PNG", format!("\r\n--{boundary}--\r\n").as_bytes()].concat()
        );
        assert_ne!(encode(&reply, Some(b"")).content_type, body.content_type, "each has a boundary of its own");

        reply.message = Message { components: vec![Component::Separator] };
        let body = encode(&reply, None);
        assert_eq!((&*body.content_type, &body.bytes[..]), ("application/json", json(&reply).as_bytes()));
    }
}
