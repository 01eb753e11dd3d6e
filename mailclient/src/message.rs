//! The values of a message: [`SizeHint`], [`Flags`], [`DateTime`].

use std::fmt;

/// A size that a server told. Exchange and others estimate it, POP3 servers miscount it: good for a
/// progress bar, never for a buffer or a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SizeHint(u64);

impl SizeHint {
    /// A number of bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The server's number, in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SizeHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
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

    /// These flags and `\Answered`.
    #[must_use]
    pub fn with_answered(mut self) -> Self {
        self.answered = true;
        self
    }

    /// These flags and a keyword, such as `$Forwarded`.
    #[must_use]
    pub fn with_keyword(mut self, keyword: impl Into<String>) -> Self {
        self.keywords.push(keyword.into());
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
    /// Midnight of a day, UTC. `None` if there is no such day; years are 1 to 9999.
    #[must_use]
    pub fn day(year: u16, month: u8, day: u8) -> Option<Self> {
        // The calendar of the protocol crate knows the lengths of months.
        imap_proto_lite::date::Date::new(year, month, day)?;
        Some(Self { year, month, day, hour: 0, minute: 0, second: 0, offset_minutes: 0 })
    }

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
    use super::{DateTime, Flags};

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
