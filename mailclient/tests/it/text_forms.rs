//! The texts that applications store. A later version has to read every line of the file, and to
//! write it in the same way: lines are added, and never changed or taken away.

use std::{fmt::Display, str::FromStr};

use mailclient::{Account, MessageId, SyncState};

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
            "sync" => again::<SyncState>(text),
            other => panic!("no kind {other}"),
        };
        assert_eq!(written.as_deref(), Some(text), "{line}");
        read += 1;
    }
    assert!(read >= 18, "{read} texts");
}
