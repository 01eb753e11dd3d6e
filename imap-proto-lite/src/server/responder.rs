//! Responders: tokens that answer one request each.

use crate::{
    error::SendError,
    response::{FetchAttribute, Response, ResponseCode},
    server::{connection::Connection, request::Token},
    types::{PartNumber, Section, SeqNumber, Uid},
};

/// Defines a responder: per method its name, the method of [`Connection`] that it calls with its
/// token, and its arguments. A method spends the responder and, with `-> Next`, returns the next
/// one for the same request. The one in `&mut { .. }` may be called as often as needed.
macro_rules! responder {
    ($(#[$doc:meta])* $name:ident {
        $(&mut {
            $(#[$more_about:meta])*
            $more:ident = $more_act:ident($($more_argument:ident: $more_type:ty),*);
        })?
        $(
            $(#[$about:meta])*
            $method:ident = $act:ident($($argument:ident: $type:ty),*) $(-> $next:ident)?;
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
                    $($more_argument: $more_type),*
                ) -> Result<(), SendError> {
                    connection.$more_act(self.0, $($more_argument),*)
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
                    connection.$act(self.0, $($argument),*)
                    $(.map(|()| $next(self.0)))?
                }
            )*
        }
    };
    (@next) => { () };
    (@next $next:ident) => { $next };
}

responder! {
    /// Answers LOGIN.
    LoginResponder {
        /// `OK`: the user is authenticated.
        accept = accept_login(text: &str);
        /// `NO`: the user is not authenticated; the client may try again.
        refuse = refuse(code: Option<ResponseCode<'_>>, text: &str);
    }
}

responder! {
    /// Answers AUTHENTICATE and the client's lines in its exchange.
    AuthResponder {
        /// `+`: asks the client for more. Its answer comes as
        /// [`Event::AuthResponse`](super::Event::AuthResponse).
        challenge = challenge(data: &[u8]);
        /// `OK`: the user is authenticated.
        accept = accept_login(text: &str);
        /// `NO`: the user is not authenticated; the client may try again.
        refuse = refuse(code: Option<ResponseCode<'_>>, text: &str);
    }
}

responder! {
    /// Answers SELECT and EXAMINE.
    SelectResponder {
        &mut {
            /// Sends untagged data of the new mailbox: FLAGS, EXISTS, the codes UIDVALIDITY,
            /// UIDNEXT, PERMANENTFLAGS...
            untagged = untagged(response: &Response<'_>);
        }
        /// `OK [READ-WRITE]` or, for EXAMINE and a mailbox that cannot be written,
        /// `OK [READ-ONLY]`.
        accept = accept_select(read_only: bool, text: &str);
        /// `NO`: no mailbox is selected now.
        refuse = refuse(code: Option<ResponseCode<'_>>, text: &str);
    }
}

responder! {
    /// Answers the announcement of a message.
    AppendResponder {
        /// Lets the message come, as [`Event::AppendData`](super::Event::AppendData) and
        /// [`Event::AppendEnd`](super::Event::AppendEnd).
        accept = accept_message();
        /// `NO`, in place of the `+`. A client that did not wait for it (LITERAL+) sends the
        /// message anyway; the machine drops it.
        refuse = refuse_message(code: Option<ResponseCode<'_>>, text: &str);
    }
}

responder! {
    /// Answers any other command: untagged data as often as needed, then one tagged line.
    Responder {
        &mut {
            /// Sends one untagged response.
            untagged = untagged(response: &Response<'_>);
        }
        /// Begins `* n FETCH (..)`.
        fetch = begin_fetch(seq: SeqNumber) -> FetchWriter;
        /// Begins `* uid UIDFETCH (..)` (RFC 9586), for a client that enabled UIDONLY.
        uid_fetch = begin_uid_fetch(uid: Uid) -> FetchWriter;
        /// `OK`.
        ok = accept(code: Option<ResponseCode<'_>>, text: &str);
        /// `NO`: the command was understood and is refused.
        no = refuse(code: Option<ResponseCode<'_>>, text: &str);
        /// `BAD`: this server does not know the command or its arguments.
        bad = bad(text: &str);
    }
}

responder! {
    /// Writes one FETCH response, attribute by attribute.
    FetchWriter {
        &mut {
            /// Writes one attribute.
            attribute = fetch_attribute(attribute: FetchAttribute<'_>);
        }
        /// `BODY[section]<origin> {octets}`: exactly so many bytes follow through the writer.
        body = begin_section(section: &Section<'_>, origin: Option<u64>, octets: u64) -> BodyWriter;
        /// `BINARY[part]<origin> ~{octets}` (RFC 3516), with the transfer encoding decoded: exactly
        /// so many bytes follow through the writer.
        binary = begin_binary(part: Option<&PartNumber<'_>>, origin: Option<u64>, octets: u64)
            -> BodyWriter;
        /// `RFC822 {octets}`, the whole message under its older name: exactly so many bytes follow
        /// through the writer.
        rfc822 = begin_rfc822(octets: u64) -> BodyWriter;
        /// Ends this response. The command continues.
        finish = finish_fetch() -> Responder;
    }
}

responder! {
    /// Takes the bytes of a body inside a FETCH response.
    BodyWriter {
        /// Ends the body; the response continues. If bytes are missing, the connection closes, so
        /// that the client knows, and the error is [`SendError::Closed`].
        finish = finish_body() -> FetchWriter;
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
