//! Errors of listening on an address, each with a hint that fits its cause.
//!
//! ```text
//! cannot listen on 127.0.0.1:443: Permission denied (os error 13); ports below 1024 are reserved for root: …
//! ```

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// An address that cannot be listened on. `Display` names the address, the cause and what to do.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {error}{}", hint(*address, error).map(|hint| format!("; {hint}")).unwrap_or_default())]
pub(crate) struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// The cause. Not a `source()`: `Display` prints it already.
    pub error: io::Error,
}

/// Returns what to do about an address that cannot be listened on; `None` for causes that explain themselves.
pub(crate) fn hint(address: SocketAddr, error: &io::Error) -> Option<String> {
    let family_is_missing = cfg!(target_os = "linux") && error.raw_os_error() == Some(EAFNOSUPPORT);
    match error.kind() {
        ErrorKind::AddrInUse => Some("is another process there? Stop it, or choose another port".to_owned()),
        ErrorKind::PermissionDenied if address.port() < 1024 => Some(
            "ports below 1024 are reserved for root: choose a higher one, and let a proxy forward to it".to_owned(),
        ),
        ErrorKind::PermissionDenied => {
            Some("the system does not allow this: look at the limits of the service or container".to_owned())
        }
        ErrorKind::AddrNotAvailable => Some(format!(
            "this machine has no address {}: {everywhere} listens on all that it has",
            address.ip(),
            everywhere = if address.is_ipv6() { "[::]" } else { "0.0.0.0" }
        )),
        _ if family_is_missing && address.is_ipv6() => {
            Some("this machine has no IPv6: choose an IPv4 address, such as 127.0.0.1".to_owned())
        }
        _ if matches!(error.raw_os_error(), Some(ENFILE | EMFILE)) && cfg!(unix) => {
            Some("too many files are open: raise the limit of open files".to_owned())
        }
        _ => None,
    }
}

/// Linux' number for an address family that the kernel does not have. `ErrorKind` has no stable name for it.
const EAFNOSUPPORT: i32 = 97;

/// The numbers on Unix for too many open files, in the system and in the process.
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::TestResult;

    fn listen(address: &str) -> TestResult<ListenError> {
        let address: SocketAddr = address.parse()?;
        let error = TcpListener::bind(address).expect_err("nobody can listen there");
        Ok(ListenError { address, error })
    }

    #[test]
    fn each_cause_has_its_own_hint() -> TestResult {
        let taken = TcpListener::bind("127.0.0.1:0")?;
        let taken = listen(&taken.local_addr()?.to_string())?.to_string();
        assert!(taken.contains("is another process there?"), "{taken}");
        // 192.0.2.0/24 is for documentation: no machine has an address of it.
        let foreign = listen("192.0.2.1:8080")?.to_string();
        assert!(foreign.contains("this machine has no address 192.0.2.1: 0.0.0.0 listens on all"), "{foreign}");
        assert!(!foreign.contains("another process"), "{foreign}");
        for (address, number, words) in [
            ("127.0.0.1:443", 13, "ports below 1024 are reserved for root"),
            ("127.0.0.1:8080", 13, "the limits of the service"),
            ("[::1]:8080", EAFNOSUPPORT, "no IPv6"),
            ("127.0.0.1:8080", EMFILE, "too many files are open"),
        ] {
            let error = ListenError { address: address.parse()?, error: io::Error::from_raw_os_error(number) };
            assert!(error.to_string().contains(words), "{error}");
            assert_eq!(error.to_string().matches(&error.error.to_string()).count(), 1, "{error}");
        }
        Ok(())
    }
}
