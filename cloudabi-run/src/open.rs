//! Opens what a configuration asks for, and works out the rights.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Filetype, Rights};
use rustix::io::Errno;

use crate::diagnostic::Diagnostic;
use crate::explain::{self, explain};
use crate::grants::{Attributes, Kind, NamedRights, Request, Resource, Socket};
use crate::host::{self, Inspected, OpenMode};
use crate::plan::Granted;
use crate::rights::{Access, sensible};
use crate::sockets;
use crate::source::{Origin, Span};

/// Opens everything. All that cannot be opened is reported.
///
/// `program` is the program's descriptor, the only one that may have been opened since this process started.
pub fn open(requests: &[Request], program: BorrowedFd) -> Result<Vec<Granted>, Vec<Diagnostic>> {
    let mut granted = Vec::with_capacity(requests.len());
    let mut errors = Vec::new();
    // Descriptors that were there before come first, as long as a number that is open is one of them.
    let inherited: Vec<_> = requests.iter().map(|request| inherited(request, program)).collect();
    let mut other_end = None;
    for (request, inherited) in requests.iter().zip(inherited) {
        let result = match &request.resource {
            Resource::Inherited(_) => inherited.and_then(|inherited| duplicate(request, inherited)),
            Resource::Executable => executable(request, program),
            Resource::File(attributes) => file(request, attributes),
            Resource::Directory(attributes) => directory(request, attributes),
            Resource::Socket(socket) => self::socket(request, socket),
            Resource::FirstOfPair(kind) => first_of_pair(request, *kind).and_then(|(first, second)| {
                other_end = Some(second);
                end_of_pair(request, first)
            }),
            Resource::SecondOfPair => match other_end.take() {
                Some(second) => end_of_pair(request, second),
                // Why there is none has been said.
                None => Err(Vec::new()),
            },
        };
        match result {
            Ok(grant) => granted.push(grant),
            Err(more) => errors.extend(more),
        }
    }
    if errors.is_empty() { Ok(granted) } else { Err(errors) }
}

type Outcome<T> = Result<T, Vec<Diagnostic>>;

/// The descriptor that was there before, with what it is. Nothing if none is asked for.
fn inherited(request: &Request, program: BorrowedFd) -> Outcome<Option<(BorrowedFd<'static>, Inspected)>> {
    let Resource::Inherited(number) = request.resource else { return Ok(None) };
    let open = if number == program.as_raw_fd() { None } else { host::inherited(number) };
    let Some(fd) = open else {
        // Shells take only one digit there.
        let help = match number {
            ..10 => format!("a shell opens it with `cloudabi-run … {number}< some-file`"),
            _ => "whatever starts `cloudabi-run` has to leave it open".to_owned(),
        };
        let message = format!("descriptor {number} is not open");
        return Err(vec![Diagnostic::at(request.span, message).help(help)]);
    };
    match host::inspect(fd) {
        Ok(inspected) => Ok(Some((fd, inspected))),
        Err(what) => {
            let message = format!("descriptor {number} is {what}, which programs cannot be given");
            Err(vec![Diagnostic::at(request.span, message)])
        }
    }
}

fn duplicate(request: &Request, inherited: Option<(BorrowedFd, Inspected)>) -> Outcome<Granted> {
    let (Some((fd, inspected)), Resource::Inherited(number)) = (inherited, &request.resource) else {
        return Err(Vec::new());
    };
    let access = match inspected.filetype {
        Filetype::DIRECTORY => Access::ALL,
        _ => Access { read: inspected.readable, write: inspected.writable, execute: inspected.readable },
    };
    let rights = allowed(inspected, access);
    granted(request, host::duplicate(fd), inspected, rights, format!("descriptor {number}"))
}

fn executable(request: &Request, program: BorrowedFd) -> Outcome<Granted> {
    let inspected = inspect(request.span, "the program", program)?;
    let rights = allowed(inspected, Access::READ_EXECUTE);
    granted(request, host::duplicate(program), inspected, rights, "the program".to_owned())
}

fn file(request: &Request, attributes: &Attributes) -> Outcome<Granted> {
    let wanted = wanted(attributes).unwrap_or(Access::READ_EXECUTE);
    let mode = OpenMode {
        read: wanted.read || wanted.execute || !wanted.write,
        write: wanted.write,
        directory: false,
    };
    let path = Path::new(&attributes.path);
    let fd = match host::open(path, mode) {
        Err(error) if error.raw_os_error() == Some(Errno::ISDIR.raw_os_error()) => {
            open_directory(attributes)?
        }
        result => result.map_err(|error| cannot_open(attributes, mode, error))?,
    };
    finish(request, attributes, fd)
}

fn directory(request: &Request, attributes: &Attributes) -> Outcome<Granted> {
    finish(request, attributes, open_directory(attributes)?)
}

fn open_directory(attributes: &Attributes) -> Outcome<OwnedFd> {
    let mode = OpenMode { read: true, write: false, directory: true };
    host::open(Path::new(&attributes.path), mode).map_err(|error| {
        let is_file = error.kind() == std::io::ErrorKind::NotADirectory;
        let mut errors = cannot_open(attributes, mode, error);
        if let (true, [error]) = (is_file, &mut errors[..]) {
            let tag = match error.span.map(|span| span.origin) {
                Some(Origin::CommandLine) => "--file",
                _ => "!file",
            };
            error.help.get_or_insert(format!("for everything but directories there is `{tag}`"));
        }
        errors
    })
}

fn cannot_open(attributes: &Attributes, mode: OpenMode, error: std::io::Error) -> Vec<Diagnostic> {
    let purpose = match (mode.read, mode.write) {
        (true, true) => "for reading and writing",
        (false, true) => "for writing",
        (_, false) => "for reading",
    };
    let explanation = explain(Path::new(&attributes.path), purpose, error);
    vec![Diagnostic::at(attributes.path_span, explanation.message).maybe_help(explanation.help)]
}

fn socket(request: &Request, socket: &Socket) -> Outcome<Granted> {
    let fd = sockets::open(socket).map_err(|error| vec![error])?;
    let name = sockets::name(&socket.address);
    let attributes = Attributes {
        path: String::new(),
        path_span: socket.address_span,
        access: Some((Access::ALL, request.span)),
        rights: socket.rights.clone(),
        inheriting: socket.inheriting.clone(),
    };
    let inspected = inspect(socket.address_span, &name, &fd)?;
    let rights = rights(request.span, &attributes, inspected)?;
    granted(request, Ok(fd), inspected, rights, name)
}

fn first_of_pair(request: &Request, kind: Kind) -> Outcome<(OwnedFd, OwnedFd)> {
    sockets::pair(kind).map_err(|error| {
        let message = format!("no pair of sockets can be made: {}", host::without_number(error));
        vec![Diagnostic::at(request.span, message)]
    })
}

fn end_of_pair(request: &Request, fd: OwnedFd) -> Outcome<Granted> {
    let name = "a pair of sockets".to_owned();
    let inspected = inspect(request.span, &name, &fd)?;
    granted(request, Ok(fd), inspected, allowed(inspected, Access::ALL), name)
}

/// What has been opened, with its rights.
fn finish(request: &Request, attributes: &Attributes, fd: OwnedFd) -> Outcome<Granted> {
    let name = explain::shown(Path::new(&attributes.path));
    let inspected = inspect(attributes.path_span, &name, &fd)?;
    let rights = rights(request.span, attributes, inspected)?;
    granted(request, Ok(fd), inspected, rights, name)
}

fn inspect(span: Span, name: &str, fd: impl std::os::fd::AsFd) -> Outcome<Inspected> {
    host::inspect(fd).map_err(|what| {
        vec![Diagnostic::at(span, format!("{name} is {what}, which programs cannot be given"))]
    })
}

fn granted(
    request: &Request,
    fd: std::io::Result<OwnedFd>,
    inspected: Inspected,
    rights: RightsPair,
    name: String,
) -> Outcome<Granted> {
    let foreign_directories = request.foreign_directories;
    if foreign_directories && !matches!(inspected.filetype, Filetype::SOCKET_DGRAM | Filetype::SOCKET_STREAM)
    {
        let message = format!("{name} is {}, and directories come through sockets only", what(inspected));
        return Err(vec![Diagnostic::at(request.span, message).help("leave `foreign_directories` out")]);
    }
    match fd {
        Ok(fd) => {
            let RightsPair { base, inheriting } = rights;
            Ok(Granted { fd, filetype: inspected.filetype, base, inheriting, name, foreign_directories })
        }
        Err(error) => {
            let message = format!("{name} cannot be passed on: {}", host::without_number(error));
            Err(vec![Diagnostic::at(request.span, message)])
        }
    }
}

/// The access that is asked for, in words or by naming rights.
fn wanted(attributes: &Attributes) -> Option<Access> {
    let named = [&attributes.rights, &attributes.inheriting];
    match attributes.access {
        Some((access, _)) => Some(access),
        None if named.iter().all(|named| named.is_none()) => None,
        None => {
            let rights = named.into_iter().flatten().fold(Rights::empty(), |all, named| all | named.all());
            Some(Access::for_rights(rights))
        }
    }
}

/// The sensible rights for something that belong to an access.
fn allowed(inspected: Inspected, access: Access) -> RightsPair {
    let rights = access.rights();
    sensible(inspected.filetype, inspected.terminal)
        .intersection(RightsPair { base: rights, inheriting: rights })
}

/// The rights for something that was opened.
fn rights(span: Span, attributes: &Attributes, inspected: Inspected) -> Outcome<RightsPair> {
    let is_directory = inspected.filetype == Filetype::DIRECTORY;
    let named = (&attributes.rights, &attributes.inheriting);
    let access = match (attributes.access, named) {
        (Some((access, _)), _) => access,
        (None, (None, None)) if !is_directory => Access::READ_EXECUTE,
        // What is named decides.
        _ => Access::ALL,
    };
    let sensible = sensible(inspected.filetype, inspected.terminal);
    let allowed = allowed(inspected, access);
    let what = what(inspected);
    let mut errors = Vec::new();
    if is_directory && attributes.access.is_none() {
        let missing = match named {
            (Some(_), None) => Some(("inheriting", "what is opened in it")),
            (None, Some(_)) => Some(("rights", "the directory itself")),
            _ => None,
        };
        if let Some((key, of)) = missing {
            errors.push(
                Diagnostic::at(span, format!("nothing says which rights the program gets for {of}"))
                    .help(format!("add `{key}: […]`, or `access: read`")),
            );
        }
    }
    let mut check = |named: &Option<NamedRights>, sensible: Rights, allowed: Rights, whose: &str| {
        let Some(named) = named else { return allowed };
        if sensible.is_empty() {
            errors.push(Diagnostic::at(named.span, format!("nothing can be inherited from {what}")));
            return allowed;
        }
        for &(name, right, span) in &named.each {
            if !sensible.contains(right) {
                let all: Vec<&str> = Rights::named()
                    .iter()
                    .filter(|(_, r)| sensible.contains(*r))
                    .map(|(name, _)| *name)
                    .collect();
                errors.push(
                    Diagnostic::at(span, format!("the right `{name}` makes no sense for {whose}"))
                        .help(format!("there it is any of {}", all.join(", "))),
                );
            } else if !allowed.contains(right) {
                let mut error = Diagnostic::at(span, format!("the right `{name}` goes beyond the access"));
                if let Some((_, access)) = attributes.access {
                    error = error.related(access, "this is the access");
                }
                errors.push(error);
            }
        }
        named.all()
    };
    let base = check(&attributes.rights, sensible.base, allowed.base, what);
    let inherited = if is_directory { "what is opened in a directory" } else { what };
    let inheriting = check(&attributes.inheriting, sensible.inheriting, allowed.inheriting, inherited);
    if errors.is_empty() { Ok(RightsPair { base, inheriting }) } else { Err(errors) }
}

/// What something is, in words.
fn what(inspected: Inspected) -> &'static str {
    match inspected.filetype {
        Filetype::REGULAR_FILE => "a regular file",
        Filetype::DIRECTORY => "a directory",
        Filetype::SOCKET_DGRAM | Filetype::SOCKET_STREAM => "a pipe or a socket",
        _ if inspected.terminal => "a terminal",
        _ => "a device",
    }
}
