use serde::Deserialize;

use super::Behaviour;
use super::function::properties;
use crate::catalog::{Address, Catalog, Class, Kind, Object, ObjectName, Property};
use crate::event::ServerMessage;

/// What a probe in the database told: a notice that is not the test's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Touch {
    /// An assertion about the schema was made.
    Asserted(Asserted),
    /// An error that was caught, or that reached the client.
    Caught(Caught),
    /// Objects did something.
    Exercised(Exercised),
    /// What objects accepted could not be seen.
    Unseen(Unseen),
    /// A statement or a branch of a routine was reached.
    Hit(Hit),
    /// A statement ran outside of a transaction, so that nothing could be looked up behind it.
    Outside,
}

/// That a statement or a branch was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub struct Hit {
    /// The routine's row in `pg_proc`.
    pub routine: u32,
    /// The probe there.
    pub probe: usize,
}

/// That it could not be seen whether objects accepted something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Unseen {
    /// The objects.
    #[serde(deserialize_with = "addresses")]
    pub objects: Vec<Address>,
    /// Why not, in words.
    pub why: String,
}

/// What objects did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Exercised {
    /// The objects.
    #[serde(deserialize_with = "addresses")]
    pub objects: Vec<Address>,
    /// What each of them did. Of a privilege, the role is the one that made use of it, whoever it was granted to.
    pub behaviour: Behaviour,
}

/// An assertion of pgTAP about the schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Asserted {
    /// The overload that made the comparison: `has_table(name,name,text)`.
    pub overload: String,
    /// Whether it passed, and is not marked as something to be done (`todo()`).
    pub passed: bool,
    /// What it states something of, as the server resolved it.
    #[serde(deserialize_with = "addresses")]
    stated: Vec<Address>,
    /// What must be there besides for it to pass.
    #[serde(deserialize_with = "addresses")]
    implied: Vec<Address>,
    /// The roles that it is about.
    about: Vec<String>,
}

/// An error that an assertion (`throws_ok` and its kin, `lives_ok`, `runtests`) or a handler of the project caught, or that
/// reached the client. What the server did not tell is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
pub struct Caught {
    /// SQLSTATE.
    pub code: String,
    /// The message.
    pub message: String,
    /// The schema of the table or data type.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The data type.
    pub datatype: String,
    /// The constraint.
    pub constraint: String,
}

/// That a passing assertion pins down a property of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// The object.
    pub object: ObjectName,
    /// What of it.
    pub property: Property,
    /// Whether the assertion is about the object. Otherwise it could only pass because the object is there: the table
    /// of a column, the schema of a table, the index behind a key, the role that has a privilege.
    pub is_direct: bool,
}

impl Touch {
    /// Reads a notice; none for those that no probe sent.
    pub fn parse(notice: &ServerMessage) -> Option<Self> {
        if notice.severity != "INFO" {
            return None;
        }
        let told = notice.message.strip_prefix("pgassay:")?;
        let (kind, told) = told.split_once(':')?;
        match kind {
            "asserted" => serde_json::from_str(told).ok().map(Self::Asserted),
            "caught" => serde_json::from_str(told).ok().map(Self::Caught),
            "exercised" => serde_json::from_str(told).ok().map(Self::Exercised),
            "hit" => serde_json::from_str(told).ok().map(Self::Hit),
            "unseen" => serde_json::from_str(told).ok().map(Self::Unseen),
            _ => None,
        }
    }
}

impl Asserted {
    /// What it pins down of the objects of a catalog: nothing unless it passed, and nothing that the catalog does not
    /// list, such as objects that the test made itself, or a default of a column that has none.
    pub fn claims(&self, catalog: &Catalog) -> Vec<Claim> {
        let Some(properties) = properties(&self.overload).filter(|_| self.passed) else {
            return Vec::new();
        };
        let mut claims = Vec::new();
        for object in self.stated.iter().filter_map(|it| find(catalog, *it)) {
            claims.push(Claim::new(object, Property::Existence, true));
            for property in properties {
                let property = match property {
                    Property::Privileges(_) => self.role().map(Property::Privileges),
                    Property::Membership(_) => self.role().map(Property::Membership),
                    other => Some(other.clone()),
                };
                let property = property.filter(|it| object.value(it).is_some());
                claims.extend(property.map(|property| Claim::new(object, property, true)));
            }
            imply_surroundings(object, catalog, &mut claims);
        }
        if claims.is_empty() {
            return claims;
        }
        for object in self.implied.iter().filter_map(|it| find(catalog, *it)) {
            claims.push(Claim::new(object, Property::Existence, false));
            imply_surroundings(object, catalog, &mut claims);
        }
        for role in &self.about {
            imply(&ObjectName::new(Kind::Role, role), catalog, &mut claims);
        }
        // What it is about is not implied besides.
        claims.sort_by(|left, right| {
            let key = |claim: &Claim| (claim.object.clone(), claim.property.clone());
            (key(left), !left.is_direct).cmp(&(key(right), !right.is_direct))
        });
        claims
            .dedup_by(|later, kept| later.object == kept.object && later.property == kept.property);
        claims
    }

    /// The role that it is about, as the catalog calls it.
    fn role(&self) -> Option<String> {
        let role = self.about.first()?;
        Some(match role.as_str() {
            "public" => "PUBLIC".to_owned(),
            role => role.to_owned(),
        })
    }
}

impl Caught {
    /// The constraint that refused, where the server told one.
    pub fn constraint<'a>(&self, catalog: &'a Catalog) -> Option<&'a Object> {
        const INTEGRITY_CONSTRAINT_VIOLATION: &str = "23";
        if !self.code.starts_with(INTEGRITY_CONSTRAINT_VIOLATION) {
            return None;
        }
        let of = if self.table.is_empty() {
            &self.datatype
        } else {
            &self.table
        };
        catalog.constraint(&self.schema, of, &self.constraint)
    }

    /// The column that refused a null, or the domain.
    pub fn not_null<'a>(&self, catalog: &'a Catalog) -> Option<&'a Object> {
        const NOT_NULL_VIOLATION: &str = "23502";
        if self.code != NOT_NULL_VIOLATION {
            return None;
        }
        let name = if self.table.is_empty() {
            ObjectName::in_schema(Kind::Domain, &*self.schema, &*self.datatype)
        } else {
            ObjectName::part(Kind::Column, &*self.schema, &*self.table, &*self.column)
        };
        catalog.get(&name)
    }
}

impl Claim {
    fn new(object: &Object, property: Property, is_direct: bool) -> Self {
        Self {
            object: object.name.clone(),
            property,
            is_direct,
        }
    }
}

/// What must be there so that an object can be: its schema, its parent, and of a key and its index the other one.
fn imply_surroundings(object: &Object, catalog: &Catalog, claims: &mut Vec<Claim>) {
    let name = &object.name;
    let Some(schema) = &name.schema else {
        return;
    };
    imply(&ObjectName::new(Kind::Schema, schema), catalog, claims);
    let Some(parent) = &name.parent else {
        return;
    };
    let relations = Kind::ALL.iter().filter(|kind| kind.is_relation());
    for kind in relations.chain([&Kind::CompositeType, &Kind::Domain]) {
        let parent = ObjectName::in_schema(*kind, schema, parent);
        imply(&parent, catalog, claims);
    }
    let keys = [Kind::PrimaryKey, Kind::UniqueKey, Kind::Exclusion];
    let others = match name.kind {
        Kind::Index => keys.as_slice(),
        kind if keys.contains(&kind) => &[Kind::Index],
        _ => &[],
    };
    for kind in others {
        let other = ObjectName::part(*kind, schema, parent, &name.name);
        imply(&other, catalog, claims);
    }
}

fn imply(name: &ObjectName, catalog: &Catalog, claims: &mut Vec<Claim>) {
    let object = catalog.get(name);
    claims.extend(object.map(|object| Claim::new(object, Property::Existence, false)));
}

/// The object at an address; the database is the only one, under whatever OID a copy of the template has.
fn find(catalog: &Catalog, address: Address) -> Option<&Object> {
    match address.class {
        Class::Database => catalog.get(&ObjectName::new(Kind::Database, "")),
        _ => catalog.at(address),
    }
}

fn addresses<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
    let told = Vec::<(Class, u32, i16)>::deserialize(deserializer)?;
    let addresses = told.into_iter();
    Ok(addresses
        .map(|(class, oid, column)| Address { class, oid, column })
        .collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn info(message: &str) -> ServerMessage {
        ServerMessage {
            severity: "INFO".into(),
            message: message.into(),
            ..ServerMessage::default()
        }
    }

    const ASSERTED: &str = r#"pgassay:asserted:{"about": ["r"], "overload": "has_pk(name)", "passed": true,
        "stated": [["pg_class", 4294967295, -1], ["pg_authid", 1, 0]], "implied": []}"#;

    #[test]
    fn an_assertion_is_read_whole() {
        let Some(Touch::Asserted(asserted)) = Touch::parse(&info(ASSERTED)) else {
            panic!("no touch");
        };
        let stated = vec![
            Address::of_column(u32::MAX, -1),
            Address::new(Class::Role, 1),
        ];
        let expected = Asserted {
            overload: "has_pk(name)".into(),
            passed: true,
            stated,
            implied: Vec::new(),
            about: vec!["r".into()],
        };
        assert_eq!(asserted, expected);
    }

    #[test]
    fn what_only_looks_like_a_probes_notice_is_the_tests_own() {
        let notice = ServerMessage {
            severity: "NOTICE".into(),
            ..info(ASSERTED)
        };
        assert_eq!(Touch::parse(&notice), None);
        for message in [
            "pgassay:asserted:",
            "pgassay:asserted:{}",
            "pgassay:caught:[]",
            "pgassay:exercised:{}",
            r#"pgassay:exercised:{"objects": [["pg_class", 1, 0]], "behaviour": "sings"}"#,
            "pgassay:hit:{}",
            r#"pgassay:hit:{"routine": 1, "probe": -1}"#,
            "pgassay:other:{}",
            "pgassay",
            &ASSERTED.replace("pg_class", "pg_nothing"),
            &ASSERTED.replace("4294967295", "4294967296"),
        ] {
            assert_eq!(Touch::parse(&info(message)), None, "{message}");
        }
    }

    #[test]
    fn an_assertion_that_failed_or_is_unknown_claims_nothing() {
        let catalog = serde_json::json!({"aliases": [], "objects": [{
            "name": {"kind": "table", "schema": "s", "parent": null, "name": "t", "signature": null},
            "address": {"class": "pg_class", "oid": 7, "column": 0},
            "properties": {}, "definition": null, "made_at": null, "changed_at": null,
        }]});
        let catalog: Catalog = serde_json::from_value(catalog).unwrap();
        let [object] = catalog.objects() else {
            panic!("one object");
        };
        let mut asserted = Asserted {
            overload: "has_table(name)".into(),
            passed: true,
            stated: vec![object.address, Address::new(Class::Relation, 8)],
            implied: vec![object.address],
            about: vec!["nobody".into()],
        };
        let claim = Claim::new(object, Property::Existence, true);
        assert_eq!(asserted.claims(&catalog), [claim]);
        asserted.passed = false;
        assert_eq!(asserted.claims(&catalog), []);
        asserted.passed = true;
        asserted.overload = "has_table(integer)".into();
        assert_eq!(asserted.claims(&catalog), []);
    }

    proptest! {
        #[test]
        fn any_notice_is_read(message in "(pgassay:(asserted|caught|exercised|hit|unseen):)?.*") {
            Touch::parse(&info(&message));
        }

        #[test]
        fn what_objects_did_comes_back(class in prop::sample::select(Class::ALL), oid in any::<u32>(), column in any::<i16>(), role in ".*") {
            let behaviours = [Behaviour::Accepts, Behaviour::FiresOn("insert".into()), Behaviour::Allows("SELECT".into(), role)];
            for behaviour in behaviours {
                let told = serde_json::json!({"objects": [[class.table(), oid, column]], "behaviour": behaviour.to_string()});
                let objects = vec![Address { class, oid, column }];
                let expected = Touch::Exercised(Exercised { objects, behaviour });
                prop_assert_eq!(Touch::parse(&info(&format!("pgassay:exercised:{told}"))), Some(expected));
            }
        }

        #[test]
        fn what_could_not_be_seen_comes_back(class in prop::sample::select(Class::ALL), oid in any::<u32>(), why in ".*") {
            let told = serde_json::json!({"objects": [[class.table(), oid, 0]], "why": why});
            let expected = Touch::Unseen(Unseen { objects: vec![Address::new(class, oid)], why });
            prop_assert_eq!(Touch::parse(&info(&format!("pgassay:unseen:{told}"))), Some(expected));
        }

        #[test]
        fn what_was_caught_comes_back(parts in prop::array::uniform7(any::<String>())) {
            let [code, message, schema, table, column, datatype, constraint] = parts;
            let caught = Caught { code, message, schema, table, column, datatype, constraint };
            let told = serde_json::json!({
                "code": caught.code, "message": caught.message, "schema": caught.schema, "table": caught.table,
                "column": caught.column, "datatype": caught.datatype, "constraint": caught.constraint,
            });
            let notice = info(&format!("pgassay:caught:{told}"));
            prop_assert_eq!(Touch::parse(&notice), Some(Touch::Caught(caught)));
        }
    }
}
