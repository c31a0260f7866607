/* Packages that are active, for agents: what they are told of them, and their bytes in pieces. */
#include "core/link/link_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/pack/active.h"
#include "core/pack/trust.h"

#define PIECE (1u << 20) /* bytes of a package in one answer */

void link_manager_set_functions(link_manager *l, const char *data, bool allow_unsigned)
{
    l->data = data;
    l->allow_unsigned = allow_unsigned;
}

static bool is_for_agents(const active_package *p)
{
    return p->agent || strcmp(p->kind, "profiles") == 0;
}

static void write_packages(const cJSON *active, json_writer *w)
{
    active_package p;
    json_array(w, "packages");
    for (size_t i = 0; active_get(active, i, &p); i++) {
        if (!is_for_agents(&p)) {
            continue;
        }
        cJSON *entry = cJSON_Duplicate(p.entry, true);
        cJSON_DeleteItemFromObjectCaseSensitive(entry, "previous");
        json_tree(w, NULL, entry);
        cJSON_Delete(entry);
    }
    json_array_end(w);
}

static platen_code write_publishers(const link_manager *l, json_writer *w, platen_error *err)
{
    char folder[FILE_PATH];
    trust *publishers = NULL;
    PLATEN_TRY(active_path(l->data, "trust", folder, err));
    PLATEN_TRY(trust_open(folder, &publishers, err));
    json_array(w, "publishers");
    for (size_t i = 0; i < trust_count(publishers); i++) {
        const trust_publisher *p = trust_get(publishers, i);
        /* What was installed while the trust lasted stays, on agents that come later, too. */
        if (p->revoked == 0) {
            json_object(w, NULL);
            json_text(w, "name", p->name);
            json_text(w, "key", p->key);
            json_object_end(w);
        }
    }
    json_array_end(w);
    trust_close(publishers);
    return PLATEN_OK;
}

platen_code link_functions(const link_manager *l, json_writer *w, const char *key,
                           platen_error *err)
{
    cJSON *active = NULL;
    if (l->data == NULL) {
        json_null(w, key);
        return PLATEN_OK;
    }
    PLATEN_TRY(active_list(l->data, &active, err));
    json_object(w, key);
    json_i64(w, "generation", json_get_i64(active, "generation", 0));
    json_bool(w, "allow_unsigned", l->allow_unsigned);
    write_packages(active, w);
    cJSON_Delete(active);
    platen_code rc = write_publishers(l, w, err);
    json_object_end(w);
    return rc;
}

/* ---- bytes ---- */

static platen_code find_package(const link_manager *l, const cJSON *body, char path[FILE_PATH],
                                platen_error *err)
{
    const char *name = json_get_text(body, "name", "");
    const char *version = json_get_text(body, "version", "");
    active_package p;
    cJSON *active = NULL;
    if (l->data == NULL) {
        return error_set(err, PLATEN_E_NOT_FOUND, "this manager has no packages");
    }
    PLATEN_TRY(active_list(l->data, &active, err));
    bool there =
        active_find(active, name, &p) && strcmp(p.version, version) == 0 && is_for_agents(&p);
    platen_code rc =
        there ? active_ppk(l->data, p.name, p.version, path, err)
              : error_set(err, PLATEN_E_NOT_FOUND,
                          "function '%.63s' %.63s is not active for agents", name, version);
    cJSON_Delete(active);
    return rc;
}

static platen_code write_piece(int fd, int64_t offset, json_writer *w, platen_error *err)
{
    struct stat st;
    strbuf text;
    char *bytes = malloc(PIECE);
    ssize_t got = bytes != NULL && fstat(fd, &st) == 0 ? pread(fd, bytes, PIECE, offset) : -1;
    if (got < 0) {
        int errnum = errno;
        free(bytes);
        return error_sys(err, PLATEN_E_IO, errnum, "a package cannot be read");
    }
    strbuf_init(&text);
    text_base64(&text, bytes, (size_t)got);
    free(bytes);
    json_object(w, NULL);
    json_i64(w, "size", st.st_size);
    json_i64(w, "offset", offset);
    json_text(w, "data", text.data);
    json_object_end(w);
    platen_code rc =
        text.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a package") : PLATEN_OK;
    strbuf_fini(&text);
    return rc;
}

platen_code link_package(link_manager *l, const cJSON *body, json_writer *w, platen_error *err)
{
    char path[FILE_PATH];
    int64_t offset = json_get_i64(body, "offset", 0);
    if (offset < 0) {
        return error_set(err, PLATEN_E_INVAL, "offset %" PRId64 " of a package", offset);
    }
    PLATEN_TRY(find_package(l, body, path, err));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return error_sys(err, errno == ENOENT ? PLATEN_E_NOT_FOUND : PLATEN_E_IO, errno,
                         "a package cannot be opened");
    }
    platen_code rc = write_piece(fd, offset, w, err);
    (void)close(fd);
    return rc;
}
