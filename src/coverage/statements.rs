//! The one table of what pgTAP's functions state about the schema (pgTAP 1.3.5).
//!
//! Each row: function, what it names, which properties a pass pins down besides existence, and its overloads as
//! [shapes](super::shape). A function may have several rows. Decisions that the table makes:
//!
//! - A function that states that something is *not* there (`hasnt_…`, `col_isnt_fk`) pins down nothing that is there:
//!   it also passes when everything around is gone. It is in [`OF_ABSENCE`].
//! - A function that states that something is *not so* (`isnt_strict`, `col_hasnt_default`) pins down the property where
//!   there is only one other way to be. Where there are several (`isnt_window`, `domain_type_isnt`) it pins down that
//!   the object is there, without which it fails.
//! - A function of a whole set (`tables_are`, `columns_are`) pins down each member that it names. That there are no
//!   others is said of objects that are not there.
//! - That something is there (`col_has_default`, `is_partitioned`, `index_is_partial`) pins down the property, though not
//!   all of its value.
//! - `any_column_privs_are` states what a role may do with some column of a table: its privileges on the table.

use super::Subject::{
    self, Cast, CastList, Column, ConstraintOf, DataType, Domain, Index, IndexOn, Named, Operator,
    OperatorClass, OperatorList, Partition, Policy, Relation, Routine, Rule, Trigger,
};
use super::shape::Shape;
use crate::catalog::{
    Class,
    Property::{
        self, Clustering, Columns, Command, Constraint, Context, Default, Events, Function,
        Instead, Labels, Language, Login, Membership, Method, Nullability, Options, Owner, Parents,
        PartitionKey, Predicate, Privileges, References, Result, Roles, Schema, Security,
        Strictness, Superuser, Trust, Type, Uniqueness, Volatility, Windowing,
    },
};

/// What the overloads of a function state when they pass.
#[derive(Debug)]
pub struct Statement {
    /// The function.
    pub function: &'static str,
    /// What its arguments name.
    pub subject: Subject,
    /// What is pinned down besides the existence of what is named. `Privileges` and `Membership` are about the role that
    /// an argument names.
    pub properties: Vec<Property>,
    /// The overloads.
    pub shapes: Vec<Shape>,
}

macro_rules! statements {
    ($($function:ident: $subject:expr, [$($property:expr),*], $shapes:literal;)*) => {
        /// All rows.
        pub(super) fn rows() -> Vec<Statement> {
            vec![$(Statement {
                function: stringify!($function),
                subject: $subject,
                properties: vec![$($property),*],
                shapes: Shape::parse_all($shapes),
            }),*]
        }
    };
}

/// The role is an argument's.
fn privileges() -> Property {
    Privileges(String::new())
}

/// The group is an argument's.
fn membership() -> Property {
    Membership(String::new())
}

const SCHEMAS: Subject = Named(Class::Schema);
const ROLES: Subject = Named(Class::Role);
const EXTENSIONS: Subject = Named(Class::Extension);
const LANGUAGES: Subject = Named(Class::Language);
const TABLESPACES: Subject = Named(Class::Tablespace);
const DATABASES: Subject = Named(Class::Database);
const WRAPPERS: Subject = Named(Class::ForeignDataWrapper);
const SERVERS: Subject = Named(Class::ForeignServer);

#[rustfmt::skip]
statements! {
    // Relations.
    has_relation: Relation, [], "r | r d | s r d";
    has_table: Relation, [], "r | r d | s r | s r d";
    has_view: Relation, [], "r | r d | s r | s r d";
    has_materialized_view: Relation, [], "r | r d | s r d";
    has_sequence: Relation, [], "r | r d | s r | s r d";
    has_foreign_table: Relation, [], "r | r d | s r | s r d";
    has_composite: Relation, [], "r | r d | s r | s r d";
    has_inherited_tables: Relation, [], "r | r d | s r | s r d";
    is_partitioned: Relation, [PartitionKey], "r | r d | s r | s r d";
    is_partition_of: Relation, [Parents], "r t | r t d | s r S t | s r S t d";
    is_descendent_of: Relation, [Parents], "r t | r t d | r t i | r t i d | s r S t | s r S t d | s r S t i | s r S t i d";
    is_ancestor_of: Relation, [Parents], "t r | t r d | t r i | t r i d | S t s r | S t s r d | S t s r i | S t s r i d";
    tables_are: Relation, [], "N | N d | s N | s N d";
    views_are: Relation, [], "N | N d | s N | s N d";
    materialized_views_are: Relation, [], "N | N d | s N | s N d";
    sequences_are: Relation, [], "N | N d | s N | s N d";
    foreign_tables_are: Relation, [], "N | N d | s N | s N d";
    partitions_are: Partition, [Parents], "r N | r N d | s r N | s r N d";
    relation_owner_is: Relation, [Owner], "r R | r R d | s r R | s r R d";
    table_owner_is: Relation, [Owner], "r R | r R d | s r R | s r R d";
    view_owner_is: Relation, [Owner], "r R | r R d | s r R | s r R d";
    materialized_view_owner_is: Relation, [Owner], "r R | r R d | s r R | s r R d";
    sequence_owner_is: Relation, [Owner], "r R | r R d | s r R | s r R d";
    foreign_table_owner_is: Relation, [Owner], "r R | r R d | s r R | s r R d";
    composite_owner_is: Relation, [Owner], "r R | r R d | s r R | s r R d";
    table_privs_are: Relation, [privileges()], "r R v[] | r R v[] d | s r R v[] | s r R v[] d";
    sequence_privs_are: Relation, [privileges()], "r R v[] | r R v[] d | s r R v[] | s r R v[] d";
    any_column_privs_are: Relation, [privileges()], "r R v[] | r R v[] d | s r R v[] | s r R v[] d";

    // Columns.
    has_column: Column, [], "r c | r c d | s r c d";
    columns_are: Column, [], "r C | r C d | s r C | s r C d";
    col_not_null: Column, [Nullability], "r c d | s r c d";
    col_is_null: Column, [Nullability], "r c d | s r c d";
    col_has_default: Column, [Default], "r c | r c d | s r c d";
    col_hasnt_default: Column, [Default], "r c | r c d | s r c d";
    col_default_is: Column, [Default], "r c e | r c e d | s r c e d | r c v | r c v d | s r c v d";
    col_type_is: Column, [Type], "r c v | r c v d | s r c v | s r c v d | s r c m v | s r c m v d";
    column_privs_are: Column, [privileges()], "r c R v[] | r c R v[] d | s r c R v[] | s r c R v[] d";

    // Constraints.
    has_pk: ConstraintOf('p'), [], "r | r d | s r | s r d";
    has_fk: ConstraintOf('f'), [], "r | r d | s r d";
    has_unique: ConstraintOf('u'), [], "r:text | r:text d | s:text r:text d";
    has_check: ConstraintOf('c'), [], "r | r d | s r d";
    col_is_pk: ConstraintOf('p'), [Columns], "r c | r c d | r C | r C d | s r c | s r c d | s r C | s r C d";
    col_is_fk: ConstraintOf('f'), [Columns], "r c | r c d | r C | r C d | s r c d | s r C d";
    col_is_unique: ConstraintOf('u'), [Columns], "r c | r c d | r C | r C d | s r c | s r c d | s r C | s r C d";
    col_has_check: ConstraintOf('c'), [Columns], "r c | r c d | r C | r C d | s r c d | s r C d";
    fk_ok: ConstraintOf('f'), [Columns, References], "r c t b | r c t b d | r C t B | r C t B d | s r c S t b:text | s r c S t b d | s r C S t B | s r C S t B d";

    // Indexes.
    has_index: Index, [], "r n | r n d | s r n | s r n d";
    has_index: Index, [Columns], "r n C | r n C d | s r n c | s r n c d | s r n C | s r n C d";
    is_indexed: IndexOn, [Columns], "r c | r C | r C d | s r c | s r c d | s r C | s r C d";
    indexes_are: Index, [], "r N | r N d | s r N | s r N d";
    index_is_unique: Index, [Uniqueness], "n | r n | s r n | s r n d";
    index_is_primary: Index, [Constraint], "n | r n | s r n | s r n d";
    index_is_partial: Index, [Predicate], "n | r n | s r n | s r n d";
    index_is_type: Index, [Method], "n m | r n m | s r n m | s r n m d";
    is_clustered: Index, [Clustering], "n | r n | s r n | s r n d";
    index_owner_is: Index, [Owner], "r n R | r n R d | s r n R | s r n R d";

    // Triggers, rules, policies.
    has_trigger: Trigger, [], "r n | r n d | s r n | s r n d";
    triggers_are: Trigger, [], "r N | r N d | s r N | s r N d";
    trigger_is: Trigger, [Function], "r n f | r n f d | s r n S f | s r n S f d";
    has_rule: Rule, [], "r n | r n d | s r n | s r n d";
    rules_are: Rule, [], "r N | r N d | s r N | s r N d";
    rule_is_instead: Rule, [Instead], "r n | r n d | s r n | s r n d";
    rule_is_on: Rule, [Events], "r n v | r n v d | s r n v | s r n v d";
    policies_are: Policy, [], "r N | r N d | s r N | s r N d";
    policy_cmd_is: Policy, [Command], "r n v | r n v d | s r n v | s r n v d";
    policy_roles_are: Policy, [Roles], "r n m[] | r n m[] d | s r n m[] | s r n m[] d";

    // Functions, procedures, aggregates.
    has_function: Routine, [], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    functions_are: Routine, [], "N | N d | s N | s N d";
    can: Routine, [], "N | N d | s N | s N d";
    function_lang_is: Routine, [Language], "n m | n m d | n A m | n A m d | s n m | s n m d | s n A m | s n A m d";
    function_returns: Routine, [Result], "n v | n v d | n A v | n A v d | s n v | s n v d | s n A v | s n A v d";
    volatility_is: Routine, [Volatility], "n v | n v d | n A v | n A v d | s n v | s n v d | s n A v | s n A v d";
    is_strict: Routine, [Strictness], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    isnt_strict: Routine, [Strictness], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    is_definer: Routine, [Security], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    isnt_definer: Routine, [Security], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    is_window: Routine, [Windowing], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    isnt_window: Routine, [], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    is_aggregate: Routine, [], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    isnt_aggregate: Routine, [], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    is_procedure: Routine, [], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    isnt_procedure: Routine, [], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    is_normal_function: Routine, [], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    isnt_normal_function: Routine, [], "n | n d | n A | n A d | s n | s n d | s n A | s n A d";
    function_owner_is: Routine, [Owner], "n A R | n A R d | s n A R | s n A R d";
    function_privs_are: Routine, [privileges()], "n A R v[] | n A R v[] d | s n A R v[] | s n A R v[] d";

    // Types.
    has_type: DataType, [], "n | n d | s n | s n d";
    has_enum: DataType, [], "n | n d | s n | s n d";
    has_domain: DataType, [], "n | n d | s n | s n d";
    types_are: DataType, [], "N | N d | s N | s N d";
    enums_are: DataType, [], "N | N d | s N | s N d";
    domains_are: DataType, [], "N | N d | s N | s N d";
    enum_has_labels: DataType, [Labels], "n m[] | n m[] d | s n m[] | s n m[] d";
    domain_type_is: Domain, [Type], "n:text v | n:text v d | s n:text v | s n:text v d | s n:text m v | s n:text m v d";
    domain_type_isnt: Domain, [], "n:text v | n:text v d | s n:text v | s n:text v d | s n:text m v | s n:text m v d";
    type_owner_is: DataType, [Owner], "n R | n R d | s n R | s n R d";

    // Casts, operators and their classes.
    has_cast: Cast, [], "x y | x y d";
    has_cast: Cast, [Function], "x y m | x y m d | x y m m | x y m m d";
    cast_context_is: Cast, [Context], "x y v | x y v d";
    casts_are: CastList, [], "L | L d";
    has_operator: Operator, [], "x n y | x n y d";
    has_operator: Operator, [Result], "x n y m | x n y m d | x s n y m | x s n y m d";
    has_leftop: Operator, [], "n y | n y d";
    has_leftop: Operator, [Result], "n y m | n y m d | s n y m | s n y m d";
    has_rightop: Operator, [], "x n | x n d";
    has_rightop: Operator, [Result], "x n m | x n m d | x s n m | x s n m d";
    operators_are: OperatorList, [], "L | L d | s L | s L d";
    has_opclass: OperatorClass, [], "n | n d | s n | s n d";
    opclasses_are: OperatorClass, [], "N | N d | s N | s N d";
    opclass_owner_is: OperatorClass, [Owner], "n R | n R d | s n R | s n R d";

    // What lies in no schema.
    has_schema: SCHEMAS, [], "n | n d";
    schemas_are: SCHEMAS, [], "N | N d";
    schema_owner_is: SCHEMAS, [Owner], "n R | n R d";
    schema_privs_are: SCHEMAS, [privileges()], "n R v[] | n R v[] d";
    has_extension: EXTENSIONS, [], "n | n d";
    has_extension: EXTENSIONS, [Schema], "m n | m n d";
    extensions_are: EXTENSIONS, [], "N | N d";
    extensions_are: EXTENSIONS, [Schema], "m N | m N d";
    has_language: LANGUAGES, [], "n | n d";
    languages_are: LANGUAGES, [], "N | N d";
    language_is_trusted: LANGUAGES, [Trust], "n | n d";
    language_owner_is: LANGUAGES, [Owner], "n R | n R d";
    language_privs_are: LANGUAGES, [privileges()], "n R v[] | n R v[] d";
    has_tablespace: TABLESPACES, [], "n | n d";
    has_tablespace: TABLESPACES, [Options], "n v d";
    tablespaces_are: TABLESPACES, [], "N | N d";
    tablespace_owner_is: TABLESPACES, [Owner], "n R | n R d";
    tablespace_privs_are: TABLESPACES, [privileges()], "n R v[] | n R v[] d";
    db_owner_is: DATABASES, [Owner], "n R | n R d";
    database_privs_are: DATABASES, [privileges()], "n R v[] | n R v[] d";
    fdw_privs_are: WRAPPERS, [privileges()], "n R v[] | n R v[] d";
    server_privs_are: SERVERS, [privileges()], "n R v[] | n R v[] d";

    // Roles.
    has_role: ROLES, [], "n | n d";
    has_user: ROLES, [Login], "n | n d";
    has_group: ROLES, [Login], "n | n d";
    roles_are: ROLES, [], "N | N d";
    users_are: ROLES, [Login], "N | N d";
    groups_are: ROLES, [Login], "N | N d";
    is_superuser: ROLES, [Superuser], "n | n d";
    isnt_superuser: ROLES, [Superuser], "n | n d";
    is_member_of: ROLES, [membership()], "R n | R n d | R N | R N d";
    isnt_member_of: ROLES, [], "n m | n m d | n m[] | n m[] d";
}

/// Functions that pass where something is not there: see the module's words.
pub(super) const OF_ABSENCE: &[&str] = &[
    "col_isnt_fk",
    "col_isnt_pk",
    "hasnt_cast",
    "hasnt_column",
    "hasnt_composite",
    "hasnt_domain",
    "hasnt_enum",
    "hasnt_extension",
    "hasnt_fk",
    "hasnt_foreign_table",
    "hasnt_function",
    "hasnt_group",
    "hasnt_index",
    "hasnt_inherited_tables",
    "hasnt_language",
    "hasnt_leftop",
    "hasnt_materialized_view",
    "hasnt_opclass",
    "hasnt_operator",
    "hasnt_pk",
    "hasnt_relation",
    "hasnt_rightop",
    "hasnt_role",
    "hasnt_rule",
    "hasnt_schema",
    "hasnt_sequence",
    "hasnt_table",
    "hasnt_tablespace",
    "hasnt_trigger",
    "hasnt_type",
    "hasnt_user",
    "hasnt_view",
    "isnt_ancestor_of",
    "isnt_descendent_of",
    "isnt_partitioned",
];

/// Functions that state nothing about the schema. Those whose names begin with an underscore are pgTAP's own business.
pub(super) const OF_OTHER_THINGS: &[&str] = &[
    "add_result",
    "alike",
    "bag_eq",
    "bag_has",
    "bag_hasnt",
    "bag_ne",
    "check_test",
    "cmp_ok",
    "collect_tap",
    "diag",
    "diag_test_name",
    "display_oper",
    "do_tap",
    "doesnt_imatch",
    "doesnt_match",
    "fail",
    "findfuncs",
    "finish",
    "format_type_string",
    "ialike",
    "imatches",
    "in_todo",
    "is",
    "is_empty",
    "isa_ok",
    "isnt",
    "isnt_empty",
    "lives_ok",
    "matches",
    "no_plan",
    "num_failed",
    "ok",
    "os_name",
    "pass",
    "performs_ok",
    "performs_within",
    "pg_version",
    "pg_version_num",
    "pgtap_version",
    "plan",
    "results_eq",
    "results_ne",
    "row_eq",
    "runtests",
    "set_eq",
    "set_has",
    "set_hasnt",
    "set_ne",
    "skip",
    "throws_ilike",
    "throws_imatching",
    "throws_like",
    "throws_matching",
    "throws_ok",
    "todo",
    "todo_end",
    "todo_start",
    "unalike",
    "unialike",
];
