//! `mail save`: writes attachments to files.

use std::path::Path;

use mailclient::{Access, FolderName, Mailbox, MessageId, MimePart, Part};
use tokio::fs;

use crate::{Failure, commands};

/// The longest file name, in bytes: file systems take 255, and `.part` is added for a while.
const LONGEST_NAME: usize = 200;

/// Saves the attachment with this path (`2`, `1.2`), or all of them without one.
pub(crate) async fn run(
    mut mailbox: Box<dyn Mailbox>,
    folder: &FolderName,
    id: &MessageId,
    wanted: Option<&str>,
    directory: &Path,
) -> Result<(), Failure> {
    mailbox.open(folder, Access::ReadOnly).await?;
    let structure = mailbox.structure(id).await?;
    let mut parts = structure.attachments();
    if let Some(wanted) = wanted {
        parts.retain(|part| path(part) == wanted);
    }
    if parts.is_empty() {
        return Err("no such attachment (`mail ls --json` shows them)".into());
    }
    for part in parts {
        let file = directory.join(file_name(part));
        // Also a link that leads nowhere is in the way.
        if fs::symlink_metadata(&file).await.is_ok() {
            return Err(format!("{} exists already", file.display()).into());
        }
        let section = Part::decoded_section(part.path.clone());
        let size = commands::download(mailbox.fetch(id, &section).await?, &file).await?;
        say!("{size} bytes in {}", file.display());
    }
    mailbox.close().await?;
    Ok(())
}

fn path(part: &MimePart) -> String {
    part.path.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// A name that stays in its directory, whatever the sender chose. It begins with the path of the
/// part, so two attachments never have the same name and none is hidden.
fn file_name(part: &MimePart) -> String {
    let mut safe = format!("{}-", path(part));
    for character in part.name.as_deref().unwrap_or("attachment").chars() {
        let is_unsafe = character.is_control() || r#"/\:*?"<>|"#.contains(character);
        let character = if is_unsafe { '_' } else { character };
        if safe.len() + character.len_utf8() > LONGEST_NAME {
            break;
        }
        safe.push(character);
    }
    safe.replace("..", "_")
}
