//! The `cloudabi-codegen` program: see [`cloudabi_codegen::command`].

fn main() -> std::process::ExitCode {
    cloudabi_codegen::command::run()
}
