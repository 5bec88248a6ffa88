//! A throwaway server, and the real psql beside it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};

use crate::authority::Pair;
use crate::programs::{binaries, psql};

/// Rules by role: `tls_only` and `plain_only` say it, `refused` may never in, all others may as they please.
const HBA: &str = "local all all trust\n\
                   host all refused all reject\n\
                   hostssl all tls_only all trust\n\
                   host all tls_only all reject\n\
                   hostnossl all plain_only all trust\n\
                   host all plain_only all reject\n\
                   hostssl all with_certificate all trust clientcert=verify-ca\n\
                   host all all all trust\n";

/// Where the servers' programs are; none is said aloud, and so is that there is no psql to compare with.
pub(crate) fn bin_dir() -> Option<PathBuf> {
    let found = binaries()?.bin_dir;
    psql().map(|_| found)
}

/// A data directory and, while it runs, its server.
pub(crate) struct Server {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) port: u16,
    bin_dir: PathBuf,
    /// The psql to compare with.
    pub(crate) psql: PathBuf,
    process: Option<Child>,
}

impl Server {
    /// A fresh data directory with the roles that the rules name.
    pub(crate) fn create(bin_dir: &Path) -> Self {
        let base = Some(Path::new("/dev/shm"))
            .filter(|dir| dir.exists())
            .map_or(std::env::temp_dir(), Path::to_owned);
        let dir = tempfile::Builder::new()
            .prefix("conninfo-")
            .tempdir_in(base)
            .unwrap();
        own(dir.path());
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut server = Self {
            dir,
            port,
            bin_dir: bin_dir.to_owned(),
            psql: psql().unwrap(),
            process: None,
        };
        let data = server.dir.path().join("data");
        let output = unprivileged(&bin_dir.join("initdb"))
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        fs::write(data.join("pg_hba.conf"), HBA).unwrap();
        server.start(&[]);
        for role in ["tls_only", "plain_only", "refused", "with_certificate"] {
            let text = format!(
                "host={} port={port} user=postgres dbname=postgres",
                server.dir.path().display()
            );
            let made = server.psql(
                &text,
                &format!("CREATE ROLE {role} LOGIN"),
                Path::new("/nonexistent"),
            );
            assert!(made.is_some(), "cannot create the role {role}");
        }
        server.stop();
        server
    }

    /// Starts the server on this port of the loopback address and on a socket in `dir`.
    pub(crate) fn start(&mut self, settings: &[String]) {
        self.stop();
        let dir = self.dir.path();
        let mut command = unprivileged(&self.bin_dir.join("postgres"));
        command.arg("-D").arg(dir.join("data"));
        for setting in [
            format!("unix_socket_directories={}", dir.display()),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            "fsync=off".to_owned(),
        ]
        .iter()
        .chain(settings)
        {
            command.arg("-c").arg(setting);
        }
        let log = fs::File::create(dir.join("log")).unwrap();
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let socket = dir.join(format!(".s.PGSQL.{}", self.port));
        let text = format!(
            "host={} port={} user=postgres dbname=postgres",
            dir.display(),
            self.port
        );
        let deadline = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(&socket).is_err()
            || self
                .psql(&text, "SELECT 1", Path::new("/nonexistent"))
                .is_none()
        {
            let log = || fs::read_to_string(dir.join("log")).unwrap_or_default();
            assert!(
                process.try_wait().unwrap().is_none(),
                "the server ended: {}",
                log()
            );
            assert!(
                Instant::now() < deadline,
                "the server does not answer: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        self.process = Some(process);
    }

    /// Starts it with TLS and this certificate.
    pub(crate) fn start_tls(&mut self, pair: &Pair, settings: &[String]) {
        let dir = self.dir.path();
        let (certificate, key) = (dir.join("server.crt"), dir.join("server.key"));
        fs::copy(&pair.certificate, &certificate).unwrap();
        fs::copy(&pair.key, &key).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        own(&key);
        let mut all = vec![
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", key.display()),
        ];
        all.extend_from_slice(settings);
        self.start(&all);
    }

    /// Stops it.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let pid = Pid::from_raw(i32::try_from(process.id()).unwrap());
            kill(pid, Signal::SIGQUIT).unwrap();
            process.wait().unwrap();
        }
    }

    /// What the real psql prints for a query on this connection; none when it fails.
    pub(crate) fn psql(&self, conninfo: &str, query: &str, home: &Path) -> Option<String> {
        let output = Command::new(&self.psql)
            .args(["-XAtqc", query, conninfo])
            .env_clear()
            .env("HOME", home)
            .output()
            .unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The user that servers run as: this one, or `postgres` where this one is root.
fn server_user() -> Option<User> {
    geteuid()
        .is_root()
        .then(|| User::from_name("postgres").unwrap().unwrap())
}

/// The name of the user that servers run as.
pub(crate) fn server_user_name() -> String {
    server_user()
        .or_else(|| User::from_uid(geteuid()).unwrap())
        .unwrap()
        .name
}

fn own(path: &Path) {
    if let Some(user) = server_user() {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
    }
}

fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir("/");
    if let Some(user) = server_user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}
