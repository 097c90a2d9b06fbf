//! Hosts in Rust: what implements the trait `Syscalls`.

use std::collections::BTreeMap;

use super::Code;

/// The calls that hosts serve alike.
const DELEGATION: &str = include_str!("../../../host/src/delegation.rs");

/// How an implementation takes these.
const TAKES_THEM: &str = "    cloudabi_host::delegated_calls!();";

/// The methods that a macro expands to, as they would stand in its place.
fn delegated(text: &str) -> Vec<&str> {
    let body = text.lines().skip_while(|line| *line != "    () => {").skip(1);
    body.take_while(|line| *line != "    };").map(|line| line.strip_prefix("    ").unwrap_or(line)).collect()
}

/// Adds the methods of every `impl Syscalls for …` in a formatted source file.
pub fn calls(text: &str, found: &mut BTreeMap<String, Code>) {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !(line.starts_with("impl") && line.contains("Syscalls for ")) {
            continue;
        }
        // The block ends where its first line began.
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").collect();
        methods(&block, found);
        if block.contains(&TAKES_THEM) {
            methods(&delegated(DELEGATION), found);
        }
    }
}

fn methods(block: &[&str], found: &mut BTreeMap<String, Code>) {
    let mut lines = block.iter();
    while let Some(line) = lines.next() {
        let Some(rest) = line.strip_prefix("    fn ") else { continue };
        let Some((name, _)) = rest.split_once(['(', '<']) else { continue };
        // A body on the line of its name, or up to the brace that closes it.
        let mut body = String::new();
        if let Some((_, rest)) = rest.split_once('{') {
            body.push_str(rest);
        }
        if !line.ends_with('}') {
            let mut inside = line.ends_with('{');
            for line in lines.by_ref().take_while(|line| **line != "    }") {
                if inside {
                    body.push_str(line.trim());
                }
                inside = inside || *line == "    ) {" || line.starts_with("    ) ->") && line.ends_with('{');
            }
        }
        let body = body.trim_end_matches('}').trim();
        let refuses =
            body == "Err(Errno::NOSYS)" || body.starts_with("todo!") || body.starts_with("unimplemented!");
        found.insert(name.to_string(), if refuses { Code::Refuses } else { Code::Serves });
    }
}

#[test]
fn methods_are_read() {
    let text = "\
impl Syscalls for Other {
    fn one(&self) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    fn two(
        &self,
        fd: Fd,
    ) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    fn three<'a>(&self) -> Result<(), Errno> {
        todo!()
    }

    fn four(&self) -> Result<(), Errno> {
        if self.can() { Ok(()) } else { Err(Errno::NOSYS) }
    }

    fn five(&self) {}

    fn six(
        &self,
        fd: Fd,
    ) -> Result<(), Errno> {
        other(fd)
    }
}

impl Other {
    fn seven(&self) {}
}
";
    let mut found = BTreeMap::new();
    calls(text, &mut found);
    let refused: Vec<_> =
        found.iter().filter(|(_, code)| **code == Code::Refuses).map(|(name, _)| name).collect();
    assert_eq!(refused, ["one", "three", "two"]);
    let served: Vec<_> =
        found.iter().filter(|(_, code)| **code == Code::Serves).map(|(name, _)| name).collect();
    assert_eq!(served, ["five", "four", "six"]);
}

#[test]
fn what_hosts_share_is_read() {
    let mut found = BTreeMap::new();
    calls("impl Syscalls for Thread {\n    cloudabi_host::delegated_calls!();\n}\n", &mut found);
    assert_eq!(found.len(), DELEGATION.matches(" fn ").count());
    assert_eq!((found.get("fd_pread"), found.get("proc_exec")), (Some(&Code::Serves), Some(&Code::Serves)));
    let macro_of_one = "    () => {\n        fn one(&self) -> Result<(), Errno> {\n            Err(Errno::NOSYS)\n        }\n    };\n";
    let mut found = BTreeMap::new();
    methods(&delegated(macro_of_one), &mut found);
    assert_eq!(found.get("one"), Some(&Code::Refuses));
}
