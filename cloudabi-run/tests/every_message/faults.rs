//! An example of each fault of an executable.

use cloudabi_host::image::{HeaderFault, ImageError, Machine};
use cloudabi_host::types::Mprot;
use cloudabi_host::vdso::Unavailable;

/// All of them, and that there is no vDSO for the machine.
pub fn all() -> Vec<String> {
    let path = Some("/lib/ld.so".to_owned());
    let errors = [
        ImageError::Read(std::io::ErrorKind::PermissionDenied.into()),
        ImageError::TooShort { size: 9 },
        ImageError::NotElf,
        ImageError::Endianness { endianness: 2 },
        ImageError::Endianness { endianness: 7 },
        ImageError::Version { version: 2 },
        ImageError::OsAbi { os_abi: 0 },
        ImageError::OsAbi { os_abi: 9 },
        ImageError::OsAbi { os_abi: 99 },
        ImageError::Machine { machine: 40, host: Machine::HOST },
        ImageError::Class { class: 1 },
        ImageError::Class { class: 9 },
        ImageError::Type { file_type: 1 },
        ImageError::Type { file_type: 2 },
        ImageError::Type { file_type: 4 },
        ImageError::Type { file_type: 9 },
        ImageError::HeaderSize { size: 52 },
        ImageError::ProgramHeaderSize { size: 32 },
        ImageError::NoProgramHeaders,
        ImageError::TooManyProgramHeaders { count: 9999 },
        ImageError::ProgramHeadersPastEnd { offset: 64, size: 560, file_size: 120 },
        ImageError::NoSegments,
        ImageError::SpanTooLarge { span: 1 << 60 },
        ImageError::EntryNotExecutable { entry: 0 },
        ImageError::Interpreter { path },
        ImageError::Interpreter { path: None },
        ImageError::Library { name: Some("libc.so.6".to_owned()) },
    ];
    let faults = [
        HeaderFault::PastEnd { offset: 0x1000, size: 0x2000, file_size: 0x1800 },
        HeaderFault::AddressOverflow { address: u64::MAX, size: 2 },
        HeaderFault::FileLargerThanMemory { file_size: 2, memory_size: 1 },
        HeaderFault::AlignmentNotPowerOfTwo { alignment: 3 },
        HeaderFault::AlignmentTooLarge { alignment: 1 << 60 },
        HeaderFault::Misaligned { address: 0x1001, offset: 0x1000, page_size: 0x1000 },
        HeaderFault::WritableAndExecutable,
        HeaderFault::NotAscending { address: 0, previous: 1 },
        HeaderFault::Overlap { address: 0x1000, previous: 1 },
        HeaderFault::SharedPage {
            page: 0x1000,
            page_size: 0x1000,
            protection: Mprot::READ | Mprot::WRITE,
            previous: 1,
            previous_protection: Mprot::READ | Mprot::EXEC,
        },
        HeaderFault::Duplicate,
        HeaderFault::OutsideSegments { address: 0x1000, size: 8 },
        HeaderFault::NotThere { address: 0x40 },
        HeaderFault::TooLarge { size: 1 << 40 },
    ];
    let headers = faults.into_iter().zip([1, 2, 3, 6, 7, 0x6474_e551].into_iter().cycle());
    let headers =
        headers.map(|(fault, segment_type)| ImageError::ProgramHeader { index: 2, segment_type, fault });
    let all = errors.into_iter().chain(headers).map(|error| known(error).to_string());
    all.chain([Unavailable.to_string()]).collect()
}

/// Lets it pass. Whoever adds a kind is sent here by the compiler, and adds an example above.
fn known(error: ImageError) -> ImageError {
    match &error {
        ImageError::Read(_)
        | ImageError::TooShort { .. }
        | ImageError::NotElf
        | ImageError::Endianness { .. }
        | ImageError::Version { .. }
        | ImageError::OsAbi { .. }
        | ImageError::Machine { .. }
        | ImageError::Class { .. }
        | ImageError::Type { .. }
        | ImageError::HeaderSize { .. }
        | ImageError::ProgramHeaderSize { .. }
        | ImageError::NoProgramHeaders
        | ImageError::TooManyProgramHeaders { .. }
        | ImageError::ProgramHeadersPastEnd { .. }
        | ImageError::NoSegments
        | ImageError::SpanTooLarge { .. }
        | ImageError::EntryNotExecutable { .. }
        | ImageError::Interpreter { .. }
        | ImageError::Library { .. } => {}
        ImageError::ProgramHeader { fault, .. } => match fault {
            HeaderFault::PastEnd { .. }
            | HeaderFault::AddressOverflow { .. }
            | HeaderFault::FileLargerThanMemory { .. }
            | HeaderFault::AlignmentNotPowerOfTwo { .. }
            | HeaderFault::AlignmentTooLarge { .. }
            | HeaderFault::Misaligned { .. }
            | HeaderFault::WritableAndExecutable
            | HeaderFault::NotAscending { .. }
            | HeaderFault::Overlap { .. }
            | HeaderFault::SharedPage { .. }
            | HeaderFault::Duplicate
            | HeaderFault::OutsideSegments { .. }
            | HeaderFault::NotThere { .. }
            | HeaderFault::TooLarge { .. } => {}
        },
    }
    error
}
