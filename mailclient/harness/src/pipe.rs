//! [`pipe`]: two ends of a connection with latency and a rate, on tokio's clock.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// What one write takes at most, in bytes: about a packet, so that a large write arrives in pieces.
const PACKET: usize = 1460;

/// How slow a [`pipe`] is. Both directions are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// The time of a byte from one end to the other, besides what the rate costs.
    pub latency: Duration,
    /// Bytes a second.
    pub rate: u64,
    /// The bytes that are on their way or not yet read, at most: a further write waits.
    pub window: usize,
}

impl Speed {
    /// This latency and rate, with a window of 64 KiB.
    #[must_use]
    pub const fn new(latency: Duration, rate: u64) -> Self {
        Self { latency, rate, window: 64 * 1024 }
    }
}

/// The two ends of a connection. It is exact only in paused time.
#[must_use]
pub fn pipe(speed: Speed) -> (End, End) {
    let (there, back) = (Direction::new(speed), Direction::new(speed));
    let end =
        |from: &Direction, to: &Direction| End { from: from.clone(), to: to.clone(), sleep: None };
    (end(&back, &there), end(&there, &back))
}

/// One end of a [`pipe`]. Dropping it closes both directions.
#[derive(Debug)]
pub struct End {
    from: Direction,
    to: Direction,
    sleep: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Debug)]
struct Direction(Arc<Mutex<Way>>);

#[derive(Debug)]
struct Way {
    speed: Speed,
    /// When the last byte so far has left the sender.
    busy_until: Instant,
    /// The bytes in transit, and when they arrive.
    packets: VecDeque<(Instant, Bytes)>,
    bytes: usize,
    /// The sender is done: the end arrives at this time.
    end: Option<Instant>,
    /// The receiver is gone.
    is_deaf: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Direction {
    fn new(speed: Speed) -> Self {
        Self(Arc::new(Mutex::new(Way {
            speed,
            busy_until: Instant::now(),
            packets: VecDeque::new(),
            bytes: 0,
            end: None,
            is_deaf: false,
            reader: None,
            writer: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Way> {
        self.0.lock().expect("no test panics inside of a poll")
    }

    fn finish(&self) {
        let mut way = self.lock();
        let arrives = way.busy_until.max(Instant::now()) + way.speed.latency;
        way.end.get_or_insert(arrives);
        wake(&mut way.reader);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl AsyncRead for End {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let mut way = this.from.lock();
            let end = way.end;
            let arrives = match (way.packets.front_mut(), end) {
                (Some((arrives, bytes)), _) if *arrives <= Instant::now() => {
                    let length = bytes.len().min(buffer.remaining());
                    buffer.put_slice(&bytes.split_to(length));
                    if !bytes.has_remaining() {
                        way.packets.pop_front();
                    }
                    way.bytes -= length;
                    wake(&mut way.writer);
                    return Poll::Ready(Ok(()));
                }
                (Some((arrives, _)), _) => *arrives,
                (None, Some(end)) if end <= Instant::now() => return Poll::Ready(Ok(())),
                (None, Some(end)) => end,
                (None, None) => {
                    way.reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            };
            drop(way);
            // One stored timer, so a dropped read does not restart it.
            if this.sleep.as_ref().is_none_or(|sleep| sleep.deadline() != arrives) {
                this.sleep = Some(Box::pin(sleep_until(arrives)));
            }
            match this.sleep.as_mut().map(|sleep| sleep.as_mut().poll(cx)) {
                Some(Poll::Pending) => return Poll::Pending,
                _ => this.sleep = None,
            }
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut way = self.to.lock();
        if way.is_deaf || way.end.is_some() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let (packet, _) = bytes.split_at(bytes.len().min(PACKET).min(way.speed.window - way.bytes));
        if packet.is_empty() && !bytes.is_empty() {
            way.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let nanos = 1_000_000_000 * u128::try_from(packet.len()).unwrap_or(u128::MAX)
            / u128::from(way.speed.rate.max(1));
        let sending = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        way.busy_until = way.busy_until.max(Instant::now()) + sending;
        let arrives = way.busy_until + way.speed.latency;
        way.packets.push_back((arrives, Bytes::copy_from_slice(packet)));
        way.bytes += packet.len();
        wake(&mut way.reader);
        Poll::Ready(Ok(packet.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.to.finish();
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.to.finish();
        let mut way = self.from.lock();
        way.is_deaf = true;
        wake(&mut way.writer);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SLOW: Speed = Speed::new(Duration::from_millis(100), 1_000);

    #[tokio::test(start_paused = true)]
    async fn a_byte_takes_the_latency_and_many_take_the_rate() {
        let (mut a, mut b) = pipe(SLOW);
        let begun = Instant::now();
        a.write_all(&[7; 10_000]).await.unwrap();
        assert_eq!(begun.elapsed(), Duration::ZERO, "a write does not wait for the wire");
        let mut read = vec![0; 10_000];
        b.read_exact(&mut read).await.unwrap();
        assert_eq!(read, [7; 10_000]);
        assert_eq!(begun.elapsed(), Duration::from_millis(10_100));
        // The other direction is free.
        let begun = Instant::now();
        b.write_u8(1).await.unwrap();
        a.read_u8().await.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_millis(101));
    }

    #[tokio::test(start_paused = true)]
    async fn the_window_stops_a_sender_until_it_is_read() {
        let (mut a, mut b) = pipe(Speed { window: 1_000, ..SLOW });
        let sent = tokio::spawn(async move {
            a.write_all(&[7; 1_001]).await.unwrap();
            Instant::now()
        });
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(!sent.is_finished());
        b.read_exact(&mut [0; 1_001]).await.unwrap();
        assert_eq!(sent.await.unwrap() - begun, Duration::from_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_arrives_after_the_bytes() {
        let (mut a, mut b) = pipe(SLOW);
        a.write_all(b"last words").await.unwrap();
        drop(a);
        let begun = Instant::now();
        let mut read = Vec::new();
        b.read_to_end(&mut read).await.unwrap();
        assert_eq!((read.as_slice(), begun.elapsed().as_millis()), (&b"last words"[..], 110));
        assert_eq!(b.write_u8(0).await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_read_loses_no_time() {
        let (mut a, mut b) = pipe(SLOW);
        a.write_u8(1).await.unwrap();
        let begun = Instant::now();
        for _ in 0..5 {
            let early = tokio::time::timeout(Duration::from_millis(20), b.read_u8()).await;
            assert!(early.is_err());
        }
        b.read_u8().await.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_millis(101));
    }
}
