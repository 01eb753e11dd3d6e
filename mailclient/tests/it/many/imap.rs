//! A server that answers FETCH in every order that RFC 9051 allows, and in some that it does not.

use std::collections::BTreeSet;

use mail_harness::random::Random;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

/// The text of a message: no two are the same.
pub(super) fn text(uid: u32) -> Vec<u8> {
    let lines = (uid as usize * 37) % 90;
    format!("Subject: {uid}\r\n\r\n{}", format!("this is {uid}\r\n").repeat(lines)).into_bytes()
}

/// A command that is not answered yet.
struct Command {
    tag: String,
    is_size: bool,
    uids: Vec<u32>,
}

pub(super) struct Server<S> {
    stream: BufReader<S>,
    random: Random,
    /// It leaves out what it has to say, and refuses commands.
    is_rude: bool,
    /// The messages as the client knows them, in the order of their numbers.
    told: Vec<u32>,
    /// Those that are gone, of which some are not told yet.
    gone: BTreeSet<u32>,
    commands: Vec<Command>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Server<S> {
    pub(super) fn new(stream: S, seed: u64, uids: Vec<u32>, is_rude: bool) -> Self {
        let (stream, random) = (BufReader::new(stream), Random::new(seed));
        Self { stream, random, is_rude, told: uids, gone: BTreeSet::new(), commands: Vec::new() }
    }

    fn chance(&mut self, of: usize) -> bool {
        self.random.below(of) == 0
    }

    async fn say(&mut self, text: &[u8]) {
        // The client may have left.
        let _ = self.stream.write_all(text).await;
    }

    /// Serves until the client leaves, then returns the messages that are gone.
    pub(super) async fn serve(mut self) -> BTreeSet<u32> {
        self.say(b"* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n").await;
        while self.hear().await {
            while !self.commands.is_empty() {
                // More of what the client has sent, before this is answered.
                if !self.stream.buffer().is_empty() && self.chance(2) && !self.hear().await {
                    return self.gone;
                }
                self.answer_some().await;
                let _ = self.stream.flush().await;
            }
        }
        self.gone
    }

    /// Takes a command.
    async fn hear(&mut self) -> bool {
        let mut line = String::new();
        if !matches!(self.stream.read_line(&mut line).await, Ok(1..)) {
            return false;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let tag = words[0].to_owned();
        match words[1..] {
            ["SELECT", _] => {
                let exists = self.told.len();
                let text = format!(
                    "* {exists} EXISTS\r\n* OK [UIDVALIDITY 14] valid\r\n{tag} OK [READ-WRITE] done\r\n"
                );
                self.say(text.as_bytes()).await;
            }
            ["UID", "FETCH", set, "(UID", item] => {
                let uids = set.split(',').flat_map(|range| {
                    let (first, last) = range.split_once(':').unwrap_or((range, range));
                    first.parse::<u32>().unwrap()..=last.parse().unwrap()
                });
                let mut uids: Vec<u32> = uids.filter(|uid| self.told.contains(uid)).collect();
                for place in (1..uids.len()).rev() {
                    uids.swap(place, self.random.below(place + 1));
                }
                let is_size = item == "RFC822.SIZE)";
                self.commands.push(Command { tag, is_size, uids });
            }
            _ => self.say(format!("{tag} OK done\r\n").as_bytes()).await,
        }
        true
    }

    /// One row or answer of any of the commands, or news.
    async fn answer_some(&mut self) {
        self.news().await;
        let place = self.random.below(self.commands.len());
        if self.is_rude && self.chance(40) {
            let tag = self.commands.swap_remove(place).tag;
            return self.say(format!("{tag} NO some of it cannot be read\r\n").as_bytes()).await;
        }
        let Some(uid) = self.commands[place].uids.pop() else {
            let tag = self.commands.swap_remove(place).tag;
            return self.say(format!("{tag} OK done\r\n").as_bytes()).await;
        };
        if self.is_rude && self.chance(40) || self.gone.contains(&uid) {
            return;
        }
        let is_size = self.commands[place].is_size;
        self.row(uid, is_size).await;
        if self.is_rude && self.chance(20) {
            let other = self.told[self.random.below(self.told.len())];
            if !self.gone.contains(&other) {
                self.row(other, false).await;
            }
        }
    }

    /// The size or the body of a message; its UID comes before that, after it, or not at all.
    async fn row(&mut self, uid: u32, is_size: bool) {
        let Some(place) = self.told.iter().position(|told| *told == uid) else {
            return;
        };
        let number = place + 1;
        let text = text(uid);
        let (head, body) = match is_size {
            true => (format!("RFC822.SIZE {}", text.len()), &[][..]),
            false => (format!("BODY[] {{{}}}\r\n", text.len()), &text[..]),
        };
        let (before, after) = match self.random.below(if self.is_rude { 20 } else { 19 }) {
            0..9 => (format!("UID {uid} "), String::new()),
            9..19 => (String::new(), format!(" UID {uid}")),
            _ => (String::new(), String::new()),
        };
        let start = format!("* {number} FETCH ({before}{head}");
        self.say(&[start.as_bytes(), body, after.as_bytes(), b")\r\n"].concat()).await;
    }

    /// Messages go and come, and flags change.
    async fn news(&mut self) {
        match self.random.below(30) {
            0 => {
                let uid = self.told[self.random.below(self.told.len())];
                self.gone.insert(uid);
            }
            1..6 => {
                let place = self.told.iter().position(|uid| self.gone.contains(uid));
                if let Some(place) = place.filter(|_| self.told.len() > 1) {
                    self.told.remove(place);
                    self.say(format!("* {} EXPUNGE\r\n", place + 1).as_bytes()).await;
                }
            }
            6 => {
                self.told.push(self.told.last().unwrap() + 1);
                self.say(format!("* {} EXISTS\r\n", self.told.len()).as_bytes()).await;
            }
            7 => {
                let number = self.random.below(self.told.len()) + 1;
                self.say(format!("* {number} FETCH (FLAGS (\\Seen))\r\n").as_bytes()).await;
            }
            _ => {}
        }
    }
}
