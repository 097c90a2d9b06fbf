//! Writes the seeds of the target `image` into a folder: `cargo run --bin image_seeds -- corpus/image` in `host/fuzz`.

#[path = "../../tests/image/builder.rs"]
mod builder;
#[path = "../../tests/image/seeds.rs"]
mod seeds;

use std::path::PathBuf;
use std::{env, fs};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a folder is named"));
    fs::create_dir_all(&folder)?;
    for (index, seed) in seeds::seeds().iter().enumerate() {
        fs::write(folder.join(format!("seed-{index}")), seed.build())?;
    }
    Ok(())
}
