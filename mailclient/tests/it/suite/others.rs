//! The other IMAP servers that `.ci/run` starts: Cyrus and pymap. Messages are delivered by APPEND.
//!
//! GNU Mailutils is not among them: it ends the answer to AUTHENTICATE with a bare LF, and a client
//! that waits for CRLF waits for ever.

use mailclient::{Account, Append, Credentials, Error, FolderName, Protocol, Security, Tls};

use super::{Given, with_crlf};

/// A server, by the beginning of its variables.
pub(crate) struct Other(pub &'static str);

pub(crate) const CYRUS: Other = Other("CYRUS");
pub(crate) const PYMAP: Other = Other("PYMAP");

impl Other {
    fn variable(&self, name: &str) -> String {
        let variable = format!("{}_{name}", self.0);
        std::env::var(&variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: this test needs Cyrus IMAP (packages cyrus-common, cyrus-imapd, unpacked) and pymap (from the Python package index); .ci/run does all of it")
        })
    }

    /// An account, and its password.
    pub(crate) fn account(&self, user: &str) -> (Account, Credentials) {
        let roots = std::fs::read(self.variable("CA")).unwrap();
        let mut account = Account::new(Protocol::Imap, Security::StartTls, "localhost", user)
            .with_tls(Tls::with_extra_roots(&roots).unwrap());
        account.port = self.variable("IMAP").parse().unwrap();
        let users = self.variable("USERS");
        let password =
            users.split(' ').find_map(|pair| pair.strip_prefix(user)?.strip_prefix(':')).unwrap();
        (account, Credentials::password(password))
    }
}

/// Messages of the corpora that Cyrus refuses, because of an invalid header line.
const REFUSED_BY_CYRUS: [&str; 20] = [
    "james-messages/mailWithLongHeaders.eml",
    "james-messages/mime-plain-text.eml",
    "james-messages/multipart-mixed.eml",
    "james-messages/oneAttachmentWithEmptyContentType.eml",
    "james-messages/oneHtmlAttachmentAndSomeTextInlined.eml",
    "james-messages/rfc822-group-addresses.eml",
    "james-messages/rfc822-multiple-addresses.eml",
    "james-messages/rfc822-resent.eml",
    "james-messages/rfc822-trace.eml",
    "james-messages/rfc822.eml",
    "james-messages/wild-alt-another-reply.eml",
    "james-messages/wild-alt-reply.eml",
    "james-messages/wild-alt-reply3.eml",
    "james-messages/wild-alt-reply4.eml",
    "james-messages/wild-mixed-alt.eml",
    "james-messages/wild-mixed.eml",
    "mailkit-messages/precise-pangolin-message.eml",
    "mimekit-messages/issue358.eml",
    "ruby-mail-messages/example13.eml",
    "ruby-mail-messages/raw_email_incorrect_header.eml",
];

/// Messages of the corpora whose subject pymap changes: it ends a field at a line of spaces and at
/// bytes that are not ASCII.
const RETOLD_BY_PYMAP: [&str; 3] = [
    "gluon-messages/space_line_header.eml",
    "ruby-mail-messages/example14.eml",
    "ruby-mail-messages/new_line_in_to_header.eml",
];

/// pymap is slow with more.
const LARGEST_FOR_PYMAP: usize = 64 * 1024;

impl Other {
    /// Whether this server can hold the message as it is.
    fn holds(&self, message: &Given) -> bool {
        match self.0 {
            "PYMAP" => {
                message.bytes.len() <= LARGEST_FOR_PYMAP
                    && !RETOLD_BY_PYMAP.contains(&&*message.name)
            }
            _ => !REFUSED_BY_CYRUS.contains(&&*message.name),
        }
    }

    /// Uploads messages into INBOX, in this order, and gives those that are there then.
    pub(crate) async fn upload(
        &self,
        account: &Account,
        credentials: &Credentials,
        given: Vec<Given>,
    ) -> Vec<Given> {
        let mut mailbox =
            account.connect(credentials).await.unwrap_or_else(|error| panic!("{account}: {error}"));
        let (inbox, mut taken) = (FolderName::inbox(), Vec::new());
        for message in given {
            let bytes = with_crlf(&message.bytes);
            let held = self.holds(&message);
            if !held && self.0 == "PYMAP" {
                continue;
            }
            let (options, mut rest) = (Append::new(bytes.len() as u64), &bytes[..]);
            let appended = mailbox.append(&inbox, &options, &mut rest).await;
            // A refusal loses that message only.
            match appended {
                Ok(_) => taken.push(message),
                Err(Error::Refused(_)) if !held => {}
                Err(error) => panic!("{account}: {}: {error}", message.name),
            }
        }
        assert!(mailbox.close().await.unwrap().is_empty(), "{account}");
        taken
    }
}
