//! pgroll's migrations: files of operations in YAML or JSON, each of which pgroll alone can turn into SQL. They are recognised, and
//! refused; its history is read.

use yaml_rust2::{Yaml, YamlLoader};

use super::Migration;
use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "pgroll",
        shown: "pgroll",
    },
    usual_places: &[],
    signs: Signs::Marks,
    recognise: |directory| operations(directory).map(|file| file.shown.to_string()),
    read,
    history: Some(&HISTORY),
};

/// `migrations`, as `pkg/state/init.sql` of pgroll makes it, in the schema `pgroll` unless it is told another. A row is written
/// when a migration is started, and done when it is completed, which may be days later; one that is rolled back leaves none. It
/// migrates several schemas, so a version of another than `public` has that before it. Nothing is locked meanwhile.
const HISTORY: History = History {
    table: "migrations",
    columns: &[
        "schema",
        "name",
        "migration",
        "created_at",
        "updated_at",
        "parent",
        "done",
        "resulting_schema",
    ],
    other_columns: &[],
    beside: None,
    query: "SELECT CASE schema WHEN 'public' THEN name ELSE schema || '/' || name END, NULL,
                   CASE WHEN done THEN 'applied' ELSE 'begun' END, created_at::pg_catalog.text, NULL
              FROM {table} ORDER BY created_at, name",
    is_single: false,
    lock: Lock::None,
    order: VersionOrder::None,
};

/// The names of operations, as `pkg/migrations/op_common.go` has them.
const OPERATIONS: [&str; 15] = [
    "create_table",
    "rename_table",
    "rename_column",
    "drop_table",
    "add_column",
    "drop_column",
    "alter_column",
    "create_index",
    "drop_index",
    "rename_constraint",
    "drop_constraint",
    "set_replica_identity",
    "drop_multicolumn_constraint",
    "sql",
    "create_constraint",
];

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    let Some(file) = operations(directory) else {
        return Err(directory.without_sql());
    };
    Err(MigrationError::NotSql {
        file: file.shown.to_string(),
        layout: LAYOUT.name.shown,
    })
}

/// The first file of operations.
fn operations(directory: &Directory) -> Option<&File> {
    directory.others.iter().find(|file| {
        let endings = [".yaml", ".yml", ".json"];
        file.is_at_top()
            && endings.iter().any(|ending| file.ends_with(ending))
            && file.text().is_ok_and(|text| has_operations(text))
    })
}

/// Whether a text holds operations, and nothing else under that name.
fn has_operations(text: &str) -> bool {
    // JSON is YAML, but for tabs.
    let documents = YamlLoader::load_from_str(&text.replace('\t', " "));
    let Some(Yaml::Hash(document)) = documents.ok().and_then(|all| all.into_iter().next()) else {
        return false;
    };
    let list = document.get(&Yaml::String("operations".to_owned()));
    let Some(Yaml::Array(list)) = list else {
        return false;
    };
    let is_operation = |item: &Yaml| {
        let names = item.as_hash().map(|item| item.keys());
        names.is_some_and(|mut names| {
            names.any(|name| name.as_str().is_some_and(|name| OPERATIONS.contains(&name)))
        })
    };
    !list.is_empty() && list.iter().all(is_operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_told_from_other_documents() {
        for text in [
            "operations:\n  - create_table:\n      name: t\n",
            "version_schema: v1\noperations:\n  - sql:\n      up: SELECT 1\n",
            "{\n\t\"operations\": [{ \"drop_column\": { \"table\": \"t\", \"column\": \"c\" } }]\n}\n",
        ] {
            assert!(has_operations(text), "{text}");
        }
        for text in [
            "",
            "operations:\n",
            "operations: []\n",
            "operations:\n  - deploy: it\n",
            "- operations\n",
            "operations: [",
            "databaseChangeLog:\n  - include: {}\n",
        ] {
            assert!(!has_operations(text), "{text}");
        }
    }
}
