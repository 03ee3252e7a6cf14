//! The two people in the channel.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::interaction::UserId;

/// Somebody in the channel. Whoever looks at the page is one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// The first.
    Ana,
    /// The second: for what happens when somebody else presses.
    Ben,
}

impl Member {
    /// Everyone in the channel.
    pub const ALL: [Self; 2] = [Self::Ana, Self::Ben];

    /// What they are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ana => "Ana",
            Self::Ben => "Ben",
        }
    }

    /// The page as they see it.
    pub fn path(self) -> &'static str {
        match self {
            Self::Ana => "/ana",
            Self::Ben => "/ben",
        }
    }

    /// Their id.
    pub fn id(self) -> UserId {
        UserId(match self {
            Self::Ana => 1_200_000_000_000_000_001,
            Self::Ben => 1_200_000_000_000_000_002,
        })
    }

    /// Whoever has this id.
    pub fn of(id: UserId) -> Option<Self> {
        Self::ALL.into_iter().find(|member| member.id() == id)
    }
}

/// The member whose page a path such as `/ana/send` belongs to.
impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let not_found = (StatusCode::NOT_FOUND, "There is no such page; the preview is at /\n");
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| not_found)?;
        let name = params.iter().find(|(key, _)| *key == "member").map(|(_, value)| value);
        name.and_then(|name| Self::ALL.into_iter().find(|member| &member.path()[1..] == name)).ok_or(not_found)
    }
}
