// From the entry point to program_main(): relocates the program, and finds the host's functions.
//
// The structures are those of the ELF specification for 64-bit files.

#include "program.h"

struct elf_header {
  uint8_t ident[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, program_headers, section_headers;
  uint32_t flags;
  uint16_t size, program_header_size, program_header_count;
};

struct program_header {
  uint32_t type, flags;
  uint64_t offset, address, physical, file_size, memory_size, alignment;
};

struct dynamic {
  uint64_t tag, value;
};

struct relocation {
  uint64_t offset, info, addend;
};

struct symbol {
  uint32_t name;
  uint8_t info, other;
  uint16_t section;
  uint64_t value, size;
};

enum { PT_DYNAMIC = 2 };
enum { DT_NULL = 0, DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6, DT_RELA = 7, DT_RELASZ = 8 };

// The linker defines these: where the program and its dynamic section are.
extern const struct elf_header __ehdr_start __attribute__((visibility("hidden")));
extern const struct dynamic _DYNAMIC[] __attribute__((visibility("hidden")));

// The image with the host's functions.
static const struct elf_header *host_image;

// Adds the program's address to what the linker left to be adjusted. Until then, nothing in data may be an address.
static void relocate(uintptr_t base) {
  uint64_t table = 0, size = 0;
  for (const struct dynamic *entry = _DYNAMIC; entry->tag != DT_NULL; ++entry) {
    if (entry->tag == DT_RELA)
      table = entry->value;
    if (entry->tag == DT_RELASZ)
      size = entry->value;
  }
  const struct relocation *relocation = (const struct relocation *)(base + table);
  // All are of the type that adds the address: `cargo cloudabi check-elf` makes sure of it.
  for (; size >= sizeof(*relocation); size -= sizeof(*relocation), ++relocation)
    *(uint64_t *)(base + relocation->offset) = base + relocation->addend;
}

static int same(const char *a, const char *b) {
  while (*a != '\0' && *a == *b)
    ++a, ++b;
  return *a == *b;
}

void *host_function(const char *name) {
  uintptr_t base = (uintptr_t)host_image;
  const struct program_header *header = (const struct program_header *)(base + host_image->program_headers);
  const struct dynamic *entry = NULL;
  for (uint16_t i = 0; i < host_image->program_header_count; ++i)
    if (header[i].type == PT_DYNAMIC)
      entry = (const struct dynamic *)(base + header[i].address);
  const struct symbol *symbols = NULL;
  const char *names = NULL;
  uint32_t count = 0;
  for (; entry != NULL && entry->tag != DT_NULL; ++entry) {
    if (entry->tag == DT_SYMTAB)
      symbols = (const struct symbol *)(base + entry->value);
    if (entry->tag == DT_STRTAB)
      names = (const char *)(base + entry->value);
    // The second word of the table is the number of symbols.
    if (entry->tag == DT_HASH)
      count = ((const uint32_t *)(base + entry->value))[1];
  }
  if (symbols == NULL || names == NULL)
    return NULL;
  for (uint32_t i = 0; i < count; ++i)
    if (symbols[i].section != 0 && same(names + symbols[i].name, name))
      return (void *)(base + symbols[i].value);
  return NULL;
}

// Where the host begins. It is called like an ordinary function, and must not return.
__attribute__((noreturn)) void _start(const cloudabi_auxv_t *auxv) {
  relocate((uintptr_t)&__ehdr_start);
  const uint8_t *arguments = NULL;
  size_t length = 0;
  for (; auxv->a_type != CLOUDABI_AT_NULL; ++auxv) {
    switch (auxv->a_type) {
      case CLOUDABI_AT_ARGDATA:
        arguments = auxv->a_ptr;
        break;
      case CLOUDABI_AT_ARGDATALEN:
        length = auxv->a_val;
        break;
      case CLOUDABI_AT_SYSINFO_EHDR:
        host_image = auxv->a_ptr;
        break;
    }
  }
  cloudabi_exitcode_t code = program_main(arguments, length);
  CALL(cloudabi_sys_proc_exit)(code);
  __builtin_trap();
}
