//! How long generation takes: everything for this repository's definition, and how time grows with size.
//!
//! Figures are the fastest of several rounds, in one process; the ratio of the synthetic definitions is
//! taken in the same run.

use std::path::Path;
use std::time::{Duration, Instant};

use cloudabi_codegen::command::{Options, Plan, emit_all, load_definition};
use cloudabi_codegen::emit::ALL;
use cloudabi_codegen::load::load;
use cloudabi_codegen::lock::collect;
use cloudabi_codegen::model::Model;
use cloudabi_codegen::source::Sources;
use cloudabi_codegen::synthetic;

// The allocator of the commands.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let abi = root.join("abi");
    let whole = || {
        let model = load_definition(&abi).unwrap_or_else(|failure| panic!("{failure}"));
        let lock = collect(&model).to_string();
        let plan = Plan::new(&model, &Options { only: &[], root: &root }).unwrap_or_else(|f| panic!("{f}"));
        plan.changed().count() + lock.len()
    };
    let first = timed(whole);
    println!("everything, first time in the process: {first:>9.2?}");
    println!("everything, fastest of 40:             {:>9.2?}   (limit 50 ms)", fastest(40, whole));

    let model = load_definition(&abi).unwrap_or_else(|failure| panic!("{failure}"));
    println!(
        "  reading, checking, laying out:       {:>9.2?}",
        fastest(40, || load_definition(&abi).is_ok())
    );
    for emitter in ALL {
        println!("  {:<36} {:>9.2?}", emitter.name(), fastest(40, || emitter.emit(&model).len()));
    }

    growth();
}

/// How time grows with the size of a definition: each step alone, an emitter on one thread, and everything together.
fn growth() {
    let (one, hundred) = (synthetic::definition(1), synthetic::definition(100));
    let (small, large) = (load_synthetic(&one), load_synthetic(&hundred));
    println!("\nsynthetic definitions                    1 unit   100 units    ratio");
    let row = |name: &str, small: Duration, large: Duration| {
        println!(
            "  {name:<34} {small:>9.2?} {large:>11.2?} {:>8.1}",
            large.as_secs_f64() / small.as_secs_f64()
        );
    };
    let load = |sources| move || load_synthetic(sources).calls.len();
    row("reading, checking, laying out", fastest(40, load(&one)), fastest(5, load(&hundred)));
    for emitter in ALL {
        row(
            emitter.name(),
            fastest(40, || emitter.emit(&small).len()),
            fastest(5, || emitter.emit(&large).len()),
        );
    }
    row("everything (limit 120)", fastest(100, || generate(&one)), fastest(10, || generate(&hundred)));
}

fn load_synthetic(sources: &Sources) -> Model {
    load(sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(sources, false)))
}

/// Everything from text to text.
fn generate(sources: &Sources) -> usize {
    let model = load_synthetic(sources);
    let bytes: usize =
        emit_all(&model, ALL).iter().flat_map(|(_, files)| files).map(|f| f.contents.len()).sum();
    bytes + collect(&model).to_string().len()
}

fn timed<T>(work: impl Fn() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn fastest<T>(rounds: usize, work: impl Fn() -> T) -> Duration {
    (0..rounds).map(|_| timed(&work)).min().unwrap_or_default()
}
