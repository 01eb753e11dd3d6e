//! QUOTA, ACL, COMPRESS, and a connection that ends.

use imap_proto_lite::{
    Command, MailboxName, Response, SendError,
    client::State,
    response::{Acl, Quota, ResponseCode},
};

use super::{
    answer::Answer,
    check::Check,
    fetching::{fetch, uids},
    messages,
    selecting::view,
    server::{Kind, Server, create, name, select},
    session::{NotOffered, Outcome, Session, argument, atom},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "GETQUOTAROOT, GETQUOTA", run: quota },
    Check { row: "SETQUOTA", run: set_quota },
    Check { row: "MYRIGHTS", run: my_rights },
    Check { row: "GETACL, SETACL, DELETEACL", run: acl },
    Check { row: "LISTRIGHTS", run: list_rights },
    Check { row: "ACL, another user in a shared mailbox", run: shared },
    Check { row: "COMPRESS DEFLATE", run: compress },
    Check { row: "COMPRESS DEFLATE, twice", run: compress_twice },
];

fn quotas(answer: &Answer) -> Vec<&Quota<'static>> {
    let all = answer.responses.iter();
    all.filter_map(|response| match response {
        Response::Quota(quota) => Some(quota),
        _ => None,
    })
    .collect()
}

fn quota(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let answer = session.run(&Command::GetQuotaRoot { mailbox: MailboxName::INBOX })?.ok();
    let root = answer.responses.iter().find_map(|response| match response {
        Response::QuotaRoot(root) => Some(root),
        _ => None,
    });
    let root = root.expect("a QUOTAROOT response");
    assert!(root.mailbox.is_inbox());
    assert_eq!(root.roots.len(), 1);
    let expected = match server.kind {
        Kind::Dovecot => "User quota",
        _ => "INBOX",
    };
    let root = root.roots[0].to_str_lossy().into_owned();
    assert!(
        root == expected || root == server.user || root == format!("user/{}", server.user),
        "{root}"
    );
    let asked = session.run(&Command::GetQuota { root: argument(root) })?;
    // Cyrus tells users of their quota by GETQUOTAROOT only.
    assert_eq!(asked.status.is_ok(), server.kind != Kind::Cyrus);
    for answer in [&answer, &asked].into_iter().filter(|answer| answer.status.is_ok()) {
        let all = quotas(answer);
        assert_eq!(all.len(), 1);
        let storage = all[0].resources.iter().find(|one| one.name.eq_ignore_ascii_case("STORAGE"));
        let storage = storage.expect("STORAGE");
        // 1 GiB in units of 1024 bytes.
        assert_eq!(storage.limit, 1 << 20);
        assert!(storage.usage < storage.limit);
    }
    session.run(&Command::GetQuota { root: argument("no such root") })?.no();
    Ok(())
}

fn set_quota(server: &Server) -> Outcome {
    let mut session = server.connect();
    let setting = |root: String, limit| Command::SetQuota {
        root: argument(root),
        limits: vec![(atom("STORAGE"), limit)].into(),
    };
    if let Some((admin, password)) = server.account("cyradmin") {
        server.log_in_as(&mut session, admin, password);
        // The first login as heidi, which creates the mailboxes.
        let (heidi, password) = server.account("heidi").unwrap();
        let mut hers = server.connect();
        server.log_in_as(&mut hers, heidi, password);
        let root = format!("user/{heidi}");
        let answer = session.run(&setting(root.clone(), 54_321))?.ok();
        assert!(answer.responses.is_empty() || !quotas(&answer).is_empty());
        let answer = session.run(&Command::GetQuota { root: argument(root) })?.ok();
        let told = quotas(&answer)[0]
            .resources
            .iter()
            .find(|one| one.name.eq_ignore_ascii_case("STORAGE"));
        assert_eq!(told.unwrap().limit, 54_321);
        return Ok(());
    }
    server.log_in_as(&mut session, &server.user, &server.password);
    // A user may not; Dovecot has no configuration that lets one here.
    session.run(&setting("User quota".into(), 1))?.no();
    Err(NotOffered)
}

fn my_rights(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fresh_name();
    session.run(&create(&mailbox))?.ok();
    let rights = rights(&mut session, &mailbox)?;
    for right in "lrswipkxtea".chars() {
        assert!(rights.contains(right), "{rights}");
    }
    Ok(())
}

fn rights(session: &mut Session, mailbox: &MailboxName<'static>) -> Outcome<String> {
    let answer = session.run(&Command::MyRights { mailbox: mailbox.clone() })?.ok();
    let rights = answer.responses.iter().find_map(|response| match response {
        Response::MyRights { mailbox: of, rights } if of == mailbox => Some(rights),
        _ => None,
    });
    Ok(rights.expect("a MYRIGHTS response").to_str_lossy().into_owned())
}

/// Who has which rights to a mailbox.
fn entries(
    session: &mut Session,
    mailbox: &MailboxName<'static>,
) -> Outcome<Vec<(String, String)>> {
    let answer = session.run(&Command::GetAcl { mailbox: mailbox.clone() })?.ok();
    let of = |acl: &Acl<'_>| -> Vec<(String, String)> {
        let entries = acl.entries.iter();
        entries
            .map(|entry| {
                let mut rights: Vec<char> = entry.rights.to_str_lossy().chars().collect();
                rights.sort_unstable();
                (entry.identifier.to_str_lossy().into_owned(), rights.into_iter().collect())
            })
            .collect()
    };
    Ok(answer
        .responses
        .iter()
        .filter_map(|response| match response {
            Response::Acl(acl) if acl.mailbox == *mailbox => Some(of(acl)),
            _ => None,
        })
        .flatten()
        .collect())
}

fn set_acl(mailbox: &MailboxName<'static>, rights: &'static str) -> Command<'static> {
    Command::SetAcl {
        mailbox: mailbox.clone(),
        identifier: argument("heidi"),
        rights: argument(rights),
    }
}

fn acl(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fresh_name();
    session.run(&create(&mailbox))?.ok();
    let hers = |session: &mut Session| -> Outcome<Option<String>> {
        let all = entries(session, &mailbox)?;
        Ok(all.into_iter().find(|(who, _)| who == "heidi").map(|(_, rights)| rights))
    };
    assert_eq!(hers(&mut session)?, None);
    session.run(&set_acl(&mailbox, "lrs"))?.ok();
    assert_eq!(hers(&mut session)?.as_deref(), Some("lrs"));
    session.run(&set_acl(&mailbox, "+wi"))?.ok();
    assert_eq!(hers(&mut session)?.as_deref(), Some("ilrsw"));
    session.run(&set_acl(&mailbox, "-s"))?.ok();
    assert_eq!(hers(&mut session)?.as_deref(), Some("ilrw"));
    session
        .run(&Command::DeleteAcl { mailbox: mailbox.clone(), identifier: argument("heidi") })?
        .ok();
    assert_eq!(hers(&mut session)?, None);
    // Rights that do not exist.
    let answer = session.run(&set_acl(&mailbox, "!"))?;
    assert!(!answer.status.is_ok());
    Ok(())
}

fn list_rights(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let mailbox = server.fresh_name();
    session.run(&create(&mailbox))?.ok();
    let answer = session
        .run(&Command::ListRights { mailbox: mailbox.clone(), identifier: argument("heidi") })?
        .ok();
    let told = answer.responses.iter().find_map(|response| match response {
        Response::ListRights(rights) => Some(rights),
        _ => None,
    });
    let told = told.expect("a LISTRIGHTS response");
    assert_eq!(told.mailbox, mailbox);
    assert_eq!(told.identifier, "heidi");
    assert_eq!(told.required.to_str_lossy(), "");
    let optional: String =
        told.optional.iter().map(|group| group.to_str_lossy().into_owned()).collect();
    for right in "lrswipkxtea".chars() {
        assert!(optional.contains(right), "{optional}");
    }
    Ok(())
}

fn shared(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.needs("ACL")?;
    let mailbox = server.fill(&mut session, &messages::some(2));
    let (heidi, password) = server.account("heidi").unwrap();
    let mut other = server.connect();
    server.log_in_as(&mut other, heidi, password);
    let theirs = match server.kind {
        Kind::Dovecot => format!("Shared/{}/{}", server.user, mailbox.decoded(false)),
        _ => format!("Other Users/{}/{}", server.user, mailbox.decoded(false)),
    };
    let theirs = name(&theirs);
    other.run(&select(&theirs))?.no();
    session.run(&set_acl(&mailbox, "lrs"))?.ok();
    // Within a session Dovecot caches a missing right for a while.
    let mut other = server.connect();
    server.log_in_as(&mut other, heidi, password);
    let answer = other.run(&select(&theirs))?.ok();
    assert_eq!(view(&answer).message_count(), 2);
    let mut mine: Vec<char> = rights(&mut other, &theirs)?.chars().collect();
    mine.sort_unstable();
    mine.retain(|right| right.is_ascii_lowercase());
    assert_eq!(mine, ['l', 'r', 's']);
    // To write is not among them.
    let given = &messages::six()[0];
    let answer = other.upload(&given.append(&theirs), &given.octets, 100)?.no();
    let expected = (server.kind == Kind::Dovecot).then_some(ResponseCode::NoPerm);
    assert_eq!(answer.code, expected);
    Ok(())
}

fn compress(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.compress()?;
    // Everything works as before, in both directions.
    let given = messages::rich();
    let mailbox = server.fill(&mut session, &[given]);
    session.run(&select(&mailbox))?.ok();
    let octets = messages::rich().octets;
    let section = imap_proto_lite::section::Section::full();
    let item = imap_proto_lite::command::FetchItem::peek(section.clone());
    let answer = session.run(&fetch(1, vec![item]))?.ok();
    assert_eq!(answer.section(&section), octets);
    let large = messages::large(1 << 20);
    session.upload(&large.append(&mailbox), &large.octets, 10_000)?.ok();
    assert_eq!(uids(&mut session).len(), 2);
    session.run(&Command::Logout)?.ok();
    assert_eq!(session.machine().state(), State::Logout);
    assert_eq!(session.machine().send(&Command::Noop), Err(SendError::Closed));
    Ok(())
}

fn compress_twice(server: &Server) -> Outcome {
    let mut session = server.log_in();
    session.compress()?;
    // Dovecot does not announce it any more, then the machine does not send it.
    session.run(&Command::Capability)?.ok();
    if !session.has("COMPRESS=DEFLATE") {
        assert!(matches!(
            session.machine().send(&Command::Compress),
            Err(SendError::MissingCapability(_))
        ));
        return Ok(());
    }
    let id = session.send(&Command::Compress)?;
    let answer = session.wait(id, imap_proto_lite::CommandKind::Compress, &[], 1);
    assert_eq!(answer.no().code, Some(ResponseCode::CompressionActive));
    session.run(&Command::Noop)?.ok();
    Ok(())
}
