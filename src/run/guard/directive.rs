//! Directives that came from a description. pgTAP escapes no `#`, so that `ok(true, 'bug # SKIP it')` prints what its
//! own `skip()` would. They are told apart by what pgTAP's functions cannot print: `skip()` gives no description, and
//! behind a true `# TODO` stands the reason of `todo()`, not the end of a description.

use crate::tap::{Assertion, Directive, Report};

/// The number of pgTAP's last assertion; NULL where pgTAP counts none. pgTAP's sequence is in no other session's reach.
pub(super) const LAST_NUMBER: &str = "SELECT pg_catalog.pg_sequence_last_value(
    pg_catalog.to_regclass('pg_temp.__tresults___numb_seq'))";

/// The passing assertions whose directive comes from their description, if pgTAP printed them.
pub(super) fn suspects(report: &Report, strings: &[String]) -> Vec<Assertion> {
    let is_suspect = |assertion: &&Assertion| {
        assertion.ok
            && match &assertion.directive {
                Some(Directive::Skip(_)) => {
                    !assertion.description.is_empty() || ends_with_one(assertion, strings)
                }
                Some(Directive::Todo(_)) => ends_with_one(assertion, strings),
                None => false,
            }
    };
    report
        .assertions
        .iter()
        .filter(is_suspect)
        .cloned()
        .collect()
}

/// Whether one of these strings is the end of the assertion's line, directive and all.
fn ends_with_one(assertion: &Assertion, strings: &[String]) -> bool {
    let mut marked = strings.iter().filter(|string| string.contains('#'));
    marked.any(|string| {
        let line = crate::tap::parse(format!("ok 1 - {string}").as_bytes());
        line.assertions.first().is_some_and(|told| {
            told.directive == assertion.directive
                && assertion.description.ends_with(&told.description)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_suspect(line: &str, string: &str) -> bool {
        let report = crate::tap::parse(line.as_bytes());
        !suspects(&report, &[string.to_owned()]).is_empty()
    }

    #[test]
    fn what_pgtaps_own_functions_print_is_no_suspect() {
        for (line, string) in [
            ("ok 3 # SKIP why", "why"),
            ("ok 3 # SKIP why # SKIP why", "why # SKIP why"),
            ("ok 3 - a # TODO why", "why"),
            ("ok 3 - a # TODO why", "a"),
            ("ok 3 - a # TODO b # TODO why", "a # TODO b"),
            ("ok 3 - bug #7", "bug #7"),
            ("not ok 3 - a # SKIP b", "a # SKIP b"),
        ] {
            assert!(!is_suspect(line, string), "{line}");
        }
    }

    #[test]
    fn a_directive_at_the_end_of_a_description_is_one() {
        for (line, string) in [
            ("ok 3 - a # SKIP b", ""),
            ("ok 3 - # SKIP b", "# SKIP b"),
            ("ok 3 - a # TODO b", "a # TODO b"),
            ("ok 3 - a # todo b", "a # todo b"),
            ("ok 3 - x: a # TODO b", "a # TODO b"),
        ] {
            assert!(is_suspect(line, string), "{line}");
        }
    }
}
