//! Coverage of the logic as Cobertura XML (`coverage-04.dtd`): schemas are packages, the functions of a schema in one script
//! are a class, and each of them is a method.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Contents;
use super::traced::{Traced, TracedLine, TracedRoutine, lines_of, shares, sum};
use crate::coverage::Share;
use crate::report::xml_text::XmlText;

/// What the document is an instance of.
const DOCTYPE: &str = r#"coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd""#;
/// Lines and branches of nothing.
const NOTHING: [Share; 2] = [Share { part: 0, whole: 0 }; 2];

type Xml = Writer<Vec<u8>>;

/// A coverage report as Cobertura XML, of a project in this directory.
///
/// # Errors
/// None but those of the XML writer, which writes to memory here.
pub fn cobertura(contents: &Contents<'_>, directory: &str) -> io::Result<String> {
    let traced = Traced::of(contents.account);
    let packages = packages(&traced);
    let shares = packages
        .iter()
        .fold(NOTHING, |all, it| both(all, it.shares));
    let [lines, branches] = shares;
    let milliseconds = u128::from(contents.account.report.began) * 1000;
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.write_event(Event::DocType(BytesText::from_escaped(DOCTYPE)))?;
    xml.create_element("coverage")
        .with_attributes(rates(shares))
        .with_attribute(("lines-covered", lines.part.to_string().as_str()))
        .with_attribute(("lines-valid", lines.whole.to_string().as_str()))
        .with_attribute(("branches-covered", branches.part.to_string().as_str()))
        .with_attribute(("branches-valid", branches.whole.to_string().as_str()))
        .with_attribute(("complexity", "0"))
        .with_attribute(("version", concat!("pgassay ", env!("CARGO_PKG_VERSION"))))
        .with_attribute(("timestamp", milliseconds.to_string().as_str()))
        .write_inner_content(|xml| {
            let directory = XmlText::new(directory).attribute();
            xml.create_element("sources").write_inner_content(|xml| {
                let text = BytesText::new(&directory);
                xml.create_element("source").write_text_content(text)?;
                Ok(())
            })?;
            all(xml, "packages", &packages, package)
        })?;
    let mut xml = xml.into_inner();
    xml.push(b'\n');
    String::from_utf8(xml).map_err(io::Error::other)
}

/// The functions of a schema.
struct Package<'t> {
    schema: &'t str,
    classes: Vec<Class<'t>>,
    shares: [Share; 2],
}

/// The functions of a schema that stand in one script.
struct Class<'t> {
    file: &'t str,
    routines: Vec<&'t TracedRoutine<'t>>,
    lines: BTreeMap<u32, TracedLine>,
    shares: [Share; 2],
}

fn packages<'t>(traced: &'t Traced<'t>) -> Vec<Package<'t>> {
    let mut schemas: BTreeMap<&str, BTreeMap<&str, Vec<&TracedRoutine<'_>>>> = BTreeMap::new();
    for (file, routines) in &traced.scripts {
        for routine in routines {
            let schema = routine.name.schema.as_deref().unwrap_or_default();
            let files = schemas.entry(schema).or_default();
            files.entry(file).or_default().push(routine);
        }
    }
    let packages = schemas.into_iter().map(|(schema, files)| {
        let classes = files.into_iter().map(|(file, routines)| {
            let lines = lines_of(routines.iter().copied());
            Class {
                file,
                shares: shares(&lines),
                lines,
                routines,
            }
        });
        let classes: Vec<Class<'_>> = classes.collect();
        Package {
            schema,
            shares: classes.iter().fold(NOTHING, |all, it| both(all, it.shares)),
            classes,
        }
    });
    packages.collect()
}

fn package(xml: &mut Xml, package: &Package<'_>) -> io::Result<()> {
    xml.create_element("package")
        .with_attribute(("name", XmlText::new(package.schema).attribute().as_str()))
        .with_attributes(rates(package.shares))
        .with_attribute(("complexity", "0"))
        .write_inner_content(|xml| all(xml, "classes", &package.classes, class))?;
    Ok(())
}

fn class(xml: &mut Xml, class: &Class<'_>) -> io::Result<()> {
    let file = XmlText::new(class.file).attribute();
    xml.create_element("class")
        // Readers take two classes of one name for one.
        .with_attribute(("name", file.as_str()))
        .with_attribute(("filename", file.as_str()))
        .with_attributes(rates(class.shares))
        .with_attribute(("complexity", "0"))
        .write_inner_content(|xml| {
            all(xml, "methods", &class.routines, |xml, it| method(xml, it))?;
            all(xml, "lines", &class.lines, line)
        })?;
    Ok(())
}

fn method(xml: &mut Xml, routine: &TracedRoutine<'_>) -> io::Result<()> {
    let signature = routine.name.signature.as_deref().unwrap_or_default();
    let signature = format!("({signature})");
    xml.create_element("method")
        .with_attribute((
            "name",
            XmlText::new(&routine.name.name).attribute().as_str(),
        ))
        .with_attribute(("signature", XmlText::new(&signature).attribute().as_str()))
        .with_attributes(rates(shares(&routine.lines)))
        .with_attribute(("complexity", "0"))
        .write_inner_content(|xml| all(xml, "lines", &routine.lines, line))?;
    Ok(())
}

fn line(xml: &mut Xml, (number, line): (&u32, &TracedLine)) -> io::Result<()> {
    let taken = line.taken();
    let (number, hits) = (number.to_string(), line.hits().to_string());
    let element = xml
        .create_element("line")
        .with_attribute(("number", number.as_str()))
        .with_attribute(("hits", hits.as_str()));
    let Some(percent) = (taken.part * 100).checked_div(taken.whole) else {
        element.with_attribute(("branch", "false")).write_empty()?;
        return Ok(());
    };
    let coverage = format!("{percent}% ({}/{})", taken.part, taken.whole);
    element
        .with_attribute(("branch", "true"))
        .with_attribute(("condition-coverage", coverage.as_str()))
        .write_inner_content(|xml| {
            let branches = line.branches.iter().flatten().enumerate();
            all(xml, "conditions", branches, condition)
        })?;
    Ok(())
}

fn condition(xml: &mut Xml, (number, taken): (usize, &usize)) -> io::Result<()> {
    xml.create_element("condition")
        .with_attribute(("number", number.to_string().as_str()))
        .with_attribute(("type", "jump"))
        .with_attribute(("coverage", if *taken > 0 { "100%" } else { "0%" }))
        .write_empty()?;
    Ok(())
}

/// An element around others, which may be none.
fn all<T>(
    xml: &mut Xml,
    name: &str,
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut Xml, T) -> io::Result<()>,
) -> io::Result<()> {
    let mut items = items.into_iter().peekable();
    let element = xml.create_element(name);
    if items.peek().is_none() {
        element.write_empty()?;
    } else {
        element.write_inner_content(|xml| items.try_for_each(|item| write(xml, item)))?;
    }
    Ok(())
}

fn both(one: [Share; 2], other: [Share; 2]) -> [Share; 2] {
    [sum(one[0], other[0]), sum(one[1], other[1])]
}

/// The rates of lines and branches.
fn rates([lines, branches]: [Share; 2]) -> [(&'static str, Cow<'static, str>); 2] {
    [("line-rate", rate(lines)), ("branch-rate", rate(branches))]
}

/// A share as a number up to 1, rounded down so that 1 is all; where there is nothing, nothing is missing.
fn rate(share: Share) -> Cow<'static, str> {
    match (share.part * 10_000).checked_div(share.whole) {
        None | Some(10_000) => "1".into(),
        Some(part) => format!("0.{part:04}").into(),
    }
}
