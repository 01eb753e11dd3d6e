//! Invariants of the server machine over random conversations.

use bytes::BytesMut;
use pop3_proto::{Transport, UniqueId, server};
use proptest::{collection::vec, prelude::*};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_panic_whatever_the_bytes_and_calls(
        pieces in vec(prop_oneof![
            Just(&b"CAPA\r\n"[..]), Just(&b"USER u\r\n"[..]), Just(&b"PASS p\r\n"[..]), Just(&b"AUTH PLAIN\r\n"[..]),
            Just(&b"AUTH\r\n"[..]), Just(&b"AUTH PLAIN AHUAcA==\r\n"[..]), Just(&b"*\r\n"[..]), Just(&b"QQ==\r\n"[..]),
            Just(&b"STAT\r\n"[..]), Just(&b"LIST\r\n"[..]), Just(&b"UIDL 1\r\n"[..]), Just(&b"RETR 1\r\n"[..]),
            Just(&b"TOP 1 1\r\n"[..]), Just(&b"DELE 1\r\n"[..]), Just(&b"RSET\r\n"[..]), Just(&b"QUIT\r\n"[..]),
            Just(&b"STLS\r\n"[..]), Just(&b"UTF8\r\n"[..]), Just(&b"LANG\r\n"[..]), Just(&b"LANG en\r\n"[..]),
            Just(&b"\r\n"[..]), Just(&b"\n"[..]), Just(&b"\xff\0"[..]), Just(&b"NOOP"[..]),
        ], 0..40),
        seed in any::<u16>(),
    ) {
        let mut config = server::Config::new(if seed & 1 == 0 { Transport::Tls } else { Transport::Clear });
        config.mechanisms = vec!["PLAIN".to_owned()];
        config.languages = vec![server::Language::new("en", "English")];
        config.utf8 = true;
        config.lf_commands = seed & 2 == 0;
        config.limits.bad_commands = 4;
        let mut machine = server::Connection::new(config);
        machine.greet("hello", None).unwrap();
        let mut input = BytesMut::new();
        let message = server::MaildropMessage::new(3, UniqueId::new("id").unwrap()).unwrap();
        let mut drop_it = seed;
        for piece in pieces {
            input.extend_from_slice(piece);
            drop_it = drop_it.rotate_left(3).wrapping_add(7);
            let mut events = 0;
            while let Ok(Some(event)) = machine.poll_event(&mut input) {
                events += 1;
                prop_assert!(events < 1000);
                while machine.poll_transmit().is_some() {}
                // Some responders are dropped: the connection stops, and that is all.
                if drop_it & 15 == 0 {
                    continue;
                }
                let yes = drop_it & 16 == 0;
                let maildrop = server::Maildrop::new(vec![message.clone()]);
                match event {
                    server::Event::Login { responder, .. } if yes => responder.accept(&mut machine, maildrop, "in").unwrap(),
                    server::Event::Login { responder, .. } => responder.refuse(&mut machine, None, "no").unwrap(),
                    server::Event::Auth { responder, .. } | server::Event::AuthResponse { responder, .. } => {
                        if yes { responder.challenge(&mut machine, b"x").unwrap() } else { responder.accept(&mut machine, maildrop, "in").unwrap() }
                    }
                    server::Event::Retr { responder, .. } | server::Event::Top { responder, .. } => {
                        let mut writer = responder.accept(&mut machine, "").unwrap();
                        let taken = writer.write(&mut machine, b".a\n").unwrap();
                        prop_assert_eq!(taken, 3);
                        if yes { writer.finish(&mut machine).unwrap(); } else { writer.abort(&mut machine).unwrap(); }
                    }
                    server::Event::Quit { responder, .. } => responder.committed(&mut machine, "bye").unwrap(),
                    _ => {}
                }
            }
            while machine.poll_transmit().is_some() {}
        }
        let _ = machine.handle_eof(&input);
    }
}
