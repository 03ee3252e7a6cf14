//! The endpoint behind the very nginx of `deploy/nginx.conf`, with two real processes of the bot, and the bot as process 1
//! of a container. `.ci/run` installs what these need.

use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::time::Duration;

use standin::{
    Bot, Delivery, Discord, FIXTURE, Member, MessageView, Options, Setup, TestResult, free_port, http_client,
};
use tempfile::TempDir;

async fn start(discord: &Discord, port: u16) -> Bot {
    let mut bot = Setup::new(env!("CARGO_BIN_EXE_whichrole"), discord)
        .config("responses.dir", &format!("{FIXTURE:?}"))
        .config("discord.transport", r#""endpoint""#)
        .config("endpoint.listen", &format!(r#""127.0.0.1:{port}""#))
        .env("DISCORD_PUBLIC_KEY", &discord.public_key())
        .start();
    bot.listening().await;
    bot
}

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// nginx with the shipped configuration, but for its addresses, and a certificate of its own.
struct Nginx {
    process: tokio::process::Child,
    port: u16,
    _directory: TempDir,
}

impl Nginx {
    async fn start(bots: [u16; 2]) -> TestResult<Self> {
        let directory = tempfile::tempdir()?;
        let folder = directory.path().to_str().ok_or("the path is not ASCII")?;
        let at = |name: &str| format!("{folder}/{name}");
        let (certificate, key, port) = (at("fullchain.pem"), at("privkey.pem"), free_port());
        #[rustfmt::skip]
        run("openssl", &[
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
            "-subj", "/CN=bot.example.com", "-keyout", &key, "-out", &certificate,
        ]);
        let mut config = include_str!("../deploy/nginx.conf").to_owned();
        for (shipped, here) in [
            ("127.0.0.1:8080", format!("127.0.0.1:{}", bots[0])),
            ("127.0.0.1:8081", format!("127.0.0.1:{}", bots[1])),
            ("listen 443 ssl", format!("listen 127.0.0.1:{port} ssl")),
            ("/etc/letsencrypt/live/bot.example.com/fullchain.pem", certificate),
            ("/etc/letsencrypt/live/bot.example.com/privkey.pem", key),
            ("/run/nginx.pid", at("nginx.pid")),
        ] {
            assert!(config.contains(shipped), "{shipped} is not in the configuration any more");
            config = config.replace(shipped, &here);
        }
        std::fs::write(at("nginx.conf"), config)?;
        let process = tokio::process::Command::new("nginx")
            .args(["-e", "stderr", "-g", "daemon off;", "-c", &at("nginx.conf")])
            .spawn()
            .map_err(|error| format!("nginx: {error}"))?;
        let mut often = tokio::time::interval(Duration::from_millis(20));
        let listening = async {
            while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                often.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), listening).await.map_err(|_| "nginx does not listen")?;
        Ok(Self { process, port, _directory: directory })
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Nginx {
    /// Tells the master, which ends its workers; a kill would leave them behind.
    fn drop(&mut self) {
        if let Some(id) = self.process.id() {
            run("kill", &["-TERM", &id.to_string()]);
            while matches!(self.process.try_wait(), Ok(None)) {
                std::thread::yield_now();
            }
        }
    }
}

async fn pick(member: &Member, message: &MessageView, choice: usize) -> MessageView {
    let button = &message.buttons()[choice];
    member.press_id(message, &button.custom_id).await.message
}

#[tokio::test]
#[ignore = "needs nginx and openssl, and root for nginx; .ci/run installs them"]
async fn behind_nginx_signatures_hold_and_a_process_that_dies_is_not_missed() -> TestResult {
    let discord = Discord::start(Options { delivery: Delivery::to_endpoint(), ..Options::default() }).await;
    let ports = [free_port(), free_port()];
    let (one, two) = (start(&discord, ports[0]).await, start(&discord, ports[1]).await);
    let nginx = Nginx::start(ports).await?;
    let url = nginx.url("/interactions");
    // A ping that is signed well, and one that is not.
    discord.verify_endpoint(&url).await?;
    discord.endpoints([url.clone()]);

    let client = http_client();
    let long = client.post(&url).body(vec![b' '; 1024 * 1024 + 1]).send().await?;
    assert_eq!(long.status(), 413);
    let elsewhere = client.get(nginx.url("/metrics")).send().await?;
    assert_eq!(elsewhere.status(), 404);

    // Each press goes to the other process, as nginx takes turns.
    let ana = discord.member("Ana");
    let mut message = ana.command("whichrole", []).await.message;
    message = pick(&ana, &message, 2).await;
    two.kill().await;
    message = pick(&ana, &message, 2).await;
    // Every turn of the one that is gone is taken by the other.
    for _ in 0..4 {
        ana.command("cto", []).await;
    }
    let _two = start(&discord, ports[1]).await;
    one.kill().await;
    message = pick(&ana, &message, 2).await;
    message = pick(&ana, &message, 2).await;
    assert!(message.text().contains("Both, clear"), "{}", message.text());
    Ok(())
}

/// The token goes to nobody for whom no authority vouches. nginx's certificate is its own.
#[tokio::test]
#[ignore = "needs nginx and openssl, and root for nginx; .ci/run installs them"]
async fn an_api_with_a_certificate_of_its_own_is_not_given_the_token() -> TestResult {
    let nginx = Nginx::start([free_port(), free_port()]).await?;
    let mut bot = Setup::without_discord(env!("CARGO_BIN_EXE_whichrole"))
        .args(["commands", "diff"])
        .env("DISCORD_TOKEN", "hush")
        .config("discord.api_url", &format!("{:?}", nginx.url("")))
        .start();
    assert_eq!(bot.exit().await, Some(4), "{}", bot.output());
    assert!(bot.stderr().contains("cannot connect: invalid peer certificate"), "{}", bot.stderr());
    Ok(())
}

#[tokio::test]
#[ignore = "needs root, to make a namespace of processes; .ci/run has it"]
async fn as_process_1_it_stops_when_told_to() -> TestResult {
    let directory = tempfile::tempdir()?;
    let config = directory.path().join("config.toml");
    std::fs::write(&config, "discord.transport = \"endpoint\"\nendpoint.listen = \"127.0.0.1:0\"\n")?;
    let log = directory.path().join("log");
    let mut outer = tokio::process::Command::new("unshare")
        .args(["--pid", "--fork", "--mount-proc", "--kill-child", env!("CARGO_BIN_EXE_whichrole"), "--config"])
        .arg(&config)
        .arg("run")
        // The point of the curve's base: a valid key, though nobody's.
        .env("DISCORD_PUBLIC_KEY", "5866666666666666666666666666666666666666666666666666666666666666")
        .stderr(std::fs::File::create(&log)?)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("unshare, of util-linux: {error}"))?;
    let id = outer.id().ok_or("it does not run")?;
    let mut often = tokio::time::interval(Duration::from_millis(20));
    let listening = async {
        while !std::fs::read_to_string(&log).expect("it is there").contains("listening on") {
            often.tick().await;
        }
    };
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    tokio::time::timeout(Duration::from_secs(10), listening).await.unwrap_or_else(|_| panic!("{}", said()));
    let read = |file: String| std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"));
    let child = read(format!("/proc/{id}/task/{id}/children"))?.trim().to_owned();
    let numbers = read(format!("/proc/{child}/status"))?;
    let inside = numbers.lines().find(|line| line.starts_with("NSpid:")).ok_or("Linux does not tell")?;
    assert!(inside.ends_with("\t1"), "process 1 inside: {inside}");
    run("kill", &["-TERM", &child]);
    let ended =
        tokio::time::timeout(Duration::from_secs(10), outer.wait()).await.unwrap_or_else(|_| panic!("{}", said()));
    assert_eq!(ended?.code(), Some(0), "{}", said());
    Ok(())
}
