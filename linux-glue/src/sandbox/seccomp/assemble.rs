//! Filters as the kernel takes them: classic BPF, of which a few instructions are enough.
//!
//! Where a filter looks at nothing but a call's number, the kernel remembers its answer and does not run it again
//! (since Linux 5.11). So whatever comes before the answer for such a call must be made of loads of the number, comparisons
//! and jumps. When a filter is installed the kernel goes through it once for each number that there is, so the way to
//! an answer must be short: one comparison after the other would take longer than all else that starts a program.

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The kernel serves it.
    Allow,
    /// It fails with this number.
    Errno(i32),
    /// Whoever holds the listener is asked; until then the call waits.
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

/// A filter under construction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    instructions: Vec<Instruction>,
}

impl Filter {
    fn push(&mut self, code: u16, if_true: u8, if_false: u8, value: u32) {
        self.instructions.push(Instruction { code, if_true, if_false, value });
    }

    /// Loads a word.
    pub fn load(&mut self, offset: u32) {
        self.push(LOAD, 0, 0, offset);
    }

    /// Answers, whatever it is.
    pub fn answer(&mut self, action: Action) {
        self.push(ANSWER, 0, 0, action.number());
    }

    /// Answers unless the word that was loaded is this.
    pub fn answer_unless_equal(&mut self, value: u32, action: Action) {
        self.push(EQUAL, 1, 0, value);
        self.answer(action);
    }

    /// Looks at arguments, and allows the call if all checks agree.
    pub fn allow_if(&mut self, checks: &[Check]) {
        for check in checks {
            self.check(check);
        }
        self.answer(Action::Allow);
    }

    /// Goes on with one of some filters, by the word that was loaded: with the last one whose value, the first of the pair, is
    /// not above it. They are in the order of their values; the first one also serves whatever is below.
    pub fn choose(&mut self, filters: &[(u32, Filter)]) {
        match filters {
            [] => {}
            [(_, only)] => self.instructions.extend_from_slice(&only.instructions),
            _ => {
                let (low, high) = filters.split_at(filters.len() / 2);
                let mut below = Filter::default();
                below.choose(low);
                let length = below.instructions.len();
                match u8::try_from(length) {
                    Ok(near) => self.push(AT_LEAST, near, 0, high[0].0),
                    Err(_) => {
                        self.push(AT_LEAST, 0, 1, high[0].0);
                        // A filter has at most 4096 instructions.
                        self.push(JUMP, 0, 0, length as u32);
                    }
                }
                self.instructions.append(&mut below.instructions);
                self.choose(high);
            }
        }
    }

    fn check(&mut self, check: &Check) {
        match *check {
            Check::OneOf { argument: index, mask, values, otherwise } => {
                self.load(argument(index));
                if mask != u32::MAX {
                    self.push(AND, 0, 0, mask);
                }
                for (position, value) in values.iter().enumerate() {
                    self.push(EQUAL, (values.len() - position) as u8, 0, *value);
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

    /// The filter.
    pub fn finish(self) -> Vec<Instruction> {
        self.instructions
    }
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
        let mut filter = Filter::default();
        filter.allow_if(checks);
        simulate(&filter.finish(), 0, 7, arguments)
    }

    #[test]
    fn numbers_find_their_filter() {
        // Enough of them for jumps that are too far for a comparison.
        let starts: Vec<u32> = (0..400).map(|index| 10 + 3 * index).collect();
        let answering = |number: u32| {
            let mut filter = Filter::default();
            filter.answer(Action::Errno(number.cast_signed()));
            filter
        };
        let filters: Vec<_> = starts.iter().map(|start| (*start, answering(*start))).collect();
        let mut filter = Filter::default();
        filter.load(NUMBER);
        filter.choose(&filters);
        let filter = filter.finish();
        assert!(filter.iter().any(|instruction| instruction.code == JUMP));
        for number in 0..1300 {
            let expected = starts.iter().rev().find(|start| **start <= number).unwrap_or(&10);
            let expected = Action::Errno(expected.cast_signed()).number();
            assert_eq!(simulate(&filter, 0, number, [0; 6]), expected, "{number}");
        }
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
