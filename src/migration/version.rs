use std::cmp::Ordering;

use super::Migration;
use super::error::MigrationError;
use crate::project::value_cmp;

/// A version: numbers with `.` or `_` between them, compared one by one. Zeros at the end do not count: 1.0 is 1.
#[derive(Debug, Clone)]
pub struct Version(String);

impl Version {
    /// Reads a version; none where it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.replace('_', ".");
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
        text.split('.').all(is_number).then_some(Self(text))
    }

    /// The version with `.` between its parts, as it was written otherwise.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = (self.0.split('.'), other.0.split('.'));
        loop {
            let order = match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (left, right) => value_cmp(left.unwrap_or_default(), right.unwrap_or_default()),
            };
            if order.is_ne() {
                return order;
            }
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// Refuses migrations, in order of their versions, of which two have the same.
///
/// # Errors
/// The two files.
pub(super) fn refuse_duplicates(migrations: &[Migration]) -> Result<(), MigrationError> {
    let parsed = |migration: &Migration| Version::parse(migration.version.as_deref()?);
    for pair in migrations.windows(2) {
        if let [first, second] = pair
            && let (Some(version), Some(other)) = (parsed(first), parsed(second))
            && version == other
        {
            return Err(MigrationError::Duplicate {
                what: format!("version {}", version.as_str()),
                first: first.script.shown.to_string(),
                second: second.script.shown.to_string(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_are_compared_by_number_part_for_part() {
        let sorted = ["0", "1", "1.0.1", "1.2", "1_10", "2", "10", "20230101.1"];
        for (index, left) in sorted.iter().enumerate() {
            for (other, right) in sorted.iter().enumerate() {
                let order = version(left).cmp(&version(right));
                assert_eq!(order, index.cmp(&other), "{left} and {right}");
            }
        }
        assert_eq!(version("1"), version("001.0_0"));
    }
}
