/* Any bytes as a package, and as a manifest: refused with a text, or a package whose every file can
 * be read as its manifest says. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/pack/ppk_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(platen_code rc, const platen_error *err)
{
    if (rc != PLATEN_OK && err->text[0] == '\0') {
        abort();
    }
}

static void as_package(const uint8_t *data, size_t size)
{
    char path[64];
    ppk *p = NULL;
    const char *word = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    platen_code rc = ppk_open(path, &p, &word, &err);
    check(rc, &err);
    if (rc == PLATEN_OK) {
        check(ppk_check_digests(p, &word, &err), &err);
    }
    ppk_close(p);
    (void)close(fd);
}

static void as_manifest(const uint8_t *data, size_t size)
{
    ppk_manifest m;
    platen_error err = PLATEN_ERROR_INIT;
    arena *memory = arena_new();
    check(ppk_manifest_read((const char *)data, size, memory, &m, &err), &err);
    arena_free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    as_package(data, size);
    as_manifest(data, size);
    return 0;
}
