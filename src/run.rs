//! Wiring: `whichrole run` and `whichrole preview`, from settings and responses to the last line of the log.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config, EndpointPictures, StoreFault, Transport};
use crate::credentials::{self, Credential};
use crate::discord::endpoint::{self, Endpoint, Limits, PublicKey};
use crate::discord::{Afterwards, Callbacks, Settings, gateway, registration};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::listen::ListenError;
use crate::reload::{self, Reloader};
use crate::responses::Responses;
use crate::round::store::{Closed, Measures, Moved, Trouble};
use crate::round::{Rounds, Store, StoreError, StoreSettings};
use crate::secret::Secret;
use crate::service::Service;
use crate::{clock, keeper, output, preview, signals, telemetry};

/// Runs a future to its end on this thread: one process uses one core, and more processes share the work.
///
/// # Errors
///
/// The future's, or that the system gives no event queue.
pub fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::temporary(format!("cannot start: {error}")))?.block_on(work)
}

/// Returns the settings of all that talks to Discord's REST API, with the token from the environment.
///
/// # Errors
///
/// When there is no token, or it cannot be one.
pub fn settings(config: &Config) -> Result<Settings, Failure> {
    settings_with_token(config)?.ok_or_else(|| {
        Failure::configuration(
            "no token: set DISCORD_TOKEN, or DISCORD_TOKEN_FILE to the path of a file that holds it. It is in Discord's \
             Developer Portal under Bot. To try the bot without one: whichrole preview",
        )
    })
}

/// Returns the same; `None` without a token.
fn settings_with_token(config: &Config) -> Result<Option<Settings>, Failure> {
    Ok(credential(Credential::Token)?.map(|token| Settings {
        api_url: config.api_url.clone(),
        token,
        test_guild: config.test_guild,
        register_commands: config.register_commands,
        rounds: config.rounds.store != StoreSettings::Off,
        shards: config.shards,
    }))
}

fn credential(credential: Credential) -> Result<Option<Secret<String>>, Failure> {
    Ok(credentials::read(credential, |name| std::env::var_os(name))?)
}

/// The service as the settings have it. Rounds are off: `run` and the preview keep them in different stores.
fn service(config: &Config, responses: Responses) -> Service {
    let mut service = Service::new(responses, config.visibility);
    if !config.pictures {
        service.pictures = None;
    }
    service.links = config.links.clone();
    service
}

/// Connects to Discord and answers interactions until the process is told to stop.
///
/// # Errors
///
/// When it cannot start, or Discord ends the connection for good.
pub async fn serve(config: Config, responses: Responses, reloader: Reloader) -> Result<(), Failure> {
    let logs = telemetry::logs::init(config.log_level, config.log_format);
    reload::log_warnings(&responses);
    // Before anything is opened: a bot without a token makes no file.
    let entrance = match config.transport {
        Transport::Gateway => Entrance::Gateway(settings(&config)?),
        Transport::Endpoint => Entrance::Endpoint(public_key()?, settings_with_token(&config)?),
    };
    let mut service = service(&config, responses);
    if config.transport == Transport::Endpoint && config.endpoint_pictures == EndpointPictures::Off {
        service.pictures = None;
    }
    service.rounds = open_rounds(&config.rounds, service.metrics.round_store()).await?;
    let service = Arc::new(service);
    service.metrics.count_dropped_lines(logs.dropped());
    telemetry::panics::install(Arc::clone(&service.metrics));
    let stop = stop_on_signals(Arc::clone(&service))?;
    let (closed, mut rounds_closed) = mpsc::unbounded_channel();
    tokio::spawn(keeper::run(Arc::clone(&service), closed, clock::unix_seconds));
    let reload_requested = Arc::new(Notify::new());
    signals::hangups(Arc::clone(&reload_requested)).map_err(cannot_receive_signals)?;
    tokio::spawn(reloader.run(Arc::clone(&service), config.watch, reload_requested));
    // Telemetry stops last, so that `/readyz` can report the shutdown.
    let telemetry_stop = CancellationToken::new();
    if let Some(listen) = config.telemetry_listen {
        let listener = TcpListener::bind(listen).await.map_err(cannot_listen(listen, "telemetry.listen"))?;
        let (metrics, readiness) = (Arc::clone(&service.metrics), Arc::clone(&service.readiness));
        let stop = telemetry_stop.clone().cancelled_owned();
        tokio::spawn(telemetry::server::serve(listener, metrics, readiness, stop));
    }
    let token = match &entrance {
        Entrance::Gateway(settings) => Some(settings),
        Entrance::Endpoint(_, settings) => settings.as_ref(),
    };
    let afterwards = Afterwards::new(&config.api_url, token, Arc::clone(&service), stop.clone());
    let afterwards = Arc::new(afterwards);
    let cards = Arc::clone(&afterwards);
    tokio::spawn(async move {
        while let Some(Closed { facts, .. }) = rounds_closed.recv().await {
            cards.edit_card(facts.id, facts.server);
        }
    });
    let served = match entrance {
        Entrance::Gateway(settings) => {
            gateway::run(settings, service, Arc::clone(&afterwards), stop).await.map_err(Failure::from)
        }
        Entrance::Endpoint(public_key, settings) => {
            serve_endpoint(&config, public_key, settings, service, Arc::clone(&afterwards), stop).await
        }
    };
    afterwards.finish().await;
    served?;
    telemetry_stop.cancel();
    Ok(())
}

/// How interactions arrive, with what that needs.
enum Entrance {
    Gateway(Settings),
    Endpoint(PublicKey, Option<Settings>),
}

/// Opens the store of rounds. A PostgreSQL that is away does not keep the bot from starting.
async fn open_rounds(settings: &config::Rounds, measures: Measures) -> Result<Option<Rounds>, Failure> {
    let password = password_of(&settings.store)?;
    let store = Store::open(&settings.store, password.as_ref()).await;
    let store = store.map_err(|error| unusable("`rounds.store`", &settings.store, &error))?;
    Ok(store.map(|store| Rounds::new(store.measured(measures), settings.limits)))
}

/// Moves every round from the store of the settings into the one of that name, which is relative to `folder`.
///
/// # Errors
///
/// When the name is wrong, one of the stores cannot be used, or the new one is not empty.
pub async fn move_rounds(config: &Config, to: &str, folder: &Path) -> Result<Moved, Failure> {
    let usage = |message: String| Failure::Message(ExitCode::Usage, message);
    let named = config.rounds.store_named(to, folder);
    let to = named.map_err(|StoreFault { message, help }| usage(format!("`--to` {message}; {help}")))?;
    let from = &config.rounds.store;
    if *from == to {
        return Err(usage("`--to` names the store of the settings; name another one".to_owned()));
    }
    match from {
        StoreSettings::Sqlite(path) if !path.exists() => {
            let missing =
                format!("`rounds.store`: there is no file {}, so there are no rounds to move", path.display());
            return Err(Failure::configuration(missing));
        }
        _ => {}
    }
    let old = open_at_once("`rounds.store`", from).await?.ok_or_else(|| {
        Failure::configuration("`rounds.store` is \"memory\" or \"off\", so there are no rounds to move")
    })?;
    let new = open_at_once("`--to`", &to).await?.ok_or_else(|| {
        usage("`--to` is \"memory\" or \"off\", which keeps no rounds; \"sqlite:FILE\" or \"postgres://USER@HOST/DATABASE\" \
               is allowed here".to_owned())
    })?;
    old.move_into(&new).await.map_err(|error| match error.trouble() {
        Some(trouble) if trouble.may_pass() => Failure::temporary(error.to_string()),
        _ => Failure::configuration(error.to_string()),
    })
}

/// Opens a store that must be there now. `None` for one that keeps nothing.
async fn open_at_once(name: &str, settings: &StoreSettings) -> Result<Option<Store>, Failure> {
    let store = match settings {
        StoreSettings::Memory | StoreSettings::Off => return Ok(None),
        StoreSettings::Sqlite(path) => Store::sqlite(path).await,
        StoreSettings::Postgres(postgres) => Store::postgres(postgres, password_of(settings)?.as_ref()).await,
    };
    store.map(Some).map_err(|error| unusable(name, settings, &error))
}

fn password_of(store: &StoreSettings) -> Result<Option<Secret<String>>, Failure> {
    match store {
        StoreSettings::Postgres(_) => credential(Credential::RoundsPassword),
        _ => Ok(None),
    }
}

/// Says why a store of rounds cannot be used, and what to set. `name` is where its name stands.
fn unusable(name: &str, settings: &StoreSettings, error: &StoreError) -> Failure {
    let help = match (settings, error.trouble) {
        (_, Trouble::Newer) => "start the newer whichrole, or name another store".to_owned(),
        (StoreSettings::Sqlite(path), Trouble::Refused) => format!(
            "name a file in a folder that exists and that this process may write to, such as \"sqlite:/var/lib/whichrole/{}\", \
             or \"off\" for no rounds",
            path.file_name().unwrap_or_default().display()
        ),
        (StoreSettings::Sqlite(_), Trouble::Broken) => {
            "put a backup of the file in its place, or name another".to_owned()
        }
        (StoreSettings::Postgres(_), Trouble::Refused) => {
            "set user, host and database in its address, and the password in ROUNDS_PASSWORD or ROUNDS_PASSWORD_FILE"
                .to_owned()
        }
        (_, trouble) if trouble.may_pass() => "try again".to_owned(),
        _ => "name another store, or \"off\" for no rounds".to_owned(),
    };
    let message = format!("{name}: {error}; {help}");
    match error.trouble.may_pass() {
        true => Failure::temporary(message),
        false => Failure::configuration(message),
    }
}

fn cannot_listen(address: SocketAddr, setting: &str) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::temporary(format!("`{setting}`: {}", ListenError { address, error }))
}

fn cannot_receive_signals(error: std::io::Error) -> Failure {
    Failure::temporary(format!("cannot receive signals: {error}"))
}

/// Returns a token that a signal cancels; `/readyz` fails from then on.
fn stop_on_signals(service: Arc<Service>) -> Result<CancellationToken, Failure> {
    let signal = signals::stop().map_err(cannot_receive_signals)?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        signal.await;
        tracing::info!("stopping");
        service.readiness.drain();
        stopped.cancel();
    });
    Ok(stop)
}

fn public_key() -> Result<PublicKey, Failure> {
    let Some(key) = credential(Credential::PublicKey)? else {
        return Err(Failure::configuration(
            "no public key: set DISCORD_PUBLIC_KEY, or DISCORD_PUBLIC_KEY_FILE to the path of a file that holds it. It is \
             in Discord's Developer Portal under General Information",
        ));
    };
    PublicKey::parse(key.expose()).map_err(|error| Failure::configuration(error.to_string()))
}

async fn serve_endpoint(
    config: &Config,
    public_key: PublicKey,
    settings: Option<Settings>,
    service: Arc<Service>,
    afterwards: Arc<Afterwards>,
    stop: CancellationToken,
) -> Result<(), Failure> {
    match settings {
        None => {
            tracing::info!(
                "no token: the slash commands are not compared; register them with `whichrole commands sync`"
            );
        }
        Some(settings) if config.register_commands => {
            let service = Arc::clone(&service);
            tokio::spawn(async move { registration::keep(&settings, &service).await });
        }
        Some(_) => {}
    }
    let listen = config.endpoint_listen;
    let listener = endpoint::listen(listen).map_err(cannot_listen(listen, "endpoint.listen"))?;
    let address = listener.local_addr().unwrap_or(listen);
    tracing::info!("listening on http://{address}{}", config.endpoint_path);
    service.readiness.listening();
    let callbacks = (config.endpoint_pictures == EndpointPictures::Callback).then(|| {
        let callbacks = Callbacks::new(&config.api_url, Arc::clone(&service), Arc::clone(&afterwards));
        Arc::new(callbacks)
    });
    let path = config.endpoint_path.clone();
    let endpoint = Endpoint { path, public_key, service, callbacks, afterwards, limits: Limits::default() };
    let served = endpoint::serve(listener, endpoint, stop.cancelled_owned()).await;
    served.map_err(|error| Failure::temporary(error.to_string()))
}

/// Serves the preview until the process is told to stop or its terminal is closed.
///
/// # Errors
///
/// When the port cannot be listened on.
pub async fn show_preview(
    config: Config,
    responses: Responses,
    reloader: Reloader,
    port: u16,
    watch: bool,
) -> Result<(), Failure> {
    let reload_requested = Arc::new(Notify::new());
    let told_to_stop = signals::stop().map_err(cannot_receive_signals)?;
    let terminal_closed = signals::terminal_closed(Arc::clone(&reload_requested)).map_err(cannot_receive_signals)?;
    let stop = async {
        tokio::select! {
            () = told_to_stop => {}
            () = terminal_closed => {}
        }
    };
    let listener = preview::bind(port).await.map_err(|error| Failure::temporary(error.to_string()))?;
    let url = listener.url().map_err(|error| Failure::temporary(error.to_string()))?;
    if let Err(failure) = output::print(&format!("The bot is at {url}\nctrl-c ends it.\n")) {
        // The page is the result, and works without this line.
        output::complain(&failure);
    }
    let mut service = service(&config, responses);
    // Whatever the store of the settings is: the preview's rounds are gone with it.
    service.rounds = Some(Rounds::new(Store::memory(), config.rounds.limits));
    let service = Arc::new(service);
    tokio::spawn(reloader.run(Arc::clone(&service), watch, reload_requested));
    let served = preview::serve(listener, service, stop).await;
    served.map_err(|error| Failure::temporary(error.to_string()))
}
