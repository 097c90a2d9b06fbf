//! What every C file has around its declarations.

use crate::emit::OutputFile;
use crate::emit::text::{Text, notice, upper, wrap};
use crate::model::Model;

/// Width of comment lines.
pub const WIDTH: usize = 100;

/// A header to be made.
pub struct Header<'a> {
    /// `cloudabi_types.h`; the guard is made from it.
    pub path: &'a str,
    /// What it is for.
    pub purpose: &'a str,
    /// Lines between the guard and the declarations: includes and definitions that C++ must not see as
    /// part of `extern "C"`.
    pub preamble: &'a str,
    /// Whether it declares anything, in contrast to macros only.
    pub declares: bool,
}

/// Puts the notice, the purpose, the guard and what C++ needs around what `body` writes.
pub fn c_file(model: &Model, header: &Header<'_>, body: impl FnOnce(&mut Text)) -> OutputFile {
    let guard = upper(header.path).replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let mut text = Text::new("  ");
    for line in notice(model, "*.yaml") {
        text.line(format_args!("// {line}"));
    }
    text.line("//");
    comment(&mut text, header.purpose);
    text.blank().line(format_args!("#ifndef {guard}")).line(format_args!("#define {guard}")).blank();
    if !header.preamble.is_empty() {
        text.line(header.preamble).blank();
    }
    if header.declares {
        text.line(OPEN).blank();
    }
    body(&mut text);
    if header.declares {
        text.line(CLOSE).blank();
    }
    text.line(format_args!("#endif  // {guard}"));
    OutputFile::new(header.path, text.finish())
}

/// Adds prose as a comment.
pub fn comment(text: &mut Text, prose: &str) {
    if !prose.contains('\\') && !prose.contains("??/") {
        text.comment("// ", prose, WIDTH);
        return;
    }
    // A backslash (or its trigraph) at the end of a comment line would make the next line a comment.
    for line in wrap(prose, WIDTH - 10) {
        let continues = line.ends_with('\\') || line.ends_with("??/");
        text.line(format!("// {line}{}", if continues { " ." } else { "" }).trim_end());
    }
}

/// Anonymous types within anonymous unions, and C11 within C99 and C++, are what the layouts are written
/// with; every compiler that is served has them, but says so when asked to be pedantic.
const OPEN: &str = "#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored \"-Wpedantic\"
#endif

#ifdef __cplusplus
extern \"C\" {
#endif";

const CLOSE: &str = "#ifdef __cplusplus
}  // extern \"C\"
#endif

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif";
