//! Rights on a folder ([RFC 4314](https://www.rfc-editor.org/rfc/rfc4314)).

use std::collections::BTreeMap;

/// Every right, in the order of the RFC: lookup, read, keep seen, write flags, insert, post,
/// create, delete folder, delete messages, expunge, administer.
pub(super) const ALL: &str = "lrswipkxtea";

/// The rights that an owner cannot lose: to see the folder, and to change its rights.
pub(super) const OWNER: &str = "la";

/// The rights of everybody on one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rights {
    pub(super) owner: String,
    granted: BTreeMap<String, String>,
}

/// Why rights were not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unset {
    /// A letter is no right, or a capital.
    NoRight,
    /// The folder has rights for as many identifiers as it may.
    Full,
}

impl Rights {
    /// All rights for the owner.
    pub(super) fn of_owner(owner: &str) -> Self {
        let granted = BTreeMap::from([(owner.to_owned(), ALL.to_owned())]);
        Self { owner: owner.to_owned(), granted }
    }

    /// The identifiers with their rights.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.granted.iter().map(|(identifier, rights)| (identifier.as_str(), rights.as_str()))
    }

    /// What a user may do: the rights of the user and of `anyone`, without those that an identifier
    /// with `-` takes away.
    pub(super) fn granted(&self, user: &str) -> String {
        let has = |identifier: &str, right: char| {
            self.granted.get(identifier).is_some_and(|rights| rights.contains(right))
        };
        let granted = |right: &char| {
            (self.owner == user && OWNER.contains(*right))
                || (has(user, *right) || has("anyone", *right))
                    && !has(&format!("-{user}"), *right)
                    && !has("-anyone", *right)
        };
        ALL.chars().filter(granted).collect()
    }

    /// SETACL: `rights` replaces the rights of the identifier, after `+` adds to them, after `-`
    /// takes away from them. `c` and `d` of RFC 2086 mean `kx` and `te`. At most `limit`
    /// identifiers have rights.
    pub(super) fn set(
        &mut self,
        identifier: &str,
        rights: &str,
        limit: usize,
    ) -> Result<(), Unset> {
        let (sign, letters) = match rights.strip_prefix(['+', '-']) {
            Some(letters) => (rights.get(..1), letters),
            None => (None, rights),
        };
        let named = letters.replace('c', "kx").replace('d', "te");
        if !named.chars().all(|letter| ALL.contains(letter)) {
            return Err(Unset::NoRight);
        }
        let before = self.granted.get(identifier).map(String::as_str).unwrap_or_default();
        let keeps = |right: &char| match sign {
            Some("+") => before.contains(*right) || named.contains(*right),
            Some(_) => before.contains(*right) && !named.contains(*right),
            None => named.contains(*right),
        };
        let after: String = ALL.chars().filter(keeps).collect();
        if after.is_empty() {
            self.granted.remove(identifier);
        } else {
            if self.granted.len() >= limit && !self.granted.contains_key(identifier) {
                return Err(Unset::Full);
            }
            self.granted.insert(identifier.to_owned(), after);
        }
        Ok(())
    }

    /// DELETEACL
    pub(super) fn remove(&mut self, identifier: &str) {
        self.granted.remove(identifier);
    }
}

/// The obsolete rights of RFC 2086 after those of RFC 4314, as section 2.1.1 asks of GETACL and
/// MYRIGHTS: `c` if a folder can be made or deleted, `d` if messages can be deleted or expunged.
pub(super) fn with_obsolete(rights: &str) -> String {
    let mut shown = rights.to_owned();
    if rights.contains(['k', 'x']) {
        shown.push('c');
    }
    if rights.contains(['t', 'e']) {
        shown.push('d');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_set_added_and_taken_away() {
        let mut rights = Rights::of_owner("alice");
        assert_eq!(rights.granted("alice"), ALL);
        assert_eq!(rights.granted("bob"), "");
        for (identifier, change, of, expected) in [
            ("bob", "lr", "bob", "lr"),
            ("bob", "+sw", "bob", "lrsw"),
            ("bob", "-r", "bob", "lsw"),
            ("bob", "cd", "bob", "kxte"),
            ("anyone", "l", "carol", "l"),
            ("-carol", "l", "carol", ""),
            ("alice", "-a", "alice", ALL),
            ("alice", "-w", "alice", "lrsipkxtea"),
        ] {
            rights.set(identifier, change, 5).unwrap();
            assert_eq!(rights.granted(of), expected, "{identifier} {change}");
        }
        for change in ["L", "lrZ", "+!", "++l"] {
            assert_eq!(rights.set("bob", change, 5), Err(Unset::NoRight), "{change}");
        }
        // There are four identifiers.
        assert_eq!(rights.set("eve", "l", 4), Err(Unset::Full));
        rights.set("bob", "lr", 4).unwrap();
        rights.set("bob", "", 4).unwrap();
        rights.remove("-carol");
        assert_eq!(rights.entries().map(|(name, _)| name).collect::<Vec<_>>(), ["alice", "anyone"]);
        assert_eq!(with_obsolete("lrk"), "lrkc");
        assert_eq!(with_obsolete(ALL), "lrswipkxteacd");
    }
}
