//! The server machine and the saved result of SEARCH (RFC 5182).

use imap_proto_lite::Transport;

use crate::support::server::{Alone, server_config};

#[test]
fn the_saved_result_is_lost_with_the_no_to_a_search_that_saves() {
    for (command, is_lost) in [
        ("SEARCH RETURN (SAVE) CHARSET X-NONE ALL", true),
        ("uid search return (MIN SAVE) CHARSET X-NONE ALL", true),
        ("SEARCH RETURN (MIN) CHARSET X-NONE ALL", false),
        ("SEARCH CHARSET X-NONE ALL", false),
        ("SORT (DATE) X-NONE ALL", false),
        // BAD
        ("SEARCH RETURN (SAVE) NOTHING", false),
    ] {
        let mut server = Alone::logged_in(server_config(Transport::Tls), true);
        server.happened.clear();
        server.says(format!("a {command}\r\n"));
        let expected: &[&str] = if is_lost { &["SavedResultLost"] } else { &[] };
        assert_eq!(server.happened, expected, "{command}");
    }
}

/// RFC 5182 makes `$` a `sequence-set`.
#[test]
fn the_saved_result_can_follow_uid() {
    let mut server = Alone::logged_in(server_config(Transport::Tls), true);
    assert_eq!(server.says("a UID SEARCH UID $ SEEN\r\n"), "a OK yes\r\n");
    let said = server.says("a SEARCH UID $,3\r\n");
    assert_eq!(said, "a BAD Invalid arguments\r\n");
}
