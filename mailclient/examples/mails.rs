//! Prints what `mailclient` understands of messages in files, for `.ci/mails.py`: one value a line,
//! as `key`, a tab, and the value in base64.
//!
//!     cargo run -p mailclient --example mails -- FILE..

use std::{error::Error, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use mailclient::{Address, Message};

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args_os().skip(1) {
        show(Path::new(&file))?;
    }
    Ok(())
}

fn show(file: &Path) -> Result<(), Box<dyn Error>> {
    say("file", file.as_os_str().as_encoded_bytes());
    let message = Message::parse(std::fs::read(file)?);
    let envelope = message.envelope();
    say("subject", envelope.subject.unwrap_or_default());
    for Address { name, email, .. } in envelope.from {
        say("from-name", name.unwrap_or_default());
        say("from-email", email.unwrap_or_default());
    }
    say("date", envelope.date.map(|date| date.to_string()).unwrap_or_default());
    say("text", message.text());
    say("html", message.html().unwrap_or_default());
    for attachment in message.attachments() {
        say("type", &attachment.media_type);
        say("name", attachment.name.as_deref().unwrap_or_default());
        say("content", attachment.content().into_vec());
    }
    for part in message.structure().parts {
        let path: Vec<String> = part.path.iter().map(ToString::to_string).collect();
        say("part", format!("{} {}", path.join("."), part.media_type));
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the output is what this is about")]
fn say(key: &str, value: impl AsRef<[u8]>) {
    println!("{key}\t{}", STANDARD.encode(value));
}
