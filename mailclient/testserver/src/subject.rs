//! Base subjects ([RFC 5256 section 2.1](https://www.rfc-editor.org/rfc/rfc5256#section-2.1)).

/// A subject without the marks of replies and forwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct BaseSubject {
    /// In lower case, as SORT and THREAD compare it.
    pub(super) text: String,
    /// A mark of a reply or a forward was removed.
    pub(super) is_reply: bool,
}

impl BaseSubject {
    /// Of a decoded subject.
    pub(super) fn of(subject: &str) -> Self {
        // Step 1: white space is one space each.
        let subject = subject.to_lowercase();
        let words: Vec<&str> = subject.split_whitespace().collect();
        let subject = words.join(" ");
        let (mut rest, mut is_reply) = (subject.as_str(), false);
        loop {
            rest = without_trailers(rest, &mut is_reply);
            rest = without_leaders(rest, &mut is_reply);
            // Step 6: `[fwd: subject]`.
            match rest.strip_prefix("[fwd:").and_then(|inside| inside.strip_suffix(']')) {
                Some(inside) => {
                    rest = inside.trim_start();
                    is_reply = true;
                }
                None => return Self { text: rest.into(), is_reply },
            }
        }
    }
}

/// Step 2: `subj-trailer = "(fwd)" / WSP`
fn without_trailers<'s>(mut text: &'s str, is_reply: &mut bool) -> &'s str {
    loop {
        text = text.trim_end();
        match text.strip_suffix("(fwd)") {
            Some(before) => {
                text = before;
                *is_reply = true;
            }
            None => return text,
        }
    }
}

/// Steps 3 to 5: `subj-leader = (*subj-blob subj-refwd) / WSP`, and blobs before a text.
fn without_leaders<'s>(mut text: &'s str, is_reply: &mut bool) -> &'s str {
    loop {
        text = text.trim_start();
        if let Some(after) = after_leader(text) {
            text = after;
            *is_reply = true;
            continue;
        }
        match after_blob(text) {
            Some(after) if !after.is_empty() => text = after,
            _ => return text,
        }
    }
}

/// What follows `*subj-blob subj-refwd`.
fn after_leader(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(after) = after_blob(rest) {
        rest = after;
    }
    let word = ["re", "fwd", "fw"].into_iter().find_map(|word| rest.strip_prefix(word))?;
    let word = word.trim_start();
    after_blob(word).unwrap_or(word).strip_prefix(':')
}

/// What follows `subj-blob = "[" *BLOBCHAR "]" *WSP`.
fn after_blob(text: &str) -> Option<&str> {
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    (!inside.contains('[')).then(|| after.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_replies_are_removed() {
        for (subject, base, is_reply) in [
            ("Hello", "hello", false),
            ("Re: Hello", "hello", true),
            ("RE: re : Fwd: FW:  Hello   world ", "hello world", true),
            ("[list] Hello", "hello", false),
            ("[list] Re: [list] Hello", "hello", true),
            ("Re[2]: Hello", "hello", true),
            ("Hello (fwd) (fwd)", "hello", true),
            ("[Fwd: [list] Re: Hello]", "hello", true),
            ("[only]", "[only]", false),
            ("Re: [only]", "[only]", true),
            ("Regarding: this", "regarding: this", false),
            ("Fwdx: this", "fwdx: this", false),
            ("Re:", "", true),
            ("", "", false),
            ("[[x]] y", "[[x]] y", false),
        ] {
            let expected = BaseSubject { text: base.into(), is_reply };
            assert_eq!(BaseSubject::of(subject), expected, "{subject}");
        }
    }
}
