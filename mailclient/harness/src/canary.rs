//! [`Canary`]: a secret that must not show up anywhere, and [`Log`], a record of what is logged.

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    marker::PhantomData,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::Interest,
};

/// A secret text that is recognised in each of its forms.
#[derive(Clone, Debug)]
pub struct Canary {
    secret: String,
    /// The name of each form, and its text.
    forms: Vec<(&'static str, String)>,
}

impl Canary {
    /// The secret has at least 12 bytes, so that no form of it is found by chance, and is one word.
    ///
    /// # Panics
    /// The secret is shorter, or is more than ASCII letters, digits and `-`.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        let is_word = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        assert!(secret.len() >= 12 && is_word, "not fit for a canary: {secret}");
        let mut forms = vec![("in clear", secret.to_owned())];
        // Base64 of something that contains the secret: it begins at one of three places in a group
        // of three bytes. The first and the last characters depend on the neighbours.
        for before in 0..3 {
            let text = "x".repeat(before) + secret;
            let encoded = STANDARD_NO_PAD.encode(&text);
            let whole = text.len() / 3 * 4;
            let start = if before == 0 { 0 } else { 4 };
            forms.push(("in base64", encoded.get(start..whole).unwrap_or_default().to_owned()));
        }
        let listed = |separator: &str, spell: fn(u8) -> String| {
            secret.bytes().map(spell).collect::<Vec<_>>().join(separator)
        };
        // `Debug` of a vector of bytes, and hexadecimal dumps.
        forms.push(("as a list of numbers", listed(", ", |byte| byte.to_string())));
        forms.push(("in hexadecimal", listed("", |byte| format!("{byte:02x}"))));
        Self { secret: secret.to_owned(), forms }
    }

    /// The secret, for the login.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// In which form the secret is in a text, with what is around it; `None` if it is not.
    #[must_use]
    pub fn found_in(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        self.forms.iter().find_map(|(name, form)| {
            let place = match *name {
                "in base64" => text.find(form.as_str()),
                _ => lower.find(&form.to_ascii_lowercase()),
            }?;
            let before: String =
                text.get(..place).unwrap_or_default().chars().rev().take(60).collect();
            let before: String = before.chars().rev().collect();
            Some(format!("{name} after {before:?}"))
        })
    }
}

/// A record of everything that one thread logs through `tracing`: spans and events of all levels,
/// with their fields.
#[derive(Clone, Debug, Default)]
pub struct Log {
    text: Arc<Mutex<String>>,
}

impl Log {
    /// An empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records what this thread logs until the guard is dropped.
    ///
    /// The subscriber is that of the whole process. If only this thread had one, and a thread
    /// without one reached a place that logs first, `tracing` would switch that place off for all
    /// threads.
    ///
    /// # Panics
    /// The program has set another subscriber for the whole process.
    #[must_use]
    pub fn begin(&self) -> Recording {
        static START: Once = Once::new();
        START.call_once(|| {
            tracing::subscriber::set_global_default(Recorder::default())
                .expect("no other subscriber is set");
        });
        Recording { before: LOG.replace(Some(self.clone())), thread: PhantomData }
    }

    /// The record, a line for each span and event.
    #[must_use]
    pub fn text(&self) -> String {
        self.text.lock().expect("no test panics while it logs").clone()
    }

    fn push(&self, text: &str) {
        self.text.lock().expect("no test panics while it logs").push_str(text);
    }
}

thread_local! {
    /// The record of this thread.
    static LOG: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// Ends a record when it is dropped; see [`Log::begin`].
#[derive(Debug)]
pub struct Recording {
    before: Option<Log>,
    /// It belongs to the thread that began.
    thread: PhantomData<*const ()>,
}

impl Drop for Recording {
    fn drop(&mut self) {
        LOG.set(self.before.take());
    }
}

/// The subscriber: passes what a thread logs to the record of that thread.
#[derive(Default)]
struct Recorder {
    spans: AtomicU64,
}

impl Recorder {
    fn line(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Line)) {
        let mut line = Line(format!("{} {}:", metadata.level(), metadata.target()));
        record(&mut line);
        line.0.push('\n');
        self.push(&line);
    }

    fn push(&self, line: &Line) {
        LOG.with_borrow(|log| log.iter().for_each(|log| log.push(&line.0)));
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Recorder {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Not for ever: it depends on the thread.
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        LOG.with_borrow(Option::is_some)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.line(span.metadata(), |line| span.record(line));
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        self.push(&line);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.line(event.metadata(), |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn every_form_is_found() {
        let canary = Canary::new("canary-in-the-mine");
        let secret = canary.secret();
        let mut shown = vec![
            format!("LOGIN alice {secret}"),
            secret.to_uppercase(),
            format!("{:?}", secret.as_bytes()),
            format!("{:?}", bytes::Bytes::copy_from_slice(secret.as_bytes())),
        ];
        for user in ["", "a", "al", "ali", "alic"] {
            shown.push(STANDARD.encode(format!("\0{user}\0{secret}")));
            shown.push(STANDARD.encode(format!("{user}{secret}\x01\x01")));
        }
        for text in &shown {
            assert!(canary.found_in(text).is_some(), "{text}");
        }
        for innocent in ["", "canary", "Secret(..)", "{\"status\":\"400\"}"] {
            assert_eq!(canary.found_in(innocent), None);
        }
    }

    #[test]
    fn everything_that_is_logged_is_kept() {
        let log = Log::new();
        {
            let _guard = log.begin();
            let span = tracing::trace_span!("login", user = "alice", token = tracing::field::Empty);
            span.record("token", "t-0");
            tracing::debug!(password = "p-1", "logged in");
        }
        tracing::debug!("after the end");
        let text = log.text();
        for kept in ["alice", "t-0", "p-1", "logged in"] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        assert!(!text.contains("after the end"));
    }

    #[test]
    fn a_place_that_another_thread_reached_first_is_kept() {
        fn logs() {
            tracing::debug!("from a shared place");
        }
        let log = Log::new();
        let _guard = log.begin();
        std::thread::spawn(logs).join().unwrap();
        assert_eq!(log.text(), "");
        logs();
        assert!(log.text().contains("from a shared place"));
    }
}
