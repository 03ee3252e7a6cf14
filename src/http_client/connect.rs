//! TCP connections to a host with several addresses, some of which may be dead.
//!
//! The addresses are tried side by side, each a quarter of a second after the one before, and the first that accepts is
//! used ([RFC 8305](https://www.rfc-editor.org/rfc/rfc8305)). Without this, an IPv6 address that drops all packets
//! costs minutes, which is more than any interaction has.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::Uri;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::sleep;

/// Delay between the beginnings of two attempts.
/// <https://www.rfc-editor.org/rfc/rfc8305#section-5>
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// An idle connection is probed, so that routers do not forget it, and closed if it is dead: the next callback then
/// begins on one that works. The times are those of reqwest.
const KEEPALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_secs(15)).with_interval(Duration::from_secs(15)).with_retries(3);

/// Connects to the first address of a URL's host that accepts.
///
/// # Errors
///
/// If the name has no address, or no address accepts: the last error, with its address.
pub(crate) async fn connect(url: &Uri) -> io::Result<TcpStream> {
    let stream = race(lookup_host(host_and_port(url)).await?.collect()).await?;
    // Messages are small. Waiting to send several together would delay each.
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_keepalive(&KEEPALIVE)?;
    Ok(stream)
}

fn host_and_port(url: &Uri) -> (&str, u16) {
    let host = url.host().unwrap_or_default();
    let port = url.port_u16().unwrap_or(if matches!(url.scheme_str(), Some("ws" | "http")) { 80 } else { 443 });
    // An IPv6 address stands in brackets.
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}

/// Connects to the first of these addresses that accepts. They are tried in order, the two families in turn.
async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = alternate_families(addresses);
    let mut attempts = FuturesUnordered::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    loop {
        if let Some(address) = waiting.pop_front() {
            attempts.push(async move {
                TcpStream::connect(address)
                    .await
                    .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
            });
        }
        tokio::select! {
            biased;
            ended = attempts.next() => match ended {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => failure = error,
                None => return Err(failure),
            },
            () = sleep(ATTEMPT_DELAY), if !waiting.is_empty() => {}
        }
    }
}

/// Sorts addresses so that families take turns, beginning with the family of the first.
/// <https://www.rfc-editor.org/rfc/rfc8305#section-4>
fn alternate_families(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let Some(first) = addresses.first() else { return VecDeque::new() };
    let family = first.is_ipv6();
    let (mut preferred, mut others): (VecDeque<_>, VecDeque<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == family);
    let mut sorted = VecDeque::with_capacity(preferred.len() + others.len());
    while !(preferred.is_empty() && others.is_empty()) {
        sorted.extend(preferred.pop_front());
        sorted.extend(others.pop_front());
    }
    sorted
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
    use std::time::Instant;

    use tokio::net::{TcpSocket, TcpStream};

    use super::*;
    use crate::TestResult;

    /// An address that drops all packets, as a broken route does: the queue of its listener is full, and then Linux
    /// drops further requests for a connection.
    struct Blackhole {
        address: SocketAddr,
        _queue: Vec<tokio::task::JoinHandle<()>>,
        _listener: tokio::net::TcpListener,
    }

    impl Blackhole {
        async fn new() -> io::Result<Self> {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            let listener = socket.listen(1)?;
            let address = listener.local_addr()?;
            let queue = (0..4)
                .map(|_| {
                    tokio::spawn(async move {
                        let stream = TcpStream::connect(address).await;
                        std::future::pending::<()>().await;
                        drop(stream);
                    })
                })
                .collect();
            // The queue is full once a connection attempt gets no answer.
            while tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await.is_ok() {}
            Ok(Self { address, _queue: queue, _listener: listener })
        }
    }

    fn listening() -> io::Result<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn dead_addresses_cost_a_quarter_of_a_second_each() -> io::Result<()> {
        let (one, two) = (Blackhole::new().await?, Blackhole::new().await?);
        let (_listener, alive) = listening()?;
        let began = Instant::now();
        let stream = race(vec![one.address, two.address, alive]).await?;
        assert_eq!(stream.peer_addr()?, alive);
        let took = began.elapsed();
        assert!(took >= 2 * ATTEMPT_DELAY && took < Duration::from_secs(3), "{took:?}");
        Ok(())
    }

    #[tokio::test]
    async fn a_refusal_is_followed_by_the_next_address_at_once() -> io::Result<()> {
        let refusing = listening()?.1;
        let (_listener, alive) = listening()?;
        let addresses = [vec![refusing; 20], vec![alive]].concat();
        let began = Instant::now();
        assert_eq!(race(addresses).await?.peer_addr()?, alive);
        assert!(began.elapsed() < 20 * ATTEMPT_DELAY, "{:?}", began.elapsed());
        let error = race(vec![refusing]).await.expect_err("nothing listens there");
        assert!(error.to_string().starts_with(&format!("{refusing}: ")), "{error}");
        assert_eq!(race(Vec::new()).await.expect_err("no address").kind(), io::ErrorKind::NotFound);
        Ok(())
    }

    #[tokio::test]
    async fn a_connection_is_probed_and_sends_at_once() -> TestResult {
        let (_listener, address) = listening()?;
        let stream = connect(&format!("http://{address}/").parse()?).await?;
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive()? && socket.tcp_nodelay()?);
        assert_eq!(socket.tcp_keepalive_time()?, Duration::from_secs(15));
        Ok(())
    }

    #[test]
    fn the_port_follows_from_the_scheme() {
        for (url, expected) in [
            ("wss://gateway.discord.gg", ("gateway.discord.gg", 443)),
            ("wss://gateway.discord.gg:8443/?v=10", ("gateway.discord.gg", 8443)),
            ("ws://localhost/", ("localhost", 80)),
            ("ws://[::1]:4000/", ("::1", 4000)),
            ("https://discord.com/api", ("discord.com", 443)),
            ("http://proxy/", ("proxy", 80)),
        ] {
            assert_eq!(host_and_port(&url.parse().expect("it is a URL")), expected, "{url}");
        }
    }

    #[test]
    fn families_take_turns() {
        let v4 = |last| SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 443));
        let v6 = |last| SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last), 443));
        assert_eq!(alternate_families(vec![v6(1), v6(2), v6(3), v4(1)]), [v6(1), v4(1), v6(2), v6(3)]);
        assert_eq!(alternate_families(vec![v4(1), v4(2), v6(1)]), [v4(1), v6(1), v4(2)]);
        assert!(alternate_families(Vec::new()).is_empty());
    }
}
