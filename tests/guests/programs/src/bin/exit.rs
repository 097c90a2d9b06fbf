//! Ends with the code that its arguments give: the number itself, or the value of `code`.

#![no_std]
#![no_main]

guest::main!(|start| {
    let arguments = start.arguments();
    let code = arguments.integer().or_else(|| arguments.get("code")?.integer());
    match code.map(u32::try_from) {
        Some(Ok(code)) => code,
        _ => 125,
    }
});
