use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The candidate that someone who wrote `word` most likely meant, if any is near enough.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = 1 + word.chars().count() / 4;
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The existing path that someone who wrote `missing` most likely meant: of all its ancestors, the deepest that
/// exists is looked into for a name near to the one that does not.
pub(crate) fn nearest_path(missing: &Path) -> Option<PathBuf> {
    let (parent, wrong) = missing.ancestors().find_map(|path| {
        let parent = path.parent()?;
        parent.is_dir().then(|| Some((parent, path.file_name()?)))?
    })?;
    let names: Vec<String> = fs::read_dir(parent)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let name = nearest(&wrong.to_string_lossy(), names.iter().map(String::as_str))?;
    let right = parent.join(name);
    let rest = missing.strip_prefix(parent.join(wrong)).ok()?;
    let whole = right.join(rest);
    if rest.as_os_str() == OsStr::new("") || !whole.exists() {
        Some(right)
    } else {
        Some(whole)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_near_and_another_word_is_not() {
        let keys = ["fixtures", "format", "url", "roles", "fail_fast"];
        for (word, meant) in [
            ("fixtues", Some("fixtures")),
            ("ulr", Some("url")),
            ("role", Some("roles")),
            ("fail-fast", Some("fail_fast")),
            ("set", None),
            ("colour", None),
        ] {
            assert_eq!(nearest(word, keys), meant, "{word}");
        }
    }

    #[test]
    fn a_path_with_one_wrong_directory_is_mended_whole() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("sql-tests/users/login.sql");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "").unwrap();
        let meant = |wrong: &str| nearest_path(&home.path().join(wrong));
        assert_eq!(meant("sqltests/users/login.sql"), Some(file.clone()));
        assert_eq!(meant("sql-tests/users/logn.sql"), Some(file));
        assert_eq!(meant("sql-test/x.sql"), Some(home.path().join("sql-tests")));
        assert_eq!(meant("unlike/anything"), None);
    }
}
