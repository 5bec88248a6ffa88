//! Whether people who do not see, or use no mouse, can read the page: axe-core looks at every view, in light, dark and
//! narrow. `ci/accessibility` obtains it and runs this; without it, by `PGASSAY_AXE`, the test says SKIPPED.

use crate::Page;
use crate::browser::Window;

const VIEWS: [&str; 10] = [
    "#/",
    "#?",
    "#?level=uncovered&kind=index",
    "#/app",
    "#/app/orders",
    "#/app/type/order_state_code",
    "#//kind/roles",
    "#functions",
    "#/app/routine/settle?line=90",
    "#/app/routine/import",
];

#[test]
fn axe_finds_nothing_in_any_view() {
    let Some(axe) = std::env::var_os("PGASSAY_AXE") else {
        eprintln!("SKIPPED: axe-core is not here; `ci/accessibility` obtains it and runs this");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let page = Page::new(None);
    let mut found = Vec::new();
    let mut passed = 0;
    for (look, width, is_dark) in [
        ("light", 1280, false),
        ("dark", 1280, true),
        ("narrow", 360, false),
        ("narrow and dark", 360, true),
    ] {
        let Some(window) = Window::open(width, 900) else {
            return;
        };
        window.emulate(is_dark, false);
        window.go(&page.address());
        window.tab.evaluate(&axe, false).unwrap();
        for view in VIEWS {
            window.value(&format!("location.hash = '{view}'"));
            window.value("new Promise((then) => setTimeout(then, 100))");
            assert!(
                !window.text("document.title").starts_with("not found"),
                "{view}"
            );
            window.value("(() => { const all = [...document.querySelectorAll('#view .tools button')]; for (const it of all) it.click(); for (const it of document.querySelectorAll('#view .source button')) it.click(); for (const it of document.querySelectorAll('#overview details')) it.open = true; })()");
            let told = window.value("axe.run(document, { resultTypes: ['violations', 'incomplete'] }).then((it) => ({ violations: it.violations.map((rule) => ({ rule: rule.id, impact: rule.impact, help: rule.help, at: rule.nodes.slice(0, 5).map((node) => node.html.slice(0, 200) + ' ' + (node.any[0]?.message || '')) })), incomplete: it.incomplete.map((rule) => rule.id + ' (' + rule.nodes.length + ') ' + rule.nodes[0].html.slice(0, 120)), passes: it.passes.length }))");
            passed += told["passes"].as_u64().unwrap();
            for open in told["incomplete"].as_array().unwrap() {
                println!("axe cannot tell, {look} {view}: {open}");
            }
            for violation in told["violations"].as_array().unwrap() {
                found.push(format!(
                    "{look} {view}: {}",
                    serde_json::to_string_pretty(violation).unwrap()
                ));
            }
        }
    }
    println!("{passed} rules held in {} views", VIEWS.len() * 4);
    assert!(passed > 100, "axe hardly ran: {passed}");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
