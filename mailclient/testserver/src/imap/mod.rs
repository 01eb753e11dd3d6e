//! An IMAP session over an account's folders.

mod access;
mod answers;
mod append;
mod body;
mod dialect;
mod fetch;
mod folders;
mod list;
mod messages;
mod news;
mod search;
mod select;
mod status;
mod upload;

use std::{io, sync::Arc};

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Capabilities, Command, Flag, SendError, Transport, Uid,
    response::ResponseCode,
    server::{
        AuthResponder, Config, Connection, Event, OwnedCommand, Password, Responder,
        ScreenResponder,
    },
};

use self::{dialect::Dialect, upload::Upload};
use super::{
    auth::{self, Exchange, Step},
    changes::NextChange,
    faults::Fault,
    link::Link,
    machine::{Machine, Next, machine, refused},
    session::{self, Session},
    shared::Shared,
    store::Account,
    view::View,
    wire::Wire,
};

/// Extensions that ENABLE switches on, if the persona announces them.
const ENABLE: [&str; 4] = ["CONDSTORE", "QRESYNC", "UTF8=ACCEPT", "IMAP4rev2"];

machine!(Connection, Event, ScreenResponder, StartCompression);

/// Serves one connection to its end.
pub(super) async fn serve(
    shared: &Shared,
    wire: Wire,
    transport: Transport,
    is_full: bool,
) -> io::Result<()> {
    let mut connection = Connection::new(config(shared, transport));
    if is_full {
        let code = Some(ResponseCode::Unavailable);
        connection.refuse_session(code, "too many connections").map_err(refused)?;
    } else {
        connection.greet(&shared.persona.greeting).map_err(refused)?;
    }
    let mut link = Link::new(wire, shared.faults.clone(), true, shared.limits.silence);
    if shared.meets(&Fault::CloseAfterGreeting) {
        link.flush(&mut connection).await?;
        return link.wire.shutdown().await;
    }
    let session = Imap {
        shared,
        announced: shared.persona.capabilities.iter().map(String::as_str).collect(),
        exchange: None,
        failures: 0,
        account: None,
        view: None,
        heard: 0,
        saved: Vec::new(),
        upload: None,
        condstore: false,
    };
    session::run(connection, session, link, shared).await
}

fn config(shared: &Shared, transport: Transport) -> Config {
    let persona = &shared.persona;
    let limits = &shared.limits;
    let mut config = Config::new(transport);
    config.screen = true;
    config.starttls = persona.starttls;
    config.login = persona.login;
    config.mechanisms = persona.mechanisms.clone();
    config.capabilities = persona.capabilities_before_login.clone();
    config.capabilities_after_login = persona
        .capabilities
        .iter()
        .map(|name| match name.as_str() {
            "APPENDLIMIT" => format!("APPENDLIMIT={}", limits.message_bytes),
            name => name.into(),
        })
        .collect();
    config.capabilities_unasked = persona.capabilities_unasked;
    config.capabilities_stale = persona.quirks.stale_capabilities;
    config.enabled_untold = persona.quirks.enabled_untold;
    config.bad_is_no = persona.quirks.bad_is_no.map(String::from);
    config.enable = ENABLE.into_iter().filter(|name| persona.has(name)).map(String::from).collect();
    config.id = persona.id.clone();
    config.limits.message = limits.message_bytes;
    config.limits.literal = limits.literal_bytes;
    config.limits.command = limits.command_bytes;
    config
}

struct Imap<'s> {
    shared: &'s Shared,
    /// The capabilities after the login.
    announced: Capabilities,
    exchange: Option<Exchange>,
    /// Failed logins so far.
    failures: usize,
    account: Option<Arc<Account>>,
    view: Option<View>,
    /// The version of the account up to which the session in IDLE was told everything.
    heard: u64,
    /// `$`: the saved result of the last SEARCH with SAVE.
    saved: Vec<Uid>,
    upload: Option<Upload>,
    /// The client used a command of CONDSTORE, so FETCH responses have MODSEQ from now on.
    condstore: bool,
}

impl Session for Imap<'_> {
    type Machine = Connection;

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
                    None => {
                        let code = Some(ResponseCode::AuthenticationFailed);
                        let refused = responder.refuse(connection, code, "wrong name or password");
                        refused.and_then(|()| self.failed(connection))
                    }
                }
            }
            Event::Authenticate { initial_response: Some(_), responder, .. }
                if self.shared.persona.quirks.no_initial_response =>
            {
                responder.bad(connection, "Parse command error")
            }
            Event::Authenticate { mechanism, initial_response, responder, .. } => {
                self.exchange = Exchange::new(&mechanism, self.shared.challenge());
                self.authenticate(connection, link, initial_response.as_ref(), responder)
            }
            Event::AuthResponse { data, responder, .. } => {
                self.authenticate(connection, link, Some(&data), responder)
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
            Event::SavedResultLost => {
                self.saved.clear();
                Ok(())
            }
            Event::Idle => self.news(connection, true),
            _ => Ok(()),
        }
        .map_err(refused)
    }

    /// In IDLE with a folder, changes by others are news. Without a folder there are none.
    fn next_news(&self, connection: &Connection) -> Option<NextChange> {
        let account = self.account.as_ref()?;
        let waits = connection.is_idle() && self.view.is_some();
        waits.then(|| account.after(self.heard))
    }

    fn tell_news(&mut self, connection: &mut Connection) -> io::Result<()> {
        self.news(connection, true).map_err(refused)
    }
}

impl Imap<'_> {
    fn authenticate(
        &mut self,
        connection: &mut Connection,
        link: &mut Link,
        said: Option<&Password>,
        responder: AuthResponder,
    ) -> Result<(), SendError> {
        let step = match &mut self.exchange {
            Some(exchange) => {
                let said = said.map(Password::as_bytes);
                exchange.step(self.shared.accounts_for(exchange, said), said)
            }
            None => Step::Refuse,
        };
        match step {
            Step::Challenge(data) => responder.challenge(connection, &data),
            Step::Accept(account) => {
                link.by_token = self.exchange.as_ref().is_some_and(Exchange::is_by_token);
                self.account = Some(account);
                responder.accept(connection, "logged in")
            }
            Step::Refuse => {
                let code = Some(ResponseCode::AuthenticationFailed);
                responder.refuse(connection, code, "authentication failed")?;
                self.failed(connection)
            }
        }
    }

    /// Counts a failed login, and closes after too many.
    fn failed(&mut self, connection: &mut Connection) -> Result<(), SendError> {
        self.failures += 1;
        if self.failures >= self.shared.limits.login_attempts {
            connection.bye(Some(ResponseCode::Limit), "too many failed logins")?;
        }
        Ok(())
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
        let command = command.parse();
        let enabled = connection.enabled();
        let missing = command.missing(&self.announced, enabled);
        if let Some(missing) = missing.or_else(|| command.missing_item(&self.announced, enabled)) {
            return responder.bad(connection, &format!("no {missing} here")).map_err(refused);
        }
        match command {
            Command::Fetch { messages, items, modifiers } => {
                self.fetch(connection, link, &messages, &items, modifiers, responder).await
            }
            Command::Search { uid, returns, query } => {
                self.search(connection, uid, returns, &query, responder).await
            }
            Command::Sort { uid, criteria, query } => {
                self.sort(connection, uid, &criteria, &query, responder).await
            }
            Command::Thread { uid, algorithm, query } => {
                self.thread(connection, uid, algorithm, &query, responder).await
            }
            command => self.at_once(connection, &account, &command, responder).map_err(refused),
        }
    }

    /// Answers a command for which the client need not be waited for.
    fn at_once(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        command: &Command<'_>,
        responder: Responder,
    ) -> Result<(), SendError> {
        match command {
            Command::Noop | Command::Check => {
                self.news(connection, true)?;
                responder.ok(connection, None, "completed")
            }
            Command::Store { .. } => self.store(connection, account, command, responder),
            Command::Copy { messages, mailbox } => {
                self.copy(connection, account, messages, mailbox, responder)
            }
            Command::Move { messages, mailbox } => {
                self.move_to(connection, account, messages, mailbox, responder)
            }
            Command::Expunge => self.expunge(connection, account, None, responder),
            Command::UidExpunge { uids } => {
                self.expunge(connection, account, Some(uids), responder)
            }
            Command::Close | Command::Unselect => {
                if let Some(view) = self.view.take()
                    && matches!(command, Command::Close)
                    && !view.read_only
                {
                    account.change_at(view.identity, |folder| {
                        if folder.rights.granted(&account.name).contains('e') {
                            folder.remove(|message| message.has(&Flag::Deleted));
                        }
                    });
                }
                responder.ok(connection, None, "closed")
            }
            Command::List { .. } | Command::Lsub { .. } => {
                let dialect = self.dialect(connection);
                list::answer(connection, dialect, account, command, responder)
            }
            Command::GetQuota { .. }
            | Command::GetQuotaRoot { .. }
            | Command::SetQuota { .. }
            | Command::GetAcl { .. }
            | Command::SetAcl { .. }
            | Command::DeleteAcl { .. }
            | Command::ListRights { .. }
            | Command::MyRights { .. } => {
                let (dialect, quirks) = (self.dialect(connection), self.shared.persona.quirks);
                access::answer(connection, dialect, account, command, quirks, responder)
            }
            command => self.folder_command(connection, account, command, responder),
        }
    }

    /// What the client and the server agreed on.
    fn dialect(&self, connection: &Connection) -> Dialect<'_> {
        Dialect::of(&self.shared.persona, connection.enabled(), self.condstore)
    }
}
