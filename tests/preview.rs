//! The preview over HTTP, without a browser: what a page without a script does.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use whichrole::bot::Defaults;
use whichrole::load::load;
use whichrole::preview;
use whichrole::responses::Source;
use whichrole::service::Service;

/// A preview of its own, on a port of its own.
struct Preview {
    address: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Preview {
    async fn start() -> Self {
        let responses = load(&Source::BuiltIn, "en-US").expect("the built-in responses are whole");
        let service = Arc::new(Service::new(responses, Defaults::default()));
        let listener = preview::bind(0).await.expect("a port is free");
        let url = listener.url().expect("it has a port");
        let address = url.strip_prefix("http://").expect("it is HTTP").to_owned();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let served = tokio::spawn(preview::serve(listener, service, shutdown));
        Self { address, stop, served }
    }

    /// Sends a request as it is, and returns the whole answer.
    async fn raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).await.expect("the preview listens");
        stream.write_all(request.as_bytes()).await.expect("the preview reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("the preview answers in UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        Answer { head: head.to_lowercase(), body: body.to_owned() }
    }

    fn browser(&self) -> Browser<'_> {
        Browser { preview: self, cookie: String::new() }
    }
}

struct Answer {
    /// In small letters.
    head: String,
    body: String,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("an answer has a status")
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// A browser without a script: it keeps one cookie and follows redirects.
struct Browser<'a> {
    preview: &'a Preview,
    cookie: String,
}

impl Browser<'_> {
    async fn get(&self, path: &str) -> String {
        let answer = self
            .preview
            .raw(&format!(
                "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nConnection: close\r\n\r\n",
                self.preview.address, self.cookie
            ))
            .await;
        assert_eq!(answer.status(), 200, "{}", answer.body);
        answer.body
    }

    /// Posts a form, and returns the page that it leads to.
    async fn post(&mut self, path: &str, form: &str) -> String {
        let address = &self.preview.address;
        let answer = self
            .preview
            .raw(&format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
                self.cookie,
                form.len()
            ))
            .await;
        assert_eq!(answer.status(), 303, "{}", answer.body);
        let cookie = answer.header("set-cookie").expect("the page remembers its channel");
        self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let location = answer.header("location").expect("a form leads somewhere").to_owned();
        self.get(location.split('#').next().unwrap_or_default()).await
    }

    /// Presses the n-th button under a message that can be pressed.
    async fn press(&mut self, member: &str, post: u64, n: usize) -> String {
        let page = self.get(member).await;
        let article = article(&page, post);
        let buttons = article.split("<button class=\"button ").skip(1).filter(|button| !button.contains(" disabled>"));
        let custom_id = buttons.map(|button| between(button, "value=\"", "\"")).nth(n).expect("there is such a button");
        let form = format!("custom_id={}", custom_id.replace(':', "%3A"));
        self.post(&format!("{member}/press/{post}"), &form).await
    }
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to} after {from} in {text}")).0
}

fn article(page: &str, post: u64) -> &str {
    between(page, &format!("id=\"post-{post}\""), "</article>")
}

/// The ids of the messages on a page.
fn posts(page: &str) -> Vec<u64> {
    let ids = page.split("<article").skip(1).map(|article| between(article, "id=\"post-", "\""));
    ids.map(|id| id.parse().expect("ids are numbers")).collect()
}

#[tokio::test]
async fn a_conversation_goes_on_in_one_message_and_can_be_dismissed() {
    let preview = Preview::start().await;
    let mut ana = preview.browser();
    assert!(ana.get("/ana").await.contains("Welcome to #leadership!"));
    let first = ana.post("/ana/send", "command=whichrole&show=").await;
    assert_eq!(posts(&first), [1]);
    assert!(article(&first, 1).contains("Only you can see this"));
    let second = ana.press("/ana", 1, 0).await;
    assert_eq!(posts(&second), [1]);
    assert_ne!(article(&first, 1), article(&second, 1));
    assert!(ana.get("/ben").await.contains("Welcome to #leadership!"), "Ben sees nothing of it");
    assert_eq!(posts(&ana.post("/ben/dismiss/1", "").await), [] as [u64; 0]);
    assert_eq!(posts(&ana.get("/ana").await), [1], "Ben cannot dismiss what is Ana's");
    assert_eq!(posts(&ana.post("/ana/dismiss/1", "").await), [] as [u64; 0]);
}

#[tokio::test]
async fn a_press_on_somebody_elses_conversation_opens_ones_own() {
    let preview = Preview::start().await;
    let mut browser = preview.browser();
    browser.post("/ana/send", "text=%2Fwhichrole+show%3Apublic").await;
    let ben = browser.press("/ben", 1, 0).await;
    assert_eq!(posts(&ben), [1, 2]);
    assert!(article(&ben, 2).contains("<span class=\"mention\">@Ana</span>"), "it says whose the other is");
    assert!(article(&ben, 2).contains("Only you can see this"));
    assert_eq!(posts(&browser.get("/ana").await), [1]);
}

#[tokio::test]
async fn the_json_of_a_message_is_what_discord_would_get() {
    let preview = Preview::start().await;
    let page = preview.browser().post("/ana/send", "command=cto&show=private").await;
    let json = between(article(&page, 1), "get\"><code>", "</code></pre>").replace("&quot;", "\"").replace("&lt;", "<");
    let json = json.replace("&gt;", ">").replace("&amp;", "&");
    let reply: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!((&reply["type"], &reply["data"]["flags"]), (&4.into(), &32832.into()));
    assert_eq!(reply["data"]["components"][0]["type"], 17);
}

#[tokio::test]
async fn a_language_and_a_theme_can_be_chosen() {
    let preview = Preview::start().await;
    let mut ana = preview.browser();
    let page = ana.post("/ana/settings", "locale=en-US&server_locale=en-US&theme=dark").await;
    assert!(page.contains("data-theme=\"system\""), "this browser keeps one cookie only, and that is the channel's");
    ana.cookie.push_str("; whichrole_theme=dark");
    assert!(ana.get("/ana").await.contains("<html lang=\"en\" data-theme=\"dark\">"));
    ana.cookie = "whichrole_theme=\"><b>".into();
    assert!(ana.get("/ana").await.contains("data-theme=\"system\""));
    let languages: Vec<_> = between(&page, "<select name=\"locale\">", "</select>").split("value=\"").skip(1).collect();
    for language in languages {
        let locale = language.split('"').next().unwrap_or_default();
        let mut ana = preview.browser();
        ana.post("/ana/settings", &format!("locale={locale}&server_locale=en-US&theme=system")).await;
        let page = ana.post("/ana/send", "command=cto&show=private").await;
        assert!(article(&page, 1).contains(&format!("<form lang=\"{locale}\"")), "{locale}");
    }
}

#[tokio::test]
async fn the_gallery_has_every_card_of_a_language_with_what_it_uses_of_the_limits() {
    let preview = Preview::start().await;
    let browser = preview.browser();
    for (language, words) in [("", "Which one do we need?"), ("de", "Was brauchen wir?"), ("ja", "どちらが必要？")]
    {
        let page = browser.get(&format!("/gallery?language={language}")).await;
        assert!(page.contains(words), "{language}");
        for card in [
            "page cto",
            "first question, for somebody else",
            "question today",
            "suggestion cio nothing, shared",
            "notice failed",
        ] {
            assert!(page.contains(&format!(">{card}</h2>")), "{language}: {card}");
        }
        assert!(page.contains(" of 4000 characters") && page.contains(" of 40 components"), "{language}");
    }
}

#[tokio::test]
async fn what_a_member_writes_is_text() {
    let preview = Preview::start().await;
    let page = preview.browser().post("/ana/send", "text=%3Cscript%3Ealert(1)%3C%2Fscript%3E+**b**").await;
    assert!(article(&page, 1).contains("<p>&lt;script&gt;alert(1)&lt;/script&gt; <strong>b</strong></p>"));
}

#[tokio::test]
async fn only_loopbacks_own_names_are_answered_to() {
    let preview = Preview::start().await;
    for (host, status) in
        [("localhost:1", 200), ("[::1]:8080", 200), ("example.com", 421), ("localhost.example.com", 421)]
    {
        let answer = preview.raw(&format!("GET /ana HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(answer.status(), status, "{host}");
        let policy = answer.header("content-security-policy").expect("every answer has a policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(preview.raw("GET /ana HTTP/1.0\r\n\r\n").await.status(), 421, "no host is no name of loopback");
}

#[tokio::test]
async fn forms_of_other_pages_are_refused() {
    let preview = Preview::start().await;
    let address = &preview.address;
    for from in ["", "Origin: http://example.com\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        let answer = preview
            .raw(&format!(
                "POST /ana/send HTTP/1.1\r\nHost: {address}\r\n{from}Content-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: 7\r\nConnection: close\r\n\r\ntext=hi"
            ))
            .await;
        assert_eq!(answer.status(), 403, "{from}");
        assert!(answer.header("set-cookie").is_none(), "{from}");
    }
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let preview = Preview::start().await;
    let mut ana = preview.browser();
    for _ in 0..60 {
        ana.post("/ana/send", "text=hello").await;
    }
    assert_eq!(posts(&ana.get("/ana").await), (11..=60).collect::<Vec<_>>());
    for _ in 0..32 {
        preview.browser().post("/ben/send", "text=hello").await;
    }
    assert_eq!(posts(&ana.get("/ana").await), [] as [u64; 0], "32 newer channels took its place");

    let (address, long) = (&preview.address, 32 * 1024 + 1);
    let request = format!(
        "POST /ana/send HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {long}\r\n\r\n{}",
        "a".repeat(long)
    );
    assert_eq!(preview.raw(&request).await.status(), 413);
}

#[tokio::test]
async fn a_path_that_is_none_is_not_found() {
    let preview = Preview::start().await;
    for path in ["/eve", "/ana/nothing", "/favicon.ico"] {
        let answer = preview.raw(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(answer.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn it_stops_when_it_is_told_to() {
    let preview = Preview::start().await;
    preview.browser().get("/ana").await;
    preview.stop.send(()).expect("it runs");
    preview.served.await.expect("it does not panic").expect("it ends well");
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_says_what_to_do() {
    let preview = Preview::start().await;
    let (_, port) = preview.address.rsplit_once(':').expect("an address has a port");
    let error = preview::bind(port.parse().expect("a port is a number")).await.expect_err("it is taken");
    assert_eq!(
        error.to_string(),
        format!("port {port} is taken; choose another with `--port N`, or let `--port 0` find a free one")
    );
}
