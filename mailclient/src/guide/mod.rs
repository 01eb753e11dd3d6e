//! Pages for reading: how to do things with this crate. There is no item of the API in here.
//!
//! | page | what it answers |
//! |---|---|
//! | [`getting_started`] | how to read the first mail |
//! | [`daily_tasks`] | a program of a few lines for each thing that mail programs do every day |
//! | [`office365_and_gmail`] | how to log in with OAuth |
//! | [`pop3_or_imap`] | which protocol to take, and what each gives |
//! | [`changes_and_reconnecting`] | how to follow a folder for weeks |
//! | [`errors_and_retrying`] | what to do with each error |
//! | [`testing_your_app`] | how to test without an account |
//! | [`concurrency`] | what may be cancelled, and how to use many connections |
//! | [`limits_and_security`] | what a hostile server can do, and what it cannot |
//! | [`protocol_crates`] | how to use the protocols without this crate |
//! | [`writing_a_server`] | how to speak the other side |
//! | [`stability`] | what stays the same between versions |

/// A page is a file beside this one.
macro_rules! pages {
    ($($page:ident)+) => {$(
        #[doc = include_str!(concat!(stringify!($page), ".md"))]
        pub mod $page {}
    )+};
}

pages! {
    getting_started
    daily_tasks
    office365_and_gmail
    pop3_or_imap
    changes_and_reconnecting
    errors_and_retrying
    testing_your_app
    concurrency
    limits_and_security
    protocol_crates
    writing_a_server
    stability
}
