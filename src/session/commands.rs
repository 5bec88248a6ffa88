//! All of psql's backslash commands, with what becomes of each. The tables of `docs/psql.md` are made from this one.

/// Commands of one kind, under all of their names.
#[derive(Debug)]
pub struct Entry {
    /// The names. `d` stands for all that begin with it.
    pub names: &'static [&'static str],
    /// What stands behind a name, in Markdown; empty for nothing.
    pub arguments: &'static str,
    /// What becomes of them.
    pub support: Support,
    /// What they do, or why they are refused and what to do instead: a sentence in Markdown.
    pub about: &'static str,
}

/// What becomes of a backslash command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It does what psql does.
    Runs,
    /// It is read and does nothing: what psql would print is for the eyes of people only, and no TAP.
    Idle,
    /// The file is broken by it.
    Refused,
}

use Support::{Idle, Refused, Runs};

const fn entry(
    names: &'static [&'static str],
    arguments: &'static str,
    support: Support,
    about: &'static str,
) -> Entry {
    Entry {
        names,
        arguments,
        support,
        about,
    }
}

/// psql's backslash commands, in the order of the documentation.
pub const COMMANDS: &[Entry] = &[
    entry(
        &["set"],
        "[NAME [VALUE…]]",
        Runs,
        "Sets a variable; without a name it lists all.",
    ),
    entry(&["unset"], "NAME", Runs, "Unsets a variable."),
    entry(
        &["if", "elif"],
        "EXPRESSION",
        Runs,
        "Chooses which lines run. What is no boolean is false, with a notice.",
    ),
    entry(&["else", "endif"], "", Runs, "Belong to `\\if`."),
    entry(
        &["i", "include"],
        "FILE",
        Runs,
        "Runs another file, from the working directory on (setting `working_dir`).",
    ),
    entry(
        &["ir", "include_relative"],
        "FILE",
        Runs,
        "Runs another file, from the directory of this one on.",
    ),
    entry(
        &["g"],
        "[(OPTION=VALUE…)] [FILE]",
        Runs,
        "Sends the statement before it, or the last one again; its rows go to FILE, if one is named. The options are those of `\\pset`, for this statement alone. `|PROGRAM` in the place of FILE needs `allow_shell`.",
    ),
    entry(
        &["gx"],
        "[(OPTION=VALUE…)] [FILE]",
        Runs,
        "Like `\\g`, with its rows expanded: a line a column.",
    ),
    entry(
        &["gset"],
        "[PREFIX]",
        Runs,
        "Sends the statement, and makes a variable of each column of its one row.",
    ),
    entry(
        &["gexec"],
        "",
        Runs,
        "Sends the statement, and then each value that it brings as a statement of its own, row by row. An error shows the statement that failed.",
    ),
    entry(
        &["gdesc"],
        "",
        Runs,
        "Prints the names and types of the columns that the statement would bring.",
    ),
    entry(
        &["watch"],
        "count=N [interval=SECONDS] [min_rows=N]",
        Runs,
        "Sends the statement so many times, or until it brings fewer rows. Without `count` or `min_rows` it would not end, and is refused.",
    ),
    entry(
        &["bind"],
        "[PARAMETER…]",
        Runs,
        "The next statement is sent with these for `$1`, `$2`, …",
    ),
    entry(
        &["parse"],
        "NAME",
        Runs,
        "Prepares the statement before it under a name.",
    ),
    entry(
        &["bind_named"],
        "NAME [PARAMETER…]",
        Runs,
        "The next `\\g` and its like run the prepared statement with these parameters.",
    ),
    entry(
        &["close_prepared"],
        "NAME",
        Runs,
        "Forgets a prepared statement.",
    ),
    entry(
        &["echo"],
        "[-n] TEXT…",
        Runs,
        "Prints. What it prints may be TAP.",
    ),
    entry(
        &["qecho"],
        "[-n] TEXT…",
        Runs,
        "Prints to wherever `\\o` sends output.",
    ),
    entry(
        &["warn"],
        "[-n] TEXT…",
        Runs,
        "Leaves a notice, shown as the server's are.",
    ),
    entry(
        &["o", "out"],
        "[FILE]",
        Runs,
        "Sends the rows that follow to FILE; without FILE, to where they went before. `|PROGRAM` needs `allow_shell`.",
    ),
    entry(
        &["copy"],
        "… from …`, `\\copy … to …",
        Runs,
        "`COPY` with a file, or with the lines of the script (`stdin`), or with the output (`stdout`). `program 'COMMAND'` needs `allow_shell`.",
    ),
    entry(
        &["c", "connect"],
        "[DATABASE\\|- [ROLE\\|-]]",
        Runs,
        "Opens a new session in the file's own database, maybe as another role: what belonged to the session before is gone, variables stay. Other databases and servers are refused.",
    ),
    entry(
        &["p", "print"],
        "",
        Runs,
        "Prints the statement that `\\g` would send.",
    ),
    entry(&["r", "reset"], "", Runs, "Forgets what stands before it."),
    entry(
        &["q", "quit"],
        "",
        Runs,
        "Ends this file; a file that includes it goes on.",
    ),
    entry(
        &["pset"],
        "NAME [VALUE]",
        Runs,
        "Sets how rows are printed: `format` (`aligned`, `unaligned`, `csv`), `tuples_only`, `expanded`, `footer`, `null`, `fieldsep`, `fieldsep_zero`, `recordsep`, `recordsep_zero`, `csv_fieldsep`, `border` (0 to 2), `title`. Others that psql knows are accepted and do nothing; other formats are refused.",
    ),
    entry(
        &["a"],
        "",
        Runs,
        "Changes over between aligned and unaligned.",
    ),
    entry(
        &["t"],
        "[on\\|off]",
        Runs,
        "Short for `\\pset tuples_only`.",
    ),
    entry(
        &["x"],
        "[on\\|off\\|auto]",
        Runs,
        "Short for `\\pset expanded`.",
    ),
    entry(&["f"], "[TEXT]", Runs, "Short for `\\pset fieldsep`."),
    entry(&["C"], "[TEXT]", Runs, "Short for `\\pset title`."),
    entry(
        &["cd"],
        "[DIRECTORY]",
        Runs,
        "Changes the directory from which `\\i`, `\\o`, `\\copy` and programs start, for this file alone; without a name, to the home directory.",
    ),
    entry(
        &["getenv"],
        "VARIABLE NAME",
        Runs,
        "Sets a variable to what the environment of pgassay, or `\\setenv`, has under a name; where there is nothing, the variable stays.",
    ),
    entry(
        &["setenv"],
        "NAME [VALUE]",
        Runs,
        "Changes the environment that `\\getenv` and programs see, for this file alone.",
    ),
    entry(
        &["!"],
        "COMMAND",
        Runs,
        "Runs a shell command and prints what it prints, with `allow_shell`; without, it is refused.",
    ),
    entry(
        &["lo_import"],
        "FILE [COMMENT]",
        Runs,
        "Makes a large object of a file; its number goes to the variable `LASTOID`.",
    ),
    entry(
        &["lo_export"],
        "NUMBER FILE",
        Runs,
        "Writes a large object to a file.",
    ),
    entry(&["lo_unlink"], "NUMBER", Runs, "Deletes a large object."),
    entry(
        &["encoding"],
        "[NAME]",
        Runs,
        "Prints `UTF8`, or accepts `UTF8`; other encodings are refused.",
    ),
    entry(
        &["errverbose"],
        "",
        Runs,
        "Leaves the last error as a notice.",
    ),
    entry(
        &["restrict", "unrestrict"],
        "KEY",
        Runs,
        "Between them no other command is allowed: `pg_dump` writes them since August 2025.",
    ),
    entry(
        &["timing"],
        "[on\\|off]",
        Idle,
        "The reports have the time of every step.",
    ),
    entry(
        &["d"],
        "…",
        Idle,
        "All that psql has: listings for people, often left over from writing the test. `\\d NAME` fails if there is no such relation, and so do `\\dx+`, `\\dRp+`, `\\dF+` and `\\dFp+` if they find nothing.",
    ),
    entry(
        &["l", "list", "z", "lo_list", "conninfo"],
        "…",
        Idle,
        "Likewise.",
    ),
    entry(
        &["sf", "sv"],
        "NAME",
        Idle,
        "Likewise. They fail if there is no such function or view.",
    ),
    entry(&["T"], "[TEXT]", Idle, "It is about HTML only."),
    entry(
        &["prompt"],
        "",
        Refused,
        "nobody is there to be asked; pass the value in with `--set NAME=VALUE`",
    ),
    entry(
        &["password"],
        "",
        Refused,
        "nobody is there to be asked; use `ALTER ROLE … PASSWORD`",
    ),
    entry(
        &["w", "write"],
        "",
        Refused,
        "it writes statements, not results; use `\\g FILE` or `\\o FILE` for these",
    ),
    entry(
        &[
            "startpipeline",
            "sendpipeline",
            "syncpipeline",
            "endpipeline",
            "flush",
            "flushrequest",
            "getresults",
        ],
        "",
        Refused,
        "pipelines are not supported; send the statements one by one",
    ),
    entry(
        &["H", "html", "crosstabview"],
        "",
        Refused,
        "a shape of output that holds no TAP; print aligned or unaligned",
    ),
    entry(
        &["e", "edit", "ef", "ev", "s", "?", "h", "help", "copyright"],
        "",
        Refused,
        "it is for people at a terminal",
    ),
];

/// What becomes of the command of this name; none if psql has no such command.
pub(super) fn support(name: &str) -> Option<&'static Entry> {
    let find = |name: &str| COMMANDS.iter().find(|entry| entry.names.contains(&name));
    // `\l+`, `\sf+`, `\dtS+`: options are part of the name.
    let plain = if name.starts_with('d') {
        "d"
    } else {
        name.trim_end_matches(['+', 'S', 'x'])
    };
    find(name).or_else(|| {
        find(plain).filter(|entry| entry.support == Idle && !["timing", "T"].contains(&plain))
    })
}

/// Whether psql would have printed something for a command that does nothing here.
pub(super) fn would_print(name: &str) -> bool {
    !["timing", "T"].contains(&name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_stands_once() {
        let names: Vec<&str> = COMMANDS
            .iter()
            .flat_map(|entry| entry.names)
            .copied()
            .collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn options_are_part_of_the_names_of_listings() {
        let support = |name| support(name).map(|entry| entry.support);
        for name in [
            "d", "dt", "dfS+", "dRp+", "dx", "l+", "lx+", "sf+", "lo_list+", "z",
        ] {
            assert_eq!(support(name), Some(Idle), "{name}");
        }
        assert_eq!(support("gset"), Some(Runs));
        for name in ["nosuch", "i+", "timing+", "T+", "gxx"] {
            assert_eq!(support(name), None, "{name}");
        }
    }
}
