//! Input from a broken or hostile server.

use crate::wire::Wire;

/// A kind of hostile input.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Hostile {
    /// Its name.
    pub name: &'static str,
    /// Its description, with the unit of its size.
    pub content: &'static str,
    make: fn(&mut Wire, usize),
}

impl Hostile {
    /// The input of this size.
    #[must_use]
    pub fn octets(self, size: usize) -> Vec<u8> {
        let mut wire = Wire::new();
        (self.make)(&mut wire, size);
        wire.into_octets()
    }

    /// The input with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        LINES
            .iter()
            .chain(NESTING)
            .chain(LITERALS)
            .chain(LISTS)
            .copied()
            .find(|hostile| hostile.name == name)
    }
}

fn fill(wire: &mut Wire, size: usize, piece: &str) {
    while wire.len() < size {
        wire.text(piece);
    }
}

/// Lines that never end; the size is in bytes. Work has to grow with the size, not with its square.
pub const LINES: &[Hostile] = &[
    Hostile {
        name: "text",
        content: "`* OK` and a text without end",
        make: |wire, size| fill(wire.text("* OK "), size, "a"),
    },
    Hostile {
        name: "quoted",
        content: "a quoted string without end",
        make: |wire, size| fill(wire.text("* 1 FETCH (ENVELOPE (\""), size, "a"),
    },
    Hostile {
        name: "flags",
        content: "a flag list without end",
        make: |wire, size| fill(wire.text("* 1 FETCH (FLAGS ("), size, "\\Seen "),
    },
    Hostile {
        name: "search",
        content: "a SEARCH without end",
        make: |wire, size| fill(wire.text("* SEARCH"), size, " 123456"),
    },
    Hostile {
        name: "addresses",
        content: "an address list without end",
        make: |wire, size| {
            fill(
                wire.text("* 1 FETCH (ENVELOPE (NIL NIL ("),
                size,
                "(\"Ann\" NIL \"ann\" \"example.com\")",
            )
        },
    },
];

/// Nesting; the size is its depth. A parser that recurses ends the process.
pub const NESTING: &[Hostile] = &[
    Hostile {
        name: "multipart",
        content: "multiparts in multiparts",
        make: |wire, depth| {
            wire.text("* 1 FETCH (BODYSTRUCTURE ").text(&"(".repeat(depth));
            wire.text("\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1)")
                .text(&" \"mixed\")".repeat(depth.saturating_sub(1)))
                .text(")\r\n");
        },
    },
    Hostile {
        name: "open",
        content: "opening parentheses and a line end",
        make: |wire, depth| {
            wire.text("* 1 FETCH (BODYSTRUCTURE ").text(&"(".repeat(depth)).text("\r\n");
        },
    },
    Hostile {
        name: "message",
        content: "messages in messages",
        make: |wire, depth| {
            let envelope = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
            let message = format!("(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 1 {envelope} ");
            wire.text("* 1 FETCH (BODYSTRUCTURE ").text(&message.repeat(depth));
            wire.text("(\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1)")
                .text(&" 1)".repeat(depth))
                .text(")\r\n");
        },
    },
    Hostile {
        name: "extension",
        content: "lists in lists in extension data",
        make: |wire, depth| {
            wire.text("* 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1 NIL NIL NIL NIL ");
            wire.text(&"(".repeat(depth)).text("1").text(&")".repeat(depth)).text("))\r\n");
        },
    },
    Hostile {
        name: "thread",
        content: "threads in threads",
        make: |wire, depth| {
            wire.text("* THREAD ")
                .text(&"(".repeat(depth))
                .text("1")
                .text(&")".repeat(depth))
                .text("\r\n");
        },
    },
];

/// Announced literals; the size is the announced one, three bytes come. Memory must not follow the
/// announcement.
pub const LITERALS: &[Hostile] = &[
    Hostile {
        name: "body-literal",
        content: "a body of announced size",
        make: |wire, size| {
            wire.print(format_args!("* 1 FETCH (BODY[] {{{size}}}\r\nabc"));
        },
    },
    Hostile {
        name: "line-literal",
        content: "a subject of announced size",
        make: |wire, size| {
            wire.print(format_args!("* 1 FETCH (ENVELOPE (NIL {{{size}}}\r\nabc"));
        },
    },
];

/// Complete responses with very many members; the size is their number.
pub const LISTS: &[Hostile] = &[
    Hostile {
        name: "many-flags",
        content: "flags of one message",
        make: |wire, count| {
            wire.text("* 1 FETCH (FLAGS (\\Seen")
                .text(&" \\Seen".repeat(count.saturating_sub(1)))
                .text("))\r\n");
        },
    },
    Hostile {
        name: "empty-literals",
        content: "addresses of three empty literals each",
        make: |wire, count| {
            let address = "({0}\r\n NIL {0}\r\n {0}\r\n)";
            wire.text("* 1 FETCH (ENVELOPE (NIL NIL (")
                .text(&address.repeat(count))
                .text(") NIL NIL NIL NIL NIL NIL NIL))\r\n");
        },
    },
];
