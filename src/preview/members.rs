//! The people in the channel.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::interaction::UserId;

/// A member of the channel; each page shows what one of them sees. Eight, since the result of a round has its last line
/// from eight answers on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    Ana,
    Ben,
    /// May manage messages, so she may close the rounds of others.
    Cleo,
    Dan,
    Emi,
    Farah,
    Gil,
    Hana,
}

impl Member {
    /// All members.
    pub(crate) const ALL: [Self; 8] =
        [Self::Ana, Self::Ben, Self::Cleo, Self::Dan, Self::Emi, Self::Farah, Self::Gil, Self::Hana];

    /// The name in the channel.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ana => "Ana",
            Self::Ben => "Ben",
            Self::Cleo => "Cleo",
            Self::Dan => "Dan",
            Self::Emi => "Emi",
            Self::Farah => "Farah",
            Self::Gil => "Gil",
            Self::Hana => "Hana",
        }
    }

    /// The path of the page as the member sees it.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Ana => "/ana",
            Self::Ben => "/ben",
            Self::Cleo => "/cleo",
            Self::Dan => "/dan",
            Self::Emi => "/emi",
            Self::Farah => "/farah",
            Self::Gil => "/gil",
            Self::Hana => "/hana",
        }
    }

    /// The user id.
    pub(crate) fn id(self) -> UserId {
        UserId(1_200_000_000_000_000_001 + self as u64)
    }

    /// Whether the member may delete messages of others, and so close their rounds.
    pub(crate) fn may_manage_messages(self) -> bool {
        self == Self::Cleo
    }

    /// Finds the member with this id.
    pub(crate) fn of(id: UserId) -> Option<Self> {
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
