//! Commands in backticks, of which those that only read are done here: `cat FILE…` and `pwd`. No program is ever
//! started, and what a shell would have to understand is refused.

use std::fs;
use std::path::Path;

use crate::script::NO_SHELL;

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
            let mut texts = files.iter().map(|file| contents(working_dir, file));
            texts.try_fold(String::new(), |all, text| Ok(all + &text?))
        }
        _ => Err(NO_SHELL.into()),
    }
}

fn contents(working_dir: &Path, file: &str) -> Result<String, String> {
    let path = working_dir.join(file);
    fs::read_to_string(&path).map_err(|error| {
        format!(
            "cannot read {}: {error}; such paths start from {}",
            file,
            working_dir.display()
        )
    })
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
}
