/* What the shared object says of itself, before a byte of it runs. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gelf.h>
#include <libelf.h>

#include "check.h"

/* Symbols that a sanitizer or the linker puts into every object. */
static bool is_tool(const char *name)
{
    static const char *const beginnings[] = {"__asan",  "__ubsan", "__odr_asan", "__start_",
                                             "__stop_", "__tsan",  "_init",      "_fini"};
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool look_at_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, bool *found,
                            char why[CHECK_TEXT])
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = header->sh_entsize > 0 ? (size_t)(header->sh_size / header->sh_entsize) : 0;
    for (size_t i = 0; i < count && data != NULL; i++) {
        GElf_Sym symbol;
        if (gelf_getsym(data, (int)i, &symbol) == NULL) {
            return check_failed(why, "its symbols cannot be read");
        }
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF || GELF_ST_BIND(symbol.st_info) == STB_LOCAL ||
            name == NULL || name[0] == '\0' || is_tool(name)) {
            continue;
        }
        if (strcmp(name, "platen_plugin_descriptor") != 0) {
            return check_failed(why,
                                "it exports '%s': make it static, or build with "
                                "-fvisibility=hidden",
                                name);
        }
        *found = true;
    }
    return true;
}

static bool look_at(Elf *elf, char why[CHECK_TEXT])
{
    bool found = false;
    Elf_Scn *section = NULL;
    if (elf_kind(elf) != ELF_K_ELF) {
        return check_failed(why, "it is no ELF file");
    }
    while ((section = elf_nextscn(elf, section)) != NULL) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == NULL) {
            return check_failed(why, "its sections cannot be read");
        }
        if (header.sh_type == SHT_DYNSYM && !look_at_symbols(elf, section, &header, &found, why)) {
            return false;
        }
    }
    return found || check_failed(why, "it does not export platen_plugin_descriptor");
}

bool check_symbols(const check_job *job, char why[CHECK_TEXT])
{
    int fd = open(job->plugin, O_RDONLY | O_CLOEXEC);
    (void)elf_version(EV_CURRENT);
    Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
    if (elf == NULL) {
        return check_failed(why, "'%s' cannot be read", job->plugin);
    }
    bool good = look_at(elf, why);
    (void)elf_end(elf);
    (void)close(fd);
    if (good && dlopen(job->plugin, RTLD_NOW | RTLD_LOCAL) == NULL) {
        good = check_failed(why, "%s", dlerror());
    }
    return good;
}
