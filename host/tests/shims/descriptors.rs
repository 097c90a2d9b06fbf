//! Checks of descriptors and rights.

use super::checks::{Entries, Problems, calls, expect_call, expect_refusal};
use super::definition::{fulfils, mentioned, number, offset_of, places_of, samples, size};
use super::scenario::Scenario;
use cloudabi_codegen::model::{Call, Condition, NumberClass};

/// Each descriptor that a call takes, closed.
pub fn must_be_open(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    for call in calls() {
        for scenario in situations(call) {
            for (place, number_only) in scenario.descriptors() {
                let fd = scenario.descriptor(&place);
                let mock = scenario.runtime();
                mock.open.borrow_mut().remove(&fd);
                let outcome = scenario.run(entries, mock);
                let what = format!("{} is not open", call.inputs[place.0].name);
                if number_only || !scenario.looked_at(place.0) {
                    expect_call(&mut problems, &scenario, &what, &outcome);
                } else {
                    expect_refusal(&mut problems, call, &what, "badf", &outcome);
                }
            }
        }
    }
    problems
}

/// Descriptors that are not looked at, and are not what stands for none.
pub fn must_be_none(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    let mut refused = 0;
    for call in calls() {
        for scenario in situations(call) {
            for (index, parameter) in call.inputs.iter().enumerate() {
                let Some(none) = scenario.otherwise(index) else { continue };
                for bit in 0..32 {
                    let what = format!("{} has bit {bit} turned", parameter.name);
                    let mut slots = scenario.slots();
                    slots[index] = u64::from(none ^ 1 << bit);
                    let entry = entries[call.number as usize].expect("all entries are there");
                    let outcome = scenario.run_with(entry, &scenario.runtime(), &slots);
                    expect_refusal(&mut problems, call, &what, "inval", &outcome);
                    refused += 1;
                }
            }
        }
    }
    if refused == 0 {
        problems.push(
            "no descriptor must have a certain value: the definition's rules were not found".to_string(),
        );
    }
    problems
}

/// Every set of the rights that a call's rules speak of, in every situation that its conditions tell apart.
pub fn must_carry_rights(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    let mut refused = 0;
    for call in calls() {
        for scenario in situations(call) {
            for (place, _) in scenario.descriptors() {
                if !scenario.looked_at(place.0) {
                    continue;
                }
                let rules = scenario.rules(&place);
                // Of the two sets of rights, one varies and the other is complete.
                for inheriting in [false, true] {
                    let all_rules = call.rights.iter().filter(|rule| rule.descriptor.parameter == place.0);
                    let of_set = all_rules.filter(|rule| rule.inheriting == inheriting);
                    let speaks_of =
                        of_set.map(|rule| mentioned(&rule.needs)).fold(0, |all, rights| all | rights);
                    for rights in subsets(speaks_of).flat_map(|set| [set, set | !speaks_of]) {
                        let mock = scenario.runtime();
                        let sets = if inheriting { (u64::MAX, rights) } else { (rights, u64::MAX) };
                        mock.open.borrow_mut().insert(scenario.descriptor(&place), sets);
                        let outcome = scenario.run(entries, mock);
                        let what = format!("{} carries {sets:#x?}", call.inputs[place.0].name);
                        let carried = |inheriting| if inheriting { sets.1 } else { sets.0 };
                        if rules.iter().all(|rule| fulfils(carried(rule.inheriting), &rule.needs)) {
                            expect_call(&mut problems, &scenario, &what, &outcome);
                        } else {
                            refused += 1;
                            expect_refusal(&mut problems, call, &what, "notcapable", &outcome);
                        }
                    }
                }
            }
        }
    }
    if refused < 500 {
        problems
            .push(format!("only {refused} refusals were expected: the definition's rules were not found"));
    }
    problems
}

/// All sets of bits from this one.
fn subsets(bits: u64) -> impl Iterator<Item = u64> {
    let mut next = Some(0u64);
    std::iter::from_fn(move || {
        let current = next?;
        next = (current != bits).then(|| current.wrapping_sub(bits) & bits);
        Some(current)
    })
}

/// The call with all combinations of what a condition asks for, for each condition: each flag set and not set, each
/// number and another.
fn situations(call: &'static Call) -> Vec<Scenario> {
    let in_shims = call.rights.iter().filter(|rule| !rule.descriptor.is_per_element());
    let of_rules = in_shims.filter_map(|rule| rule.when.as_ref());
    let of_inputs = call.inputs.iter().filter_map(|parameter| parameter.only_when.as_ref());
    let mut list = vec![Scenario::new(call)];
    list.extend(of_rules.chain(of_inputs).flat_map(|condition| combinations(call, condition)));
    list
}

fn combinations(call: &'static Call, condition: &Condition) -> Vec<Scenario> {
    let mut places = Vec::new();
    places_of(condition, &mut places);
    let mut list = vec![Scenario::new(call)];
    for (path, asked) in places {
        let values: Vec<u64> = match (number(&path.ty), samples(&path.ty)) {
            (Some(flags), _) if flags.class == NumberClass::Flags => {
                let asked = asked.iter().fold(0, |all, flag| all | flag);
                // Flags that are not asked for change nothing.
                subsets(asked).chain([flags.all_bits(), flags.all_bits() & !asked]).collect()
            }
            (_, Some((defined, _))) => defined,
            _ => asked.iter().flat_map(|value| [*value, value ^ 1, !value]).collect(),
        };
        let (start, bytes) = (offset_of(&path, call), size(&path.ty) as usize);
        list = list
            .iter()
            .flat_map(|scenario| {
                values.iter().map(move |value| {
                    let mut scenario = scenario.clone();
                    let content = &mut scenario.contents[path.parameter];
                    content[start..start + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
                    scenario
                })
            })
            .collect();
    }
    list
}
