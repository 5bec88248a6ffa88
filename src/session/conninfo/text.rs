use super::ConnInfoError;
use super::parameter::{Parameters, Source};

/// The schemes of libpq URLs.
const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

/// What to do about most broken URLs.
const ENCODE: &str = "the characters @ : / ? # % & = , [ ] and blanks must be percent-encoded in a user, password or \
                      database name";

/// Reads a connection string, a URL or keywords with values, as libpq does. Nothing is filled in.
pub(super) fn parse(text: &str) -> Result<Parameters, ConnInfoError> {
    match SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)) {
        Some(rest) => url(rest),
        None => keywords(text),
    }
}

fn syntax<T>(what: impl Into<String>) -> Result<T, ConnInfoError> {
    Err(ConnInfoError::Syntax(what.into()))
}

/// `keyword = value keyword = 'quoted \' value'`.
fn keywords(text: &str) -> Result<Parameters, ConnInfoError> {
    let mut parameters = Parameters::default();
    let mut rest = text.trim_start_matches(is_space);
    let mut number = 0;
    let mut after_secret = false;
    while !rest.is_empty() {
        number += 1;
        let end = rest.find(|c| c == '=' || is_space(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        let Some(value) = rest[end..].trim_start_matches(is_space).strip_prefix('=') else {
            // Not shown: it may be the second word of a password that was not quoted.
            return syntax(format!(
                "word {number} is not followed by \"=\"; write a URL (postgresql://user@host:port/dbname) or \
                 keyword=value pairs, with quotes around values that hold blanks (options='-c jit=off')"
            ));
        };
        let (value, after) = match value.trim_start_matches(is_space).strip_prefix('\'') {
            Some(quoted) => quoted_value(quoted)?,
            None => plain_value(value.trim_start_matches(is_space)),
        };
        parameters.set(name, value, Source::Text, !after_secret)?;
        after_secret |= is_secret(name);
        rest = after.trim_start_matches(is_space);
    }
    Ok(parameters)
}

/// Whether a keyword's value must not be shown, nor the words behind it, which may belong to it.
fn is_secret(keyword: &str) -> bool {
    matches!(keyword, "password" | "sslpassword" | "oauth_client_secret")
}

/// C's `isspace` in the C locale.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

fn plain_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c if is_space(c) => return (value, &text[at..]),
            c => value.push(c),
        }
    }
    (value, "")
}

fn quoted_value(text: &str) -> Result<(String, &str), ConnInfoError> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            '\'' => return Ok((value, &text[at + 1..])),
            c => value.push(c),
        }
    }
    syntax("a quoted value has no closing '")
}

/// What follows the scheme: `[user[:password]@][host[:port][,…]][/dbname][?keyword=value[&…]]`.
fn url(rest: &str) -> Result<Parameters, ConnInfoError> {
    let mut parameters = Parameters::default();
    let mut set = |keyword: &str, encoded: &str| {
        if encoded.is_empty() {
            return Ok(());
        }
        let value = decode(encoded, keyword)?;
        parameters.set(keyword, value, Source::Text, true)
    };
    // An @ counts only before the first slash; a question mark does not end the search.
    let rest = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => {
            let (user, password) = split(&rest[..at], ':');
            set("user", user)?;
            set("password", password.unwrap_or_default())?;
            &rest[at + 1..]
        }
        _ => rest,
    };
    let (hosts, ports, rest) = authority(rest)?;
    set("host", &hosts)?;
    set("port", &ports)?;
    let (path, query) = split(rest, '?');
    set("dbname", path.strip_prefix('/').unwrap_or(path))?;
    if let Some(query) = query {
        self::query(query, &mut parameters)?;
    }
    Ok(parameters)
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// The hosts and the ports, each joined by commas, and what follows them.
fn authority(text: &str) -> Result<(String, String, &str), ConnInfoError> {
    let (mut hosts, mut ports) = (String::new(), String::new());
    let mut rest = text;
    loop {
        let host;
        if let Some(bracketed) = rest.strip_prefix('[') {
            let Some((address, after)) = bracketed.split_once(']') else {
                return syntax(format!("an IPv6 address has no closing \"]\"; {ENCODE}"));
            };
            if address.is_empty() {
                return syntax("there is no IPv6 address between \"[\" and \"]\"");
            }
            if !(after.is_empty() || after.starts_with([':', '/', '?', ','])) {
                return syntax(format!(
                    "after the \"]\" of an IPv6 address only \":\", \"/\", \"?\" or \",\" may stand; {ENCODE}"
                ));
            }
            (host, rest) = (address, after);
        } else {
            (host, rest) = rest.split_at(rest.find([':', '/', '?', ',']).unwrap_or(rest.len()));
        }
        hosts.push_str(host);
        if let Some(after) = rest.strip_prefix(':') {
            let port;
            (port, rest) = after.split_at(after.find(['/', '?', ',']).unwrap_or(after.len()));
            ports.push_str(port);
        }
        let Some(after) = rest.strip_prefix(',') else {
            return Ok((hosts, ports, rest));
        };
        hosts.push(',');
        ports.push(',');
        rest = after;
    }
}

fn query(text: &str, parameters: &mut Parameters) -> Result<(), ConnInfoError> {
    if text.is_empty() {
        return Ok(());
    }
    // A & at the end is nothing, but what stands before any & must be a pair.
    let text = text.strip_suffix('&').unwrap_or(text);
    // An @ may mean that all this is the rest of a password that should have been encoded; a & may stand within one.
    let mut showable = !text.contains('@');
    for (index, pair) in text.split('&').enumerate() {
        let Some((keyword, value)) = pair.split_once('=') else {
            return syntax(format!(
                "parameter {} after \"?\" has no \"=\"; {ENCODE}",
                index + 1
            ));
        };
        if value.contains('=') {
            return syntax(format!(
                "parameter {} after \"?\" has two \"=\"; a \"=\" in a value is written %3D",
                index + 1
            ));
        }
        let keyword = decode(keyword, "keyword")?;
        let value = decode(value, &format!("parameter {} after \"?\"", index + 1))?;
        match (keyword.as_str(), value.as_str()) {
            // As JDBC writes it.
            ("ssl", "true") => {
                parameters.set("sslmode", "require".to_owned(), Source::Text, true)?;
            }
            _ => parameters.set(&keyword, value, Source::Text, showable)?,
        }
        showable &= !is_secret(&keyword);
    }
    Ok(())
}

/// Percent-decodes the part of a URL that is called `what`.
fn decode(text: &str, what: &str) -> Result<String, ConnInfoError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let digits = after
            .get(..2)
            .and_then(|pair| Some((hex(pair[0])?, hex(pair[1])?)));
        let Some((high, low)) = digits else {
            return syntax(format!(
                "a \"%\" in the {what} is not followed by two hexadecimal digits; a percent sign is written %25"
            ));
        };
        if (high, low) == (0, 0) {
            return syntax(format!("%00 in the {what} is forbidden"));
        }
        bytes.push(high * 16 + low);
        rest = &after[2..];
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => syntax(format!("the {what} is not UTF-8 when percent-decoded")),
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests;
