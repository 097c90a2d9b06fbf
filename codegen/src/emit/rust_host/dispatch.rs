//! What stands beside the shims in `shims.rs`: helper functions, entries and the dispatch table.

use super::Context;
use super::plan::CallPlan;
use super::syscalls::refused;
use crate::emit::rust::WIDTH;
use crate::emit::text::Text;
use crate::model::{Primitive, TypeKind};

/// Adds the helper functions.
pub(super) fn helpers(context: &Context<'_>, out: &mut Text) {
    let errno = &context.errno_type;
    let repr = match &context.model.ty(context.errno).kind {
        TypeKind::Number(number) => number.repr,
        _ => Primitive::U16,
    };
    let number = match repr {
        Primitive::U32 => "error.0",
        Primitive::U8 | Primitive::U16 => "u32::from(error.0)",
        _ => "error.0 as u32",
    };
    out.blank();
    out.line("/// What the stub returns to the program.");
    out.line("#[inline(always)]");
    out.block(&format!("fn answer(result: Result<(), {errno}>) -> u32 {{"), "}", |out| {
        out.block("match result {", "}", |out| {
            out.line("Ok(()) => 0,");
            out.line(format_args!("Err(error) => {number},"));
        });
    });
    out.blank();
    out.line("/// What a method returned. In debug builds, panics about an error that the definition does not list.");
    out.line("#[inline(always)]");
    let result = format!("Result<T, {errno}>");
    out.block(&format!("fn listed<T>(call: u32, result: {result}) -> {result} {{"), "}", |out| {
        out.line("#[cfg(debug_assertions)]");
        out.block("if let Err(error) = &result {", "}", |out| {
            out.line(format_args!(
                "let info = table::call(call).filter(|info| info.errors.contains(&({number})));"
            ));
            out.line("assert!(info.is_some(), \"call {call} must not return the error {error:?}\");");
        });
        out.line("let _ = call;");
        out.line("result");
    });
    out.blank();
    out.line("/// Refuses values that the definition does not define.");
    out.line("#[allow(dead_code)]");
    out.line("#[inline(always)]");
    out.block(&format!("fn require(defined: bool) -> Result<(), {errno}> {{"), "}", |out| {
        out.line(format_args!("if defined {{ Ok(()) }} else {{ Err({}) }}", context.inval()));
    });
    out.blank();
    out.line("/// A number that no call has.");
    out.line("///");
    out.line("/// # Safety");
    out.line("/// None needed: it looks at nothing.");
    out.block(
        "unsafe extern \"C\" fn unknown(_: *mut super::thread_block::ThreadBlock, _: *const u64) -> u32 {",
        "}",
        |out| {
            out.line(number.replace("error", &context.nosys()));
        },
    );
}

/// Adds the entries and the table of them.
pub(super) fn entries(plans: &[CallPlan<'_>], out: &mut Text) {
    let last = format!(
        "let exit = $shim(runtime, slots).unwrap_or_else(|error| Syscalls::{}(runtime, $number, error));\n\
         Runtime::leave(runtime, exit)",
        refused(plans)
    );
    for (name, tail) in [("entry", "answer($shim(runtime, slots))"), ("last_entry", &last)] {
        let noreturn = name == "last_entry";
        if !plans.iter().any(|plan| plan.call.noreturn == noreturn) {
            continue;
        }
        out.blank();
        out.line(match noreturn {
            false => "/// The entry that enters a shim.",
            true => "/// The entry that enters the shim of a call that never returns.",
        });
        out.block(&format!("macro_rules! {name} {{"), "}", |out| {
            out.block("($number:literal, $shim:ident, $runtime:ident) => {{", "}};", |out| {
                out.line("/// # Safety");
                out.line("/// As [`Entry`] says.");
                out.line("unsafe extern \"C\" fn entry<R: Syscalls>(");
                out.line("    thread: *mut super::thread_block::ThreadBlock,");
                out.line("    arguments: *const u64,");
                out.block(") -> u32 {", "}", |out| {
                    out.line("// SAFETY: the caller keeps to what `Entry` says, and the shim has a slot for each argument.");
                    out.line("let (runtime, slots) = unsafe { frame::<R, _>(thread, arguments) };");
                    out.line(tail);
                });
                out.line("Some(entry::<$runtime> as Entry)");
            });
        });
    }
    let last = plans.last().map_or(0, |plan| plan.call.number as usize + 1);
    out.blank();
    out.line("/// How many entries the dispatch table has: the highest call number and one.");
    out.line(format_args!("pub const ENTRIES: usize = {last};"));
    out.blank();
    out.comment(
        "/// ",
        "The dispatch table for a runtime. All entries are there: numbers that no call has answer that there is no such \
         call.",
        WIDTH,
    );
    out.block("pub const fn entries<R: Syscalls>() -> [Option<Entry>; ENTRIES] {", "}", |out| {
        out.line("#[allow(unused_mut)]");
        out.line("let mut entries = [Some(unknown as Entry); ENTRIES];");
        for plan in plans {
            let entry = if plan.call.noreturn { "last_entry" } else { "entry" };
            let number = plan.call.number;
            out.line(format_args!("entries[{number}] = {entry}!({number}, {}, R);", plan.shim));
        }
        out.line("entries");
    });
    out.blank();
    out.comment(
        "/// ",
        "The dispatch table of a wrapper, which knows the numbers of calls and serves them as it likes: by a table of \
         [`entries`], after it has looked at them.",
        WIDTH,
    );
    out.block("pub const fn wrapped<W: Wrapper>() -> [Option<Entry>; ENTRIES] {", "}", |out| {
        out.line("#[allow(unused_mut)]");
        out.line("let mut entries = [Some(unknown as Entry); ENTRIES];");
        for plan in plans {
            let number = plan.call.number;
            out.line(format_args!("entries[{number}] = Some(W::enter::<{number}> as Entry);"));
        }
        out.line("entries");
    });
}
