//! LIST with its extensions ([RFC 5258](https://www.rfc-editor.org/rfc/rfc5258),
//! [RFC 5819](https://www.rfc-editor.org/rfc/rfc5819),
//! [RFC 6154](https://www.rfc-editor.org/rfc/rfc6154)), and LSUB.

use std::collections::{BTreeMap, BTreeSet};

use imap_proto_lite::{
    Command, MailboxName, Response, SendError,
    command::{ListReturn, ListSelection},
    name_attribute::{NameAttribute, NameAttributes},
    response::{ListEntry, ResponseCode},
    server::{Connection, Responder},
    string::IString,
};

use super::{
    super::{
        names::{Names, SEPARATOR, covers},
        store::{Account, Listed},
    },
    dialect::Dialect,
    status::status,
};

/// Answers LIST and LSUB.
pub(super) fn answer(
    connection: &mut Connection,
    dialect: Dialect<'_>,
    account: &Account,
    command: &Command<'_>,
    responder: Responder,
) -> Result<(), SendError> {
    if pattern_bytes(command) > account.limits().folder_name {
        return responder.no(connection, Some(ResponseCode::Limit), "longer than any name");
    }
    match command {
        Command::List { reference, patterns, selection, returns } => {
            let patterns = (reference, &**patterns);
            list(connection, dialect, account, patterns, (*selection, returns), responder)
        }
        Command::Lsub { reference, pattern } => {
            lsub(connection, dialect.names, account, (reference, pattern), responder)
        }
        _ => responder.bad(connection, "not here"),
    }
}

/// Bytes of all that is compared with names: that takes as many steps for each letter of each name.
fn pattern_bytes(command: &Command<'_>) -> usize {
    let length = |name: &MailboxName<'_>| name.raw().len();
    match command {
        Command::List { reference, patterns, .. } => {
            patterns.iter().map(|pattern| length(reference) + length(pattern)).sum()
        }
        Command::Lsub { reference, pattern } => length(reference) + length(pattern),
        _ => 0,
    }
}

fn list(
    connection: &mut Connection,
    dialect: Dialect<'_>,
    account: &Account,
    (reference, patterns): (&MailboxName<'_>, &[MailboxName<'_>]),
    (selection, returns): (ListSelection, &ListReturn<'_>),
    mut responder: Responder,
) -> Result<(), SendError> {
    let names = dialect.names;
    if let [pattern] = patterns
        && pattern.raw().is_empty()
    {
        // "a special request to return the hierarchy delimiter"
        let root = NameAttributes::new([NameAttribute::NoSelect]);
        let root = ListEntry::new(root, delimiter(names), empty());
        responder.untagged(connection, &Response::List(root))?;
        return responder.ok(connection, None, "LIST completed");
    }
    if selection.recursive_match && !selection.subscribed && !selection.special_use {
        return responder.bad(connection, "RECURSIVEMATCH needs another selection option");
    }
    let patterns: Vec<String> =
        patterns.iter().map(|pattern| joined(names, reference, pattern)).collect();
    let all = Candidates::of(account, selection);
    for listed in &all.names {
        let outer = names.outer(&listed.name);
        if !patterns.iter().any(|pattern| covers(pattern, &outer, names.delimiter)) {
            continue;
        }
        // Children that are found themselves need no parent to be told of.
        let told = |child: &str| {
            let child = names.outer(child);
            patterns.iter().any(|pattern| covers(pattern, &child, names.delimiter))
        };
        let children = selection.recursive_match.then(|| all.below(&listed.name)).into_iter();
        let below: Vec<&Listed> = children.flatten().collect();
        let is_found = selects(selection, listed);
        if !is_found && !below.iter().any(|child| !told(&child.name)) {
            continue;
        }
        let mut entry = entry(names, listed, is_shown(selection, returns));
        entry.child_info = child_info(selection, &below);
        responder.untagged(connection, &Response::List(entry))?;
        if listed.selectable && is_found {
            extras(connection, dialect, account, listed, returns, &mut responder)?;
        }
    }
    responder.ok(connection, None, "LIST completed")
}

/// The responses besides LIST that RETURN asked for.
fn extras(
    connection: &mut Connection,
    dialect: Dialect<'_>,
    account: &Account,
    listed: &Listed,
    returns: &ListReturn<'_>,
    responder: &mut Responder,
) -> Result<(), SendError> {
    let mailbox = dialect.names.on_wire(&listed.name);
    if returns.my_rights {
        let rights = IString::from(listed.rights.clone());
        let rights = Response::MyRights { mailbox: mailbox.clone(), rights };
        responder.untagged(connection, &rights)?;
    }
    if !returns.status.is_empty()
        && let Some(status) = status(account, &listed.name, mailbox, &returns.status, dialect)
    {
        responder.untagged(connection, &Response::Status(status))?;
    }
    Ok(())
}

/// Whether `\Subscribed` is to be told.
const fn is_shown(selection: ListSelection, returns: &ListReturn<'_>) -> bool {
    selection.subscribed || returns.subscribed
}

fn selects(selection: ListSelection, listed: &Listed) -> bool {
    // A subscribed name may have no folder.
    let is_subscribed = if selection.subscribed { listed.subscribed } else { listed.exists };
    is_subscribed && (!selection.special_use || listed.special_use.is_some())
}

/// CHILDINFO: which selection options the names below match.
fn child_info(selection: ListSelection, below: &[&Listed]) -> Vec<IString<'static>> {
    let mut info = Vec::new();
    if selection.subscribed && below.iter().any(|child| child.subscribed) {
        info.push(IString::from("SUBSCRIBED"));
    }
    if selection.special_use && below.iter().any(|child| child.special_use.is_some()) {
        info.push(IString::from("SPECIAL-USE"));
    }
    info
}

/// The names that a LIST may tell.
struct Candidates {
    names: Vec<Listed>,
    /// The places of the selected ones, by name.
    selected: BTreeMap<String, usize>,
}

impl Candidates {
    fn of(account: &Account, selection: ListSelection) -> Self {
        let mut names = account.list();
        if selection.recursive_match {
            // Levels above a subscribed name that are no folders.
            let known: BTreeSet<String> = names.iter().map(|listed| listed.name.clone()).collect();
            let missing: BTreeSet<String> = known
                .iter()
                .flat_map(|name| parents(name))
                .filter(|parent| !known.contains(*parent))
                .map(String::from)
                .collect();
            names.extend(missing.into_iter().map(|name| Listed {
                name,
                exists: false,
                selectable: false,
                subscribed: false,
                has_children: true,
                special_use: None,
                rights: String::new(),
            }));
            names.sort_by(|one, two| {
                (one.name != "INBOX", &one.name).cmp(&(two.name != "INBOX", &two.name))
            });
        }
        let selected = names.iter().enumerate().filter(|(_, listed)| selects(selection, listed));
        let selected = selected.map(|(place, listed)| (listed.name.clone(), place)).collect();
        Self { names, selected }
    }

    /// The names below this one that are selected.
    fn below(&self, name: &str) -> Vec<&Listed> {
        let below = format!("{name}{SEPARATOR}");
        let from = self.selected.range(below.clone()..);
        let places = from.take_while(|(name, _)| name.starts_with(&below));
        places.filter_map(|(_, place)| self.names.get(*place)).collect()
    }
}

/// The levels above a name, the highest first.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices(SEPARATOR).filter_map(|(at, _)| name.get(..at))
}

/// [RFC 3501 section 6.3.9](https://www.rfc-editor.org/rfc/rfc3501#section-6.3.9). A name that is
/// not subscribed but above a subscribed one that the pattern does not cover is told with
/// `\Noselect`.
fn lsub(
    connection: &mut Connection,
    names: Names<'_>,
    account: &Account,
    (reference, pattern): (&MailboxName<'_>, &MailboxName<'_>),
    mut responder: Responder,
) -> Result<(), SendError> {
    let pattern = joined(names, reference, pattern);
    let covered = |name: &str| covers(&pattern, &names.outer(name), names.delimiter);
    let subscribed: Vec<Listed> =
        account.list().into_iter().filter(|listed| listed.subscribed).collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for listed in &subscribed {
        if covered(&listed.name) {
            told.insert(&listed.name);
            let entry = if listed.exists {
                entry(names, listed, false)
            } else {
                only_a_level(names, &listed.name)
            };
            responder.untagged(connection, &Response::Lsub(entry))?;
        }
    }
    let above = subscribed.iter().filter(|listed| !covered(&listed.name));
    for parent in above.flat_map(|listed| parents(&listed.name)) {
        if covered(parent) && told.insert(parent) {
            responder.untagged(connection, &Response::Lsub(only_a_level(names, parent)))?;
        }
    }
    responder.ok(connection, None, "LSUB completed")
}

/// A name that cannot be selected.
fn only_a_level(names: Names<'_>, name: &str) -> ListEntry<'static> {
    let attributes = NameAttributes::new([NameAttribute::NoSelect]);
    ListEntry::new(attributes, delimiter(names), names.on_wire(name))
}

/// Reference and pattern as one pattern of names for people.
fn joined(names: Names<'_>, reference: &MailboxName<'_>, pattern: &MailboxName<'_>) -> String {
    let joined = format!("{}{}", reference.decoded(names.utf8), pattern.decoded(names.utf8));
    // INBOX is the same name in any case.
    match joined.get(..5) {
        Some(start) if start.eq_ignore_ascii_case("INBOX") => {
            format!("INBOX{}", joined.get(5..).unwrap_or_default())
        }
        _ => joined,
    }
}

fn entry(names: Names<'_>, listed: &Listed, subscribed: bool) -> ListEntry<'static> {
    let mut attributes = Vec::new();
    if listed.exists || listed.has_children {
        attributes.push(if listed.has_children {
            NameAttribute::HasChildren
        } else {
            NameAttribute::HasNoChildren
        });
    }
    if !listed.exists {
        attributes.push(NameAttribute::NonExistent);
    } else if !listed.selectable {
        attributes.push(NameAttribute::NoSelect);
    }
    if subscribed && listed.subscribed {
        attributes.push(NameAttribute::Subscribed);
    }
    attributes.extend(listed.special_use.clone());
    let attributes = NameAttributes::new(attributes);
    ListEntry::new(attributes, delimiter(names), names.on_wire(&listed.name))
}

fn delimiter(names: Names<'_>) -> Option<u8> {
    u8::try_from(names.delimiter).ok()
}

fn empty() -> MailboxName<'static> {
    MailboxName::from_wire(&b""[..]).unwrap_or(MailboxName::INBOX)
}
