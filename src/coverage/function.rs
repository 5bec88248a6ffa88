use std::sync::LazyLock;

use super::body::{self, Around, Language, UnknownBody};
use super::hidden;
use super::shape::Shape;
use super::statements::{OF_ABSENCE, OF_OTHER_THINGS, Statement, rows};
use crate::catalog::Property;
use crate::script::quote_literal;

/// Functions of pgTAP that run what they are given and catch its errors.
const CATCHING: [&str; 7] = [
    "_runner",
    "lives_ok",
    "throws_ilike",
    "throws_imatching",
    "throws_like",
    "throws_matching",
    "throws_ok",
];

static ROWS: LazyLock<Vec<Statement>> = LazyLock::new(rows);

/// All that the functions of pgTAP state about the schema, in the order of the table.
pub fn statements() -> &'static [Statement] {
    &ROWS
}

/// The functions of pgTAP that state nothing of what is there: about other things than the schema, or of what is absent.
pub fn silent_functions() -> impl Iterator<Item = &'static str> {
    OF_ABSENCE.iter().chain(OF_OTHER_THINGS).copied()
}

/// A function of pgTAP, as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgtapFunction {
    /// Its name.
    pub name: String,
    /// The types of its arguments as the server lists them, with commas and without blanks: `name,name[],text`.
    pub types: String,
    /// The name of its language.
    pub language: String,
    /// Its text.
    pub body: String,
    /// Whether it is a member of an extension. Otherwise it may also be somebody's own that lies in the same schema.
    pub is_member: bool,
}

/// What coverage makes of a function of pgTAP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// It gets this body, and tells the client.
    Tells(String),
    /// It stays as it is: it states nothing of what is there, or returns what another overload does, which tells, or it
    /// tells already.
    Silent,
    /// The table does not know it: a function of another version of pgTAP.
    Unknown,
}

impl PgtapFunction {
    /// The overload, as people write it: `has_table(name,name,text)`.
    pub fn overload(&self) -> String {
        format!("{}({})", self.name, self.types)
    }

    /// What coverage makes of it.
    ///
    /// # Errors
    /// When its body is of a form that this does not know.
    pub fn treatment(&self) -> Result<Treatment, UnknownBody> {
        if self.body.contains("pg_assay.") {
            return Ok(Treatment::Silent);
        }
        if let Some((statement, shape)) = find(&self.name, &self.types) {
            let around = self.around(statement, shape);
            let language = match self.language.as_str() {
                "plpgsql" => Language::PlPgSql,
                _ => Language::Sql,
            };
            let wrapped = body::wrap_result(&self.name, language, &self.body, &around)?;
            return Ok(wrapped.map_or(Treatment::Silent, Treatment::Tells));
        }
        let name = self.name.as_str();
        if CATCHING.contains(&name) {
            // The other overloads hand on to the one that catches.
            return match body::tell_caught(&self.body) {
                Err(UnknownBody::NoHandler) if self.language == "sql" || self.hands_on() => {
                    Ok(Treatment::Silent)
                }
                told => told.map(Treatment::Tells),
            };
        }
        let is_silent =
            name.starts_with('_') || OF_ABSENCE.contains(&name) || OF_OTHER_THINGS.contains(&name);
        let is_of_pgtap = self.is_member || statements().iter().any(|row| row.function == name);
        Ok(if is_silent || !is_of_pgtap {
            Treatment::Silent
        } else {
            Treatment::Unknown
        })
    }

    /// Whether its text calls an overload of itself.
    fn hands_on(&self) -> bool {
        self.body.contains(&self.name)
    }

    fn around(&self, statement: &Statement, shape: &Shape) -> Around {
        let overload = quote_literal(&self.overload());
        let mut behind = format!("{overload}, {}", statement.subject.stated(shape));
        let implied = statement.subject.implied(shape);
        let about = shape.array('R', 'R');
        if implied.is_some() || about.is_some() {
            behind.push_str(&format!(", {}", implied.as_deref().unwrap_or("NULL")));
        }
        if let Some(about) = about {
            behind.push_str(&format!(", {about}"));
        }
        hidden::around(&behind)
    }
}

/// The row and the shape of an overload.
fn find(name: &str, types: &str) -> Option<(&'static Statement, &'static Shape)> {
    let mut rows = statements().iter().filter(|row| row.function == name);
    rows.find_map(|row| {
        let shape = row.shapes.iter().find(|shape| shape.types() == types)?;
        Some((row, shape))
    })
}

/// What an overload (`has_table(name,name)`) states besides existence; none for one that the table does not know.
pub(super) fn properties(overload: &str) -> Option<&'static [Property]> {
    let (name, types) = overload.strip_suffix(')')?.split_once('(')?;
    find(name, types).map(|(row, _)| row.properties.as_slice())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_overload_has_two_rows_and_no_function_is_in_two_lists() {
        let mut overloads = BTreeSet::new();
        for row in statements() {
            for shape in &row.shapes {
                let overload = format!("{}({})", row.function, shape.types());
                assert!(overloads.insert(overload.clone()), "{overload}");
            }
            assert!(!OF_ABSENCE.contains(&row.function), "{}", row.function);
            assert!(!OF_OTHER_THINGS.contains(&row.function), "{}", row.function);
        }
        let mut lists = [OF_ABSENCE, OF_OTHER_THINGS].concat();
        lists.sort_unstable();
        lists.dedup();
        assert_eq!(lists.len(), OF_ABSENCE.len() + OF_OTHER_THINGS.len());
    }

    #[test]
    fn a_function_tells_what_its_arguments_name() {
        let function = |name: &str, types: &str, body: &str| PgtapFunction {
            name: name.into(),
            types: types.into(),
            language: "sql".into(),
            body: body.into(),
            is_member: false,
        };
        let told = |it: PgtapFunction| match it.treatment() {
            Ok(Treatment::Tells(body)) => body,
            other => panic!("{other:?}"),
        };
        let told = [
            told(function("has_table", "name", "SELECT ok($1);")),
            told(function(
                "table_privs_are",
                "name,name,name,name[]",
                "SELECT ok($1)",
            )),
            told(function(
                "fk_ok",
                "name,name,name[],name,name,name[]",
                "SELECT ok($1)",
            )),
            told(function("trigger_is", "name,name,name", "SELECT ok($1)")),
            told(function("domain_type_is", "text,text", "SELECT ok($1)")),
            told(function("col_has_check", "name,name,text", "SELECT ok($1)")),
        ];
        insta::assert_snapshot!(told.join("\n"));
        let other = function("has_table", "name,integer", "SELECT ok($1)");
        assert_eq!(other.treatment(), Ok(Treatment::Unknown));
        let of_absence = function("hasnt_table", "name", "SELECT ok($1)");
        assert_eq!(of_absence.treatment(), Ok(Treatment::Silent));
    }
}
