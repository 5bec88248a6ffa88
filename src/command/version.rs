/// What `--version` prints: one line, or with more said, also what the binary carries and whose it is.
pub(super) fn text(verbose: bool) -> String {
    let mut text = format!("pgassay {}\n", env!("CARGO_PKG_VERSION"));
    if verbose {
        text.push_str(&format!(
            "pgTAP {} (bundled), copyright its authors, revised FreeBSD licence\n\
             PostgreSQL 13 and later\n\
             MIT OR Apache-2.0\n",
            env!("BUNDLED_PGTAP_VERSION")
        ));
    }
    text
}
