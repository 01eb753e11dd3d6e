//! Results of SEARCH, SORT and THREAD: RFC 9051 section 7.3 and RFC 5256.

use alloc::{format, vec::Vec};

use crate::{
    response::{
        Esearch, ResultSet, SearchResult, Threads,
        encode::output::{named, raw},
    },
    types::{ModSeq, PartialRange},
    wire::{write_number, write_string},
};

pub(crate) fn search_data(name: &str, result: &SearchResult<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    for one in &result.numbers {
        out.push(b' ');
        write_number(u64::from(one.get()), out);
    }
    if let Some(value) = result.mod_seq {
        out.extend_from_slice(b" (MODSEQ ");
        write_number(value.get(), out);
        out.push(b')');
    }
    damaged(&result.damaged, out);
}

fn damaged(pieces: &[u8], out: &mut Vec<u8>) {
    if !pieces.is_empty() {
        out.push(b' ');
        raw(pieces, out);
    }
}

fn result_set(set: &ResultSet<'_>, out: &mut Vec<u8>) {
    match set {
        ResultSet::Sequence(set) => set.write(out),
        ResultSet::Uid(set) => set.write(out),
    }
}

pub(crate) fn esearch_response(result: &Esearch<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* ESEARCH");
    if let Some(tag) = &result.tag {
        out.extend_from_slice(b" (TAG ");
        write_string(&tag.to_cow(), out);
        out.push(b')');
    }
    if result.uid {
        out.extend_from_slice(b" UID");
    }
    for (name, value) in [
        (" MIN ", result.min.map(|min| u64::from(min.get()))),
        (" MAX ", result.max.map(|max| u64::from(max.get()))),
        (" COUNT ", result.count.map(u64::from)),
        (" MODSEQ ", result.mod_seq.map(ModSeq::get)),
    ] {
        if let Some(value) = value {
            out.extend_from_slice(name.as_bytes());
            write_number(value, out);
        }
    }
    if let Some(set) = &result.all {
        out.extend_from_slice(b" ALL ");
        result_set(set, out);
    }
    if let Some((PartialRange { first, last }, set)) = &result.partial {
        out.extend_from_slice(format!(" PARTIAL ({first}:{last} ").as_bytes());
        match set {
            Some(set) => result_set(set, out),
            None => out.extend_from_slice(b"NIL"),
        }
        out.push(b')');
    }
    for (name, value) in &result.others {
        out.push(b' ');
        named(name, value, out);
    }
    damaged(&result.damaged, out);
}

/// Writes threads from their flat form, without recursion.
pub(crate) fn thread_data(threads: &Threads, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* THREAD");
    let messages = &threads.messages;
    let mut answers = alloc::vec![0usize; messages.len()];
    for message in messages {
        if let Some(count) = message.parent.and_then(|parent| answers.get_mut(parent)) {
            *count += 1;
        }
    }
    // For each open list, the message in it that the next list answers.
    let mut open: Vec<Option<usize>> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let alone = |parent: usize| answers.get(parent) == Some(&1);
        match message.parent {
            // The only answer to the message just written follows it in the same list.
            Some(parent)
                if place == parent + 1
                    && alone(parent)
                    && messages.get(parent).is_some_and(|one| one.number.is_some()) =>
            {
                out.push(b' ');
                if let Some(last) = open.last_mut() {
                    *last = Some(place);
                }
            }
            parent => {
                while open.last().is_some_and(|last| *last != parent) {
                    open.pop();
                    out.push(b')');
                }
                if open.is_empty()
                    || (parent.is_some_and(|parent| {
                        place == parent + 1
                            && messages.get(parent).is_some_and(|one| one.number.is_some())
                    }))
                {
                    out.push(b' ');
                }
                out.push(b'(');
                open.push(Some(place));
            }
        }
        if let Some(one) = message.number {
            write_number(u64::from(one.get()), out);
        }
    }
    for _ in open {
        out.push(b')');
    }
}
