//! A channel and the bot in it, for tests: conversations without a browser.

use std::sync::{Arc, PoisonError};

use super::actions::Pending;
use super::channel::{Channel, Led, Post};
use super::commands::typed;
use super::members::Member;
use super::{App, now};
use crate::bot::Defaults;
use crate::load::load;
use crate::responses::{FIXTURE_FOLDER, Source};
use crate::round::{Limits, Rounds, Store};
use crate::service::Service;

/// A real time, where a test does not care which.
pub(super) const NOW: u64 = 1_700_000_000;

/// A channel and the bot in it.
pub(super) struct Talk {
    pub(super) app: App,
}

impl Talk {
    pub(super) fn new() -> Self {
        let responses = load(&Source::Folder(FIXTURE_FOLDER.into()), "en-US").expect("the fixture is whole");
        let mut service = Service::new(responses, Defaults::default());
        service.rounds = Some(Rounds::new(Store::memory(), Limits::default()));
        Self { app: App::new(Arc::new(service)) }
    }

    pub(super) fn channel(&mut self) -> &mut Channel {
        &mut self.app.room.get_mut().unwrap_or_else(PoisonError::into_inner).channel
    }

    /// Sends a text; returns the message that it is, or leads to.
    pub(super) async fn send(&mut self, by: Member, text: &str) -> Option<u64> {
        let responses = self.app.service.responses();
        match typed(&responses, true, text) {
            Some(command) => {
                let pending = self.channel().command(by, &command, now());
                self.answer(pending).await
            }
            None => self.channel().say(by, text, now()),
        }
    }

    /// Has the bot answer, and returns the message that this leads to.
    pub(super) async fn answer(&mut self, pending: Pending) -> Option<u64> {
        match self.app.send(pending).await {
            Led::Post(post) => Some(post),
            Led::Form | Led::Nowhere => None,
        }
    }

    /// Presses the n-th button under a message.
    pub(super) async fn press(&mut self, by: Member, post: u64, n: usize) -> Option<u64> {
        let custom_id = self.get(post).message()?.buttons()[n].custom_id.clone();
        let pending = self.channel().press(by, post, &custom_id, now())?;
        self.answer(pending).await
    }

    /// Presses the button with these words.
    pub(super) async fn press_label(&mut self, by: Member, post: u64, label: &str) -> Option<u64> {
        let buttons = self.get(post).message()?.buttons();
        let n = buttons.iter().position(|button| button.label == label).unwrap_or_else(|| panic!("no {label}"));
        self.press(by, post, n).await
    }

    /// Sends the form that a member has open; `values` is what is chosen, question by question.
    pub(super) async fn submit(&mut self, by: Member, values: &[&str]) -> Option<u64> {
        let form = self.channel().form(by)?;
        let (id, names) = (form.id, form.modal.groups().map(|group| group.custom_id.clone()));
        let fields: Vec<_> = names.zip(values.iter().map(|value| (*value).to_owned())).collect();
        let pending = self.channel().submit(by, id, &fields, now()).ok()?;
        self.answer(pending).await
    }

    pub(super) fn ids(&mut self, member: Member) -> Vec<u64> {
        self.channel().seen_by(member).map(|post| post.id).collect()
    }

    pub(super) fn get(&mut self, id: u64) -> &Post {
        self.channel().post_by_id(id).expect("it is there")
    }

    /// A message of the bot's as its readers see it.
    pub(super) fn text(&mut self, id: u64) -> String {
        self.get(id).message().map(ToString::to_string).unwrap_or_default()
    }
}
