//! Any text is a body in PL/pgSQL or none: nothing panics, and what was made to tell can be read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgassay::coverage::Logic;
use pgassay::plpgsql::parse;

fuzz_target!(|text: &str| {
    let Ok((logic, telling)) = Logic::of(text, 1) else {
        assert!(parse(text).is_err());
        return;
    };
    assert_eq!(text.matches('\n').count(), telling.matches('\n').count());
    let again = parse(&telling);
    assert!(again.is_ok(), "{telling}");
    let lines = 1 + text.matches('\n').count();
    assert!(logic.points.iter().all(|point| point.line <= lines));
});
