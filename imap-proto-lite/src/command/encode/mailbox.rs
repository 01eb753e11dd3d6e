//! CREATE and RENAME: RFC 9051 section 6.3, RFC 6154.

use crate::{
    command::encode::{
        argument,
        writer::{Writer, Written},
    },
    types::{MailboxName, NameAttribute},
};

/// RFC 6154: `"CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]`
pub(super) fn create(
    writer: &mut Writer<'_>,
    mailbox: &MailboxName<'_>,
    special_use: &[NameAttribute<'_>],
) -> Written {
    argument::mailbox(writer, mailbox)?;
    if !special_use.is_empty() {
        writer.word(" (USE ");
        writer.list(special_use, |writer, attribute| {
            writer.word("\\");
            writer.atom(attribute.name(), "special_use")
        })?;
        writer.word(")");
    }
    Ok(())
}

/// ```abnf
/// rename          = "RENAME" SP mailbox SP mailbox
/// ```
pub(super) fn rename(
    writer: &mut Writer<'_>,
    from: &MailboxName<'_>,
    to: &MailboxName<'_>,
) -> Written {
    writer.sp();
    writer.mailbox(from, "from")?;
    writer.sp();
    writer.mailbox(to, "to")
}
