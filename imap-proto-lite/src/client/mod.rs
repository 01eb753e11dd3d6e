//! The client's end of a connection: [`Connection`], its [`Event`]s and its [`State`].

mod connection;
mod event;
mod needs;
mod outbox;
mod poll;
mod receive;
mod request;
pub(crate) mod state;
mod tag;
mod timing;

pub(crate) use self::request::may_expunge;
pub use self::{
    connection::Connection,
    event::{Event, GreetingStatus},
    state::State,
};
