//! Whatever a configuration and the options that add to it are, they are understood or refused with a message.

use cloudabi_argdata::Argdata;
use cloudabi_run::diagnostic::render;
use cloudabi_run::passed::Passed;
use cloudabi_run::prepare::understand;
use cloudabi_run::shortcuts::{Kind, Shortcut, Shortcuts};
use cloudabi_run::source::Source;
use proptest::prelude::*;

/// Understands a configuration, or renders what is wrong with it. Opens nothing.
fn check(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    check_with(bytes, &Shortcuts::default())
}

/// The same with options that add to it.
fn check_with(bytes: Vec<u8>, shortcuts: &Shortcuts) -> Result<(), TestCaseError> {
    let mut source = Source { command_line: shortcuts.text(), ..Source::named("<stdin>") };
    match understand(bytes, &mut source, shortcuts, &Passed::default()) {
        Ok(configuration) => {
            let bytes = configuration.value.to_bytes();
            let count = configuration.requests.len() as u32;
            let highest = Argdata::new(&bytes).max_fd();
            prop_assert_eq!(highest, Ok(count.checked_sub(1)));
        }
        Err(errors) => {
            prop_assert!(!errors.is_empty());
            let message = render(&errors, &source, false);
            prop_assert!(message.starts_with("error: "), "{}", message);
        }
    }
    Ok(())
}

/// Options from pieces of which they consist, or with any text.
fn options() -> impl Strategy<Value = Shortcuts> {
    let piece = prop::sample::select(vec![
        "a", "b", "=", ":", "/", "./", "ro", "rw,", "[", "]:", "0", "80", "stdout", "\"", "'", "\\", "é",
        "\n", "\u{1b}",
    ]);
    let pieces = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    let named = pieces.clone().prop_map(|value| format!("a={value}"));
    let text = prop_oneof![pieces, named, any::<String>()];
    let shortcut =
        (prop::sample::select(&Kind::ALL[..]), text).prop_map(|(kind, text)| Shortcut { kind, text });
    prop::collection::vec(shortcut, 0..4).prop_map(Shortcuts)
}

/// Pieces of which configurations consist.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n",
        "!fd ",
        "!file ",
        "!directory ",
        "!executable ",
        "!!int ",
        "!!binary ",
        "!!str ",
        "! ",
        "!x ",
        "!<a> ",
        "stdout",
        "1",
        "-0x1",
        "1e5",
        "99999999999999999999",
        "path: ",
        "access: ",
        "rights: ",
        "inheriting: ",
        "read",
        "fd_read",
        "a",
        "é",
        "'",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ", ",
        ": ",
        "? ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "&a ",
        "*a ",
        "#c",
        "|\n",
        ">\n",
        "\\",
        "\0",
        "---\n",
        "...\n",
        "\t",
        "~",
        "\r\n",
        "\u{feff}",
        "'x' # y",
        "<<",
    ]);
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn configurations_from_pieces(text in pieces()) {
        check(text.into_bytes())?;
    }

    #[test]
    fn configurations_from_pieces_with_the_directive(text in pieces()) {
        check(format!("%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n{text}").into_bytes())?;
    }

    #[test]
    fn options_from_pieces(shortcuts in options(), text in prop::sample::select(vec!["", "a: 1\n", "- 1\n", "é: 'b'\n"])) {
        check_with(text.into(), &shortcuts)?;
    }

    #[test]
    fn texts(text: String) {
        check(text.into_bytes())?;
    }

    #[test]
    fn bytes(bytes: Vec<u8>) {
        check(bytes)?;
    }
}
