//! Checks of pointers and lengths.

use super::checks::{Entries, Problems, calls, expect_call, expect_refusal};
use super::definition::{members, size};
use super::guest::{BASE, PAGE, PAGES, Protection};
use super::scenario::{Scenario, label};
use cloudabi_codegen::model::{Access, Call, Length, TypeRef};

/// The first address behind the program's memory.
const END: u64 = BASE + PAGES * PAGE;

/// A pointer of a call that is checked: index among inputs and outputs, what it points to, and how many.
struct Pointer {
    index: usize,
    name: &'static str,
    target: TypeRef,
    access: Access,
    length: Length,
    output: bool,
}

fn pointers_of(call: &'static Call) -> Vec<Pointer> {
    let inputs = call.inputs.iter().enumerate().filter_map(|(index, parameter)| {
        let (TypeRef::Pointer { to, .. }, Some(buffer)) = (&parameter.ty, &parameter.buffer) else {
            return None;
        };
        Some(Pointer {
            index,
            name: &parameter.name,
            target: (**to).clone(),
            access: buffer.access,
            length: buffer.length,
            output: false,
        })
    });
    let outputs = call.outputs.iter().enumerate().map(|(index, parameter)| Pointer {
        index: call.inputs.len() + index,
        name: &parameter.name,
        target: parameter.ty.clone(),
        access: Access::Write,
        length: Length::One,
        output: true,
    });
    // An address of which nothing is said is not checked.
    inputs.chain(outputs).filter(|p| (p.access, p.length) != (Access::Address, Length::One)).collect()
}

impl Pointer {
    /// Size in bytes of all that it points to.
    fn bytes(&self, scenario: &Scenario) -> u64 {
        match self.length {
            Length::One => size(&self.target),
            Length::Input(length) => size(&self.target) * scenario.count(length),
        }
    }

    /// The number to which addresses are rounded that are otherwise in order.
    fn alignment(&self) -> u64 {
        if matches!(self.target, TypeRef::Atomic(_)) { size(&self.target) } else { 1 }
    }
}

/// Pointers below, above and across the ends of the program's memory, and around the end of all addresses.
pub fn pointers(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    let mut tried = 0;
    for call in calls() {
        for pointer in pointers_of(call) {
            let bytes = pointer.bytes(&Scenario::new(call));
            let bad = [
                0,
                1,
                BASE - bytes,
                BASE - 1,
                BASE.wrapping_sub(bytes / 2 + 1),
                END - bytes + 1,
                END - 1 + u64::from(bytes == 1),
                END,
                END + 1,
                END + PAGE,
                BASE + (1 << 32),
                BASE ^ (1 << 63),
                0u64.wrapping_sub(bytes),
                0u64.wrapping_sub(bytes).wrapping_add(1),
                u64::MAX,
            ];
            for address in bad {
                let mut scenario = Scenario::new(call);
                scenario.addresses[pointer.index] = address;
                let runtime = Scenario::new(call).runtime();
                let outcome = scenario.run(entries, runtime);
                let what = format!("{} at {address:#x}", pointer.name);
                expect_refusal(&mut problems, call, &what, "fault", &outcome);
                tried += 1;
            }
            // The very first and the very last place are in order.
            for address in [BASE, END - bytes] {
                if call.noreturn || address % pointer.alignment() != 0 {
                    continue;
                }
                let mut scenario = Scenario::new(call);
                scenario.addresses[pointer.index] = address;
                let outcome = scenario.run(entries, scenario.runtime());
                expect_call(&mut problems, &scenario, &format!("{} at {address:#x}", pointer.name), &outcome);
            }
        }
    }
    assert!(tried >= 800, "only {tried} bad pointers were tried");
    problems
}

/// Counts that are too large, also by so much that the size in bytes wraps.
pub fn lengths(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    for call in calls() {
        for pointer in pointers_of(call) {
            let Length::Input(length) = pointer.length else { continue };
            let one = size(&pointer.target);
            let address = Scenario::new(call).addresses[pointer.index];
            let room = (END - address) / one;
            // With elements of one byte nothing wraps.
            let wraps = (u64::MAX / one).saturating_add(1);
            for count in [room + 1, PAGES * PAGE / one + 1, u64::MAX / one, wraps, u64::MAX, 1 << 63] {
                let mut scenario = Scenario::new(call);
                scenario.contents[length] = count.to_le_bytes().to_vec();
                let outcome = scenario.run(entries, scenario.runtime());
                let what = format!("{} with {count:#x} elements", pointer.name);
                expect_refusal(&mut problems, call, &what, "fault", &outcome);
            }
            // Everything up to the end is in order, if no other buffer has the same length.
            let shared = pointers_of(call).iter().filter(|p| p.length == pointer.length).count() > 1;
            if !shared {
                let mut scenario = Scenario::new(call);
                scenario.contents[length] = room.to_le_bytes().to_vec();
                let outcome = scenario.run(entries, scenario.runtime());
                expect_call(&mut problems, &scenario, &format!("{} up to the end", pointer.name), &outcome);
            }
        }
    }
    problems
}

/// Empty buffers at addresses that are not the program's.
pub fn empty_buffers(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    for call in calls() {
        for pointer in pointers_of(call) {
            let Length::Input(length) = pointer.length else { continue };
            for address in [0, BASE - 1, END, u64::MAX] {
                let mut scenario = Scenario::new(call);
                scenario.addresses[pointer.index] = address;
                scenario.contents[length] = vec![0; 8];
                let outcome = scenario.run(entries, scenario.runtime());
                expect_call(
                    &mut problems,
                    &scenario,
                    &format!("empty {} at {address:#x}", pointer.name),
                    &outcome,
                );
            }
        }
    }
    problems
}

/// Arrays that a structure points to, which the call reads.
pub fn pointers_in_structures(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    let mut tried = 0;
    for call in calls() {
        for pointer in pointers_of(call) {
            if (pointer.access, pointer.length) != (Access::Read, Length::One) {
                continue;
            }
            let fields = members(&pointer.target).unwrap_or_default();
            for field in &fields {
                let (TypeRef::Pointer { to, .. }, Some(length)) = (&field.ty, &field.length) else {
                    continue;
                };
                let count =
                    fields.iter().find(|other| other.name == *length).expect("the length is a member");
                let (at, count_at) = (field.offset.w64 as usize, count.offset.w64 as usize);
                let put = |address: u64, count: u64| {
                    let mut scenario = Scenario::new(call);
                    let content = &mut scenario.contents[pointer.index];
                    content[at..at + 8].copy_from_slice(&address.to_le_bytes());
                    content[count_at..count_at + 8].copy_from_slice(&count.to_le_bytes());
                    scenario
                };
                let one = size(to);
                for (address, count) in [
                    (BASE - 1, 1),
                    (END - one + 1, 1),
                    (END, 1),
                    (0, 1),
                    (u64::MAX, 1),
                    (BASE, PAGES * PAGE / one + 1),
                    (BASE, (u64::MAX / one).saturating_add(1)),
                    (BASE, u64::MAX),
                ] {
                    let scenario = put(address, count);
                    let outcome = scenario.run(entries, scenario.runtime());
                    let what = format!("{}.{} at {address:#x} with {count:#x}", pointer.name, field.name);
                    expect_refusal(&mut problems, call, &what, "fault", &outcome);
                    tried += 1;
                }
                for (address, count) in [(END - one, 1), (0, 0), (u64::MAX, 0), (BASE, PAGES * PAGE / one)] {
                    let scenario = put(address, count);
                    let outcome = scenario.run(entries, scenario.runtime());
                    expect_call(
                        &mut problems,
                        &scenario,
                        &format!("{} at {address:#x}", field.name),
                        &outcome,
                    );
                }
            }
        }
    }
    assert!(tried >= 20, "only {tried} pointers in structures were tried");
    problems
}

/// Locks and condition variables at addresses that are no multiple of their size.
pub fn alignment(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    for call in calls() {
        for pointer in pointers_of(call) {
            if pointer.alignment() == 1 {
                continue;
            }
            for off in 1..pointer.alignment() {
                let mut scenario = Scenario::new(call);
                scenario.addresses[pointer.index] += off;
                let outcome = scenario.run(entries, scenario.runtime());
                expect_refusal(
                    &mut problems,
                    call,
                    &format!("{} off by {off}", pointer.name),
                    "inval",
                    &outcome,
                );
            }
        }
    }
    problems
}

/// Pages that are not there, or only to be read, inside the program's memory.
pub fn missing_pages(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    for call in calls().filter(|call| !call.noreturn) {
        // Calls whose result stands for something that would be lost.
        let keeps =
            !call.descriptors.creates.is_empty() || call.outputs.iter().any(|output| is_opaque(&output.ty));
        for pointer in pointers_of(call) {
            for protection in [Protection::Unmapped, Protection::ReadOnly] {
                let mut scenario = Scenario::new(call);
                // Across the end of a page, of which the second part is missing.
                let bytes = pointer.bytes(&scenario);
                let boundary = scenario.addresses[pointer.index] / PAGE * PAGE + PAGE;
                if bytes > 1 && pointer.alignment() == 1 {
                    scenario.addresses[pointer.index] = boundary - 1;
                }
                let mock = scenario.runtime();
                let last = scenario.addresses[pointer.index] + bytes - 1;
                mock.memory.protect(last, 1, protection);
                let what = format!("{} in a page that is {protection:?}", pointer.name);
                let one = pointer.length == Length::One && pointer.alignment() == 1;
                let outcome = scenario.run(entries, mock);
                match (pointer.access, one) {
                    (Access::Read, true) if protection == Protection::Unmapped => {
                        expect_refusal(&mut problems, call, &what, "fault", &outcome);
                    }
                    (Access::Write, true) if keeps => {
                        expect_refusal(&mut problems, call, &what, "fault", &outcome);
                    }
                    (Access::Write, true) => {
                        // The call has happened, and its result cannot be told.
                        let fault = super::definition::errno("fault");
                        if outcome.code != Some(fault) || outcome.recorded.len() != 1 {
                            problems.push(label(call, format!("{what}: {outcome:?}")));
                        }
                    }
                    // The shim does not access it.
                    _ => expect_call(&mut problems, &scenario, &what, &outcome),
                }
                let _ = pointer.output;
            }
        }
    }
    problems
}

fn is_opaque(ty: &TypeRef) -> bool {
    super::definition::number(ty).is_some_and(|n| n.class == cloudabi_codegen::model::NumberClass::Opaque)
}
