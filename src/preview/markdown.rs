//! Discord's Markdown as HTML.
//!
//! Discord's dialect goes by lines: headings to the third level, `-# small text`, lists, quotes (`>` for a line, `>>>` for
//! all that follows) and fenced code. Within a line: emphasis, spoilers, links, mentions, timestamps and custom emoji.
//! Everything else, HTML, entities, images and rules included, stays as typed.
//!
//! - <https://support.discord.com/hc/en-us/articles/210298617>
//! - <https://docs.discord.com/developers/reference#message-formatting>

use std::fmt::Write;

use maud::{Escaper, PreEscaped};

use super::members::Member;
use super::time;
use crate::interaction::UserId;

/// How deep lists nest; deeper ones stay as typed.
const MAX_LIST_DEPTH: usize = 11;

/// How deep emphasis nests. Keeps the work for a text of thousands of marks small.
const MAX_SPAN_DEPTH: usize = 12;

/// The characters that a span begins with; `h` is an address's.
const MARKS: &str = "\n\\`*_~|[<h";

/// The id of the preview's channel.
pub(crate) const CHANNEL_ID: u64 = 1_200_000_000_000_000_040;

/// Turns the texts of one message into HTML. Its headings nest under the page's own (`h1`) without a gap, whatever
/// levels the texts use.
pub(crate) struct Markdown {
    /// Discord's levels of the headings that enclose the next one.
    above: Vec<usize>,
    /// Seconds since 1970, for relative timestamps.
    now: u64,
}

impl Markdown {
    /// A converter for one message that is read at `now`, in seconds since 1970.
    pub(crate) fn new(now: u64) -> Self {
        Self { above: Vec::new(), now }
    }

    /// Converts the next text of the message.
    pub(crate) fn html(&mut self, text: &str) -> PreEscaped<String> {
        let mut html = String::new();
        self.blocks(text, Within::default(), &mut html);
        PreEscaped(html)
    }

    /// Converts one line without headings, lists and other blocks.
    pub(crate) fn line(&self, line: &str) -> PreEscaped<String> {
        let mut html = String::new();
        Spans { now: self.now, depth: 0, in_link: false }.write(line, &mut html);
        PreEscaped(html)
    }

    /// Returns the level in HTML of a heading that has this level in Discord.
    fn level(&mut self, discord: usize) -> usize {
        self.above.retain(|&level| level < discord);
        self.above.push(discord);
        1 + self.above.len()
    }

    fn blocks(&mut self, text: &str, within: Within, html: &mut String) {
        let mut paragraph = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let line = line.trim_end();
            if let Some((before, code, after)) = fence(rest) {
                paragraph.push_str(before);
                self.paragraph(&mut paragraph, within, html);
                html.push_str("<pre><code>");
                escape(code, html);
                html.push_str("</code></pre>");
                rest = after.strip_prefix('\n').unwrap_or(after);
            } else if let Some((level, title)) = heading(line).filter(|_| within.lists == 0) {
                self.paragraph(&mut paragraph, within, html);
                let tag = self.level(level);
                let _ = write!(html, "<h{tag} class=\"heading-{level}\">{}</h{tag}>", self.line(title).0);
                rest = after;
            } else if let Some(small) = small_text(line) {
                self.paragraph(&mut paragraph, within, html);
                let _ = write!(html, "<p class=\"small\">{}</p>", self.line(small).0);
                rest = after;
            } else if let Some((quoted, after)) = quote(rest).filter(|_| !within.quote) {
                self.paragraph(&mut paragraph, within, html);
                html.push_str("<blockquote>");
                self.blocks(&quoted, Within { quote: true, ..within }, html);
                html.push_str("</blockquote>");
                rest = after;
            } else if let Some((list, after)) = List::read(rest).filter(|_| within.lists < MAX_LIST_DEPTH) {
                self.paragraph(&mut paragraph, within, html);
                let tag = if list.first.is_some() { "ol" } else { "ul" };
                match list.first {
                    Some(first) => drop(write!(html, "<ol start=\"{first}\">")),
                    None => html.push_str("<ul>"),
                }
                for item in &list.items {
                    html.push_str("<li>");
                    self.blocks(item, Within { lists: within.lists + 1, ..within }, html);
                    html.push_str("</li>");
                }
                let _ = write!(html, "</{tag}>");
                rest = after;
            } else {
                if line.is_empty() {
                    self.paragraph(&mut paragraph, within, html);
                } else {
                    paragraph.push_str(line);
                    paragraph.push('\n');
                }
                rest = after;
            }
        }
        self.paragraph(&mut paragraph, within, html);
    }

    /// Writes the lines that were collected, and empties them.
    fn paragraph(&self, lines: &mut String, within: Within, html: &mut String) {
        let lines = std::mem::take(lines);
        let text = lines.trim_end();
        if text.trim().is_empty() {
            return;
        }
        let text = self.line(text).0;
        // An item of a list is one paragraph, as a rule, and needs no element for it.
        let _ = if within.lists > 0 { write!(html, "{text}") } else { write!(html, "<p>{text}</p>") };
    }
}

/// What a block stands in.
#[derive(Clone, Copy, Default)]
struct Within {
    quote: bool,
    lists: usize,
}

/// Reads `# Title` to the third level: its level and its words.
fn heading(line: &str) -> Option<(usize, &str)> {
    let words = line.trim_start_matches('#');
    let level = line.len() - words.len();
    let title = words.strip_prefix([' ', '\t'])?.trim_start();
    let title = title.trim_end().trim_end_matches('#').trim_end();
    ((1..=3).contains(&level) && !title.is_empty() && !title.starts_with('#')).then_some((level, title))
}

fn small_text(line: &str) -> Option<&str> {
    let words = line.strip_prefix("-# ")?.trim_start();
    (!words.is_empty() && !words.starts_with("-#")).then_some(words)
}

/// Reads a fence that opens on the first line of `text`: what stands before it, the code, what follows.
fn fence(text: &str) -> Option<(&str, &str, &str)> {
    const FENCE: &str = "```";
    let line_end = text.find('\n').unwrap_or(text.len());
    let open = text[..line_end].find(FENCE)?;
    if text[..open].ends_with('\\') {
        return None;
    }
    let inside = &text[open + FENCE.len()..];
    let (code, after) = inside.split_once(FENCE)?;
    let is_language = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "_-+.".contains(c));
    let code = match code.split_once('\n') {
        Some((language, code)) if is_language(language) && !code.trim().is_empty() => code,
        _ => code,
    };
    let code = code.trim_matches('\n');
    (!code.is_empty()).then_some((&text[..open], code, after))
}

/// Reads the quote at the start of `text`: its lines without their marks, and what follows.
fn quote(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.trim_start_matches(' ').strip_prefix(">>> ") {
        return Some((quoted.to_owned(), ""));
    }
    let mut quoted = Vec::new();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n').or(Some((rest, ""))).filter(|_| !rest.is_empty()) {
        let Some(words) = line.trim_start_matches(' ').strip_prefix("> ") else { break };
        quoted.push(words);
        rest = after;
    }
    (!quoted.is_empty()).then(|| (quoted.join("\n"), rest))
}

struct List {
    /// The number of the first item; `None` if the list is not numbered.
    first: Option<u64>,
    /// The text of each item, without its mark and its indentation.
    items: Vec<String>,
}

impl List {
    /// Reads the list at the start of `text`, and returns it with what follows. A list ends at the first line that is
    /// neither an item nor indented.
    fn read(text: &str) -> Option<(Self, &str)> {
        let start = text.trim_start_matches(' ');
        let first = bullet(start.lines().next()?)?.1;
        let mut list = Self { first, items: Vec::new() };
        let (mut rest, mut width) = (start, 0);
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            match (bullet(line), list.items.last_mut()) {
                (Some((mark, _)), _) => {
                    width = mark;
                    list.items.push(line[mark..].to_owned());
                }
                (None, Some(item)) if line.starts_with(' ') && !line.trim().is_empty() => {
                    let indent = line.len() - line.trim_start_matches(' ').len();
                    item.push('\n');
                    item.push_str(&line[indent.min(width)..]);
                }
                _ => break,
            }
            rest = after;
        }
        Some((list, rest))
    }
}

/// Reads `- `, `* ` or `1. ` at the start of a line: the length of the mark with its blanks, and the number.
fn bullet(line: &str) -> Option<(usize, Option<u64>)> {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (mark, number) = match line.get(digits..)?.chars().next()? {
        '-' | '*' if digits == 0 => (1, None),
        // Discord counts from 1 to 1,000,000,000.
        '.' if digits > 0 => (digits + 1, Some(line[..digits].parse().unwrap_or(u64::MAX).clamp(1, 1_000_000_000))),
        _ => return None,
    };
    let words = line[mark..].trim_start_matches(' ');
    let width = line.len() - words.len();
    (width > mark && !words.is_empty()).then_some((width, number))
}

/// What is marked up within a line.
#[derive(Clone, Copy)]
struct Spans {
    now: u64,
    depth: usize,
    /// Whether the text is a link's: no link and no mention stands in it.
    in_link: bool,
}

impl Spans {
    fn write(self, text: &str, html: &mut String) {
        let mut at = 0;
        let mut plain = 0;
        while let Some(character) = text[at..].chars().next() {
            if !MARKS.contains(character) {
                at += character.len_utf8();
                continue;
            }
            let before = html.len();
            let rest = &text[at..];
            // What was plain until here goes first; taken back if nothing is marked up.
            escape(&text[plain..at], html);
            match self.span(rest, character, html) {
                Some(length) => {
                    at += length;
                    plain = at;
                }
                None => {
                    html.truncate(before);
                    at += character.len_utf8();
                }
            }
        }
        escape(&text[plain..], html);
    }

    /// Writes the span at the start of `text`, and returns its length in bytes; `None` if there is none.
    fn span(self, text: &str, first: char, html: &mut String) -> Option<usize> {
        match first {
            '\n' => {
                html.push_str("<br>");
                Some(1)
            }
            '\\' => {
                let escaped = text[1..].chars().next().filter(|c| !c.is_alphanumeric() && !c.is_whitespace())?;
                escape(escaped.encode_utf8(&mut [0; 4]), html);
                Some(1 + escaped.len_utf8())
            }
            '`' => code(text, html),
            '*' | '_' | '~' | '|' if self.depth < MAX_SPAN_DEPTH => {
                let (tag, content, length) = emphasis(text)?;
                let (open, close) = match tag {
                    // A checkbox, so that it can be shown without a script.
                    "spoiler" => (
                        "<label class=\"spoiler\"><input type=\"checkbox\" aria-label=\"Show the spoiler\"><span>"
                            .to_owned(),
                        "</span></label>".to_owned(),
                    ),
                    tag => (format!("<{tag}>"), format!("</{tag}>")),
                };
                html.push_str(&open);
                Self { depth: self.depth + 1, ..self }.write(content, html);
                html.push_str(&close);
                Some(length)
            }
            '[' if !self.in_link => {
                let (words, address, length) = link(text)?;
                start_link(address, html);
                Self { in_link: true, depth: self.depth + 1, ..self }.write(words, html);
                html.push_str("</a>");
                Some(length)
            }
            '<' => {
                let (inside, _) = text[1..].split_once('>')?;
                self.angle(inside, html)?;
                Some(inside.len() + 2)
            }
            'h' if !self.in_link => {
                let address = address(text)?;
                start_link(address, html);
                escape(address, html);
                html.push_str("</a>");
                Some(address.len())
            }
            _ => None,
        }
    }

    /// Writes what stands between `<` and `>`: a link, a mention, a timestamp or an emoji.
    fn angle(self, inside: &str, html: &mut String) -> Option<()> {
        let id = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(stamp) = inside.strip_prefix("t:") {
            return time::timestamp(stamp, self.now, html);
        }
        if let Some((name, number)) =
            inside.strip_prefix("a:").or(inside.strip_prefix(':')).and_then(|e| e.split_once(':'))
        {
            id(number)?;
            let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return fits.then(|| html.push_str(&format!("<span class=\"emoji\">:{name}:</span>")));
        }
        if self.in_link {
            return None;
        }
        if inside.starts_with("http") && address(inside) == Some(inside) {
            start_link(inside, html);
            escape(inside, html);
            html.push_str("</a>");
            return Some(());
        }
        let mention = if let Some(role) = inside.strip_prefix("@&") {
            id(role)?;
            "@unknown-role".to_owned()
        } else if let Some(user) = inside.strip_prefix("@!").or(inside.strip_prefix('@')) {
            format!("@{}", Member::of(UserId(id(user)?)).map_or("unknown-user", Member::name))
        } else if let Some(channel) = inside.strip_prefix('#') {
            if id(channel)? == CHANNEL_ID { "#leadership".to_owned() } else { "#unknown".to_owned() }
        } else if let Some((command, number)) = inside.strip_prefix('/').and_then(|command| command.rsplit_once(':')) {
            id(number)?;
            let fits = |c: char| c.is_alphanumeric() || "-_ '".contains(c);
            (!command.is_empty() && command.chars().all(fits)).then(|| format!("/{command}"))?
        } else {
            // Places in a server: <https://docs.discord.com/developers/reference#message-formatting-guild-navigation-types>
            let place = match inside.strip_prefix("id:")? {
                "browse" => "Browse Channels",
                "customize" => "Channels & Roles",
                "guide" => "Server Guide",
                place if place == "linked-roles" || place.starts_with("linked-roles:") => "Linked Roles",
                _ => return None,
            };
            place.to_owned()
        };
        html.push_str("<span class=\"mention\">");
        escape(&mention, html);
        html.push_str("</span>");
        Some(())
    }
}

fn escape(text: &str, html: &mut String) {
    Escaper::new(html).write_str(text).expect("writing to a String cannot fail");
}

fn start_link(address: &str, html: &mut String) {
    html.push_str("<a target=\"_blank\" rel=\"noopener noreferrer\" href=\"");
    escape(address, html);
    html.push_str("\">");
}

/// Writes code between as many backticks before it as behind it, and returns its length in bytes.
fn code(text: &str, html: &mut String) -> Option<usize> {
    let ticks = |text: &str| text.len() - text.trim_start_matches('`').len();
    let open = ticks(text);
    let mut at = open;
    loop {
        at += text[at..].find('`')?;
        let close = ticks(&text[at..]);
        if close == open {
            break;
        }
        at += close;
    }
    // Blanks keep backticks inside apart from those that mark it.
    let mut code = &text[open..at];
    if code.trim_start().starts_with('`') {
        code = code.strip_prefix(' ').unwrap_or(code);
    }
    if code.trim_end().ends_with('`') {
        code = code.strip_suffix(' ').unwrap_or(code);
    }
    html.push_str("<code>");
    escape(code, html);
    html.push_str("</code>");
    Some(at + open)
}

/// Reads emphasis at the start of `text`: its element, its content, and its length in bytes. Where `**` and `*` (or
/// `__` and `_`) are both possible, the longer one counts.
fn emphasis(text: &str) -> Option<(&'static str, &str, usize)> {
    let double = |tag, mark: &str| {
        let length = closed_by(text, mark)?;
        Some((tag, &text[mark.len()..length - mark.len()], length))
    };
    let single = |mark: char| {
        let length = italics(text, mark)?;
        Some(("em", &text[1..length - 1], length))
    };
    let longer = |one: Option<(&'static str, _, usize)>, other: Option<(&'static str, _, usize)>| match (one, other) {
        (Some(one), Some(other)) if one.2 > other.2 => Some(one),
        (one, None) => one,
        (_, other) => other,
    };
    match text.get(..2)? {
        "**" => longer(double("strong", "**"), single('*')),
        "__" => longer(double("u", "__"), single('_')),
        "~~" => double("s", "~~"),
        "||" => double("spoiler", "||"),
        _ => single(text.chars().next().filter(|mark| matches!(mark, '*' | '_'))?),
    }
}

/// Returns the length of what `mark` opens and closes at the start of `text`.
fn closed_by(text: &str, mark: &str) -> Option<usize> {
    let own = mark.chars().next().filter(|mark| matches!(mark, '*' | '_'));
    let mut at = mark.len();
    while let Some(character) = text.get(at..)?.chars().next() {
        let after = text[at..].strip_prefix(mark);
        if after.is_some_and(|after| at > mark.len() && own.is_none_or(|own| !after.starts_with(own))) {
            return Some(at + mark.len());
        }
        at += skipped(&text[at..], character);
    }
    None
}

/// Returns the length of italics at the start of `text`. `*` stays as typed between blanks, `_` within a word.
fn italics(text: &str, mark: char) -> Option<usize> {
    let mut at = 1;
    if mark == '*' && text[at..].starts_with(char::is_whitespace) {
        return None;
    }
    while let Some(character) = text.get(at..)?.chars().next() {
        let after = &text[at + character.len_utf8()..];
        if character != mark {
            at += skipped(&text[at..], character);
        } else if after.starts_with(mark) {
            at += 2;
        } else {
            let stays = match mark {
                '*' => text[..at].ends_with(char::is_whitespace),
                _ => after.starts_with(|c: char| c.is_ascii_alphanumeric()),
            };
            return (at > 1 && !stays).then_some(at + 1);
        }
    }
    None
}

/// Returns the length of a character, with the backslash before it.
fn skipped(text: &str, character: char) -> usize {
    match character {
        '\\' => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
        _ => character.len_utf8(),
    }
}

/// Reads `[words](address "title")`: the words, the address, and the length in bytes.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let mut open = 0_usize;
    let close = text.char_indices().find_map(|(at, character)| {
        match character {
            '[' => open += 1,
            ']' => open -= 1,
            _ => {}
        }
        (open == 0).then_some(at)
    })?;
    let words = &text[1..close];
    let target = text[close + 1..].strip_prefix('(')?;
    let mut parentheses = 1_usize;
    let end = target.char_indices().find_map(|(at, character)| {
        match character {
            '(' => parentheses += 1,
            ')' => parentheses -= 1,
            _ => {}
        }
        (parentheses == 0).then_some(at)
    })?;
    let (place, title) = target[..end].trim().split_once(char::is_whitespace).unwrap_or((target[..end].trim(), ""));
    let title = title.trim();
    let quoted = |mark| title.len() > 1 && title.starts_with(mark) && title.ends_with(mark);
    let place = place.strip_prefix('<').and_then(|place| place.strip_suffix('>')).unwrap_or(place);
    let fits = !words.trim().is_empty() && !words.contains("://") && (title.is_empty() || quoted('"') || quoted('\''));
    (fits && is_address(place)).then_some((words, place, close + 2 + end + 1))
}

fn is_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or(text.strip_prefix("http://"));
    host.is_some_and(|host| host.starts_with(|c: char| c.is_alphanumeric() || c == '[') && !text.contains(['<', '>']))
}

/// Reads the address at the start of `text`, without the punctuation of the sentence around it.
fn address(text: &str) -> Option<&str> {
    let end = text.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(text.len());
    let address = text[..end].trim_end_matches(['.', ',', ':', ';', '"', '\'', ']']);
    let count = |mark| address.matches(mark).count();
    let address =
        if address.ends_with(')') && count(')') > count('(') { &address[..address.len() - 1] } else { address };
    is_address(address).then_some(address)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(text: &str) -> String {
        Markdown::new(1_700_000_000).html(text).into_string()
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
            ("-# # no heading", "<p class=\"small\"># no heading</p>"),
            ("```\n-# code\n> <b>\n```", "<pre><code>-# code\n&gt; &lt;b&gt;</code></pre>"),
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
            ("[a](<JavaScript:x>) [b](data:text/html,x)", "<p>[a](&lt;JavaScript:x&gt;) [b](data:text/html,x)</p>"),
            ("<javascript:alert(1)> <a@b.c>", "<p>&lt;javascript:alert(1)&gt; &lt;a@b.c&gt;</p>"),
            ("![a](x.png)", "<p>![a](x.png)</p>"),
            ("<b>\n<div> **b**", "<p>&lt;b&gt;<br>&lt;div&gt; <strong>b</strong></p>"),
            ("- <div>\n- <@7>", "<ul><li>&lt;div&gt;</li><li><span class=\"mention\">@unknown-user</span></li></ul>"),
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
            ("    indented <b>", "<p>    indented &lt;b&gt;</p>"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    /// What an address becomes.
    fn a(address: &str, words: &str) -> String {
        format!("<a target=\"_blank\" rel=\"noopener noreferrer\" href=\"{address}\">{words}</a>")
    }

    #[test]
    fn quotes_lists_and_fences_end_where_discord_ends_them() {
        for (text, expected) in [
            (">>> one\ntwo\n\n> three", "<blockquote><p>one<br>two</p><p>&gt; three</p></blockquote>"),
            ("a\n>>> - b\nc", "<p>a</p><blockquote><ul><li>b</li></ul><p>c</p></blockquote>"),
            ("> one\n> two\nthree", "<blockquote><p>one<br>two</p></blockquote><p>three</p>"),
            ("> > a", "<blockquote><p>&gt; a</p></blockquote>"),
            (">a\n>>>b\na > b", "<p>&gt;a<br>&gt;&gt;&gt;b<br>a &gt; b</p>"),
            ("> ## A\n> -# b", "<blockquote><h2 class=\"heading-2\">A</h2><p class=\"small\">b</p></blockquote>"),
            ("- a\n  b\n- c\n\n- d", "<ul><li>a<br>b</li><li>c</li></ul><ul><li>d</li></ul>"),
            (
                "* a\n  1. b\n  2. c\n    - d\n* e",
                "<ul><li>a<ol start=\"1\"><li>b</li><li>c<ul><li>d</li></ul></li></ol></li><li>e</li></ul>",
            ),
            ("0. a\n0. b", "<ol start=\"1\"><li>a</li><li>b</li></ol>"),
            ("99999999999999999999. a", "<ol start=\"1000000000\"><li>a</li></ol>"),
            ("- # a\n- > b", "<ul><li># a</li><li><blockquote>b</blockquote></li></ul>"),
            ("-a\n1.b\n- \n*", "<p>-a<br>1.b<br>-<br>*</p>"),
            ("a ```b``` c", "<p>a</p><pre><code>b</code></pre><p> c</p>"),
            ("```rust\nlet a;\n\n  b\n```\nc", "<pre><code>let a;\n\n  b</code></pre><p>c</p>"),
            ("```a b\nc```", "<pre><code>a b\nc</code></pre>"),
            ("```open", "<p>```open</p>"),
            (
                "# a ##\n#  b #c\n# # d\n#\n #e",
                "<h2 class=\"heading-1\">a</h2><h2 class=\"heading-1\">b #c</h2><p># # d<br>#<br> #e</p>",
            ),
            ("a\n\n\n\nb  ", "<p>a</p><p>b</p>"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn emphasis_begins_and_ends_where_discord_has_it() {
        for (text, expected) in [
            ("**文。**次", "<p><strong>文。</strong>次</p>"),
            ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
            ("*a **b** c*", "<p><em>a <strong>b</strong> c</em></p>"),
            ("**a\nb**", "<p><strong>a<br>b</strong></p>"),
            ("2 * 3 * 4 and ** **", "<p>2 * 3 * 4 and <strong> </strong></p>"),
            ("snake_case_name and _a_b", "<p>snake_case_name and _a_b</p>"),
            ("**open *a", "<p>**open *a</p>"),
            ("\\**a* **b\\** c**", "<p>*<em>a</em> <strong>b** c</strong></p>"),
            (
                "||a **b**|| | c",
                "<p><label class=\"spoiler\"><input type=\"checkbox\" aria-label=\"Show the spoiler\"><span>a <strong>b</strong></span></label> | c</p>",
            ),
            ("|||| ~~~~", "<p>|||| ~~~~</p>"),
            ("``a`b`` ` `` ` `c", "<p><code>a`b</code> <code>``</code> `c</p>"),
            ("`a**b` **`c**`", "<p><code>a**b</code> <strong>`c</strong>`</p>"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
        // A text of nothing but marks ends in reasonable time, too.
        let marks = "*_~~||__**[`".repeat(300);
        assert!(html(&marks).len() >= marks.len());
    }

    #[test]
    fn addresses_are_links_without_the_sentence_around_them() {
        let e = a("https://e.com", "https://e.com");
        for (text, expected) in [
            ("see https://e.com.", format!("<p>see {e}.</p>")),
            ("(https://e.com), \"https://e.com\"", format!("<p>({e}), &quot;{e}&quot;</p>")),
            ("https://e.com/a_(b)", format!("<p>{}</p>", a("https://e.com/a_(b)", "https://e.com/a_(b)"))),
            ("**https://e.com**", format!("<p><strong>{e}</strong></p>")),
            ("<https://e.com>, http:// https://-", format!("<p>{e}, http:// https://-</p>")),
            ("[**a** [b]](https://e.com \"t\")", format!("<p>{}</p>", a("https://e.com", "<strong>a</strong> [b]"))),
            (
                "[https://f.com](https://e.com)",
                format!("<p>[{}</p>", a("https://f.com](https://e.com)", "https://f.com](https://e.com)")),
            ),
            ("[a](<https://e.com>) [a](https://e.com t)", format!("<p>{} [a]({e} t)</p>", a("https://e.com", "a"))),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn mentions_and_timestamps_are_shown_by_name() {
        let mention = |words: &str| format!("<p><span class=\"mention\">{words}</span></p>");
        for (text, expected) in [
            ("</cto:1200000000000000050>", mention("/cto")),
            ("</team round start:7>", mention("/team round start")),
            ("<#1200000000000000040>", mention("#leadership")),
            ("<#7>", mention("#unknown")),
            ("<@&7>", mention("@unknown-role")),
            ("<id:customize>", mention("Channels &amp; Roles")),
            ("<id:linked-roles:7>", mention("Linked Roles")),
            ("<a:wave:7><:wave:7>", "<p><span class=\"emoji\">:wave:</span><span class=\"emoji\">:wave:</span></p>".into()),
            ("<t:1699999940:R>", "<p><time class=\"mention\" datetime=\"2023-11-14T22:12:20Z\" data-at=\"1699999940\" data-style=\"R\">1 minute ago</time></p>".into()),
            ("<id:x> <@+7> </:7> </a<b:7> <::7> <t:x>", "<p>&lt;id:x&gt; &lt;@+7&gt; &lt;/:7&gt; &lt;/a&lt;b:7&gt; &lt;::7&gt; &lt;t:x&gt;</p>".into()),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_has_no_blocks() {
        assert_eq!(
            Markdown::new(0).line("**A** <@7>\n- b").into_string(),
            "<strong>A</strong> <span class=\"mention\">@unknown-user</span><br>- b"
        );
    }

    proptest! {
        /// Every `<` in the result begins one of the elements above.
        #[test]
        fn no_text_makes_an_element_of_its_own(text in "([-#>*_~`|<@!&;()\\[\\]/:t\"a1. \n]|<b>|<t:1:R>|</a:1>|javascript:|https://e){0,60}") {
            let html = html(&text);
            let elements = ["a ", "p>", "p ", "br>", "h2 ", "h3 ", "h4 ", "ul>", "ol ", "li>", "em>", "strong>", "u>", "s>",
                "code>", "pre>", "blockquote>", "span ", "label ", "label>", "input ", "time ", "time>", "a>", "h2>", "h3>", "h4>", "ol>", "span>"];
            for piece in html.split('<').skip(1) {
                let piece = piece.strip_prefix('/').unwrap_or(piece);
                prop_assert!(elements.iter().any(|element| piece.starts_with(element)), "{html}");
            }
        }
    }
}
