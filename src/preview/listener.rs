//! The port on loopback, by IPv4 and IPv6.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};

/// How often to try another free port, where one is free by IPv4 and taken by IPv6.
const FREE_PORT_ATTEMPTS: usize = 10;

/// Why the preview cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process listens on the port.
    #[error("port {0} is taken; choose another with `--port N`, or let `--port 0` find a free one")]
    Taken(u16),
    /// The system keeps the port for itself.
    #[error("port {0} is reserved; choose one from 1024 up with `--port N`")]
    Reserved(u16),
    /// Anything else.
    #[error("cannot listen on port {port}: {source}")]
    Other {
        /// The port.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
}

impl BindError {
    fn new(port: u16, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken(port),
            io::ErrorKind::PermissionDenied => Self::Reserved(port),
            _ => Self::Other { port, source },
        }
    }
}

/// A port on loopback, not yet served. It is the same port by IPv4 and IPv6, since `localhost` may mean either.
#[derive(Debug)]
pub struct Listener {
    first: TcpListener,
    /// `None` where the system has only one of the two.
    second: Option<TcpListener>,
}

/// Binds a port on loopback; 0 takes a free one.
///
/// # Errors
///
/// [`BindError`] if the port is taken by IPv4 or IPv6, or cannot be bound by either.
pub async fn bind(port: u16) -> Result<Listener, BindError> {
    let mut attempts = if port == 0 { FREE_PORT_ATTEMPTS } else { 1 };
    loop {
        attempts -= 1;
        match bind_both(port).await {
            Err(error) if attempts > 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound.map_err(|source| BindError::new(port, source)),
        }
    }
}

async fn bind_both(port: u16) -> io::Result<Listener> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let port = first.as_ref().ok().and_then(|first| first.local_addr().ok()).map_or(port, |address| address.port());
    let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await;
    match (first, second) {
        (Ok(first), Ok(second)) => Ok(Listener { first, second: Some(second) }),
        (Ok(first), Err(error)) if is_missing(&error) => Ok(Listener { first, second: None }),
        (Err(error), Ok(second)) if is_missing(&error) => Ok(Listener { first: second, second: None }),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Whether the system does not have this kind of address.
fn is_missing(error: &io::Error) -> bool {
    // Where IPv6 is left out of the kernel, the error is EAFNOSUPPORT, which has no kind of its own.
    !matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

impl Listener {
    /// Returns the address of the page, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// When the system does not tell the port.
    pub fn url(&self) -> io::Result<String> {
        Ok(format!("http://{}", self.first.local_addr()?))
    }
}

impl axum::serve::Listener for Listener {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let Some(second) = &mut self.second else { return axum::serve::Listener::accept(&mut self.first).await };
        tokio::select! {
            accepted = axum::serve::Listener::accept(&mut self.first) => accepted,
            accepted = axum::serve::Listener::accept(second) => accepted,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.first.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[tokio::test]
    async fn a_port_is_taken_when_either_address_has_it() {
        for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            // A machine without IPv6 has nothing to show here.
            let Ok(other) = TcpListener::bind((address, 0)).await else { continue };
            let port = other.local_addr().expect("it is bound").port();
            let error = bind(port).await.expect_err("it is taken");
            assert!(matches!(error, BindError::Taken(taken) if taken == port), "{address}: {error}");
        }
    }

    #[test]
    fn an_address_that_the_system_lacks_is_not_taken() {
        for (code, missing) in
            [(libc_code::EADDRNOTAVAIL, true), (libc_code::EAFNOSUPPORT, true), (libc_code::EADDRINUSE, false)]
        {
            assert_eq!(is_missing(&io::Error::from_raw_os_error(code)), missing, "{code}");
        }
    }

    /// Linux' error numbers.
    mod libc_code {
        pub(super) const EADDRINUSE: i32 = 98;
        pub(super) const EAFNOSUPPORT: i32 = 97;
        pub(super) const EADDRNOTAVAIL: i32 = 99;
    }
}
