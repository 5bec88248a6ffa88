//! The version of a server, as its programs print it. It runs nothing.

use std::fmt;

/// The version of a server's binaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVersion {
    /// The major version: 15 of 15.4; 9 of 9.6.24.
    pub major: u32,
    /// The minor version: 4 of 15.4; 0 of a pre-release.
    pub minor: u32,
    /// Whether it is a development, alpha, beta or candidate version (`18beta1`, `19devel`).
    pub prerelease: bool,
    /// The whole line that `postgres --version` printed, without blanks around it.
    pub text: String,
}

impl ServerVersion {
    /// Reads the line that `postgres --version` prints, such as
    /// `postgres (PostgreSQL) 15.4 (Debian 15.4-1)`; none when it holds no version.
    pub fn parse(line: &str) -> Option<Self> {
        let text = line.trim();
        let word = text
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let (major, rest) = leading_number(word)?;
        let (minor, prerelease) = match rest.strip_prefix('.') {
            Some(tail) => {
                let (minor, rest) = leading_number(tail)?;
                (minor, rest.starts_with(|c: char| c.is_ascii_alphabetic()))
            }
            None => (0, !rest.is_empty()),
        };
        Some(Self {
            major,
            minor,
            prerelease,
            text: text.to_owned(),
        })
    }

    /// What one compares to find the newest: pre-releases come behind every release, since who has both
    /// wants the release unless the version is chosen.
    pub(super) fn rank(&self) -> (bool, u32, u32) {
        (!self.prerelease, self.major, self.minor)
    }
}

impl fmt::Display for ServerVersion {
    /// `PostgreSQL 15.4`, or `PostgreSQL 18beta1` as it was printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self
            .text
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        write!(f, "PostgreSQL {}", word.unwrap_or("of an unknown version"))
    }
}

/// The number at the beginning of `text`, and what follows it.
fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::ServerVersion;

    fn parsed(line: &str) -> Option<(u32, u32, bool, String)> {
        let version = ServerVersion::parse(line)?;
        let shown = version.to_string();
        Some((version.major, version.minor, version.prerelease, shown))
    }

    #[test]
    fn versions_are_read_as_the_packagers_print_them() {
        let cases = [
            (
                "postgres (PostgreSQL) 16.3\n",
                (16, 3, false, "PostgreSQL 16.3"),
            ),
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                (15, 18, false, "PostgreSQL 15.18"),
            ),
            (
                "postgres (PostgreSQL) 17.0 (Homebrew)",
                (17, 0, false, "PostgreSQL 17.0"),
            ),
            (
                "postgres (PostgreSQL) 18beta1",
                (18, 0, true, "PostgreSQL 18beta1"),
            ),
            (
                "postgres (PostgreSQL) 19devel",
                (19, 0, true, "PostgreSQL 19devel"),
            ),
            (
                "postgres (PostgreSQL) 9.6.24",
                (9, 6, false, "PostgreSQL 9.6.24"),
            ),
        ];
        for (line, (major, minor, prerelease, shown)) in cases {
            let wanted = Some((major, minor, prerelease, shown.to_owned()));
            assert_eq!(parsed(line), wanted, "{line}");
        }
    }

    #[test]
    fn a_text_without_a_version_is_none() {
        for line in [
            "",
            "postgres",
            "No version set for command postgres",
            "99999999999.1",
        ] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }

    #[test]
    fn a_release_ranks_before_a_newer_prerelease() {
        let release = ServerVersion::parse("postgres (PostgreSQL) 17.5");
        let beta = ServerVersion::parse("postgres (PostgreSQL) 18beta1");
        assert!(release.map(|v| v.rank()) > beta.map(|v| v.rank()));
    }
}
