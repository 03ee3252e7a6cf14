//! Metrics: what `/metrics` prints for Prometheus.
//!
//! The values of every label are a closed set ([`Handled`]'s parts, the codes below), so the number of series depends
//! on the pages and on nothing else. What can be 0 is printed as 0 from the start: Prometheus sees no increase in a
//! series that begins at 1.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tracing_appender::non_blocking::ErrorCounter;

use super::Handled;
use super::health::ShardCounts;
use crate::advisor::{Outcome, Strength};
use crate::bot::ReplyKind;
use crate::round::store::{Measures, Trouble};

/// The content type of `/metrics`.
pub(super) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

/// Upper bounds for the time to answer, in seconds: close together where most times are, and with Discord's limit of 3
/// among them. <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback>
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0];

/// The codes of Discord's refusals that tell an operator more than the HTTP status does.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>
const DISCORD_CODES: [(u32, &str); 5] = [
    (10015, "10015"), // Unknown webhook
    (10062, "10062"), // Unknown interaction: it came too late
    (40060, "40060"), // Already acknowledged
    (50027, "50027"), // Invalid webhook token
    (50035, "50035"), // Invalid form body: a bug of ours
];

/// The cause of a failed callback, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackFailure {
    /// Discord refused it.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The `code` in the body, if it had one.
        code: Option<u32>,
    },
    /// Discord did not answer in time.
    Timeout,
    /// There was no connection, or it broke.
    Connection,
}

impl CallbackFailure {
    const LABELS: [&'static str; 11] = [
        DISCORD_CODES[0].1,
        DISCORD_CODES[1].1,
        DISCORD_CODES[2].1,
        DISCORD_CODES[3].1,
        DISCORD_CODES[4].1,
        "429",
        "4xx",
        "5xx",
        "timeout",
        "connection",
        "other",
    ];

    /// Returns the value of the label `code`.
    pub fn label(self) -> &'static str {
        let known = |code: u32| DISCORD_CODES.iter().find(|(known, _)| *known == code).map(|(_, label)| *label);
        match self {
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Refused { status, code } => code.and_then(known).unwrap_or(match status {
                429 => "429",
                400..=499 => "4xx",
                500..=599 => "5xx",
                _ => "other",
            }),
        }
    }
}

/// The reason why the endpoint refused a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalReason {
    /// The headers with signature and timestamp are missing, or occur twice.
    Unsigned,
    /// The signature is malformed, or not of this application's key.
    Signature,
    /// The path is not the endpoint's.
    Path,
    /// The method is not POST.
    Method,
    /// The body is too large.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// The body ended early, or is not HTTP.
    Incomplete,
    /// The signed body is not an interaction that the bot can read.
    Unreadable,
}

impl RefusalReason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::Unsigned,
        Self::Signature,
        Self::Path,
        Self::Method,
        Self::TooLarge,
        Self::TooSlow,
        Self::Incomplete,
        Self::Unreadable,
    ];

    /// Returns the value of the label `reason`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Signature => "signature",
            Self::Path => "path",
            Self::Method => "method",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Incomplete => "incomplete",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One label with a closed set of values.
type OneOf = [(&'static str, &'static str); 1];

/// The labels of an interaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InteractionLabels {
    kind: &'static str,
    command: String,
    reply: &'static str,
}

/// The counters of the process. All parts of the process share them; each method is a few atomic operations.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    interactions: Family<InteractionLabels, Counter>,
    answer_seconds: Histogram,
    /// Indexed by outcome, then by strength, each in the order of its `ALL`.
    suggestions: [[Counter; 3]; 3],
    callback_failures: Family<OneOf, Counter>,
    follow_up_failures: Family<OneOf, Counter>,
    shed: Counter,
    requests_refused: Family<OneOf, Counter>,
    registration_failures: Counter,
    panics: Counter,
    log_lines_dropped: Counter,
    /// The log's counter of dropped lines; set once logging has started.
    dropped_lines: OnceLock<ErrorCounter>,
    reloads_ok: Counter,
    reloads_failed: Counter,
    last_reload_ok: Gauge,
    open_rounds: Gauge,
    round_store: Measures,
    ready: Gauge,
    /// Shards that are connecting, up and away.
    shards: [Gauge; 3],
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All counters are at zero, and the time of the process's start is now.
    pub fn new() -> Self {
        let mut all = Registry::default();
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        all.register(
            // This name is the same in every program, so it has no prefix.
            "process_start_time_seconds",
            "When the process started in seconds since 1970",
            ConstGauge::new(since_1970.as_secs_f64()),
        );
        let registry = all.sub_registry_with_prefix("whichrole");

        let interactions = Family::default();
        registry.register("interactions", "Interactions by kind, command and how they ended", interactions.clone());
        let answer_seconds = Histogram::new(BUCKETS);
        registry.register(
            "answer_seconds",
            "Time to answer an interaction in seconds; Discord allows 3",
            answer_seconds.clone(),
        );

        let family = Family::<[(&str, String); 2], Counter>::default();
        let suggestions = Outcome::ALL.map(|outcome| {
            Strength::ALL.map(|strength| {
                family.get_or_create_owned(&[("outcome", outcome.to_string()), ("strength", strength.to_string())])
            })
        });
        registry.register("suggestions", "Suggestions given by outcome and strength", family);

        let callback_failures = Family::<OneOf, Counter>::default();
        for label in CallbackFailure::LABELS {
            callback_failures.get_or_create_owned(&[("code", label)]);
        }
        registry.register(
            "callback_failures",
            "Answers that Discord did not take by its code, HTTP status or what broke",
            callback_failures.clone(),
        );

        let follow_up_failures = Family::<OneOf, Counter>::default();
        for label in CallbackFailure::LABELS {
            follow_up_failures.get_or_create_owned(&[("code", label)]);
        }
        registry.register(
            "follow_up_failures",
            "Messages after an answer that Discord did not take by its code, HTTP status or what broke",
            follow_up_failures.clone(),
        );

        let shed = Counter::default();
        registry.register(
            "requests_shed",
            "Requests to the endpoint told to come again, as there were too many",
            shed.clone(),
        );

        let requests_refused = Family::<OneOf, Counter>::default();
        for reason in RefusalReason::ALL {
            requests_refused.get_or_create_owned(&[("reason", reason.label())]);
        }
        registry.register(
            "requests_refused",
            "Requests that the endpoint refused, by reason",
            requests_refused.clone(),
        );

        let registration_failures = Counter::default();
        registry.register(
            "registration_failures",
            "Attempts to register the slash commands that failed",
            registration_failures.clone(),
        );

        let family = Family::<OneOf, Gauge>::default();
        let shards = ["connecting", "up", "away"].map(|state| family.get_or_create_owned(&[("state", state)]));
        registry.register("shards", "Shards of the gateway by state; all zero behind an endpoint", family);

        let panics = Counter::default();
        registry.register("panics", "Panics; each is a bug", panics.clone());

        let log_lines_dropped = Counter::default();
        registry.register(
            "log_lines_dropped",
            "Log lines that were dropped, because standard error was not read fast enough",
            log_lines_dropped.clone(),
        );

        let family = Family::<OneOf, Counter>::default();
        let [reloads_ok, reloads_failed] =
            ["ok", "failed"].map(|result| family.get_or_create_owned(&[("result", result)]));
        registry.register("responses_reloads", "Reloads of the responses by result", family);
        let last_reload_ok = Gauge::default();
        last_reload_ok.set(1);
        registry.register(
            "responses_last_reload_successful",
            "Whether the last reload of the responses worked; 1 before the first",
            last_reload_ok.clone(),
        );

        let open_rounds = Gauge::default();
        registry.register(
            "open_rounds",
            "Team rounds that are open in the store, all processes that share it together",
            open_rounds.clone(),
        );
        let family = Family::<OneOf, Counter>::default();
        let failures = Trouble::ALL.map(|trouble| family.get_or_create_owned(&[("reason", trouble.label())]));
        let round_store = Measures::new(failures);
        registry.register("round_store_failures", "Transactions of the store of rounds that failed, by reason", family);
        registry.register(
            "round_store_seconds",
            "Time of a transaction of the store of rounds in seconds",
            round_store.seconds.clone(),
        );

        let ready = Gauge::default();
        registry.register("ready", "Whether /readyz answers 200", ready.clone());

        let family = Family::<OneOf, Gauge>::default();
        family.get_or_create_owned(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
        registry.register("build_info", "Always 1; the labels say what is running", family);

        Self {
            registry: all,
            interactions,
            answer_seconds,
            suggestions,
            callback_failures,
            follow_up_failures,
            shed,
            requests_refused,
            registration_failures,
            panics,
            log_lines_dropped,
            dropped_lines: OnceLock::new(),
            reloads_ok,
            reloads_failed,
            last_reload_ok,
            open_rounds,
            round_store,
            ready,
            shards,
        }
    }

    /// Counts an interaction, the time it took, and the suggestion if it ended in one.
    pub fn answered(&self, handled: &Handled<'_>) {
        let labels = InteractionLabels {
            kind: handled.record.kind.name(),
            command: handled.record.command.as_str().to_owned(),
            reply: handled.reply(),
        };
        self.interactions.get_or_create(&labels).inc();
        self.answer_seconds.observe(handled.took.as_secs_f64());
        if let ReplyKind::Suggestion(outcome, strength) = handled.record.reply
            && !handled.undelivered
        {
            let outcome = Outcome::ALL.iter().position(|known| *known == outcome);
            let strength = Strength::ALL.iter().position(|known| *known == strength);
            if let (Some(outcome), Some(strength)) = (outcome, strength) {
                self.suggestions[outcome][strength].inc();
            }
        }
    }

    /// Counts an interaction that could not be read.
    pub fn unreadable(&self) {
        let labels = InteractionLabels { kind: "unknown", command: "unknown".to_owned(), reply: "unreadable" };
        self.interactions.get_or_create(&labels).inc();
    }

    /// Counts a reply that Discord did not take.
    pub fn callback_failed(&self, failure: CallbackFailure) {
        self.callback_failures.get_or_create(&[("code", failure.label())]).inc();
    }

    /// Counts a message after the reply that Discord did not take.
    pub fn follow_up_failed(&self, failure: CallbackFailure) {
        self.follow_up_failures.get_or_create(&[("code", failure.label())]).inc();
    }

    /// Counts a request that was answered with 503.
    pub fn shed(&self) {
        self.shed.inc();
    }

    /// Counts a request that the endpoint refused.
    pub fn request_refused(&self, reason: RefusalReason) {
        self.requests_refused.get_or_create(&[("reason", reason.label())]).inc();
    }

    /// Counts a failed attempt to register the slash commands.
    pub fn registration_failed(&self) {
        self.registration_failures.inc();
    }

    /// Counts a panic. Only the panic hook calls this.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// Counts a reload of the responses, by whether it worked.
    pub fn reloaded(&self, worked: bool) {
        if worked { &self.reloads_ok } else { &self.reloads_failed }.inc();
        self.last_reload_ok.set(worked.into());
    }

    /// Sets the number of open rounds.
    pub fn open_rounds(&self, rounds: u64) {
        self.open_rounds.set(i64::try_from(rounds).unwrap_or(i64::MAX));
    }

    /// Returns the counters for a store of rounds.
    pub fn round_store(&self) -> Measures {
        self.round_store.clone()
    }

    /// Sets the gauges that come from [`health`](super::health), before they are printed.
    pub(super) fn health(&self, ready: bool, shards: ShardCounts) {
        self.ready.set(ready.into());
        for (gauge, count) in self.shards.iter().zip([shards.connecting, shards.up, shards.away]) {
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// Reads the number of dropped log lines from this counter from now on.
    pub fn count_dropped_lines(&self, dropped: ErrorCounter) {
        let _ = self.dropped_lines.set(dropped);
    }

    /// Returns all metrics in Prometheus' text format.
    pub fn text(&self) -> String {
        if let Some(dropped) = self.dropped_lines.get() {
            let dropped = u64::try_from(dropped.dropped_lines()).unwrap_or(u64::MAX);
            self.log_lines_dropped.inc_by(dropped.saturating_sub(self.log_lines_dropped.get()));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a String cannot fail");
        text
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::advisor::Role;
    use crate::bot::{CommandName, InteractionKind, Record};

    fn record(reply: ReplyKind) -> Record {
        Record { command: CommandName::CONVERSATION, kind: InteractionKind::Press, reply }
    }

    fn count(metrics: &Metrics, reply: ReplyKind, took: Duration) {
        let record = record(reply);
        metrics.answered(&Handled { id: 1, record: &record, locale: "de", undelivered: false, took });
    }

    fn has(metrics: &Metrics, line: &str) {
        let text = metrics.text();
        assert!(text.lines().any(|printed| printed == line), "no line {line:?} in:\n{text}");
    }

    #[test]
    fn an_interaction_is_counted_with_its_time() {
        let metrics = Metrics::new();
        count(&metrics, ReplyKind::Question, Duration::from_millis(3));
        count(&metrics, ReplyKind::Question, Duration::from_millis(2_500));
        count(&metrics, ReplyKind::Panicked, Duration::from_secs(9));
        metrics.unreadable();
        has(&metrics, r#"whichrole_interactions_total{kind="press",command="whichrole",reply="question"} 2"#);
        has(&metrics, r#"whichrole_interactions_total{kind="press",command="whichrole",reply="panicked"} 1"#);
        has(&metrics, r#"whichrole_interactions_total{kind="unknown",command="unknown",reply="unreadable"} 1"#);
        for (le, count) in [("0.0025", 0), ("0.005", 1), ("2", 1), ("3", 2), ("5", 2), ("+Inf", 3)] {
            has(&metrics, &format!(r#"whichrole_answer_seconds_bucket{{le="{le}"}} {count}"#));
        }
    }

    #[test]
    fn a_suggestion_is_counted_by_outcome_and_strength_once() {
        let metrics = Metrics::new();
        for answered in [
            ReplyKind::Suggestion(Outcome::One(Role::Cio), Strength::Leaning),
            ReplyKind::Shared(Outcome::One(Role::Cio), Strength::Leaning),
        ] {
            count(&metrics, answered, Duration::ZERO);
        }
        has(&metrics, r#"whichrole_suggestions_total{outcome="cio",strength="leaning"} 1"#);
        has(&metrics, r#"whichrole_suggestions_total{outcome="both",strength="clear"} 0"#);
        let given = metrics.text().lines().filter(|line| line.starts_with("whichrole_suggestions_total")).count();
        assert_eq!(given, 9);
    }

    #[test]
    fn a_callback_failure_has_one_of_the_labels_printed_from_the_start() {
        use CallbackFailure::{Connection, Refused, Timeout};
        let refused = |status, code| Refused { status, code };
        for (failure, label) in [
            (Timeout, "timeout"),
            (Connection, "connection"),
            (refused(404, Some(10062)), "10062"),
            (refused(400, Some(40060)), "40060"),
            (refused(404, Some(12345)), "4xx"),
            (refused(429, None), "429"),
            (refused(499, None), "4xx"),
            (refused(502, Some(0)), "5xx"),
            (refused(302, None), "other"),
        ] {
            assert_eq!(failure.label(), label);
            assert!(CallbackFailure::LABELS.contains(&label), "{label}");
        }
        let metrics = Metrics::new();
        has(&metrics, r#"whichrole_callback_failures_total{code="timeout"} 0"#);
        metrics.callback_failed(Timeout);
        has(&metrics, r#"whichrole_callback_failures_total{code="timeout"} 1"#);
    }

    #[test]
    fn reloads_panics_and_health() {
        let metrics = Metrics::new();
        has(&metrics, "whichrole_responses_last_reload_successful 1");
        metrics.reloaded(false);
        has(&metrics, r#"whichrole_responses_reloads_total{result="failed"} 1"#);
        has(&metrics, "whichrole_responses_last_reload_successful 0");
        metrics.reloaded(true);
        has(&metrics, r#"whichrole_responses_reloads_total{result="ok"} 1"#);
        has(&metrics, "whichrole_responses_last_reload_successful 1");
        metrics.panicked();
        has(&metrics, "whichrole_panics_total 1");
        metrics.shed();
        has(&metrics, "whichrole_requests_shed_total 1");
        has(&metrics, "whichrole_ready 0");
        metrics.health(true, ShardCounts { connecting: 1, up: 2, away: 3 });
        has(&metrics, "whichrole_ready 1");
        has(&metrics, r#"whichrole_shards{state="away"} 3"#);
        has(&metrics, concat!(r#"whichrole_build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""} 1"#));
    }
}
