//! Rules of the language, case by case.

use std::collections::BTreeMap;

use super::*;

/// Variables from pairs.
pub(super) fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// All fragments of a text, and the text that is left at its end where there is any; commands are dropped
/// with their lines.
pub(super) fn fragments(
    text: &str,
    variables: &dyn Variables,
) -> Result<Vec<Fragment>, ScriptError> {
    let mut scanner = Scanner::new("t.sql".into(), text);
    let mut fragments = Vec::new();
    loop {
        match scanner.next(variables, true)? {
            Scan::Statement(fragment) => fragments.push(fragment),
            Scan::Command(_) => scanner.abandon_command(),
            Scan::End(fragment) => {
                if !fragment.text().is_empty() {
                    fragments.push(fragment);
                }
                return Ok(fragments);
            }
        }
    }
}

/// The texts of all fragments of a text.
pub(super) fn texts(text: &str) -> Vec<String> {
    fragments(text, &())
        .into_iter()
        .flatten()
        .map(Fragment::into_text)
        .collect()
}

/// The arguments of the one command in a line.
fn arguments(
    line: &str,
    kind: ArgumentKind,
    variables: &dyn Variables,
) -> Result<Vec<(String, bool)>, ScriptError> {
    let mut scanner = Scanner::new("t.sql".into(), line);
    let scan = scanner.next(variables, true)?;
    assert!(
        matches!(scan, Scan::Command(_)),
        "{line:?} begins with {scan:?}"
    );
    let mut arguments = Vec::new();
    while let Some(argument) = scanner.argument(kind, variables)? {
        arguments.push((argument.text, argument.quoted));
    }
    Ok(arguments)
}

#[test]
fn statements_end_at_semicolons_outside_quotes_and_parentheses() {
    let cases: [(&str, &[&str]); 24] = [
        ("", &[]),
        (" \n\t", &[]),
        (";", &[";"]),
        ("a;b", &["a;", "b"]),
        ("a;;b;", &["a;", ";", "b;"]),
        ("'a;'';b';c", &["'a;'';b';", "c"]),
        (r"'\';'\\';", &[r"'\';", r"'\\';"]),
        (r"E'\';';e'\\';", &[r"E'\';';", r"e'\\';"]),
        (r"xE'\';", &[r"xE'\';"]),
        (r"U&'\';", &[r"U&'\';"]),
        (r"xu&'\';", &[r"xu&'\';"]),
        ("\"a;\"\"\";b", &["\"a;\"\"\";", "b"]),
        ("$$;$$;$a$;$$;$a$;", &["$$;$$;", "$a$;$$;$a$;"]),
        ("$1$;$1$;", &["$1$;", "$1$;"]),
        ("a$$;$$;", &["a$$;", "$$;"]),
        ("$a;$a$;$a$;", &["$a;", "$a$;$a$;"]),
        ("$a$x$b$a$;", &["$a$x$b$a$;"]),
        ("/*;/*;*/;*/a;", &["/*;/*;*/;*/a;"]),
        ("/**/;/***/;/*/;*/;", &["/**/;", "/***/;", "/*/;*/;"]),
        ("--;\na;--;\nb", &["a;", "b"]),
        ("a--;\n;", &["a--;\n;"]),
        ("(;(;);););", &["(;(;););", ");"]),
        (");", &[");"]),
        ("a\\;b;\\:c;", &["a;b;", ":c;"]),
    ];
    for (text, expected) in cases {
        assert_eq!(texts(text), expected, "{text:?}");
    }
}

#[test]
fn a_function_body_ends_with_the_end_of_its_begin() {
    let whole = [
        "create function f() begin;end;",
        "create or replace procedure f() begin;case;end;end;",
        "CREATE FUNCTION f() BEGIN;BEGIN;END;END;",
        "create function f(begin) ;",
        "create function f() returns int as 'begin;';",
    ];
    for text in whole {
        assert_eq!(texts(text), [text], "{text:?}");
    }
    for text in [
        "begin;end;",
        "create table begin;x;",
        "create or function begin;x;",
        "create view function begin;x;",
    ] {
        assert_eq!(texts(text).len(), 2, "{text:?}");
    }
    // A forced semicolon begins a new statement as far as bodies go.
    assert_eq!(texts("select \\;create function f() begin;end;").len(), 1);
    assert_eq!(texts("create\\;function f() begin;end;").len(), 2);
}

/// A line, how its arguments are asked for, and what they are.
type Case<'a> = (&'a str, ArgumentKind, &'a [(&'a str, bool)]);

#[test]
fn arguments_are_read_as_psql_reads_them() -> Result<(), ScriptError> {
    use ArgumentKind::{ConnectionIdentifier, FilePipe, NoEvaluation, Normal, WholeLine};
    let variables = variables(&[("v", "a 'b"), ("empty", ""), ("p", "|x")]);
    let cases: [Case<'_>; 22] = [
        ("\\x", Normal, &[]),
        ("\\x  a\tb\r\n", Normal, &[("a", false), ("b", false)]),
        ("\\x a\\echo b", Normal, &[("a", false)]),
        ("\\x 'a''b\\'c' ''", Normal, &[("a'b'c", true), ("", true)]),
        ("\\x '\\1018\\x4a4\\xg\\n'", Normal, &[("A8J4xg\n", true)]),
        ("\\x a'b'\"c\"d", Normal, &[("ab\"c\"d", true)]),
        ("\\x \"a \\ b\"", Normal, &[("\"a \\ b\"", true)]),
        (
            "\\x :v :'v' :\"v\" a:v",
            Normal,
            &[
                ("a 'b", true),
                ("'a ''b'", true),
                ("\"a 'b\"", true),
                ("aa 'b", true),
            ],
        ),
        ("\\x :empty :no :'no' :\"no :", Normal, &[]),
        ("\\x :empty", Normal, &[("", true)]),
        (
            "\\x :{?v} :{?no} :{? :: a:",
            Normal,
            &[
                ("TRUE", false),
                ("FALSE", false),
                (":{?", false),
                ("::", false),
                ("a:", false),
            ],
        ),
        ("\\x ':v' ;", Normal, &[(":v", true), (";", false)]),
        (
            "\\x :v :'v' `a` :{?v}",
            NoEvaluation,
            &[(":v", true), (":'v'", true), ("a", true), ("FALSE", false)],
        ),
        ("\\x |a 'b \\ c", FilePipe, &[("|a 'b \\ c", false)]),
        ("\\x a| |b", FilePipe, &[("a|", false), ("|b", false)]),
        ("\\x '|a' :p", FilePipe, &[("|a", true), ("|x", true)]),
        ("\\x |a", Normal, &[("|a", false)]),
        ("\\x  a 'b \\ :v \r\n", WholeLine, &[("a 'b \\ :v ", false)]),
        ("\\x  \n", WholeLine, &[]),
        (
            "\\x AbC\"DeF\"\"\"GhI",
            ConnectionIdentifier,
            &[("AbCDeF\"GhI", true)],
        ),
        (
            "\\x A.\"B\".C É",
            ConnectionIdentifier,
            &[("A.B.C", true), ("É", false)],
        ),
        (
            "\\x AbC\"DeF\" \"\"",
            ConnectionIdentifier,
            &[("AbCDeF", true), ("", true)],
        ),
    ];
    for (line, kind, expected) in cases {
        let found = match arguments(line, kind, &variables) {
            // Only the case with an open quote.
            Err(ScriptError::UnterminatedArgument { quote: '"', .. }) if expected.is_empty() => {
                continue;
            }
            found => found?,
        };
        let found: Vec<(&str, bool)> = found
            .iter()
            .map(|(text, quoted)| (text.as_str(), *quoted))
            .collect();
        assert_eq!(found, expected, "{line:?}");
    }
    Ok(())
}

#[test]
fn unquoted_semicolons_are_stripped_where_a_command_wants_it() -> Result<(), ScriptError> {
    let cases = [
        ("\\i a;;", Some("a")),
        ("\\i 'a;'", Some("a;")),
        ("\\i 'a;';", Some("a;")),
        ("\\i a;b;", Some("a;b")),
        ("\\i ;", None),
        ("\\i '';", Some("")),
    ];
    for (line, expected) in cases {
        let mut scanner = Scanner::new("t.sql".into(), line);
        scanner.next(&(), true)?;
        let argument = scanner.argument_without_semicolons(ArgumentKind::Normal, &())?;
        assert_eq!(
            argument.map(|argument| argument.text).as_deref(),
            expected,
            "{line:?}"
        );
    }
    Ok(())
}

#[test]
fn an_error_in_an_argument_names_its_place() {
    let lines = [
        "\\x a 'b",
        "\\x \"a",
        "\\x `a",
        "\\x `a`",
        "\\x '\\377'",
        "\\x '\\0'",
    ];
    let errors: Vec<String> = lines
        .into_iter()
        .filter_map(|line| arguments(line, ArgumentKind::Normal, &()).err())
        .map(|error| error.location().to_string())
        .collect();
    assert_eq!(errors.len(), lines.len());
    assert!(errors.iter().all(|error| error == "t.sql:1"), "{errors:?}");
}

#[test]
fn a_statement_and_its_characters_know_their_places() -> Result<(), ScriptError> {
    let values = variables(&[("v", "é, é\n, é")]);
    let text = "-- c\n /* d */ SELECT é,\n\n :v, 'x'\\;\n  oops\n\\echo\n;";
    let fragments = fragments(text, &values)?;
    assert_eq!(
        fragments[0].text(),
        "/* d */ SELECT é,\n é, é\n, é, 'x';\n  oops\n;"
    );
    assert_eq!(fragments[0].location(), Location::new("t.sql", 2, 10));
    let place = |part: &str| {
        let at = fragments[0].text().find(part).unwrap_or_default();
        let character = fragments[0].text()[..at].chars().count() + 1;
        let location = fragments[0].locate(u32::try_from(character).unwrap_or_default());
        (location.line(), location.column())
    };
    assert_eq!(place("/*"), (2, 2));
    assert_eq!(place(",\n"), (2, 18));
    assert_eq!(place("é, é\n"), (4, 2), "the reference");
    assert_eq!(place(", é,"), (4, 2), "still the reference");
    assert_eq!(place(", 'x'"), (4, 4));
    assert_eq!(
        place(";\n  oops"),
        (4, 10),
        "the semicolon behind its backslash"
    );
    assert_eq!(place("oops"), (5, 3));
    assert_eq!(place("\n;"), (7, 1), "the command's line is not part of it");
    assert_eq!(fragments[0].locate(0), Location::new("t.sql", 2, 2));
    assert_eq!(fragments[0].locate(u32::MAX), Location::new("t.sql", 7, 2));
    assert_eq!(fragments[0].source_line(5), Some("  oops"));
    assert_eq!(fragments[0].source_line(1), Some("-- c"));
    assert_eq!(fragments[0].source_line(0), None);
    assert_eq!(fragments[0].source_line(8), None);
    Ok(())
}

#[test]
fn a_blank_fragment_holds_no_token() -> Result<(), ScriptError> {
    for (text, blank) in [
        ("/* a */ -- b\n", true),
        ("/* a */;", false),
        ("/* a", false),
        ("'", false),
    ] {
        let fragments = fragments(text, &())?;
        assert_eq!(
            fragments.iter().map(Fragment::is_blank).collect::<Vec<_>>(),
            [blank],
            "{text:?}"
        );
    }
    Ok(())
}

#[test]
fn variables_that_multiply_are_an_error_and_not_the_end_of_memory() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    for (last, form) in [("", "x"), ("y", "x"), ("y", "'x'")] {
        let mut values = BTreeMap::new();
        for pair in names.windows(2) {
            values.insert(pair[0].to_owned(), format!(":{} ", pair[1]).repeat(10));
        }
        values.insert("l".to_owned(), format!(":{form}"));
        values.insert("x".to_owned(), last.to_owned());
        let outcome = fragments("SELECT :a;", &values);
        assert!(
            matches!(outcome, Err(ScriptError::Expansion { .. })),
            "{last:?} {form:?}"
        );
    }
    let chain: BTreeMap<String, String> = (0..1000)
        .map(|n| (format!("v{n}"), format!(":v{}", n + 1)))
        .collect();
    assert!(matches!(
        fragments("SELECT :v0;", &chain),
        Err(ScriptError::Expansion { .. })
    ));
    // After the error the script can be read on.
    let mut scanner = Scanner::new("t.sql".into(), "SELECT :v0;");
    assert!(scanner.next(&chain, true).is_err());
    assert!(matches!(scanner.next(&chain, true), Ok(Scan::Statement(_))));
}

#[test]
fn an_inactive_branch_gathers_text_that_is_dropped_at_its_end() -> Result<(), ScriptError> {
    let mut scanner = Scanner::new("t.sql".into(), "SELECT (1 \\if\n:v; (; \\endif\n);");
    let values = variables(&[("v", "x;")]);
    assert!(matches!(scanner.next(&values, true)?, Scan::Command(_)));
    let mark = scanner.mark();
    scanner.set_active(false);
    scanner.finish_command();
    assert!(matches!(scanner.next(&values, true)?, Scan::Command(_)));
    assert_eq!(scanner.buffer().text(), "SELECT (1 \n:v; (; ");
    scanner.restore(&mark);
    scanner.set_active(true);
    scanner.finish_command();
    let Scan::Statement(fragment) = scanner.next(&values, true)? else {
        panic!("a statement is at the end");
    };
    assert_eq!(fragment.text(), "SELECT (1 \n);");
    Ok(())
}

#[test]
fn values_are_quoted_as_libpq_does() {
    for (value, literal, identifier) in [
        ("", "''", "\"\""),
        ("a'b", "'a''b'", "\"a'b\""),
        ("a\\'b", " E'a\\\\''b'", "\"a\\'b\""),
        ("a\"b", "'a\"b'", "\"a\"\"b\""),
    ] {
        assert_eq!(quote_literal(value), literal);
        assert_eq!(quote_identifier(value), identifier);
    }
}

#[test]
fn a_header_ends_at_the_first_line_that_is_no_comment() {
    let (found, problems) = header(
        "t.sql",
        "\n-- pgassay: timeout 500ms\r\n/* */\n-- pgassay: serial\n",
    );
    assert_eq!(
        found.timeout,
        Some(Some(std::time::Duration::from_millis(500)))
    );
    assert!(!found.serial);
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn a_headers_durations_have_units() {
    let timeout = |value: &str| {
        header("t.sql", &format!("-- pgassay: timeout {value}"))
            .0
            .timeout
    };
    let seconds = |seconds| Some(Some(std::time::Duration::from_secs(seconds)));
    assert_eq!(timeout("5s"), seconds(5));
    assert_eq!(timeout("2 m"), seconds(120));
    assert_eq!(timeout("1h"), seconds(3600));
    assert_eq!(timeout("0"), Some(None));
    for wrong in [
        "",
        "5",
        "s",
        "-5s",
        "1.5s",
        "5w",
        "99999999999999999999s",
        "9999999999999999h",
    ] {
        assert_eq!(timeout(wrong), None, "{wrong:?}");
    }
}

#[test]
fn a_mark_of_an_earlier_statement_may_lie_within_a_character_of_the_next() -> Result<(), ScriptError>
{
    let mut scanner = Scanner::new("t.sql".into(), "SELECT 'a'\\m\n;\nSELECT'ééé' \\r");
    assert!(matches!(scanner.next(&(), true)?, Scan::Command(_)));
    let mark = scanner.mark();
    scanner.finish_command();
    assert!(matches!(scanner.next(&(), true)?, Scan::Statement(_)));
    assert!(matches!(scanner.next(&(), true)?, Scan::Command(_)));
    scanner.restore(&mark);
    assert_eq!(scanner.buffer().text(), "SELECT'é");
    Ok(())
}

#[test]
fn a_header_comment_below_the_top_is_told_to_have_no_effect() {
    let text = "-- pgassay: serial\nBEGIN;\n  -- pgassay: role app\n-- pgassay: see the manual\n";
    let (header, problems) = header("t.sql", text);
    assert!(header.serial);
    assert_eq!(header.role, None);
    let places: Vec<_> = problems
        .iter()
        .map(|problem| problem.location.clone())
        .collect();
    assert_eq!(places, [Location::new("t.sql", 3, 3)]);
    assert!(problems[0].text.contains("`role app`"), "{problems:?}");
}
