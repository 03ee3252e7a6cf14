//! The addresses that `/about` has buttons to; whoever runs the bot sets them.

/// Web addresses, each an `https` URL that a link button takes. `None` where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// The privacy policy.
    pub privacy: Option<String>,
    /// The terms of service.
    pub terms: Option<String>,
    /// Where people get help, such as a server's invitation.
    pub support: Option<String>,
    /// The source code.
    pub source: Option<String>,
}

impl Links {
    /// No address at all.
    pub const NONE: &Self = &Self { privacy: None, terms: None, support: None, source: None };
}
