use std::fmt::Write as _;

use super::TargetSessionAttrs;
use super::parameter::{KEYWORDS, SESSION_VARIABLES};
use super::{
    APPLICATION_NAME, Address, ConnInfo, Keepalive, RootCertificates, Secret, SslMode, TlsOptions,
    TlsVersion,
};

/// How a connection is told to other programs.
impl ConnInfo {
    /// The `psql` command line that opens it, quoted for a shell. Without the password.
    pub fn psql_command(&self) -> String {
        let extras = self.extras();
        let plain_name = !self.database().contains('=') && !self.database().contains("://");
        if extras.is_empty() && plain_name && self.hostaddrs().is_none() {
            let mut command = "psql".to_owned();
            let port = self.ports();
            let words = [
                ("-h", self.host_names()),
                ("-p", port),
                ("-U", self.user.clone()),
                ("-d", self.database().to_owned()),
            ];
            for (option, value) in words {
                // Writing to a String cannot fail.
                let _ = write!(command, " {option} {}", shell_quoted(&value));
            }
            return command;
        }
        let mut pairs = self.essentials();
        pairs.push(("user", self.user.clone()));
        pairs.push(("dbname", self.database().to_owned()));
        pairs.extend(extras);
        let words: Vec<String> = pairs
            .iter()
            .map(|(keyword, value)| format!("{keyword}={}", conninfo_quoted(value)))
            .collect();
        format!("psql {}", shell_quoted(&words.join(" ")))
    }

    /// A libpq URL, for `DATABASE_URL`: **with the password** (the first server's, where the password file has it).
    pub fn url(&self) -> Secret {
        let mut url = format!("postgresql://{}", encoded(&self.user));
        let password = self.hosts.first().and_then(|host| self.password_for(host));
        if let Some(password) = password {
            url.push(':');
            url.push_str(&encoded(password.expose()));
        }
        url.push('@');
        let mut query = Vec::new();
        if self
            .hosts
            .iter()
            .all(|host| matches!(host.address, Address::Tcp(_)))
        {
            let hosts: Vec<String> = self
                .hosts
                .iter()
                .map(|host| {
                    let name = host.address.to_string();
                    // Brackets hide nothing from the decoder: a percent sign is encoded within them too.
                    let name = if name.contains(':') {
                        format!("[{}]", name.replace('%', "%25"))
                    } else {
                        encoded(&name)
                    };
                    format!("{name}:{}", host.port)
                })
                .collect();
            url.push_str(&hosts.join(","));
            query.extend(self.hostaddrs().map(|addresses| ("hostaddr", addresses)));
        } else {
            // As a parameter, since drivers other than libpq take no directory for a host.
            query.extend(self.essentials());
        }
        if let Some(dbname) = &self.dbname {
            url.push('/');
            url.push_str(&encoded(dbname));
        } else if !query.is_empty() {
            url.push('/');
        }
        query.extend(self.extras());
        for (index, (keyword, value)) in query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(keyword);
            url.push('=');
            url.push_str(&encoded(value));
        }
        Secret::new(url)
    }

    /// The `PG*` variables for a child process, `PGPASSWORD` or `PGPASSFILE` among them. The child's environment
    /// must first lose all of [`super::VARIABLES`].
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.essentials();
        pairs.push(("user", self.user.clone()));
        pairs.push(("dbname", self.database().to_owned()));
        match (&self.password, self.password_file.path()) {
            (Some(password), _) => pairs.push(("password", password.expose().to_owned())),
            (None, Some(path)) => pairs.push(("passfile", path.display().to_string())),
            (None, None) => {}
        }
        pairs.extend(self.extras());
        let mut variables: Vec<(&'static str, String)> = pairs
            .into_iter()
            .filter_map(|(name, value)| {
                let keyword = KEYWORDS.iter().find(|keyword| keyword.name == name)?;
                Some((keyword.variable?, value))
            })
            .collect();
        for (variable, name) in SESSION_VARIABLES {
            let value = self.settings.iter().find(|(setting, _)| setting == name);
            variables.extend(value.map(|(_, value)| (variable, value.clone())));
        }
        variables
    }

    fn host_names(&self) -> String {
        joined(self.hosts.iter().map(|host| host.address.to_string()))
    }

    fn ports(&self) -> String {
        joined(self.hosts.iter().map(|host| host.port.to_string()))
    }

    /// None when no host has one.
    fn hostaddrs(&self) -> Option<String> {
        let said = self.hosts.iter().any(|host| host.hostaddr.is_some());
        let texts = self.hosts.iter().map(|host| {
            host.hostaddr
                .map_or(String::new(), |address| address.to_string())
        });
        said.then(|| joined(texts))
    }

    /// Where the servers are.
    fn essentials(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("host", self.host_names())];
        pairs.extend(self.hostaddrs().map(|addresses| ("hostaddr", addresses)));
        pairs.push(("port", self.ports()));
        pairs
    }

    /// What differs from the defaults, beside where, who and which database.
    fn extras(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.application_name != APPLICATION_NAME {
            pairs.push(("application_name", self.application_name.clone()));
        }
        pairs.extend(self.options.clone().map(|options| ("options", options)));
        pairs.extend(
            self.connect_timeout
                .map(|timeout| ("connect_timeout", timeout.as_secs().to_string())),
        );
        if self.target_session_attrs != TargetSessionAttrs::Any {
            pairs.push((
                "target_session_attrs",
                self.target_session_attrs.word().to_owned(),
            ));
        }
        tls_pairs(&self.tls, &mut pairs);
        keepalive_pairs(&self.keepalive, &mut pairs);
        pairs.extend(self.require_peer.clone().map(|user| ("requirepeer", user)));
        pairs
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(",")
}

fn tls_pairs(tls: &TlsOptions, pairs: &mut Vec<(&'static str, String)>) {
    if tls.mode != SslMode::default() {
        pairs.push(("sslmode", tls.mode.word().to_owned()));
    }
    match &tls.root {
        Some(RootCertificates::System) => pairs.push(("sslrootcert", "system".to_owned())),
        Some(RootCertificates::File(path)) => {
            pairs.push(("sslrootcert", path.display().to_string()));
        }
        None => {}
    }
    let files = [
        ("sslcert", &tls.certificate),
        ("sslkey", &tls.key),
        ("sslcrl", &tls.revocations),
    ];
    for (keyword, path) in files {
        pairs.extend(
            path.as_ref()
                .map(|path| (keyword, path.display().to_string())),
        );
    }
    if !tls.send_certificate {
        pairs.push(("sslcertmode", "disable".to_owned()));
    }
    if !tls.send_name {
        pairs.push(("sslsni", "0".to_owned()));
    }
    if tls.min_version != TlsVersion::V12 {
        pairs.push((
            "ssl_min_protocol_version",
            tls.min_version.word().to_owned(),
        ));
    }
    if tls.max_version != TlsVersion::V13 {
        pairs.push((
            "ssl_max_protocol_version",
            tls.max_version.word().to_owned(),
        ));
    }
}

fn keepalive_pairs(keepalive: &Keepalive, pairs: &mut Vec<(&'static str, String)>) {
    if !keepalive.enabled {
        pairs.push(("keepalives", "0".to_owned()));
    }
    pairs.extend(
        keepalive
            .idle
            .map(|time| ("keepalives_idle", time.as_secs().to_string())),
    );
    pairs.extend(
        keepalive
            .interval
            .map(|time| ("keepalives_interval", time.as_secs().to_string())),
    );
    pairs.extend(
        keepalive
            .count
            .map(|count| ("keepalives_count", count.to_string())),
    );
    pairs.extend(
        keepalive
            .user_timeout
            .map(|time| ("tcp_user_timeout", time.as_millis().to_string())),
    );
}

/// Percent-encoded for any part of a URL: everything but letters, digits and `-._~`.
pub(crate) fn encoded(text: &str) -> String {
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// A value of a keyword/value string.
fn conninfo_quoted(value: &str) -> String {
    if !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c == '\'' || c == '\\') {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A word of a POSIX shell's command line.
fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
