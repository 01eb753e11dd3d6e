//! `Debug` of responses: one line, bytes as escaped text. `into_owned` takes its fields from the
//! same table.

use core::fmt;

use crate::{
    response::{FetchAttribute, Response, own::into_owned},
    wire::Escaped,
};

/// Implements `Debug` as `derive` does, except for the fields marked `as Escaped`.
macro_rules! debug {
    ($name:ident {
        $($tuple:ident),*;
        $($variant:ident { $($field:ident $(as $shown:ident)?),* },)*
    }) => {
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$tuple(value) => {
                        f.debug_tuple(stringify!($tuple)).field(value).finish()
                    })*
                    $(Self::$variant { $($field),* } => f
                        .debug_struct(stringify!($variant))
                        $(.field(stringify!($field), &$($shown)?($field)))*
                        .finish(),)*
                }
            }
        }
    };
}

/// As `debug`, and implements `into_owned` for the same fields.
macro_rules! debug_and_into_owned {
    ($name:ident {
        $($tuple:ident),*;
        $($variant:ident { $($field:ident $(as $shown:ident)?),* },)*
    }) => {
        debug! { $name { $($tuple),*; $($variant { $($field $(as $shown)?),* },)* } }
        into_owned! { enum $name { $($tuple),*; $($variant { $($field),* },)* } }
    };
}

debug_and_into_owned! {
    Response {
        Capability, Enabled, List, Lsub, Status, Flags, Exists, Recent, Expunge, Fetch, Search, Sort,
        Esearch, Thread, Namespace, Id, Quota, QuotaRoot, Acl, ListRights;
        Tagged { tag, condition, code, text as Escaped },
        Condition { condition, code, text as Escaped },
        Continuation { text as Escaped },
        Vanished { earlier, uids },
        UidFetch { uid, attributes },
        MyRights { mailbox, rights },
        Unknown { name as Escaped, number, raw as Escaped },
        Malformed { raw as Escaped },
        Noop {},
    }
}

debug! {
    FetchAttribute {
        Uid, Flags, InternalDate, Rfc822Size, ModSeq, Envelope, Body, BodyStructure, Rfc822,
        Rfc822Header, Rfc822Text, GmailMessageId, GmailThreadId, GmailLabels, EmailId, ThreadId,
        Preview, SaveDate;
        BodySection { section, origin, data },
        Binary { part, origin, data },
        BinarySize { part, octets },
        Unknown { name as Escaped, value as Escaped },
        Malformed { name as Escaped, raw as Escaped },
    }
}
