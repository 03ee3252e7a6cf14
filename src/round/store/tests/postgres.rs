//! What only a server can do: be unreachable, lose connections, keep others waiting.

use super::home::{Home, admin, connect};
use super::*;

/// A port on which nobody listens.
fn free_port() -> TestResult<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn after_the_close_the_tables_tell_nothing() -> TestResult {
    let home = Home::postgres().await;
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    for user in 1..=6 {
        ask(&store, user, 0, vote(user)).await;
    }
    ask(&store, STARTER, 0, show()).await;
    let (client, _connection) = connect(&home.settings().url).await?;
    let row = client
        .query_one(
            "select (select count(*) from answer), (select count(*) from round where round_key is not null)",
            &[],
        )
        .await?;
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (0, 0));
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn lost_connections_are_made_anew() -> TestResult {
    let home = Home::postgres().await;
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    for user in 1..=5 {
        admin(
            &home.settings().url,
            "select pg_terminate_backend(pid) from pg_stat_activity \
             where application_name = current_setting('application_name') and pid <> pg_backend_pid()",
        )
        .await?;
        assert_eq!(counted(&ask(&store, user, 0, vote(user)).await), (u32::try_from(user)?, true));
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn who_waits_too_long_for_a_lock_is_told_and_nothing_is_half_done() -> TestResult {
    let home = Home::postgres().await;
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    ask(&store, 2, 0, vote(2)).await;
    let (mut client, _connection) = connect(&home.settings().url).await?;
    let holding = client.transaction().await?;
    holding.query("select * from round for update", &[]).await?;
    let error = store.execute(&shared_rules(), request(ROUND, 3, 0, vote(3))).await.expect_err("it is locked");
    assert_eq!(error.trouble, Trouble::Away);
    holding.rollback().await?;
    assert_eq!(counted(&ask(&store, 2, 0, Command::Look).await), (1, true));
    assert_eq!(counted(&ask(&store, 3, 0, vote(3)).await), (2, true));
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn who_gives_up_in_mid_transaction_leaves_nothing_behind() -> TestResult {
    let home = Home::postgres().await;
    drop(home.open().await);
    let settings = PostgresSettings { connections: 1, ..home.settings().clone() };
    let store = Store::postgres(&settings, None).await?;
    ask(&store, STARTER, 0, open(1_000)).await;
    ask(&store, 2, 0, vote(2)).await;
    let (mut client, _connection) = connect(&settings.url).await?;
    let holding = client.transaction().await?;
    holding.batch_execute("lock table answer in exclusive mode").await?;
    let rules = shared_rules();
    let blocked = store.execute(&rules, request(ROUND, 3, 0, vote(3)));
    tokio::time::timeout(std::time::Duration::from_millis(200), blocked).await.expect_err("it waits for the lock");
    holding.rollback().await?;
    assert_eq!(counted(&ask(&store, 4, 0, vote(4)).await), (2, true));
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_newer_database_is_refused() -> TestResult {
    let home = Home::postgres().await;
    drop(home.open().await);
    admin(&home.settings().url, "update whichrole_schema set version = 99").await?;
    let error = Store::postgres(home.settings(), None).await.expect_err("it is newer");
    assert_eq!(error.trouble, Trouble::Newer);
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn processes_that_start_at_the_same_time_make_one_schema() -> TestResult {
    let home = Home::postgres().await;
    let stores: Vec<_> = (0..6)
        .map(|_| {
            let settings = home.settings().clone();
            tokio::spawn(async move { Store::postgres(&settings, None).await.map(drop) })
        })
        .collect();
    for store in stores {
        store.await??;
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_without_the_password() -> TestResult {
    let port = free_port()?;
    let settings = |url: String| PostgresSettings { url, connections: 1, authorities: None };
    let password = Secret::new("hush");
    let url = format!("postgres://someone@127.0.0.1:{port}/rounds");
    let error = Store::postgres(&settings(url), Some(&password)).await.expect_err("nobody listens");
    assert_eq!(error.trouble, Trouble::Away);
    assert!(!error.to_string().contains("hush"), "{error}");

    let url = format!("postgres://someone:hush@127.0.0.1:{port}/rounds");
    let error = Store::postgres(&settings(url), None).await.expect_err("a password is in the address");
    assert!(error.to_string().ends_with("has a password in it; it belongs in a secret"), "{error}");
    let error = Store::postgres(&settings("nonsense".to_owned()), None).await.expect_err("no address");
    assert!(
        error.to_string().starts_with("the store of rounds refuses this bot: the address cannot be read"),
        "{error}"
    );
    Ok(())
}

/// A server that accepts connections and never answers.
#[tokio::test]
async fn a_server_that_hangs_is_told_in_time() -> TestResult {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let url = format!("postgres://someone@127.0.0.1:{port}/rounds");
    let settings = PostgresSettings { url, connections: 1, authorities: None };
    let started = std::time::Instant::now();
    let error = Store::postgres(&settings, None).await.expect_err("it hangs");
    assert_eq!(error.trouble, Trouble::Away);
    assert!(started.elapsed() < std::time::Duration::from_millis(1_500), "{:?}", started.elapsed());

    // At the start of the bot that is no error, and from then on nobody waits for it.
    let store = Store::open(&StoreSettings::Postgres(settings), None).await?;
    let (store, rules) = (store.ok_or("it is off")?, shared_rules());
    let started = std::time::Instant::now();
    for user in 1..=5 {
        let error = store.execute(&rules, request(ROUND, user, 0, open(1_000))).await.expect_err("it hangs");
        assert_eq!(error.trouble, Trouble::Away);
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(1), "{:?}", started.elapsed());
    Ok(())
}

/// A server that is away at the start, and comes up later.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_server_that_comes_up_later_is_used_from_then_on() -> TestResult {
    let home = Home::postgres().await;
    let real: tokio_postgres::Config = home.settings().url.parse()?;
    let server = real.get_ports().first().copied().unwrap_or(5432);
    let away = free_port()?;
    let url = home.settings().url.replace(&format!(":{server}/"), &format!(":{away}/"));
    assert_ne!(url, home.settings().url);
    let settings = PostgresSettings { url, ..home.settings().clone() };
    let store = Store::open(&StoreSettings::Postgres(settings), None).await?.ok_or("it is off")?;

    let error = store.execute(&shared_rules(), request(ROUND, STARTER, 0, open(1_000))).await.expect_err("it is away");
    assert_eq!(error.trouble, Trouble::Away);
    assert_eq!(store.prepare().await.expect_err("still away").trouble, Trouble::Away);

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", away)).await?;
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut to_server =
                    tokio::net::TcpStream::connect(("127.0.0.1", server)).await.expect("PostgreSQL is there");
                let _ = tokio::io::copy_bidirectional(&mut client, &mut to_server).await;
            });
        }
    });
    // On a busy machine the first try may take too long.
    while let Err(error) = store.prepare().await {
        assert_eq!(error.trouble, Trouble::Away);
    }
    assert_eq!(counted(&ask(&store, STARTER, 0, open(1_000)).await), (0, false));
    assert_eq!(counted(&ask(&store, 2, 0, vote(2)).await), (1, true));
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn who_is_refused_at_the_start_is_told_and_does_not_start() -> TestResult {
    let url = std::env::var("DATABASE_URL")
        .map_err(|error| format!("DATABASE_URL has the address of a database: {error}"))?;
    let (server, _) = url.rsplit_once('/').ok_or("it names no database")?;
    let nobody = server.replace("postgres@", "nobody@");
    for (url, words) in [
        (format!("{server}/nowhere"), "database \"nowhere\" does not exist (3D000)"),
        (format!("{nobody}/postgres"), "role \"nobody\" does not exist (28000)"),
    ] {
        let settings = StoreSettings::Postgres(PostgresSettings::new(url));
        let error = Store::open(&settings, None).await.expect_err("it is refused");
        assert_eq!(error.trouble, Trouble::Refused);
        assert!(error.to_string().ends_with(words), "{error}");
    }
    Ok(())
}
