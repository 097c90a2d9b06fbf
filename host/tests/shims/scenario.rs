//! A call with arguments that are in order, to be spoiled one at a time.

use super::definition::{holds, is_descriptor, members, model, samples, size};
use super::guest::{BASE, PAGE};
use super::mock::{Mock, Recorded, Value, marked_byte};
use cloudabi_codegen::model::{Access, Call, Length, Path, Segment, TypeKind, TypeRef};
use cloudabi_host::runtime::Entry;
use cloudabi_host::thread_block::ThreadBlock;
use std::sync::mpsc;
use std::time::Duration;

/// How many elements arrays have.
pub const COUNT: u64 = 3;

/// Pages for each parameter's memory.
const PAGES_EACH: u64 = 3;

/// A call with its arguments.
#[derive(Clone)]
pub struct Scenario {
    /// The call.
    pub call: &'static Call,
    /// For each input: its bytes; for a pointer to one thing that is read, the bytes of that; for others nothing.
    pub contents: Vec<Vec<u8>>,
    /// For each input, then each output: the address, if it is a pointer.
    pub addresses: Vec<u64>,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The error number, for calls that return.
    pub code: Option<u32>,
    /// What was left to do, for calls that do not.
    pub exit: Option<String>,
    /// Calls of methods.
    pub recorded: Vec<Recorded>,
    /// Memory that was written: address and byte.
    pub written: Vec<(u64, u8)>,
}

impl Scenario {
    /// Arguments that are in order: every number marked, every pointer into pages of its own.
    pub fn new(call: &'static Call) -> Self {
        let mut contents = Vec::new();
        let mut addresses = Vec::new();
        let slots = call.inputs.len() + call.outputs.len();
        for index in 0..slots {
            let atomic = call.inputs.get(index).is_some_and(|parameter| {
                matches!(&parameter.ty, TypeRef::Pointer { to, .. } if matches!(**to, TypeRef::Atomic(_)))
            });
            // An odd address where alignment does not matter.
            let offset = if atomic { 0x40 } else { 0x41 };
            addresses.push(BASE + (2 + index as u64 * PAGES_EACH) * PAGE + offset);
        }
        for (index, parameter) in call.inputs.iter().enumerate() {
            let is_length = call.inputs.iter().any(|other| {
                other.buffer.as_ref().is_some_and(|buffer| buffer.length == Length::Input(index))
            });
            contents.push(match (&parameter.ty, &parameter.buffer) {
                (TypeRef::Pointer { to, .. }, Some(buffer)) => match (buffer.access, buffer.length) {
                    (Access::Read, Length::One) => filled(to, index, addresses[index] + PAGE),
                    _ => Vec::new(),
                },
                (ty, _) if is_length => COUNT.to_le_bytes()[..size(ty) as usize].to_vec(),
                (ty, _) => filled(ty, index, 0),
            });
        }
        Scenario { call, contents, addresses }
    }

    /// The slots that the stub would pass, with garbage above values that are narrower.
    pub fn slots(&self) -> Vec<u64> {
        let garbage = 0xc3c3_c3c3_c3c3_c3c3_u64.to_le_bytes();
        let mut slots = Vec::new();
        for (index, parameter) in self.call.inputs.iter().enumerate() {
            if matches!(parameter.ty, TypeRef::Pointer { .. }) {
                slots.push(self.addresses[index]);
            } else {
                let mut slot = garbage;
                slot[..self.contents[index].len()].copy_from_slice(&self.contents[index]);
                if let Some(number) = self.otherwise(index) {
                    slot[..4].copy_from_slice(&number.to_le_bytes());
                }
                slots.push(u64::from_le_bytes(slot));
            }
        }
        slots.extend(&self.addresses[self.call.inputs.len()..]);
        slots
    }

    /// A runtime in which the call can succeed: what it reads is in memory, and all descriptors are open with all
    /// rights.
    pub fn runtime(&self) -> Mock {
        let mock = Mock::new();
        for (index, parameter) in self.call.inputs.iter().enumerate() {
            if matches!(parameter.ty, TypeRef::Pointer { .. }) && !self.contents[index].is_empty() {
                mock.memory.put(self.addresses[index], &self.contents[index]);
            }
        }
        for (path, _) in self.descriptors() {
            mock.open.borrow_mut().insert(self.descriptor(&path), (u64::MAX, u64::MAX));
        }
        mock
    }

    /// The places of descriptors that are passed by value: input and member. With them whether the call takes the
    /// number only.
    pub fn descriptors(&self) -> Vec<((usize, Option<&'static str>), bool)> {
        let mut list = Vec::new();
        for (index, parameter) in self.call.inputs.iter().enumerate() {
            if is_descriptor(&parameter.ty) {
                let same = |path: &Path| !path.output && path.parameter == index && path.segments.is_empty();
                let effects = &self.call.descriptors;
                list.push(((index, None), effects.consumes.iter().chain(&effects.replaces).any(same)));
            }
            for member in members(&parameter.ty).unwrap_or_default() {
                if is_descriptor(&member.ty) {
                    list.push(((index, Some(member.name.as_str())), false));
                }
            }
        }
        list
    }

    /// The number of a descriptor.
    pub fn descriptor(&self, (index, member): &(usize, Option<&str>)) -> u32 {
        let bytes = &self.contents[*index];
        let offset = member.map_or(0, |name| {
            let members = members(&self.call.inputs[*index].ty).unwrap_or_default();
            members.iter().find(|member| member.name == name).map_or(0, |member| member.offset.w64 as usize)
        });
        u32::from_le_bytes(bytes[offset..offset + 4].try_into().expect("descriptors have four bytes"))
    }

    /// The rules about a descriptor that apply now.
    pub fn rules(
        &self,
        (index, member): &(usize, Option<&str>),
    ) -> Vec<&'static cloudabi_codegen::model::RightsRule> {
        let segments: Vec<Segment> = member.iter().map(|name| Segment::Member(name.to_string())).collect();
        self.call
            .rights
            .iter()
            .filter(|rule| rule.descriptor.parameter == *index && rule.descriptor.segments == segments)
            .filter(|rule| {
                rule.when.as_ref().is_none_or(|condition| holds(condition, self.call, &self.contents))
            })
            .collect()
    }

    /// Whether the descriptor of this input is looked at.
    pub fn looked_at(&self, index: usize) -> bool {
        let condition = self.call.inputs[index].only_when.as_ref();
        condition.is_none_or(|condition| holds(condition, self.call, &self.contents))
    }

    /// The number that a descriptor must be, if it is not looked at and then must be a certain one.
    pub fn otherwise(&self, index: usize) -> Option<u32> {
        let value = self.call.inputs[index].otherwise.filter(|_| !self.looked_at(index))?;
        let TypeKind::Number(number) = &model().ty(model().descriptor()?).kind else { return None };
        u32::try_from(number.values[value].value).ok()
    }

    /// The number of elements that a buffer has.
    pub fn count(&self, length: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes[..self.contents[length].len()].copy_from_slice(&self.contents[length]);
        u64::from_le_bytes(bytes)
    }

    /// What the method must get.
    pub fn expected(&self) -> Vec<Value> {
        let mut list = Vec::new();
        for (index, parameter) in self.call.inputs.iter().enumerate() {
            let content = || Value::Bytes(self.contents[index].clone());
            let descriptor = |path: (usize, Option<&str>)| match self.looked_at(index) {
                true => Value::Descriptor(self.descriptor(&path)),
                false => Value::NoDescriptor,
            };
            if let (TypeRef::Pointer { to, .. }, Some(buffer)) = (&parameter.ty, &parameter.buffer) {
                let (address, one) = (self.addresses[index], size(to));
                let place = |kind| match buffer.length {
                    Length::One => Value::Place(kind, address, one),
                    Length::Input(length) => Value::Place(kind, address, self.count(length) * one),
                };
                let atomic = matches!(**to, TypeRef::Atomic(_));
                match (buffer.access, buffer.length) {
                    (Access::Address, Length::One) => list.push(Value::Bytes(address.to_le_bytes().to_vec())),
                    (Access::Address, _) => list.push(place("GuestRange")),
                    (_, Length::One) if atomic => list.push(place("GuestAtomic")),
                    (Access::Read, Length::One) => list.push(content()),
                    (Access::ReadWrite, Length::One) => list.push(place("GuestRef")),
                    (Access::Write, Length::One) => {}
                    (Access::Read, Length::Input(_)) => list.push(place("GuestSlice")),
                    (_, Length::Input(_)) => list.push(place("GuestSliceMut")),
                }
                continue;
            }
            if let Some((path, number_only)) =
                self.descriptors().into_iter().find(|((i, m), _)| *i == index && m.is_none())
            {
                list.push(if number_only { content() } else { descriptor(path) });
                continue;
            }
            let members = members(&parameter.ty).unwrap_or_default();
            if members.iter().any(|member| is_descriptor(&member.ty)) {
                for member in members {
                    let start = member.offset.w64 as usize;
                    let bytes = &self.contents[index][start..start + size(&member.ty) as usize];
                    list.push(match is_descriptor(&member.ty) {
                        true => descriptor((index, Some(member.name.as_str()))),
                        false => Value::Bytes(bytes.to_vec()),
                    });
                }
                continue;
            }
            let is_length = |other: &cloudabi_codegen::model::Parameter| {
                other.buffer.as_ref().is_some_and(|buffer| buffer.length == Length::Input(index))
            };
            if !self.call.inputs.iter().any(is_length) {
                list.push(content());
            }
        }
        list
    }

    /// Places where results go: address and size, in the order in which methods return them.
    pub fn results(&self) -> Vec<(u64, u64)> {
        let written = self.call.inputs.iter().enumerate().filter_map(|(index, parameter)| {
            let TypeRef::Pointer { to, .. } = &parameter.ty else { return None };
            let buffer = parameter.buffer.as_ref()?;
            let one = (buffer.access, buffer.length) == (Access::Write, Length::One);
            one.then(|| (self.addresses[index], size(to)))
        });
        let outputs = self.call.outputs.iter().zip(&self.addresses[self.call.inputs.len()..]);
        written.chain(outputs.map(|(parameter, address)| (*address, size(&parameter.ty)))).collect()
    }

    /// What memory must look like where results were stored.
    pub fn expected_bytes(&self) -> Vec<(u64, u8)> {
        let mut list = Vec::new();
        for (index, (address, size)) in self.results().into_iter().enumerate() {
            list.extend((0..size).map(|offset| (address + offset, marked_byte(index, offset as usize))));
        }
        list.sort_unstable();
        list
    }

    /// Makes the call.
    pub fn run(&self, entries: &[Option<Entry>], mock: Mock) -> Outcome {
        let entry = entries[self.call.number as usize].expect("all entries are there");
        if self.call.noreturn { self.run_last(entry, mock) } else { self.run_in(entry, &mock) }
    }

    /// Makes a call that returns, in a runtime that is needed afterwards.
    pub fn run_in(&self, entry: Entry, mock: &Mock) -> Outcome {
        self.run_with(entry, mock, &self.slots())
    }

    /// The same with other slots.
    pub fn run_with(&self, entry: Entry, mock: &Mock, slots: &[u64]) -> Outcome {
        let code = enter(entry, mock, slots);
        Outcome {
            code: Some(code),
            exit: None,
            recorded: mock.recorded.borrow().clone(),
            written: mock.memory.written(),
        }
    }

    /// Makes a call that never returns, in a thread of its own, which waits for the end of the tests.
    fn run_last(&self, entry: Entry, mock: Mock) -> Outcome {
        let (sender, receiver) = mpsc::channel();
        *mock.left.borrow_mut() = Some(sender);
        let slots = self.slots();
        std::thread::spawn(move || enter(entry, &mock, &slots));
        let (recorded, exit) = receiver.recv_timeout(Duration::from_secs(60)).expect("the call ends");
        Outcome { code: None, exit: Some(exit), recorded, written: Vec::new() }
    }
}

/// Calls an entry as a stub does.
pub fn enter(entry: Entry, mock: &Mock, slots: &[u64]) -> u32 {
    let mut thread = ThreadBlock {
        host_thread_pointer: 0,
        host_stack: std::ptr::null_mut(),
        entries: std::ptr::null(),
        context: (&raw const *mock).cast_mut().cast(),
    };
    // SAFETY: the block and the slots are there during the call, the context is the runtime that the tests' tables are
    // made for, and there is a slot for each argument.
    unsafe { entry(&raw mut thread, slots.as_ptr()) }
}

/// The bytes of a value that is in order. Pointers in structures lead to `memory`.
fn filled(ty: &TypeRef, seed: usize, memory: u64) -> Vec<u8> {
    let bytes = size(ty) as usize;
    let marked = || (0..bytes).map(|offset| (0x11 * (seed + 1) + offset * 3) as u8).collect::<Vec<u8>>();
    if is_descriptor(ty) {
        return (0x1234_5600 + seed as u32).to_le_bytes().to_vec();
    }
    if let Some((defined, _)) = samples(ty) {
        let value = defined.last().copied().unwrap_or(0);
        return value.to_le_bytes()[..bytes].to_vec();
    }
    let Some(fields) = members(ty) else { return marked() };
    // What lies between members is garbage.
    let mut content = vec![0xee; bytes];
    for (position, field) in fields.iter().enumerate() {
        let counts = fields.iter().any(|other| other.length.as_ref() == Some(&field.name));
        let value = match &field.ty {
            TypeRef::Pointer { .. } if field.length.is_some() => {
                (memory + position as u64 * 0x100 + 1).to_le_bytes().to_vec()
            }
            _ if counts => COUNT.to_le_bytes()[..size(&field.ty) as usize].to_vec(),
            other => filled(other, seed + position, memory),
        };
        let start = field.offset.w64 as usize;
        content[start..start + value.len()].copy_from_slice(&value);
    }
    content
}

/// All calls.
pub fn calls() -> impl Iterator<Item = &'static Call> {
    model().calls.iter()
}

/// A name for messages.
pub fn label(call: &Call, what: impl std::fmt::Display) -> String {
    format!("{}: {what}", call.name)
}

/// Places of values that can be undefined, in arguments that are passed by value: input, offset and type.
pub fn checked_values(call: &'static Call) -> Vec<(usize, usize, &'static TypeRef)> {
    let mut list = Vec::new();
    for (index, parameter) in call.inputs.iter().enumerate() {
        if samples(&parameter.ty).is_some() {
            list.push((index, 0, &parameter.ty));
        }
        for member in members(&parameter.ty).unwrap_or_default() {
            if samples(&member.ty).is_some() {
                list.push((index, member.offset.w64 as usize, &member.ty));
            }
        }
    }
    list
}
