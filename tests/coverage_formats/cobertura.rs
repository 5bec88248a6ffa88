//! Cobertura XML, read as its readers do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use roxmltree::{Document, Node, ParsingOptions};

use crate::tool::{Project, skip};
use crate::tracefile::{self, read};
use crate::{grammar, measure, odd, written};

/// The document, which has a grammar.
pub(crate) fn parse(text: &str) -> Document<'_> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).unwrap()
}

/// The elements of this name anywhere within another.
pub(crate) fn all<'a, 'd>(node: Node<'a, 'd>, name: &'d str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.descendants().filter(move |it| it.has_tag_name(name))
}

fn number(node: Node<'_, '_>, name: &str) -> usize {
    node.attribute(name).unwrap().parse().unwrap()
}

/// The lines of each file, with how many test files reached each.
pub(crate) fn lines(document: &Document<'_>) -> BTreeMap<String, BTreeMap<u32, usize>> {
    let mut files: BTreeMap<String, BTreeMap<u32, usize>> = BTreeMap::new();
    for class in all(document.root_element(), "class") {
        let file = files.entry(class.attribute("filename").unwrap().to_owned());
        let lines = class
            .children()
            .find(|it| it.has_tag_name("lines"))
            .unwrap();
        let lines = lines.children().filter(Node::is_element);
        file.or_default().extend(lines.map(|it| {
            (
                u32::try_from(number(it, "number")).unwrap(),
                number(it, "hits"),
            )
        }));
    }
    files
}

/// Whether a rate is that of so many of so many, rounded down.
fn is_rate(told: &str, part: usize, whole: usize) -> bool {
    let told: f64 = told.parse().unwrap();
    #[allow(clippy::cast_precision_loss, reason = "they are small")]
    let rate = if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    };
    told <= rate && rate - told < 0.0001 && (told < 1.0 || part == whole)
}

/// That the rates of an element are those of the lines that count for it.
fn has_rates(node: Node<'_, '_>, lines: &[Node<'_, '_>]) {
    let reached = lines.iter().filter(|it| number(**it, "hits") > 0).count();
    let line_rate = node.attribute("line-rate").unwrap();
    assert!(is_rate(line_rate, reached, lines.len()), "{node:?}");
    let conditions = lines.iter().flat_map(|it| all(*it, "condition"));
    let conditions: Vec<bool> = conditions
        .map(|it| it.attribute("coverage") == Some("100%"))
        .collect();
    let taken = conditions.iter().filter(|taken| **taken).count();
    let branch_rate = node.attribute("branch-rate").unwrap();
    assert!(is_rate(branch_rate, taken, conditions.len()), "{node:?}");
    if node.has_tag_name("coverage") {
        assert_eq!(number(node, "lines-covered"), reached);
        assert_eq!(number(node, "lines-valid"), lines.len());
        assert_eq!(number(node, "branches-covered"), taken);
        assert_eq!(number(node, "branches-valid"), conditions.len());
    }
}

/// That a report keeps to the grammar, that its rates are right, and that it says what the tracefile says.
fn is_right(project: &Project, directory: &Path) {
    measure(project, directory, &[]);
    let text = written(project, directory, "cobertura").out;
    let document = parse(&text);
    let root = document.root_element();
    assert_eq!(grammar::breaches(root), Vec::<String>::new());
    is_valid(project, &text);
    let of_class = |node: Node<'_, '_>| {
        let methods = node.ancestors().any(|it| it.has_tag_name("methods"));
        !methods
    };
    for node in root
        .descendants()
        .filter(|it| it.attribute("line-rate").is_some())
    {
        let is_method = node.has_tag_name("method");
        let lines: Vec<Node<'_, '_>> = all(node, "line")
            .filter(|it| is_method || of_class(*it))
            .collect();
        has_rates(node, &lines);
    }
    for line in all(root, "line") {
        let conditions = all(line, "condition").count();
        assert_eq!(
            line.attribute("branch"),
            Some(if conditions > 0 { "true" } else { "false" })
        );
        let taken = all(line, "condition").filter(|it| it.attribute("coverage") == Some("100%"));
        let told = (conditions > 0).then(|| {
            let taken = taken.count();
            format!("{}% ({taken}/{conditions})", taken * 100 / conditions)
        });
        assert_eq!(line.attribute("condition-coverage"), told.as_deref());
    }
    let sections = read(&written(project, directory, "lcov").out);
    let of_sections: BTreeMap<String, BTreeMap<u32, usize>> = sections
        .iter()
        .map(|(file, section)| (file.clone(), section.lines.clone()))
        .collect();
    assert_eq!(lines(&document), of_sections);
    let [_, functions, branches] = tracefile::totals(&sections);
    assert_eq!(all(root, "method").count(), functions.1);
    assert_eq!(number(root, "branches-covered"), branches.0);
    assert_eq!(number(root, "branches-valid"), branches.1);
    let source = all(root, "source").next().unwrap().text().unwrap();
    assert_eq!(Path::new(source), directory.canonicalize().unwrap());
    for file in of_sections.keys() {
        assert!(Path::new(source).join(file).is_file(), "{file}");
    }
    // In milliseconds: some time in this century.
    let seconds = number(root, "timestamp") / 1000;
    assert!(
        (1_700_000_000..4_100_000_000).contains(&seconds),
        "{seconds}"
    );
}

/// That xmllint finds it valid by the genuine grammar, which is not ours to carry along: `ci/cobertura-dtd` gets it.
fn is_valid(project: &Project, text: &str) {
    const GET: &str = "`COBERTURA_DTD=$(ci/cobertura-dtd)` names coverage-04.dtd to xmllint";
    let Some(dtd) =
        env::var_os("COBERTURA_DTD").map(|it| PathBuf::from(it).canonicalize().unwrap())
    else {
        return skip::<()>(GET).unwrap_or_default();
    };
    let [report, catalog] = ["cobertura.xml", "catalog.xml"].map(|it| project.around().join(it));
    fs::write(&report, text).unwrap();
    let document = parse(text);
    let id = document
        .input_text()
        .split('"')
        .find(|it| it.contains("coverage-04"));
    // What the report names is this file.
    let entry = format!(
        r#"<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog"><system systemId="{}" uri="file://{}"/></catalog>"#,
        id.unwrap(),
        dtd.display()
    );
    fs::write(&catalog, entry).unwrap();
    let ran = Command::new("xmllint")
        .args(["--noout", "--nonet", "--valid"])
        .arg(&report)
        .env("XML_CATALOG_FILES", &catalog)
        .output()
        .expect("xmllint is there; on Debian, libxml2-utils brings it");
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && told.is_empty(), "{told}");
}

#[test]
fn the_report_of_the_sample_project_is_valid_and_right() {
    let Some(project) = Project::new() else {
        return;
    };
    is_right(&project, Path::new(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn a_report_of_odd_names_and_missed_lines_is_valid_and_right() {
    let Some(project) = odd() else { return };
    is_right(&project, &project.path());
    let text = written(&project, &project.path(), "cobertura").out;
    let document = parse(&text);
    let methods: Vec<(&str, &str)> = all(document.root_element(), "method")
        .map(|it| {
            (
                it.attribute("name").unwrap(),
                it.attribute("signature").unwrap(),
            )
        })
        .collect();
    assert!(
        methods.contains(&("a, \"b\" <c> & 'd'; \\x2c|", "(integer, numeric)")),
        "{methods:?}"
    );
    assert!(methods.contains(&("two lines", "()")), "{methods:?}");
    let source = project.path().display().to_string();
    let steady = text.replace(&source, "DIRECTORY");
    insta::with_settings!({filters => [(r#"timestamp="\d+""#, r#"timestamp="TIME""#)]}, {
        insta::assert_snapshot!(steady);
    });
}
