//! Response codes: `resp-text-code` of RFC 9051 section 9.

use alloc::vec::Vec;

use crate::{
    response::{
        ResponseCode,
        encode::{flag_list, output::line},
    },
    types::UidValidity,
    wire::{IString, write_number, write_quoted},
};

/// Writes a response code without its brackets.
pub(crate) fn resp_text_code(code: &ResponseCode<'_>, out: &mut Vec<u8>) {
    if let Some(name) = code.name() {
        out.extend_from_slice(name.as_bytes());
    }
    match code {
        ResponseCode::BadCharset(charsets) if !charsets.is_empty() => {
            in_parentheses(out, |out| charsets.write(out));
        }
        ResponseCode::Capability(list) => {
            for capability in list {
                out.push(b' ');
                out.extend_from_slice(capability);
            }
        }
        ResponseCode::PermanentFlags(list) => {
            out.push(b' ');
            flag_list(list, out);
        }
        ResponseCode::UidNext(value)
        | ResponseCode::Unseen(value)
        | ResponseCode::MessageLimit(value) => number(u64::from(*value), out),
        ResponseCode::UidValidity(value) => uid_validity(*value, out),
        ResponseCode::HighestModSeq(value) => number(value.get(), out),
        ResponseCode::AppendUid { uid_validity: value, uids } => {
            uid_validity(*value, out);
            out.push(b' ');
            uids.write(out);
        }
        ResponseCode::CopyUid { uid_validity: value, source, destination } => {
            uid_validity(*value, out);
            for set in [source, destination] {
                out.push(b' ');
                set.write(out);
            }
        }
        ResponseCode::Modified(set) => {
            out.push(b' ');
            set.write(out);
        }
        ResponseCode::MailboxId(id) => in_parentheses(out, |out| line(&id.to_cow(), out)),
        ResponseCode::InProgress { tag, progress, goal }
            if (tag.is_some() || progress.is_some() || goal.is_some()) =>
        {
            in_parentheses(out, |out| in_progress(tag.as_ref(), [*progress, *goal], out));
        }
        ResponseCode::WebAlert(url) | ResponseCode::Referral(url) => text(url, out),
        ResponseCode::Other { name, argument } => {
            line(&name.to_cow(), out);
            argument.iter().for_each(|argument| text(argument, out));
        }
        _ => {}
    }
}

fn number(value: u64, out: &mut Vec<u8>) {
    out.push(b' ');
    write_number(value, out);
}

fn uid_validity(value: UidValidity, out: &mut Vec<u8>) {
    number(u64::from(value.get()), out);
}

fn text(value: &IString<'_>, out: &mut Vec<u8>) {
    out.push(b' ');
    line(&value.to_cow(), out);
}

fn in_parentheses(out: &mut Vec<u8>, inside: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b" (");
    inside(out);
    out.push(b')');
}

/// RFC 9585: `(quoted / nil) SP (number / nil) SP (number / nil)`
fn in_progress(tag: Option<&IString<'_>>, counts: [Option<u64>; 2], out: &mut Vec<u8>) {
    match tag {
        // No literal is possible inside a response code.
        Some(tag) => {
            let tag = tag.bytes().filter(|octet| !matches!(octet, b'\r' | b'\n' | 0));
            write_quoted(&tag.collect::<Vec<u8>>(), out);
        }
        None => out.extend_from_slice(b"NIL"),
    }
    for count in counts {
        match count {
            Some(count) => number(count, out),
            None => out.extend_from_slice(b" NIL"),
        }
    }
}
