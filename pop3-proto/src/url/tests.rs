use alloc::string::ToString as _;

use proptest::prelude::*;

use super::*;

/// The examples of RFC 2384 section 10, and other URLs that its rules allow.
#[test]
fn urls() {
    let sasl = |name: &str| Some(UrlAuth::Sasl(name.into()));
    for (text, transport, user, auth, host, port) in [
        (
            "pop://rg@mailsrv.qualcomm.com",
            Transport::Clear,
            Some("rg"),
            Some(UrlAuth::Any),
            "mailsrv.qualcomm.com",
            110,
        ),
        (
            "pop://rg;AUTH=+APOP@mail.eudora.com:8110",
            Transport::Clear,
            Some("rg"),
            Some(UrlAuth::Apop),
            "mail.eudora.com",
            8110,
        ),
        (
            "pop://baz;AUTH=SCRAM-MD5@foo.bar",
            Transport::Clear,
            Some("baz"),
            sasl("SCRAM-MD5"),
            "foo.bar",
            110,
        ),
        ("POP://foo.bar/", Transport::Clear, None, None, "foo.bar", 110),
        ("pops://foo.bar", Transport::Tls, None, None, "foo.bar", 995),
        ("pops://u;auth=plain@FOO.bar:1", Transport::Tls, Some("u"), sasl("PLAIN"), "foo.bar", 1),
        ("pop://u;AUTH=*@foo.bar", Transport::Clear, Some("u"), Some(UrlAuth::Any), "foo.bar", 110),
        (
            "pop://u;AUTH=%2A@foo.bar",
            Transport::Clear,
            Some("u"),
            Some(UrlAuth::Any),
            "foo.bar",
            110,
        ),
        (
            "pop://u;AUTH=+X-1@foo.bar",
            Transport::Clear,
            Some("u"),
            Some(UrlAuth::Extension("X-1".into())),
            "foo.bar",
            110,
        ),
        (
            "pop://u%40example.org@foo.bar",
            Transport::Clear,
            Some("u@example.org"),
            Some(UrlAuth::Any),
            "foo.bar",
            110,
        ),
        (
            "pop://a%20b%3B%3a%2F%25@foo.bar",
            Transport::Clear,
            Some("a b;:/%"),
            Some(UrlAuth::Any),
            "foo.bar",
            110,
        ),
        (
            "pop://m%C3%BCller@foo.bar",
            Transport::Clear,
            Some("m\u{fc}ller"),
            Some(UrlAuth::Any),
            "foo.bar",
            110,
        ),
        ("pop://[2001:DB8::1]:110", Transport::Clear, None, None, "2001:db8::1", 110),
        (
            "pops://u@127.0.0.1:65535",
            Transport::Tls,
            Some("u"),
            Some(UrlAuth::Any),
            "127.0.0.1",
            65535,
        ),
    ] {
        let url: PopUrl = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(url.transport(), transport, "{text}");
        assert_eq!((url.user(), url.auth()), (user, auth.as_ref()), "{text}");
        assert_eq!((url.host(), url.port()), (host, port), "{text}");
        assert_eq!(url.to_string().parse(), Ok(url), "{text}");
    }
}

/// Passwords, control characters and other texts that are not POP URLs.
#[test]
fn texts_that_are_not_pop_urls_are_refused() {
    for (text, error) in [
        ("", UrlError::Scheme),
        ("pop:foo.bar", UrlError::Scheme),
        ("pop3://foo.bar", UrlError::Scheme),
        ("imap://foo.bar", UrlError::Scheme),
        ("//foo.bar", UrlError::Scheme),
        ("pop\u{e9}://x", UrlError::Scheme),
        ("pop://", UrlError::Host),
        ("pop://@foo.bar", UrlError::User),
        ("pop://;AUTH=*@foo.bar", UrlError::User),
        ("pop://u:secret@foo.bar", UrlError::Password),
        ("pop://u:@foo.bar", UrlError::Password),
        ("pop://u@", UrlError::Host),
        ("pop://u@evil@foo.bar", UrlError::Host),
        ("pop://u v@foo.bar", UrlError::User),
        ("pop://u\r\nDELE 1@foo.bar", UrlError::User),
        ("pop://u%0D%0ADELE%201@foo.bar", UrlError::Encoding),
        ("pop://u%0a@foo.bar", UrlError::Encoding),
        ("pop://u%00@foo.bar", UrlError::Encoding),
        ("pop://u%7f@foo.bar", UrlError::Encoding),
        ("pop://u%C2%85@foo.bar", UrlError::Encoding),
        ("pop://u%@foo.bar", UrlError::Encoding),
        ("pop://u%4@foo.bar", UrlError::Encoding),
        ("pop://u%g0@foo.bar", UrlError::Encoding),
        ("pop://u%ff@foo.bar", UrlError::User),
        ("pop://m\u{fc}ller@foo.bar", UrlError::User),
        ("pop://u;AUTH=@foo.bar", UrlError::Auth),
        ("pop://u;AUTH=+@foo.bar", UrlError::Auth),
        ("pop://u;AUTH=A B@foo.bar", UrlError::Auth),
        ("pop://u;AUTH=A%20B@foo.bar", UrlError::Auth),
        ("pop://u;AUTH=%0d@foo.bar", UrlError::Encoding),
        ("pop://u;AUTH=ABCDEFGHIJKLMNOPQRSTU@foo.bar", UrlError::Auth),
        ("pop://u;TYPE=a@foo.bar", UrlError::Auth),
        ("pop://foo.bar:", UrlError::Port),
        ("pop://foo.bar:0", UrlError::Port),
        ("pop://foo.bar:+1", UrlError::Port),
        ("pop://foo.bar:65536", UrlError::Port),
        ("pop://foo.bar/1", UrlError::Path),
        ("pop://foo.bar//", UrlError::Path),
        ("pop://foo.bar?x", UrlError::Path),
        ("pop://foo.bar#x", UrlError::Path),
        ("pop://foo%2ebar", UrlError::Host),
        ("pop://foo bar", UrlError::Host),
        ("pop://[::1", UrlError::Host),
        ("pop://[::1]x", UrlError::Host),
        ("pop://[foo]", UrlError::Host),
        ("pop://\u{fc}.bar", UrlError::Host),
    ] {
        assert_eq!(text.parse::<PopUrl>(), Err(error), "{text}");
    }
}

#[test]
fn made_from_parts() {
    let url = PopUrl::new(Transport::Tls, "::1").unwrap().with_port(1995).unwrap();
    let url = url.with_user("a@b", UrlAuth::Sasl("xoauth2".into())).unwrap();
    assert_eq!(url.to_string(), "pops://a%40b;AUTH=XOAUTH2@[::1]:1995");
    let plain = || PopUrl::new(Transport::Clear, "Foo.bar").unwrap();
    assert_eq!(plain().to_string(), "pop://foo.bar");
    assert_eq!(plain().with_port(0), Err(UrlError::Port));
    assert_eq!(plain().with_user("", UrlAuth::Any), Err(UrlError::User));
    assert_eq!(plain().with_user("a\nb", UrlAuth::Any), Err(UrlError::User));
    assert_eq!(plain().with_user("a", UrlAuth::Sasl("a b".into())), Err(UrlError::Auth));
    assert_eq!(plain().with_user("a", UrlAuth::Extension("@".into())), Err(UrlError::Auth));
    assert_eq!(PopUrl::new(Transport::Clear, "a@b"), Err(UrlError::Host));
    assert_eq!(PopUrl::new(Transport::Clear, "[::1]:1"), Err(UrlError::Host));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A URL is printed as one line of ASCII, and reading it gives the same URL.
    #[test]
    fn printed_and_read(user in "\\PC{1,20}", host in "[a-z0-9.-]{1,20}", port in 1..=u16::MAX) {
        let url = PopUrl::new(Transport::Tls, &host).unwrap().with_port(port).unwrap();
        let Ok(url) = url.with_user(&user, UrlAuth::Any) else { return Ok(()) };
        let text = url.to_string();
        prop_assert!(text.bytes().all(|octet| octet.is_ascii_graphic()));
        prop_assert_eq!(text.parse(), Ok(url));
    }

    #[test]
    fn no_panic(text in "(pops?://)?[a:@;=%0-9\\[\\]/\\.+*\\PC]{0,30}") {
        if let Ok(url) = text.parse::<PopUrl>() {
            prop_assert!(!url.user().is_some_and(|user| user.chars().any(char::is_control)));
            prop_assert_eq!(url.to_string().parse(), Ok(url));
        }
    }
}
