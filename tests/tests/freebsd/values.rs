//! The conversions do what the definition says, for every value: run, with constants of our own.

use crate::product::{MODEL, c_type, doctored, folder, number, replace};
use crate::standins::{CONSTANTS, run_with};
use cloudabi_codegen::model::{Apply, HostMapping, HostTable, NumberClass, TypeRef};
use cloudabi_test_support::{Scratch, tool};
use std::fmt::Write as _;

/// What a program prints for one question, and the C that asks it.
struct Question {
    code: String,
    answer: String,
}

/// The number of these constants together.
fn bits(names: &[String]) -> u64 {
    names.iter().fold(0, |bits, name| bits | CONSTANTS[name])
}

/// Whether a whole set is converted at once.
fn is_set(table: &HostTable) -> bool {
    number(table.ty).class == NumberClass::Flags && table.apply != Apply::Separately
}

/// What a table gives for one value of the ABI: (result, number).
fn to_host(table: &HostTable, value: u64) -> (u64, u64) {
    let ty = number(table.ty);
    let (invalid, unsupported) = (CONSTANTS["EINVAL"], CONSTANTS["EOPNOTSUPP"]);
    let is_set = is_set(table);
    if is_set && value & !ty.all_bits() != 0 {
        return (invalid, 0);
    }
    let mut host = None;
    for entry in &table.entries {
        let known = ty.values[entry.value].value;
        let is_there = if is_set { value & known != 0 } else { value == known };
        // A constant for an absent flag applies where no flag that names it is there.
        if let (Apply::WhereMissing, HostMapping::Constants { names, .. }) = (table.apply, &entry.mapping) {
            let named = table.entries.iter().filter(|other| other.mapping == entry.mapping);
            let flags = named.fold(0, |flags, other| flags | ty.values[other.value].value);
            if value & flags == 0 {
                host = Some(host.unwrap_or(0) | bits(names));
            }
            continue;
        }
        if !is_there {
            continue;
        }
        match &entry.mapping {
            HostMapping::Constants { names, .. } => host = Some(host.unwrap_or(0) | bits(names)),
            HostMapping::Zero(_) => host = Some(host.unwrap_or(0)),
            HostMapping::None(_) => return (unsupported, 0),
        }
    }
    match host {
        Some(host) => (0, host),
        None if is_set => (0, 0),
        None => (invalid, 0),
    }
}

/// What a table gives for one number of the host's.
fn from_host(table: &HostTable, host: u64) -> Option<u64> {
    let ty = number(table.ty);
    let value = |index: usize| ty.values[index].value;
    let named = table.entries.iter().filter_map(|entry| match &entry.mapping {
        HostMapping::Constants { names, when: None } => Some((bits(names), value(entry.value))),
        HostMapping::Zero(_) => Some((0, value(entry.value))),
        _ => None,
    });
    let also = table.also_from_host.iter().map(|(name, index)| (CONSTANTS[name], value(*index)));
    let mut known = named.chain(also);
    match is_set(table) {
        true => Some(
            known
                .filter(|(bits, _)| *bits != 0)
                .filter(|(bits, _)| (host & bits == *bits) != (table.apply == Apply::WhereMissing))
                .fold(0, |set, (_, flag)| set | flag),
        ),
        false => known
            .find(|(number, _)| *number == host)
            .map(|(_, value)| value)
            .or_else(|| table.from_host_default.map(value)),
    }
}

/// Whether a table is one of capabilities.
fn is_capsicum(table: &HostTable) -> bool {
    table.name == "capsicum"
}

/// The questions about number tables.
fn questions() -> Vec<Question> {
    let host = MODEL.host("freebsd").expect("the FreeBSD host");
    let mut questions = Vec::new();
    for table in host.tables.iter().filter(|t| !is_capsicum(t) && t.none.is_none()) {
        let (ty, c_ty) = (number(table.ty), c_type(&MODEL, &TypeRef::Named(table.ty), 64));
        let name = &table.name;
        let mut values: Vec<u64> = ty.values.iter().map(|value| value.value).collect();
        // What is not defined, everything, and nothing.
        values.extend([250, 0, ty.all_bits()]);
        for value in values.into_iter().filter(|_| table.to_host) {
            let (result, host) = to_host(table, value);
            let answer = match result {
                0 => format!("{name} to {value}: 0 {host}"),
                _ => format!("{name} to {value}: {result}"),
            };
            let code = format!(
                "{{ int h = -1, r = cloudabi_{name}_to_host({value}, &h); \
                 if (r == 0) printf(\"{name} to {value}: %d %d\\n\", r, h); \
                 else printf(\"{name} to {value}: %d\\n\", r); }}"
            );
            questions.push(Question { code, answer });
        }
        let total = is_set(table) || table.from_host_default.is_some();
        let mut numbers: Vec<u64> = CONSTANTS.values().copied().filter(|n| *n < 1 << 31).collect();
        numbers.extend([0, 77, (1 << 31) - 1]);
        numbers.sort_unstable();
        numbers.dedup();
        for host in numbers.into_iter().filter(|_| table.from_host) {
            let answer = match from_host(table, host) {
                Some(value) => format!("{name} from {host}: {value}"),
                None => format!("{name} from {host}: error {}", CONSTANTS["EINVAL"]),
            };
            let code = if total {
                format!(
                    "printf(\"{name} from {host}: %llu\\n\", \
                     (unsigned long long)cloudabi_{name}_from_host({host}));"
                )
            } else {
                format!(
                    "{{ {c_ty} v = 0; int r = cloudabi_{name}_from_host({host}, &v); \
                     if (r == 0) printf(\"{name} from {host}: %llu\\n\", (unsigned long long)v); \
                     else printf(\"{name} from {host}: error %d\\n\", r); }}"
                )
            };
            questions.push(Question { code, answer });
        }
    }
    questions
}

/// The questions about capabilities.
fn capability_questions() -> Vec<Question> {
    let host = MODEL.host("freebsd").expect("the FreeBSD host");
    let table = host.tables.iter().find(|t| is_capsicum(t)).expect("a table of capabilities");
    let ty = number(table.ty);
    let mapped = |index: usize| &table.entries[index].mapping;
    // Capabilities are of two words: bit 58 of a constant says that it is of the second.
    let add = |words: [u64; 2], names: &[String]| {
        names.iter().map(|name| CONSTANTS[name]).fold(words, |mut words, constant| {
            words[usize::from(constant >> 58 != 0)] |= constant;
            words
        })
    };
    let to = |rights: u64| {
        (0..ty.values.len()).filter(|i| rights & ty.values[*i].value != 0).fold([0, 0], |words, i| {
            match mapped(i) {
                HostMapping::Constants { names, .. } => add(words, names),
                _ => words,
            }
        })
    };
    let from = |words: [u64; 2]| {
        (0..ty.values.len())
            .filter(|i| match mapped(*i) {
                HostMapping::Constants { names, .. } => add(words, names) == words,
                HostMapping::Zero(_) => true,
                HostMapping::None(_) => false,
            })
            .fold(0, |all, i| all | ty.values[i].value)
    };
    let mut sets: Vec<u64> = ty.values.iter().map(|value| value.value).collect();
    sets.extend([0, ty.all_bits(), ty.all_bits() & 0x5555_5555_5555_5555]);
    let mut questions = Vec::new();
    for rights in sets {
        let words = to(rights);
        questions.push(Question {
            code: format!(
                "{{ cap_rights_t c = {{ {{ 99, 99 }} }}; cloudabi_capsicum_to_host({rights}ULL, &c); \
                 printf(\"{rights} needs %llu %llu, which gives %llu\\n\", \
                 (unsigned long long)c.words[0], (unsigned long long)c.words[1], \
                 (unsigned long long)cloudabi_capsicum_from_host(&c)); }}"
            ),
            answer: format!("{rights} needs {} {}, which gives {}", words[0], words[1], from(words)),
        });
    }
    questions
}

/// Runs questions, and gives the first wrong answer.
fn wrong_answer(folder: &Scratch, source: &str, questions: &[Question], test: &str) -> Option<String> {
    let clang = tool(&["clang", "clang-19", "clang-16", "clang-14"], test)?;
    let header = source.replace(".c", ".h");
    let mut program = format!("#include <sys/types.h>\n#include \"{header}\"\nint main(void) {{\n");
    for question in questions {
        let _ = writeln!(program, "{}", question.code);
    }
    program.push_str("return 0; }\n");
    let captured = run_with(&clang, folder, &[source], &program);
    let lines: Vec<&str> = captured.stdout.lines().collect();
    assert_eq!(lines.len(), questions.len(), "an answer for each question");
    let mut pairs = lines.iter().zip(questions);
    pairs
        .find(|(line, question)| **line != question.answer)
        .map(|(line, question)| format!("{line} instead of {}", question.answer))
}

#[test]
fn numbers_are_converted_as_the_definition_says() {
    let questions = questions();
    assert!(questions.len() > 300, "questions about every table");
    let wrong = wrong_answer(&folder(), "cloudabi_convert.c", &questions, "FreeBSD's conversions run");
    assert_eq!(wrong, None);
}

#[test]
fn a_wrong_conversion_is_noticed() {
    let test = "wrong FreeBSD conversions are noticed";
    if tool(&["clang", "clang-19", "clang-16", "clang-14"], test).is_none() {
        return;
    }
    let file = "cloudabi_convert.c";
    for (from, to) in [
        ("*host = SIGHUP;", "*host = SIGINT;"),
        ("case ENOENT:\n\t\treturn (CLOUDABI_ENOENT);", "case ENOENT:\n\t\treturn (CLOUDABI_ENODEV);"),
        ("*host |= O_CREAT;", "*host = O_CREAT | O_EXCL;"),
        ("if (HAS(host, PROT_EXEC))", "if (HAS(host, PROT_EXEC | PROT_READ))"),
    ] {
        let folder = doctored(replace(file, from, to));
        assert!(wrong_answer(&folder, file, &questions(), test).is_some(), "{to}");
    }
}

#[test]
fn rights_become_capabilities_and_back() {
    let questions = capability_questions();
    let wrong = wrong_answer(&folder(), "cloudabi_capsicum.c", &questions, "FreeBSD's capabilities run");
    assert_eq!(wrong, None);
}

#[test]
fn a_wrong_capability_is_noticed() {
    let test = "wrong FreeBSD capabilities are noticed";
    if tool(&["clang", "clang-19", "clang-16", "clang-14"], test).is_none() {
        return;
    }
    let file = "cloudabi_capsicum.c";
    for (from, to) in [
        ("cap_rights_set(host, CAP_FEXECVE)", "cap_rights_set(host, CAP_EVENT)"),
        ("cap_rights_is_set(host, CAP_SEEK_TELL)", "cap_rights_is_set(host, CAP_SEEK)"),
    ] {
        let folder = doctored(replace(file, from, to));
        assert!(wrong_answer(&folder, file, &capability_questions(), test).is_some(), "{to}");
    }
}
