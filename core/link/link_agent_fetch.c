/* Packages from the manager, piece by piece: a transfer that breaks off goes on where it was. */
#include "core/link/link_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/link/agent_http.h"
#include "core/link/link_agent_private.h"
#include "core/pack/digest.h"

#define POST_S 120
#define PIECE_MAX (1u << 20)
#define SIZE_MAX_PACKAGE (INT64_C(512) << 20)

static platen_code ask_piece(agent_http *http, const char *name, const char *version,
                             int64_t offset, cJSON **answer, platen_error *err)
{
    bool deactivated = false;
    json_writer w;
    strbuf body;
    strbuf_init(&body);
    json_init(&w, &body);
    json_object(&w, NULL);
    json_text(&w, "name", name);
    json_text(&w, "version", version);
    json_i64(&w, "offset", offset);
    json_object_end(&w);
    platen_code rc = agent_http_post(http, "package", &body, POST_S, answer, &deactivated, err);
    return rc;
}

static platen_code write_piece(int fd, const cJSON *answer, int64_t offset, size_t *written,
                               platen_error *err)
{
    unsigned char *bytes = malloc(PIECE_MAX + 4);
    size_t length = 0;
    platen_code rc = PLATEN_OK;
    if (bytes == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a package");
    }
    if (!text_unbase64(json_get_text(answer, "data", ""), bytes, PIECE_MAX, &length)) {
        rc = error_set(err, PLATEN_E_PROTOCOL, "a piece of a package cannot be read");
    } else if (pwrite(fd, bytes, length, offset) != (ssize_t)length) {
        rc = error_sys(err, PLATEN_E_IO, errno, "a package cannot be written");
    }
    *written = length;
    free(bytes);
    return rc;
}

static platen_code get_pieces(link_agent *l, agent_http *http, int fd, const char *name,
                              const char *version, int64_t size, platen_error *err)
{
    struct stat st;
    int64_t at = fstat(fd, &st) == 0 && st.st_size <= size ? st.st_size : 0;
    while (at < size) {
        cJSON *answer = NULL;
        size_t written = 0;
        if (link_agent_stopping(l)) {
            return error_set(err, PLATEN_E_CANCELLED, "the agent stops");
        }
        PLATEN_TRY(ask_piece(http, name, version, at, &answer, err));
        platen_code rc = write_piece(fd, answer, at, &written, err);
        cJSON_Delete(answer);
        PLATEN_TRY(rc);
        if (written == 0) {
            return error_set(err, PLATEN_E_PROTOCOL,
                             "the package ends at %" PRId64 " of %" PRId64 " bytes", at, size);
        }
        at += (int64_t)written;
    }
    return fsync(fd) == 0 ? PLATEN_OK
                          : error_sys(err, PLATEN_E_IO, errno, "a package cannot be written");
}

static platen_code check_digest(int fd, const char *path, const char *wanted, platen_error *err)
{
    char digest[DIGEST_TEXT];
    int64_t size = 0;
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", path);
    }
    PLATEN_TRY(digest_fd(fd, path, digest, &size, err));
    return strcmp(digest, wanted) == 0
               ? PLATEN_OK
               : error_set(err, PLATEN_E_CORRUPT, "the package has another digest than it should");
}

platen_code link_agent_fetch(link_agent *l, const char *name, const char *version, int64_t size,
                             const char *sha256, const char *path, platen_error *err)
{
    char part[FILE_PATH];
    agent_http *http = NULL;
    int length = snprintf(part, sizeof(part), "%s.part", path);
    if (length < 0 || (size_t)length >= sizeof(part) || size <= 0 || size > SIZE_MAX_PACKAGE) {
        return error_set(err, PLATEN_E_INVAL, "a package of %" PRId64 " bytes", size);
    }
    PLATEN_TRY(link_agent_http(l, &http, err));
    int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    platen_code rc = fd >= 0 ? get_pieces(l, http, fd, name, version, size, err)
                             : error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", part);
    if (rc == PLATEN_OK) {
        rc = check_digest(fd, part, sha256, err);
        if (rc != PLATEN_OK || rename(part, path) != 0) {
            rc =
                rc != PLATEN_OK ? rc : error_sys(err, PLATEN_E_IO, errno, "cannot keep '%s'", path);
            (void)unlink(part);
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    agent_http_free(http);
    return rc;
}
