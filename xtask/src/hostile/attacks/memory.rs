//! What is left in memory of whoever started the program. It is read from outside: all that the program could read.

use super::*;

pub fn attacks() -> Vec<Attack> {
    let sleep = "set 0 60\nset 8 0\nshow a\na = clock_nanosleep 1 0 @0 0";
    let found = |what: &'static str| move |_: &Scene, outcome: &Outcome| outcome.memory.contains(what);
    vec![
        attack("find the environment in memory", NOTHING, sleep, &[WIPING], found("-environment"))
            .with(Extra::Memory)
            .option("--debug"),
        attack("find the configuration's text in memory", NOTHING, sleep, &[WIPING], found("-comment"))
            .with(Extra::Memory)
            .option("--debug"),
        attack("find the command line in memory", NOTHING, sleep, &[WIPING], found("-commandline"))
            .with(Extra::Memory)
            .option("--debug"),
    ]
}
