//! Writes "hello" to the descriptor that its arguments give: the descriptor itself, or the value of `output`.

#![no_std]
#![no_main]

use guest::Output;

guest::main!(|start| {
    let arguments = start.arguments();
    let output = arguments.descriptor().or_else(|| arguments.get("output")?.descriptor());
    let Some(output) = output else { return 2 };
    match Output(output).write_all(b"hello\n") {
        Ok(()) => 0,
        Err(_) => 1,
    }
});
