//! Outcomes of a project's test files: one of each kind that a run can meet. The diagnostics are what pgTAP 1.3.5
//! prints.

use std::sync::Arc;
use std::time::Duration;

use pgassay::event::{
    Event, FileOutcome, Loss, ReasonKind, RunStart, Stage, Stop, Summary, TableChange, Trial, Unit,
    Verdict, WarningKind,
};
use pgassay::script::Location;
use pgassay::tap::{BailOut, Plan, ProblemKind};

use crate::builder::{File, message};

pub(crate) fn passed() -> FileOutcome {
    File::new("sql-tests/policy/tables.sql")
        .step(3, "SELECT has_table('policies');", |tap| {
            tap.ok("Table policies should exist");
        })
        .step(4, "SELECT columns_are('policies', ARRAY['id', 'holder']);", |tap| {
            tap.ok("Table policies should have the correct columns");
        })
        .plan(2)
        .notice(2, "NOTICE", "extension \"pgtap\" already exists, skipping")
        .output("1..2\nok 1 - Table policies should exist\nok 2 - Table policies should have the correct columns\n")
        .verdict(Verdict::Passed)
}

pub(crate) fn short_values() -> FileOutcome {
    File::new("sql-tests/policy/premium.sql")
        .step(8, "SELECT ok(true, 'a policy can be priced');", |tap| {
            tap.ok("a policy can be priced");
        })
        .step(
            17,
            "SELECT is(premium(1), 120.50, 'a smoker pays more');",
            |tap| {
                tap.not_ok(
                    "a smoker pays more",
                    "        have: 100.00\n        want: 120.50",
                );
            },
        )
        .step(
            21,
            "SELECT is(holder(1), 'Ada ', 'the name is kept as typed');",
            |tap| {
                tap.not_ok(
                    "the name is kept as typed",
                    "        have: Ada\n        want: Ada ",
                );
            },
        )
        .step(24, "SELECT isnt(status(1), 'open');", |tap| {
            tap.not_ok("", "        have: open\n        want: anything else");
        })
        .plan(4)
        .notice(15, "NOTICE", "premium of policy 1 computed from table 7")
        .notice(16, "WARNING", "no discount for policy 1")
        .output("1..4\nok 1 - a policy can be priced\nnot ok 2 - a smoker pays more\n# …\n")
        .verdict(Verdict::Failed)
}

pub(crate) fn long_values() -> FileOutcome {
    let have = "        have: CREATE VIEW open_policies AS\n  SELECT p.id,\n     p.holder,\n     p.since\n    FROM policies p\n   WHERE p.status = 'open'\n   ORDER BY p.id;";
    let want = "        want: CREATE VIEW open_policies AS\n  SELECT p.id,\n     p.holder,\n     p.opened_on,\n     p.closed_on\n    FROM policies p\n   WHERE p.status = 'open'\n   ORDER BY p.id;";
    File::new("sql-tests/policy/views.sql")
        .step(5, "SELECT is(", |tap| {
            tap.not_ok("the view's definition", &format!("{have}\n{want}"));
        })
        .step(12, "SELECT is(letter(7), 'Dear Ada …', 'the letter');", |tap| {
            let have = "Dear Ada, your policy number 1207 has been renewed until 2027-01-01 at a premium of 100.00.";
            let want = "Dear Ada, your policy number 1207 has been renewed until 2027-12-31 at a premium of 120.50.";
            tap.not_ok("the letter", &format!("        have: {have}\n        want: {want}"));
        })
        .step(20, "SELECT is(audit(7), NULL, 'nothing is audited');", |tap| {
            let have = "{\"at\": \"2026-01-01\", \"who\": \"ada\", \"what\": \"premium\", \"old\": 100.00, \"new\": 120.50}";
            tap.not_ok("nothing is audited", &format!("        have: {have}\n        want: NULL"));
        })
        .plan(3)
        .verdict(Verdict::Failed)
}

pub(crate) fn results_and_exceptions() -> FileOutcome {
    File::new("sql-tests/policy/queries.sql")
        .step(4, "SELECT results_eq('SELECT * FROM open_policies', $$VALUES (1, 'Ada'), (2, 'Bob')$$);", |tap| {
            let below = "    Results differ beginning at row 2:\n        have: (2,Bobby)\n        want: (2,Bob)";
            tap.not_ok("open policies", below);
        })
        .step(9, "SELECT set_eq('SELECT id FROM policies', ARRAY[1, 2]);", |tap| {
            tap.not_ok("all policies", "    Extra records:\n        (3)\n        (4)\n    Missing records:\n        (2)");
        })
        .step(13, "SELECT throws_ok('INSERT INTO policies VALUES (1)', '23505', NULL, 'ids are unique');", |tap| {
            tap.not_ok("ids are unique", "      caught: no exception\n      wanted: 23505");
        })
        .step(14, "SELECT throws_like('SELECT price(0)', '%positive%', 'prices are positive');", |tap| {
            let below = "   error message: 'division by zero'\n   doesn't match: '%positive%'";
            tap.not_ok("prices are positive", below);
        })
        .step(15, "SELECT lives_ok('SELECT price(1)', 'a price can be had');", |tap| {
            let below = "    died: 22012: division by zero\n        DETAIL:     the divisor is 0\n        CONTEXT:\n            SQL statement \"SELECT price(1)\"\n            PL/pgSQL function lives_ok(text,text) line 14 at EXECUTE";
            tap.not_ok("a price can be had", below);
        })
        .step(16, "SELECT cmp_ok(premium(1), '>', 200);", |tap| {
            tap.not_ok("", "    '100'\n        >\n    '200'");
        })
        .plan(6)
        .verdict(Verdict::Failed)
}

pub(crate) fn sql_error() -> FileOutcome {
    let mut undefined = message("ERROR", "42P01", "relation \"polices\" does not exist");
    undefined.position = Some(15);
    File::new("sql-tests/policy/typo.sql")
        .step(9, "SELECT pass('so far');", |tap| {
            tap.ok("so far");
        })
        .plan(3)
        .error(12, undefined, Some(("SELECT * FROM polices;", 15)))
        .reason(
            ReasonKind::SqlError,
            "relation \"polices\" does not exist",
            Some(12),
        )
        .reason(
            ReasonKind::Plan,
            "3 assertions were planned, but 1 ran",
            Some(9),
        )
        .problem(ProblemKind::PlanNotMet { planned: 3, ran: 1 })
        .notice(2, "NOTICE", "table \"scratch\" does not exist, skipping")
        .with(|outcome| outcome.kept = Some("psql -h /tmp/pgassay-1 -d app".to_owned()))
        .output("1..3\nok 1 - so far\n")
        .verdict(Verdict::Broken)
}

pub(crate) fn wide_sql_error() -> FileOutcome {
    let mut duplicate = message(
        "ERROR",
        "23505",
        "duplicate key value violates unique constraint \"policies_pkey\"",
    );
    duplicate.detail = Some("Key (id)=(1) already exists.".to_owned());
    duplicate.context = Some(
        "SQL statement \"INSERT INTO policies VALUES (1)\"\nPL/pgSQL function open_policy(integer) line 3 at SQL statement"
            .to_owned(),
    );
    let mut syntax = message("ERROR", "42601", "syntax error at or near \"ON\"");
    syntax.hint = Some("Look at the line above.".to_owned());
    let source = format!("\tSELECT '漢字', {}x ON y;", "a_column, ".repeat(30));
    let column = u32::try_from(source.chars().count()).unwrap() - 4;
    File::new("sql-tests/policy/错误.sql")
        .plan(1)
        .error(7, duplicate, None)
        .error(100, syntax, Some((&source, column)))
        .with(|outcome| outcome.errors[0].swallowed = true)
        .reason(
            ReasonKind::SqlError,
            "syntax error at or near \"ON\"",
            Some(100),
        )
        .warning(WarningKind::SwallowedError, "an error was let pass", 7)
        .verdict(Verdict::Broken)
}

pub(crate) fn no_plan() -> FileOutcome {
    File::new("sql-tests/policy/unplanned.sql")
        .step(3, "SELECT ok(true);", |tap| {
            tap.ok("");
        })
        .reason(ReasonKind::Plan, "no plan was printed", None)
        .problem(ProblemKind::NoPlan)
        .verdict(Verdict::Broken)
}

pub(crate) fn several_columns() -> FileOutcome {
    let line = "1|ok 1 - x|z".to_owned();
    File::new("sql-tests/policy/columns.sql")
        .unknown(&line)
        .unknown(" id | holder ")
        .unknown("tab\there")
        .with(|outcome| outcome.report.dropped_unknown = 1_200)
        .plan(1)
        .reason(
            ReasonKind::Tap,
            "a row of several columns holds an assertion: 1|ok 1 - x|z",
            Some(4),
        )
        .reason(
            ReasonKind::Plan,
            "1 assertion was planned, but none ran",
            None,
        )
        .problem(ProblemKind::SeveralColumns { line })
        .problem(ProblemKind::PlanNotMet { planned: 1, ran: 0 })
        .output("1..1\n1|ok 1 - x|z\n")
        .verdict(Verdict::Broken)
}

pub(crate) fn timeout() -> FileOutcome {
    File::new("sql-tests/jobs/slow.sql")
        .step(3, "SELECT ok(true, 'before');", |tap| {
            tap.ok("before");
        })
        .plan(2)
        .reason(ReasonKind::Timeout, "it ran longer than 60 s", Some(5))
        .with(|outcome| outcome.elapsed = Duration::from_millis(60_004))
        .verdict(Verdict::Broken)
}

pub(crate) fn connection_lost() -> FileOutcome {
    let fatal = message(
        "FATAL",
        "57P01",
        "terminating connection due to administrator command",
    );
    File::new("sql-tests/jobs/suicide.sql")
        .plan(1)
        .error(2, fatal, None)
        .reason(
            ReasonKind::ConnectionLost,
            "the server closed the connection",
            Some(2),
        )
        .verdict(Verdict::Broken)
}

pub(crate) fn todo() -> FileOutcome {
    File::new("sql-tests/policy/todo.sql")
        .step(5, "SELECT is(rebate(1), 10, 'a rebate is given');", |tap| {
            tap.todo(
                false,
                "a rebate is given",
                "not yet built",
                "        have: 0\n        want: 10",
            );
        })
        .step(9, "SELECT is(rebate(2), 0, 'no rebate is given');", |tap| {
            tap.todo(true, "no rebate is given", "not yet built", "");
        })
        .step(10, "SELECT * FROM skip('needs PostgreSQL 17', 1);", |tap| {
            tap.skip("needs PostgreSQL 17");
        })
        .plan(3)
        .warning(
            WarningKind::PassingTodo,
            "assertion 2 is TODO but passes",
            9,
        )
        .verdict(Verdict::Passed)
}

pub(crate) fn skip_all() -> FileOutcome {
    let plan = Plan {
        count: 0,
        skip_all: Some("needs PostgreSQL 17".to_owned()),
        origin: 0,
    };
    File::new("sql-tests/policy/merge.sql")
        .with(|outcome| outcome.report.plan = Some(plan))
        .reason(ReasonKind::SkipAll, "needs PostgreSQL 17", None)
        .verdict(Verdict::Skipped)
}

pub(crate) fn subtests() -> FileOutcome {
    File::new("sql-tests/xunit.sql")
        .step(2, "SELECT * FROM runtests('tests'::name);", |tap| {
            tap.subtest(true, "tests.test_open", |inner| {
                inner.ok("a policy can be opened").plan(1);
            });
            tap.subtest(false, "tests.test_close", |inner| {
                inner
                    .ok("a policy can be closed")
                    .not_ok("it can be closed once", "        have: 2\n        want: 1")
                    .subtest(false, "deeper", |deep| {
                        deep.not_ok("", "").plan(1);
                    })
                    .plan(3)
                    .comment("Looks like you failed 2 tests of 3");
            });
            tap.subtest(false, "tests.test_boom", |inner| {
                inner.comment("Test died: P0001: boom");
                inner.comment("        CONTEXT:");
                inner.comment("            PL/pgSQL function tests.test_boom() line 3 at RAISE");
            });
            tap.subtest(true, "tests.test_odd", |inner| {
                inner.not_ok("this one does not count", "").plan(1);
            });
        })
        .plan(4)
        .verdict(Verdict::Failed)
}

pub(crate) fn foreign_characters() -> FileOutcome {
    File::new("sql-tests/ünïcode\u{1b}[2J.sql")
        .step(1, "SELECT is(E'\\x1b[31m', 'red', '漢字');\u{7}", |tap| {
            tap.not_ok(
                "漢字 \u{202e}drow ]]> <b>&\"\u{0}",
                "        have: \u{1b}[31mred\u{8}\n        want: a\tb",
            );
        })
        .step(
            2,
            "SELECT fail(E'two\\nlines # not a \\\\ directive');",
            |tap| {
                tap.not_ok("two\nlines # not a \\ directive", "");
            },
        )
        .plan(2)
        .notice(1, "NOTICE", "\u{1b}]0;title\u{7}two\nlines")
        .unknown("\u{1b}[1mbold\u{1b}[0m")
        .output("\u{1b}[1mbold\u{1b}[0m ]]> \u{fffe}\r\nnext\u{0}\n")
        .verdict(Verdict::Failed)
}

pub(crate) fn very_long() -> FileOutcome {
    let lines = |word: &str| {
        (0..10_000)
            .map(|n| format!("{word} {n}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let below = format!(
        "        have: {}\n        want: {}",
        lines("row"),
        lines("line")
    );
    let records: String = (0..10_000).fold("    Extra records:".to_owned(), |text, n| {
        format!("{text}\n        ({n})")
    });
    let mut file = File::new("sql-tests/large.sql").step(2, "SELECT is(big(1), big(2));", |tap| {
        tap.not_ok("two large texts", &below)
            .not_ok("many records", &records);
    });
    for line in 0..10_000 {
        file = file.notice(1, "NOTICE", &format!("row {line}"));
    }
    file.step(
        3,
        "SELECT fail('the same ' || n) FROM generate_series(1, 9998) n;",
        |tap| {
            for number in 1..=9_998 {
                tap.not_ok(&format!("the same {}", number % 100), "");
            }
        },
    )
    .output(&"a line of output\n".repeat(10_000))
    .with(|outcome| outcome.output.dropped_bytes = 1_000)
    .plan(10_000)
    .verdict(Verdict::Failed)
}

/// One of each kind.
pub(crate) fn outcomes() -> Vec<FileOutcome> {
    vec![
        passed(),
        short_values(),
        long_values(),
        results_and_exceptions(),
        sql_error(),
        wide_sql_error(),
        no_plan(),
        several_columns(),
        timeout(),
        connection_lost(),
        todo(),
        skip_all(),
        subtests(),
        foreign_characters(),
    ]
}

/// A run of these files by two workers, told in events.
pub(crate) fn run(
    outcomes: Vec<FileOutcome>,
    seed: Option<u64>,
    stopped: Option<Stop>,
    not_run: usize,
) -> Vec<Event> {
    let mut summary = Summary {
        elapsed: Duration::from_millis(1_240),
        stopped,
        not_run,
        ..Summary::default()
    };
    let mut events = vec![
        Event::Prepared(Stage {
            what: "3 roles scripts".to_owned(),
            elapsed: Duration::from_millis(40),
        }),
        Event::Prepared(Stage {
            what: "10 migrations".to_owned(),
            elapsed: Duration::from_millis(410),
        }),
        Event::RunStarted(RunStart {
            files: outcomes.len() + not_run,
            unit: Unit::File,
            workers: 2,
            server: "PostgreSQL 15.18".to_owned(),
            pgtap: "pgTAP 1.3.5".to_owned(),
            seed,
        }),
        Event::Remark("the cache was rebuilt: roles/01_app.sql has changed".to_owned()),
    ];
    for outcome in outcomes {
        summary.add(&outcome);
        events.push(Event::FileStarted {
            file: Arc::clone(&outcome.file),
            worker: outcome.worker,
        });
        events.push(Event::FileFinished(Box::new(outcome)));
    }
    events.push(Event::RunFinished(summary));
    events
}

/// An outcome in which every field holds something.
pub(crate) fn everything() -> FileOutcome {
    let mut full = message("ERROR", "23505", "duplicate key");
    full.detail = Some("detail".to_owned());
    full.hint = Some("hint".to_owned());
    full.position = Some(1);
    full.internal_position = Some(1);
    full.internal_query = Some("SELECT 1".to_owned());
    full.context = Some("context".to_owned());
    full.schema = Some("public".to_owned());
    full.table = Some("policies".to_owned());
    full.column = Some("id".to_owned());
    full.datatype = Some("money".to_owned());
    full.constraint = Some("policies_pkey".to_owned());
    let plan = Plan {
        count: 3,
        skip_all: Some("why".to_owned()),
        origin: 0,
    };
    let mut outcome = File::new("sql-tests/everything.sql")
        .step(1, "SELECT is(1, 2);", |tap| {
            tap.not_ok("one is two", "        have: 1\n        want: 2");
            tap.todo(false, "later", "why", "");
            tap.subtest(true, "tests.inner", |inner| {
                inner.ok("inside").plan(1).comment("a remark");
            });
        })
        .error(2, full, Some(("SELECT 1;", 1)))
        .reason(ReasonKind::SqlError, "duplicate key", Some(2))
        .warning(WarningKind::Ignored, "`-- pgassay: nonsense` is unknown", 1)
        .notice(1, "NOTICE", "noticed")
        .unknown("not TAP")
        .output("1..3\n")
        .with(|outcome| {
            outcome.report.assertions[0].yaml = Some("severity: low".to_owned());
            outcome.report.bail_out = Some(BailOut {
                reason: "enough".to_owned(),
                origin: 0,
            });
            outcome.report.comments = vec![pgassay::tap::Line {
                text: "remark".to_owned(),
                origin: 0,
            }];
            outcome.report.plan = Some(plan);
            outcome.kept = Some("psql -d app".to_owned());
            outcome.steps[0].location = Location::new("sql-tests/everything.sql", 1, 3);
        })
        .verdict(Verdict::Broken);
    outcome.trial = Some(Box::new(Trial {
        version: Some("010".to_owned()),
        snapshot: Some("snapshots/009.snapshot".to_owned()),
        changes: vec![TableChange {
            schema: "public".to_owned(),
            name: "policies".to_owned(),
            is_dropped: false,
            inserted: 1,
            updated: 2,
            deleted: 3,
            is_rewritten: true,
            rows: Some(4),
        }],
        losses: vec![Loss {
            table: "public.policies".to_owned(),
            column: Some("note".to_owned()),
            before: 2,
            after: 0,
        }],
        besides: Duration::from_millis(20),
    }));
    outcome
}
