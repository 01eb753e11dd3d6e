//! Messages as text: headers, dates and bodies.

use mailclient::{Address, Content, DateTime, Envelope, Message};

/// Reads a message, reads the same bytes as single header fields, and checks what comes out.
pub fn mail_text(data: &[u8]) {
    let message = Message::parse(data.to_vec());
    envelope(&message.envelope());
    envelope(&Envelope::parse(data));
    body(&message, data.len());
    fields(data);
    for attachment in message.attachments().into_iter().take(4) {
        let bytes = attachment.content().into_vec();
        let length = bytes.len();
        body(&Message::parse(bytes), length);
    }
}

/// A text of the header is on one line.
fn clean(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn envelope(envelope: &Envelope) {
    let Envelope { from, sender, reply_to, to, cc, bcc, in_reply_to, references, .. } = envelope;
    for Address { name, email, .. } in
        [from, reply_to, to, cc, bcc].into_iter().flatten().chain(sender)
    {
        assert!(name.is_some() || email.is_some());
        name.iter().chain(email).for_each(|text| clean(text));
    }
    envelope.subject.iter().chain(&envelope.message_id).for_each(|text| clean(text));
    in_reply_to.iter().chain(references).for_each(|text| clean(text));
    envelope.date.iter().for_each(date);
}

/// A date is one that there is.
fn date(date: &DateTime) {
    assert_eq!(date.to_string().parse(), Ok(*date));
    let day = DateTime::day(date.year, date.month, date.day);
    let same = day.and_then(|day| day.at(date.hour, date.minute, date.second));
    assert_eq!(same.and_then(|same| same.with_offset(date.offset_minutes)), Some(*date));
}

fn body(message: &Message, length: usize) {
    // A byte may become three of UTF-8 and a line end.
    assert!(message.text().len() <= 8 * length + 1);
    assert!(message.html().unwrap_or_default().len() <= 4 * length + 1);
    let parts = message.structure().parts;
    assert!(!parts.is_empty() && parts.len() <= 10_000);
    for (place, part) in parts.iter().enumerate() {
        assert!(part.parent.is_none_or(|parent| parent < place) && part.path.len() <= 100);
        assert_eq!(part.parent.is_none(), place == 0);
        assert!(part.size.is_none_or(|size| size <= length as u64));
        part.name.iter().chain(&part.content_id).chain(&part.encoding).for_each(|text| clean(text));
        clean(&part.media_type);
    }
    for attachment in message.attachments() {
        assert!(parts.iter().any(|part| part.path == attachment.path));
        let chunks = |content: Content| content.map(|chunk| chunk.len()).sum::<usize>();
        let size = chunks(attachment.content());
        assert!(size as u64 <= attachment.encoded_size());
    }
}

/// A field costs itself and no other, whatever is in it.
fn fields(data: &[u8]) {
    let line: Vec<u8> =
        data.iter().copied().take(1000).filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    for name in ["Date", "From", "Content-Type", "References"] {
        let header = [name.as_bytes(), b": ", &line, b"\nSubject: kept\n\nbody"].concat();
        let message = Message::parse(header);
        let found = message.envelope();
        assert_eq!(found.subject.as_deref(), Some("kept"));
        envelope(&found);
    }
}
