//! [`ListState`]: one listing on its way.

use std::collections::VecDeque;

use pop3_proto::{CommandId, MessageNumber};

use crate::{error::Error, header_block::HeaderBlock, list::Fields};

/// A listing that is being pulled.
#[derive(Debug)]
pub(super) struct ListState {
    /// The messages whose rows are left.
    pub(super) left: VecDeque<MessageNumber>,
    pub(super) fields: Fields,
    /// The messages whose headers are asked for.
    pub(super) asked: VecDeque<(CommandId, MessageNumber)>,
    /// The header block of the first of them.
    pub(super) header: HeaderBlock,
    pub(super) damaged: VecDeque<Error>,
}
