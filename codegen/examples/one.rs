//! Writes one product: `cargo run -p cloudabi-codegen --example one -- rust-host host/src/generated`.
use cloudabi_codegen::source::{SourceFile, Sources};
use std::path::Path;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (product, folder) = (arguments.next().unwrap(), arguments.next().unwrap());
    let abi = arguments.next().unwrap_or("abi".to_string());
    let mut files = Vec::new();
    for (dir, prefix) in [(abi.clone(), ""), (format!("{abi}/hosts"), "hosts/")] {
        let Ok(entries) = std::fs::read_dir(dir) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
                files.push(SourceFile { shown: format!("abi/{name}"), name, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let model = match cloudabi_codegen::load::load(&Sources { files }) {
        Ok(model) => model,
        Err(errors) => panic!("{errors:?}"),
    };
    let start = std::time::Instant::now();
    let output = cloudabi_codegen::emit::named(&product).unwrap().emit(&model);
    eprintln!("{:?}", start.elapsed());
    for file in output {
        let path = Path::new(&folder).join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.contents).unwrap();
    }
}
