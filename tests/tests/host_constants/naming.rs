//! Values map to the constants of the same name. A mapping that mixes two of them up would convert there and
//! back without a fault, so nothing else would notice.

use super::definition;
use cloudabi_codegen::model::{Host, HostMapping, Model, TypeKind};

/// Tables whose constants are named as the values are, with what stands before the name.
const PREFIXES: &[(&str, &str)] = &[
    ("clockid", "CLOCK_"),
    ("dirent_type", "DT_"),
    ("errno", "E"),
    ("fdflags", "O_"),
    ("fdflags_setfl", "O_"),
    ("memory_advice", "MADV_"),
    ("mflags", "MAP_"),
    ("mprot", "PROT_"),
    ("msflags", "MS_"),
    ("oflags", "O_"),
    ("riflags", "MSG_"),
    ("sdflags", "SHUT_"),
    ("signal", "SIG"),
    ("timer_clock", "CLOCK_"),
    ("whence", "SEEK_"),
];

/// Constants that systems call otherwise. Each must occur, so that the list does not outlive its use.
const OTHERWISE: &[(&str, &str, &str)] = &[
    ("dirent_type", "block_device", "DT_BLK"),
    ("dirent_type", "character_device", "DT_CHR"),
    ("dirent_type", "directory", "DT_DIR"),
    ("dirent_type", "regular_file", "DT_REG"),
    ("dirent_type", "socket_stream", "DT_SOCK"),
    ("dirent_type", "symbolic_link", "DT_LNK"),
    ("fdflags", "rsync", "O_SYNC"),
    ("memory_advice", "dontneed", "MADV_COLD"),
    ("mflags", "anon", "MAP_ANONYMOUS"),
];

#[test]
fn values_map_to_the_constants_of_their_names() {
    let model = definition();
    let mut used = Vec::new();
    for host in &model.hosts {
        let wrong = misnamed(&model, host, &mut used);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", host.file);
    }
    let unused: Vec<_> = OTHERWISE.iter().filter(|exception| !used.contains(exception)).collect();
    assert!(unused.is_empty(), "no host needs {unused:?}");
}

#[test]
fn two_values_that_are_mixed_up_are_reported() {
    let mut model = definition();
    let table = model.hosts[0].tables.iter_mut().find(|table| table.name == "signal").expect("signals");
    let first = table.entries[0].mapping.clone();
    table.entries[0].mapping = std::mem::replace(&mut table.entries[1].mapping, first);
    let wrong = misnamed(&model, &model.hosts[0], &mut Vec::new());
    assert_eq!(wrong, ["signal: abrt is SIGALRM", "signal: alrm is SIGABRT"]);
}

fn misnamed(model: &Model, host: &Host, used: &mut Vec<&(&str, &str, &str)>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (table, prefix) in PREFIXES {
        let Some(table) = host.table(table) else { continue };
        let TypeKind::Number(number) = &model.ty(table.ty).kind else { continue };
        for entry in &table.entries {
            let HostMapping::Constants { names, .. } = &entry.mapping else { continue };
            let value = number.values[entry.value].name.as_str();
            let constant = names.join(" | ");
            if constant == format!("{prefix}{}", value.to_ascii_uppercase()) {
                continue;
            }
            let exception =
                OTHERWISE.iter().find(|one| **one == (table.name.as_str(), value, constant.as_str()));
            match exception {
                Some(exception) => used.push(exception),
                None => wrong.push(format!("{}: {value} is {constant}", table.name)),
            }
        }
    }
    wrong
}
