//! The kernel's C style: tabs, and comments that start with `/*` on a line of its own.

use crate::emit::text::{Text, comment_notice, upper};
use crate::model::Model;

/// A C file that begins with the notice and a comment that says what it is.
pub fn c_file(model: &Model, purpose: &str) -> Text {
    let mut text = Text::new("\t");
    comment_notice(&mut text, model, 80);
    text.line(" */").blank();
    comment(&mut text, purpose);
    text.blank();
    text
}

/// A comment that fills lines.
pub fn comment(text: &mut Text, prose: &str) {
    text.line("/*").comment(" * ", &contained(prose), 80).line(" */");
}

/// A header: `body` between include guards made from its file name.
pub fn header(model: &Model, file: &str, purpose: &str, body: impl FnOnce(&mut Text)) -> String {
    let guard = format!("_{}_", upper(&file.replace('.', "_")));
    let mut text = c_file(model, purpose);
    text.line(format_args!("#ifndef {guard}")).line(format_args!("#define\t{guard}")).blank();
    body(&mut text);
    text.blank().line(format_args!("#endif /* !{guard} */"));
    text.finish()
}

/// Includes a header of the C product, unless its contents are there already: a kernel tree may keep those
/// headers in a folder of their own.
pub fn include_types(text: &mut Text, stem: &str) {
    text.line(format_args!("#ifndef {}_H", upper(stem)));
    text.line(format_args!("#include \"{stem}.h\""));
    text.line("#endif");
}

/// A comment on one line if it fits, or else one that fills lines.
pub fn remark(text: &mut Text, prose: &str) {
    let line = prose.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = contained(&line);
    // Code lines are at least one step in, a step being eight columns.
    if line.len() <= 58 {
        text.line(format_args!("/* {line} */"));
    } else {
        text.line("/*").comment(" * ", &line, 66).line(" */");
    }
}

/// A list behind `open`, wrapped to 80 columns as the kernel does: further lines are four spaces in. Each item
/// but the last ends in `separator`. The text is to stand one tab in.
pub fn wrapped(open: &str, items: &[String], separator: &str, close: &str) -> String {
    let mut out = open.to_string();
    let mut column = 8 + open.len();
    for (index, item) in items.iter().enumerate() {
        let end = if index + 1 == items.len() { close } else { separator };
        let width = item.len() + end.len();
        if index > 0 && column + 1 + width > 80 {
            out.push_str("\n    ");
            column = 12;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(item);
        out.push_str(end);
        column += width;
    }
    out
}

/// Prose that neither ends a comment nor begins another.
fn contained(prose: &str) -> String {
    prose.replace("*/", "* /").replace("/*", "/ *")
}
