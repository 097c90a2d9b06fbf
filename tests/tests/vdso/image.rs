//! From assembly text to a linked image, with the generated linker script, and what is in it.

use cloudabi_test_support::{Scratch, Tool, run, scratch, tool};
use object::elf;
use object::read::elf::{ElfFile, FileHeader};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::isa::Isa;
use crate::unwind::Tables;

/// The assembler and the linker.
pub struct Toolchain {
    clang: Tool,
    lld: Tool,
}

/// The tools, or `None` after recording which of them `test` did without.
pub fn toolchain(test: &str) -> Option<Toolchain> {
    Some(Toolchain {
        clang: tool(&["clang", "clang-16", "clang-14", "clang-19"], test)?,
        lld: tool(&["ld.lld", "ld.lld-16", "ld.lld-14", "ld.lld-19"], test)?,
    })
}

/// A linked image.
pub struct Image {
    /// The whole file. Its one segment is the file from its beginning, so it is also what a host maps.
    pub bytes: Vec<u8>,
    /// Functions by name: address and size.
    pub functions: BTreeMap<String, (u64, u64)>,
    /// Unwind tables.
    pub unwind: Tables,
}

impl Toolchain {
    /// Assembles and links.
    ///
    /// # Panics
    /// Where a tool fails, with what it said.
    pub fn image(&self, isa: &Isa, assembly: &str, script: &str) -> Image {
        let folder = scratch();
        let object = self.object(&folder, isa, "stubs.S", assembly, &[]);
        self.link(&folder, &[object], script)
    }

    /// Assembles, or compiles, a file that has this name and text.
    ///
    /// # Panics
    /// Where the tool fails, with what it said.
    pub fn object(&self, folder: &Scratch, isa: &Isa, name: &str, text: &str, options: &[&str]) -> PathBuf {
        let source = folder.write(name, text);
        let object = folder.path().join(format!("{name}.o"));
        let mut command = self.clang.command();
        command
            .args(["-c", "-Wall", "-Wextra", "-Werror", &format!("--target={}", isa.target)])
            .args(options);
        run(command.arg("-o").arg(&object).arg(source));
        object
    }

    /// Links an image.
    ///
    /// # Panics
    /// Where the tool fails, with what it said.
    pub fn link(&self, folder: &Scratch, objects: &[PathBuf], script: &str) -> Image {
        let script = folder.write("image.lds", script);
        let image = folder.path().join("image.so");
        let mut command = self.lld.command();
        command.args([
            "-shared",
            "--hash-style=sysv",
            "--eh-frame-hdr",
            "--build-id=none",
            "-z",
            "noexecstack",
        ]);
        run(command.arg("-T").arg(script).arg("-o").arg(&image).args(objects));
        Image::read(std::fs::read(image).expect("the linker wrote the image"))
    }
}

impl Image {
    /// Reads an image.
    ///
    /// # Panics
    /// Where it is not a valid ELF file with unwind tables.
    pub fn read(bytes: Vec<u8>) -> Self {
        let (functions, unwind) = {
            let file = object::File::parse(bytes.as_slice()).expect("a valid ELF file");
            let functions = file
                .dynamic_symbols()
                .filter(|symbol| symbol.is_definition())
                .map(|symbol| (symbol.name().expect("a name").to_string(), (symbol.address(), symbol.size())))
                .collect();
            let section = file.section_by_name(".eh_frame").expect("unwind tables");
            (functions, Tables::new(section.address(), section.data().expect("their contents").to_vec()))
        };
        Image { bytes, functions, unwind }
    }

    /// What a host and a program rely on: see each message. `names` are the functions that it must export.
    pub fn check(&self, word: usize, names: &[String]) -> Result<(), String> {
        if word == 8 {
            self.check_as::<elf::FileHeader64<object::Endianness>>(names)
        } else {
            self.check_as::<elf::FileHeader32<object::Endianness>>(names)
        }
    }

    fn check_as<H: FileHeader<Endian = object::Endianness>>(&self, names: &[String]) -> Result<(), String> {
        use object::read::elf::{Dyn as _, ProgramHeader as _, Sym as _};
        let problem = |error: object::Error| error.to_string();
        let file = ElfFile::<H>::parse(self.bytes.as_slice()).map_err(problem)?;
        let endian = file.endian();
        let mut dynamic = None;
        let mut loads = 0;
        for header in file.elf_program_headers() {
            let flags = header.p_flags(endian);
            if flags & elf::PF_W == elf::PF_W && header.p_type(endian) != elf::PT_GNU_STACK {
                return Err("a segment is writable".to_string());
            }
            match header.p_type(endian) {
                elf::PT_LOAD => {
                    loads += 1;
                    let (offset, address) = (header.p_offset(endian).into(), header.p_vaddr(endian).into());
                    if offset != 0 || address != 0 {
                        return Err(format!(
                            "the segment starts at {offset:#x}, {address:#x}: not the headers"
                        ));
                    }
                    if flags != elf::PF_R | elf::PF_X {
                        return Err("the segment is not readable and executable".to_string());
                    }
                    let (in_file, in_memory): (u64, u64) =
                        (header.p_filesz(endian).into(), header.p_memsz(endian).into());
                    if in_file != in_memory {
                        return Err("the segment has memory that is not in the file".to_string());
                    }
                }
                elf::PT_DYNAMIC => {
                    dynamic = header.dynamic(endian, self.bytes.as_slice()).map_err(problem)?
                }
                elf::PT_INTERP => return Err("the image asks for an interpreter".to_string()),
                _ => {}
            }
        }
        if loads != 1 {
            return Err(format!("{loads} segments to map"));
        }
        let mut tags = BTreeMap::new();
        for entry in dynamic.ok_or("no dynamic section")? {
            tags.insert(entry.d_tag(endian), entry.d_val(endian).into());
        }
        for (tag, name) in [
            (elf::DT_REL, "relocations"),
            (elf::DT_RELA, "relocations"),
            (elf::DT_JMPREL, "relocations"),
            (elf::DT_RELR, "relocations"),
            (elf::DT_NEEDED, "a needed library"),
            (elf::DT_TEXTREL, "relocations of code"),
        ] {
            if tags.contains_key(&tag) {
                return Err(format!("the image has {name}"));
            }
        }
        // As a program does: DT_HASH gives the number of symbols, which are at DT_SYMTAB.
        let value = |tag: elf::DynamicTag| -> Result<usize, String> {
            tags.get(&tag).map(|value: &u64| *value as usize).ok_or(format!("no dynamic tag {tag:?}"))
        };
        let hash = value(elf::DT_HASH)?;
        let count = self.bytes.get(hash + 4..hash + 8).ok_or("DT_HASH leads out of the image")?;
        let count = u32::from_le_bytes(count.try_into().map_err(|_| "short")?) as usize;
        let (symbols, strings) = (value(elf::DT_SYMTAB)?, value(elf::DT_STRTAB)?);
        let symbols = self.bytes.get(symbols..).ok_or("DT_SYMTAB leads out of the image")?;
        let (symbols, _) = object::pod::slice_from_bytes::<H::Sym>(symbols, count).map_err(|()| "symbols")?;
        let mut found = Vec::new();
        for symbol in symbols.iter().skip(1) {
            let start = strings + symbol.st_name(endian) as usize;
            let name = self.bytes.get(start..).ok_or("a name leads out of the image")?;
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            if symbol.st_type() != elf::STT_FUNC
                || symbol.st_bind() != elf::STB_GLOBAL
                || symbol.st_visibility() != elf::STV_DEFAULT
            {
                return Err(format!("{name} is not a global function of default visibility"));
            }
            let address: u64 = symbol.st_value(endian).into();
            if address == 0 || address as usize >= self.bytes.len() || symbol.st_size(endian).into() == 0 {
                return Err(format!("{name} is not in the image"));
            }
            found.push(name);
        }
        found.sort();
        let mut names = names.to_vec();
        names.sort();
        if found != names {
            return Err(format!("the image exports {found:?}, not {names:?}"));
        }
        Ok(())
    }
}
