use std::fs;
use std::path::{Component, Path, PathBuf};

/// `path` as seen from the absolute directory `base`, without `.` and `..`. A `..` behind a symbolic link leads
/// where the system would lead it.
pub(crate) fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if result.is_symlink()
                    && let Ok(target) = fs::canonicalize(&result)
                {
                    result = target;
                }
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// How a path is shown to people: relative to `base` with `/` between its parts where it lies below it, else as
/// it is.
pub(crate) fn shown(base: &Path, path: &Path) -> String {
    match path.strip_prefix(base) {
        Ok(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
        Ok(relative) => relative
            .iter()
            .map(|part| part.to_string_lossy())
            .collect::<Vec<_>>()
            .join("/"),
        Err(_) => path.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved_and_absolute_paths_stay() {
        let base = Path::new("/no/such/project");
        for (path, expected) in [
            ("a", "/no/such/project/a"),
            ("./a/./b", "/no/such/project/a/b"),
            ("../a", "/no/such/a"),
            (".", "/no/such/project"),
            ("/x/../y", "/y"),
            ("../../../../../y", "/y"),
        ] {
            assert_eq!(
                absolute(base, Path::new(path)),
                Path::new(expected),
                "{path}"
            );
        }
    }

    #[test]
    fn two_dots_behind_a_symbolic_link_lead_to_the_parent_of_its_target() {
        let home = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(home.path()).unwrap();
        fs::create_dir_all(root.join("far/away")).unwrap();
        std::os::unix::fs::symlink(root.join("far/away"), root.join("link")).unwrap();
        assert_eq!(absolute(&root, Path::new("link/../x")), root.join("far/x"));
    }

    #[test]
    fn what_lies_elsewhere_is_shown_as_it_is() {
        let base = Path::new("/p");
        assert_eq!(shown(base, Path::new("/p/a/b.sql")), "a/b.sql");
        assert_eq!(shown(base, Path::new("/q/b.sql")), "/q/b.sql");
        assert_eq!(shown(base, base), ".");
    }
}
