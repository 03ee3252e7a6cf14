//! What the bot sends: the part of Discord's Components V2 message that it uses, and the limits on it.
//!
//! Its texts are borrowed from the responses wherever they stand there word for word, which is almost everywhere.
//!
//! A [`Reply`] serializes to the very JSON that Discord takes as an interaction response; the gateway, the
//! preview and the tests all use the same value.

mod modal;

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::ser::{Serialize, SerializeMap, Serializer};

pub(crate) use modal::{MAX_FIELD_DESCRIPTION, MAX_FIELD_LABEL, MAX_OPTION, MAX_PARTS, MAX_TITLE};
pub use modal::{Modal, Part, RadioGroup, RadioOption};

use crate::picture::Drawing;

/// Message flag of a message that only one person sees.
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub const EPHEMERAL: u64 = 1 << 6;

/// Message flag of a message made of components alone; once set it stays.
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub const IS_COMPONENTS_V2: u64 = 1 << 15;

/// How many components a message may have, nested ones included.
/// <https://docs.discord.com/developers/components/reference#component-object>
pub const MAX_COMPONENTS: usize = 40;

/// How many characters all text displays of a message may have together.
/// <https://docs.discord.com/developers/components/reference#text-display>
pub const MAX_TEXT: usize = 4000;

/// How many characters a `custom_id` may have; it has at least one.
/// <https://docs.discord.com/developers/components/reference#anatomy-of-a-component-custom-id>
pub const MAX_CUSTOM_ID: usize = 100;

/// How many characters a button's label may have.
/// <https://docs.discord.com/developers/components/reference#button-button-structure>
pub const MAX_LABEL: usize = 80;

/// How many characters the address of a link may have.
/// <https://docs.discord.com/developers/components/reference#button-button-structure>
pub const MAX_URL: usize = 512;

/// How many characters a picture's alt text may have; it has at least one.
/// <https://docs.discord.com/developers/components/reference#media-gallery-media-gallery-item-structure>
pub const MAX_ALT: usize = 1024;

/// How many pictures a message of ours may have: one file name serves all of them.
pub const MAX_PICTURES: usize = 1;

/// The name of a message's picture, by which its media gallery refers to the attached file.
pub const PICTURE_FILE: &str = "picture.png";

/// How many buttons an action row may have; it has at least one.
/// <https://docs.discord.com/developers/components/reference#action-row>
pub const MAX_BUTTONS_IN_ROW: usize = 5;

/// Who sees a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone in the channel.
    Public,
    /// Only the person it answers (Discord calls such a message ephemeral).
    Private,
}

/// What an interaction is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<'a> {
    /// A message, and where it goes.
    Message(Target, Message<'a>),
    /// A form. It cannot answer a form that was sent.
    Modal(Modal<'a>),
}

/// Where a reply's message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A new message.
    NewMessage(Visibility),
    /// In place of the message whose button was pressed.
    UpdateMessage,
}

/// A message of components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its components, top to bottom.
    pub components: Vec<Component<'a>>,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component<'a> {
    /// A card: components in a box with a coloured edge. A container does not hold another.
    Container {
        /// The colour of the edge, 0xRRGGBB.
        accent_color: u32,
        /// What is in it, top to bottom.
        components: Vec<Component<'a>>,
    },
    /// Text in Discord's Markdown.
    TextDisplay(Cow<'a, str>),
    /// Text with a button at its right.
    Section {
        /// The text, in Discord's Markdown.
        text: Cow<'a, str>,
        /// The button.
        accessory: Button<'a>,
    },
    /// A media gallery of one picture, which travels with the message as an attached file.
    MediaGallery(Picture<'a>),
    /// A file to download, which travels with the message.
    File(File),
    /// A thin line.
    Separator,
    /// One to five buttons beside each other.
    ActionRow(Vec<Button<'a>>),
    /// One to five links beside each other, shown as buttons.
    LinkRow(Vec<Link<'a>>),
}

/// A file that travels with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, unique in its message.
    pub name: &'static str,
    /// Its media type, such as `text/csv`.
    pub media_type: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A button that opens a page in the browser; nothing of the press reaches the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<'a> {
    /// The address, at most 512 characters.
    pub url: Cow<'a, str>,
    /// The words on it, at most 80 characters.
    pub label: Cow<'a, str>,
}

/// A picture: what to draw, and the same in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture<'a> {
    /// What it shows.
    pub drawing: Drawing,
    /// The text for those who do not see it, 1 to 1024 characters.
    pub alt: Cow<'a, str>,
}

/// A button that comes back as a press with its `custom_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button<'a> {
    /// Where the press leads, 1 to 100 characters, unique in its message.
    pub custom_id: String,
    /// The words on it, at most 80 characters.
    pub label: Cow<'a, str>,
    /// How it looks.
    pub style: ButtonStyle,
    /// Whether it can be pressed.
    pub disabled: bool,
}

/// How a button looks.
/// <https://docs.discord.com/developers/components/reference#button-button-styles>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonStyle {
    /// The main thing to do.
    Primary = 1,
    /// Something one can do.
    Secondary = 2,
}

impl Serialize for Reply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        match self {
            Self::Modal(modal) => {
                map.serialize_entry("type", &9)?;
                map.serialize_entry("data", modal)?;
            }
            Self::Message(target, message) => {
                let kind = if *target == Target::UpdateMessage { 7 } else { 4 };
                map.serialize_entry("type", &kind)?;
                map.serialize_entry("data", &message.sent_as(*target))?;
            }
        }
        map.end()
    }
}

/// A message as it is sent: the body of a callback's `data`, of a follow-up and of an edit.
#[derive(Debug)]
pub struct Sent<'a> {
    flags: u64,
    components: &'a [Component<'a>],
    attachments: Option<Vec<Attachment>>,
}

impl<'a> Message<'a> {
    /// The message as it is sent to a target.
    pub fn sent_as(&'a self, target: Target) -> Sent<'a> {
        let flags = match target {
            Target::NewMessage(Visibility::Private) => IS_COMPONENTS_V2 | EPHEMERAL,
            Target::NewMessage(Visibility::Public) | Target::UpdateMessage => IS_COMPONENTS_V2,
        };
        let attachments: Vec<_> = self
            .attachments()
            .iter()
            .enumerate()
            .map(|(id, file)| Attachment { id: id.to_string(), filename: file.name() })
            .collect();
        // An update keeps the files that the message has, unless it lists those to keep.
        let listed = !attachments.is_empty() || target == Target::UpdateMessage;
        Sent { flags, components: &self.components, attachments: listed.then_some(attachments) }
    }
}

/// A file sent with the message, as the part `files[id]` of the request.
/// <https://docs.discord.com/developers/reference#uploading-files>
#[derive(Debug, serde::Serialize)]
struct Attachment {
    /// The part's number, as text: Discord's description has ids as text alone.
    id: String,
    filename: &'static str,
}

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Nobody is ever pinged: names are shown as mentions that parse to nothing.
        #[derive(serde::Serialize)]
        struct AllowedMentions {
            parse: [(); 0],
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("flags", &self.flags)?;
        map.serialize_entry("components", self.components)?;
        if let Some(attachments) = &self.attachments {
            map.serialize_entry("attachments", attachments)?;
        }
        map.serialize_entry("allowed_mentions", &AllowedMentions { parse: [] })?;
        map.end()
    }
}

/// The numbers are Discord's component types.
/// <https://docs.discord.com/developers/components/reference#component-object-component-types>
impl Serialize for Component<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::ActionRow(buttons) => {
                map.serialize_entry("type", &1)?;
                map.serialize_entry("components", buttons)?;
            }
            Self::Section { text, accessory } => {
                map.serialize_entry("type", &9)?;
                map.serialize_entry("components", &[TextDisplay(text)])?;
                map.serialize_entry("accessory", accessory)?;
            }
            Self::TextDisplay(content) => {
                map.serialize_entry("type", &10)?;
                map.serialize_entry("content", content)?;
            }
            Self::MediaGallery(picture) => {
                map.serialize_entry("type", &12)?;
                map.serialize_entry("items", &[GalleryItem(picture)])?;
            }
            Self::File(file) => {
                map.serialize_entry("type", &13)?;
                map.serialize_entry("file", &AttachedFile { url: format!("attachment://{}", file.name) })?;
            }
            Self::LinkRow(links) => {
                map.serialize_entry("type", &1)?;
                map.serialize_entry("components", links)?;
            }
            Self::Separator => map.serialize_entry("type", &14)?,
            Self::Container { accent_color, components } => {
                map.serialize_entry("type", &17)?;
                map.serialize_entry("accent_color", accent_color)?;
                map.serialize_entry("components", components)?;
            }
        }
        map.end()
    }
}

struct TextDisplay<'a>(&'a str);

impl Serialize for TextDisplay<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", &10)?;
        map.serialize_entry("content", self.0)?;
        map.end()
    }
}

/// A file that travels with the message, by its name.
#[derive(serde::Serialize)]
struct AttachedFile {
    url: String,
}

struct GalleryItem<'a>(&'a Picture<'a>);

impl Serialize for GalleryItem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("media", &AttachedFile { url: format!("attachment://{PICTURE_FILE}") })?;
        map.serialize_entry("description", &self.0.alt)?;
        map.end()
    }
}

impl Serialize for Button<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &2)?;
        map.serialize_entry("style", &(self.style as u8))?;
        map.serialize_entry("label", &self.label)?;
        map.serialize_entry("custom_id", &self.custom_id)?;
        if self.disabled {
            map.serialize_entry("disabled", &true)?;
        }
        map.end()
    }
}

impl Serialize for Link<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("type", &2)?;
        map.serialize_entry("style", &5)?;
        map.serialize_entry("label", &self.label)?;
        map.serialize_entry("url", &self.url)?;
        map.end()
    }
}

/// How much of Discord's limits a message uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Components, nested ones included; at most [`MAX_COMPONENTS`].
    pub components: usize,
    /// Characters of text, summed; at most [`MAX_TEXT`].
    pub text: usize,
    /// Characters of the longest button label; at most [`MAX_LABEL`].
    pub label: usize,
    /// Characters of the longest `custom_id`; at most [`MAX_CUSTOM_ID`].
    pub custom_id: usize,
    /// Characters of the longest address of a link; at most [`MAX_URL`].
    pub url: usize,
    /// Buttons in the fullest row; at most [`MAX_BUTTONS_IN_ROW`].
    pub buttons_in_row: usize,
    /// Pictures; at most [`MAX_PICTURES`].
    pub pictures: usize,
    /// Characters of the longest alt text; at most [`MAX_ALT`].
    pub alt: usize,
}

/// A limit that a message breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Too much of something: what, how much, and the most that is allowed.
    TooMuch(&'static str, usize, usize),
    /// Too little of something: what, how much, and the least that is allowed.
    TooFew(&'static str, usize, usize),
    /// Something that must hold at least one of what it is for is empty.
    Empty(&'static str),
    /// Two parts have this `custom_id`, or this name.
    DuplicateCustomId(String),
    /// A container inside a container.
    NestedContainer,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMuch(what, found, most) => write!(f, "{found} {what}; Discord allows at most {most}"),
            Self::Empty(what) => write!(f, "an empty {what}; Discord allows none"),
            Self::TooFew(what, found, least) => write!(f, "{found} {what}; Discord wants at least {least}"),
            Self::DuplicateCustomId(id) => write!(f, "two parts with the custom_id `{id}`; each must differ"),
            Self::NestedContainer => f.write_str("a container inside a container; Discord allows none"),
        }
    }
}

/// Counts characters the way that can only overstate what Discord counts: in UTF-16 units.
pub fn characters(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // Every character has one byte that continues none; those of four bytes are two units. Bytes are counted
    // faster than characters are decoded, and this is done for every text that leaves.
    let starts = text.bytes().filter(|&byte| byte & 0b1100_0000 != 0b1000_0000).count();
    starts + text.bytes().filter(|&byte| byte >= 0b1111_0000).count()
}

impl<'a> Message<'a> {
    /// Walks the message once and tells how much of each limit it uses.
    ///
    /// # Errors
    ///
    /// Every limit that it breaks.
    pub fn usage(&self) -> Result<Usage, Vec<Violation>> {
        let mut walk =
            Walk { usage: Usage::default(), custom_ids: Vec::with_capacity(MAX_COMPONENTS), violations: Vec::new() };
        walk.components(&self.components, false);
        let Usage { components, text, label, custom_id, url, buttons_in_row, pictures, alt } = walk.usage;
        for (what, found, most) in [
            ("components", components, MAX_COMPONENTS),
            ("characters of text", text, MAX_TEXT),
            ("characters in a button's label", label, MAX_LABEL),
            ("characters in a custom_id", custom_id, MAX_CUSTOM_ID),
            ("characters in a link's address", url, MAX_URL),
            ("buttons in a row", buttons_in_row, MAX_BUTTONS_IN_ROW),
            ("pictures", pictures, MAX_PICTURES),
            ("characters in a picture's alt text", alt, MAX_ALT),
        ] {
            if found > most {
                walk.violations.push(Violation::TooMuch(what, found, most));
            }
        }
        if walk.violations.is_empty() { Ok(walk.usage) } else { Err(walk.violations) }
    }

    /// Every button of the message, in reading order.
    pub fn buttons(&self) -> Vec<&Button<'a>> {
        fn collect<'a, 'b>(components: &'b [Component<'a>], into: &mut Vec<&'b Button<'a>>) {
            for component in components {
                match component {
                    Component::Container { components, .. } => collect(components, into),
                    Component::Section { accessory, .. } => into.push(accessory),
                    Component::ActionRow(buttons) => into.extend(buttons),
                    Component::TextDisplay(_)
                    | Component::MediaGallery(_)
                    | Component::File(_)
                    | Component::Separator
                    | Component::LinkRow(_) => {}
                }
            }
        }
        let mut buttons = Vec::new();
        collect(&self.components, &mut buttons);
        buttons
    }

    /// The files that travel with the message, in reading order: the part `files[0]` is the first of them.
    pub fn attachments(&self) -> Vec<Attached<'_>> {
        fn collect<'b>(components: &'b [Component<'_>], into: &mut Vec<Attached<'b>>) {
            for component in components {
                match component {
                    Component::Container { components, .. } => collect(components, into),
                    Component::MediaGallery(picture) => into.push(Attached::Picture(&picture.drawing)),
                    Component::File(file) => into.push(Attached::File(file)),
                    _ => {}
                }
            }
        }
        let mut attached = Vec::new();
        collect(&self.components, &mut attached);
        attached
    }

    /// The message's picture. `None` if it has none.
    pub fn picture(&self) -> Option<&Picture<'a>> {
        fn find<'a, 'b>(components: &'b [Component<'a>]) -> Option<&'b Picture<'a>> {
            components.iter().find_map(|component| match component {
                Component::Container { components, .. } => find(components),
                Component::MediaGallery(picture) => Some(picture),
                _ => None,
            })
        }
        find(&self.components)
    }

    /// Takes the picture out, which leaves a message that says the same in words.
    pub fn remove_picture(&mut self) {
        fn remove(components: &mut Vec<Component<'_>>) {
            components.retain(|component| !matches!(component, Component::MediaGallery(_)));
            for component in components {
                if let Component::Container { components, .. } = component {
                    remove(components);
                }
            }
        }
        remove(&mut self.components);
    }
}

/// A file that travels with a message.
#[derive(Debug, Clone, Copy)]
pub enum Attached<'a> {
    /// The picture, which is still to be drawn.
    Picture(&'a Drawing),
    /// A file.
    File(&'a File),
}

impl Attached<'_> {
    /// The file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Picture(_) => PICTURE_FILE,
            Self::File(file) => file.name,
        }
    }

    /// The file's media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Picture(_) => "image/png",
            Self::File(file) => file.media_type,
        }
    }
}

struct Walk<'a> {
    usage: Usage,
    /// So few that looking through them is faster than hashing.
    custom_ids: Vec<&'a str>,
    violations: Vec<Violation>,
}

impl<'a> Walk<'a> {
    fn components(&mut self, components: &'a [Component<'_>], in_container: bool) {
        if components.is_empty() {
            self.violations.push(Violation::Empty(if in_container { "container" } else { "message" }));
        }
        for component in components {
            self.usage.components += 1;
            match component {
                Component::Container { components, .. } => {
                    if in_container {
                        self.violations.push(Violation::NestedContainer);
                    }
                    self.components(components, true);
                }
                Component::TextDisplay(text) => self.text(text),
                Component::Section { text, accessory } => {
                    self.usage.components += 1;
                    self.text(text);
                    self.button(accessory);
                }
                Component::MediaGallery(picture) => {
                    if picture.alt.is_empty() {
                        self.violations.push(Violation::Empty("alt text"));
                    }
                    self.usage.pictures += 1;
                    self.usage.alt = self.usage.alt.max(characters(&picture.alt));
                }
                Component::File(file) => {
                    if file.name.is_empty() || file.bytes.is_empty() {
                        self.violations.push(Violation::Empty("file"));
                    }
                    self.unique(file.name);
                }
                Component::Separator => {}
                Component::LinkRow(links) => {
                    if links.is_empty() {
                        self.violations.push(Violation::Empty("row of links"));
                    }
                    self.usage.components += links.len();
                    self.usage.buttons_in_row = self.usage.buttons_in_row.max(links.len());
                    for Link { url, label } in links {
                        self.label(label);
                        self.usage.url = self.usage.url.max(characters(url));
                    }
                }
                Component::ActionRow(buttons) => {
                    if buttons.is_empty() {
                        self.violations.push(Violation::Empty("row of buttons"));
                    }
                    self.usage.buttons_in_row = self.usage.buttons_in_row.max(buttons.len());
                    for button in buttons {
                        self.button(button);
                    }
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            self.violations.push(Violation::Empty("text"));
        }
        self.usage.text += characters(text);
    }

    fn button(&mut self, button: &'a Button<'_>) {
        self.usage.components += 1;
        self.label(&button.label);
        if button.custom_id.is_empty() {
            self.violations.push(Violation::Empty("custom_id"));
        }
        self.usage.custom_id = self.usage.custom_id.max(characters(&button.custom_id));
        self.unique(&button.custom_id);
    }

    fn label(&mut self, label: &str) {
        if label.is_empty() {
            self.violations.push(Violation::Empty("button label"));
        }
        self.usage.label = self.usage.label.max(characters(label));
    }

    fn unique(&mut self, id: &'a str) {
        if self.custom_ids.contains(&id) {
            self.violations.push(Violation::DuplicateCustomId(id.to_owned()));
        }
        self.custom_ids.push(id);
    }
}

impl<'a> Reply<'a> {
    /// Clones all borrowed text, so that the reply can outlive the responses.
    pub fn into_owned(self) -> Reply<'static> {
        match self {
            Self::Message(target, message) => Reply::Message(target, message.into_owned()),
            Self::Modal(modal) => Reply::Modal(modal.into_owned()),
        }
    }

    /// The message; `None` if it is a form.
    pub fn message(&self) -> Option<&Message<'a>> {
        match self {
            Self::Message(_, message) => Some(message),
            Self::Modal(_) => None,
        }
    }

    /// Every limit that it breaks.
    pub fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Message(_, message) => message.usage().err().unwrap_or_default(),
            Self::Modal(modal) => modal.violations(),
        }
    }
}

impl Message<'_> {
    /// Clones all borrowed text, so that the message can outlive the responses.
    pub fn into_owned(self) -> Message<'static> {
        Message { components: self.components.into_iter().map(Component::into_owned).collect() }
    }
}

impl Component<'_> {
    fn into_owned(self) -> Component<'static> {
        match self {
            Self::Container { accent_color, components } => {
                let components = components.into_iter().map(Self::into_owned).collect();
                Component::Container { accent_color, components }
            }
            Self::TextDisplay(text) => Component::TextDisplay(text.into_owned().into()),
            Self::Section { text, accessory } => {
                Component::Section { text: text.into_owned().into(), accessory: accessory.into_owned() }
            }
            Self::MediaGallery(Picture { drawing, alt }) => {
                Component::MediaGallery(Picture { drawing, alt: alt.into_owned().into() })
            }
            Self::File(file) => Component::File(file),
            Self::Separator => Component::Separator,
            Self::LinkRow(links) => {
                let owned =
                    |link: Link<'_>| Link { url: link.url.into_owned().into(), label: link.label.into_owned().into() };
                Component::LinkRow(links.into_iter().map(owned).collect())
            }
            Self::ActionRow(buttons) => Component::ActionRow(buttons.into_iter().map(Button::into_owned).collect()),
        }
    }
}

impl Button<'_> {
    fn into_owned(self) -> Button<'static> {
        Button { label: self.label.into_owned().into(), ..self }
    }
}

/// The message as its reader sees it, for tests and logs: text as it is, buttons as `[label]`, disabled ones as
/// `(label)`.
impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn write(components: &[Component<'_>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for component in components {
                match component {
                    Component::Container { components, .. } => write(components, f)?,
                    Component::TextDisplay(text) => writeln!(f, "{text}")?,
                    Component::Section { text, accessory } => writeln!(f, "{text}  {accessory}")?,
                    Component::MediaGallery(picture) => writeln!(f, "[picture: {}]", picture.alt)?,
                    Component::File(file) => writeln!(f, "[file: {}]", file.name)?,
                    Component::Separator => writeln!(f, "---")?,
                    Component::LinkRow(links) => {
                        let labels: Vec<_> =
                            links.iter().map(|link| format!("[{}]({})", link.label, link.url)).collect();
                        writeln!(f, "{}", labels.join(" "))?;
                    }
                    Component::ActionRow(buttons) => {
                        let labels: Vec<_> = buttons.iter().map(Button::to_string).collect();
                        writeln!(f, "{}", labels.join(" "))?;
                    }
                }
            }
            Ok(())
        }
        write(&self.components, f)
    }
}

impl fmt::Display for Button<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.disabled { write!(f, "({})", self.label) } else { write!(f, "[{}]", self.label) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Place, Shape};

    fn button(custom_id: &str, label: &str) -> Button<'static> {
        Button {
            custom_id: custom_id.into(),
            label: label.to_owned().into(),
            style: ButtonStyle::Secondary,
            disabled: false,
        }
    }

    fn broken(components: Vec<Component<'_>>) -> Vec<String> {
        let violations = Message { components }.usage().expect_err("this message breaks a limit");
        violations.iter().map(ToString::to_string).collect()
    }

    fn gallery(alt: &str) -> Component<'static> {
        let regions = crate::picture::Regions::from(&crate::responses::shipped().questionnaire.rule);
        let drawing = Drawing::person(regions, Place { cto: 80, cio: 10 }, Shape::Cto);
        Component::MediaGallery(Picture { drawing, alt: alt.to_owned().into() })
    }

    #[test]
    fn a_picture_is_attached_and_an_update_without_one_takes_it_away() {
        let data = |target, components| {
            let reply = Reply::Message(target, Message { components });
            serde_json::to_value(&reply).expect("a reply is JSON")["data"].take()
        };
        let text = || Component::TextDisplay("Hi".into());
        let with = data(Target::UpdateMessage, vec![text(), gallery("A dot.")]);
        assert_eq!(
            with["components"][1],
            serde_json::json!({"type": 12, "items": [{"media": {"url": "attachment://picture.png"}, "description": "A dot."}]})
        );
        assert_eq!(with["attachments"], serde_json::json!([{"id": "0", "filename": "picture.png"}]));
        assert_eq!(data(Target::UpdateMessage, vec![text()])["attachments"], serde_json::json!([]));
        assert_eq!(data(Target::NewMessage(Visibility::Public), vec![text()]).get("attachments"), None);

        let mut message = Message { components: vec![text(), gallery("A dot.")] };
        message.remove_picture();
        assert_eq!(message, Message { components: vec![text()] });
    }

    /// Each limit: what a message with `n` of it looks like, the most that passes, and what one more is told.
    #[test]
    fn each_limit_holds_at_its_maximum_and_is_named_one_past_it() {
        type Make = fn(usize) -> Vec<Component<'static>>;
        let table: [(Make, usize, &str); 7] = [
            (|n| vec![Component::Separator; n], 40, "41 components; Discord allows at most 40"),
            (
                |n| vec![Component::TextDisplay("x".repeat(n - 1).into()), Component::TextDisplay("y".into())],
                4000,
                "4001 characters of text; Discord allows at most 4000",
            ),
            (
                |n| vec![Component::ActionRow(vec![button(&"x".repeat(n), "Go")])],
                100,
                "101 characters in a custom_id; Discord allows at most 100",
            ),
            (
                |n| vec![Component::ActionRow(vec![button("a", &"x".repeat(n))])],
                80,
                "81 characters in a button's label; Discord allows at most 80",
            ),
            (
                |n| vec![Component::ActionRow((0..n).map(|i| button(&i.to_string(), "Go")).collect())],
                5,
                "6 buttons in a row; Discord allows at most 5",
            ),
            (
                |n| vec![gallery(&"x".repeat(n))],
                1024,
                "1025 characters in a picture's alt text; Discord allows at most 1024",
            ),
            (|n| vec![gallery("x"); n], 1, "2 pictures; Discord allows at most 1"),
        ];
        for (text, units) in [("", 0), ("a", 1), ("é", 1), ("€", 1), ("👋", 2), ("a👋é€", 5)] {
            assert_eq!((characters(text), text.encode_utf16().count()), (units, units), "{text}");
        }
        for (make, most, said) in table {
            assert!(Message { components: make(most) }.usage().is_ok(), "{said}");
            assert_eq!(broken(make(most + 1)), [said]);
        }
    }

    #[test]
    fn what_must_not_be_empty_or_twice_is_named() {
        assert_eq!(broken(vec![]), ["an empty message; Discord allows none"]);
        assert_eq!(broken(vec![Component::TextDisplay(String::new().into())]), ["an empty text; Discord allows none"]);
        assert_eq!(broken(vec![Component::ActionRow(vec![])]), ["an empty row of buttons; Discord allows none"]);
        assert_eq!(
            broken(vec![Component::ActionRow(vec![button("a", "One"), button("a", "Two")])]),
            ["two parts with the custom_id `a`; each must differ"]
        );
        let container = |components| Component::Container { accent_color: 0, components };
        assert_eq!(
            broken(vec![container(vec![container(vec![Component::Separator])])]),
            ["a container inside a container; Discord allows none"]
        );
    }

    #[test]
    fn a_reply_is_the_json_that_discord_takes() {
        let reply = Reply::Message(
            Target::NewMessage(Visibility::Private),
            Message {
                components: vec![Component::Container {
                    accent_color: 0x58_65f2,
                    components: vec![
                        Component::TextDisplay("Hi".into()),
                        Component::Section { text: "Choose".into(), accessory: button("a", "This") },
                        Component::Separator,
                        Component::ActionRow(vec![Button { disabled: true, ..button("b", "Back") }]),
                    ],
                }],
            },
        );
        assert_eq!(
            serde_json::to_value(&reply).expect("a reply is JSON"),
            serde_json::json!({"type": 4, "data": {
                "flags": 32832,
                "allowed_mentions": {"parse": []},
                "components": [{"type": 17, "accent_color": 5793266, "components": [
                    {"type": 10, "content": "Hi"},
                    {"type": 9, "components": [{"type": 10, "content": "Choose"}],
                     "accessory": {"type": 2, "style": 2, "label": "This", "custom_id": "a"}},
                    {"type": 14},
                    {"type": 1, "components": [
                        {"type": 2, "style": 2, "label": "Back", "custom_id": "b", "disabled": true}]},
                ]}],
            }})
        );
    }
}
