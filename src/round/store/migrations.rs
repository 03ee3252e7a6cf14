//! The schema, version by version, with the steps up and down.
//!
//! `round`: one row for each round; a round with a key is open. `answer`: one row for each person and round, under the
//! person's tag, without time, order or name.

use std::time::Duration;

use super::error::{Stop, StoreError, Trouble};
use super::jobs::Job;
use super::transaction::{Lock, Transaction};

/// The steps: number one leads from nothing to version 1. `{bytes}` and `{options}` differ between the databases.
const STEPS: &[Step] = &[Step {
    up: "
        create table round (
            id bigint primary key not null,
            server bigint not null,
            channel bigint not null,
            locale text not null,
            message bigint,
            starter bigint,
            deadline bigint not null,
            again bigint not null,
            round_key {bytes},
            earlier text,
            result text,
            expires bigint,
            successor bigint
        ){options};
        create index round_deadline on round (deadline) where round_key is not null;
        create index round_expires on round (expires) where round_key is null;
        create index round_starter on round (starter);
        create table answer (
            round bigint not null,
            tag {bytes} not null,
            answers text not null,
            primary key (round, tag)
        ){options};
    ",
    down: "
        drop table answer;
        drop table round;
    ",
}];

struct Step {
    up: &'static str,
    down: &'static str,
}

/// The version of the schema that this whichrole knows.
pub const NEWEST: i64 = STEPS.len() as i64;

/// Brings the schema to a version.
pub(super) struct Migrate {
    pub(super) to: i64,
}

impl Job for Migrate {
    type Output = ();

    fn lock(&self) -> Lock {
        Lock::Alone
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        let found = transaction.version().await?;
        if found > NEWEST || self.to > NEWEST {
            let newer = format!("its schema is version {}; this whichrole knows {NEWEST}", found.max(self.to));
            return Err(Stop::Failed(StoreError::new(Trouble::Newer, newer)));
        }
        let mut version = found;
        while version != self.to {
            // Between two known versions there is a step.
            let up = version < self.to;
            let step = usize::try_from(if up { version } else { version - 1 }).ok().and_then(|index| STEPS.get(index));
            let Some(step) = step else {
                let unknown = format!("its schema is version {version}");
                return Err(Stop::Failed(StoreError::new(Trouble::Broken, unknown)));
            };
            version += if up { 1 } else { -1 };
            transaction.migrate(if up { step.up } else { step.down }, version).await?;
        }
        Ok(())
    }
}
