//! Commands in backticks, of which those that only read are done here: `cat FILE…` and `pwd`. No program is ever
//! started, and what a shell would have to understand is refused.

use std::io::Read;
use std::path::Path;

use super::copy::open_to_read;
use crate::script::NO_SHELL;

/// How much files are read for one command, in MiB: nobody means more to be an argument.
const MOST: u64 = 64;

/// What a command in backticks prints.
///
/// # Errors
/// Why it is not done, in words.
pub(super) fn output(command: &str, working_dir: &Path) -> Result<String, String> {
    let words = words(command).ok_or(NO_SHELL)?;
    match words.as_slice() {
        [program] if program == "pwd" => Ok(format!("{}\n", working_dir.display())),
        [program, files @ ..]
            if program == "cat"
                && !files.is_empty()
                && !files.iter().any(|file| file.starts_with('-')) =>
        {
            let mut all = Vec::new();
            for file in files {
                read(working_dir, file, &mut all)?;
            }
            String::from_utf8(all).map_err(|_| "what it prints is not UTF-8".into())
        }
        _ => Err(NO_SHELL.into()),
    }
}

/// Adds what is in a file. A pipe or a device is none: it could make the run wait for ever, or never end.
fn read(working_dir: &Path, file: &str, all: &mut Vec<u8>) -> Result<(), String> {
    let refused = |why: String| {
        format!(
            "cannot read {file}: {why}; such paths start from {}",
            working_dir.display()
        )
    };
    let room = (MOST << 20) - all.len() as u64;
    let found = open_to_read(&working_dir.join(file)).map_err(refused)?;
    match found.take(room + 1).read_to_end(all) {
        Ok(count) if count as u64 > room => Err(refused(format!(
            "more than {MOST} MiB are read for no argument"
        ))),
        Ok(_) => Ok(()),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// The words of a command that has nothing but words, some of them in quotes; none for anything else.
fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in command.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            // What else a shell gives a meaning to, within double quotes and without.
            (Some('"'), '$' | '`' | '\\') => return None,
            (None, _) if "$`\\|&;<>()*?[]{}~#!=%^".contains(character) => return None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_ascii_whitespace() => words.extend(word.take()),
            (_, _) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    #[test]
    fn what_only_reads_is_done_and_nothing_else_is() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a b.sql"), "SELECT 1;\n").unwrap();
        fs::write(directory.path().join("c.sql"), "SELECT 2;").unwrap();
        let output = |command| output(command, directory.path());
        assert_eq!(
            output("cat 'a b.sql' ./c.sql").unwrap(),
            "SELECT 1;\nSELECT 2;"
        );
        let here = directory.path().display();
        assert_eq!(output(" pwd ").unwrap(), format!("{here}\n"));
        let missing = output("cat nosuch.sql").unwrap_err();
        assert!(missing.contains("cannot read nosuch.sql"), "{missing}");
        for command in [
            "",
            "date",
            "cat",
            "cat -n c.sql",
            "cat c.sql | head",
            "cat $HOME/x",
            "cat \"$X\"",
            "cat *.sql",
            "cat ~/x",
            "cat <c.sql",
            "cat c.sql; date",
            "cat 'open",
            "pwd -P",
        ] {
            assert_eq!(output(command).unwrap_err(), NO_SHELL, "{command}");
        }
    }

    #[test]
    fn nothing_is_waited_for_and_nothing_endless_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
        fs::write(at("small"), "a").unwrap();
        fs::write(at("latin1"), b"\xe9").unwrap();
        let sparse = fs::File::create(at("long")).unwrap();
        sparse.set_len(MOST << 20).unwrap();
        let output = |command| output(command, directory.path());
        for (command, why) in [
            ("cat pipe", "no regular file"),
            ("cat small /dev/zero", "cannot read /dev/zero: it is no"),
            ("cat small long", "cannot read long: more than 64 MiB"),
            ("cat latin1", "not UTF-8"),
        ] {
            let error = output(command).unwrap_err();
            assert!(error.contains(why), "{command}: {error}");
        }
        assert_eq!(output("cat small /dev/null small").unwrap(), "aa");
        assert_eq!(output("cat long").unwrap().len() as u64, MOST << 20);
    }
}
