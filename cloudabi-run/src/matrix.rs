//! What hosts can and what they cannot: `--explain=matrix`.

use std::ffi::OsString;

/// Made from the definition. It begins with lines for those who look at the file.
const GENERATED: &str = include_str!("generated/matrix.txt");

/// What each host serves and what not.
pub fn text() -> &'static str {
    let mut text = GENERATED;
    while let Some((first, rest)) = text.split_once('\n')
        && first.starts_with('#')
    {
        text = rest;
    }
    text
}

/// Whether a command line asks for that, and for nothing else.
pub fn is_asked_for(command_line: &[OsString]) -> bool {
    matches!(command_line, [_, only] if only == "--explain=matrix")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_where_programs_run_and_what_not() {
        assert!(text().starts_with("Where programs run"), "{}", text());
        for part in ["Linux", "FreeBSD, kernel module", "macOS: all", "file_rename"] {
            assert!(text().contains(part), "{part} is missing:\n{}", text());
        }
        assert!(text().lines().all(|line| line.chars().count() <= 100), "{}", text());
    }

    #[test]
    fn it_is_asked_for_alone() {
        let asked = |line: &str| is_asked_for(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asked("cloudabi-run --explain=matrix"));
        for other in ["cloudabi-run", "cloudabi-run --explain", "cloudabi-run --explain=matrix program"] {
            assert!(!asked(other), "{other}");
        }
    }
}
