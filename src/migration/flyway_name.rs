use super::Version;

/// What the name of a `.sql` file says, as Flyway reads it with its default prefixes, separator and suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) kind: Kind,
    /// The text behind `__`, with blanks for `_`.
    pub(super) description: String,
}

/// Which kind of migration it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `V`: applied once, in order of the versions.
    Versioned(Version),
    /// `B`: takes the place of all versions up to its own in an empty database.
    Baseline(Version),
    /// `U`: takes back a version; not applied.
    Undo(Version),
    /// `R`: applied after all versions, in order of the descriptions.
    Repeatable,
}

impl Name {
    /// Reads a name without its `.sql`; none when Flyway would not take it.
    pub(super) fn parse(stem: &str) -> Option<Self> {
        let (version, description) = stem.get(1..)?.split_once("__").unwrap_or((&stem[1..], ""));
        let kind = match stem.as_bytes().first()? {
            b'V' => Kind::Versioned(Version::parse(version)?),
            b'B' => Kind::Baseline(Version::parse(version)?),
            b'U' => Kind::Undo(Version::parse(version)?),
            b'R' if version.is_empty() && stem.contains("__") => Kind::Repeatable,
            _ => return None,
        };
        Some(Self {
            kind,
            description: description.replace('_', " "),
        })
    }

    /// Whether a name without its `.sql` begins so that it was surely meant for Flyway, be it well-formed or not.
    pub(super) fn is_meant(stem: &str) -> bool {
        stem.starts_with("R__")
            || stem.strip_prefix(['V', 'B', 'U']).is_some_and(|rest| {
                rest.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with("__")
            })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn names_are_read_as_flyway_reads_them() {
        let versioned = |text, description: &str| {
            Some(Name {
                kind: Kind::Versioned(version(text)),
                description: description.to_owned(),
            })
        };
        assert_eq!(Name::parse("V1__add_users"), versioned("1", "add users"));
        assert_eq!(Name::parse("V1_2__x__y"), versioned("1.2", "x  y"));
        assert_eq!(Name::parse("V1.2"), versioned("1.2", ""));
        assert_eq!(Name::parse("V2__"), versioned("2", ""));
        assert!(matches!(
            Name::parse("B3__all").unwrap().kind,
            Kind::Baseline(_)
        ));
        assert!(matches!(Name::parse("U3__x").unwrap().kind, Kind::Undo(_)));
        assert_eq!(Name::parse("R__views").unwrap().kind, Kind::Repeatable);
        for stem in [
            "",
            "V",
            "V__x",
            "v1__x",
            "V1_x",
            "V1..2__x",
            "V1a__x",
            "R",
            "R1__x",
            "x",
            "Österreich",
        ] {
            assert_eq!(Name::parse(stem), None, "{stem}");
        }
    }

    #[test]
    fn a_name_is_meant_for_flyway_even_when_it_is_malformed() {
        for stem in ["V1_x", "V1", "V__x", "R__x", "B2_schema", "U1"] {
            assert!(Name::is_meant(stem), "{stem}");
        }
        for stem in [
            "V", "Views", "Roles", "R_x", "Base", "Users", "v1__x", "1__x",
        ] {
            assert!(!Name::is_meant(stem), "{stem}");
        }
    }
}
