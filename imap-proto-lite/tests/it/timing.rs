//! What the machines, which have no clock, say of time: how long to wait, and how long not to.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Command, CommandId, Config, Patience, Transport,
    client::{Connection, State},
    parse, server,
};

use crate::support::{
    client::{config, feed, greeted, transmitted},
    server::{Alone, server_config},
};

const ANSWER: Option<Patience> = Some(Patience::ANSWER);

fn minutes(minutes: u64) -> Option<Duration> {
    Some(Duration::from_secs(60 * minutes))
}

/// A client, and the tag of its last command.
struct Client {
    machine: Connection,
    input: BytesMut,
    tag: String,
}

impl Client {
    fn greeted(config: Config, greeting: &str) -> Self {
        let (machine, input) = greeted(config, greeting);
        Self { machine, input, tag: String::new() }
    }

    fn send(&mut self, command: &str) -> CommandId {
        let text = format!("x {command}\r\n");
        let id = self.machine.send(&parse::command(text.as_bytes()).unwrap().1);
        let id = id.unwrap();
        self.tag = self.machine.tag(id).unwrap().to_owned();
        transmitted(&mut self.machine);
        id
    }

    fn answer(&mut self, id: CommandId, octets: &'static [u8]) {
        self.machine.answer(id, Bytes::from_static(octets)).unwrap();
        transmitted(&mut self.machine);
    }

    fn hear(&mut self, line: &str) {
        let line = format!("{}\r\n", line.replace('$', &self.tag));
        feed(&mut self.machine, &mut self.input, line.as_bytes(), || 100);
        transmitted(&mut self.machine);
    }

    fn hints(&self) -> (Option<Patience>, Option<Duration>) {
        (self.machine.timeout_hint(), self.machine.keep_alive_hint())
    }
}

#[test]
fn a_server_that_owes_an_answer_has_a_deadline() {
    assert_eq!(Connection::new(config()).timeout_hint(), Some(Patience::GREETING));
    let mut client = Client::greeted(config(), "* OK ready\r\n");
    assert_eq!(client.hints(), (None, None), "nothing is owed");
    client.send("CAPABILITY");
    assert_eq!(client.hints(), (ANSWER, None));
    client.hear("* CAPABILITY IMAP4rev1 AUTH=PLAIN");
    assert_eq!(client.hints(), (ANSWER, None), "not all of it");
    client.hear("$ OK done");
    // A login may take minutes, and in a challenge it is our turn.
    let id = client.send("AUTHENTICATE PLAIN");
    assert_eq!(client.hints(), (Some(Patience::LOGIN), None));
    client.hear("+");
    assert_eq!(client.hints(), (None, None));
    client.answer(id, b"x");
    assert_eq!(client.hints(), (Some(Patience::LOGIN), None));
    client.hear("$ OK in");
    // The longest of those in flight.
    assert_eq!(client.hints(), (None, minutes(9)));
    client.send("SELECT INBOX");
    client.hear("$ OK done");
    client.send("UID SEARCH TEXT x");
    let search = client.tag.clone();
    client.send("NOOP");
    assert_eq!(client.hints(), (Some(Patience::SLOW_ANSWER), None));
    client.hear(&format!("{search} OK done"));
    assert_eq!(client.hints(), (ANSWER, None));
    client.hear("$ OK done");
    assert_eq!(client.hints(), (None, minutes(9)));
    // A message: the +, our bytes, the answer.
    let id = client.send("APPEND INBOX {3}");
    assert_eq!(client.hints(), (Some(Patience::STREAM), None));
    client.hear("+ go on");
    assert_eq!(client.hints(), (None, None));
    client.answer(id, b"abc");
    assert_eq!(client.hints(), (Some(Patience::STREAM), None));
    client.hear("$ OK done");
    // IDLE is silent, and is renewed.
    let id = client.send("IDLE");
    assert_eq!(client.hints(), (ANSWER, None));
    client.hear("+ idling");
    assert_eq!(client.hints(), (None, minutes(9)));
    client.machine.end_idle(id).unwrap();
    assert_eq!(client.hints(), (ANSWER, None));
    client.hear("$ OK done");
    client.send("LOGOUT");
    assert_eq!(client.hints(), (ANSWER, None));
    client.hear("* BYE x");
    client.hear("$ OK done");
    assert_eq!(client.machine.state(), State::Logout);
    assert_eq!(client.hints(), (None, None));
}

#[test]
fn a_command_has_no_deadline_before_it_leaves() {
    let mut client = Client::greeted(config(), "* PREAUTH ready\r\n");
    client.machine.send(&Command::Noop).unwrap();
    assert_eq!(client.hints(), (None, None), "queued");
    transmitted(&mut client.machine);
    assert_eq!(client.hints(), (ANSWER, None));
    // A second one does not count either before it leaves.
    let (_, search) = parse::command(b"x UID SEARCH ALL\r\n").unwrap();
    let mut client = Client::greeted(config(), "* PREAUTH ready\r\n");
    client.send("SELECT INBOX");
    client.hear("$ OK done");
    client.send("NOOP");
    client.machine.send(&search).unwrap();
    assert_eq!(client.hints(), (ANSWER, None));
    transmitted(&mut client.machine);
    assert_eq!(client.hints(), (Some(Patience::SLOW_ANSWER), None));
}

#[test]
fn a_handshake_has_a_deadline_and_a_failure_has_none() {
    let mut clear = Config::new(Transport::Clear);
    clear.tag_seed = 3;
    let mut client = Client::greeted(clear, "* OK ready\r\n");
    client.send("STARTTLS");
    client.hear("$ OK go");
    assert_eq!(client.hints(), (Some(Patience::TLS), None));
    let mut client = Client::greeted(config(), "* PREAUTH ready\r\n");
    client.send("COMPRESS DEFLATE");
    client.hear("$ OK go");
    assert_eq!(client.hints(), (None, None), "it is the caller's turn");
    let mut client = Client::greeted(config(), "* PREAUTH ready\r\n");
    client.machine.send(&Command::Noop).unwrap();
    client.hear("zzz OK what?");
    assert!(client.machine.error().is_some());
    assert_eq!(client.hints(), (None, None));
}

#[test]
fn a_client_may_be_silent_for_half_an_hour() {
    let half_an_hour = minutes(30);
    let tls = || server_config(Transport::Tls);
    let bye = b"* BYE Autologout; idle for too long\r\n";
    let fresh = server::Connection::new(tls());
    assert_eq!(fresh.timeout_hint(), None, "it is the server's turn");
    for waits in [
        "",
        "a NO",
        "a AUTHENTICATE PLAIN\r\n",
        "l LOGIN joe x\r\na IDLE\r\n",
        "l LOGIN joe x\r\na APPEND INBOX {3}\r\n",
    ] {
        let mut server = Alone::new(tls());
        server.says(waits);
        assert_eq!(server.machine.timeout_hint(), half_an_hour, "{waits}");
        server.machine.handle_timeout();
        assert_eq!(server.written(), bye);
        assert_eq!(server.says("b NOOP\r\n"), "");
        assert_eq!(server.happened.last().unwrap(), "Close");
        assert_eq!(server.machine.timeout_hint(), None);
        server.machine.handle_timeout();
        assert_eq!(server.written(), b"");
    }
    // A handshake that does not come: there is nothing to say in clear text.
    let mut server = Alone::new(server_config(Transport::Clear));
    server.says("a STARTTLS\r\n");
    assert_eq!(server.machine.timeout_hint(), half_an_hour);
    server.machine.handle_timeout();
    assert_eq!(server.says(""), "");
    assert_eq!(server.happened.last().unwrap(), "Close");
    assert!(server.machine.handle_tls_established(&BytesMut::new()).is_err());
    // While the server works the client need not speak.
    let mut server = Alone::logged_in(tls(), true);
    server.keeps = true;
    server.says("a FETCH 1 FLAGS\r\n");
    assert_eq!(server.machine.timeout_hint(), None);
    // The end of the transport came first.
    let mut server = Alone::new(tls());
    let error = server.machine.handle_eof(&BytesMut::new()).unwrap_err();
    server.machine.handle_timeout();
    assert_eq!(server.machine.poll_event(&mut BytesMut::new()).unwrap_err(), error);
}

#[test]
fn ports_and_names() {
    assert_eq!(Transport::Clear.port(), 143);
    assert_eq!(Transport::Tls.port(), 993);
    assert_eq!(Transport::Clear.srv_service(), "_imap._tcp");
    assert_eq!(Transport::Tls.srv_service(), "_imaps._tcp");
}
