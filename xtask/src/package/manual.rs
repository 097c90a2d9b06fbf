//! The manual page, from what the command line says of itself and from the sections that go with it.

use clap::CommandFactory;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use cloudabi_run::cli::Arguments;
use cloudabi_run::manual::{Piece, SECTIONS};

/// The page, in roff.
pub fn page(date: u64) -> Vec<u8> {
    // What the help ends with has sections of its own here.
    let command = Arguments::command().after_help("").after_long_help("");
    let man = clap_mangen::Man::new(command).date(day(date)).source("CloudABI").manual("User Commands");
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _ = man.render_title(&mut page);
    let _ = man.render_name_section(&mut page);
    page.extend(synopsis().into_bytes());
    let _ = man.render_description_section(&mut page);
    let _ = man.render_options_section(&mut page);
    for section in SECTIONS {
        let mut roff = Roff::new();
        roff.control("SH", [section.title]);
        for piece in section.pieces {
            add(&mut roff, piece);
        }
        page.extend(roff.render().into_bytes());
    }
    page
}

fn synopsis() -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for (option, rest) in
        [("", "[OPTIONS] PROGRAM"), (" --check", "[OPTIONS] [PROGRAM]"), (" --binfmt", "ACTION")]
    {
        roff.text([bold(format!("cloudabi-run{option}")), roman(format!(" {rest}"))]);
        roff.control("br", []);
    }
    roff.render()
}

fn add(roff: &mut Roff, piece: &Piece) {
    match *piece {
        Piece::Paragraph(text) => {
            roff.control("PP", []);
            roff.text(inline(text));
        }
        Piece::Term(term, text) => {
            roff.control("TP", []);
            roff.text([bold(term)]);
            roff.text(inline(text));
        }
        Piece::Example(lines) => {
            roff.control("PP", []);
            roff.control("RS", ["4"]);
            roff.control("nf", []);
            for line in lines.lines() {
                roff.text([roman(line)]);
            }
            roff.control("fi", []);
            roff.control("RE", []);
        }
    }
}

/// Text in which what stands in backquotes is bold.
fn inline(text: &str) -> Vec<Inline> {
    let parts = text.split('`').enumerate();
    parts.map(|(number, part)| if number % 2 == 1 { bold(part) } else { roman(part) }).collect()
}

/// The day of a time in seconds since 1970, as manuals have it.
fn day(date: u64) -> String {
    let (mut year, mut days) = (1970, date / 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_names() {
        for (date, name) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_824_000, "2026-11-28"),
            (1_798_675_199, "2026-12-30"),
            (1_798_761_599, "2026-12-31"),
        ] {
            assert_eq!(day(date), name);
        }
    }

    #[test]
    fn the_page_has_every_option_and_section() {
        let page = String::from_utf8(page(0)).expect("text");
        let command = Arguments::command();
        for option in command.get_arguments().filter_map(|argument| argument.get_long()) {
            let roff = format!("\\-\\-{}", option.replace('-', "\\-"));
            assert!(page.contains(&roff), "{option}");
        }
        for section in SECTIONS {
            assert!(
                page.contains(&format!(".SH \"{}\"", section.title))
                    || page.contains(&format!(".SH {}", section.title)),
                "{}",
                section.title
            );
        }
    }

    #[test]
    fn the_manual_is_as_people_read_it() {
        // In roff, and of the first day that there is.
        let page = String::from_utf8(page(0)).expect("text");
        insta::assert_snapshot!(page.replace(env!("CARGO_PKG_VERSION"), "[version]"));
    }
}
