//! Markdown for a pull request.

use pgassay::coverage::{Account, Baseline, Level};
use pgassay::report::coverage::markdown;

use crate::{contents, excluded, sample};

#[test]
fn totals_come_before_tables_and_details() {
    let report = sample::small();
    let exclusions = [excluded("audit.*", "kept by another team")];
    let account = Account::new(&report, &exclusions);
    let mut baseline = Baseline::of(&account);
    for level in baseline.levels.values_mut().take(30) {
        *level = Level::Asserted;
    }
    let complaints = baseline.complaints(&account).unwrap();
    let earlier = sample::earlier(&account.figures, 3);
    insta::assert_snapshot!(markdown(&contents(&account, &earlier, &complaints)));
}

#[test]
fn a_report_of_any_size_fits_into_a_comment() {
    let report = sample::of_size(5_000);
    let account = Account::new(&report, &[]);
    let told = markdown(&contents(&account, &[], &[]));
    assert!(told.chars().count() < 65_536, "{}", told.chars().count());
    assert!(told.contains(" more\n"));
}
