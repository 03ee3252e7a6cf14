//! The page as one member sees it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::channel::{Cause, Channel, Content, MAX_CONTENT, Post, commands};
use super::markdown::Markdown;
use super::members::Member;
use super::message::{message, title};
use crate::interaction::SHOW;
use crate::message::{Reply, Visibility};
use crate::responses::{Responses, name_of};

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    const ALL: [(Self, &str); 3] = [(Self::System, "Same as the system"), (Self::Light, "Light"), (Self::Dark, "Dark")];

    /// The theme of this name; the system's for any other.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().map(|(theme, _)| theme).find(|theme| theme.name() == name).unwrap_or_default()
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What the page shows.
pub struct View<'a> {
    /// The bot's words.
    pub responses: &'a Responses,
    /// The channel.
    pub channel: &'a Channel,
    /// Who looks at it.
    pub member: Member,
    /// How it looks.
    pub theme: Theme,
    /// Which load of the responses this is.
    pub loads: u64,
    /// Why the newest responses are not shown, if they are not.
    pub refused: Option<&'a str>,
}

impl View<'_> {
    /// The whole page.
    pub fn page(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" data-theme=(self.theme.name()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { "#leadership, as " (self.member.name()) " sees it · whichrole preview" }
                    link rel="icon" href="/bot.svg";
                    link rel="stylesheet" href="/style.css";
                    script src="/script.js" defer {}
                }
                body data-loads=(self.loads) {
                    (self.side())
                    main {
                        header.bar {
                            h1 { (icon(HASH)) "leadership" }
                            p { "The whole bot, in your browser. Nothing here reaches Discord." }
                        }
                        div #refused { (refused(self.refused)) }
                        div.scroller #scroller role="region" aria-label="Messages" tabindex="0" {
                            div #welcome {
                                @if self.channel.seen_by(self.member).next().is_none() {
                                    (self.welcome())
                                }
                            }
                            ol #log {
                                @for post in self.channel.seen_by(self.member) {
                                    li { (self.post(post)) }
                                }
                            }
                        }
                        div.foot {
                            p.trouble #trouble role="alert" hidden {}
                            (self.composer())
                        }
                    }
                    p.unseen #status role="status" {}
                }
            }
        }
    }

    fn side(&self) -> Markup {
        let locale = self.channel.locale(self.member);
        html! {
            header.side {
                p.server { img src="/bot.svg" alt="" width="24" height="24"; "whichrole preview" }
                nav.channels aria-label="Channels" {
                    p { "Text channels" }
                    a href=(self.member.path()) aria-current="page" { (icon(HASH)) "leadership" }
                }
                nav.channels aria-label="For writers" {
                    p { "For writers" }
                    a href=(format!("/gallery?language={locale}")) { (icon(CARDS)) "Every card" }
                }
                nav.members aria-label="Who you are" {
                    p { "You are" }
                    @for member in Member::ALL {
                        a href=(member.path()) aria-current=[(member == self.member).then_some("true")] {
                            (avatar(member))
                            (member.name())
                        }
                    }
                }
                details.settings {
                    summary { (icon(GEAR)) span { "Language and theme" } }
                    form method="post" action=(self.action("settings")) data-live {
                        (self.languages("locale", &format!("{}’s language", self.member.name()), locale))
                        (self.languages("server_locale", "Server’s language", self.channel.server_locale()))
                        label {
                            span { "Theme" }
                            select name="theme" {
                                @for (theme, name) in Theme::ALL {
                                    option value=(theme.name()) selected[theme == self.theme] { (name) }
                                }
                            }
                        }
                        button.button.primary.plain { "Save" }
                    }
                }
            }
        }
    }

    fn languages(&self, name: &str, label: &str, chosen: &str) -> Markup {
        html! {
            label {
                span { (label) }
                select name=(name) {
                    @for language in &self.responses.languages {
                        @let locale = &language.locale;
                        option value=(locale) lang=(locale) selected[locale == chosen] { (name_of(locale)) }
                    }
                }
            }
        }
    }

    /// In an empty channel: what to try.
    fn welcome(&self) -> Markup {
        let locale = self.channel.locale(self.member);
        html! {
            section.welcome aria-labelledby="welcome-title" {
                span.round { (icon(HASH)) }
                h2 #welcome-title { "Welcome to #leadership!" }
                p {
                    "Pick a command, or type " kbd { "/" } " below. With " kbd { (SHOW) ":public" } ", "
                    (self.other().name()) " sees the answer too, and can press its buttons."
                }
                form method="post" action=(self.action("send")) data-live {
                    @for command in commands(self.responses, locale) {
                        button.try name="command" value=(command.name) {
                            strong { "/" (command.name) }
                            span lang=(self.responses.language(locale).locale) { (command.description) }
                        }
                    }
                }
            }
        }
    }

    /// Somebody else in the channel.
    fn other(&self) -> Member {
        match self.member {
            Member::Ana => Member::Ben,
            Member::Ben => Member::Ana,
        }
    }

    fn post(&self, post: &Post) -> Markup {
        let id = format!("post-{}", post.id);
        let by = format!("{id}-by");
        html! {
            @match &post.content {
                Content::Words(words) => {
                    article.post id=(id) data-changes=(post.changes) tabindex="-1" aria-labelledby=(by) {
                        (avatar(post.by))
                        div.body {
                            p.by id=(by) { strong { (post.by.name()) } (time(post.at)) }
                            div.text { (Markdown::default().html(words)) }
                        }
                    }
                }
                Content::Answer { to, reply, locale, .. } => {
                    @let private = post.seen == Visibility::Private;
                    article.post.private[private] id=(id) data-changes=(post.changes) tabindex="-1" aria-labelledby=(by) {
                        (self.cause(post, to))
                        img.avatar src="/bot.svg" alt="" width="40" height="40";
                        div.body {
                            p.by id=(by) { strong { "whichrole" } span.badge { "APP" } (time(post.at)) }
                            form lang=(locale) method="post" action=(self.action(&format!("press/{}", post.id))) data-live {
                                (message(&reply.message, &id))
                            }
                            div.below {
                                @if private {
                                    form.only method="post" action=(self.action(&format!("dismiss/{}", post.id))) data-live {
                                        (icon(EYE)) "Only you can see this • "
                                        button.link { "Dismiss message" }
                                    }
                                }
                                (json(reply))
                            }
                        }
                    }
                }
            }
        }
    }

    /// The line above an answer.
    fn cause(&self, post: &Post, cause: &Cause) -> Markup {
        match cause {
            Cause::Command(name) => html! {
                p.cause { (avatar(post.by)) strong { (post.by.name()) } " used " span.command { "/" (name) } }
            },
            Cause::Press(id) => {
                let under = self.channel.seen_by(self.member).find(|post| post.id == *id);
                let about = under.and_then(Post::message).map(|message| Markdown::line(title(message)));
                html! {
                    p.cause {
                        img.avatar src="/bot.svg" alt="" width="16" height="16";
                        strong { "whichrole" }
                        " "
                        @match about {
                            Some(about) => a href=(format!("#post-{id}")) { (about) },
                            None => span { "Original message was deleted" },
                        }
                    }
                }
            }
        }
    }

    /// The message box, with the commands that it offers; without a script, two lists to choose from.
    fn composer(&self) -> Markup {
        let locale = self.channel.locale(self.member);
        let language = self.responses.language(locale);
        let ui = &language.words.ui;
        let commands = commands(self.responses, locale);
        let shows = [("public", ui.command_show_public()), ("private", ui.command_show_private())];
        html! {
            form.composer method="post" action=(self.action("send")) data-live {
                div.menu #menu hidden lang=(language.locale) {
                    ul role="listbox" id="choices" aria-label="Commands" {
                        @for command in &commands {
                            li role="option" id=(format!("choose-{}", command.name)) data-fill=(format!("/{} ", command.name)) {
                                img src="/bot.svg" alt="" width="32" height="32";
                                span { strong { "/" (command.name) } span { (command.description) } }
                                span.app lang="en" aria-hidden="true" { "whichrole" }
                            }
                        }
                        @for (value, label) in &shows {
                            li role="option" id=(format!("choose-{value}")) data-option=(format!("{SHOW}:{value}")) {
                                span { strong { (SHOW) ":" (value) } span { (ui.command_show()) ": " (label) } }
                            }
                        }
                    }
                }
                input #message name="text" type="text" required maxlength=(MAX_CONTENT) autocomplete="off" autocapitalize="off"
                    enterkeyhint="send" placeholder="Message #leadership, or type / for commands" aria-label="Message #leadership"
                    role="combobox" aria-expanded="false" aria-controls="choices" aria-autocomplete="list";
                button.send aria-label="Send" { (icon(SEND)) }
            }
            noscript {
                form.composer.lists method="post" action=(self.action("send")) {
                    label {
                        span.unseen { "Command" }
                        select name="command" {
                            @for command in &commands {
                                option value=(command.name) { "/" (command.name) }
                            }
                        }
                    }
                    label lang=(language.locale) {
                        span.unseen { (ui.command_show()) }
                        select name=(SHOW) {
                            option value="" { (SHOW) }
                            @for (value, label) in &shows {
                                option value=(value) { (label) }
                            }
                        }
                    }
                    button.send aria-label="Send" { (icon(SEND)) }
                }
            }
        }
    }

    fn action(&self, what: &str) -> String {
        format!("{}/{what}", self.member.path())
    }
}

/// What is wrong with the newest responses, as the command line says it.
pub fn refused(faults: Option<&str>) -> Markup {
    html! {
        @if let Some(faults) = faults {
            section.refused role="alert" aria-labelledby="refused-title" {
                h2 #refused-title { "The changed texts have faults. What you see is from before." }
                pre tabindex="0" role="group" aria-label="The faults" { code { (faults) } }
            }
        }
    }
}

fn json(reply: &Reply<'_>) -> Markup {
    let json = serde_json::to_string_pretty(reply).expect("a reply has only string keys");
    html! {
        details.json {
            summary { "JSON" }
            pre tabindex="0" role="group" aria-label="What Discord would get" { code { (json) } }
        }
    }
}

/// The time of day; the script shows the reader's own.
fn time(at: u64) -> Markup {
    let minutes = at / 60;
    html! { span.time data-at=(at) { (format!("{:02}:{:02} UTC", minutes / 60 % 24, minutes % 60)) } }
}

fn avatar(member: Member) -> Markup {
    html! { span.avatar.(&member.path()[1..]) aria-hidden="true" { (&member.name()[..1]) } }
}

/// The paths of our own icons, in a box of 24 by 24.
const HASH: &str = "M5 9h15M4 15h15M10 4 8 20M16 4l-2 16";
const CARDS: &str = "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z";
const GEAR: &str = "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1";
const EYE: &str = "M2 12s3.5-6 10-6 10 6 10 6-3.5 6-10 6S2 12 2 12M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5";
const SEND: &str = "M4 4l17 8-17 8 3-8-3-8M7 12h8";

fn icon(path: &str) -> Markup {
    html! {
        (PreEscaped("<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"))
        path d=(path) {}
        (PreEscaped("</svg>"))
    }
}
