//! What holds for every definition: nothing makes the loader panic, and layouts are what a naive computation finds.

use std::fmt::Write as _;
use std::sync::LazyLock;

use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Member, PerWord, Struct, TypeKind};
use cloudabi_codegen::source::{SourceFile, Sources};
use cloudabi_test_support::own_definition;
use proptest::prelude::*;

fn source(name: &str, text: &str) -> SourceFile {
    SourceFile { name: name.to_owned(), shown: name.to_owned(), text: text.to_owned() }
}

/// Loads a definition and shows what is wrong with it. All places must be in the text.
fn load_and_show(sources: &Sources) {
    let Err(diagnostics) = load(sources) else { return };
    assert!(!diagnostics.is_empty());
    for diagnostic in diagnostics.iter() {
        let spans = diagnostic.span.iter().chain(diagnostic.related.iter().map(|related| &related.span));
        for span in spans {
            let text = &sources.files[span.file as usize].text;
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
        }
    }
    assert_eq!(diagnostics.located(sources).len(), diagnostics.len());
    diagnostics.render(sources, false);
}

static OWN: LazyLock<Sources> = LazyLock::new(|| own_definition().expect("the folder `abi` can be read"));

/// A change to a text: where (as a share of its length), how much goes, and what comes.
fn edit() -> impl Strategy<Value = (f64, usize, String)> {
    let pieces = prop::sample::select(vec![
        "",
        " ",
        "\n",
        ":",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "|",
        "#",
        "*",
        "&",
        "!",
        "\\",
        "`",
        "é",
        "\u{1f980}",
        "\t",
        "0",
        "-1",
        "null",
        "doc",
        "type",
        "~",
        "---\n",
        "[fd]",
        "\r",
        "\u{feff}",
        "\u{85}",
        "\0",
    ]);
    (0.0..1.0, 0..12usize, prop_oneof![pieces.prop_map(str::to_owned), ".{0,6}"])
}

fn apply(text: &mut String, (place, length, insert): &(f64, usize, String)) {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary((text.len() as f64 * place) as usize);
    let end = boundary((start + length).min(text.len())).max(start);
    text.replace_range(start..end, insert);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_loader_panic(abi in any::<String>(), other in "[-:{}\\[\\]a-z\"'|>#*&!\\n ]{0,60}", host in ".{0,40}") {
        let files = vec![source("abi.yaml", &abi), source("a.yaml", &other), source("hosts/b.yaml", &host)];
        load_and_show(&Sources::new(files));
    }

    #[test]
    fn no_change_to_the_definition_makes_the_loader_panic(
        file in any::<prop::sample::Index>(),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let mut sources = OWN.clone();
        let index = file.index(sources.files.len());
        for edit in &edits {
            apply(&mut sources.files[index].text, edit);
        }
        load_and_show(&sources);
    }

    #[test]
    fn layouts_are_what_a_naive_computation_finds(structs in structs()) {
        let size = |item: &Layout| naive_layout(&structs, item, 8).into_iter().rev().nth(1).unwrap_or_default();
        let is_too_large = structs.iter().any(|item| size(item) > 1 << 20);
        let sources = Sources::new(vec![
            source("abi.yaml", "abi: {name: x, title: X, version: \"1\", doc: x, architectures: {}}\n"),
            source("a.yaml", &as_yaml(&structs)),
        ]);
        let model = match load(&sources) {
            Ok(model) => model,
            Err(diagnostics) => {
                let said = diagnostics.render(&sources, false);
                // Arrays of arrays grow fast, and nothing may be larger than a mebibyte.
                prop_assert!(is_too_large && said.contains("is larger than 1048576 bytes"), "{}", said);
                return Ok(());
            }
        };
        prop_assert!(!is_too_large);
        for (index, item) in structs.iter().enumerate() {
            let id = model.type_named(&format!("s{index}")).expect("the struct is there");
            let TypeKind::Struct(loaded) = &model.ty(id).kind else { panic!("it is a struct") };
            for word in [4, 8] {
                prop_assert_eq!(loaded_layout(loaded, word), naive_layout(&structs, item, word));
            }
        }
    }
}

/// A type, for the layout test.
#[derive(Clone, Debug)]
enum Shape {
    /// A number of so many bytes.
    Number(u64),
    Size,
    Pointer,
    Array(Box<Shape>, u64),
    /// A struct before this one, counted backwards; a number if there is none.
    Earlier(usize),
}

/// A struct: members, and perhaps a variant after the first so many of them, with arms.
#[derive(Clone, Debug)]
struct Layout {
    members: Vec<Shape>,
    variant: Option<(usize, Vec<Vec<Shape>>)>,
}

fn shape() -> impl Strategy<Value = Shape> {
    let simple = prop_oneof![
        prop::sample::select(vec![1, 2, 4, 8]).prop_map(Shape::Number),
        Just(Shape::Size),
        Just(Shape::Pointer),
        (0..4usize).prop_map(Shape::Earlier),
    ];
    simple.prop_recursive(2, 4, 1, |inner| {
        (inner, 1..5u64).prop_map(|(of, count)| Shape::Array(Box::new(of), count))
    })
}

fn structs() -> impl Strategy<Value = Vec<Layout>> {
    let members = || prop::collection::vec(shape(), 1..6);
    let variant = prop::option::of((0..6usize, prop::collection::vec(members(), 1..4)));
    let item = (members(), variant).prop_map(|(members, variant)| Layout { members, variant });
    prop::collection::vec(item, 1..6)
}

fn as_yaml(structs: &[Layout]) -> String {
    let mut text = String::from("subsystem: a\ndoc: x\ntypes:\n");
    text.push_str("  t: {kind: enum, repr: uint8, c_prefix: T_, doc: x, values: {");
    for index in 0..4 {
        write!(text, "v{index}: {{value: {index}, doc: x}}, ").expect("text grows");
    }
    text.push_str("}}\n");
    for (index, item) in structs.iter().enumerate() {
        let field = |name: String, shape: &Shape| {
            format!("{{name: {name}, type: \"{}\", doc: x}}", type_text(shape, index))
        };
        write!(text, "  s{index}:\n    kind: struct\n    doc: x\n").expect("text grows");
        if naive_layout(structs, item, 4) != naive_layout(structs, item, 8) {
            text.push_str("    layout: per_word_size\n");
        }
        text.push_str("    members:\n");
        text.push_str("      - {name: tag, type: t, doc: x}\n");
        let place = item.variant.as_ref().map(|(place, _)| (*place).min(item.members.len()));
        for position in 0..=item.members.len() {
            if let (true, Some((_, arms))) = (place == Some(position), &item.variant) {
                text.push_str("      - variant: tag\n        doc: x\n        arms:\n");
                for (number, arm) in arms.iter().enumerate() {
                    let fields: Vec<_> =
                        arm.iter().enumerate().map(|(i, shape)| field(format!("f{i}"), shape)).collect();
                    writeln!(
                        text,
                        "          - {{name: arm{number}, tags: [v{number}], doc: x, members: [{}]}}",
                        fields.join(", ")
                    )
                    .expect("text grows");
                }
                let empty: Vec<_> = (arms.len()..4).map(|number| format!("v{number}")).collect();
                writeln!(text, "        empty: [{}]", empty.join(", ")).expect("text grows");
            }
            if let Some(shape) = item.members.get(position) {
                writeln!(text, "      - {}", field(format!("m{position}"), shape)).expect("text grows");
            }
        }
    }
    text
}

fn type_text(shape: &Shape, index: usize) -> String {
    match shape {
        Shape::Number(bytes) => format!("uint{}", bytes * 8),
        Shape::Size => "size".into(),
        Shape::Pointer => "*mut void".into(),
        Shape::Array(of, count) => format!("[{}; {count}]", type_text(of, index)),
        Shape::Earlier(back) => match index.checked_sub(back + 1) {
            Some(earlier) => format!("s{earlier}"),
            None => "uint8".into(),
        },
    }
}

/// All offsets in order, then the size and the alignment.
fn loaded_layout(item: &Struct, word: u64) -> Vec<u64> {
    let figure = |value: PerWord<u64>| value.get(word as u32 * 8);
    let mut figures = Vec::new();
    for member in &item.members {
        match member {
            Member::Field(field) => figures.push(figure(field.offset)),
            Member::Variant(variant) => {
                figures.push(figure(variant.offset));
                for arm in &variant.arms {
                    figures.extend(arm.members.iter().map(|field| figure(field.offset)));
                }
            }
        }
    }
    figures.extend([figure(item.size), figure(item.align)]);
    figures
}

/// The same, computed by stepping byte for byte.
fn naive_layout(structs: &[Layout], item: &Layout, word: u64) -> Vec<u64> {
    let index = structs.iter().position(|other| std::ptr::eq(other, item)).expect("it is one of them");
    let step = |mut at: u64, align: u64| {
        while !at.is_multiple_of(align) {
            at += 1;
        }
        at
    };
    let mut figures = vec![0];
    let (mut at, mut align) = (1, 1);
    let place = item.variant.as_ref().map(|(place, _)| (*place).min(item.members.len()));
    for position in 0..=item.members.len() {
        if let (true, Some((_, arms))) = (place == Some(position), &item.variant) {
            let extents: Vec<Vec<(u64, u64)>> = arms
                .iter()
                .map(|arm| arm.iter().map(|shape| extent(structs, index, shape, word)).collect())
                .collect();
            let own_align = extents.iter().flatten().map(|(_, align)| *align).max().unwrap_or(1);
            let start = step(at, own_align);
            figures.push(start);
            let mut end = start;
            for arm in extents {
                let mut inner = start;
                for (size, align) in arm {
                    inner = step(inner, align);
                    figures.push(inner);
                    inner += size;
                }
                end = end.max(inner);
            }
            at = step(end, own_align);
            align = align.max(own_align);
        }
        if let Some(shape) = item.members.get(position) {
            let (size, own_align) = extent(structs, index, shape, word);
            at = step(at, own_align);
            figures.push(at);
            at += size;
            align = align.max(own_align);
        }
    }
    figures.extend([step(at, align), align]);
    figures
}

/// Size and alignment.
fn extent(structs: &[Layout], index: usize, shape: &Shape, word: u64) -> (u64, u64) {
    match shape {
        Shape::Number(bytes) => (*bytes, *bytes),
        Shape::Size | Shape::Pointer => (word, word),
        Shape::Array(of, count) => {
            let (size, align) = extent(structs, index, of, word);
            (size * count, align)
        }
        Shape::Earlier(back) => match index.checked_sub(back + 1) {
            Some(earlier) => {
                let figures = naive_layout(structs, &structs[earlier], word);
                (figures[figures.len() - 2], figures[figures.len() - 1])
            }
            None => (1, 1),
        },
    }
}
