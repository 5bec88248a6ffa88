//! The grammar of Cobertura's reports, as rules: what an element has to hold, and which attributes.

use roxmltree::Node;

use crate::cobertura::parse;

/// How often an element stands within another.
#[derive(Clone, Copy)]
enum Often {
    Once,
    AtMostOnce,
    AsOftenAsItLikes,
}

use Often::{AsOftenAsItLikes, AtMostOnce, Once};

struct Rule {
    element: &'static str,
    /// What it holds, in this order.
    holds: &'static [(&'static str, Often)],
    has: &'static [&'static str],
    may_have: &'static [&'static str],
}

const RATES: [&str; 3] = ["line-rate", "branch-rate", "complexity"];

const fn list(element: &'static str, holds: &'static [(&'static str, Often)]) -> Rule {
    Rule {
        element,
        holds,
        has: &[],
        may_have: &[],
    }
}

const RULES: [Rule; 13] = [
    Rule {
        element: "coverage",
        holds: &[("sources", AtMostOnce), ("packages", Once)],
        has: &[
            "line-rate",
            "branch-rate",
            "complexity",
            "lines-covered",
            "lines-valid",
            "branches-covered",
            "branches-valid",
            "version",
            "timestamp",
        ],
        may_have: &[],
    },
    list("sources", &[("source", AsOftenAsItLikes)]),
    list("source", &[]),
    list("packages", &[("package", AsOftenAsItLikes)]),
    Rule {
        element: "package",
        holds: &[("classes", Once)],
        has: &["name", RATES[0], RATES[1], RATES[2]],
        may_have: &[],
    },
    list("classes", &[("class", AsOftenAsItLikes)]),
    Rule {
        element: "class",
        holds: &[("methods", Once), ("lines", Once)],
        has: &["name", "filename", RATES[0], RATES[1], RATES[2]],
        may_have: &[],
    },
    list("methods", &[("method", AsOftenAsItLikes)]),
    Rule {
        element: "method",
        holds: &[("lines", Once)],
        has: &["name", "signature", RATES[0], RATES[1], RATES[2]],
        may_have: &[],
    },
    list("lines", &[("line", AsOftenAsItLikes)]),
    Rule {
        element: "line",
        holds: &[("conditions", AsOftenAsItLikes)],
        has: &["number", "hits"],
        may_have: &["branch", "condition-coverage"],
    },
    list("conditions", &[("condition", AsOftenAsItLikes)]),
    Rule {
        element: "condition",
        holds: &[],
        has: &["number", "type", "coverage"],
        may_have: &[],
    },
];

/// What of an element and all within it is not as the rules want it.
pub(crate) fn breaches(root: Node<'_, '_>) -> Vec<String> {
    let mut breaches = Vec::new();
    if !root.has_tag_name("coverage") {
        breaches.push(format!("{root:?} is the root"));
    }
    for node in root.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let Some(rule) = RULES.iter().find(|rule| rule.element == name) else {
            breaches.push(format!("there is no {name}"));
            continue;
        };
        let mut children = node.children().filter(Node::is_element).peekable();
        for (child, often) in rule.holds {
            let mut number = 0;
            while children.next_if(|it| it.has_tag_name(*child)).is_some() {
                number += 1;
            }
            let is_right = match often {
                Once => number == 1,
                AtMostOnce => number <= 1,
                AsOftenAsItLikes => true,
            };
            if !is_right {
                breaches.push(format!("{number} of {child} in {name}"));
            }
        }
        if let Some(more) = children.next() {
            breaches.push(format!("{} in {name}", more.tag_name().name()));
        }
        let has_text = node
            .children()
            .any(|it| it.is_text() && !it.text().unwrap().trim().is_empty());
        if has_text && name != "source" {
            breaches.push(format!("text in {name}"));
        }
        for wanted in rule.has.iter().filter(|it| node.attribute(**it).is_none()) {
            breaches.push(format!("{name} without {wanted}"));
        }
        let known = |name: &str| rule.has.contains(&name) || rule.may_have.contains(&name);
        for unknown in node.attributes().filter(|it| !known(it.name())) {
            breaches.push(format!("{name} with {}", unknown.name()));
        }
    }
    breaches
}

#[test]
fn breaches_of_the_grammar_are_found() {
    let breached = |text: &str| !breaches(parse(text).root_element()).is_empty();
    let all = r#"line-rate="1" branch-rate="1" complexity="0""#;
    let whole = format!(
        r#"<coverage {all} lines-covered="1" lines-valid="1" branches-covered="1" branches-valid="1" version="1" timestamp="1"><sources><source>/x</source></sources><packages><package name="p" {all}><classes><class name="c" filename="c" {all}><methods><method name="m" signature="()" {all}><lines/></method></methods><lines><line number="1" hits="1"><conditions><condition number="0" type="jump" coverage="0%"/></conditions></line></lines></class></classes></package></packages></coverage>"#
    );
    assert!(!breached(&whole));
    for (right, wrong) in [
        ("<methods>", "<methods><methods/>"),
        (" hits=\"1\"", ""),
        (" signature=\"()\"", " signature=\"()\" hits=\"1\""),
        ("<lines/>", ""),
        (
            "<sources><source>/x</source></sources>",
            "<sources/><sources/>",
        ),
        ("<packages>", "<packages>text"),
        (" timestamp=\"1\"", ""),
        (" type=\"jump\"", ""),
    ] {
        let broken = whole.replacen(right, wrong, 1);
        assert_ne!(broken, whole);
        assert!(breached(&broken), "{broken}");
    }
}
