//! `sqitch.plan`: the changes in their order, what they require, and their tags.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::directory::File;
use super::super::error::MigrationError;
use super::super::text::lines;

/// A plan.
#[derive(Debug)]
pub(super) struct Plan {
    /// The changes, in order.
    pub(super) changes: Vec<Change>,
}

/// A change, or one instance of a change that was reworked.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) name: String,
    /// What it says of itself; may be empty.
    pub(super) note: String,
    /// Where its line begins, in bytes.
    pub(super) at: usize,
    /// The tags, without `@`, between it and the next instance of it, the last one first; none of the last instance.
    pub(super) rework_tags: Vec<String>,
    /// Which instance of it this is, from 1.
    pub(super) instance: usize,
}

/// A line that is a change or a tag, behind its name.
static REST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^(?:[ \t]+|$)(?:\[(?<dependencies>[^\]]+)\][ \t]*)?(?<timestamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ[ \t]*)?(?<planner>[^<]+[ \t]<[^>]+>)?$",
    )
    .ok()
});

/// What is known of the plan at a line of it.
struct Parser<'f> {
    file: &'f File,
    changes: Vec<Change>,
    /// How many changes had been planned when a tag was, by its name.
    tags: BTreeMap<String, Tag>,
    /// The tags in their order, with how many changes had been planned.
    tagged: Vec<(String, usize)>,
    /// The changes that have been planned, by name, with the positions of their instances.
    positions: BTreeMap<String, Vec<usize>>,
    /// The name of the project.
    project: String,
}

/// A tag.
struct Tag {
    /// How many changes had been planned.
    changes: usize,
    /// Where it stands, in bytes.
    at: usize,
}

impl Plan {
    /// Reads the file.
    ///
    /// # Errors
    /// What Sqitch would refuse, with its line.
    pub(super) fn parse(file: &File) -> Result<Self, MigrationError> {
        let mut parser = Parser {
            file,
            changes: Vec::new(),
            tags: BTreeMap::new(),
            tagged: Vec::new(),
            positions: BTreeMap::new(),
            project: String::new(),
        };
        let text = file.text()?;
        let mut lines = lines(text);
        parser.header(&mut lines)?;
        let mut required = Vec::new();
        for (range, line) in lines {
            let (line, note) = without_note(line);
            let content = line.trim();
            if content.is_empty() {
                continue;
            }
            match content.strip_prefix('@') {
                Some(tag) => parser.tag(&range, tag)?,
                None => required.push(parser.change(&range, content, note)?),
            }
        }
        parser.check(&required)?;
        parser.rework();
        Ok(Self {
            changes: parser.changes,
        })
    }
}

/// A line without its note, and the note.
fn without_note(line: &str) -> (&str, &str) {
    match line.split_once('#') {
        Some((line, note)) => (line.trim_end(), note.trim()),
        None => (line.trim_end(), ""),
    }
}

/// A dependency as it is written.
struct Dependency<'t> {
    /// `!`: what must not be there.
    is_conflict: bool,
    project: Option<&'t str>,
    /// The change, where one is named.
    change: Option<&'t str>,
    tag: Option<&'t str>,
    /// A hash that stands for a change.
    is_hash: bool,
    written: &'t str,
}

impl<'t> Dependency<'t> {
    fn parse(written: &'t str) -> Option<Self> {
        let (is_conflict, rest) = match written.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let (project, rest) = match rest.split_once(':') {
            Some((project, rest)) => (Some(project), rest),
            None => (None, rest),
        };
        let (change, tag) = match rest.split_once('@') {
            Some((change, tag)) => ((!change.is_empty()).then_some(change), Some(tag)),
            None => (Some(rest), None),
        };
        let names = [project, change, tag];
        names.into_iter().flatten().all(is_name).then_some(Self {
            is_conflict,
            project,
            change,
            tag,
            is_hash: tag.is_none() && change.is_some_and(is_hash),
            written,
        })
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether Sqitch would take it for a name: no punctuation at its ends, nothing in it that means something else, and no
/// digits at its end that a sign of relation goes before.
fn is_name(text: &str) -> bool {
    let is_punctuation = |c: char| c.is_ascii_punctuation() && c != '_';
    let before_digits = text.trim_end_matches(|c: char| c.is_ascii_digit());
    !text.is_empty()
        && !text.starts_with(is_punctuation)
        && !text.ends_with(is_punctuation)
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, ':' | '@' | '#' | '\\'))
        && (before_digits.len() == text.len()
            || !before_digits.ends_with(['~', '/', '=', '%', '^']))
}

/// What a change requires, and what it conflicts with, with the position of the change.
type Required<'t> = (usize, Vec<Dependency<'t>>);

impl<'f> Parser<'f> {
    /// Reads the pragmas, up to the first empty line.
    fn header(
        &mut self,
        lines: &mut dyn Iterator<Item = (Range<usize>, &'f str)>,
    ) -> Result<(), MigrationError> {
        for (range, line) in lines {
            let wrong = |reason: String| self.file.wrong(range.start, reason);
            if line.trim().is_empty() {
                break;
            }
            let (line, _) = without_note(line);
            let content = line.trim();
            if content.is_empty() {
                continue;
            }
            let Some(pragma) = content.strip_prefix('%') else {
                return Err(wrong(
                    "an empty line must come between the pragmas (`%project=…`) and the changes"
                        .into(),
                ));
            };
            let (name, value) = pragma.split_once('=').unwrap_or((pragma, ""));
            let value = value.trim();
            match name.trim() {
                "project" if is_name(value) => value.clone_into(&mut self.project),
                "project" => {
                    return Err(wrong(format!("`{value}` cannot be the name of a project")));
                }
                _ => {}
            }
        }
        if self.project.is_empty() {
            return Err(self
                .file
                .wrong(0, "the plan does not name its project: `%project=…`"));
        }
        Ok(())
    }

    /// The name at the beginning of a line, the rest behind it taken apart, and what it depends on.
    fn planned<'t>(
        &self,
        at: usize,
        content: &'t str,
    ) -> Result<(&'t str, &'t str), MigrationError> {
        let wrong = |reason: String| Err(self.file.wrong(at, reason));
        let (name, rest) = match content.find([' ', '\t']) {
            Some(end) => content.split_at(end),
            None => (content, ""),
        };
        if !is_name(name) {
            return wrong(format!(
                "`{name}` cannot be a name: names neither begin nor end with punctuation, nor hold `:`, `@`, `#`, `\\` or blanks"
            ));
        }
        if ["ROOT", "HEAD"].contains(&name) {
            return wrong(format!(
                "`{name}` cannot be a name: Sqitch means something else by it"
            ));
        }
        if name.get(..40).is_some_and(is_hash) {
            return wrong(format!("`{name}` cannot be a name: it looks like a hash"));
        }
        let parts = REST.as_ref().and_then(|rest_of| rest_of.captures(rest));
        let part = |what: &str| parts.as_ref().and_then(|parts| parts.name(what));
        match (part("timestamp"), part("planner")) {
            (Some(_), Some(_)) => Ok((name, part("dependencies").map_or("", |it| it.as_str()))),
            (None, Some(_)) => wrong(format!(
                "`{name}` has no time behind it: `2024-01-31T12:00:00Z`"
            )),
            (Some(_), None) => wrong(format!(
                "`{name}` has no planner behind its time: `Name <e-mail address>`"
            )),
            (None, None) => wrong(format!(
                "behind `{name}`, a line of a plan has what it requires, a time and its planner: \
                 `{name} [other] 2024-01-31T12:00:00Z Name <e-mail address>`"
            )),
        }
    }

    fn tag(&mut self, range: &Range<usize>, content: &str) -> Result<(), MigrationError> {
        let at = range.start;
        let (name, dependencies) = self.planned(at, content)?;
        let wrong = |reason: String| Err(self.file.wrong(at, reason));
        if name.contains('/') {
            return wrong(format!("the tag `@{name}` holds a `/`, which tags cannot"));
        }
        if self.changes.is_empty() {
            return wrong(format!("the tag `@{name}` has no change before it"));
        }
        if let Some(first) = self.tags.get(name) {
            let line = self.line(first.at);
            return wrong(format!(
                "the tag `@{name}` is there already, in line {line}"
            ));
        }
        if !dependencies.is_empty() {
            return wrong(format!(
                "the tag `@{name}` requires something, which tags cannot"
            ));
        }
        let changes = self.changes.len();
        self.tagged.push((name.to_owned(), changes));
        self.tags.insert(name.to_owned(), Tag { changes, at });
        Ok(())
    }

    fn change<'t>(
        &mut self,
        range: &Range<usize>,
        content: &'t str,
        note: &str,
    ) -> Result<Required<'t>, MigrationError> {
        let at = range.start;
        let content = content.trim_start_matches(['+', '-']).trim_start();
        let (name, dependencies) = self.planned(at, content)?;
        let wrong = |reason: String| Err(self.file.wrong(at, reason));
        let since = self.tagged.last().map_or(0, |(_, changes)| *changes);
        let instances = self.positions.get(name);
        if let Some(last) = instances
            .and_then(|it| it.last())
            .filter(|last| **last >= since)
        {
            let line = self.line(self.changes[*last].at);
            return wrong(format!(
                "the change `{name}` is there already, in line {line}, and no tag is between"
            ));
        }
        let instance = 1 + instances.map_or(0, Vec::len);
        let position = self.changes.len();
        self.positions
            .entry(name.to_owned())
            .or_default()
            .push(position);
        let mut required = Vec::new();
        for written in dependencies.split_whitespace() {
            let Some(dependency) = Dependency::parse(written) else {
                return wrong(format!("`{written}` is nothing that a change can require"));
            };
            required.push(dependency);
        }
        self.changes.push(Change {
            name: name.to_owned(),
            note: note.replace("\\n", "\n"),
            at,
            rework_tags: Vec::new(),
            instance,
        });
        Ok((position, required))
    }

    /// Refuses what requires a change that is not planned before it, or conflicts with one that is.
    fn check(&self, required: &[Required<'_>]) -> Result<(), MigrationError> {
        for (position, dependencies) in required {
            let change = &self.changes[*position];
            for dependency in dependencies {
                let is_other = dependency
                    .project
                    .is_some_and(|project| project != self.project);
                if is_other || dependency.is_hash {
                    continue;
                }
                // Sqitch looks up conflicts too.
                let is_known = dependency
                    .change
                    .is_none_or(|name| self.positions.contains_key(name));
                let is_met = self.is_before(*position, dependency);
                if is_met != dependency.is_conflict && is_known {
                    continue;
                }
                let reason = self.unmet(*position, dependency);
                return Err(self.file.wrong(change.at, reason));
            }
        }
        Ok(())
    }

    /// Whether what is named is planned before a change.
    fn is_before(&self, position: usize, dependency: &Dependency<'_>) -> bool {
        // A tag behind the change before is before the change.
        let until = match dependency.tag {
            None => position,
            Some(tag) => match self.tags.get(tag) {
                Some(tag) if tag.changes <= position => tag.changes,
                _ => return false,
            },
        };
        dependency.change.is_none_or(|name| {
            let instances = self.positions.get(name);
            instances.is_some_and(|instances| instances.iter().any(|instance| *instance < until))
        })
    }

    /// What is wrong with a dependency, in words.
    fn unmet(&self, position: usize, dependency: &Dependency<'_>) -> String {
        let (name, written) = (&self.changes[position].name, dependency.written);
        if dependency.is_conflict && self.is_before(position, dependency) {
            return format!(
                "the change `{name}` conflicts with `{}`, which is planned before it",
                &written[1..]
            );
        }
        let instances = dependency.change.and_then(|name| self.positions.get(name));
        let later = instances.and_then(|instances| instances.iter().find(|it| **it >= position));
        match later {
            Some(later) if *later == position => format!("the change `{name}` requires itself"),
            Some(later) => format!(
                "the change `{name}` requires `{written}`, which is planned only in line {}; move it behind that",
                self.line(self.changes[*later].at)
            ),
            None => {
                let does = if dependency.is_conflict {
                    "conflicts with"
                } else {
                    "requires"
                };
                let other = written.trim_start_matches('!');
                format!("the change `{name}` {does} `{other}`, which is not in the plan")
            }
        }
    }

    /// Gives the earlier instances of changes their tags.
    fn rework(&mut self) {
        for instances in self.positions.values() {
            for pair in instances.windows(2) {
                if let [earlier, later] = pair {
                    let between = self
                        .tagged
                        .iter()
                        .rev()
                        .filter(|(_, changes)| (*earlier + 1..=*later).contains(changes));
                    self.changes[*earlier].rework_tags =
                        between.map(|(tag, _)| tag.clone()).collect();
                }
            }
        }
    }

    fn line(&self, at: usize) -> usize {
        let before = self.file.text().ok().and_then(|text| text.get(..at));
        before.map_or(1, |text| 1 + text.matches('\n').count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_sqitch_takes_for_names() {
        for name in [
            "users",
            "a/b",
            "v1.0",
            "add_users",
            "_x_",
            "x-1",
            "a1",
            "ünder",
        ] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "", "-x", "x-", "a b", "a:b", "a@b", "a#b", "x~1", "x/12", "a\\b",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn dependencies_name_projects_changes_and_tags() {
        let told = |text| {
            Dependency::parse(text).map(|it| (it.is_conflict, it.project, it.change, it.tag))
        };
        assert_eq!(told("users"), Some((false, None, Some("users"), None)));
        assert_eq!(
            told("!users@v1"),
            Some((true, None, Some("users"), Some("v1")))
        );
        assert_eq!(
            told("shop:@v1"),
            Some((false, Some("shop"), None, Some("v1")))
        );
        assert_eq!(told("a b"), None);
        assert_eq!(told("-"), None);
    }
}
