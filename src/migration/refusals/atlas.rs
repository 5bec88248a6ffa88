use sha2::{Digest, Sha256};

use super::{load, told};

#[test]
fn migrations_of_atlas_are_refused_when_their_hashes_are_others() {
    // The hashes of `1_a.sql` with `SELECT 1;` and `2_b.sql` with `SELECT 2;`.
    let sum = "h1:ad74YAUCT5RWGHl5Dg5wjHgCPjzqwO3llrbcHugNNew=\n1_a.sql h1:KM4OGmi0DEXiHMqoAbfLYUDaQelcRs/ZJLaef6tji4g=\n2_b.sql h1:UMldVhhCHOPF3GttvpTnGvcp5tZZpU8g9NA5zw0HSIQ=\n";
    let (first, second) = (("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"));
    load(&[first, second, ("atlas.sum", sum)], ".").unwrap();
    let other_total = sum.replacen("h1:", "h1:x", 1);
    let no_hash = sum.replace("2_b.sql h1:", "2_b.sql ");
    let mode = |mode: &str| format!("-- atlas:txmode {mode}\n\nSELECT 1;");
    let (all, twice) = (mode("all"), mode("none\n-- atlas:txmode none"));
    let checks =
        "-- atlas:txtar\n\n-- checks.sql --\nSELECT true;\n-- migration.sql --\nSELECT 1;\n";
    let mut text = told(&[
        (
            "no hashes",
            &[("1_a.sql", "-- atlas:txmode none\n\nSELECT 1;")],
        ),
        (
            "a changed file",
            &[first, ("2_b.sql", "SELECT 3;"), ("atlas.sum", sum)],
        ),
        ("a file that is gone", &[first, ("atlas.sum", sum)]),
        (
            "a file behind",
            &[first, second, ("3_c.sql", ""), ("atlas.sum", sum)],
        ),
        (
            "a file between",
            &[first, second, ("1_b.sql", ""), ("atlas.sum", sum)],
        ),
        (
            "another sum of all",
            &[first, second, ("atlas.sum", &other_total)],
        ),
        ("no hash", &[first, second, ("atlas.sum", &no_hash)]),
        (
            "another tool's files",
            &[("1_a.up.sql", ""), ("1_a.down.sql", ""), ("atlas.sum", sum)],
        ),
    ]);
    let hashed = |name: &str, body: &str| {
        use base64::Engine as _;
        let encode = |hash: Sha256| base64::prelude::BASE64_STANDARD.encode(hash.finalize());
        let hash = encode(Sha256::new().chain_update(name).chain_update(body));
        let total = encode(Sha256::new().chain_update(name).chain_update(&hash));
        format!("h1:{total}\n{name} h1:{hash}\n")
    };
    for (why, body) in [
        ("a mode that no file can say", all.as_str()),
        ("two modes", twice.as_str()),
        ("checks", checks),
        ("an archive of nothing", "-- atlas:txtar\n\nSELECT 1;\n"),
    ] {
        let sum = hashed("1_a.sql", body);
        text += &told(&[(why, &[("1_a.sql", body), ("atlas.sum", &sum)])]);
    }
    insta::assert_snapshot!(text);
}
