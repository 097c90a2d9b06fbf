//! Filters as the kernel takes them: classic BPF, of which a few instructions are enough.
//!
//! Where a filter looks at nothing but a call's number, the kernel remembers its answer and does not run it again
//! (since Linux 5.11). So whatever comes before the answer for such a call must be made of loads of the number, comparisons
//! and jumps. When a filter is installed the kernel goes through it once for each number that there is, so the way to
//! an answer must be short. It also compiles the filter, so that the fewer instructions there are, the sooner programs start.
//! Filters are assembled when this is compiled.

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The kernel serves it.
    Allow,
    /// It fails with this number.
    Errno(i32),
    /// Whoever holds the listener is asked; until then the call waits. Where nobody listens, this is the same as [`Action::Kill`].
    Ask,
    /// The process ends at once, by `SIGSYS`.
    Kill,
}

impl Action {
    /// The number that stands for it: `SECCOMP_RET_…` of linux/seccomp.h.
    pub const fn number(self) -> u32 {
        match self {
            Action::Allow => 0x7fff_0000,
            Action::Errno(number) => 0x0005_0000 | (number as u32 & 0xffff),
            Action::Ask => 0x7fc0_0000,
            Action::Kill => 0x8000_0000,
        }
    }
}

/// `struct sock_filter` of linux/filter.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Instruction {
    pub code: u16,
    pub if_true: u8,
    pub if_false: u8,
    pub value: u32,
}

/// Loads the word at this offset of `struct seccomp_data`.
pub const LOAD: u16 = 0x20;
/// Keeps these bits.
pub const AND: u16 = 0x54;
/// Compares: equal.
pub const EQUAL: u16 = 0x15;
/// Compares: at least as large, without a sign.
pub const AT_LEAST: u16 = 0x35;
/// Jumps, however far.
pub const JUMP: u16 = 0x05;
/// Compares: some of the bits.
pub const ANY_BIT: u16 = 0x45;
/// Answers.
pub const ANSWER: u16 = 0x06;

/// Offset of the call's number in `struct seccomp_data`.
pub const NUMBER: u32 = 0;
/// Offset of the architecture.
pub const ARCHITECTURE: u32 = 4;

/// Offset of the lower half of an argument, on little-endian machines.
const fn argument(index: u32) -> u32 {
    16 + 8 * index
}

/// What an argument has to be like. An argument is looked at as the kernel does: of what it takes for an `int`, 32 bits.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Without the bits outside of the mask, it is one of these.
    OneOf { argument: u32, mask: u32, values: &'static [u32], otherwise: Action },
    /// It has none of these bits.
    NoBits { argument: u32, bits: u32, otherwise: Action },
    /// All 64 bits are zero.
    Zero { argument: u32, otherwise: Action },
}

/// How many instructions a filter may have here. The kernel takes more.
const ROOM: usize = 448;

/// A filter.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    instructions: [Instruction; ROOM],
    length: usize,
    /// Whether somebody listens who can be asked.
    listener: bool,
}

impl Filter {
    /// One without instructions.
    pub const fn new(listener: bool) -> Filter {
        let nothing = Instruction { code: 0, if_true: 0, if_false: 0, value: 0 };
        Filter { instructions: [nothing; ROOM], length: 0, listener }
    }

    /// How many instructions there are.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// The instructions.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions[..self.length]
    }

    const fn push(&mut self, code: u16, if_true: u8, if_false: u8, value: u32) {
        self.instructions[self.length] = Instruction { code, if_true, if_false, value };
        self.length += 1;
    }

    /// Loads a word.
    pub const fn load(&mut self, offset: u32) {
        self.push(LOAD, 0, 0, offset);
    }

    /// Answers, whatever it is.
    pub const fn answer(&mut self, action: Action) {
        let action = match action {
            Action::Ask if !self.listener => Action::Kill,
            action => action,
        };
        self.push(ANSWER, 0, 0, action.number());
    }

    /// Answers unless the word that was loaded is this.
    pub const fn answer_unless_equal(&mut self, value: u32, action: Action) {
        self.push(EQUAL, 1, 0, value);
        self.answer(action);
    }

    /// Goes on at one place if the word that was loaded is at least this, and at another if it is not. A place is the number of
    /// an instruction, among the 256 that follow.
    pub const fn divide(&mut self, value: u32, at_least: usize, below: usize) {
        let next = self.length + 1;
        assert!(at_least - next < 256 && below - next < 256, "too far for a comparison");
        self.push(AT_LEAST, (at_least - next) as u8, (below - next) as u8, value);
    }

    /// Goes on at a place, however far.
    pub const fn go_to(&mut self, place: usize) {
        self.push(JUMP, 0, 0, (place - self.length - 1) as u32);
    }

    /// Looks at arguments, and allows the call if all checks agree. Takes [`length_of`] instructions.
    pub const fn allow_if(&mut self, checks: &[Check]) {
        let mut index = 0;
        while index < checks.len() {
            self.check(&checks[index]);
            index += 1;
        }
        self.answer(Action::Allow);
    }

    const fn check(&mut self, check: &Check) {
        match *check {
            Check::OneOf { argument: index, mask, values, otherwise } => {
                self.load(argument(index));
                if mask != u32::MAX {
                    self.push(AND, 0, 0, mask);
                }
                let mut position = 0;
                while position < values.len() {
                    self.push(EQUAL, (values.len() - position) as u8, 0, values[position]);
                    position += 1;
                }
                self.answer(otherwise);
            }
            Check::NoBits { argument: index, bits, otherwise } => {
                self.load(argument(index));
                self.push(ANY_BIT, 0, 1, bits);
                self.answer(otherwise);
            }
            Check::Zero { argument: index, otherwise } => {
                self.load(argument(index));
                self.push(EQUAL, 0, 2, 0);
                self.load(argument(index) + 4);
                self.push(EQUAL, 1, 0, 0);
                self.answer(otherwise);
            }
        }
    }
}

/// How many instructions [`Filter::allow_if`] takes.
pub const fn length_of(checks: &[Check]) -> usize {
    let mut filter = Filter::new(true);
    filter.allow_if(checks);
    filter.length
}

/// What a filter answers to a call.
#[cfg(test)]
pub fn simulate(filter: &[Instruction], architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
    follow(filter, architecture, number, arguments).0
}

/// The same, with the number of instructions that it takes.
#[cfg(test)]
pub fn follow(filter: &[Instruction], architecture: u32, number: u32, arguments: [u64; 6]) -> (u32, usize) {
    let word = |offset: u32| match offset {
        NUMBER => number,
        ARCHITECTURE => architecture,
        _ => {
            let argument = arguments[(offset as usize - 16) / 8];
            if offset.is_multiple_of(8) { argument as u32 } else { (argument >> 32) as u32 }
        }
    };
    let (mut at, mut loaded) = (0, 0);
    for steps in 1.. {
        let Instruction { code, if_true, if_false, value } = filter[at];
        at += 1;
        let jump = |condition| usize::from(if condition { if_true } else { if_false });
        match code {
            LOAD => loaded = word(value),
            AND => loaded &= value,
            EQUAL => at += jump(loaded == value),
            AT_LEAST => at += jump(loaded >= value),
            ANY_BIT => at += jump(loaded & value != 0),
            JUMP => at += value as usize,
            ANSWER => return (value, steps),
            _ => panic!("unknown instruction {code:#x}"),
        }
    }
    unreachable!("jumps lead forwards")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO: Action = Action::Errno(1);

    fn answer(checks: &[Check], arguments: [u64; 6]) -> u32 {
        let mut filter = Filter::new(true);
        filter.allow_if(checks);
        assert_eq!(filter.length(), length_of(checks));
        simulate(filter.instructions(), 0, 7, arguments)
    }

    #[test]
    fn where_to_go_on_depends_on_the_word() {
        let mut filter = Filter::new(false);
        filter.load(NUMBER);
        filter.divide(5, 4, 2);
        filter.go_to(5);
        filter.answer(Action::Kill);
        filter.answer(Action::Allow);
        filter.answer(Action::Ask);
        let answer = |number| simulate(filter.instructions(), 0, number, [0; 6]);
        assert_eq!([answer(5), answer(u32::MAX)], [Action::Allow.number(); 2]);
        assert_eq!([answer(4), answer(0)], [Action::Kill.number(); 2], "nobody can be asked");
    }

    #[test]
    fn arguments_are_checked_one_by_one() {
        let (yes, no) = (Action::Allow.number(), NO.number());
        let one_of = Check::OneOf { argument: 1, mask: 0x7f, values: &[3, 5, 9], otherwise: NO };
        for (value, expected) in [(3, yes), (5, yes), (9, yes), (4, no), (0, no), (0x83, yes), (0x84, no)] {
            assert_eq!(answer(&[one_of], [0, value, 0, 0, 0, 0]), expected, "{value:#x}");
        }
        // The upper half of what the kernel takes for an `int` means nothing.
        assert_eq!(answer(&[one_of], [0, 5 | 1 << 40, 0, 0, 0, 0]), yes);
        let bits = Check::NoBits { argument: 2, bits: 0xc00, otherwise: NO };
        for (value, expected) in [(0, yes), (0x3ff, yes), (0x400, no), (0xc00, no), (0x1000, yes)] {
            assert_eq!(answer(&[bits], [0, 0, value, 0, 0, 0]), expected, "{value:#x}");
        }
        let zero = Check::Zero { argument: 4, otherwise: NO };
        for (value, expected) in [(0, yes), (1, no), (1 << 32, no), (u64::MAX, no)] {
            assert_eq!(answer(&[zero], [9, 9, 9, 9, value, 9]), expected, "{value:#x}");
        }
        assert_eq!(answer(&[one_of, bits], [0, 5, 0x400, 0, 0, 0]), no);
        assert_eq!(answer(&[one_of, bits], [0, 5, 0x300, 0, 0, 0]), yes);
    }
}
