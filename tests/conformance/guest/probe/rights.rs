//! One right missing.

use alloc::format;
use alloc::vec::Vec;

use cloudabi_sys::{Errno, Fd, Rights};

use super::call::Invocation;
use super::{names, sample};
use crate::call_info::{CallInfo, RightsInfo, RightsRuleInfo};
use crate::environment::{Environment, without};
use crate::report::{Outcome, fails};

/// A test for each right that each rule of the call demands.
pub fn all(environment: &Environment, call: &CallInfo, run: &mut dyn FnMut(&str, &dyn Fn() -> Outcome)) {
    // `poll` tells of a missing right in an event.
    for rule in call.rights.iter().filter(|_| call.name != "poll") {
        for rights in demanded(&rule.needs) {
            let set = if rule.inheriting { "inheriting:" } else { "" };
            let name = format!("{}/right/{}/{set}{}", call.name, rule.descriptor.text, names(rights));
            run(&name, &|| missing(environment, call, rule, Rights(rights)));
        }
    }
}

/// The sets of rights of which one must be there each.
fn demanded(needs: &RightsInfo) -> Vec<u64> {
    match needs {
        RightsInfo::Right(bit) => Vec::from([*bit]),
        RightsInfo::All(parts) => parts.iter().flat_map(demanded).collect(),
        RightsInfo::Any(parts) => Vec::from([parts.iter().flat_map(demanded).fold(0, |all, one| all | one)]),
    }
}

/// The call succeeds, if that can be seen; then it is made again with these rights taken from the descriptor.
fn missing(environment: &Environment, call: &CallInfo, rule: &RightsRuleInfo, rights: Rights) -> Outcome {
    let good = Invocation::new(environment, call, sample::inputs(environment, call.name, rights)?)?;
    // This one does not come back if it succeeds; it has tests of its own.
    if call.name != "proc_exec" {
        good.call()?;
    }

    let good = Invocation::new(environment, call, sample::inputs(environment, call.name, rights)?)?;
    let index = rule.descriptor.parameter;
    // The descriptor is the lower half of the word, with or without flags of a lookup above it.
    let word = good.words.get(index).copied().unwrap_or_default();
    let (base, inheriting) =
        if rule.inheriting { (Rights::empty(), rights) } else { (rights, Rights::empty()) };
    let reduced = without(Fd(word as u32), base, inheriting)?;
    let bad = good.with(index, word & !0xffff_ffff | reduced.0 as usize);
    fails(bad.call(), Errno::NOTCAPABLE)
}
