//! A client that synchronises beside another one that changes the folder at random. The stream of
//! changes is dropped at random, and the client goes on with the state that it has stored. Once the
//! other one rests, its picture is that of the server. The seeds are fixed; `MAIL_MATRICES=whole`
//! takes more of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
};

use mail_harness::known::WHOLE;
use mail_testserver::{Scheme, TestServer};
use mailclient::{
    Access, Change, FlagChange, Flags, FolderName, IdSet, List, Mailbox, MessageId, Protocol,
    Result, SyncState, imap_proto_lite::Command,
};
use mailclient_contract::{Persona, personas};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use tokio::{io::duplex, runtime::Builder};

use crate::{
    session::{LARGE_PIPE, Way, server},
    support::account,
};

/// What the other client does. `which` has a bit for each of the last eight messages.
#[derive(Clone, Debug)]
enum Act {
    Deliver(usize),
    Flag { which: u8, flags: u8 },
    Remove { which: u8 },
}

#[derive(Clone, Debug)]
enum Step {
    Act(Act),
    /// Pulls so many rows, lets the other client act, and then drops the stream or goes on.
    Sync {
        rows: usize,
        then: Option<Act>,
        is_dropped: bool,
    },
    /// Removes messages that the client knows.
    Remove {
        which: u8,
    },
    /// Opens the folder anew, in the same session or in another one.
    Open {
        is_new_session: bool,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (1..4_usize).prop_map(Act::Deliver),
        3 => (any::<u8>(), 0..8_u8).prop_map(|(which, flags)| Act::Flag { which, flags }),
        2 => any::<u8>().prop_map(|which| Act::Remove { which: which & which.rotate_left(3) }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => act().prop_map(Step::Act),
        4 => (0..8_usize, option::of(act()), any::<bool>())
            .prop_map(|(rows, then, is_dropped)| Step::Sync { rows, then, is_dropped }),
        1 => any::<u8>().prop_map(|which| Step::Remove { which: which & which.rotate_left(3) }),
        1 => any::<bool>().prop_map(|is_new_session| Step::Open { is_new_session }),
    ]
}

/// The flags of a message; `None` as long as the server has not told them.
type Picture = BTreeMap<String, Option<BTreeSet<String>>>;

fn names(flags: &Flags) -> BTreeSet<String> {
    let names = [
        (flags.seen, "\\Seen"),
        (flags.answered, "\\Answered"),
        (flags.flagged, "\\Flagged"),
        (flags.deleted, "\\Deleted"),
        (flags.draft, "\\Draft"),
    ];
    let names = names.iter().filter(|(set, _)| *set).map(|(_, name)| (*name).to_owned());
    names.chain(flags.keywords.iter().cloned()).collect()
}

struct World {
    persona: Persona,
    server: TestServer,
    other: Box<dyn Mailbox>,
    mailbox: Box<dyn Mailbox>,
    /// What the client has stored, both after every row.
    picture: Picture,
    state: SyncState,
}

async fn connect(server: &TestServer, persona: Persona) -> Box<dyn Mailbox> {
    let (theirs, ours) = duplex(LARGE_PIPE);
    tokio::spawn(server.serve(Scheme::Imap, theirs));
    let account = account(Protocol::Imap);
    account.connect_protected(ours, &persona.credentials(server)).await.unwrap()
}

async fn listed(mailbox: &mut dyn Mailbox) -> Result<Vec<MessageId>> {
    mailbox.status().await?;
    let rows = mailbox.list(&List::all()).await?.collect(1000).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Those of the last eight messages whose bit is set.
fn chosen(ids: &[MessageId], which: u8) -> IdSet {
    let last = ids.iter().rev().take(8).enumerate();
    last.filter(|(place, _)| which & (1 << place) != 0).map(|(_, id)| id).collect()
}

async fn change(server: &TestServer, other: &mut dyn Mailbox, act: &Act) -> Result<()> {
    let ids = match act {
        Act::Deliver(count) => {
            for number in 0..*count {
                server.deliver("alice", "INBOX", format!("Subject: {number}\r\n\r\n")).unwrap();
            }
            return Ok(());
        }
        Act::Flag { which, .. } | Act::Remove { which } => chosen(&listed(other).await?, *which),
    };
    if ids.is_empty() {
        return Ok(());
    }
    let mut flags = Flags::new();
    if let Act::Flag { flags: bits, .. } = act {
        (flags.seen, flags.flagged) = (bits & 1 != 0, bits & 2 != 0);
        flags.answered = bits & 4 != 0;
        return other.set_flags(&ids, FlagChange::Replace, &flags).await.map(drop);
    }
    flags.deleted = true;
    other.set_flags(&ids, FlagChange::Add, &flags).await.map(drop)?;
    other.as_imap().unwrap().run(&Command::Expunge, |_| ()).await
}

impl World {
    async fn new(persona: Persona) -> Self {
        let server = server(persona, &Way::Pipe(LARGE_PIPE)).await;
        let (other, mailbox) = (connect(&server, persona).await, connect(&server, persona).await);
        let state = SyncState::new(mailbox.selected().unwrap()).unwrap();
        Self { persona, server, other, mailbox, picture: Picture::new(), state }
    }

    async fn sync(&mut self, rows: usize, then: Option<&Act>, is_dropped: bool) -> Result<()> {
        // An application stores the text.
        let state: SyncState = self.state.to_string().parse().unwrap();
        let mut changes = self.mailbox.changes_since(&state).await?;
        for number in 0.. {
            if number == rows {
                if let Some(act) = then {
                    change(&self.server, &mut *self.other, act).await?;
                }
                if is_dropped {
                    return Ok(());
                }
            }
            match changes.next().await {
                Some(row) => {
                    let row = row?;
                    self.state.apply(&row);
                    match row {
                        Change::New { id: Some(id), flags, .. } => {
                            self.picture.insert(id.to_string(), flags.as_ref().map(names));
                        }
                        Change::Removed { id: Some(id), .. } => {
                            self.picture.remove(&id.to_string());
                        }
                        Change::Flags { id: Some(id), flags, .. } => {
                            self.picture.insert(id.to_string(), Some(names(&flags)));
                        }
                        Change::State(_) => {}
                        other => panic!("{other:?}"),
                    }
                }
                None => return Ok(()),
            }
        }
        Ok(())
    }

    async fn play(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Act(act) => change(&self.server, &mut *self.other, act).await,
            Step::Sync { rows, then, is_dropped } => {
                self.sync(*rows, then.as_ref(), *is_dropped).await?;
                if self.mailbox.selected().is_none() {
                    // It was dropped while the folder was opened anew.
                    self.mailbox.open(&FolderName::inbox(), Access::ReadWrite).await?;
                }
                Ok(())
            }
            Step::Remove { which } => {
                let ids: Vec<MessageId> = self.state.ids().iter().collect();
                match self.mailbox.delete(&chosen(&ids, *which)) {
                    Ok(()) => self.mailbox.expunge().await.map(drop),
                    Err(mailclient::Error::Unsupported(_)) => Ok(()),
                    Err(error) => Err(error),
                }
            }
            Step::Open { is_new_session: true } => {
                self.mailbox = connect(&self.server, self.persona).await;
                Ok(())
            }
            Step::Open { is_new_session: false } => {
                self.mailbox.open(&FolderName::inbox(), Access::ReadWrite).await.map(drop)
            }
        }
    }

    /// The other client rests: now every change is told.
    async fn compare(&mut self) -> std::result::Result<(), String> {
        self.sync(usize::MAX, None, false).await.map_err(|error| error.to_string())?;
        if self.picture.values().any(Option::is_none) {
            // Such a message came while the one before was told.
            self.sync(usize::MAX, None, false).await.map_err(|error| error.to_string())?;
        }
        let validity = self.mailbox.selected().unwrap().uid_validity.unwrap();
        let stored = self.server.messages("alice", "INBOX").unwrap();
        let stored: Picture = stored
            .into_iter()
            .map(|message| {
                let flags = message.flags.into_iter().filter(|flag| flag != "\\Recent");
                (format!("imap1:{validity}:{}:INBOX", message.uid), Some(flags.collect()))
            })
            .collect();
        let known: BTreeSet<String> = self.state.ids().iter().map(|id| id.to_string()).collect();
        if stored != self.picture || !known.iter().eq(stored.keys()) {
            return Err(format!("{:?}, {known:?}, not {stored:?}", self.picture));
        }
        Ok(())
    }
}

fn play(persona: Persona, steps: &[Step]) -> std::result::Result<(), String> {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(persona).await;
        for (number, step) in steps.iter().enumerate() {
            let played = world.play(step).await;
            played.map_err(|error| format!("step {number}, {step:?}: {error}"))?;
        }
        world.compare().await
    })
}

#[test]
fn a_picture_is_that_of_the_server_in_the_end() {
    // QRESYNC; QRESYNC that is not switched on; CONDSTORE; nothing; nothing, and a proxy in front.
    const PERSONAS: [&str; 7] =
        ["everything", "dovecot", "cyrus", "icloud", "gmail", "rfc-only", "exchange"];
    let cases = if env::var_os(WHOLE).is_some() { 1000 } else { 30 };
    for persona in personas().filter(|one| PERSONAS.contains(&one.name())) {
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let run = TestRunner::new_with_rng(config, seed)
            .run(&vec(step(), 1..20), |steps| play(persona, &steps).map_err(TestCaseError::fail));
        match run {
            Ok(()) => {}
            Err(TestError::Fail(why, steps)) => panic!("{}: {why}\n{steps:#?}", persona.name()),
            Err(error) => panic!("{}: {error}", persona.name()),
        }
    }
}
