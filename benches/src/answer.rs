//! The values that a parser understood, reduced so that two parsers can be compared: they did the
//! same work only if every field that both claim to understand has the same values in the same
//! order.
//!
//! Values are compared unescaped and typed. Where peers differ in form and not in meaning, the
//! canonical form is: media types, transfer encodings, flags and capabilities in lower case; dates
//! as seconds since 1970 and the offset; an absent optional field as NIL.

use std::fmt;

/// A group of values that a parser may or may not understand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Field {
    /// Numbers of EXISTS, EXPUNGE, RECENT, and sequence numbers.
    Number,
    /// UID
    Uid,
    /// FLAGS
    Flags,
    /// INTERNALDATE
    Date,
    /// RFC822.SIZE
    Size,
    /// ENVELOPE
    Envelope,
    /// BODYSTRUCTURE, with the envelopes in it.
    Structure,
    /// Bytes of messages.
    Body,
    /// Mailbox names and delimiters.
    Mailbox,
    /// Attributes of mailbox names.
    Attribute,
    /// SEARCH
    Search,
    /// ESEARCH
    Esearch,
    /// STATUS
    Status,
    /// CAPABILITY
    Capability,
    /// LIST and UIDL of POP3.
    Listing,
}

impl Field {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Number,
        Self::Uid,
        Self::Flags,
        Self::Date,
        Self::Size,
        Self::Envelope,
        Self::Structure,
        Self::Body,
        Self::Mailbox,
        Self::Attribute,
        Self::Search,
        Self::Esearch,
        Self::Status,
        Self::Capability,
        Self::Listing,
    ];
}

/// The number of values of a field, and a digest of them in their order.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tally {
    values: u64,
    digest: u64,
}

/// All values that were understood of a load.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    tallies: [Tally; Field::ALL.len()],
}

impl Default for Answer {
    fn default() -> Self {
        Self { tallies: [Tally { values: 0, digest: 0xcbf2_9ce4_8422_2325 }; Field::ALL.len()] }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = Field::ALL.iter().zip(&self.tallies).filter(|(_, tally)| tally.values > 0);
        f.debug_map()
            .entries(seen.map(|(field, tally)| (field, (tally.values, tally.digest))))
            .finish()
    }
}

/// Strings that may be NIL, and addresses, in the common form of all parsers.
pub type AddressStrings<'a> = [Option<&'a [u8]>; 4];

impl Answer {
    fn tally(&mut self, field: Field) -> Option<&mut Tally> {
        self.tallies.get_mut(field as usize)
    }

    fn mix(&mut self, field: Field, octets: impl IntoIterator<Item = u8>) {
        if let Some(tally) = self.tally(field) {
            for octet in octets {
                tally.digest =
                    (tally.digest ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }

    fn finish(&mut self, field: Field, mark: u8) {
        self.mix(field, [0xff, mark]);
        if let Some(tally) = self.tally(field) {
            tally.values += 1;
        }
    }

    /// The number of values of a field.
    #[must_use]
    pub fn values(&self, field: Field) -> u64 {
        self.tallies.get(field as usize).map_or(0, |tally| tally.values)
    }

    /// A number.
    pub fn number(&mut self, field: Field, number: u64) {
        self.mix(field, number.to_le_bytes());
        self.finish(field, 0);
    }

    /// A string.
    pub fn octets(&mut self, field: Field, octets: &[u8]) {
        self.mix(field, octets.iter().copied());
        self.finish(field, 1);
    }

    /// Part of a string that is finished with [`octets`](Self::octets).
    pub fn part(&mut self, field: Field, octets: &[u8]) {
        self.mix(field, octets.iter().copied());
    }

    /// A string without case.
    pub fn word(&mut self, field: Field, octets: &[u8]) {
        self.mix(field, octets.iter().map(u8::to_ascii_lowercase));
        self.finish(field, 1);
    }

    /// A string or NIL.
    pub fn nullable(&mut self, field: Field, octets: Option<&[u8]>) {
        match octets {
            Some(octets) => self.octets(field, octets),
            None => self.finish(field, 2),
        }
    }

    /// A date.
    pub fn date(&mut self, seconds: i64, offset_minutes: i64) {
        self.mix(Field::Date, seconds.to_le_bytes());
        self.mix(Field::Date, offset_minutes.to_le_bytes());
        self.finish(Field::Date, 3);
    }

    /// The addresses of one header field.
    pub fn addresses<'a>(
        &mut self,
        field: Field,
        addresses: impl IntoIterator<Item = AddressStrings<'a>>,
    ) {
        let mut count = 0;
        for address in addresses {
            count += 1;
            for string in address {
                self.nullable(field, string);
            }
        }
        self.number(field, count);
    }

    /// Names and values.
    pub fn pairs<'a>(&mut self, pairs: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) {
        let mut count = 0;
        for (name, value) in pairs {
            count += 1;
            self.octets(Field::Structure, name);
            self.octets(Field::Structure, value);
        }
        self.number(Field::Structure, count);
    }

    /// The fields in which `self` and `other` differ, of those given.
    #[must_use]
    pub fn differences(&self, other: &Self, fields: &[Field]) -> Vec<Field> {
        let same =
            |field: &Field| self.tallies.get(*field as usize) == other.tallies.get(*field as usize);
        fields.iter().copied().filter(|field| !same(field)).collect()
    }
}

/// Removes backslashes for parsers that leave them in quoted strings.
#[must_use]
pub fn unescaped(octets: &[u8]) -> Vec<u8> {
    let mut octets = octets.iter().copied();
    let mut value = Vec::new();
    while let Some(octet) = octets.next() {
        value.push(if octet == b'\\' { octets.next().unwrap_or(octet) } else { octet });
    }
    value
}
