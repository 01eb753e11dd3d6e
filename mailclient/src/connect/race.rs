//! Happy Eyeballs (RFC 8305): attempts at several addresses that overlap, so that one black hole
//! costs 250 ms and not the whole deadline.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use crate::clock::later;

/// The time between two attempts: RFC 8305 section 5.
pub(crate) const STAGGER: Duration = Duration::from_millis(250);

/// Addresses of the two families in turn, the family of the first address first: RFC 8305
/// section 4.
pub(crate) fn interleaved(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let addresses: Vec<SocketAddr> = addresses.into_iter().collect();
    let first = addresses.first().map(SocketAddr::is_ipv6);
    let (same, other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| Some(address.is_ipv6()) == first);
    let mut other = other.into_iter();
    let mut order: Vec<SocketAddr> =
        same.into_iter().flat_map(|address| [Some(address), other.next()]).flatten().collect();
    order.extend(other);
    order
}

/// The first attempt that succeeds. The next one begins when `stagger` has passed, or at once when
/// one fails.
///
/// # Errors
/// The error of the last attempt that failed, when all of them have; `NotFound` without addresses.
pub(crate) async fn race<T, F>(
    addresses: Vec<SocketAddr>,
    stagger: Duration,
    mut attempt: impl FnMut(SocketAddr) -> F,
) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut left = addresses.into_iter();
    let mut running: Vec<Pin<Box<F>>> = Vec::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    loop {
        if let Some(address) = left.next() {
            running.push(Box::pin(attempt(address)));
        } else if running.is_empty() {
            return Err(failure);
        }
        let begun = later(Instant::now(), stagger);
        let mut pause = pin!(sleep_until(begun));
        let has_more = left.len() > 0;
        let settled = poll_fn(|cx| {
            let mut ended = None;
            running.retain_mut(|attempt| {
                if ended.is_none()
                    && let Poll::Ready(result) = attempt.as_mut().poll(cx)
                {
                    ended = Some(result);
                    return false;
                }
                true
            });
            if ended.is_some() || (has_more && pause.as_mut().poll(cx).is_ready()) {
                return Poll::Ready(ended);
            }
            Poll::Pending
        })
        .await;
        match settled {
            Some(Ok(connected)) => return Ok(connected),
            Some(Err(error)) => failure = error,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    fn address(last: u8) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, last], 143))
    }

    /// How an attempt ends: after so many milliseconds, well or not.
    type Script = &'static [(u128, bool)];

    async fn run(script: Script) -> (io::Result<u8>, u128, Vec<u128>) {
        let start = Instant::now();
        let mut begun = Vec::new();
        let addresses = (0..).take(script.len()).map(address).collect();
        let answer = race(addresses, STAGGER, |address| {
            begun.push(start.elapsed().as_millis());
            let place = match address {
                SocketAddr::V4(address) => address.ip().octets()[3],
                SocketAddr::V6(_) => unreachable!("the addresses are of IPv4"),
            };
            let (wait, works) = script[usize::from(place)];
            async move {
                sleep(Duration::from_millis(wait.try_into().unwrap())).await;
                if works { Ok(place) } else { Err(io::Error::other(format!("{place} failed"))) }
            }
        })
        .await;
        (answer, start.elapsed().as_millis(), begun)
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_overlap() {
        /// Who wins, after how long, and when the attempts began.
        type Row = (Script, Result<u8, &'static str>, u128, &'static [u128]);
        let rows: [Row; 6] = [
            (&[(10, true), (1, true)], Ok(0), 10, &[0]),
            (&[(100_000, true), (10, true)], Ok(1), 260, &[0, 250]),
            (&[(5, false), (10, true)], Ok(1), 15, &[0, 5]),
            (&[(400, true), (300, true), (1, false)], Ok(0), 400, &[0, 250]),
            (&[(5, false), (7, false)], Err("1 failed"), 12, &[0, 5]),
            (&[], Err("the host has no address"), 0, &[]),
        ];
        for (script, expected, wait, begun) in rows {
            let (answer, elapsed, attempts) = run(script).await;
            let answer = answer.map_err(|error| error.to_string());
            assert_eq!(answer, expected.map_err(str::to_owned), "{script:?}");
            assert_eq!((elapsed, &attempts[..]), (wait, begun), "{script:?}");
        }
    }

    #[test]
    fn families_take_turns() {
        let v6 = |last| SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, last], 143));
        let order = interleaved([v6(1), v6(2), v6(3), address(1), address(2)]);
        assert_eq!(order, [v6(1), address(1), v6(2), address(2), v6(3)]);
    }
}
