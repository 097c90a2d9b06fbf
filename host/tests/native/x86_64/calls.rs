//! Every stub.

use super::world::World;
use cloudabi_host::table::CALLS;

#[test]
fn every_stub_reaches_its_entry_with_its_arguments() {
    for call in CALLS.iter().flatten() {
        let mut world = World::new();
        world.host.answer = 0x1_0000 + call.number;
        let arguments: Vec<u64> =
            (1..=(call.inputs.len() + call.outputs.len()) as u64).map(|n| n << 56 | n << 32 | n).collect();
        let record = world.call(call.number, &arguments);
        let [seen] = &*world.host.seen else { panic!("{}: {} calls", call.name, world.host.seen.len()) };
        assert_eq!((seen.number, &seen.slots), (call.number, &arguments), "{}", call.name);
        if !call.noreturn {
            assert_eq!(record.result as u32, world.host.answer, "{}", call.name);
        }
    }
}
