//! Each header compiles alone, and all do together in any order.

use crate::compilers::{all, some};
use crate::kernels::linux_stand_ins;
use crate::product::{Product, definition, includes, small_definitions};
use cloudabi_codegen::model::{Member, Model, TypeKind};

/// Sources that each include one header, all, and all in the opposite order.
pub fn inclusions(names: &[String]) -> Vec<(String, String)> {
    let alone = names.iter().map(|name| (format!("alone_{name}"), includes([name])));
    let together =
        [("forwards".to_string(), includes(names)), ("backwards".to_string(), includes(names.iter().rev()))];
    // Pedantic C wants at least one declaration in a file.
    let declaration = "extern int declared;\n";
    alone.chain(together).map(|(name, source)| (name, source + declaration)).collect()
}

#[test]
fn headers_compile_as_c_and_cpp_for_every_architecture() {
    let product = Product::of(&definition());
    assert_eq!(product.c.len(), 6);
    for compiler in all("headers_compile_as_c_and_cpp_for_every_architecture") {
        let compiler = compiler.including([product.c_folder()]);
        for (name, source) in inclusions(&product.c) {
            compiler.check(&product.folder.write(format!("{name}.source"), source));
        }
    }
}

#[test]
fn headers_of_small_definitions_compile() {
    for (name, model) in small_definitions() {
        let product = Product::of(&model);
        let stand_ins = linux_stand_ins(&product, "little");
        let source = product.folder.write("all.source", includes(&product.c));
        let linux = product.folder.write("linux.source", includes(&product.linux));
        eprintln!("{name}");
        for compiler in some("headers_of_small_definitions_compile") {
            compiler.including([product.c_folder()]).check(&source);
            compiler.including([product.linux_folder(), product.c_folder(), stand_ins.clone()]).check(&linux);
        }
    }
}

/// The definition with something moved in a structure, so that no compiler can agree.
fn doctored(change: impl Fn(&mut Member)) -> Model {
    let mut model = definition();
    let member = model.types.iter_mut().find_map(|ty| match &mut ty.kind {
        TypeKind::Struct(structure) if ty.name == "event" => structure.members.last_mut(),
        _ => None,
    });
    change(member.expect("the last member of event"));
    model
}

#[test]
fn assertions_hold_every_member_of_every_arm() {
    let model = doctored(|member| {
        let Member::Variant(variant) = member else { panic!("event ends in a variant") };
        let arm = variant.arms.last_mut().expect("an arm");
        arm.members.last_mut().expect("a member").offset.w32 += 1;
    });
    let product = Product::of(&model);
    let source = product.folder.write("assertions.c", includes(&product.c));
    for compiler in all("assertions_hold_every_member_of_every_arm") {
        let is_affected = compiler.bits == 32;
        let compiler = compiler.including([product.c_folder()]);
        if is_affected {
            let complaints = compiler.refuse(&source);
            assert!(complaints.contains("layout of the ABI"), "{complaints}");
        }
    }
}
