use std::{io::ErrorKind, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, timeout},
};

use super::{Fault, FaultStream, Wire};

/// A client's stream, its wire, and the server's end, on which `ten bytes!` waits to be read.
async fn ten() -> (FaultStream<DuplexStream>, Wire, DuplexStream) {
    let (mut server, client) = duplex(1024);
    server.write_all(b"ten bytes!").await.unwrap();
    let wire = Wire::new();
    (FaultStream::new(client, &wire), wire, server)
}

/// What a client reads until the stream ends, and how it ends.
async fn read_all(client: &mut FaultStream<DuplexStream>) -> (Vec<u8>, Option<ErrorKind>) {
    let mut read = Vec::new();
    let ended = client.read_to_end(&mut read).await;
    (read, ended.err().map(|error| error.kind()))
}

#[tokio::test(start_paused = true)]
async fn each_end_comes_after_its_byte_and_says_what_it_is() {
    let rows = [
        (Fault::Eof, None, Some(ErrorKind::BrokenPipe)),
        (Fault::HalfClose, None, None),
        (Fault::Reset, Some(ErrorKind::ConnectionReset), Some(ErrorKind::ConnectionReset)),
        (Fault::NoCloseNotify, Some(ErrorKind::UnexpectedEof), Some(ErrorKind::BrokenPipe)),
        (Fault::Zero, None, None),
    ];
    for (fault, read_error, write_error) in rows {
        for at in [0, 3, 9] {
            let (mut client, wire, _server) = ten().await;
            wire.on_read(at, fault.clone());
            let (read, error) = read_all(&mut client).await;
            assert_eq!(read.len() as u64, at, "{fault:?}");
            assert_eq!(error, read_error, "{fault:?}");
            let written = client.write(b"x").await.err().map(|error| error.kind());
            assert_eq!(written, write_error, "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_writing_side() {
    let (mut client, wire, _server) = ten().await;
    wire.on_write(2, Fault::Zero);
    assert_eq!(client.write(b"abcd").await.unwrap(), 2);
    assert_eq!(client.write_all(b"cd").await.unwrap_err().kind(), ErrorKind::WriteZero);
    let (mut client, wire, mut server) = ten().await;
    wire.on_write(0, Fault::Short(1));
    wire.on_write(3, Fault::HalfClose);
    assert_eq!(client.write(b"abcd").await.unwrap(), 1);
    let error = client.write_all(b"bcd").await.unwrap_err();
    assert_eq!((error.kind(), wire.bytes_written()), (ErrorKind::BrokenPipe, 3));
    let mut heard = [0; 3];
    server.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"abc");
    assert_eq!(client.read_u8().await.unwrap(), b't');
}

#[tokio::test(start_paused = true)]
async fn a_stall_is_silent_and_a_pause_ends() {
    let (mut client, wire, _server) = ten().await;
    wire.on_read(4, Fault::Pause(Duration::from_secs(90)));
    wire.on_read(8, Fault::Stall);
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let mut read = [0; 8];
    assert_eq!(wire.struck(), None);
    client.read_exact(&mut read).await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 95);
    assert_eq!(wire.struck().map(|at| (at - begun).as_secs()), Some(5));
    timeout(Duration::from_secs(86_400), client.read_u8()).await.unwrap_err();
    client.write_all(b"still possible").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_drip_gives_its_bytes_a_tick() {
    let (mut client, wire, server) = ten().await;
    drop(server);
    wire.on_read(1, Fault::drip(2, Duration::from_secs(5)));
    let begun = Instant::now();
    assert_eq!(read_all(&mut client).await, (b"ten bytes!".to_vec(), None));
    // 1 at once, then 2, 2, 2, 2 and 1 with a pause after each.
    assert_eq!(begun.elapsed().as_secs(), 25);
}

#[tokio::test(start_paused = true)]
async fn a_spurious_pending_wakes_its_task() {
    let (mut client, wire, server) = ten().await;
    drop(server);
    wire.on_read(0, Fault::Short(1));
    wire.on_read(0, Fault::SpuriousPending);
    assert_eq!(read_all(&mut client).await.0, b"ten bytes!");
    // Ten bytes and the end, each after a poll that was pending.
    assert_eq!(wire.read_polls(), 22);
}

#[tokio::test(start_paused = true)]
async fn inserted_bytes_come_before_the_end_and_do_not_count() {
    let (mut client, wire, _server) = ten().await;
    wire.record();
    wire.on_read(2, Fault::Insert(Bytes::new()));
    wire.on_read(4, Fault::Insert(Bytes::from_static(b"many ")));
    wire.on_read(9, Fault::Insert(Bytes::from_static(b"?")));
    wire.on_read(9, Fault::Eof);
    assert_eq!(read_all(&mut client).await, (b"ten many bytes?".to_vec(), None));
    assert_eq!((wire.bytes_read(), wire.recorded()), (9, b"ten bytes".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_flood_comes_as_often_as_it_was_said() {
    let (mut client, wire, server) = ten().await;
    drop(server);
    wire.on_read(4, Fault::Flood { piece: Bytes::from_static(b"no "), times: 3_000 });
    let (read, _) = read_all(&mut client).await;
    assert_eq!(read, [b"ten ", &b"no ".repeat(3_000)[..], b"bytes!"].concat());
}

#[tokio::test(start_paused = true)]
async fn what_is_written_is_recorded() {
    let (mut client, wire, _server) = ten().await;
    client.write_all(b"before").await.unwrap();
    wire.record();
    client.write_all(b"after").await.unwrap();
    assert_eq!((wire.recorded(), wire.recorded_writes()), (Vec::new(), b"after".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_is_added_later_reaches_a_read_that_waits() {
    let (mut client, wire, _server) = ten().await;
    let mut read = [0; 10];
    client.read_exact(&mut read).await.unwrap();
    let waiting = tokio::spawn(async move { client.read_u8().await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    wire.on_read(wire.bytes_read(), Fault::Reset);
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::ConnectionReset);
}
