//! The file `shims.rs`: one shim for each call, and the dispatch table.

use super::checks::{self, Undefined, number_to_u64};
use super::expressions::Start;
use super::needs::needed;
use super::plan::{CallPlan, Input, Lookup, Passed, Stored};
use super::syscalls::{alternatives, by_reference, element};
use super::{Context, STYLE, dispatch, list};
use crate::emit::OutputFile;
use crate::emit::rust::{WIDTH, file_start, function};
use crate::emit::text::Text;
use crate::model::{Field, Member, NumberClass, Path, Primitive, TypeKind, TypeRef};

/// The file.
pub(super) fn file(context: &Context<'_>, plans: &[CallPlan<'_>]) -> OutputFile {
    let (fault, inval) = (context.fault(), context.inval());
    let mut out = file_start(
        context.model,
        &format!(
            "Shims: what happens between a program's call and the runtime's method, for 64-bit programs.\n\
         \n\
         A shim cuts every argument to its width, and then, in this order:\n\
         \n\
         - finds all pointers to lie in the program's memory, with all that they point to, the arguments' pointers first, \
           then those for results: otherwise [`{fault}`]; and words that are accessed atomically to be aligned to their \
           size: otherwise [`{inval}`].\n\
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
        ),
    );
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::syscalls::*;");
    out.line("#[cfg(debug_assertions)]").line("use super::table;").line("use super::types;");
    out.line("#[allow(unused_imports)]");
    out.line("use crate::memory::{");
    out.line("    Defined, GuestAtomic, GuestMemory, GuestRef, GuestSlice, GuestSliceMut, from_slot,");
    out.line("};");
    out.line("#[allow(unused_imports)]");
    out.line("use crate::runtime::{Entry, Runtime, Wrapper, frame};");
    dispatch::helpers(context, &mut out);
    dispatch::entries(plans, &mut out);
    let printer =
        ShimPrinter { context, undefined: Undefined::new(context.model), alternatives: alternatives(plans) };
    for plan in plans {
        out.blank();
        printer.shim(plan, &mut out);
    }
    OutputFile::new("shims.rs", out.finish())
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
        out.line(format_args!("/// [`Syscalls::{}`]", name.trim_start_matches("r#")));
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
            out.line(format_args!("fn {shim}<R: Syscalls>("));
            out.indented(|out| {
                for item in items {
                    out.line(format_args!("{item},"));
                }
            });
            out.line(format_args!(") -> {returned} {{"));
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
                out.line(format_args!(
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
                Passed::Atomic(ty) => {
                    let size = format!("size_of::<{}>() as u64", element(self.context, ty));
                    out.line(format_args!("region.range({local}, {size})?;"));
                    out.line(format_args!("require({local}.is_multiple_of({size}))?;"));
                    out.line(one("GuestAtomic", ty))
                }
                Passed::Slice(ty, length) => out.line(many("GuestSlice", ty, *length)),
                Passed::SliceMut(ty, length) => out.line(many("GuestSliceMut", ty, *length)),
                Passed::Range(ty, length) => {
                    let (count, ty) = (self.count(plan, *length), element(self.context, ty));
                    out.line(format_args!(
                        "let {local} = region.array({local}, {count}, size_of::<{ty}>() as u64)?;"
                    ))
                }
                _ => continue,
            };
        }
        for Stored { local, ty, .. } in &plan.outputs {
            out.line(format_args!(
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
            out.line(format_args!("let {local} = {local}.load(memory)?;"));
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
                    out.line(format_args!("{local}.{}(region)?;", accessor.method));
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
                    None => out.line(format_args!("require({defined})?;")),
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
        for (number, Lookup { local, only_when, otherwise, rules }) in plan.lookups() {
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
                    out.line(format_args!("{start}{lookup};"));
                }
                Some(condition) => {
                    let condition = self.context.condition(condition, &start);
                    out.block(&format!("let {local} = if {condition} {{"), "} else {", |out| {
                        out.line(format_args!("Some({lookup})"));
                    });
                    if let Some(value) = otherwise.and_then(|value| self.context.descriptor_value(value)) {
                        out.line(format_args!("    require({number} == {value})?;"));
                    }
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
            out.line(format_args!("{}.probe(memory)?;", stored.local));
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

const _: () =
    assert!(matches!(STYLE.words, crate::emit::rust::Words::Fixed(64)), "shims are for 64-bit programs");
