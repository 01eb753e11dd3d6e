//! A POP3 server on loopback that sends every client the same message.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    thread,
};

use bytes::Bytes;

/// Starts it. `retr` is its answer to RETR, status line and end mark included. It lives as long as
/// the process.
///
/// # Errors
/// No port can be bound.
pub fn start(retr: Bytes) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::Builder::new().name("pop3 server".to_owned()).spawn(move || {
        for stream in listener.incoming().flatten() {
            let retr = retr.clone();
            // A client that goes away ends its thread.
            thread::spawn(move || serve(&stream, &retr));
        }
    })?;
    Ok(address)
}

fn serve(mut stream: &TcpStream, retr: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"+OK ready\r\n")?;
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match command.as_str() {
            "RETR" => retr,
            "CAPA" => b"+OK\r\nUSER\r\nUIDL\r\n.\r\n",
            "STAT" => b"+OK 1 8000000\r\n",
            "AUTH" => b"-ERR not here\r\n",
            _ => b"+OK\r\n",
        };
        stream.write_all(answer)?;
        if command == "QUIT" {
            return Ok(());
        }
    }
}
