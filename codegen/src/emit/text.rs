//! A small writer that emitters share: lines, indentation, wrapped prose.

use std::fmt::{Display, Write as _};

use crate::model::{Model, Origin};

/// Text that grows line by line at an indentation.
#[derive(Debug, Default)]
pub struct Text {
    out: String,
    indent: usize,
    step: &'static str,
}

impl Text {
    /// Empty text that indents by `step` (two spaces, four spaces or a tab).
    pub fn new(step: &'static str) -> Self {
        Text { out: String::new(), indent: 0, step }
    }

    /// Adds a line at the current indentation. An empty line gets no indentation. Text with newlines
    /// becomes several lines. `text` may be `format_args!(…)`: it is written in place.
    pub fn line(&mut self, text: impl Display) -> &mut Self {
        let start = self.out.len();
        self.push_indentation();
        let content = self.out.len();
        // Writing to a string cannot fail.
        let _ = write!(self.out, "{text}");
        let written = &self.out[content..];
        if written.is_empty() || written.contains('\n') {
            let written = written.to_string();
            self.out.truncate(start);
            return self.lines(&written);
        }
        self.out.push('\n');
        self
    }

    /// Adds each line of a text at the current indentation.
    fn lines(&mut self, text: &str) -> &mut Self {
        for line in text.split('\n') {
            if !line.is_empty() {
                self.push_indentation();
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        self
    }

    fn push_indentation(&mut self) {
        for _ in 0..self.indent {
            self.out.push_str(self.step);
        }
    }

    /// Adds an empty line.
    pub fn blank(&mut self) -> &mut Self {
        self.out.push('\n');
        self
    }

    /// Runs `body` with one more step of indentation.
    pub fn indented(&mut self, body: impl FnOnce(&mut Self)) -> &mut Self {
        self.indent += 1;
        body(self);
        self.indent -= 1;
        self
    }

    /// Adds `open`, the indented body, and `close`.
    pub fn block(&mut self, open: &str, close: &str, body: impl FnOnce(&mut Self)) -> &mut Self {
        self.line(open);
        self.indented(body);
        self.line(close)
    }

    /// Adds prose as comment lines of at most `width` columns, each starting with `prefix` (`/// `,
    /// ` * `, `# `). Paragraphs, list items and indented code keep their line starts.
    pub fn comment(&mut self, prefix: &str, prose: &str, width: usize) -> &mut Self {
        let taken = self.indent * self.step.len() + prefix.len();
        wrap_each(prose, width.saturating_sub(taken).max(20), |line| {
            if line.is_empty() {
                self.line(prefix.trim_end());
                return;
            }
            self.push_indentation();
            self.out.push_str(prefix);
            self.out.push_str(line);
            self.out.push('\n');
        });
        self
    }

    /// The text.
    pub fn finish(self) -> String {
        self.out
    }
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        self.out.write_str(s)
    }
}

/// Wraps Markdown prose to `width` columns. Lines of a paragraph are joined first; list items, tables,
/// indented code and empty lines stay apart. Words are never cut.
pub fn wrap(prose: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    wrap_each(prose, width, |line| lines.push(line.to_string()));
    lines
}

/// Wraps prose as [`wrap`] does, and hands each line to `each`.
fn wrap_each(prose: &str, width: usize, mut each: impl FnMut(&str)) {
    // The line that is being filled, its width in characters, and whether it has a word.
    let mut current = String::with_capacity(2 * width);
    let mut columns = 0;
    let mut begun = false;
    let mut hanging = "";
    for line in prose.trim_end().lines() {
        let is_item = line.starts_with("- ") || line.starts_with("* ");
        let is_fixed = line.starts_with("    ") || line.starts_with('|');
        let is_blank = line.trim_start().is_empty();
        if is_blank || is_fixed || is_item {
            if begun {
                each(&current);
                current.clear();
            }
            (columns, begun, hanging) = (0, false, "");
        }
        if is_blank {
            each("");
        } else if is_fixed {
            each(line);
        } else {
            if is_item {
                hanging = "  ";
            }
            for word in line.split_ascii_whitespace() {
                let length = if word.is_ascii() { word.len() } else { word.chars().count() };
                if begun && columns + 1 + length > width {
                    each(&current);
                    current.clear();
                    current.push_str(hanging);
                    columns = hanging.len();
                } else if begun {
                    current.push(' ');
                    columns += 1;
                }
                current.push_str(word);
                columns += length;
                begun = true;
            }
        }
    }
    if begun {
        each(&current);
    }
}

/// The notice that every generated file starts with, one line per element, without comment signs. `files` are those
/// of the definition that it is made from, or nothing for the folder as a whole.
pub fn notice(model: &Model, files: &str) -> Vec<String> {
    let Origin { command, folder } = &model.origin;
    let made = format!(
        "Generated by `{command}` from {folder}/{files}. Do not edit: change the definition instead."
    );
    let license = model.license.iter().map(|license| format!("SPDX-License-Identifier: {license}"));
    [made].into_iter().chain(license).collect()
}

/// The notice as the beginning of a comment in C's manner. It is in the first line of the file.
pub fn comment_notice(text: &mut Text, model: &Model, width: usize) {
    for (number, line) in notice(model, "").iter().enumerate() {
        // A pattern with a star would look like the start of a comment inside this one.
        let mut lines = wrap(line, width - 3).into_iter();
        let first = lines.next().unwrap_or_default();
        text.line(format_args!("{} {first}", if number == 0 { "/*" } else { " *" }));
        for line in lines {
            text.line(format_args!(" * {line}"));
        }
    }
}

/// `fd_read` → `FD_READ`
pub fn upper(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// `fd_read` → `FdRead`
pub fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for part in name.split('_') {
        let mut chars = part.chars();
        if let Some(first) = chars.next() {
            out.push(first.to_ascii_uppercase());
            out.push_str(chars.as_str());
        }
    }
    out
}

/// A line of a [`Text`], formatted in place.
#[macro_export]
macro_rules! emit_line {
    ($text:expr, $($arg:tt)*) => { $text.line(format_args!($($arg)*)) };
}

/// Adds formatted text without a newline.
pub fn push(text: &mut Text, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(arguments);
}
