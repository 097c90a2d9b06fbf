//! `cloudabi-run` with programs: what people run into, the terminal, and the system that it is part of.
#![cfg(target_os = "linux")]

mod grace;
mod messages;
mod refusals;
mod services;
mod session;
mod terminal;
