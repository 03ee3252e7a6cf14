//! Keeps other sites away from the page: a name of theirs that points at 127.0.0.1, and forms that their pages send.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The names that loopback goes by.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Everything on the page comes from the page's own server, and nothing is inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Passes a request on, or says why not.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    if !host_is_loopback(request.headers()) {
        let text = "The preview answers only to localhost, 127.0.0.1 and [::1]; open the address that it printed.\n";
        return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
    }
    if *request.method() == Method::POST && !same_origin(request.headers()) {
        let text = "The preview takes forms only from its own page, and this one came from another site.\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

fn host_is_loopback(headers: &HeaderMap) -> bool {
    host(headers).is_some_and(|host| {
        NAMES.iter().any(|name| {
            let Some(rest) = host.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name)) else {
                return false;
            };
            let port = &host[rest.len()..];
            port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
        })
    })
}

/// Whether every header that tells where a form comes from names this page.
///
/// Browsers send `Sec-Fetch-Site` or `Origin` with each form, and no page can keep them from it; text browsers send
/// `Referer`, or nothing at all. So a form without any of the three comes from no other site's page in a browser that
/// runs scripts. By hand, since tower-http's `csrf` layer does not look at `Referer`.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_ours = |address: &str| {
        let rest =
            address.strip_prefix("http://").zip(host(headers)).and_then(|(place, host)| place.strip_prefix(host));
        rest.is_some_and(|path| path.is_empty() || path.starts_with('/'))
    };
    text(HeaderName::from_static("sec-fetch-site")).is_none_or(|site| site == "same-origin")
        && text(header::ORIGIN).is_none_or(is_ours)
        && text(header::REFERER).is_none_or(is_ours)
}

/// Sets the headers of every response.
pub(crate) async fn headers(mut response: Response) -> Response {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with that, browsers hide the origin of a form even from its own site.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_the_names_of_loopback_are_answered_to() {
        for host in ["localhost", "localhost:8080", "LocalHost:1", "127.0.0.1:65535", "[::1]", "[::1]:8080"] {
            assert!(host_is_loopback(&headers(&[("host", host)])), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "localhost:",
            "localhost:80@evil",
            "127.0.0.2",
            "::1",
            "[::1",
            "localhost:99999",
            "0.0.0.0",
            "localhostx",
        ] {
            assert!(!host_is_loopback(&headers(&[("host", host)])), "{host}");
        }
        assert!(!host_is_loopback(&headers(&[])));
    }

    #[test]
    fn a_form_comes_from_the_page_itself() {
        let host = ("host", "localhost:8080");
        let ours = ("origin", "http://localhost:8080");
        for (pairs, expected) in [
            (vec![host], true),
            (vec![host, ("referer", "http://localhost:8080/ana?gone")], true),
            (vec![host, ("referer", "http://localhost:8080")], true),
            (vec![host, ("referer", "http://localhost:80801/")], false),
            (vec![host, ("referer", "http://example.com/")], false),
            (vec![host, ("referer", "")], false),
            (vec![host, ours, ("referer", "http://example.com/")], false),
            (vec![("referer", "http:///")], false),
            (vec![host, ours], true),
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ours, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ours, ("sec-fetch-site", "cross-site")], false),
            (vec![host, ("sec-fetch-site", "same-site")], false),
            (vec![host, ("sec-fetch-site", "none")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host, ("origin", "http://localhost:8081")], false),
            (vec![host, ("origin", "https://localhost:8080")], false),
            (vec![host, ("origin", "http://example.com"), ("sec-fetch-site", "same-origin")], false),
        ] {
            assert_eq!(same_origin(&headers(&pairs)), expected, "{pairs:?}");
        }
    }
}
