use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! properties {
    ($($(#[$meta:meta])* $property:ident = $word:literal;)*) => {
        /// Something of a schema object that a test can state. An object has those that say something about it: what
        /// the server gives to every object of the kind by itself is mostly left out, and so is what does not apply.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Property {
            $($(#[$meta])* $property,)*
            /// What a role may do with the object, `PUBLIC` among them, where that differs from what the server gives by
            /// itself: `SELECT, INSERT WITH GRANT OPTION`, or `none` for privileges that were revoked.
            Privileges(String),
            /// That the role is a member of this other one, and how: `inherit, set`, with `admin` where it may make others
            /// members; `in name only` where it has nothing of it.
            Membership(String),
        }

        impl Property {
            /// Those that are not about one role.
            pub const PLAIN: &'static [Self] = &[$(Self::$property),*];

            /// Its word, without the role that it may be about.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$property => $word,)*
                    Self::Privileges(_) => "privileges",
                    Self::Membership(_) => "membership",
                }
            }
        }
    };
}

properties! {
    /// That the object is there. Every object has it; no object lists it among its values.
    Existence = "existence";
    /// The role that owns it.
    Owner = "owner";
    /// Its schema, where that is no part of its name: an extension's.
    Schema = "schema";
    /// The table that a statistics object is about.
    Table = "table";
    /// The data type: of a column, a sequence, a domain's base, the keys of an operator class.
    Type = "type";
    /// The column's place among its table's, from 1.
    Position = "position";
    /// `not null` or `nullable`.
    Nullability = "nullability";
    /// The default's expression.
    Default = "default";
    /// `always` or `by default`.
    Identity = "identity";
    /// The expression of a generated column, with `stored` or `virtual`.
    Generated = "generated";
    /// The collation, where it is not the type's own.
    Collation = "collation";
    /// How a column's values are stored, where it is not the type's own way.
    Storage = "storage";
    /// How a column's values are compressed.
    Compression = "compression";
    /// How many values statistics keep.
    StatisticsTarget = "statistics target";
    /// Whether a column or constraint comes from a parent table: `inherited`, or `inherited and local`.
    Inheritance = "inheritance";
    /// The tables from which a table inherits, or of which it is a partition.
    Parents = "parents";
    /// Which rows a partition takes.
    PartitionBound = "partition bound";
    /// By what a table is partitioned.
    PartitionKey = "partition key";
    /// `unlogged`.
    Persistence = "persistence";
    /// The composite type of a typed table.
    OfType = "of type";
    /// `enabled` or `forced`.
    RowSecurity = "row security";
    /// What identifies a row to subscribers, where it is not the primary key.
    ReplicaIdentity = "replica identity";
    /// The tablespace, where it is not the database's.
    Tablespace = "tablespace";
    /// The foreign server.
    Server = "server";
    /// Storage parameters, options of a view or of something foreign.
    Options = "options";
    /// The columns or expressions that it is about, in their order.
    Columns = "columns";
    /// The columns that an index holds besides its keys.
    IncludedColumns = "included columns";
    /// The table and columns that a foreign key refers to.
    References = "references";
    /// `full`, where a foreign key takes all or no nulls.
    Match = "match";
    /// What happens when a row that is referred to gets another key.
    OnUpdate = "on update";
    /// What happens when a row that is referred to is deleted.
    OnDelete = "on delete";
    /// `deferrable` or `deferred`; without it, `immediate`.
    Deferrability = "deferrability";
    /// `not valid`, where rows that were there before are not checked.
    Validation = "validation";
    /// `not enforced`.
    Enforcement = "enforcement";
    /// The expression of a check, a not-null constraint, an exclusion or a policy's `USING`.
    Expression = "expression";
    /// What a policy's `WITH CHECK` demands of new rows.
    CheckExpression = "check expression";
    /// `not distinct`, where nulls count as equal.
    Nulls = "nulls";
    /// An access method: of an index, a table, an exclusion.
    Method = "method";
    /// `unique`.
    Uniqueness = "uniqueness";
    /// Which rows an index or exclusion covers.
    Predicate = "predicate";
    /// `clustered`: the index by which `CLUSTER` sorts its table.
    Clustering = "clustering";
    /// `invalid`, after an index could not be built.
    Validity = "validity";
    /// The constraint behind which an index stands.
    Constraint = "constraint";
    /// Where a sequence starts.
    Start = "start";
    /// By how much it goes on.
    Increment = "increment";
    /// Its least value.
    Minimum = "minimum";
    /// Its greatest value.
    Maximum = "maximum";
    /// How many values a session takes at once.
    Cache = "cache";
    /// `cycle`.
    Cycle = "cycle";
    /// The column to which a sequence belongs.
    OwnedBy = "owned by";
    /// The query of a view or materialized view.
    Query = "query";
    /// The arguments with names, modes and defaults.
    Arguments = "arguments";
    /// What comes back.
    Result = "result";
    /// The language.
    Language = "language";
    /// `immutable`, `stable` or `volatile`.
    Volatility = "volatility";
    /// `definer` or `invoker`.
    Security = "security";
    /// `strict`: null on null input.
    Strictness = "strictness";
    /// `leakproof`.
    Leakproofness = "leakproofness";
    /// `safe` or `restricted`; without it, `unsafe`.
    ParallelSafety = "parallel safety";
    /// The planner's cost, where it is not the language's own.
    Cost = "cost";
    /// How many rows the planner expects, where it is not 1000.
    Rows = "rows";
    /// The planner's support function.
    Support = "support";
    /// `window`, where a function is one of these.
    Windowing = "windowing";
    /// Values of settings: of a function, role or database.
    Settings = "settings";
    /// The text of a function or rule; what an aggregate, a type or something of text search is made of.
    Body = "body";
    /// `before`, `after` or `instead of`; for an event trigger, its event.
    Timing = "timing";
    /// For which events a trigger or rule acts, or what a publication publishes.
    Events = "events";
    /// `row` or `statement`.
    Level = "level";
    /// The condition of a trigger.
    Condition = "condition";
    /// The names that the sets of changed rows have in a trigger.
    TransitionTables = "transition tables";
    /// The function that a trigger, cast, operator or other object calls.
    Function = "function";
    /// Whether a trigger or rule acts, where it does not just so: `disabled`, `replica`, `always`.
    Firing = "firing";
    /// `constraint`, where a trigger is one of these.
    ConstraintTrigger = "constraint trigger";
    /// `instead`, where a rule replaces the statement.
    Instead = "instead";
    /// The command of a policy: `all`, `select`, `insert`, `update` or `delete`.
    Command = "command";
    /// `permissive` or `restrictive`.
    Permissiveness = "permissiveness";
    /// To which roles a policy applies.
    Roles = "roles";
    /// An enum's labels, in their order.
    Labels = "labels";
    /// The type of which a range is.
    Subtype = "subtype";
    /// The multirange type that goes with a range type.
    Multirange = "multirange";
    /// Where a cast is applied: `explicit`, `assignment` or `implicit`.
    Context = "context";
    /// The operator that means the same with sides changed.
    Commutator = "commutator";
    /// The operator that means the opposite.
    Negator = "negator";
    /// What the planner may do with an operator, and by which functions it estimates.
    Planning = "planning";
    /// The family of an operator class.
    Family = "family";
    /// What is in an operator class or family.
    Members = "members";
    /// The version: of an extension or server.
    Version = "version";
    /// `trusted`, where everyone may use a language.
    Trust = "trust";
    /// `superuser`.
    Superuser = "superuser";
    /// `login`.
    Login = "login";
    /// What else a role may: `createdb, createrole, noinherit, replication, bypassrls`.
    Attributes = "attributes";
    /// How many sessions there may be.
    ConnectionLimit = "connection limit";
    /// The tables of a publication, or `all`.
    Tables = "tables";
    /// The schemas of a publication.
    Schemas = "schemas";
    /// The publications of a subscription.
    Publications = "publications";
    /// What is said of it.
    Comment = "comment";
}

impl Property {
    /// The role that it is about, where it is about one.
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::Privileges(role) | Self::Membership(role) => Some(role),
            _ => None,
        }
    }
}

impl fmt::Display for Property {
    /// `nullability`, `privileges of app_reader`, `membership in app_readers`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Privileges(role) => write!(f, "privileges of {role}"),
            Self::Membership(role) => write!(f, "membership in {role}"),
            plain => f.pad(plain.word()),
        }
    }
}

/// Words that name no property.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no property of schema objects")]
pub struct UnknownProperty(pub String);

impl FromStr for Property {
    type Err = UnknownProperty;

    /// Takes what `Display` writes.
    fn from_str(text: &str) -> Result<Self, UnknownProperty> {
        if let Some(role) = text.strip_prefix("privileges of ") {
            return Ok(Self::Privileges(role.to_owned()));
        }
        if let Some(role) = text.strip_prefix("membership in ") {
            return Ok(Self::Membership(role.to_owned()));
        }
        let found = Self::PLAIN.iter().find(|it| it.word() == text);
        found
            .cloned()
            .ok_or_else(|| UnknownProperty(text.to_owned()))
    }
}

impl Serialize for Property {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Property {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
