//! Results of SEARCH, SORT and THREAD: RFC 9051 section 7.3 and RFC 5256.

use alloc::{format, vec::Vec};

use crate::{
    response::{
        Esearch, ResultSet, SearchResult, ThreadMessage, Threads,
        encode::raw::{named, raw},
    },
    types::PartialRange,
    wire::put::{Out, Put, SP, many, nil_or, string},
};

/// The numbers of SEARCH and SORT, and what RFC 7162 adds.
///
/// ```abnf
/// mailbox-data    =/ "SEARCH" [SP nz-number *(SP nz-number) [SP search-sort-mod-seq]]
/// ```
pub(crate) fn search_data(result: &SearchResult<'_>) -> impl Put {
    let numbers = result.numbers.iter().map(|one| (SP, one.get()));
    let mod_seq = result.mod_seq.map(|value| (" (MODSEQ ", value.get(), b')'));
    (many(numbers), mod_seq, damaged(&result.damaged))
}

fn result_set(set: &ResultSet<'_>) -> impl Put {
    move |out: &mut Out| match set {
        ResultSet::Sequence(set) => out.put(set),
        ResultSet::Uid(set) => out.put(set),
    }
}

/// The pieces that could not be read.
fn damaged(pieces: &[u8]) -> impl Put {
    (!pieces.is_empty()).then(|| (SP, raw(pieces)))
}

/// ```abnf
/// esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
/// ```
pub(crate) fn esearch_response(result: &Esearch<'_>) -> impl Put {
    let partial = result.partial.as_ref().map(|(PartialRange { first, last }, set)| {
        (format!(" PARTIAL ({first}:{last} "), nil_or(set.as_ref().map(result_set)), b')')
    });
    let others = result.others.iter().map(|(name, value)| (SP, named(name, value)));
    (
        "* ESEARCH",
        result.tag.as_ref().map(|tag| (" (TAG ", string(tag), b')')),
        result.uid.then_some(" UID"),
        (
            result.min.map(|min| (" MIN ", min.get())),
            result.max.map(|max| (" MAX ", max.get())),
            result.count.map(|count| (" COUNT ", count)),
            result.mod_seq.map(|value| (" MODSEQ ", value.get())),
        ),
        result.all.as_ref().map(|set| (" ALL ", result_set(set))),
        (partial, many(others), damaged(&result.damaged)),
    )
}

/// Writes threads from their flat form, without recursion.
pub(crate) fn thread_data(threads: &Threads, out: &mut Out) {
    out.put("* THREAD");
    let messages = &threads.messages;
    let mut answers = alloc::vec![0usize; messages.len()];
    for message in messages {
        if let Some(count) = message.parent.and_then(|parent| answers.get_mut(parent)) {
            *count += 1;
        }
    }
    // For each open list, the message in it that the next list answers.
    let mut open: Vec<usize> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let parent = message.parent;
        let follows_parent = parent.is_some_and(|parent| {
            let is_message = |one: &ThreadMessage| one.number.is_some();
            place == parent + 1 && messages.get(parent).is_some_and(is_message)
        });
        if follows_parent && parent.and_then(|parent| answers.get(parent)) == Some(&1) {
            // The only answer to the message just written follows it in the same list.
            out.put(SP);
            open.pop();
        } else {
            while open.pop_if(|last| Some(*last) != parent).is_some() {
                out.put(b')');
            }
            // RFC 5256 section 5: a space before the first list only.
            if place == 0 || follows_parent {
                out.put(SP);
            }
            out.put(b'(');
        }
        open.push(place);
        if let Some(one) = message.number {
            out.put(one.get());
        }
    }
    for _ in open {
        out.put(b')');
    }
}

#[cfg(test)]
mod tests {
    use crate::response::{Response, encode, parse};

    #[test]
    fn threads_have_no_space_between_them() {
        for line in [
            "* THREAD (2)(3 6 (4 23)(44 7 96))\r\n",
            "* THREAD ((3)(5))\r\n",
            "* THREAD (1)(2)(3)\r\n",
            "* THREAD\r\n",
        ] {
            let response = parse::response(line.as_bytes(), &[]);
            assert!(matches!(response, Response::Thread(_)), "{line}");
            assert_eq!(encode::response(&response).to_vec(), line.as_bytes());
        }
    }
}
