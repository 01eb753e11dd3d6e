//! A second opinion on subjects and senders: the crate `mailparse`, which shares no code with ours.

use mailclient::Envelope;
use mailparse::{MailAddr, MailHeaderMap};

/// Messages on which the two parsers differ, and why that is no fault of ours.
const DIFFERENCES: &[(&str, &str)] = &[];

/// Compares what we say of a header with what the peer says.
pub fn compare(name: &str, octets: &[u8], envelope: &Envelope) {
    if DIFFERENCES.iter().any(|(known, _)| name.ends_with(known)) {
        return;
    }
    let (headers, _) =
        mailparse::parse_headers(octets).unwrap_or_else(|error| panic!("{name}: {error}"));
    let subject = headers
        .get_first_value("Subject")
        .map(|subject| squeeze(&subject))
        .unwrap_or_default();
    let ours = envelope.subject.as_deref().map(squeeze).unwrap_or_default();
    assert_eq!(ours, subject, "the subject of {name}");
    let ours: Vec<String> = envelope
        .from
        .iter()
        .filter_map(|address| address.email.clone())
        .collect();
    assert_eq!(ours, senders(&headers), "the senders of {name}");
}

fn senders(headers: &[mailparse::MailHeader<'_>]) -> Vec<String> {
    let Some(from) = headers.get_first_header("From") else {
        return Vec::new();
    };
    let addresses = mailparse::addrparse_header(from)
        .map(|list| list.into_inner())
        .unwrap_or_default();
    addresses
        .into_iter()
        .flat_map(|address| match address {
            MailAddr::Single(single) => vec![single.addr],
            MailAddr::Group(group) => group.addrs.into_iter().map(|single| single.addr).collect(),
        })
        .collect()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
