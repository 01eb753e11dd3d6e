//! [`Case`]: what a check is given, and the words in which it says what it expects.

use std::{
    fmt,
    task::{Context, Poll, Waker},
};

use mailclient::{
    BoxFuture, Connect, Error, Feature, FeatureSet, FolderName, Folders, IdSet, List, Mailbox,
    MessageId, NotAFolderName, NotAMessageId, Part, Report, Summary,
};

use crate::truth::{Session, Stored, Truth};

/// More rows than any folder of a test server has.
const ROWS: usize = 10_000;
/// More bytes than any of its messages has.
const BYTES: u64 = 64 << 20;

/// Why a check failed.
#[derive(Debug)]
pub(crate) struct Found(String);

impl Found {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Found {
    fn from(error: Error) -> Self {
        Self(format!("an error in place of a value: {error}"))
    }
}

impl From<NotAFolderName> for Found {
    fn from(error: NotAFolderName) -> Self {
        Error::from(error).into()
    }
}

impl From<NotAMessageId> for Found {
    fn from(error: NotAMessageId) -> Self {
        Error::from(error).into()
    }
}

impl From<std::io::Error> for Found {
    fn from(error: std::io::Error) -> Self {
        Self(format!("the server: {error}"))
    }
}

pub(crate) type Checked<T = ()> = Result<T, Found>;

/// Ends the check unless a condition holds.
macro_rules! holds {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err($crate::case::Found::new(format!($($text)+)));
        }
    };
}
pub(crate) use holds;

/// The mailboxes and the server of a run.
pub(crate) struct Case<'m> {
    make: &'m mut dyn Connect,
    truth: Truth<'m>,
}

impl<'m> Case<'m> {
    pub(crate) fn new(make: &'m mut dyn Connect, truth: Truth<'m>) -> Self {
        Self { make, truth }
    }

    /// A new mailbox.
    pub(crate) async fn open(&mut self) -> Checked<Box<dyn Mailbox>> {
        Ok(self.make.connect().await?)
    }

    /// A new mailbox, and whether it has a feature.
    pub(crate) async fn open_with(
        &mut self,
        feature: Feature,
    ) -> Checked<(Box<dyn Mailbox>, bool)> {
        let mailbox = self.open().await?;
        let has = mailbox.features().contains(feature);
        Ok((mailbox, has))
    }

    /// The features of a new mailbox.
    pub(crate) async fn features(&mut self) -> Checked<FeatureSet> {
        Ok(self.open().await?.features())
    }

    /// The content of a folder, oldest message first; `/` separates the levels of its name.
    pub(crate) fn stored(&self, folder: &str) -> Checked<Vec<Stored>> {
        Ok(self.truth.stored(folder)?)
    }

    /// The names of all folders, with `/` between their levels.
    pub(crate) fn folders(&self) -> Checked<Vec<String>> {
        Ok(self.truth.folders()?)
    }

    /// Lets a message arrive in INBOX.
    pub(crate) fn deliver(&self, message: Vec<u8>) -> Checked {
        Ok(self.truth.deliver(message)?)
    }

    /// Another client in INBOX, which changes its content.
    pub(crate) fn session(&self) -> impl Future<Output = Checked<Session>> + Send + use<'m> {
        let truth = self.truth;
        async move { Ok(Session::open(truth).await?) }
    }

    /// Whether INBOX has another UIDVALIDITY each time that it is opened: no id is good for long.
    pub(crate) fn forgets_ids(&self) -> impl Future<Output = Checked<bool>> + Send + use<'m> {
        let (one, other) = (self.session(), self.session());
        async move { Ok(one.await?.validity != other.await?.validity) }
    }
}

/// The name that a server has for a folder of the first level: some put a prefix before it. Without
/// the feature the name is taken as it is.
pub(crate) async fn folder(mailbox: &mut dyn Mailbox, name: &str) -> Checked<FolderName> {
    if !mailbox.features().contains(Feature::Folders) {
        return Ok(name.parse()?);
    }
    let folders = mailbox.folders(&Folders::all()).await?;
    let found = folders.into_iter().find(|folder| {
        let full = folder.name.as_str();
        let last = folder.delimiter.and_then(|delimiter| full.rsplit(delimiter).next());
        last.unwrap_or(full) == name
    });
    found.map(|folder| folder.name).ok_or_else(|| Found::new(format!("{name} is not listed")))
}

/// All rows of the open folder.
pub(crate) async fn rows(mailbox: &mut dyn Mailbox) -> Checked<Vec<Summary>> {
    listed(mailbox, &List::all()).await
}

/// The rows of a listing.
pub(crate) async fn listed(mailbox: &mut dyn Mailbox, request: &List) -> Checked<Vec<Summary>> {
    Ok(mailbox.list(request).await?.collect(ROWS).await?)
}

/// The ids of all messages of the open folder.
pub(crate) async fn ids(mailbox: &mut dyn Mailbox) -> Checked<Vec<MessageId>> {
    Ok(rows(mailbox).await?.into_iter().map(|row| row.id).collect())
}

/// The id of the first message of the open folder.
pub(crate) async fn first(mailbox: &mut dyn Mailbox) -> Checked<MessageId> {
    let first = ids(mailbox).await?.into_iter().next();
    first.ok_or_else(|| Found::new("the folder is empty"))
}

/// The id of the first message of INBOX, after another session removed it. `None` where no id is
/// good in a later session.
pub(crate) async fn gone(case: &mut Case<'_>) -> Checked<Option<MessageId>> {
    let mut mailbox = case.open().await?;
    let id = first(&mut *mailbox).await?;
    drop(mailbox);
    if !id.is_stable() || case.forgets_ids().await? {
        return Ok(None);
    }
    let uid = case.stored("INBOX")?.first().map_or(0, |message| message.uid);
    case.session().await?.remove(uid).await?;
    Ok(Some(id))
}

/// A part of a message.
pub(crate) async fn read(
    mailbox: &mut dyn Mailbox,
    id: &MessageId,
    part: Part,
) -> mailclient::Result<Vec<u8>> {
    mailbox.fetch(id, &part).await?.collect(BYTES).await
}

/// The answer of [`Mailbox::fetch_many`], message by message.
pub(crate) async fn read_many(
    mailbox: &mut dyn Mailbox,
    ids: &IdSet,
) -> mailclient::Result<Vec<(MessageId, mailclient::Result<Vec<u8>>)>> {
    let mut answers = Vec::new();
    let mut bodies = mailbox.fetch_many(ids, &Part::Whole).await?;
    while let Some(next) = bodies.next().await {
        let (id, body) = next?;
        let body = match body {
            Ok(body) => body.collect(BYTES).await,
            Err(error) => Err(error),
        };
        answers.push((id, body));
    }
    Ok(answers)
}

/// The bytes of every message of the open folder.
pub(crate) async fn bodies(mailbox: &mut dyn Mailbox) -> Checked<Vec<Vec<u8>>> {
    let mut bodies = Vec::new();
    for id in ids(mailbox).await? {
        bodies.push(read(mailbox, &id, Part::Whole).await?);
    }
    Ok(bodies)
}

/// The answer of a method whose feature is missing.
pub(crate) fn lacks<T>(answer: mailclient::Result<T>, feature: Feature) -> Checked {
    match answer {
        Err(Error::Unsupported(found)) if found == feature => Ok(()),
        Err(other) => {
            Err(Found::new(format!("without {feature:?}: {other} in place of Unsupported")))
        }
        Ok(_) => Err(Found::new(format!("without {feature:?}: Ok in place of Unsupported"))),
    }
}

/// The answer to a call that must fail.
pub(crate) fn fails<T>(answer: mailclient::Result<T>, what: &str) -> Checked<Error> {
    match answer {
        Err(Error::Unsupported(feature)) => {
            Err(Found::new(format!("{what}: {feature:?} is unsupported, and is in the features")))
        }
        Err(error) => Ok(error),
        Ok(_) => Err(Found::new(format!("{what}: Ok in place of an error"))),
    }
}

/// The report in an error about some messages.
pub(crate) fn partial<'e>(error: &'e Error, what: &str) -> Checked<&'e Report> {
    match error {
        Error::Partial(report) => Ok(report),
        other => Err(Found::new(format!("{what}: {other} in place of a report"))),
    }
}

/// The answer to a call that must fail before anything is sent: it does not wait for the server.
pub(crate) fn fails_at_once<T>(
    call: BoxFuture<'_, mailclient::Result<T>>,
    what: &str,
) -> Checked<Error> {
    match poll_once(call) {
        Poll::Ready(answer) => fails(answer, what),
        Poll::Pending => Err(Found::new(format!("{what}: waits for the server"))),
    }
}

/// Polls a call once and drops it.
pub(crate) fn poll_once<T>(mut call: BoxFuture<'_, T>) -> Poll<T> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// The bytes of stored messages.
pub(crate) fn bytes(stored: &[Stored]) -> Vec<Vec<u8>> {
    stored.iter().map(|message| message.bytes.clone()).collect()
}
