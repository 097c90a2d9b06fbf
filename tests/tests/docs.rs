//! The reference documentation: every link leads somewhere, everything has its place, and tables are whole.

use cloudabi_codegen::emit;
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Member, Model, Type, TypeKind};
use cloudabi_test_support::{own_definition, read_definition};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Pages by their path.
type Pages = BTreeMap<String, String>;

fn own_model() -> Model {
    let sources = own_definition().expect("the folder `abi` can be read");
    load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)))
}

fn pages(model: &Model) -> Pages {
    let files = emit::named("docs").expect("the product").emit(model);
    files.into_iter().map(|file| (file.path, file.contents)).collect()
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    let mut in_code = false;
    let keep = |line: &&str| {
        let fence = line.starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    };
    page.lines().filter(keep).collect::<Vec<_>>().join("\n")
}

/// The anchors of a page.
fn anchors(page: &str) -> Vec<&str> {
    page.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The targets of a page's links.
fn targets(page: &str) -> Vec<String> {
    let text = prose(page);
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    links.map(str::to_string).collect()
}

/// The path that a link leads to from a page.
fn resolve(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Everything that is wrong with links and anchors.
fn complaints(pages: &Pages) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, page) in pages {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        anchors(page).into_iter().for_each(|anchor| *counts.entry(anchor).or_default() += 1);
        complaints.extend(counts.iter().filter(|(_, n)| **n > 1).map(|(a, _)| format!("{path}: #{a} twice")));
        for target in targets(page) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target.as_str(), ""));
            let file = if file.is_empty() { path.clone() } else { resolve(path, file) };
            match pages.get(&file) {
                None => complaints.push(format!("{path}: no page {target}")),
                Some(page) if !anchor.is_empty() && !anchors(page).contains(&anchor) => {
                    complaints.push(format!("{path}: no anchor {target}"));
                }
                Some(_) => {}
            }
        }
        complaints.extend(broken_tables(page).into_iter().map(|line| format!("{path}: {line}")));
    }
    complaints
}

/// Rows that have not as many cells as their table's title.
fn broken_tables(page: &str) -> Vec<String> {
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let text = prose(page);
    let mut width = None;
    let mut broken = Vec::new();
    for line in text.lines() {
        if !line.starts_with('|') {
            width = None;
        } else if *width.get_or_insert(cells(line)) != cells(line) {
            broken.push(line.to_string());
        }
    }
    broken
}

/// The anchors that a type must have: itself, its values, members, arms and their members.
fn anchors_of_type(ty: &Type) -> Vec<String> {
    let own = format!("type-{}", ty.name);
    let mut anchors = vec![own.clone()];
    let mut add = |name: &str| anchors.push(format!("{own}-{name}"));
    match &ty.kind {
        TypeKind::Number(number) => number.values.iter().for_each(|value| add(&value.name)),
        TypeKind::Function(function) => function.parameters.iter().for_each(|p| add(&p.name)),
        TypeKind::Struct(structure) => {
            for member in &structure.members {
                match member {
                    Member::Field(field) => add(&field.name),
                    Member::Variant(variant) => {
                        for arm in &variant.arms {
                            let start = arm.name.as_ref().map(|name| format!("{name}-")).unwrap_or_default();
                            arm.name.iter().for_each(|name| add(name));
                            arm.members.iter().for_each(|field| add(&format!("{start}{}", field.name)));
                        }
                    }
                }
            }
        }
    }
    anchors
}

/// What has no place of its own.
fn undocumented(model: &Model, pages: &Pages) -> Vec<String> {
    let page = |subsystem: usize| {
        let path = format!("subsystems/{}.md", model.subsystems[subsystem].name);
        pages.get(&path).map(|page| anchors(page)).unwrap_or_default()
    };
    let there: Vec<Vec<&str>> = (0..model.subsystems.len()).map(page).collect();
    let types = model.types.iter().flat_map(|ty| {
        anchors_of_type(ty).into_iter().map(|anchor| (ty.subsystem, anchor)).collect::<Vec<_>>()
    });
    let calls = model.calls.iter().flat_map(|call| {
        let own = format!("call-{}", call.name);
        let parameters = call.inputs.iter().chain(&call.outputs).map(|p| format!("{own}-{}", p.name));
        let all: Vec<_> = std::iter::once(own.clone()).chain(parameters).collect();
        all.into_iter().map(|anchor| (call.subsystem, anchor))
    });
    types
        .chain(calls)
        .filter(|(subsystem, anchor)| !there[*subsystem].contains(&anchor.as_str()))
        .map(|(_, anchor)| anchor)
        .collect()
}

#[test]
fn every_link_leads_somewhere_and_everything_has_its_place() {
    let model = own_model();
    let pages = pages(&model);
    assert_eq!(complaints(&pages), Vec::<String>::new());
    assert_eq!(undocumented(&model, &pages), Vec::<String>::new());
    let links: usize = pages.values().map(|page| targets(page).len()).sum();
    assert!(links > 2000, "there are links: {links}");
}

#[test]
fn every_page_can_be_reached_from_the_index() {
    let pages = pages(&own_model());
    let mut reached = vec!["README.md".to_string()];
    let mut next = 0;
    while next < reached.len() {
        let from = reached[next].clone();
        for target in targets(&pages[&from]) {
            let file = resolve(&from, target.split('#').next().unwrap_or_default());
            if pages.contains_key(&file) && !reached.contains(&file) {
                reached.push(file);
            }
        }
        next += 1;
    }
    assert_eq!(reached.len(), pages.len());
}

#[test]
fn what_is_broken_is_noticed() {
    let model = own_model();
    let good = pages(&model);
    let doctored = |path: &str, from: &str, to: &str| {
        let mut pages = good.clone();
        let page = pages.get_mut(path).expect("a page");
        assert!(page.contains(from), "{from}");
        *page = page.replacen(from, to, 1);
        pages
    };
    let fd = "subsystems/fd.md";
    let without = doctored(fd, "<a id=\"call-fd_read\"></a>", "");
    assert!(complaints(&without).iter().any(|complaint| complaint.contains("no anchor")));
    assert_eq!(undocumented(&model, &without), ["call-fd_read"]);
    assert_eq!(complaints(&doctored(fd, "(rights.md#", "(right.md#")).len(), 1);
    assert!(!complaints(&doctored(fd, "<a id=\"type-fd\">", "<a id=\"type-fdstat\">")).is_empty());
    assert_eq!(complaints(&doctored("errors.md", "| 0 |", "| 0 | 0 |")).len(), 1);
}

#[test]
fn small_definitions_are_documented_too() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/cases");
    let mut seen = 0;
    for case in std::fs::read_dir(cases).expect("the folder of cases") {
        let folder = case.expect("a case").path().join("abi");
        if !folder.is_dir() {
            continue;
        }
        let sources = read_definition(&folder).expect("a definition that can be read");
        let Ok(model) = load(&sources) else { panic!("{} has errors", folder.display()) };
        let pages = pages(&model);
        assert_eq!(complaints(&pages), Vec::<String>::new(), "{}", folder.display());
        assert_eq!(undocumented(&model, &pages), Vec::<String>::new(), "{}", folder.display());
        seen += 1;
    }
    assert!(seen > 0, "there are small definitions");
}
