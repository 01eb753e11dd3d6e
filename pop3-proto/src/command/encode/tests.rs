use alloc::string::String;

use super::*;
use crate::{command::ReplyShape, types::MessageNumber};

const CONTEXT: Context = Context { limit: 255, utf8_credentials: false, initial_response: true };

fn encoded(command: &Command<'_>) -> Result<String, SendError> {
    encoded_in(command, CONTEXT)
}

fn encoded_in(command: &Command<'_>, context: Context) -> Result<String, SendError> {
    let mut out = BytesMut::new();
    self::command(&mut out, command, context)?;
    Ok(String::from_utf8(out.to_vec()).unwrap())
}

#[test]
fn commands_on_the_wire() {
    let number = MessageNumber::new(7).unwrap();
    for (command, wire) in [
        (Command::Capa, "CAPA\r\n"),
        (Command::Stls, "STLS\r\n"),
        (Command::User("mrose"), "USER mrose\r\n"),
        (Command::User("two words"), "USER two words\r\n"),
        // To the last space.
        (Command::Pass(" a  b "), "PASS  a  b \r\n"),
        (Command::Pass(""), "PASS \r\n"),
        (Command::Stat, "STAT\r\n"),
        (Command::List(None), "LIST\r\n"),
        (Command::List(Some(number)), "LIST 7\r\n"),
        (Command::Uidl(None), "UIDL\r\n"),
        (Command::Uidl(Some(number)), "UIDL 7\r\n"),
        (Command::Retr(number), "RETR 7\r\n"),
        (Command::Top { number, lines: 0 }, "TOP 7 0\r\n"),
        (Command::Top { number, lines: u32::MAX }, "TOP 7 4294967295\r\n"),
        (Command::Dele(number), "DELE 7\r\n"),
        (Command::Noop, "NOOP\r\n"),
        (Command::Rset, "RSET\r\n"),
        (Command::Quit, "QUIT\r\n"),
        (Command::Utf8, "UTF8\r\n"),
        (Command::Lang(None), "LANG\r\n"),
        (Command::Lang(Some("*")), "LANG *\r\n"),
        (Command::Raw { line: "XTND XLST", reply: ReplyShape::Lines }, "XTND XLST\r\n"),
        (Command::Auth { mechanism: "PLAIN", initial_response: None }, "AUTH PLAIN\r\n"),
        (
            Command::Auth { mechanism: "PLAIN", initial_response: Some(b"\0u\0p") },
            "AUTH PLAIN AHUAcA==\r\n",
        ),
        (
            Command::Auth { mechanism: "EXTERNAL", initial_response: Some(b"") },
            "AUTH EXTERNAL =\r\n",
        ),
    ] {
        assert_eq!(encoded(&command).as_deref(), Ok(wire));
    }
}

/// The command with its initial response has 255 bytes, and 256.
#[test]
fn initial_response_at_the_limit() {
    // "AUTH X " and CRLF are 9 bytes, base64 comes in fours: with this mechanism 255 can be met
    // exactly.
    let mechanism = "XY";
    let fits = [b'x'; 183];
    let too_long = [b'x'; 184];
    let wire = encoded(&Command::Auth { mechanism, initial_response: Some(&fits) }).unwrap();
    assert_eq!(wire.len(), 8 + 244 + 2);
    let mechanism = "XYZ";
    let wire = encoded(&Command::Auth { mechanism, initial_response: Some(&fits) }).unwrap();
    assert_eq!(wire.len(), 255);
    for (mechanism, data) in [("XYZW", &fits[..]), ("XYZ", &too_long[..])] {
        let wire = encoded(&Command::Auth { mechanism, initial_response: Some(data) }).unwrap();
        assert_eq!(wire, alloc::format!("AUTH {mechanism}\r\n"));
    }
    let two_lines = Context { initial_response: false, ..CONTEXT };
    let auth = Command::Auth { mechanism: "PLAIN", initial_response: Some(b"x") };
    assert_eq!(encoded_in(&auth, two_lines).as_deref(), Ok("AUTH PLAIN\r\n"));
}

/// No argument can end a line.
#[test]
fn no_line_end_in_any_argument() {
    for bad in ["a\rb", "a\nb", "a\0b", "\r\nDELE 1"] {
        for command in [
            Command::User(bad),
            Command::Pass(bad),
            Command::Lang(Some(bad)),
            Command::Auth { mechanism: bad, initial_response: None },
            Command::Raw { line: bad, reply: ReplyShape::Single },
        ] {
            assert!(
                matches!(encoded(&command), Err(SendError::InvalidArgument { .. })),
                "{bad:?} in {command:?}"
            );
        }
    }
}

#[test]
fn arguments_that_are_refused() {
    let long = "x".repeat(250);
    for (command, expected) in [
        (Command::User(""), "the user name is empty"),
        (
            Command::User("\u{e9}"),
            "the user name is not ASCII, and the server does not announce UTF8 USER",
        ),
        (
            Command::Pass("\u{e9}"),
            "the password is not ASCII, and the server does not announce UTF8 USER",
        ),
        (Command::User(&long), "longer than 255 bytes"),
        (
            Command::Auth { mechanism: "", initial_response: None },
            "the mechanism is not the name of a SASL mechanism",
        ),
        (
            Command::Auth { mechanism: "A B", initial_response: None },
            "the mechanism is not the name of a SASL mechanism",
        ),
        (
            Command::Auth { mechanism: "ABCDEFGHIJKLMNOPQRSTU", initial_response: None },
            "the mechanism is not the name of a SASL mechanism",
        ),
        (Command::Lang(Some("")), "the language range is empty or contains a space"),
        (Command::Lang(Some("a b")), "the language range is empty or contains a space"),
        (Command::Lang(Some("a;b")), "the language range is not a language range"),
        (Command::Raw { line: "", reply: ReplyShape::Single }, "the raw command has no keyword"),
        (
            Command::Raw { line: "dele 1", reply: ReplyShape::Single },
            "the raw command is a command that has its own type",
        ),
        (
            Command::Raw { line: "X \x07", reply: ReplyShape::Single },
            "the raw command contains a control character",
        ),
    ] {
        let error = encoded(&command).unwrap_err();
        assert_eq!(alloc::format!("{error}"), expected);
    }
    let utf8 = Context { utf8_credentials: true, ..CONTEXT };
    assert_eq!(encoded_in(&Command::User("\u{e9}"), utf8).as_deref(), Ok("USER \u{e9}\r\n"));
    // 255 with the line end is allowed, one more is not.
    assert_eq!(encoded(&Command::User(&long[..248])).map(|wire| wire.len()), Ok(255));
    assert!(encoded(&Command::User(&long[..249])).is_err());
}
