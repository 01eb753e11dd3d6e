//! STATUS of a folder, for the command and for LIST.

use imap_proto_lite::{
    Flag, MailboxName, ModSeq, UidValidity,
    command::StatusItem,
    response::{MailboxStatus, StatusValue, StatusValues},
    string::IString,
};

use super::{super::store::Account, dialect::Dialect};

/// MAILBOXID of the folder with this identity ([RFC 8474](https://www.rfc-editor.org/rfc/rfc8474)).
pub(super) fn mailbox_id(identity: u32) -> IString<'static> {
    IString::from(format!("F{identity:08x}"))
}

/// STATUS of a folder; `None` if it cannot be opened.
pub(super) fn status(
    account: &Account,
    name: &str,
    mailbox: MailboxName<'static>,
    items: &[StatusItem],
    dialect: Dialect<'_>,
) -> Option<MailboxStatus<'static>> {
    account.look(name, |folder| {
        let may_read = folder.rights.granted(&account.name).contains('r');
        if !folder.selectable || !may_read {
            return None;
        }
        let count = |flag: Flag<'_>| folder.count(|message| message.has(&flag));
        let values = items.iter().filter_map(|item| {
            Some(match item {
                StatusItem::Messages => StatusValue::Messages(folder.count(|_| true).into()),
                StatusItem::Recent if dialect.rev2 => return None,
                StatusItem::Recent => {
                    let from = folder.recent(false);
                    StatusValue::Recent(folder.count(|message| message.uid >= from).into())
                }
                StatusItem::UidNext => StatusValue::UidNext(folder.uid_next.into()),
                StatusItem::UidValidity if folder.uid_validity == 0 => return None,
                StatusItem::UidValidity => {
                    StatusValue::UidValidity(UidValidity::new(folder.uid_validity))
                }
                StatusItem::Unseen => {
                    let unseen = folder.count(|_| true) - count(Flag::Seen);
                    StatusValue::Unseen(unseen.into())
                }
                StatusItem::Deleted => StatusValue::Deleted(count(Flag::Deleted).into()),
                StatusItem::Size => StatusValue::Size(folder.octets()),
                StatusItem::HighestModSeq => {
                    StatusValue::HighestModSeq(ModSeq::new(folder.mod_seq))
                }
                StatusItem::AppendLimit => {
                    StatusValue::AppendLimit(Some(account.limits().message_bytes))
                }
                StatusItem::MailboxId => StatusValue::MailboxId(mailbox_id(folder.identity)),
                _ => return None,
            })
        });
        Some(MailboxStatus::new(mailbox, StatusValues::new(values)))
    })?
}
