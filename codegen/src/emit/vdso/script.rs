//! The linker script that makes an image of an object file of stubs.

use crate::emit::text::notice;
use crate::model::Model;

/// The text of the script.
pub fn file(model: &Model) -> String {
    SCRIPT.replace("@NOTICE@", &notice(model, "").join("\n * ")).replace("@NAME@", &model.name)
}

const SCRIPT: &str = r#"/* @NOTICE@
 *
 * Makes the image that a host maps into a program, from one object file of stubs:
 *
 *     ld.lld -shared --hash-style=sysv --eh-frame-hdr --build-id=none -z noexecstack \
 *         -T @NAME@_vdso.lds -o @NAME@_vdso.so @NAME@_vdso_ARCHITECTURE.o
 *
 * GNU ld takes the same options. A program finds the image's program headers behind its ELF header
 * and walks from there to PT_DYNAMIC and the symbol table, of which it learns the length from
 * DT_HASH: hence --hash-style=sysv. It adds the address of the ELF header to every pointer and
 * value, so the image is linked for address 0 and its headers are mapped.
 */

PHDRS
{
    /* All of the image, headers included, in one segment: readable, executable, never writable. */
    text PT_LOAD FILEHDR PHDRS FLAGS(5);
    dynamic PT_DYNAMIC FLAGS(4);
    unwind PT_GNU_EH_FRAME FLAGS(4);
}

SECTIONS
{
    . = SIZEOF_HEADERS;
    .hash : { *(.hash) } :text
    .dynsym : { *(.dynsym) } :text
    .dynstr : { *(.dynstr) } :text
    .dynamic : { *(.dynamic) } :text :dynamic
    .eh_frame_hdr : { *(.eh_frame_hdr) } :text :unwind
    .eh_frame : { KEEP(*(.eh_frame)) } :text
    .text : ALIGN(16) { *(.text .text.*) } :text
    /DISCARD/ : { *(.note.gnu.property) }

    /* GNU ld makes a table of addresses for some processors, though nothing uses it. */
    .got : { *(.got .got.*) } :text

    /* Stubs have no data and refer to nothing, so no linker should need any of these. */
    .data : { *(.data .data.* .bss .bss.*) } :text
    .relocations : { *(.rel.* .rela.*) } :text
    ASSERT(SIZEOF(.data) == 0, "the image would need writable data")
    ASSERT(SIZEOF(.relocations) == 0, "the image would need relocations")
}

VERSION
{
    {
        global: @NAME@_sys_*;
        local: *;
    };
}
"#;
