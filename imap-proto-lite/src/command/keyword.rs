//! The word of each command on the wire.

use crate::command::CommandKind;

impl CommandKind {
    /// The keyword on the wire.
    pub(crate) const fn to_keyword(self) -> &'static str {
        match self {
            Self::Capability => "CAPABILITY",
            Self::Noop => "NOOP",
            Self::Logout => "LOGOUT",
            Self::Id => "ID",
            Self::StartTls => "STARTTLS",
            Self::Login => "LOGIN",
            Self::Authenticate => "AUTHENTICATE",
            Self::Enable => "ENABLE",
            Self::Namespace => "NAMESPACE",
            Self::Compress => "COMPRESS",
            Self::List => "LIST",
            Self::Lsub => "LSUB",
            Self::Status => "STATUS",
            Self::Select => "SELECT",
            Self::Examine => "EXAMINE",
            Self::Create => "CREATE",
            Self::Delete => "DELETE",
            Self::Rename => "RENAME",
            Self::Subscribe => "SUBSCRIBE",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Append => "APPEND",
            Self::Idle => "IDLE",
            Self::Unselect => "UNSELECT",
            Self::Check => "CHECK",
            Self::Close => "CLOSE",
            Self::Expunge => "EXPUNGE",
            Self::UidExpunge => "UID EXPUNGE",
            Self::Search => "SEARCH",
            Self::Sort => "SORT",
            Self::Thread => "THREAD",
            Self::Fetch => "FETCH",
            Self::Store => "STORE",
            Self::Copy => "COPY",
            Self::Move => "MOVE",
            Self::Replace => "REPLACE",
            Self::GetQuota => "GETQUOTA",
            Self::GetQuotaRoot => "GETQUOTAROOT",
            Self::SetQuota => "SETQUOTA",
            Self::GetAcl => "GETACL",
            Self::SetAcl => "SETACL",
            Self::DeleteAcl => "DELETEACL",
            Self::ListRights => "LISTRIGHTS",
            Self::MyRights => "MYRIGHTS",
        }
    }
}
