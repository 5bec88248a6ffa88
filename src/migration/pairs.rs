//! Scripts that take back others, told by their names alone: `1_x_down.sql` beside `1_x.sql` or `1_x_up.sql`,
//! `1_x.down.sql`, or `down/1_x.sql`.

use super::directory::File;
use super::error::MigrationError;

/// The words that name a script which takes back another.
const BACK: [&str; 4] = ["down", "undo", "rollback", "revert"];
/// The words that name what it takes back.
const FORTH: [&str; 3] = ["up", "do", "deploy"];

/// A script that applies, and what takes it back.
pub(super) struct Pair<'f> {
    pub(super) up: &'f File,
    pub(super) down: Option<&'f File>,
}

/// Tells the files that apply, in their order, from those that take back.
///
/// # Errors
/// A file that clearly takes back something, where there is no such thing, or where another does so too.
pub(super) fn pairs<'f>(files: &[&'f File]) -> Result<Vec<Pair<'f>>, MigrationError> {
    let takers: Vec<Option<usize>> = files.iter().map(|file| taken_back(file, files)).collect();
    let by_name = (files.iter().zip(&takers))
        .any(|(file, taken)| taken.is_some() && !is_in_back_directory(file));
    let mut pairs = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let backs = (files.iter().zip(&takers)).filter(|(_, taken)| **taken == Some(index));
        let mut backs = backs.map(|(back, _)| *back);
        let down = backs.next();
        if let (Some(first), Some(second)) = (down, backs.next()) {
            return Err(MigrationError::Duplicate {
                what: format!("migration to take back, {}", file.shown),
                first: first.shown.to_string(),
                second: second.shown.to_string(),
            });
        }
        if takers[index].is_some() {
            continue;
        }
        let is_sure = is_in_back_directory(file)
            || suffix(file.stem(), &BACK)
                .is_some_and(|(_, separator)| separator == '.' || (by_name && down.is_none()));
        if is_sure {
            return Err(MigrationError::LoneDown {
                file: file.shown.to_string(),
                version: format!("`{}`", key(file, &BACK)),
            });
        }
        pairs.push(Pair { up: file, down });
    }
    Ok(pairs)
}

/// A name without `.sql` and without a word that says that it applies.
pub(super) fn without_forth(stem: &str) -> &str {
    suffix(stem, &FORTH).map_or(stem, |(base, _)| base)
}

/// Which of the files a file takes back.
fn taken_back(file: &File, files: &[&File]) -> Option<usize> {
    if !is_in_back_directory(file) {
        suffix(file.stem(), &BACK)?;
    }
    let key = key(file, &BACK);
    let is_back = |other: &File| is_in_back_directory(other);
    let exactly = |other: &File| other.name.strip_suffix(".sql") == Some(key.as_str());
    let (mut found, mut like) = (None, None);
    for (index, other) in files.iter().enumerate() {
        if is_back(other) || other.path == file.path {
            continue;
        }
        if exactly(other) {
            found = found.or(Some(index));
        } else if self::key(other, &FORTH) == key {
            like = like.or(Some(index));
        }
    }
    found.or(like)
}

fn is_in_back_directory(file: &File) -> bool {
    directories(file).any(|directory| is_one_of(directory, &BACK))
}

fn directories(file: &File) -> impl Iterator<Item = &str> {
    let (directories, _) = file.name.rsplit_once('/').unwrap_or_default();
    directories.split('/').filter(|part| !part.is_empty())
}

/// A file's path without `.sql` and without these words.
fn key(file: &File, words: &[&str]) -> String {
    let stem = file.stem();
    let base = suffix(stem, words).map_or(stem, |(base, _)| base);
    let directories = directories(file).filter(|directory| !is_one_of(directory, words));
    let parts: Vec<&str> = directories.chain([base]).collect();
    parts.join("/")
}

/// A name that ends with one of these words: what is before it, and what separates them.
fn suffix<'n>(stem: &'n str, words: &[&str]) -> Option<(&'n str, char)> {
    let at = stem.rfind(['_', '-', '.'])?;
    let separator = stem[at..].chars().next()?;
    is_one_of(&stem[at + 1..], words).then_some((&stem[..at], separator))
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|it| it.eq_ignore_ascii_case(word))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::super::tests::load_in;
    use super::*;

    /// What applies, each with what takes it back.
    fn told(names: &[&str]) -> Result<Vec<(String, Option<String>)>, MigrationError> {
        let paths: Vec<String> = names.iter().map(|name| format!("m/{name}")).collect();
        let files: Vec<_> = paths.iter().map(|path| (path.as_str(), "")).collect();
        let set = load_in(&files, "m")?;
        assert_eq!(set.layout.word, "plain");
        let migrations = set.migrations.into_iter();
        let told = migrations.map(|it| (it.script.name, it.down.map(|down| down.name)));
        Ok(told.collect())
    }

    #[test]
    fn what_takes_back_another_is_told_by_its_name() {
        for (up, down) in [
            ("1_x.sql", "1_x_down.sql"),
            ("1_x_up.sql", "1_x_down.sql"),
            ("1-x.sql", "1-x.undo.sql"),
            ("x.do.sql", "x.undo.sql"),
            ("1_x.sql", "down/1_x.sql"),
            ("up/1_x.sql", "down/1_x.sql"),
            ("up/1_x.up.sql", "down/1_x.down.sql"),
            ("a/1_x.sql", "a/rollback/1_x.sql"),
            ("deploy/1_x.sql", "revert/1_x.sql"),
            ("1_shut_down.sql", "1_shut_down_down.sql"),
        ] {
            let told = told(&[down, up]).unwrap();
            assert_eq!(told, [(up.to_owned(), Some(down.to_owned()))]);
        }
    }

    #[test]
    fn a_word_at_the_end_of_a_name_that_fits_nothing_is_a_part_of_it() {
        let told = told(&["1_tear_down.sql", "2_set_up.sql"]).unwrap();
        let names: Vec<_> = told.iter().map(|(up, _)| up.as_str()).collect();
        assert_eq!(names, ["1_tear_down.sql", "2_set_up.sql"]);
        assert!(told.iter().all(|(_, down)| down.is_none()));
    }

    #[test]
    fn what_clearly_takes_back_something_that_is_not_there_is_refused() {
        for (names, lone) in [
            (&["1_x.sql", "down/2_y.sql"][..], "down/2_y.sql"),
            (&["x.sql", "y.down.sql"], "y.down.sql"),
            (&["1_x.sql", "1_x_down.sql", "2_y_down.sql"], "2_y_down.sql"),
        ] {
            let refusal = told(names).unwrap_err().to_string();
            assert!(refusal.starts_with(&format!("m/{lone} takes")), "{refusal}");
        }
        let refusal = told(&["1_x.sql", "1_x_down.sql", "down/1_x.sql"]).unwrap_err();
        assert!(matches!(refusal, MigrationError::Duplicate { .. }));
    }
}
