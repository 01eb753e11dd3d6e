//! Responders: tokens that answer one request each.

use crate::{
    error::SendError,
    response::{
        Condition,
        FetchAttribute::{self, Binary, BodySection, Rfc822},
        Response, ResponseCode,
    },
    server::{connection::Connection, request::Token},
    types::{PartNumber, Section, SeqNumber, Uid},
};

/// Defines a responder: per method its name and arguments, and the method of [`Connection`] that it
/// calls with its token and the values. A method spends the responder and, with `-> Next`, returns
/// the next one for the same request. The one in `&mut { .. }` may be called as often as needed.
macro_rules! responder {
    ($(#[$doc:meta])* $name:ident {
        $(&mut {
            $(#[$more_about:meta])*
            $more:ident($what:ident: $what_type:ty) = $more_act:ident($($more_value:expr),*);
        })?
        $(
            $(#[$about:meta])*
            $method:ident($($argument:ident: $type:ty),*) $(-> $next:ident)?
                = $act:ident($($value:expr),*);
        )*
    }) => {
        $(#[$doc])*
        #[derive(Debug)]
        #[must_use = "a request that is not answered stops the connection"]
        pub struct $name(pub(super) Token);

        impl $name {
            $(
                $(#[$more_about])*
                ///
                /// # Errors
                /// [`SendError::UnknownCommand`] on a connection that has no such request;
                /// [`SendError::InvalidArgument`] for data that cannot be sent here.
                pub fn $more(
                    &mut self,
                    connection: &mut Connection,
                    $what: $what_type,
                ) -> Result<(), SendError> {
                    connection.$more_act(self.0, $($more_value),*)
                }
            )?
            $(
                $(#[$about])*
                ///
                /// # Errors
                /// [`SendError::UnknownCommand`] on a connection that has no such request.
                pub fn $method(
                    self,
                    connection: &mut Connection,
                    $($argument: $type),*
                ) -> Result<responder!(@next $($next)?), SendError> {
                    connection.$act(self.0, $($value),*)
                    $(.map(|()| $next(self.0)))?
                }
            )*
        }
    };
    (@next) => { () };
    (@next $next:ident) => { $next };
}

responder! {
    /// Decides on a command that was shown before it is served.
    ScreenResponder {
        /// Serves the command: its events follow.
        pass() = let_pass();
        /// Answers the command with this text after its tag, such as `NO [UNAVAILABLE] later`, and
        /// does not serve it: it changes no state. [`SendError::InvalidArgument`] for a text that
        /// is not one line.
        refuse(answer: &str) = refuse_screened(answer);
    }
}

responder! {
    /// Answers LOGIN.
    LoginResponder {
        /// `OK`: the user is authenticated.
        accept(text: &str) = complete(Condition::Ok, None, text);
        /// `NO`: the user is not authenticated; the client may try again.
        refuse(code: Option<ResponseCode<'_>>, text: &str) = complete(Condition::No, code, text);
    }
}

responder! {
    /// Answers AUTHENTICATE and the client's lines in its exchange.
    AuthResponder {
        /// `+`: asks the client for more. Its answer comes as
        /// [`Event::AuthResponse`](super::Event::AuthResponse).
        challenge(data: &[u8]) = challenge(data);
        /// `OK`: the user is authenticated.
        accept(text: &str) = complete(Condition::Ok, None, text);
        /// `NO`: the user is not authenticated; the client may try again.
        refuse(code: Option<ResponseCode<'_>>, text: &str) = complete(Condition::No, code, text);
        /// `BAD`: this server does not take an initial response, although SASL-IR (RFC 4959) is
        /// announced.
        bad(text: &str) = complete(Condition::Bad, None, text);
    }
}

responder! {
    /// Answers SELECT and EXAMINE.
    SelectResponder {
        &mut {
            /// Sends untagged data of the new mailbox: FLAGS, EXISTS, the codes UIDVALIDITY,
            /// UIDNEXT, PERMANENTFLAGS...
            untagged(response: &Response<'_>) = untagged(response);
        }
        /// `OK [READ-WRITE]` or, for EXAMINE and a mailbox that cannot be written,
        /// `OK [READ-ONLY]`.
        accept(read_only: bool, text: &str) = accept_select(read_only, text);
        /// `NO`: no mailbox is selected now.
        refuse(code: Option<ResponseCode<'_>>, text: &str) = complete(Condition::No, code, text);
    }
}

responder! {
    /// Answers the announcement of a message.
    AppendResponder {
        /// Lets the message come, as [`Event::AppendData`](super::Event::AppendData) and
        /// [`Event::AppendEnd`](super::Event::AppendEnd).
        accept() = accept_message();
        /// `NO`, in place of the `+`. A client that did not wait for it (LITERAL+) sends the
        /// message anyway; the machine drops it.
        refuse(code: Option<ResponseCode<'_>>, text: &str) = refuse_message(code, text);
    }
}

responder! {
    /// Answers any other command: untagged data as often as needed, then one tagged line.
    Responder {
        &mut {
            /// Sends one untagged response.
            untagged(response: &Response<'_>) = untagged(response);
        }
        /// Begins `* n FETCH (..)`.
        fetch(seq: SeqNumber) -> FetchWriter = begin_response(seq.get(), "FETCH");
        /// Begins `* uid UIDFETCH (..)` (RFC 9586), for a client that enabled UIDONLY.
        uid_fetch(uid: Uid) -> FetchWriter = begin_response(uid.get(), "UIDFETCH");
        /// `OK`.
        ok(code: Option<ResponseCode<'_>>, text: &str) = complete(Condition::Ok, code, text);
        /// `NO`: the command was understood and is refused.
        no(code: Option<ResponseCode<'_>>, text: &str) = complete(Condition::No, code, text);
        /// `BAD`: this server does not know the command or its arguments.
        bad(text: &str) = complete(Condition::Bad, None, text);
    }
}

responder! {
    /// Writes one FETCH response, attribute by attribute.
    FetchWriter {
        &mut {
            /// Writes one attribute.
            attribute(attribute: FetchAttribute<'_>) = write_attribute(attribute, None);
        }
        /// `BODY[section]<origin> {octets}`: exactly so many bytes follow through the writer.
        body(section: &Section<'_>, origin: Option<u64>, octets: u64) -> BodyWriter
            = begin_body(|data| BodySection { section: section.clone(), origin, data }, octets);
        /// `BINARY[part]<origin> ~{octets}` (RFC 3516), with the transfer encoding decoded: exactly
        /// so many bytes follow through the writer.
        binary(part: Option<&PartNumber<'_>>, origin: Option<u64>, octets: u64) -> BodyWriter
            = begin_body(|data| Binary { part: part.cloned(), origin, data }, octets);
        /// `RFC822 {octets}`, the whole message under its older name: exactly so many bytes follow
        /// through the writer.
        rfc822(octets: u64) -> BodyWriter = begin_body(Rfc822, octets);
        /// Ends this response. The command continues.
        finish() -> Responder = finish_fetch();
    }
}

responder! {
    /// Takes the bytes of a body inside a FETCH response.
    BodyWriter {
        /// Ends the body; the response continues. If bytes are missing, the connection closes, so
        /// that the client knows, and the error is [`SendError::Closed`].
        finish() -> FetchWriter = finish_body();
    }
}

impl Responder {
    /// Whether so many bytes are queued that untagged data should wait: write what
    /// [`poll_transmit`](Connection::poll_transmit) returns first.
    #[must_use]
    pub fn is_full(&self, connection: &Connection) -> bool {
        connection.is_full()
    }
}

impl BodyWriter {
    /// Takes bytes of the body and returns how many. If fewer than all, write what
    /// [`poll_transmit`](Connection::poll_transmit) returns, then offer the rest again.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that has no such request;
    /// [`SendError::TooLong`] for more bytes than were announced.
    #[must_use = "the bytes that were not taken have to be offered again"]
    pub fn write(
        &mut self,
        connection: &mut Connection,
        octets: &[u8],
    ) -> Result<usize, SendError> {
        connection.write_body(self.0, octets)
    }

    /// Bytes that are still missing.
    #[must_use]
    pub fn remaining(&self, connection: &Connection) -> u64 {
        connection.body_remaining(self.0)
    }
}
