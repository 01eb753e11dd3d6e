//! SASL mechanisms, and the one login loop over both protocols. The proto crates carry the messages
//! as opaque bytes.

mod login;
mod mechanism;

pub(crate) use self::{
    login::{LoginMachine, Session, Step, login_with, with_token},
    mechanism::OneMessage,
};
