//! How each parameter of a call reaches the runtime.

use super::{Context, Locals};
use crate::model::{
    Access, Call, Condition, Field, Length, Member, Parameter, Path, Primitive, RightsRule, Segment,
    TypeKind, TypeRef,
};

/// Names in shims that parameters must not hide.
const RESERVED: [&str; 8] =
    ["runtime", "memory", "region", "thread", "arguments", "checked", "result", "exit"];

/// Functions that stand beside the shims.
const TAKEN: [&str; 8] = ["answer", "listed", "require", "unknown", "entries", "when", "frame", "from_slot"];

/// A call, with all decisions about it.
pub(super) struct CallPlan<'m> {
    pub call: &'m Call,
    /// The name of its shim: the call's own, unless the file with the shims has something else of that name.
    pub shim: String,
    /// One for each input, in order.
    pub inputs: Vec<Input<'m>>,
    /// One for each output, in order.
    pub outputs: Vec<Stored<'m>>,
}

/// An input, with the way it takes.
pub(super) struct Input<'m> {
    pub parameter: &'m Parameter,
    /// The local variable that holds it in the shim.
    pub local: String,
    pub passed: Passed<'m>,
}

/// Something that the method returns and the shim stores.
pub(super) struct Stored<'m> {
    pub parameter: &'m Parameter,
    /// The local variable for the place it is stored to.
    pub local: String,
    /// The local variable that holds the result.
    pub result: String,
    /// What is stored.
    pub ty: TypeRef,
}

/// The way that an input takes.
pub(super) enum Passed<'m> {
    /// As a number, or a structure that holds no descriptor.
    Value,
    /// As the number of a descriptor that the call closes or replaces.
    DescriptorNumber(Option<Lookup<'m>>),
    /// As the descriptor that was looked up.
    Descriptor(Lookup<'m>),
    /// As the members of a structure, each on its own.
    Members(Vec<MemberPlan<'m>>),
    /// As a copy of what the pointer points to.
    Copied(TypeRef),
    /// Not at all: the method returns what is stored there.
    Result(Stored<'m>),
    /// As a place that the method reads and writes.
    Place(TypeRef),
    /// As a word that is accessed atomically.
    Atomic(TypeRef),
    /// As readable elements.
    Slice(TypeRef, usize),
    /// As writable elements.
    SliceMut(TypeRef, usize),
    /// As a range of addresses.
    Range(TypeRef, usize),
    /// As an address that nothing is known of.
    Address,
    /// Not at all: slices carry it.
    Length,
}

/// A member of a structure that is passed by value.
pub(super) struct MemberPlan<'m> {
    pub field: &'m Field,
    /// For the member that is a descriptor.
    pub lookup: Option<Lookup<'m>>,
    /// What the method calls it.
    pub name: String,
}

/// How a descriptor is looked up.
pub(super) struct Lookup<'m> {
    /// The local variable for the descriptor that was found.
    pub local: String,
    /// If it is looked up under a condition only.
    pub only_when: Option<&'m Condition>,
    /// The value (index in the type of descriptors) that it must have otherwise.
    pub otherwise: Option<usize>,
    /// The rules about it.
    pub rules: Vec<&'m RightsRule>,
}

impl<'m> CallPlan<'m> {
    pub(super) fn new(context: &Context<'m>, call: &'m Call) -> Self {
        let mut locals = Locals::new(&RESERVED);
        let mut inputs = Vec::with_capacity(call.inputs.len());
        for (index, parameter) in call.inputs.iter().enumerate() {
            let local = locals.name(&parameter.name);
            inputs.push((index, parameter, local));
        }
        let outputs: Vec<(&Parameter, String)> =
            call.outputs.iter().map(|parameter| (parameter, locals.name(&parameter.name))).collect();
        let inputs = inputs
            .into_iter()
            .map(|(index, parameter, local)| {
                let passed = Self::passed(context, call, &mut locals, index, parameter, &local);
                Input { parameter, local, passed }
            })
            .collect();
        let outputs = outputs
            .into_iter()
            .map(|(parameter, local)| {
                let result = locals.name(&format!("{}_result", parameter.name));
                Stored { parameter, local, result, ty: parameter.ty.clone() }
            })
            .collect();
        let shim = Locals::new(&TAKEN).name(&call.name);
        CallPlan { call, shim, inputs, outputs }
    }

    fn passed(
        context: &Context<'m>,
        call: &'m Call,
        locals: &mut Locals,
        index: usize,
        parameter: &'m Parameter,
        local: &str,
    ) -> Passed<'m> {
        if let (TypeRef::Pointer { to, .. }, Some(buffer)) = (&parameter.ty, &parameter.buffer) {
            let function = context.printer.is_function(to);
            return match (buffer.access, buffer.length, &**to) {
                (Access::Address, Length::Input(length), _) => Passed::Range((**to).clone(), length),
                (Access::Address, Length::One, _) => Passed::Address,
                (Access::Read, Length::Input(length), _) => Passed::Slice((**to).clone(), length),
                (_, Length::Input(length), _) => Passed::SliceMut((**to).clone(), length),
                (_, Length::One, TypeRef::Atomic(of)) => Passed::Atomic((**of).clone()),
                (_, Length::One, TypeRef::Primitive(Primitive::Void)) => Passed::Address,
                (_, Length::One, _) if function => Passed::Address,
                (Access::Read, Length::One, _) => Passed::Copied((**to).clone()),
                (Access::ReadWrite, Length::One, _) => Passed::Place((**to).clone()),
                (Access::Write, Length::One, _) => Passed::Result(Stored {
                    parameter,
                    local: local.to_string(),
                    result: locals.name(&format!("{}_result", parameter.name)),
                    ty: (**to).clone(),
                }),
            };
        }
        if context.is_descriptor(&parameter.ty) {
            let rules = rules_of(call, index, &[]);
            let changed = |paths: &[Path]| {
                paths.iter().any(|p| !p.output && p.parameter == index && p.segments.is_empty())
            };
            let number_only = changed(&call.descriptors.consumes) || changed(&call.descriptors.replaces);
            let mut lookup = || Lookup {
                local: locals.name(&format!("{}_descriptor", parameter.name)),
                only_when: parameter.only_when.as_ref(),
                otherwise: parameter.otherwise,
                rules: rules.clone(),
            };
            return match (number_only, rules.is_empty()) {
                (true, true) => Passed::DescriptorNumber(None),
                (true, false) => Passed::DescriptorNumber(Some(lookup())),
                (false, _) => Passed::Descriptor(lookup()),
            };
        }
        if let Some(members) = Self::members(context, call, locals, index, parameter) {
            return Passed::Members(members);
        }
        let is_length =
            call.inputs.iter().filter_map(|p| p.buffer.as_ref()).any(|b| b.length == Length::Input(index));
        if is_length { Passed::Length } else { Passed::Value }
    }

    /// The members of a structure that is passed by value and holds a descriptor.
    fn members(
        context: &Context<'m>,
        call: &'m Call,
        locals: &mut Locals,
        index: usize,
        parameter: &'m Parameter,
    ) -> Option<Vec<MemberPlan<'m>>> {
        let TypeRef::Named(id) = &parameter.ty else { return None };
        let TypeKind::Struct(structure) = &context.model.ty(*id).kind else { return None };
        let fields: Vec<&Field> = structure
            .members
            .iter()
            .map(|member| match member {
                Member::Field(field) => Some(field),
                Member::Variant(_) => None,
            })
            .collect::<Option<_>>()?;
        // Only the first descriptor goes by the parameter's own name.
        let descriptor = fields.iter().position(|field| context.is_descriptor(&field.ty))?;
        Some(
            fields
                .into_iter()
                .enumerate()
                .map(|(position, field)| {
                    let name = match position == descriptor {
                        true => parameter.name.clone(),
                        false => locals.name(&format!("{}_{}", parameter.name, field.name)),
                    };
                    let lookup = context.is_descriptor(&field.ty).then(|| Lookup {
                        local: locals.name(&format!("{name}_descriptor")),
                        only_when: parameter.only_when.as_ref(),
                        otherwise: parameter.otherwise,
                        rules: rules_of(call, index, &[Segment::Member(field.name.clone())]),
                    });
                    MemberPlan { field, lookup, name: crate::emit::rust::field(&name) }
                })
                .collect(),
        )
    }

    /// Everything that the method returns, in order: buffers of one element that the call writes, then outputs.
    pub(super) fn results(&self) -> Vec<&Stored<'m>> {
        let written = self.inputs.iter().filter_map(|input| match &input.passed {
            Passed::Result(stored) => Some(stored),
            _ => None,
        });
        written.chain(&self.outputs).collect()
    }

    /// All descriptors that are looked up, in order, each with the place that holds its number.
    pub(super) fn lookups(&self) -> Vec<(String, &Lookup<'m>)> {
        let mut lookups = Vec::new();
        for input in &self.inputs {
            match &input.passed {
                Passed::Descriptor(lookup) | Passed::DescriptorNumber(Some(lookup)) => {
                    lookups.push((input.local.clone(), lookup));
                }
                Passed::Members(members) => {
                    for member in members {
                        if let Some(lookup) = &member.lookup {
                            let field = crate::emit::rust::field(&member.field.name);
                            lookups.push((format!("{}.{field}", input.local), lookup));
                        }
                    }
                }
                _ => {}
            }
        }
        lookups
    }

    /// Rules about descriptors in memory, which the shim does not evaluate: it would have to read the memory twice.
    pub(super) fn rules_in_memory(&self) -> impl Iterator<Item = &'m RightsRule> + '_ {
        let call = self.call;
        call.rights.iter().filter(move |rule| {
            let root = call.inputs.get(rule.descriptor.parameter);
            !rule.descriptor.output && root.is_some_and(|root| matches!(root.ty, TypeRef::Pointer { .. }))
        })
    }
}

fn rules_of<'m>(call: &'m Call, parameter: usize, segments: &[Segment]) -> Vec<&'m RightsRule> {
    call.rights
        .iter()
        .filter(|rule| {
            let path = &rule.descriptor;
            !path.output && path.parameter == parameter && path.segments == segments
        })
        .collect()
}
