//! The commands of the program, independent of the protocol.

use std::{io::IsTerminal, path::Path, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use mailclient::{Access, Body, Feature, Mailbox, MessageId, Part, Query, Window};
use serde_json::json;
use tokio::fs;

use crate::{
    Failure, complain,
    show::{self, Row},
};

/// The longest message that is read into memory to be shown as text, in bytes.
const LONGEST_TEXT: u64 = 64 * 1024 * 1024;

pub(crate) async fn list(
    mut mailbox: Box<dyn Mailbox>,
    folder: &str,
    limit: u32,
    json: bool,
) -> Result<(), Failure> {
    let folders = mailbox.folders().await?;
    let status = mailbox.open(folder, Access::ReadOnly).await?;
    let rows = newest(&mut *mailbox, limit).await?;
    if json {
        let messages = show::json_rows(&rows);
        say!(
            "{}",
            json!({ "folders": show::json_folders(&folders), "total": status.messages, "messages": messages })
        );
    } else {
        show::features(mailbox.features());
        say!("");
        show::folders(&folders);
        say!("\n  {folder}: {} messages, the newest {}:\n", status.messages, rows.len());
        show::rows(&rows);
    }
    Ok(mailbox.close().await?)
}

/// The newest messages, with their headers if the server sends these without the whole message.
pub(crate) async fn newest(mailbox: &mut dyn Mailbox, limit: u32) -> Result<Vec<Row>, Failure> {
    let summaries = mailbox.list(Window::Newest(limit)).await?.collect(limit as usize).await?;
    let ids: Vec<MessageId> = summaries.iter().map(|summary| summary.id.clone()).collect();
    let envelopes = envelopes(mailbox, &ids).await?;
    let rows = summaries.into_iter().zip(envelopes);
    Ok(rows
        .map(|(summary, envelope)| Row { id: summary.id.clone(), summary: Some(summary), envelope })
        .collect())
}

async fn envelopes(
    mailbox: &mut dyn Mailbox,
    ids: &[MessageId],
) -> Result<Vec<Option<mailclient::Envelope>>, Failure> {
    if mailbox.features().contains(Feature::Headers) {
        Ok(mailbox.envelopes(ids).await?)
    } else {
        Ok(vec![None; ids.len()])
    }
}

pub(crate) async fn read(
    mut mailbox: Box<dyn Mailbox>,
    folder: &str,
    id: &MessageId,
    json: bool,
) -> Result<(), Failure> {
    mailbox.open(folder, Access::ReadOnly).await?;
    let message = mailbox.fetch(id, Part::Whole).await?.collect(LONGEST_TEXT).await?;
    if json {
        let envelope = mailclient::Envelope::parse(&message);
        let row = Row { id: id.clone(), summary: None, envelope: Some(envelope) };
        say!("{}", json!({ "message": row.json(), "text": mailclient::text(&message) }));
    } else {
        print_message(&message);
    }
    Ok(mailbox.close().await?)
}

pub(crate) fn print_message(message: &[u8]) {
    let envelope = mailclient::Envelope::parse(message);
    let list = |addresses: &[mailclient::Address]| {
        show::clean(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    };
    say!("  From:    {}", list(&envelope.from));
    say!("  To:      {}", list(&envelope.to));
    say!("  Subject: {}", show::clean(envelope.subject.as_deref().unwrap_or_default()));
    if let Some(date) = envelope.date {
        say!("  Date:    {date}");
    }
    for (name, octets) in mailclient::attachments(message) {
        say!(
            "  Holds:   {} ({octets} bytes)",
            show::clean(name.as_deref().unwrap_or("a part without a name"))
        );
    }
    say!("");
    for line in show::clean_lines(&mailclient::text(message)).lines() {
        say!("  | {line}");
    }
}

pub(crate) async fn get(
    mut mailbox: Box<dyn Mailbox>,
    folder: &str,
    id: &MessageId,
    file: &Path,
    json: bool,
) -> Result<(), Failure> {
    if fs::try_exists(file).await.unwrap_or(false) {
        return Err(format!("{} exists already", file.display()).into());
    }
    mailbox.open(folder, Access::ReadOnly).await?;
    let octets = download(mailbox.fetch(id, Part::Whole).await?, file).await?;
    if json {
        say!("{}", json!({ "file": file, "size": octets }));
    } else {
        say!("{octets} bytes in {}", file.display());
    }
    Ok(mailbox.close().await?)
}

/// Writes a body to a file as it comes. The file gets its name only when it is complete; until then
/// it is `FILE.part`, which is removed after a failure.
pub(crate) async fn download(body: Body<'_>, file: &Path) -> Result<u64, Failure> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let written = write(body, file, Path::new(&part)).await;
    if written.is_err() {
        // The failure is told; there may be no file yet.
        let _ = fs::remove_file(&part).await;
    }
    written
}

async fn write(mut body: Body<'_>, file: &Path, part: &Path) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", file.display());
    let mut out = fs::File::create(part).await.map_err(failed)?;
    let progress = Progress::new(body.size_hint().map(mailclient::SizeHint::octets));
    while let Some(chunk) = body.chunk().await? {
        tokio::io::AsyncWriteExt::write_all(&mut out, &chunk).await.map_err(failed)?;
        progress.at(body.received());
    }
    out.sync_all().await.map_err(failed)?;
    fs::rename(part, file).await.map_err(failed)?;
    progress.done();
    Ok(body.received())
}

/// A progress bar on a terminal, lines elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    hint: Option<u64>,
    told: std::cell::Cell<u64>,
}

/// Bytes between two lines.
const LINE_EVERY: u64 = 1024 * 1024;

impl Progress {
    fn new(hint: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = hint.map_or_else(ProgressBar::no_length, ProgressBar::new);
            if let Ok(style) =
                ProgressStyle::with_template("  {bar:40} {bytes} of {total_bytes} {bytes_per_sec}")
            {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, hint, told: std::cell::Cell::new(0) }
    }

    /// The server's size is a hint: a larger message moves the end.
    fn at(&self, octets: u64) {
        if let Some(bar) = &self.bar {
            if self.hint.is_some_and(|hint| octets > hint) {
                bar.set_length(octets);
            }
            bar.set_position(octets);
        } else if octets >= self.told.get() + LINE_EVERY {
            self.told.set(octets);
            match self.hint {
                Some(hint) => complain(format_args!("  {octets} of about {hint} bytes")),
                None => complain(format_args!("  {octets} bytes")),
            }
        }
    }

    fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

pub(crate) async fn search(
    mut mailbox: Box<dyn Mailbox>,
    folder: &str,
    words: &str,
    limit: u32,
    json: bool,
) -> Result<(), Failure> {
    mailbox.open(folder, Access::ReadOnly).await?;
    let found = mailbox.search(&Query::words(words)).await?;
    let shown = found.get(found.len().saturating_sub(limit as usize)..).unwrap_or_default();
    let rows = found_rows(&mut *mailbox, shown).await?;
    if json {
        say!("{}", json!({ "total": found.len(), "messages": show::json_rows(&rows) }));
    } else {
        say!("  {} messages found, the newest {}:\n", found.len(), rows.len());
        show::rows(&rows);
    }
    Ok(mailbox.close().await?)
}

pub(crate) async fn found_rows(
    mailbox: &mut dyn Mailbox,
    ids: &[MessageId],
) -> Result<Vec<Row>, Failure> {
    let envelopes = envelopes(mailbox, ids).await?;
    let rows = ids.iter().zip(envelopes);
    Ok(rows.map(|(id, envelope)| Row { id: id.clone(), summary: None, envelope }).collect())
}
