//! A server that another program can look into: for tests in any language. It takes the name of a
//! [`Persona`] as its argument, or none.
//!
//! Standard output begins with a line for each port (`port`, scheme, number), the root certificate
//! (`root`, its length in bytes, then the PEM text on the next lines) and a line `end`. Then each
//! line of standard input is a command; its fields are separated by tabs:
//!
//! | command | answer |
//! |---|---|
//! | `folders` user | a line `folder`, name for each folder |
//! | `messages` user, folder | `message`, UID, flags, length; the bytes begin after the line |
//! | `deliver` user, folder, length, then a line end and the bytes | `delivered`, UID |
//! | `log` | what happened since the start, or since the last `clear` |
//! | `clear` | nothing |
//!
//! An entry of the log has the fields kind, user, folder, UID, flags and length, then the bytes of
//! the message; for a change to a folder UID is 0, the length is 0, and the flags are its new name
//! after a rename. Each answer ends in a line `end`, or is one line `error` with a text. The
//! program ends with its standard input.

use std::io::{self, BufRead, Read as _, Write};

use mail_testserver::{Change, Persona, Scheme, TestServer};

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut builder = TestServer::builder().port(Scheme::Imap, 0).port(Scheme::Pop3, 0);
    if let Some(name) = std::env::args().nth(1) {
        let persona = Persona::named(&name).ok_or_else(|| {
            let names: Vec<&str> = Persona::names().collect();
            io::Error::other(format!("no persona {name:?}; there are {}", names.join(", ")))
        })?;
        builder = builder.persona(persona);
    }
    let server = runtime.block_on(builder.start())?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    for scheme in Scheme::TLS.into_iter().chain([Scheme::Imap, Scheme::Pop3]) {
        writeln!(output, "port\t{scheme}\t{}", server.port(scheme))?;
    }
    let root = server.root_pem();
    write!(output, "root\t{}\n{root}end\n", root.len())?;
    output.flush()?;
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let fields: Vec<&str> = line.trim_end_matches(['\r', '\n']).split('\t').collect();
        match carry_out(&server, &fields, &mut input, &mut output) {
            Ok(()) => writeln!(output, "end")?,
            Err(error) => writeln!(output, "error\t{error}")?,
        }
        output.flush()?;
        line.clear();
    }
    Ok(())
}

/// Carries out one command and writes its answer without the last line.
fn carry_out(
    server: &TestServer,
    fields: &[&str],
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> io::Result<()> {
    match fields {
        ["folders", user] => {
            for folder in server.folders(user) {
                writeln!(output, "folder\t{folder}")?;
            }
        }
        ["messages", user, folder] => {
            let messages = server.messages(user, folder);
            for message in messages.ok_or_else(|| io::Error::other("no such folder"))? {
                let (uid, flags) = (message.uid, message.flags.join(" "));
                writeln!(output, "message\t{uid}\t{flags}\t{}", message.bytes.len())?;
                output.write_all(&message.bytes)?;
            }
        }
        ["deliver", user, folder, length] => {
            let length: u64 = length.parse().map_err(io::Error::other)?;
            let mut bytes = Vec::new();
            input.take(length).read_to_end(&mut bytes)?;
            writeln!(output, "delivered\t{}", server.deliver(user, folder, bytes)?)?;
        }
        ["log"] => write_log(server, output)?,
        ["clear"] => server.clear_log(),
        _ => {
            return Err(io::Error::other(
                "no such command: folders, messages, deliver, log, clear; tabs separate the fields",
            ));
        }
    }
    Ok(())
}

fn write_log(server: &TestServer, output: &mut impl Write) -> io::Result<()> {
    for entry in server.log() {
        let (kind, uid, flags, bytes) = match &entry.change {
            Change::Stored { uid, flags, bytes, .. } => ("stored", *uid, flags.join(" "), &**bytes),
            Change::Deleted { uid, bytes, .. } => ("deleted", *uid, String::new(), &**bytes),
            Change::Flagged { uid, flags, bytes, .. } => {
                ("flagged", *uid, flags.join(" "), &**bytes)
            }
            Change::FolderCreated => ("created", 0, String::new(), &[][..]),
            Change::FolderDeleted => ("removed", 0, String::new(), &[][..]),
            Change::FolderRenamed { to, .. } => ("renamed", 0, to.clone(), &[][..]),
            Change::Subscribed => ("subscribed", 0, String::new(), &[][..]),
            Change::Unsubscribed => ("unsubscribed", 0, String::new(), &[][..]),
            _ => continue,
        };
        let (user, folder, length) = (&entry.user, &entry.folder, bytes.len());
        writeln!(output, "{kind}\t{user}\t{folder}\t{uid}\t{flags}\t{length}")?;
        output.write_all(bytes)?;
    }
    Ok(())
}
