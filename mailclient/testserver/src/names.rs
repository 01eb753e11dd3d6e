//! Folder names inside of the server, and as a session writes them.
//!
//! Inside, `/` separates the levels and INBOX is the only name with a rule. A persona may have
//! another delimiter, and a prefix before all names but INBOX.

use std::borrow::Cow;

use imap_proto_lite::MailboxName;

/// The separator between the levels of a folder name.
pub(super) const SEPARATOR: char = '/';

/// How a session writes names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'p> {
    pub(super) prefix: &'p str,
    pub(super) delimiter: char,
    /// Names are UTF-8, not modified UTF-7.
    pub(super) utf8: bool,
}

impl Names<'_> {
    /// The name inside; `None` for one without the prefix, which no folder has.
    pub(super) fn inner(&self, name: &MailboxName<'_>) -> Option<String> {
        self.inner_text(&name.decoded(self.utf8))
    }

    fn inner_text(&self, name: &str) -> Option<String> {
        if name.eq_ignore_ascii_case("INBOX") {
            return Some("INBOX".into());
        }
        let name = match name.get(..self.prefix.len()) {
            Some(start) if start.eq_ignore_ascii_case(self.prefix) => {
                name.get(self.prefix.len()..).unwrap_or_default()
            }
            _ => return None,
        };
        Some(self.swapped(name))
    }

    /// The name as text for people, with prefix and delimiter.
    pub(super) fn outer(&self, name: &str) -> String {
        if name == "INBOX" { name.into() } else { format!("{}{}", self.prefix, self.swapped(name)) }
    }

    /// The name for a response.
    pub(super) fn on_wire(&self, name: &str) -> MailboxName<'static> {
        let outer = self.outer(name);
        // A text that begins with U+FFFD stands for raw bytes, which `new` restores.
        let made = if self.utf8 && !outer.starts_with('\u{fffd}') {
            MailboxName::from_wire(outer.into_bytes())
        } else {
            MailboxName::new(outer)
        };
        // A name came from a client or the builder, whose lines hold neither CR nor LF.
        made.unwrap_or(MailboxName::INBOX)
    }

    /// Exchanges the delimiter with the inner one; the same for both directions.
    fn swapped(&self, name: &str) -> String {
        if self.delimiter == SEPARATOR {
            return name.into();
        }
        let swap = |letter| match letter {
            SEPARATOR => self.delimiter,
            letter if letter == self.delimiter => SEPARATOR,
            letter => letter,
        };
        name.chars().map(swap).collect()
    }
}

/// Normalises INBOX, which is case-insensitive, also as a parent.
pub(super) fn canonical(name: &str) -> Cow<'_, str> {
    match name.get(..5) {
        Some(head) if head.eq_ignore_ascii_case("INBOX") && head != "INBOX" => {
            match name.get(5..) {
                Some(rest) if rest.is_empty() || rest.starts_with(SEPARATOR) => {
                    format!("INBOX{rest}").into()
                }
                _ => name.into(),
            }
        }
        _ => name.into(),
    }
}

/// `list-mailbox`: whether a pattern covers a name. `*` matches anything, `%` anything within a
/// level.
pub(super) fn covers(pattern: &str, name: &str, delimiter: char) -> bool {
    // The positions in the pattern that fit the name read so far: linear in both for any pattern.
    let pattern: Vec<char> = pattern.chars().collect();
    let mut at = vec![false; pattern.len() + 1];
    let reach = |at: &mut Vec<bool>, from: usize| {
        let mut place = from;
        // A place that was reached has reached those after it.
        while let Some(state) = at.get_mut(place)
            && !*state
        {
            *state = true;
            match pattern.get(place) {
                Some('*' | '%') => place += 1,
                _ => break,
            }
        }
    };
    reach(&mut at, 0);
    for letter in name.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (place, sign) in pattern.iter().enumerate() {
            if !at.get(place).copied().unwrap_or_default() {
                continue;
            }
            match sign {
                '*' => reach(&mut next, place),
                '%' if letter != delimiter => reach(&mut next, place),
                '%' => {}
                sign if *sign == letter => reach(&mut next, place + 1),
                _ => {}
            }
        }
        at = next;
    }
    at.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persona_has_its_own_names() {
        let plain = Names { prefix: "", delimiter: '/', utf8: false };
        let courier = Names { prefix: "INBOX.", delimiter: '.', utf8: false };
        for (names, inner, outer) in [
            (plain, "INBOX", "INBOX"),
            (plain, "Projekte/Übersicht", "Projekte/Übersicht"),
            (courier, "INBOX", "INBOX"),
            (courier, "a/b", "INBOX.a.b"),
            (courier, "a.b", "INBOX.a/b"),
        ] {
            assert_eq!(names.outer(inner), outer);
            assert_eq!(names.inner_text(outer).as_deref(), Some(inner));
        }
        assert_eq!(courier.inner_text("inbox.a").as_deref(), Some("a"));
        assert_eq!(courier.inner_text("Archive"), None);
        assert_eq!(plain.inner_text("inbox").as_deref(), Some("INBOX"));
        let utf8 = Names { utf8: true, ..plain };
        assert_eq!(*plain.on_wire("Übersicht").raw(), *b"&ANw-bersicht");
        assert_eq!(*utf8.on_wire("Übersicht").raw(), *"Übersicht".as_bytes());
    }

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*", "Work/2026", true),
            ("%", "Work/2026", false),
            ("%", "Work", true),
            ("Work/%", "Work/2026", true),
            ("W*6", "Work/2026", true),
            ("%/%", "Work/2026", true),
            ("", "Work", false),
            ("", "", true),
            ("**%%", "x", true),
            ("work", "Work", false),
            ("a%b*c", "axxbx/xc", true),
            ("a%b*c", "ax/xbc", false),
            ("*a*a*a*a*a*a*a*b", &"a".repeat(2000), false),
        ] {
            assert_eq!(covers(pattern, name, '/'), expected, "{pattern} {name}");
        }
    }

    /// If each star looked at all stars after it, this would take minutes.
    #[test]
    fn a_pattern_of_stars_is_read_once_for_each_letter() {
        assert!(covers(&"*".repeat(100_000), &"a".repeat(1_000), '/'));
    }
}
