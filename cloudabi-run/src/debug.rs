//! How to look into a program's process with a debugger.

use std::path::Path;

use cloudabi_linux_glue::launch::Placed;

/// What to call GDB with, in a line for people: it sees the program's functions and those of the vDSO then. `program` is the
/// executable that was started.
///
/// GDB looks for files where the process would find them, which is nowhere: so it is told to look here (`set sysroot`).
pub fn text(program: &Path, placed: &Placed) -> String {
    let Placed { process, bias, vdso, is_executable } = *placed;
    let file = match is_executable {
        true => quoted(&program.display().to_string()),
        false => "THE-PROGRAM-THAT-RUNS-NOW".to_owned(),
    };
    format!(
        "cloudabi-run: {}: process {process}; gdb -iex 'set sysroot' -p {process} -ex 'add-symbol-file {file} -o \
         {bias:#x}' -ex 'add-symbol-file-from-memory {vdso:#x}'\n",
        program.display()
    )
}

/// A file's name as GDB takes it, within single quotes of a shell.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if name.chars().all(plain) {
        return name.to_owned();
    }
    let name = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "'\\''");
    format!("\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_a_shell() {
        let placed = Placed { process: 7, bias: 0x1000, vdso: 0x2000, is_executable: true };
        let other = Placed { is_executable: false, ..placed };
        let server = Path::new("./server");
        insta::assert_snapshot!(text(server, &placed) + &text(server, &other));
        assert_eq!(quoted("a b"), "\"a b\"");
        assert_eq!(quoted("it's"), "\"it'\\''s\"");
    }
}
