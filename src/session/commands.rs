//! What becomes of each of psql's backslash commands, by name. `docs/psql.md` lists the same ones for users.

/// What becomes of a backslash command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It does what psql does.
    Runs,
    /// It is read and does nothing: what psql would print is for the eyes of people only, and no TAP.
    Idle,
    /// The file is broken by it: why, and what to do instead.
    Refused(&'static str),
}

use Support::{Idle, Refused, Runs};

const SHELL: &str = "shell commands are not run by test files";
const PEOPLE: &str = "it is for people at a terminal";
const ONE_SESSION: &str =
    "a test file has one session, in its own database; use \"-- pgassay: role NAME\" or SET ROLE";
const LARGE_OBJECTS: &str =
    "it is not supported; use the server's functions lo_from_bytea, lo_get and lo_unlink";
const SHAPE: &str =
    "a shape of output that holds no TAP is not supported; print aligned or unaligned";
const ENVIRONMENT: &str =
    "the environment is not for test files; pass the value in with --set NAME=VALUE";

/// psql's backslash commands under all of their names. All commands that begin with `d` are one.
pub const COMMANDS: &[(&str, Support)] = &[
    ("!", Refused(SHELL)),
    ("?", Refused(PEOPLE)),
    ("C", Runs),
    ("H", Refused(SHAPE)),
    ("T", Refused(SHAPE)),
    ("a", Runs),
    (
        "bind",
        Refused("it is not supported; use PREPARE and EXECUTE"),
    ),
    (
        "bind_named",
        Refused("it is not supported; use PREPARE and EXECUTE"),
    ),
    ("c", Refused(ONE_SESSION)),
    (
        "cd",
        Refused(
            "the working directory stays; include files with \\ir, which starts from the including file",
        ),
    ),
    ("close", Refused("it is not supported; use DEALLOCATE")),
    (
        "close_prepared",
        Refused("it is not supported; use DEALLOCATE"),
    ),
    ("connect", Refused(ONE_SESSION)),
    ("conninfo", Idle),
    ("copy", Runs),
    ("copyright", Refused(PEOPLE)),
    ("crosstabview", Refused(SHAPE)),
    ("d", Idle),
    ("e", Refused(PEOPLE)),
    ("echo", Runs),
    ("edit", Refused(PEOPLE)),
    ("ef", Refused(PEOPLE)),
    ("elif", Runs),
    ("else", Runs),
    ("encoding", Runs),
    ("endif", Runs),
    (
        "endpipeline",
        Refused("pipelines are not supported; send the statements one by one"),
    ),
    ("errverbose", Runs),
    ("ev", Refused(PEOPLE)),
    ("f", Runs),
    (
        "flush",
        Refused("pipelines are not supported; send the statements one by one"),
    ),
    (
        "flushrequest",
        Refused("pipelines are not supported; send the statements one by one"),
    ),
    ("g", Runs),
    (
        "gdesc",
        Refused("it is not supported; use pg_typeof or pgTAP's row_eq and results_eq"),
    ),
    ("getenv", Refused(ENVIRONMENT)),
    (
        "getresults",
        Refused("pipelines are not supported; send the statements one by one"),
    ),
    ("gexec", Runs),
    ("gset", Runs),
    ("gx", Runs),
    ("h", Refused(PEOPLE)),
    ("help", Refused(PEOPLE)),
    ("html", Refused(SHAPE)),
    ("i", Runs),
    ("if", Runs),
    ("include", Runs),
    ("include_relative", Runs),
    ("ir", Runs),
    ("l", Idle),
    ("list", Idle),
    ("lo_export", Refused(LARGE_OBJECTS)),
    ("lo_import", Refused(LARGE_OBJECTS)),
    ("lo_list", Idle),
    ("lo_unlink", Refused(LARGE_OBJECTS)),
    ("o", Runs),
    ("out", Runs),
    ("p", Runs),
    ("parse", Refused("it is not supported; use PREPARE")),
    (
        "password",
        Refused("it is not supported; use ALTER ROLE … PASSWORD"),
    ),
    ("print", Runs),
    (
        "prompt",
        Refused("nobody is there to be asked; pass the value in with --set NAME=VALUE"),
    ),
    ("pset", Runs),
    ("q", Runs),
    ("qecho", Runs),
    ("quit", Runs),
    ("r", Runs),
    ("reset", Runs),
    ("restrict", Runs),
    ("s", Refused(PEOPLE)),
    (
        "sendpipeline",
        Refused("pipelines are not supported; send the statements one by one"),
    ),
    ("set", Runs),
    ("setenv", Refused(ENVIRONMENT)),
    ("sf", Idle),
    (
        "startpipeline",
        Refused("pipelines are not supported; send the statements one by one"),
    ),
    ("sv", Idle),
    (
        "syncpipeline",
        Refused("pipelines are not supported; send the statements one by one"),
    ),
    ("t", Runs),
    ("timing", Idle),
    ("unrestrict", Runs),
    ("unset", Runs),
    (
        "w",
        Refused("it is not supported; use \\g FILE or \\o FILE for results"),
    ),
    ("warn", Runs),
    (
        "watch",
        Refused("it would not end; repeat the statement in a DO block"),
    ),
    (
        "write",
        Refused("it is not supported; use \\g FILE or \\o FILE for results"),
    ),
    ("x", Runs),
    ("z", Idle),
];

/// What becomes of the command of this name; none if psql has no such command.
pub(super) fn support(name: &str) -> Option<Support> {
    let find = |name: &str| {
        COMMANDS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, support)| *support)
    };
    // `\l+`, `\sf+`, `\dtS+`: options are part of the name.
    let plain = if name.starts_with('d') {
        "d"
    } else {
        name.trim_end_matches(['+', 'S'])
    };
    find(name).or_else(|| find(plain).filter(|support| *support != Runs && plain != "timing"))
}

/// Whether psql would have printed something for a command that does nothing here.
pub(super) fn would_print(name: &str) -> bool {
    name != "timing"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_in_order() {
        assert!(COMMANDS.is_sorted_by(|left, right| left.0 < right.0));
    }

    #[test]
    fn options_are_part_of_the_names_of_listings() {
        for name in ["d", "dt", "dfS+", "dRp+", "l+", "sf+", "lo_list+", "z"] {
            assert_eq!(support(name), Some(Idle), "{name}");
        }
        assert_eq!(support("gset"), Some(Runs));
        for name in ["nosuch", "i+", "timing+"] {
            assert_eq!(support(name), None, "{name}");
        }
    }
}
