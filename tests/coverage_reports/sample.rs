//! Reports of schemas that are not there: tables with all that belongs to them, routines, types, roles, covered more here
//! and less there, always in the same way.

#[path = "sample/logic.rs"]
mod logic;

use std::collections::{BTreeMap, BTreeSet};

use pgassay::catalog::{Address, Class, Kind, Object, ObjectName, Place, Property};
use pgassay::coverage::{
    Assertion, Behaviour, CoverageReport, CoveredLogic, CoveredObject, Figures, Logic,
    REPORT_FORMAT, Sources, Totals,
};

const TABLES: [&str; 24] = [
    "accounts",
    "addresses",
    "articles",
    "baskets",
    "carriers",
    "coupons",
    "customers",
    "deliveries",
    "discounts",
    "events",
    "invoices",
    "invoice_lines",
    "ledgers",
    "notes",
    "orders",
    "order_items",
    "payments",
    "prices",
    "refunds",
    "returns",
    "shipments",
    "stock_moves",
    "suppliers",
    "warehouses",
];
const SCHEMAS: [&str; 8] = [
    "app",
    "audit",
    "billing",
    "catalogue",
    "crm",
    "logistics",
    "reporting",
    "staff",
];
const COLUMNS: [(&str, &str, Option<&str>); 9] = [
    ("id", "bigint", None),
    ("number", "text", None),
    ("state", "text", Some("'new'::text")),
    ("customer_id", "bigint", None),
    ("amount", "numeric(12,2)", Some("0")),
    ("note", "text", None),
    ("made_by", "text", Some("CURRENT_USER")),
    ("made_at", "timestamp with time zone", Some("now()")),
    ("changed_at", "timestamp with time zone", None),
];

/// A few dozen objects in two schemas, with what is odd about names.
pub(crate) fn small() -> CoverageReport {
    let mut sample = Sample::default();
    sample.roles(2);
    for (schema, tables) in [("app", 3), ("audit", 1)] {
        sample.schema(schema);
        for number in 0..tables {
            sample.table(schema, TABLES[(number * 7 + 14) % 24]);
        }
        sample.routine(schema, "total_of", "bigint");
    }
    sample.types("app", "order_state");
    sample.routine("app", "total_of", "bigint, text");
    sample.migration("logic");
    sample.logic("app", "settle", "bigint", logic::PARTLY);
    sample.logic("app", "refund", "numeric", logic::MISSED);
    sample.logic("app", "date_row", "", logic::COVERED);
    sample.logic("audit", "refund", "numeric", logic::MISSED);
    sample.analysed("app", "latest", "");
    sample.unmeasured("app", "import", "text");
    sample.foreign("app", "hash", "text");
    sample.report()
}

/// About so many objects in eight schemas; never fewer.
pub(crate) fn of_size(objects: usize) -> CoverageReport {
    let mut sample = Sample::default();
    sample.roles(24);
    for schema in SCHEMAS {
        sample.schema(schema);
    }
    let mut round = 0;
    while sample.objects.len() < objects {
        let schema = SCHEMAS[(round * round + round / 3) % SCHEMAS.len()];
        let name = match round / TABLES.len() {
            0 => TABLES[round % 24].to_owned(),
            more => format!("{}_{}", TABLES[round % 24], more + 1),
        };
        sample.table(schema, &name);
        if round % 2 == 0 {
            sample.routine(schema, &format!("{name}_total"), "bigint, date");
            let bodies = [logic::COVERED, logic::PARTLY, logic::COVERED, logic::MISSED];
            let body = bodies[round / 2 % bodies.len()];
            sample.logic(schema, &format!("check_{name}"), "", body);
        }
        if round % 3 == 0 {
            sample.types(schema, &format!("{name}_state"));
            sample.view(schema, &format!("open_{name}"));
        }
        round += 1;
    }
    sample.report()
}

/// Earlier figures that grow towards those of a report.
pub(crate) fn earlier(now: &Figures, runs: usize) -> Vec<Totals> {
    (0..runs)
        .map(|run| {
            let share = |number: usize| number * (runs + run / 2) / (2 * runs);
            let mut figures = *now;
            figures.asserted = share(now.asserted);
            figures.asserted_and_exercised = share(now.asserted_and_exercised);
            figures.exercised = share(now.exercised);
            figures.uncovered = now.objects
                - figures.asserted
                - figures.asserted_and_exercised
                - figures.exercised
                - now.partly_exercised;
            figures.reached_statements = share(now.reached_statements);
            figures.taken_branches = share(now.taken_branches);
            // Nobody measured logic in the first ones.
            if run < runs / 3 {
                figures.statements = 0;
                figures.branches = 0;
                figures.reached_statements = 0;
                figures.taken_branches = 0;
            }
            Totals {
                began: 1_760_000_000 + run as u64 * 86_400,
                commit: Some(format!("{:010x}", 0x3f_9a2c_71e4_u64 + run as u64 * 7_919)),
                figures,
            }
        })
        .collect()
}

/// An object that can do all its kind can, of which nothing was seen.
pub(crate) fn object(name: ObjectName, properties: &[(Property, &str)]) -> CoveredObject {
    let properties = properties.iter();
    let object = Object {
        address: Address::new(Class::Relation, 16_384),
        properties: properties
            .map(|(property, value)| (property.clone(), (*value).to_owned()))
            .collect(),
        definition: None,
        made_at: None,
        changed_at: None,
        name,
    };
    CoveredObject {
        behaviours: Behaviour::of(&object),
        asserted: BTreeMap::new(),
        exercised: BTreeMap::new(),
        logic: None,
        object,
    }
}

/// A report of these objects.
pub(crate) fn report_of(mut objects: Vec<CoveredObject>) -> CoverageReport {
    objects.sort_by(|left, right| left.object.name.cmp(&right.object.name));
    CoverageReport {
        format: REPORT_FORMAT,
        runs: ["1".to_owned()].into(),
        server: "PostgreSQL 15.18".to_owned(),
        began: 1_763_799_000,
        commit: None,
        files: 42,
        failed: 0,
        is_part: false,
        sources: Sources::default(),
        objects,
        unseen: Vec::new(),
    }
}

pub(crate) fn place(file: &str, line: u32) -> Place {
    Place {
        file: file.to_owned(),
        line,
    }
}

pub(crate) fn assertion(line: u32, function: &str, is_direct: bool) -> Assertion {
    Assertion {
        place: place("sql-tests/app.sql", line),
        function: function.to_owned(),
        is_direct,
    }
}

#[derive(Default)]
struct Sample {
    objects: Vec<CoveredObject>,
    /// The statement that makes what is pushed.
    line: u32,
    migration: usize,
    chance: u64,
    /// Of ten objects, how many somebody cared for.
    care: u64,
    file: String,
}

impl Sample {
    fn report(self) -> CoverageReport {
        report_of(self.objects)
    }

    /// Begins a migration.
    fn migration(&mut self, what: &str) {
        self.migration += 1;
        self.line = 3;
        self.file = format!("migrations/V{:03}__{what}.sql", self.migration);
        self.care = [9, 6, 10, 3, 0, 8, 10, 5, 7, 1, 10][self.migration % 11];
    }

    /// A number below ten.
    fn roll(&mut self) -> u64 {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % 10
    }

    fn push(&mut self, name: ObjectName, properties: &[(Property, &str)]) {
        let mut made = object(name, properties);
        made.object.made_at = Some(place(&self.file, self.line));
        if self.roll() == 0 {
            let later = format!("migrations/V{:03}__mend.sql", self.migration + 40);
            made.object.changed_at = Some(place(&later, self.line * 2));
        }
        let name = &made.object.name;
        let subject = name.parent.as_deref().unwrap_or(&name.name);
        let test = format!(
            "sql-tests/{}/{subject}.sql",
            name.schema.as_deref().unwrap_or("cluster")
        );
        let statable: Vec<Property> = made.object.statable().cloned().collect();
        for (number, property) in statable.into_iter().enumerate() {
            if self.roll() < self.care {
                let line = self.line + u32::try_from(number).unwrap();
                let called = format!("{}_is(name,name,text)", property.word().replace(' ', "_"));
                let found = Assertion {
                    place: place(&test, line),
                    function: called,
                    is_direct: self.care > 2,
                };
                made.asserted.insert(property, BTreeSet::from([found]));
            }
        }
        for behaviour in made.behaviours.clone() {
            if self.roll() < self.care {
                let lines = (0..=self.roll() / 4)
                    .map(|more| place(&test, 40 + self.line + u32::try_from(more).unwrap()));
                made.exercised.insert(behaviour, lines.collect());
            }
        }
        self.objects.push(made);
    }

    fn schema(&mut self, schema: &str) {
        self.migration("schemas");
        let owner = (Property::Owner, "keeper");
        let usage = (Property::Privileges("app_reader".into()), "USAGE");
        self.push(ObjectName::new(Kind::Schema, schema), &[owner, usage]);
    }

    fn roles(&mut self, number: usize) {
        self.migration("roles");
        for role in 0..number {
            self.line += 1;
            let name = ["app_reader", "app_writer", "keeper"]
                .get(role)
                .map_or_else(|| format!("clerk_{role}"), |&it| it.to_owned());
            self.push(
                ObjectName::new(Kind::Role, name),
                &[(Property::Login, "login"), (Property::ConnectionLimit, "5")],
            );
        }
        self.push(
            ObjectName::new(Kind::Extension, "citext"),
            &[(Property::Version, "1.6"), (Property::Schema, "public")],
        );
    }

    fn table(&mut self, schema: &str, table: &str) {
        use Property as P;
        self.migration(table);
        let part = |kind, name: String| ObjectName::part(kind, schema, table, name);
        let select = (P::Privileges("app_reader".into()), "SELECT");
        let security = (P::RowSecurity, "enabled");
        self.push(
            ObjectName::in_schema(Kind::Table, schema, table),
            &[(P::Owner, "keeper"), select, security],
        );
        for (at, (column, of_type, default)) in COLUMNS.iter().enumerate() {
            self.line += 1;
            let position = (at + 1).to_string();
            let nullability = if at % 3 == 2 { "nullable" } else { "not null" };
            let mut properties = vec![
                (P::Type, *of_type),
                (P::Position, &position),
                (P::Nullability, nullability),
            ];
            properties.extend(default.map(|default| (P::Default, default)));
            if at == 0 {
                properties.push((P::Identity, "always"));
            }
            self.push(part(Kind::Column, (*column).to_owned()), &properties);
        }
        self.line += 1;
        self.push(
            part(Kind::PrimaryKey, format!("{table}_pkey")),
            &[(P::Columns, "id")],
        );
        self.push(
            part(Kind::Index, format!("{table}_pkey")),
            &[
                (P::Columns, "id"),
                (P::Method, "btree"),
                (P::Uniqueness, "unique"),
                (P::Constraint, "primary key"),
            ],
        );
        self.line += 1;
        self.push(
            part(Kind::ForeignKey, format!("{table}_customer_id_fkey")),
            &[
                (P::Columns, "customer_id"),
                (P::References, "app.customers (id)"),
                (P::OnDelete, "cascade"),
            ],
        );
        self.push(
            part(Kind::Check, format!("{table}_amount_check")),
            &[(P::Expression, "(amount >= (0)::numeric)")],
        );
        self.line += 2;
        self.push(
            part(Kind::Index, format!("{table}_by_state")),
            &[
                (P::Columns, "state, made_at DESC"),
                (P::Method, "btree"),
                (P::Predicate, "(state <> 'done'::text)"),
            ],
        );
        self.line += 4;
        self.push(
            part(Kind::Trigger, "note_change".to_owned()),
            &[
                (P::Timing, "before"),
                (P::Events, "insert, update"),
                (P::Level, "row"),
                (P::Function, "app.note_change()"),
            ],
        );
        self.line += 3;
        self.push(
            part(Kind::Policy, "own_rows".to_owned()),
            &[
                (P::Command, "select"),
                (P::Roles, "app_reader"),
                (P::Expression, "(made_by = CURRENT_USER)"),
            ],
        );
    }

    fn view(&mut self, schema: &str, view: &str) {
        self.line += 5;
        self.push(
            ObjectName::in_schema(Kind::View, schema, view),
            &[
                (Property::Owner, "keeper"),
                (
                    Property::Query,
                    " SELECT id\n   FROM app.orders\n  WHERE state <> 'done'::text;",
                ),
            ],
        );
        self.push(
            ObjectName::part(Kind::Column, schema, view, "id"),
            &[(Property::Type, "bigint"), (Property::Position, "1")],
        );
    }

    fn routine(&mut self, schema: &str, name: &str, signature: &str) {
        self.line += 6;
        let name = ObjectName::in_schema(Kind::Function, schema, name).with_signature(signature);
        self.push(
            name,
            &[
                (Property::Result, "numeric"),
                (Property::Language, "sql"),
                (Property::Volatility, "stable"),
                (Property::Security, "definer"),
                (
                    Property::Body,
                    "\n  SELECT sum(amount)\n  FROM app.order_items\n  WHERE order_id = $1\n",
                ),
            ],
        );
    }

    /// A function in PL/pgSQL with this body, which begins on the line behind that of its statement.
    fn logic(&mut self, schema: &str, name: &str, signature: &str, body: &[logic::Line]) {
        let files = format!("{schema}/{name}");
        let text = logic::text(body);
        self.function(schema, name, signature, "plpgsql", &text);
        let made_at = place(&self.file, self.line);
        let logic = logic::of(body, &files, Some((&made_at, self.line + 1)));
        let begins = logic.hits.values().flatten().min().cloned();
        self.last().logic = Some(logic);
        self.runs(begins);
        self.line += u32::try_from(body.len()).unwrap();
    }

    /// One in SQL whose body the server has written anew; in the script all of it stands on one line.
    fn analysed(&mut self, schema: &str, name: &str, signature: &str) {
        let files = format!("{schema}/{name}");
        let text = logic::text(logic::ANALYSED);
        self.function(schema, name, signature, "sql", &text);
        let made_at = place(&self.file, self.line);
        let mut logic = logic::of(logic::ANALYSED, &files, Some((&made_at, self.line)));
        let begins = logic.hits.values().flatten().min().cloned();
        logic.located.as_mut().unwrap().lines = vec![self.line + 3, self.line + 3];
        self.last().logic = Some(logic);
        self.runs(begins);
    }

    /// One whose body cannot be read.
    fn unmeasured(&mut self, schema: &str, name: &str, signature: &str) {
        let text = "\nBEGIN\n  PERFORM %I;\nEND\n";
        self.function(schema, name, signature, "plpgsql", text);
        self.last().logic = Some(CoveredLogic {
            logic: Logic::unmeasured("line 3: there is <no> expression"),
            ..CoveredLogic::default()
        });
        self.runs(Some(place("sql-tests/app/import.sql", 4)));
    }

    /// One in a language that nobody can look into.
    fn foreign(&mut self, schema: &str, name: &str, signature: &str) {
        let text = "\nreturn hash(args[0])\n";
        self.function(schema, name, signature, "plpython3u", text);
        self.runs(None);
    }

    fn function(&mut self, schema: &str, name: &str, signature: &str, language: &str, body: &str) {
        self.line += 6;
        let name = ObjectName::in_schema(Kind::Function, schema, name).with_signature(signature);
        self.push(
            name,
            &[
                (Property::Result, "numeric"),
                (Property::Language, language),
                (Property::Body, body),
            ],
        );
        self.last().object.changed_at = None;
    }

    fn last(&mut self) -> &mut CoveredObject {
        self.objects.last_mut().unwrap()
    }

    /// Says where what was pushed last was called, if anywhere.
    fn runs(&mut self, at: Option<Place>) {
        let exercised = &mut self.last().exercised;
        exercised.clear();
        exercised.extend(at.map(|at| (Behaviour::Runs, BTreeSet::from([at]))));
    }

    fn types(&mut self, schema: &str, name: &str) {
        self.line += 3;
        self.push(
            ObjectName::in_schema(Kind::Enum, schema, name),
            &[(Property::Labels, "new, paid, sent, done")],
        );
        self.push(
            ObjectName::in_schema(Kind::Domain, schema, format!("{name}_code")),
            &[
                (Property::Type, "text"),
                (Property::Nullability, "not null"),
            ],
        );
        self.push(
            ObjectName::part(
                Kind::Check,
                schema,
                format!("{name}_code"),
                format!("{name}_code_check"),
            ),
            &[(Property::Expression, "(VALUE ~ '^[A-Z]{3}$'::text)")],
        );
    }
}
