//! Values that commands and responses share.

pub mod argument;
pub mod body_structure;
pub mod capability;
pub mod date;
pub mod envelope;
pub mod flag;
pub mod mailbox_name;
pub mod name_attribute;
pub mod search;
pub mod section;
pub mod sequence;

pub(crate) use self::{
    argument::{AString, Atom, HeaderName, Secret},
    body_structure::{BodyStructure, Disposition, Languages, Parameters, PartKind},
    capability::{Capabilities, CapabilityList},
    date::{Date, DateTime, ServerDate},
    envelope::{Address, AddressList, Envelope},
    flag::{Flag, Flags, Keyword},
    mailbox_name::MailboxName,
    name_attribute::{NameAttribute, NameAttributes},
    search::{
        PartialRange, SearchKey, SearchQuery, SearchReturn, SortCriterion, SortKey, ThreadAlgorithm,
    },
    section::{HeaderNames, PartNumber, Partial, Section, SectionText},
    sequence::{
        ModSeq, Number, NumberRange, Ranges, SeqNumber, SeqRanges, SequenceSet, Set, Uid,
        UidRanges, UidSet, UidValidity,
    },
};
