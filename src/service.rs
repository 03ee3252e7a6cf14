//! What every transport shares: the responses of the moment, the bot with a net under it, and what is seen of it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::bot::{self, Answer, Answered, Defaults};
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
    replaced: watch::Sender<()>,
    /// Who sees an answer when the person did not say.
    pub defaults: Defaults,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether interactions are served.
    pub readiness: Arc<Readiness>,
}

/// An answer to send, and whether it is the apology after a panic.
#[derive(Debug)]
pub struct Answering {
    /// What to send, and what it is.
    pub answer: Answer,
    /// Whether the bot panicked over it.
    pub panicked: bool,
}

impl Answering {
    /// How the interaction ended, once the answer is sent.
    pub fn ending(&self) -> Ending<'_> {
        if self.panicked { Ending::Panicked } else { Ending::Answered(&self.answer.result) }
    }
}

impl Service {
    /// A service with these responses.
    pub fn new(responses: Responses, defaults: Defaults) -> Self {
        let readiness = Readiness::new();
        readiness.responses_loaded();
        Self {
            responses: ArcSwap::from_pointee(responses),
            replaced: watch::Sender::new(()),
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
        self.replaced.send_replace(());
    }

    /// Tells of each time that other responses took the place of those before.
    pub fn replaced(&self) -> watch::Receiver<()> {
        self.replaced.subscribe()
    }

    /// [`bot::answer`], which after a panic answers with the private apology. Nothing where even that panics.
    ///
    /// The cause goes to the log: of a panic by its hook, of a broken limit with the interaction's line.
    pub fn answer(&self, responses: &Responses, interaction: &Interaction<'_>) -> Option<Answering> {
        let answered = panics::catch(|| bot::answer(responses, self.defaults, interaction));
        let panicked = answered.is_err();
        let answer = answered.or_else(|_| {
            let apology = || bot::failed(responses, interaction);
            panics::catch(apology).map(|reply| Answer { reply, result: Answered::Failed(Vec::new()) })
        });
        Some(Answering { answer: answer.ok()?, panicked })
    }
}
