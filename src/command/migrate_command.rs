//! The project's own migration tool, run against the database that becomes the template.

use std::io::{Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use super::shell::Group;
use crate::script::{quote_identifier, quote_literal};
use crate::session::conninfo::{self, ConnInfo, HIDDEN, Reach, Secret, without_passwords};
use crate::session::{Connection, Interruption, Watch};

/// How much of a failed command's output is told, in bytes.
const OUTPUT_TAIL: u64 = 4000;

/// Runs `command` by `sh -c` in `directory` with the way to the database in its environment:
/// `DATABASE_URL` and libpq's variables.
///
/// On a server of the tool's own, `tcp` is where it also listens; the role is given a password for as
/// long as the command runs, since many drivers know no unix sockets. What the command leaves running in its process
/// group is killed when it ends.
///
/// # Errors
/// In words: how it ended, and the end of what it printed.
pub(super) fn run(
    command: &str,
    directory: &Path,
    info: &ConnInfo,
    tcp: Option<(SocketAddr, &ConnInfo)>,
    interruption: &Interruption,
) -> Result<(), String> {
    let Some((address, admin)) = tcp else {
        return execute(command, directory, info, interruption);
    };
    let user = info.user.as_str();
    let password = random_password()?;
    let mut connection =
        Connection::open(admin, Watch::default()).map_err(|error| error.to_string())?;
    // A hash, which the server keeps as it is; a roles script may have given one.
    let before = connection
        .rows(&format!(
            "SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = {}",
            quote_literal(user)
        ))
        .map_err(|error| error.to_string())?
        .into_iter()
        .flatten()
        .next()
        .flatten()
        .map_or_else(|| "NULL".to_owned(), |hash| quote_literal(&hash));
    let mut set_password = |password: &str| {
        connection
            .execute(&format!(
                "ALTER ROLE {} PASSWORD {password}",
                quote_identifier(user)
            ))
            .map_err(|error| error.to_string())
    };
    set_password(&quote_literal(&password))
        .map_err(|error| format!("cannot be given a password to connect with: {error}"))?;
    let text = format!(
        "host={} port={} user={} password={password} dbname={} sslmode=disable",
        address.ip(),
        address.port(),
        quoted(user),
        quoted(info.database()),
    );
    let result = ConnInfo::resolve(&text, &conninfo::Environment::empty())
        .map_err(|error| error.to_string())
        .and_then(|info| execute(command, directory, &info, interruption));
    let reset = set_password(&before);
    result.and(reset)
}

fn execute(
    command: &str,
    directory: &Path,
    info: &ConnInfo,
    interruption: &Interruption,
) -> Result<(), String> {
    let could_not =
        |error: std::io::Error| format!("could not be run in {}: {error}", directory.display());
    let mut output = tempfile::tempfile().map_err(could_not)?;
    let mut shell = Command::new("sh");
    for name in conninfo::VARIABLES {
        shell.env_remove(name);
    }
    shell
        .arg("-c")
        .arg(command)
        .current_dir(directory)
        .env("DATABASE_URL", info.url().expose())
        .envs(info.variables())
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(could_not)?)
        .stderr(output.try_clone().map_err(could_not)?);
    // What it leaves in the background could keep its connections, and the template is to be copied.
    let status = Group::start(&mut shell)
        .and_then(|mut group| group.wait(|| interruption.is_set()))
        .map_err(could_not)?;
    if status.success() {
        return Ok(());
    }
    let mut tail = Vec::new();
    let length = output.seek(SeekFrom::End(0)).unwrap_or(0);
    let _ = output.seek(SeekFrom::Start(length.saturating_sub(OUTPUT_TAIL)));
    let _ = output.read_to_end(&mut tail);
    let tail = String::from_utf8_lossy(&tail);
    let tail = hidden(tail.trim_end(), info);
    let ended = ending(status);
    if tail.is_empty() {
        Err(format!("{ended} and printed nothing"))
    } else {
        Err(format!("{ended}; its output ends:\n{tail}"))
    }
}

/// What a command printed, without the password that it was given, and without others that can be seen to be some.
fn hidden(printed: &str, info: &ConnInfo) -> String {
    let lines = printed.split('\n');
    let lines: Vec<String> = lines
        .map(|line| without_passwords(line, Reach::Word))
        .collect();
    let printed = lines.join("\n");
    let password = info.hosts.first().and_then(|host| info.password_for(host));
    match password.map(Secret::expose) {
        // One that is also another word of the way there is no secret, and hiding that would tell it.
        Some(password)
            if !password.is_empty() && ![&info.user, info.database()].contains(&password) =>
        {
            printed.replace(password, HIDDEN)
        }
        _ => printed,
    }
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("failed with exit code {code}"),
        None => format!("was ended ({status})"),
    }
}

/// A value of a keyword/value connection string.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// 32 hexadecimal digits from the system's random source.
fn random_password() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| format!("cannot be given a random password: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
