//! BODYSTRUCTURE with extension data.

use super::{Load, envelope::envelope};
use crate::{
    rng::{HEX, Rng},
    wire::{WORDS, Wire},
};

/// 3.6 parts a response on average.
#[must_use]
pub fn structures(count: usize) -> Load {
    let mut rng = Rng::for_load(3);
    let mut wire = Wire::new();
    let mut uid = 1000;
    for seq in 1..=count {
        uid += rng.between(1, 3);
        wire.print(format_args!("* {seq} FETCH (UID {uid} BODYSTRUCTURE "));
        structure(&mut wire, &mut rng);
        wire.text(")\r\n");
    }
    Load::new("BODYSTRUCTURE", "FETCH (UID BODYSTRUCTURE)", wire.into_octets(), count, "response")
}

fn structure(wire: &mut Wire, rng: &mut Rng) {
    match rng.percent() {
        0..35 => text(wire, rng, "plain"),
        35..65 => alternative(wire, rng),
        65..85 => {
            wire.text("(");
            alternative(wire, rng);
            for _ in 0..rng.between(1, 3) {
                attachment(wire, rng);
            }
            multipart_end(wire, rng, "mixed");
        }
        85..95 => {
            wire.text("((");
            alternative(wire, rng);
            for _ in 0..rng.between(1, 4) {
                inline_image(wire, rng);
            }
            multipart_end(wire, rng, "related");
            if rng.chance(50) {
                attachment(wire, rng);
            }
            multipart_end(wire, rng, "mixed");
        }
        95..99 => {
            wire.text("(");
            text(wire, rng, "plain");
            forwarded_message(wire, rng);
            multipart_end(wire, rng, "mixed");
        }
        _ => {
            wire.text("(((");
            text(wire, rng, "plain");
            attachment(wire, rng);
            multipart_end(wire, rng, "mixed");
            attachment(wire, rng);
            multipart_end(wire, rng, "mixed");
            text(wire, rng, "plain");
            multipart_end(wire, rng, "mixed");
        }
    }
}

fn text(wire: &mut Wire, rng: &mut Rng, subtype: &str) {
    let charset = rng.pick(&["utf-8", "us-ascii", "iso-8859-1", "Windows-1252"]);
    let encoding = rng.pick(&["7bit", "quoted-printable", "base64", "8bit"]);
    let octets = rng.between(40, 60_000);
    wire.text("(\"text\" ")
        .quoted(subtype)
        .text(" ")
        .pairs(&[("charset", charset)])
        .text(" NIL NIL ")
        .quoted(encoding);
    wire.print(format_args!(" {octets} {} NIL NIL NIL NIL)", octets / 70 + 1));
}

fn attachment(wire: &mut Wire, rng: &mut Rng) {
    let (kind, subtype, extension) = rng.pick(&[
        ("application", "pdf", "pdf"),
        ("application", "octet-stream", "bin"),
        ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("image", "png", "png"),
        ("image", "jpeg", "jpg"),
        ("text", "calendar", "ics"),
    ]);
    let name = format!("{} {}.{extension}", rng.pick(WORDS), rng.between(1, 500));
    let octets = rng.between(1_000, 8_000_000);
    wire.text("(")
        .quoted(kind)
        .text(" ")
        .quoted(subtype)
        .text(" ")
        .pairs(&[("name", &name)])
        .text(" NIL ")
        .quoted(&name);
    wire.print(format_args!(" \"base64\" {octets}"));
    if kind == "text" {
        wire.print(format_args!(" {}", octets / 78 + 1));
    }
    disposition(wire, "attachment", &name, octets);
}

fn inline_image(wire: &mut Wire, rng: &mut Rng) {
    let name = format!("image{:03}.png", rng.between(1, 99));
    let octets = rng.between(1_000, 8_000_000);
    let id = format!("<{name}@{}.{}>", rng.string(HEX, 8), rng.string(HEX, 8));
    wire.text("(\"image\" \"png\" ")
        .pairs(&[("name", &name)])
        .text(" ")
        .quoted(&id)
        .text(" ")
        .quoted(&name);
    wire.print(format_args!(" \"base64\" {octets}"));
    disposition(wire, "inline", &name, octets);
}

fn disposition(wire: &mut Wire, kind: &str, name: &str, octets: u64) {
    let size = octets.to_string();
    wire.text(" NIL (").quoted(kind).text(" ");
    wire.pairs(&[
        ("filename", name),
        ("size", &size),
        ("creation-date", "Fri, 02 Jan 2026 09:30:00 GMT"),
    ])
    .text(") NIL NIL)");
}

fn multipart_end(wire: &mut Wire, rng: &mut Rng, subtype: &str) {
    let boundary = format!("_{:03}_{}_", rng.between(0, 11), rng.string(HEX, 48));
    wire.text(" ")
        .quoted(subtype)
        .text(" ")
        .pairs(&[("boundary", &boundary)])
        .text(" NIL NIL NIL)");
}

fn alternative(wire: &mut Wire, rng: &mut Rng) {
    wire.text("(");
    text(wire, rng, "plain");
    text(wire, rng, "html");
    multipart_end(wire, rng, "alternative");
}

fn forwarded_message(wire: &mut Wire, rng: &mut Rng) {
    wire.print(format_args!(
        "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" {} ",
        rng.between(2_000, 90_000)
    ));
    envelope(wire, rng);
    wire.text(" ");
    alternative(wire, rng);
    wire.print(format_args!(" {} NIL NIL NIL NIL)", rng.between(20, 2_000)));
}
