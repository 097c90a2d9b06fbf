//! The way into a program and back, on emulated processors.

use crate::bench::Bench;
use crate::host_code::{HostCode, PROCESSORS, Processor, expect_noticed};
use crate::isa::{AARCH64, X86_64};
use crate::machine::Marks;
use crate::unicorn::Engine;

/// Where everything is.
const IMAGE: u64 = 0x5a_0000_0000;
const STACK: u64 = IMAGE + 0x100_0000;
const PROGRAM_STACK: u64 = IMAGE + 0x200_0000;
const THREAD_BLOCK: u64 = IMAGE + 0x300_0000;
const THREAD_WORD: u64 = IMAGE + 0x400_0000;
const CALLER: u64 = IMAGE + 0x500_0000;
const PROGRAM: u64 = IMAGE + 0x600_0000;
const SIZE: usize = 0x2000;
/// The program's thread control block. Nothing looks at it.
const CONTROL_BLOCK: u64 = 0x1234_5678_9abc;
/// What the thread word is for the host.
const HOST_WORD: u64 = 0xfeed_1234_5678;

struct World<'a> {
    engine: Engine,
    processor: &'a Processor,
    code: &'a HostCode,
}

impl<'a> World<'a> {
    fn new(bench: &Bench, processor: &'a Processor, code: &'a HostCode, marks: &mut Marks) -> Self {
        let isa = processor.isa;
        let mut engine = Engine::new(&bench.library, isa.engine.0, isa.engine.1);
        engine.map(IMAGE, code.image.bytes.len().next_multiple_of(0x1000));
        engine.write(IMAGE, &code.image.bytes).unwrap();
        for part in [STACK, PROGRAM_STACK, THREAD_BLOCK, THREAD_WORD, CALLER, PROGRAM] {
            engine.map(part, SIZE);
            engine.write(part, &marks.bytes(SIZE)).unwrap();
        }
        World { engine, processor, code }
    }

    fn get(&self, name: &str) -> u64 {
        self.engine.register(self.processor.isa.register(name).id)
    }

    fn set(&mut self, name: &str, value: u64) {
        self.engine.set_register(self.processor.isa.register(name).id, value);
    }

    fn word(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.engine.read(address, 8).unwrap().try_into().expect("8 bytes"))
    }

    fn set_word(&mut self, address: u64, value: u64) {
        self.engine.write(address, &value.to_le_bytes()).unwrap();
    }

    fn is_x86(&self) -> bool {
        self.processor.isa.link.is_none()
    }

    fn thread_word(&self) -> u64 {
        if self.is_x86() { self.word(THREAD_WORD) } else { self.engine.register(self.processor.thread) }
    }

    fn set_thread_word(&mut self, value: u64) {
        if self.is_x86() {
            self.engine.set_register(self.processor.thread, THREAD_WORD);
            self.set_word(THREAD_WORD, value);
        } else {
            self.engine.set_register(self.processor.thread, value);
        }
    }

    /// Puts rubbish into all registers.
    fn fill_registers(&mut self, marks: &mut Marks) {
        for register in self.processor.isa.registers {
            let value = marks.next();
            self.set(register.name, value);
        }
        for vector in self.processor.vectors {
            let value = marks.next();
            self.set_vector(*vector, value);
        }
    }

    /// The lower half of a vector register.
    fn vector(&self, id: i32) -> u64 {
        self.engine.wide_register(id) as u64
    }

    fn set_vector(&mut self, id: i32, value: u64) {
        self.engine.set_wide_register(id, value.into());
    }

    /// Calls a function of the host's and executes until it reaches an address.
    fn call(&mut self, function: &str, arguments: &[u64], until: u64) {
        for (name, value) in self.processor.arguments.iter().zip(arguments) {
            self.set(name, *value);
        }
        let isa = self.processor.isa;
        self.engine.set_register(isa.pc, IMAGE + self.code.place(function));
        for _ in 0..200 {
            let pc = self.engine.register(isa.pc);
            if pc == until {
                return;
            }
            assert!((IMAGE..STACK).contains(&pc), "{} goes astray, to {pc:#x}", isa.name);
            self.engine.step(pc).unwrap();
        }
        panic!("{function} does not come to an end");
    }
}

#[test]
fn in_and_back() {
    let Some(bench) = Bench::new("programs are entered and left") else { return };
    for processor in &PROCESSORS {
        check(&bench, processor, &HostCode::new(&bench, processor));
    }
}

#[test]
fn mistakes_are_noticed() {
    let Some(bench) = Bench::new("mistakes in entering are noticed") else { return };
    let changes = [
        (&X86_64, "xor %r12d, %r12d", "nop"),
        (&X86_64, "xorps %xmm9, %xmm9", "nop"),
        (&X86_64, "movq $0, 0(%rsp)", "nop"),
        (&X86_64, "and $-16, %r8", "nop"),
        (&X86_64, "mov %rax, 0(%rdi)", "nop"),
        (
            &X86_64,
            "pop %r13\n    .cfi_adjust_cfa_offset -8\n    .cfi_restore %r13\n    pop %r12",
            "pop %r12\n pop %r13",
        ),
        (&AARCH64, "mov x17, xzr", "nop"),
        (&AARCH64, "movi v9.2d, #0", "nop"),
        (&AARCH64, "mov x30, xzr", "nop"),
        (&AARCH64, "and x4, x4, #-16", "nop"),
        (&AARCH64, "msr tpidr_el0, x5", "nop"),
        (&AARCH64, "ldp d14, d15, [sp, #144]", "nop"),
        (&AARCH64, "ldp x21, x22, [sp, #32]", "nop"),
    ];
    expect_noticed(&bench, &changes, |processor, code| check(&bench, processor, code));
}

/// Enters a program, makes a call there, and leaves.
fn check(bench: &Bench, processor: &Processor, code: &HostCode) {
    let isa = processor.isa;
    let mut marks = Marks::new(isa.name);
    let mut world = World::new(bench, processor, code, &mut marks);
    world.fill_registers(&mut marks);
    world.set_thread_word(HOST_WORD);
    // As after a call.
    let mut sp = STACK + 0x1800;
    if let Some(link) = isa.link {
        world.set(link, CALLER);
    } else {
        sp -= 8;
        world.set_word(sp, CALLER);
    }
    world.set(isa.sp, sp);
    let sp_after = sp.next_multiple_of(16);
    let kept: Vec<u64> = isa.kept.iter().map(|name| world.get(name)).collect();
    let kept_vectors: Vec<u64> = processor.kept_vectors.iter().map(|id| world.vector(*id)).collect();
    let above = world.engine.read(sp, (STACK + SIZE as u64 - sp) as usize).unwrap();

    let (first, second) = (marks.next(), marks.next());
    let stack_top = PROGRAM_STACK + 0x1009;
    let arguments = [THREAD_BLOCK, PROGRAM, first, second, stack_top, CONTROL_BLOCK];
    world.call("cloudabi_enter", &arguments, PROGRAM);

    // What the program finds.
    assert_eq!(world.thread_word(), CONTROL_BLOCK);
    let aligned = PROGRAM_STACK + 0x1000;
    let expected_sp = if world.is_x86() { aligned - 8 } else { aligned };
    for register in isa.registers {
        let expected = match register.name {
            "rdi" | "x0" => first,
            "rsi" | "x1" => second,
            // How it was entered.
            "rax" | "x16" => PROGRAM,
            // The platform's.
            "x18" => continue,
            name if name == isa.sp => expected_sp,
            _ => 0,
        };
        assert_eq!(world.get(register.name), expected, "{} {}", isa.name, register.name);
    }
    if world.is_x86() {
        assert_eq!(world.word(expected_sp), 0, "the return address");
    }
    for id in processor.vectors {
        assert_eq!(world.engine.wide_register(*id), 0, "{} vector {id}", isa.name);
    }
    // What its calls find.
    assert_eq!(world.word(THREAD_BLOCK), HOST_WORD);
    let host_stack = world.word(THREAD_BLOCK + 8);
    assert!(host_stack.is_multiple_of(16) && (STACK..sp).contains(&host_stack), "{host_stack:#x}");

    // In a call: the host's registers, thread word and stack, of which it has used a part.
    world.fill_registers(&mut marks);
    world.set_thread_word(HOST_WORD);
    world.set(isa.sp, host_stack - 64);
    let used = marks.bytes((host_stack - STACK) as usize);
    world.engine.write(STACK, &used).unwrap();
    // The program's stack is gone.
    world.engine.write(PROGRAM_STACK, &marks.bytes(SIZE)).unwrap();
    let value = marks.next();
    world.call("cloudabi_leave", &[THREAD_BLOCK, value], CALLER);

    assert_eq!(world.get(isa.result), value);
    assert_eq!(world.get(isa.sp), sp_after);
    for (name, value) in isa.kept.iter().zip(kept).filter(|(name, _)| **name != "x18") {
        assert_eq!(world.get(name), value, "{} {name}", isa.name);
    }
    for (id, value) in processor.kept_vectors.iter().zip(kept_vectors) {
        assert_eq!(world.vector(*id), value, "{} vector {id}", isa.name);
    }
    assert_eq!(world.thread_word(), HOST_WORD);
    assert_eq!(world.engine.read(sp, above.len()).unwrap(), above, "the caller's part of the stack");
}
