//! News of the selected folder: what the session was not told yet.

use imap_proto_lite::{
    ModSeq, Response, SendError,
    response::ResponseCode,
    server::{Connection, Responder},
};

use super::{super::view::View, Imap, dialect::Dialect};

impl Imap<'_> {
    /// Queues the changes by others in the selected folder.
    pub(super) fn news(
        &mut self,
        connection: &mut Connection,
        expunge: bool,
    ) -> Result<(), SendError> {
        let responses = self.updates(connection, expunge);
        responses.iter().try_for_each(|response| connection.update(response))
    }

    /// Sends all changes in the selected folder, as part of an answer.
    pub(super) fn tell(
        &mut self,
        connection: &mut Connection,
        responder: &mut Responder,
    ) -> Result<(), SendError> {
        let responses = self.updates(connection, true);
        responses.iter().try_for_each(|response| responder.untagged(connection, response))
    }

    /// The changes in the selected folder that the session was not told, as responses.
    pub(super) fn updates(
        &mut self,
        connection: &Connection,
        expunge: bool,
    ) -> Vec<Response<'static>> {
        let dialect = Dialect::of(&self.shared.persona, connection.enabled(), self.condstore);
        let (Some(account), Some(view)) = (&self.account, &mut self.view) else {
            return Vec::new();
        };
        self.heard = account.version();
        let updates = account.look_at(view.identity, |folder| {
            if view.is_behind(Some(folder)) {
                view.updates(Some(folder), expunge)
            } else {
                Vec::new()
            }
        });
        // A folder that is gone has lost all its messages.
        let updates = updates.unwrap_or_else(|| view.updates(None, expunge));
        dialect.responses(updates, view.read_only)
    }

    /// The highest modification sequence of the selected folder, as a code, for a session that
    /// knows of them.
    pub(super) fn highest_mod_seq(&self, connection: &Connection) -> Option<ResponseCode<'static>> {
        let (account, view): (_, &View) = (self.account.as_ref()?, self.view.as_ref()?);
        let highest = account.look_at(view.identity, |folder| folder.mod_seq)?;
        let code = ResponseCode::HighestModSeq(ModSeq::new(highest));
        self.dialect(connection).condstore.then_some(code)
    }
}
