//! What a reader sees of the logic of functions: their source line by line, the branches that no test took, and which
//! functions have them.

use serde_json::Value;

use crate::Page;
use crate::browser::Window;

const SETTLE: &str = "#/app/routine/settle?object=function%20app.settle(bigint)";

fn opened(width: u32) -> Option<(Page, Window)> {
    let window = Window::open(width, 800)?;
    let page = Page::new(None);
    window.go(&page.address());
    Some((page, window))
}

fn object<'p>(page: &'p Page, path: &str) -> &'p Value {
    let objects = page.json["objects"].as_array().unwrap();
    objects.iter().find(|it| it["path"] == path).unwrap()
}

/// The lines of a function's source as the page has to show them: number, state, test files, text.
fn lines(object: &Value) -> Vec<[String; 4]> {
    let logic = &object["logic"];
    let body = object["properties"].as_array().unwrap();
    let body = body.iter().find(|it| it["property"] == "body").unwrap();
    let body = body["value"].as_str().unwrap();
    let first = logic["first_line"].as_u64().unwrap();
    let lines = body.lines().zip(1_u64..).skip_while(|it| it.0.is_empty());
    lines
        .map(|(text, line)| {
            let points = logic["points"].as_array().unwrap().iter();
            let points: Vec<&Value> = points.filter(|it| it["body_line"] == line).collect();
            let number = first + line - 1;
            assert!(points.iter().all(|it| it["file_line"] == number));
            let hits = points.iter().filter(|it| it["test_files"] != 0).count();
            let state = match (hits, points.len()) {
                (_, 0) => "not counted",
                (0, _) => "missed",
                (hits, all) if hits == all => "covered",
                _ => "partly covered",
            };
            // In the samples the steps of a line's points lie in the same files.
            let files = points.iter().map(|it| it["test_files"].as_u64().unwrap());
            let files = files.max().map(|it| it.to_string()).unwrap_or_default();
            [number.to_string(), state.to_owned(), files, text.to_owned()]
        })
        .collect()
}

const ROWS: &str = "[...document.querySelectorAll('#view .source tbody tr:not(.behind)')].map((row) => [row.cells[0].textContent, row.cells[1].textContent, row.cells[2].textContent, row.querySelector('code').textContent])";

#[test]
fn each_line_of_a_function_has_its_number_in_the_script_its_state_and_its_test_files() {
    let Some((page, window)) = opened(1280) else {
        return;
    };
    for (name, path) in [
        ("settle", "app.settle(bigint)"),
        ("refund", "app.refund(numeric)"),
        ("date_row", "app.date_row()"),
    ] {
        window.view(&format!("#/app/routine/{name}"));
        let object = object(&page, path);
        let shown: Vec<[String; 4]> = serde_json::from_value(window.value(ROWS)).unwrap();
        assert_eq!(shown, lines(object));
        assert_eq!(
            window.text("document.querySelector('.source-head .place').textContent.trim()"),
            format!(
                "{}:{}",
                object["logic"]["file"].as_str().unwrap(),
                object["logic"]["statement_line"]
            )
        );
    }
    // What is said by a colour is said by a sign too.
    window.view("#/app/routine/settle");
    let signs = window.value("[...new Set([...document.querySelectorAll('#view .source tr')].map((row) => row.className + ' ' + (row.querySelector('use')?.getAttribute('href') || '')))].sort()");
    assert_eq!(
        signs,
        serde_json::json!([
            " ",
            "covered #logic-covered",
            "missed #logic-missed",
            "none ",
            "partly #logic-partly"
        ])
    );
    // Nothing of a body is a part of the page.
    assert_eq!(
        window.value("document.querySelectorAll('#view .source b').length"),
        0
    );
}

#[test]
fn branches_that_were_never_taken_stand_beside_their_line_and_steps_behind_it() {
    let Some((page, window)) = opened(1280) else {
        return;
    };
    window.view("#/app/routine/settle");
    let remarks = window.value("[...document.querySelectorAll('#view .source .remark')].map((it) => it.closest('tr').querySelector('code').textContent.trim().split(' ')[0] + ': ' + it.textContent)");
    assert_eq!(
        remarks,
        serde_json::json!([
            "IF: 1 of 2 branches taken · never: condition met",
            "FOR: 1 of 2 branches taken · never: loop without a turn",
            "WHEN: never: error caught"
        ])
    );
    let condition = "[...document.querySelectorAll('#view .source tr.partly')][0]";
    window.value(&format!("{condition}.querySelector('button').click()"));
    let told = window.text(&format!("{condition}.nextSibling.innerText"));
    let points = object(&page, "app.settle(bigint)")["logic"]["points"].as_array();
    let reached = points
        .unwrap()
        .iter()
        .find(|it| it["kind"] == "no-then")
        .unwrap();
    let steps: String = reached["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{}:{}\n", it["file"].as_str().unwrap(), it["line"]))
        .collect();
    assert_eq!(
        told,
        format!(
            "statement: 3 test files\n{steps}no condition met: 3 test files\n{steps}condition met: never"
        )
    );
    // Once more, and it is folded.
    window.value(&format!("{condition}.querySelector('button').click()"));
    assert_eq!(
        window.value(&format!("{condition}.nextSibling.hidden")),
        true
    );
}

#[test]
fn every_line_has_an_address() {
    let Some((page, window)) = opened(1280) else {
        return;
    };
    let all = lines(object(&page, "app.settle(bigint)"));
    let last = &all[all.len() - 1][0];
    window.view(&format!("{SETTLE}&line={last}"));
    let current = "[...document.querySelectorAll('#view a[aria-current]')].map((it) => it.textContent).join()";
    assert_eq!(window.text(current), *last);
    assert_eq!(window.text("document.activeElement.textContent"), *last);
    let seen = "(() => { const box = document.querySelector('#view a[aria-current]').getBoundingClientRect(); return box.top > 0 && box.bottom < innerHeight; })()";
    assert_eq!(window.value(seen), true);
    // A click says the address of another line, and what is folded out stays so.
    window.value("document.querySelector('#view .source button').click()");
    let first = &all[0][0];
    window.value("document.querySelector('#view .source th a').click()");
    assert_eq!(
        window.text("location.hash"),
        format!("{SETTLE}&line={first}")
    );
    assert_eq!(window.text(current), *first);
    assert_eq!(
        window.value("document.querySelectorAll('#view .behind').length"),
        1
    );
    window.value("history.back()");
    window.until(&format!("{current} === '{last}'"));
    // Opened anew it leads to the same line.
    window.go("about:blank");
    window.go(&format!("{}{SETTLE}&line={last}", page.address()));
    assert_eq!(window.text(current), *last);
    assert_eq!(window.value(seen), true);
}

#[test]
fn what_is_not_measured_says_why() {
    let Some((_page, window)) = opened(1280) else {
        return;
    };
    window.view("#/app/routine/import");
    let told = window.text("document.querySelector('#view').innerText");
    assert!(
        told.contains(
            "Its statements and branches are not measured: line 3: there is <no> expression"
        ),
        "{told}"
    );
    assert_eq!(
        window.value("document.querySelectorAll('#view .source use').length"),
        0
    );
    // Of another language it is known whether it was called.
    window.view("#/app/routine/hash");
    let told = window.text("document.querySelector('#view').innerText");
    assert!(
        told.contains("runs") && told.contains("not seen") && told.contains("return hash(args[0])"),
        "{told}"
    );
    assert_eq!(
        window.value("document.querySelectorAll('#view .source').length"),
        0
    );
}

#[test]
fn what_the_server_has_in_words_of_its_own_has_lines_of_its_own() {
    let Some((page, window)) = opened(1280) else {
        return;
    };
    window.view("#/app/routine/latest");
    let shown: Vec<[String; 4]> = serde_json::from_value(window.value(ROWS)).unwrap();
    let shown: Vec<[&str; 2]> = shown.iter().map(|it| [&*it[0], &*it[1]]).collect();
    let expected = [
        ["1", "not counted"],
        ["2", "covered"],
        ["3", "missed"],
        ["4", "not counted"],
        ["5", "not counted"],
    ];
    assert_eq!(shown, expected);
    let told = window.text("document.querySelector('#view').innerText");
    assert!(
        told.contains("lines are counted from the first of these"),
        "{told}"
    );
    // Where the statement stands in the script is told with its steps.
    window.value("document.querySelector('#view .source tbody button').click()");
    let told = window.text("document.querySelector('#view .behind').innerText");
    let logic = &object(&page, "app.latest()")["logic"];
    let place = format!(
        "statement ({}:{}): 2 test files",
        logic["file"].as_str().unwrap(),
        logic["points"][0]["file_line"]
    );
    assert!(told.starts_with(&place), "{told}");
}

const FUNCTIONS: &str = "[...document.querySelectorAll('#view .functions tbody tr')].map((row) => [...row.cells].map((it) => it.textContent))";

#[test]
fn functions_are_listed_with_what_the_tests_missed_first() {
    let Some((page, window)) = opened(1280) else {
        return;
    };
    window.view("#functions");
    assert_eq!(
        window.text(
            "document.querySelector('nav [data-nav=functions]').getAttribute('aria-current')"
        ),
        "page"
    );
    let at = |path: &str, line: usize| {
        let logic = &object(&page, path)["logic"];
        let first = logic["first_line"].as_u64().unwrap();
        let file = logic["file"].as_str().unwrap();
        format!("{file}:{}", first + line as u64 - 1)
    };
    let made = object(&page, "app.hash(text)");
    let made = format!(
        "{}:{}",
        made["made_at"]["file"].as_str().unwrap(),
        made["made_at"]["line"]
    );
    let settled = at("app.settle(bigint)", 6);
    let refunded = at("app.refund(numeric)", 3);
    let noted = &object(&page, "app.date_row()")["logic"];
    let noted = format!(
        "{}:{}",
        noted["file"].as_str().unwrap(),
        noted["statement_line"]
    );
    let audited = at("audit.refund(numeric)", 3);
    let listed: Vec<Vec<String>> = serde_json::from_value(window.value(FUNCTIONS)).unwrap();
    let latest = &object(&page, "app.latest()")["logic"];
    let latest = format!(
        "{}:{}",
        latest["file"].as_str().unwrap(),
        latest["points"][1]["file_line"]
    );
    let expected: [[&str; 5]; 7] = [
        [
            "partly covered",
            "app.settle(bigint)",
            "62.5 % 5 / 8",
            "77.7 % 7 / 9",
            &settled,
        ],
        [
            "missed",
            "app.refund(numeric)",
            "0.0 % 0 / 2",
            "0.0 % 0 / 3",
            &refunded,
        ],
        [
            "partly covered",
            "app.latest()",
            "",
            "50.0 % 1 / 2",
            &latest,
        ],
        ["not called", "app.hash(text)", "", "", &made],
        [
            "not measured",
            "app.import(text)",
            "",
            "",
            "line 3: there is <no> expression",
        ],
        [
            "covered",
            "app.date_row()",
            "100 % 2 / 2",
            "100 % 4 / 4",
            &noted,
        ],
        [
            "left out",
            "audit.refund(numeric)",
            "0.0 % 0 / 2",
            "0.0 % 0 / 3",
            &audited,
        ],
    ];
    let known = |row: &&Vec<String>| expected.iter().any(|it| it[1] == row[1]);
    let found: Vec<&Vec<String>> = listed.iter().filter(known).collect();
    assert_eq!(found, expected.iter().collect::<Vec<_>>());
}

#[test]
fn functions_are_chosen_by_state_and_schema() {
    let Some((_page, window)) = opened(1280) else {
        return;
    };
    window.view("#functions");
    // Those with gaps are as many as the overview says.
    window.value("(() => { const it = document.querySelector('#function-state'); it.value = 'gap'; it.dispatchEvent(new Event('change')); })()");
    assert_eq!(window.text("location.hash"), "#functions?of=gap");
    let gaps: Vec<Vec<String>> = serde_json::from_value(window.value(FUNCTIONS)).unwrap();
    assert_eq!(
        gaps.len().to_string(),
        window.text("document.querySelector('#total-gaps').textContent")
    );
    assert!(gaps.len() > 3);
    window.view("#functions?of=missed&schema=audit");
    assert_eq!(window.value(FUNCTIONS), Value::Array(Vec::new()));
    window.view("#functions?of=missed&schema=app");
    let missed: Vec<Vec<String>> = serde_json::from_value(window.value(FUNCTIONS)).unwrap();
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0][..2], ["missed", "app.refund(numeric)"]);
    // Where the first of it was missed is one step away.
    window.value("document.querySelector('#view .functions td a').click()");
    window.until("document.querySelector('#view .source a[aria-current]') !== null");
    assert_eq!(
        window.text("document.querySelector('#view .source tr:has(a[aria-current])').className"),
        "missed"
    );
}

#[test]
fn the_trend_has_a_line_of_branches_from_the_run_that_first_measured_them() {
    let Some((page, window)) = opened(1280) else {
        return;
    };
    let points = |line: &str| {
        let asked = format!(
            "document.querySelector('.trend polyline.{line}').getAttribute('points').split(' ').length"
        );
        window.value(&asked).as_u64().unwrap()
    };
    assert_eq!((points("asserted"), points("branches")), (13, 9));
    let earlier = page.json["earlier"].as_array().unwrap();
    let measured = earlier.iter().filter(|it| it["figures"]["branches"] != 0);
    assert_eq!(measured.count(), 8);
    let label = window.text("document.querySelector('.trend > svg').getAttribute('aria-label')");
    assert!(label.contains(", branches from "), "{label}");
    let cells = window.value("[...document.querySelectorAll('.trend tbody tr')].map((row) => row.cells[4].textContent).slice(0, 5)");
    assert_eq!(cells[3], "–");
    assert_ne!(cells[4], "–");
}

#[test]
fn a_long_source_is_drawn_in_portions_and_printed_whole() {
    let Some((page, window)) = opened(1280) else {
        return;
    };
    // Ten times the sample is longer than any portion; the page draws from its data alone.
    let long = "(() => { const it = document.querySelector('#data'); const data = JSON.parse(it.textContent); const of = data.objects.find((it) => it.path === 'app.settle(bigint)').properties.find((it) => it.property === 'body'); of.value += '-- more\\n'.repeat(900); return JSON.stringify(data); })()";
    let data = window.text(long);
    let path = page.path();
    let written = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = written.split_once("id=\"data\">").unwrap();
    let (_, tail) = rest.split_once("</script>").unwrap();
    let data = data.replace('<', "\\u003c");
    std::fs::write(&path, format!("{head}id=\"data\">{data}</script>{tail}")).unwrap();
    window.go("about:blank");
    window.go(&format!("file://{}#/app/routine/settle", path.display()));
    let rows = "document.querySelectorAll('#view .source tbody tr').length";
    assert_eq!(window.value(rows), 500);
    window.value("window.dispatchEvent(new Event('beforeprint'))");
    assert_eq!(window.value(rows), 922);
    window.view(&format!("{SETTLE}&line=900"));
    assert_eq!(
        window.text("document.querySelector('#view a[aria-current]').textContent"),
        "900"
    );
}
