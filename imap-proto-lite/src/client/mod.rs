//! The client's end of a connection: [`Connection`], its [`Event`]s and its [`State`].

mod connection;
mod event;
mod receive;
mod request;
mod sasl;
mod send;
pub(crate) mod state;
mod timing;

pub use self::{
    connection::Connection,
    event::{Event, GreetingStatus},
    sasl::OAuthFailure,
    state::State,
};
