//! The bot's token, the application's public key and the password of the rounds' database, from the environment or from a
//! file that it names.
//!
//! A slip that can be seen without asking Discord, such as quotation marks around the token, ends the program with
//! what it is. No message quotes a secret.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;

use crate::encoding;
use crate::secret::Secret;

/// A secret that the environment may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The bot's token.
    Token,
    /// The application's public key. It is no secret, and comes the same way.
    PublicKey,
    /// The password of the PostgreSQL that keeps the rounds.
    RoundsPassword,
}

impl Credential {
    /// The variable that holds it. With `_FILE` at its end, the variable that holds the path of a file with it.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Token => "DISCORD_TOKEN",
            Self::PublicKey => "DISCORD_PUBLIC_KEY",
            Self::RoundsPassword => "ROUNDS_PASSWORD",
        }
    }
}

/// Why a credential cannot be used: one sentence that names the variable and quotes nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CredentialError(String);

/// The longest file that is read: a token has some 70 characters.
const MAX_FILE: u64 = 4096;

/// Reads a credential from its variable or from the file that the variable with `_FILE` names. Returns `None` if
/// neither is set; an empty variable is an unset one, as Compose and CI set one for what they were not given.
///
/// `lookup` is `std::env::var_os`, except in tests.
///
/// # Errors
///
/// When both are set, the file cannot be read, or what was found cannot be the credential.
pub(crate) fn read(
    credential: Credential,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Secret<String>>, CredentialError> {
    let name = credential.variable();
    let in_file = format!("{name}_FILE");
    let set = |name: &str| lookup(name).filter(|value| !value.to_string_lossy().trim().is_empty());
    let (text, origin) = match (set(name), set(&in_file)) {
        (Some(_), Some(_)) => {
            return Err(CredentialError(format!("{name} and {in_file} are both set; set one of them")));
        }
        (None, None) => return Ok(None),
        (Some(value), None) => match value.into_string() {
            Ok(text) => (text, name.to_owned()),
            Err(_) => return Err(CredentialError(format!("{name} is not text in UTF-8"))),
        },
        (None, Some(path)) => {
            let path = Path::new(&path);
            let text = read_file(path).map_err(|problem| {
                CredentialError(format!("{in_file} names {}, which cannot be used: {problem}", path.display()))
            })?;
            (text, format!("the file that {in_file} names, {},", path.display()))
        }
    };
    let text = text.trim_end_matches(['\r', '\n']);
    let slip = match credential {
        Credential::Token => slip(credential, "Bot", text),
        Credential::PublicKey => slip(credential, "General Information", text),
        Credential::RoundsPassword => password_slip(text),
    };
    match slip {
        None => Ok(Some(Secret::new(text))),
        Some(slip) => Err(CredentialError(format!("{origin} {slip}"))),
    }
}

/// Reads a file that holds a credential. `Err` is the reason as words.
fn read_file(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let found = std::fs::metadata(path);
    if found.as_ref().is_ok_and(std::fs::Metadata::is_dir) {
        return Err("it is a folder. Docker makes one where the file to mount is missing on the host".to_owned());
    }
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("it has more than {MAX_FILE} bytes, which no token, key or password has"));
    }
    // The mark is left in place here, so that it is told as what it is.
    match encoding::utf8(&bytes) {
        Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Says why a file cannot be read and what to do: a permission with the owners and modes that forbid it, a link with
/// what it leads to.
fn unreadable(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => format!("{error}; {}", permissions(path)),
        io::ErrorKind::NotFound => match std::fs::read_link(path) {
            Ok(target) => format!("it is a link to {}, which is not there", target.display()),
            Err(_) => error.to_string(),
        },
        _ => error.to_string(),
    }
}

#[cfg(unix)]
fn permissions(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt;

    // Of a link, the place that it leads to.
    let target = std::fs::metadata(path).is_err().then(|| std::fs::read_link(path).ok()).flatten();
    let target = target.map(|target| path.parent().unwrap_or(Path::new("")).join(target));
    let path = target.as_deref().unwrap_or(path);
    // The file itself, or the folder on the way to it that cannot be entered: the deepest that can be looked at.
    let Some((found, data)) = path.ancestors().find_map(|path| Some((path, std::fs::metadata(path).ok()?))) else {
        return "no folder on the way to it can be entered".to_owned();
    };
    let (what, need) = if found == path { ("the file", "read") } else { ("the folder", "enter") };
    // The owner of `/proc/self` is the user that this process runs as.
    let user =
        std::fs::metadata("/proc/self").map_or_else(|_| "another user".to_owned(), |us| format!("user {}", us.uid()));
    let chown = match std::fs::metadata("/proc/self") {
        Ok(us) => format!("`chown {} {}`", us.uid(), found.display()),
        Err(_) => "`chown`".to_owned(),
    };
    format!(
        "{what} {} belongs to user {} and group {} with mode {:03o}, and this process runs as {user}. Let that user \
         {need} it: {chown} (for a container, on the host)",
        found.display(),
        data.uid(),
        data.gid(),
        data.mode() & 0o7777,
    )
}

#[cfg(not(unix))]
fn permissions(_: &Path) -> String {
    "let the user that runs this process read it".to_owned()
}

/// Returns what is wrong with a password, as the end of a sentence that begins with where it came from. It may have any
/// character in it, so little can be told.
fn password_slip(text: &str) -> Option<String> {
    let found = if text.is_empty() {
        "is empty".to_owned()
    } else if text.starts_with('\u{feff}') {
        BYTE_ORDER_MARK.to_owned()
    } else if text.contains(['\n', '\r', '\0']) {
        format!("has {} lines; one is allowed", encoding::lines(text))
    } else if (text.starts_with("${") && text.ends_with('}')) || (text.starts_with("{{") && text.ends_with("}}")) {
        UNFILLED.to_owned()
    } else if Path::new(text).is_absolute() && Path::new(text).is_file() {
        let name = Credential::RoundsPassword.variable();
        format!("is the path of a file; to read a file, set {name}_FILE to its path")
    } else {
        return None;
    };
    Some(found)
}

const BYTE_ORDER_MARK: &str = "begins with a byte order mark (BOM), which some editors add; save it without one";
const UNFILLED: &str = "is the name of a variable that nothing has filled in; write its value";

/// Returns what is wrong with a credential of Discord's, as the end of a sentence that begins with where it came from.
/// `page` is where the Developer Portal shows it.
fn slip(credential: Credential, page: &str, text: &str) -> Option<String> {
    const QUOTES: &str = "\"'`“”„‟‘’‚«»‹›";
    let name = credential.variable();
    let lower = text.to_ascii_lowercase();
    let first = text.chars().next();
    let found = if first.is_none() {
        "is empty".to_owned()
    } else if first == Some('\u{feff}') {
        BYTE_ORDER_MARK.to_owned()
    } else if text.contains(['\n', '\r']) {
        format!("has {} lines; one is allowed", encoding::lines(text))
    } else if text.starts_with(|c| QUOTES.contains(c)) || text.ends_with(|c| QUOTES.contains(c)) {
        "is in quotation marks; take them away. They belong to a shell or YAML, `docker --env-file` passes them on"
            .to_owned()
    } else if let Some(assigned) = assignment(text) {
        format!("begins with the name of a setting and `{assigned}`; write only what stands after it")
    } else if let Some(scheme) = ["bot", "bearer"].iter().find(|scheme| {
        lower.strip_prefix(*scheme).is_some_and(|rest| rest.starts_with(char::is_whitespace) && !rest.trim().is_empty())
    }) {
        let scheme = if *scheme == "bot" { "Bot" } else { "Bearer" };
        format!("begins with `{scheme} `; leave that away, the bot adds what Discord wants")
    } else if looks_like_a_path(text) {
        format!("looks like a path; to read a file, set {name}_FILE to its path")
    } else if text.starts_with('$')
        || text.contains("${")
        || text.contains("{{")
        || (text.starts_with('%') && text.ends_with('%'))
    {
        UNFILLED.to_owned()
    } else if text.starts_with(['<', '[', '(', '{']) || text.ends_with(['>', ']', ')', '}']) {
        "is in brackets; take them away".to_owned()
    } else if text.ends_with([',', ';']) {
        "ends with a comma or semicolon; take it away".to_owned()
    } else if text.ends_with("\\n") || text.ends_with("\\r") {
        "ends with a line break that is written out as `\\n`; take it away".to_owned()
    } else if text != text.trim() {
        "has white space at its beginning or end; only the line break at its end is left out".to_owned()
    } else if let Some(at) = text.chars().position(char::is_whitespace) {
        format!("has white space in it, at character {}", at + 1)
    } else if let Some(at) = text.chars().position(|c| !c.is_ascii_graphic()) {
        format!("has a character in it, at place {}, that cannot be seen or is not ASCII", at + 1)
    } else if ["changeme", "your", "xxxx", "example", "placeholder"].iter().any(|word| lower.starts_with(word)) {
        format!("is a placeholder; copy the real one from the Developer Portal ({page})")
    } else {
        return mistaken(credential, text);
    };
    Some(found)
}

/// Returns what another of an application's values was taken for this one.
fn mistaken(credential: Credential, text: &str) -> Option<String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = match credential {
        Credential::Token if text.len() == 64 && hexadecimal => {
            "looks like the public key, which belongs into DISCORD_PUBLIC_KEY; the token is in the Developer Portal \
             under Bot"
        }
        Credential::PublicKey if text.split('.').count() == 3 => {
            "looks like the bot's token, which belongs into DISCORD_TOKEN; the public key is in the Developer Portal \
             under General Information"
        }
        Credential::Token if (17..=20).contains(&text.len()) && digits => {
            "looks like an id, such as the Application ID; the token is in the Developer Portal under Bot"
        }
        Credential::PublicKey if (17..=20).contains(&text.len()) && digits => {
            "looks like an id, such as the Application ID; the public key is in the Developer Portal under General \
             Information"
        }
        Credential::Token if text.len() == 32 && !text.contains('.') => {
            "looks like the client secret; the token is in the Developer Portal under Bot"
        }
        _ => return None,
    };
    Some(found.to_owned())
}

/// Returns `=` or `:` if a text begins with a setting's name and that, such as `export DISCORD_TOKEN=` or `token: `.
fn assignment(text: &str) -> Option<char> {
    let at = text.find(['=', ':'])?;
    let key = text[..at].trim().to_ascii_lowercase();
    let key = key.strip_prefix("export ").unwrap_or(&key).trim();
    let is_name = key.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-' || byte == b' ');
    let names_it = ["token", "key", "discord"].iter().any(|word| key.contains(word));
    (is_name && names_it).then(|| char::from(text.as_bytes()[at]))
}

fn looks_like_a_path(text: &str) -> bool {
    let drive =
        text.as_bytes().get(1..3).is_some_and(|after| after[0] == b':' && (after[1] == b'\\' || after[1] == b'/'));
    let file = [".txt", ".token", ".key", ".env", ".toml", ".pem"].iter().any(|end| text.ends_with(end));
    drive || file || ["/", "./", "../", "~/", "~\\", ".\\", "\\\\", "file:"].iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestResult;

    const TOKEN: &str = "MTE4MDAwMDAwMDAwMDAwMDAwMQ.GstndN.hush-hush-hush-hush-hush-hush-hush-000";

    fn env<'a>(set: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
    }

    fn token(set: &[(&str, &str)]) -> Result<Option<Secret<String>>, CredentialError> {
        read(Credential::Token, env(set))
    }

    fn error(set: &[(&str, &str)]) -> String {
        let error = token(set).expect_err("it is wrong").to_string();
        assert!(!error.contains("hush"), "{error}");
        error
    }

    #[test]
    fn a_token_comes_from_the_environment_or_a_file() -> TestResult {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("token");
        std::fs::write(&path, "hush\r\n")?;
        let file = path.to_str().ok_or("the path is not UTF-8")?;
        let hush = Ok(Some(Secret::new("hush")));
        assert_eq!(token(&[]), Ok(None));
        assert_eq!(token(&[("DISCORD_TOKEN", "hush\n")]), hush);
        assert_eq!(token(&[("DISCORD_TOKEN_FILE", file)]), hush);
        assert_eq!(
            error(&[("DISCORD_TOKEN", "hush"), ("DISCORD_TOKEN_FILE", file)]),
            "DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set; set one of them"
        );
        Ok(())
    }

    #[test]
    fn an_empty_variable_is_an_unset_one() -> TestResult {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("token");
        std::fs::write(&path, "hush")?;
        let file = path.to_str().ok_or("the path is not UTF-8")?;
        let hush = Ok(Some(Secret::new("hush")));
        assert_eq!(token(&[("DISCORD_TOKEN", "")]), Ok(None));
        assert_eq!(token(&[("DISCORD_TOKEN", "\n"), ("DISCORD_TOKEN_FILE", " ")]), Ok(None));
        assert_eq!(token(&[("DISCORD_TOKEN", ""), ("DISCORD_TOKEN_FILE", file)]), hush);
        assert_eq!(token(&[("DISCORD_TOKEN", "hush"), ("DISCORD_TOKEN_FILE", "")]), hush);
        std::fs::write(&path, "\n")?;
        assert!(error(&[("DISCORD_TOKEN_FILE", file)]).ends_with("is empty"));
        Ok(())
    }

    #[test]
    fn a_slip_is_told_for_what_it_is() {
        for (text, words) in [
            (format!("\"{TOKEN}\""), "quotation marks"),
            (format!("'{TOKEN}'"), "quotation marks"),
            (format!("“{TOKEN}”"), "quotation marks"),
            (format!("\u{feff}{TOKEN}"), "byte order mark (BOM)"),
            (format!("Bot {TOKEN}"), "begins with `Bot `"),
            (format!("bearer {TOKEN}"), "begins with `Bearer `"),
            (format!("DISCORD_TOKEN={TOKEN}"), "and `=`"),
            (format!("export DISCORD_TOKEN={TOKEN}"), "and `=`"),
            (format!("token: {TOKEN}"), "and `:`"),
            ("/run/secrets/token".to_owned(), "looks like a path; to read a file, set DISCORD_TOKEN_FILE"),
            ("token.txt".to_owned(), "looks like a path"),
            ("C:\\secrets\\token".to_owned(), "looks like a path"),
            ("${DISCORD_TOKEN}".to_owned(), "a variable that nothing has filled in"),
            ("$DISCORD_TOKEN".to_owned(), "a variable that nothing has filled in"),
            (format!("<{TOKEN}>"), "brackets"),
            (format!("{TOKEN},"), "comma"),
            (format!("{TOKEN}\\n"), "written out"),
            (format!(" {TOKEN}"), "white space at its beginning or end"),
            (format!("{TOKEN} "), "white space at its beginning or end"),
            ("hu sh".to_owned(), "white space in it, at character 3"),
            ("hush\u{200b}hush".to_owned(), "at place 5, that cannot be seen"),
            (format!("{TOKEN}\n{TOKEN}"), "has 2 lines"),
            ("your_token_here".to_owned(), "placeholder"),
            ("ab".repeat(32), "looks like the public key"),
            ("1180000000000000001".to_owned(), "looks like an id"),
            ("Ab3-".repeat(8), "client secret"),
        ] {
            let told = error(&[("DISCORD_TOKEN", &text)]);
            assert!(told.starts_with("DISCORD_TOKEN ") && told.contains(words), "{words}: {told}");
        }
        assert_eq!(token(&[("DISCORD_TOKEN", TOKEN)]), Ok(Some(Secret::new(TOKEN))));
        let swapped = read(Credential::PublicKey, env(&[("DISCORD_PUBLIC_KEY", TOKEN)])).expect_err("it is the token");
        assert!(swapped.to_string().contains("looks like the bot's token"), "{swapped}");
        assert!(!swapped.to_string().contains("hush"), "{swapped}");
        let key = "ab".repeat(32);
        assert_eq!(
            read(Credential::PublicKey, env(&[("DISCORD_PUBLIC_KEY", &key)])),
            Ok(Some(Secret::new(key.clone())))
        );
    }

    #[test]
    fn a_password_may_be_nearly_anything() -> TestResult {
        let read = |password: &str| read(Credential::RoundsPassword, env(&[("ROUNDS_PASSWORD", password)]));
        for password in ["hu sh", "\"hush\"", "$hush", "/hush/hush", "hush=hush", "<hush>", "пароль"] {
            assert_eq!(read(password), Ok(Some(Secret::new(password))));
        }
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("hush");
        std::fs::write(&path, "hush")?;
        let file = path.to_str().ok_or("the path is not UTF-8")?;
        for (password, words) in [
            (file, "is the path of a file; to read a file, set ROUNDS_PASSWORD_FILE"),
            ("${ROUNDS_PASSWORD}", "a variable that nothing has filled in"),
            ("hush\nhush", "has 2 lines"),
            ("\u{feff}hush", "byte order mark (BOM)"),
        ] {
            let told = read(password).expect_err("it is wrong").to_string();
            assert!(told.starts_with("ROUNDS_PASSWORD ") && told.contains(words), "{words}: {told}");
            assert!(!told.contains("hush"), "{told}");
        }
        Ok(())
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told_with_its_reason() -> TestResult {
        let dir = tempfile::tempdir()?;
        let folder = dir.path().to_str().ok_or("the path is not UTF-8")?;
        let path = |name: &str| format!("{folder}/{name}");
        let told = |name: &str| error(&[("DISCORD_TOKEN_FILE", &path(name))]);
        assert!(told("nowhere").contains("No such file"), "{}", told("nowhere"));
        std::fs::create_dir(path("folder"))?;
        assert!(told("folder").contains("it is a folder. Docker makes one"), "{}", told("folder"));
        std::fs::write(path("file"), TOKEN)?;
        assert!(told("file/token").contains("Not a directory"), "{}", told("file/token"));
        std::fs::write(path("utf16"), b"\xFF\xFEh\0u\0s\0h\0")?;
        assert!(told("utf16").contains("UTF-16; save it as UTF-8"), "{}", told("utf16"));
        std::fs::write(path("long"), "x".repeat(5000))?;
        assert!(told("long").contains("more than 4096 bytes"), "{}", told("long"));
        std::fs::write(path("bom"), format!("\u{feff}{TOKEN}\n"))?;
        assert!(told("bom").contains("BOM"), "{}", told("bom"));
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_dangling_link_is_told_with_its_target() -> TestResult {
        let dir = tempfile::tempdir()?;
        let link = dir.path().join("token");
        std::os::unix::fs::symlink("/srv/not-mounted/token", &link)?;
        let told = error(&[("DISCORD_TOKEN_FILE", link.to_str().ok_or("the path is not UTF-8")?)]);
        assert!(told.contains("it is a link to /srv/not-mounted/token, which is not there"), "{told}");
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn missing_permission_is_told_with_owner_and_mode() -> TestResult {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir()?;
        let path = dir.path().join("token.txt");
        std::fs::write(&path, TOKEN)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let told = unreadable(&path, &denied);
        assert!(told.contains("the file") && told.contains("with mode 600, and this process runs as user "), "{told}");
        assert!(told.contains("`chown ") && told.contains("token.txt` (for a container, on the host)"), "{told}");
        let below = unreadable(&path.join("not-there"), &denied);
        assert!(below.contains("the folder") && below.contains("enter it"), "{below}");
        Ok(())
    }
}
