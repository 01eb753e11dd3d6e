//! An IMAP session over an account's folders.

mod fetch;
mod folders;
mod messages;

use std::{
    io,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Command, CommandKind, Flag, Flags, Response, SendError, Transport, Uid,
    response::{Attributes, Fetch, FetchAttribute, ResponseCode},
    sequence::{NumberRange, UidRanges},
    server::{AuthResponder, Config, Connection, Event, OwnedCommand, Password, Responder},
};
use tokio::io::AsyncWriteExt;

use super::{
    auth::{self, Exchange, MECHANISMS, Step},
    folder::Folder,
    service::{Fault, Shared},
    session::{self, Link, Machine, Next, Session, machine, refused},
    store::{Account, Refusal},
    view::{Update, View},
    wire::Wire,
};

/// The capabilities that are announced besides those of the machine.
const CAPABILITIES: &str = "IMAP4rev1 LITERAL+ ID ENABLE IDLE NAMESPACE CHILDREN UIDPLUS UNSELECT MOVE LIST-EXTENDED LIST-STATUS SPECIAL-USE";

machine!(Connection, Event);

/// Serves one connection to its end.
pub(super) async fn serve(shared: &Shared, wire: Wire, transport: Transport) -> io::Result<()> {
    let mut connection = Connection::new(config(shared, transport));
    connection.greet("mail here").map_err(refused)?;
    let mut link = Link::new(wire);
    if shared.fault == Some(Fault::CloseAfterGreeting) {
        link.flush(&mut connection).await?;
        return link.wire.shutdown().await;
    }
    let session = Imap {
        shared,
        exchange: None,
        account: None,
        view: None,
        heard: 0,
        saved: Vec::new(),
        upload: None,
    };
    session::run(connection, session, link, &shared.acceptor).await
}

fn config(shared: &Shared, transport: Transport) -> Config {
    let mut config = Config::new(transport);
    let offers = |name: &str| !shared.hides(name);
    config.starttls = offers("STARTTLS");
    config.login = offers("LOGIN");
    config.mechanisms = MECHANISMS
        .into_iter()
        .filter(|mechanism| offers(&format!("AUTH={mechanism}")))
        .map(String::from)
        .collect();
    config.capabilities.retain(|name| offers(name));
    config.capabilities_after_login =
        CAPABILITIES.split(' ').filter(|name| offers(name)).map(String::from).collect();
    config.id = vec![("name".into(), "mail-testserver".into())];
    config
}

/// A message that is being received.
struct Upload {
    folder: String,
    flags: Vec<Flag<'static>>,
    date: i64,
    octets: BytesMut,
}

struct Imap<'s> {
    shared: &'s Shared,
    exchange: Option<Exchange>,
    account: Option<Arc<Account>>,
    view: Option<View>,
    /// The version of the account up to which the session in IDLE was told everything.
    heard: u64,
    /// The saved result of the last SEARCH with SAVE.
    saved: Vec<Uid>,
    upload: Option<Upload>,
}

impl Session for Imap<'_> {
    type Machine = Connection;

    /// In IDLE with a folder, changes by others are news. Without a folder there is nothing to tell.
    fn poll_news(&self, connection: &Connection, context: &Context<'_>) -> Poll<()> {
        match &self.account {
            Some(account) if connection.is_idle() && self.view.is_some() => {
                account.poll_changed(self.heard, context)
            }
            _ => Poll::Pending,
        }
    }

    fn tell_news(&mut self, connection: &mut Connection) -> io::Result<()> {
        self.news(connection, true).map_err(refused)
    }

    async fn event(
        &mut self,
        connection: &mut Connection,
        link: &mut Link,
        event: Event,
    ) -> io::Result<()> {
        match event {
            Event::Command { command, responder, .. } => {
                return self.command(connection, link, &command, responder).await;
            }
            Event::Login { user, password, responder, .. } => {
                let account = auth::find(&self.shared.accounts, user.as_bytes());
                match account.filter(|account| account.password_is(password.as_bytes())) {
                    Some(account) => {
                        self.account = Some(account);
                        responder.accept(connection, "logged in")
                    }
                    None => responder.refuse(
                        connection,
                        Some(ResponseCode::AuthenticationFailed),
                        "wrong name or password",
                    ),
                }
            }
            Event::Authenticate { mechanism, initial_response, responder, .. } => {
                self.exchange = Exchange::new(&mechanism);
                self.authenticate(connection, initial_response.as_ref(), responder)
            }
            Event::AuthResponse { data, responder, .. } => {
                self.authenticate(connection, Some(&data), responder)
            }
            Event::Select { command, responder, .. } => {
                self.select(connection, &command, responder)
            }
            Event::Append { command, octets, responder, .. } => {
                self.append(connection, &command, octets, responder)
            }
            Event::AppendData { chunk, .. } => {
                if let Some(upload) = &mut self.upload {
                    upload.octets.extend_from_slice(&chunk);
                }
                Ok(())
            }
            Event::AppendEnd { responder, .. } => self.appended(connection, responder),
            Event::AppendAborted => {
                self.upload = None;
                Ok(())
            }
            Event::Idle => self.news(connection, true),
            _ => Ok(()),
        }
        .map_err(refused)
    }
}

impl Imap<'_> {
    fn authenticate(
        &mut self,
        connection: &mut Connection,
        said: Option<&Password>,
        responder: AuthResponder,
    ) -> Result<(), SendError> {
        let step = match &mut self.exchange {
            Some(exchange) => exchange.step(&self.shared.accounts, said.map(Password::as_bytes)),
            None => Step::Refuse,
        };
        match step {
            Step::Challenge(data) => responder.challenge(connection, data),
            Step::Accept(account) => {
                self.account = Some(account);
                responder.accept(connection, "logged in")
            }
            Step::Refuse => responder.refuse(
                connection,
                Some(ResponseCode::AuthenticationFailed),
                "authentication failed",
            ),
        }
    }

    async fn command(
        &mut self,
        connection: &mut Connection,
        link: &mut Link,
        command: &OwnedCommand,
        responder: Responder,
    ) -> io::Result<()> {
        let Some(account) = self.account.clone() else {
            return responder.bad(connection, "log in first").map_err(refused);
        };
        if self.is_hidden(command.kind()) {
            return responder.bad(connection, "no such command").map_err(refused);
        }
        let command = command.parse();
        match command {
            Command::Fetch { messages, items, modifiers } => {
                return self.fetch(connection, link, &messages, &items, modifiers, responder).await;
            }
            Command::Search { uid, returns, query } => {
                return self
                    .search(connection, &account, uid, returns.is_some(), &query, responder)
                    .await;
            }
            Command::Noop | Command::Check => {
                self.news(connection, true).map_err(refused)?;
                responder.ok(connection, None, "completed")
            }
            Command::Store { messages, action, silent, unchanged_since: None } => {
                self.store(connection, &account, &messages, &action, silent, responder)
            }
            Command::Copy { messages, mailbox } => {
                self.copy(connection, &account, &messages, &mailbox, false, responder)
            }
            Command::Move { messages, mailbox } => {
                self.copy(connection, &account, &messages, &mailbox, true, responder)
            }
            Command::Expunge => self.expunge(connection, &account, None, responder),
            Command::UidExpunge { uids } => {
                self.expunge(connection, &account, Some(&uids), responder)
            }
            Command::Close | Command::Unselect => {
                if let Some(view) = self.view.take()
                    && matches!(command, Command::Close)
                    && !view.read_only
                {
                    account.change_at(view.uid_validity, |folder| {
                        folder.remove(|message| message.has(&Flag::Deleted))
                    });
                }
                responder.ok(connection, None, "closed")
            }
            command => folders::answer(connection, &account, &command, responder),
        }
        .map_err(refused)
    }

    /// Whether a command belongs to a capability that is hidden.
    fn is_hidden(&self, kind: CommandKind) -> bool {
        let capability = match kind {
            CommandKind::Move => "MOVE",
            CommandKind::UidExpunge => "UIDPLUS",
            CommandKind::Unselect => "UNSELECT",
            CommandKind::Namespace => "NAMESPACE",
            _ => return false,
        };
        self.shared.hides(capability)
    }

    /// Sends the changes by others in the selected folder.
    fn news(&mut self, connection: &mut Connection, expunge: bool) -> Result<(), SendError> {
        let (Some(account), Some(view)) = (&self.account, &mut self.view) else {
            return Ok(());
        };
        self.heard = account.version();
        let identity = view.uid_validity;
        let updates = account.look_at(identity, |folder| {
            if view.is_behind(Some(folder)) {
                view.updates(Some(folder), expunge)
            } else {
                Vec::new()
            }
        });
        // A folder that is gone has lost all its messages.
        let updates = updates.unwrap_or_else(|| view.updates(None, expunge));
        for update in &updates {
            connection.update(&response(update))?;
        }
        Ok(())
    }
}

fn response(update: &Update) -> Response<'static> {
    match update {
        Update::Expunge(sequence) => Response::Expunge(*sequence),
        Update::Exists(messages) => Response::Exists(*messages),
        Update::Flags { sequence, uid, flags, mod_seq: _ } => {
            let attributes = [
                FetchAttribute::Uid(*uid),
                FetchAttribute::Flags(Flags::new(flags.iter().cloned())),
            ];
            Response::Fetch(Fetch::new(*sequence, Attributes::new(attributes)))
        }
    }
}

/// The response code of a refusal.
fn code(refusal: Refusal) -> ResponseCode<'static> {
    match refusal {
        Refusal::NonExistent => ResponseCode::NonExistent,
        Refusal::AlreadyExists => ResponseCode::AlreadyExists,
        Refusal::HasChildren => ResponseCode::HasChildren,
        Refusal::Cannot => ResponseCode::Cannot,
    }
}

/// The flags that a client may set, and `\*` for new ones.
fn permanent_flags(folder: &Folder) -> Vec<Flag<'static>> {
    let mut flags = vec![Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft];
    for message in folder.messages() {
        for flag in &message.flags {
            if !flags.contains(flag) {
                flags.push(flag.clone());
            }
        }
    }
    flags
}

/// A set of these UIDs, neighbours joined to ranges.
fn uid_ranges(uids: impl IntoIterator<Item = u32>) -> UidRanges<'static> {
    let mut ranges: Vec<NumberRange<Uid>> = Vec::new();
    for uid in uids.into_iter().filter_map(Uid::new) {
        match ranges.last_mut() {
            Some(range) if range.last.get().checked_add(1) == Some(uid.get()) => range.last = uid,
            _ => ranges.push(NumberRange { first: uid, last: uid }),
        }
    }
    UidRanges::new(ranges)
}
