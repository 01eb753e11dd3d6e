//! Records what the server tells unasked: the open folder, changes, alerts.

use std::num::NonZeroU32;

use imap_proto_lite::{
    Status, Text,
    response::{Response, ResponseCode},
    selected::{Change as Seen, Resync, Validity},
    sequence::UidRanges,
};

use crate::{
    change::Change,
    error::words::shown,
    imap::{
        answer::Listener,
        flags::{from_wire, permanent},
        mailbox::{ImapMailbox, Under},
        naming::{Naming, number},
        pending::Pending,
    },
    limits::Limits,
};

impl ImapMailbox {
    /// Updates the session from an untagged response; `on` may take it as part of an answer.
    pub(super) fn hear(&mut self, response: &Response<'_>, on: &mut Listener<'_>) {
        let naming = self.naming().ok();
        let is_open = naming.is_some() && !matches!(self.under, Under::Opening);
        let Self { view, pending, limits, .. } = self;
        let before = view.message_count();
        let mut is_reset = false;
        let vanished = vanished(response, before, limits).filter(|_| is_open);
        view.apply(response, |change| match change {
            Seen::Removed { .. } | Seen::Forgotten { .. } if vanished.is_some() => {}
            change if is_open => is_reset |= tell(change, before, naming.as_ref(), pending, limits),
            _ => {}
        });
        for uid in vanished.into_iter().flat_map(|uids| uids.numbers()) {
            let id = naming.as_ref().map(|naming| naming.id(number(uid)));
            pending.push(Change::removed(id), limits);
        }
        if let Response::Condition { code: Some(code), text, .. } = response {
            self.hear_code(code, &shown(text));
        }
        let is_answer = on(&self.view, response);
        if let (Response::Fetch(fetch), false, true) = (response, is_answer, is_open) {
            // Flags that came unasked, also among other attributes.
            let uid = fetch.uid().or_else(|| self.view.uid(fetch.seq));
            let id = uid.zip(naming).map(|(uid, naming)| naming.id(number(uid)));
            if let Some(flags) = fetch.flags() {
                self.pending.push(Change::Flags { id, flags: from_wire(&flags) }, &self.limits);
            }
        }
        if is_reset {
            self.open = None;
        }
        self.check_validity();
    }

    /// Closes the folder if it has another UIDVALIDITY now. The view tells of its first
    /// contradiction only.
    pub(super) fn check_validity(&mut self) {
        let Some(known) = self.open.as_ref().and_then(|open| open.uid_validity) else {
            return;
        };
        let is_same = match self.view.uid_validity() {
            Validity::Known(now) => now.get() == known.get(),
            Validity::Missing => true,
            Validity::Unreadable => false,
        };
        if !is_same {
            self.pending.push(Change::Reset, &self.limits);
            self.open = None;
        }
    }

    /// The end of a command.
    pub(super) fn hear_answer(
        &mut self,
        status: Status,
        code: Option<&ResponseCode<'_>>,
        text: &Text,
    ) {
        if let Some(code) = code {
            self.hear_code(code, &text.to_string());
            if status == Status::Ok {
                self.view.apply_code(code, |_| ());
                self.check_validity();
            }
        }
    }

    fn hear_code(&mut self, code: &ResponseCode<'_>, words: &str) {
        match code {
            ResponseCode::Alert => self.pending.alert(words.to_owned()),
            ResponseCode::PermanentFlags(list) => self.permanent_flags = Some(permanent(list)),
            ResponseCode::UidNotSticky => self.is_sticky = false,
            // The server closed the folder by itself (RFC 7162 section 3.2.11).
            ResponseCode::Closed if !matches!(self.under, Under::Opening) => self.open = None,
            _ => {}
        }
    }

    /// The UIDVALIDITY of the folder that was selected, unless its UIDs are good for this session
    /// only.
    pub(super) fn seen_validity(&self) -> Option<NonZeroU32> {
        match self.view.uid_validity() {
            Validity::Known(value) if self.is_sticky => NonZeroU32::new(value.get()),
            _ => None,
        }
    }
}

/// The messages that VANISHED names, which the session need not know (RFC 7162 section 3.2.10.2),
/// unless there are more than the folder has or than are kept.
fn vanished<'r>(
    response: &'r Response<'_>,
    messages: u32,
    limits: &Limits,
) -> Option<&'r UidRanges<'r>> {
    let Response::Vanished { earlier: false, uids } = response else {
        return None;
    };
    let most = u64::from(messages).min(limits.changes as u64);
    (uids.count_numbers() <= most).then_some(uids)
}

/// True if every id of the folder is stale now.
fn tell(
    change: Seen,
    before: u32,
    naming: Option<&Naming>,
    pending: &mut Pending,
    limits: &Limits,
) -> bool {
    match change {
        Seen::Count { messages, .. } if messages > before => {
            pending.push(Change::new_messages(messages.into()), limits);
        }
        Seen::Removed { count, uid, .. } => {
            let most = u32::try_from(limits.changes).unwrap_or(u32::MAX).saturating_add(1);
            let id = uid.zip(naming).map(|(uid, naming)| naming.id(number(uid)));
            for _ in 0..count.min(most) {
                pending.push(Change::Removed { id: id.clone() }, limits);
            }
        }
        Seen::Resync(Resync::UidValidityChanged) => {
            pending.push(Change::Reset, limits);
            return true;
        }
        Seen::Forgotten { .. } | Seen::Resync(_) => pending.push(Change::Resync, limits),
        _ => {}
    }
    false
}
