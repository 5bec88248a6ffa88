//! A shape: what the arguments of an overload are, one word for each.
//!
//! | word | the argument is | its type |
//! | --- | --- | --- |
//! | `s` `r` `n` `c` | schema, relation, name, column | name |
//! | `N` `C` | names, columns | name[] |
//! | `A` | types of a function's arguments | name[] |
//! | `x` `y` | types: of a cast's source and target, of an operator's operands | name |
//! | `L` | casts or operators, as they are listed | text[] |
//! | `S` `t` `b` `B` | another schema, relation, column, columns | name, name[] |
//! | `f` | a trigger's function | name |
//! | `R` | the role that it is about | name |
//! | `m` | anything else that is a name | name |
//! | `v` `d` | a value, the description | text |
//! | `i` | a number | integer |
//! | `e` | a value of whatever type | anyelement |
//!
//! `[]` makes an array of names of it (`v[]`, `m[]`), and `:text` says that the argument is a text.

/// The arguments of an overload, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Argument {
    role: char,
    data_type: &'static str,
}

impl Shape {
    /// Reads the shapes of a row, with bars between them.
    pub(super) fn parse_all(text: &str) -> Vec<Self> {
        let shapes = text.split('|').map(|shape| Self {
            arguments: shape.split_whitespace().map(Argument::parse).collect(),
        });
        shapes.collect()
    }

    /// The types of the arguments as the server lists them, with commas and without blanks.
    pub fn types(&self) -> String {
        let types: Vec<&str> = self.arguments.iter().map(|it| it.data_type).collect();
        types.join(",")
    }

    /// The parameter that has this role, as an expression of type `name` or `name[]`.
    pub(super) fn parameter(&self, role: char) -> Option<String> {
        let at = self.arguments.iter().position(|it| it.role == role)?;
        Some(match self.arguments[at].data_type {
            "text" => format!("${}::pg_catalog.name", at + 1),
            _ => format!("${}", at + 1),
        })
    }

    /// The same, or NULL.
    pub(super) fn parameter_or_null(&self, role: char) -> String {
        self.parameter(role).unwrap_or_else(|| "NULL".to_owned())
    }

    /// The parameters with these roles as one array: of one name, or of several.
    pub(super) fn array(&self, one: char, several: char) -> Option<String> {
        let one = self.parameter(one).map(|one| format!("ARRAY[{one}]"));
        one.or_else(|| self.parameter(several))
    }

    /// The same, or NULL.
    pub(super) fn array_or_null(&self, one: char, several: char) -> String {
        self.array(one, several)
            .unwrap_or_else(|| "NULL".to_owned())
    }
}

impl Argument {
    fn parse(word: &str) -> Self {
        let role = word.chars().next().unwrap_or_default();
        let data_type = match (role, &word[role.len_utf8()..]) {
            (_, "[]") | ('N' | 'C' | 'A' | 'B', _) => "name[]",
            (_, ":text") | ('v' | 'd', _) => "text",
            ('L', _) => "text[]",
            ('i', _) => "integer",
            ('e', _) => "anyelement",
            _ => "name",
        };
        Self { role, data_type }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_knows_types_and_parameters() {
        let [first, second] = &Shape::parse_all("s r n:text v[] d | r C e i L")[..] else {
            panic!("two shapes");
        };
        assert_eq!(first.types(), "name,name,text,name[],text");
        assert_eq!(second.types(), "name,name[],anyelement,integer,text[]");
        assert_eq!(first.parameter('r').as_deref(), Some("$2"));
        assert_eq!(
            first.array('n', 'N').as_deref(),
            Some("ARRAY[$3::pg_catalog.name]")
        );
        assert_eq!(second.array('c', 'C').as_deref(), Some("$2"));
        assert_eq!(second.parameter_or_null('s'), "NULL");
    }
}
