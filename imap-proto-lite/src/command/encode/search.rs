//! SEARCH, SORT and THREAD: RFC 9051 section 6.4.4, RFC 5256.

use alloc::{string::ToString as _, vec::Vec};

use crate::{
    command::encode::{
        ranges,
        writer::{Writer, Written},
    },
    encode::ArgumentError,
    types::{
        argument::AString,
        date::Date,
        search::{
            Node, PartialRange, SearchKey, SearchQuery, SearchReturn, SortCriterion, SortKey,
            ThreadAlgorithm,
        },
    },
};

/// ```abnf
/// search          = "SEARCH" [search-return-opts] SP search-program
/// ```
pub(crate) fn search(
    writer: &mut Writer<'_>,
    uid: bool,
    returns: Option<SearchReturn>,
    query: &SearchQuery<'_>,
) -> Written {
    writer.word(if uid { "UID SEARCH " } else { "SEARCH " });
    if let Some(returns) = returns {
        writer.word("RETURN (");
        let mut before = "";
        // Nothing asked for is ALL by the RFC; some servers drop the empty form.
        let nothing = returns == SearchReturn::default();
        for (chosen, word) in [
            (returns.min, "MIN"),
            (returns.max, "MAX"),
            (returns.all || nothing, "ALL"),
            (returns.count, "COUNT"),
            (returns.save, "SAVE"),
        ] {
            if chosen {
                writer.word(before);
                writer.word(word);
                before = " ";
            }
        }
        if let Some(range) = returns.partial {
            writer.word(before);
            writer.word("PARTIAL ");
            partial_range(writer, range)?;
        }
        writer.word(") ");
    }
    if query.needs_charset() && !writer.utf8() {
        writer.word("CHARSET UTF-8 ");
    }
    program(writer, query)
}

/// RFC 5256: `"SORT" SP sort-criteria SP search-criteria`, where the charset is always there.
pub(crate) fn sort(
    writer: &mut Writer<'_>,
    uid: bool,
    criteria: &[SortCriterion],
    query: &SearchQuery<'_>,
) -> Written {
    if criteria.is_empty() {
        return Err(ArgumentError::new("criteria", "is empty"));
    }
    writer.word(if uid { "UID SORT " } else { "SORT " });
    writer.list(criteria, |writer, criterion| {
        if criterion.reverse {
            writer.word("REVERSE ");
        }
        writer.word(sort_key(criterion.key));
        Ok(())
    })?;
    writer.sp();
    charset(writer, query);
    program(writer, query)
}

/// RFC 5256: `"THREAD" SP thread-alg SP search-criteria`
pub(crate) fn thread(
    writer: &mut Writer<'_>,
    uid: bool,
    algorithm: ThreadAlgorithm,
    query: &SearchQuery<'_>,
) -> Written {
    writer.word(if uid { "UID THREAD " } else { "THREAD " });
    writer.word(thread_algorithm(algorithm));
    writer.sp();
    charset(writer, query);
    program(writer, query)
}

pub(crate) const fn sort_key(key: SortKey) -> &'static str {
    match key {
        SortKey::Arrival => "ARRIVAL",
        SortKey::Cc => "CC",
        SortKey::Date => "DATE",
        SortKey::From => "FROM",
        SortKey::Size => "SIZE",
        SortKey::Subject => "SUBJECT",
        SortKey::To => "TO",
        SortKey::DisplayFrom => "DISPLAYFROM",
        SortKey::DisplayTo => "DISPLAYTO",
    }
}

pub(crate) const fn thread_algorithm(algorithm: ThreadAlgorithm) -> &'static str {
    match algorithm {
        ThreadAlgorithm::OrderedSubject => "ORDEREDSUBJECT",
        ThreadAlgorithm::References => "REFERENCES",
        ThreadAlgorithm::Refs => "REFS",
    }
}

fn charset(writer: &mut Writer<'_>, query: &SearchQuery<'_>) {
    writer.word(if query.needs_charset() || writer.utf8() { "UTF-8 " } else { "US-ASCII " });
}

pub(crate) fn partial_range(writer: &mut Writer<'_>, range: PartialRange) -> Written {
    let PartialRange { first, last } = range;
    let fits = |end: i64| end != 0 && u32::try_from(end.unsigned_abs()).is_ok();
    if !fits(first) || !fits(last) || (first < 0) != (last < 0) {
        return Err(ArgumentError::new("partial", "both ends are from 1 on, or both from -1 down"));
    }
    writer.word(&first.to_string());
    writer.word(":");
    writer.word(&last.to_string());
    Ok(())
}

/// The keys in their order; the list of parts that are still to come is the stack.
fn program(writer: &mut Writer<'_>, query: &SearchQuery<'_>) -> Written {
    /// What is open: how many queries are still to come, and whether it ends with a parenthesis.
    struct Open {
        left: usize,
        parenthesis: bool,
    }
    let mut open = Vec::new();
    // Whether a key has just ended, so that the next one needs a space before it.
    let mut ended = false;
    for (place, node) in query.nodes().iter().enumerate() {
        if ended {
            writer.sp();
            ended = false;
        }
        match node {
            Node::Not => {
                writer.word("NOT ");
                open.push(Open { left: 1, parenthesis: false });
                continue;
            }
            Node::Or => {
                writer.word("OR ");
                open.push(Open { left: 2, parenthesis: false });
                continue;
            }
            Node::And(count) => {
                let parenthesis = place > 0;
                if parenthesis {
                    writer.word("(");
                }
                open.push(Open { left: *count, parenthesis });
                continue;
            }
            Node::Key(key) => search_key(writer, key)?,
        }
        ended = true;
        // A key ends each query that waited for it as its last one.
        while let Some(last) = open.last_mut() {
            last.left = last.left.saturating_sub(1);
            if last.left > 0 {
                break;
            }
            if last.parenthesis {
                writer.word(")");
            }
            open.pop();
        }
    }
    Ok(())
}

/// ```abnf
/// search-key      = "ALL" / "ANSWERED" / "BCC" SP astring / ...
/// ```
fn search_key(writer: &mut Writer<'_>, key: &SearchKey<'_>) -> Written {
    let text = |writer: &mut Writer<'_>, word: &str, text: &AString<'_>| {
        writer.word(word);
        writer.string(text.as_bytes());
    };
    let date = |writer: &mut Writer<'_>, word: &str, date: Date| {
        writer.word(word);
        writer.word(&date.to_string());
    };
    let number = |writer: &mut Writer<'_>, word: &str, number: u64| {
        writer.word(word);
        writer.number(number);
    };
    match key {
        SearchKey::All => writer.word("ALL"),
        SearchKey::Answered => writer.word("ANSWERED"),
        SearchKey::Deleted => writer.word("DELETED"),
        SearchKey::Draft => writer.word("DRAFT"),
        SearchKey::Flagged => writer.word("FLAGGED"),
        SearchKey::Seen => writer.word("SEEN"),
        SearchKey::Recent => writer.word("RECENT"),
        SearchKey::New => writer.word("NEW"),
        SearchKey::Old => writer.word("OLD"),
        SearchKey::Unanswered => writer.word("UNANSWERED"),
        SearchKey::Undeleted => writer.word("UNDELETED"),
        SearchKey::Undraft => writer.word("UNDRAFT"),
        SearchKey::Unflagged => writer.word("UNFLAGGED"),
        SearchKey::Unseen => writer.word("UNSEEN"),
        SearchKey::Keyword(keyword) => {
            writer.word("KEYWORD ");
            writer.atom(keyword.as_bytes(), "query")?;
        }
        SearchKey::Unkeyword(keyword) => {
            writer.word("UNKEYWORD ");
            writer.atom(keyword.as_bytes(), "query")?;
        }
        SearchKey::Bcc(value) => text(writer, "BCC ", value),
        SearchKey::Body(value) => text(writer, "BODY ", value),
        SearchKey::Cc(value) => text(writer, "CC ", value),
        SearchKey::From(value) => text(writer, "FROM ", value),
        SearchKey::Subject(value) => text(writer, "SUBJECT ", value),
        SearchKey::Text(value) => text(writer, "TEXT ", value),
        SearchKey::To(value) => text(writer, "TO ", value),
        SearchKey::Header { name, value } => {
            writer.word("HEADER ");
            writer.astring(name.as_bytes());
            text(writer, " ", value);
        }
        SearchKey::Before(day) => date(writer, "BEFORE ", *day),
        SearchKey::On(day) => date(writer, "ON ", *day),
        SearchKey::Since(day) => date(writer, "SINCE ", *day),
        SearchKey::SentBefore(day) => date(writer, "SENTBEFORE ", *day),
        SearchKey::SentOn(day) => date(writer, "SENTON ", *day),
        SearchKey::SentSince(day) => date(writer, "SENTSINCE ", *day),
        SearchKey::SavedBefore(day) => date(writer, "SAVEDBEFORE ", *day),
        SearchKey::SavedOn(day) => date(writer, "SAVEDON ", *day),
        SearchKey::SavedSince(day) => date(writer, "SAVEDSINCE ", *day),
        SearchKey::SaveDateSupported => writer.word("SAVEDATESUPPORTED"),
        SearchKey::Larger(octets) => number(writer, "LARGER ", *octets),
        SearchKey::Smaller(octets) => number(writer, "SMALLER ", *octets),
        SearchKey::Older(0) | SearchKey::Younger(0) => {
            return Err(ArgumentError::new("query", "an interval of no seconds"));
        }
        SearchKey::Older(seconds) => number(writer, "OLDER ", u64::from(*seconds)),
        SearchKey::Younger(seconds) => number(writer, "YOUNGER ", u64::from(*seconds)),
        SearchKey::Sequence(set) => ranges(writer, set),
        SearchKey::Uid(set) => {
            writer.word("UID ");
            ranges(writer, set);
        }
        SearchKey::SavedResult => writer.word("$"),
        SearchKey::ModSeq(value) => number(writer, "MODSEQ ", value.get()),
        SearchKey::EmailId(id) => {
            writer.word("EMAILID ");
            writer.word(id.as_str());
        }
        SearchKey::ThreadId(id) => {
            writer.word("THREADID ");
            writer.word(id.as_str());
        }
        SearchKey::GmailRaw(query) => text(writer, "X-GM-RAW ", query),
        SearchKey::GmailMessageId(id) => number(writer, "X-GM-MSGID ", *id),
        SearchKey::GmailThreadId(id) => number(writer, "X-GM-THRID ", *id),
        SearchKey::GmailLabel(label) => text(writer, "X-GM-LABELS ", label),
    }
    Ok(())
}
