/* Applies the relative relocations of the section DT_RELR, which musl ignores before version 1.2.4, to the
   libraries of a program. The loader has copied some of their data into the program before that, so these
   copies are made again. Is preloaded, so that this happens before any constructor runs.

   An even entry is the address of a word. The bits of an odd entry, from the second on, stand for the
   words after the last one that was named. Each named word gets the library's base address added. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { RELR_SIZE = 35, RELR = 36, PAGE = 4096, BITS = 8 * sizeof(uintptr_t) - 1 };

/* Makes the pages writable that the loader has made read-only after its own relocations. */
static void open_pages(const struct dl_phdr_info *library) {
  for (int at = 0; at < library->dlpi_phnum; at++) {
    const ElfW(Phdr) *part = &library->dlpi_phdr[at];
    if (part->p_type != PT_GNU_RELRO) continue;
    uintptr_t begin = (library->dlpi_addr + part->p_vaddr) & -PAGE;
    uintptr_t end = (library->dlpi_addr + part->p_vaddr + part->p_memsz + PAGE - 1) & -PAGE;
    mprotect((void *)begin, end - begin, PROT_READ | PROT_WRITE);
  }
}

/* Finds an entry of the dynamic section, or 0. */
static uintptr_t entry_of(const struct dl_phdr_info *library, ElfW(Sxword) tag) {
  for (int at = 0; at < library->dlpi_phnum; at++) {
    const ElfW(Phdr) *part = &library->dlpi_phdr[at];
    if (part->p_type != PT_DYNAMIC) continue;
    const ElfW(Dyn) *entry = (const void *)(library->dlpi_addr + part->p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == tag) return entry->d_un.d_val;
    }
  }
  return 0;
}

static int relocate(struct dl_phdr_info *library, size_t size, void *data) {
  (void)size;
  (void)data;
  uintptr_t table = entry_of(library, RELR), length = entry_of(library, RELR_SIZE);
  if (table == 0) return 0;

  open_pages(library);
  const uintptr_t *next = (const uintptr_t *)(library->dlpi_addr + table);
  const uintptr_t *end = next + length / sizeof *next;
  uintptr_t *word = NULL;
  for (; next < end; next++) {
    if (*next % 2 == 0) {
      word = (uintptr_t *)(library->dlpi_addr + *next);
      *word++ += library->dlpi_addr;
    } else {
      for (int bit = 0; bit < BITS; bit++) {
        if (*next >> (bit + 1) & 1) word[bit] += library->dlpi_addr;
      }
      word += BITS;
    }
  }
  return 0;
}

/* Copies data into the program once more, which is the first object. Ends there. */
static int copy(struct dl_phdr_info *program, size_t size, void *data) {
  (void)size;
  (void)data;
  const char *base = (const char *)program->dlpi_addr;
  const ElfW(Rela) *next = (const void *)(base + entry_of(program, DT_RELA));
  const ElfW(Rela) *end = (const void *)((const char *)next + entry_of(program, DT_RELASZ));
  const ElfW(Sym) *symbols = (const void *)(base + entry_of(program, DT_SYMTAB));
  const char *names = base + entry_of(program, DT_STRTAB);
  open_pages(program);
  for (; next < end; next++) {
    if (ELF64_R_TYPE(next->r_info) != R_X86_64_COPY) continue;
    const ElfW(Sym) *symbol = &symbols[ELF64_R_SYM(next->r_info)];
    const void *original = dlsym(RTLD_NEXT, names + symbol->st_name);
    if (original != NULL) memcpy((void *)(base + next->r_offset), original, symbol->st_size);
  }
  return 1;
}

__attribute__((constructor)) static void repair(void) {
  dl_iterate_phdr(relocate, NULL);
  dl_iterate_phdr(copy, NULL);
}
