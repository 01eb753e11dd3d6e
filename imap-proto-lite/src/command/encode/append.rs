//! APPEND and REPLACE: RFC 9051 section 6.3.12, RFC 8508.

use crate::{
    command::{
        AppendData, AppendMessage, Messages,
        encode::{
            argument,
            writer::{Writer, Written},
        },
    },
    types::MailboxName,
};

/// ```abnf
/// append          = "APPEND" SP mailbox append-message
/// ```
pub(super) fn append(
    writer: &mut Writer<'_>,
    mailbox: &MailboxName<'_>,
    message: &AppendMessage<'_>,
) -> Written {
    argument::mailbox(writer, mailbox)?;
    append_message(writer, message)
}

/// RFC 8508: `"REPLACE" SP seq-number SP mailbox append-message`
pub(super) fn replace(
    writer: &mut Writer<'_>,
    messages: &Messages<'_>,
    mailbox: &MailboxName<'_>,
    message: &AppendMessage<'_>,
) -> Written {
    argument::messages(writer, messages);
    append(writer, mailbox, message)
}

/// ```abnf
/// append-message  = [SP flag-list] [SP date-time] SP append-data
/// ```
fn append_message(writer: &mut Writer<'_>, message: &AppendMessage<'_>) -> Written {
    if !message.flags.is_empty() {
        writer.sp();
        writer.list(message.flags.iter(), Writer::flag)?;
    }
    if let Some(date) = message.date {
        writer.display(format_args!(" \"{date}\""));
    }
    writer.sp();
    match message.data {
        AppendData::Literal => writer.streamed(message.octets, b""),
        AppendData::Literal8 => writer.streamed(message.octets, b"~"),
        AppendData::Utf8 => {
            writer.streamed(message.octets, b"UTF8 (~");
            writer.word(")");
        }
    }
    Ok(())
}
