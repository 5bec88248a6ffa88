use super::shape::Shape;
use crate::catalog::Class;

/// What the arguments of an assertion name, and so by which function of `asserted.sql` it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Relations, composite types among them.
    Relation,
    /// Columns of a relation.
    Column,
    /// The constraint of a table that is of this sort (`contype`), with these columns where some are named.
    ConstraintOf(char),
    /// Indexes by their names.
    Index,
    /// The index with these columns.
    IndexOn,
    /// Triggers of a table.
    Trigger,
    /// Rules of a relation.
    Rule,
    /// Policies of a table.
    Policy,
    /// Partitions of a table.
    Partition,
    /// Functions, procedures, aggregates.
    Routine,
    /// Types, in the way of their names in the catalog.
    DataType,
    /// A domain, whose name pgTAP folds to lower case.
    Domain,
    /// A cast between two types.
    Cast,
    /// Casts as pgTAP lists them.
    CastList,
    /// An operator on types.
    Operator,
    /// Operators as pgTAP lists them.
    OperatorList,
    /// Operator classes.
    OperatorClass,
    /// What lies in no schema.
    Named(Class),
}

impl Subject {
    /// SQL for the addresses of what an overload states something of.
    pub(super) fn stated(self, shape: &Shape) -> String {
        let schema = shape.parameter_or_null('s');
        let relation = shape.parameter_or_null('r');
        let names = shape.array_or_null('n', 'N');
        let columns = shape.array_or_null('c', 'C');
        let part = |function: &str| format!("{function}({schema}, {relation}, {names})");
        let call = match self {
            Self::Relation => {
                let relations = shape.array_or_null('r', 'N');
                format!("relations({schema}, {relations})")
            }
            Self::Column => format!("columns({schema}, {relation}, {columns})"),
            Self::ConstraintOf(sort) => {
                format!("constraints({schema}, {relation}, '{sort}', {columns})")
            }
            Self::Index => part("indexes"),
            Self::IndexOn => format!("indexes_on({schema}, {relation}, {columns})"),
            Self::Trigger => part("triggers"),
            Self::Rule => part("rules"),
            Self::Policy => part("policies"),
            Self::Partition => part("partitions"),
            Self::Routine => {
                let arguments = shape.parameter_or_null('A');
                format!("routines({schema}, {names}, {arguments})")
            }
            Self::DataType => format!("types({schema}, {names})"),
            Self::Domain => {
                let domain = shape.parameter_or_null('n');
                format!("types({schema}, ARRAY[pg_catalog.lower({domain})::pg_catalog.name])")
            }
            Self::Cast => {
                let [source, target] = ['x', 'y'].map(|role| shape.parameter_or_null(role));
                format!("casts({source}, {target})")
            }
            Self::CastList => format!("casts_listed({})", shape.parameter_or_null('L')),
            Self::Operator => {
                let [left, name, right] = ['x', 'n', 'y'].map(|role| shape.parameter_or_null(role));
                format!("operators({schema}, {left}, {name}, {right})")
            }
            Self::OperatorList => {
                let listed = shape.parameter_or_null('L');
                format!("operators_listed({schema}, {listed})")
            }
            Self::OperatorClass => format!("operator_classes({schema}, {names})"),
            Self::Named(class) => format!("named('{}', {names})", class.table()),
        };
        format!("pg_assay.{call}")
    }

    /// SQL for the addresses of what has to be there besides: the columns of a constraint, what a foreign key refers to,
    /// the parent of a partition, the function of a trigger. (What a stated object is a part of goes without saying.)
    pub(super) fn implied(self, shape: &Shape) -> Option<String> {
        let mut found = Vec::new();
        if self != Self::Column
            && let Some(columns) = shape.array('c', 'C')
        {
            let schema = shape.parameter_or_null('s');
            let relation = shape.parameter_or_null('r');
            found.push(format!("columns({schema}, {relation}, {columns})"));
        }
        if self == Self::Partition {
            let schema = shape.parameter_or_null('s');
            let parent = shape.array_or_null('r', 'r');
            found.push(format!("relations({schema}, {parent})"));
        }
        let schema = shape.parameter_or_null('S');
        if let Some(relation) = shape.parameter('t') {
            found.push(format!("relations({schema}, ARRAY[{relation}])"));
            if let Some(columns) = shape.array('b', 'B') {
                found.push(format!("columns({schema}, {relation}, {columns})"));
            }
        }
        if let Some(function) = shape.parameter('f') {
            found.push(format!("routines({schema}, ARRAY[{function}], '{{}}')"));
        }
        let found = found
            .iter()
            .map(|call| format!("COALESCE(pg_assay.{call}, '[]')"));
        let found: Vec<String> = found.collect();
        (!found.is_empty()).then(|| found.join(" OPERATOR(pg_catalog.||) "))
    }
}
