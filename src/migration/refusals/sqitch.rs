use super::told;

#[test]
fn sqitch_plans_are_refused_as_sqitch_refuses_them() {
    let plan = |lines: &str| format!("%syntax-version=1.0.0\n%project=shop\n\n{lines}\n");
    let lines = [
        ("a name", "x- 2024-01-01T00:00:00Z A <a@b.c>"),
        (
            "a name that means something else",
            "HEAD 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        ("no time", "users A <a@b.c>"),
        ("no planner", "users 2024-01-01T00:00:00Z"),
        ("nothing behind the name", "users"),
        ("no script", "users 2024-01-01T00:00:00Z A <a@b.c>"),
        ("a tag of nothing", "@v1 2024-01-01T00:00:00Z A <a@b.c>"),
        (
            "a tag twice",
            "a 2024-01-01T00:00:00Z A <a@b.c>\n@v1 2024-01-01T00:00:00Z A <a@b.c>\n@v1 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "a tag that requires",
            "a 2024-01-01T00:00:00Z A <a@b.c>\n@v1 [a] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "a tag with a slash",
            "a 2024-01-01T00:00:00Z A <a@b.c>\n@v/x 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "reworked without a tag",
            "a 2024-01-01T00:00:00Z A <a@b.c>\na [a] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        ("requires itself", "a [a] 2024-01-01T00:00:00Z A <a@b.c>"),
        (
            "requires a later one",
            "a [b] 2024-01-01T00:00:00Z A <a@b.c>\nb 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "requires an unknown one",
            "a [b@v1] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "conflicts",
            "a 2024-01-01T00:00:00Z A <a@b.c>\nb [!a] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "conflicts with an unknown one",
            "a [!b] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        ("no dependency", "a [+] 2024-01-01T00:00:00Z A <a@b.c>"),
    ];
    let plans = lines.map(|(why, lines)| (why, plan(lines)));
    let mut text = String::new();
    for (why, plan) in &plans {
        text += &told(&[(why, &[("sqitch.plan", plan)])]);
    }
    let change = plan("a 2024-01-01T00:00:00Z A <a@b.c>");
    text += &told(&[
        (
            "no project",
            &[("sqitch.plan", "%syntax-version=1.0.0\n\n")],
        ),
        (
            "no empty line",
            &[(
                "sqitch.plan",
                "%project=shop\na 2024-01-01T00:00:00Z A <a@b.c>\n",
            )],
        ),
        (
            "another engine",
            &[
                ("sqitch.conf", "[core]\n\tengine = mysql\n"),
                ("sqitch.plan", &change),
                ("x.sql", ""),
            ],
        ),
        (
            "no setting",
            &[
                ("sqitch.conf", "engine = pg\n"),
                ("sqitch.plan", &change),
                ("x.sql", ""),
            ],
        ),
    ]);
    insta::assert_snapshot!(text);
}
