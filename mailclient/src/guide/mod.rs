//! Pages for reading: how to do things with this crate. There is no item of the API in here.
//!
//! | page | what it answers |
//! |---|---|
//! | [`daily_tasks`] | a program of a few lines for each thing that mail programs do every day |

/// A page is a file beside this one.
macro_rules! pages {
    ($($page:ident)+) => {$(
        #[doc = include_str!(concat!(stringify!($page), ".md"))]
        pub mod $page {}
    )+};
}

pages! {
    daily_tasks
}
