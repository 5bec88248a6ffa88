//! Dumps: what `pg_dump` writes as a plain script. One that makes its own database (`pg_dump --create`) would leave the one
//! that is migrated, so those lines at its beginning are no part of what runs.

use std::ops::Range;

use super::MigrationScript;
use super::directory::File;
use super::error::MigrationError;
use super::text::lines;

/// The line by which a dump is known.
const MARK: &str = "-- PostgreSQL database dump";

/// A file as a script; of a dump, without what makes a database and goes there.
pub(super) fn script(file: &File) -> Result<MigrationScript, MigrationError> {
    let text = file.text()?;
    let parts = parts(text);
    if parts.len() == 1 {
        return file.script();
    }
    file.parts(&parts)
}

/// Whether a file is a dump.
pub(super) fn is_dump(file: &File) -> Result<bool, MigrationError> {
    let mut head = file.text()?.lines().take_while(|line| is_of_head(line));
    Ok(head.any(|line| line == MARK))
}

/// What of a text runs.
fn parts(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut at, mut is_dump, mut made) = (0, false, false);
    for (range, line) in lines(text) {
        is_dump |= line == MARK;
        let of_database = ["CREATE", "DROP", "ALTER", "COMMENT ON"]
            .iter()
            .any(|verb| {
                let rest = line.strip_prefix(verb);
                rest.is_some_and(|rest| rest.starts_with(" DATABASE ") && rest.ends_with(';'))
            });
        made |= line.starts_with("CREATE DATABASE ");
        if of_database || made && line.starts_with("\\connect ") {
            parts.push(at..range.start);
            at = range.end;
        } else if !is_of_head(line) {
            break;
        }
    }
    if !is_dump {
        at = 0;
        parts.clear();
    }
    parts.push(at..text.len());
    parts
}

/// Whether a line of a dump may stand before the first object.
fn is_of_head(line: &str) -> bool {
    let begins = [
        "--",
        "SET ",
        "SELECT pg_catalog.set_config(",
        "\\restrict ",
        "\\unrestrict ",
        "\\connect ",
    ];
    line.trim().is_empty() || begins.iter().any(|word| line.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::text::only;

    #[test]
    fn a_dump_does_not_leave_the_database_that_it_comes_into() {
        let dump = "--\n-- PostgreSQL database dump\n--\n\n\\restrict x\nSET a = 1;\nDROP DATABASE shop;\nCREATE DATABASE shop WITH TEMPLATE = template0;\n\
                    ALTER DATABASE shop OWNER TO ada;\n\n\\unrestrict x\n\\connect shop\n\\restrict x\nCREATE TABLE t ();\n\
                    COPY t FROM stdin;\n\\connect shop\n\\.\n";
        let kept = only(dump, &parts(dump));
        let kept: Vec<&str> = kept
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        assert_eq!(
            kept,
            [
                "--",
                "-- PostgreSQL database dump",
                "--",
                "\\restrict x",
                "SET a = 1;",
                "\\unrestrict x",
                "\\restrict x",
                "CREATE TABLE t ();",
                "COPY t FROM stdin;",
                "\\connect shop",
                "\\."
            ]
        );
    }

    #[test]
    fn what_is_no_dump_stays_as_it_is() {
        let text = "CREATE DATABASE shop;\n\\connect shop\n";
        assert_eq!(only(text, &parts(text)), text);
    }
}
