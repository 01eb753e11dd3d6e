//! [`MessageId`] and [`IdSet`].

mod message_id;
mod ranges;
mod session;
mod set;
mod set_text;
mod text;

pub(crate) use self::{
    message_id::Id,
    ranges::Ranges,
    session::{random, session_number},
    text::{folder_name, percent_decoded, percent_encode},
};
pub use self::{
    message_id::{MessageId, NotAMessageId},
    set::IdSet,
};
