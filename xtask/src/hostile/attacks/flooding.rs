//! More for the parent to keep and to say than it has use for. It is outside of the sandbox, and no limit of the program's holds
//! it.

use super::processes::FORK;
use super::*;
use cloudabi_linux_glue::launch::ACCOUNT_RECORD;

/// No layer of the sandbox: that the parent keeps and tells only so much.
const BOUNDS: Layer = "bounds";

/// How many of each the parent tells of.
const TOLD: usize = 32;

pub fn attacks() -> Vec<Attack> {
    // Each ends by a forbidden call. Nobody has the other end of the pair any more when all have.
    let forbidden = format!("a = clone {FORK} 0 0 0 0\nif a 0\nd = ptrace PTRACE_ATTACH 1 0 0\nend\n");
    let pair = "a = socketpair AF_UNIX SOCK_STREAM 0 @500\nload4 b 500\nload4 c 504\n";
    // A kind of one byte, and a size of four.
    let account = u64::from(b'a') | ((ACCOUNT_RECORD - 5) as u64) << 8;
    let mistake = format!("a = write fifo0 @0 {ACCOUNT_RECORD}\na = write fifo1 @0 {ACCOUNT_RECORD}\n");
    vec![
        attack(
            "have the parent tell of forbidden calls without an end",
            NOTHING,
            format!("{pair}{}d = close $c\nd = read $b @600 1", forbidden.repeat(TOLD + 8)),
            &[BOUNDS],
            |_, outcome| outcome.stderr.matches("killed for").count() > TOLD,
        ),
        attack(
            "have the parent tell of mistakes without an end",
            NOTHING,
            format!("set 0 {account}\n{}", mistake.repeat(2 * TOLD)),
            &[BOUNDS],
            |_, outcome| outcome.stderr.matches("killed by").count() > TOLD,
        ),
        attack(
            "have the parent keep beginnings of calls without an end",
            NOTHING,
            // The kind of the message is in the first byte, the thread's number in the second word.
            "fill 0 4032 120\nset4 0 1\nseries sock0 4032 8000 4",
            &[BOUNDS],
            |_, outcome| outcome.peak > 24 << 20,
        )
        .option("--trace")
        .option("--trace-file={root}/trace"),
    ]
}
