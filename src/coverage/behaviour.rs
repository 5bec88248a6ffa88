use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::{Kind, Object, Property};

/// Something that a schema object does when it is used, and that a run can be seen to bring about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behaviour {
    /// A constraint, a unique index or a column that is not null let a row through.
    Accepts,
    /// It refused one.
    Rejects,
    /// A foreign key changed or deleted rows because the row that they refer to was deleted.
    ActsOnDelete,
    /// The same because that row got another key.
    ActsOnUpdate,
    /// A trigger was fired by an event: `insert`, `update`, `delete`, `truncate`, or what an event trigger is for.
    FiresOn(String),
    /// A routine was called.
    Runs,
    /// A policy let a row through.
    Admits,
    /// A policy kept a row from being seen or written.
    Refuses,
    /// A default, an identity or a generated column made a value.
    Produces,
    /// A view was read.
    IsRead,
    /// An index was scanned.
    IsScanned,
    /// A role made use of a privilege: `SELECT`, `app_reader`.
    Allows(String, String),
    /// Somebody was refused for want of a privilege (SQLSTATE 42501).
    Denies,
}

impl Behaviour {
    /// All that an object can do and be seen to do, by its kind and properties. Of privileges, those of the owner are left
    /// out, who would have them anyway, and those whose use leaves no trace.
    pub fn of(object: &Object) -> Vec<Self> {
        let has = |property: &Property| object.value(property).is_some();
        let is = |property: &Property, value: &str| object.value(property) == Some(value);
        let mut all = Vec::new();
        // That a deferred constraint let a row through leaves no trace.
        let is_deferred = is(&Property::Deferrability, "deferred");
        let judges = [Self::Accepts, Self::Rejects]
            .into_iter()
            .skip(usize::from(is_deferred));
        let is_idle = ["disabled", "replica"]
            .iter()
            .any(|it| is(&Property::Firing, it));
        match object.name.kind {
            kind if kind.is_constraint() && has(&Property::Enforcement) => {}
            Kind::Trigger | Kind::EventTrigger if is_idle => {}
            Kind::ForeignKey => {
                all.extend(judges);
                let acts = |property| {
                    let action = object.value(property).unwrap_or("no action");
                    !matches!(action, "no action" | "restrict")
                };
                all.extend(acts(&Property::OnDelete).then_some(Self::ActsOnDelete));
                all.extend(acts(&Property::OnUpdate).then_some(Self::ActsOnUpdate));
            }
            kind if kind.is_constraint() => all.extend(judges),
            Kind::Column | Kind::Domain => {
                if is(&Property::Nullability, "not null") {
                    all.extend([Self::Accepts, Self::Rejects]);
                }
                let makers = [Property::Default, Property::Identity, Property::Generated];
                all.extend(makers.iter().any(has).then_some(Self::Produces));
            }
            Kind::Index => {
                if has(&Property::Uniqueness) && !has(&Property::Constraint) {
                    all.extend([Self::Accepts, Self::Rejects]);
                }
                all.push(Self::IsScanned);
            }
            Kind::View | Kind::MaterializedView => all.push(Self::IsRead),
            kind if kind.is_routine() => all.push(Self::Runs),
            Kind::Trigger => {
                let events = object.value(&Property::Events).unwrap_or_default();
                let events = events.split(", ").filter(|event| !event.is_empty());
                all.extend(events.map(|event| Self::FiresOn(event.to_owned())));
            }
            Kind::EventTrigger => {
                let event = object.value(&Property::Timing).unwrap_or_default();
                all.push(Self::FiresOn(event.to_owned()));
            }
            Kind::Policy => {
                // What is no condition at all does one of the two only.
                let conditions = [Property::Expression, Property::CheckExpression];
                let conditions: Vec<&str> = conditions
                    .iter()
                    .filter_map(|it| object.value(it))
                    .collect();
                all.extend(
                    conditions
                        .iter()
                        .any(|it| *it != "false")
                        .then_some(Self::Admits),
                );
                all.extend(
                    conditions
                        .iter()
                        .any(|it| *it != "true")
                        .then_some(Self::Refuses),
                );
            }
            _ => {}
        }
        if matches!(
            object.value(&Property::Result),
            Some("trigger" | "event_trigger")
        ) {
            // Nobody needs a privilege for being the one whose statement fires a trigger.
            return all;
        }
        let mut is_granted = false;
        for (property, privileges) in &object.properties {
            let Property::Privileges(role) = property else {
                continue;
            };
            if object.value(&Property::Owner) == Some(role) {
                continue;
            }
            let seen = seen_privileges(object.name.kind);
            is_granted |= !seen.is_empty();
            let names = privileges.split(", ").map(|name| {
                let plain = name.strip_suffix(" WITH GRANT OPTION");
                plain.unwrap_or(name)
            });
            let names = names.filter(|name| seen.contains(name));
            all.extend(names.map(|name| Self::Allows(name.to_owned(), role.clone())));
        }
        // What everybody may call is denied to nobody.
        let is_open = matches!(object.name.kind, Kind::Function | Kind::Procedure)
            && !is(&Property::Privileges("PUBLIC".into()), "none");
        all.extend((is_granted && !is_open).then_some(Self::Denies));
        all
    }
}

/// The privileges whose use can be seen; the use of others, and of those of columns, leaves no trace.
fn seen_privileges(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Table => &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"],
        Kind::ForeignTable | Kind::View | Kind::MaterializedView => &["SELECT"],
        Kind::Sequence => &["USAGE", "SELECT"],
        Kind::Schema => &["USAGE"],
        Kind::Function | Kind::Procedure => &["EXECUTE"],
        _ => &[],
    }
}

impl fmt::Display for Behaviour {
    /// `rejects`, `fires on insert`, `allows SELECT to app_reader`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FiresOn(event) => write!(f, "fires on {event}"),
            Self::Allows(privilege, role) => write!(f, "allows {privilege} to {role}"),
            plain => f.pad(plain.word()),
        }
    }
}

impl Behaviour {
    const PLAIN: [Self; 11] = [
        Self::Accepts,
        Self::Rejects,
        Self::ActsOnDelete,
        Self::ActsOnUpdate,
        Self::Runs,
        Self::Admits,
        Self::Refuses,
        Self::Produces,
        Self::IsRead,
        Self::IsScanned,
        Self::Denies,
    ];

    fn word(&self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Rejects => "rejects",
            Self::ActsOnDelete => "acts on delete",
            Self::ActsOnUpdate => "acts on update",
            Self::FiresOn(_) => "fires",
            Self::Runs => "runs",
            Self::Admits => "admits",
            Self::Refuses => "refuses",
            Self::Produces => "produces",
            Self::IsRead => "is read",
            Self::IsScanned => "is scanned",
            Self::Allows(..) => "allows",
            Self::Denies => "denies",
        }
    }
}

/// Words that name no behaviour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no behaviour of schema objects")]
pub struct UnknownBehaviour(pub String);

impl FromStr for Behaviour {
    type Err = UnknownBehaviour;

    /// Takes what `Display` writes.
    fn from_str(text: &str) -> Result<Self, UnknownBehaviour> {
        if let Some(event) = text.strip_prefix("fires on ") {
            return Ok(Self::FiresOn(event.to_owned()));
        }
        if let Some((privilege, role)) = text
            .strip_prefix("allows ")
            .and_then(|rest| rest.split_once(" to "))
        {
            return Ok(Self::Allows(privilege.to_owned(), role.to_owned()));
        }
        let found = Self::PLAIN.iter().find(|it| it.word() == text);
        found
            .cloned()
            .ok_or_else(|| UnknownBehaviour(text.to_owned()))
    }
}

impl Serialize for Behaviour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Behaviour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::catalog::{Address, Class, ObjectName};

    fn object(kind: Kind, properties: &[(Property, &str)]) -> Object {
        let properties = properties.iter().cloned();
        Object {
            name: ObjectName::part(kind, "s", "t", "o"),
            address: Address::new(Class::Constraint, 1),
            properties: properties
                .map(|(property, value)| (property, value.to_owned()))
                .collect::<BTreeMap<_, _>>(),
            definition: None,
            made_at: None,
            changed_at: None,
        }
    }

    fn behaviours(kind: Kind, properties: &[(Property, &str)]) -> String {
        let all = Behaviour::of(&object(kind, properties));
        let words: Vec<String> = all.iter().map(Behaviour::to_string).collect();
        words.join("; ")
    }

    #[test]
    fn an_object_can_do_what_its_kind_and_properties_say() {
        use Property::{
            Constraint, Deferrability, Enforcement, Events, Firing, Identity, Nullability,
            OnDelete, OnUpdate, Owner, Privileges, Uniqueness,
        };
        let told = [
            behaviours(Kind::Check, &[]),
            behaviours(
                Kind::ForeignKey,
                &[(OnDelete, "set null (c)"), (OnUpdate, "no action")],
            ),
            behaviours(
                Kind::Column,
                &[(Nullability, "not null"), (Identity, "always")],
            ),
            behaviours(Kind::Column, &[(Nullability, "nullable")]),
            behaviours(
                Kind::Index,
                &[(Uniqueness, "unique"), (Constraint, "primary key")],
            ),
            behaviours(Kind::Index, &[(Uniqueness, "unique")]),
            behaviours(Kind::Trigger, &[(Events, "insert, update")]),
            behaviours(
                Kind::Table,
                &[
                    (Owner, "keeper"),
                    (Privileges("keeper".into()), "SELECT"),
                    (
                        Privileges("reader".into()),
                        "SELECT, UPDATE WITH GRANT OPTION",
                    ),
                ],
            ),
            behaviours(Kind::Function, &[(Privileges("PUBLIC".into()), "none")]),
            behaviours(Kind::Function, &[(Privileges("reader".into()), "EXECUTE")]),
            behaviours(Kind::Trigger, &[(Events, "insert"), (Firing, "disabled")]),
            behaviours(Kind::EventTrigger, &[(Firing, "replica")]),
            behaviours(Kind::ForeignKey, &[(Enforcement, "not enforced")]),
            behaviours(Kind::UniqueKey, &[(Deferrability, "deferred")]),
            behaviours(Kind::UniqueKey, &[(Deferrability, "deferrable")]),
        ];
        let expected = [
            "accepts; rejects",
            "accepts; rejects; acts on delete",
            "accepts; rejects; produces",
            "",
            "is scanned",
            "accepts; rejects; is scanned",
            "fires on insert; fires on update",
            "allows SELECT to reader; allows UPDATE to reader; denies",
            "runs; denies",
            "runs; allows EXECUTE to reader",
            "",
            "",
            "",
            "rejects",
            "accepts; rejects",
        ];
        assert_eq!(told, expected);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(event in "[a-z_]+", privilege in "[A-Z]+", role in ".*") {
            let mut all = Behaviour::PLAIN.to_vec();
            all.push(Behaviour::FiresOn(event));
            all.push(Behaviour::Allows(privilege, role));
            for behaviour in all {
                prop_assert_eq!(behaviour.to_string().parse::<Behaviour>(), Ok(behaviour));
            }
        }
    }
}
