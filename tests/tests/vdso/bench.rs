//! Products of a definition, and running all stubs of a file with all outcomes.

use crate::convention::{self, Signature};
use crate::image::{Image, Toolchain, toolchain};
use crate::isa::{AARCH64, Isa, X86_64};
use crate::kernel::{Kernel, Outcome};
use crate::machine::{Machine, Marks};
use crate::stub::{self, CallFrom, Family};
use crate::unicorn;
use cloudabi_codegen::emit::{Emitter as _, OutputFile, vdso::Vdso};
use cloudabi_codegen::model::Model;
use std::path::PathBuf;

/// Error numbers that every call is tried with besides its own.
const MORE_ERRORS: [u64; 3] = [1, 76, 0xffff];

/// All that is needed to run stubs.
pub struct Bench {
    pub tools: Toolchain,
    pub library: PathBuf,
}

impl Bench {
    /// `None` after recording which tool `test` did without.
    pub fn new(test: &str) -> Option<Self> {
        Some(Bench { tools: toolchain(test)?, library: unicorn::find(test)? })
    }
}

/// A file of stubs: what its name ends in, its processor, and who serves its calls.
#[derive(Clone, Copy)]
pub struct StubFile {
    pub suffix: &'static str,
    pub isa: &'static Isa,
    pub family: Family,
}

/// All files that there are.
pub fn stub_files() -> Vec<StubFile> {
    let traps = Kernel::ALL.map(|kernel| StubFile {
        suffix: kernel.name(),
        isa: kernel.isa(),
        family: Family::Trap(kernel),
    });
    let emulated = [("x86_64_emulated", &X86_64), ("aarch64_emulated", &AARCH64)]
        .map(|(suffix, isa)| StubFile { suffix, isa, family: Family::Emulated });
    traps.into_iter().chain(emulated).collect()
}

/// The file whose name ends in this.
pub fn stub_file(suffix: &str) -> StubFile {
    stub_files().into_iter().find(|file| file.suffix == suffix).expect("a file of stubs")
}

/// The products of a definition.
pub struct Product {
    pub model: Model,
    pub files: Vec<OutputFile>,
}

impl Product {
    /// What the emitter makes of a definition.
    pub fn new(model: Model) -> Self {
        let files = Vdso.emit(&model);
        Product { model, files }
    }

    /// The text of the file whose name ends so.
    pub fn file(&self, ending: &str) -> Option<&str> {
        let path = format!("{}_vdso{ending}", self.model.name);
        self.files.iter().find(|file| file.path == path).map(|file| file.contents.as_str())
    }

    /// The text of a file of stubs, where the definition has its architecture.
    pub fn stubs(&self, file: StubFile) -> Option<&str> {
        self.file(&format!("_{}.S", file.suffix))
    }

    /// The names of all functions.
    pub fn symbols(&self) -> Vec<String> {
        self.model.calls.iter().map(|call| self.symbol(&call.name)).collect()
    }

    /// The name of a call's function.
    pub fn symbol(&self, call: &str) -> String {
        format!("{}_sys_{call}", self.model.name)
    }

    /// Assembles a file's text and links it.
    pub fn image(&self, tools: &Toolchain, isa: &Isa, assembly: &str) -> Image {
        tools.image(isa, assembly, self.file(".lds").expect("a linker script"))
    }

    /// A machine with this image and, for stubs that need one, a dispatch table.
    pub fn machine(&self, bench: &Bench, file: StubFile, image: &Image) -> Machine {
        let last = self.model.calls.iter().map(|call| call.number).max().unwrap_or(0) as usize;
        let entries = if file.family == Family::Emulated { last + 1 } else { 0 };
        Machine::new(&bench.library, file.isa, image, entries)
    }

    /// Runs every stub of an image with success and with every failure. Returns how many runs there were, or
    /// the first thing that was wrong in each stub.
    pub fn execute(&self, bench: &Bench, file: StubFile, image: &Image) -> Result<usize, Vec<String>> {
        let mut machine = self.machine(bench, file, image);
        let mut runs = 0;
        let mut problems = Vec::new();
        for call in &self.model.calls {
            let signature = convention::signature(&self.model, call, file.isa.word);
            let symbol = self.symbol(&call.name);
            for outcome in outcomes(&signature) {
                runs += 1;
                let from = CallFrom::Test;
                let result =
                    stub::check(&mut machine, image, file.family, &signature, &symbol, from, &outcome);
                if let Err(problem) = result {
                    problems.push(format!("{} {}, {outcome:x?}: {problem}", file.suffix, call.name));
                    break;
                }
            }
        }
        if problems.is_empty() { Ok(runs) } else { Err(problems) }
    }
}

/// Success with marked results, success with results of all ones and all zeros, and every failure.
pub fn outcomes(signature: &Signature) -> Vec<Outcome> {
    let mut marks = Marks::new(&signature.name);
    let successes = [marks.next(), 0, u64::MAX].map(|pattern| {
        let results = signature.outputs.iter().map(|output| {
            let result = if pattern == 0 || pattern == u64::MAX { pattern } else { marks.next() };
            if output.bytes == 8 { result } else { result & ((1 << (output.bytes * 8)) - 1) }
        });
        Outcome::Success(results.collect())
    });
    let errors = signature.errors.iter().copied().chain(MORE_ERRORS);
    successes.into_iter().chain(errors.map(Outcome::Failure)).collect()
}
