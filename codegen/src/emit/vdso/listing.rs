//! What all assembly files share: comments, the frame of a file and of a function.
//!
//! The text must suit clang and GNU as, with and without the C preprocessor, and for the emulation family Rust's
//! `global_asm!` in AT&T syntax. So comments are C's, and there are no macros.

use crate::emit::text::{Text, comment_notice};
use crate::emit_line;
use crate::model::{Call, Model};
use std::fmt::Display;

/// Columns of comments.
const WIDTH: usize = 100;

/// Assembly text that grows.
pub struct Listing {
    text: Text,
}

impl Listing {
    /// A file that starts with the notice and an explanation in Markdown.
    pub fn new(model: &Model, explanation: &str) -> Self {
        let mut text = Text::new("    ");
        comment_notice(&mut text, model, WIDTH);
        text.line(" *");
        text.comment(" * ", explanation, WIDTH);
        text.line(" */");
        Listing { text }
    }

    /// Adds a line that starts at the margin.
    pub fn margin(&mut self, line: &str) {
        self.text.line(line);
    }

    /// Adds an instruction or directive.
    pub fn op(&mut self, line: impl Display) {
        self.text.indented(|text| {
            text.line(line);
        });
    }

    /// Adds an instruction and, beside it, why it is there.
    pub fn because(&mut self, line: impl AsRef<str>, why: &str) {
        self.op(format_args!("{:<32}/* {why} */", line.as_ref()));
    }

    /// Adds the stub of a call: a comment of which `rows` say what carries what, and the function around
    /// `body`.
    pub fn function(
        &mut self,
        model: &Model,
        call: &Call,
        align: &str,
        rows: &[(String, String)],
        body: impl FnOnce(&mut Self),
    ) {
        let symbol = symbol(model, call);
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        self.text.blank();
        self.text.line("/*");
        emit_line!(self.text, " * {}: {}", call.number, call.name);
        for (name, what) in rows {
            emit_line!(self.text, " *   {name:<width$}  {what}");
        }
        self.text.line(" */");
        self.op(align);
        self.op(format_args!(".globl {symbol}"));
        self.op(format_args!(".type {symbol}, %function"));
        self.margin(&format!("{symbol}:"));
        self.op(".cfi_startproc");
        body(self);
        self.op(".cfi_endproc");
        self.op(format_args!(".size {symbol}, . - {symbol}"));
    }

    /// Says that a call has no stub in this file.
    pub fn omitted(&mut self, call: &Call) {
        self.text.blank();
        emit_line!(
            self.text,
            "/* {}: {} has no stub: this convention cannot carry it. */",
            call.number,
            call.name
        );
    }

    /// The file. The stack of a program that links it need not be executable.
    pub fn finish(mut self) -> String {
        self.text.blank();
        self.op(".pushsection .note.GNU-stack, \"\", %progbits");
        self.op(".popsection");
        self.text.finish()
    }

    /// The text so far.
    pub fn text(&mut self) -> &mut Text {
        &mut self.text
    }
}

/// The name of a call's C function.
pub fn symbol(model: &Model, call: &Call) -> String {
    format!("{}_sys_{}", model.name, call.name)
}
