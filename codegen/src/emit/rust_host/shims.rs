//! The file `shims.rs`: one shim for each call, and the dispatch table.

use super::checks::{self, Undefined, number_to_u64};
use super::expressions::Start;
use super::plan::{CallPlan, Input, Lookup, Passed, Stored};
use super::syscalls::{alternatives, by_reference, element, refused};
use super::{Context, STYLE, list};
use crate::emit::OutputFile;
use crate::emit::rust::{WIDTH, file_start, function};
use crate::emit::text::Text;
use crate::model::{Field, Member, NumberClass, Path, Primitive, RightsRule, TypeKind, TypeRef};

/// The file.
pub(super) fn file(context: &Context<'_>, plans: &[CallPlan<'_>]) -> OutputFile {
    let (fault, inval) = (context.fault(), context.inval());
    let mut out = file_start(&format!(
        "Shims: what happens between a program's call and the runtime's method, for 64-bit programs.\n\
         \n\
         A shim cuts every argument to its width, and then, in this order:\n\
         \n\
         - finds all pointers to lie in the program's memory, with all that they point to, the arguments' pointers first, \
           then those for results: otherwise [`{fault}`].\n\
         - copies the structures that the call reads, each once, and does the same for arrays that they point to: \
           otherwise [`{fault}`].\n\
         - finds all arguments to be values that the definition defines: otherwise [`{inval}`], or what the definition says for \
           the argument.\n\
         - looks the descriptors up, which finds them open and finds the needed rights on them.\n\
         - for a call that makes something known only by its result (a result of an opaque type, a descriptor), finds the \
           places for results writable: otherwise [`{fault}`].\n\
         - calls the method, and stores what it returned: if that fails, [`{fault}`].\n\
         \n\
         The first check that fails decides the error, and then the method is not called and nothing is stored.\n\
         \n\
         Left to the method, since only it knows which of them count: values in structures, and all that arrays hold. \
         [`super::checks`] and [`super::syscalls`] have functions for that.\n\
         \n\
         The first step looks at addresses only. Memory that is not mapped or may not be written is found when a result is \
         stored, if it was not before: the call has taken effect then, though the program is told otherwise.",
    ));
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::syscalls::*;");
    out.line("use super::{table, types};");
    out.line("#[allow(unused_imports)]");
    out.line("use crate::memory::{");
    out.line("    Defined, GuestAtomic, GuestMemory, GuestRef, GuestSlice, GuestSliceMut, from_slot,");
    out.line("};");
    out.line("#[allow(unused_imports)]");
    out.line("use crate::runtime::{Entry, Runtime, frame};");
    helpers(context, &mut out);
    entries(plans, &mut out);
    let printer =
        ShimPrinter { context, undefined: Undefined::new(context.model), alternatives: alternatives(plans) };
    for plan in plans {
        out.blank();
        printer.shim(plan, &mut out);
    }
    OutputFile::new("shims.rs", out.finish())
}

fn helpers(context: &Context<'_>, out: &mut Text) {
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
            out.line(format!("Err(error) => {number},"));
        });
    });
    out.blank();
    out.line("/// What a method returned. In debug builds, panics about an error that the definition does not list.");
    out.line("#[inline(always)]");
    let result = format!("Result<T, {errno}>");
    out.block(&format!("fn listed<T>(call: u32, result: {result}) -> {result} {{"), "}", |out| {
        out.line("#[cfg(debug_assertions)]");
        out.block("if let Err(error) = &result {", "}", |out| {
            out.line(format!(
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
        out.line(format!("if defined {{ Ok(()) }} else {{ Err({}) }}", context.inval()));
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

fn entries(plans: &[CallPlan<'_>], out: &mut Text) {
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
    out.line(format!("pub const ENTRIES: usize = {last};"));
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
            out.line(format!("entries[{number}] = {entry}!({number}, {}, R);", plan.shim));
        }
        out.line("entries");
    });
}

struct ShimPrinter<'p, 'm> {
    context: &'p Context<'m>,
    undefined: Undefined,
    alternatives: usize,
}

impl ShimPrinter<'_, '_> {
    fn shim(&self, plan: &CallPlan<'_>, out: &mut Text) {
        let call = plan.call;
        let name = function(&call.name);
        let exits = if call.noreturn { "R::Exit" } else { "()" };
        out.line(format!("/// [`Syscalls::{}`]", name.trim_start_matches("r#")));
        out.line("#[inline]");
        let slots: Vec<String> = plan
            .inputs
            .iter()
            .map(|input| &input.local)
            .chain(plan.outputs.iter().map(|stored| &stored.local))
            .cloned()
            .collect();
        let slots = match slots.len() {
            0 => "[]: [u64; 0]".to_string(),
            count => format!("[{}]: [u64; {count}]", slots.join(", ")),
        };
        let returned = format!("Result<{exits}, {}>", self.context.errno_type);
        let items = ["runtime: &R".to_string(), slots];
        let shim = &plan.shim;
        let line = format!("fn {shim}<R: Syscalls>({}) -> {returned} {{", items.join(", "));
        if line.len() <= WIDTH {
            out.line(line);
        } else {
            out.line(format!("fn {shim}<R: Syscalls>("));
            out.indented(|out| {
                for item in items {
                    out.line(format!("{item},"));
                }
            });
            out.line(format!(") -> {returned} {{"));
        }
        out.indented(|out| {
            self.decode(plan, out);
            self.ranges(plan, out);
            self.copies(plan, out);
            self.values(plan, out);
            self.descriptors(plan, out);
            self.probes(plan, out);
            self.dispatch(plan, out);
        });
        out.line("}");
    }

    /// Cuts arguments to their width.
    fn decode(&self, plan: &CallPlan<'_>, out: &mut Text) {
        for Input { parameter, local, .. } in &plan.inputs {
            if !matches!(parameter.ty, TypeRef::Pointer { .. } | TypeRef::Primitive(Primitive::Size)) {
                out.line(format!(
                    "let {local} = from_slot::<{}>({local});",
                    self.context.printer.type_ref(&parameter.ty)
                ));
            }
        }
        let has_pointers = !plan.outputs.is_empty()
            || plan.inputs.iter().any(|input| {
                !matches!(
                    input.passed,
                    Passed::Value
                        | Passed::Descriptor(_)
                        | Passed::DescriptorNumber(_)
                        | Passed::Members(_)
                        | Passed::Address
                        | Passed::Length
                )
            });
        if has_pointers {
            out.line("let memory = Runtime::memory(runtime);");
            out.line("let region = memory.region();");
        }
    }

    /// The first step: pointers.
    fn ranges(&self, plan: &CallPlan<'_>, out: &mut Text) {
        for Input { local, passed, .. } in &plan.inputs {
            let one = |kind: &str, ty: &TypeRef| {
                format!("let {local} = {kind}::<{}>::new(region, {local})?;", element(self.context, ty))
            };
            let many = |kind: &str, ty: &TypeRef, length: usize| {
                let count = self.count(plan, length);
                format!(
                    "let {local} = {kind}::<{}>::new(region, {local}, {count})?;",
                    element(self.context, ty)
                )
            };
            match passed {
                Passed::Copied(ty) | Passed::Place(ty) => out.line(one("GuestRef", ty)),
                Passed::Result(stored) => out.line(one("GuestRef", &stored.ty)),
                Passed::Atomic(ty) => out.line(one("GuestAtomic", ty)),
                Passed::Slice(ty, length) => out.line(many("GuestSlice", ty, *length)),
                Passed::SliceMut(ty, length) => out.line(many("GuestSliceMut", ty, *length)),
                Passed::Range(ty, length) => {
                    let (count, ty) = (self.count(plan, *length), element(self.context, ty));
                    out.line(format!(
                        "let {local} = region.array({local}, {count}, size_of::<{ty}>() as u64)?;"
                    ))
                }
                _ => continue,
            };
        }
        for Stored { local, ty, .. } in &plan.outputs {
            out.line(format!(
                "let {local} = GuestRef::<{}>::new(region, {local})?;",
                element(self.context, ty)
            ));
        }
    }

    /// The number of elements that an input gives.
    fn count(&self, plan: &CallPlan<'_>, input: usize) -> String {
        let Input { parameter, local, .. } = &plan.inputs[input];
        number_to_u64(self.context.model, local, &parameter.ty, 64)
    }

    /// The second step: copies.
    fn copies(&self, plan: &CallPlan<'_>, out: &mut Text) {
        for Input { local, passed, .. } in &plan.inputs {
            let Passed::Copied(ty) = passed else { continue };
            out.line(format!("let {local} = {local}.load(memory)?;"));
            let TypeRef::Named(id) = ty else { continue };
            let TypeKind::Struct(structure) = &self.context.model.ty(*id).kind else { continue };
            let fields: Vec<&Field> = structure
                .members
                .iter()
                .filter_map(|member| match member {
                    Member::Field(field) => Some(field),
                    Member::Variant(_) => None,
                })
                .collect();
            for field in fields.iter().filter(|field| field.length.is_some()) {
                if let Some(accessor) =
                    checks::accessor(self.context.model, &self.context.printer, &fields, field, 64)
                {
                    out.line(format!("{local}.{}(region)?;", accessor.method));
                }
            }
        }
    }

    /// The third step: values.
    fn values(&self, plan: &CallPlan<'_>, out: &mut Text) {
        for Input { parameter, local, passed } in &plan.inputs {
            let ty = match passed {
                Passed::Value | Passed::Members(_) | Passed::Length => &parameter.ty,
                _ => continue,
            };
            if self.undefined.possible(ty) {
                let defined = checks::defined(local, ty);
                match parameter.undefined {
                    None => out.line(format!("require({defined})?;")),
                    Some(errno) => {
                        let refusal = format!("return Err({});", self.context.error_at(errno));
                        out.block(&format!("if !{defined} {{"), "}", |out| {
                            out.line(refusal);
                        })
                    }
                };
            }
        }
    }

    /// The fourth step: descriptors.
    fn descriptors(&self, plan: &CallPlan<'_>, out: &mut Text) {
        let start = |path: &Path| {
            let Input { parameter, local, .. } = &plan.inputs[path.parameter];
            let ty = match &parameter.ty {
                TypeRef::Pointer { to, .. } => (**to).clone(),
                other => other.clone(),
            };
            Start { expression: local.clone(), ty, skip: 0 }
        };
        for (number, Lookup { local, only_when, rules }) in plan.lookups() {
            let needed = match self.context.rights {
                Some(_) => format!(", {}", needed(self.context, rules, &start, self.alternatives)),
                None => String::new(),
            };
            let lookup = format!("Descriptors::descriptor(runtime, {number}{needed})?");
            match only_when {
                None => {
                    // Nothing is done with what the look-up gave if the call takes the number.
                    let taken = !plan.inputs.iter().any(
                        |input| matches!(&input.passed, Passed::DescriptorNumber(Some(lookup)) if lookup.local == *local),
                    );
                    let start = if taken { format!("let {local} = ") } else { String::new() };
                    out.line(format!("{start}{lookup};"));
                }
                Some(condition) => {
                    let condition = self.context.condition(condition, &start);
                    out.block(&format!("let {local} = if {condition} {{"), "} else {", |out| {
                        out.line(format!("Some({lookup})"));
                    });
                    out.line("    None").line("};");
                }
            }
        }
    }

    /// The fifth step: places for results.
    fn probes(&self, plan: &CallPlan<'_>, out: &mut Text) {
        // What an opaque number stands for would be lost with it.
        let opaque = plan.outputs.iter().any(|stored| match &stored.ty {
            TypeRef::Named(id) => matches!(
                &self.context.model.ty(*id).kind,
                TypeKind::Number(number) if number.class == NumberClass::Opaque
            ),
            _ => false,
        });
        if plan.call.descriptors.creates.is_empty() && !opaque {
            return;
        }
        for stored in plan.results() {
            out.line(format!("{}.probe(memory)?;", stored.local));
        }
    }

    /// The last step: the method and its results.
    fn dispatch(&self, plan: &CallPlan<'_>, out: &mut Text) {
        let mut arguments = vec!["runtime".to_string()];
        for Input { local, passed, .. } in &plan.inputs {
            match passed {
                Passed::Result(_) | Passed::Length => {}
                Passed::Descriptor(lookup) => arguments.push(lookup.local.clone()),
                Passed::Copied(ty) if by_reference(self.context, ty) => arguments.push(format!("&{local}")),
                Passed::Members(members) => {
                    for member in members {
                        arguments.push(match &member.lookup {
                            Some(lookup) => lookup.local.clone(),
                            None => format!("{local}.{}", crate::emit::rust::field(&member.field.name)),
                        });
                    }
                }
                _ => arguments.push(local.clone()),
            }
        }
        let (name, number) = (function(&plan.call.name), plan.call.number);
        if plan.call.noreturn {
            list(out, 4, &format!("Ok(Syscalls::{name}("), &arguments, "))");
            return;
        }
        let results = plan.results();
        if results.is_empty() {
            list(out, 4, &format!("listed({number}, Syscalls::{name}("), &arguments, "))");
            return;
        }
        let names: Vec<&str> = results.iter().map(|stored| stored.result.as_str()).collect();
        let pattern = match names.as_slice() {
            [only] => only.to_string(),
            _ => format!("({})", names.join(", ")),
        };
        list(out, 4, &format!("let {pattern} = listed({number}, Syscalls::{name}("), &arguments, "))?;");
        for (index, stored) in results.iter().enumerate() {
            let store = format!("{}.store(memory, &{})?;", stored.local, stored.result);
            out.line(store);
            if index + 1 == results.len() {
                out.line("Ok(())");
            }
        }
    }
}

/// The demand that rules make of a descriptor, as an expression over several lines.
pub(super) fn needed(
    context: &Context<'_>,
    rules: &[&RightsRule],
    start: &dyn Fn(&Path) -> Start,
    alternatives: usize,
) -> String {
    let Some((rights, _)) = context.rights else { return String::new() };
    let rights = context.printer.type_ref(&TypeRef::Named(rights));
    let (mut all, mut any, mut inheriting) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        let condition = rule.when.as_ref().map(|condition| context.condition(condition, start));
        let under = |rights: String| match &condition {
            Some(condition) if condition.len() + rights.len() > 75 => {
                format!("when(\n    {},\n    {rights},\n)", broken(condition).replace('\n', "\n    "))
            }
            Some(condition) => format!("when({condition}, {rights})"),
            None => rights,
        };
        let (single, several): (Vec<_>, Vec<_>) =
            super::expressions::clauses(&rule.needs).into_iter().partition(|clause| clause.len() <= 1);
        if !single.is_empty() {
            let set = if rule.inheriting { &mut inheriting } else { &mut all };
            set.push(under(context.rights_set(&single.into_iter().flatten().collect())));
        }
        any.extend(several.iter().map(|clause| under(context.rights_set(clause))));
    }
    let mut members = Vec::new();
    let joined = |terms: &[String]| {
        let terms: Vec<String> = terms.iter().map(|term| term.replace('\n', "\n    ")).collect();
        terms.join("\n    | ")
    };
    if !all.is_empty() {
        members.push(format!("all: {}", joined(&all)));
    }
    if !any.is_empty() {
        any.resize(alternatives, format!("{rights}::empty()"));
        members.push(match any.iter().map(|term| term.len() + 2).sum::<usize>() {
            short if short <= 80 => format!("any: [{}]", any.join(", ")),
            _ => format!("any: [\n    {},\n]", any.join(",\n").replace('\n', "\n    ")),
        });
    }
    if !inheriting.is_empty() {
        members.push(format!("inheriting: {}", joined(&inheriting)));
    }
    match members.len() {
        0 => return "NeededRights::NONE".to_string(),
        3 => {}
        _ => members.push("..NeededRights::NONE".to_string()),
    }
    let line = format!("NeededRights {{ {} }}", members.join(", "));
    if line.len() <= 80 && !line.contains('\n') {
        return line;
    }
    let mut text = "NeededRights {".to_string();
    for member in members {
        let comma = if member.starts_with("..") { "" } else { "," };
        text.push_str(&format!("\n    {}{comma}", member.replace('\n', "\n    ")));
    }
    text + "\n}"
}

/// A long condition, with its outermost parts on lines of their own.
fn broken(condition: &str) -> String {
    if condition.len() <= 75 {
        return condition.to_string();
    }
    for sign in [" || ", " && "] {
        let mut depth = 0;
        let mut parts = Vec::new();
        let mut start = 0;
        for (position, byte) in condition.bytes().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ if depth == 0 && condition[position..].starts_with(sign) => {
                    parts.push(&condition[start..position]);
                    start = position + sign.len();
                }
                _ => {}
            }
        }
        if !parts.is_empty() {
            parts.push(&condition[start..]);
            let parts: Vec<String> = parts
                .into_iter()
                .map(|part| match part.strip_prefix('(').and_then(|part| part.strip_suffix(')')) {
                    Some(inner) => format!("({})", broken(inner).replace('\n', "\n    ")),
                    None => part.to_string(),
                })
                .collect();
            return parts.join(&format!("\n    {}", sign.trim_start()));
        }
    }
    condition.to_string()
}

const _: () =
    assert!(matches!(STYLE.words, crate::emit::rust::Words::Fixed(64)), "shims are for 64-bit programs");
