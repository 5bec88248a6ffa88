use pgassay::catalog::{Catalog, Object, read};
use pgassay::database::bundled_pgtap;
use similar::TextDiff;

use crate::ground::Ground;

/// The version whose listing is kept whole. Those of the others are kept as differences from it.
const WHOLE: u32 = 15;

/// A catalog as text: each object with its properties, one in a line.
pub(crate) fn listing(catalog: &Catalog) -> String {
    catalog.objects().iter().map(entry).collect()
}

fn entry(object: &Object) -> String {
    let indented = |text: &str| text.replace('\n', "\n        ");
    let mut text = format!("{}\n", object.name);
    for (property, value) in &object.properties {
        text.push_str(&format!("    {property}: {}\n", indented(value)));
    }
    if let Some(definition) = &object.definition {
        text.push_str(&format!("    = {}\n", indented(definition.trim_end())));
    }
    text
}

#[test]
fn every_kind_of_object_is_read_with_all_of_its_properties() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.everything();
    let catalog = read(&mut connection, &bundled_pgtap()).unwrap();
    let listed = listing(&catalog);
    if ground.major == WHOLE {
        insta::assert_snapshot!("everything", listed);
        return;
    }
    let whole = include_str!("snapshots/catalog__listing__everything.snap");
    let (_, whole) = whole.split_once("\n---\n").unwrap();
    let difference = TextDiff::from_lines(whole, &listed);
    let mut unified = difference.unified_diff();
    insta::assert_snapshot!(
        format!("on_{}", ground.major),
        unified.context_radius(1).to_string()
    );
}
