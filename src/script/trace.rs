//! What a script may leave in its session, and what it may see of others before it: found by the words in it, comments
//! and strings included, so that it is rather seen once too often than missed.

use std::sync::LazyLock;

use regex::Regex;

/// What a script's words speak of.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is independent of the others"
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traces {
    /// It may leave in its session what `DISCARD ALL` does not clear: settings with a name of one's own (which
    /// afterwards are empty where they were unknown), the seed of `random()`, loaded libraries, interpreters of
    /// further languages, connections of dblink, and functions that were compiled for tables and types which were
    /// other ones then.
    pub marks_session: bool,
    /// It may see settings with names of one's own, which a library brings along that an earlier file has used.
    pub sees_session: bool,
    /// It may see that its database was used before, though nothing was committed: statistics, sizes of tables, places
    /// of rows, plans.
    pub sees_use: bool,
    /// It may change the places of rows without a transaction that has an id (`VACUUM`).
    pub moves_rows: bool,
    /// It may set a sequence by hand.
    pub sets_sequences: bool,
    /// It may see what else the server is doing: other databases, sessions and locks.
    pub sees_cluster: bool,
    /// It begins a transaction by a statement of its own.
    pub begins: bool,
    /// It commits one by a statement of its own.
    pub ends_in_commit: bool,
    /// It may run other files as well, of which nobody knows beforehand which they are.
    pub includes_unknown: bool,
}

impl Traces {
    /// Both of these.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            marks_session: self.marks_session || other.marks_session,
            sees_session: self.sees_session || other.sees_session,
            sees_use: self.sees_use || other.sees_use,
            moves_rows: self.moves_rows || other.moves_rows,
            sets_sequences: self.sets_sequences || other.sets_sequences,
            sees_cluster: self.sees_cluster || other.sees_cluster,
            begins: self.begins || other.begins,
            ends_in_commit: self.ends_in_commit || other.ends_in_commit,
            includes_unknown: self.includes_unknown || other.includes_unknown,
        }
    }

    /// Whether it, or what it includes, may see what else the server is doing.
    pub fn may_see_cluster(self) -> bool {
        self.sees_cluster || self.includes_unknown
    }

    /// Whether it will probably commit something. No more than time depends on it.
    pub fn commits(self) -> bool {
        self.ends_in_commit || !self.begins
    }
}

static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \bset_config\b | \bsetseed\b | \bdblink | \\c(onnect)?\b
        | \bload\b \s* (e? ' | u& | \$ | :)
        | \blanguage \s+ '? (pl(?:perl|python|tcl|v8|lua|r|java)|c\b)
        # Tables, types and functions that are others than those for which a function was compiled.
        | \b(create|alter|drop) \s+ ((or\s+replace|if\s+exists)\s+)?
          (temp|temporary|local|global|unlogged|foreign|materialized|recursive|table|view|type|domain|function|
           procedure|aggregate|operator|cast|schema|extension|trusted|procedural|language|event|['%:])",
    )
    .ok()
});

/// `SET`, and what stands behind it; `\\set` is psql's own.
static SET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?is)(^|[^\\\w$])set(\s|/\*)\s*((session|local)\b\s*)?(?P<name>[a-z_][\w$]*\s*)?(?P<next>.?)",
    )
    .ok()
});

static SEES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\bpg_stat_(all_|sys_|user_|xact_|database|reset|get_|clear|force|statements)|\bpg_statio_|\bpg_(relation|total_relation|table|indexes|database|column|tablespace)_size\b|\bpg_relation_filepath\b|\bpg_relation_filenode\b|\b(rel)?filenode\b|\bctid\b|\bexplain\b|\breltuples\b|\brelpages\b|\brelallvisible\b|\bpgstat(tuple|index)|\bpg_relpages\b|\bpg_freespace|\bpg_buffercache|\bpg_visibility|\bpageinspect|\bget_raw_page\b|\btablesample\b|\blog_cnt\b",
    )
    .ok()
});

static SEES_SESSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\bcurrent_setting\s*\(\s*([^'\s]|'[^']*\.)|\bshow\s+("?\w+"?\s*\.|all\b|:)|\bpg_settings\b|\bpg_show_all_settings\b"#,
    )
    .ok()
});

static MOVES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\bvacuum\b").ok());

static SETS_SEQUENCES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bsetval\b").ok());

static SEES_CLUSTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\bpg_database|\bdat(name|id)\b|\bdatabases\b|\b(create|alter|drop)\s+database\b|\bpg_stat_(activity|get_activity|get_backend|get_db|database|progress|bgwriter|checkpointer|io|wal|ssl|gssapi)|\bpg_locks?\b|\bpg_lock_status\b|\bpg_(terminate|cancel)_backend\b|\bpg_blocking_pids\b|\bpg_shdepend\b|\bpg_db_role_setting|\bpg_last_committed_xact\b|\bpg_ls_|\\l(ist)?\b",
    )
    .ok()
});

static BEGINS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\bbegin\s*(;|work\b|transaction\b|isolation\b|read\b|(not\s+)?deferrable\b)|\bstart\s+transaction\b").ok()
});

static COMMITS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(\bon\s+)?\bcommit\b|\bprepare\s+transaction\b").ok());

static INCLUDES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)\\(i|ir|include|include_relative)\b[ \t]*(?P<rest>[^\n]*)").ok()
});

/// What the words of a text speak of.
pub fn traces(text: &str) -> Traces {
    let is_found = |pattern: &LazyLock<Option<Regex>>| {
        pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(text))
    };
    Traces {
        marks_session: is_found(&MARKS) || sets_what_is_not_known(text),
        sees_session: is_found(&SEES_SESSION),
        sees_use: is_found(&SEES),
        moves_rows: is_found(&MOVES),
        sets_sequences: is_found(&SETS_SEQUENCES),
        sees_cluster: is_found(&SEES_CLUSTER),
        begins: is_found(&BEGINS),
        ends_in_commit: COMMITS.as_ref().is_some_and(|pattern| {
            let mut found = pattern.captures_iter(text);
            found.any(|found| found.get(1).is_none())
        }),
        // Names start from elsewhere then.
        includes_unknown: text.contains("\\cd"),
    }
}

/// Whether a text sets something else than a setting of the server's own, whose name stands there (`SET work_mem`), or a
/// column (`UPDATE … SET a = 1`).
fn sets_what_is_not_known(text: &str) -> bool {
    let Some(pattern) = SET.as_ref() else {
        return true;
    };
    let mut all = pattern.captures_iter(text);
    all.any(|found| {
        let next = found.name("next").map_or("", |next| next.as_str());
        match found.name("name") {
            Some(_) => [".", "%", "|", "'", ":", "/", "-"].contains(&next),
            // A list of columns, or the end of a sentence.
            None => !["(", ")", ",", ".", ""].contains(&next),
        }
    })
}

/// A file that a script includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The file's name as written; none where it is not known before the script runs.
    pub name: Option<String>,
    /// Whether it starts from the directory of the including file (`\ir`).
    pub is_relative: bool,
}

/// The files that a script may include, wherever such a command stands in it.
pub fn includes(text: &str) -> Vec<Include> {
    let Some(pattern) = INCLUDES.as_ref() else {
        return vec![Include {
            name: None,
            is_relative: false,
        }];
    };
    pattern
        .captures_iter(text)
        .map(|found| {
            let command = found.get(1).map_or("", |command| command.as_str());
            let rest = found.name("rest").map_or("", |rest| rest.as_str().trim());
            let plain = rest
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
                .unwrap_or(rest);
            let is_plain = !plain.is_empty()
                && !plain.contains([':', '`', '\'', '"', '\\', '~'])
                && (plain == rest.trim_matches('\'') && !plain.contains(char::is_whitespace));
            Include {
                name: is_plain.then(|| plain.to_owned()),
                is_relative: command == "ir" || command == "include_relative",
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_discard_all_does_not_clear_is_seen() {
        for text in [
            "SELECT set_config('app.user', 'me', false)",
            "SET app.user = 'me'",
            "set local \"app\".user to 1",
            "SELECT setseed(0.5)",
            "LOAD 'auto_explain'",
            "CREATE FUNCTION f() RETURNS int LANGUAGE plperl AS ''",
            "CREATE EXTENSION IF NOT EXISTS hstore",
            "SELECT dblink_connect('c', '')",
            "SET /* mine */ app.user = 'me'",
            "SET :name = 1",
            "SET LOCAL :\"name\" = 1",
            "EXECUTE format('SET %I.%I = %L', 'app', 'user', 'me')",
            "EXECUTE 'SET ' || name",
            "EXECUTE 'SET LOCAL ' || name",
            "LOAD $$auto_explain$$",
            "ALTER TABLE t ALTER a TYPE text",
        ] {
            assert!(traces(text).marks_session, "{text}");
        }
        for text in [
            "SET search_path = a, b",
            "SET LOCAL ROLE app",
            "UPDATE t SET a = b.c FROM b",
            "UPDATE t SET (a, b) = (1, 2)",
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "set session authorization app;",
            "SET TIME ZONE 'UTC'",
            "\\set name app.user",
            "SELECT results_eq('q', 'r', 'the set');",
            "SELECT current_setting('app.user', true)",
        ] {
            assert!(!traces(text).marks_session, "{text}");
        }
    }

    #[test]
    fn what_shows_settings_of_libraries_is_seen() {
        for text in [
            "SELECT current_setting('app.user', true)",
            "SELECT current_setting(name)",
            "SHOW app.user",
            "SELECT * FROM pg_settings",
        ] {
            assert!(traces(text).sees_session, "{text}");
        }
        for text in ["SELECT current_setting('work_mem')", "SHOW work_mem"] {
            assert!(!traces(text).sees_session, "{text}");
        }
    }

    #[test]
    fn what_shows_that_a_database_was_used_is_seen() {
        for text in [
            "SELECT n_dead_tup FROM pg_stat_user_tables",
            "SELECT pg_relation_size('t')",
            "SELECT ctid FROM t",
            "EXPLAIN SELECT 1",
        ] {
            assert!(traces(text).sees_use, "{text}");
        }
        for text in ["SELECT pid FROM pg_stat_activity", "SELECT 'explained'"] {
            assert!(!traces(text).sees_use, "{text}");
        }
    }

    #[test]
    fn what_shows_other_databases_and_sessions_is_seen() {
        for text in [
            "SELECT count(*) FROM pg_database",
            "SELECT datname FROM pg_stat_activity",
            "CREATE  DATABASE other",
            "SELECT pg_terminate_backend(1)",
            "\\l",
        ] {
            assert!(traces(text).sees_cluster, "{text}");
        }
        for text in [
            "SELECT has_table('t')",
            "SELECT current_database()",
            "-- our database",
        ] {
            assert!(!traces(text).sees_cluster, "{text}");
        }
    }

    #[test]
    fn what_will_probably_commit_is_seen() {
        for text in [
            "SELECT plan(1); SELECT pass();",
            "BEGIN; INSERT INTO t VALUES (1); COMMIT;",
            "begin work; PREPARE TRANSACTION 'x';",
            "SELECT 1; COMMIT",
        ] {
            assert!(traces(text).commits(), "{text}");
        }
        for text in [
            "BEGIN; SELECT plan(1); ROLLBACK;",
            "START TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1;",
            "BEGIN; CREATE TEMP TABLE t (id int) ON COMMIT DROP; ROLLBACK;",
        ] {
            assert!(!traces(text).commits(), "{text}");
        }
    }

    #[test]
    fn included_files_are_found_by_their_plain_names() {
        let found =
            includes("\\i a/b.sql\n  \\ir 'c.sql'\n\\i :file\n\\include\tx y\nSELECT 1 \\ir d.sql");
        let names: Vec<_> = found
            .iter()
            .map(|include| (include.name.as_deref(), include.is_relative))
            .collect();
        assert_eq!(
            names,
            [
                (Some("a/b.sql"), false),
                (Some("c.sql"), true),
                (None, false),
                (None, false),
                (Some("d.sql"), true)
            ]
        );
    }
}
