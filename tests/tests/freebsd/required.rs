//! The rights that calls require, against the definition: every combination of what their conditions look at
//! and of the rights that their rules speak of.

use crate::product::{MODEL, doctored, folder, number};
use crate::standins::run_with;
use cloudabi_codegen::model::{
    Call, Condition, NumberClass, Operand, Path, RightsExpression, RightsRule, TypeKind, TypeRef,
};
use cloudabi_test_support::{Scratch, tool};
use std::fmt::Write as _;

/// The rules of a call for one descriptor, about its own rights or those to inherit, and the places their conditions look at, in order.
struct Group {
    call: &'static Call,
    descriptor: &'static Path,
    inheriting: bool,
    rules: Vec<&'static RightsRule>,
    places: Vec<&'static Path>,
}

fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for call in &MODEL.calls {
        for rule in &call.rights {
            let same = |group: &Group| {
                group.call.name == call.name
                    && group.descriptor.text == rule.descriptor.text
                    && group.inheriting == rule.inheriting
            };
            let at = groups.iter().position(same).unwrap_or_else(|| {
                let (rules, places) = (Vec::new(), Vec::new());
                let inheriting = rule.inheriting;
                groups.push(Group { call, descriptor: &rule.descriptor, inheriting, rules, places });
                groups.len() - 1
            });
            groups[at].rules.push(rule);
            rule.when.iter().for_each(|condition| places(condition, &mut groups[at].places));
        }
    }
    groups
}

fn places(condition: &'static Condition, found: &mut Vec<&'static Path>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| places(part, found)),
        Condition::Not(part) => places(part, found),
        Condition::Has { path, .. } | Condition::Equals { path, .. } => {
            if !found.iter().any(|known| known.text == path.text) {
                found.push(path);
            }
        }
    }
}

/// Numbers worth trying at a place: each value of an enumeration, or every combination of the flags that the group
/// looks at, alone and together with all others.
fn candidates(group: &Group, path: &Path) -> Vec<u64> {
    let mut numbers = vec![0, 1];
    if let TypeRef::Named(id) = &path.ty
        && let TypeKind::Number(ty) = &MODEL.ty(*id).kind
    {
        match ty.class {
            NumberClass::Flags => numbers = vec![0, ty.all_bits()],
            _ => numbers.extend(ty.values.iter().map(|value| value.value)),
        }
    }
    let mut flags = Vec::new();
    for rule in &group.rules {
        rule.when.iter().for_each(|condition| looked_at_flags(condition, path, &mut flags));
    }
    numbers.extend(subsets(&flags));
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Every subset of some flags.
fn subsets(flags: &[u64]) -> Vec<u64> {
    let subset =
        |chosen: u32| (0..flags.len()).filter(|i| chosen >> i & 1 == 1).fold(0, |set, i| set | flags[i]);
    (0..1_u32 << flags.len()).map(subset).collect()
}

fn looked_at_flags(condition: &Condition, place: &Path, flags: &mut Vec<u64>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| looked_at_flags(part, place, flags));
        }
        Condition::Not(part) => looked_at_flags(part, place, flags),
        Condition::Has { path, flag } if path.text == place.text => {
            let flag = value_at(path, *flag);
            if !flags.contains(&flag) && flags.len() < 6 {
                flags.push(flag);
            }
        }
        Condition::Has { .. } | Condition::Equals { .. } => {}
    }
}

fn value_at(path: &Path, index: usize) -> u64 {
    match &path.ty {
        TypeRef::Named(id) => number(*id).values[index].value,
        _ => panic!("{} has no named values", path.text),
    }
}

/// Whether a condition holds for these numbers at the group's places.
fn holds(condition: &Condition, places: &[&Path], numbers: &[u64]) -> bool {
    let at = |path: &Path| {
        let index = places.iter().position(|place| place.text == path.text).expect("a known place");
        numbers[index]
    };
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds(part, places, numbers)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, places, numbers)),
        Condition::Not(part) => !holds(part, places, numbers),
        Condition::Has { path, flag } => at(path) & value_at(path, *flag) != 0,
        Condition::Equals { path, value: Operand::Value(index) } => at(path) == value_at(path, *index),
        Condition::Equals { path, value: Operand::Number(number) } => at(path) == *number,
    }
}

fn suffices(needs: &RightsExpression, held: u64) -> bool {
    match needs {
        RightsExpression::Right(index) => held & right(*index) != 0,
        RightsExpression::All(parts) => parts.iter().all(|part| suffices(part, held)),
        RightsExpression::Any(parts) => parts.iter().any(|part| suffices(part, held)),
    }
}

fn right(index: usize) -> u64 {
    number(MODEL.rights().expect("rights")).values[index].value
}

/// Every right that an expression speaks of.
fn mentioned(needs: &RightsExpression, rights: &mut Vec<u64>) {
    match needs {
        RightsExpression::Right(index) if !rights.contains(&right(*index)) => rights.push(right(*index)),
        RightsExpression::Right(_) => {}
        RightsExpression::All(parts) | RightsExpression::Any(parts) => {
            parts.iter().for_each(|part| mentioned(part, rights));
        }
    }
}

/// All lists with one number of each list.
fn combinations(lists: &[Vec<u64>]) -> Vec<Vec<u64>> {
    lists.iter().fold(vec![Vec::new()], |combinations, list| {
        let longer = |start: &Vec<u64>| {
            let start = start.clone();
            list.iter().map(move |number| [start.as_slice(), &[*number]].concat())
        };
        combinations.iter().flat_map(longer).collect()
    })
}

/// The C that asks about every combination, and the answers, a line each.
///
/// A line says what is certainly needed, and whether each subset of the mentioned rights is enough. What is certain is
/// what every sufficient subset has in common.
fn questions() -> (String, Vec<String>) {
    let (mut functions, mut code, mut answers) = (String::new(), String::new(), Vec::new());
    for group in groups() {
        let place = group.descriptor.text.replace("[]", "").replace('.', "_");
        let set = if group.inheriting { "_inheriting" } else { "" };
        let stem = format!("{}_{place}{set}", group.call.name);
        let mut rights = Vec::new();
        group.rules.iter().for_each(|rule| mentioned(&rule.needs, &mut rights));
        assert!(rights.len() <= 8, "{stem}: too many rights to try every subset");
        let subsets = subsets(&rights);
        let lists: Vec<Vec<u64>> = group.places.iter().map(|path| candidates(&group, path)).collect();
        ask(&mut functions, &stem, &lists, &subsets);
        let _ = writeln!(code, "ask_{stem}();");
        for numbers in combinations(&lists) {
            let enough = |held: u64| {
                group.rules.iter().all(|rule| {
                    let applies = rule.when.as_ref().is_none_or(|when| holds(when, &group.places, &numbers));
                    !applies || suffices(&rule.needs, held)
                })
            };
            let certain = subsets.iter().filter(|held| enough(**held)).fold(u64::MAX, |all, held| all & held);
            let verdicts: String = subsets.iter().map(|held| if enough(*held) { '1' } else { '0' }).collect();
            let numbers: String = numbers.iter().map(|number| format!(" {number:x}")).collect();
            answers.push(format!("{stem}{numbers} needs {certain:x}: {verdicts}"));
        }
    }
    functions.push_str("int main(void) {\n");
    functions.push_str(&code);
    let mut code = functions;
    // What is always needed is what is needed with any arguments.
    code.push_str(
        "for (const struct cloudabi_call_right *r = cloudabi_call_rights_table; r->call != UINT32_MAX; r++)\n\
         printf(\"%u %s %llx %d %d\\n\", r->call, r->descriptor, (unsigned long long)r->always, r->conditional, \
         r->inheriting);\nreturn 0; }\n",
    );
    for group in groups() {
        let always = group.rules.iter().filter(|rule| rule.when.is_none());
        let mut certain = 0;
        for rule in always {
            let mut rights = Vec::new();
            mentioned(&rule.needs, &mut rights);
            // Alone, without the others, a right that is missing makes the rule fail.
            let all = rights.iter().fold(0, |set, right| set | right);
            certain |= rights.iter().filter(|r| !suffices(&rule.needs, all & !**r)).fold(0, |set, r| set | r);
        }
        let conditional = u8::from(group.rules.iter().any(|rule| rule.when.is_some()));
        let (number, place) = (group.call.number, &group.descriptor.text);
        answers.push(format!("{number} {place} {certain:x} {conditional} {}", u8::from(group.inheriting)));
    }
    (code, answers)
}

/// Adds a C function that prints a line for each combination.
fn ask(text: &mut String, stem: &str, lists: &[Vec<u64>], subsets: &[u64]) {
    let array =
        |numbers: &[u64]| numbers.iter().map(|number| format!("{number}ULL")).collect::<Vec<_>>().join(", ");
    let held = array(subsets);
    let _ = writeln!(text, "static void ask_{stem}(void) {{\nstatic const uint64_t held[] = {{ {held} }};");
    for (index, list) in lists.iter().enumerate() {
        let _ = writeln!(text, "static const uint64_t list{index}[] = {{ {} }};", array(list));
    }
    for index in 0..lists.len() {
        let _ = writeln!(text, "for (size_t i{index} = 0; i{index} < nitems(list{index}); i{index}++) {{");
        let _ = writeln!(text, "uint64_t p{index} = list{index}[i{index}];");
    }
    let arguments: Vec<String> = (0..lists.len()).map(|index| format!("p{index}")).collect();
    let _ = writeln!(text, "printf(\"{stem}\");");
    for argument in &arguments {
        let _ = writeln!(text, "printf(\" %llx\", (unsigned long long){argument});");
    }
    let list = arguments.join(", ");
    let more: String = arguments.iter().map(|argument| format!(", {argument}")).collect();
    let _ = writeln!(
        text,
        "printf(\" needs %llx: \", (unsigned long long)cloudabi_call_rights_{stem}({list}));\n\
         for (size_t h = 0; h < nitems(held); h++) printf(\"%d\", cloudabi_call_allowed_{stem}(held[h]{more}));\n\
         printf(\"\\n\");"
    );
    let _ = writeln!(text, "{}}}", "}".repeat(lists.len()));
}

/// Asks, and gives the first wrong answer.
fn wrong_answer(folder: &Scratch, test: &str) -> Option<String> {
    let clang = tool(&["clang", "clang-19", "clang-16", "clang-14"], test)?;
    let (code, answers) = questions();
    let program = format!("#include <sys/param.h>\n#include \"cloudabi_call_rights.h\"\n{code}");
    let captured = run_with(&clang, folder, &["cloudabi_call_rights.c"], &program);
    let printed: Vec<&str> = captured.stdout.lines().collect();
    assert_eq!(printed.len(), answers.len(), "an answer for each question");
    let mut pairs = printed.iter().zip(&answers);
    pairs.find(|(line, answer)| *line != answer).map(|(line, answer)| format!("{line} instead of {answer}"))
}

#[test]
fn calls_require_what_the_definition_says() {
    assert!(groups().len() > 30, "rules of most calls");
    assert_eq!(wrong_answer(&folder(), "FreeBSD's rights of calls run"), None);
}

#[test]
fn a_wrong_requirement_is_noticed() {
    let test = "wrong FreeBSD rights of calls are noticed";
    if tool(&["clang", "clang-19", "clang-16", "clang-14"], test).is_none() {
        return;
    }
    let file = "cloudabi_call_rights.h";
    for (from, to) in [
        ("(held & CLOUDABI_RIGHT_FD_SEEK) == 0)", "(held & CLOUDABI_RIGHT_FD_TELL) == 0)"),
        ("needed |=", "needed &="),
        ("return (true)", "return (false)"),
    ] {
        let folder = doctored(|path, text| if path == file { text.replacen(from, to, 1) } else { text });
        assert!(wrong_answer(&folder, test).is_some(), "{to}");
    }
}
