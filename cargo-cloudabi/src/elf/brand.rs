//! The mark by which hosts know a program for this ABI.

use std::io::{self, Write as _};
use std::path::Path;

/// Where an ELF file names the ABI that it is for: ELF specification, "ELF Identification", EI_OSABI.
const EI_OSABI: usize = 7;

/// The ABI's number there: ELFOSABI_CLOUDABI.
pub const CLOUDABI: u8 = 17;

/// Writes a branded copy of an ELF file, in one step, unless the file is like that already. Gives whether it wrote.
///
/// # Errors
///
/// If the file, or the folder for it, cannot be written, or the bytes are no ELF file.
pub fn write_branded(path: &Path, mut elf: Vec<u8>) -> io::Result<bool> {
    let Some(byte) = elf.get_mut(EI_OSABI) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no ELF file"));
    };
    *byte = CLOUDABI;
    if std::fs::read(path).is_ok_and(|present| present == elf) {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // Another process may be starting the old one at this moment: it keeps it.
    let mut file = tempfile::Builder::new().permissions(executable()).tempfile_in(folder)?;
    file.write_all(&elf)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(true)
}

#[cfg(unix)]
fn executable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_only_what_changed() {
        let folder = cloudabi_test_support::scratch();
        let path = folder.path().join("programs/a");
        let elf = b"\x7fELF\x02\x01\x01\x00rest".to_vec();
        assert!(write_branded(&path, elf.clone()).expect("first"));
        assert_eq!(std::fs::read(&path).expect("written"), b"\x7fELF\x02\x01\x01\x11rest");
        assert!(!write_branded(&path, elf).expect("second"));
        assert!(write_branded(&path, b"\x7fELF\x02\x01\x01\x00other".to_vec()).expect("third"));
    }
}
