//! What the answer to each command looks like.

use alloc::boxed::Box;

use bytes::BytesMut;

use super::{listing::Items, sasl::Exchange};
use crate::{
    command::{Command, ReplyShape, encode},
    config::Config,
    error::SendError,
    types::MessageNumber,
};

/// What the answer to a command looks like. Fixed when the command is accepted, so the reader never guesses.
pub(super) enum Shape {
    Status,
    Stat,
    /// `LIST n`, `UIDL n`: which message was asked for.
    ScanListing(MessageNumber),
    UniqueId(MessageNumber),
    /// `LANG x`
    Language,
    Items(Items),
    Body,
    Auth(Box<Exchange>),
    Tls,
}

impl Shape {
    pub(super) fn of(
        command: &Command<'_>,
        config: &Config,
        initial_response_sent: bool,
    ) -> Result<Self, SendError> {
        let multi = config.quirks.single_listing_is_multi;
        Ok(match *command {
            Command::Stat => Self::Stat,
            Command::List(Some(number)) if !multi => Self::ScanListing(number),
            Command::List(_) => Self::Items(Items::ScanListings),
            Command::Uidl(Some(number)) if !multi => Self::UniqueId(number),
            Command::Uidl(_) => Self::Items(Items::UniqueIds),
            Command::Capa => Self::Items(Items::Capabilities),
            Command::Lang(None) => Self::Items(Items::Languages),
            Command::Lang(Some(_)) => Self::Language,
            Command::Retr(_)
            | Command::Top { .. }
            | Command::Raw { reply: ReplyShape::Body, .. } => Self::Body,
            Command::Raw { reply: ReplyShape::Lines, .. } => Self::Items(Items::Lines),
            Command::Stls => Self::Tls,
            Command::Auth { mechanism, initial_response } => {
                let limit = config.limits.sasl_octets;
                if initial_response.is_some_and(|data| data.len() > limit) {
                    return Err(SendError::TooLong { limit });
                }
                let waiting = initial_response.filter(|_| !initial_response_sent).map(|data| {
                    let mut line = BytesMut::new();
                    encode::sasl_answer(&mut line, data);
                    line.freeze()
                });
                Self::Auth(Box::new(Exchange::new(mechanism, waiting, initial_response_sent)))
            }
            _ => Self::Status,
        })
    }
}
