//! Lines for people, in Cargo's manner, on standard error.

use std::fmt::Display;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use cargo_cloudabi::{Error, elf::Mistake};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const ADVICE: Style = AnsiColor::Cyan.on_default().bold();
const EMPHASIS: Style = Style::new().bold();

/// As wide as Cargo's.
const WIDTH: usize = 12;

/// Says whether lines may have colours: `auto`, `always` or `never`.
pub fn set_color(choice: &str) {
    match choice {
        "always" => anstream::ColorChoice::Always,
        "never" => anstream::ColorChoice::Never,
        _ => anstream::ColorChoice::Auto,
    }
    .write_global();
}

/// `     Checked hello`
pub fn status(verb: &str, what: impl Display) {
    line(format_args!("{GOOD}{verb:>WIDTH$}{GOOD:#} {what}"));
}

/// `error: …`, with advice if there is any.
pub fn error(error: &Error) {
    line(format_args!("{BAD}error{BAD:#}{EMPHASIS}:{EMPHASIS:#} {error}"));
    if let Some(help) = error.help() {
        self::help(help);
    }
}

/// `error: hello: it is empty`, with advice.
pub fn mistake(whose: impl Display, mistake: &Mistake) {
    line(format_args!("{BAD}error{BAD:#}{EMPHASIS}:{EMPHASIS:#} {whose}: {mistake}"));
    help(mistake.help());
}

/// Advice.
pub fn help(help: &str) {
    for (index, text) in help.lines().enumerate() {
        match index {
            0 => line(format_args!("  {ADVICE}={ADVICE:#} {EMPHASIS}help{EMPHASIS:#}: {text}")),
            _ => line(format_args!("          {text}")),
        }
    }
}

fn line(text: std::fmt::Arguments<'_>) {
    // There is nowhere to complain to if this fails.
    let _ = writeln!(anstream::stderr(), "{text}");
}
