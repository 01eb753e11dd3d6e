//! A second opinion on subjects and senders: the crate `mailparse`, which shares no code with ours.

use mailclient::Envelope;
use mailparse::{MailAddr, MailHeaderMap};

/// Messages of the corpora that the peer does not read: it stops at an invalid header line. We take
/// the fields that are there.
const UNREAD: [&str; 4] = [
    "james-messages/wild-alt-reply.eml",
    "james-messages/wild-mixed-alt.eml",
    "james-messages/wild-mixed.eml",
    "ruby-mail-messages/example13.eml",
];

/// What we say of a header and the peer does not, in words; `None` where they agree.
pub(crate) fn difference(name: &str, message: &[u8], envelope: &Envelope) -> Option<String> {
    let headers = match mailparse::parse_headers(message) {
        Ok((headers, _)) => headers,
        Err(_) if UNREAD.contains(&name) => return None,
        Err(error) => return Some(format!("{name}: the peer says {error}")),
    };
    let subject =
        headers.get_first_value("Subject").map(|subject| squeeze(&subject)).unwrap_or_default();
    let ours = envelope.subject.as_deref().map(squeeze).unwrap_or_default();
    if ours != subject {
        return Some(format!("{name}: subject {ours:?}, the peer says {subject:?}"));
    }
    // The peer does not read a first field after a byte order mark, and neither does a server that
    // is asked for some fields. We do.
    if message.starts_with("\u{feff}".as_bytes()) {
        return None;
    }
    // The peer knows no address without a domain.
    let emails = envelope.from.iter().filter_map(|address| address.email.clone());
    let ours: Vec<String> = emails.filter(|email| email.contains('@')).collect();
    let theirs = senders(&headers);
    (ours != theirs).then(|| format!("{name}: senders {ours:?}, the peer says {theirs:?}"))
}

fn senders(headers: &[mailparse::MailHeader<'_>]) -> Vec<String> {
    let Some(from) = headers.get_first_header("From") else {
        return Vec::new();
    };
    let addresses =
        mailparse::addrparse_header(from).map(|list| list.into_inner()).unwrap_or_default();
    addresses
        .into_iter()
        .flat_map(|address| match address {
            MailAddr::Single(single) => vec![single.addr],
            MailAddr::Group(group) => group.addrs.into_iter().map(|single| single.addr).collect(),
        })
        // The peer makes one address of two that no comma separates.
        .flat_map(|email| email.split_whitespace().map(String::from).collect::<Vec<_>>())
        .collect()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
