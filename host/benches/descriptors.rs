//! What the table of descriptors costs, in nanoseconds for each operation: the median and the spread of several
//! rounds, with one thread and when the table is told that there are several.

use std::hint::black_box;
use std::time::Instant;

use cloudabi_host::descriptors::{New, Object, RightsPair, Table};
use cloudabi_host::syscalls::NeededRights;
use cloudabi_host::types::{Errno, Fd, Rights};

const ROUNDS: usize = 15;
/// What most calls ask for is known when they are compiled.
const NEEDED: NeededRights =
    NeededRights { all: Rights::FD_READ.union(Rights::FD_SEEK), ..NeededRights::NONE };

const REPEAT: u32 = 1_000_000;

/// As large as what a host keeps for an open file.
struct File {
    number: i32,
    _more: [u64; 2],
}

impl Object for File {
    fn largest_rights(&self) -> RightsPair {
        RightsPair::ALL
    }
}

fn file(number: i32) -> New<File> {
    New::settled(File { number, _more: [0; 2] }, RightsPair::ALL)
}

fn main() {
    let one = Table::new(1, 1024);
    // SAFETY: there is only one thread.
    unsafe { one.become_single_threaded() };
    println!("{:<60} {:>6}   spread", "", "ns");
    rows("one thread", &one);
    rows("several threads", &Table::new(1, 1024));
}

fn rows(name: &str, table: &Table<File>) {
    let mut open: Vec<Fd> =
        (0..20).map(|number| table.insert(file(number)).map_err(|(_, error)| error).unwrap()).collect();
    let fd = open[7];
    let closed = open.pop().unwrap();
    table.remove(closed).unwrap();
    row(name, "look-up", || table.look_up(black_box(fd), NEEDED).map_or(0, |guard| guard.number));
    row(name, "look-up, not open", || {
        i32::from(table.look_up(black_box(closed), NEEDED).err() == Some(Errno::BADF))
    });
    row(name, "look-up, number that no descriptor ever had", || {
        i32::from(table.look_up(black_box(Fd(1000)), NEEDED).err() == Some(Errno::BADF))
    });
    row(name, "insert and remove", || {
        let fd = table.insert(file(black_box(3))).map_err(|(_, error)| error).unwrap();
        table.remove(fd).unwrap().map_or(0, |file| file.number)
    });
    row(name, "duplicate and remove", || {
        let copy = table.look_up(black_box(fd), NeededRights::NONE).unwrap().duplicate().unwrap();
        i32::from(table.remove(copy).unwrap().is_none())
    });
}

fn row(table: &str, name: &str, mut operation: impl FnMut() -> i32) {
    let mut figures: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..REPEAT {
                black_box(operation());
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(REPEAT)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let label = format!("{table}: {name}");
    println!("{label:<60} {:>6.2}   {:.2} to {:.2}", figures[ROUNDS / 2], figures[0], figures[ROUNDS - 1]);
}
