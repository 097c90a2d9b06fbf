//! The file `syscalls.rs`: the traits that a runtime implements.

use super::plan::{CallPlan, Input, Passed, Stored};
use super::{Context, elements, expressions, list};
use crate::emit::OutputFile;
use crate::emit::rust::{WIDTH, file_start, function};
use crate::emit::text::{Text, wrap};
use crate::model::{Parameter, Primitive, TypeRef};

/// The file.
pub(super) fn file(context: &Context<'_>, plans: &[CallPlan<'_>]) -> OutputFile {
    let mut out = file_start(
        context.model,
        "What a runtime implements: one method for each call, and the look-up of descriptors.\n\
         \n\
         Shims call these methods with arguments that have passed all checks which need nothing but the definition: see \
         the module [`shims`](super::shims) for what was checked, and in which order.",
    );
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::types;");
    out.line("#[allow(unused_imports)]");
    out.line("use crate::memory::{Fault, GuestAtomic, GuestRange, GuestRef, GuestSlice, GuestSliceMut};");
    out.line("use crate::runtime::Runtime;");
    from_fault(context, &mut out);
    if context.descriptor.is_some() {
        descriptors(context, plans, &mut out);
    }
    calls(context, plans, &mut out);
    elements::print(context, plans, &mut out);
    OutputFile::new("syscalls.rs", out.finish())
}

fn from_fault(context: &Context<'_>, out: &mut Text) {
    let errno = &context.errno_type;
    out.blank();
    out.block(&format!("impl From<Fault> for {errno} {{"), "}", |out| {
        out.line("#[inline(always)]");
        out.block("fn from(_: Fault) -> Self {", "}", |out| {
            out.line(context.fault());
        });
    });
}

/// How many demands with an alternative a descriptor can have at once, in any call.
pub(super) fn alternatives(plans: &[CallPlan<'_>]) -> usize {
    let most = |rules: &mut dyn Iterator<Item = &crate::model::RightsRule>| {
        rules.flat_map(|rule| expressions::clauses(&rule.needs)).filter(|clause| clause.len() > 1).count()
    };
    let of_plan = |plan: &CallPlan<'_>| {
        let looked_up =
            plan.lookups().iter().map(|(_, lookup)| most(&mut lookup.rules.iter().copied())).max();
        looked_up.unwrap_or(0).max(most(&mut plan.rules_in_memory()))
    };
    plans.iter().map(of_plan).max().unwrap_or(0)
}

fn descriptors(context: &Context<'_>, plans: &[CallPlan<'_>], out: &mut Text) {
    let errno = &context.errno_type;
    let Some(fd) = context.descriptor else { return };
    let fd = context.printer.type_ref(&TypeRef::Named(fd));
    let badf = context.error(&["badf"]);
    let needed = if context.rights.is_some() { needed_rights(context, plans, out) } else { "" };
    out.blank();
    out.comment(
        "/// ",
        "The program's descriptors.\n\
         \n\
         A shim looks each descriptor of a call up once, and the method gets what the look-up gave, not the number: if \
         another thread closes or replaces the number meanwhile, the call still works on the descriptor whose rights were \
         checked.",
        WIDTH,
    );
    out.block("pub trait Descriptors {", "}", |out| {
        out.line("/// An open descriptor: a reference that keeps it open, or the like.");
        out.line("type Descriptor<'a>\nwhere\n    Self: 'a;");
        out.blank();
        out.line("/// Looks a descriptor up. Failing must be cheap: programs probe for open descriptors.");
        out.line("///");
        out.line("/// # Errors");
        out.comment("/// ", &format!("[`{badf}`] if it is not open."), WIDTH);
        if context.rights.is_some() {
            let notcapable = context.error(&["notcapable", "acces", "perm"]);
            out.comment(
                "/// ",
                &format!("[`{notcapable}`] if it is open but does not carry these rights."),
                WIDTH,
            );
        }
        out.line(format_args!(
            "fn descriptor(&self, fd: {fd}{needed}) -> Result<Self::Descriptor<'_>, {errno}>;"
        ));
    });
}

/// Prints the type of a demand for rights. Gives the parameter for it.
fn needed_rights(context: &Context<'_>, plans: &[CallPlan<'_>], out: &mut Text) -> &'static str {
    let Some((rights, _)) = context.rights else { return "" };
    let rights = context.printer.type_ref(&TypeRef::Named(rights));
    let alternatives = alternatives(plans);
    out.blank();
    out.line("/// How many demands with an alternative a descriptor can have at once.");
    out.line(format_args!("pub const ALTERNATIVES: usize = {alternatives};"));
    out.blank();
    out.line("/// What a descriptor must carry.");
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    out.block("pub struct NeededRights {", "}", |out| {
        out.line("/// All of these.");
        out.line(format_args!("pub all: {rights},"));
        out.line("/// And of each of these that is not empty, at least one.");
        out.line(format_args!("pub any: [{rights}; ALTERNATIVES],"));
        out.line("/// And all of these among the rights that descriptors made from it can inherit.");
        out.line(format_args!("pub inheriting: {rights},"));
    });
    out.blank();
    out.block("impl NeededRights {", "}", |out| {
        out.line("/// None: any open descriptor will do.");
        out.block("pub const NONE: NeededRights = NeededRights {", "};", |out| {
            out.line(format_args!("all: {rights}::empty(),"));
            out.line(format_args!("any: [{rights}::empty(); ALTERNATIVES],"));
            out.line(format_args!("inheriting: {rights}::empty(),"));
        });
        out.blank();
        out.line("/// Whether a descriptor that carries these rights, and these to inherit, will do.");
        out.line("#[inline(always)]");
        let arguments = format!("carried: {rights}, inheriting: {rights}");
        out.block(&format!("pub fn satisfied_by(&self, {arguments}) -> bool {{"), "}", |out| {
            out.line("carried.contains(self.all)").indented(|out| {
                out.line("&& self.any.iter().all(|any| any.is_empty() || carried.intersects(*any))");
                out.line("&& inheriting.contains(self.inheriting)");
            });
        });
    });
    out.blank();
    out.line("/// These rights if the condition holds, otherwise none.");
    out.line("#[allow(dead_code)]");
    out.line("#[inline(always)]");
    out.block(
        &format!("pub(super) const fn when(condition: bool, rights: {rights}) -> {rights} {{"),
        "}",
        |out| {
            out.line(format_args!("if condition {{ rights }} else {{ {rights}::empty() }}"));
        },
    );
    ", needed: NeededRights"
}

fn calls(context: &Context<'_>, plans: &[CallPlan<'_>], out: &mut Text) {
    let errno = &context.errno_type;
    let parents = if context.descriptor.is_some() { "Runtime + Descriptors" } else { "Runtime" };
    out.blank();
    out.comment(
        "/// ",
        "The calls, as methods.\n\
         \n\
         - A descriptor is what [`Descriptors::descriptor`] gave for it, a number only where the call closes or replaces \
           it.\n\
         - A buffer is a validated place in the program's memory; its length is in it. A structure that a call reads was \
           copied before it was checked.\n\
         - Structures and numbers that a call stores are returned. The shim stores them if the call succeeded.\n\
         - A structure passed by value that holds a descriptor comes as its members.\n\
         - A call that never returns gives what is left to do, which the shim hands to [`Runtime::leave`].\n\
         \n\
         An error that the definition does not list for the call is a mistake of the runtime's: debug builds panic.",
        WIDTH,
    );
    if context.descriptor.is_none() {
        // The first item links to what this definition does not have.
        out.line("#[allow(rustdoc::broken_intra_doc_links)]");
    }
    out.block(&format!("pub trait Syscalls: {parents} {{"), "}", |out| {
        for (index, plan) in plans.iter().enumerate() {
            if index > 0 {
                out.blank();
            }
            method(context, plan, out);
        }
        if plans.iter().any(|plan| plan.call.noreturn) {
            out.blank();
            out.comment(
                "/// ",
                "An argument of a call that never returns was found wrong, so that the program cannot be told. Says how \
                 the thread or the process ends instead.",
                WIDTH - 4,
            );
            out.line(format_args!("fn {}(&self, call: u32, error: {errno}) -> Self::Exit;", refused(plans)));
        }
    });
}

/// The name of the method that no call has: `refused`.
pub(super) fn refused(plans: &[CallPlan<'_>]) -> String {
    let mut name = "refused".to_string();
    while plans.iter().any(|plan| plan.call.name == name) {
        name.push('_');
    }
    name
}

fn method(context: &Context<'_>, plan: &CallPlan<'_>, out: &mut Text) {
    let call = plan.call;
    let printer = &context.printer;
    printer.doc(out, &call.doc);
    printer.history(out, call.since.as_deref(), call.deprecated.as_deref());
    out.line("///");
    let blocks = if call.blocks { " It can wait." } else { "" };
    out.line(format_args!("/// Call number {}.{blocks}", call.number));
    let arguments = arguments(context, plan);
    if !arguments.is_empty() {
        out.line("///").line("/// # Arguments");
        for argument in &arguments {
            let name = argument.name.trim_start_matches("r#");
            item(out, &format!("`{name}`: {}", printer.markdown(argument.doc)));
        }
    }
    let results = plan.results();
    if !results.is_empty() {
        out.line("///").line("/// # Returns");
        for stored in &results {
            item(out, &format!("`{}`: {}", stored.parameter.name, printer.markdown(&stored.parameter.doc)));
        }
    }
    if !call.errors.is_empty() {
        out.line("///").line("/// # Errors");
        for error in &call.errors {
            let link = printer.value_link(context.errno, error.errno);
            item(out, &format!("{link}: {}", printer.markdown(&error.doc)));
        }
    }
    let returned = match call.noreturn {
        true => "Self::Exit".to_string(),
        false => format!("Result<{}, {}>", result_type(context, &results), context.errno_type),
    };
    let mut items = vec!["&self".to_string()];
    items.extend(arguments.iter().map(|argument| format!("{}: {}", argument.name, argument.ty)));
    list(out, 4, &format!("fn {}(", function(&call.name)), &items, &format!(") -> {returned};"));
}

/// Adds an item of a list to a method's documentation. It can have several paragraphs.
fn item(out: &mut Text, markdown: &str) {
    let mut start = "- ";
    for line in wrap(markdown, WIDTH - 10) {
        out.line(format!("/// {start}{line}").trim_end());
        start = "  ";
    }
}

/// An argument of a trait method.
struct Argument<'a> {
    name: String,
    ty: String,
    doc: &'a crate::model::Doc,
}

/// What the method of a call takes.
fn arguments<'a>(context: &Context<'_>, plan: &'a CallPlan<'_>) -> Vec<Argument<'a>> {
    let mut arguments = Vec::new();
    for Input { parameter, passed, .. } in &plan.inputs {
        let Parameter { doc, .. } = parameter;
        let mut add = |ty: String| {
            let name = crate::emit::rust::field(&parameter.name);
            arguments.push(Argument { name, ty, doc });
        };
        match passed {
            Passed::Value | Passed::DescriptorNumber(_) => add(context.printer.type_ref(&parameter.ty)),
            Passed::Descriptor(lookup) => add(descriptor(lookup.only_when.is_some())),
            Passed::Copied(ty) if by_reference(context, ty) => add(format!("&{}", element(context, ty))),
            Passed::Copied(ty) => add(element(context, ty)),
            Passed::Place(ty) => add(format!("GuestRef<{}>", element(context, ty))),
            Passed::Atomic(ty) => add(format!("GuestAtomic<{}>", element(context, ty))),
            Passed::Slice(ty, _) => add(format!("GuestSlice<{}>", element(context, ty))),
            Passed::SliceMut(ty, _) => add(format!("GuestSliceMut<{}>", element(context, ty))),
            Passed::Range(..) => add("GuestRange".to_string()),
            Passed::Address => add("u64".to_string()),
            Passed::Result(_) | Passed::Length => {}
            Passed::Members(members) => {
                for member in members {
                    let ty = match &member.lookup {
                        Some(lookup) => descriptor(lookup.only_when.is_some()),
                        None => context.printer.type_ref(&member.field.ty),
                    };
                    arguments.push(Argument { name: member.name.clone(), ty, doc: &member.field.doc });
                }
            }
        }
    }
    arguments
}

fn descriptor(optional: bool) -> String {
    match optional {
        true => "Option<Self::Descriptor<'_>>".to_string(),
        false => "Self::Descriptor<'_>".to_string(),
    }
}

/// The type of something in memory.
pub(super) fn element(context: &Context<'_>, ty: &TypeRef) -> String {
    match ty {
        TypeRef::Primitive(Primitive::Void) => "u8".to_string(),
        _ => context.printer.type_ref(ty),
    }
}

/// Whether a copied value is passed by reference: anything but a number.
pub(super) fn by_reference(context: &Context<'_>, ty: &TypeRef) -> bool {
    match ty {
        TypeRef::Named(id) => matches!(context.model.ty(*id).kind, crate::model::TypeKind::Struct(_)),
        TypeRef::Array { .. } => true,
        _ => false,
    }
}

fn result_type(context: &Context<'_>, results: &[&Stored<'_>]) -> String {
    let types: Vec<String> = results.iter().map(|stored| element(context, &stored.ty)).collect();
    match types.as_slice() {
        [only] => only.clone(),
        _ => format!("({})", types.join(", ")),
    }
}
