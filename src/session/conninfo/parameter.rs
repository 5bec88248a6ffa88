use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::ConnInfoError;

/// A connection keyword of libpq (releases up to 18) and what it means here.
pub(super) struct Keyword {
    /// The keyword.
    pub(super) name: &'static str,
    /// The environment variable that stands in for it.
    pub(super) variable: Option<&'static str>,
    /// What becomes of its value.
    pub(super) meaning: Meaning,
}

/// What becomes of a keyword's value.
pub(super) enum Meaning {
    /// It is used.
    Used,
    /// It is accepted and has no effect, for the reason given beside the keyword.
    Ignored,
    /// Only these values can be honoured; any other would be a promise that is not kept.
    Only(&'static [&'static str], &'static str),
}

use Meaning::{Ignored, Only, Used};

const fn keyword(name: &'static str, variable: Option<&'static str>, meaning: Meaning) -> Keyword {
    Keyword {
        name,
        variable,
        meaning,
    }
}

/// Every keyword that libpq knows.
#[rustfmt::skip]
pub(super) const KEYWORDS: &[Keyword] = &[
    keyword("service", Some("PGSERVICE"), Used),
    keyword("servicefile", Some("PGSERVICEFILE"), Used),
    keyword("user", Some("PGUSER"), Used),
    keyword("password", Some("PGPASSWORD"), Used),
    keyword("passfile", Some("PGPASSFILE"), Used),
    keyword("dbname", Some("PGDATABASE"), Used),
    keyword("host", Some("PGHOST"), Used),
    keyword("hostaddr", Some("PGHOSTADDR"), Used),
    keyword("port", Some("PGPORT"), Used),
    keyword("connect_timeout", Some("PGCONNECT_TIMEOUT"), Used),
    keyword("options", Some("PGOPTIONS"), Used),
    keyword("application_name", Some("PGAPPNAME"), Used),
    keyword("fallback_application_name", None, Used),
    keyword("keepalives", None, Used),
    keyword("keepalives_idle", None, Used),
    keyword("keepalives_interval", None, Used),
    keyword("keepalives_count", None, Used),
    keyword("tcp_user_timeout", None, Used),
    keyword("target_session_attrs", Some("PGTARGETSESSIONATTRS"),
        Only(&["any", "read-write", "primary"], "tests write, so only any, read-write and primary make sense")),
    keyword("requirepeer", Some("PGREQUIREPEER"), Used),
    keyword("sslmode", Some("PGSSLMODE"), Used),
    keyword("sslrootcert", Some("PGSSLROOTCERT"), Used),
    keyword("sslcert", Some("PGSSLCERT"), Used),
    keyword("sslkey", Some("PGSSLKEY"), Used),
    keyword("sslcertmode", Some("PGSSLCERTMODE"),
        Only(&["disable", "allow"], "whether the server asked for a certificate is not checked; use allow or disable")),
    keyword("sslcrl", Some("PGSSLCRL"), Used),
    keyword("sslcrldir", Some("PGSSLCRLDIR"),
        Only(&[], "directories of revocation lists are not supported; put them into one file and use sslcrl")),
    keyword("sslsni", Some("PGSSLSNI"), Used),
    keyword("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION"), Used),
    keyword("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION"),
        Only(&["TLSv1.2", "TLSv1.3"], "only TLSv1.2 and TLSv1.3 are supported")),
    keyword("sslnegotiation", Some("PGSSLNEGOTIATION"),
        Only(&["postgres"], "only sslnegotiation=postgres is supported")),
    keyword("channel_binding", Some("PGCHANNELBINDING"),
        Only(&["disable", "prefer"], "channel binding cannot be required; use prefer or disable, and sslmode=verify-full against impostors")),
    keyword("require_auth", Some("PGREQUIREAUTH"),
        Only(&[], "authentication methods cannot be restricted; leave it out")),
    keyword("gssencmode", Some("PGGSSENCMODE"),
        Only(&["disable", "prefer"], "GSSAPI encryption is not supported; use prefer or disable")),
    keyword("replication", None,
        Only(&["false", "off", "no", "0"], "tests cannot run on a replication connection; leave it out")),
    keyword("min_protocol_version", Some("PGMINPROTOCOLVERSION"),
        Only(&["3.0"], "protocol 3.0 is the one spoken; leave it out")),
    keyword("scram_client_key", None,
        Only(&[], "SCRAM keys are not supported; use a password")),
    keyword("scram_server_key", None,
        Only(&[], "SCRAM keys are not supported; use a password")),
    // The protocol spoken is 3.0, which every maximum allows.
    keyword("max_protocol_version", Some("PGMAXPROTOCOLVERSION"), Ignored),
    // Everything is UTF-8 here.
    keyword("client_encoding", Some("PGCLIENTENCODING"), Ignored),
    // Hosts are tried in the order in which they are written.
    keyword("load_balance_hosts", Some("PGLOADBALANCEHOSTS"), Ignored),
    // TLS compression does not exist any more.
    keyword("sslcompression", Some("PGSSLCOMPRESSION"), Ignored),
    // Encrypted private keys are refused when they are read.
    keyword("sslpassword", None, Ignored),
    // TLS keys are never written to a file.
    keyword("sslkeylogfile", None, Ignored),
    // GSSAPI, SSPI and OAuth are never spoken; a server that insists on them is an error of authentication.
    keyword("krbsrvname", Some("PGKRBSRVNAME"), Ignored),
    keyword("gsslib", Some("PGGSSLIB"), Ignored),
    keyword("gssdelegation", Some("PGGSSDELEGATION"), Ignored),
    keyword("oauth_issuer", None, Ignored),
    keyword("oauth_client_id", None, Ignored),
    keyword("oauth_client_secret", None, Ignored),
    keyword("oauth_scope", None, Ignored),
];

/// Variables that become startup parameters of the session rather than ways to connect.
pub(super) const SESSION_VARIABLES: [(&str, &str); 3] = [
    ("PGDATESTYLE", "datestyle"),
    ("PGTZ", "timezone"),
    ("PGGEQO", "geqo"),
];

/// Every environment variable that libpq reads: what to remove before a child process gets others.
#[rustfmt::skip]
pub const VARIABLES: &[&str] = &[
    "PGAPPNAME", "PGCHANNELBINDING", "PGCLIENTENCODING", "PGCONNECT_TIMEOUT", "PGDATABASE", "PGDATESTYLE", "PGGEQO",
    "PGGSSDELEGATION", "PGGSSENCMODE", "PGGSSLIB", "PGHOST", "PGHOSTADDR", "PGKRBSRVNAME", "PGLOADBALANCEHOSTS",
    "PGMAXPROTOCOLVERSION", "PGMINPROTOCOLVERSION", "PGOPTIONS", "PGPASSFILE", "PGPASSWORD", "PGPORT", "PGREQUIREAUTH",
    "PGREQUIREPEER", "PGREQUIRESSL", "PGSERVICE", "PGSERVICEFILE", "PGSSLCERT", "PGSSLCERTMODE", "PGSSLCOMPRESSION",
    "PGSSLCRL", "PGSSLCRLDIR", "PGSSLKEY", "PGSSLMAXPROTOCOLVERSION", "PGSSLMINPROTOCOLVERSION", "PGSSLMODE",
    "PGSSLNEGOTIATION", "PGSSLROOTCERT", "PGSSLSNI", "PGSYSCONFDIR", "PGTARGETSESSIONATTRS", "PGTZ", "PGUSER",
];

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the connection string.
    Text,
    /// In a service file, on this line.
    Service(PathBuf, usize),
    /// In an environment variable.
    Variable(&'static str),
    /// Nowhere: it is the default.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("the connection string"),
            Self::Service(path, line) => write!(f, "the service file {}:{line}", path.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Default => f.write_str("the defaults"),
        }
    }
}

/// Keywords with their values and where these were written.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters(BTreeMap<&'static str, (String, Source)>);

impl Parameters {
    /// Sets a keyword, over an earlier value. The keyword in an error may be shown only if `showable`: a
    /// word that stands where an unquoted password could reach must not.
    pub(super) fn set(
        &mut self,
        written: &str,
        value: String,
        source: Source,
        showable: bool,
    ) -> Result<(), ConnInfoError> {
        // An old spelling that libpq still takes.
        let (written, value) = match (written, value.as_str()) {
            ("requiressl", value) => (
                "sslmode",
                if value.starts_with('1') {
                    "require"
                } else {
                    "prefer"
                }
                .to_owned(),
            ),
            _ => (written, value),
        };
        let Some(keyword) = KEYWORDS.iter().find(|keyword| keyword.name == written) else {
            return Err(unknown(written, source, showable));
        };
        if value.contains('\0') {
            let why = "it holds a zero byte".to_owned();
            return Err(ConnInfoError::BadValue {
                keyword: keyword.name,
                source_: source,
                why,
            });
        }
        self.0.insert(keyword.name, (value, source));
        Ok(())
    }

    /// Sets a known keyword unless it is set.
    pub(super) fn set_default(&mut self, keyword: &'static str, value: String, source: Source) {
        self.0.entry(keyword).or_insert((value, source));
    }

    /// Takes over what is not set here.
    pub(super) fn add_missing(&mut self, other: Self) {
        for (keyword, value) in other.0 {
            self.0.entry(keyword).or_insert(value);
        }
    }

    /// The value; none when the keyword is not set, or set to nothing.
    pub(super) fn get(&self, keyword: &str) -> Option<&str> {
        self.0
            .get(keyword)
            .map(|(value, _)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Where the value was written.
    pub(super) fn source(&self, keyword: &str) -> Source {
        self.0
            .get(keyword)
            .map_or(Source::Default, |(_, source)| source.clone())
    }

    /// Whether the keyword is set, even to nothing.
    pub(super) fn contains(&self, keyword: &str) -> bool {
        self.0.contains_key(keyword)
    }

    /// The keywords and their values, by name.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0
            .iter()
            .map(|(keyword, (value, _))| (*keyword, value.as_str()))
    }

    /// An error about the value of `keyword`.
    pub(super) fn bad(&self, keyword: &'static str, why: impl Into<String>) -> ConnInfoError {
        ConnInfoError::BadValue {
            keyword,
            source_: self.source(keyword),
            why: why.into(),
        }
    }

    /// Refuses values that cannot be honoured.
    pub(super) fn check(&self) -> Result<(), ConnInfoError> {
        for keyword in KEYWORDS {
            if let (Only(accepted, why), Some(value)) = (&keyword.meaning, self.get(keyword.name))
                && !accepted.contains(&value)
            {
                return Err(self.bad(keyword.name, *why));
            }
        }
        Ok(())
    }
}

fn unknown(written: &str, source: Source, showable: bool) -> ConnInfoError {
    let plain = written.len() <= 40
        && !written.is_empty()
        && written
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !(plain && showable) {
        return ConnInfoError::Syntax(
            "there is a word before \"=\" that is no connection keyword; values with blanks must be quoted in a \
             keyword/value string and percent-encoded in a URL"
                .to_owned(),
        );
    }
    let suggestion = KEYWORDS
        .iter()
        .map(|keyword| {
            (
                strsim::damerau_levenshtein(&written.to_ascii_lowercase(), keyword.name),
                keyword.name,
            )
        })
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .map(|(_, name)| name);
    ConnInfoError::UnknownKeyword {
        keyword: written.to_owned(),
        source_: source,
        suggestion,
    }
}
