//! Conversations, and what must hold of every reply.

use std::collections::HashSet;
use std::ops::ControlFlow;

use insta::assert_snapshot;

use super::testing::{ANA, BEN, Person, Shown};
use super::*;
use crate::advisor::{Role, paths};
use crate::message::Visibility::{Private, Public};
use crate::responses::{fixture, shipped};

/// A private conversation in which somebody picks the choices with these labels.
fn picks(person: Person, choices: &[&str]) -> Shown {
    choices.iter().fold(person.types("whichrole", None), |shown, choice| person.presses(&shown, choice))
}

#[test]
fn the_first_question() {
    let first = ANA.types("whichrole", None);
    assert_eq!((first.target, &first.kind), (Target::NewMessage(Private), &ReplyKind::Question));
    assert_snapshot!(first.message, @"
    Intro
    ---
    -# Question 1 of 3
    ## title of wants
    help of wants
    Choice product  [product]
    Choice inside  [inside]
    Choice both  [both]
    Choice unsure  [unsure]
    ---
    (Back) (Restart)
    ");
}

#[test]
fn a_clear_cto_after_three_questions() {
    let end = picks(ANA, &["product", "making", "customers"]);
    assert_eq!(
        (end.target, &end.kind),
        (Target::UpdateMessage, &ReplyKind::Suggestion(Outcome::One(Role::Cto), Strength::Clear))
    );
    assert_snapshot!(end.message, @"
    ## CTO, clear
    [picture: picture cto]
    suggestion counted
    suggestion answer: topic of notices customers
    suggestion answer: topic of wants product
    cto step
    suggestion caveat
    ---
    [Details] [cto] [compare]
    [Back] [Restart] [Share…]
    ");
}

#[test]
fn a_clear_cio_after_three_questions() {
    let end = picks(ANA, &["inside", "systems", "staff"]);
    assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cio), Strength::Clear));
    assert_snapshot!(end.message, @"
    ## CIO, clear
    [picture: picture cio]
    suggestion counted
    suggestion answer: topic of notices staff
    suggestion answer: topic of wants inside
    cio step
    suggestion caveat
    ---
    [Details] [cio] [compare]
    [Back] [Restart] [Share…]
    ");
}

#[test]
fn a_follow_up_says_how_many_there_are_at_most() {
    assert_snapshot!(picks(ANA, &["both", "both", "both"]).message, @"
    -# Question 4, at most 6
    ## title of today
    help of today
    Choice keepers  [keepers]
    Choice builders  [builders]
    Choice both  [both]
    Choice hardly  [hardly]
    ---
    [Back] [Restart]
    ");
}

#[test]
fn both_confirmed_by_a_follow_up() {
    let end = picks(ANA, &["both", "both", "both", "both"]);
    assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::Both, Strength::Clear));
    assert_snapshot!(end.message, @"
    ## Both, clear
    [picture: picture both]
    suggestion counted
    suggestion answer: topic of notices both
    suggestion answer: topic of wants both
    both step
    suggestion caveat
    ---
    [Details] [cto] [cio] [compare]
    [Back] [Restart] [Share…]
    ");
}

#[test]
fn both_for_a_small_organisation_is_one_person() {
    let end = picks(ANA, &["both", "both", "both", "hardly", "both"]);
    assert!(matches!(end.kind, ReplyKind::Suggestion(Outcome::Both, _)));
    assert_snapshot!(end.message, @"
    ## Both, small
    [picture: picture both]
    suggestion counted
    suggestion answer: topic of notices both
    suggestion answer: topic of wants both
    both step_small
    suggestion caveat
    ---
    [Details] [cto] [cio] [compare]
    [Back] [Restart] [Share…]
    ");
}

#[test]
fn a_leaning_names_what_speaks_for_the_other_role() {
    let end = picks(ANA, &["product", "systems", "both", "builders", "product"]);
    assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cto), Strength::Leaning));
    assert_snapshot!(end.message, @"
    ## CTO, leaning
    [picture: picture cto]
    suggestion counted
    suggestion answer: topic of wants product
    suggestion answer: topic of hurts product
    suggestion against: topic of area systems
    cto step
    suggestion caveat
    ---
    [Details] [cto] [compare]
    [Back] [Restart] [Share…]
    ");
}

#[test]
fn a_slight_suggestion_has_a_first_step_of_its_own() {
    let end = picks(ANA, &["product", "systems", "nobody", "nothing", "little", "hardly"]);
    assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cto), Strength::Slight));
    assert_snapshot!(end.message, @"
    ## CTO, slight
    [picture: picture cto]
    suggestion counted
    suggestion answer: topic of wants product
    suggestion against: topic of area systems
    cto step_slight
    suggestion caveat
    ---
    [Details] [cto] [compare]
    [Back] [Restart] [Share…]
    ");
}

#[test]
fn answers_that_do_not_tip_get_no_first_step_and_no_details() {
    let end = picks(ANA, &["unsure", "suppliers", "nobody", "nothing", "little", "hardly"]);
    assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cio), Strength::Slight));
    assert_snapshot!(end.message, @"
    ## Nothing said
    [picture: picture even]
    suggestion caveat
    ---
    [cto] [cio] [compare]
    [Back] [Restart] [Share…]
    ");
}

#[test]
fn back_returns_to_the_question_before_and_start_over_to_the_first() {
    let third = picks(ANA, &["product", "making"]);
    let second = picks(ANA, &["product"]);
    assert_eq!(ANA.presses(&third, "Back").message, second.message);
    let first = ANA.types("whichrole", None);
    assert_eq!(ANA.presses(&third, "Restart").message, first.message);
    // After one answer both lead to the first question, and are still two buttons.
    assert_eq!(ANA.presses(&second, "Back").message, first.message);
    assert_eq!(ANA.presses(&second, "Restart").message, first.message);
    let end = picks(ANA, &["product", "making", "customers"]);
    assert_eq!(ANA.presses(&end, "Back").message, third.message);
    assert_eq!(ANA.presses(&end, "Restart").message, first.message);
}

#[test]
fn a_double_click_lands_in_the_same_place_twice() {
    let first = ANA.types("whichrole", None);
    let custom_id = first.message.buttons()[0].custom_id.clone();
    let once = ANA.sends(&first, &custom_id);
    let twice = ANA.sends(&once, &custom_id);
    assert_eq!(once.message, twice.message);
}

#[test]
fn a_private_suggestion_is_shared_by_its_owner_and_pings_nobody() {
    let end = picks(ANA, &["product", "making", "customers"]);
    let preview = ANA.presses(&end, "Share…");
    assert_eq!((preview.target, &preview.kind), (Target::UpdateMessage, &ReplyKind::Preview));
    assert_snapshot!(preview.message, @"
    preview
    notice shared: <@1001>
    ---
    ## CTO, clear
    [picture: picture cto]
    suggestion counted
    suggestion answer: topic of notices customers
    suggestion answer: topic of wants product
    ---
    shared question  (Own)
    [Share] [Share without answers] [Suggestion]
    ");
    assert_eq!(ANA.presses(&preview, "Suggestion").message, end.message);

    let shared = ANA.presses(&preview, "Share");
    assert_eq!(
        (shared.target, &shared.kind),
        (Target::NewMessage(Public), &ReplyKind::Shared(Outcome::One(Role::Cto), Strength::Clear))
    );
    assert_snapshot!(shared.message, @"
    notice shared: <@1001>
    ---
    ## CTO, clear
    [picture: picture cto]
    suggestion counted
    suggestion answer: topic of notices customers
    suggestion answer: topic of wants product
    ---
    shared question  [Own]
    ");
    let own = BEN.presses(&shared, "Own");
    assert_eq!((own.target, own.kind), (Target::NewMessage(Private), ReplyKind::Question));

    let shared = ANA.presses(&preview, "Share without answers");
    assert_snapshot!(shared.message, @"
    notice shared: <@1001>
    ---
    ## CTO, clear
    [picture: picture cto]
    ---
    shared question_without_answers  [Own]
    ");
    // A button shared before there was a preview still shares.
    let old = format!("share:{}:1001:010", fixture().revision);
    assert!(matches!(ANA.sends(&end, &old).kind, ReplyKind::Shared(..)));
}

#[test]
fn what_is_shared_without_answers_does_not_tell_them() {
    for choices in [
        &["product", "making", "customers"][..],
        &["both", "both", "both", "both"],
        &["product", "systems", "nobody", "nothing", "little", "hardly"],
    ] {
        let end = picks(ANA, choices);
        let preview = ANA.presses(&end, "Share…");
        let shared = ANA.presses(&preview, "Share without answers").message;
        let ids: Vec<_> = shared.buttons().into_iter().map(|button| button.custom_id.as_str()).collect();
        assert_eq!(ids, ["start"]);
        let tells = |message: &Message<'_>| {
            let text = message.to_string();
            text.contains("topic of") || text.split_whitespace().any(|word| choices.contains(&word))
        };
        assert!(tells(&preview.message), "{}", preview.message);
        assert!(!tells(&shared), "{shared}");
    }
}

#[test]
fn the_details_are_one_press_away_and_one_press_back() {
    let end = picks(ANA, &["product", "systems", "both", "builders", "product"]);
    let details = ANA.presses(&end, "Details");
    assert_eq!((details.target, &details.kind), (Target::UpdateMessage, &ReplyKind::Details));
    assert_snapshot!(details.message, @"
    details title
    details answers
    details answer: topic of wants product CTO
    details answer: topic of area systems CIO
    details answer: topic of notices both CTO + CIO
    details answer: topic of today builders CTO
    details answer: topic of hurts product CTO
    details tasks
    cto tasks
    details change
    cto change
    details changed_by: both topic of hurts both
    details small
    cto if_small
    details caveat
    ---
    [cto] [compare]
    [Suggestion] [Share…]
    ");
    let again = ANA.presses(&details, "Suggestion");
    assert_eq!((&again.message, again.kind), (&end.message, ReplyKind::SuggestionAgain));
}

#[test]
fn the_details_of_both_say_who_comes_first() {
    let details = ANA.presses(&picks(ANA, &["both", "both", "both", "both"]), "Details");
    assert_snapshot!(details.message, @"
    details title
    details answers
    details answer: topic of wants both CTO + CIO
    details answer: topic of area both CTO + CIO
    details answer: topic of notices both CTO + CIO
    details answer: topic of today both CTO + CIO
    details tasks
    both tasks
    both comes_first
    details change
    both change
    details small
    both if_small
    details caveat
    ---
    [cto] [cio] [compare]
    [Suggestion] [Share…]
    ");
}

#[test]
fn the_details_of_both_in_one_person_are_for_one_person() {
    let details = ANA.presses(&picks(ANA, &["both", "both", "both", "hardly", "both"]), "Details");
    assert_snapshot!(details.message, @"
    details title
    details answers
    details answer: topic of wants both CTO + CIO
    details answer: topic of area both CTO + CIO
    details answer: topic of notices both CTO + CIO
    details answer: topic of today hardly details neither
    details answer: topic of hurts both CTO + CIO
    details tasks
    both tasks_small
    details change
    both change
    details caveat
    ---
    [cto] [cio] [compare]
    [Suggestion] [Share…]
    ");
}

#[test]
fn little_money_is_mentioned_in_the_details() {
    let details =
        ANA.presses(&picks(ANA, &["inside", "suppliers", "nobody", "nothing", "little", "hardly"]), "Details");
    assert_snapshot!(details.message, @"
    details title
    details answers
    details answer: topic of wants inside CIO
    details answer: topic of area suppliers details neither
    details answer: topic of notices nobody details neither
    details answer: topic of hurts nothing details neither
    details answer: topic of money little details neither
    details answer: topic of today hardly details neither
    details tasks
    cio tasks
    details change
    cio change
    details changed_by: CTO topic of notices customers
    details small
    cio small
    details caveat
    ---
    [cio] [compare]
    [Suggestion] [Share…]
    ");
}

#[test]
fn a_public_conversation_is_answered_by_its_owner_alone() {
    let public = ANA.types("whichrole", Some(Public));
    assert_eq!(public.target, Target::NewMessage(Public));
    let own = BEN.presses(&public, "product");
    assert_eq!((own.target, &own.kind), (Target::NewMessage(Private), &ReplyKind::Foreign));
    let mut lines = own.message.to_string();
    lines.truncate(lines.find("-#").expect("the question follows"));
    assert_snapshot!(lines, @"
    foreign: <@1001>
    Intro
    ---
    ");
    let next = BEN.presses(&own, "product");
    assert_eq!((next.target, next.kind), (Target::UpdateMessage, ReplyKind::Question));
    let next = ANA.presses(&public, "product");
    assert_eq!((next.target, next.kind), (Target::UpdateMessage, ReplyKind::Question));
}

#[test]
fn a_public_suggestion_has_nothing_to_share() {
    let public = ANA.types("whichrole", Some(Public));
    let shown = ["product", "making", "customers"].iter().fold(public, |shown, choice| ANA.presses(&shown, choice));
    assert!(matches!(shown.kind, ReplyKind::Suggestion(..)));
    assert!(shown.message.buttons().iter().all(|button| !button.custom_id.starts_with("share")));
}

#[test]
fn a_button_of_other_questions_says_so_and_offers_a_new_start() {
    let question = picks(ANA, &["product"]);
    let changed = ANA.sends(&question, "answer:00000000:1001:01");
    assert_eq!((changed.target, &changed.kind), (Target::UpdateMessage, &ReplyKind::Changed));
    assert_snapshot!(changed.message, @"
    changed
    [Own]
    ");
}

#[test]
fn whatever_else_is_pressed_gets_a_private_line_and_a_way_on() {
    let question = picks(ANA, &["product"]);
    let revision = fixture().revision;
    for custom_id in [
        String::new(),
        "vote:7".into(),
        "page:ceo".into(),
        format!("answer:{revision}:1001:9"),
        format!("answer:{revision}:1001:0100000"),
        format!("share:{revision}:1001:01"),
        format!("share-only:{revision}:1001:01"),
        format!("details:{revision}:1001:01"),
        format!("suggestion:{revision}:1001:01"),
        format!("preview:{revision}:1001:01"),
        "x".repeat(100),
    ] {
        let unknown = ANA.sends(&question, &custom_id);
        assert_eq!((unknown.target, &unknown.kind), (Target::NewMessage(Private), &ReplyKind::Unknown), "{custom_id}");
        ANA.presses(&unknown, &unknown.message.buttons()[0].label);
    }
}

#[test]
fn a_public_reply_is_in_the_servers_language_only_if_the_server_could_choose_it() {
    use PublicLanguage::{Person, Server, ServerIfChosen};
    let (cto, _) = fixture().page("cto").expect("the fixture has it");
    let title = |public_language, is_community, show| {
        let interaction = Interaction {
            id: 0,
            server: None,
            user: UserId(7),
            user_locale: "de".into(),
            guild_locale: Some("en-US".into()),
            guild_is_community: is_community,
            request: Request::Command { name: "cto".into(), show: Some(show), deadline: None },
        };
        let defaults = Defaults { public_language, ..Defaults::default() };
        let response = Bot::new(fixture(), defaults).plan(&interaction).answer().expect("a page needs no store");
        let message = response.reply.message().expect("a page is a message").clone();
        ["de", "en-US"].into_iter().find(|locale| message == page::card(fixture(), fixture().language(locale), cto))
    };
    for (public_language, is_community, locale) in [
        (ServerIfChosen, true, "en-US"),
        (ServerIfChosen, false, "de"),
        (Server, true, "en-US"),
        (Server, false, "en-US"),
        (Person, true, "de"),
        (Person, false, "de"),
    ] {
        let expected = [(Public, Some(locale)), (Private, Some("de"))];
        let found = expected.map(|(show, _)| (show, title(public_language, is_community, show)));
        assert_eq!(found, expected, "{public_language:?}, {is_community}");
    }
}

/// Every state of every conversation under every limit, with buttons that lead on. In the other languages the load
/// has shown it of the longest cards.
#[test]
fn every_reachable_message_is_within_every_limit() {
    let responses = shipped();
    let language = &responses.languages[0];
    let conversation = Conversation { responses, language, owner: UserId(u64::MAX) };
    let mut states = 0;
    let walked = paths::walk(&responses.questionnaire, |state| {
        states += 1;
        let answers = Answers::new(state.answers.to_vec());
        let mut messages = Vec::new();
        match state.next {
            Next::Ask(question) => messages.push(conversation.question(*question, &answers)),
            Next::Suggest(suggestion) => {
                messages.push(conversation.suggestion(suggestion, &answers, Private));
                messages.push(conversation.suggestion(suggestion, &answers, Public));
                messages.push(conversation.preview(&conversation, suggestion, &answers));
                messages.push(conversation.shared(suggestion, Reveal::SuggestionOnly));
                // What would change it is found by trying many answers, which takes its time here.
                if states % 20 == 0 {
                    messages.push(conversation.details(suggestion, &answers, Private));
                }
            }
        }
        for message in messages {
            if let Err(violations) = message.usage() {
                panic!("{answers}: {violations:?}");
            }
            let ids: HashSet<_> = message.buttons().into_iter().map(|button| &button.custom_id).collect();
            assert!(ids.iter().all(|id| Action::parse(id).is_ok()), "{ids:?}");
        }
        ControlFlow::<()>::Continue(())
    });
    assert!(walked.is_continue());
    assert_eq!(states, responses.proof.states);
}
