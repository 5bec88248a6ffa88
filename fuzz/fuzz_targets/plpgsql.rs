//! Any text is a body in PL/pgSQL or none: nothing panics, and what was made to tell can be read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgassay::coverage::Routine;
use pgassay::plpgsql::parse;

fuzz_target!(|text: &str| {
    let routine = Routine {
        oid: 1,
        language: "plpgsql".into(),
        body: text.into(),
        aggregate: None,
        result: "integer".into(),
        returns_set: false,
        is_definer: false,
        is_strict: false,
        is_polymorphic: false,
        is_analysed: false,
        passes_by_value: true,
    };
    let Ok(bodies) = routine.telling_bodies() else {
        assert!(parse(text).is_err());
        return;
    };
    let lines = |text: &str| 1 + text.matches('\n').count();
    for body in bodies {
        assert_eq!(lines(text), lines(&body.text));
        let again = parse(&body.text);
        assert!(again.is_ok(), "{}", body.text);
        let points = &body.logic.points;
        assert!(points.iter().all(|point| point.line <= lines(text)));
    }
});
