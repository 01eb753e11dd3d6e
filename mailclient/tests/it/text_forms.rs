//! The texts that applications store. A later version has to read every line of the file, and to
//! write it in the same way: lines are added, and never changed or taken away.

use std::{fmt::Display, str::FromStr};

use mailclient::{Account, IdSet, MessageId, SyncState};

const FORMS: &str = include_str!("text-forms.txt");

fn again<T: FromStr + Display>(text: &str) -> Option<String> {
    text.parse::<T>().ok().map(|value| value.to_string())
}

#[test]
fn every_frozen_text_is_read_and_written_as_before() {
    let mut read = 0;
    for line in FORMS.lines().filter(|line| !line.starts_with('#')) {
        let (kind, text) = line.split_once(' ').unwrap();
        let written = match kind {
            "account" => again::<Account>(text),
            "id" => again::<MessageId>(text),
            "ids" => again::<IdSet>(text),
            "sync" => again::<SyncState>(text),
            #[cfg(feature = "serde")]
            "json" => serialised::again(text),
            #[cfg(not(feature = "serde"))]
            "json" => continue,
            other => panic!("no kind {other}"),
        };
        assert_eq!(written.as_deref(), Some(text), "{line}");
        read += 1;
    }
    assert!(read >= 21, "{read} texts");
}

/// Values as JSON: the texts in `text-forms.txt` are frozen as well.
#[cfg(feature = "serde")]
mod serialised {
    use std::fmt::Debug;

    use mailclient::{
        Access, Account, Address, DateTime, Envelope, Flags, FolderName, FolderStatus, IdSet,
        Message, MessageId, Protocol, Quirk, Role, SizeHint, Structure, Summary, SyncState,
    };
    use serde::{Serialize, de::DeserializeOwned};
    use serde_json::{Value, from_str, json, to_string, to_value};

    /// Reads a text; when it is written again, each of its members is there and the same.
    fn same<T: Serialize + DeserializeOwned>(text: &str) -> bool {
        let holds = |written: Value, frozen: Value| match (written, frozen) {
            (Value::Object(written), Value::Object(frozen)) => {
                frozen.iter().all(|(name, value)| written.get(name) == Some(value))
            }
            (written, frozen) => written == frozen,
        };
        let value: T = from_str(text).unwrap();
        holds(to_value(&value).unwrap(), from_str(text).unwrap())
    }

    /// Reads and writes `TYPE JSON`.
    pub(super) fn again(line: &str) -> Option<String> {
        let (kind, text) = line.split_once(' ')?;
        let is_same = match kind {
            "Access" => same::<Access>(text),
            "Address" => same::<Address>(text),
            "Envelope" => same::<Envelope>(text),
            "Flags" => same::<Flags>(text),
            "FolderStatus" => same::<FolderStatus>(text),
            "Role" => same::<Role>(text),
            "Summary" => same::<Summary>(text),
            other => panic!("no type {other}"),
        };
        is_same.then(|| line.to_owned())
    }

    /// A value is written as this text, and read from it.
    fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, text: &str) {
        assert_eq!(to_string(value).unwrap(), text);
        assert_eq!(from_str::<T>(text).unwrap(), *value);
    }

    #[test]
    fn ids_states_and_accounts_are_their_texts() {
        for text in ["imap1:7:42:INBOX", "pop1:a%20b", "session:0000000a:3:INBOX", "x-memory:1"] {
            is::<MessageId>(&text.parse().unwrap(), &format!("{text:?}"));
        }
        for text in ["", "imap1:7:1-4294967295:INBOX pop1:a"] {
            is::<IdSet>(&text.parse().unwrap(), &format!("{text:?}"));
        }
        let state = "sync1:7:58:9:1-57:INBOX";
        is::<SyncState>(&state.parse().unwrap(), &format!("{state:?}"));
        is::<FolderName>(&"Entwürfe".parse().unwrap(), "\"Entwürfe\"");
        is::<DateTime>(&DateTime::day(2026, 11, 1).unwrap(), "\"2026-11-01T00:00:00+00:00\"");
        is(&Protocol::Pop3, "\"POP3\"");
        is(&Quirk::BareLf, "\"bare-lf\"");
        is(&SizeHint::new(7), "7");

        let text = "imaps://alice%40example.org@mail.example.org:993/?folder=Sent";
        let account: Account = text.parse().unwrap();
        assert_eq!(to_string(&account).unwrap(), format!("{text:?}"));
        let again: Account = from_str(&format!("{text:?}")).unwrap();
        assert_eq!(again.to_string(), text);
    }

    #[test]
    fn a_text_that_cannot_be_read_is_an_error() {
        assert!(from_str::<MessageId>("\"imap1:0:1:INBOX\"").is_err());
        assert!(from_str::<IdSet>("\"pop1:a imap1:1:INBOX\"").is_err());
        assert!(from_str::<FolderName>("\"\"").is_err());
        assert!(from_str::<SyncState>("\"sync2:1:1:1:1:INBOX\"").is_err());
        assert!(from_str::<DateTime>("\"2026-11-01\"").is_err());
        assert!(from_str::<Account>("\"imaps://a:secret@h\"").is_err());
        assert!(from_str::<Quirk>("\"bare\"").is_err());
        let error = from_str::<MessageId>("\"no\"").unwrap_err();
        assert!(error.to_string().starts_with("\"no\" is not a message id"), "{error}");
    }

    #[test]
    fn a_summary_is_its_fields() {
        let header = "Subject: caf\u{e9}\r\nFrom: Ann <ann@example.org>\r\n\r\n";
        let row = Summary::new("pop1:a".parse().unwrap())
            .with_size(SizeHint::new(7))
            .with_flags(Flags::new().with_seen().with_keyword("$Forwarded"))
            .with_received(DateTime::day(2026, 11, 1).unwrap())
            .with_envelope(Envelope::parse(header.as_bytes()));
        let text = to_string(&row).unwrap();
        assert_eq!(from_str::<Summary>(&text).unwrap(), row);
        let value = to_value(&row).unwrap();
        assert_eq!(value["flags"]["keywords"], json!(["$Forwarded"]));
        assert_eq!(value["envelope"]["from"][0]["email"], "ann@example.org");
        let structure: Structure = Message::parse(header).structure();
        is(&structure, &to_string(&structure).unwrap());
        is(
            &FolderStatus::new(3).with_unseen(1),
            &to_string(&FolderStatus::new(3).with_unseen(1)).unwrap(),
        );
    }

    /// A program of today reads what one of yesterday wrote, and the other way round.
    #[test]
    fn fields_may_be_missing_or_unknown() {
        let row: Summary = from_str(r#"{"id": "pop1:a", "colour": "red"}"#).unwrap();
        assert_eq!(row, Summary::new("pop1:a".parse().unwrap()));
        assert_eq!(from_str::<Envelope>("{}").unwrap(), Envelope::new());
        let flags: Flags = from_str(r#"{"seen": true}"#).unwrap();
        assert_eq!(flags, Flags::new().with_seen());
    }
}
