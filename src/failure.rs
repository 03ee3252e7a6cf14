//! Why the program ends early: the words for it and the exit code.

use crate::credentials::CredentialError;
use crate::diagnostic::Diagnostics;
use crate::discord;
use crate::exit_code::ExitCode;

/// Why the program ends early.
#[derive(Debug)]
pub enum Failure {
    /// Faults of config or responses. The exit code is [`ExitCode::Configuration`].
    Diagnostics(Diagnostics),
    /// Anything else, in a sentence.
    Message(ExitCode, String),
    /// Several faults of one file, a sentence each.
    Messages(ExitCode, Vec<String>),
}

impl Failure {
    /// Returns a failure that a restart may cure.
    pub fn temporary(message: impl Into<String>) -> Self {
        Self::Message(ExitCode::Failure, message.into())
    }

    /// Returns a failure that a restart will not cure.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::Message(ExitCode::Configuration, message.into())
    }

    /// Returns the exit code.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Diagnostics(_) => ExitCode::Configuration,
            Self::Message(code, _) | Self::Messages(code, _) => *code,
        }
    }

    /// Returns the text for standard error. Diagnostics carry their own `error: `, in colour if asked for.
    pub fn render(&self, colour: bool) -> String {
        match self {
            Self::Diagnostics(diagnostics) => diagnostics.render(colour),
            Self::Message(_, message) => format!("error: {message}"),
            Self::Messages(_, messages) => {
                messages.iter().map(|message| format!("error: {message}")).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Diagnostics(diagnostics)
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        Self::configuration(error.to_string())
    }
}

impl From<discord::Error> for Failure {
    fn from(error: discord::Error) -> Self {
        match error {
            discord::Error::Fatal(sentence) => Self::configuration(sentence),
            discord::Error::Temporary(sentence) => Self::temporary(sentence),
        }
    }
}
