//! Servers: started, stopped, refused, reached, and run by whom.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::User;
use pgassay::cluster::{ClusterError, Mode, Server, ServerOptions};
use postgres::{Config, NoTls};

use crate::ground::{Ground, Holder, connect, lives, pid, show, value};

#[test]
fn a_server_starts_and_stops_twice_and_keeps_its_data() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let server = ground.server(&run, "w0");
    let mut client = connect(&server);
    client.batch_execute("CREATE TABLE kept ()").unwrap();
    client
        .batch_execute("ALTER SYSTEM SET work_mem = '7MB'")
        .unwrap();
    drop(client);
    let postmaster = server.pid();
    let data = server.stop(Mode::Fast).unwrap();
    assert!(!lives(postmaster));
    let mut server = Server::start(&ground.binaries, &data, &ServerOptions::default()).unwrap();
    assert!(server.is_alive());
    let mut client = connect(&server);
    assert_eq!(
        value(&mut client, "SELECT to_regclass('kept')::text"),
        "kept"
    );
    assert_eq!(
        show(&mut client, "work_mem"),
        "7MB",
        "ALTER SYSTEM has its usual effect"
    );
    let settings = [
        "fsync",
        "autovacuum",
        "listen_addresses",
        "timezone",
        "server_encoding",
    ];
    let shown = settings.map(|setting| show(&mut client, setting));
    assert_eq!(shown, ["off", "off", "", "UTC", "UTF8"]);
    let command_line = "SELECT count(*)::text FROM pg_settings WHERE source = 'command line'";
    assert_eq!(value(&mut client, command_line), "0");
    server.stop(Mode::Immediate).unwrap();
}

#[test]
fn a_test_that_states_the_defaults_of_a_server_finds_them() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let server = ground.server(&run, "w0");
    let mut client = connect(&server);
    // Of what the configuration file does set, these are at the values that the manual gives.
    let stated = [
        "max_connections",
        "port",
        "datestyle",
        "client_encoding",
        "wal_level",
    ];
    let shown = stated.map(|setting| show(&mut client, setting));
    assert_eq!(shown, ["100", "5432", "ISO, MDY", "UTF8", "replica"]);
    // It fails where the log says too little of what happens.
    let restore_point = "SELECT (pg_create_restore_point('before') IS NOT NULL)::text";
    assert_eq!(value(&mut client, restore_point), "true");
}

#[test]
fn letters_beyond_ascii_have_cases_and_text_is_ordered_by_code_points() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let server = ground.server(&run, "w0");
    let mut client = connect(&server);
    let order = "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{b,A,a,B,é,_}'::text[]) AS x";
    assert_eq!(value(&mut client, order), "AB_abé");
    // 16 and later have no setting `lc_ctype`.
    let ctype = "SELECT datctype::text FROM pg_database WHERE datname = current_database()";
    if value(&mut client, ctype) == "C" {
        return eprintln!("SKIPPED: this system has no UTF-8 locale");
    }
    let cases = "SELECT lower('ÉCOLE') || initcap(' élan') || ('É' ~* 'é')::text";
    assert_eq!(value(&mut client, cases), "école Élantrue");
}

#[test]
fn a_server_that_cannot_start_shows_the_end_of_its_log() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let data = ground.data(&run, "w0");
    let settings = vec![("shared_buffers".to_owned(), "plenty".to_owned())];
    let options = ServerOptions {
        settings,
        ..ServerOptions::default()
    };
    let error = Server::start(&ground.binaries, &data, &options).unwrap_err();
    assert!(matches!(error, ClusterError::ServerDied { .. }));
    let text = error.to_string();
    assert!(
        text.contains(r#"invalid value for parameter "shared_buffers": "plenty""#),
        "{text}"
    );
    let settings = vec![("shared buffers".to_owned(), "1".to_owned())];
    let options = ServerOptions {
        settings,
        ..ServerOptions::default()
    };
    let error = Server::start(&ground.binaries, &data, &options).unwrap_err();
    assert!(matches!(error, ClusterError::BadSetting { .. }));
    // Nothing of the attempts stands in the way.
    let server = Server::start(&ground.binaries, &data, &ServerOptions::default()).unwrap();
    assert!(
        server
            .log_since(0)
            .last()
            .unwrap()
            .contains("ready to accept connections")
    );
    assert!(server.log_since(server.log_length()).is_empty());
}

#[test]
fn a_server_that_is_not_ready_in_time_is_stopped() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let data = ground.data(&run, "w0");
    let options = ServerOptions {
        ready_within: Duration::ZERO,
        ..ServerOptions::default()
    };
    let error = Server::start(&ground.binaries, &data, &options).unwrap_err();
    assert!(matches!(error, ClusterError::NotReady { .. }), "{error}");
    // Nothing of the attempt stands in the way, even where the server had to be killed.
    let server = Server::start(&ground.binaries, &data, &ServerOptions::default()).unwrap();
    assert_eq!(show(&mut connect(&server), "port"), "5432");
}

#[test]
fn after_a_server_that_obeys_no_signal_was_killed_the_next_one_starts_there() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let server = ground.server(&run, "w0");
    let mut client = connect(&server);
    client.batch_execute("CREATE TABLE kept ()").unwrap();
    let postmaster = server.pid();
    kill(pid(postmaster), Signal::SIGSTOP).unwrap();
    let data = server.stop(Mode::Immediate).unwrap();
    assert!(!lives(postmaster));
    let server = Server::start(&ground.binaries, &data, &ServerOptions::default()).unwrap();
    let kept = "SELECT (to_regclass('kept') IS NOT NULL)::text";
    assert_eq!(value(&mut connect(&server), kept), "true");
}

#[test]
fn on_tcp_a_password_is_required() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let data = ground.data(&run, "w0");
    let options = ServerOptions {
        listen_localhost: true,
        ..ServerOptions::default()
    };
    let server = Server::start(&ground.binaries, &data, &options).unwrap();
    let address = server.tcp_address().unwrap();
    assert_eq!(address.port(), server.port());
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(address.port())
        .user("postgres")
        .dbname("postgres");
    assert!(config.connect(NoTls).is_err());
    connect(&server)
        .batch_execute("ALTER ROLE postgres PASSWORD 'secret'")
        .unwrap();
    assert!(config.connect(NoTls).is_err());
    config.password("secret");
    assert_eq!(
        show(&mut config.connect(NoTls).unwrap(), "listen_addresses"),
        "127.0.0.1"
    );
}

#[test]
fn an_ordinary_user_runs_servers_too_and_variables_of_the_environment_do_not_reach_them() {
    let Some(ground) = Ground::with_empty_cache() else {
        return;
    };
    // The test program itself may lie where an ordinary user does not get.
    let program = ground.directory.path().join("holder");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new(&program);
    command
        .env("PGPORT", "1")
        .env("PGDATA", "/nowhere")
        .env("PGOPTIONS", "-c fsync=on")
        .env("LC_ALL", "xx_XX")
        .current_dir("/");
    let root = User::from_uid(nix::unistd::geteuid())
        .unwrap()
        .is_some_and(|user| user.uid.is_root());
    let nobody = User::from_name("nobody").unwrap();
    if let Some(nobody) = nobody.filter(|_| root) {
        command.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw());
        fs::create_dir(ground.cache_dir()).unwrap();
        let owner = Some(nobody.uid.as_raw());
        std::os::unix::fs::chown(ground.cache_dir(), owner, None).unwrap();
    }
    let mut holder = Holder::start_by(command, &ground);
    if root {
        let owner = fs::metadata(&holder.run).unwrap().uid();
        assert_eq!(
            Some(owner),
            User::from_name("nobody")
                .unwrap()
                .map(|user| user.uid.as_raw())
        );
    }
    // Its input ends, and so does it, in order.
    drop(holder.child.stdin.take());
    assert!(holder.child.wait().unwrap().success());
    assert!(!lives(holder.postmaster));
    assert_eq!(ground.left(), Vec::<String>::new());
}
