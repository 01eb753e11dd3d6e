//! [`Flags`], and how they change.

use std::{convert::Infallible, fmt, str::FromStr};

/// The system flags of a message (RFC 9051 section 2.3.2), and keywords.
///
/// The text is that of the protocol, with a space between two: `\Seen $Forwarded`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
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

/// One flag a text, as the protocol spells it. What is no system flag is a keyword.
impl<'f> FromIterator<&'f str> for Flags {
    fn from_iter<I: IntoIterator<Item = &'f str>>(names: I) -> Self {
        let mut flags = Self::new();
        for name in names {
            match name.to_ascii_lowercase().as_str() {
                "\\seen" => flags.seen = true,
                "\\answered" => flags.answered = true,
                "\\flagged" => flags.flagged = true,
                "\\deleted" => flags.deleted = true,
                "\\draft" => flags.draft = true,
                _ => flags.keywords.push(name.to_owned()),
            }
        }
        flags
    }
}

impl FromStr for Flags {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.split_ascii_whitespace().collect())
    }
}

/// Which flags a folder keeps (PERMANENTFLAGS, RFC 9051 section 7.1). Others are lost at the end of
/// the session at the latest.
///
/// ```
/// use mailclient::{Flags, PermanentFlags};
///
/// let exchange = PermanentFlags::new(Flags::new().with_seen().with_draft());
/// let wanted = Flags::new().with_seen().with_keyword("$Later");
/// assert_eq!(exchange.lost(&wanted), Flags::new().with_keyword("$Later"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PermanentFlags {
    /// Those that are kept.
    pub flags: Flags,
    /// Other keywords are kept too, up to a limit of the server (`\*`).
    pub new_keywords: bool,
}

impl PermanentFlags {
    /// These flags, and no other keywords.
    #[must_use]
    pub const fn new(flags: Flags) -> Self {
        Self { flags, new_keywords: false }
    }

    /// And every keyword.
    #[must_use]
    pub const fn with_new_keywords(mut self) -> Self {
        self.new_keywords = true;
        self
    }

    /// Those of these flags that are not kept. Keywords are compared without case (RFC 9051 section
    /// 2.3.2).
    #[must_use]
    pub fn lost(&self, flags: &Flags) -> Flags {
        let is_known = |keyword: &String| {
            self.flags.keywords.iter().any(|known| known.eq_ignore_ascii_case(keyword))
        };
        let lost = |keyword: &&String| !self.new_keywords && !is_known(keyword);
        Flags {
            seen: flags.seen && !self.flags.seen,
            answered: flags.answered && !self.flags.answered,
            flagged: flags.flagged && !self.flags.flagged,
            deleted: flags.deleted && !self.flags.deleted,
            draft: flags.draft && !self.flags.draft,
            keywords: flags.keywords.iter().filter(lost).cloned().collect(),
        }
    }
}

/// How [`Mailbox::set_flags`](crate::Mailbox::set_flags) combines flags with the present ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlagChange {
    /// Set these, leave the others.
    Add,
    /// Clear these, leave the others.
    Remove,
    /// Set these, clear the others.
    Replace,
}

#[cfg(test)]
mod tests {
    use super::{Flags, PermanentFlags};

    #[test]
    fn flags_read_as_on_the_wire() {
        let mut flags = Flags::new().with_seen().with_draft();
        flags.keywords.push("$Forwarded".into());
        assert_eq!(flags.to_string(), "\\Seen \\Draft $Forwarded");
        assert_eq!("\\seen  \\DRAFT $Forwarded".parse(), Ok(flags));
    }

    #[test]
    fn what_is_not_kept_is_lost() {
        let all = Flags { deleted: true, ..Flags::new() }.with_seen().with_answered();
        let all = all.with_flagged().with_draft().with_keyword("$mdnsent").with_keyword("$Later");
        let nothing = PermanentFlags::new(Flags::new());
        assert_eq!(nothing.lost(&all), all);
        assert_eq!(PermanentFlags::new(all.clone()).lost(&all), Flags::new());
        let some = PermanentFlags::new(Flags::new().with_seen().with_keyword("$MDNSent"));
        let lost = some.lost(&all);
        assert_eq!(lost.to_string(), "\\Answered \\Flagged \\Deleted \\Draft $Later");
        assert_eq!(some.with_new_keywords().lost(&all).keywords, [""; 0]);
    }
}
