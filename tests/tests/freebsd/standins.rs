//! A tiny kernel: just enough of its headers, in our own words, to run generated kernel code as a program.
//!
//! Its constants are numbers of our choosing, so that a wrong one shows.

use crate::product::{MODEL, number};
use cloudabi_codegen::model::{HostMapping, HostTable, NumberClass};
use cloudabi_test_support::{Captured, Scratch, Tool, run};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

/// The headers that generated files include, besides those of the C product.
const HEADERS: [&str; 18] = [
    "param", "systm", "stdint", "proc", "sysent", "sysproto", "types", "capsicum", "dirent", "errno",
    "fcntl", "mman", "signal", "socket", "stat", "time", "unistd", "wait",
];

/// What those headers say.
const KERNEL: &str = r#"#ifndef STANDIN_H
#define STANDIN_H
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __SIZE_TYPE__ size_t;
typedef long register_t;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)
#define UINT32_MAX 0xffffffffU
#define LITTLE_ENDIAN 1234
#define BYTE_ORDER LITTLE_ENDIAN
#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#define __offsetof(type, member) __builtin_offsetof(type, member)
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#define AUE_NULL 7
#define SYF_CAPENABLED 1
#define SY_THR_STATIC 1
#define SY_THR_ABSENT 4
struct thread;
typedef int sy_call_t(struct thread *, void *);
struct sysent {
	sy_call_t *sy_call;
	int sy_narg, sy_flags, sy_auevent, sy_thrcnt;
};
int nosys(struct thread *, void *);
void *memcpy(void *, const void *, size_t);
int printf(const char *, ...);
size_t strlcpy(char *, const char *, size_t);
/* Two words of rights; a constant says by bit 57 or 58 which one it is of. */
typedef struct { uint64_t words[2]; } cap_rights_t;
static inline void cap_add(cap_rights_t *r, const uint64_t *list)
{
	for (; *list != 0; list++)
		r->words[*list >> 58] |= *list;
}
static inline bool cap_has(const cap_rights_t *r, const uint64_t *list)
{
	for (; *list != 0; list++)
		if ((r->words[*list >> 58] & *list) != *list)
			return (false);
	return (true);
}
#define cap_rights_init(r) ((r)->words[0] = (r)->words[1] = 0)
#define cap_rights_set(r, ...) cap_add(r, (const uint64_t[]){ __VA_ARGS__, 0 })
#define cap_rights_is_set(r, ...) cap_has(r, (const uint64_t[]){ __VA_ARGS__, 0 })
"#;

/// The constants of the FreeBSD host, each with a number.
///
/// Constants of sets are bits, distinct within each table; others are distinct numbers. A capability may
/// contain others, as the definition's own numbers say.
pub static CONSTANTS: LazyLock<BTreeMap<String, u64>> = LazyLock::new(|| {
    let host = MODEL.host("freebsd").expect("the FreeBSD host");
    let mut constants: BTreeMap<String, u64> =
        host.constants.iter().map(|constant| (constant.name.clone(), constant.value)).collect();
    let mut next_number = 1000;
    for table in &host.tables {
        let names = constant_names(table);
        let taken = names.iter().filter_map(|name| constants.get(name)).fold(0, |bits, bit| bits | bit);
        let mut free_bits = (0..31).map(|shift| 1 << shift).filter(|bit| taken & bit == 0);
        for name in names {
            constants.entry(name).or_insert_with(|| {
                next_number += 1;
                match number(table.ty).class {
                    NumberClass::Flags => free_bits.next().expect("a free bit"),
                    _ => next_number,
                }
            });
        }
    }
    for name in ["EINVAL", "EOPNOTSUPP"] {
        constants.entry(name.to_string()).or_insert(if name == "EINVAL" { 900 } else { 901 });
    }
    constants
});

/// The constants that a table speaks of.
fn constant_names(table: &HostTable) -> Vec<String> {
    let mapped = table.entries.iter().filter_map(|entry| match &entry.mapping {
        HostMapping::Constants { names, .. } => Some(names.clone()),
        _ => None,
    });
    mapped.flatten().chain(table.also_from_host.iter().map(|(name, _)| name.clone())).collect()
}

/// Adds the little kernel's headers to a folder.
fn install(folder: &Scratch) {
    let mut text = KERNEL.to_string();
    for (name, value) in &*CONSTANTS {
        // Capabilities are 64 bits wide; the kernel's other constants are of type int.
        let suffix = if name.starts_with("CAP_") { "ULL" } else { "" };
        let _ = writeln!(text, "#define {name} {value}{suffix}");
    }
    text.push_str("#endif\n");
    folder.write("kernel/standin.h", text);
    for header in HEADERS {
        folder.write(format!("kernel/sys/{header}.h"), "#include \"../standin.h\"\n");
    }
}

/// Compiles generated sources together with a program, and runs it.
pub fn run_with(clang: &Tool, folder: &Scratch, sources: &[&str], program: &str) -> Captured {
    install(folder);
    let main = folder.write("main.c", program);
    let out = folder.path().join("program");
    let mut sources: Vec<PathBuf> = sources.iter().map(|file| folder.path().join(file)).collect();
    sources.push(main);
    run(clang
        .command()
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-fno-builtin"])
        .args([
            "-D_KERNEL",
            "-D__FreeBSD__",
            "-nostdinc",
            "-fsanitize=undefined",
            "-fsanitize-trap=undefined",
        ])
        .arg("-I")
        .arg(folder.path())
        .arg("-I")
        .arg(folder.path().join("kernel"))
        .args(sources)
        .arg("-o")
        .arg(&out));
    run(&mut std::process::Command::new(out))
}
