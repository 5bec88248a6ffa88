use proptest::prelude::*;

use super::*;

/// What the real libpq (15, `PQconninfoParse`) made of each string: the string, then its keywords and values, or
/// `error`. A tab stands between the fields.
const LIBPQ: &str = include_str!("../../../../tests/data/conninfo/libpq.tsv");

#[test]
fn strings_are_read_as_libpq_reads_them() {
    let mut seen = 0;
    for line in LIBPQ.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t').map(|field| field.replace("\\n", "\n"));
        let text = fields.next().unwrap();
        let expected: Vec<String> = fields.collect();
        let found = match parse(&text) {
            Err(_) => vec!["error".to_owned()],
            Ok(parameters) => parameters
                .iter()
                .map(|(keyword, value)| format!("{keyword}={value}"))
                .collect(),
        };
        assert_eq!(found, expected, "{text}");
        seen += 1;
    }
    assert!(seen > 80, "only {seen} samples");
}

#[test]
fn no_error_quotes_a_password() {
    for text in [
        "postgres://u:hunter2/x@h/db",
        "postgres://u:hunter2?x@h/db",
        "postgres://u:hunter2%@h/db",
        "postgres://u:5%hunter2@h/db",
        "postgres://u:[hunter2@h:x/db",
        "postgres://u:a/hunter2?b@h/db",
        "postgres://u:a@hunter2@h/db",
        "postgres://h/db?password=hunter2=3",
        "postgres://h/db?password=hunter2%",
        "postgres://h/db?password=a&hunter2",
        "password=correct hunter2 staple host=x",
        "password=correct hunter2=3",
        "password='hunter2",
        "host=x password='a' hunter2",
    ] {
        let environment = super::super::Environment::empty().with_user("me");
        let message = super::super::ConnInfo::resolve(text, &environment)
            .map_err(|error| format!("{error} {error:?}"));
        match message {
            Err(message) => assert!(!message.contains("hunter2"), "{text}: {message}"),
            Ok(info) => assert!(!format!("{info:?}").contains("hunter2"), "{text}: {info:?}"),
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&format!("postgres://{text}"));
    }

    #[test]
    fn no_text_of_special_characters_makes_it_panic(text in "[a:@/?#%&=,'\\\\\\[\\] 0-9]{0,40}") {
        let _ = parse(&text);
        let _ = parse(&format!("postgresql://{text}"));
    }

    #[test]
    fn a_quoted_value_comes_back(value in "[^\0]{0,30}") {
        let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
        let parameters = parse(&format!("password='{quoted}' user=x")).unwrap();
        prop_assert_eq!(parameters.get("password").unwrap_or_default(), value.as_str());
        prop_assert_eq!(parameters.get("user"), Some("x"));
    }
}
