//! Every size, alignment, offset and constant that the headers give is the model's.
//!
//! A C file with a table of them all is compiled, and the table read out of the object file, so that it
//! works for architectures that this machine cannot run.

use crate::compilers::{Compiler, cross_compilers, native_c, native_compilers};
use crate::product::{Product, definition, includes};
use cloudabi_codegen::emit::c::spelling::{Spelling, View, identifier, value_macro};
use cloudabi_codegen::model::{Field, Member, Model, NumberType, PerWord, Struct, TypeId, TypeKind, TypeRef};
use object::{Object as _, ObjectSection as _};
use std::fmt::Write as _;
use std::path::Path;

/// An expression in C and what it must be.
#[derive(Debug, PartialEq)]
struct Figure {
    expression: String,
    expected: PerWord<u64>,
}

/// All figures of a definition. For 32-bit and 64-bit programs' memory they do not depend on the compiler.
fn figures(model: &Model) -> Vec<Figure> {
    let mut figures = Figures { figures: Vec::new() };
    for (index, ty) in model.types.iter().enumerate() {
        let id = TypeId(index);
        let name = Spelling::new(model, View::Program).type_name(id);
        match &ty.kind {
            TypeKind::Number(number) => figures.number(&name, number),
            TypeKind::Struct(structure) => {
                figures.structure(&name, structure, |figure| figure);
                if model.depends_on_word_size(&TypeRef::Named(id)) {
                    for bits in [32, 64] {
                        let name = Spelling::new(model, View::Memory(bits)).type_name(id);
                        figures.structure(&name, structure, |figure| PerWord::both(figure.get(bits)));
                    }
                }
            }
            TypeKind::Function(_) => {}
        }
    }
    figures.figures
}

struct Figures {
    figures: Vec<Figure>,
}

impl Figures {
    fn add(&mut self, expression: String, expected: PerWord<u64>) {
        self.figures.push(Figure { expression, expected });
    }

    fn number(&mut self, name: &str, number: &NumberType) {
        let size = number.repr.size();
        self.add(format!("sizeof({name})"), size);
        for value in &number.values {
            let unused = 64 - 8 * size.w64 as u32;
            let signed = ((value.value << unused) as i64 >> unused) as u64;
            let expected = if number.repr.is_signed() { signed } else { value.value };
            let constant = value_macro(number, value);
            self.add(constant.clone(), PerWord::both(expected));
            // What is left of it in a variable of the type.
            self.add(format!("({name}){constant}"), PerWord::both(expected));
        }
    }

    fn structure(&mut self, name: &str, structure: &Struct, view: impl Fn(PerWord<u64>) -> PerWord<u64>) {
        self.add(format!("sizeof({name})"), view(structure.size));
        self.add(format!("_Alignof({name})"), view(structure.align));
        let mut offset = |path: &str, field: &Field| {
            self.add(format!("offsetof({name}, {path}{})", identifier(&field.name)), view(field.offset));
        };
        for member in &structure.members {
            match member {
                Member::Field(field) => offset("", field),
                Member::Variant(variant) => {
                    for arm in &variant.arms {
                        let path = arm.name.as_ref().map(|name| format!("{}.", identifier(name)));
                        arm.members
                            .iter()
                            .for_each(|field| offset(path.as_deref().unwrap_or_default(), field));
                    }
                }
            }
        }
    }
}

/// A C file with all figures in a section of their own.
fn table(product: &Product, figures: &[Figure]) -> String {
    let mut source = includes(&product.c);
    source.push_str(
        "#if defined(__cplusplus)\nextern \"C\" {\n#endif\n\
         extern const uint64_t figures[];\n\
         __attribute__((section(\".figures\"), used)) const uint64_t figures[] = {\n",
    );
    for figure in figures {
        let _ = writeln!(source, "  (uint64_t)({}),", figure.expression);
    }
    source.push_str("};\n#if defined(__cplusplus)\n}\n#endif\n");
    source
}

/// The figures that a compiler put into an object file.
fn read(object: &Path) -> Vec<u64> {
    let bytes = std::fs::read(object).expect("an object file");
    let file = object::File::parse(&*bytes).expect("an object file");
    let section = file.section_by_name(".figures").expect("the section");
    let data = section.data().expect("its contents");
    data.chunks_exact(8).map(|figure| u64::from_le_bytes(figure.try_into().expect("8 bytes"))).collect()
}

/// What a compiler's figures have other than they must.
fn disagreements(figures: &[Figure], found: &[u64], bits: u32) -> Vec<String> {
    assert_eq!(figures.len(), found.len(), "a figure is missing");
    let pairs = figures.iter().zip(found);
    pairs
        .filter(|(figure, found)| figure.expected.get(bits) != **found)
        .map(|(figure, found)| format!("{} is {found}, not {}", figure.expression, figure.expected.get(bits)))
        .collect()
}

fn compiled(product: &Product, compiler: &Compiler, figures: &[Figure]) -> Vec<u64> {
    let source = product.folder.write(format!("{}-figures.source", compiler.name), table(product, figures));
    let object = source.with_extension("o");
    // C++ warns of casts that C needs.
    compiler.including([product.c_folder()]).with(["-Wno-pedantic"]).object(&source, &object);
    read(&object)
}

#[test]
fn every_compiler_agrees_with_the_model() {
    let test = "every_compiler_agrees_with_the_model";
    let model = definition();
    let product = Product::of(&model);
    let figures = figures(&model);
    assert!(figures.len() > 700, "{} figures are too few to be all", figures.len());
    for compiler in cross_compilers(test).iter().chain(&native_compilers(test)) {
        let wrong = disagreements(&figures, &compiled(&product, compiler, &figures), compiler.bits);
        assert!(wrong.is_empty(), "{}: {}", compiler.name, wrong.join("\n"));
    }
}

#[test]
fn a_program_that_prints_the_figures_agrees_too() {
    let Some(compiler) = native_c("a_program_that_prints_the_figures_agrees_too") else { return };
    let model = definition();
    let product = Product::of(&model);
    let figures = figures(&model);
    let mut source = table(&product, &figures);
    source.push_str(
        "#include <stdio.h>\n\
         int main(void) {\n\
         \x20 for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); ++i)\n\
         \x20   printf(\"%llu\\n\", (unsigned long long)figures[i]);\n\
         }\n",
    );
    let source = product.folder.write("print.c", source);
    let printed = compiler.including([product.c_folder()]).execute(&source);
    let found: Vec<u64> = printed.lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!(disagreements(&figures, &found, usize::BITS), Vec::<String>::new());
}

#[test]
fn a_doctored_model_is_noticed() {
    let Some(compiler) = native_c("a_doctored_model_is_noticed") else { return };
    let model = definition();
    let product = Product::of(&model);
    let mut doctored = model.clone();
    for ty in &mut doctored.types {
        match &mut ty.kind {
            TypeKind::Number(number) if ty.name == "rights" => number.values[0].value += 1,
            TypeKind::Struct(structure) if ty.name == "fdstat" => structure.align = PerWord::both(4),
            TypeKind::Struct(structure) if ty.name == "subscription" => {
                let Some(Member::Variant(variant)) = structure.members.last_mut() else {
                    panic!("a variant")
                };
                variant.arms[0].members[1].offset = PerWord::both(20);
            }
            _ => {}
        }
    }
    let figures = figures(&doctored);
    let wrong = disagreements(&figures, &compiled(&product, &compiler, &figures), usize::BITS).join("\n");
    for expected in [
        "CLOUDABI_RIGHT_FD_DATASYNC is 1, not 2",
        "(cloudabi_rights_t)CLOUDABI_RIGHT_FD_DATASYNC is 1, not 2",
        "_Alignof(cloudabi_fdstat_t) is 8, not 4",
        "offsetof(cloudabi_subscription_t, clock.clock_id) is 24, not 20",
        "offsetof(cloudabi32_subscription_t, clock.clock_id) is 24, not 20",
        "offsetof(cloudabi64_subscription_t, clock.clock_id) is 24, not 20",
    ] {
        assert!(wrong.contains(expected), "{expected} is missing in:\n{wrong}");
    }
    assert_eq!(wrong.lines().count(), 6, "{wrong}");
}

#[test]
fn constants_are_numbers_for_the_preprocessor() {
    let model = definition();
    let product = Product::of(&model);
    let mut source = includes(&product.c);
    for ty in &model.types {
        let TypeKind::Number(number) = &ty.kind else { continue };
        for value in &number.values {
            let constant = value_macro(number, value);
            let _ = writeln!(source, "#if {constant} != {:#x}\n#error {constant}\n#endif", value.value);
        }
    }
    let source = product.folder.write("preprocessor.source", source);
    let test = "constants_are_numbers_for_the_preprocessor";
    for compiler in cross_compilers(test).iter().chain(&native_compilers(test)) {
        compiler.including([product.c_folder()]).check(&source);
    }
}
