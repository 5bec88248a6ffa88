//! What a reader does: look at the figures, search, filter, open a table, go by keyboard, print.

use serde_json::Value;

use crate::Page;
use crate::browser::Window;

/// A number as the page writes it.
fn grouped(number: &Value) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The share of branches as the page writes it.
fn share(figures: &Value) -> String {
    let [taken, all] = ["taken_branches", "branches"].map(|it| figures[it].as_u64().unwrap());
    match (taken * 1000).checked_div(all) {
        None => "–".to_owned(),
        Some(1000) => "100 %".to_owned(),
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

fn opened(objects: usize) -> Option<(Page, Window)> {
    let window = Window::open(1280, 900)?;
    let page = Page::new(Some(objects));
    window.go(&page.address());
    Some((page, window))
}

#[test]
fn the_page_shows_the_numbers_of_the_json() {
    let Some((page, window)) = opened(1200) else {
        return;
    };
    let figures = &page.json["figures"];
    assert_eq!(
        window.text("document.querySelector('#total-uncovered').textContent"),
        grouped(&figures["uncovered"])
    );
    assert_eq!(
        window.text("document.querySelector('#total-branches').textContent"),
        share(figures)
    );
    let shown = window.value("[...document.querySelectorAll('.legend li')].map((it) => [it.querySelector('.word').textContent, it.querySelector('b').textContent])");
    for (row, field) in shown.as_array().unwrap().iter().zip([
        "asserted_and_exercised",
        "asserted",
        "exercised",
        "partly_exercised",
        "uncovered",
    ]) {
        assert_eq!(row[0], field.replace('_', " "));
        assert_eq!(row[1].as_str().unwrap(), grouped(&figures[field]));
    }
    let rows = window.value("[...document.querySelectorAll('[aria-labelledby=schemas-title] tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))");
    let schemas = page.json["schemas"].as_array().unwrap();
    assert_eq!(rows.as_array().unwrap().len(), schemas.len());
    for (row, schema) in rows.as_array().unwrap().iter().zip(schemas) {
        assert_eq!(row[0], *schema["schema"].as_str().unwrap_or("cluster-wide"));
        assert_eq!(
            row[1].as_str().unwrap(),
            grouped(&schema["figures"]["objects"])
        );
        assert_eq!(
            row[4].as_str().unwrap(),
            grouped(&schema["figures"]["uncovered"])
        );
        assert_eq!(row[5].as_str().unwrap(), share(&schema["figures"]));
    }
    // Every object that counts is in one field of the map.
    let fields = window.value("[...document.querySelectorAll('#map a')].map((it) => Number(/ of ([\\d,]+) objects? covered/.exec(it.getAttribute('aria-label'))[1].replaceAll(',', '')))");
    let sum: u64 = fields
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_u64().unwrap())
        .sum();
    assert_eq!(sum, figures["objects"].as_u64().unwrap());
}

#[test]
fn searching_and_filtering_find_what_the_json_has() {
    let Some((page, window)) = opened(1200) else {
        return;
    };
    let objects = page.json["objects"].as_array().unwrap();
    window
        .tab
        .wait_for_element("#query")
        .unwrap()
        .click()
        .unwrap();
    window.tab.type_str("payments amount").unwrap();
    window.until("location.hash === '#?q=payments%20amount'");
    let wanted = objects
        .iter()
        .filter(|it| {
            let text = format!(
                "{} {} {}",
                it["kind"].as_str().unwrap(),
                it["path"].as_str().unwrap(),
                it["made_at"]["file"].as_str().unwrap()
            );
            let later = it["changed_at"]["file"].as_str().map(|file| {
                format!(
                    "{} {} {file}",
                    it["kind"].as_str().unwrap(),
                    it["path"].as_str().unwrap()
                )
            });
            let text = later.unwrap_or(text);
            text.contains("payments") && text.contains("amount")
        })
        .count();
    assert!(wanted > 0);
    window.until(&format!(
        "document.querySelectorAll('#rows tr').length === {wanted}"
    ));
    assert_eq!(
        window.text("document.querySelector('#found').textContent"),
        format!("{wanted} of {} objects", grouped(&objects.len().into()))
    );
    // The search still has the keyboard.
    assert_eq!(window.text("document.activeElement.id"), "query");

    window.value("document.querySelector('#clear').click()");
    let choose = |id: &str, value: &str| {
        window.value(&format!("(() => {{ const it = document.querySelector('#{id}'); it.value = '{value}'; it.dispatchEvent(new Event('change')); }})()"));
    };
    choose("filter-level", "uncovered");
    choose("filter-kind", "index");
    choose("filter-schema", "billing");
    let wanted = objects
        .iter()
        .filter(|it| {
            it["level"] == "uncovered"
                && it["kind"] == "index"
                && it["schema"] == "billing"
                && it["excluded"].is_null()
        })
        .count();
    assert!(wanted > 0);
    assert_eq!(
        window.value("document.querySelectorAll('#rows tr').length"),
        wanted
    );
    assert_eq!(
        window.text("location.hash"),
        "#?level=uncovered&kind=index&schema=billing"
    );
    choose("filter-level", "excluded");
    choose("filter-kind", "");
    choose("filter-schema", "audit");
    let wanted = objects
        .iter()
        .filter(|it| !it["excluded"].is_null())
        .count();
    assert!(
        window
            .text("document.querySelector('#found').textContent")
            .starts_with(&format!("{wanted} of"))
    );
}

#[test]
fn a_long_list_is_drawn_in_portions() {
    let Some((_page, window)) = opened(1200) else {
        return;
    };
    window.view("#?");
    assert_eq!(
        window.value("document.querySelectorAll('#rows tr').length"),
        100
    );
    window.value("document.querySelector('#more').click()");
    assert_eq!(
        window.value("document.querySelectorAll('#rows tr').length"),
        200
    );
    // Whoever asked for more goes on reading at the first of them.
    assert_eq!(window.value("document.activeElement === document.querySelectorAll('#rows tr')[100].querySelector('a')"), true);
}

#[test]
fn the_view_of_a_table_has_every_object_with_its_statements() {
    let Some((page, window)) = opened(1200) else {
        return;
    };
    window.value("location.hash = '#/billing'");
    window.until("document.querySelector('#view h1')?.textContent.startsWith('billing')");
    let address = window.text("document.querySelector('#view section[aria-labelledby=of-relation] tbody a').getAttribute('href')");
    window.value(
        "document.querySelector('#view section[aria-labelledby=of-relation] tbody a').click()",
    );
    let table = address.rsplit('/').next().unwrap().to_owned();
    window.until(&format!(
        "document.querySelector('#view h1').textContent.startsWith('{table}')"
    ));
    assert_eq!(window.text("document.activeElement.tagName"), "H1");
    assert!(window.text("document.title").starts_with(&table));
    let groups = page.json["groups"].as_array().unwrap();
    let group = groups
        .iter()
        .position(|it| {
            it["schema"] == "billing" && it["class"] == "relation" && it["name"] == table
        })
        .unwrap();
    let members: Vec<&Value> = page.json["objects"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["group"] == group)
        .collect();
    assert_eq!(
        window.value("document.querySelectorAll('#view details.object').length"),
        members.len()
    );
    window.value("document.querySelector('#view .tools button').click()");
    let told = window.text("document.querySelector('#view').innerText");
    let mut statements = 0;
    for object in members {
        let made = format!(
            "made at {}:{}",
            object["made_at"]["file"].as_str().unwrap(),
            object["made_at"]["line"]
        );
        assert!(told.contains(&made), "{made}");
        for property in object["properties"].as_array().unwrap() {
            assert!(told.contains(property["property"].as_str().unwrap()));
            for assertion in property["assertions"].as_array().unwrap() {
                let statement = format!(
                    "{}:{} {}",
                    assertion["file"].as_str().unwrap(),
                    assertion["line"],
                    assertion["function"].as_str().unwrap()
                );
                assert!(told.contains(&statement), "{statement}");
                statements += 1;
            }
        }
        for behaviour in object["behaviours"].as_array().unwrap() {
            assert!(told.contains(behaviour["behaviour"].as_str().unwrap()));
        }
    }
    assert!(statements > 10, "{statements}");
}

#[test]
fn every_address_in_the_report_leads_somewhere() {
    let Some(window) = Window::open(1280, 900) else {
        return;
    };
    let page = Page::new(None);
    window.go(&page.address());
    let objects = page.json["objects"].as_array().unwrap().len();
    // All rows of the list, each followed.
    window.view("#?");
    window.until("(() => { const more = document.querySelector('#more'); if (!more.hidden) more.click(); return more.hidden; })()");
    window.view("#functions");
    let functions = window.value(
        "[...document.querySelectorAll('.functions tbody a')].map((it) => it.getAttribute('href'))",
    );
    assert!(functions.as_array().unwrap().len() > 5);
    let addresses = window
        .value("[...document.querySelectorAll('#rows a')].map((it) => it.getAttribute('href'))");
    assert_eq!(addresses.as_array().unwrap().len(), objects);
    let lost = window.value(
        &format!("(async () => {{ const lost = []; for (const address of [...{functions}, ...[...document.querySelectorAll('#rows a, #map a, .sums a')].map((it) => it.getAttribute('href'))]) {{
            if (location.hash === address) continue; location.hash = address; await new Promise((then) => window.addEventListener('hashchange', then, {{ once: true }}));
            if (document.title.startsWith('not found')) lost.push(address);
            if (address.includes('?object=') && !document.querySelector('#view details.object[open]')) lost.push(address);
            if (address.includes('&line=') && !document.querySelector('#view .source a[aria-current]')) lost.push(address);
        }} return lost; }})()"),
    );
    assert_eq!(lost, Value::Array(Vec::new()));
    window.value("location.hash = '#/no/such/thing'");
    window.until("document.querySelector('#view h1').textContent === 'Not in this report'");
}

#[test]
fn the_map_is_one_stop_of_the_keyboard_and_arrows_move_within_it() {
    let Some((_page, window)) = opened(600) else {
        return;
    };
    assert_eq!(
        window.value("document.querySelectorAll('#map a[tabindex=\"0\"]').length"),
        1
    );
    window.value("document.querySelector('#map a[tabindex=\"0\"]').focus()");
    let first = window.text("document.activeElement.getAttribute('aria-label')");
    window.tab.press_key("ArrowDown").unwrap();
    window.tab.press_key("ArrowRight").unwrap();
    let second = window.text("document.activeElement.getAttribute('aria-label')");
    assert_ne!(first, second);
    assert_eq!(
        window.value("document.querySelectorAll('#map a[tabindex=\"0\"]').length"),
        1
    );
    let address = window.text("document.activeElement.getAttribute('href')");
    window.tab.press_key("Enter").unwrap();
    window.until(&format!("location.hash === '{address}'"));
}

#[test]
fn nothing_is_asked_of_any_network() {
    let Some((page, window)) = opened(600) else {
        return;
    };
    for view in ["#?level=uncovered", "#/app", "#/"] {
        window.value(&format!("location.hash = '{view}'"));
    }
    let requests = window.requests();
    assert!(
        requests.iter().any(|it| it.starts_with("file://")),
        "{requests:?}"
    );
    let others: Vec<&String> = requests
        .iter()
        .filter(|it| **it != page.address() && **it != "data:,")
        .collect();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(window.value("performance.getEntriesByType('resource').filter((it) => !it.name.startsWith('data:')).length"), 0);
}

#[test]
fn colours_follow_the_system_until_the_reader_chooses() {
    let Some((page, window)) = opened(600) else {
        return;
    };
    let paper = "getComputedStyle(document.body).backgroundColor";
    let light = window.text(paper);
    window.emulate(true, false);
    window.until(&format!("{paper} !== '{light}'"));
    assert_eq!(
        window.text("document.querySelector('#theme').getAttribute('aria-pressed')"),
        "true"
    );
    window.value("document.querySelector('#theme').click()");
    assert_eq!(window.text(paper), light);
    // The choice lives on.
    window.go(&page.address());
    assert_eq!(window.text(paper), light);
}

#[test]
fn what_is_printed_is_light_and_whole() {
    let Some((_page, window)) = opened(600) else {
        return;
    };
    let address = window.text("document.querySelector('#map a').getAttribute('href')");
    window.emulate(true, true);
    window.view(&address);
    window.value("window.dispatchEvent(new Event('beforeprint'))");
    assert_eq!(
        window.text("getComputedStyle(document.body).backgroundColor"),
        "rgb(255, 255, 255)"
    );
    assert_eq!(
        window.text("getComputedStyle(document.querySelector('.top')).display"),
        "none"
    );
    assert_eq!(
        window.value("document.querySelectorAll('#view details.object:not([open])').length"),
        0
    );
}

#[test]
fn nothing_is_wider_than_a_narrow_screen() {
    let Some(window) = Window::open(360, 740) else {
        return;
    };
    let page = Page::new(Some(600));
    window.go(&page.address());
    for view in [
        "#/",
        "#?",
        "#functions",
        "#/app",
        "#/app/payments",
        "#/app/routine/check_payments",
        "#//kind/roles",
    ] {
        window.value(&format!("location.hash = '{view}'"));
        window.value("(() => { for (const it of document.querySelectorAll('#view .source button')) it.click(); })()");
        window.until(&format!(
            "location.hash === '{view}' && document.title !== 'not found' && document.documentElement.scrollWidth <= 360"
        ));
    }
}

#[test]
fn what_is_typed_while_the_list_opens_is_not_lost() {
    let Some((_page, window)) = opened(600) else {
        return;
    };
    // The second word comes right when the first one has been taken, in the same turn of the page's events.
    window.value(
        "(() => { const query = document.querySelector('#query'); query.focus(); query.value = 'payments'; query.form.requestSubmit();
            query.value = 'payments amount'; query.dispatchEvent(new Event('input')); })()",
    );
    window.until("location.hash === '#?q=payments%20amount'");
    assert_eq!(
        window.text("document.querySelector('#query').value"),
        "payments amount"
    );
    // One step back leads to where the search began.
    window.value("history.back()");
    window.until(
        "document.querySelector('#list').hidden && !document.querySelector('#overview').hidden",
    );
}
