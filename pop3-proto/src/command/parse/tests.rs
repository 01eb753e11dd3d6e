use super::*;

#[test]
fn commands_from_clients() {
    let number = |number| MessageNumber::new(number).unwrap();
    let arguments = |kind| Err(BadCommand::Arguments(kind));
    for (line, expected) in [
        (&b"capa"[..], Ok(Received::Capa)),
        (b"USER a b", Ok(Received::User("a b"))),
        (b"PASS  a b ", Ok(Received::Pass(b" a b "))),
        (b"PASS ", Ok(Received::Pass(b""))),
        (b"AUTH", Ok(Received::AuthList)),
        (b"AUTH ", Ok(Received::AuthList)),
        (b"auth plain", Ok(Received::Auth { mechanism: "plain", initial_response: None })),
        (b"AUTH PLAIN =", Ok(Received::Auth { mechanism: "PLAIN", initial_response: Some(b"=") })),
        (b"LIST 4294967295", Ok(Received::List(Some(number(u32::MAX))))),
        (b"TOP 1 0", Ok(Received::Top { number: number(1), lines: 0 })),
        (b"LANG", Ok(Received::Lang(None))),
        (b"LANG en", Ok(Received::Lang(Some("en")))),
        (
            b"APOP m r c4c9334bac560ecc979e58001b3e22fb",
            Ok(Received::Apop {
                name: "m r",
                digest: [
                    0xc4, 0xc9, 0x33, 0x4b, 0xac, 0x56, 0x0e, 0xcc, 0x97, 0x9e, 0x58, 0, 0x1b,
                    0x3e, 0x22, 0xfb,
                ],
            }),
        ),
        (b"APOP m xyz", arguments(CommandKind::Apop)),
        (b"APOP m c4c9334bac560ecc979e58001b3e22f\xc3", arguments(CommandKind::Apop)),
        (b"APOP  c4c9334bac560ecc979e58001b3e22fb", arguments(CommandKind::Apop)),
        (b"APOP m +4c9334bac560ecc979e58001b3e22fb", arguments(CommandKind::Apop)),
        (b"PASS", arguments(CommandKind::Pass)),
        (b"USER", arguments(CommandKind::User)),
        (b"USER \xff", arguments(CommandKind::User)),
        (b"STAT 1", arguments(CommandKind::Stat)),
        // Differs from no argument.
        (b"AUTH \xff", arguments(CommandKind::Auth)),
        (b"LANG \xff", arguments(CommandKind::Lang)),
        (b"LIST \xff", arguments(CommandKind::List)),
        (b"TOP 1 \xff", arguments(CommandKind::Top)),
        (b"RETR", arguments(CommandKind::Retr)),
        (b"RETR 0", arguments(CommandKind::Retr)),
        (b"RETR +1", arguments(CommandKind::Retr)),
        (b"RETR 1 2", arguments(CommandKind::Retr)),
        (b"TOP 1", arguments(CommandKind::Top)),
        (b"TOP 1 -1", arguments(CommandKind::Top)),
        (b"AUTH A B C", arguments(CommandKind::Auth)),
        (b"LAST", Err(BadCommand::Unknown)),
        (b"", Err(BadCommand::Unknown)),
        (b" CAPA", Err(BadCommand::Unknown)),
        (b"NOOP\nDELE 1", Err(BadCommand::Unknown)),
        (b"NOOP\0", Err(BadCommand::Unknown)),
    ] {
        assert!(command(line).map(|(_, received)| received) == expected, "{line:?}");
    }
}
