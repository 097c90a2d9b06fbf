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

/// All that a filter of ours answers. Each stands once, behind everything else, so that all ways lead forwards to it.
const ANSWERS: [Action; 7] = [
    Action::Allow,
    // As if the kernel did not have it: C libraries do without, and take `clone` instead of `clone3`.
    Action::Errno(libc::ENOSYS),
    Action::Errno(libc::EPERM),
    Action::Errno(libc::EACCES),
    Action::Errno(libc::EAFNOSUPPORT),
    Action::Ask,
    Action::Kill,
];

/// How many instructions a filter may have here: no way through it is too far for a comparison, which jumps over 255 at most.
const ROOM: usize = 256;

/// A filter. Places in it are numbers of instructions.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    instructions: [Instruction; ROOM],
    length: usize,
    /// The place of the first of [`ANSWERS`].
    answers: usize,
}

impl Filter {
    /// One that has so many instructions before its answers.
    pub const fn new(length: usize) -> Filter {
        let nothing = Instruction { code: 0, if_true: 0, if_false: 0, value: 0 };
        Filter { instructions: [nothing; ROOM], length: 0, answers: length }
    }

    /// How many instructions there are by now.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// The instructions.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions[..self.length]
    }

    /// The place of an answer.
    pub const fn place_of(&self, action: Action) -> usize {
        let mut index = 0;
        while ANSWERS[index].number() != action.number() {
            index += 1;
        }
        self.answers + index
    }

    const fn push(&mut self, code: u16, if_true: u8, if_false: u8, value: u32) {
        self.instructions[self.length] = Instruction { code, if_true, if_false, value };
        self.length += 1;
    }

    /// Loads a word.
    pub const fn load(&mut self, offset: u32) {
        self.push(LOAD, 0, 0, offset);
    }

    /// Compares the word that was loaded, and goes on at one of two places.
    pub const fn compare(&mut self, code: u16, value: u32, if_true: usize, if_false: usize) {
        let next = self.length + 1;
        assert!(if_true - next < 256 && if_false - next < 256, "too far for a comparison");
        self.push(code, (if_true - next) as u8, (if_false - next) as u8, value);
    }

    /// Looks at arguments, and allows the call if all checks agree. Takes [`length_of`] instructions.
    pub const fn allow_if(&mut self, checks: &[Check]) {
        let mut index = 0;
        while index < checks.len() {
            let is_last = index + 1 == checks.len();
            let next = self.length + length_of(&[checks[index]]);
            self.check(&checks[index], if is_last { self.place_of(Action::Allow) } else { next });
            index += 1;
        }
    }

    /// Goes on at that place if a check agrees.
    const fn check(&mut self, check: &Check, agreed: usize) {
        match *check {
            Check::OneOf { argument: index, mask, values, otherwise } => {
                self.load(argument(index));
                if mask != u32::MAX {
                    self.push(AND, 0, 0, mask);
                }
                let mut position = 0;
                while position < values.len() {
                    let is_last = position + 1 == values.len();
                    let other = if is_last { self.place_of(otherwise) } else { self.length + 1 };
                    self.compare(EQUAL, values[position], agreed, other);
                    position += 1;
                }
            }
            Check::NoBits { argument: index, bits, otherwise } => {
                self.load(argument(index));
                self.compare(ANY_BIT, bits, self.place_of(otherwise), agreed);
            }
            Check::Zero { argument: index, otherwise } => {
                self.load(argument(index));
                self.compare(EQUAL, 0, self.length + 1, self.place_of(otherwise));
                self.load(argument(index) + 4);
                self.compare(EQUAL, 0, agreed, self.place_of(otherwise));
            }
        }
    }

    /// Adds the answers. `listener` says whether somebody listens who can be asked.
    pub const fn finish(mut self, listener: bool) -> Filter {
        assert!(self.length == self.answers, "the answers are not where they were said to be");
        let mut index = 0;
        while index < ANSWERS.len() {
            let action = match ANSWERS[index] {
                Action::Ask if !listener => Action::Kill,
                action => action,
            };
            self.push(ANSWER, 0, 0, action.number());
            index += 1;
        }
        self
    }
}

/// How many instructions [`Filter::allow_if`] takes.
pub const fn length_of(checks: &[Check]) -> usize {
    let mut length = 0;
    let mut index = 0;
    while index < checks.len() {
        length += match checks[index] {
            Check::OneOf { mask: u32::MAX, values, .. } => 1 + values.len(),
            Check::OneOf { values, .. } => 2 + values.len(),
            Check::NoBits { .. } => 2,
            Check::Zero { .. } => 4,
        };
        index += 1;
    }
    length
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
        let mut filter = Filter::new(length_of(checks));
        filter.allow_if(checks);
        simulate(filter.finish(true).instructions(), 0, 7, arguments)
    }

    #[test]
    fn where_to_go_on_depends_on_the_word() {
        for (listener, asked) in [(true, Action::Ask), (false, Action::Kill)] {
            let mut filter = Filter::new(3);
            filter.load(NUMBER);
            filter.compare(AT_LEAST, 5, filter.place_of(Action::Ask), filter.length() + 1);
            filter.compare(EQUAL, 3, filter.place_of(Action::Allow), filter.place_of(NO));
            let filter = filter.finish(listener);
            let answer = |number| simulate(filter.instructions(), 0, number, [0; 6]);
            assert_eq!([answer(5), answer(u32::MAX)], [asked.number(); 2]);
            assert_eq!(answer(3), Action::Allow.number());
            assert_eq!([answer(4), answer(0)], [NO.number(); 2]);
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
