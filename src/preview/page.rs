//! The frame of every page, and the page as one member sees it.

use maud::{DOCTYPE, Markup, html};
use serde::Serialize;

use super::channel::{Cause, Channel, Content, MAX_CONTENT, OpenForm, Post};
use super::commands::{commands, options};
use super::form;
use super::icons::{CARDS, CLOCK, EYE, GEAR, HASH, PEOPLE, SEND, icon};
use super::markdown::Markdown;
use super::members::Member;
use super::message::{Paths, message, title};
use super::time::time_of_day;
use crate::interaction::SHOW;
use crate::locale;
use crate::message::{Reply, Visibility};
use crate::responses::{ROUND, Responses};

/// The colours of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// The same as the system's.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    const ALL: [(Self, &str); 3] = [(Self::System, "Same as the system"), (Self::Light, "Light"), (Self::Dark, "Dark")];

    /// Finds a theme by its name; the system's for any other name.
    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().map(|(theme, _)| theme).find(|theme| theme.name() == name).unwrap_or_default()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What every page shows.
pub(crate) struct Frame<'a> {
    pub(crate) responses: &'a Responses,
    /// Whether the bot has rounds.
    pub(crate) rounds: bool,
    pub(crate) theme: Theme,
    /// Names what the page shows; the script asks for the page again when the preview sends another state.
    pub(crate) state: &'a str,
    /// Why the newest responses are not shown; `None` if they are.
    pub(crate) refused: Option<&'a str>,
    /// Seconds since 1970, by the channel's clock.
    pub(crate) now: u64,
    /// For how many seconds that clock is ahead of the real one.
    pub(crate) ahead: u64,
}

impl Frame<'_> {
    /// Draws a page with this title and body.
    pub(crate) fn page(&self, title: &str, class: Option<&str>, body: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" data-theme=(self.theme.name()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · whichrole preview" }
                    link rel="icon" href="/bot.svg";
                    link rel="stylesheet" href="/style.css";
                    script src="/script.js" defer {}
                }
                body class=[class] data-state=(self.state) data-ahead=(self.ahead) { (body) }
            }
        }
    }

    /// The faults of the newest responses, as the command line prints them.
    pub(crate) fn refused(&self) -> Markup {
        html! {
            @if let Some(diagnostics) = self.refused {
                section.refused role="alert" aria-labelledby="refused-title" {
                    h2 #refused-title { "The changed texts have faults. What you see is from before." }
                    pre tabindex="0" role="group" aria-label="The faults" { code { (diagnostics) } }
                }
            }
        }
    }

    /// Where the script says what went wrong.
    pub(crate) fn trouble(text: Option<&str>) -> Markup {
        html! { p.trouble #trouble role="alert" hidden[text.is_none()] { (text.unwrap_or_default()) } }
    }
}

/// The direction in which a locale's language is written, as HTML's `dir` has it.
pub(crate) fn direction(locale: &str) -> &'static str {
    // The bot takes Discord's locales, today two of these; the others are here for when Discord adds them.
    const RIGHT_TO_LEFT: [&str; 9] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur"];
    let language = locale.split('-').next().unwrap_or_default();
    if RIGHT_TO_LEFT.contains(&language) { "rtl" } else { "ltr" }
}

/// The channel as one member sees it.
pub(crate) struct ChannelPage<'a> {
    pub(crate) frame: &'a Frame<'a>,
    pub(crate) channel: &'a Channel,
    pub(crate) member: Member,
    /// Whether the member pressed a button that is not there any more.
    pub(crate) gone: bool,
}

impl ChannelPage<'_> {
    /// Draws the whole page.
    pub(crate) fn page(&self) -> Markup {
        let gone = "That message is not there any more: the preview was restarted, or newer messages took its place.";
        let form = self.channel.form(self.member);
        let body = html! {
            (self.side(form.is_some()))
            main inert[form.is_some()] {
                header.bar {
                    h1 { (icon(HASH)) "leadership" }
                    p.as { "as " strong { (self.member.name()) } }
                    p { "The whole bot, in your browser. Nothing here reaches Discord." }
                }
                div #refused data-part { (self.frame.refused()) }
                div.scroller #scroller role="region" aria-label="Messages" tabindex="0" {
                    div #welcome data-part {
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
                    (Frame::trouble(self.gone.then_some(gone)))
                    div #rounds data-part { (self.round_controls()) }
                    (self.composer())
                }
            }
            @if let Some(form) = form {
                (self.form(form))
            }
            p.unseen #status role="status" {}
        };
        self.frame.page(&format!("#leadership, as {} sees it", self.member.name()), None, &body)
    }

    /// The side of the page, with which nothing can be done while a form is open.
    fn side(&self, form: bool) -> Markup {
        let locale = self.channel.locale(self.member);
        html! {
            header.side inert[form] {
                p.server { img src="/bot.svg" alt="" width="24" height="24"; "whichrole preview" }
                nav.channels aria-label="Channels" {
                    p { "Text channels" }
                    a href=(self.member.path()) aria-current="page" { (icon(HASH)) "leadership" }
                }
                nav.channels #writers data-part aria-label="For writers" {
                    p { "For writers" }
                    a href=(format!("/gallery?language={locale}")) { (icon(CARDS)) "Every card" }
                }
                nav.members aria-label="Who you are" {
                    p { "You are" }
                    @for member in Member::ALL {
                        a href=(member.path()) aria-current=[(member == self.member).then_some("true")] {
                            (avatar(member))
                            span { (member.name()) }
                            @if member.may_manage_messages() {
                                " " small { "manages messages" }
                            }
                        }
                    }
                }
                details.settings {
                    summary { (icon(GEAR)) span { "Language and theme" } }
                    form #settings data-part method="post" action=(self.action("settings")) data-live {
                        (self.languages("locale", &format!("{}’s language", self.member.name()), locale))
                        (self.languages("server_locale", "Server’s language", self.channel.server_locale()))
                        label {
                            span { "Theme" }
                            select name="theme" {
                                @for (theme, name) in Theme::ALL {
                                    option value=(theme.name()) selected[theme == self.frame.theme] { (name) }
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
                    @for language in &self.frame.responses.languages {
                        @let locale = &language.locale;
                        option value=(locale) lang=(locale) dir=(direction(locale)) selected[locale == chosen] { (locale::own_name(locale)) }
                    }
                }
            }
        }
    }

    /// The commands to try, in an empty channel.
    fn welcome(&self) -> Markup {
        let language = self.frame.responses.language(self.channel.locale(self.member));
        let (locale, rounds) = (&language.locale, self.frame.rounds);
        html! {
            section.welcome aria-labelledby="welcome-title" {
                span.round { (icon(HASH)) }
                h2 #welcome-title { "Welcome to #leadership!" }
                p {
                    "Pick a command, or type " kbd { "/" } " below. With " kbd { (SHOW) ":public" } ", everybody here sees the \
                     answer, and can press its buttons."
                    @if rounds {
                        " " kbd { "/" (ROUND) } " asks the whole team: become one member after the other, or let the others answer by chance."
                    }
                }
                form method="post" action=(self.action("send")) data-live {
                    @for command in commands(self.frame.responses, language, rounds) {
                        button.try name="command" value=(command.name) {
                            strong { "/" (command.name) }
                            span lang=(locale) dir=(direction(locale)) { (command.description) }
                        }
                    }
                }
            }
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
                            p.by id=(by) { strong { (post.by.name()) } (time_of_day(post.at)) }
                            div.text dir="auto" { (Markdown::new(self.frame.now).html(words)) }
                        }
                    }
                }
                Content::Answer { to, answer, .. } => {
                    @let private = post.visibility == Visibility::Private;
                    @let picture = self.action(&format!("picture/{}/{}", post.id, post.changes));
                    @let file = self.action(&format!("file/{}/", post.id));
                    @let paths = Paths { picture: &picture, file: (&file, "") };
                    article.post.private[private] id=(id) data-changes=(post.changes) tabindex="-1" aria-labelledby=(by) {
                        (self.cause(post, to))
                        img.avatar src="/bot.svg" alt="" width="40" height="40";
                        div.body {
                            p.by id=(by) { strong { "whichrole" } span.badge { "APP" } (time_of_day(post.at)) }
                            form lang=(answer.locale) dir=(direction(&answer.locale)) method="post"
                                action=(self.action(&format!("press/{}", post.id))) data-live {
                                @if let Some(shown) = answer.reply.message() {
                                    (message(shown, &id, &paths, self.frame.now))
                                }
                            }
                            div.below {
                                @if private {
                                    form.only method="post" action=(self.action(&format!("dismiss/{}", post.id))) data-live {
                                        (icon(EYE)) "Only you can see this • "
                                        button.link { "Dismiss message" }
                                    }
                                }
                                @match &answer.reply {
                                    Reply::Message(target, message) if answer.by_itself => (json(&message.sent_as(*target))),
                                    reply => (json(reply)),
                                }
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
                let about =
                    under.and_then(Post::message).map(|message| Markdown::new(self.frame.now).line(title(message)));
                html! {
                    p.cause {
                        img.avatar src="/bot.svg" alt="" width="16" height="16";
                        strong { "whichrole" }
                        " "
                        @match about {
                            Some(about) => a href=(format!("#post-{id}")) dir="auto" { (about) },
                            None => span { "Original message was deleted" },
                        }
                    }
                }
            }
        }
    }

    /// What the preview itself adds to an open round: members who answer, and time that passes.
    fn round_controls(&self) -> Markup {
        let Some((card, _)) = self.channel.open_round() else { return html! {} };
        html! {
            form.controls method="post" action=(self.action(&format!("others/{card}"))) aria-label="The open round" data-live {
                button.button.secondary { (icon(PEOPLE)) "Let the others answer" }
                button.button.secondary formaction=(self.action(&format!("pass/{card}"))) { (icon(CLOCK)) "Let time pass" }
            }
        }
    }

    /// A form of the bot's. The script makes a dialogue of it that keeps the focus; without one it lies over the page.
    fn form(&self, open: &OpenForm) -> Markup {
        let OpenForm { modal, locale, .. } = open;
        html! {
            dialog.modal #form open data-form=(open.id) aria-labelledby="form-title" {
                form #cancel method="post" action=(self.action("cancel")) data-live {}
                form method="post" action=(self.action(&format!("submit/{}", open.id))) data-live {
                    header {
                        img src="/bot.svg" alt="" width="24" height="24";
                        h2 #form-title lang=(locale) dir=(direction(locale)) { (modal.title) }
                    }
                    div.fields lang=(locale) dir=(direction(locale)) { (form::parts(modal, "form", self.frame.now)) }
                    p.trouble role="alert" hidden {}
                    footer {
                        (json(&Reply::Modal(modal.clone())))
                        button.button.secondary form="cancel" { "Cancel" }
                        button.button.primary { "Submit" }
                    }
                }
            }
        }
    }

    /// The message box, with the commands that it offers; without a script, two lists to choose from.
    fn composer(&self) -> Markup {
        let language = self.frame.responses.language(self.channel.locale(self.member));
        let commands = commands(self.frame.responses, language, self.frame.rounds);
        let options = options(language, self.frame.rounds);
        html! {
            form.composer method="post" action=(self.action("send")) data-live {
                div.menu #menu data-part hidden {
                    ul role="listbox" id="choices" aria-label="Commands" lang=(language.locale) dir=(direction(&language.locale)) {
                        @for command in &commands {
                            li role="option" id=(format!("choose-{}", command.name)) data-fill=(format!("/{} ", command.name))
                                data-takes=[command.option] {
                                img src="/bot.svg" alt="" width="32" height="32";
                                span { strong { "/" (command.name) } span { (command.description) } }
                                span.app lang="en" aria-hidden="true" { "whichrole" }
                            }
                        }
                        @for option in &options {
                            @for (value, label) in &option.choices {
                                @let name = option.name;
                                li role="option" id=(format!("choose-{name}-{value}")) data-of=(name) data-option=(format!("{name}:{value}")) {
                                    span { strong { (name) ":" (value) } span { (option.description) ": " (label) } }
                                }
                            }
                        }
                    }
                }
                input #message name="text" type="text" required maxlength=(MAX_CONTENT) autocomplete="off" autocapitalize="off"
                    enterkeyhint="send" dir="auto" placeholder="Message #leadership, or type / for commands" aria-label="Message #leadership"
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
                    @for option in &options {
                        label lang=(language.locale) dir=(direction(&language.locale)) {
                            span.unseen { (option.description) }
                            select name=(option.name) {
                                option value="" { (option.name) }
                                @for (value, label) in &option.choices {
                                    option value=(value) { (label) }
                                }
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

fn json(sent: &impl Serialize) -> Markup {
    let json = serde_json::to_string_pretty(sent).expect("what is sent has only string keys");
    html! {
        details.json {
            summary { "JSON" }
            pre tabindex="0" role="group" aria-label="What Discord would get" { code { (json) } }
        }
    }
}

fn avatar(member: Member) -> Markup {
    html! { span.avatar.(&member.path()[1..]) aria-hidden="true" { (&member.name()[..1]) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::LOCALES;

    #[test]
    fn every_locale_of_discords_has_its_direction() {
        let rtl: Vec<_> =
            LOCALES.iter().map(|(locale, _)| *locale).filter(|locale| direction(locale) == "rtl").collect();
        assert_eq!(rtl, ["ar", "he"]);
        assert_eq!(
            [direction("fa-IR"), direction("ur"), direction("arn"), direction("")],
            ["rtl", "rtl", "ltr", "ltr"]
        );
    }
}
