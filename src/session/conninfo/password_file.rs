use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Address, Host, Secret};

/// Socket directories that a packaged libpq calls `localhost` in a password file.
const DEFAULT_SOCKET_DIRS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// A password file (`~/.pgpass`): `host:port:database:user:password` on each line, the first match counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasswordFile {
    path: Option<PathBuf>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// host, port, database, user; none is `*`.
    fields: [Option<String>; 4],
    password: Secret,
}

impl PasswordFile {
    /// Reads the file. One that does not exist is empty; one that must not or cannot be used is empty with a
    /// warning, as in libpq.
    pub fn read(path: &Path) -> (Self, Option<String>) {
        let Ok(metadata) = fs::metadata(path) else {
            return (Self::default(), None);
        };
        if !metadata.is_file() {
            let warning = format!(
                "the password file {} is ignored: it is not a plain file",
                path.display()
            );
            return (Self::default(), Some(warning));
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            let warning = format!(
                "the password file {path} is ignored: others may read or write it; run: chmod 0600 {path}",
                path = path.display()
            );
            return (Self::default(), Some(warning));
        }
        match fs::read(path) {
            Ok(bytes) => {
                let entries = parse(&String::from_utf8_lossy(&bytes));
                (
                    Self {
                        path: Some(path.to_owned()),
                        entries,
                    },
                    None,
                )
            }
            Err(error) => {
                let warning = format!("the password file {} is ignored: {error}", path.display());
                (Self::default(), Some(warning))
            }
        }
    }

    /// The entries of a password file's text, with no path.
    pub fn parse(text: &str) -> Self {
        Self {
            path: None,
            entries: parse(text),
        }
    }

    /// The file, if one was read.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The password of the first line that matches.
    pub fn password(&self, host: &Host, database: &str, user: &str) -> Option<&Secret> {
        let port = host.port.to_string();
        let (name, also) = match &host.address {
            Address::Tcp(name) => (name.as_str(), None),
            Address::Unix(dir) => {
                let dir = dir.to_str()?;
                (
                    dir,
                    DEFAULT_SOCKET_DIRS.contains(&dir).then_some("localhost"),
                )
            }
        };
        let matches = |field: &Option<String>, value: &str| {
            field.as_deref().is_none_or(|field| field == value)
        };
        self.entries
            .iter()
            .find(|entry| {
                let [host, ports, databases, users] = &entry.fields;
                (matches(host, name) || also.is_some_and(|also| matches(host, also)))
                    && matches(ports, &port)
                    && matches(databases, database)
                    && matches(users, user)
            })
            .map(|entry| &entry.password)
    }
}

fn parse(text: &str) -> Vec<Entry> {
    text.split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.starts_with('#'))
        .filter_map(entry)
        .collect()
}

/// One line; none when it has fewer than five fields. What follows a fifth colon is no part of the password.
fn entry(line: &str) -> Option<Entry> {
    let mut fields = Vec::with_capacity(5);
    let mut field = String::new();
    let mut raw = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' => {
                fields.push((std::mem::take(&mut raw), std::mem::take(&mut field)));
                if fields.len() == 5 {
                    break;
                }
            }
            '\\' => {
                let next = chars.next();
                raw.push('\\');
                field.push(next.unwrap_or('\\'));
            }
            c => {
                raw.push(c);
                field.push(c);
            }
        }
    }
    if fields.len() == 4 {
        fields.push((raw, field));
    }
    let fields: [(String, String); 5] = fields.try_into().ok()?;
    let [host, port, database, user, (_, password)] = fields;
    // `\*` is a literal star.
    let wild = |(raw, field): (String, String)| (raw != "*").then_some(field);
    Some(Entry {
        fields: [wild(host), wild(port), wild(database), wild(user)],
        password: Secret::new(password),
    })
}
