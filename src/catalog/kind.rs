use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $singular:literal, $plural:literal;)*) => {
        /// What sort of thing a schema object is, in the order in which people read a schema.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$meta])* #[serde(rename = $singular)] $kind,)*
        }

        impl Kind {
            /// All of them, in reading order.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// What one of them is called.
            pub fn singular(self) -> &'static str {
                match self { $(Self::$kind => $singular,)* }
            }

            /// What several of them are called.
            pub fn plural(self) -> &'static str {
                match self { $(Self::$kind => $plural,)* }
            }
        }
    };
}

kinds! {
    /// The database itself: its owner, privileges and settings. There is one.
    Database = "database", "databases";
    /// A schema.
    Schema = "schema", "schemas";
    /// A table, partitioned tables and partitions among them.
    Table = "table", "tables";
    /// A table of a foreign server.
    ForeignTable = "foreign table", "foreign tables";
    /// A column of a table, foreign table, view, materialized view or composite type.
    Column = "column", "columns";
    /// A primary key.
    PrimaryKey = "primary key", "primary keys";
    /// A unique constraint. A unique index that is no constraint is an [`Index`](Self::Index).
    UniqueKey = "unique key", "unique keys";
    /// A foreign key.
    ForeignKey = "foreign key", "foreign keys";
    /// A check constraint of a table or of a domain.
    Check = "check", "checks";
    /// An exclusion constraint.
    Exclusion = "exclusion", "exclusions";
    /// A not-null constraint with a name: of domains from PostgreSQL 17 on, of tables from 18 on. Everywhere else, and
    /// there too, a column or domain says so by its nullability.
    NotNull = "not-null constraint", "not-null constraints";
    /// An index, those behind keys and exclusions among them.
    Index = "index", "indexes";
    /// A sequence, those behind identity columns among them.
    Sequence = "sequence", "sequences";
    /// A view.
    View = "view", "views";
    /// A materialized view.
    MaterializedView = "materialized view", "materialized views";
    /// A function, window functions and trigger functions among them.
    Function = "function", "functions";
    /// A procedure.
    Procedure = "procedure", "procedures";
    /// An aggregate function.
    Aggregate = "aggregate", "aggregates";
    /// A trigger, but none that the server makes for itself behind a foreign key.
    Trigger = "trigger", "triggers";
    /// An event trigger.
    EventTrigger = "event trigger", "event triggers";
    /// A rewrite rule, but not the one that makes a view a view.
    Rule = "rule", "rules";
    /// A row security policy.
    Policy = "policy", "policies";
    /// An enum type.
    Enum = "enum", "enums";
    /// A domain.
    Domain = "domain", "domains";
    /// A composite type that is no table's.
    CompositeType = "composite type", "composite types";
    /// A range type; its multirange type is a property of it.
    RangeType = "range type", "range types";
    /// A type made of functions, in whatever language, or a shell of one.
    BaseType = "base type", "base types";
    /// A cast.
    Cast = "cast", "casts";
    /// An operator.
    Operator = "operator", "operators";
    /// An operator class.
    OperatorClass = "operator class", "operator classes";
    /// An operator family.
    OperatorFamily = "operator family", "operator families";
    /// A collation.
    Collation = "collation", "collations";
    /// A conversion between encodings.
    Conversion = "conversion", "conversions";
    /// A text search configuration.
    TextSearchConfiguration = "text search configuration", "text search configurations";
    /// A text search dictionary.
    TextSearchDictionary = "text search dictionary", "text search dictionaries";
    /// A text search parser.
    TextSearchParser = "text search parser", "text search parsers";
    /// A text search template.
    TextSearchTemplate = "text search template", "text search templates";
    /// Extended statistics (`CREATE STATISTICS`).
    Statistics = "statistics object", "statistics objects";
    /// An extension; its members are no objects of the catalog.
    Extension = "extension", "extensions";
    /// A procedural language.
    Language = "language", "languages";
    /// How a type goes into a procedural language and back.
    Transform = "transform", "transforms";
    /// An access method.
    AccessMethod = "access method", "access methods";
    /// A foreign-data wrapper.
    ForeignDataWrapper = "foreign-data wrapper", "foreign-data wrappers";
    /// A foreign server.
    ForeignServer = "foreign server", "foreign servers";
    /// A role's user mapping on a foreign server.
    UserMapping = "user mapping", "user mappings";
    /// A role, user or group.
    Role = "role", "roles";
    /// The privileges that objects get which a role will make (`ALTER DEFAULT PRIVILEGES`).
    DefaultPrivileges = "default privileges", "default privileges";
    /// A tablespace.
    Tablespace = "tablespace", "tablespaces";
    /// A publication.
    Publication = "publication", "publications";
    /// A subscription.
    Subscription = "subscription", "subscriptions";
}

impl Kind {
    /// Its word for so many of them.
    pub fn word(self, number: usize) -> &'static str {
        if number == 1 {
            self.singular()
        } else {
            self.plural()
        }
    }

    /// Whether it is a constraint, whose names errors of the server tell.
    pub fn is_constraint(self) -> bool {
        matches!(
            self,
            Self::PrimaryKey
                | Self::UniqueKey
                | Self::ForeignKey
                | Self::Check
                | Self::Exclusion
                | Self::NotNull
        )
    }

    /// Whether it has columns and a place among the relations of its schema: what `SELECT … FROM` can name.
    pub fn is_relation(self) -> bool {
        matches!(
            self,
            Self::Table | Self::ForeignTable | Self::View | Self::MaterializedView | Self::Sequence
        )
    }

    /// Whether it is called, with arguments.
    pub fn is_routine(self) -> bool {
        matches!(self, Self::Function | Self::Procedure | Self::Aggregate)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.singular())
    }
}

/// A word that names no kind of schema object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no kind of schema object")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    /// Takes the word for one of them.
    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.iter().find(|kind| kind.singular() == word);
        found.copied().ok_or_else(|| UnknownKind(word.to_owned()))
    }
}
