//! Which lines of followed scripts changed since a revision of git: whole statements, by the lines with which they begin.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::path::Path;

use super::followed::FollowedScript;
use super::git::{git, is_shallow, work_tree};
use crate::coverage::ChangedLines;
use crate::script::{Scan, Scanner};

/// So many files are named to git at a time, whose command line has an end.
const AT_A_TIME: usize = 500;

/// The lines of statements that were added or changed in scripts since a revision: since the last commit that it has in
/// common with what lies there now, files that git does not know yet included.
///
/// # Errors
/// What git says, or that there is none, or that a script is none of its work tree's.
pub(super) fn since(
    revision: &str,
    project_dir: &Path,
    scripts: &[FollowedScript],
) -> Result<ChangedLines, String> {
    let top = work_tree(project_dir)?;
    let by_name = inside(scripts, &top)?;
    let base = base(revision, project_dir)?;
    let mut changed = ChangedLines::default();
    let names: Vec<&str> = by_name.keys().map(String::as_str).collect();
    for names in names.chunks(AT_A_TIME) {
        let (difference, known) = compared(&top, &base, names)?;
        for (file, lines) in hunks(&difference) {
            for script in by_name.get(&file).into_iter().flatten() {
                let statements = statements(&script.text);
                for lines in &lines {
                    let of_statements = from_beginning(lines, &statements);
                    changed.add(&script.shown, lines.clone(), of_statements);
                }
            }
        }
        for name in names.iter().filter(|name| !known.contains(**name)) {
            for script in by_name.get(*name).into_iter().flatten() {
                changed.add(&script.shown, 1..=u32::MAX, 1..=u32::MAX);
            }
        }
    }
    Ok(changed)
}

/// The last commit that a revision has in common with what is checked out.
fn base(revision: &str, project_dir: &Path) -> Result<String, String> {
    const DEEPEN: &str = "this clone is shallow: `git fetch --unshallow` gets the whole history (in CI, `fetch-depth: 0`)";
    // A word that begins with a dash would be an option of git.
    let commit = git(
        project_dir,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &format!("{revision}^{{commit}}"),
        ],
    )
    .map_err(|_| {
        let advice = if is_shallow(project_dir) {
            format!(
                "{DEEPEN}, and `git fetch --depth=1 origin` with its name a branch or tag that was not cloned"
            )
        } else {
            "`git fetch` gets what only the remote repository has".to_owned()
        };
        format!("git knows no such revision there; {advice}")
    })?;
    let base = git(project_dir, &["merge-base", commit.trim(), "HEAD"]).map_err(|_| {
        let advice = if is_shallow(project_dir) {
            format!("; {DEEPEN}")
        } else {
            String::new()
        };
        format!("it has no commit in common with what is checked out{advice}")
    })?;
    Ok(base.trim().to_owned())
}

/// The scripts by their names in the work tree, with `/` between the parts. Several may be one file, by links.
fn inside<'s>(
    scripts: &'s [FollowedScript],
    top: &Path,
) -> Result<HashMap<String, Vec<&'s FollowedScript>>, String> {
    let mut named: HashMap<String, Vec<&FollowedScript>> = HashMap::new();
    let mut directories = BTreeSet::new();
    for script in scripts {
        let outside = |why: String| {
            format!(
                "{} is no file of the git work tree {}: {why}",
                script.shown,
                top.display()
            )
        };
        let directory = script.path.parent().unwrap_or(&script.path);
        if directories.insert(directory) {
            let around = work_tree(directory).map_err(outside)?;
            if around != top {
                return Err(outside(format!("it lies in {}", around.display())));
            }
        }
        let name = script.path.strip_prefix(top);
        let name = name.map_err(|error| outside(error.to_string()))?;
        let name = name.to_string_lossy().into_owned();
        named.entry(name).or_default().push(script);
    }
    Ok(named)
}

/// What of these files differs from a commit, and which of them git knows.
fn compared(top: &Path, base: &str, names: &[&str]) -> Result<(String, BTreeSet<String>), String> {
    let paths: Vec<String> = names
        .iter()
        .map(|name| format!(":(top,literal){name}"))
        .collect();
    let with_paths = |arguments: &[&str]| {
        let paths = paths.iter().map(String::as_str);
        let arguments = arguments.iter().copied();
        let all: Vec<&str> = arguments.chain(["--"]).chain(paths).collect();
        git(top, &all)
    };
    let difference = with_paths(&[
        "-c",
        "core.quotePath=false",
        "-c",
        "diff.interHunkContext=0",
        "-c",
        "diff.relative=false",
        "diff",
        // Whatever attributes say of them: scripts are text.
        "--text",
        "--no-textconv",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--no-renames",
        "--src-prefix=",
        "--dst-prefix=",
        base,
    ])?;
    let known = with_paths(&["ls-files", "-z"])?;
    let known = known.split('\0').filter(|name| !name.is_empty());
    Ok((difference, known.map(str::to_owned).collect()))
}

/// The changed lines of each file of a difference without context, as they are numbered now. Where lines are gone, the one
/// before them counts as changed.
fn hunks(difference: &str) -> Vec<(String, Vec<RangeInclusive<u32>>)> {
    let mut files: Vec<(String, Vec<RangeInclusive<u32>>)> = Vec::new();
    let mut left = 0_u64;
    for line in difference.lines() {
        // What follows a hunk's head are its lines, which may look like anything.
        if left > 0 && line.starts_with(['+', '-']) {
            left -= 1;
            continue;
        }
        if line.starts_with('\\') {
            // No newline at the end of the file.
            continue;
        }
        left = 0;
        if let Some(name) = line.strip_prefix("+++ ") {
            // A tab stands behind names with blanks.
            files.push((unquoted(name.trim_end_matches('\t')), Vec::new()));
        } else if let (Some((old, new)), Some((_, lines))) = (head(line), files.last_mut()) {
            left = u64::from(old.1) + u64::from(new.1);
            let begin = new.0.max(1);
            lines.push(begin..=begin.saturating_add(new.1.max(1) - 1));
        }
    }
    files.retain(|(name, lines)| name != "/dev/null" && !lines.is_empty());
    files
}

/// First line and number of lines, before and after: `@@ -3,2 +3 @@`.
fn head(line: &str) -> Option<((u32, u32), (u32, u32))> {
    let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let range = |text: &str| match text.split_once(',') {
        Some((begin, number)) => Some((begin.parse().ok()?, number.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    Some((range(old)?, range(new)?))
}

/// A name as git writes it: in quotes, like a string of C, where it holds something odd.
fn unquoted(name: &str) -> String {
    let Some(inner) = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return name.to_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                while let Some(next) = rest.next_if(|next| (b'0'..=b'7').contains(next)) {
                    value = value * 8 + u32::from(next - b'0');
                }
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first and the last line of each statement of a script.
fn statements(text: &str) -> Vec<RangeInclusive<u32>> {
    let mut scanner = Scanner::new("".into(), text);
    let mut statements = Vec::new();
    loop {
        match scanner.next(&(), true) {
            Ok(Scan::Statement(fragment)) => {
                statements.push(fragment.location().line()..=scanner.location().line());
            }
            Ok(Scan::Command(_)) => {
                scanner.skip_command();
            }
            Ok(Scan::End(rest)) => {
                if !rest.is_blank() {
                    statements.push(rest.location().line()..=u32::MAX);
                }
                return statements;
            }
            Err(_) => {}
        }
    }
}

/// The lines, from the beginning of the statement in which the first of them lies.
fn from_beginning(
    lines: &RangeInclusive<u32>,
    statements: &[RangeInclusive<u32>],
) -> RangeInclusive<u32> {
    let around = statements.iter().find(|it| it.contains(lines.start()));
    let begin = around.map_or(*lines.start(), |statement| *statement.start());
    begin..=*lines.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_tells_the_lines_as_they_are_now() {
        let difference = "diff --git migrations/V1.sql migrations/V1.sql
--- migrations/V1.sql
+++ migrations/V1.sql
@@ -1,2 +1,3 @@
--- a comment
-+++ nothing
+a
+b
+++ c
@@ -9,2 +10,0 @@ CREATE TABLE
-x
-y
diff --git a b
new file mode 100644
--- /dev/null
+++ \"migrations/V\\303\\244 \\\"2\\\".sql\"
@@ -0,0 +1 @@
+SELECT 1;
\\ No newline at end of file
diff --git gone.sql gone.sql
--- gone.sql
+++ /dev/null
@@ -1 +0,0 @@
-SELECT 1;
";
        let expected = [
            ("migrations/V1.sql".to_owned(), vec![1..=3, 10..=10]),
            ("migrations/Vä \"2\".sql".to_owned(), vec![1..=1]),
        ];
        assert_eq!(hunks(difference), expected);
    }

    #[test]
    fn a_changed_line_is_its_statements() {
        let text = "CREATE TABLE a (\n  id int,\n  name text\n);\n\n-- more\nCREATE FUNCTION f() RETURNS int AS $$\nSELECT 1;\n$$ LANGUAGE sql; SELECT 2;\n";
        let statements = statements(text);
        assert_eq!(statements, [1..=4, 7..=9, 9..=9]);
        assert_eq!(from_beginning(&(3..=3), &statements), 1..=3);
        assert_eq!(from_beginning(&(5..=7), &statements), 5..=7);
        assert_eq!(from_beginning(&(8..=8), &statements), 7..=8);
    }
}
