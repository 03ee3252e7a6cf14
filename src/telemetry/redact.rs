//! Removes interaction tokens from log lines before they are written.
//!
//! The bot itself logs no token. But a token is part of the URLs that replies are sent to, HTTP libraries put the URL
//! into their errors, and errors are logged. So every line passes through here.

use std::borrow::Cow;
use std::io::{self, Write};

/// The routes with a token after an id.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#endpoints>
const ROUTES: [&[u8]; 2] = [b"/interactions/", b"/webhooks/"];

/// The text that replaces a token.
const REMOVED: &[u8] = b"[token]";

/// Returns the text with every token replaced.
fn redacted(text: &[u8]) -> Cow<'_, [u8]> {
    // Most lines contain no slash, and so no URL.
    if !text.contains(&b'/') {
        return Cow::Borrowed(text);
    }
    let mut clean = Vec::new();
    // The number of bytes that are copied to `clean` or replaced.
    let mut done = 0;
    for slash in (0..text.len()).filter(|&at| text[at] == b'/') {
        let Some(route) = ROUTES.iter().find(|route| text[slash..].starts_with(route)) else { continue };
        let id = slash + route.len();
        let digits = text[id..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let token = id + digits + 1;
        if digits == 0 || text.get(token - 1) != Some(&b'/') || token < done {
            continue;
        }
        // The characters of a token: both alphabets of base64, and those of an escape in a URL.
        let in_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~+=%:".contains(byte);
        clean.extend_from_slice(&text[done..token]);
        clean.extend_from_slice(REMOVED);
        done = token + text[token..].iter().take_while(|byte| in_token(byte)).count();
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    clean.extend_from_slice(&text[done..]);
    Cow::Owned(clean)
}

/// Writes lines with the tokens replaced. Each write must be a whole line, as those of tracing-subscriber are.
#[derive(Debug)]
pub(super) struct Redacting<W>(pub W);

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(&redacted(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_an_address_is_taken_out_and_all_else_is_left() {
        for (written, read) in [
            (
                "POST https://d.example/api/v10/interactions/12/aW50.ZXJ-h_c=/callback?x=1",
                "/interactions/12/[token]/callback?x=1",
            ),
            ("(http://127.0.0.1/api/v10/webhooks/12/hush)", "/webhooks/12/[token])"),
            ("webhooks/1/2 /webhooks/12/hush/messages/@original", "/webhooks/12/[token]/messages/@original"),
            ("/interactions/1/hush/callback, /interactions/2/hush/callback", "/interactions/2/[token]/callback"),
            (r#""/interactions/12/hush""#, r#"/interactions/12/[token]""#),
            ("/interactions/12", "/interactions/12"),
            ("/interactions//callback", "/interactions//callback"),
            ("/interactions/12/", "/interactions/12/[token]"),
            ("é / // nothing", "é / // nothing"),
        ] {
            let line = String::from_utf8(redacted(written.as_bytes()).into_owned()).expect("only ASCII is taken out");
            assert!(line.ends_with(read) && !line.contains("hush"), "{line}");
        }
    }
}
