//! How long a large report takes to open.

use std::time::{Duration, Instant};

use crate::Page;
use crate::browser::Window;

#[test]
fn five_thousand_objects_open_in_under_two_seconds() {
    let Some(window) = Window::open(1280, 900) else {
        return;
    };
    let page = Page::new(Some(5_000));
    let size = std::fs::metadata(page.path()).unwrap().len();
    let began = Instant::now();
    window.go(&page.address());
    window.value("new Promise((then) => requestAnimationFrame(() => setTimeout(then, 0)))");
    let opened = began.elapsed();
    let drawn = window.value("performance.getEntriesByName('first-contentful-paint')[0].startTime");
    assert!(
        window
            .value("document.querySelectorAll('#map a').length")
            .as_u64()
            .unwrap()
            > 100
    );
    let began = Instant::now();
    window.value("location.hash = '#?q=amount'");
    window.until("document.querySelectorAll('#rows tr').length === 100");
    let searched = began.elapsed();
    println!(
        "{} kB: opened in {opened:.0?}, first drawn after {drawn} ms, searched in {searched:.0?}",
        size / 1000
    );
    assert!(opened < Duration::from_secs(2), "opened in {opened:?}");
    assert!(
        searched < Duration::from_secs(2),
        "searched in {searched:?}"
    );
}
