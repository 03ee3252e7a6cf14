//! The two ways in which interactions reach the bot, for tests that run over both.

use crate::{Bot, Delivery, Discord, Setup};

/// How interactions reach the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Discord sends them over the gateway's WebSocket.
    Gateway,
    /// Discord posts them to the bot's HTTP endpoint.
    Endpoint,
}

impl Transport {
    /// How the stand-in delivers interactions to such a bot.
    pub fn delivery(self) -> Delivery {
        match self {
            Self::Gateway => Delivery::Gateway,
            Self::Endpoint => Delivery::to_endpoint(),
        }
    }

    /// Sets the bot up for this transport.
    pub fn set_up(self, setup: Setup, discord: &Discord) -> Setup {
        match self {
            Self::Gateway => setup,
            Self::Endpoint => setup
                .config("discord.transport", r#""endpoint""#)
                .config("endpoint.listen", r#""127.0.0.1:0""#)
                .env("DISCORD_PUBLIC_KEY", &discord.public_key()),
        }
    }

    /// Waits until interactions reach the bot.
    pub async fn serving(self, discord: &Discord, bot: &mut Bot) {
        match self {
            Self::Gateway => drop(discord.ready(0).await),
            Self::Endpoint => {
                let url = bot.listening().await;
                discord.verify_endpoint(&url).await.expect("Discord takes the endpoint");
                discord.endpoints([url]);
            }
        }
    }
}

/// Runs a test for each transport.
#[macro_export]
macro_rules! both_transports {
    ($($test:ident,)*) => {
        mod gateway {
            $(#[tokio::test] async fn $test() { super::$test($crate::Transport::Gateway).await; })*
        }
        mod endpoint {
            $(#[tokio::test] async fn $test() { super::$test($crate::Transport::Endpoint).await; })*
        }
    };
}
