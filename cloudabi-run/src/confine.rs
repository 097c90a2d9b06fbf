//! What holds the program in, as the command line says, and what that means on this machine.

use std::fmt::Write as _;

use cloudabi_host::types::{Filetype, Rights};
use cloudabi_linux_glue::sandbox::{self, Features, Layer, Mode, Sandbox};
#[cfg(feature = "shortcut-switches")]
use cloudabi_linux_glue::shortcuts::Shortcut;

use crate::cli::{Arguments, Limit, SandboxMode};
use crate::plan::{Granted, Launch};
use crate::rights::names;

/// The sandbox that the command line asks for, with the limits of the configuration, too: the lower one of each counts.
///
/// # Errors
/// If it names a layer that there is not. Only tests can name layers.
pub fn sandbox(arguments: &Arguments, launch: &Launch) -> Result<Sandbox, String> {
    let mut sandbox = Sandbox::new(match arguments.sandbox {
        SandboxMode::Full => Mode::Full,
        SandboxMode::Landlock => Mode::Landlock,
        SandboxMode::None => Mode::None,
    });
    sandbox.debug = arguments.debug;
    sandbox.foreign_directories = arguments.foreign_directories;
    let limits = &mut sandbox.limits;
    for limit in arguments.limits.iter().chain(&launch.limits) {
        let (place, limit) = match *limit {
            Limit::Memory(bytes) => (&mut limits.memory, bytes),
            Limit::Processes(number) => (&mut limits.processes, number),
            Limit::Descriptors(number) => (&mut limits.descriptors, number),
            Limit::CpuTime(seconds) => (&mut limits.cpu_time, seconds),
        };
        *place = Some(place.map_or(limit, |other| other.min(limit)));
    }
    #[cfg(feature = "layer-switches")]
    for name in arguments
        .without
        .iter()
        .filter(|name| *name != crate::trace::ESCAPING && *name != crate::trace::BOUNDS)
    {
        #[cfg(feature = "shortcut-switches")]
        if Shortcut::ALL.into_iter().any(|shortcut| shortcut.name() == name) {
            continue;
        }
        let layer = Layer::ALL.into_iter().find(|layer| layer.name() == name);
        sandbox = sandbox.without(layer.ok_or_else(|| format!("there is no layer `{name}`"))?);
    }
    Ok(sandbox)
}

/// Has the host do without the shortcuts that the command line names, among layers of the sandbox.
#[cfg(feature = "shortcut-switches")]
pub fn switch_shortcuts_off(arguments: &Arguments) {
    let named = |shortcut: &Shortcut| arguments.without.iter().any(|name| shortcut.name() == name);
    Shortcut::ALL.into_iter().filter(named).for_each(Shortcut::switch_off);
}

/// A warning, where there is a reason for one.
pub fn warning(sandbox: Sandbox) -> Option<&'static str> {
    match sandbox.mode {
        Mode::Full => None,
        Mode::Landlock => Some(
            "with --sandbox=landlock a hostile program can look at files, and change their times, wherever you can",
        ),
        Mode::None => {
            Some("without a sandbox the program can do whatever you can, if it makes system calls by itself")
        }
    }
}

/// What the program would get, and what would hold it, layer by layer, on a machine that has this: [`Features::probe`].
pub fn explain(launch: &Launch, sandbox: Sandbox, features: Features) -> String {
    let mut text = format!("{} would get:\n", launch.program.display());
    let looks_at_files = looks_at_files(launch, sandbox);
    for (number, granted) in launch.descriptors.iter().enumerate() {
        explain_grant(&mut text, number, granted, looks_at_files, sandbox);
    }
    if launch.descriptors.is_empty() {
        text += "  no descriptors\n";
    }
    // Writing to a string does not fail.
    let _ = writeln!(text, "  {} bytes of argument data\n", launch.argument_data.len());
    let _ = writeln!(text, "It would be held in by (--sandbox={}):", sandbox.mode);
    for layer in Layer::ALL {
        let what = match sandbox.has(layer) {
            true => holds(layer, launch, sandbox),
            false => "nothing".to_owned(),
        };
        let _ = writeln!(text, "  {:12} {what}", layer.name());
    }
    let directories = launch.descriptors.iter().filter(|granted| granted.filetype == Filetype::DIRECTORY);
    let directories: Vec<_> = directories.map(|granted| granted.base | granted.inheriting).collect();
    let missing = features.missing(sandbox, &directories);
    text += "\n";
    if missing.is_empty() {
        text += "This machine has all of that, as far as can be told without doing it.\n";
    }
    for part in &missing {
        let _ = writeln!(text, "This machine lacks: {part}.");
    }
    if !missing.is_empty() {
        let weaker = features.weaker(sandbox);
        let _ = writeln!(text, "The program would not be started. --sandbox={weaker} would work.");
    }
    if let Some(warning) = warning(sandbox) {
        let _ = writeln!(text, "Warning: {warning}.");
    }
    text
}

/// Whether Landlock looks at files: not if there may be some that no rule knows of.
fn looks_at_files(launch: &Launch, sandbox: Sandbox) -> bool {
    !sandbox.foreign_directories && launch.descriptors.iter().all(|granted| !granted.foreign_directories)
}

fn explain_grant(
    text: &mut String,
    number: usize,
    granted: &Granted,
    looks_at_files: bool,
    sandbox: Sandbox,
) {
    let all = granted.base | granted.inheriting;
    let _ = writeln!(text, "  {number}: {}", granted.name);
    let _ = writeln!(text, "     rights: {}", names(granted.base));
    if granted.foreign_directories {
        *text += "     directories of processes that are not held in may come through it\n";
    }
    if granted.filetype != Filetype::DIRECTORY {
        return;
    }
    let _ = writeln!(text, "     for what is in it: {}", names(granted.inheriting));
    if sandbox.has(Layer::World) {
        let _ = writeln!(text, "     mount: {}", sandbox::mount_attributes_in_words(all));
    }
    if sandbox.has(Layer::Landlock) && looks_at_files {
        let _ = writeln!(text, "     Landlock: {}", sandbox::landlock_access_in_words(all));
    }
}

fn holds(layer: Layer, launch: &Launch, sandbox: Sandbox) -> String {
    match layer {
        Layer::World => format!("{}; an empty root", sandbox::namespaces_in_words()),
        Layer::Processes => "a namespace of processes, which ends with the program".to_owned(),
        Layer::Landlock => {
            let files = if looks_at_files(launch, sandbox) { "files, " } else { "" };
            format!("{files}TCP, signals, abstract sockets; one more domain at each proc_exec")
        }
        Layer::Seccomp => {
            let code = Rights::MEM_MAP_EXEC | Rights::PROC_EXEC;
            let may_map =
                launch.descriptors.iter().any(|grant| (grant.base | grant.inheriting).intersects(code));
            format!(
                "{} system calls; {} end the process; memory can{} be made executable",
                sandbox::allowed_calls(),
                sandbox::killed_calls().count(),
                if may_map { "" } else { "not" },
            )
        }
        Layer::Descriptors => "whatever is not granted is closed".to_owned(),
        Layer::Privileges => {
            let seen = if sandbox.debug { "" } else { ", nothing to see for other processes" };
            format!("no capabilities, no new privileges, no core files{seen}")
        }
        Layer::Wiping => "nothing of this command's is left in memory".to_owned(),
        Layer::Limits => limits(sandbox),
    }
}

fn limits(sandbox: Sandbox) -> String {
    let limits = sandbox.limits;
    let all = [
        (limits.memory, "bytes of memory of its own for each process"),
        (limits.processes, "processes and threads"),
        (limits.descriptors, "descriptors for each process"),
        (limits.cpu_time, "seconds of processor time for each process"),
    ];
    let set: Vec<_> = all.iter().filter_map(|(limit, what)| Some(format!("{} {what}", (*limit)?))).collect();
    if set.is_empty() { "none beyond your own".to_owned() } else { set.join(", ") }
}
