//! Located bodies: where the functions and procedures that were measured stand in the scripts that made them.

use std::collections::BTreeMap;

use super::followed::FollowedScript;
use crate::catalog::{Place, Property};
use crate::coverage::{Body, CoveredObject, IndexedScript};

/// Tells objects with logic where their bodies stand. Of the statements that changed a routine, by its row in `pg_proc` and
/// the last one first, it is the first that holds the body: what came later granted something.
pub(super) fn locate(
    objects: &mut [CoveredObject],
    changes: &BTreeMap<u32, Vec<Place>>,
    scripts: &[FollowedScript],
) {
    let scripts: BTreeMap<&str, IndexedScript<'_>> = scripts
        .iter()
        .map(|script| (script.shown.as_str(), IndexedScript::of(&script.text)))
        .collect();
    for object in objects {
        let (Some(logic), Some(text)) = (&mut object.logic, object.object.value(&Property::Body))
        else {
            continue;
        };
        let language = object.object.value(&Property::Language);
        let body = Body::of(text, language).named(&object.object.name.name);
        let places = changes
            .get(&object.object.address.oid)
            .into_iter()
            .flatten();
        logic.located = places
            .filter_map(|place| Some((place, scripts.get(place.file.as_str())?)))
            .find_map(|(place, script)| body.locate(&logic.logic.points, script, place));
    }
}
