use tokio::io::{AsyncBufReadExt, BufReader};

use super::*;
use crate::{
    operation::Failure,
    tls::{Fixture, Flaw, HOST, NOW},
};

/// A client that says a line and hears one.
struct Client {
    stream: BufReader<ClientEnd>,
    /// Lines that were heard while nothing was asked.
    asked: usize,
}

fn failure(class: &str, text: &str) -> Failure {
    Failure { class: class.into(), transient: true, text: text.into() }
}

impl Client {
    async fn line(&mut self) -> Answer {
        let mut line = String::new();
        let read = timeout(Duration::from_secs(60), self.stream.read_line(&mut line)).await;
        match read {
            Err(_) => Err(failure("Timeout", "no answer")),
            Ok(Err(error)) => Err(failure("Io", &error.kind().to_string())),
            Ok(Ok(0)) => Err(failure("Closed", "the end")),
            Ok(Ok(_)) => Ok(line.trim_end().to_owned()),
        }
    }

    async fn ask(&mut self) -> Answer {
        self.asked += 1;
        let line = format!("a{} ASK\r\n", self.asked);
        let written = self.stream.write_all(line.as_bytes()).await;
        written.map_err(|error| failure("Io", &error.kind().to_string()))?;
        self.line().await
    }
}

const OPERATIONS: [Operation<Client>; 2] = [
    Operation::new("hear", |client| Box::pin(client.line())),
    Operation::new("ask", |client| Box::pin(client.ask())),
];

async fn played(text: &str, schedule: Schedule) {
    let transcript = Transcript::parse("toy", text);
    let (ours, server) = connection(&transcript.name, schedule);
    let mut client = Client { stream: BufReader::new(ours), asked: 0 };
    play(&transcript, &OPERATIONS, &mut client, server).await;
}

/// Plays a transcript that has a fault, and returns the fault.
async fn fault(text: &'static str) -> String {
    let local = tokio::task::LocalSet::new();
    let run = local.spawn_local(played(text, Schedule::Whole));
    let panic = local.run_until(run).await.unwrap_err().into_panic();
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap()
}

const TALK: &str = "S: hello\n> hear\n= hello\n> ask\nC: $1 ASK\nS: $1 yes\n= a1 yes\n\
    > ask\nC: $2 ASK\nS: $1 again\n= a1 again\n";

#[tokio::test(start_paused = true)]
async fn a_talk_is_played_in_every_schedule() {
    for schedule in [Schedule::Whole, Schedule::Every(1), Schedule::random(7)] {
        played(TALK, schedule).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_end_of_the_connection_is_learned() {
    for (how, learned) in [
        ("eof", "Closed, transient: the end"),
        ("half-close", "Closed, transient: the end"),
        ("reset", "Io, transient: connection reset"),
        ("no-close-notify", "Io, transient: unexpected end of file"),
        ("stall", "Timeout, transient: no answer"),
        ("write-zero", "Io, transient: write zero"),
    ] {
        let begin = if how == "write-zero" { "> ask\n" } else { "> ask\nC: $1 ASK\n" };
        let talk = match how {
            "write-zero" => format!("! {how}\n{begin}= error {learned}\n"),
            _ => format!("{begin}! {how}\n= error {learned}\n"),
        };
        played(&talk, Schedule::Whole).await;
    }
}

#[tokio::test(start_paused = true)]
async fn slow_and_odd_streams_are_read_in_the_end() {
    for how in ["pause 50s", "drip 1 1s", "short 1", "spurious"] {
        played(&format!("! {how}\n{TALK}"), Schedule::Whole).await;
    }
}

#[tokio::test(start_paused = true)]
async fn time_passes_and_an_operation_is_dropped() {
    let begun = tokio::time::Instant::now();
    let talk = "> ask\nC: $1 ASK\n! advance 59s\n! drop\nS: late\n> hear\n= late\n\
        > hear\n! advance 61s\n= error Timeout, transient: no answer\n";
    played(talk, Schedule::Whole).await;
    assert_eq!(begun.elapsed().as_secs(), 120);
}

/// A client that begins TLS.
struct Upgrade {
    plain: Option<ClientEnd>,
    config: Arc<rustls::ClientConfig>,
    safe: Option<tokio_rustls::client::TlsStream<ClientEnd>>,
}

impl Upgrade {
    async fn run(&mut self) -> Answer {
        let mut plain = self.plain.take().unwrap();
        plain.read_exact(&mut [0; 7]).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.config));
        self.safe = connector.connect(HOST.try_into().unwrap(), plain).await.ok();
        let mut heard = [0; 4];
        self.safe.as_mut().unwrap().read_exact(&mut heard).await.unwrap();
        Ok(String::from_utf8_lossy(&heard).into_owned())
    }
}

#[tokio::test]
async fn both_ends_do_the_handshake() {
    let fixture = Fixture::new();
    let transcript = Transcript::parse("toy", "S: begin\n> upgrade\n! tls\nS: safe\n= safe\n");
    let (plain, server) = connection(&transcript.name, Schedule::Every(5));
    let mut session = Upgrade { plain: Some(plain), config: fixture.client(NOW), safe: None };
    let upgrade = Operation::new("upgrade", |session: &mut Upgrade| Box::pin(session.run()));
    let server = server.with_tls(fixture.server(Flaw::None));
    play(&transcript, &[upgrade], &mut session, server).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_told_with_its_place() {
    for (talk, told) in [
        ("> ask\nC: $1 SAY\n", "toy:2: \"$1 SAY\": a1 ASK"),
        ("> ask\nC: $1 ASK\nS: no\n= yes\n", "toy:4"),
        ("> hear\nS: x\nC: more\n= x\n", "toy:3: missed, the operation ended: Some(Ok(\"x\"))"),
        ("> hear\nS: x\nS: y\n! drop\n", "toy:4: it has ended before"),
        ("> hear\n", "toy:1: the call neither ends nor is dropped"),
        ("> sing\n= la\n", "toy:1: no such call"),
        ("! boil\n", "toy:1: nothing that happens to a connection: boil"),
        ("! tls\n", "toy:1: no TLS for this server"),
    ] {
        let found = fault(talk).await;
        assert!(found.contains(told), "{talk}: {found}");
    }
}
