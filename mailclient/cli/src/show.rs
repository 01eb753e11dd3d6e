//! Tables for people, JSON for scripts.

use mailclient::{Attachment, Feature, FeatureSet, Folder, MimePart, SizeHint, Summary};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthChar;

/// The date of a row: the author's, else that of the receipt.
fn date(row: &Summary) -> String {
    let written = row.envelope.as_ref().and_then(|envelope| envelope.date);
    written.or(row.received).map_or_else(String::new, |date| {
        date.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
    })
}

fn from(row: &Summary) -> String {
    let sender = row.envelope.as_ref().and_then(|envelope| envelope.from.first());
    sender
        .map(|sender| sender.name.clone().or_else(|| sender.email.clone()).unwrap_or_default())
        .unwrap_or_default()
}

pub(crate) fn subject(row: &Summary) -> String {
    row.envelope.as_ref().and_then(|envelope| envelope.subject.clone()).unwrap_or_default()
}

fn size(row: &Summary) -> Option<u64> {
    row.size.map(SizeHint::bytes)
}

/// The mark of a message that was not read. POP3 does not know which these are.
fn unread(row: &Summary) -> &'static str {
    if row.flags.as_ref().is_some_and(|flags| !flags.seen) { "*" } else { "" }
}

/// A row of a listing as JSON.
pub(crate) fn json_row(row: &Summary) -> Value {
    let addresses =
        |list: &[mailclient::Address]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let envelope = row.envelope.as_deref();
    json!({
        "id": row.id.to_string(),
        "date": envelope.and_then(|envelope| envelope.date).map(|date| date.to_string()),
        "from": envelope.map(|envelope| addresses(&envelope.from)),
        "to": envelope.map(|envelope| addresses(&envelope.to)),
        "subject": envelope.and_then(|envelope| envelope.subject.clone()),
        "size": size(row),
        "flags": row.flags.as_ref().map(ToString::to_string),
        "attachments": row.structure.as_ref().map(|structure| json_parts(&structure.attachments())),
    })
}

/// Attachments as the server tells them; their sizes are those of the encoded bytes.
fn json_parts(parts: &[&MimePart]) -> Value {
    parts
        .iter()
        .map(|part| {
            let path: Vec<String> = part.path.iter().map(ToString::to_string).collect();
            json!({
                "part": path.join("."),
                "name": part.name,
                "type": part.media_type,
                "encoded_size": part.size,
            })
        })
        .collect()
}

pub(crate) fn json_attachments(attachments: &[Attachment]) -> Value {
    attachments
        .iter()
        .map(|attachment| {
            json!({
                "name": attachment.name,
                "type": attachment.media_type,
                "size": content_size(attachment),
            })
        })
        .collect()
}

/// The bytes of an attachment, decoded and counted piece by piece.
pub(crate) fn content_size(attachment: &Attachment) -> usize {
    attachment.content().map(|chunk| chunk.len()).sum()
}

pub(crate) fn rows(rows: &[Summary]) {
    let cells: Vec<[String; 6]> = rows
        .iter()
        .map(|row| {
            let size = size(row).map_or_else(|| "?".into(), |size| size.to_string());
            let (from, subject) = (fit(&from(row), 22), fit(&subject(row), 44));
            [unread(row).into(), row.id.to_string(), date(row), from, subject, size]
        })
        .collect();
    table(["", "id", "date", "from", "subject", "bytes"], &cells);
}

pub(crate) fn folders(folders: &[Folder]) {
    let cells: Vec<[String; 4]> = folders
        .iter()
        .map(|folder| {
            let role =
                folder.role.map_or_else(String::new, |role| format!("{role:?}").to_lowercase());
            let status = folder.status.as_ref();
            let count = |count: Option<u64>| count.map_or_else(String::new, |one| one.to_string());
            let messages = count(status.map(|status| status.messages));
            let unseen = count(status.and_then(|status| status.unseen));
            [clean(folder.name.as_str()), role, messages, unseen]
        })
        .collect();
    table(["folder", "role", "messages", "unseen"], &cells);
}

pub(crate) fn features(features: FeatureSet) {
    let cells: Vec<[String; 2]> = Feature::ALL
        .iter()
        .map(|feature| {
            [feature.to_string(), if features.contains(*feature) { "yes" } else { "no" }.into()]
        })
        .collect();
    table(["can it do this?", ""], &cells);
}

pub(crate) fn json_rows(rows: &[Summary]) -> Value {
    rows.iter().map(json_row).collect()
}

pub(crate) fn json_folders(folders: &[Folder]) -> Value {
    folders
        .iter()
        .map(|folder| {
            let role = folder.role.map(|role| format!("{role:?}").to_lowercase());
            let status = folder.status.as_ref();
            json!({
                "name": folder.name.as_str(), "role": role, "selectable": folder.selectable,
                "messages": status.map(|status| status.messages),
                "unseen": status.and_then(|status| status.unseen),
            })
        })
        .collect()
}

/// Prints a table whose columns are as wide as their widest cell; the last one is flush right if it
/// is numbers.
fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| columns(cell));
        cells.chain(head.get(column).map(|cell| columns(cell))).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::from(" ");
        for (column, (cell, width)) in cells.zip(&widths).enumerate() {
            let gap = " ".repeat(width.saturating_sub(columns(cell)));
            let number = column + 1 == N && cell.bytes().all(|octet| octet.is_ascii_digit());
            text.push(' ');
            text.push_str(&if number { gap + cell } else { cell.to_owned() + &gap });
            text.push(' ');
        }
        say!("{}", text.trim_end());
    };
    line(&mut head.iter().copied());
    line(
        &mut widths
            .iter()
            .map(|width| "-".repeat(*width))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    );
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}

/// The width of a text in columns of a terminal.
fn columns(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// Cuts a text to `limit` columns.
fn fit(text: &str, limit: usize) -> String {
    let text = clean(text);
    if columns(&text) <= limit {
        return text;
    }
    let mut used = 0;
    let kept = text.chars().take_while(|character| {
        used += character.width().unwrap_or(0);
        used < limit
    });
    kept.chain(['\u{2026}']).collect()
}

/// Replaces control characters: a mail can contain escape sequences for the terminal.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect()
}

/// As [`clean`], but keeps line ends and tabs.
pub(crate) fn clean_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}
