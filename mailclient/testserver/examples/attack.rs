//! Attacks a server over TCP on loopback, and prints what each attack took: seconds, and by how
//! many MiB the memory of the server's process grew. The clients of the first attacks have a
//! separate process; those of the others, which are few, live in the same one.

use std::{
    io::{self, BufRead as _, Write as _},
    net::SocketAddr,
    process::{Command, Stdio},
    time::Instant,
};

use flate2::{Compression, write::DeflateEncoder};
use mail_testserver::{Scheme, TestServer};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

const CONNECTIONS: usize = 10_000;

/// The client's end of a session of IMAP in clear text.
struct Client(BufReader<TcpStream>);

impl Client {
    /// After the greeting.
    async fn new(server: &TestServer) -> io::Result<Self> {
        Self::at(server.address(Scheme::Imap)).await
    }

    async fn at(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        let mut client = Self(BufReader::with_capacity(4096, stream));
        client.line().await?;
        Ok(client)
    }

    /// With INBOX open.
    async fn in_inbox(server: &TestServer) -> io::Result<Self> {
        let mut client = Self::new(server).await?;
        client.asks("l LOGIN alice wonderland").await?;
        client.asks("s SELECT INBOX").await?;
        Ok(client)
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await
    }

    /// A line; empty at the end.
    async fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).await?;
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// Reads up to the tagged line, or to the end.
    async fn hears(&mut self, tag: &str) -> io::Result<String> {
        loop {
            let line = self.line().await?;
            if line.is_empty() || line.starts_with(tag) {
                return Ok(line);
            }
        }
    }

    /// Sends a command, and returns its tagged line.
    async fn asks(&mut self, command: &str) -> io::Result<String> {
        self.say(command).await?;
        let tag = command.split(' ').next().unwrap_or_default();
        self.hears(&format!("{tag} ")).await
    }
}

/// Resident memory of this process in MiB; 0 where the system does not tell.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()).and_then(|kib| kib.parse().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// Prints one attack.
struct Report(Instant, f64);

impl Report {
    fn begin() -> Self {
        Self(Instant::now(), memory())
    }

    fn end(self, what: &str) {
        let (seconds, grown) = (self.0.elapsed().as_secs_f64(), memory() - self.1);
        let mut output = io::stdout().lock();
        let _ = writeln!(output, "{what:<76} {seconds:>7.2} s {grown:>8.1} MiB");
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    if let Some(address) = std::env::args().nth(1) {
        return clients(address.parse().map_err(io::Error::other)?).await;
    }
    let server = TestServer::builder().port(Scheme::Imap, 0).port(Scheme::Pop3, 0).start().await?;
    connections(&server).await?;
    guesses(&server).await?;
    deep_names(&server).await?;
    floods(&server).await?;
    silent_readers(&server).await?;
    literals(&server).await?;
    empty_messages(&server).await?;
    bomb(&server).await
}

async fn connections(server: &TestServer) -> io::Result<()> {
    let address = server.address(Scheme::Imap).to_string();
    let mut child = Command::new(std::env::current_exe()?)
        .arg(address)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let mut input = input.ok_or(io::ErrorKind::BrokenPipe)?;
    let mut said = io::BufReader::new(output.ok_or(io::ErrorKind::BrokenPipe)?).lines();
    for what in ["greeted", "with INBOX open", "in IDLE"] {
        let report = Report::begin();
        input.write_all(b"\n")?;
        said.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        report.end(&format!("{CONNECTIONS} connections at a time, {what}"));
    }
    let report = Report::begin();
    server.deliver("alice", "INBOX", "Subject: news\r\n\r\n")?;
    input.write_all(b"\n")?;
    said.next().ok_or(io::ErrorKind::UnexpectedEof)??;
    report.end(&format!("{CONNECTIONS} connections told of a message"));
    drop(input);
    child.wait().map(drop)
}

/// The process of the clients: does its next step for each line of its input.
async fn clients(address: SocketAddr) -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock().lines(), io::stdout());
    let mut clients = Vec::with_capacity(CONNECTIONS);
    for step in 0..4 {
        input.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        if step == 0 {
            for _ in 0..CONNECTIONS {
                clients.push(Client::at(address).await?);
            }
        }
        for client in &mut clients {
            match step {
                0 => {}
                1 => {
                    client.asks("l LOGIN alice wonderland").await?;
                    client.asks("s SELECT INBOX").await?;
                }
                2 => {
                    client.say("i IDLE").await?;
                    client.hears("+").await?;
                }
                _ => {
                    client.hears("* 17 EXISTS").await?;
                }
            }
        }
        writeln!(output, "done")?;
        output.flush()?;
    }
    // The end of the input.
    input.next().transpose().map(drop)
}

async fn guesses(server: &TestServer) -> io::Result<()> {
    let report = Report::begin();
    let mut closed = 0;
    for _ in 0..2_000 {
        let mut client = Client::new(server).await?;
        for guess in 0..6 {
            if client.asks(&format!("a LOGIN alice guess{guess}")).await?.is_empty() {
                closed += 1;
                break;
            }
        }
    }
    report.end(&format!("10000 wrong passwords; {closed} of 2000 connections closed after five"));
    Ok(())
}

async fn deep_names(server: &TestServer) -> io::Result<()> {
    let before = server.folders("alice").len();
    let report = Report::begin();
    let mut client = Client::in_inbox(server).await?;
    let name = "a/".repeat(15_000);
    let mut refused = 0;
    for _ in 0..1_000 {
        let command = format!("c CREATE {{{}+}}\r\n{name}", name.len());
        refused += usize::from(client.asks(&command).await?.starts_with("c NO [LIMIT]"));
    }
    let more = server.folders("alice").len() - before;
    report.end(&format!("1000 CREATE of 15000 levels; {refused} refused, {more} folders more"));
    let report = Report::begin();
    let mut made = 0;
    for number in 0..20_000 {
        let command = format!("c CREATE f{number}");
        made += usize::from(client.asks(&command).await?.starts_with("c OK"));
    }
    report.end(&format!("20000 CREATE of one level; {made} made"));
    Ok(())
}

async fn floods(server: &TestServer) -> io::Result<()> {
    let report = Report::begin();
    let mut client = Client::in_inbox(server).await?;
    let thousand = "n NOOP\r\n".repeat(1_000);
    for _ in 0..500 {
        client.0.write_all(thousand.as_bytes()).await?;
        for _ in 0..1_000 {
            client.hears("n ").await?;
        }
    }
    report.end("500000 NOOP, a thousand at a time");
    let report = Report::begin();
    let mut client = Client::in_inbox(server).await?;
    let stars = "*".repeat(1_000);
    client.asks(&format!("l LIST \"\" {stars}")).await?;
    report.end("LIST with a pattern of 1000 stars over 10000 folders");
    let report = Report::begin();
    let mut client = Client::new(server).await?;
    // The server closes before it has read everything.
    let _ = client.0.write_all(&vec![b'x'; 64 << 20]).await;
    drop(client);
    report.end("a line of 64 MiB");
    Ok(())
}

async fn silent_readers(server: &TestServer) -> io::Result<()> {
    let report = Report::begin();
    let mut clients = Vec::new();
    for _ in 0..100 {
        let mut client = Client::in_inbox(server).await?;
        // 5 MB each, ten times.
        client.say("f FETCH 15 BODY.PEEK[]\r\n".repeat(10).trim_end()).await?;
        clients.push(client);
    }
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    // The server has had time to write all that it can.
    let mut probe = Client::in_inbox(server).await?;
    for _ in 0..1_000 {
        probe.asks("n NOOP").await?;
    }
    report.end("100 clients that ask for 50 MB each and read nothing");
    Ok(())
}

async fn literals(server: &TestServer) -> io::Result<()> {
    let report = Report::begin();
    let mut client = Client::in_inbox(server).await?;
    let mut refused = 0;
    for _ in 0..10_000 {
        refused +=
            usize::from(client.asks("a APPEND INBOX {99999999999}").await?.contains("TOOBIG"));
        refused += usize::from(client.asks("b CREATE {4294967295}").await?.contains("TOOBIG"));
    }
    report.end(&format!("20000 literals of many GB announced; {refused} refused"));
    let report = Report::begin();
    let mut clients = Vec::new();
    for _ in 0..1_000 {
        let mut client = Client::in_inbox(server).await?;
        client.say("a APPEND INBOX {60000000}").await?;
        client.hears("+").await?;
        clients.push(client);
    }
    report.end("1000 uploads of 60 MB announced, nothing sent");
    Ok(())
}

async fn empty_messages(server: &TestServer) -> io::Result<()> {
    let report = Report::begin();
    let mut client = Client::new(server).await?;
    client.asks("l LOGIN bob builder").await?;
    client.asks("s SELECT INBOX").await?;
    client.asks("a APPEND INBOX {0+}\r\n").await?;
    let mut copies = 0;
    while client.asks("c COPY 1:* INBOX").await?.starts_with("c OK") {
        copies += 1;
    }
    let messages = server.messages("bob", "INBOX").map_or(0, |messages| messages.len());
    report.end(&format!(
        "COPY 1:* to itself of an empty message; {copies} times, {messages} messages"
    ));
    Ok(())
}

async fn bomb(server: &TestServer) -> io::Result<()> {
    let mut client = Client::in_inbox(server).await?;
    client.asks("z COMPRESS DEFLATE").await?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let line = vec![b'x'; 1 << 20];
    for _ in 0..1_024 {
        encoder.write_all(&line)?;
    }
    let bomb = encoder.finish()?;
    let report = Report::begin();
    let _ = client.0.write_all(&bomb).await;
    let mut rest = Vec::new();
    let _ = client.0.read_to_end(&mut rest).await;
    report.end(&format!("1 GiB in {} KiB of deflate", bomb.len() / 1024));
    Ok(())
}
