//! Streams without TLS: order of hosts, timeouts, peers, cancel requests.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use pgassay::session::conninfo::{ConnInfo, Environment};
use pgassay::session::stream::{
    ConnectError, Failure, Refusal, Stream, connect, connect_for_cancel, connect_with,
};
use postgres_protocol::message::frontend;

use crate::server::{Server, bin_dir, server_user_name};

fn resolve(text: &str) -> ConnInfo {
    ConnInfo::resolve(text, &Environment::empty().with_user("me")).unwrap()
}

/// Sends a startup message and returns the kind of the answer: `R` when the server lets us in, `E` when it does not.
pub(crate) fn start(stream: &mut Stream, info: &ConnInfo) -> u8 {
    let mut message = BytesMut::new();
    frontend::startup_message(info.startup_parameters(), &mut message).unwrap();
    stream.write_all(&message).unwrap();
    stream.flush().unwrap();
    let mut kind = [0];
    match stream.read_exact(&mut kind) {
        Ok(()) => kind[0],
        Err(_) => 0,
    }
}

/// The start of a session as the protocol layer does it, with the server's refusal told.
pub(crate) fn session(info: &ConnInfo) -> Result<Stream, Failure<u8>> {
    let started = connect_with(info, |stream, _| match start(stream, info) {
        b'R' => Ok(()),
        kind => Err(Refusal::Rejected(kind)),
    });
    started.map(|(stream, ())| stream)
}

#[test]
fn the_next_host_is_tried_when_one_is_out_of_reach() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!("host=/nonexistent,127.0.0.1,127.0.0.1 port=1,1,{port} sslmode=disable");
    let stream = connect(&resolve(&text)).unwrap();
    assert_eq!(stream.peer().host().port, port);
}

#[test]
fn when_no_host_can_be_reached_all_are_told() {
    let info = resolve("host=/nonexistent,127.0.0.1 port=1,1 sslmode=disable password=hunter2");
    let error = connect(&info).unwrap_err();
    assert!(matches!(&error, ConnectError::Several(errors) if errors.len() == 2));
    let words = error.to_string();
    assert!(
        words.contains("/nonexistent/.s.PGSQL.1") && words.contains("127.0.0.1:1"),
        "{words}"
    );
    let error = connect(&resolve("host=name.invalid connect_timeout=5")).unwrap_err();
    assert!(matches!(error, ConnectError::Lookup { .. }), "{error}");
}

#[test]
fn a_server_that_does_not_answer_is_given_up_after_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let began = Instant::now();
    let error = connect(&resolve(&format!(
        "host=127.0.0.1 port={port} connect_timeout=1 sslmode=require"
    )))
    .unwrap_err();
    assert!(
        matches!(error, ConnectError::TimedOut { seconds: 1, .. }),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_start_answers_decides_what_comes_next() {
    let listeners: Vec<UnixListener> = [1, 2]
        .iter()
        .map(|_| tempfile::tempdir().unwrap().keep())
        .map(|dir| UnixListener::bind(dir.join(".s.PGSQL.5432")).unwrap())
        .collect();
    let dirs: Vec<String> = listeners
        .iter()
        .map(|listener| {
            let address = listener.local_addr().unwrap();
            address
                .as_pathname()
                .unwrap()
                .parent()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let info = resolve(&format!("host={} user=u", dirs.join(",")));
    let mut tried = 0;
    let (stream, ()) = connect_with(&info, |_, _| {
        tried += 1;
        if tried == 1 {
            Err(Refusal::NextHost("starting up"))
        } else {
            Ok(())
        }
    })
    .unwrap();
    assert_eq!(stream.peer().host(), &info.hosts[1]);
    for refusal in [Refusal::Final("no"), Refusal::Rejected("no")] {
        let mut refusal = Some(refusal);
        let failure =
            connect_with(&info, |_, _| Err::<(), _>(refusal.take().unwrap())).unwrap_err();
        assert!(matches!(failure, Failure::Start { error: "no", ref others } if others.is_empty()));
    }
    for dir in dirs {
        std::fs::remove_dir_all(dir).unwrap();
    }
}

#[test]
fn a_server_that_talks_no_protocol_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = std::thread::spawn(move || {
        for answer in ["HTTP/1.1 400", "", "E"] {
            let (mut socket, _) = listener.accept().unwrap();
            let _ = socket.read(&mut [0; 8]);
            socket.write_all(answer.as_bytes()).unwrap();
        }
    });
    for expected in ["0x48", "closed the connection", "answered with an error"] {
        let error = connect(&resolve(&format!(
            "host=127.0.0.1 port={port} sslmode=require"
        )))
        .unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    answers.join().unwrap();
}

#[test]
fn a_real_server_lets_us_in_and_takes_a_cancel_request() {
    let Some(bin_dir) = bin_dir() else { return };
    let mut server = Server::create(&bin_dir);
    server.start(&[]);
    let dir = server.dir.path();
    let info = ConnInfo::unix(dir, server.port, "postgres", "postgres");
    let tcp = format!(
        "postgres://postgres@127.0.0.1:{}/postgres?keepalives_idle=5&tcp_user_timeout=9000",
        server.port
    );
    for info in [&info, &resolve(&tcp)] {
        let stream = session(info).unwrap();
        assert!(!stream.is_encrypted());
        let mut other = connect_for_cancel(stream.peer()).unwrap();
        let mut message = BytesMut::new();
        frontend::cancel_request(1, 2, &mut message);
        other.write_all(&message).unwrap();
        assert_eq!(
            other.read(&mut [0]).unwrap(),
            0,
            "the server closes after a cancel request"
        );
    }
    let right = ConnInfo {
        require_peer: Some(server_user_name()),
        ..info.clone()
    };
    assert!(connect(&right).is_ok());
    let wrong = ConnInfo {
        require_peer: Some("nobody_else".to_owned()),
        ..info.clone()
    };
    let error = connect(&wrong).unwrap_err();
    assert!(
        matches!(&error, ConnectError::Peer { expected, .. } if expected == "nobody_else"),
        "{error}"
    );
    // What we tell psql opens the same server.
    let url = info.url();
    let user = server.psql(url.expose(), "SELECT current_user", dir);
    assert_eq!(user.as_deref(), Some("postgres"));
    let odd = ConnInfo {
        application_name: "O'Brien's \\ app".to_owned(),
        ..info.with_database("postgres")
    };
    let psql_dir = server.psql.parent().unwrap();
    for info in [&info, &odd] {
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "{} -XAtc 'SHOW application_name'",
                info.psql_command()
            ))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", psql_dir.display()))
            .output()
            .unwrap();
        let expected = if info == &odd {
            "O'Brien's \\ app\n"
        } else {
            "psql\n"
        };
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected,
            "{}",
            info.psql_command()
        );
    }
}
