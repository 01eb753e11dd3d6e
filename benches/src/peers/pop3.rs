//! The POP3 crates, and curl.

use std::{hint::black_box, net::SocketAddr, process::Command, time::Duration};

use pop3_codec::parse;
use rust_pop3_client::{Pop3Connection as _, Pop3ConnectionFactory};
use tokio::runtime::{Builder, Runtime};

use crate::{
    answer::{Answer, Field},
    measure::Outcome,
};

/// The answer to a command out of one buffer. Its types have no public names.
macro_rules! decoded {
    ($parse:ident, $octets:expr) => {
        parse::$parse($octets).map(|(rest, response)| (rest, response.unwrap())).map_err(|error| {
            match error {
                nom7::Err::Incomplete(_) => "incomplete".to_owned(),
                nom7::Err::Error(error) | nom7::Err::Failure(error) => format!("{:?}", error.code),
            }
        })
    };
}

/// `pop3-codec`: a LIST from one buffer.
///
/// # Errors
/// The first response that it does not understand.
pub fn list(octets: &[u8]) -> Outcome {
    let (_, listing) = decoded!(response_list_all, octets)?;
    black_box(&listing);
    Ok(listing.body.len() as u64)
}

/// `pop3-codec`: a UIDL from one buffer.
///
/// # Errors
/// The first response that it does not understand.
pub fn uidl(octets: &[u8]) -> Outcome {
    let (_, listing) = decoded!(response_uidl_all, octets)?;
    black_box(&listing);
    Ok(listing.body.len() as u64)
}

/// The values that `pop3-codec` understands of a LIST.
///
/// # Errors
/// The first response that it does not understand.
pub fn list_understood(octets: &[u8]) -> Result<Answer, String> {
    let mut answer = Answer::default();
    for item in decoded!(response_list_all, octets)?.1.body {
        answer.number(Field::Listing, item.message_id.into());
        answer.number(Field::Listing, item.message_size.into());
    }
    Ok(answer)
}

/// The values that `pop3-codec` understands of a UIDL.
///
/// # Errors
/// The first response that it does not understand.
pub fn uidl_understood(octets: &[u8]) -> Result<Answer, String> {
    let mut answer = Answer::default();
    for item in decoded!(response_uidl_all, octets)?.1.body {
        answer.number(Field::Listing, item.message_id.into());
        answer.octets(Field::Listing, item.message_uid.as_bytes());
    }
    Ok(answer)
}

/// `pop3-codec`: answers to RETR out of one buffer.
///
/// # Errors
/// The first response that it does not understand.
pub fn retr(octets: &[u8]) -> Outcome {
    let mut rest = octets;
    let mut messages = 0;
    while !rest.is_empty() {
        let (behind, message) =
            decoded!(response_retr, rest).map_err(|error| super::at(messages, error))?;
        black_box(&message);
        rest = behind;
        messages += 1;
    }
    Ok(messages)
}

/// A client of another crate, connected and logged in; returns the bytes of one RETR.
pub type Retr = Box<dyn FnMut() -> Result<Vec<u8>, String>>;

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread().enable_all().build().map_err(text)
}

/// `rust-pop3-client`, without TLS.
///
/// # Errors
/// The connection or the login fails.
pub fn rust_pop3_client(address: SocketAddr) -> Result<Retr, String> {
    let mut client = Pop3ConnectionFactory::without_tls(&address.ip().to_string(), address.port())
        .map_err(text)?;
    client.login("ann", "secret").map_err(text)?;
    Ok(Box::new(move || {
        let mut message = Vec::new();
        client.retrieve(1, &mut message).map_err(text)?;
        Ok(message)
    }))
}

/// `pop3-client` on tokio.
///
/// # Errors
/// The connection or the login fails.
pub fn pop3_client(address: SocketAddr) -> Result<Retr, String> {
    let runtime = runtime()?;
    let client = runtime
        .block_on(pop3_client::AsyncClient::connect(&address.ip().to_string(), address.port()));
    let mut client = client.map_err(text)?;
    runtime.block_on(client.login("ann", "secret")).map_err(text)?;
    Ok(Box::new(move || runtime.block_on(client.retr(1)).map(Vec::from).map_err(text)))
}

/// `async-pop` on tokio.
///
/// # Errors
/// The connection or the login fails.
pub fn async_pop(address: SocketAddr) -> Result<Retr, String> {
    let runtime = runtime()?;
    let mut client = runtime.block_on(async_pop::connect_plain(address)).map_err(text)?;
    runtime.block_on(client.login("ann", "secret")).map_err(text)?;
    Ok(Box::new(move || runtime.block_on(client.retr(1)).map(Vec::from).map_err(text)))
}

/// The version of the curl program, if there is one that speaks POP3.
#[must_use]
pub fn curl_version() -> Option<String> {
    let output = Command::new("curl").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next()?.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    text.split_whitespace().any(|word| word == "pop3").then_some(line)
}

/// The curl program: the bytes of one RETR.
///
/// # Errors
/// It does not run.
pub fn curl_message(address: SocketAddr) -> Result<Vec<u8>, String> {
    let output = Command::new("curl")
        .args(["--silent", &format!("pop3://ann:secret@{address}/1")])
        .output()
        .map_err(text)?;
    Ok(output.stdout)
}

/// The curl program: several RETRs over one connection, to nowhere. By its own clock, from the
/// command to the last byte: the median of all but the first.
///
/// # Errors
/// It does not run, or not to the end.
pub fn curl(address: SocketAddr, octets: u64) -> Result<Duration, String> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--write-out", "%{time_pretransfer} %{time_total} %{size_download}\\n"]);
    for _ in 0..6 {
        curl.args(["--output", "/dev/null", &format!("pop3://ann:secret@{address}/1")]);
    }
    let output = curl.output().map_err(text)?;
    let mut times = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines().skip(1) {
        let mut numbers = line.split(' ').map(|number| number.parse::<f64>().unwrap_or(f64::NAN));
        let (Some(start), Some(end), Some(size)) = (numbers.next(), numbers.next(), numbers.next())
        else {
            continue;
        };
        // Its count omits some line ends; the bytes are checked once, in `curl_message`.
        if size < octets as f64 * 0.8 {
            return Err(format!("{size} octets"));
        }
        times.push(end - start);
    }
    let median = crate::measure::quantile(&times, 0.5);
    if median.is_finite() {
        Ok(Duration::from_secs_f64(median))
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
