//! What reaches the bot: a command, a press or a form that was sent; by whom, where, in which language.
//!
//! Discord sends the same JSON through the gateway (`INTERACTION_CREATE`) and to an endpoint. It is read
//! straight into these types, which keep only what an answer depends on and borrow the rest of the text from it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use crate::message::{EPHEMERAL, Visibility};
use crate::secret::Secret;

/// A Discord user's id (a snowflake: at most 20 decimal digits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub u64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One thing somebody did: everything an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interaction<'a> {
    /// Its id (a snowflake), whose upper bits tell when Discord made it.
    pub id: u64,
    /// Who did it.
    pub user: UserId,
    /// The language of that person's client, one of Discord's locales such as `en-US`.
    pub user_locale: Cow<'a, str>,
    /// The preferred language of the server; direct and group messages have none.
    pub guild_locale: Option<Cow<'a, str>>,
    /// Whether the server could choose that language: only a Community server can, every other has `en-US`.
    /// <https://docs.discord.com/developers/resources/guild#guild-object>
    pub guild_is_community: bool,
    /// The server; direct and group messages have none.
    pub server: Option<Server>,
    /// What they did.
    pub request: Request<'a>,
}

impl Interaction<'_> {
    /// When it was done, in Unix seconds, by Discord's clock.
    pub fn at(&self) -> i64 {
        seconds_of(self.id)
    }
}

/// Where in a server something was done, and what the person may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// The server's id.
    pub id: u64,
    /// The channel's id.
    pub channel: u64,
    /// Whether the person may delete messages of others in that channel.
    pub may_manage_messages: bool,
}

/// What somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request<'a> {
    /// A slash command.
    Command {
        /// Its name, without the slash.
        name: Cow<'a, str>,
        /// The `show` option, where the person set it.
        show: Option<Visibility>,
        /// The `deadline` option, where the person set it: untrusted text.
        deadline: Option<Cow<'a, str>>,
    },
    /// A press of a button under one of our messages.
    Press {
        /// The button's `custom_id`: untrusted, anyone can send any text here.
        custom_id: Cow<'a, str>,
        /// Who sees the message that the button is under.
        on: Visibility,
    },
    /// A form that somebody sent; a button under one of our messages had opened it.
    Submit {
        /// The form's `custom_id`: untrusted, like everything in it.
        custom_id: Cow<'a, str>,
        /// The `custom_id` of each group of options with the value that was chosen in it.
        fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
        /// Who sees the message that the button is under.
        on: Visibility,
    },
}

/// An interaction with what a transport needs to answer it.
#[derive(Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The application's id, which follow-up messages ask for.
    pub application_id: u64,
    /// What the callback route asks for. It answers in the user's name for 15 minutes: never log it.
    pub token: Secret<Cow<'a, str>>,
    /// The interaction itself.
    pub interaction: Interaction<'a>,
}

/// What an interaction's JSON turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// Discord asks whether the endpoint is there.
    Ping,
    /// Something to answer.
    Interaction(Envelope<'a>),
}

/// Why an interaction's JSON could not be read.
#[derive(Debug)]
pub enum ParseError {
    /// It is not JSON, or not shaped like an interaction.
    Malformed(serde_json::Error),
    /// It is an interaction of a kind that this bot never causes: its `type`.
    Kind(u8),
    /// A field that this kind always has is missing: its name.
    Missing(&'static str),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "not an interaction: {error}"),
            Self::Kind(kind) => {
                write!(
                    f,
                    "interaction type {kind}; this bot takes 1 (ping), 2 (slash command), 3 (button) and 5 (form)"
                )
            }
            Self::Missing(field) => write!(f, "an interaction without `{field}`"),
        }
    }
}

impl std::error::Error for ParseError {}

/// Reads an interaction as Discord sends it.
///
/// # Errors
///
/// When it is no interaction, or none of the kinds this bot causes.
pub fn parse(json: &[u8]) -> Result<Incoming<'_>, ParseError> {
    // Checked once and not text by text, which takes a tenth of the time of reading.
    let json = std::str::from_utf8(json).map_err(|error| ParseError::Malformed(serde::de::Error::custom(error)))?;
    let wire: Wire<'_> = serde_json::from_str(json).map_err(ParseError::Malformed)?;
    let visibility = wire.visibility_of_message();
    let request = match wire.kind {
        1 => return Ok(Incoming::Ping),
        2 => {
            let data = wire.data.ok_or(ParseError::Missing("data"))?;
            Request::Command {
                name: data.name.ok_or(ParseError::Missing("data.name"))?.0,
                show: data.options.iter().find_map(WireOption::show),
                deadline: data.options.into_iter().find_map(WireOption::deadline),
            }
        }
        3 => {
            let data = wire.data.ok_or(ParseError::Missing("data"))?;
            Request::Press { custom_id: data.custom_id.ok_or(ParseError::Missing("data.custom_id"))?.0, on: visibility }
        }
        5 => {
            let data = wire.data.ok_or(ParseError::Missing("data"))?;
            Request::Submit {
                custom_id: data.custom_id.ok_or(ParseError::Missing("data.custom_id"))?.0,
                fields: data.components.into_iter().filter_map(WireLabel::field).collect(),
                on: visibility,
            }
        }
        kind => return Err(ParseError::Kind(kind)),
    };
    let server = wire.guild_id.map(|id| Server {
        id: id.0,
        channel: wire.channel_id.as_ref().map_or(0, |id| id.0),
        may_manage_messages: wire.member.as_ref().is_some_and(WireMember::may_manage_messages),
    });
    let user = wire.member.map(|member| member.user).or(wire.user).ok_or(ParseError::Missing("user"))?;
    Ok(Incoming::Interaction(Envelope {
        application_id: wire.application_id.map_or(0, |id| id.0),
        token: Secret::new(wire.token.ok_or(ParseError::Missing("token"))?.0),
        interaction: Interaction {
            id: wire.id.0,
            user: UserId(user.id.0),
            user_locale: wire.locale.map_or(Cow::Borrowed(""), |locale| locale.0),
            guild_locale: wire.guild_locale.map(|locale| locale.0),
            // Without the server's features nothing says that the language was not chosen.
            guild_is_community: wire.guild.is_none_or(|guild| guild.is_community()),
            server,
            request,
        },
    }))
}

/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object>
#[derive(Deserialize)]
struct Wire<'a> {
    id: Snowflake,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(borrow)]
    token: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<WireData<'a>>,
    application_id: Option<Snowflake>,
    guild_id: Option<Snowflake>,
    channel_id: Option<Snowflake>,
    /// In a server.
    #[serde(borrow)]
    member: Option<WireMember<'a>>,
    /// In a direct or group message.
    user: Option<WireUser>,
    /// The message a pressed button is under; of a form, the button that opened it.
    message: Option<WireMessage>,
    #[serde(borrow)]
    locale: Option<Text<'a>>,
    #[serde(borrow)]
    guild_locale: Option<Text<'a>>,
    #[serde(borrow)]
    guild: Option<WireGuild<'a>>,
}

impl Wire<'_> {
    fn visibility_of_message(&self) -> Visibility {
        match &self.message {
            Some(message) if message.flags & EPHEMERAL != 0 => Visibility::Private,
            _ => Visibility::Public,
        }
    }
}

/// The server, as far as it is sent along with an interaction.
#[derive(Deserialize)]
struct WireGuild<'a> {
    #[serde(borrow)]
    features: Option<Vec<Text<'a>>>,
}

impl WireGuild<'_> {
    fn is_community(&self) -> bool {
        self.features.as_ref().is_none_or(|features| features.iter().any(|feature| feature.0 == "COMMUNITY"))
    }
}

#[derive(Deserialize)]
struct WireData<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow, default)]
    options: Vec<WireOption<'a>>,
    #[serde(borrow)]
    custom_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    components: Vec<WireLabel<'a>>,
}

/// A part of a form that was sent. Only groups of radio buttons have a value; texts have nothing.
/// <https://docs.discord.com/developers/components/reference#radio-group-radio-group-interaction-response-structure>
#[derive(Deserialize)]
struct WireLabel<'a> {
    #[serde(borrow)]
    component: Option<WireRadioGroup<'a>>,
}

#[derive(Deserialize)]
struct WireRadioGroup<'a> {
    #[serde(borrow)]
    custom_id: Option<Text<'a>>,
    /// `null` where nothing is chosen.
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

impl<'a> WireLabel<'a> {
    fn field(self) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
        let group = self.component?;
        Some((group.custom_id?.0, group.value?.0))
    }
}

#[derive(Deserialize)]
struct WireOption<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    /// Text for the options we register; numbers, objects and nothing at all exist elsewhere.
    #[serde(default)]
    value: serde_json::Value,
}

impl WireOption<'_> {
    /// What a `show` option says; anything but its two registered choices counts as not set.
    fn show(&self) -> Option<Visibility> {
        (self.name.0 == SHOW).then(|| Visibility::deserialize(&self.value).ok()).flatten()
    }

    /// What a `deadline` option says.
    fn deadline<'t>(self) -> Option<Cow<'t, str>> {
        match self.value {
            serde_json::Value::String(text) if self.name.0 == DEADLINE => Some(Cow::Owned(text)),
            _ => None,
        }
    }
}

/// The name under which the option is registered that chooses who sees an answer.
pub const SHOW: &str = "show";

/// The name under which the option is registered that says until when people may answer in a round.
pub const DEADLINE: &str = "deadline";

#[derive(Deserialize)]
struct WireMember<'a> {
    user: WireUser,
    /// A number of many bits, which Discord writes as a text of digits.
    #[serde(borrow)]
    permissions: Option<Text<'a>>,
}

/// <https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags>
const ADMINISTRATOR: u128 = 1 << 3;
/// Also who may close any round of the channel.
pub(crate) const MANAGE_MESSAGES: u128 = 1 << 13;

impl WireMember<'_> {
    fn may_manage_messages(&self) -> bool {
        let permissions = self.permissions.as_ref().and_then(|text| text.0.parse::<u128>().ok());
        permissions.is_some_and(|bits| bits & (ADMINISTRATOR | MANAGE_MESSAGES) != 0)
    }
}

/// The first second of 2015, from which Discord counts, in milliseconds since 1970.
/// <https://docs.discord.com/developers/reference#snowflakes>
pub const DISCORD_EPOCH: u64 = 1_420_070_400_000;

/// When Discord made a thing with this id, in Unix seconds.
fn seconds_of(id: u64) -> i64 {
    i64::try_from(((id >> 22) + DISCORD_EPOCH) / 1000).expect("42 bits of milliseconds fit")
}

#[derive(Deserialize)]
struct WireUser {
    id: Snowflake,
}

#[derive(Deserialize)]
struct WireMessage {
    #[serde(default)]
    flags: u64,
}

/// A text borrowed from the JSON where it holds no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// An id, which Discord writes as a text of digits.
struct Snowflake(u64);

impl<'de> Deserialize<'de> for Snowflake {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(digits) = Text::deserialize(deserializer)?;
        digits.parse().map(Self).map_err(|_| {
            serde::de::Error::custom(format_args!("an id of {:?}; allowed is a text of decimal digits", digits))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(json: &str) -> Envelope<'_> {
        match parse(json.as_bytes()) {
            Ok(Incoming::Interaction(envelope)) => envelope,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_command_in_a_server() {
        let envelope = received(
            r#"{"id":"12","type":2,"token":"t","locale":"de","guild_locale":"fr","member":{"user":{"id":"7"}},
                "data":{"name":"cto","options":[{"name":"show","type":3,"value":"private"}]}}"#,
        );
        assert_eq!(
            envelope.interaction,
            Interaction {
                id: 12,
                user: UserId(7),
                user_locale: "de".into(),
                guild_locale: Some("fr".into()),
                guild_is_community: true,
                server: None,
                request: Request::Command { name: "cto".into(), show: Some(Visibility::Private), deadline: None },
            }
        );
    }

    #[test]
    fn only_a_community_server_has_chosen_its_language() {
        for (guild, is_community) in [
            (r#"{"id":"3","locale":"en-US","features":[]}"#, false),
            (r#"{"id":"3","locale":"en-US","features":["NEWS"]}"#, false),
            (r#"{"id":"3","locale":"fr","features":["NEWS","COMMUNITY"]}"#, true),
            (r#"{"id":"3","locale":"en-US"}"#, true),
            ("null", true),
        ] {
            let json = format!(
                r#"{{"id":"1","type":2,"token":"t","user":{{"id":"7"}},"guild":{guild},"data":{{"name":"cto"}}}}"#
            );
            assert_eq!(received(&json).interaction.guild_is_community, is_community, "{guild}");
        }
    }

    #[test]
    fn a_press_in_a_direct_message_on_a_private_card() {
        let envelope = received(
            r#"{"id":"12","type":3,"token":"t","user":{"id":"7"},"message":{"flags":32832},"data":{"custom_id":"a\"b"}}"#,
        );
        let Request::Press { custom_id, on } = envelope.interaction.request else { panic!() };
        assert_eq!((custom_id.as_ref(), on), ("a\"b", Visibility::Private));
    }

    #[test]
    fn a_command_with_a_deadline_in_a_server() {
        for (permissions, may) in [("8192", true), ("8", true), ("2251799813677057", true), ("1", false), ("x", false)]
        {
            let json = format!(
                r#"{{"id":"1200000000000000000","type":2,"token":"t","guild_id":"5","channel_id":"6","application_id":"4",
                    "member":{{"user":{{"id":"7"}},"permissions":"{permissions}"}},
                    "data":{{"name":"round","options":[{{"name":"deadline","type":3,"value":"day"}}]}}}}"#
            );
            let envelope = received(&json);
            assert_eq!(envelope.application_id, 4);
            let interaction = envelope.interaction;
            assert_eq!(
                interaction.server,
                Some(Server { id: 5, channel: 6, may_manage_messages: may }),
                "{permissions}"
            );
            assert_eq!(interaction.at(), 1_706_172_694);
            let Request::Command { deadline, .. } = interaction.request else { panic!() };
            assert_eq!(deadline.as_deref(), Some("day"));
        }
    }

    #[test]
    fn a_form_that_was_sent() {
        let envelope = received(
            r#"{"id":"12","type":5,"token":"t","user":{"id":"7"},"message":{"flags":64},"data":{"custom_id":"f","components":[
                {"type":10,"id":1},
                {"type":18,"id":2,"component":{"type":21,"id":3,"custom_id":"wants","value":"product"}},
                {"type":18,"id":4,"component":{"type":21,"id":5,"custom_id":"area","value":null}}]}}"#,
        );
        let fields = vec![("wants".into(), "product".into())];
        let expected = Request::Submit { custom_id: "f".into(), fields, on: Visibility::Private };
        assert_eq!(envelope.interaction.request, expected);
    }

    #[test]
    fn text_is_borrowed_from_the_json() {
        let envelope = received(r#"{"id":"1","type":2,"token":"t","user":{"id":"7"},"data":{"name":"cto"}}"#);
        assert!(matches!(envelope.interaction.request, Request::Command { name: Cow::Borrowed("cto"), .. }));
    }

    #[test]
    fn what_is_not_ours_is_named() {
        for (json, said) in [
            (
                r#"{"id":"1","type":4}"#,
                "interaction type 4; this bot takes 1 (ping), 2 (slash command), 3 (button) and 5 (form)",
            ),
            (r#"{"id":"1","type":2}"#, "an interaction without `data`"),
            (r#"{"id":"1","type":2,"token":"t","data":{"name":"x"}}"#, "an interaction without `user`"),
        ] {
            assert_eq!(parse(json.as_bytes()).unwrap_err().to_string(), said);
        }
        let error = parse(br#"{"id":"one","type":2}"#).unwrap_err().to_string();
        assert!(error.contains(r#"an id of "one"; allowed is a text of decimal digits"#), "{error}");
    }

    #[test]
    fn the_token_is_never_printed() {
        let envelope = received(r#"{"id":"1","type":2,"token":"hush","user":{"id":"7"},"data":{"name":"cto"}}"#);
        assert!(!format!("{envelope:?}").contains("hush"));
    }
}
