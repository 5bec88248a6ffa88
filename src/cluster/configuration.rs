//! The settings that a server of the tool's runs with: the text of `postgresql.conf` and `pg_hba.conf`. It writes no
//! file.
//!
//! They stand in the file and not on the command line, because a setting of the command line overrides
//! `ALTER SYSTEM` and `pg_settings.source` tells of it: tests shall see a server as they know it. The file is written
//! anew, whole, at each start, since a copied data directory has another socket directory; what migrations said by
//! `ALTER SYSTEM` is in `postgresql.auto.conf`, which is read after it and is copied along.

use std::fmt::Write;
use std::path::Path;

use super::ClusterError;

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listening<'a> {
    /// The directory of its socket, where it has one.
    pub(super) socket_dir: Option<&'a Path>,
    /// Its port, which is part of the socket's name.
    pub(super) port: u16,
    /// Whether it also listens on 127.0.0.1.
    pub(super) localhost: bool,
}

/// Settings of every server, all of them values of versions 13 and later.
const EVERYWHERE: &[(&str, &str)] = &[
    // 13 would store md5 hashes, which the tool's TCP line does not accept.
    ("password_encryption", "scram-sha-256"),
    // The same on every machine, whatever its zone; the rest is what initdb chooses for the locale C.
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("datestyle", "ISO, MDY"),
    ("default_text_search_config", "pg_catalog.english"),
    ("lc_messages", "C"),
    ("lc_monetary", "C"),
    ("lc_numeric", "C"),
    ("lc_time", "C"),
    // Nobody but the tool's user and the server's gets to the socket; its directory is private too.
    ("unix_socket_permissions", "0700"),
];

/// Settings of a server that a project keeps. All that would make it lose something is as the server has it by itself.
const LASTING: &[(&str, &str)] = &[
    ("cluster_name", "pgassay db"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
    ("log_line_prefix", "%m [%p] %q%u@%d "),
];

/// Settings of a server that is thrown away.
const THROWAWAY: &[(&str, &str)] = &[
    // Shown by `ps`, so that people know whose server it is.
    ("cluster_name", "pgassay"),
    // What runs here is thrown away: it need not survive a crash of the machine.
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    // The server's own default. With `minimal`, functions that migrations and tests call, such as
    // `pg_create_restore_point`, fail; no difference in time could be measured.
    ("wal_level", "replica"),
    // Nobody replicates from here.
    ("max_wal_senders", "0"),
    // As initdb chooses for 1 MB segments. The server's own default of 1 GB would let each worker fill memory with
    // log that nobody reads.
    ("max_wal_size", "64MB"),
    ("min_wal_size", "5MB"),
    // Work at times of its own choosing would make runs differ, and take time from the tests.
    ("autovacuum", "off"),
    ("checkpoint_timeout", "1h"),
    ("max_logical_replication_workers", "0"),
    // For the proof that a test has left nothing behind, by `pg_last_committed_xact()`.
    ("track_commit_timestamp", "on"),
    // Else the rows of a large table come in an order that depends on who read it before, and how far.
    ("synchronize_seqscans", "off"),
    // Tests may use PREPARE TRANSACTION; the default is 0.
    ("max_prepared_transactions", "10"),
    // The server's own default, far more than a worker needs: schema tests state it, and 60 connections that nobody
    // opens cost 2 MB and no time that can be measured.
    ("max_connections", "100"),
    // Enough for a schema and its tests. Only pages that are used take memory, with many workers too.
    ("shared_buffers", "64MB"),
    // Would take from a pool that the machine's owner has set aside for something else.
    ("huge_pages", "off"),
    // In the data directory, so that nothing stays in /dev/shm after a kill, and a container's small /dev/shm does.
    ("dynamic_shared_memory_type", "mmap"),
    // Compiling takes longer than most statements of a test.
    ("jit", "off"),
    // Standard error is the log file. It is for what happens to the server itself: start, crash, shutdown. What
    // statements say goes to their session anyway, and tests provoke errors by the thousand.
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
    ("log_min_messages", "log"),
    ("log_checkpoints", "off"),
    ("checkpoint_warning", "0"),
];

/// Settings that exist from a major version on.
const LATER_SETTINGS: &[(u32, &str, &str)] = &[
    // The default starts three more processes.
    (18, "io_method", "sync"),
];

/// The text of `postgresql.conf` for a server of this major version that is thrown away; `extra` comes last and so wins.
pub(super) fn postgresql_conf(
    major: u32,
    listening: &Listening<'_>,
    extra: &[(String, String)],
) -> Result<String, ClusterError> {
    let mut text = beginning(listening)?;
    let later = LATER_SETTINGS.iter().filter(|(since, ..)| major >= *since);
    let later = later.map(|(_, name, value)| (name, value));
    for (name, value) in THROWAWAY
        .iter()
        .map(|(name, value)| (name, value))
        .chain(later)
    {
        add(&mut text, name, value)?;
    }
    for (name, value) in extra {
        add(&mut text, name, value)?;
    }
    Ok(text)
}

/// The text of `postgresql.conf` for the server that a project keeps.
pub(super) fn lasting_conf(listening: &Listening<'_>) -> Result<String, ClusterError> {
    let mut text = beginning(listening)?;
    for (name, value) in LASTING {
        add(&mut text, name, value)?;
    }
    Ok(text)
}

/// Where it listens, and what holds everywhere.
fn beginning(listening: &Listening<'_>) -> Result<String, ClusterError> {
    let mut text = "# Written by pgassay at each start of the server.\n".to_owned();
    let addresses = if listening.localhost { "127.0.0.1" } else { "" };
    let quoted = |directory: &Path| {
        // A comma would make two directories of one; quoted inside it does not.
        format!(
            "\"{}\"",
            directory.display().to_string().replace('"', "\"\"")
        )
    };
    add(&mut text, "listen_addresses", addresses)?;
    let socket_dir = listening.socket_dir.map(quoted).unwrap_or_default();
    add(&mut text, "unix_socket_directories", &socket_dir)?;
    add(&mut text, "port", &listening.port.to_string())?;
    for (name, value) in EVERYWHERE {
        add(&mut text, name, value)?;
    }
    Ok(text)
}

/// The text of `pg_hba.conf`: everybody is trusted on the socket, since only the server's user and root get there;
/// on TCP, where every user of the machine does, a password is required.
pub(super) fn pg_hba_conf(localhost: bool) -> &'static str {
    if localhost {
        "local all all trust\nlocal replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    } else {
        "local all all trust\nlocal replication all trust\n"
    }
}

/// Adds a line, the value quoted.
fn add(text: &mut String, name: &str, value: &str) -> Result<(), ClusterError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(fits)
    {
        return Err(ClusterError::BadSetting {
            name: name.to_owned(),
        });
    }
    let value = value
        .replace('\\', r"\\")
        .replace('\'', "''")
        .replace('\n', r"\n");
    // Writing to a String does not fail.
    let _ = writeln!(text, "{name} = '{value}'");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conf(extra: &[(&str, &str)]) -> Result<String, ClusterError> {
        let listening = Listening {
            socket_dir: Some(Path::new("/run/a, b")),
            port: 5432,
            localhost: false,
        };
        let extra: Vec<(String, String)> = extra
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        postgresql_conf(15, &listening, &extra)
    }

    #[test]
    fn the_file_says_where_to_listen_and_ends_with_the_extra_settings() {
        let text = conf(&[("app.tenant", "O'Brien \\ Sons\nLtd")]).unwrap_or_default();
        assert!(
            text.contains("listen_addresses = ''\nunix_socket_directories = '\"/run/a, b\"'\n")
        );
        assert!(
            text.ends_with("app.tenant = 'O''Brien \\\\ Sons\\nLtd'\n"),
            "{text}"
        );
        assert!(!text.contains("io_method"));
    }

    #[test]
    fn a_server_that_is_kept_gives_up_nothing_for_speed() {
        let listening = Listening {
            socket_dir: None,
            port: 15432,
            localhost: true,
        };
        let text = lasting_conf(&listening).unwrap_or_default();
        assert!(
            text.contains("unix_socket_directories = ''\nport = '15432'\n"),
            "{text}"
        );
        assert!(text.contains("listen_addresses = '127.0.0.1'"), "{text}");
        for name in [
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "autovacuum",
        ] {
            assert!(!text.contains(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_would_break_the_file_is_refused() {
        for name in ["", "a b", "a=1\nfsync", "1a", "include '/etc/passwd' #"] {
            assert!(conf(&[(name, "x")]).is_err(), "{name:?}");
        }
    }
}
