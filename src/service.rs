//! What every transport shares: the responses of the moment, the bot with a net under it, and what is seen of it.

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::watch;

use crate::bot::{self, Defaults, ReplyKind, Response};
use crate::diagnostic::Diagnostics;
use crate::interaction::Interaction;
use crate::responses::Responses;
use crate::telemetry::health::Readiness;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::{Ending, panics};

/// What every transport shares. It lives as long as the process.
#[derive(Debug)]
pub struct Service {
    /// Replaced whole by a reload; readers never wait, and each interaction is answered from one set of them.
    responses: ArcSwap<Responses>,
    /// How many loads there were, the first among them, taken or refused.
    loads: watch::Sender<u64>,
    /// What was wrong with the last load, where it was refused.
    refused: ArcSwapOption<String>,
    /// Who sees an answer when the person did not say.
    pub defaults: Defaults,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether interactions are served.
    pub readiness: Arc<Readiness>,
}

/// An answer to send, and whether it is the apology after a panic.
#[derive(Debug)]
pub struct Answering<'a> {
    /// What to send, and what it is.
    pub answer: Response<'a>,
    /// Whether the bot panicked over it.
    pub panicked: bool,
}

impl Answering<'_> {
    /// How the interaction ended, once the answer is sent.
    pub fn ending(&self) -> Ending<'_> {
        if self.panicked { Ending::Panicked } else { Ending::Answered(&self.answer.kind) }
    }
}

impl Service {
    /// A service with these responses.
    pub fn new(responses: Responses, defaults: Defaults) -> Self {
        let readiness = Readiness::new();
        readiness.responses_loaded();
        Self {
            responses: ArcSwap::from_pointee(responses),
            loads: watch::Sender::new(1),
            refused: ArcSwapOption::empty(),
            defaults,
            metrics: Arc::new(Metrics::new()),
            readiness: Arc::new(readiness),
        }
    }

    /// The responses of the moment.
    pub fn responses(&self) -> Arc<Responses> {
        self.responses.load_full()
    }

    /// Puts other responses in the place of these.
    pub fn replace(&self, responses: Responses) {
        self.responses.store(Arc::new(responses));
        self.refused.store(None);
        self.loads.send_modify(|loads| *loads += 1);
    }

    /// Keeps the responses there are, since others had these faults.
    pub fn refuse(&self, faults: &Diagnostics) {
        self.refused.store(Some(Arc::new(faults.render(false))));
        self.loads.send_modify(|loads| *loads += 1);
    }

    /// The faults of the last load, where it was refused.
    pub fn refused(&self) -> Option<Arc<String>> {
        self.refused.load_full()
    }

    /// How many loads there were, the first among them; it tells of each, taken or refused.
    pub fn loads(&self) -> watch::Receiver<u64> {
        self.loads.subscribe()
    }

    /// [`bot::answer`], which after a panic answers with the private apology. Nothing where even that panics.
    ///
    /// The cause goes to the log: of a panic by its hook, of a broken limit with the interaction's line.
    pub fn answer<'a>(&self, responses: &'a Responses, interaction: &Interaction<'_>) -> Option<Answering<'a>> {
        let answered = panics::catch(|| bot::answer(responses, self.defaults, interaction));
        let panicked = answered.is_err();
        let answer = answered.or_else(|_| {
            let apology = || bot::failed(responses, interaction);
            panics::catch(apology).map(|reply| Response { reply, kind: ReplyKind::Failed(Vec::new()) })
        });
        Some(Answering { answer: answer.ok()?, panicked })
    }
}
