//! Writes the seeds of the target `told` into a folder: `cargo run --bin told_seeds -- corpus/told` in `cloudabi-run/fuzz`.

#[path = "../../tests/told/seeds.rs"]
mod seeds;

use std::path::PathBuf;
use std::{env, fs};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a folder is named"));
    fs::create_dir_all(&folder)?;
    for (index, seed) in seeds::seeds().iter().enumerate() {
        fs::write(folder.join(format!("seed-{index}")), seed)?;
    }
    Ok(())
}
