//! The Linux dispatch tables, executed: every call's every argument reaches the right function, and every
//! result its slot, for 64-bit and 32-bit programs and both layouts of slots.
//!
//! A program is made in which each of the kernel's functions prints the bytes of its arguments and fills
//! its outputs with known bytes. What it prints is compared with what the model says.

use crate::compilers::native_c;
use crate::kernels::linux_stand_ins;
use crate::product::{Product, definition, size};
use cloudabi_codegen::emit::c::spelling::{Spelling, View, identifier, value_macro};
use cloudabi_codegen::model::{Call, Model, Primitive, TypeKind, TypeRef};
use std::fmt::Write as _;

/// Slots that the program passes, and slots for results.
const SLOTS: (usize, usize) = (16, 4);
/// What result slots hold before a call.
const UNTOUCHED: u8 = 0xee;
/// What functions return in the second round.
const FAILURE: u64 = 7;

/// A byte of the argument slots: all differ within a call, and calls differ from each other.
fn argument_byte(number: u32, index: usize) -> u8 {
    (7 * index as u32 + 3 * number + 1) as u8
}

/// A byte that functions store in their outputs.
fn output_byte(output: usize, index: usize) -> u8 {
    (0xa0 + 16 * output + index) as u8
}

/// One way to run the table of a word size.
#[derive(Clone, Copy)]
struct Setting {
    bits: u32,
    big_endian: bool,
}

const SETTINGS: [Setting; 4] = [
    Setting { bits: 64, big_endian: false },
    Setting { bits: 64, big_endian: true },
    Setting { bits: 32, big_endian: false },
    Setting { bits: 32, big_endian: true },
];

impl Setting {
    /// The bytes, within slots, of something of this many bytes that begins at slot `slot`.
    fn place(self, slot: usize, bytes: usize) -> std::ops::Range<usize> {
        let padding = if self.big_endian { (8 - bytes % 8) % 8 } else { 0 };
        let start = 8 * slot + padding;
        start..start + bytes
    }

    fn is_word(self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Pointer { .. } | TypeRef::Primitive(Primitive::Size))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!(" {byte:02x}")).collect()
}

fn function(model: &Model, call: &Call, bits: u32) -> String {
    let infix = if model.call_depends_on_word_size(call) { bits.to_string() } else { String::new() };
    format!("{}{infix}_sys_{}", model.name, call.name)
}

/// The program: the kernel's functions, and a `main` that makes every call twice by each way.
fn program(model: &Model, setting: Setting, numbers: &[u32]) -> String {
    let (name, bits) = (&model.name, setting.bits);
    let table = if bits == 64 { "syscalls".to_string() } else { format!("{name}32_syscalls") };
    let mut source = format!(
        "#include <stdio.h>\n#include <string.h>\n#include \"{name}{bits}_syscalls_table.h\"\n\
         static int answer;\n\
         static void show(const void *memory, size_t size) {{\n\
         \x20 for (size_t i = 0; i < size; ++i) printf(\" %02x\", ((const unsigned char *)memory)[i]);\n\
         \x20 printf(\"\\n\");\n}}\n\
         static void fill(void *memory, size_t size, unsigned char first) {{\n\
         \x20 for (size_t i = 0; i < size; ++i) ((unsigned char *)memory)[i] = (unsigned char)(first + i);\n}}\n"
    );
    let spelling = Spelling::new(model, View::Kernel(bits));
    for call in &model.calls {
        let inputs = call.inputs.iter().map(|input| spelling.declaration(&input.ty, &input.name));
        let outputs = call.outputs.iter().map(|output| spelling.output(&output.ty, &output.name));
        let parameters: Vec<_> = inputs.chain(outputs).collect();
        let parameters = if parameters.is_empty() { "void".to_string() } else { parameters.join(", ") };
        let result = if call.noreturn { "void".to_string() } else { format!("{name}_errno_t") };
        let function = function(model, call, bits);
        let _ = writeln!(source, "{result} {function}({parameters}) {{\n  printf(\"{function}\\n\");");
        for input in &call.inputs {
            let parameter = identifier(&input.name);
            let _ =
                writeln!(source, "  printf(\"  {parameter}:\"); show(&{parameter}, sizeof({parameter}));");
        }
        for (index, output) in call.outputs.iter().enumerate() {
            let parameter = identifier(&output.name);
            let first = output_byte(index, 0);
            let _ = writeln!(
                source,
                "  if (answer == 0) fill((void *){parameter}, sizeof(*{parameter}), {first});"
            );
        }
        let _ = writeln!(source, "{}}}", if call.noreturn { "" } else { "  return answer;\n" });
    }
    let (slots, result_slots) = SLOTS;
    let _ = write!(
        source,
        "static void make_call(unsigned number, int by_dispatcher) {{\n\
         \x20 static uint64_t in[{slots}], out[{result_slots}];\n\
         \x20 for (size_t i = 0; i < sizeof(in); ++i)\n\
         \x20   ((unsigned char *)in)[i] = (unsigned char)(7 * i + 3 * number + 1);\n\
         \x20 memset(out, {UNTOUCHED}, sizeof(out));\n\
         \x20 unsigned result = by_dispatcher ? {name}{bits}_dispatch(number, in, out) : {table}[number](in, out);\n\
         \x20 printf(\"  returns %u\\n  results:\", result);\n\
         \x20 show(out, sizeof(out));\n}}\n\
         int main(void) {{\n\
         \x20 static const unsigned numbers[] = {{{numbers}}};\n\
         \x20 for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); ++i) {{\n\
         \x20   int is_in_table = numbers[i] < sizeof({table}) / sizeof({table}[0]);\n\
         \x20   for (int round = 0; round < 4; ++round) {{\n\
         \x20     answer = round & 1 ? {FAILURE} : 0;\n\
         \x20     make_call(numbers[i], !is_in_table || (round & 2));\n\
         \x20   }}\n\
         \x20 }}\n}}\n",
        numbers = numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
    );
    source
}

/// What the program must print.
fn expected(model: &Model, setting: Setting, numbers: &[u32]) -> String {
    let mut text = String::new();
    for number in numbers {
        let call = model.calls.iter().find(|call| call.number == *number);
        for answer in [0, FAILURE, 0, FAILURE] {
            match call {
                Some(call) => expect_call(&mut text, model, setting, call, answer),
                None => expect_no_call(&mut text, model),
            }
        }
    }
    text
}

fn expect_call(text: &mut String, model: &Model, setting: Setting, call: &Call, answer: u64) {
    let _ = writeln!(text, "{}", function(model, call, setting.bits));
    let mut slot = 0;
    for input in &call.inputs {
        let bytes = size(model, &input.ty, setting.bits);
        let mut value: Vec<_> =
            setting.place(slot, bytes).map(|index| argument_byte(call.number, index)).collect();
        if setting.is_word(&input.ty) {
            // The function's own pointers and sizes are as wide as this machine's.
            value.resize(size_of::<usize>(), 0);
        }
        let _ = writeln!(text, "  {}:{}", identifier(&input.name), hex(&value));
        slot += bytes.div_ceil(8);
    }
    let mut results = vec![UNTOUCHED; 8 * SLOTS.1];
    let mut slot = 0;
    for (index, output) in call.outputs.iter().enumerate() {
        let bytes = size(model, &output.ty, setting.bits);
        if answer == 0 {
            let place = setting.place(slot, bytes);
            results[place].iter_mut().enumerate().for_each(|(i, byte)| *byte = output_byte(index, i));
        }
        slot += bytes.div_ceil(8);
    }
    let result = if call.noreturn { 0 } else { answer };
    let _ = writeln!(text, "  returns {result}\n  results:{}", hex(&results));
}

fn expect_no_call(text: &mut String, model: &Model) {
    let errno = model.errno().map(|errno| &model.ty(errno).kind);
    let Some(TypeKind::Number(errno)) = errno else { panic!("no error numbers") };
    let nosys = errno.values.iter().find(|value| value_macro(errno, value) == "CLOUDABI_ENOSYS");
    let number = nosys.expect("CLOUDABI_ENOSYS").value;
    let _ = writeln!(text, "  returns {number}\n  results:{}", hex(&vec![UNTOUCHED; 8 * SLOTS.1]));
}

/// All numbers up to a few beyond the last call, and the largest.
fn numbers(model: &Model) -> Vec<u32> {
    let last = model.calls.last().expect("a call").number;
    (0..last + 3).chain([u32::MAX]).collect()
}

/// What the program for this model prints.
fn printed(model: &Model, setting: Setting, test: &str) -> Option<String> {
    let compiler = native_c(test)?;
    let product = Product::of(model);
    let source = product.folder.write("dispatch.c", program(model, setting, &numbers(model)));
    let stand_ins = linux_stand_ins(&product, if setting.big_endian { "big" } else { "little" });
    let folders = [product.linux_folder(), product.c_folder(), stand_ins];
    Some(compiler.including(folders).with(["-fno-strict-aliasing"]).execute(&source))
}

#[track_caller]
fn check(model: &Model, test: &str) {
    for setting in SETTINGS {
        let Some(printed) = printed(model, setting, test) else { return };
        let expected = expected(model, setting, &numbers(model));
        let differing = printed.lines().zip(expected.lines()).find(|(printed, expected)| printed != expected);
        let Setting { bits, big_endian } = setting;
        assert_eq!(differing, None, "for {bits} bits, big-endian: {big_endian}");
        assert_eq!(printed, expected);
    }
}

#[test]
fn every_argument_and_result_of_every_call_is_where_it_belongs() {
    check(&definition(), "every_argument_and_result_of_every_call_is_where_it_belongs");
}

#[test]
fn numbers_that_are_gone_are_answered_like_unknown_ones() {
    let mut model = definition();
    model.calls.iter_mut().for_each(|call| call.number += 1);
    model.calls.iter_mut().skip(5).for_each(|call| call.number += 2);
    check(&model, "numbers_that_are_gone_are_answered_like_unknown_ones");
}

#[test]
fn a_doctored_model_is_noticed() {
    let test = "dispatch: a_doctored_model_is_noticed";
    let model = definition();
    let Some(printed) = printed(&model, SETTINGS[0], test) else { return };
    let mut doctored = model.clone();
    let call = doctored.calls.iter_mut().find(|call| call.name == "fd_pread").expect("fd_pread");
    call.inputs.swap(2, 3);
    assert_ne!(printed, expected(&doctored, SETTINGS[0], &numbers(&model)), "swapped inputs");
    let mut doctored = model.clone();
    let call = doctored.calls.iter_mut().find(|call| call.name == "fd_create2").expect("fd_create2");
    call.outputs.pop();
    assert_ne!(printed, expected(&doctored, SETTINGS[0], &numbers(&model)), "an output less");
}
