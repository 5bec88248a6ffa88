use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::parameter::{KEYWORDS, Parameters, SESSION_VARIABLES, Source};
use super::{
    APPLICATION_NAME, Address, ConnInfo, ConnInfoError, Environment, Host, Keepalive, PasswordFile,
    RootCertificates, Secret, SslMode, TargetSessionAttrs, TlsOptions, TlsVersion, service,
};

/// The usual port.
const PORT: u16 = 5432;

/// Completes what a connection string said.
pub(super) fn resolve(
    mut parameters: Parameters,
    environment: &Environment,
) -> Result<ConnInfo, ConnInfoError> {
    service::apply(&mut parameters, environment)?;
    apply_variables(&mut parameters, environment)?;
    parameters.check()?;
    let user = match parameters.get("user") {
        Some(user) => user.to_owned(),
        None => environment.user().ok_or(ConnInfoError::NoUser)?.to_owned(),
    };
    let application_name = parameters
        .get("application_name")
        .or_else(|| parameters.get("fallback_application_name"))
        .unwrap_or(APPLICATION_NAME);
    let (password, password_file, warning) = passwords(&parameters, environment);
    Ok(ConnInfo {
        hosts: hosts(&parameters, environment)?,
        user,
        dbname: parameters.get("dbname").map(str::to_owned),
        password,
        password_file,
        application_name: application_name.to_owned(),
        options: parameters.get("options").map(str::to_owned),
        settings: session_settings(environment)?,
        connect_timeout: seconds(&parameters, "connect_timeout")?,
        target_session_attrs: match parameters.get("target_session_attrs") {
            Some("read-write") => TargetSessionAttrs::ReadWrite,
            Some("primary") => TargetSessionAttrs::Primary,
            _ => TargetSessionAttrs::Any,
        },
        tls: tls(&parameters, environment)?,
        keepalive: keepalive(&parameters)?,
        require_peer: parameters.get("requirepeer").map(str::to_owned),
        warnings: warning.into_iter().collect(),
    })
}

fn apply_variables(
    parameters: &mut Parameters,
    environment: &Environment,
) -> Result<(), ConnInfoError> {
    for keyword in KEYWORDS {
        if let Some(name) = keyword.variable
            && !parameters.contains(keyword.name)
            && let Some(value) = environment.variable(name)?
        {
            parameters.set_default(keyword.name, value, Source::Variable(name));
        }
    }
    // The old spelling of PGSSLMODE=require.
    if !parameters.contains("sslmode")
        && environment
            .variable("PGREQUIRESSL")?
            .is_some_and(|value| value.starts_with('1'))
    {
        parameters.set_default(
            "sslmode",
            "require".to_owned(),
            Source::Variable("PGREQUIRESSL"),
        );
    }
    Ok(())
}

fn session_settings(environment: &Environment) -> Result<Vec<(String, String)>, ConnInfoError> {
    let mut settings = Vec::new();
    for (variable, name) in SESSION_VARIABLES {
        // libpq: the word "default" leaves the server's own setting.
        if let Some(value) = environment.variable(variable)?
            && !value.is_empty()
            && !value.eq_ignore_ascii_case("default")
        {
            settings.push((name.to_owned(), value));
        }
    }
    Ok(settings)
}

fn passwords(
    parameters: &Parameters,
    environment: &Environment,
) -> (Option<Secret>, PasswordFile, Option<String>) {
    if let Some(password) = parameters.get("password") {
        return (Some(Secret::new(password)), PasswordFile::default(), None);
    }
    let path = match parameters.get("passfile") {
        Some(path) => Some(PathBuf::from(path)),
        None => environment.home().map(|home| home.join(".pgpass")),
    };
    let (file, warning) = path
        .map(|path| PasswordFile::read(&path))
        .unwrap_or_default();
    (None, file, warning)
}

/// A comma-separated list; none when nothing is said.
fn list<'a>(parameters: &'a Parameters, keyword: &str) -> Option<Vec<&'a str>> {
    parameters
        .get(keyword)
        .map(|value| value.split(',').collect())
}

fn hosts(parameters: &Parameters, environment: &Environment) -> Result<Vec<Host>, ConnInfoError> {
    let names = list(parameters, "host");
    let addresses = list(parameters, "hostaddr");
    let count = addresses.as_ref().or(names.as_ref()).map_or(1, Vec::len);
    if let Some(names) = &names
        && names.len() != count
    {
        return Err(parameters.bad(
            "hostaddr",
            format!("there are {count} addresses for {} hosts", names.len()),
        ));
    }
    let ports = match list(parameters, "port") {
        None => vec![""; count],
        Some(ports) if ports.len() == 1 => vec![ports[0]; count],
        Some(ports) if ports.len() == count => ports,
        Some(ports) => {
            let why = format!(
                "there are {} ports for {count} hosts; give one port, or one for each host",
                ports.len()
            );
            return Err(parameters.bad("port", why));
        }
    };
    let item = |list: &Option<Vec<&str>>, index: usize| {
        list.as_ref()
            .map_or(String::new(), |list| list[index].to_owned())
    };
    ports
        .iter()
        .enumerate()
        .map(|(index, port)| {
            let port = self::port(parameters, port)?;
            let hostaddr = match item(&addresses, index) {
                text if text.is_empty() => None,
                text => Some(hostaddr(parameters, &text)?),
            };
            let address = match (item(&names, index), hostaddr) {
                (name, _) if name.starts_with('/') => Address::Unix(PathBuf::from(name)),
                (name, _) if name.starts_with('@') => {
                    return Err(parameters.bad(
                        "host",
                        "abstract sockets are not supported; use a socket directory",
                    ));
                }
                (name, _) if name.contains(|c: char| c == '@' || c.is_whitespace()) => {
                    // Not shown: it may be the rest of a password.
                    let why = "a host name holds neither @ nor blanks; in a URL, an @ in a user or password is \
                               written %40";
                    return Err(parameters.bad("host", why));
                }
                (name, Some(address)) if name.is_empty() => Address::Tcp(address.to_string()),
                (name, None) if name.is_empty() => default_address(environment, port),
                (name, _) => Address::Tcp(name),
            };
            Ok(Host {
                address,
                port,
                hostaddr,
            })
        })
        .collect()
}

/// The usual socket directory where a server on this port has its socket, else this machine by TCP.
fn default_address(environment: &Environment, port: u16) -> Address {
    match environment.socket_dir(port) {
        Some(dir) => Address::Unix(dir.to_owned()),
        None => Address::Tcp("localhost".to_owned()),
    }
}

fn port(parameters: &Parameters, text: &str) -> Result<u16, ConnInfoError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(PORT);
    }
    // The text is not shown: in a URL whose password holds a slash, it is the password's beginning.
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
        parameters.bad(
            "port",
            "a port is a number from 1 to 65535; in a URL, a user or password with one of @ : / ? # % must be \
             percent-encoded",
        )
    })
}

fn hostaddr(parameters: &Parameters, text: &str) -> Result<IpAddr, ConnInfoError> {
    text.parse().map_err(|_| {
        parameters.bad(
            "hostaddr",
            format!("\"{text}\" is not an IP address; names belong to host"),
        )
    })
}

fn integer(parameters: &Parameters, keyword: &'static str) -> Result<Option<i32>, ConnInfoError> {
    parameters
        .get(keyword)
        .map(|text| {
            text.trim()
                .parse()
                .map_err(|_| parameters.bad(keyword, format!("\"{text}\" is not a whole number")))
        })
        .transpose()
}

/// A positive number; zero and less mean none.
fn positive(parameters: &Parameters, keyword: &'static str) -> Result<Option<u32>, ConnInfoError> {
    Ok(integer(parameters, keyword)?
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| *number > 0))
}

fn seconds(
    parameters: &Parameters,
    keyword: &'static str,
) -> Result<Option<Duration>, ConnInfoError> {
    Ok(positive(parameters, keyword)?.map(|seconds| Duration::from_secs(u64::from(seconds))))
}

fn keepalive(parameters: &Parameters) -> Result<Keepalive, ConnInfoError> {
    Ok(Keepalive {
        enabled: integer(parameters, "keepalives")? != Some(0),
        idle: seconds(parameters, "keepalives_idle")?,
        interval: seconds(parameters, "keepalives_interval")?,
        count: positive(parameters, "keepalives_count")?,
        user_timeout: positive(parameters, "tcp_user_timeout")?
            .map(|milliseconds| Duration::from_millis(u64::from(milliseconds))),
    })
}

fn tls(parameters: &Parameters, environment: &Environment) -> Result<TlsOptions, ConnInfoError> {
    let path = |keyword| parameters.get(keyword).map(PathBuf::from);
    let root = match parameters.get("sslrootcert") {
        Some("system") => Some(RootCertificates::System),
        Some(path) => Some(RootCertificates::File(PathBuf::from(path))),
        None => None,
    };
    let mode = match parameters.get("sslmode") {
        None if root == Some(RootCertificates::System) => SslMode::VerifyFull,
        None => SslMode::default(),
        Some(word) => SslMode::ALL
            .into_iter()
            .find(|mode| mode.word() == word)
            .ok_or_else(|| {
                let words = SslMode::ALL.map(SslMode::word).join(", ");
                parameters.bad("sslmode", format!("\"{word}\" is not one of {words}"))
            })?,
    };
    if root == Some(RootCertificates::System) && mode != SslMode::VerifyFull {
        // Any public site's certificate would do.
        let why = format!(
            "sslrootcert=system proves nothing with sslmode={}; use sslmode=verify-full",
            mode.word()
        );
        return Err(parameters.bad("sslmode", why));
    }
    let min_version = match parameters.get("ssl_min_protocol_version") {
        None | Some("TLSv1" | "TLSv1.1" | "TLSv1.2") => TlsVersion::V12,
        Some("TLSv1.3") => TlsVersion::V13,
        Some(_) => {
            return Err(parameters.bad("ssl_min_protocol_version", "it is TLSv1.2 or TLSv1.3"));
        }
    };
    let max_version = match parameters.get("ssl_max_protocol_version") {
        Some("TLSv1.2") => TlsVersion::V12,
        _ => TlsVersion::V13,
    };
    if min_version > max_version {
        let why = "it is older than ssl_min_protocol_version".to_owned();
        return Err(parameters.bad("ssl_max_protocol_version", why));
    }
    Ok(TlsOptions {
        mode,
        root,
        certificate: path("sslcert"),
        key: match parameters.get("sslkey") {
            Some(key) if key.contains(':') && !key.contains('/') => {
                return Err(parameters.bad(
                    "sslkey",
                    "keys in OpenSSL engines are not supported; give a PEM file",
                ));
            }
            _ => path("sslkey"),
        },
        revocations: path("sslcrl"),
        default_dir: environment.home().map(|home| home.join(".postgresql")),
        send_certificate: parameters.get("sslcertmode") != Some("disable"),
        send_name: parameters.get("sslsni") != Some("0"),
        min_version,
        max_version,
    })
}
