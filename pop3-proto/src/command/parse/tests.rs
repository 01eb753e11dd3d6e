use super::*;

#[test]
fn commands_from_clients() {
    let number = |number| MessageNumber::new(number).unwrap();
    for (line, expected) in [
        (&b"capa"[..], Ok(Request::Capa)),
        (b"USER a b", Ok(Request::User("a b"))),
        (b"PASS  a b ", Ok(Request::Pass(b" a b "))),
        (b"PASS ", Ok(Request::Pass(b""))),
        (b"AUTH", Ok(Request::AuthList)),
        (b"AUTH ", Ok(Request::AuthList)),
        (b"auth plain", Ok(Request::Auth { mechanism: "plain", initial_response: None })),
        (b"AUTH PLAIN =", Ok(Request::Auth { mechanism: "PLAIN", initial_response: Some(b"=") })),
        (b"LIST 4294967295", Ok(Request::List(Some(number(u32::MAX))))),
        (b"TOP 1 0", Ok(Request::Top { number: number(1), lines: 0 })),
        (b"LANG", Ok(Request::Lang(None))),
        (b"LANG en", Ok(Request::Lang(Some("en")))),
        (
            b"APOP m r c4c9334bac560ecc979e58001b3e22fb",
            Ok(Request::Apop {
                name: "m r",
                digest: [
                    0xc4, 0xc9, 0x33, 0x4b, 0xac, 0x56, 0x0e, 0xcc, 0x97, 0x9e, 0x58, 0, 0x1b,
                    0x3e, 0x22, 0xfb,
                ],
            }),
        ),
        (b"APOP m xyz", Err(BadCommand::Arguments(CommandKind::Apop))),
        (b"PASS", Err(BadCommand::Arguments(CommandKind::Pass))),
        (b"USER", Err(BadCommand::Arguments(CommandKind::User))),
        (b"USER \xff", Err(BadCommand::Arguments(CommandKind::User))),
        (b"STAT 1", Err(BadCommand::Arguments(CommandKind::Stat))),
        // Not the same as no argument.
        (b"AUTH \xff", Err(BadCommand::Arguments(CommandKind::Auth))),
        (b"LANG \xff", Err(BadCommand::Arguments(CommandKind::Lang))),
        (b"LIST \xff", Err(BadCommand::Arguments(CommandKind::List))),
        (b"TOP 1 \xff", Err(BadCommand::Arguments(CommandKind::Top))),
        (b"RETR", Err(BadCommand::Arguments(CommandKind::Retr))),
        (b"RETR 0", Err(BadCommand::Arguments(CommandKind::Retr))),
        (b"RETR +1", Err(BadCommand::Arguments(CommandKind::Retr))),
        (b"RETR 1 2", Err(BadCommand::Arguments(CommandKind::Retr))),
        (b"TOP 1", Err(BadCommand::Arguments(CommandKind::Top))),
        (b"TOP 1 -1", Err(BadCommand::Arguments(CommandKind::Top))),
        (b"AUTH A B C", Err(BadCommand::Arguments(CommandKind::Auth))),
        (b"LAST", Err(BadCommand::Unknown)),
        (b"", Err(BadCommand::Unknown)),
        (b" CAPA", Err(BadCommand::Unknown)),
        (b"NOOP\nDELE 1", Err(BadCommand::Unknown)),
        (b"NOOP\0", Err(BadCommand::Unknown)),
    ] {
        assert!(command(line) == expected, "{line:?}");
    }
}
