//! What some servers send to a POP3 client without UTF8 ([RFC
//! 6856](https://www.rfc-editor.org/rfc/rfc6856)) in place of a message with an 8-bit header.

use super::header;

/// Whether the header of a message holds other bytes than ASCII.
pub(super) fn has_8bit_header(message: &[u8]) -> bool {
    !header::split(message).0.is_ascii()
}

/// A message that has this one as its attachment, as Courier writes it. `mark` separates the parts;
/// the real server takes another one each time.
pub(super) fn wrapped(message: &[u8], mark: &str) -> Vec<u8> {
    let before = format!(
        "From: Mail Delivery Subsystem <postmaster@localhost>\r\n\
         Subject: Cannot display Unicode content\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"{mark}\"\r\n\
         \r\n\
         --{mark}\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\
         \r\n\
         The attached message has a header in Unicode, which this mail program did not ask for.\r\n\
         --{mark}\r\n\
         Content-Type: message/global\r\n\
         Content-Transfer-Encoding: 8bit\r\n\
         \r\n"
    );
    [before.as_bytes(), message, format!("\r\n--{mark}--\r\n").as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_the_second_part() {
        let message = "Subject: Über\r\n\r\nbody\r\n";
        assert!(has_8bit_header(message.as_bytes()));
        assert!(!has_8bit_header("Subject: x\r\n\r\nÜber\r\n".as_bytes()));
        let wrapped = wrapped(message.as_bytes(), "mark");
        let parsed = mail_parser::MessageParser::default().parse(&wrapped[..]).unwrap();
        assert_eq!(parsed.subject(), Some("Cannot display Unicode content"));
        assert_eq!(parsed.parts.len(), 3);
        let inner = wrapped.windows(message.len()).any(|part| part == message.as_bytes());
        assert!(inner && !has_8bit_header(&wrapped));
    }
}
