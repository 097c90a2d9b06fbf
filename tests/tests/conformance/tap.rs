//! Reading reports in the Test Anything Protocol, version 14.

/// A test that a report tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    pub name: String,
    pub ending: Ending,
}

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Passed,
    /// Why.
    Skipped(String),
    /// What went wrong.
    Failed(String),
}

/// A report.
#[derive(Debug)]
pub struct Report {
    pub tests: Vec<Test>,
    /// What is wrong with the report itself.
    pub problem: Option<String>,
}

/// Reads a report.
pub fn parse(text: &str) -> Report {
    let mut tests: Vec<Test> = Vec::new();
    let mut plan = None;
    let mut bail = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("ok ") {
            let name = name(rest);
            let (name, ending) = match name.split_once(" # SKIP") {
                Some((name, why)) => (name, Ending::Skipped(why.trim().to_string())),
                None => (name, Ending::Passed),
            };
            tests.push(Test { name: name.to_string(), ending });
        } else if let Some(rest) = line.strip_prefix("not ok ") {
            tests.push(Test { name: name(rest).to_string(), ending: Ending::Failed(String::new()) });
        } else if let Some(why) = line.strip_prefix("  message: ") {
            if let Some(Test { ending: Ending::Failed(message), .. }) = tests.last_mut() {
                *message = why.to_string();
            }
        } else if let Some(count) = line.strip_prefix("1..") {
            plan = count.parse().ok();
        } else if let Some(why) = line.strip_prefix("Bail out!") {
            bail = Some(why.trim().to_string());
        }
    }
    let problem = match (bail, plan) {
        (Some(why), _) => Some(format!("it gave up: {why}")),
        (None, None) => Some("it ended early".to_string()),
        (None, Some(0)) => Some("it ran no test".to_string()),
        (None, Some(count)) if count != tests.len() => Some(format!("{} of {count} tests", tests.len())),
        _ => None,
    };
    Report { tests, problem }
}

/// `name`, of `12 - name`.
fn name(rest: &str) -> &str {
    rest.split_once(" - ").map_or(rest, |(_, name)| name)
}

#[test]
fn reads_all_kinds_of_lines() {
    let report = parse(
        "TAP version 14\nok 1 - a/b\nok 2 - c # SKIP no such thing\nnot ok 3 - d\n  ---\n  message: \"why\"\n  ...\n1..3\n",
    );
    let names: Vec<_> = report.tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(names, ["a/b", "c", "d"]);
    assert_eq!(report.tests[1].ending, Ending::Skipped("no such thing".to_string()));
    assert_eq!(report.tests[2].ending, Ending::Failed("\"why\"".to_string()));
    assert_eq!(report.problem, None);
}

#[test]
fn a_report_that_breaks_off_is_a_problem() {
    for text in ["", "ok 1 - a\n", "ok 1 - a\n1..2\n", "1..0\n", "ok 1 - a\nBail out! it broke\n1..1\n"] {
        assert!(parse(text).problem.is_some(), "{text:?}");
    }
}
