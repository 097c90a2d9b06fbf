//! FreeBSD's kernel module: functions with the names that the generated tables have.

use std::collections::BTreeMap;

use super::Code;

/// Adds the functions that serve calls in a source file in FreeBSD's style: a function's name begins its line, and its body
/// ends with a brace that does.
pub fn calls(text: &str, found: &mut BTreeMap<String, Code>) {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((name, _)) = line.split_once('(') else { continue };
        let Some(call) =
            ["cloudabi_sys_", "cloudabi64_sys_"].iter().find_map(|prefix| name.strip_prefix(prefix))
        else {
            continue;
        };
        let body: Vec<&str> =
            lines.by_ref().skip_while(|line| *line != "{").skip(1).take_while(|line| *line != "}").collect();
        let statements: Vec<&str> =
            body.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        let refuses = matches!(statements[..], ["return (ENOSYS);"] | []);
        found.insert(call.to_string(), if refuses { Code::Refuses } else { Code::Serves });
    }
}

#[test]
fn functions_are_read() {
    let text = "\
int
cloudabi_sys_one(struct thread *td,
    struct cloudabi_sys_one_args *uap)
{

\treturn (ENOSYS);
}

int
cloudabi64_sys_two(struct thread *td, struct cloudabi64_sys_two_args *uap)
{
\tif (uap->x)
\t\treturn (ENOSYS);
\treturn (0);
}

static int
cloudabi_three(void)
{
}
";
    let mut found = BTreeMap::new();
    calls(text, &mut found);
    let expected = [("one".to_string(), Code::Refuses), ("two".to_string(), Code::Serves)];
    assert_eq!(found, BTreeMap::from(expected));
}
