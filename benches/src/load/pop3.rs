//! The POP3 corpora: bodies in wire form (dots stuffed, end mark included), and listings.

use super::{Load, body::message};
use crate::{
    rng::{BASE64, HEX, Rng},
    wire::{FIRST_NAMES, Wire, words},
};

/// The end of a multi-line response.
const END: &str = ".\r\n";
/// The status line before a body, where there is one.
const STATUS: &str = "+OK message follows\r\n";

/// Whether there are status lines before the bodies: a client machine needs them, a decoder does
/// not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Form {
    /// Bodies only.
    Bodies,
    /// Whole answers to RETR.
    Answers,
}

impl Form {
    const fn head(self) -> &'static str {
        match self {
            Self::Bodies => "",
            Self::Answers => STATUS,
        }
    }
}

/// Mail as it is: bodies of 2 KiB to 1 MiB, four fifths lines of base64, the rest text, some lines
/// with a dot at their start.
#[must_use]
pub fn mail(octets: usize, form: Form) -> Load {
    let mut rng = Rng::for_load(20);
    let mut wire = Wire::new();
    let mut messages = 0;
    // The same bodies in both forms.
    while wire.len() < octets + messages * form.head().len() {
        messages += 1;
        wire.text(form.head());
        let size = match rng.percent() {
            0..60 => rng.between(2 << 10, 20 << 10),
            60..95 => rng.between(20 << 10, 200 << 10),
            _ => rng.between(200 << 10, 1 << 20),
        };
        let end = wire.len() as u64 + size;
        wire.print(format_args!("From: {} <from@example.com>\r\nSubject: ", rng.pick(FIRST_NAMES)));
        wire.text(&words(&mut rng, 6)).text("\r\n\r\n");
        let text = rng.between(500, 1_000 + size / 5);
        let text_end = wire.len() as u64 + text;
        while (wire.len() as u64) < text_end {
            line_of_mail(&mut wire, &mut rng);
        }
        let line = rng.string(BASE64, 76) + "\r\n";
        while (wire.len() as u64) < end {
            wire.text(&line);
        }
        wire.text(END);
    }
    Load::new("POP3 mail", "bodies of mail", wire.into_octets(), messages, "message")
}

/// One line in a hundred begins with a dot.
fn line_of_mail(wire: &mut Wire, rng: &mut Rng) {
    let count = rng.between(1, 14);
    let dots = if rng.chance(1) { ".." } else { "" };
    wire.text(dots).text(&words(rng, count)).text("\r\n");
}

/// One body, of text as in mail.
#[must_use]
pub fn long(octets: usize) -> Load {
    let mut rng = Rng::for_load(26);
    let mut wire = Wire::new();
    while wire.len() < octets {
        line_of_mail(&mut wire, &mut rng);
    }
    wire.text(END);
    Load::new("POP3 body", "one body of text", wire.into_octets(), 1, "message")
}

/// Text only: short lines, in bodies of about 16 KiB.
#[must_use]
pub fn text(octets: usize, form: Form) -> Load {
    let mut rng = Rng::for_load(21);
    bodies("POP3 text", "bodies of text", octets, form, |wire| {
        let count = rng.between(1, 14);
        wire.text(&words(&mut rng, count)).text("\r\n");
    })
}

/// Base64 only.
#[must_use]
pub fn base64(octets: usize, form: Form) -> Load {
    let line = Rng::for_load(22).string(BASE64, 76) + "\r\n";
    bodies("POP3 base64", "bodies of base64", octets, form, |wire| {
        wire.text(&line);
    })
}

/// Every line is one stuffed dot: the worst that a body can be.
#[must_use]
pub fn dots(octets: usize, form: Form) -> Load {
    bodies("POP3 dots", "bodies of stuffed dots", octets, form, |wire| {
        wire.text("..\r\n");
    })
}

fn bodies(
    name: &'static str,
    content: &'static str,
    octets: usize,
    form: Form,
    mut line: impl FnMut(&mut Wire),
) -> Load {
    let mut wire = Wire::new();
    let mut messages = 0;
    // The same bodies in both forms.
    while wire.len() < octets + messages * form.head().len() {
        messages += 1;
        wire.text(form.head());
        let end = wire.len() + (16 << 10);
        while wire.len() < end {
            line(&mut wire);
        }
        wire.text(END);
    }
    Load::new(name, content, wire.into_octets(), messages, "message")
}

/// The answer to one RETR with a message of this size, without a stuffed dot.
#[must_use]
pub fn one(octets: usize) -> Load {
    let mut wire = Wire::new();
    wire.text(STATUS);
    wire.raw(&message(&mut Rng::for_load(23), octets as u64 - 2)).text("\r\n").text(END);
    Load::new("POP3 RETR", "one message", wire.into_octets(), 1, "message")
}

/// The answer to LIST, status line included.
#[must_use]
pub fn list(count: usize) -> Load {
    let mut rng = Rng::for_load(24);
    let mut wire = Wire::new();
    wire.print(format_args!("+OK {count} messages\r\n"));
    for number in 1..=count {
        wire.print(format_args!("{number} {}\r\n", rng.between(400, 3_000_000)));
    }
    wire.text(END);
    Load::new("POP3 LIST", "LIST", wire.into_octets(), count, "item")
}

/// The answer to UIDL, status line included.
#[must_use]
pub fn uidl(count: usize) -> Load {
    let mut rng = Rng::for_load(25);
    let mut wire = Wire::new();
    wire.print(format_args!("+OK {count} messages\r\n"));
    for number in 1..=count {
        wire.print(format_args!("{number} {}\r\n", rng.string(HEX, 24)));
    }
    wire.text(END);
    Load::new("POP3 UIDL", "UIDL", wire.into_octets(), count, "item")
}
