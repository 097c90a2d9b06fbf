//! Serves the files of a directory on a socket, by HTTP/1.1.
//!
//! The program has the socket, the directory and nothing else: no request, however it is written, makes it read another
//! file, or connect to anything.

#![no_std]
#![cfg_attr(not(test), no_main)]

extern crate alloc;

mod connection;
mod request;
mod response;

use core::num::NonZero;
use core::sync::atomic::{AtomicU64, Ordering};

use cloudabi::fs::{Dir, File};
use cloudabi::io::{self, Write as _};
use cloudabi::net::Listener;
use cloudabi::sync::Mutex;
use cloudabi::thread;
use serde::Deserialize;

/// What the program gets: see `web-server.yaml`.
#[derive(Deserialize)]
struct Args {
    listen: Listener,
    pages: Dir,
    log: File,
    /// How many connections are served at a time. 8 if nobody says.
    workers: Option<NonZero<usize>>,
    /// After so many connections the program ends. Without it, it goes on.
    connections: Option<u64>,
}

#[cloudabi::main]
fn main(args: Args) -> io::Result<()> {
    let workers = args.workers.map_or(8, NonZero::get);
    let left = AtomicU64::new(args.connections.unwrap_or(u64::MAX));
    let log = Mutex::new(&args.log);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                // Who takes a number has to serve a connection.
                while left
                    .try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok()
                {
                    let line = match args.listen.accept() {
                        Ok(connection) => connection::serve(connection, &args.pages),
                        Err(error) => alloc::format!("cannot accept a connection: {error}"),
                    };
                    // Whoever reads the log may be gone; that is no reason to serve nobody.
                    let _ = writeln!(*log.lock(), "{line}");
                }
            })?;
        }
        Ok(())
    })
}
