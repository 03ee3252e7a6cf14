//! The bot's message as HTML, each component as Discord draws it.

use maud::{Markup, html};

use super::icons::{DOWNLOAD, FILE, OPEN, icon};
use super::markdown::Markdown;
use crate::message::{Button, ButtonStyle, Component, Message};
use crate::picture::SIZE;

/// Where the browser gets what travels with a message.
pub(crate) struct Paths<'a> {
    /// The path of its picture.
    pub(crate) picture: &'a str,
    /// What its files' names stand between in their paths.
    pub(crate) file: (&'a str, &'a str),
}

/// Draws a message whose buttons belong to a form. Ids within begin with `id`; `now` is in seconds since 1970.
pub(crate) fn message(message: &Message<'_>, id: &str, paths: &Paths<'_>, now: u64) -> Markup {
    let mut draw = Draw { markdown: Markdown::new(now), id, paths, sections: 0 };
    html! {
        @for component in &message.components {
            (draw.component(component))
        }
    }
}

/// Returns a message's first heading, else its first line.
pub(crate) fn title<'a>(message: &'a Message<'_>) -> &'a str {
    fn texts<'a>(components: &'a [Component<'_>], into: &mut Vec<&'a str>) {
        for component in components {
            match component {
                Component::Container { components, .. } => texts(components, into),
                Component::TextDisplay(text) | Component::Section { text, .. } => into.push(text),
                Component::MediaGallery(_)
                | Component::File(_)
                | Component::Separator
                | Component::ActionRow(_)
                | Component::LinkRow(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    texts(&message.components, &mut found);
    let lines = || found.iter().flat_map(|text| text.lines());
    let heading = lines().find(|line| line.starts_with('#') && line.trim_start_matches('#').starts_with(' '));
    heading.or_else(|| lines().next()).unwrap_or_default().trim_start_matches('#').trim()
}

struct Draw<'a> {
    markdown: Markdown,
    id: &'a str,
    paths: &'a Paths<'a>,
    sections: usize,
}

impl Draw<'_> {
    fn component(&mut self, component: &Component<'_>) -> Markup {
        match component {
            Component::Container { accent_color, components } => html! {
                div.container {
                    // An attribute of SVG, since the page's policy allows no inline style.
                    svg.edge aria-hidden="true" { rect width="100%" height="100%" fill=(format!("#{accent_color:06x}")) {} }
                    @for component in components {
                        (self.component(component))
                    }
                }
            },
            Component::TextDisplay(text) => html! { div.text { (self.markdown.html(text)) } },
            Component::MediaGallery(picture) => html! {
                img.picture src=(self.paths.picture) alt=(picture.alt) width=(SIZE) height=(SIZE);
            },
            Component::Section { text, accessory } => {
                self.sections += 1;
                let about = format!("{}-section-{}", self.id, self.sections);
                html! {
                    div.section {
                        div.text id=(about) { (self.markdown.html(text)) }
                        (button(accessory, Some(&about)))
                    }
                }
            }
            Component::File(file) => {
                let (before, after) = self.paths.file;
                html! {
                    a.file href=(format!("{before}{}{after}", file.name)) download=(file.name) {
                        (icon(FILE))
                        span { strong { (file.name) } span { (size(file.bytes.len())) } }
                        (icon(DOWNLOAD))
                    }
                }
            }
            Component::LinkRow(links) => html! {
                div.row {
                    @for link in links {
                        a.button.secondary href=(link.url) rel="noreferrer" target="_blank" { (link.label) (icon(OPEN)) }
                    }
                }
            },
            Component::Separator => html! { hr; },
            Component::ActionRow(buttons) => html! {
                div.row {
                    @for one in buttons {
                        (button(one, None))
                    }
                }
            },
        }
    }
}

/// The size of a file in words.
fn size(bytes: usize) -> String {
    if bytes < 1000 { format!("{bytes} bytes") } else { format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100) }
}

/// `about` is the id of the text that the button goes with.
fn button(button: &Button<'_>, about: Option<&str>) -> Markup {
    let style = match button.style {
        ButtonStyle::Primary => "primary",
        ButtonStyle::Secondary => "secondary",
    };
    html! {
        button.button.(style) name="custom_id" value=(button.custom_id) disabled[button.disabled] aria-describedby=[about] {
            (button.label)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button(label: &str, disabled: bool) -> Button<'_> {
        Button { custom_id: "a\"b".into(), label: label.into(), style: ButtonStyle::Secondary, disabled }
    }

    #[test]
    fn every_component_is_drawn_and_nothing_in_it_is_html() {
        let drawn = message(
            &Message {
                components: vec![Component::Container {
                    accent_color: 0xff,
                    components: vec![
                        Component::TextDisplay("## <i>".into()),
                        Component::Section { text: "Text".into(), accessory: button("<b>", false) },
                        Component::Separator,
                        Component::ActionRow(vec![button("Back", true)]),
                    ],
                }],
            },
            "post-1",
            &Paths { picture: "/picture", file: ("/file/", "") },
            0,
        );
        assert_eq!(
            drawn.into_string(),
            "<div class=\"container\"><svg class=\"edge\" aria-hidden=\"true\"><rect width=\"100%\" height=\"100%\" \
             fill=\"#0000ff\"></rect></svg><div class=\"text\"><h2 class=\"heading-2\">&lt;i&gt;</h2></div>\
             <div class=\"section\"><div class=\"text\" id=\"post-1-section-1\"><p>Text</p></div>\
             <button class=\"button secondary\" name=\"custom_id\" value=\"a&quot;b\" aria-describedby=\"post-1-section-1\">&lt;b&gt;</button></div>\
             <hr><div class=\"row\"><button class=\"button secondary\" name=\"custom_id\" value=\"a&quot;b\" disabled>Back</button></div></div>"
        );
    }

    #[test]
    fn a_picture_has_its_alternative_text() {
        use crate::message::Picture;
        use crate::picture::{BothRegion, Drawing, Place, Regions, Shape};

        let regions = Regions { clear: None, both: BothRegion { low: 30, ratio: 45, clear: 30 } };
        let drawing = Drawing::person(regions, Place { cto: 80, cio: 20 }, Shape::Cto);
        let picture = Component::MediaGallery(Picture { drawing, alt: "A \"dot\"".into() });
        let paths = Paths { picture: "/ana/picture/1/0", file: ("", "") };
        let drawn = message(&Message { components: vec![picture] }, "post-1", &paths, 0).into_string();
        let expected =
            "<img class=\"picture\" src=\"/ana/picture/1/0\" alt=\"A &quot;dot&quot;\" width=\"640\" height=\"640\">";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_file_is_a_download_and_a_link_opens_a_page_of_its_own() {
        use crate::message::{File, Link};

        let file = File { name: "round.csv", media_type: "text/csv", bytes: vec![b'x'; 1234] };
        let link = Link { url: "https://example.com/?a=1&b=2".into(), label: "Terms".into() };
        let components = vec![Component::File(file), Component::LinkRow(vec![link])];
        let paths = Paths { picture: "", file: ("/ana/file/3/", "?x") };
        let drawn = message(&Message { components }, "post-3", &paths, 0).into_string();
        assert!(
            drawn.starts_with("<a class=\"file\" href=\"/ana/file/3/round.csv?x\" download=\"round.csv\">"),
            "{drawn}"
        );
        assert!(drawn.contains("<strong>round.csv</strong><span>1.2 KB</span>"), "{drawn}");
        let link = "<a class=\"button secondary\" href=\"https://example.com/?a=1&amp;b=2\" rel=\"noreferrer\" target=\"_blank\">Terms<svg";
        assert!(drawn.contains(link), "{drawn}");
    }

    #[test]
    fn a_message_is_told_by_its_heading() {
        let text = |text: &'static str| Component::TextDisplay(text.into());
        let title = |components| title(&Message { components }).to_owned();
        assert_eq!(title(vec![text("Intro"), text("-# 1 of 3\n## What?\nHelp")]), "What?");
        assert_eq!(title(vec![Component::Separator, text("One\nTwo")]), "One");
        assert_eq!(title(vec![]), "");
    }
}
