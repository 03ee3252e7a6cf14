//! Rounds: what is asked of their store, and what is answered to what it found.
//!
//! ```text
//! plan(interaction) ─► one request to the store ─► reply(what it found)
//! ```
//!
//! Both halves are pure. A store that is away costs a private notice and nothing else.

use std::borrow::Cow;

use super::{After, Bot, InteractionKind, Lookup, Plan, ReplyKind, Response, private, update};
use crate::advisor::Answers;
use crate::bot::{CommandName, Record};
use crate::cards::round::{CHOICE, DELETE, Duration, RoundCards, SHOW};
use crate::cards::{about, notice};
use crate::custom_id::{Revision, RoundStep};
use crate::interaction::{Interaction, Server, UserId};
use crate::message::{Message, Reply, Target, Visibility};
use crate::responses::{Language, RoundWords};
use crate::round::rules::{Close, Place};
use crate::round::store::{Forgotten, Mine};
use crate::round::tally::Before;
use crate::round::{Ballot, Command, Facts, Member, Refused, Request, RoundId, RoundView, Tally};

/// What is asked of the store before an interaction is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreRequest {
    /// Something of one round.
    Round(Request),
    /// What is stored on a person.
    Mine(UserId),
    /// Delete what is stored on a person.
    Forget(UserId),
}

/// What the store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The round, or why it does not do that.
    Round(Result<RoundView, Refused>),
    /// What is stored on a person.
    Mine(Mine),
    /// What was deleted.
    Forgotten(Forgotten),
    /// Nothing: the store does not work. Nothing was written.
    Unavailable,
}

/// What the answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Post a new card.
    Open,
    /// Open the form to answer.
    AnswerForm(Visibility),
    /// Confirm an answer.
    Vote(Visibility),
    /// Confirm that an answer was withdrawn.
    Withdraw,
    /// Open the form to close.
    CloseForm,
    /// Show what the close left.
    Close,
    /// Open the form to ask again.
    AgainForm,
    /// Show the successor.
    Again,
    /// Send the counts as files.
    Export,
    /// Say what is stored on the person.
    About,
    /// Say that it was deleted.
    Forget,
}

/// Something done to a round: by a command, a press or a form.
pub(super) enum Asked<'i> {
    /// `/round`, with its deadline.
    Open(Option<&'i str>),
    /// A button.
    Press(RoundStep, RoundId),
    /// Answers with follow-ups, by a button.
    Vote(RoundId, Revision, Answers),
    /// A form.
    Submit(RoundStep, RoundId, &'i [(Cow<'i, str>, Cow<'i, str>)]),
    /// `/about`.
    About,
    /// The button below it.
    Forget,
}

impl<'a> Bot<'a> {
    /// What is asked of the store, or the reply where nothing is.
    pub(super) fn plan_round(
        &self,
        interaction: &Interaction<'_>,
        asked: &Asked<'_>,
        on: Visibility,
        command: CommandName,
    ) -> Plan<'a> {
        let kind = InteractionKind::of(&interaction.request);
        let record = |reply| Record { command: command.clone(), kind, reply };
        let personal = matches!(asked, Asked::About | Asked::Forget);
        let language = self.own_language(interaction);
        let answer = |message, reply| Plan::Answer(Response::new(private(message), record(reply)));
        if self.rounds.is_none() {
            if personal {
                let card = about::card(self.responses, language, self.links, about::Stored::Off);
                return answer(card, ReplyKind::About);
            }
            return answer(self.notice(language, |words| words.notice_off()), ReplyKind::RoundRefused);
        }
        let user = interaction.user;
        let lookup =
            |request, purpose| Plan::Ask(Lookup { request, purpose, record: record(ReplyKind::RoundUnavailable) });
        match asked {
            Asked::About => return lookup(StoreRequest::Mine(user), Purpose::About),
            Asked::Forget => return lookup(StoreRequest::Forget(user), Purpose::Forget),
            _ => {}
        }
        let Some((server, by)) = interaction.server.zip(member(interaction)) else {
            return answer(self.notice(language, |words| words.notice_server_only()), ReplyKind::RoundRefused);
        };
        let ask = |round, command, purpose| {
            lookup(StoreRequest::Round(Request { round, by, now: interaction.at(), command }), purpose)
        };
        let outdated = || answer(self.notice(language, |words| words.notice_outdated()), ReplyKind::Changed);
        let deadline = |name: Option<&str>| {
            let seconds = name.and_then(Duration::parse).and_then(Duration::seconds);
            seconds.map(|seconds| interaction.at().saturating_add(seconds))
        };
        match *asked {
            Asked::Open(name) => {
                let locale = self.language(interaction, Visibility::Public).locale.clone();
                let place = Place { channel: server.channel, locale };
                ask(RoundId(interaction.id), Command::Open { place, deadline: deadline(name) }, Purpose::Open)
            }
            Asked::Press(RoundStep::Answer, round) => ask(round, Command::Look, Purpose::AnswerForm(on)),
            Asked::Press(RoundStep::Withdraw, round) => ask(round, Command::Withdraw, Purpose::Withdraw),
            Asked::Press(RoundStep::Close, round) => ask(round, Command::Look, Purpose::CloseForm),
            Asked::Press(RoundStep::Again, round) => ask(round, Command::Look, Purpose::AgainForm),
            Asked::Press(RoundStep::Export, round) => ask(round, Command::Export, Purpose::Export),
            Asked::Vote(round, revision, ref answers) => {
                if revision != self.responses.revision {
                    return outdated();
                }
                match Ballot::new(&self.responses.questionnaire, answers.choices()) {
                    Ok(answers) => ask(round, Command::Vote { answers }, Purpose::Vote(on)),
                    Err(_) => outdated(),
                }
            }
            Asked::Submit(RoundStep::Answer, round, fields) => match self.ballot(fields) {
                Some(answers) => ask(round, Command::Vote { answers }, Purpose::Vote(on)),
                None => outdated(),
            },
            Asked::Submit(RoundStep::Close, round, fields) => match chosen(fields) {
                Some(SHOW) => ask(round, Command::Close(Close::Show), Purpose::Close),
                Some(DELETE) => ask(round, Command::Close(Close::Delete), Purpose::Close),
                _ => outdated(),
            },
            Asked::Submit(RoundStep::Again, round, fields) => match chosen(fields).and_then(Duration::parse) {
                Some(duration) => {
                    let deadline = deadline(Some(duration.name()));
                    ask(round, Command::AskAgain { round: RoundId(interaction.id), deadline }, Purpose::Again)
                }
                None => outdated(),
            },
            Asked::Submit(RoundStep::Withdraw | RoundStep::Export, ..) | Asked::About | Asked::Forget => {
                answer(notice::unknown(self.responses, language), ReplyKind::Unknown)
            }
        }
    }

    /// The answers of a form; `None` if it does not answer every core question of today with a choice of today.
    fn ballot(&self, fields: &[(Cow<'_, str>, Cow<'_, str>)]) -> Option<Ballot> {
        let questionnaire = &self.responses.questionnaire;
        let choices = questionnaire.questions[..questionnaire.core].iter().map(|question| {
            let (_, value) = fields.iter().find(|(name, _)| *name == question.id)?;
            let index = question.choices.iter().position(|choice| choice.id == *value)?;
            u8::try_from(index).ok()
        });
        let choices: Vec<u8> = choices.collect::<Option<_>>()?;
        Ballot::new(questionnaire, &choices).ok()
    }

    /// The response to what the store found.
    pub fn reply(&self, interaction: &Interaction<'_>, lookup: Lookup, found: Found) -> Response<'a> {
        let Lookup { purpose, mut record, .. } = lookup;
        let (reply, kind, after) = self.answer(interaction, purpose, found);
        record.reply = kind;
        self.checked(interaction, Response { reply, record, after })
    }

    fn answer(
        &self,
        interaction: &Interaction<'_>,
        purpose: Purpose,
        found: Found,
    ) -> (Reply<'a>, ReplyKind, Vec<After<'a>>) {
        let language = self.own_language(interaction);
        let say = |message, kind| (private(message), kind, Vec::new());
        let notice = |line: fn(&'a RoundWords) -> Cow<'a, str>| self.notice(language, line);
        let view = match found {
            Found::Mine(mine) => {
                let stored = about::Stored::Rounds { answered: mine.answered.len(), started: mine.started.len() };
                let card = about::card(self.responses, language, self.links, stored);
                return say(card, ReplyKind::About);
            }
            Found::Forgotten(_) => {
                let card = about::card(self.responses, language, self.links, about::Stored::Forgotten);
                return (update(card), ReplyKind::Forgotten, Vec::new());
            }
            Found::Unavailable if purpose == Purpose::About => {
                let card = about::card(self.responses, language, self.links, about::Stored::Unavailable);
                return say(card, ReplyKind::RoundUnavailable);
            }
            Found::Unavailable => return say(notice(|words| words.notice_unavailable()), ReplyKind::RoundUnavailable),
            Found::Round(Err(refused)) => {
                let message = match refused {
                    Refused::NoSuchRound => notice(|words| words.notice_gone()),
                    Refused::NotAllowed => notice(|words| words.notice_not_allowed()),
                    Refused::StillOpen => notice(|words| words.notice_still_open()),
                    // The card of a round that is closed already shows so.
                    Refused::AlreadyClosed => self.cards(language).closed(),
                };
                return say(message, ReplyKind::RoundRefused);
            }
            Found::Round(Ok(view)) => view,
        };
        let own = self.cards(language);
        let card = self.card(&view).map(|(card, _)| card);
        match (view, card) {
            (RoundView::Open { facts, mine, .. }, Some(card)) => {
                self.answer_open(interaction, purpose, &own, &facts, mine, card)
            }
            (RoundView::Closed { facts, tally, before }, Some(card)) => {
                let shown = tally.as_ref().map(|tally| (tally, before.as_ref()));
                self.answer_closed(interaction, purpose, &own, &facts, card, shown)
            }
            (RoundView::Deleted, _) | (_, None) => {
                // The card is public: whoever reads it reads the channel's language.
                let deleted = self.cards(self.language(interaction, Visibility::Public)).deleted();
                (update(deleted), ReplyKind::RoundDeleted, Vec::new())
            }
        }
    }

    fn answer_open(
        &self,
        interaction: &Interaction<'_>,
        purpose: Purpose,
        own: &RoundCards<'a>,
        facts: &Facts,
        mine: Option<Ballot>,
        card: Message<'a>,
    ) -> (Reply<'a>, ReplyKind, Vec<After<'a>>) {
        let id = facts.id;
        let edit = || edit_card(facts).into_iter().collect();
        let refused = || {
            let message = self.notice(own.language, |words| words.notice_not_allowed());
            (private(message), ReplyKind::RoundRefused, Vec::new())
        };
        match purpose {
            Purpose::Open => {
                let remember = member(interaction).map(|by| After::RememberCard { round: id, by });
                let reply = Reply::Message(Target::NewMessage(Visibility::Public), card);
                (reply, ReplyKind::Round, remember.into_iter().collect())
            }
            Purpose::AnswerForm(_) => (Reply::Modal(own.form(id, mine.as_ref())), ReplyKind::RoundForm, Vec::new()),
            Purpose::Vote(on) => {
                let confirmed = mine.and_then(|mine| own.mine(id, &mine, interaction.user));
                // Only an answer to the questions of today is taken, so that it can be read.
                let confirmed = confirmed.unwrap_or_else(|| notice::failed(self.responses, own.language));
                match on {
                    Visibility::Public => (update(card), ReplyKind::RoundAnswered, vec![After::FollowUp(confirmed)]),
                    Visibility::Private => (update(confirmed), ReplyKind::RoundAnswered, edit()),
                }
            }
            Purpose::Withdraw => (update(own.withdrawn(id)), ReplyKind::RoundWithdrawn, edit()),
            Purpose::CloseForm if may_close(interaction, facts) => {
                (Reply::Modal(own.close_form(id)), ReplyKind::RoundForm, Vec::new())
            }
            Purpose::CloseForm => refused(),
            // Somebody asked again meanwhile: the card shows the open round.
            Purpose::AgainForm | Purpose::Again | Purpose::Close => (update(card), ReplyKind::Round, Vec::new()),
            Purpose::Export => {
                let message = self.notice(own.language, |words| words.notice_still_open());
                (private(message), ReplyKind::RoundRefused, Vec::new())
            }
            Purpose::About | Purpose::Forget => (private(own.closed()), ReplyKind::RoundRefused, Vec::new()),
        }
    }

    fn answer_closed(
        &self,
        interaction: &Interaction<'_>,
        purpose: Purpose,
        own: &RoundCards<'a>,
        facts: &Facts,
        result: Message<'a>,
        shown: Option<(&Tally, Option<&Before>)>,
    ) -> (Reply<'a>, ReplyKind, Vec<After<'a>>) {
        let edit = || edit_card(facts).into_iter().collect();
        match purpose {
            Purpose::Vote(Visibility::Public) => {
                (update(result), ReplyKind::RoundLate, vec![After::FollowUp(own.late())])
            }
            Purpose::Vote(Visibility::Private) => (update(own.late()), ReplyKind::RoundLate, edit()),
            Purpose::Withdraw | Purpose::AnswerForm(Visibility::Private) => {
                (update(own.closed()), ReplyKind::RoundLate, edit())
            }
            Purpose::AgainForm if may_close(interaction, facts) => {
                (Reply::Modal(own.again_form(facts.id)), ReplyKind::RoundForm, Vec::new())
            }
            Purpose::AgainForm => {
                let message = self.notice(own.language, |words| words.notice_not_allowed());
                (private(message), ReplyKind::RoundRefused, Vec::new())
            }
            Purpose::Export => match shown {
                Some((tally, before)) => (private(own.export(tally, before)), ReplyKind::RoundExport, Vec::new()),
                None => {
                    let few = own.result(facts, None, None);
                    (private(few), ReplyKind::RoundRefused, Vec::new())
                }
            },
            Purpose::Open
            | Purpose::AnswerForm(Visibility::Public)
            | Purpose::CloseForm
            | Purpose::Close
            | Purpose::Again => (update(result), ReplyKind::RoundResult, Vec::new()),
            Purpose::About | Purpose::Forget => (private(own.closed()), ReplyKind::RoundRefused, Vec::new()),
        }
    }

    /// The card of a round for its channel, and the locale of its language; `None` if the round is deleted.
    pub fn card(&self, view: &RoundView) -> Option<(Message<'a>, &'a str)> {
        let (RoundView::Open { facts, .. } | RoundView::Closed { facts, .. }) = view else { return None };
        let cards = self.cards(self.responses.language(&facts.place.locale));
        let card = match view {
            RoundView::Open { facts, answered, .. } => cards.open(facts, *answered),
            RoundView::Closed { facts, tally, before } => cards.result(facts, tally.as_ref(), before.as_ref()),
            RoundView::Deleted => return None,
        };
        Some((card, &cards.language.locale))
    }

    fn own_language(&self, interaction: &Interaction<'_>) -> &'a Language {
        self.language(interaction, Visibility::Private)
    }

    /// The cards of rounds in a language.
    fn cards(&self, language: &'a Language) -> RoundCards<'a> {
        let thresholds = self.rounds.unwrap_or_default().thresholds.at_least();
        RoundCards { responses: self.responses, language, thresholds }
    }

    fn notice(&self, language: &'a Language, line: impl FnOnce(&'a RoundWords) -> Cow<'a, str>) -> Message<'a> {
        notice::with_start(self.responses, language, line(&language.words.round))
    }
}

/// A card that is no longer true, where its message is known.
fn edit_card<'a>(facts: &Facts) -> Option<After<'a>> {
    facts.message.map(|_| After::EditCard { round: facts.id, server: facts.server })
}

/// The person who asks, as a member of the server that they ask in; `None` elsewhere.
fn member(interaction: &Interaction<'_>) -> Option<Member> {
    let Server { id, may_manage_messages, .. } = interaction.server?;
    Some(Member { user: interaction.user, server: id, may_manage: may_manage_messages })
}

fn may_close(interaction: &Interaction<'_>, facts: &Facts) -> bool {
    member(interaction).is_some_and(|by| facts.may_be_closed_by(&by))
}

/// The value of the only group of a form.
fn chosen<'i>(fields: &'i [(Cow<'i, str>, Cow<'i, str>)]) -> Option<&'i str> {
    fields.iter().find(|(name, _)| name == CHOICE).map(|(_, value)| value.as_ref())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bot::{Defaults, InteractionKind};
    use crate::custom_id::Action;
    use crate::interaction::{DISCORD_EPOCH, Request as Asks};
    use crate::message::Modal;
    use crate::responses::fixture;
    use crate::round::rules::{Limits, Rules};
    use crate::round::store::Store;

    const SERVER: u64 = 5;
    /// 2026-01-01 12:00 UTC.
    const NOON: i64 = 1_767_268_800;

    fn bot() -> Bot<'static> {
        Bot { rounds: Some(Limits::default()), ..Bot::new(fixture(), Defaults::default()) }
    }

    /// A channel of a server with a store of rounds, and a clock.
    struct Team {
        store: Store,
        rules: Arc<Rules>,
        now: i64,
        interactions: u64,
    }

    /// What came back.
    #[derive(Debug)]
    struct Came {
        response: Response<'static>,
    }

    impl Came {
        fn message(&self) -> &Message<'static> {
            self.response.reply.message().unwrap_or_else(|| panic!("a message, not {:?}", self.response.reply))
        }

        fn modal(&self) -> &Modal<'static> {
            match &self.response.reply {
                Reply::Modal(modal) => modal,
                Reply::Message(_, message) => panic!("a form, not:\n{message}"),
            }
        }

        fn kind(&self) -> &ReplyKind {
            &self.response.record.reply
        }

        fn is(&self, kind: ReplyKind, text: &str) {
            assert_eq!(*self.kind(), kind, "{:?}", self.response.reply);
            assert!(self.message().to_string().contains(text), "{text} in:\n{}", self.message());
        }

        fn follow_up(&self) -> &Message<'static> {
            match &self.response.after[..] {
                [After::FollowUp(message)] => message,
                other => panic!("one private message, not {other:?}"),
            }
        }

        /// The `custom_id` of the button with these words.
        fn button(&self, label: &str) -> String {
            button(self.message(), label)
        }
    }

    fn button(message: &Message<'_>, label: &str) -> String {
        let found = message.buttons().into_iter().find(|button| button.label == label);
        found.unwrap_or_else(|| panic!("[{label}] in:\n{message}")).custom_id.clone()
    }

    impl Team {
        fn new() -> Self {
            let responses = fixture();
            let rules = Rules {
                questionnaire: responses.questionnaire.clone(),
                team: responses.team.clone(),
                limits: Limits::default(),
            };
            Self { store: Store::memory(), rules: Arc::new(rules), now: NOON, interactions: 0 }
        }

        async fn does(&mut self, user: u64, manages: bool, request: Asks<'_>) -> Came {
            self.interactions += 1;
            let milliseconds = u64::try_from(self.now).expect("it is past 1970") * 1000 - DISCORD_EPOCH;
            let interaction = Interaction {
                id: (milliseconds << 22) + self.interactions,
                user: UserId(user),
                user_locale: if user.is_multiple_of(2) { "de".into() } else { "en-US".into() },
                guild_locale: Some("en-US".into()),
                guild_is_community: true,
                server: Some(Server { id: SERVER, channel: 6, may_manage_messages: manages }),
                request,
            };
            let response = match bot().plan(&interaction) {
                Plan::Answer(response) => response,
                Plan::Ask(lookup) => {
                    let found = match lookup.request.clone() {
                        StoreRequest::Round(request) => {
                            self.store.execute(&self.rules, request).await.map(Found::Round)
                        }
                        StoreRequest::Mine(user) => self.store.mine(user).await.map(Found::Mine),
                        StoreRequest::Forget(user) => self.store.forget(user).await.map(Found::Forgotten),
                    };
                    bot().reply(&interaction, lookup, found.expect("memory does not fail"))
                }
            };
            assert_eq!(response.record.kind, InteractionKind::of(&interaction.request));
            Came { response }
        }

        async fn types(&mut self, user: u64, name: &str, deadline: Option<&str>) -> Came {
            let deadline = deadline.map(Into::into);
            self.does(user, false, Asks::Command { name: name.into(), show: None, deadline }).await
        }

        async fn presses(&mut self, user: u64, custom_id: &str, on: Visibility) -> Came {
            self.does(user, false, Asks::Press { custom_id: custom_id.into(), on }).await
        }

        async fn sends(&mut self, user: u64, custom_id: &str, values: &[(&str, &str)], on: Visibility) -> Came {
            let fields = values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            self.does(user, false, Asks::Submit { custom_id: custom_id.into(), fields, on }).await
        }

        async fn answers(&mut self, user: u64, card: &Came, ids: [&str; 3]) -> Came {
            let form = self.presses(user, &custom_id(card, RoundStep::Answer), Visibility::Public).await;
            let values: Vec<_> = ["wants", "area", "notices"].into_iter().zip(ids).collect();
            self.sends(user, &form.modal().custom_id, &values, Visibility::Public).await
        }

        async fn closes(&mut self, user: u64, card: &Came, how: &str) -> Came {
            let form = self.presses(user, &custom_id(card, RoundStep::Close), Visibility::Public).await;
            self.sends(user, &form.modal().custom_id, &[(CHOICE, how)], Visibility::Public).await
        }
    }

    /// The `custom_id` of the button for a step, on any card.
    fn custom_id(card: &Came, step: RoundStep) -> String {
        let wanted = Action::Round(step, RoundId(0)).custom_id();
        let wanted = wanted.trim_end_matches('0');
        let buttons = card.message().buttons();
        let found = buttons.iter().find(|button| button.custom_id.starts_with(wanted));
        found.unwrap_or_else(|| panic!("{step:?} in:\n{}", card.message())).custom_id.clone()
    }

    const PRODUCT: [&str; 3] = ["product", "making", "customers"];
    const INSIDE: [&str; 3] = ["inside", "systems", "staff"];
    const UNSURE: [&str; 3] = ["product", "making", "both"];

    #[tokio::test]
    async fn a_team_answers_and_sees_where_it_stands() {
        let mut team = Team::new();
        let card = team.types(1, "round", Some("day")).await;
        card.is(ReplyKind::Round, "card asks <@1>");
        assert!(card.message().to_string().contains(&format!("<t:{}:f>", NOON + 24 * 60 * 60)), "{}", card.message());
        assert!(matches!(card.response.after[..], [After::RememberCard { .. }]));

        for (user, ids) in [(1, PRODUCT), (2, PRODUCT), (3, PRODUCT), (4, INSIDE)] {
            let answered = team.answers(user, &card, ids).await;
            answered.is(ReplyKind::RoundAnswered, &format!("{user} card answered"));
        }
        let last = team.answers(5, &card, INSIDE).await;
        last.is(ReplyKind::RoundAnswered, "5 card answered other");
        assert!(last.follow_up().to_string().starts_with("mine counts"), "{}", last.follow_up());

        let result = team.closes(1, &card, SHOW).await;
        result.is(ReplyKind::RoundResult, "result first 3 5 result cto · result more 2 result cio");
        result.is(ReplyKind::RoundResult, "result talk first");
    }

    #[tokio::test]
    async fn an_open_card_tells_no_answer() {
        let mut team = Team::new();
        let card = team.types(1, "round", None).await;
        for user in 1..=6 {
            let answered = team.answers(user, &card, if user < 4 { PRODUCT } else { UNSURE }).await;
            let text = serde_json::to_string(&answered.response.reply).expect("a reply is JSON");
            for word in ["product", "making", "customers", "both", "vote:", "cto"] {
                assert!(!text.contains(word), "{word} in {text}");
            }
        }
    }

    #[tokio::test]
    async fn an_answer_can_be_changed_sharpened_and_withdrawn() {
        let mut team = Team::new();
        let card = team.types(1, "round", None).await;
        let answered = team.answers(1, &card, UNSURE).await;
        let mine = answered.follow_up().clone();

        // A follow-up, on the private message.
        let vote = mine.buttons().into_iter().find(|button| button.custom_id.starts_with("vote:"));
        let vote = vote.unwrap_or_else(|| panic!("a follow-up in:\n{mine}")).custom_id.clone();
        let sharper = team.presses(1, &vote, Visibility::Private).await;
        sharper.is(ReplyKind::RoundAnswered, "mine counts");
        assert!(sharper.response.after.is_empty(), "the card's message is not known");

        // The form has the earlier answers.
        let form = team.presses(1, &sharper.button("button change"), Visibility::Private).await;
        let chosen: Vec<_> = form
            .modal()
            .groups()
            .map(|group| group.options.iter().find(|option| option.default).map(|option| option.value.clone()))
            .collect();
        assert_eq!(chosen, UNSURE.map(|id| Some(id.to_owned())));
        // Nobody else's form has them.
        let other = team.presses(2, &custom_id(&card, RoundStep::Answer), Visibility::Public).await;
        assert!(other.modal().groups().all(|group| group.options.iter().all(|option| !option.default)));

        let again = team.answers(1, &card, INSIDE).await;
        again.is(ReplyKind::RoundAnswered, "1 card answered one");
        let withdrawn = team.presses(1, &button(again.follow_up(), "button withdraw"), Visibility::Private).await;
        withdrawn.is(ReplyKind::RoundWithdrawn, "mine withdrawn");
        let third = team.answers(3, &card, INSIDE).await;
        third.is(ReplyKind::RoundAnswered, "1 card answered one");
    }

    #[tokio::test]
    async fn who_may_close_and_what_too_few_see() {
        let mut team = Team::new();
        let card = team.types(1, "round", Some("hour")).await;
        team.answers(3, &card, PRODUCT).await;
        let close = custom_id(&card, RoundStep::Close);
        team.presses(3, &close, Visibility::Public).await.is(ReplyKind::RoundRefused, "notice not allowed");
        // A form that was opened by somebody else, or made up.
        team.sends(3, &close, &[(CHOICE, SHOW)], Visibility::Public)
            .await
            .is(ReplyKind::RoundRefused, "notice not allowed");
        let manager =
            team.does(4, true, Asks::Press { custom_id: close.as_str().into(), on: Visibility::Public }).await;
        assert_eq!(*manager.kind(), ReplyKind::RoundForm);

        // After the deadline any press closes it.
        team.now += 60 * 60;
        let late = team.answers_form(5, &close, PRODUCT).await;
        late.is(ReplyKind::RoundLate, "result few 3");
        assert!(late.follow_up().to_string().contains("mine late"), "{}", late.follow_up());
        team.presses(5, &close, Visibility::Public).await.is(ReplyKind::RoundResult, "result few 3");
    }

    impl Team {
        /// A form that was opened before the close, and sent after it.
        async fn answers_form(&mut self, user: u64, other_step: &str, ids: [&str; 3]) -> Came {
            let custom_id = other_step.replace("close", "answer");
            let values: Vec<_> = ["wants", "area", "notices"].into_iter().zip(ids).collect();
            self.sends(user, &custom_id, &values, Visibility::Public).await
        }
    }

    #[tokio::test]
    async fn a_round_can_be_deleted_unseen() {
        let mut team = Team::new();
        let card = team.types(1, "round", None).await;
        for user in 1..=5 {
            team.answers(user, &card, PRODUCT).await;
        }
        team.closes(1, &card, DELETE).await.is(ReplyKind::RoundDeleted, "result deleted");
        let gone = team.presses(2, &custom_id(&card, RoundStep::Answer), Visibility::Public).await;
        gone.is(ReplyKind::RoundRefused, "notice gone");
    }

    #[tokio::test]
    async fn asked_again_the_card_shows_before_and_after() {
        let mut team = Team::new();
        let card = team.types(1, "round", None).await;
        for user in 1..=5 {
            team.answers(user, &card, PRODUCT).await;
        }
        let result = team.closes(1, &card, SHOW).await;
        let again = custom_id(&result, RoundStep::Again);
        team.presses(2, &again, Visibility::Public).await.is(ReplyKind::RoundRefused, "notice not allowed");
        let form = team.presses(1, &again, Visibility::Public).await;
        let second = team.sends(1, &form.modal().custom_id, &[(CHOICE, "week")], Visibility::Public).await;
        second.is(ReplyKind::Round, "card again");
        for user in 1..=5 {
            team.answers(user, &second, if user < 4 { INSIDE } else { PRODUCT }).await;
        }
        let result = team.closes(1, &second, SHOW).await;
        result.is(ReplyKind::RoundResult, "result before");
        result.is(ReplyKind::RoundResult, "result now");
    }

    #[tokio::test]
    async fn the_counts_come_as_files_and_only_after_the_close() {
        let mut team = Team::new();
        let card = team.types(1, "round", None).await;
        for user in 1..=3 {
            team.answers(user, &card, PRODUCT).await;
        }
        let export = custom_id(&card, RoundStep::Close).replace("close", "export");
        team.presses(2, &export, Visibility::Public).await.is(ReplyKind::RoundRefused, "notice still open");
        team.closes(1, &card, SHOW).await;
        let files = team.presses(2, &export, Visibility::Public).await;
        files.is(ReplyKind::RoundExport, "[file: round.csv]");
        assert_eq!(files.message().attachments().len(), 2);
    }

    #[tokio::test]
    async fn what_is_stored_on_a_person_is_told_and_deleted() {
        let mut team = Team::new();
        team.types(1, "about", None).await.is(ReplyKind::About, "card nothing");
        let card = team.types(1, "round", None).await;
        team.answers(1, &card, PRODUCT).await;
        let about = team.types(1, "about", None).await;
        about.is(ReplyKind::About, "1 card answers one");
        about.is(ReplyKind::About, "1 card started one");
        team.presses(1, &about.button("button forget"), Visibility::Private)
            .await
            .is(ReplyKind::Forgotten, "card forgotten");
        team.types(1, "about", None).await.is(ReplyKind::About, "card nothing");
        let answered = team.answers(3, &card, PRODUCT).await;
        answered.is(ReplyKind::RoundAnswered, "card asks without name");
        answered.is(ReplyKind::RoundAnswered, "1 card answered one");
    }

    #[tokio::test]
    async fn what_does_not_fit_the_questions_is_not_counted() {
        let mut team = Team::new();
        let card = team.types(1, "round", None).await;
        let answer = custom_id(&card, RoundStep::Answer);
        for values in [
            &[("wants", "product"), ("area", "making")][..],
            &[("wants", "product"), ("area", "making"), ("notices", "nobody knows")],
            &[],
        ] {
            let came = team.sends(1, &answer, values, Visibility::Public).await;
            came.is(ReplyKind::Changed, "notice outdated");
        }
        let vote = answer.replace("round:answer:", "vote:00000000:") + ":000";
        team.presses(1, &vote, Visibility::Private).await.is(ReplyKind::Changed, "notice outdated");
        let card = team.presses(1, &custom_id(&card, RoundStep::Close), Visibility::Public).await;
        assert_eq!(*card.kind(), ReplyKind::RoundForm, "nothing was counted, and the round is open");
    }

    /// Everything in a round works by its id, which anybody can make up.
    #[tokio::test]
    async fn another_servers_round_does_not_exist_here() {
        let mut team = Team::new();
        let card = team.types(1, "round", None).await;
        let interaction = |request| Interaction {
            id: 1,
            user: UserId(1),
            user_locale: "en-US".into(),
            guild_locale: None,
            guild_is_community: false,
            server: Some(Server { id: SERVER + 1, channel: 6, may_manage_messages: true }),
            request,
        };
        for step in RoundStep::ALL {
            let custom_id = custom_id(&card, RoundStep::Answer).replace("answer", step.name());
            let press = interaction(Asks::Press { custom_id: custom_id.into(), on: Visibility::Public });
            let Plan::Ask(lookup) = bot().plan(&press) else { panic!("{step:?} asks the store") };
            let StoreRequest::Round(request) = lookup.request.clone() else { panic!("of a round") };
            let found = team.store.execute(&team.rules, request).await.expect("memory does not fail");
            let came = Came { response: bot().reply(&press, lookup, Found::Round(found)) };
            came.is(ReplyKind::RoundRefused, "notice gone");
        }
    }

    #[test]
    fn without_a_store_without_a_server_or_switched_off_a_private_notice_says_so() {
        let interaction = |name: &'static str, server| Interaction {
            id: 1,
            user: UserId(1),
            user_locale: "en-US".into(),
            guild_locale: None,
            guild_is_community: false,
            server,
            request: Asks::Command { name: name.into(), show: None, deadline: None },
        };
        let here = Some(Server { id: SERVER, channel: 6, may_manage_messages: false });
        let off = Bot { rounds: None, ..bot() };
        for (bot, name, server, text) in [
            (bot(), "round", None, "notice server only"),
            (off, "round", here, "notice off"),
            (off, "about", here, "card off"),
        ] {
            let Plan::Answer(response) = bot.plan(&interaction(name, server)) else { panic!("nothing to ask") };
            let came = Came { response };
            assert!(came.message().to_string().contains(text), "{text} in:\n{}", came.message());
        }
        for (name, text) in [("round", "notice unavailable"), ("about", "card unavailable")] {
            let Plan::Ask(lookup) = bot().plan(&interaction(name, here)) else { panic!("the store is asked") };
            let came = Came { response: bot().reply(&interaction(name, here), lookup, Found::Unavailable) };
            came.is(ReplyKind::RoundUnavailable, text);
            assert!(matches!(came.response.reply, Reply::Message(Target::NewMessage(Visibility::Private), _)));
        }
    }
}
