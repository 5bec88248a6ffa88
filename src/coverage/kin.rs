//! What does something for others too: a part of a partition or of a table that inherits is also its parent's, and
//! a not-null constraint does what its column does.

use super::Behaviour;
use crate::catalog::{Catalog, Kind, Object, ObjectName, Property};
use crate::script::{TokenKind, Tokens};

/// The objects that do what this one does, itself first.
pub(super) fn with_kin<'a>(catalog: &'a Catalog, object: &'a Object) -> Vec<&'a Object> {
    let mut all = vec![object];
    let mut at = 0;
    while let Some(object) = all.get(at).copied() {
        for other in above(catalog, object)
            .into_iter()
            .chain(not_null(catalog, object))
        {
            if !all.iter().any(|it| it.name == other.name) {
                all.push(other);
            }
        }
        at += 1;
    }
    all
}

/// To whom a privilege was given that a role made use of, as the catalog calls them: the role itself, those that it
/// is a member of, or everybody. None where it is the owner's.
pub(super) fn grantees(
    catalog: &Catalog,
    object: &Object,
    privilege: &str,
    role: &str,
) -> Vec<Behaviour> {
    if object.value(&Property::Owner) == Some(role) {
        return Vec::new();
    }
    let mut roles = vec!["PUBLIC".to_owned(), role.to_owned()];
    let mut at = 1;
    while let Some(role) = roles.get(at) {
        let role = catalog.get(&ObjectName::new(Kind::Role, role));
        let properties = role.into_iter().flat_map(|role| &role.properties);
        let memberships = properties.filter_map(|(property, options)| match property {
            Property::Membership(of) if options.contains("inherit") => Some(of.clone()),
            _ => None,
        });
        let new: Vec<String> = memberships.filter(|it| !roles.contains(it)).collect();
        roles.extend(new);
        at += 1;
    }
    let all = Behaviour::of(object).into_iter();
    all.filter(
        |it| matches!(it, Behaviour::Allows(of, to) if of == privilege && roles.contains(to)),
    )
    .collect()
}

/// The same part of the parents of its table.
fn above<'a>(catalog: &'a Catalog, object: &'a Object) -> Vec<&'a Object> {
    if object.name.kind == Kind::Index {
        let parents = object.value(&Property::Parents).unwrap_or_default();
        let parents = names(parents).into_iter();
        return parents
            .filter_map(|(schema, name)| {
                let mut found = catalog
                    .objects()
                    .iter()
                    .filter(move |it| it.name.kind == Kind::Index && it.name.name == name);
                found.find(|it| it.name.schema.as_deref() == Some(&schema))
            })
            .collect();
    }
    let (Some(schema), Some(parent)) = (&object.name.schema, &object.name.parent) else {
        return Vec::new();
    };
    let tables = [Kind::Table, Kind::ForeignTable];
    let table = |schema: &str, name: &str| {
        let mut found = tables
            .iter()
            .filter_map(|kind| catalog.get(&ObjectName::in_schema(*kind, schema, name)));
        found.next()
    };
    let parents = table(schema, parent).and_then(|table| table.value(&Property::Parents));
    let parents = names(parents.unwrap_or_default()).into_iter();
    parents
        .filter_map(|(schema, parent)| counterpart(catalog, object, &schema, &parent))
        .collect()
}

/// What a part of a table is in a parent of it: what has the same name, or of keys the same columns.
fn counterpart<'a>(
    catalog: &'a Catalog,
    object: &Object,
    schema: &str,
    parent: &str,
) -> Option<&'a Object> {
    let kind = object.name.kind;
    let by_name = ObjectName::part(kind, schema, parent, &object.name.name);
    let of_same_name = || catalog.get(&by_name);
    match kind {
        Kind::Column | Kind::Trigger | Kind::Check => of_same_name(),
        Kind::PrimaryKey | Kind::UniqueKey | Kind::ForeignKey | Kind::NotNull => {
            let same =
                |property| move |it: &&Object| it.value(&property) == object.value(&property);
            let parts = catalog.objects().iter();
            let of_same_columns = parts
                .filter(|it| it.name.kind == kind && it.relation() == Some((schema, parent)))
                .filter(same(Property::Columns))
                .find(same(Property::References));
            of_same_columns.or_else(of_same_name)
        }
        _ => None,
    }
}

/// The not-null constraint of a column or domain.
fn not_null<'a>(catalog: &'a Catalog, object: &'a Object) -> Option<&'a Object> {
    let schema = object.name.schema.as_deref()?;
    match object.name.kind {
        Kind::Column => {
            let is_of = |it: &&Object| {
                it.name.kind == Kind::NotNull
                    && it
                        .value(&Property::Columns)
                        .is_some_and(|columns| unquoted(columns) == object.name.name)
            };
            catalog
                .parts_of(schema, object.name.parent.as_deref()?)
                .find(is_of)
        }
        Kind::Domain => catalog
            .parts_of(schema, &object.name.name)
            .find(|it| it.name.kind == Kind::NotNull),
        _ => None,
    }
}

/// The names in a list as the server writes it: `app.parent, app."Other"`.
fn names(list: &str) -> Vec<(String, String)> {
    let mut names = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    let mut end = |parts: &mut Vec<String>| {
        if let [schema, name] = parts.as_slice() {
            names.push((schema.clone(), name.clone()));
        }
        parts.clear();
    };
    for token in Tokens::of(list) {
        match token.kind {
            TokenKind::Word(_) | TokenKind::Quoted(_) => {
                parts.push(unquoted(&list[token.start..token.end]));
            }
            TokenKind::Sign(',') => end(&mut parts),
            _ => {}
        }
    }
    end(&mut parts);
    names
}

/// An identifier without its quotes.
fn unquoted(identifier: &str) -> String {
    let inside = identifier
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inside {
        Some(inside) => inside.replace("\"\"", "\""),
        None => identifier.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_names_are_read_as_the_server_writes_them() {
        let pair = |schema: &str, name: &str| (schema.to_owned(), name.to_owned());
        assert_eq!(names(""), []);
        assert_eq!(
            names(r#"app.parent, "A, b"."c""d""#),
            [pair("app", "parent"), pair("A, b", "c\"d")]
        );
    }
}
