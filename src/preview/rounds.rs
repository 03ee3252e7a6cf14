//! The rounds of the channel's team: what their cards say now, members who answer by chance, and deadlines that pass.
//!
//! What members do takes the same road as in the channel. What a bot that has a token does by itself, the preview does
//! here: to close a round on time, and to show so on its card.

use super::channel::{Answer, SERVER_ID};
use super::members::Member;
use super::{App, ask, now};
use crate::cards::round::RoundCards;
use crate::custom_id::{Action, RoundStep};
use crate::message::{Reply, Target, Visibility};
use crate::round::{self, Command, Request, RoundId, RoundView};
use crate::service::Card;

impl App {
    /// Remembers which message is the card of a round, so that the bot can edit it.
    pub(super) async fn remember_card(&self, round: RoundId, by: round::Member, message: u64) {
        // The store is in memory, which does not fail.
        let _ = self.service.remember_card(round, by, message, self.time()).await;
    }

    /// Finds the round as a member sees it; `None` if there is none any more.
    async fn look(&self, round: RoundId, by: Member) -> Option<RoundView> {
        let by = round::Member { user: by.id(), server: SERVER_ID, may_manage: by.may_manage_messages() };
        let request = Request { round, by, now: self.time(), command: Command::Look };
        self.service.execute(&self.service.responses(), request).await.ok()??.ok()
    }

    /// Seconds since 1970 by the channel's clock.
    fn time(&self) -> i64 {
        i64::try_from(self.room().channel.time(now())).unwrap_or(i64::MAX)
    }

    /// Draws a message about a round anew: its card, or what a member sees of their own answer. `None` if it is to stay
    /// as it is.
    pub(super) async fn redrawn(&self, round: RoundId, by: Member, visibility: Visibility) -> Option<Answer> {
        let (message, locale) = match visibility {
            Visibility::Public => {
                let card = self.card(round).await?;
                (card.card, card.language)
            }
            Visibility::Private => {
                let RoundView::Open { mine, .. } = self.look(round, by).await? else { return None };
                let (responses, locale) = (self.service.responses(), self.room().channel.locale(by).to_owned());
                let thresholds = self.service.rounds.as_ref()?.limits.thresholds.at_least();
                let cards = RoundCards { responses: &responses, language: responses.language(&locale), thresholds };
                let mut message = match mine {
                    Some(mine) => cards.mine(round, &mine, by.id())?,
                    None => cards.withdrawn(round),
                };
                self.service.remove_picture_if_off(&mut message);
                (message.into_owned(), locale)
            }
        };
        Some(Answer { reply: Reply::Message(Target::UpdateMessage, message), locale, by_itself: true })
    }

    /// The card of a round as it is now; `None` if it is gone.
    async fn card(&self, round: RoundId) -> Option<Card> {
        // The store is in memory, which does not fail.
        self.service.card(round, SERVER_ID, self.time()).await.ok()?
    }

    /// Closes each round whose deadline has passed by the channel's clock, and shows the result on its card.
    pub(super) async fn close_due(&self) {
        let (responses, Some(rounds)) = (self.service.responses(), &self.service.rounds) else { return };
        let rules = rounds.rules(&responses.questionnaire, &responses.team);
        for closed in rounds.store.close_due(&rules, self.time()).await.unwrap_or_default() {
            self.edit_card(closed.facts.id).await;
        }
    }

    /// Brings the card of a round up to date.
    pub(super) async fn edit_card(&self, round: RoundId) {
        let Some(card) = self.card(round).await else { return };
        self.room().channel.edit(card.message, card.card);
        self.changed();
    }

    /// Lets every other member who has not answered in the round of a card do so, by chance.
    pub(super) async fn let_others_answer(&self, member: Member, card: u64, round: RoundId) {
        let answer = Action::Round(RoundStep::Answer, round).custom_id();
        for other in Member::ALL.into_iter().filter(|other| *other != member) {
            let Some(RoundView::Open { mine: None, .. }) = self.look(round, other).await else { continue };
            let Some(press) = self.room().channel.press(other, card, &answer, now()) else { return };
            let (Answer { reply: Reply::Modal(form), .. }, _) = ask(&self.service, &press.interaction).await else {
                return;
            };
            let sent = self.room().channel.fill(other, card, &form, now(), |group| {
                fastrand::choice(&group.options).map(|option| option.value.clone())
            });
            let Ok(sent) = sent else { return };
            self.send(sent).await;
        }
    }

    /// Lets time pass until a round's deadline.
    pub(super) async fn pass(&self, member: Member, round: RoundId) {
        let Some(RoundView::Open { facts, .. }) = self.look(round, member).await else { return };
        self.room().channel.pass(u64::try_from(facts.deadline).unwrap_or(0), now());
        self.close_due().await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Talk;
    use Member::{Ana, Ben, Dan};

    use super::*;

    async fn opened(talk: &mut Talk, text: &str) -> (u64, RoundId) {
        talk.send(Ana, text).await.expect("it is a command");
        talk.channel().open_round().expect("a round is open")
    }

    #[tokio::test]
    async fn the_others_answer_and_after_the_deadline_the_card_shows_the_result() {
        let mut talk = Talk::new();
        let (card, round) = opened(&mut talk, "/round deadline:week").await;
        talk.press(Ben, card, 0).await;
        talk.submit(Ben, &["product", "making", "customers"]).await.expect("it is whole");
        talk.app.let_others_answer(Ana, card, round).await;
        assert!(talk.text(card).contains("7 card answered other"), "all but Ana: {}", talk.text(card));
        assert_eq!((talk.ids(Ana), talk.ids(Ben).len(), talk.ids(Dan).len()), (vec![card], 2, 2));
        talk.app.let_others_answer(Dan, card, round).await;
        assert!(talk.text(card).contains("8 card answered other"), "Ana, too: {}", talk.text(card));

        let (before, changes) = (talk.app.time(), talk.get(card).changes);
        talk.app.pass(Ana, round).await;
        assert!((604_799..604_802).contains(&(talk.app.time() - before)), "a week later");
        assert!(talk.text(card).contains("result title"), "{}", talk.text(card));
        assert_eq!((talk.get(card).changes, talk.channel().open_round()), (changes + 1, None));
        talk.app.pass(Ana, round).await;
        assert_eq!(talk.get(card).changes, changes + 1, "it is closed once");

        talk.press_label(Ana, card, "button again").await;
        assert_eq!(talk.submit(Ana, &["hour"]).await, Some(card));
        let (again, next) = talk.channel().open_round().expect("a second round is open");
        assert_eq!((again, next != round), (card, true), "on the same card");
        talk.app.let_others_answer(Ana, card, next).await;
        talk.app.pass(Ben, next).await;
        assert!(talk.text(card).contains("result before"), "{}", talk.text(card));
    }

    #[tokio::test]
    async fn a_message_drawn_anew_does_nothing_twice() {
        let mut talk = Talk::new();
        let (card, round) = opened(&mut talk, "/round").await;
        talk.press(Ben, card, 0).await;
        let own = talk.submit(Ben, &["product", "making", "customers"]).await.expect("it is whole");
        talk.app.let_others_answer(Ben, card, round).await;
        talk.press_label(Ben, own, "button withdraw").await;
        let about = talk.send(Dan, "/about").await.expect("it is a command");
        talk.press_label(Dan, about, "button forget").await;
        let all: Vec<_> = Member::ALL.into_iter().flat_map(|member| talk.ids(member)).collect();
        let shown = |talk: &mut Talk| all.iter().map(|post| talk.text(*post)).collect::<Vec<_>>();
        let before = shown(&mut talk);
        talk.app.room().drawn = 0;
        talk.app.redraw().await;
        // Dan's answer is deleted, which his message about it shows from now on, and so does the card.
        let changed: Vec<_> = shown(&mut talk).into_iter().zip(before).filter(|(now, before)| now != before).collect();
        assert!(
            changed.iter().all(|(now, _)| now.contains("mine withdrawn") || now.contains("6 card answered")),
            "{changed:?}"
        );
        assert!(talk.text(own).contains("mine withdrawn"), "Ben has not answered again: {}", talk.text(own));
        assert!(talk.text(about).contains("card forgotten"), "{}", talk.text(about));
        let answered = |talk: &mut Talk| talk.text(card);
        assert!(answered(&mut talk).contains("6 card answered other"), "{}", answered(&mut talk));
    }

    #[tokio::test]
    async fn a_press_after_the_deadline_finds_the_round_closed() {
        let mut talk = Talk::new();
        let (card, round) = opened(&mut talk, "/round deadline:hour").await;
        talk.app.let_others_answer(Ben, card, round).await;
        talk.press(Ben, card, 0).await;
        talk.channel().pass(now() + 3601, now());
        let late = talk.submit(Ben, &["product", "making", "customers"]).await.expect("it is whole");
        assert!(talk.text(late).contains("mine late"), "{}", talk.text(late));
        assert!(talk.text(card).contains("result title"), "{}", talk.text(card));
    }

    #[tokio::test]
    async fn a_card_that_is_gone_changes_nothing() {
        let mut talk = Talk::new();
        let (card, round) = opened(&mut talk, "/round").await;
        for _ in 0..super::super::channel::MAX_POSTS {
            talk.send(Ana, "hello").await;
        }
        assert_eq!(talk.channel().open_round(), None);
        talk.app.let_others_answer(Ana, card, round).await;
        talk.app.pass(Ana, round).await;
        assert!(!talk.ids(Ana).contains(&card));
        assert!(
            matches!(talk.app.look(round, Ana).await, Some(RoundView::Closed { tally: None, .. })),
            "nobody answered"
        );
    }
}
