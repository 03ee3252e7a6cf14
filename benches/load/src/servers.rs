//! The servers that are measured: the bot at the endpoint and at the gateway, and two that do as little as a server
//! can.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use whichrole::bot::Defaults;
use whichrole::discord::endpoint::{self, Endpoint, Limits, MAX_BODY};
use whichrole::discord::{Afterwards, Settings, Shards, gateway};
use whichrole::round::store::PostgresSettings;
use whichrole::round::{Limits as RoundLimits, Rounds, Store};
use whichrole::secret::Secret;
use whichrole::service::Service;
use whichrole::telemetry::logs;

use crate::Server;
use crate::traffic::{PATH, key, public_key, responses, usual_reply};

/// Serves until it is killed; one that listens prints its address first.
pub(crate) async fn serve(server: &Server) -> io::Result<()> {
    let listen = || {
        let listener = endpoint::listen(([127, 0, 0, 1], 0).into())?;
        println!("{}", listener.local_addr()?);
        Ok::<_, io::Error>(listener)
    };
    match server {
        Server::Strict => {
            let key = key().verifying_key();
            let verify = move |timestamp: &[u8], body: &[u8], signature: &[u8]| {
                let signature = std::str::from_utf8(signature).ok().and_then(|digits| digits.parse().ok());
                signature.is_some_and(|signature| key.verify_strict(&[timestamp, body].concat(), &signature).is_ok())
            };
            bare(listen()?, verify).await
        }
        Server::Bare => {
            let key = public_key();
            bare(listen()?, move |timestamp, body, signature| key.verify(&[timestamp, body], signature)).await
        }
        Server::Bot { pictures, sqlite, postgres, api_url } => {
            let _logs = logs::init(logs::Level::Info, logs::Format::Text);
            let mut service = service(*pictures);
            service.rounds = match (sqlite, postgres) {
                (Some(file), _) => Some(Store::sqlite(file).await),
                (None, Some(url)) => Some(Store::postgres(&PostgresSettings::new(url), None).await),
                (None, None) => None,
            }
            .transpose()
            .map_err(io::Error::other)?
            .map(|store| Rounds::new(store, RoundLimits::default()));
            let service = Arc::new(service);
            let afterwards = Afterwards::new(api_url, None, Arc::clone(&service), CancellationToken::new());
            let endpoint = Endpoint {
                path: PATH.to_owned(),
                public_key: public_key(),
                service,
                callbacks: None,
                afterwards: Arc::new(afterwards),
                limits: Limits::default(),
            };
            endpoint::serve(listen()?, endpoint, std::future::pending()).await
        }
        Server::Yes => yes(listen()?).await,
        Server::Gateway { api_url, pictures } => through_the_gateway(api_url.clone(), *pictures).await,
    }
}

fn service(pictures: bool) -> Service {
    let mut service = Service::new(responses(), Defaults::default());
    if !pictures {
        service.pictures = None;
    }
    service
}

/// The bot at the gateway of this API, until it is killed.
async fn through_the_gateway(api_url: String, pictures: bool) -> io::Result<()> {
    let _logs = logs::init(logs::Level::Info, logs::Format::Text);
    let settings = Settings {
        api_url,
        token: Secret::new(standin::TOKEN),
        test_guild: None,
        register_commands: true,
        rounds: false,
        shards: Shards::Auto,
    };
    let service = Arc::new(service(pictures));
    let stop = CancellationToken::new();
    let afterwards = Afterwards::new(&settings.api_url, Some(&settings), Arc::clone(&service), stop.clone());
    gateway::run(settings, service, Arc::new(afterwards), stop).await.map_err(io::Error::other)
}

/// Takes every request and answers with an empty object.
async fn yes(listener: TcpListener) -> io::Result<()> {
    let service = axum::Router::new().fallback(|body: axum::body::Bytes| async move {
        drop(body);
        ([(CONTENT_TYPE, "application/json")], "{}")
    });
    axum::serve(listener, service).await
}

/// The least that a server has to do: hyper, without a framework, limits, time-outs or a log.
pub(crate) async fn bare(
    listener: TcpListener,
    verify: impl Fn(&[u8], &[u8], &[u8]) -> bool + Send + Sync + 'static,
) -> io::Result<()> {
    let verify = Arc::new(verify);
    let constant = axum::body::Bytes::from(usual_reply());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (verify, constant) = (Arc::clone(&verify), constant.clone());
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let (verify, constant) = (Arc::clone(&verify), constant.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(Body::new(body), MAX_BODY).await.unwrap_or_default();
                let header = |name: &str| parts.headers.get(name).map(HeaderValue::as_bytes);
                let mut response = Response::new(Body::empty());
                match (header("x-signature-timestamp"), header("x-signature-ed25519")) {
                    (Some(timestamp), Some(signature)) if verify(timestamp, &body, signature) => {
                        let json = HeaderValue::from_static("application/json");
                        response.headers_mut().insert(CONTENT_TYPE, json);
                        *response.body_mut() = Body::from(constant);
                    }
                    _ => *response.status_mut() = StatusCode::UNAUTHORIZED,
                }
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
