//! Discord's Markdown as HTML.
//!
//! pulldown-cmark reads CommonMark; Discord's dialect goes by lines, has `-# small text`, mentions and `__underline__`,
//! and knows neither HTML, images, rules nor headings past the third. What Discord does not know stays as it was typed.
//!
//! <https://support.discord.com/hc/en-us/articles/210298617>

use std::fmt::Write;
use std::ops::Range;

use maud::{Escaper, PreEscaped};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

use super::members::Member;
use crate::interaction::UserId;

/// Turns the texts of one message into HTML. Its headings nest under the page's own (`h1`) without a gap, whatever
/// levels the texts use.
#[derive(Default)]
pub struct Markdown {
    /// Discord's levels of the headings that the next one is under.
    above: Vec<usize>,
}

impl Markdown {
    /// The next text of the message.
    pub fn html(&mut self, text: &str) -> PreEscaped<String> {
        let mut html = String::new();
        for block in blocks(text) {
            match block.strip_prefix("-# ") {
                Some(line) => {
                    html.push_str("<p class=\"small\">");
                    Writer { markdown: self, source: line, html: &mut html, text: String::new(), inline: true }.run();
                    html.push_str("</p>");
                }
                None => {
                    Writer { markdown: self, source: &block, html: &mut html, text: String::new(), inline: false }.run()
                }
            }
        }
        PreEscaped(html)
    }

    /// One line without headings, lists and the like.
    pub fn line(line: &str) -> PreEscaped<String> {
        let mut html = String::new();
        let markdown = &mut Self::default();
        Writer { markdown, source: line, html: &mut html, text: String::new(), inline: true }.run();
        PreEscaped(html)
    }

    /// The level in HTML of a heading that has this level in Discord.
    fn level(&mut self, discord: usize) -> usize {
        self.above.retain(|&level| level < discord);
        self.above.push(discord);
        1 + self.above.len()
    }
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Line {
    Blank,
    Item,
    Plain,
    Quote,
    Small,
}

/// Cuts a text into lines of small text and CommonMark whose quotes and lists end where their lines end.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut last = Line::Small;
    let mut fenced = false;
    for line in text.lines() {
        let start = line.trim_start();
        let fence = start.starts_with("```");
        let kind = match start {
            _ if fenced || fence => Line::Plain,
            "" => Line::Blank,
            _ if line.starts_with("-# ") => Line::Small,
            _ if line.starts_with("> ") => Line::Quote,
            _ if is_item(start) => Line::Item,
            // Goes on with the item.
            _ if last == Line::Item && start.len() < line.len() => Line::Item,
            _ => Line::Plain,
        };
        // A fence that opens and closes on one line is none.
        fenced ^= fence && start.matches("```").count() == 1;
        // To CommonMark, an indented line is code, and one that begins with a tag is HTML.
        let line = match kind {
            Line::Plain if fenced || fence => line,
            Line::Plain if start.starts_with('<') && !start.starts_with("<http") => &format!("\\{start}"),
            Line::Plain => start,
            _ => line,
        };
        match blocks.last_mut() {
            Some(block) if kind != Line::Small && last != Line::Small => {
                if kind != last && kind != Line::Blank {
                    block.push('\n');
                }
                block.push_str(line);
                block.push('\n');
            }
            _ => blocks.push(if kind == Line::Small { line.to_owned() } else { format!("{line}\n") }),
        }
        last = kind;
    }
    blocks
}

fn is_item(start: &str) -> bool {
    let number = start.trim_start_matches(|character: char| character.is_ascii_digit());
    start.starts_with("- ") || start.starts_with("* ") || (number.len() < start.len() && number.starts_with(". "))
}

struct Writer<'a> {
    markdown: &'a mut Markdown,
    source: &'a str,
    html: &'a mut String,
    /// Text that is not written yet: a mention comes in pieces.
    text: String,
    /// Whether only what stands within a line is marked up.
    inline: bool,
}

impl Writer<'_> {
    fn run(mut self) {
        let source = self.source;
        let mut open = Vec::new();
        for (event, range) in Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
            match event {
                // Discord knows no entities: `&lt;` is four characters.
                Event::Text(text) if source[range.clone()].starts_with('&') && source[range.clone()] != *text => {
                    self.text.push_str(&source[range]);
                }
                Event::Text(text) | Event::InlineHtml(text) => self.text.push_str(&text),
                Event::Code(code) => {
                    self.tag("<code>");
                    self.escaped(&code);
                    self.html.push_str("</code>");
                }
                Event::SoftBreak | Event::HardBreak => self.tag("<br>"),
                Event::Rule => {
                    self.block("<p>");
                    self.escaped(source[range].trim_end());
                    self.block("</p>");
                }
                Event::Start(tag) => open.push(self.start(&tag, range)),
                Event::End(end) => {
                    let close = open.pop().expect("every end has its start");
                    match end {
                        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image => {
                            self.tag(&close);
                        }
                        _ => self.block(&close),
                    }
                }
                // The lines of a block of HTML, which its start has written; nothing else is switched on.
                _ => {}
            }
        }
        self.flush();
    }

    /// Writes the start of an element, and returns how it ends.
    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) -> String {
        let typed = &self.source[range];
        self.flush();
        match tag {
            Tag::Heading { level, .. } if typed.starts_with('#') && *level <= HeadingLevel::H3 => {
                let discord = *level as usize;
                let level = if self.inline { 0 } else { self.markdown.level(discord) };
                self.block(&format!("<h{level} class=\"heading-{discord}\">"));
                format!("</h{level}>")
            }
            Tag::Heading { .. } => {
                self.block("<p>");
                let marks = typed.bytes().take_while(|&byte| byte == b'#').count();
                if marks > 0 {
                    self.escaped(&format!("{} ", &typed[..marks]));
                    return "</p>".to_owned();
                }
                // CommonMark takes a text with a line of `=` or `-` under it for a heading.
                format!("<br>{}</p>", typed.trim_end().lines().last().unwrap_or_default())
            }
            Tag::HtmlBlock => {
                self.block("<p>");
                for (n, line) in typed.trim_end().lines().enumerate() {
                    if n > 0 {
                        self.tag("<br>");
                    }
                    self.text.push_str(line);
                }
                "</p>".to_owned()
            }
            Tag::Paragraph | Tag::CodeBlock(CodeBlockKind::Indented) => self.pair("p", ""),
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) => {
                self.block("<pre><code>");
                "</code></pre>".to_owned()
            }
            Tag::BlockQuote(_) => self.pair("blockquote", ""),
            Tag::List(None) => self.pair("ul", ""),
            Tag::List(Some(first)) => self.pair("ol", &format!(" start=\"{first}\"")),
            Tag::Item => self.pair("li", ""),
            Tag::Emphasis => self.inline("em"),
            Tag::Strong if typed.starts_with("__") => self.inline("u"),
            Tag::Strong => self.inline("strong"),
            Tag::Strikethrough if typed.starts_with("~~") => self.inline("s"),
            Tag::Strikethrough => {
                self.html.push('~');
                "~".to_owned()
            }
            Tag::Link { dest_url, .. } if dest_url.starts_with("https://") || dest_url.starts_with("http://") => {
                self.html.push_str("<a target=\"_blank\" rel=\"noopener noreferrer\" href=\"");
                self.escaped(dest_url);
                self.html.push_str("\">");
                "</a>".to_owned()
            }
            Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. } => {
                self.escaped("<");
                "&gt;".to_owned()
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.html.push_str(if matches!(tag, Tag::Image { .. }) { "![" } else { "[" });
                let mut close = String::new();
                // Writing to a `String` cannot fail.
                let _ = write!(Escaper::new(&mut close), "]({dest_url})");
                close
            }
            _ => String::new(),
        }
    }

    fn pair(&mut self, name: &str, attributes: &str) -> String {
        self.block(&format!("<{name}{attributes}>"));
        format!("</{name}>")
    }

    fn inline(&mut self, name: &str) -> String {
        let _ = write!(self.html, "<{name}>");
        format!("</{name}>")
    }

    /// The start or end of a block, which a line has none of.
    fn block(&mut self, tag: &str) {
        self.flush();
        if !self.inline {
            self.html.push_str(tag);
        }
    }

    fn tag(&mut self, tag: &str) {
        self.flush();
        self.html.push_str(tag);
    }

    fn escaped(&mut self, text: &str) {
        let _ = Escaper::new(self.html).write_str(text);
    }

    /// Writes the text that was collected, with its mentions by name.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let mut rest = text.as_str();
        while let Some(at) = rest.find("<@") {
            let (before, mention) = rest.split_at(at);
            let digits = mention[2..].strip_prefix('!').unwrap_or(&mention[2..]);
            match digits.split_once('>').and_then(|(id, after)| Some((id.parse().ok()?, after))) {
                Some((id, after)) => {
                    self.escaped(before);
                    let name = Member::of(UserId(id)).map_or("unknown-user", Member::name);
                    let _ = write!(self.html, "<span class=\"mention\">@{name}</span>");
                    rest = after;
                }
                None => {
                    self.escaped(&rest[..at + 2]);
                    rest = &rest[at + 2..];
                }
            }
        }
        self.escaped(rest);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(text: &str) -> String {
        Markdown::default().html(text).into_string()
    }

    #[test]
    fn discords_markdown_as_html() {
        for (text, expected) in [
            ("Hi", "<p>Hi</p>"),
            ("one\ntwo", "<p>one<br>two</p>"),
            ("one\n\ntwo", "<p>one</p><p>two</p>"),
            (
                "**b** *i* _i_ __u__ ~~s~~ `c`",
                "<p><strong>b</strong> <em>i</em> <em>i</em> <u>u</u> <s>s</s> <code>c</code></p>",
            ),
            ("***bi*** __**ub**__", "<p><em><strong>bi</strong></em> <u><strong>ub</strong></u></p>"),
            ("~one~", "<p>~one~</p>"),
            ("## Title\ntext", "<h2 class=\"heading-2\">Title</h2><p>text</p>"),
            (
                "# A\n### B\n### C\n## D",
                "<h2 class=\"heading-1\">A</h2><h3 class=\"heading-3\">B</h3><h3 class=\"heading-3\">C</h3><h3 class=\"heading-2\">D</h3>",
            ),
            ("### A\n## B", "<h2 class=\"heading-3\">A</h2><h2 class=\"heading-2\">B</h2>"),
            ("#### four", "<p>#### four</p>"),
            ("#tag", "<p>#tag</p>"),
            ("- a\n- b\ntext", "<ul><li>a</li><li>b</li></ul><p>text</p>"),
            ("text\n2. a\n3. b", "<p>text</p><ol start=\"2\"><li>a</li><li>b</li></ol>"),
            ("- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
            ("> quote\ntext", "<blockquote><p>quote</p></blockquote><p>text</p>"),
            ("-# small **b**", "<p class=\"small\">small <strong>b</strong></p>"),
            (
                "-# Question 1\n## Title\nHelp",
                "<p class=\"small\">Question 1</p><h2 class=\"heading-2\">Title</h2><p>Help</p>",
            ),
            ("one\n-# two\nthree", "<p>one</p><p class=\"small\">two</p><p>three</p>"),
            ("-# # no heading", "<p class=\"small\">no heading</p>"),
            ("```\n-# code\n> <b>\n```", "<pre><code>-# code\n&gt; &lt;b&gt;\n</code></pre>"),
            (
                "<@1200000000000000001> and <@!1200000000000000002>",
                "<p><span class=\"mention\">@Ana</span> and <span class=\"mention\">@Ben</span></p>",
            ),
            ("<@7>", "<p><span class=\"mention\">@unknown-user</span></p>"),
            ("<@x> <@", "<p>&lt;@x&gt; &lt;@</p>"),
            ("`<@7>`", "<p><code>&lt;@7&gt;</code></p>"),
            (
                "[a](https://example.com/?a&b)",
                "<p><a target=\"_blank\" rel=\"noopener noreferrer\" href=\"https://example.com/?a&amp;b\">a</a></p>",
            ),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn what_discord_does_not_know_stays_as_typed() {
        for (text, expected) in [
            ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
            ("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>"),
            ("<div>\n</div>", "<p>&lt;div&gt;<br>&lt;/div&gt;</p>"),
            ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
            ("[a](<JavaScript:x>) [b](data:text/html,x)", "<p>[a](JavaScript:x) [b](data:text/html,x)</p>"),
            ("<javascript:alert(1)> <a@b.c>", "<p>&lt;javascript:alert(1)&gt; &lt;a@b.c&gt;</p>"),
            ("![a](https://example.com/a.png)", "<p>![a](https://example.com/a.png)</p>"),
            ("<b>\n<div> **b**", "<p>&lt;b&gt;<br>&lt;div&gt; <strong>b</strong></p>"),
            (
                "- <div>\n- <@7>",
                "<ul><li><p>&lt;div&gt;</p></li><li><span class=\"mention\">@unknown-user</span></li></ul>",
            ),
            (
                "<https://e.com/>",
                "<p><a target=\"_blank\" rel=\"noopener noreferrer\" href=\"https://e.com/\">https://e.com/</a></p>",
            ),
            (
                "[a](https://e.com/\"onmouseover=\"x)",
                "<p><a target=\"_blank\" rel=\"noopener noreferrer\" href=\"https://e.com/&quot;onmouseover=&quot;x\">a</a></p>",
            ),
            ("text\n---", "<p>text<br>---</p>"),
            ("---", "<p>---</p>"),
            ("&lt;b&gt; &amp; & &copy;", "<p>&amp;lt;b&amp;gt; &amp;amp; &amp; &amp;copy;</p>"),
            ("`&lt;`", "<p><code>&amp;lt;</code></p>"),
            ("\\*\\<b\\>", "<p>*&lt;b&gt;</p>"),
            ("    indented <b>", "<p>indented &lt;b&gt;</p>"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_has_no_blocks() {
        assert_eq!(
            Markdown::line("## **A** <@7>").into_string(),
            "<strong>A</strong> <span class=\"mention\">@unknown-user</span>"
        );
    }

    proptest! {
        /// Every `<` in the result begins one of the elements above.
        #[test]
        fn no_text_makes_an_element_of_its_own(text in "([-#>*_~`<@!&;()\\[\\]/:\"a1. \n]|<b>|javascript:|https://){0,60}") {
            let html = html(&text);
            let elements = ["a ", "p>", "p ", "br>", "h2 ", "h3 ", "h4 ", "ul>", "ol ", "li>", "em>", "strong>", "u>", "s>",
                "code>", "pre>", "blockquote>", "span ", "a>", "h2>", "h3>", "h4>", "ol>", "span>"];
            for piece in html.split('<').skip(1) {
                let piece = piece.strip_prefix('/').unwrap_or(piece);
                prop_assert!(elements.iter().any(|element| piece.starts_with(element)), "{html}");
            }
        }
    }
}
