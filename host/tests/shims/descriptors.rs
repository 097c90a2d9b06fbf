//! Checks of descriptors and rights.

use super::checks::{Entries, Problems, calls, expect_call, expect_refusal};
use super::definition::{fulfils, inputs_of, mentioned, number, samples, size};
use super::scenario::Scenario;
use cloudabi_codegen::model::{Call, NumberClass};

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
                let all_rules = call.rights.iter().filter(|rule| rule.descriptor.parameter == place.0);
                let speaks_of =
                    all_rules.map(|rule| mentioned(&rule.needs)).fold(0, |all, rights| all | rights);
                for carried in subsets(speaks_of).flat_map(|set| [set, set | !speaks_of]) {
                    let mock = scenario.runtime();
                    mock.open.borrow_mut().insert(scenario.descriptor(&place), carried);
                    let outcome = scenario.run(entries, mock);
                    let what = format!("{} carries {carried:#x}", call.inputs[place.0].name);
                    if rules.iter().all(|rule| fulfils(carried, &rule.needs)) {
                        expect_call(&mut problems, &scenario, &what, &outcome);
                    } else {
                        refused += 1;
                        expect_refusal(&mut problems, call, &what, "notcapable", &outcome);
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

/// The call with all combinations of values that its conditions ask for. They ask for numbers that are passed by value.
fn situations(call: &'static Call) -> Vec<Scenario> {
    let mut inputs = Vec::new();
    for rule in &call.rights {
        if let (Some(condition), false) = (&rule.when, rule.descriptor.is_per_element()) {
            inputs_of(condition, &mut inputs);
        }
    }
    for condition in call.inputs.iter().filter_map(|parameter| parameter.only_when.as_ref()) {
        inputs_of(condition, &mut inputs);
    }
    let mut list = vec![Scenario::new(call)];
    for input in inputs {
        let ty = &call.inputs[input].ty;
        let values: Vec<u64> = match (number(ty), samples(ty)) {
            (Some(flags), _) if flags.class == NumberClass::Flags => subsets(flags.all_bits()).collect(),
            (_, Some((defined, _))) => defined,
            _ => vec![0, 1, u64::MAX],
        };
        list = list
            .iter()
            .flat_map(|scenario| {
                values.iter().map(move |value| {
                    let mut scenario = scenario.clone();
                    scenario.contents[input] = value.to_le_bytes()[..size(ty) as usize].to_vec();
                    scenario
                })
            })
            .collect();
    }
    list
}
