use crate::cases::{CASES, NOTHING};
use crate::ground::{Ground, Role, row_of};

#[test]
fn the_row_is_found_with_its_table_key_column_and_value() {
    let Some(ground) = Ground::new() else { return };
    let mut wrong = Vec::new();
    for role in [Role::Superuser, Role::Owner] {
        let mut session = ground.session(role);
        for (before, statement, expected) in CASES {
            let (error, found) = row_of(&mut session, before, statement);
            let lines = found.map_or_else(Vec::new, |row| row.lines());
            if lines.join("\n") != *expected {
                wrong.push(format!(
                    "{role:?}: {statement}\n{error:?}\nexpected:\n{expected}\nfound:\n{}\n",
                    lines.join("\n")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(CASES.len() >= 40, "{}", CASES.len());
}

#[test]
fn nothing_is_found_for_what_rows_are_not_to_blame_for() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.session(Role::Owner);
    for (before, statement) in NOTHING {
        let (error, found) = row_of(&mut session, before, statement);
        assert_eq!(found, None, "{statement}: {error:?}");
    }
}
