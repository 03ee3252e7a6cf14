//! State shared by all transports, and the one road that each interaction takes:
//!
//! ```text
//! bytes ─► Service::handle ─► interaction::parse ─► Bot::plan ─► encode ─► Handled ─► finish()
//!             one catch          one parse            pure   │      once     delivered   one log line, one count
//!                                                           ├─► what is sent after it: `Handled::after`
//!                        a round: store, one transaction ─► Bot::reply
//! ```

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::watch;

pub use crate::bot::After;
use crate::bot::{Bot, Defaults, Found, Plan, Record, Response, StoreRequest};
use crate::diagnostic::Diagnostics;
use crate::interaction::{self, Envelope, Interaction, ParseError, UserId};
use crate::links::Links;
use crate::message::{Attached, Message, Reply, Target, Visibility};
use crate::picture::Pictures;
use crate::responses::Responses;
use crate::round::{Command, Member, Refused, Request, RoundId, RoundView, Rounds, StoreError};
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
    /// The application's id, which messages after the reply ask for.
    pub application_id: u64,
    /// The token of the callback route. It answers in the bot's name for 15 minutes: never log it.
    pub token: Secret<String>,
    /// The reply.
    pub body: B,
    /// What is done once Discord has the reply, in this order.
    pub after: Vec<After<'static>>,
    /// The reply's message with its picture, if the reply went without because the picture was not drawn in time.
    pub late_picture: Option<Message<'static>>,
    record: Record,
    /// The locale of the person's client, as Discord sent it.
    locale: String,
    /// The time of the interaction's arrival.
    received: Instant,
}

/// The card of a round as it is now.
#[derive(Debug)]
pub struct Card {
    /// Its channel.
    pub channel: u64,
    /// Its message.
    pub message: u64,
    /// What it shows.
    pub card: Message<'static>,
    /// The locale of its language.
    pub language: String,
}

/// An encoded reply: JSON, or with files `multipart/form-data`.
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
    fn new(envelope: Envelope<'_>, body: B, after: Vec<After<'_>>, record: Record, received: Instant) -> Self {
        Self {
            id: envelope.interaction.id,
            application_id: envelope.application_id,
            token: Secret::new(envelope.token.into_exposed()),
            body,
            after: after.into_iter().map(After::into_owned).collect(),
            late_picture: None,
            record,
            locale: envelope.interaction.user_locale.into_owned(),
            received,
        }
    }

    /// Returns `true` if nothing is to be done once Discord has the reply.
    pub fn ends_with_reply(&self) -> bool {
        self.after.is_empty() && self.late_picture.is_none()
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
        Self {
            responses: ArcSwap::from_pointee(responses),
            loads: watch::Sender::new(1),
            refused: ArcSwapOption::empty(),
            defaults,
            pictures: Some(Pictures::default()),
            rounds: None,
            links: Links::default(),
            metrics: Arc::new(Metrics::new()),
            readiness: Arc::default(),
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
    pub fn refuse(&self, diagnostics: &Diagnostics) {
        self.refused.store(Some(Arc::new(diagnostics.render(false))));
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
        let Response { mut reply, after, record } = self.respond(&responses, &envelope.interaction).await;
        let (mut png, mut late_picture) = (None, None);
        if let Reply::Message(_, message) = &mut reply
            && message.picture().is_some()
        {
            png = self.draw(message, received + REPLY_PICTURE_TIMEOUT).await;
            if png.is_none() {
                late_picture = self.pictures.is_some().then(|| message.clone().into_owned());
                message.remove_picture();
            }
        }
        let body = encode(&reply, reply.message(), png.as_deref());
        let handled = Handled::new(envelope, body, after, record, received);
        Ok(Incoming::Handled(Handled { late_picture, ..handled }))
    }

    /// Does what [`Service::handle`] does, but neither draws nor encodes.
    ///
    /// # Errors
    ///
    /// Those of [`Service::handle`].
    pub async fn handle_unencoded(&self, json: &[u8], received: Instant) -> Result<Incoming<Unencoded>, ParseError> {
        let Some(envelope) = self.parse(json)? else { return Ok(Incoming::Ping) };
        let responses = self.responses();
        let Response { mut reply, mut after, record } = self.respond(&responses, &envelope.interaction).await;
        let target = match &mut reply {
            Reply::Message(target, message) => {
                self.remove_picture_if_off(message);
                *target
            }
            // Only the person sees a form, as with a private message.
            Reply::Modal(_) => Target::NewMessage(Visibility::Private),
        };
        for after in &mut after {
            if let After::FollowUp(message) = after {
                self.remove_picture_if_off(message);
            }
        }
        let language = self.bot(&responses).language_of(&envelope.interaction, target).locale.clone();
        let body = Unencoded { reply: reply.into_owned(), language };
        Ok(Incoming::Handled(Handled::new(envelope, body, after, record, received)))
    }

    /// Takes the picture out of a message that is shown here, if pictures are off.
    pub(crate) fn remove_picture_if_off(&self, message: &mut Message<'_>) {
        if self.pictures.is_none() {
            message.remove_picture();
        }
    }

    /// Returns the card of a round as it is at a time in Unix seconds; `None` if the round is gone, or nobody knows the
    /// message that is its card.
    ///
    /// # Errors
    ///
    /// When the store of rounds fails.
    pub async fn card(&self, round: RoundId, server: u64, now: i64) -> Result<Option<Card>, StoreError> {
        // Nobody in particular: the card shows nobody's own answers.
        let by = Member { user: UserId(0), server, may_manage: false };
        let request = Request { round, by, now, command: Command::Look };
        let responses = self.responses();
        let Some(Ok(view)) = self.execute(&responses, request).await? else { return Ok(None) };
        let (RoundView::Open { facts, .. } | RoundView::Closed { facts, .. }) = &view else { return Ok(None) };
        let Some(message) = facts.message else { return Ok(None) };
        Ok(self.bot(&responses).card(&view).map(|(mut card, language)| {
            self.remove_picture_if_off(&mut card);
            let language = language.to_owned();
            Card { channel: facts.place.channel, message, card: card.into_owned(), language }
        }))
    }

    /// Remembers the message that is the card of a round.
    ///
    /// # Errors
    ///
    /// When the store of rounds fails.
    pub async fn remember_card(&self, round: RoundId, by: Member, message: u64, now: i64) -> Result<(), StoreError> {
        let request = Request { round, by, now, command: Command::Posted { message } };
        self.execute(&self.responses(), request).await.map(drop)
    }

    /// Asks something of a round; `None` if rounds are off.
    pub(crate) async fn execute(
        &self,
        responses: &Responses,
        request: Request,
    ) -> Result<Option<Result<RoundView, Refused>>, StoreError> {
        let Some(rounds) = &self.rounds else { return Ok(None) };
        let rules = rounds.rules(&responses.questionnaire, &responses.team);
        rounds.store.execute(&rules, request).await.map(Some)
    }

    /// Draws and encodes a message that is not the reply to an interaction.
    pub async fn encode_message(&self, mut message: Message<'_>, target: Target) -> Body {
        let png = self.draw(&message, Instant::now() + MESSAGE_PICTURE_TIMEOUT).await;
        if png.is_none() {
            message.remove_picture();
        }
        encode(&message.sent_as(target), Some(&message), png.as_deref())
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

    /// The bot, with these responses.
    pub fn bot<'a>(&'a self, responses: &'a Responses) -> Bot<'a> {
        let rounds = self.rounds.as_ref().map(|rounds| rounds.limits);
        Bot { responses, defaults: self.defaults, rounds, links: &self.links }
    }

    /// The response, with what the store of rounds found where it is asked; or the apology if the bot panics. The panic
    /// hook logs the cause.
    async fn respond<'a>(&'a self, responses: &'a Responses, interaction: &Interaction<'_>) -> Response<'a> {
        let bot = self.bot(responses);
        let response = match panics::catch(|| bot.plan(interaction)) {
            Ok(Plan::Answer(response)) => Ok(response),
            Ok(Plan::Ask(lookup)) => {
                let found = self.ask(responses, lookup.request.clone()).await;
                panics::catch(|| bot.reply(interaction, lookup, found))
            }
            Err(panic) => Err(panic),
        };
        response.unwrap_or_else(|_| bot.apologise(interaction))
    }

    /// Asks the store of rounds. It ends within the time that an interaction can wait, and counts its failures;
    /// [`keeper`](crate::keeper) logs them.
    async fn ask(&self, responses: &Responses, request: StoreRequest) -> Found {
        let Some(Rounds { store, .. }) = &self.rounds else { return Found::Unavailable };
        let found = match request {
            StoreRequest::Round(request) => self.execute(responses, request).await.map(|found| found.map(Found::Round)),
            StoreRequest::Mine(user) => store.mine(user).await.map(|mine| Some(Found::Mine(mine))),
            StoreRequest::Forget(user) => store.forget(user).await.map(|forgotten| Some(Found::Forgotten(forgotten))),
        };
        found.ok().flatten().unwrap_or(Found::Unavailable)
    }

    /// The message's picture as a PNG. `None` if it is not drawn by the deadline, or pictures are off.
    async fn draw(&self, message: &Message<'_>, deadline: Instant) -> Option<Arc<[u8]>> {
        let (picture, pictures) = (message.picture()?, self.pictures.as_ref()?);
        pictures.png(&picture.drawing, deadline.into()).await
    }
}

/// How long a reply waits for its picture, from the interaction's arrival. A first drawing takes milliseconds; later
/// ones are at hand. A picture that is late is added to the reply afterwards.
const REPLY_PICTURE_TIMEOUT: Duration = Duration::from_millis(250);

/// How long every other message waits for its picture: nobody counts the seconds, and a card without one stays without.
const MESSAGE_PICTURE_TIMEOUT: Duration = Duration::from_secs(5);

/// Encodes a reply for Discord. The one place that knows how a reply travels: as JSON, or with a picture as
/// `multipart/form-data` of the JSON and the file.
/// <https://docs.discord.com/developers/reference#uploading-files>
///
/// `json` is what is sent, and `message` the message in it, whose files travel along.
fn encode(json: &impl Serialize, message: Option<&Message<'_>>, png: Option<&[u8]>) -> Body {
    let attached = message.map(Message::attachments).unwrap_or_default();
    let mut bytes = Vec::with_capacity(USUAL_REPLY + png.map_or(0, <[u8]>::len));
    if attached.is_empty() {
        write_json(&mut bytes, json);
        return Body { content_type: "application/json".into(), bytes: bytes.into() };
    }
    // 128 random bits: practically never part of the JSON or a file.
    let boundary = format!("whichrole-{:032x}", fastrand::u128(..));
    let part = |bytes: &mut Vec<u8>, headers: &str| {
        bytes
            .extend_from_slice(format!("--{boundary}\r\nContent-Disposition: form-data; {headers}\r\n\r\n").as_bytes());
    };
    part(&mut bytes, "name=\"payload_json\"\r\nContent-Type: application/json");
    write_json(&mut bytes, json);
    for (id, file) in attached.into_iter().enumerate() {
        bytes.extend_from_slice(b"\r\n");
        let (name, media_type) = (file.name(), file.media_type());
        part(&mut bytes, &format!("name=\"files[{id}]\"; filename=\"{name}\"\r\nContent-Type: {media_type}"));
        bytes.extend_from_slice(match file {
            Attached::Picture(_) => png.unwrap_or_default(),
            Attached::File(file) => &file.bytes,
        });
    }
    bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Body { content_type: format!("multipart/form-data; boundary={boundary}").into(), bytes: bytes.into() }
}

fn write_json(bytes: &mut Vec<u8>, json: &impl Serialize) {
    serde_json::to_writer(bytes, json).expect("a reply is text and numbers, and writing to memory succeeds");
}

/// The capacity of a reply's buffer in bytes; few replies are longer.
const USUAL_REPLY: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Component, Message, Picture, Target};
    use crate::picture::{Drawing, Place, Regions, Shape};

    /// A message with a picture travels as JSON and file, without one as JSON alone.
    #[test]
    fn a_picture_travels_beside_the_json() {
        let regions = Regions::from(&crate::responses::shipped().questionnaire.rule);
        let drawing = Drawing::team(regions, [], (Place { cto: 1, cio: 2 }, Shape::Cio));
        let gallery = Component::MediaGallery(Picture { drawing, alt: "A dot.".into() });
        let reply = Reply::Message(Target::UpdateMessage, Message { components: vec![gallery] });
        let json = |reply: &Reply<'_>| serde_json::to_string(reply).expect("a reply is JSON");

        let encode = |reply: &Reply<'_>, png| super::encode(reply, reply.message(), png);
        let body = encode(&reply, Some(&b"\x89PNG"[..]));
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
        assert_ne!(encode(&reply, Some(&b""[..])).content_type, body.content_type, "each has a boundary of its own");

        let reply = Reply::Message(Target::UpdateMessage, Message { components: vec![Component::Separator] });
        let body = encode(&reply, None);
        assert_eq!((&*body.content_type, &body.bytes[..]), ("application/json", json(&reply).as_bytes()));
    }
}
