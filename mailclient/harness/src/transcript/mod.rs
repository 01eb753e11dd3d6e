//! Transcripts: conversations of a server and a client, one file each, in one dialect.
//!
//! | line | meaning |
//! |---|---|
//! | `# server: text` | the first line: the server that behaves like this |
//! | `# source: text` | the second line: the section of the RFC, or the report |
//! | `# text` | a comment |
//! | `@ setting` | configuration, before all steps |
//! | `S: text` | the server sends this line |
//! | `S~ text` | the same without a line end |
//! | `C: text` | the client sends this line |
//! | `C! text` | a line of the command above that is never sent, because the server refused it |
//! | `! what` | what happens to the connection |
//! | `> call` | a call of the test |
//! | `= text` | what the client learns: an event, an error, the answer of a call |
//! | `? getter value` | what a getter returns now |
//!
//! Lines of the wire hold the bytes themselves; `<0xFF>` is a byte that is not text, and `$1` is
//! the tag of the first command. Lines end in CRLF; the setting `lf` makes those of the server end
//! in LF. Values in quotes are written as in Rust: `\r`, `\n`, `\t`, `\\`, `\xff`.
//!
//! [`Suite`] plays a folder of transcripts against a machine without I/O, [`client::play`] plays
//! one against an asynchronous client, and [`script`](crate::script::script) is a server for a test
//! that calls the client itself. Their docs say which calls and settings they know.

use std::{fs, path::PathBuf};

pub use self::{
    replay::{Machine, Suite},
    schedule::Schedule,
};
use crate::text::unescape;

pub mod client;
mod replay;
mod schedule;

/// A line of a transcript that is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bytes of the server.
    Server(Vec<u8>),
    /// A line of the client, without its end.
    Client(String),
    /// A line that the client never sends.
    Unsent(String),
    /// What happens to the connection.
    Wire(String),
    /// A call of the test.
    Call(String),
    /// What the client learns.
    Event(String),
    /// A getter, and what it returns.
    Getter(String, String),
}

/// A transcript.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// Where it is, for the messages of asserts.
    pub name: String,
    /// The comments before the first other line.
    pub header: String,
    /// The texts of the `@` lines, but `lf`.
    pub settings: Vec<String>,
    /// Each with the number of its line.
    pub steps: Vec<(usize, Step)>,
}

impl Transcript {
    /// Reads a text. White space before a line does not count.
    ///
    /// # Panics
    /// A line is not of the dialect.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> Self {
        let header = text.lines().take_while(|line| line.starts_with('#'));
        let mut transcript = Self {
            name: name.into(),
            header: header.collect::<Vec<_>>().join("\n"),
            settings: Vec::new(),
            steps: Vec::new(),
        };
        let mut line_end = "\r\n";
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
            let (mark, rest) =
                line.trim_start().split_at_checked(2).unwrap_or_else(|| (line.trim(), ""));
            let rest = rest.strip_prefix(' ').unwrap_or(rest).to_owned();
            let step = match mark {
                "" | "#" | "# " => continue,
                "@ " => {
                    match rest.as_str() {
                        "lf" => line_end = "\n",
                        _ => transcript.settings.push(rest),
                    }
                    continue;
                }
                "S:" => Step::Server([unescape(&rest), line_end.into()].concat()),
                "S~" => Step::Server(unescape(&rest)),
                "C:" => Step::Client(rest),
                "C!" => Step::Unsent(rest),
                "! " => Step::Wire(rest),
                "> " => Step::Call(rest),
                "= " | "=" => Step::Event(rest),
                "? " => {
                    let (getter, value) = rest.split_once(' ').unwrap_or((&rest, ""));
                    Step::Getter(getter.to_owned(), value.to_owned())
                }
                _ => panic!("{name}:{number}: not a line of a transcript: {line}"),
            };
            transcript.steps.push((number, step));
        }
        transcript
    }

    /// The transcripts of a folder, in the order of their names, each with its path and text.
    ///
    /// # Panics
    /// The folder cannot be read, or has another file.
    #[must_use]
    pub fn folder(folder: &str) -> Vec<(PathBuf, String, Self)> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (path, text.clone(), Self::parse(&name, &text))
        };
        paths.into_iter().map(read).collect()
    }

    /// Whether the header names the server, and as source a section of an RFC, a vulnerability or
    /// a report.
    #[must_use]
    pub fn names_its_source(&self) -> bool {
        let (server, source) = self.header.split_once('\n').unwrap_or_default();
        let is_named = server.strip_prefix("# server: ").is_some_and(|name| !name.is_empty());
        is_named
            && source.strip_prefix("# source: ").is_some_and(|source| {
                ["RFC ", "CVE-", "#"].iter().any(|mark| source.contains(mark))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# server: any\n# source: RFC 1939 section 3\n@ lf\n@ quirk x\n\
        S: +OK <0xFF>\nS~ half\n  C: NOOP\nC! never\n! eof\n> send X\n= done\n=\n? state Update\n";

    #[test]
    fn every_kind_of_line_is_read() {
        let transcript = Transcript::parse("any", TEXT);
        assert_eq!(transcript.settings, ["quirk x"]);
        assert!(transcript.names_its_source());
        let steps = [
            (5, Step::Server(b"+OK \xff\n".to_vec())),
            (6, Step::Server(b"half".to_vec())),
            (7, Step::Client("NOOP".into())),
            (8, Step::Unsent("never".into())),
            (9, Step::Wire("eof".into())),
            (10, Step::Call("send X".into())),
            (11, Step::Event("done".into())),
            (12, Step::Event(String::new())),
            (13, Step::Getter("state".into(), "Update".into())),
        ];
        assert_eq!(transcript.steps, steps);
    }

    #[test]
    fn a_header_without_server_or_source_is_told() {
        for header in ["", "# server: any", "# server: any\n# source: hearsay", "# source: RFC 1"] {
            assert!(!Transcript::parse("any", header).names_its_source(), "{header}");
        }
    }

    #[test]
    #[should_panic(expected = "any:2: not a line of a transcript: X: 1")]
    fn another_line_is_an_error_with_its_place() {
        let _ = Transcript::parse("any", "S: +OK\nX: 1");
    }
}
