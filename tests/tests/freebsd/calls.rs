//! The call table at work: a program fills the slots that a kernel would, and each entry, argument structure,
//! name, number and trace shows what the definition says.

use crate::product::{MODEL, c_type, doctored, folder, function, number, replace};
use crate::standins::run_with;
use cloudabi_codegen::model::{Call, Parameter, TypeKind, TypeRef};
use cloudabi_test_support::{Scratch, Tool, tool};
use std::fmt::Write as _;

/// The slot at this place: no two bytes of any two slots are the same, and every byte's top bit is set.
fn slot(index: u64) -> u64 {
    (0..8).fold(0, |word, byte| word | (0x80 + index * 8 + byte) << (8 * byte))
}

/// Size in bytes of an argument in a 64-bit kernel, and whether it is signed.
fn shape(input: &Parameter) -> (u64, bool) {
    match &input.ty {
        TypeRef::Named(id) => match &MODEL.ty(*id).kind {
            TypeKind::Number(_) => {
                let repr = number(*id).repr;
                (repr.size().w64, repr.is_signed())
            }
            TypeKind::Struct(s) => (s.size.w64, false),
            TypeKind::Function(_) => (8, false),
        },
        TypeRef::Primitive(primitive) => (primitive.size().w64, primitive.is_signed()),
        _ => (8, false),
    }
}

/// What an argument's bytes in its slot are as a number.
fn in_slot(index: u64, input: &Parameter) -> u64 {
    let (size, signed) = shape(input);
    let unused = 64 - 8 * size;
    match signed {
        true => (((slot(index) << unused) as i64) >> unused) as u64,
        false => (slot(index) << unused) >> unused,
    }
}

/// The lines that a right program prints for a call.
fn expected(call: &Call, bits: u32) -> String {
    let name = function(&MODEL, call, bits);
    let mut text = format!("{} {name} {}\n  in {name}\n", call.number, call.inputs.len());
    for (index, input) in call.inputs.iter().enumerate() {
        let _ = writeln!(text, "  {}={:x}", input.name, in_slot(index as u64, input));
    }
    let _ = write!(text, "  trace");
    for (index, input) in call.inputs.iter().enumerate() {
        let user = if matches!(input.ty, TypeRef::Pointer { .. }) { "userland " } else { "" };
        let _ = write!(text, " {:x}:{user}{}", in_slot(index as u64, input), c_type(&MODEL, &input.ty, bits));
    }
    let result = match call.outputs.as_slice() {
        [output] if !matches!(output.ty, TypeRef::Pointer { .. }) => c_type(&MODEL, &output.ty, bits),
        _ => "void".to_string(),
    };
    let _ = writeln!(text, " -> {result}");
    text
}

/// A program that calls everything through the table.
fn program(bits: u32) -> String {
    let mut text = format!(
        "#include <sys/param.h>\n#include <sys/sysent.h>\n#include \"cloudabi{bits}_proto.h\"\n\
         #include \"cloudabi{bits}_syscall.h\"\n#include \"cloudabi{bits}_systrace_args.c\"\n\
         extern struct sysent cloudabi{bits}_sysent[];\nextern const char *cloudabi{bits}_syscallnames[];\n\
         int nosys(struct thread *td, void *uap) {{ printf(\"  nosys\\n\"); return (78); }}\n\
         size_t strlcpy(char *to, const char *from, size_t size) {{ size_t i;\n\
         for (i = 0; i + 1 < size && from[i] != 0; i++) to[i] = from[i]; to[i] = 0; return (i); }}\n"
    );
    for call in &MODEL.calls {
        let name = function(&MODEL, call, bits);
        let _ = writeln!(text, "int {name}(struct thread *td, struct {name}_args *uap) {{");
        let _ = writeln!(text, "printf(\"  in {name}\\n\");");
        for input in &call.inputs {
            let (size, signed) = shape(input);
            let member = &input.name;
            let value = match &input.ty {
                TypeRef::Pointer { .. } => format!("(uintptr_t)uap->{member}"),
                TypeRef::Named(id) if matches!(MODEL.ty(*id).kind, TypeKind::Struct(_)) => {
                    let _ =
                        writeln!(text, "uint64_t {member} = 0; memcpy(&{member}, &uap->{member}, {size});");
                    member.clone()
                }
                _ if signed => format!("(int64_t)uap->{member}"),
                _ => format!("uap->{member}"),
            };
            let _ = writeln!(text, "printf(\"  {member}=%llx\\n\", (unsigned long long){value});");
        }
        text.push_str("return (0); }\n");
    }
    text.push_str("int main(void) {\nuint64_t slots[8], trace[8]; char type[80]; int i, n;\n");
    for index in 0..8 {
        let _ = writeln!(text, "slots[{index}] = 0x{:x};", slot(index));
    }
    let _ = write!(
        text,
        "for (i = 0; i < CLOUDABI{bits}_SYS_MAXSYSCALL; i++) {{\n\
         printf(\"%d %s %d\\n\", i, cloudabi{bits}_syscallnames[i], cloudabi{bits}_sysent[i].sy_narg);\n\
         cloudabi{bits}_sysent[i].sy_call(NULL, slots);\n\
         if (cloudabi{bits}_sysent[i].sy_thrcnt == SY_THR_ABSENT) continue;\n\
         systrace_args(i, slots, trace, &n); printf(\"  trace\");\n\
         for (int a = 0; a < n; a++) {{ systrace_entry_setargdesc(i, a, type, sizeof(type));\n\
         printf(\" %llx:%s\", (unsigned long long)trace[a], type); }}\n\
         systrace_return_setargdesc(i, 0, type, sizeof(type)); printf(\" -> %s\\n\", type); }}\n\
         printf(\"end %d\\n\", CLOUDABI{bits}_SYS_cloudabi_sys_fd_close);\nreturn (0); }}\n"
    );
    text
}

/// Runs the program, and says whether it printed what is right.
fn is_right(clang: &Tool, folder: &Scratch, bits: u32) -> Result<(), String> {
    let sources = [format!("cloudabi{bits}_sysent.c"), format!("cloudabi{bits}_syscalls.c")];
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let printed = run_with(clang, folder, &sources, &program(bits)).stdout;
    // Numbers without a call answer for themselves.
    let mut kept = String::new();
    let mut lines = printed.lines().peekable();
    while let Some(line) = lines.next() {
        if lines.next_if_eq(&"  nosys").is_none() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let mut wanted: String = MODEL.calls.iter().map(|call| expected(call, bits)).collect();
    let close = MODEL.calls.iter().find(|call| call.name == "fd_close").expect("fd_close");
    let _ = writeln!(wanted, "end {}", close.number);
    match kept.lines().zip(wanted.lines()).find(|(line, wanted)| line != wanted) {
        Some((line, wanted)) => Err(format!("{line:?} instead of {wanted:?}")),
        None if kept.len() != wanted.len() => Err("fewer or more lines than are wanted".to_string()),
        None => Ok(()),
    }
}

#[test]
fn every_argument_is_where_its_slot_is() {
    let Some(clang) = tool(&["clang", "clang-16", "clang-14"], "FreeBSD's call table runs") else { return };
    for bits in [32, 64] {
        is_right(&clang, &folder(), bits).expect("what the definition says");
    }
}

#[test]
fn a_wrong_table_is_noticed() {
    let test = "a wrong FreeBSD call table is noticed";
    let Some(clang) = tool(&["clang", "clang-16", "clang-14"], test) else { return };
    for (file, from, to) in [
        ("cloudabi64_syscalls.c", "\"cloudabi_sys_fd_dup\"", "\"cloudabi_sys_fd_dupe\""),
        ("cloudabi64_sysent.c", "(sy_call_t *)cloudabi_sys_fd_sync,", "(sy_call_t *)cloudabi_sys_fd_close,"),
        ("cloudabi64_systrace_args.c", "iarg[a++] = p->offset; /* cloudabi_filedelta_t */", "iarg[a++] = 0;"),
        ("cloudabi64_syscall.h", "cloudabi_sys_fd_close\t3", "cloudabi_sys_fd_close\t4"),
        ("cloudabi_proto.h", "\tcloudabi_exitcode_t rval;\n", "\tuint16_t low;\n\tuint16_t rval;\n"),
    ] {
        let folder = doctored(replace(file, from, to));
        assert!(is_right(&clang, &folder, 64).is_err(), "{file}: {to}");
    }
}
