//! Options of `pg_prove` that are none of pgassay's, each with what to say instead. `docs/from-pg_prove.md` tells the same
//! at more length; a test holds both together.

/// Options that mean one thing.
pub(super) struct ForeignOption {
    /// Its spellings.
    pub(super) spellings: &'static [&'static str],
    /// What pgassay has in its place.
    pub(super) equal: Option<&'static str>,
    /// What to do, or how to say it; empty where the equal says all.
    pub(super) answer: &'static str,
}

const fn equal(
    spellings: &'static [&'static str],
    equal: &'static str,
    answer: &'static str,
) -> ForeignOption {
    ForeignOption {
        spellings,
        equal: Some(equal),
        answer,
    }
}

const fn none(spellings: &'static [&'static str], answer: &'static str) -> ForeignOption {
    ForeignOption {
        spellings,
        equal: None,
        answer,
    }
}

/// All of them, in the document's order.
pub(super) const FOREIGN: [ForeignOption; 34] = [
    none(
        &["-b", "--psql-bin"],
        "no psql is started, scripts are run by pgassay itself; leave it out",
    ),
    equal(
        &["-d", "--dbname"],
        "--url",
        "--url \"dbname=…\" is for a server of yours; a throwaway one needs none",
    ),
    equal(
        &["-U", "--username"],
        "--url",
        "--url \"user=…\" is for a server of yours; as whom tests run is --owner",
    ),
    equal(
        &["--host"],
        "--url",
        "--url \"host=…\" is for a server of yours; a throwaway one needs none",
    ),
    equal(
        &["-p", "--port"],
        "--url",
        "--url \"port=…\" is for a server of yours; a throwaway one needs none",
    ),
    equal(&["-R"], "--runtests", ""),
    equal(&["-s", "--schema"], "--runtests", "--runtests SCHEMA"),
    equal(&["-x"], "--match", ""),
    none(
        &["-r", "--recurse"],
        "directories are always searched whole; leave it out",
    ),
    none(
        &["--ignore-exit"],
        "a file that an error stopped is broken; --set ON_ERROR_STOP=0 lets files go on after errors",
    ),
    none(
        &["--trap"],
        "an interrupted run always ends with the summary; leave it out",
    ),
    none(
        &["--harness"],
        "there are no plugins in Perl; --format and --junit are the forms of reports",
    ),
    equal(
        &["--rc"],
        "--config",
        "settings files have a form of their own, pgassay.toml",
    ),
    none(
        &["--norc"],
        "without a pgassay.toml there is nothing to leave out, and --config FILE names the file to read",
    ),
    none(
        &["-f", "--failures"],
        "failed assertions are always shown; leave it out",
    ),
    equal(&["-Q", "--QUIET"], "-q", ""),
    none(
        &["--parse"],
        "what is wrong with the TAP is always told; leave it out",
    ),
    equal(&["--normalize"], "--format", "--format tap"),
    none(
        &["--merge"],
        "what a server remarks is shown with its step, and never taken for TAP; leave it out",
    ),
    none(&["-t", "--timer"], "times are always shown; leave it out"),
    equal(&["-c"], "--color", "--color always"),
    equal(&["--nocolor"], "--color", "--color never"),
    equal(&["--formatter"], "--format", "console, json or tap"),
    none(
        &["--count", "--nocount"],
        "a progress bar counts the files on a terminal, and -q hides it; leave it out",
    ),
    equal(&["-H", "-?"], "--help", ""),
    equal(&["-m", "--man"], "pgassay man test", ""),
    equal(
        &["--rules"],
        "serial",
        "serial = [\"GLOB\", …] in pgassay.toml, or `-- pgassay: serial` in a file",
    ),
    equal(
        &["--statefile"],
        "cache.dir",
        "the state is kept in the cache directory, which pgassay.toml can name",
    ),
    equal(
        &["--colour", "--nocolour"],
        "--color",
        "--color always or --color never",
    ),
    none(
        &["--source"],
        "all test files are psql scripts; leave it out",
    ),
    none(
        &["-e", "--exec"],
        "all test files are psql scripts; leave it out",
    ),
    none(
        &["-l", "--lib", "--blib"],
        "it is for tests in Perl; leave it out",
    ),
    none(
        &["-I", "-M", "-T", "-W", "-w"],
        "it is for tests in Perl; leave it out",
    ),
    none(
        &["--tapversion"],
        "TAP of every version up to 14 is read; leave it out",
    ),
];

/// What to say to somebody who typed this option, without its value; none where pg_prove has no such option.
pub(super) fn answer(option: &str) -> Option<String> {
    let known = FOREIGN
        .iter()
        .find(|known| known.spellings.contains(&option))?;
    let answer = known.answer;
    Some(match known.equal {
        Some(equal) if answer.is_empty() => {
            format!("`{option}` is pg_prove's; here it is `{equal}`")
        }
        Some(equal) => format!("`{option}` is pg_prove's; here it is `{equal}`: {answer}"),
        None => format!("`{option}` is pg_prove's: {answer}"),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const DOCUMENT: &str = include_str!("../../docs/from-pg_prove.md");

    /// What stands in backquotes.
    fn quoted(cell: &str) -> Vec<&str> {
        cell.split('`').skip(1).step_by(2).collect()
    }

    /// Whether `pgassay` or `pgassay test` takes an option.
    fn is_ours(option: &str) -> bool {
        let mut definition = super::super::definition();
        definition.build();
        let test = definition.find_subcommand("test").unwrap();
        let mut all = test.get_arguments().chain(definition.get_arguments());
        all.any(|argument| {
            let short = argument.get_short().map(|short| format!("-{short}"));
            let longs = argument.get_long_and_visible_aliases().unwrap_or_default();
            short.as_deref() == Some(option)
                || longs.iter().any(|long| format!("--{long}") == option)
        })
    }

    #[test]
    fn every_option_of_the_document_that_is_not_ours_is_answered_as_it_says() {
        let mut told: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for line in DOCUMENT.lines().filter(|line| line.starts_with("| `-")) {
            let cells: Vec<&str> = line.split('|').collect();
            for option in quoted(cells[1]) {
                told.insert(option, quoted(cells[2]));
            }
        }
        assert!(told.len() > 60, "{told:?}");
        let mut answered: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for known in &FOREIGN {
            for option in known.spellings {
                assert!(answered.insert(option, known.equal).is_none(), "{option}");
            }
        }
        for (option, equals) in &told {
            match answered.remove(option) {
                _ if is_ours(option) => assert!(answer(option).is_none(), "{option}"),
                Some(Some(equal)) => assert!(equals.contains(&equal), "{option}: {equals:?}"),
                Some(None) => assert!(equals.is_empty(), "{option}: {equals:?}"),
                None => panic!("{option} is in the document and is not answered"),
            }
        }
        assert!(answered.is_empty(), "not in the document: {answered:?}");
    }
}
