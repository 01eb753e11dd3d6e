//! SORT ([RFC 5256 section 3](https://www.rfc-editor.org/rfc/rfc5256#section-3), [RFC
//! 5957](https://www.rfc-editor.org/rfc/rfc5957)).

use std::cmp::Ordering;

use imap_proto_lite::search::SortCriterion;
pub(super) use imap_proto_lite::search::SortKey as Key;

use super::{folder::Message, search::Reading};

/// What one criterion compares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Number(i64),
    Text(String),
}

/// The values of a message for these criteria.
pub(super) fn values(criteria: &[SortCriterion], message: &Message) -> Vec<Value> {
    let reading = Reading::of(message);
    let value = |criterion: &SortCriterion| match criterion.key {
        Key::Arrival => Value::Number(message.date),
        Key::Date => Value::Number(reading.sent_at().unwrap_or(message.date)),
        Key::Size => Value::Number(i64::try_from(message.content.len()).unwrap_or(i64::MAX)),
        Key::Subject => Value::Text(reading.subject().text),
        Key::From => Value::Text(reading.mailbox("From")),
        Key::To => Value::Text(reading.mailbox("To")),
        Key::Cc => Value::Text(reading.mailbox("Cc")),
        Key::DisplayFrom => Value::Text(reading.display("From")),
        Key::DisplayTo => Value::Text(reading.display("To")),
        _ => Value::Number(0),
    };
    criteria.iter().map(value).collect()
}

/// Compares two messages by their values.
pub(super) fn compare(criteria: &[SortCriterion], one: &[Value], two: &[Value]) -> Ordering {
    let pairs = criteria.iter().zip(one.iter().zip(two));
    pairs.fold(Ordering::Equal, |so_far, (criterion, (one, two))| {
        so_far.then_with(|| if criterion.reverse { two.cmp(one) } else { one.cmp(two) })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{
        super::folder::{Content, Folder},
        *,
    };

    fn order(criteria: &[(Key, bool)]) -> Vec<u32> {
        let criteria: Vec<_> =
            criteria.iter().map(|&(key, reverse)| SortCriterion { key, reverse }).collect();
        let mut folder = Folder::new(1, 1, "alice");
        for (date, text) in [
            (3, "From: Zoe <b@x>\r\nSubject: Re: beta\r\nDate: 1 Jan 2020 00:00:00 +0000\r\n"),
            (2, "From: c@x\r\nSubject: alpha\r\nDate: 1 Jan 2020 01:00:00 +0200\r\nCc: q@x\r\n"),
            (1, "From: =?utf-8?q?=C3=84da?= <A@x>\r\nTo: a@x\r\nSubject: Beta\r\n"),
        ] {
            let content = Arc::new(Content::new(format!("{text}\r\nbody\r\n").into()));
            folder.add(content, Vec::new(), date, 0);
        }
        let mut messages: Vec<_> = folder
            .messages()
            .iter()
            .map(|message| (values(&criteria, message), message.uid))
            .collect();
        messages.sort_by(|one, two| compare(&criteria, &one.0, &two.0).then(one.1.cmp(&two.1)));
        messages.into_iter().map(|(_, uid)| uid).collect()
    }

    #[test]
    fn every_key_in_both_directions() {
        for (key, expected) in [
            (Key::Arrival, [3, 2, 1]),
            // The offset counts; without a date the time of arrival does.
            (Key::Date, [3, 2, 1]),
            (Key::From, [3, 1, 2]),
            (Key::Subject, [2, 1, 3]),
            (Key::Cc, [1, 3, 2]),
            (Key::To, [1, 2, 3]),
            (Key::DisplayFrom, [2, 1, 3]),
            (Key::Size, [3, 1, 2]),
        ] {
            assert_eq!(order(&[(key, false)]), expected, "{key:?}");
        }
        assert_eq!(order(&[(Key::Arrival, true)]), [1, 2, 3]);
        assert_eq!(order(&[(Key::Subject, true), (Key::Arrival, false)]), [3, 1, 2]);
    }
}
