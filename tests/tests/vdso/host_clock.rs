//! The quick clock on emulated processors.

use crate::bench::Bench;
use crate::host_code::{HostCode, PROCESSORS, Processor, expect_noticed};
use crate::isa::{AARCH64, X86_64};
use crate::machine::{End, Event, Machine, Marks};
use crate::unwind::Caller;

/// Number of `clock_time_get`, and the number that stands for the kernel's function.
const CLOCK_TIME_GET: u64 = 1;
const KERNEL: u64 = 49;

/// What the kernel's function does: status, seconds, nanoseconds.
type Kernel = (u64, i64, i64);

/// One call.
#[derive(Clone, Copy)]
struct Call {
    clock: u64,
    /// Where the result goes, from the beginning of the region.
    result: u64,
    kernel: Kernel,
    /// Whether the store faults.
    faults: bool,
}

/// Bytes of the region, which begins where results may go.
const REGION: u64 = 0x1000;
/// The host's numbers of clocks, as the data block has them.
const HOST_IDS: [i32; 8] = [-1, 17, i32::MAX, 0, i32::MIN, -1, -1, 4];

/// Makes the call. Gives the time that was stored, or `None` if the host was asked instead.
///
/// Before each instruction, unwinding must lead to the caller. (When the host is asked, the stub's caller is the clock
/// itself, so that this cannot be said there.)
fn ask(
    bench: &Bench,
    processor: &Processor,
    code: &HostCode,
    call: &Call,
    is_unwinding: bool,
) -> Option<u64> {
    let isa = processor.isa;
    let mut marks = Marks::new(isa.name);
    let mut machine = Machine::new(&bench.library, isa, &code.image, KERNEL as usize + 1);
    machine.is_unwinding = is_unwinding;
    machine.fill(&mut marks);
    for register in isa.registers.iter().filter(|register| register.name != isa.sp) {
        machine.set(register.name, marks.next());
    }

    // The thread: a control block, a thread block, and on x86-64 the word itself.
    let (control_block, thread_block, word) =
        (machine.thread(), machine.thread() + 0x100, machine.thread() + 0x200);
    machine.write_word(control_block, thread_block);
    let (top, tables) = (machine.host_stack_top(), machine.tables());
    for (index, value) in [0x5151, top, tables].into_iter().enumerate() {
        machine.write_word(thread_block + 8 * index as u64, value);
    }
    let is_x86 = isa.link.is_none();
    machine.set_special(processor.thread, if is_x86 { word } else { control_block });
    machine.write_word(word, control_block);
    let thread_word = |machine: &Machine| match is_x86 {
        true => machine.read_word(word).unwrap(),
        false => machine.get_special(processor.thread),
    };

    // The data that the host fills in.
    let image = machine.entry(0) - 0x1000_0000;
    let region = crate::machine::outputs(isa);
    let data = image + code.place("cloudabi_vdso_clock_data");
    for (index, value) in [machine.entry(KERNEL), region, REGION - 8].into_iter().enumerate() {
        machine.write_word(data + 8 * index as u64, value);
    }
    machine.write(data + 24, &HOST_IDS.map(i32::to_le_bytes).concat());
    // A clock's number behind the table, which is not to be found.
    machine.write(data + 56, &[0; 4]);

    let result = region.wrapping_add(call.result);
    let arguments = [call.clock, marks.next(), result];
    for (name, value) in processor.arguments.iter().zip(arguments) {
        machine.set(name, value);
    }
    let mut sp = machine.caller_sp();
    match isa.link {
        Some(link) => machine.set(link, machine.caller()),
        None => {
            sp -= 8;
            machine.write_word(sp, machine.caller());
        }
    }
    machine.set(isa.sp, sp);
    let caller = Caller {
        pc: machine.caller(),
        sp: machine.caller_sp(),
        kept: isa.kept.iter().map(|name| (*name, machine.get(name))).collect(),
    };
    let before = machine.caller_memory();

    let mut asked = false;
    let function = match call.faults {
        false => code.place("cloudabi_vdso_clock"),
        true => skip_to_store(&mut machine, processor, code),
    };
    let end = machine.run(&code.image, function, &caller, |machine, event| {
        let untouched = caller.kept.iter().filter(|(name, _)| ![processor.frame, "x30"].contains(name));
        for (name, value) in untouched {
            assert_eq!(machine.get(name), *value, "{name} during a call");
        }
        match event {
            Event::Entry(KERNEL) => {
                let id = HOST_IDS[call.clock as u32 as usize] as u32;
                assert_eq!(machine.get(processor.arguments[0]) as u32, id);
                assert_eq!(thread_word(machine), control_block, "the program's thread word");
                let time = machine.get(processor.arguments[1]);
                assert!(time >= machine.get(isa.sp) && time + 16 <= sp && sp - time < 100);
                let (status, seconds, nanoseconds) = call.kernel;
                machine.write_word(time, seconds as u64);
                machine.write_word(time + 8, nanoseconds as u64);
                machine.clobber_below_stack(&mut marks);
                machine.clobber_registers(&mut marks);
                machine.set(isa.result, status | marks.next() << 32);
            }
            Event::Entry(CLOCK_TIME_GET) => {
                asked = true;
                assert_eq!(machine.get(processor.arguments[0]), thread_block);
                let slots = machine.get(processor.arguments[1]);
                let slots = [0, 8, 16].map(|offset| machine.read_word(slots + offset).unwrap());
                assert_eq!(slots, arguments, "the host gets what the program passed");
                assert_eq!(thread_word(machine), 0x5151, "the host's thread word");
                machine.clobber_below_stack(&mut marks);
                machine.clobber_registers(&mut marks);
                machine.set(isa.result, 21);
            }
            other => return Err(format!("{other:?}")),
        }
        Ok(())
    });
    assert_eq!(end, Ok(End::Returned), "{}", isa.name);
    assert_eq!(machine.get(isa.result) as u32, if asked { 21 } else { 0 });
    assert_eq!(machine.get(isa.sp), caller.sp);
    assert_eq!(thread_word(&machine), control_block);
    for (name, value) in caller.kept.iter().filter(|(name, _)| isa.link != Some(name)) {
        assert_eq!(machine.get(name), *value, "{name}");
    }
    let stored = machine.read_word(result);
    let mut expected = before;
    if !asked {
        let time = stored.clone().expect("the result is in memory").to_le_bytes();
        for (start, bytes) in expected.iter_mut().filter(|(start, _)| *start == region) {
            let at = (result - *start) as usize;
            bytes[at..at + 8].copy_from_slice(&time);
        }
    }
    assert_eq!(machine.caller_memory(), expected, "only the result is written");
    (!asked).then(|| stored.expect("a time"))
}

/// What a fault handler does when the store has faulted: everything up to the store has happened, and the thread goes on
/// at the landing. Here the frame is made by hand.
fn skip_to_store(machine: &mut Machine, processor: &Processor, code: &HostCode) -> u64 {
    let isa = processor.isa;
    let mut frame = machine.get(isa.sp);
    let words: &[&str] = if isa.link.is_some() { &["x29", "x30"] } else { &["rbp"] };
    frame -= 8 * words.len() as u64;
    for (index, name) in words.iter().enumerate() {
        let value = machine.get(name);
        machine.write_word(frame + 8 * index as u64, value);
    }
    machine.set(processor.frame, frame);
    machine.set(isa.sp, frame - 48);
    for (index, name) in processor.arguments[..3].iter().enumerate() {
        let value = machine.get(name);
        machine.write_word(frame - 48 + 16 + 8 * index as u64, value);
    }
    machine.clobber_registers(&mut Marks::new("at the store"));
    code.place("cloudabi_vdso_clock_landing")
}

/// A call in good order.
const GOOD: Call = Call { clock: 1, result: 0x80, kernel: (0, 2, 3), faults: false };

/// A call, and the time that is stored without the host.
type Case = (Call, Option<u64>);

fn good() -> Vec<Case> {
    let largest = (0, 18_446_744_073, 709_551_615);
    vec![
        (GOOD, Some(2_000_000_003)),
        (Call { clock: 0xabcd_0000_0002, ..GOOD }, Some(2_000_000_003)),
        (Call { clock: 7, kernel: (0, 0, 0), ..GOOD }, Some(0)),
        (Call { clock: 3, kernel: largest, ..GOOD }, Some(u64::MAX)),
        (Call { result: 0, ..GOOD }, Some(2_000_000_003)),
        (Call { result: REGION - 8, ..GOOD }, Some(2_000_000_003)),
        (Call { result: 3, ..GOOD }, Some(2_000_000_003)),
    ]
}

fn unusual() -> Vec<Case> {
    let kernel = |kernel: Kernel| Call { kernel, ..GOOD };
    let clock = |clock: u64| Call { clock, ..GOOD };
    let result = |result: u64| Call { result, ..GOOD };
    let calls = [
        kernel((0, 18_446_744_073, 709_551_616)),
        kernel((0, 18_446_744_074, 0)),
        kernel((0, -1, 999_999_999)),
        kernel((0, i64::MIN, 0)),
        kernel((0xffff_ffea, 2, 3)),
        clock(0),
        clock(4),
        clock(8),
        clock(1 << 31),
        clock(u32::MAX.into()),
        result(REGION - 7),
        result(u64::MAX),
        result(1 << 63),
        Call { faults: true, ..GOOD },
    ];
    calls.map(|call| (call, None)).into()
}

fn check(bench: &Bench, processor: &Processor, code: &HostCode, cases: &[Case]) {
    for (index, (call, expected)) in cases.iter().enumerate() {
        let found = ask(bench, processor, code, call, expected.is_some());
        assert_eq!(found, *expected, "{} case {index}", processor.isa.name);
    }
}

#[test]
fn times_that_fit_are_told_without_the_host() {
    let Some(bench) = Bench::new("the quick clock tells the time") else { return };
    for processor in &PROCESSORS {
        check(&bench, processor, &HostCode::new(&bench, processor), &good());
    }
}

#[test]
fn everything_unusual_is_the_hosts() {
    let Some(bench) = Bench::new("the quick clock leaves what is unusual to the host") else { return };
    for processor in &PROCESSORS {
        check(&bench, processor, &HostCode::new(&bench, processor), &unusual());
    }
}

#[test]
fn mistakes_are_noticed() {
    let Some(bench) = Bench::new("mistakes in the quick clock are noticed") else { return };
    let changes = [
        (&X86_64, "ja 1f", "jae 1f"),
        (&X86_64, "cmp $8, %edi", "cmp $9, %edi"),
        (&X86_64, "mov %edi, %edi ", "nop "),
        (&X86_64, "js 1f", "nop"),
        (
            &X86_64,
            "mul %rcx                        /* negative seconds overflow too */\n    jc 1f",
            "mul %rcx",
        ),
        (&X86_64, "add 8(%rsp), %rax\n    jc 1f", "add 8(%rsp), %rax"),
        (&X86_64, "test %eax, %eax\n    jnz 1f", "nop"),
        (&X86_64, "1:  mov 16(%rsp), %rdi", "1:  nop"),
        (&AARCH64, "b.hi 1f", "b.hs 1f"),
        (&AARCH64, "cmp w0, #8 ", "cmp w0, #9 "),
        (&AARCH64, "cbnz x12, 1f", "nop"),
        (&AARCH64, "b.cs 1f", "nop"),
        (&AARCH64, "cbnz w0, 1f", "nop"),
        (&AARCH64, "1:  ldp x0, x1, [sp, #16]", "1:  nop"),
    ];
    let all = [good(), unusual()].concat();
    expect_noticed(&bench, &changes, |processor, code| check(&bench, processor, code, &all));
}
