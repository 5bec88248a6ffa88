use std::fs;
use std::path::Path;

use super::directory::File;
use super::error::MigrationError;

/// Whether Flyway puts this migration into a transaction: yes, unless `<file>.conf` beside it says
/// `executeInTransaction=false`.
///
/// # Errors
///
/// When the file cannot be read or says something that pgassay could not keep.
pub(super) fn is_transactional(file: &File) -> Result<bool, MigrationError> {
    let mut path = file.path.clone().into_os_string();
    path.push(".conf");
    let path = Path::new(&path);
    if !path.exists() {
        return Ok(true);
    }
    let text = fs::read_to_string(path).map_err(|source| MigrationError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(&text).map_err(|(line, reason)| MigrationError::Wrong {
        file: format!("{}.conf", file.shown),
        line,
        reason,
    })
}

/// Reads the text of such a file, or tells what is wrong in which line.
fn parse(text: &str) -> Result<bool, (usize, String)> {
    let mut transactional = true;
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let (key, value) = (key.trim(), value.trim());
        match key {
            "executeInTransaction" => {
                transactional = match value.to_ascii_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => {
                        let reason =
                            format!("executeInTransaction must be true or false, not `{value}`");
                        return Err((number, reason));
                    }
                }
            }
            "encoding" if value.eq_ignore_ascii_case("UTF-8") => {}
            // pgassay replaces no placeholders, so not to replace them changes nothing.
            "placeholderReplacement" if value.eq_ignore_ascii_case("false") => {}
            _ => {
                let reason = format!(
                    "`{line}` is not supported, only executeInTransaction is; let Flyway migrate: \
                     `migrate_command = \"…\"`"
                );
                return Err((number, reason));
            }
        }
    }
    Ok(transactional)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conf_decides_about_the_transaction_and_nothing_else() {
        assert_eq!(parse(""), Ok(true));
        let text = "# no lock\n! nor this\n\n executeInTransaction = FALSE \nencoding=utf-8\n";
        assert_eq!(parse(text), Ok(false));
        let refused = |text| parse(text).map_err(|(line, _)| line);
        assert_eq!(refused("\nexecuteInTransaction=no"), Err(2));
        assert_eq!(refused("shouldExecute=false"), Err(1));
        assert_eq!(refused("encoding=ISO-8859-1"), Err(1));
    }
}
