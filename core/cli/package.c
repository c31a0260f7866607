/* See package.h. */
#include "core/cli/package.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/cli/edit.h"
#include "core/cli/progress.h"
#include "core/cli/resource.h"
#include "core/pack/ppk.h"

#define UPLOADS "/functions/uploads"
#define PIECE ((size_t)4 << 20)
#define PAUSE_MS 300
#define LOOKED_AT_S 300
#define LOST_S 60 /* without an answer before giving up */

/* The file that is sent. */
typedef struct package {
    const char *name;
    int fd;
    int64_t size;
    char sha256[DIGEST_TEXT];
    int64_t sent;
} package;

void package_pause(void)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
}

static platen_code get_upload(cli *c, const char *id, api_answer *answer, platen_error *err)
{
    strbuf path;
    strbuf_init(&path);
    strbuf_append(&path, UPLOADS);
    api_segment(&path, id);
    platen_code rc = api_call(c, "GET", path.data, NULL, NULL, answer, err);
    strbuf_fini(&path);
    return rc;
}

/* ---- where to begin ---- */

static void take_upload(const cJSON *upload, package *p, char id[PACKAGE_ID])
{
    (void)snprintf(id, PACKAGE_ID, "%s", json_get_text(upload, "id", ""));
    p->sent = json_get_i64(upload, "received", 0);
}

/* The same file, which is not whole yet: `id` is "" when there is none. */
static platen_code find_begun(cli *c, package *p, char id[PACKAGE_ID], platen_error *err)
{
    const cJSON *each = NULL;
    api_answer answer;
    id[0] = '\0';
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", UPLOADS, NULL, NULL, &answer, err);
    cJSON_ArrayForEach(each, json_get_array(answer.tree, "items"))
    {
        if (strcmp(json_get_text(each, "state", ""), "uploading") == 0 &&
            json_get_i64(each, "size", -1) == p->size &&
            strcmp(json_get_text(each, "sha256", ""), p->sha256) == 0) {
            take_upload(each, p, id);
            break;
        }
    }
    api_answer_fini(&answer);
    return rc;
}

static platen_code write_begin(cli *c, json_writer *w, const args *a, const void *user,
                               platen_error *err)
{
    const package *p = user;
    (void)c;
    (void)a;
    (void)err;
    json_text(w, "file_name", p->name);
    json_i64(w, "size", p->size);
    json_text(w, "sha256", p->sha256);
    return PLATEN_OK;
}

static platen_code begin(cli *c, package *p, char id[PACKAGE_ID], platen_error *err)
{
    strbuf body;
    api_answer answer;
    PLATEN_TRY(find_begun(c, p, id, err));
    if (id[0] != '\0') {
        return PLATEN_OK;
    }
    api_answer_init(&answer);
    platen_code rc = edit_body(c, &body, NULL, write_begin, p, err);
    if (rc == PLATEN_OK) {
        rc = resource_post(c, UPLOADS, body.data, &answer, err);
    }
    take_upload(answer.tree, p, id);
    api_answer_fini(&answer);
    edit_body_end(&body);
    return rc;
}

/* ---- the bytes ---- */

static platen_code send_piece(cli *c, const char *id, package *p, char *piece, platen_error *err)
{
    char number[32];
    strbuf path;
    ssize_t length = pread(p->fd, piece, PIECE, (off_t)p->sent);
    if (length <= 0) {
        return error_sys(err, PLATEN_E_IO, length < 0 ? errno : ENODATA,
                         "'%s' ends at %" PRId64 " bytes of %" PRId64, p->name, p->sent, p->size);
    }
    strbuf_init(&path);
    strbuf_append(&path, UPLOADS);
    api_segment(&path, id);
    (void)snprintf(number, sizeof(number), "%" PRId64, p->sent);
    api_query(&path, "offset", number);
    platen_code rc = api_put_octets(c, path.data, piece, (size_t)length, NULL, err);
    strbuf_fini(&path);
    p->sent += rc == PLATEN_OK ? length : 0;
    return rc;
}

/* What arrived of a piece that broke off counts: the manager is asked how far it is. */
static platen_code ask_how_far(cli *c, const char *id, package *p, platen_error *err)
{
    api_answer answer;
    int64_t until = clock_mono() + LOST_S * 1000;
    platen_code rc;
    do {
        package_pause();
        api_answer_init(&answer);
        rc = get_upload(c, id, &answer, err);
        p->sent = rc == PLATEN_OK ? json_get_i64(answer.tree, "received", 0) : p->sent;
        api_answer_fini(&answer);
    } while (api_may_come_back(rc) && clock_mono() < until);
    return rc;
}

static platen_code send_bytes(cli *c, const char *id, package *p, platen_error *err)
{
    char *piece = malloc(PIECE);
    int64_t stuck = -1;
    platen_code rc =
        piece != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for an upload");
    progress_bytes(c, p->sent, p->size);
    while (rc == PLATEN_OK && p->sent < p->size) {
        int64_t from = p->sent;
        rc = send_piece(c, id, p, piece, err);
        if (api_may_come_back(rc) && from != stuck) { /* twice at one place is no accident */
            stuck = from;
            rc = ask_how_far(c, id, p, err);
        }
        if (rc == PLATEN_OK) {
            progress_bytes(c, p->sent, p->size);
        }
    }
    if (rc == PLATEN_OK) { /* what was said on the way there does not count */
        strbuf_clear(&c->problem);
        c->problem_code[0] = '\0';
    }
    free(piece);
    return rc;
}

/* ---- what the manager says of it ---- */

/* Until the manager has looked at it; a package that it refuses is an error with the reason. */
static platen_code await_look(cli *c, const char *id, api_answer *answer, platen_error *err)
{
    int64_t until = clock_mono() + LOOKED_AT_S * 1000;
    do {
        PLATEN_TRY(get_upload(c, id, answer, err));
        const char *state = json_get_text(answer->tree, "state", "");
        if (strcmp(state, "refused") == 0) {
            return error_set(err, PLATEN_E_STATE, "the package is refused (%s): %s",
                             json_get_text(answer->tree, "code", ""),
                             json_get_text(answer->tree, "text", ""));
        }
        if (strcmp(state, "ready") == 0) {
            return PLATEN_OK;
        }
        package_pause();
    } while (clock_mono() < until);
    return error_set(err, PLATEN_E_TIMEOUT, "the manager has not looked at the package in %d s",
                     LOOKED_AT_S);
}

platen_code package_send(cli *c, const char *path, char id[PACKAGE_ID], api_answer *answer,
                         platen_error *err)
{
    const char *slash = strrchr(path, '/');
    package p = {.name = slash != NULL ? slash + 1 : path, .fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (p.fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", path);
    }
    platen_code rc = digest_fd(p.fd, path, p.sha256, &p.size, err);
    if (rc == PLATEN_OK) {
        rc = begin(c, &p, id, err);
    }
    if (rc == PLATEN_OK) {
        rc = send_bytes(c, id, &p, err);
    }
    (void)close(p.fd);
    return rc == PLATEN_OK ? await_look(c, id, answer, err) : rc;
}
