//! Files that are not whole, or not what they were.

use std::fs;

use crate::rows::assert_same;
use crate::site::{As, Site};

#[test]
fn a_file_that_is_cut_short_or_changed_is_refused_before_anything_is_written() {
    let Some(site) = Site::new(&[(
        "V1__t.sql",
        "CREATE TABLE t (id int PRIMARY KEY, text text); CREATE SEQUENCE s;",
    )]) else {
        return;
    };
    site.migrated("one", As::Superuser);
    site.execute(
        "one",
        "INSERT INTO t SELECT i, 'text ' || i FROM generate_series(1, 20) i",
    );
    let whole = site.save("one", As::Superuser, "whole.snapshot");
    site.execute("one", "DELETE FROM t WHERE id > 3; SELECT nextval('s')");
    let was = site.state("one");
    let wal = "SELECT pg_current_xact_id()::text::bigint";
    let refused = |bytes: &[u8], words: &[&str]| {
        fs::write(site.path("bad.snapshot"), bytes).unwrap();
        let said = site.refusal("one", As::Superuser, "bad.snapshot");
        assert!(said.contains("bad.snapshot"), "{said}");
        assert!(words.iter().any(|word| said.contains(word)), "{said}");
    };
    let before: i64 = site.value("one", wal).parse().unwrap();
    let mut tries = 0;
    for length in (0..whole.len()).step_by(whole.len() / 8) {
        refused(&whole[..length], &["cut short", "no snapshot"]);
        tries += 1;
    }
    for at in (0..whole.len()).step_by(whole.len() / 16) {
        let mut changed = whole.clone();
        changed[at] ^= 0x20;
        refused(
            &changed,
            &[
                "damaged",
                "changed",
                "cut short",
                "no snapshot",
                "cannot be read",
            ],
        );
        tries += 1;
    }
    refused(&[&whole[..], b"\n"].concat(), &["cut short"]);
    refused(b"SELECT 1;\n", &["no snapshot"]);
    refused(
        &zstd::encode_all(&b"SELECT 1;\n"[..], 3).unwrap(),
        &["no snapshot"],
    );
    assert!(tries > 20);
    assert_same(&was, &site.state("one"));
    // Not even a transaction was begun that had something to write.
    let after: i64 = site.value("one", wal).parse().unwrap();
    assert_eq!(after, before + 1);
    site.load("one", As::Superuser, "whole.snapshot");
    assert_eq!(site.value("one", "SELECT count(*) FROM t"), "20");
}
