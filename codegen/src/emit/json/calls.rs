//! Calls as data.

use super::docs::{DocJson, doc};
use super::types::{TypeRefJson, is_false, type_ref};
use crate::model::{
    Access, Buffer, Call, Condition, Length, Model, Operand, Parameter, Path, RightsExpression, Segment,
    TypeId, TypeKind, TypeRef,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A call.
#[derive(Serialize, JsonSchema)]
pub struct CallJson<'m> {
    /// Its name, without the ABI's prefix.
    name: &'m str,
    /// The number that programs trap with.
    number: u32,
    /// The subsystem that defines it.
    subsystem: &'m str,
    /// What it does.
    doc: DocJson<'m>,
    /// Version of the definition that brought it, if it was not there from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'m str>,
    /// Why not to use it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'m str>,
    /// Whether a thread can wait in it for something that others do.
    blocks: bool,
    /// Whether it never returns to the program.
    noreturn: bool,
    /// Whether 32-bit and 64-bit programs need entry points of their own.
    depends_on_word_size: bool,
    /// Inputs in the order in which they are passed.
    inputs: Vec<ParameterJson<'m>>,
    /// Results in the order in which they are returned; stored on success only.
    outputs: Vec<ParameterJson<'m>>,
    /// Rights that descriptors must carry. All rules whose condition holds apply.
    rights: Vec<RuleJson<'m>>,
    /// What happens to descriptors.
    descriptors: DescriptorsJson<'m>,
    /// Errors that it may return.
    errors: Vec<ErrorJson<'m>>,
}

/// An input or output.
#[derive(Serialize, JsonSchema)]
struct ParameterJson<'m> {
    /// Its name.
    name: &'m str,
    /// Its type.
    #[serde(rename = "type")]
    ty: TypeRefJson<'m>,
    /// What it means.
    doc: DocJson<'m>,
    /// For a pointer: how the call uses the memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    buffer: Option<BufferJson<'m>>,
    /// For a descriptor that the call looks at only under a condition: that.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_when: Option<ConditionJson<'m>>,
    /// The name of the descriptor type's value that it must have otherwise; absent: anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    otherwise: Option<&'m str>,
    /// The error for an undefined value or undefined bits; absent: `inval`.
    #[serde(skip_serializing_if = "Option::is_none")]
    undefined: Option<&'m str>,
}

/// How a call uses memory of the program's.
#[derive(Serialize, JsonSchema)]
struct BufferJson<'m> {
    /// What it does with it.
    access: AccessJson,
    /// The input that says how many elements there are (bytes, for `void` and `char`); absent: exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<&'m str>,
    /// The output that says how many elements, from the first, hold something on success; absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    filled: Option<&'m str>,
}

/// What a call does with memory.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum AccessJson {
    /// Reads it.
    Read,
    /// Writes it.
    Write,
    /// Reads and writes it.
    ReadWrite,
    /// Takes the address only.
    Address,
}

/// "This descriptor must carry these rights, when …".
#[derive(Serialize, JsonSchema)]
struct RuleJson<'m> {
    /// Where the descriptor is.
    descriptor: PathJson<'m>,
    /// When the rule applies; absent: always.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<ConditionJson<'m>>,
    /// What it must carry.
    needs: RightsJson<'m>,
    /// Whether these must be among the rights that descriptors made from it can inherit, rather than its own.
    inheriting: bool,
    /// Why, where that is not plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    doc: Option<DocJson<'m>>,
}

/// A place that parameters lead to.
#[derive(Serialize, JsonSchema)]
struct PathJson<'m> {
    /// As the definition writes it: `in[].fd_readwrite.fd`.
    text: &'m str,
    /// The parameter where it starts.
    parameter: &'m str,
    /// Whether that is an output.
    #[serde(skip_serializing_if = "is_false")]
    output: bool,
    /// The way from there.
    segments: Vec<SegmentJson<'m>>,
    /// Type of what it leads to.
    #[serde(rename = "type")]
    ty: TypeRefJson<'m>,
}

/// A step of a path.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SegmentJson<'m> {
    /// To a member of a structure, or a named arm of its variant.
    Member(&'m str),
    /// To each element of a buffer.
    Elements,
}

/// A condition on arguments.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ConditionJson<'m> {
    /// All of them hold.
    All {
        /// Which.
        of: Vec<ConditionJson<'m>>,
    },
    /// One of them holds.
    Any {
        /// Which.
        of: Vec<ConditionJson<'m>>,
    },
    /// It does not hold.
    Not {
        /// Which.
        of: Box<ConditionJson<'m>>,
    },
    /// A set has a flag.
    Has {
        /// The set.
        path: PathJson<'m>,
        /// The flag's name.
        flag: &'m str,
    },
    /// A place equals a named value.
    IsValue {
        /// The place.
        path: PathJson<'m>,
        /// The value's name.
        value: &'m str,
    },
    /// A place equals a number.
    IsNumber {
        /// The place.
        path: PathJson<'m>,
        /// The number.
        number: u64,
    },
}

/// What a descriptor must carry.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum RightsJson<'m> {
    /// This right.
    Right {
        /// Its name.
        name: &'m str,
    },
    /// All of them.
    All {
        /// Which.
        of: Vec<RightsJson<'m>>,
    },
    /// At least one of them.
    Any {
        /// Which.
        of: Vec<RightsJson<'m>>,
    },
}

/// What a call does to the program's descriptors.
#[derive(Serialize, JsonSchema)]
struct DescriptorsJson<'m> {
    /// Closed when the call succeeds.
    consumes: Vec<PathJson<'m>>,
    /// New ones.
    creates: Vec<PathJson<'m>>,
    /// Kept as numbers, but made to refer to something else.
    replaces: Vec<PathJson<'m>>,
    /// Whether all that no parameter names are closed.
    consumes_all_others: bool,
}

/// An error that a call may return.
#[derive(Serialize, JsonSchema)]
struct ErrorJson<'m> {
    /// Name of the value of `errno`.
    error: &'m str,
    /// What it means there.
    doc: DocJson<'m>,
    /// Why no test provokes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unprovoked: Option<&'m str>,
}

/// What calls share: the names of errors and rights.
pub struct Names<'m> {
    model: &'m Model,
    errno: Option<TypeId>,
    rights: Option<TypeId>,
}

impl<'m> Names<'m> {
    /// Looks them up once.
    pub fn new(model: &'m Model) -> Self {
        Names { model, errno: model.errno(), rights: model.rights() }
    }

    /// A call as data.
    pub fn call(&self, call: &'m Call) -> CallJson<'m> {
        let model = self.model;
        let paths = |paths: &'m [Path]| paths.iter().map(|p| self.path(call, p)).collect();
        CallJson {
            name: &call.name,
            number: call.number,
            subsystem: &model.subsystems[call.subsystem].name,
            doc: doc(model, &call.doc),
            since: call.since.as_deref(),
            deprecated: call.deprecated.as_deref(),
            blocks: call.blocks,
            noreturn: call.noreturn,
            depends_on_word_size: model.call_depends_on_word_size(call),
            inputs: call.inputs.iter().map(|p| self.parameter(call, p)).collect(),
            outputs: call.outputs.iter().map(|p| self.parameter(call, p)).collect(),
            rights: call
                .rights
                .iter()
                .map(|rule| RuleJson {
                    descriptor: self.path(call, &rule.descriptor),
                    when: rule.when.as_ref().map(|when| self.condition(call, when)),
                    needs: self.needs(&rule.needs),
                    inheriting: rule.inheriting,
                    doc: rule.doc.as_ref().map(|why| doc(model, why)),
                })
                .collect(),
            descriptors: DescriptorsJson {
                consumes: paths(&call.descriptors.consumes),
                creates: paths(&call.descriptors.creates),
                replaces: paths(&call.descriptors.replaces),
                consumes_all_others: call.descriptors.consumes_all_others,
            },
            errors: call
                .errors
                .iter()
                .map(|error| ErrorJson {
                    error: self.value(self.errno, error.errno),
                    doc: doc(model, &error.doc),
                    unprovoked: error.unprovoked.as_deref(),
                })
                .collect(),
        }
    }

    fn parameter(&self, call: &'m Call, parameter: &'m Parameter) -> ParameterJson<'m> {
        ParameterJson {
            name: &parameter.name,
            ty: type_ref(self.model, &parameter.ty),
            doc: doc(self.model, &parameter.doc),
            buffer: parameter.buffer.as_ref().map(|b| buffer(call, b)),
            only_when: parameter.only_when.as_ref().map(|when| self.condition(call, when)),
            otherwise: parameter.otherwise.map(|value| self.value(self.model.descriptor(), value)),
            undefined: parameter.undefined.map(|errno| self.value(self.errno, errno)),
        }
    }

    fn path(&self, call: &'m Call, path: &'m Path) -> PathJson<'m> {
        let parameters = if path.output { &call.outputs } else { &call.inputs };
        PathJson {
            text: &path.text,
            parameter: parameters.get(path.parameter).map(|p| p.name.as_str()).unwrap_or_default(),
            output: path.output,
            segments: path
                .segments
                .iter()
                .map(|segment| match segment {
                    Segment::Member(name) => SegmentJson::Member(name),
                    Segment::Elements => SegmentJson::Elements,
                })
                .collect(),
            ty: type_ref(self.model, &path.ty),
        }
    }

    fn condition(&self, call: &'m Call, condition: &'m Condition) -> ConditionJson<'m> {
        let all = |parts: &'m [Condition]| parts.iter().map(|part| self.condition(call, part)).collect();
        let named = |path: &Path, index: usize| match &path.ty {
            TypeRef::Named(id) => self.value(Some(*id), index),
            _ => "",
        };
        match condition {
            Condition::All(parts) => ConditionJson::All { of: all(parts) },
            Condition::Any(parts) => ConditionJson::Any { of: all(parts) },
            Condition::Not(part) => ConditionJson::Not { of: Box::new(self.condition(call, part)) },
            Condition::Has { path, flag } => {
                ConditionJson::Has { path: self.path(call, path), flag: named(path, *flag) }
            }
            Condition::Equals { path, value: Operand::Value(value) } => {
                ConditionJson::IsValue { path: self.path(call, path), value: named(path, *value) }
            }
            Condition::Equals { path, value: Operand::Number(number) } => {
                ConditionJson::IsNumber { path: self.path(call, path), number: *number }
            }
        }
    }

    fn needs(&self, needs: &RightsExpression) -> RightsJson<'m> {
        let all = |parts: &[RightsExpression]| parts.iter().map(|part| self.needs(part)).collect();
        match needs {
            RightsExpression::Right(index) => RightsJson::Right { name: self.value(self.rights, *index) },
            RightsExpression::All(parts) => RightsJson::All { of: all(parts) },
            RightsExpression::Any(parts) => RightsJson::Any { of: all(parts) },
        }
    }

    /// The name of a value of a type.
    fn value(&self, ty: Option<TypeId>, index: usize) -> &'m str {
        match ty.map(|id| &self.model.ty(id).kind) {
            Some(TypeKind::Number(number)) => number.values.get(index).map(|value| value.name.as_str()),
            _ => None,
        }
        .unwrap_or_default()
    }
}

fn buffer<'m>(call: &'m Call, buffer: &Buffer) -> BufferJson<'m> {
    BufferJson {
        access: match buffer.access {
            Access::Read => AccessJson::Read,
            Access::Write => AccessJson::Write,
            Access::ReadWrite => AccessJson::ReadWrite,
            Access::Address => AccessJson::Address,
        },
        length: match buffer.length {
            Length::One => None,
            Length::Input(index) => call.inputs.get(index).map(|input| input.name.as_str()),
        },
        filled: buffer.filled.and_then(|index| call.outputs.get(index)).map(|output| output.name.as_str()),
    }
}
