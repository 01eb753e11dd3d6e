//! `ls`, `read`, `get` and `search` on an account over both protocols.

use mailclient::{Account, Append, Credentials, FolderName, Tls};
use serde_json::Value;

use crate::support::{Served, mail};

const SCHEMES: [&str; 4] = ["imaps", "imap+starttls", "pop3s", "pop3+stls"];

fn messages(server: &Served, scheme: &str) -> Vec<Value> {
    let said = server.mail("ls", scheme, &["--json"]).succeeds();
    let mut said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["total"], 16, "{scheme}");
    serde_json::from_value(said["messages"].take()).unwrap()
}

#[test]
fn ls_lists_folders_and_the_newest_messages() {
    let server = Served::with(&[]);
    for scheme in SCHEMES {
        let rows = messages(&server, scheme);
        assert_eq!(rows.len(), 16, "{scheme}");
        assert!(rows.iter().all(|row| row["size"].as_u64() > Some(0)), "{scheme}");
        let said = server.mail("ls", scheme, &["--limit", "3"]).succeeds();
        assert!(said.contains("INBOX: 16 messages, the newest 3:"), "{said}");
        let newest = rows[15]["id"].as_str().unwrap();
        assert!(said.contains(newest) && !said.contains(rows[12]["id"].as_str().unwrap()));
    }
}

#[test]
fn get_writes_the_message_that_read_shows() {
    let server = Served::with(&[]);
    let before = messages(&server, "imaps");
    for scheme in SCHEMES {
        let rows = messages(&server, scheme);
        let id = rows[0]["id"].as_str().unwrap();
        let file = server.file(scheme);
        let said = server.mail("get", scheme, &[id, file.to_str().unwrap()]).succeeds();
        let message = std::fs::read(&file).unwrap();
        assert!(said.starts_with(&format!("{} bytes in ", message.len())), "{said}");
        assert_eq!(rows[0]["size"], message.len(), "{scheme}");

        // A file that is there is not replaced.
        std::fs::write(&file, "mine").unwrap();
        let said = server.mail("get", scheme, &[id, file.to_str().unwrap()]).fails();
        assert!(said.contains("exists already"), "{said}");
        assert_eq!(std::fs::read(&file).unwrap(), b"mine");
        server.mail("get", scheme, &["--force", id, file.to_str().unwrap()]).succeeds();
        assert_eq!(std::fs::read(&file).unwrap(), message);
        assert_eq!(server.mail("get", scheme, &[id, "-"]).succeeds().as_bytes(), message);
        let said = server.mail("get", scheme, &["--json", id, "-"]).fails();
        assert!(said.contains("standard output"), "{said}");

        let said = server.mail("read", scheme, &[id]).succeeds();
        let subject = rows[0]["subject"].as_str().unwrap();
        assert!(said.contains(subject), "{said}");
        let text = String::from_utf8(message).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(said.contains(body.lines().next().unwrap()), "{said}");
    }
    // None of it changed the account.
    assert_eq!(messages(&server, "imaps"), before);
}

#[test]
fn search_asks_the_server_where_there_is_search() {
    let server = Served::with(&[]);
    let said = server.mail("search", "imaps", &["--json", "engine"]).succeeds();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert!(said["total"].as_u64() > Some(0) && said["total"].as_u64() < Some(16), "{said}");
    let total = |arguments: &[&str]| {
        let arguments = [&["--json"], arguments].concat();
        let said = server.mail("search", "imaps", &arguments).succeeds();
        serde_json::from_str::<Value>(&said).unwrap()["total"].as_u64()
    };
    assert_eq!(total(&["engine"]), said["total"].as_u64());
    assert_eq!(total(&["engine", "--subject", "no such subject"]), Some(0));
    assert_eq!(total(&["--from", "nobody at all"]), Some(0));
    assert!(total(&["--unseen"]) > Some(0));
    let said = server.mail("search", "imaps", &[]).fails();
    assert!(said.contains("WORDS"), "{said}");
    let said = server.mail("search", "pop3s", &["engine"]).fails();
    assert!(said.contains("`mail ls` shows what this mailbox can do"), "{said}");
}

#[test]
fn what_is_wrong_with_an_account_is_said() {
    let server = Served::with(&[]);
    for scheme in SCHEMES {
        let said = server.mail("ls", scheme, &[]).with("MAIL_PASSWORD", "guess").fails();
        assert!(said.contains("check user and MAIL_PASSWORD"), "{said}");
        assert!(!said.contains("guess"), "{said}");
        let said = mail(&["ls", server.url(scheme)]).with("MAIL_PASSWORD", "wonderland").fails();
        assert!(said.contains("certificate"), "{said}");
        server.mail("ls", scheme, &[]).with("MAIL_TOKEN", "token-of-alice").succeeds();
    }
}

#[test]
fn the_cause_of_a_failure_is_said() {
    let server = Served::with(&[]);
    let url = server.url("imaps").to_owned();
    drop(server);
    let said = mail(&["ls", &url]).with("MAIL_PASSWORD", "wonderland").fails();
    let port = url.rsplit(':').next().unwrap();
    let (_, cause) = said.split_once(&format!("cannot connect to localhost:{port}: ")).unwrap();
    assert!(cause.contains("os error") && cause.contains("try again later"), "{said}");
}

#[test]
fn the_port_of_the_other_protocol_is_explained() {
    let server = Served::with(&[]);
    for (scheme, other) in [("imaps", "pop3s"), ("pop3s", "imaps")] {
        let url = format!("{scheme}://alice@localhost:{}", server.port(other));
        let root = server.file("root.pem");
        let run = mail(&["ls", "--ca", root.to_str().unwrap(), &url]);
        let said = run.with("MAIL_PASSWORD", "wonderland").fails();
        assert!(said.contains("check the port: 993 is usual for IMAP, 995 for POP3"), "{said}");
    }
}

#[test]
fn an_id_of_another_folder_is_refused() {
    let server = Served::with(&[]);
    let rows = messages(&server, "imaps");
    let id = rows[0]["id"].as_str().unwrap().replace("INBOX", "Archive");
    let said = server.mail("read", "imaps", &[&id]).fails();
    assert!(said.contains("is not in INBOX") && said.contains("--folder"), "{said}");
}

#[test]
fn ls_marks_what_was_not_read() {
    let server = Served::with(&[]);
    let rows = messages(&server, "imaps");
    let said = server.mail("ls", "imaps", &[]).succeeds();
    let mut marked = 0;
    for row in &rows {
        let id = format!(" {} ", row["id"].as_str().unwrap());
        let line = said.lines().find(|line| line.contains(&id)).unwrap();
        let is_unread = !row["flags"].as_str().unwrap().contains("\\Seen");
        assert_eq!(line.trim_start().starts_with('*'), is_unread, "{line}: {row}");
        marked += usize::from(is_unread);
    }
    assert!(0 < marked && marked < rows.len(), "{marked}");
    assert!(!server.mail("ls", "pop3s", &[]).succeeds().contains('*'));
}

#[test]
fn ls_tells_attachments_as_json_where_the_server_does() {
    let server = Served::with(&[]);
    let rows = messages(&server, "imaps");
    let told = |row: &Value| row["attachments"].as_array().unwrap().clone();
    let files: Vec<Value> = rows.iter().flat_map(told).collect();
    assert!(files.iter().any(|file| file["name"].is_string()), "{files:?}");
    assert!(files.iter().all(|file| file["part"].as_str() > Some("")), "{files:?}");
    assert!(messages(&server, "pop3s").iter().all(|row| row["attachments"].is_null()));
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_closed_or_full_is_no_panic() {
    let server = Served::with(&[]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    server.mail("ls", "imaps", &[]).to(writer).ends(0, "");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let said = server.mail("ls", "imaps", &[]).to(full).ends(1, "cannot write the output");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn search_tells_sizes() {
    let server = Served::with(&[]);
    let said = server.mail("search", "imaps", &["--json", "--unseen"]).succeeds();
    let said: Value = serde_json::from_str(&said).unwrap();
    let rows = said["messages"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["size"].as_u64() > Some(0)), "{said}");
}

#[test]
fn save_writes_attachments_and_replaces_none() {
    let server = Served::with(&[]);
    let rows = messages(&server, "imaps");
    let files = |row: &Value| row["attachments"].as_array().unwrap().len();
    let row = rows.iter().max_by_key(|row| files(row)).unwrap();
    let id = row["id"].as_str().unwrap();
    let folder = server.file("saved");
    std::fs::create_dir(&folder).unwrap();
    let output = folder.to_str().unwrap();
    let said = server.mail("save", "imaps", &[id, "-o", output]).succeeds();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), files(row), "{said}");

    // The sizes are those that `read` counts after it decoded the whole message.
    let read = server.mail("read", "imaps", &["--json", id]).succeeds();
    let read: Value = serde_json::from_str(&read).unwrap();
    for (line, file) in said.lines().zip(read["attachments"].as_array().unwrap()) {
        let (told, path) = line.split_once(" bytes in ").unwrap();
        assert_eq!(told, file["size"].to_string(), "{said}");
        assert_eq!(std::fs::read(path).unwrap().len().to_string(), told);
        std::fs::write(path, "mine").unwrap();
    }
    let said = server.mail("save", "imaps", &[id, "-o", output]).fails();
    assert!(said.contains("exists already"), "{said}");
    let saved = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    assert!(saved.into_iter().all(|file| std::fs::read(file).unwrap() == b"mine"));
    let said = server.mail("save", "imaps", &[id, "--part", "99"]).fails();
    assert!(said.contains("no such attachment"), "{said}");
}

/// Puts a mail with attachments of these names into INBOX, and returns its id.
fn with_attachments(server: &Served, names: &[&str]) -> String {
    let parts: String = names
        .iter()
        .map(|name| {
            let escaped: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let disposition = format!("attachment; filename*=utf-8''{escaped}");
            format!("--b\r\nContent-Disposition: {disposition}\r\n\r\n{}\r\n", name.len())
        })
        .collect();
    let message =
        format!("Subject: files\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--");
    let roots = std::fs::read(server.file("root.pem")).unwrap();
    let account: Account = server.url("imaps").parse().unwrap();
    let account = account.with_tls(Tls::with_extra_roots(&roots).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut mailbox = account.connect(&Credentials::password("wonderland")).await.unwrap();
        let (inbox, options) = (FolderName::inbox(), Append::new(message.len() as u64));
        let stored = mailbox.append(&inbox, &options, &mut message.as_bytes()).await.unwrap();
        stored.unwrap().to_string()
    })
}

#[test]
fn save_stays_in_its_directory_whatever_the_names() {
    let server = Served::with(&[]);
    let long = "x".repeat(300);
    let names =
        ["../../evil", "..", "/etc/passwd", r"C:\evil", "a\u{7}b\u{85}c", &long, ".hidden", "con|"];
    let id = with_attachments(&server, &names);
    let folder = server.file("deep");
    std::fs::create_dir(&folder).unwrap();
    let beside = || std::fs::read_dir(folder.parent().unwrap()).unwrap().count();
    let before = beside();
    server.mail("save", "imaps", &[&id, "-o", folder.to_str().unwrap()]).succeeds();
    assert_eq!(beside(), before);
    let mut found: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let cut = format!("6-{}", "x".repeat(198));
    let expected = [
        "1-____evil",
        "2-_",
        "3-_etc_passwd",
        "4-C__evil",
        "5-a\u{fffd}b\u{fffd}c",
        &cut,
        "7-.hidden",
        "8-con_",
    ];
    assert_eq!(found, expected);
    let part = server.file("one");
    std::fs::create_dir(&part).unwrap();
    server.mail("save", "imaps", &[&id, "--part", "4", "-o", part.to_str().unwrap()]).succeeds();
    assert_eq!(std::fs::read(part.join("4-C__evil")).unwrap(), b"7");
}
