//! This workspace's own definition loads.

use cloudabi_codegen::load::load;
use cloudabi_test_support::own_definition;

#[test]
fn own_definition_loads() {
    let sources = own_definition().expect("the folder `abi` can be read");
    let model =
        load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)));
    assert_eq!(model.types.len(), 57);
    assert_eq!(model.calls.len(), 49);
    assert!(model.calls.iter().enumerate().all(|(index, call)| call.number as usize == index));
}
