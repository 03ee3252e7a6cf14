//! TLS to other servers: Discord's API and PostgreSQL.

use std::sync::{Arc, LazyLock};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// Trusts servers that browsers trust. All who ask for it share the authorities and the sessions, so a new connection to a
/// server takes up the session of an earlier one.
pub(crate) fn public() -> ClientConfig {
    static PUBLIC: LazyLock<ClientConfig> =
        LazyLock::new(|| trusting(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()));
    PUBLIC.clone()
}

/// Trusts servers whose certificate one of these authorities has signed.
pub(crate) fn trusting(authorities: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the ciphers of TLS 1.2 and 1.3")
        .with_root_certificates(authorities)
        .with_no_client_auth()
}
