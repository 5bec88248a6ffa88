use pgassay::snapshot::mask::{Fake, Rule};

use crate::project::Project;

const FILE: &str = r#"
[snapshot.mask]
"*.*.email" = "fake.email"
"app.users.note" = { fixed = "-" }

[snapshot.filter]
"app.users" = "id < 100"

[profile.nightly.snapshot.mask]
"app.users.note" = "null"

[profile.nightly.snapshot.filter]
"app.orders" = "true"
"#;

#[test]
fn rules_and_filters_are_joined_column_by_column_and_table_by_table() {
    let project = Project::full().toml(FILE);
    let told = |line: &str| {
        let settings = project.settings(line).snapshot;
        let mut rules: Vec<(String, Rule, String)> = settings
            .mask
            .into_iter()
            .map(|it| (it.columns.to_string(), it.rule, it.said_at))
            .collect();
        rules.sort_by(|one, two| one.0.cmp(&two.0));
        let filters = settings.filter.into_iter();
        let mut filters: Vec<String> = filters
            .map(|it| format!("{}: {} {}", it.said_at, it.table, it.condition))
            .collect();
        filters.sort();
        (rules, filters)
    };
    let rule = |columns: &str, rule: Rule, line: u32| {
        (columns.to_owned(), rule, format!("pgassay.toml:{line}:1"))
    };
    let email = rule("*.*.email", Rule::Fake(Fake::Email), 3);
    let (rules, filters) = told("test");
    assert_eq!(
        rules,
        [
            email.clone(),
            rule("app.users.note", Rule::Fixed("-".into()), 4)
        ]
    );
    assert_eq!(filters, ["pgassay.toml:7:1: app.users id < 100"]);
    let (rules, filters) = told("test --profile nightly");
    assert_eq!(rules, [email, rule("app.users.note", Rule::Null, 10)]);
    assert_eq!(
        filters,
        [
            "pgassay.toml:13:1: app.orders true",
            "pgassay.toml:7:1: app.users id < 100"
        ]
    );
}

#[test]
fn the_key_of_masking_comes_from_the_environment_alone_and_is_not_shown() {
    let project = Project::full();
    assert!(project.settings("test").snapshot.mask_key.is_none());
    let project = project.variable("PGASSAY_MASK_KEY", "a key that nobody is shown");
    let settings = project.settings("test");
    assert_eq!(settings.remarks, Vec::<String>::new());
    let key = settings.snapshot.mask_key.as_ref().unwrap();
    assert_eq!(key.expose(), "a key that nobody is shown");
    assert!(!format!("{settings:?}").contains("nobody is shown"));
    let refused = Project::full()
        .toml("[snapshot]\nmask_key = \"a key that nobody is shown\"\n")
        .refusal("test");
    assert!(
        refused.contains("unknown key `snapshot.mask_key`"),
        "{refused}"
    );
}
