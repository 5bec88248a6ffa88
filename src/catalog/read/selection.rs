use crate::catalog::object::FIRST_OID;
use crate::catalog::{Class, Property};

/// A query for the objects of one system catalog, written from what each part of an object is in SQL.
///
/// All selections together are one message to the server, so that each row says by itself what it is: where its object
/// is kept, the parts of its name, its definition, and then a word and a value for each property.
#[derive(Debug)]
pub(super) struct Selection {
    class: Class,
    version: u32,
    parts: [&'static str; PARTS.len()],
    properties: Vec<(Property, String)>,
    from: String,
    conditions: Vec<String>,
}

/// The parts that come before the properties, in the order of the row's columns behind the class.
const PARTS: [&str; 8] = [
    "oid",
    "column",
    "kind",
    "schema",
    "parent",
    "name",
    "signature",
    "definition",
];
/// How many columns of a row come before the properties.
pub(super) const FIRST_PROPERTY: usize = 1 + PARTS.len();

impl Selection {
    /// Selects from a system catalog, for a server of this major version. The catalog's alias is `o`.
    pub(super) fn of(class: Class, version: u32) -> Self {
        let table = class.table();
        Self {
            class,
            version,
            parts: ["o.oid", "0", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"],
            properties: Vec::new(),
            from: format!("pg_catalog.{table} o"),
            conditions: Vec::new(),
        }
    }

    fn part(mut self, name: &str, sql: &'static str) -> Self {
        for (part, there) in PARTS.iter().zip(&mut self.parts) {
            if *part == name {
                *there = sql;
            }
        }
        self
    }

    pub(super) fn oid(self, sql: &'static str) -> Self {
        self.part("oid", sql)
    }

    pub(super) fn column(self, sql: &'static str) -> Self {
        self.part("column", sql)
    }

    /// Another table than the class's own, which not everybody may read.
    pub(super) fn from(mut self, sql: &str) -> Self {
        sql.clone_into(&mut self.from);
        self
    }

    /// The kind's word, as SQL.
    pub(super) fn kind(self, sql: &'static str) -> Self {
        self.part("kind", sql)
    }

    pub(super) fn name(self, sql: &'static str) -> Self {
        self.part("name", sql)
    }

    pub(super) fn signature(self, sql: &'static str) -> Self {
        self.part("signature", sql)
    }

    pub(super) fn parent(self, sql: &'static str) -> Self {
        self.part("parent", sql)
    }

    pub(super) fn schema(self, sql: &'static str) -> Self {
        self.part("schema", sql)
    }

    pub(super) fn definition(self, sql: &'static str) -> Self {
        self.part("definition", sql)
    }

    /// The schema by its number, joined as `n`; those of the server are left out.
    pub(super) fn in_schema(self, number: &str) -> Self {
        self.join(&format!(
            "JOIN pg_catalog.pg_namespace n ON n.oid = {number}"
        ))
        .only("n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'")
        .part("schema", "n.nspname")
    }

    pub(super) fn join(mut self, sql: &str) -> Self {
        self.from.push(' ');
        self.from.push_str(sql);
        self
    }

    pub(super) fn only(mut self, condition: &str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }

    /// Leaves out the server's own objects, and members of extensions.
    pub(super) fn own(self) -> Self {
        let class = self.class;
        self.only(&format!("o.oid >= {FIRST_OID}"))
            .no_member(class, "o.oid")
    }

    /// Leaves out what is a member of an extension, or belongs to something that is one.
    pub(super) fn no_member(self, class: Class, oid: &str) -> Self {
        let class = class.table();
        // All members are looked up once, by what they are members of, and not one object after the other.
        self.only(&format!(
            "{oid} NOT IN (SELECT e.objid FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.objsubid = 0
                AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                AND e.classid = 'pg_catalog.{class}'::pg_catalog.regclass)"
        ))
    }

    /// Leaves out what the server made for something else: the constructors of a range type.
    pub(super) fn made_by_people(self) -> Self {
        let class = self.class.table();
        self.only(&format!(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'i' AND e.objsubid = 0
                AND e.classid = 'pg_catalog.{class}'::pg_catalog.regclass AND e.objid = o.oid)"
        ))
    }

    /// A property as SQL; NULL where the object does not have it.
    pub(super) fn with(mut self, property: Property, sql: &str) -> Self {
        self.properties.push((property, sql.to_owned()));
        self
    }

    /// A property that servers have from this major version on.
    pub(super) fn with_since(self, since: u32, property: Property, sql: &str) -> Self {
        if self.version >= since {
            self.with(property, sql)
        } else {
            self
        }
    }

    /// The owner, by its number.
    pub(super) fn owner(self, number: &str) -> Self {
        self.with(
            Property::Owner,
            &format!("pg_catalog.pg_get_userbyid({number})"),
        )
    }

    /// The query; without definitions these are NULL.
    pub(super) fn to_sql(&self, definitions: bool) -> String {
        let part = |(name, sql): (&&str, &&'static str)| match *name {
            "definition" if !definitions => "NULL",
            _ => *sql,
        };
        let parts: Vec<&str> = PARTS.iter().zip(&self.parts).map(part).collect();
        let parts = parts.join(", ");
        let properties: String = self
            .properties
            .iter()
            .map(|(property, sql)| format!(", '{}', {sql}", property.word()))
            .collect();
        let conditions = match self.conditions.as_slice() {
            [] => "true".to_owned(),
            some => some.join(" AND "),
        };
        format!(
            "SELECT '{}', {parts}{properties} FROM {} WHERE {conditions}",
            self.class.table(),
            self.from
        )
    }
}

/// SQL for a list of texts, sorted and separated by commas: options.
pub(super) fn sorted(array: &str) -> String {
    sorted_by(", ", array)
}

/// SQL for settings, sorted and separated by semicolons, since their values may be lists.
pub(super) fn settings(array: &str) -> String {
    sorted_by("; ", array)
}

fn sorted_by(separator: &str, array: &str) -> String {
    format!(
        "CASE WHEN ({array}) IS NOT NULL THEN
            (SELECT string_agg(item, '{separator}' ORDER BY item COLLATE \"C\") FROM unnest({array}) item) END"
    )
}

/// SQL for the names of a relation's columns, by an array of their numbers, in its order.
pub(super) fn columns(relation: &str, numbers: &str) -> String {
    format!(
        "(SELECT string_agg((SELECT quote_ident(k.attname) FROM pg_catalog.pg_attribute k
                              WHERE k.attrelid = {relation} AND k.attnum = number.attnum), ', ' ORDER BY number.at)
            FROM unnest({numbers}) WITH ORDINALITY number (attnum, at))"
    )
}

/// SQL for words of a letter: `words("o.relkind", &[("r", "table")])`; NULL for other letters.
pub(super) fn words(letter: &str, words: &[(&str, &str)]) -> String {
    let cases: String = words
        .iter()
        .map(|(letter, word)| format!(" WHEN '{letter}' THEN '{word}'"))
        .collect();
    format!("CASE {letter}{cases} END")
}
