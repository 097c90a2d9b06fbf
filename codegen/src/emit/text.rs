//! A small writer that emitters share: lines, indentation, wrapped prose.

use std::fmt::Write as _;

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
    /// becomes several lines.
    pub fn line(&mut self, text: impl AsRef<str>) -> &mut Self {
        for line in text.as_ref().split('\n') {
            if !line.is_empty() {
                for _ in 0..self.indent {
                    self.out.push_str(self.step);
                }
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        self
    }

    /// Adds a line as [`Text::line`] does, formatted in place.
    pub fn formatted(&mut self, arguments: std::fmt::Arguments<'_>) -> &mut Self {
        let start = self.out.len();
        for _ in 0..self.indent {
            self.out.push_str(self.step);
        }
        let content = self.out.len();
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(arguments);
        let written = &self.out[content..];
        if written.is_empty() || written.contains('\n') {
            let written = written.to_string();
            self.out.truncate(start);
            return self.line(written);
        }
        self.out.push('\n');
        self
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
        for line in wrap(prose, width.saturating_sub(taken).max(20)) {
            match line.as_str() {
                "" => self.line(prefix.trim_end()),
                line => self.formatted(format_args!("{prefix}{line}")),
            };
        }
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
    // The line that is being filled, its width in characters, and whether it has a word.
    let mut current = String::new();
    let mut columns = 0;
    let mut begun = false;
    let mut hanging = "";
    for line in prose.trim_end().lines() {
        let is_item = line.starts_with("- ") || line.starts_with("* ");
        let is_fixed = line.starts_with("    ") || line.starts_with('|');
        let is_blank = line.trim().is_empty();
        if is_blank || is_fixed || is_item {
            if begun {
                lines.push(std::mem::take(&mut current));
            }
            (columns, begun, hanging) = (0, false, "");
        }
        if is_blank {
            lines.push(String::new());
        } else if is_fixed {
            lines.push(line.to_string());
        } else {
            if is_item {
                hanging = "  ";
            }
            for word in line.split_whitespace() {
                let length = if word.is_ascii() { word.len() } else { word.chars().count() };
                if begun && columns + 1 + length > width {
                    lines.push(std::mem::take(&mut current));
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
        lines.push(current);
    }
    lines
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
        text.line(format!("{} {first}", if number == 0 { "/*" } else { " *" }));
        for line in lines {
            text.line(format!(" * {line}"));
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
    ($text:expr, $($arg:tt)*) => { $text.formatted(format_args!($($arg)*)) };
}

/// Adds formatted text without a newline.
pub fn push(text: &mut Text, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(arguments);
}
