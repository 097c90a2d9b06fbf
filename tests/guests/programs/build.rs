//! Links the programs as the ABI wants them: static, position-independent, without a C library or a dynamic linker.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let to_linker = [
        "noexecstack",
        "separate-code",
        // Read-only after relocation would be the program's own task, and these programs have no need of it.
        "norelro",
        "text",
    ];
    for keyword in to_linker {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,{keyword}");
    }
    let arguments = [
        "-nostartfiles",
        "-nostdlib",
        "-static-pie",
        "-Wl,--build-id=none,--no-eh-frame-hdr,--no-dynamic-linker,--gc-sections",
        // The entry point reads DT_RELA alone.
        "-Wl,--pack-dyn-relocs=none",
    ];
    for argument in arguments {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
