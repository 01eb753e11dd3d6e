//! Response codes: `resp-text-code` of RFC 9051 section 9.

use alloc::vec::Vec;

use crate::{
    response::{
        ResponseCode,
        encode::{capabilities, flag_list, raw::line},
    },
    wire::{
        IString,
        put::{Out, Put, SP, nil_or, parens, quoted},
    },
};

/// ```abnf
/// resp-text-code  = "ALERT" / "BADCHARSET" [SP "(" charset *(SP charset) ")" ] /
///                   capability-data / ... / atom [SP 1*<any TEXT-CHAR except "]">]
/// ```
pub(crate) fn resp_text_code(code: &ResponseCode<'_>) -> impl Put {
    move |out: &mut Out| {
        out.put(code.name());
        match code {
            ResponseCode::BadCharset(charsets) if !charsets.is_empty() => {
                out.put((SP, parens(charsets)));
            }
            ResponseCode::Capability(list) => out.put(capabilities(list)),
            ResponseCode::PermanentFlags(list) => out.put((SP, flag_list(list))),
            ResponseCode::UidNext(value)
            | ResponseCode::Unseen(value)
            | ResponseCode::MessageLimit(value) => out.put((SP, *value)),
            ResponseCode::UidValidity(value) => out.put((SP, value.get())),
            ResponseCode::HighestModSeq(value) => out.put((SP, value.get())),
            ResponseCode::AppendUid { uid_validity, uids } => {
                out.put((SP, uid_validity.get(), SP, uids));
            }
            ResponseCode::CopyUid { uid_validity, source, destination } => {
                out.put((SP, uid_validity.get(), SP, source, SP, destination));
            }
            ResponseCode::Modified(set) => out.put((SP, set)),
            ResponseCode::MailboxId(id) => out.put((SP, parens(line(&id.to_cow())))),
            ResponseCode::InProgress { tag, progress, goal }
                if (tag.is_some() || progress.is_some() || goal.is_some()) =>
            {
                let counts = (nil_or(*progress), SP, nil_or(*goal));
                out.put((SP, parens((nil_or(tag.as_ref().map(one_line)), SP, counts))));
            }
            ResponseCode::WebAlert(url) | ResponseCode::Referral(url) => {
                out.put((SP, line(&url.to_cow())));
            }
            ResponseCode::Other { name, argument } => {
                out.put(line(&name.to_cow()));
                if let Some(argument) = argument {
                    out.put((SP, line(&argument.to_cow())));
                }
            }
            _ => {}
        }
    }
}

/// A quoted string; no literal is possible inside a response code.
fn one_line(tag: &IString<'_>) -> impl Put {
    let is_harmless = |octet: &u8| !matches!(octet, b'\r' | b'\n' | 0);
    let tag: Vec<u8> = tag.bytes().filter(is_harmless).collect();
    move |out: &mut Out| out.put(quoted(&tag))
}
