//! The exit codes of the program, for service managers and scripts.

/// How the program ended. `whichrole --help` and `docs/operating.md` document the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// All went well, or the program was told to stop: 0.
    Success,
    /// A failure that a restart may cure, such as no network: 1.
    Failure,
    /// Of `commands diff`: the registered commands differ: 1, as diff(1) has it.
    Differ,
    /// The command line is wrong: 2.
    Usage,
    /// Configuration, responses, token or key are wrong, and a restart will not help: 3.
    Configuration,
    /// Of `commands diff`: a failure that another try may cure: 4, since its 1 says that the commands differ.
    NotCompared,
}

impl ExitCode {
    /// Returns the number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure | Self::Differ => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::NotCompared => 4,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}
