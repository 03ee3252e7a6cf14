//! The preview in a real Chromium: with and without a script, by keyboard alone, and judged by axe-core.
//!
//! ```text
//! AXE_CORE=path/to/axe.min.js MERMAID=path/to/mermaid.min.js cargo test --package browser -- --ignored
//! ```

use std::fs;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use standin::{TestResult, copy_fixture};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::runtime::{Builder, Runtime};
use whichrole::advisor::mermaid;
use whichrole::bot::Defaults;
use whichrole::diagnostic::Diagnostics;
use whichrole::init::init;
use whichrole::links::Links;
use whichrole::load::load;
use whichrole::preview;
use whichrole::responses::{Responses, Source};
use whichrole::round::{Limits, Rounds, Store};
use whichrole::service::Service;

/// A browser that looks at a preview of its own.
struct Page {
    client: Client,
    /// The bot behind it.
    service: Arc<Service>,
    url: String,
    axe: String,
    _driver: Child,
    _profile: TempDir,
}

/// How the page is looked at.
#[derive(Clone, Copy)]
struct Screen {
    theme: &'static str,
    width: u32,
}

/// Opens the page, and closes the browser whatever comes of the test.
async fn on_page(script: bool, screen: Screen, test: impl AsyncFnOnce(&Page) -> TestResult) -> TestResult {
    let page = Page::open(script, screen).await?;
    let result = AssertUnwindSafe(test(&page)).catch_unwind().await;
    page.client.close().await?;
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

const DESKTOP: u32 = 1280;
const PHONE: u32 = 390;

impl Page {
    async fn open(script: bool, screen: Screen) -> TestResult<Self> {
        let axe = std::env::var("AXE_CORE")
            .map_err(|error| format!("AXE_CORE, the path of axe.min.js, from `npm pack axe-core`: {error}"))?;
        let axe = fs::read_to_string(&axe).map_err(|error| format!("AXE_CORE={axe}: {error}"))?;

        let responses = load(&Source::BuiltIn, "en-US")?;
        let mut service = Service::new(responses, Defaults::default());
        service.rounds = Some(Rounds::new(Store::memory(), Limits::default()));
        service.links = Links { privacy: Some("https://example.com/privacy".into()), ..Links::default() };
        let service = Arc::new(service);
        let listener = preview::bind(0).await?;
        let url = listener.url()?;
        tokio::spawn(preview::serve(listener, Arc::clone(&service), std::future::pending()));

        let profile = TempDir::new()?;
        let (driver, port) = start_driver().await?;
        let script = if script { 1 } else { 2 };
        let options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
                format!("--user-data-dir={}", profile.path().display()),
            ],
            "prefs": {"profile.managed_default_content_settings.javascript": script},
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(Capabilities::from_iter([("goog:chromeOptions".to_owned(), options)]))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await?;
        let page = Self { client, service, url, axe, _driver: driver, _profile: profile };
        let size = json!({"width": screen.width, "height": 844, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        let features = json!([
            {"name": "prefers-color-scheme", "value": screen.theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        page.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await?;
        page.go("/").await?;
        Ok(page)
    }

    async fn devtools(&self, cmd: &'static str, params: Value) -> TestResult {
        self.client.issue_cmd(DevTools { cmd, params }).await.map_err(|error| format!("{cmd}: {error}"))?;
        Ok(())
    }

    async fn go(&self, path: &str) -> TestResult {
        Ok(self.client.goto(&format!("{}{path}", self.url)).await?)
    }

    /// Waits for an element, and prints the page if none comes.
    async fn see(&self, selector: &str) -> TestResult<Element> {
        let found = self.client.wait().at_most(Duration::from_secs(20)).for_element(Locator::Css(selector)).await;
        if found.is_err() {
            eprintln!("{}", self.client.source().await.unwrap_or_default());
        }
        found.map_err(|error| format!("{selector}: {error}").into())
    }

    async fn click(&self, selector: &str) -> TestResult {
        self.see(selector).await?.click().await.map_err(|error| format!("{selector}: {error}").into())
    }

    /// Presses a button of a message, and waits until the message has changed.
    async fn change(&self, post: &str, button: &str) -> TestResult {
        let changes = self.see(post).await?.attr("data-changes").await?.ok_or("the message has no data-changes")?;
        let next = changes.parse::<u32>()? + 1;
        self.click(&format!("{post} {button}")).await?;
        self.see(&format!("{post}[data-changes='{next}']")).await?;
        Ok(())
    }

    /// Types into whatever has the focus.
    async fn type_keys(&self, keys: &str) -> TestResult {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    async fn key(&self, key: Key) -> TestResult {
        self.type_keys(&char::from(key).to_string()).await
    }

    /// Chooses an option of the form that is open.
    async fn choose(&self, value: &str) -> TestResult {
        self.click(&format!("dialog fieldset:not(:has(:checked)) input[value={value}]")).await
    }

    /// Sends a text from the message box.
    async fn send(&self, text: &str) -> TestResult {
        self.click("#message").await?;
        self.type_keys(text).await?;
        self.click(".send").await
    }

    async fn run(&self, script: &str) -> TestResult<Value> {
        self.client.execute(script, vec![]).await.map_err(|error| format!("{script}: {error}").into())
    }

    /// Presses keys until an element has the focus.
    async fn until_focused(&self, keys: &str, selector: &str) -> TestResult {
        for _ in 0..40 {
            let script = format!("return document.activeElement.matches({})", json!(selector));
            if self.run(&script).await? == true {
                return Ok(());
            }
            self.type_keys(keys).await?;
        }
        Err(format!("{selector} does not get the focus").into())
    }

    /// axe-core finds nothing wrong, and nothing is cut off at the side.
    async fn is_accessible(&self, state: &str) -> TestResult {
        self.run(&format!("{}; return true", self.axe)).await?;
        let run = "const done = arguments[0]; axe.run().then((found) => done(found.violations.map((violation) => \
                   [violation.id, violation.help, violation.nodes.map((node) => node.html + ' ' + node.failureSummary)])))";
        let violations = self.client.execute_async(run, vec![]).await?;
        assert_eq!(violations, json!([]), "{state}: {violations:#}");
        let wide = "return [document.documentElement, document.getElementById('scroller')].filter(Boolean).some((e) => e.scrollWidth > e.clientWidth)";
        assert_eq!(self.run(wide).await?, false, "{state}: it scrolls sideways");
        Ok(())
    }
}

/// Starts chromedriver on a free port, and returns the port.
async fn start_driver() -> TestResult<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("chromedriver: {error}"))?;
    let mut lines = BufReader::new(driver.stdout.take().ok_or("its output is not piped")?).lines();
    while let Some(line) = lines.next_line().await? {
        let port = line.split_once("started successfully on port ").map(|(_, port)| port.trim_end_matches('.'));
        if let Some(port) = port {
            let port = port.parse()?;
            // Keeps the pipe open for as long as it writes.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((driver, port));
        }
    }
    Err("chromedriver ended before it said its port".into())
}

/// chromedriver's own command: one of Chromium's developer tools.
#[derive(Debug)]
struct DevTools {
    cmd: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (axum::http::Method, Option<String>) {
        (axum::http::Method::POST, Some(json!({"cmd": self.cmd, "params": self.params}).to_string()))
    }
}

/// Goes through every state of the page, and has each judged.
async fn every_state_is_accessible(screen: Screen) -> TestResult {
    on_page(true, screen, async |page| {
        page.is_accessible("an empty channel").await?;
        page.click(".settings summary").await?;
        page.is_accessible("the settings").await?;
        page.click(".settings summary").await?;
        page.click("#message").await?;
        page.type_keys("/").await?;
        page.see("#menu:not([hidden])").await?;
        page.is_accessible("the menu of commands").await?;
        page.type_keys("cto ").await?;
        page.see("#choose-show-public:not([hidden])").await?;
        page.is_accessible("the menu of options").await?;
        page.click(".send").await?;
        page.see("#post-1").await?;
        page.is_accessible("/cto").await?;
        page.click("#post-1 .json summary").await?;
        page.is_accessible("the JSON").await?;
        page.go("/ana").await?;
        page.send("/cio show:private").await?;
        page.see("#post-2").await?;
        page.is_accessible("/cio").await?;
        page.click("#post-2 .row .button:nth-child(2)").await?;
        page.see("#post-2[data-changes='1']").await?;
        page.is_accessible("both side by side").await?;
        page.send("/whichrole").await?;
        page.see("#post-3").await?;
        page.is_accessible("the first question").await?;
        while page.client.find(Locator::Css("#post-3 .section")).await.is_ok() {
            page.change("#post-3", ".section .button").await?;
        }
        page.is_accessible("a suggestion").await?;
        assert_eq!(
            page.run("return document.querySelector('#post-3 .picture').naturalWidth").await?,
            640,
            "its picture is drawn"
        );
        let presses = [
            (".row .button:first-child", "its details"),
            (".row:last-of-type .button:first-child", "the suggestion again"),
            (".row:last-of-type .primary", "a look at what will be shared"),
        ];
        for (button, state) in presses {
            page.change("#post-3", button).await?;
            page.is_accessible(state).await?;
        }
        page.click("#post-3 .row:last-of-type .primary").await?;
        page.see("#post-4 .picture").await?;
        page.is_accessible("a shared suggestion").await?;
        page.send("/whichrole show:public").await?;
        page.see("#post-5").await?;
        page.send("> my **own** `words` <@1200000000000000002>\n").await?;
        page.go("/ben").await?;
        page.click("#post-5 .section .button").await?;
        page.see("#post-7 .mention").await?;
        page.is_accessible("a conversation of one's own").await?;
        page.go("/ana").await?;
        page.send("/round deadline:day").await?;
        page.see("#post-8 .primary").await?;
        page.is_accessible("the card of a round, and the preview's own controls").await?;
        page.click("#post-8 .primary").await?;
        page.see("dialog:modal").await?;
        page.is_accessible("a form").await?;
        page.choose("product").await?;
        page.choose("making").await?;
        page.choose("customers").await?;
        page.is_accessible("a form that is filled in").await?;
        page.click("dialog .json summary").await?;
        page.is_accessible("the JSON of a form").await?;
        page.click("dialog .primary").await?;
        page.see("#post-9.private .picture").await?;
        page.is_accessible("one's own answer in a round").await?;
        page.click(".controls button:first-child").await?;
        page.see("#post-8[data-changes='8']").await?;
        page.click("#post-8 .secondary").await?;
        page.see("dialog:modal input[value=delete]").await?;
        page.is_accessible("the form that closes a round").await?;
        page.click("dialog .primary").await?;
        page.see("#post-8 .picture").await?;
        page.is_accessible("the result of a round").await?;
        page.click("#post-8 .row .button:nth-child(2)").await?;
        page.see(".file[href$='round.json']").await?;
        page.is_accessible("files").await?;
        page.send("/about").await?;
        page.see(".private a.button[href='https://example.com/privacy']").await?;
        page.is_accessible("/about").await?;
        page.go("/gallery?language=de").await?;
        page.see(".cards").await?;
        page.is_accessible("the gallery").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn light_on_a_desktop() -> TestResult {
    every_state_is_accessible(Screen { theme: "light", width: DESKTOP }).await
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn dark_on_a_desktop() -> TestResult {
    every_state_is_accessible(Screen { theme: "dark", width: DESKTOP }).await
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn light_on_a_phone() -> TestResult {
    every_state_is_accessible(Screen { theme: "light", width: PHONE }).await
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn dark_on_a_phone() -> TestResult {
    every_state_is_accessible(Screen { theme: "dark", width: PHONE }).await
}

const SCREEN: Screen = Screen { theme: "light", width: DESKTOP };

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn the_keyboard_alone_goes_all_the_way() -> TestResult {
    on_page(true, SCREEN, async |page| {
        let (tab, back_tab) =
            (char::from(Key::Tab).to_string(), format!("{}{}", char::from(Key::Shift), char::from(Key::Tab)));
        page.until_focused(&tab, "#message").await?;

        // The menu: filtered by what is typed, walked by arrows, closed by Escape, taken by Tab or Enter.
        page.type_keys("/c").await?;
        page.see("#message[aria-activedescendant='choose-cio']").await?;
        page.key(Key::Down).await?;
        page.see("#message[aria-activedescendant='choose-cto'] ~ .send").await?;
        page.key(Key::Escape).await?;
        page.see("#message[aria-expanded='false']").await?;
        page.key(Key::Backspace).await?;
        page.type_keys("which").await?;
        page.see("#choose-whichrole[aria-selected='true']").await?;
        page.key(Key::Tab).await?;
        page.see("#choose-show-public:not([hidden])").await?;
        page.key(Key::Down).await?;
        page.key(Key::Down).await?;
        page.see("#message[aria-activedescendant='choose-show-private']").await?;
        page.key(Key::Enter).await?;
        page.key(Key::Enter).await?;
        page.see("#post-1.private").await?;
        assert_eq!(page.run("return document.activeElement.id + document.activeElement.value").await?, "message");

        // From the message box up to the first choice; the changed message then has the focus.
        page.until_focused(&back_tab, "#post-1 .section .button").await?;
        page.key(Key::Enter).await?;
        page.see("#post-1[data-changes='1']:focus").await?;
        let status = page.run(
            "return document.getElementById('status').textContent === document.querySelector('#post-1 h2').textContent",
        );
        assert_eq!(status.await?, true, "the new question is said");
        page.until_focused(&tab, "#post-1 .section .button").await?;
        page.key(Key::Enter).await?;
        page.see("#post-1[data-changes='2']:focus").await?;

        // Back keeps the focus for as long as it leads somewhere.
        page.until_focused(&tab, "#post-1 .row .button").await?;
        page.key(Key::Enter).await?;
        page.see("#post-1[data-changes='3'] .row .button:focus").await?;
        page.key(Key::Enter).await?;
        page.see("#post-1[data-changes='4']:focus").await?;

        page.until_focused(&tab, "#post-1 .json summary").await?;
        page.key(Key::Enter).await?;
        page.see("#post-1 .json[open]").await?;
        page.until_focused(&back_tab, "#post-1 .link").await?;
        page.key(Key::Enter).await?;
        page.see(".welcome").await?;
        page.see("#message:focus").await?;

        page.until_focused(&back_tab, ".settings summary").await?;
        page.key(Key::Enter).await?;
        page.until_focused(&tab, "select[name=theme]").await?;
        page.type_keys("D").await?;
        page.see("[data-theme=dark]").await?;
        page.see("select[name=theme]:focus").await?;
        page.key(Key::Escape).await?;
        page.see(".settings:not([open]) summary:focus").await?;
        Ok(())
    })
    .await
}

/// A whole round without a pointer: opened, answered in two languages, closed, asked again, exported.
#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn a_round_is_played_by_keyboard_alone() -> TestResult {
    on_page(true, SCREEN, async |page| {
        let [tab, enter, escape, down] = [Key::Tab, Key::Enter, Key::Escape, Key::Down].map(|key| char::from(key).to_string());
        let back_tab = format!("{}{tab}", char::from(Key::Shift));
        page.until_focused(&tab, "#message").await?;
        page.type_keys("/rou").await?;
        page.see("#choose-round[aria-selected='true']").await?;
        page.type_keys(&tab).await?;
        page.see("#choose-deadline-day:not([hidden])").await?;
        assert!(page.client.find(Locator::Css("#choose-show-public:not([hidden])")).await.is_err(), "it has no `show`");
        page.type_keys("deadline:d").await?;
        page.see("#choose-deadline-day[aria-selected='true']").await?;
        page.type_keys(&enter).await?;
        page.type_keys(&enter).await?;
        page.see("#post-1").await?;

        // Escape closes the form, and the focus is where it was.
        page.until_focused(&back_tab, "#post-1 .primary").await?;
        page.type_keys(&enter).await?;
        page.see("dialog:modal input[value=product]:focus").await?;
        page.type_keys(&escape).await?;
        page.see("body:not(:has(dialog))").await?;
        page.see("#post-1 .primary:focus").await?;
        page.type_keys(&enter).await?;
        page.see("dialog:modal input[value=product]:focus").await?;
        let form = page.see("dialog").await?.attr("data-form").await?;
        assert_eq!(form.as_deref(), Some("2"), "the first form was closed in the preview, too");

        // A group of radio buttons is one stop: the space bar chooses, arrows choose another.
        page.type_keys(" ").await?;
        page.see("dialog input[value=product]:checked").await?;
        page.type_keys(&down).await?;
        page.see("dialog input[value=inside]:checked:focus").await?;
        page.until_focused(&tab, "dialog input[name=area]").await?;
        page.type_keys(" ").await?;
        page.until_focused(&tab, "dialog .primary").await?;
        page.type_keys(&enter).await?;
        page.see("dialog input[name=notices]:focus:invalid").await?;
        page.type_keys(" ").await?;
        page.until_focused(&tab, "dialog .primary").await?;
        page.type_keys(&enter).await?;
        page.see("#post-2.private:focus").await?;
        assert!(page.client.find(Locator::Css("dialog")).await.is_err(), "the form is sent");

        page.until_focused(&tab, ".controls button:first-child").await?;
        page.type_keys(&enter).await?;
        page.see("#post-1[data-changes='8']:focus").await?;
        page.until_focused(&tab, "#post-1 .secondary").await?;
        page.type_keys(&enter).await?;
        page.see("dialog input[value=show]:checked:focus").await?;
        page.until_focused(&tab, "dialog .primary").await?;
        page.type_keys(&enter).await?;
        page.see("#post-1 .picture").await?;
        page.see("#post-1:focus").await?;
        let drawn = "return document.querySelector('#post-1 .picture').decode().then(() => document.querySelector('#post-1 .picture').naturalWidth)";
        assert_eq!(page.run(drawn).await?, 640, "its picture is drawn");
        assert!(page.client.find(Locator::Css(".controls")).await.is_err(), "no round is open");

        // Again, in another language; time passes by the page's clock as well.
        page.until_focused(&tab, "#post-1 .row .button").await?;
        page.type_keys(&enter).await?;
        page.see("dialog input[value=day]:checked:focus").await?;
        page.until_focused(&tab, "dialog .primary").await?;
        page.type_keys(&enter).await?;
        page.see("#post-1 .primary").await?;
        let left = "return document.querySelector('#post-1 [data-style=R]').textContent";
        assert_eq!(page.run(left).await?, "in 23 hours");
        page.go("/emi").await?;
        page.until_focused(&tab, ".settings summary").await?;
        page.type_keys(&enter).await?;
        page.until_focused(&tab, "select[name=locale]").await?;
        page.type_keys("D").await?;
        page.see("select[name=locale] option[value=de]:checked").await?;
        page.see("#menu [lang=de]").await?;
        page.until_focused(&tab, "#post-1 .primary").await?;
        page.type_keys(&enter).await?;
        page.see("dialog [lang=de] input:focus").await?;
        page.type_keys(&escape).await?;
        page.see("#post-1 .primary:focus").await?;
        page.until_focused(&tab, ".controls button:first-child").await?;
        page.type_keys(&enter).await?;
        page.see("#post-1[data-changes='17']:focus").await?;
        page.until_focused(&tab, ".controls button:last-child").await?;
        page.type_keys(&enter).await?;
        page.see("#post-1:focus .picture").await?;
        assert_eq!(page.run("return Number(document.body.dataset.ahead) > 80000").await?, true, "a day has passed");

        page.until_focused(&tab, "#post-1 .row .button:nth-child(2)").await?;
        page.type_keys(&enter).await?;
        page.see("a.file").await?;
        page.until_focused(&tab, "a.file[href$='round.csv']").await?;
        let file = "return fetch(document.activeElement.href).then(async (file) => [file.status, file.headers.get('content-type'), (await file.text()).includes('outcomes,answered,7')])";
        assert_eq!(page.run(file).await?, json!([200, "text/csv", true]), "all but Emi");
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn a_conversation_to_its_end_and_back_and_what_another_member_gets() -> TestResult {
    on_page(true, SCREEN, async |page| {
        page.run("window.sameDocument = true").await?;
        page.click("#message").await?;
        page.type_keys("/which").await?;
        page.click("#choose-whichrole").await?;
        page.click("#choose-show-public").await?;
        page.key(Key::Enter).await?;
        page.see("#post-1:not(.private)").await?;
        let mut changes = 0;
        while page.client.find(Locator::Css("#post-1 .section")).await.is_ok() {
            page.click("#post-1 .section .button").await?;
            changes += 1;
            page.see(&format!("#post-1[data-changes='{changes}']")).await?;
        }
        assert!((3..=6).contains(&changes), "{changes} questions");
        page.click("#post-1 .row:last-of-type .button").await?;
        page.see(&format!("#post-1[data-changes='{}'] .section", changes + 1)).await?;
        assert_eq!(page.run("return window.sameDocument").await?, true, "nothing was loaded anew");

        page.click("a[href='/ben']").await?;
        page.see(".members [aria-current][href='/ben']").await?;
        page.click("#post-1 .section .button").await?;
        page.see("#post-2.private .mention").await?;
        page.click("#post-2 .section .button").await?;
        page.see("#post-2[data-changes='1']").await?;
        page.click("a[href='/ana']").await?;
        page.see("#post-1").await?;
        assert!(page.client.find(Locator::Css("#post-2")).await.is_err(), "Ana does not see what is Ben's");
        page.click("a[href='/ben']").await?;
        page.click("#post-2 .link").await?;
        page.see("#log:not(:has(#post-2))").await?;
        page.see("#post-1:focus").await?;
        Ok(())
    })
    .await
}

/// The responses of the tests with another title on the card of the CTO, and with a fault.
fn changed() -> TestResult<(Responses, Diagnostics)> {
    let folder = tempfile::tempdir()?;
    copy_fixture(folder.path())?;
    let file = folder.path().join("en-US/pages/cto.toml");
    let text = fs::read_to_string(&file)?;
    let source = Source::Folder(folder.path().into());
    fs::write(&file, text.replace("Page cto", "The CTO, in our words"))?;
    let good = load(&source, "en-US")?;
    fs::write(&file, text.replace("title =", "titel ="))?;
    let refused = load(&source, "en-US").err().ok_or("a misspelled key is no error")?;
    Ok((good, refused))
}

/// Without a reload by hand, in the channel and in the gallery; and the faults of a broken change beside the old text.
#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn changed_texts_are_shown_at_once_and_so_are_their_faults() -> TestResult {
    let (good, diagnostics) = changed()?;
    on_page(true, SCREEN, async |page| {
        page.run("window.sameDocument = true").await?;
        page.click("button.try[value=cto]").await?;
        page.see("#post-1").await?;
        page.service.refuse(&diagnostics);
        page.see("#refused .refused").await?;
        let told = page.client.find(Locator::Css("#refused pre")).await?;
        let told = told.text().await?;
        assert!(told.contains("unknown key `titel`") && told.contains("cto.toml:3:1"), "{told}");
        page.is_accessible("a broken change").await?;
        page.service.replace(good);
        page.see("#post-1[data-changes='1']").await?;
        let text = page.client.find(Locator::Css("#post-1")).await?.text().await?;
        assert!(text.contains("The CTO, in our words"), "{text}");
        assert!(page.client.find(Locator::Css(".refused")).await.is_err(), "the faults are gone");
        assert_eq!(page.run("return window.sameDocument").await?, true, "nothing was reloaded");

        page.go("/gallery").await?;
        page.run("window.sameDocument = true").await?;
        page.service.refuse(&diagnostics);
        page.see("#live .refused").await?;
        assert_eq!(page.run("return window.sameDocument").await?, true, "nothing was reloaded");
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn without_a_script_everything_works() -> TestResult {
    on_page(false, SCREEN, async |page| {
        page.click(".lists select[name=command] option[value=whichrole]").await?;
        page.click(".lists select[name=show] option[value=public]").await?;
        page.click(".lists .send").await?;
        page.see("#post-1:not(.private):target").await?;
        page.click("#post-1 .section .button").await?;
        page.see("#post-1[data-changes='1']").await?;
        page.click("#post-1 .row .button").await?;
        page.see("#post-1[data-changes='2']").await?;
        page.click("#post-1 .json summary").await?;
        page.see("#post-1 .json[open]").await?;
        page.click("a[href='/ben']").await?;
        page.see(".members [aria-current][href='/ben']").await?;
        page.click("#post-1 .section .button").await?;
        page.see("#post-2.private").await?;
        page.click("#post-2 .link").await?;
        page.see("#log:not(:has(#post-2))").await?;

        // A whole round: the form lies over the page, and has the focus.
        page.click(".lists select[name=command] option[value=round]").await?;
        page.click(".lists select[name=deadline] option[value=hour]").await?;
        page.click(".lists .send").await?;
        page.see("#post-3:target").await?;
        page.click("#post-3 .primary").await?;
        page.see("main[inert] ~ dialog[open] input[value=product]:focus").await?;
        page.click("dialog .secondary").await?;
        page.see("#post-3:target").await?;
        page.see("body:not(:has(dialog))").await?;
        page.click("#post-3 .primary").await?;
        page.see("dialog[open]").await?;
        for value in ["product", "making", "customers"] {
            page.choose(value).await?;
        }
        page.click("dialog .primary").await?;
        page.see("#post-4.private:target").await?;
        page.click(".controls button:first-child").await?;
        page.see("#post-3[data-changes='8']").await?;
        page.click(".controls button:last-child").await?;
        page.see("#post-3:target .picture").await?;

        page.click(".settings summary").await?;
        page.click("select[name=theme] option[value=dark]").await?;
        page.click(".settings .plain").await?;
        page.see("[data-theme=dark]").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn a_preview_that_went_away_is_said() -> TestResult {
    on_page(true, SCREEN, async |page| {
        page.devtools("Network.enable", json!({})).await?;
        let offline = json!({"offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        page.devtools("Network.emulateNetworkConditions", offline).await?;
        page.send("hello").await?;
        page.see("#trouble:not([hidden])").await?;
        assert_eq!(
            page.run("return document.getElementById('message').value").await?,
            "hello",
            "nothing typed is lost"
        );
        page.is_accessible("trouble").await?;
        Ok(())
    })
    .await
}

/// A browser opens six connections to a server at most; as many tabs as one likes share one.
#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn ten_tabs_show_the_same_at_once() -> TestResult {
    on_page(true, SCREEN, async |page| {
        let mut tabs = vec![page.client.window().await?];
        for _ in 1..10 {
            let tab = page.client.new_window(true).await?.handle;
            page.client.switch_to_window(tab.clone()).await?;
            page.go("/ana").await?;
            page.see(".welcome").await?;
            tabs.push(tab);
        }
        page.send("/cto").await?;
        page.see("#post-1").await?;
        for tab in tabs {
            page.client.switch_to_window(tab).await?;
            page.see("#post-1").await?;
        }
        Ok(())
    })
    .await
}

/// A preview with threads of its own. They all end when it is dropped, whatever they are at.
struct Preview(Option<Runtime>);

impl Preview {
    async fn start(service: Arc<Service>, port: u16) -> TestResult<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let preview = Self(Some(runtime));
        let threads = preview.0.as_ref().ok_or("it runs")?;
        let listener = threads.spawn(preview::bind(port)).await??;
        threads.spawn(preview::serve(listener, service, std::future::pending()));
        Ok(preview)
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        // Dropping a runtime waits, which an asynchronous test may not.
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn a_page_goes_on_after_a_restart_and_says_so() -> TestResult {
    on_page(true, SCREEN, async |page| {
        // A port that was free a moment ago.
        let listener = preview::bind(0).await?;
        let url = listener.url()?;
        let port = url.rsplit_once(':').ok_or("the address has no port")?.1.parse()?;
        drop(listener);
        let before = Preview::start(Arc::clone(&page.service), port).await?;
        page.client.goto(&format!("{url}/ana")).await?;
        page.run("window.sameDocument = true").await?;
        page.send("/whichrole").await?;
        page.see("#post-1").await?;

        drop(before);
        page.see("#trouble:not([hidden])").await?;
        let trouble = "return document.getElementById('trouble').textContent";
        assert_eq!(page.run(trouble).await?, "The preview has stopped. This page goes on when it runs again.");

        let _after = Preview::start(Arc::clone(&page.service), port).await?;
        page.see("#log:not(:has(#post-1))").await?;
        assert_eq!(page.run(trouble).await?, "The preview was restarted, so the channel is empty again.");
        page.is_accessible("after a restart").await?;
        page.send("/cto").await?;
        page.see("#post-1").await?;
        page.see("#trouble[hidden]").await?;
        assert_eq!(page.run("return window.sameDocument").await?, true, "nothing was loaded anew");
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core; .ci/run runs it"]
async fn a_spoiler_is_shown_by_a_click_or_a_key_and_times_are_the_readers_own() -> TestResult {
    on_page(true, SCREEN, async |page| {
        page.send("||secret|| </cto:7> <t:0:R> <t:1700000000:T> https://example.com").await?;
        page.see("#post-1 .spoiler").await?;
        page.is_accessible("hidden spoilers").await?;
        let seen = "return getComputedStyle(document.querySelector('#post-1 .spoiler span')).visibility";
        assert_eq!(page.run(seen).await?, "hidden");
        page.click("#post-1 .spoiler").await?;
        assert_eq!(page.run(seen).await?, "visible");
        page.is_accessible("shown spoilers").await?;
        let tab = char::from(Key::Tab).to_string();
        page.run("document.getElementById('post-1').focus()").await?;
        page.until_focused(&tab, "#post-1 .spoiler input").await?;
        page.type_keys(" ").await?;
        assert_eq!(page.run(seen).await?, "hidden");
        let times =
            "return [...document.querySelectorAll('#post-1 .mention[data-at]')].map((time) => time.textContent)";
        let times = page.run(times).await?;
        let years = times[0].as_str().ok_or("it is no text")?;
        assert!(years.ends_with(" years ago"), "{times}");
        assert!(!times[1].as_str().ok_or("it is no text")?.ends_with("UTC"), "in the reader's zone: {times}");
        Ok(())
    })
    .await
}

/// A chart of the built-in questions whose ids are exchanged for others.
fn chart_of(ids: &[(&str, &str)]) -> TestResult<String> {
    let folder = tempfile::tempdir()?;
    init(folder.path(), false)?;
    let mut folders = vec![folder.path().join("responses")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut text = fs::read_to_string(&path)?;
            for (old, new) in ids {
                text = text.replace(&format!("\"{old}\""), &format!("\"{new}\""));
                text = text.replace(&format!("question.{old}"), &format!("question.{new}"));
            }
            fs::write(&path, text)?;
        }
    }
    let responses = load(&Source::Folder(folder.path().join("responses")), "en-US");
    Ok(mermaid(&responses.map_err(|faults| format!("{ids:?}: {faults:?}"))?.questionnaire))
}

/// Mermaid's own parser judges the chart, and its drawing has every label.
#[tokio::test]
#[ignore = "needs Chromium, axe-core and Mermaid; .ci/run runs it"]
async fn a_chart_of_questions_with_any_ids_is_a_chart_to_mermaid() -> TestResult {
    let mermaid = std::env::var("MERMAID")
        .map_err(|error| format!("MERMAID, the path of mermaid.min.js, from `npm pack mermaid`: {error}"))?;
    let mermaid = fs::read_to_string(&mermaid).map_err(|error| format!("MERMAID={mermaid}: {error}"))?;
    on_page(true, SCREEN, async |page| {
        page.client.goto("about:blank").await?;
        let load = "const script = document.createElement('script'); script.textContent = arguments[0]; document.head.append(script)";
        page.client.execute(load, vec![mermaid.into()]).await?;
        let words = ["end", "style", "class", "graph", "subgraph", "call", "href", "flowchart", "interpolate", "click",
            "direction", "default", "linkstyle", "classdef", "o", "x", "o1", "1", "42", "_", "__a__", "a_b", "td", "v"];
        let pairs = words.chunks(2).map(|words| vec![("wants", words[0]), ("area", words[1])]);
        for ids in pairs.chain([vec![]]) {
            let script = "const [chart, done] = arguments; (async () => { try { await mermaid.parse(chart); \
                          return (await mermaid.render('chart', chart)).svg } catch (error) { return 'refused: ' + error } })().then(done)";
            let chart = chart_of(&ids)?;
            let drawn = page.client.execute_async(script, vec![chart.into()]).await?;
            let drawn = drawn.as_str().ok_or("it is no text")?;
            assert!(drawn.starts_with("<svg"), "{ids:?}: {drawn}");
            assert!(!drawn.contains("Unsupported markdown"), "{ids:?}: {drawn}");
            let first = ids.first().map_or("wants", |(_, id)| id);
            assert!(drawn.contains(&format!("question 1: {first}<")), "{ids:?}: {drawn}");
        }
        Ok(())
    })
    .await
}
