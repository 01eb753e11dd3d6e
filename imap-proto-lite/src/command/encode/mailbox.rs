//! CREATE and RENAME: RFC 9051 section 6.3, RFC 6154.

use crate::{
    command::encode::argument::{atom, mailbox},
    types::{MailboxName, NameAttribute},
    wire::put::{Put, SP, parens, spaced},
};

/// RFC 6154: `"CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]`
pub(super) fn create(name: &MailboxName<'_>, special_use: &[NameAttribute<'_>]) -> impl Put {
    let use_attrs = special_use.iter().map(|one| (b'\\', atom(one.name(), "special_use")));
    let special_use =
        (!special_use.is_empty()).then(|| (" (USE ", parens(spaced(use_attrs)), b')'));
    (SP, mailbox(name, "mailbox"), special_use)
}

/// ```abnf
/// rename          = "RENAME" SP mailbox SP mailbox
/// ```
pub(super) fn rename(from: &MailboxName<'_>, to: &MailboxName<'_>) -> impl Put {
    (SP, mailbox(from, "from"), SP, mailbox(to, "to"))
}
