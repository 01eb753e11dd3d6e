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
