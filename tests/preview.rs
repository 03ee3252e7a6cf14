//! The preview over HTTP, without a browser: what a page without a script does.

use std::io;
use std::sync::Arc;

use standin::{FIXTURE, TestResult, copy_fixture, copy_folder};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use whichrole::bot::Defaults;
use whichrole::diagnostic::Diagnostics;
use whichrole::load::load;
use whichrole::preview;
use whichrole::responses::{Responses, Source};
use whichrole::round::{Limits, Rounds, Store};
use whichrole::service::Service;

fn responses() -> Result<Responses, Diagnostics> {
    load(&Source::Folder(FIXTURE.into()), "en-US")
}

/// A preview of its own, on a port of its own.
struct Preview {
    address: String,
    service: Arc<Service>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<io::Result<()>>,
}

impl Preview {
    async fn start() -> TestResult<Self> {
        Self::with(responses()?).await
    }

    async fn with(responses: Responses) -> TestResult<Self> {
        let mut service = Service::new(responses, Defaults::default());
        service.rounds = Some(Rounds::new(Store::memory(), Limits::default()));
        let service = Arc::new(service);
        let listener = preview::bind(0).await?;
        let url = listener.url()?;
        let address = url.strip_prefix("http://").ok_or("it is not HTTP")?.to_owned();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let served = tokio::spawn(preview::serve(listener, Arc::clone(&service), shutdown));
        Ok(Self { address, service, stop, served })
    }

    /// Sends a request as it is, and returns the whole answer.
    async fn raw(&self, request: &str) -> TestResult<Answer> {
        let answer = String::from_utf8(self.bytes(request).await?)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("the answer has no head")?;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or("the answer has no status")?;
        Ok(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
    }

    /// Sends a request as it is, and returns the whole answer, which may be no text.
    async fn bytes(&self, request: &str) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(answer)
    }

    async fn get(&self, path: &str) -> TestResult<String> {
        let address = &self.address;
        let answer = self.raw(&format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.header("set-cookie").is_none(), "no page needs cookies");
        Ok(answer.body)
    }

    /// Posts a form as a browser without a script does, and returns the page that it leads to.
    async fn post(&self, path: &str, form: &str) -> TestResult<String> {
        self.post_from(&format!("Origin: http://{}\r\n", self.address), path, form).await
    }

    /// Posts a form with these headers, and returns the page that it leads to.
    async fn post_from(&self, headers: &str, path: &str, form: &str) -> TestResult<String> {
        let address = &self.address;
        let answer = self
            .raw(&format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
                form.len()
            ))
            .await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(answer.header("set-cookie").is_none(), "no form needs cookies");
        let location = answer.header("location").ok_or("the form leads nowhere")?;
        self.get(location.split('#').next().unwrap_or_default()).await
    }

    /// Presses the n-th button under a message that can be pressed.
    async fn press(&self, member: &str, post: u64, n: usize) -> TestResult<String> {
        let page = self.get(member).await?;
        let article = article(&page, post);
        let buttons = article.split("<button class=\"button ").skip(1).filter(|button| !button.contains(" disabled>"));
        let custom_id =
            buttons.map(|button| between(button, "value=\"", "\"")).nth(n).ok_or("there is no such button")?;
        let form = format!("custom_id={}", custom_id.replace(':', "%3A"));
        self.post(&format!("{member}/press/{post}"), &form).await
    }
}

struct Answer {
    status: u16,
    /// In small letters.
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
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
async fn a_conversation_goes_on_in_one_message_and_can_be_dismissed() -> TestResult {
    let preview = Preview::start().await?;
    assert!(preview.get("/ana").await?.contains("Welcome to #leadership!"));
    let first = preview.post("/ana/send", "command=whichrole&show=").await?;
    assert_eq!(posts(&first), [1]);
    assert!(article(&first, 1).contains("Only you can see this"));
    let second = preview.press("/ana", 1, 0).await?;
    assert_eq!(posts(&second), [1]);
    assert_ne!(article(&first, 1), article(&second, 1));
    assert!(preview.get("/ben").await?.contains("Welcome to #leadership!"), "Ben sees nothing of it");
    assert_eq!(posts(&preview.post("/ben/dismiss/1", "").await?), [] as [u64; 0]);
    assert_eq!(posts(&preview.get("/ana").await?), [1], "Ben cannot dismiss what is Ana's");
    assert_eq!(posts(&preview.post("/ana/dismiss/1", "").await?), [] as [u64; 0]);
    Ok(())
}

#[tokio::test]
async fn a_press_on_somebody_elses_conversation_opens_ones_own() -> TestResult {
    let preview = Preview::start().await?;
    preview.post("/ana/send", "text=%2Fwhichrole+show%3Apublic").await?;
    let ben = preview.press("/ben", 1, 0).await?;
    assert_eq!(posts(&ben), [1, 2]);
    assert!(article(&ben, 2).contains("<span class=\"mention\">@Ana</span>"), "it says whose the other is");
    assert!(article(&ben, 2).contains("Only you can see this"));
    assert_eq!(posts(&preview.get("/ana").await?), [1]);
    Ok(())
}

/// The form that a page shows: its id, and what is chosen in it.
fn form(page: &str) -> (u64, Vec<&str>) {
    let dialog = between(page, "<dialog", "</dialog>");
    let id = between(dialog, "data-form=\"", "\"").parse().expect("ids are numbers");
    let inputs = dialog.split("<input ").skip(1).filter_map(|input| input.split_once('>')).map(|(input, _)| input);
    let chosen = inputs.filter(|input| input.contains(" checked"));
    (id, chosen.map(|input| between(input, "value=\"", "\"")).collect())
}

/// Every step as a form of HTML: two members answer in two languages, the others by chance, and time passes.
#[tokio::test]
async fn a_whole_round_without_a_script() -> TestResult {
    let preview = Preview::start().await?;
    preview.post("/ben/settings", "locale=de&server_locale=en-US&theme=system").await?;
    let page = preview.post("/ana/send", "command=round&show=public&deadline=three-days").await?;
    assert!(
        article(&page, 1).contains("in 3 days") || article(&page, 1).contains("in 2 days"),
        "{}",
        article(&page, 1)
    );
    assert!(page.contains("formaction=\"/ana/pass/1\""), "the preview's own controls");

    let page = preview.press("/ana", 1, 0).await?;
    assert!(page.contains("<main inert>"), "only the form can be reached");
    let (id, chosen) = form(&page);
    assert_eq!(chosen, [] as [&str; 0]);
    assert!(!preview.get("/cleo").await?.contains("<dialog"), "the form is Ana's");
    let page = preview.post(&format!("/ana/submit/{id}"), "wants=product&area=making").await?;
    assert_eq!(form(&page).0, id, "a question has no answer, so the form is still open");
    let page = preview.post(&format!("/ana/submit/{id}"), "wants=product&area=making&notices=customers").await?;
    assert!(!page.contains("<dialog") && page.contains("<main>"), "it is sent");
    assert!(article(&page, 1).contains("1 card answered one"), "{page}");
    assert!(article(&page, 2).contains("mine counts") && article(&page, 2).contains("Only you can see this"));

    let page = preview.press("/ben", 1, 0).await?;
    let dialog = between(&page, "<dialog", "</dialog>");
    assert!(dialog.contains("<h2 id=\"form-title\" lang=\"de\" dir=\"ltr\">de form title</h2>"), "{dialog}");
    let (ben, _) = form(&page);
    assert_eq!(posts(&preview.post("/ben/cancel", "").await?), [1]);
    let page = preview.post(&format!("/ben/submit/{ben}"), "wants=inside&area=systems&notices=staff").await?;
    assert!(
        page.contains("role=\"alert\">That message is not there any more"),
        "a form that was closed cannot be sent"
    );
    let (ben, _) = form(&preview.press("/ben", 1, 0).await?);
    let page = preview.post(&format!("/ben/submit/{ben}"), "wants=inside&area=systems&notices=staff").await?;
    assert!(article(&page, 1).contains("2 card answered other"), "the card is in the server's language");
    assert!(article(&page, 3).contains("de mine counts"), "what Ben alone sees is in his: {}", article(&page, 3));
    let page = preview.press("/ben", 1, 0).await?;
    let (_, chosen) = form(&page);
    assert_eq!(chosen, ["inside", "systems", "staff"], "the form has what Ben said so far");
    preview.post("/ben/cancel", "").await?;

    let page = preview.post("/ana/others/1", "").await?;
    assert!(article(&page, 1).contains("8 card answered other"), "{}", article(&page, 1));
    let page = preview.post("/ana/pass/1", "").await?;
    assert!(article(&page, 1).contains("result title"), "{}", article(&page, 1));
    assert!(!page.contains("/ana/pass/1"), "no round is open");
    let picture = between(article(&page, 1), "<img class=\"picture\" src=\"", "\"");
    let address = &preview.address;
    let png = format!("GET {picture} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    assert!(preview.bytes(&png).await?.starts_with(b"HTTP/1.0 200"), "{picture}");
    let page = preview.post("/ana/pass/1", "").await?;
    assert!(page.contains("role=\"alert\">That message is not there any more"), "time passes for open rounds alone");

    // The second button of the result: the counts as files.
    let page = preview.press("/cleo", 1, 1).await?;
    let post = posts(&page).into_iter().max().ok_or("there are no messages")?;
    for (name, kind) in [("round.csv", "text/csv"), ("round.json", "application/json")] {
        let path = format!("/cleo/file/{post}/{name}");
        assert!(article(&page, post).contains(&format!("href=\"{path}\" download=\"{name}\"")));
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let file = preview.raw(&get(&path)).await?;
        assert_eq!((file.status, file.header("content-type")), (200, Some(kind)));
        let disposition = format!("attachment; filename=\"{name}\"");
        assert_eq!(file.header("content-disposition"), Some(disposition.as_str()));
        assert!(file.body.contains("answered"), "{}", file.body);
        assert_eq!(preview.raw(&get(&path.replace("cleo", "ana"))).await?.status, 404, "the files are Cleo's");
    }

    let (again, _) = form(&preview.press("/ana", 1, 0).await?);
    let page = preview.post(&format!("/ana/submit/{again}"), "choice=hour").await?;
    assert!(article(&page, 1).contains("card again"), "{}", article(&page, 1));
    preview.post("/ana/others/1", "").await?;
    let page = preview.post("/ana/pass/1", "").await?;
    assert!(article(&page, 1).contains("result before") && article(&page, 1).contains("result now"), "{page}");
    Ok(())
}

#[tokio::test]
async fn a_writer_sees_the_card_with_new_words_and_nobody_answers_twice() -> TestResult {
    let preview = Preview::start().await?;
    preview.post("/ana/send", "command=round&deadline=day").await?;
    let (id, _) = form(&preview.press("/ana", 1, 0).await?);
    preview.post(&format!("/ana/submit/{id}"), "wants=product&area=making&notices=customers").await?;
    let folder = translated(&[])?;
    let file = folder.path().join("en-US/round.toml");
    let words = std::fs::read_to_string(&file)?;
    for (turn, words) in [
        ("open", words.replace("card title", "our title").replace("mine counts", "our counts")),
        ("withdrawn", words.replace("card title", "a title").replace("mine withdrawn", "our withdrawn")),
    ] {
        std::fs::write(&file, words)?;
        let responses = load(&Source::Folder(folder.path().into()), "en-US")?;
        preview.service.replace(responses);
        let page = preview.get("/ana").await?;
        if turn == "open" {
            assert!(
                article(&page, 1).contains("our title") && article(&page, 1).contains("1 card answered one"),
                "{page}"
            );
            assert!(article(&page, 2).contains("our counts"), "{page}");
            // The last button: withdraw.
            let buttons = article(&page, 2).matches("<button class=\"button ").count();
            preview.press("/ana", 2, buttons - 1).await?;
        } else {
            assert!(
                article(&page, 1).contains("a title") && article(&page, 1).contains("0 card answered other"),
                "{page}"
            );
            assert!(article(&page, 2).contains("our withdrawn"), "{page}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_json_of_a_message_is_what_discord_would_get() -> TestResult {
    let preview = Preview::start().await?;
    let page = preview.post("/ana/send", "command=cto&show=private").await?;
    let json = between(article(&page, 1), "get\"><code>", "</code></pre>").replace("&quot;", "\"").replace("&lt;", "<");
    let json = json.replace("&gt;", ">").replace("&amp;", "&");
    let reply: serde_json::Value = serde_json::from_str(&json)?;
    assert_eq!((&reply["type"], &reply["data"]["flags"]), (&4.into(), &32832.into()));
    assert_eq!(reply["data"]["components"][0]["type"], 17);
    Ok(())
}

#[tokio::test]
async fn a_language_and_a_theme_can_be_chosen() -> TestResult {
    let preview = Preview::start().await?;
    let page = preview.post("/ana/settings", "locale=en-US&server_locale=en-US&theme=dark").await?;
    assert!(page.contains("<html lang=\"en\" data-theme=\"dark\">"));
    assert!(preview.get("/gallery").await?.contains("data-theme=\"dark\""), "the theme is every page's");
    let page = preview.post("/ana/settings", "locale=en-US&server_locale=en-US&theme=%22%3E%3Cb%3E").await?;
    assert!(page.contains("data-theme=\"system\""));
    let languages: Vec<_> = between(&page, "<select name=\"locale\">", "</select>").split("value=\"").skip(1).collect();
    for (n, language) in (1..).zip(languages) {
        let locale = language.split('"').next().unwrap_or_default();
        preview.post("/ana/settings", &format!("locale={locale}&server_locale=en-US&theme=system")).await?;
        let page = preview.post("/ana/send", "command=cto&show=private").await?;
        assert!(article(&page, n).contains(&format!("<form lang=\"{locale}\" dir=\"ltr\"")), "{locale}");
    }
    Ok(())
}

/// A folder of responses whose English is copied to each of `locales`.
fn translated(locales: &[&str]) -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    copy_fixture(folder.path())?;
    for locale in locales {
        let copy = folder.path().join(locale);
        copy_folder(folder.path().join("en-US"), &copy)?;
        // Other languages have other plural forms; without these files, the English words stand in.
        std::fs::remove_file(copy.join("round.toml"))?;
        std::fs::remove_file(copy.join("about.toml"))?;
    }
    Ok(folder)
}

#[tokio::test]
async fn languages_written_from_right_to_left_are_laid_out_so() -> TestResult {
    let folder = translated(&["ar", "he"])?;
    let responses = load(&Source::Folder(folder.path().into()), "en-US")?;
    let preview = Preview::with(responses).await?;
    for (n, locale) in [(1, "ar"), (2, "he")] {
        let settings = format!("locale={locale}&server_locale=en-US&theme=system");
        let page = preview.post("/ana/settings", &settings).await?;
        let rtl = format!("lang=\"{locale}\" dir=\"rtl\"");
        assert!(between(&page, "id=\"choices\"", "<li").contains(&rtl), "the menu of commands");
        if n == 1 {
            assert!(between(&page, "id=\"welcome\"", "id=\"log\"").contains(&rtl), "the commands to try");
        }
        let page = preview.post("/ana/send", "command=cto&show=private").await?;
        assert!(article(&page, 2 * n - 1).contains(&format!("<form {rtl}")), "a message");
        let page = preview.post("/ana/send", "command=cto&show=public").await?;
        assert!(page.contains("<form lang=\"en-US\" dir=\"ltr\""), "a message in the server's language");
        preview.post("/ana/dismiss/1", "").await?;
        let page = preview.get(&format!("/gallery?language={locale}")).await?;
        assert!(page.contains(&format!("<div class=\"shown\" {rtl}>")), "the gallery");
        assert!(page.contains("<html lang=\"en\""), "the page itself is English");
    }
    Ok(())
}

#[tokio::test]
async fn the_gallery_has_every_card_of_a_language_with_what_it_uses_of_the_limits() -> TestResult {
    let preview = Preview::start().await?;
    for (language, words) in [("", ">Ask</button>"), ("de", ">de Ask</button>")] {
        let page = preview.get(&format!("/gallery?language={language}")).await?;
        assert!(page.contains(words), "{language}");
        for card in [
            "page cto",
            "first question, for another person",
            "question today",
            "suggestion open, shared",
            "details cio, slight small",
            "notice failed",
            "round open",
            "round result cto, clear",
            "round export",
            "about with something stored",
            "form answer",
            "form close",
        ] {
            assert!(page.contains(&format!(">{card}</h2>")), "{language}: {card}");
        }
        assert!(page.contains(" of 4000 characters") && page.contains(" of 40 components"), "{language}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_member_writes_is_text() -> TestResult {
    let preview = Preview::start().await?;
    let page = preview.post("/ana/send", "text=%3Cscript%3Ealert(1)%3C%2Fscript%3E+**b**").await?;
    assert!(article(&page, 1).contains("<p>&lt;script&gt;alert(1)&lt;/script&gt; <strong>b</strong></p>"));
    Ok(())
}

#[tokio::test]
async fn only_loopbacks_own_names_are_answered_to() -> TestResult {
    let preview = Preview::start().await?;
    for (host, status) in
        [("localhost:1", 200), ("[::1]:8080", 200), ("example.com", 421), ("localhost.example.com", 421)]
    {
        let answer = preview.raw(&format!("GET /ana HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await?;
        assert_eq!(answer.status, status, "{host}");
        let policy = answer.header("content-security-policy").ok_or("the answer has no policy")?;
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(preview.raw("GET /ana HTTP/1.0\r\n\r\n").await?.status, 421, "no host is no name of loopback");
    Ok(())
}

#[tokio::test]
async fn forms_of_other_pages_are_refused() -> TestResult {
    let preview = Preview::start().await?;
    let address = &preview.address;
    for from in [
        "Origin: http://example.com\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Referer: http://example.com/ana\r\n",
    ] {
        let answer = preview
            .raw(&format!(
                "POST /ana/send HTTP/1.1\r\nHost: {address}\r\n{from}Content-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: 7\r\nConnection: close\r\n\r\ntext=hi"
            ))
            .await?;
        assert_eq!(answer.status, 403, "{from}");
    }
    assert_eq!(posts(&preview.get("/ana").await?), [] as [u64; 0]);
    Ok(())
}

/// lynx, w3m and links send neither `Origin` nor `Sec-Fetch-Site`, and `Referer` only if they are set so.
#[tokio::test]
async fn forms_of_text_browsers_are_taken() -> TestResult {
    let preview = Preview::start().await?;
    let referer = format!("Referer: http://{}/ana\r\nUser-Agent: w3m/0.5.3\r\n", preview.address);
    assert_eq!(posts(&preview.post_from(&referer, "/ana/send", "command=cto&show=").await?), [1]);
    assert_eq!(
        posts(&preview.post_from("User-Agent: Links (2.28)\r\n", "/ana/send", "command=cio&show=").await?),
        [1, 2]
    );
    Ok(())
}

#[tokio::test]
async fn two_previews_side_by_side_do_not_disturb_each_other() -> TestResult {
    let (one, other) = (Preview::start().await?, Preview::start().await?);
    one.post("/ana/send", "text=%2Fwhichrole").await?;
    other.post("/ana/send", "text=%2Fcto").await?;
    other.post("/ana/send", "text=%2Fcio").await?;
    assert_eq!((posts(&one.get("/ana").await?), posts(&other.get("/ana").await?)), (vec![1], vec![1, 2]));
    Ok(())
}

#[tokio::test]
async fn a_press_on_a_page_from_before_a_restart_is_told() -> TestResult {
    let before = Preview::start().await?;
    let page = before.post("/ana/send", "command=whichrole&show=").await?;
    let custom_id = between(article(&page, 1), "name=\"custom_id\" value=\"", "\"").replace(':', "%3A");
    let after = Preview::start().await?;
    let page = after.post("/ana/press/1", &format!("custom_id={custom_id}")).await?;
    assert!(page.contains("role=\"alert\">That message is not there any more: the preview was restarted"), "{page}");
    assert!(after.get("/ana").await?.contains("role=\"alert\" hidden></p>"), "and told once");
    Ok(())
}

/// The connection that tells open pages of changes.
struct Events(BufReader<TcpStream>);

impl Events {
    async fn of(preview: &Preview) -> io::Result<Self> {
        let mut stream = TcpStream::connect(&preview.address).await?;
        let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", preview.address);
        stream.write_all(request.as_bytes()).await?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Waits for the next state.
    async fn next(&mut self) -> io::Result<String> {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(self.0.read_line(&mut line).await?, 0, "the connection stays open");
            if let Some(state) = line.strip_prefix("data: ") {
                return Ok(state.trim_end().to_owned());
            }
        }
    }
}

fn state(page: &str) -> &str {
    between(page, "data-state=\"", "\"")
}

#[tokio::test]
async fn open_pages_are_told_of_every_change() -> TestResult {
    let preview = Preview::start().await?;
    let empty = preview.get("/ana").await?;
    let mut events = Events::of(&preview).await?;
    assert_eq!(events.next().await?, state(&empty), "the first state is what the page shows");
    let said = preview.post("/ben/send", "text=hello").await?;
    assert_eq!(events.next().await?, state(&said));
    let themed = preview.post("/ana/settings", "locale=de&server_locale=de&theme=dark").await?;
    assert_eq!(events.next().await?, state(&themed));
    preview.service.replace(responses()?);
    let reloaded = events.next().await?;
    assert_eq!(reloaded, state(&preview.get("/gallery").await?));
    assert_ne!(reloaded, state(&themed));
    let other = Preview::start().await?;
    assert_ne!(state(&other.get("/ana").await?), state(&empty), "another process is another state");
    Ok(())
}

#[tokio::test]
async fn the_page_is_there_by_ipv6_too() -> TestResult {
    let preview = Preview::start().await?;
    let port = preview.address.rsplit_once(':').ok_or("the address has no port")?.1;
    // A machine without IPv6 has nothing to show here.
    let Ok(mut stream) = TcpStream::connect(format!("[::1]:{port}")).await else { return Ok(()) };
    let request = format!("GET /ana HTTP/1.1\r\nHost: [::1]:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("Welcome to #leadership!"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn what_is_kept_is_bounded() -> TestResult {
    let preview = Preview::start().await?;
    for _ in 0..60 {
        preview.post("/ana/send", "text=hello").await?;
    }
    assert_eq!(posts(&preview.get("/ana").await?), (11..=60).collect::<Vec<_>>());

    let (address, long) = (&preview.address, 32 * 1024 + 1);
    let request = format!(
        "POST /ana/send HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {long}\r\n\r\n{}",
        "a".repeat(long)
    );
    assert_eq!(preview.raw(&request).await?.status, 413);
    Ok(())
}

#[tokio::test]
async fn a_path_that_is_none_is_not_found() -> TestResult {
    let preview = Preview::start().await?;
    for path in ["/eve", "/ana/nothing", "/favicon.ico"] {
        let answer =
            preview.raw(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await?;
        assert_eq!(answer.status, 404, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn it_stops_when_it_is_told_to() -> TestResult {
    let preview = Preview::start().await?;
    preview.get("/ana").await?;
    preview.stop.send(()).map_err(|()| "it runs")?;
    preview.served.await??;
    Ok(())
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_says_what_to_do() -> TestResult {
    let preview = Preview::start().await?;
    let (_, port) = preview.address.rsplit_once(':').ok_or("the address has no port")?;
    let error = preview::bind(port.parse()?).await.expect_err("it is taken");
    assert_eq!(
        error.to_string(),
        format!("port {port} is taken; choose another with `--port N`, or let `--port 0` find a free one")
    );
    Ok(())
}
