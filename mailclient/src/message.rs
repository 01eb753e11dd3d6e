//! The messages of a mailbox: [`MessageId`], [`Summary`], [`Flags`], [`Part`].

use std::{fmt, str::FromStr};

use imap_proto_lite::Uid;

use crate::error::Error;

/// Names one message of one mailbox. Opaque and storable: [`Display`](fmt::Display) and [`FromStr`]
/// round-trip.
///
/// On POP3 it is the unique-id (RFC 1939 section 7, UIDL), on IMAP UIDVALIDITY and UID (RFC 9051
/// section 2.3.1.1), which belong to one folder. A POP3 server without UIDL has only message
/// numbers: such an id is good for its session only, and
/// [`Feature::StableIds`](crate::Feature::StableIds) is missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub(crate) Id);

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Id {
    /// A POP3 unique-id: opaque bytes.
    Unique(Box<[u8]>),
    /// A POP3 message number, and the session that it belongs to.
    Number { session: u64, number: u32 },
    /// An IMAP message.
    Uid { uid_validity: u32, uid: Uid },
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Id::Unique(octets) => {
                f.write_str("pop3:")?;
                for &octet in octets {
                    // Characters that are special in file names, shells or terminals are
                    // percent-encoded.
                    if octet.is_ascii_alphanumeric() || b"-_.@+=<>".contains(&octet) {
                        write!(f, "{}", char::from(octet))?;
                    } else {
                        write!(f, "%{octet:02X}")?;
                    }
                }
                Ok(())
            }
            Id::Number { session, number } => write!(f, "pop3-number:{session:016x}:{number}"),
            Id::Uid { uid_validity, uid } => write!(f, "imap:{uid_validity}:{uid}"),
        }
    }
}

impl FromStr for MessageId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_id(text).map(Self).ok_or_else(|| {
            Error::misuse(format_args!(
                "{:?} is not a message id",
                text.chars().take(80).collect::<String>()
            ))
        })
    }
}

fn parse_id(text: &str) -> Option<Id> {
    let (scheme, rest) = text.split_once(':')?;
    match scheme {
        "pop3" => Some(Id::Unique(percent_decode(rest)?.into())).filter(|_| !rest.is_empty()),
        "pop3-number" => {
            let (session, number) = rest.split_once(':')?;
            let session = u64::from_str_radix(session, 16).ok()?;
            Some(Id::Number { session, number: number.parse().ok().filter(|number| *number > 0)? })
        }
        "imap" => {
            let (uid_validity, uid) = rest.split_once(':')?;
            Some(Id::Uid {
                uid_validity: uid_validity.parse().ok()?,
                uid: Uid::new(uid.parse().ok()?)?,
            })
        }
        _ => None,
    }
}

/// Undoes percent-encoding (RFC 3986 section 2.1); `None` where a `%` is not followed by two hex
/// digits.
pub(crate) fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(octet) = octets.next() {
        decoded.push(if octet == b'%' {
            let high = char::from(octets.next()?).to_digit(16)?;
            let low = char::from(octets.next()?).to_digit(16)?;
            u8::try_from(high << 4 | low).ok()?
        } else {
            octet
        });
    }
    Some(decoded)
}

/// A size that a server told. Exchange and others estimate it, POP3 servers miscount it: good for a
/// progress bar, never for a buffer or a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SizeHint(u64);

impl SizeHint {
    pub(crate) const fn new(octets: u64) -> Self {
        Self(octets)
    }

    /// The server's number, in bytes.
    #[must_use]
    pub const fn octets(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SizeHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One row of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The message.
    pub id: MessageId,
    /// Its size as the server tells it; `None` if there is no readable size.
    pub octets: Option<SizeHint>,
    /// Its flags; `None` means that the protocol has no flags (POP3), not that none is set.
    pub flags: Option<Flags>,
    /// When the server received it (IMAP INTERNALDATE); `None` on POP3.
    pub received: Option<DateTime>,
}

/// The system flags of a message (RFC 9051 section 2.3.2), and keywords.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flags {
    /// `\Seen`
    pub seen: bool,
    /// `\Answered`
    pub answered: bool,
    /// `\Flagged`
    pub flagged: bool,
    /// `\Deleted`
    pub deleted: bool,
    /// `\Draft`
    pub draft: bool,
    /// Keywords, as the server spells them (`$Forwarded`).
    pub keywords: Vec<String>,
}

impl Flags {
    /// No flag.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These flags and `\Seen`.
    #[must_use]
    pub fn with_seen(mut self) -> Self {
        self.seen = true;
        self
    }

    /// These flags and `\Flagged`.
    #[must_use]
    pub fn with_flagged(mut self) -> Self {
        self.flagged = true;
        self
    }

    /// These flags and `\Draft`.
    #[must_use]
    pub fn with_draft(mut self) -> Self {
        self.draft = true;
        self
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let system = [
            (self.seen, "\\Seen"),
            (self.answered, "\\Answered"),
            (self.flagged, "\\Flagged"),
            (self.deleted, "\\Deleted"),
            (self.draft, "\\Draft"),
        ];
        let system = system.into_iter().filter_map(|(set, name)| set.then_some(name));
        for (index, name) in system.chain(self.keywords.iter().map(String::as_str)).enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// How [`Mailbox::set_flags`](crate::Mailbox::set_flags) combines flags with the present ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlagChange {
    /// Set these, leave the others.
    Add,
    /// Clear these, leave the others.
    Remove,
    /// Set these, clear the others.
    Replace,
}

/// A part of a message to read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The whole message, unchanged.
    Whole,
    /// The header block, with the empty line that ends it.
    Headers,
    /// One MIME part without its MIME header, by its path: `[1, 2]` is the second child of the
    /// first part (RFC 9051 section 6.4.5, `BODY[1.2]`). Needs
    /// [`Feature::Sections`](crate::Feature::Sections).
    Section(Vec<u32>),
}

/// A point in time with an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DateTime {
    /// Year, for example 2026.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

impl DateTime {
    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        // Days from civil, with the year starting in March.
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        let seconds =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        days * 86_400 + seconds - i64::from(self.offset_minutes) * 60
    }
}

impl fmt::Display for DateTime {
    /// The RFC 3339 form: `2026-11-24T18:54:18+01:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, offset_minutes } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let sign = if *offset_minutes < 0 { '-' } else { '+' };
        let offset = offset_minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", offset / 60, offset % 60)
    }
}

#[cfg(test)]
mod tests {
    use imap_proto_lite::Uid;

    use super::{DateTime, Flags, Id, MessageId};

    #[test]
    fn ids_survive_being_written_down() {
        let ids = [
            Id::Unique((*b"1a/ \xff%2..\n").into()),
            Id::Number { session: 0xDEAD_BEEF, number: 7 },
            Id::Uid { uid_validity: 1_700_000_000, uid: Uid::new(42).unwrap() },
        ];
        for id in ids.map(MessageId) {
            let text = id.to_string();
            assert!(text.bytes().all(|octet| octet.is_ascii_graphic()), "{text}");
            assert_eq!(text.parse::<MessageId>().unwrap(), id);
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "imap:",
            "imap:1",
            "imap:1:0",
            "imap:x:1",
            "pop3:",
            "pop3:%4",
            "pop3:%zz",
            "smtp:1",
            "pop3-number:1:0",
        ] {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
    }

    #[test]
    fn dates_count_seconds() {
        let date = |year, month, day, hour, offset_minutes| DateTime {
            year,
            month,
            day,
            hour,
            minute: 0,
            second: 0,
            offset_minutes,
        };
        assert_eq!(date(1970, 1, 1, 0, 0).unix_seconds(), 0);
        assert_eq!(date(2026, 11, 24, 1, 60).unix_seconds(), 1_795_478_400);
        assert_eq!(date(2000, 2, 29, 0, 0).unix_seconds(), 951_782_400);
        assert_eq!(date(2026, 11, 24, 1, -90).to_string(), "2026-11-24T01:00:00-01:30");
    }

    #[test]
    fn flags_read_as_on_the_wire() {
        let mut flags = Flags::new().with_seen().with_draft();
        flags.keywords.push("$Forwarded".into());
        assert_eq!(flags.to_string(), "\\Seen \\Draft $Forwarded");
    }
}
