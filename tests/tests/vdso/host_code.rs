//! The host's own assembly, which stands beside the stubs: linked with them into an image.

use crate::bench::{Bench, Product};
use crate::definitions;
use crate::image::Image;
use crate::isa::{AARCH64, AARCH64_THREAD, Isa, X86_64, X86_64_FS_BASE};
use object::{Object as _, ObjectSymbol as _};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

/// A processor that programs run on inside of a host's process.
pub struct Processor {
    pub isa: &'static Isa,
    /// The registers of C's first arguments.
    pub arguments: [&'static str; 6],
    /// Numbers in the emulator of the halves of vector registers that C functions keep.
    pub kept_vectors: &'static [i32],
    /// The same of all vector registers.
    pub vectors: &'static [i32],
    /// Where a function keeps its frame's address.
    pub frame: &'static str,
    /// The number in the emulator of the thread word, or of the address that it is at.
    pub thread: i32,
    files: [&'static str; 2],
}

/// `xmm0` to `xmm15`: the library numbers them one after the other.
const X86_64_VECTORS: [i32; 16] = consecutive(122);
/// `d0` to `d31`.
const AARCH64_VECTORS: [i32; 32] = consecutive(40);
/// `d8` to `d15`.
const AARCH64_KEPT_VECTORS: [i32; 8] = consecutive(48);

const fn consecutive<const N: usize>(first: i32) -> [i32; N] {
    let mut numbers = [first; N];
    let mut index = 0;
    while index < N {
        numbers[index] += index as i32;
        index += 1;
    }
    numbers
}

pub const PROCESSORS: [Processor; 2] = [
    Processor {
        isa: &X86_64,
        arguments: ["rdi", "rsi", "rdx", "rcx", "r8", "r9"],
        kept_vectors: &[],
        vectors: &X86_64_VECTORS,
        frame: "rbp",
        thread: X86_64_FS_BASE,
        files: [
            include_str!("../../../host/src/machine/clock_x86_64.S"),
            include_str!("../../../host/src/machine/enter_x86_64.S"),
        ],
    },
    Processor {
        isa: &AARCH64,
        arguments: ["x0", "x1", "x2", "x3", "x4", "x5"],
        kept_vectors: &AARCH64_KEPT_VECTORS,
        vectors: &AARCH64_VECTORS,
        frame: "x29",
        thread: AARCH64_THREAD,
        files: [
            include_str!("../../../host/src/machine/clock_aarch64.S"),
            include_str!("../../../host/src/machine/enter_aarch64.S"),
        ],
    },
];

/// An image of the stubs and the host's assembly.
pub struct HostCode {
    pub image: Image,
    symbols: BTreeMap<String, u64>,
}

impl HostCode {
    /// Assembles and links.
    pub fn new(bench: &Bench, processor: &Processor) -> HostCode {
        HostCode::changed(bench, processor, |text| text)
    }

    /// The same from assembly that something was done to.
    fn changed(bench: &Bench, processor: &Processor, change: impl Fn(String) -> String) -> HostCode {
        let product = Product::new(definitions::read("abi"));
        let stubs = product.file(&format!("_{}_emulated.S", processor.isa.name)).expect("stubs");
        let [clock, enter] = processor.files;
        let image =
            product.image(&bench.tools, processor.isa, &[stubs, &change([clock, enter].concat())].concat());
        let file = object::File::parse(&*image.bytes).expect("an ELF file");
        let symbols = file
            .symbols()
            .map(|symbol| (symbol.name().unwrap_or_default().to_string(), symbol.address()))
            .collect();
        HostCode { symbols, image }
    }

    /// Where this is, from the beginning of the image.
    pub fn place(&self, symbol: &str) -> u64 {
        self.symbols[symbol]
    }
}

/// Makes each of these changes to the assembly of a processor, one at a time, and expects the check to panic.
///
/// # Panics
/// Where a change is not noticed.
pub fn expect_noticed(
    bench: &Bench,
    changes: &[(&'static Isa, &str, &str)],
    check: impl Fn(&Processor, &HostCode),
) {
    for (isa, old, new) in changes {
        let processor = PROCESSORS.iter().find(|processor| processor.isa.name == isa.name);
        let processor = processor.expect("a processor");
        let code = HostCode::changed(bench, processor, |text| {
            assert_eq!(text.matches(old).count(), 1, "{} {old:?} is not there once", isa.name);
            text.replace(old, new)
        });
        // Nothing that a panic may leave half done is looked at afterwards.
        let noticed = std::panic::catch_unwind(AssertUnwindSafe(|| check(processor, &code))).is_err();
        assert!(noticed, "{} with {new:?} for {old:?} passes", isa.name);
    }
}
