//! The tokens that answer requests.

use crate::{
    error::SendError,
    event::Status,
    response::{BodyData, FetchAttribute, Response, ResponseCode},
    server::{connection::Connection, request::Token},
    types::{
        section::{PartNumber, Section},
        sequence::{SeqNumber, Uid},
    },
};

/// Answers LOGIN.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct LoginResponder(pub(super) Token);

/// Answers AUTHENTICATE and what the client says in its exchange.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct AuthResponder(pub(super) Token);

/// Answers SELECT and EXAMINE.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct SelectResponder(pub(super) Token);

/// Answers the announcement of a message.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct AppendResponder(pub(super) Token);

/// Answers any other command: untagged data as often as needed, then one tagged line.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct Responder(pub(super) Token);

/// Writes one FETCH response, attribute by attribute.
#[derive(Debug)]
#[must_use = "a response that is not finished stops the connection"]
pub struct FetchWriter {
    token: Token,
    empty: bool,
}

/// Takes the octets of a body inside a FETCH response.
#[derive(Debug)]
#[must_use = "a body that is not finished stops the connection"]
pub struct BodyWriter {
    token: Token,
}

impl LoginResponder {
    /// `OK`: the user is authenticated.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn accept(self, connection: &mut Connection, text: &str) -> Result<(), SendError> {
        connection.accept_login(&self.0, text)
    }

    /// `NO`: nobody is logged in, the client may try again.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn refuse(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.complete(&self.0, Status::No, code, text)
    }
}

impl AuthResponder {
    /// `+`: asks the client for more. Its answer comes as [`Event::AuthResponse`](super::Event::AuthResponse).
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn challenge(self, connection: &mut Connection, data: &[u8]) -> Result<(), SendError> {
        connection.challenge(&self.0, data)
    }

    /// `OK`: the user is authenticated.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn accept(self, connection: &mut Connection, text: &str) -> Result<(), SendError> {
        connection.accept_login(&self.0, text)
    }

    /// `NO`: nobody is logged in, the client may try again.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn refuse(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.complete(&self.0, Status::No, code, text)
    }
}

impl SelectResponder {
    /// Untagged data of the new mailbox: FLAGS, EXISTS, the codes UIDVALIDITY, UIDNEXT, PERMANENTFLAGS...
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder;
    /// [`SendError::InvalidArgument`] for what is no untagged response.
    pub fn untagged(
        &mut self,
        connection: &mut Connection,
        response: &Response<'_>,
    ) -> Result<(), SendError> {
        connection.untagged(&self.0, response)
    }

    /// `OK [READ-WRITE]` or, for EXAMINE and where the mailbox cannot be written, `OK [READ-ONLY]`.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn accept(
        self,
        connection: &mut Connection,
        read_only: bool,
        text: &str,
    ) -> Result<(), SendError> {
        connection.accept_select(&self.0, read_only, text)
    }

    /// `NO`: no mailbox is selected now.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn refuse(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.complete(&self.0, Status::No, code, text)
    }
}

impl AppendResponder {
    /// Lets the message come, as [`Event::AppendData`](super::Event::AppendData) and
    /// [`Event::AppendEnd`](super::Event::AppendEnd).
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn accept(self, connection: &mut Connection) -> Result<(), SendError> {
        connection.accept_message(&self.0)
    }

    /// `NO`, in place of the `+`. A client that did not wait for it (LITERAL+) sends the message all the same; the machine
    /// throws it away.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn refuse(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.refuse_message(&self.0, code, text)
    }
}

impl Responder {
    /// One untagged response.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder;
    /// [`SendError::InvalidArgument`] for what is no untagged response.
    pub fn untagged(
        &mut self,
        connection: &mut Connection,
        response: &Response<'_>,
    ) -> Result<(), SendError> {
        connection.untagged(&self.0, response)
    }

    /// Begins `* n FETCH (..)`.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn fetch(
        self,
        connection: &mut Connection,
        seq: SeqNumber,
    ) -> Result<FetchWriter, SendError> {
        connection.begin_fetch(&self.0, "FETCH", seq.get())?;
        Ok(FetchWriter { token: self.0, empty: true })
    }

    /// Begins `* uid UIDFETCH (..)` (RFC 9586), for a client that enabled UIDONLY.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn uid_fetch(
        self,
        connection: &mut Connection,
        uid: Uid,
    ) -> Result<FetchWriter, SendError> {
        connection.begin_fetch(&self.0, "UIDFETCH", uid.get())?;
        Ok(FetchWriter { token: self.0, empty: true })
    }

    /// Whether so much waits to be written that untagged data should wait too: write what
    /// [`poll_transmit`](Connection::poll_transmit) gives first.
    #[must_use]
    pub fn is_full(&self, connection: &Connection) -> bool {
        connection.is_full()
    }

    /// `OK`.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn ok(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.complete(&self.0, Status::Ok, code, text)
    }

    /// `NO`: understood and refused.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn no(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.complete(&self.0, Status::No, code, text)
    }

    /// `BAD`: this server does not know such a thing.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn bad(self, connection: &mut Connection, text: &str) -> Result<(), SendError> {
        connection.complete(&self.0, Status::Bad, None, text)
    }
}

impl FetchWriter {
    /// One attribute.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer.
    pub fn attribute(
        &mut self,
        connection: &mut Connection,
        attribute: FetchAttribute<'_>,
    ) -> Result<(), SendError> {
        connection.fetch_attribute(&self.token, self.empty, attribute)?;
        self.empty = false;
        Ok(())
    }

    /// `BODY[section]<origin> {octets}`: exactly so many octets follow through the writer.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer.
    pub fn body(
        self,
        connection: &mut Connection,
        section: &Section<'_>,
        origin: Option<u64>,
        octets: u64,
    ) -> Result<BodyWriter, SendError> {
        let attribute = FetchAttribute::BodySection {
            section: section.clone(),
            origin,
            data: BodyData::Streamed { octets },
        };
        connection.begin_body(&self.token, self.empty, attribute, octets)?;
        Ok(BodyWriter { token: self.token })
    }

    /// `BINARY[part]<origin> ~{octets}` (RFC 3516), with the transfer encoding undone: exactly so many octets follow through the
    /// writer.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer.
    pub fn binary(
        self,
        connection: &mut Connection,
        part: Option<&PartNumber<'_>>,
        origin: Option<u64>,
        octets: u64,
    ) -> Result<BodyWriter, SendError> {
        let attribute = FetchAttribute::Binary {
            part: part.cloned(),
            origin,
            data: BodyData::Streamed { octets },
        };
        connection.begin_body(&self.token, self.empty, attribute, octets)?;
        Ok(BodyWriter { token: self.token })
    }

    /// `RFC822 {octets}`, the whole message under its older name: exactly so many octets follow through the writer.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer.
    pub fn rfc822(self, connection: &mut Connection, octets: u64) -> Result<BodyWriter, SendError> {
        let attribute = FetchAttribute::Rfc822(BodyData::Streamed { octets });
        connection.begin_body(&self.token, self.empty, attribute, octets)?;
        Ok(BodyWriter { token: self.token })
    }

    /// Ends this response. The command goes on.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer.
    pub fn finish(self, connection: &mut Connection) -> Result<Responder, SendError> {
        connection.end_fetch(&self.token)?;
        Ok(Responder(self.token))
    }
}

impl BodyWriter {
    /// Takes octets of the body and says how many. Fewer than all: write what
    /// [`poll_transmit`](Connection::poll_transmit) gives, then offer the rest again.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer; [`SendError::TooLong`] for more octets
    /// than were announced.
    #[must_use = "the octets that were not taken have to be offered again"]
    pub fn write(
        &mut self,
        connection: &mut Connection,
        octets: &[u8],
    ) -> Result<usize, SendError> {
        connection.write_body(&self.token, octets)
    }

    /// Octets that are still missing.
    #[must_use]
    pub fn remaining(&self, connection: &Connection) -> u64 {
        connection.body_remaining(&self.token)
    }

    /// Ends the body; the response goes on. If octets are missing the connection closes, so that the client knows.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer; [`SendError::Closed`] if octets are
    /// missing.
    pub fn finish(self, connection: &mut Connection) -> Result<FetchWriter, SendError> {
        connection.end_body(&self.token)?;
        Ok(FetchWriter { token: self.token, empty: false })
    }
}
