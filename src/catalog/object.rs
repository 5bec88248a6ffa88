use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Kind, ObjectName, Property};

/// The oldest row that is not the server's own: initdb takes the numbers below it.
pub(super) const FIRST_OID: u32 = 16_384;

/// A schema object: what it is called, what can be said of it, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its identity.
    pub name: ObjectName,
    /// Where the server keeps it. Copies of a database have the same addresses, dumps that were reloaded do not.
    pub address: Address,
    /// Its properties, as the server writes them, in words where the server only has a letter. Types and functions of
    /// schemas are qualified, those of `pg_catalog` are not.
    pub properties: BTreeMap<Property, String>,
    /// The whole of it in SQL, where the server has a function that writes it.
    pub definition: Option<String>,
    /// The statement that made it, where that was followed.
    pub made_at: Option<Place>,
    /// The last statement that changed it after that, where that was followed.
    pub changed_at: Option<Place>,
}

impl Object {
    /// The value of a property; none where it has none. (Existence has no value: it is.)
    pub fn value(&self, property: &Property) -> Option<&str> {
        self.properties.get(property).map(String::as_str)
    }

    /// All that can be stated of it: its existence, then each property with a value.
    pub fn statable(&self) -> impl Iterator<Item = &Property> {
        std::iter::once(&Property::Existence).chain(self.properties.keys())
    }

    /// The statement that made or last changed it.
    pub fn last_touched_at(&self) -> Option<&Place> {
        self.changed_at.as_ref().or(self.made_at.as_ref())
    }

    /// Whether every database has it from its beginning: that is the database itself, and what `initdb` made.
    pub fn is_native(&self) -> bool {
        self.name.kind == Kind::Database || self.address.oid < FIRST_OID
    }

    /// The relation or type that it belongs to, as schema and name: its parent, or itself where it is a relation.
    pub fn relation(&self) -> Option<(&str, &str)> {
        let schema = self.name.schema.as_deref()?;
        let is_relation = self.name.kind.is_relation();
        let parent = self.name.parent.as_deref();
        Some((
            schema,
            parent.or(is_relation.then_some(self.name.name.as_str()))?,
        ))
    }
}

/// A line of a script, as the tool shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the project where it lies below it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

macro_rules! classes {
    ($($(#[$meta:meta])* $class:ident = $table:literal;)*) => {
        /// The system catalog that has an object's row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Class {
            $($(#[$meta])* #[serde(rename = $table)] $class,)*
        }

        impl Class {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$class),*];

            /// The catalog's name, which lies in `pg_catalog`.
            pub fn table(self) -> &'static str {
                match self { $(Self::$class => $table,)* }
            }
        }
    };
}

classes! {
    /// Relations, and with a number their columns.
    Relation = "pg_class";
    /// Constraints.
    Constraint = "pg_constraint";
    /// Functions, procedures and aggregates.
    Routine = "pg_proc";
    /// Triggers.
    Trigger = "pg_trigger";
    /// Event triggers.
    EventTrigger = "pg_event_trigger";
    /// Rules.
    Rule = "pg_rewrite";
    /// Policies.
    Policy = "pg_policy";
    /// Types.
    Type = "pg_type";
    /// Schemas.
    Schema = "pg_namespace";
    /// Casts.
    Cast = "pg_cast";
    /// Operators.
    Operator = "pg_operator";
    /// Operator classes.
    OperatorClass = "pg_opclass";
    /// Operator families.
    OperatorFamily = "pg_opfamily";
    /// Collations.
    Collation = "pg_collation";
    /// Conversions.
    Conversion = "pg_conversion";
    /// Text search configurations.
    TextSearchConfiguration = "pg_ts_config";
    /// Text search dictionaries.
    TextSearchDictionary = "pg_ts_dict";
    /// Text search parsers.
    TextSearchParser = "pg_ts_parser";
    /// Text search templates.
    TextSearchTemplate = "pg_ts_template";
    /// Extended statistics.
    Statistics = "pg_statistic_ext";
    /// Extensions.
    Extension = "pg_extension";
    /// Languages.
    Language = "pg_language";
    /// Transforms.
    Transform = "pg_transform";
    /// Access methods.
    AccessMethod = "pg_am";
    /// Foreign-data wrappers.
    ForeignDataWrapper = "pg_foreign_data_wrapper";
    /// Foreign servers.
    ForeignServer = "pg_foreign_server";
    /// User mappings.
    UserMapping = "pg_user_mapping";
    /// Roles.
    Role = "pg_authid";
    /// Default privileges.
    DefaultPrivileges = "pg_default_acl";
    /// Tablespaces.
    Tablespace = "pg_tablespace";
    /// Databases.
    Database = "pg_database";
    /// Publications.
    Publication = "pg_publication";
    /// Subscriptions.
    Subscription = "pg_subscription";
}

/// Where the server keeps an object: the catalog, the row's OID, and a column's number (0 for what is no column).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// The system catalog.
    pub class: Class,
    /// The row in it.
    pub oid: u32,
    /// `attnum` of a column, else 0.
    pub column: i16,
}

impl Address {
    /// The address of what is no column.
    pub fn new(class: Class, oid: u32) -> Self {
        Self {
            class,
            oid,
            column: 0,
        }
    }

    /// The address of a column.
    pub fn of_column(relation: u32, number: i16) -> Self {
        Self {
            class: Class::Relation,
            oid: relation,
            column: number,
        }
    }
}
