//! APPEND and REPLACE: RFC 9051 section 6.3.12, RFC 8508.

use alloc::format;

use crate::{
    command::{
        AppendData, AppendMessage, Messages,
        encode::argument::{flag_list, mailbox, sequence_set},
    },
    types::MailboxName,
    wire::put::{Put, SP, streamed},
};

/// ```abnf
/// append          = "APPEND" SP mailbox append-message
/// ```
pub(super) fn append(name: &MailboxName<'_>, message: &AppendMessage<'_>) -> impl Put {
    (mailbox(name, "mailbox"), append_message(message))
}

/// RFC 8508: `"REPLACE" SP seq-number SP mailbox append-message`
pub(super) fn replace(
    messages: &Messages<'_>,
    name: &MailboxName<'_>,
    message: &AppendMessage<'_>,
) -> impl Put {
    (sequence_set(messages), append(name, message))
}

/// ```abnf
/// append-message  = [SP flag-list] [SP date-time] SP append-data
/// ```
fn append_message(message: &AppendMessage<'_>) -> impl Put {
    let flags = (!message.flags.is_empty()).then(|| (SP, flag_list(&message.flags)));
    let date_time = message.date.map(|date| format!(" \"{date}\""));
    let (before, after) = match message.data {
        AppendData::Literal => (" ", ""),
        AppendData::Literal8 => (" ~", ""),
        AppendData::Utf8 => (" UTF8 (~", ")"),
    };
    (flags, date_time, before, streamed(message.octets), after)
}
