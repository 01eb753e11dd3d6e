//! [`DateTime`], and the `Date` of a message (RFC 5322 section 3.3, with the obsolete forms of
//! section 4.3).

use std::{
    cmp::Ordering,
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::{
    Timestamp, civil,
    fmt::{rfc2822, temporal::Pieces},
    tz::Offset,
};

use crate::message::address::without_comments;

/// A point in time with an offset from UTC. Ordered by time, and where that is equal, by offset.
///
/// ```
/// use std::time::SystemTime;
///
/// let date: mailclient::DateTime = "2026-11-24T18:54:18+01:00".parse()?;
/// let same = mailclient::DateTime::day(2026, 11, 24).and_then(|day| day.at(17, 54, 18)).unwrap();
/// assert_eq!(date.unix_seconds(), same.unix_seconds());
/// assert_eq!(SystemTime::from(date), SystemTime::from(same));
/// assert_eq!(date.to_string(), "2026-11-24T18:54:18+01:00");
/// # Ok::<(), mailclient::NotADateTime>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DateTime {
    /// Year, 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59. A leap second is the second before it.
    pub second: u8,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

impl DateTime {
    /// Midnight of a day, UTC. `None` if there is no such day; years are 1 to 9999.
    #[must_use]
    pub fn day(year: u16, month: u8, day: u8) -> Option<Self> {
        let date =
            civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
        Self::from_civil(date.ok()?.into(), Offset::UTC)
    }

    /// This day at a time, in the offset that it has. `None` if there is no such time.
    #[must_use]
    pub fn at(self, hour: u8, minute: u8, second: u8) -> Option<Self> {
        let is_time = hour < 24 && minute < 60 && second < 60;
        is_time.then_some(Self { hour, minute, second, ..self })
    }

    /// This date and time, in an offset of so many minutes east of UTC: another point in time.
    /// `None` unless it is less than a day.
    #[must_use]
    pub fn with_offset(self, minutes: i16) -> Option<Self> {
        (minutes.unsigned_abs() < 24 * 60).then_some(Self { offset_minutes: minutes, ..self })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        let seconds =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        let year = i16::try_from(self.year).unwrap_or(i16::MAX);
        // The fields are public: a day that does not exist counts from the nearest one before it.
        let date = (0..=3).find_map(|less| {
            let month = i8::try_from(self.month).ok()?;
            civil::Date::new(year, month, i8::try_from(self.day).ok()?.checked_sub(less)?).ok()
        });
        let midnight = date.and_then(|date| Offset::UTC.to_timestamp(date.into()).ok());
        midnight.map_or(0, Timestamp::as_second) + seconds - i64::from(self.offset_minutes) * 60
    }

    /// Reads the body of a `Date` field. `None` if it names no point in time.
    pub(super) fn from_field(value: &[u8]) -> Option<Self> {
        // No date is longer, but its comments may be.
        let value = without_comments(value.get(..1000).unwrap_or(value));
        let text = String::from_utf8_lossy(&value);
        let zoned = rfc2822::DateTimeParser::new()
            .relaxed_weekday(true)
            .parse_zoned(rfc5322(&text)?)
            .ok()?;
        Self::from_civil(zoned.datetime(), zoned.offset())
    }

    fn from_civil(date: civil::DateTime, offset: Offset) -> Option<Self> {
        let value = Self {
            year: date.year().try_into().ok().filter(|year| *year > 0)?,
            month: date.month().try_into().ok()?,
            day: date.day().try_into().ok()?,
            hour: date.hour().try_into().ok()?,
            minute: date.minute().try_into().ok()?,
            second: date.second().try_into().ok()?,
            offset_minutes: 0,
        };
        value.with_offset((offset.seconds() / 60).try_into().ok()?)
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |date: &Self| {
            let Self { year, month, day, hour, minute, second, offset_minutes } = *date;
            (date.unix_seconds(), offset_minutes, year, month, day, hour, minute, second)
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
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

/// The text is no date and time in the form of RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time in the form 2026-11-24T18:54:18+01:00")]
#[non_exhaustive]
pub struct NotADateTime;

impl FromStr for DateTime {
    type Err = NotADateTime;

    /// Reads the RFC 3339 form. Fractions of a second are cut off.
    ///
    /// # Errors
    /// [`NotADateTime`], also for a date without a time or an offset.
    fn from_str(text: &str) -> Result<Self, NotADateTime> {
        let pieces = Pieces::parse(text).map_err(|_| NotADateTime)?;
        let (Some(time), Some(offset), None) =
            (pieces.time(), pieces.to_numeric_offset(), pieces.time_zone_annotation())
        else {
            return Err(NotADateTime);
        };
        Self::from_civil(pieces.date().to_datetime(time), offset).ok_or(NotADateTime)
    }
}

impl From<DateTime> for SystemTime {
    fn from(date: DateTime) -> Self {
        let seconds = date.unix_seconds();
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let time = if seconds < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

impl From<SystemTime> for DateTime {
    /// In UTC, to the second; the nearest one with a year of 1 to 9999.
    fn from(time: SystemTime) -> Self {
        let last = Self {
            year: 9999,
            month: 12,
            day: 31,
            hour: 23,
            minute: 59,
            second: 59,
            offset_minutes: 0,
        };
        let first =
            Self { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, offset_minutes: 0 };
        let clamped = if time < UNIX_EPOCH { first } else { last };
        let date = Timestamp::try_from(time).ok().map(|time| Offset::UTC.to_datetime(time));
        date.and_then(|date| Self::from_civil(date, Offset::UTC)).unwrap_or(clamped)
    }
}

/// A date in the form of RFC 5322 that the library reads, made of the forms that mail has: without
/// the weekday, the month before the day, dashes between them, dots in the time, a zone in lower
/// case, unknown, or missing.
fn rfc5322(text: &str) -> Option<String> {
    let mut day = None;
    let mut month: Option<&str> = None;
    let mut year = None;
    let mut time = String::new();
    let mut zone = String::new();
    // `09 : 55 : 06` is one time.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace(" :", ":").replace(": ", ":");
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        if year.is_none()
            && let Some((one, rest)) = word.split_once('-')
            && !one.is_empty()
        {
            let (two, three) = rest.split_once('-')?;
            (day, month, year) = (Some(one), Some(two), Some(three));
        } else if is_number && day.is_none() {
            day = Some(word);
        } else if is_number && year.is_none() {
            year = Some(word);
        } else if time.is_empty() && word.starts_with(|char: char| char.is_ascii_digit()) {
            time = word.replace('.', ":");
        } else if month.is_none() && (day.is_some() || is_month(word)) {
            month = Some(word);
        } else if !time.is_empty() && zone.is_empty() {
            zone = self::zone(word);
        }
    }
    // A time of one part is no time; one of two has no seconds.
    time.contains(':').then_some(())?;
    let month = month?.get(..3)?;
    let zone = if zone.is_empty() { "-0000" } else { &zone };
    Some(format!("{} {month} {} {} {zone}", day?, year?, padded(&time)))
}

fn is_month(word: &str) -> bool {
    const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
    word.get(..3).is_some_and(|three| MONTHS.contains(&three.to_ascii_lowercase()))
}

/// A time whose numbers have two digits, without a fraction.
fn padded(time: &str) -> String {
    let parts: Vec<String> = time.split(':').take(3).map(|part| format!("{part:0>2}")).collect();
    parts.join(":")
}

/// A zone as the library knows it: signed and with four digits, or a name in capitals. What RFC
/// 5322 does not name is of unknown offset, which is `-0000` (section 4.3).
fn zone(word: &str) -> String {
    let upper = word.to_ascii_uppercase();
    let signed = upper.find(['+', '-']).and_then(|at| upper.get(at..));
    if let Some((sign, digits)) = signed.and_then(|signed| signed.split_at_checked(1)) {
        let digits: String = digits.chars().filter(|char| *char != ':').collect();
        // `+2` is an offset of hours.
        let digits = if digits.len() < 3 { format!("{digits:0>2}00") } else { digits };
        return format!("{sign}{digits:0>4}");
    }
    match upper.as_str() {
        "EST" | "EDT" | "CST" | "CDT" | "MST" | "MDT" | "PST" | "PDT" => upper,
        _ => "-0000".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> String {
        DateTime::from_field(value.as_bytes()).map_or_else(String::new, |date| date.to_string())
    }

    #[test]
    fn dates_of_fields_are_read() {
        let rows = [
            ("Tue, 24 Nov 2026 01:02:03 -0130", "2026-11-24T01:02:03-01:30"),
            ("24 Nov 2026 01:02:03 +0000", "2026-11-24T01:02:03+00:00"),
            ("Tue, 25 Apr 2023 15:09:57 Z", "2023-04-25T15:09:57+00:00"),
            ("Tue, 25 Apr 2023 15:09:57 UT", "2023-04-25T15:09:57+00:00"),
            ("Tue, 25 Apr 2023 15:09:57 GMT", "2023-04-25T15:09:57+00:00"),
            ("Tue, 25 Apr 2023 15:09:57 est", "2023-04-25T15:09:57-05:00"),
            ("tue, 25 APR 2023 15:09:57 Pdt", "2023-04-25T15:09:57-07:00"),
            ("Sun, 7 Jun 1992 14:02 CDT", "1992-06-07T14:02:00-05:00"),
            ("Sun, 7 Jun 1992 14:02 +0200", "1992-06-07T14:02:00+02:00"),
            ("7 Jun 92 14:02 +0200", "1992-06-07T14:02:00+02:00"),
            ("7 Jun 26 14:02:09 A", "2026-06-07T14:02:09+00:00"),
            ("7 Jun 126 14:02:09 +0000", "2026-06-07T14:02:09+00:00"),
            // Zones that no RFC names, and none.
            ("7 Jun 2026 14:02:09 CEST", "2026-06-07T14:02:09+00:00"),
            ("7 Jun 2026 14:02:09", "2026-06-07T14:02:09+00:00"),
            ("7 Jun 2026 14:02:09 -0000", "2026-06-07T14:02:09+00:00"),
            ("7 Jun 2026 14:02:09 GMT+02:00", "2026-06-07T14:02:09+02:00"),
            ("7 Jun 2026 14:02:09 +2", "2026-06-07T14:02:09+02:00"),
            ("7 Jun 2026 14:02:09 -330 (x)", "2026-06-07T14:02:09-03:30"),
            // Comments and white space.
            ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21T09:55:06-06:00"),
            ("Tue,\r\n 24 Nov (a (b)) 2026\r\n 01:02:03 +0100 (CET)", "2026-11-24T01:02:03+01:00"),
            ("24 Nov 2026 01:02:03 +0100 (CET", "2026-11-24T01:02:03+01:00"),
            // Other forms.
            ("Tue Nov 24 01:02:03 2026", "2026-11-24T01:02:03+00:00"),
            ("Tue Nov 24 01:02:03 EST 2026", "2026-11-24T01:02:03-05:00"),
            ("Tue, Nov 24 2026 1:02:03 +0100", "2026-11-24T01:02:03+01:00"),
            ("24-Nov-2026 01:02:03 +0100", "2026-11-24T01:02:03+01:00"),
            ("Tue, 25 Apr 1995 15.09.57 +0200", "1995-04-25T15:09:57+02:00"),
            ("Mon, 24 November 2026 01:02:03 +0100", "2026-11-24T01:02:03+01:00"),
            ("Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59+00:00"),
            ("24 Nov 2026 01:02:03.123 +0100", "2026-11-24T01:02:03+01:00"),
            // No such time.
            ("Tue, 99 Apr 2023 25:99:99 +0200", ""),
            ("31 Feb 2026 01:02:03 +0100", ""),
            ("24 Nov 2026 24:00:00 +0100", ""),
            ("24 Nov 2026 23:60:00 +0100", ""),
            ("24 Nov 2026 23:00:00 +9900", ""),
            ("24 Nov 2026 23:00:00 +01x0", ""),
            ("24 Nov 2026", ""),
            ("24 Nov 99999 01:02:03 +0100", ""),
            ("yesterday", ""),
            ("1-2", ""),
            ("\u{e4}\u{f6}\u{fc} 24 \u{20ac}\u{20ac} 2026 01:02", ""),
            ("", ""),
        ];
        for (value, expected) in rows {
            assert_eq!(read(value), expected, "{value}");
        }
    }

    #[test]
    fn parts_are_checked_and_times_ordered() {
        let day = DateTime::day(2026, 11, 24).unwrap();
        assert_eq!(day.unix_seconds(), 1_795_478_400);
        assert_eq!(DateTime::day(1970, 1, 1).unwrap().unix_seconds(), 0);
        assert_eq!(DateTime::day(2000, 2, 29).unwrap().unix_seconds(), 951_782_400);
        for (year, month, day) in
            [(0, 1, 1), (10_000, 1, 1), (2026, 13, 1), (2026, 2, 29), (2026, 1, 0)]
        {
            assert_eq!(DateTime::day(year, month, day), None);
        }
        for (hour, minute, second) in [(24, 0, 0), (0, 60, 0), (0, 0, 60)] {
            assert_eq!(day.at(hour, minute, second), None);
        }
        assert_eq!((day.with_offset(1440), day.with_offset(i16::MIN)), (None, None));
        let noon = day.at(12, 0, 0).unwrap();
        let east = day.at(13, 0, 0).and_then(|date| date.with_offset(60)).unwrap();
        assert_eq!((noon.unix_seconds(), noon == east), (east.unix_seconds(), false));
        assert!(day < noon && noon < east && east < day.at(12, 0, 1).unwrap());
        // The fields are public.
        let odd = DateTime { month: 2, day: 31, ..noon };
        assert_eq!(odd.unix_seconds(), DateTime { month: 2, day: 28, ..noon }.unix_seconds());
        assert_eq!(DateTime { month: 77, ..day }.unix_seconds(), 0);
    }

    #[test]
    fn other_forms_of_time_are_converted() {
        for text in
            ["2026-11-24T18:54:18+01:00", "0001-01-01T00:00:00-23:59", "9999-12-31T23:59:59+00:00"]
        {
            assert_eq!(text.parse::<DateTime>().unwrap().to_string(), text);
        }
        let parsed: DateTime = "2026-11-24t18:54:18.25z".parse().unwrap();
        assert_eq!(parsed.to_string(), "2026-11-24T18:54:18+00:00");
        for text in [
            "",
            "2026-11-24",
            "2026-11-24T18:54:18",
            "2026-02-30T18:54:18Z",
            "-000001-01-01T00:00:00Z",
        ] {
            assert_eq!(text.parse::<DateTime>(), Err(NotADateTime), "{text}");
        }
        for text in ["2026-11-24T18:54:18+01:00", "1960-02-29T01:02:03-05:00"] {
            let date: DateTime = text.parse().unwrap();
            let back = DateTime::from(SystemTime::from(date));
            assert_eq!((back.unix_seconds(), back.offset_minutes), (date.unix_seconds(), 0));
        }
        let far = UNIX_EPOCH.checked_add(Duration::from_secs(1 << 40)).unwrap();
        assert_eq!(DateTime::from(far).to_string(), "9999-12-31T23:59:59+00:00");
    }
}
