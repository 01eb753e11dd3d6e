//! Servers that break a promise between two answers: what the client believes then.

mod floods;
mod identity;
mod login;
mod maildrop;
mod outcomes;

use mailclient::{
    Credentials, Error, IdSet, Mailbox, MessageId, Outcome, Protocol, Report, Result,
};

use crate::support::{account, log_in};

/// A session with three messages.
async fn imap(capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    let text = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] ready
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    log_in(&text, &account, &Credentials::password("unused")).await.unwrap()
}

fn id(uid: u32) -> MessageId {
    format!("imap1:14:{uid}:INBOX").parse().unwrap()
}

fn ids(uids: &[u32]) -> IdSet {
    uids.iter().copied().map(id).collect()
}

fn partial(result: Result<Report>) -> Report {
    match result {
        Err(Error::Partial(report)) => *report,
        other => panic!("{other:?}"),
    }
}

fn outcomes(report: &Report) -> String {
    let name = |outcome: Outcome| match outcome {
        Outcome::Done { new: Some(new), .. } => format!("done as {new}"),
        Outcome::Done { .. } => "done".into(),
        Outcome::Copied { .. } => "copied".into(),
        Outcome::Refused(_) => "refused".into(),
        other => format!("{other:?}").to_lowercase(),
    };
    let rows = report.iter().map(|(id, outcome)| format!("{id} {}", name(outcome)));
    rows.collect::<Vec<_>>().join(", ")
}
