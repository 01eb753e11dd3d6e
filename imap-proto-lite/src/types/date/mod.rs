//! Dates: `date` and `date-time` of RFC 9051 section 9.

mod fast;

use core::fmt;

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{take, take_while_m_n},
    character::complete::{char, u16},
    combinator::{all_consuming, map, map_opt, map_parser, map_res, opt, value, verify},
    sequence::{preceded, terminated},
};

use crate::wire::{IString, Parsed};

const MONTHS: [[u8; 3]; 12] = [
    *b"Jan", *b"Feb", *b"Mar", *b"Apr", *b"May", *b"Jun", *b"Jul", *b"Aug", *b"Sep", *b"Oct",
    *b"Nov", *b"Dec",
];

/// A calendar day, for SEARCH.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// This day; `None` if there is no such day or it is outside the years 1 to 9999.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        if year == 0 || year > 9999 || day == 0 || day > days_in(year, month) {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Days since 1970-01-01.
    pub const fn days_since_epoch(self) -> i64 {
        // Count years from March, so that the leap day is the last of its year.
        let month = self.month as i64;
        let year = self.year as i64 - (month <= 2) as i64;
        let day_of_year =
            (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + self.day as i64 - 1;
        let era = year / 400;
        let year_of_era = year % 400;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

/// `dd-Mon-yyyy`, the day without a leading zero.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:04}", self.day, month_name(self.month), self.year)
    }
}

fn month_name(month: u8) -> &'static str {
    let name = MONTHS.get(usize::from(month).wrapping_sub(1));
    name.and_then(|name| core::str::from_utf8(name).ok()).unwrap_or_default()
}

/// A date with its time and its zone, to the second.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DateTime {
    date: Date,
    hour: u8,
    minute: u8,
    second: u8,
    offset_minutes: i16,
}

impl DateTime {
    /// This moment; `None` if there is no such moment. Second 60 is a leap second. The offset is
    /// that of the zone from UTC, at most 99 hours and 59 minutes.
    #[must_use]
    pub const fn new(
        date: Date,
        hour: u8,
        minute: u8,
        second: u8,
        offset_minutes: i16,
    ) -> Option<Self> {
        if hour > 23 || minute > 59 || second > 60 || offset_minutes.unsigned_abs() > 99 * 60 + 59 {
            return None;
        }
        Some(Self { date, hour, minute, second, offset_minutes })
    }

    /// The day in the zone of this value.
    pub const fn date(self) -> Date {
        self.date
    }

    /// Hour, minute and second in the zone of this value.
    pub const fn time(self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }

    /// Minutes that the zone is ahead of UTC.
    pub const fn offset_minutes(self) -> i16 {
        self.offset_minutes
    }

    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub const fn unix_timestamp(self) -> i64 {
        self.date.days_since_epoch() * 86_400
            + self.hour as i64 * 3_600
            + self.minute as i64 * 60
            + self.second as i64
            - self.offset_minutes as i64 * 60
    }

    /// The moment this many seconds after 1970-01-01 00:00:00 UTC, in UTC; `None` outside the years
    /// 1 to 9999.
    #[must_use]
    pub fn from_unix_timestamp(seconds: i64) -> Option<Self> {
        let days = seconds.div_euclid(86_400) + 719_468;
        let second = seconds.rem_euclid(86_400);
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let two = |value: i64| u8::try_from(value).ok();
        let date = Date::new(u16::try_from(year).ok()?, two(month)?, two(day)?)?;
        Self::new(date, two(second / 3_600)?, two(second / 60 % 60)?, two(second % 60)?, 0)
    }

    /// Reads the text between the quotes of a `date-time`; a day of one digit may lack its space.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        fast::date_time(text)
            .or_else(|| all_consuming(date_time).parse(text).ok().map(|(_, date)| date))
    }
}

/// `dd-Mon-yyyy hh:mm:ss +zzzz`, the day padded with a blank.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day } = self.date;
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let offset = self.offset_minutes.unsigned_abs();
        write!(
            f,
            "{day:2}-{}-{year:04} {:02}:{:02}:{:02} ",
            month_name(month),
            self.hour,
            self.minute,
            self.second
        )?;
        write!(f, "{sign}{:02}{:02}", offset / 60, offset % 60)
    }
}

/// ```abnf
/// date-time       = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
/// ```
/// Without the quotes.
fn date_time(input: &[u8]) -> Parsed<'_, DateTime> {
    map_opt(
        (preceded(opt(char(' ')), date_text), preceded(char(' '), time), preceded(char(' '), zone)),
        |(date, [hour, minute, second], zone)| DateTime::new(date, hour, minute, second, zone),
    )
    .parse(input)
}

/// ```abnf
/// date-text       = date-day "-" date-month "-" date-year
/// ```
pub(crate) fn date_text(input: &[u8]) -> Parsed<'_, Date> {
    map_opt(
        (digits(1, 2), preceded(char('-'), date_month), preceded(char('-'), digits(4, 4))),
        |(day, month, year)| Date::new(year, month, day),
    )
    .parse(input)
}

/// ```abnf
/// date-month      = "Jan" / "Feb" / "Mar" / "Apr" / "May" / "Jun" / "Jul" / "Aug" / "Sep" /
///                   "Oct" / "Nov" / "Dec"
/// ```
fn date_month(input: &[u8]) -> Parsed<'_, u8> {
    map_opt(take(3_usize), |name: &[u8]| {
        let mut months = (1..).zip(&MONTHS);
        Some(months.find(|(_, month)| name.eq_ignore_ascii_case(*month))?.0)
    })
    .parse(input)
}

/// ```abnf
/// time            = 2DIGIT ":" 2DIGIT ":" 2DIGIT
/// ```
fn time(input: &[u8]) -> Parsed<'_, [u8; 3]> {
    let colon = || terminated(digits(2, 2), char(':'));
    map((colon(), colon(), digits(2, 2)), |(hour, minute, second)| [hour, minute, second])
        .parse(input)
}

/// ```abnf
/// zone            = ("+" / "-") 4DIGIT
/// ```
/// In minutes.
fn zone(input: &[u8]) -> Parsed<'_, i16> {
    let sign = alt((value(1, char('+')), value(-1, char('-'))));
    let offset = verify(digits::<i16>(4, 4), |zone| zone % 100 < 60);
    map((sign, offset), |(sign, zone)| sign * (zone / 100 * 60 + zone % 100)).parse(input)
}

/// The number in `least` to `most` digits.
fn digits<N: TryFrom<u16>>(least: usize, most: usize) -> impl FnMut(&[u8]) -> Parsed<'_, N> {
    move |input| {
        let digits = take_while_m_n(least, most, |octet: u8| octet.is_ascii_digit());
        map_res(map_parser(digits, u16), N::try_from).parse(input)
    }
}

/// INTERNALDATE or SAVEDATE of a message: the bytes of the server, and the date if they are one.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ServerDate<'a>(IString<'a>);

impl<'a> ServerDate<'a> {
    /// A date to be sent.
    #[must_use]
    pub fn new(date: DateTime) -> Self {
        use alloc::string::ToString as _;
        Self(IString::from(date.to_string()))
    }

    pub(crate) const fn received(text: IString<'a>) -> Self {
        Self(text)
    }

    /// The text between the quotes.
    pub const fn raw(&self) -> &IString<'a> {
        &self.0
    }

    /// The date; `None` if the server sent something else.
    pub fn date_time(&self) -> Option<DateTime> {
        DateTime::parse(&self.0.to_cow())
    }
}

impl fmt::Debug for ServerDate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn dates_of_the_rfc_and_of_servers() {
        let date = DateTime::parse(b"17-Jul-1996 02:44:25 -0700").unwrap();
        assert_eq!(date.unix_timestamp(), 837_596_665);
        assert_eq!(date.to_string(), "17-Jul-1996 02:44:25 -0700");
        assert_eq!(
            DateTime::parse(b" 7-Jul-1996 02:44:25 -0700"),
            DateTime::parse(b"7-jul-1996 02:44:25 -0700")
        );
        assert_eq!(
            DateTime::parse(b"07-Jul-1996 02:44:25 +0000").unwrap().to_string(),
            " 7-Jul-1996 02:44:25 +0000"
        );
    }

    #[test]
    fn no_date_is_no_date() {
        for bad in [
            "",
            "31-Feb-2020 00:00:00 +0000",
            "1-Foo-2020 00:00:00 +0000",
            "1-Jan-2020 24:00:00 +0000",
            "1-Jan-2020 00:00:00",
            "1-Jan-2020 00:00:00 +0060",
            "1-Jan-2020 00:00:00 +0000x",
            "1-Jan-20 00:00:00 +0000",
        ] {
            assert_eq!(DateTime::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn seconds_and_dates_agree() {
        for seconds in [0, 86_399, 951_782_400, -1, 253_402_300_799, -62_135_596_800, 1_709_164_800]
        {
            let date = DateTime::from_unix_timestamp(seconds).unwrap();
            assert_eq!(date.unix_timestamp(), seconds);
            assert_eq!(DateTime::parse(date.to_string().as_bytes()), Some(date));
        }
        assert_eq!(DateTime::from_unix_timestamp(253_402_300_800), None);
    }
}
