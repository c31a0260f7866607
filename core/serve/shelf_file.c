/*
 * The files of the shelf. Each is sealed with the agent's key file for its own name, so that none
 * can be put into another's place.
 */
#include "core/serve/shelf_private.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <platen/unstable/serve.h>

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"

#define LOG_SOURCE "serve"
#define PLACE_FILE_MAX 16384u
/* Twice base64, and what sealing adds. */
#define BODY_FILE_MAX ((size_t)PLATEN_SERVE_BODY_MAX * 2u)

static platen_code path_of(const shelf *s, const char *prefix, const char *name,
                           char path[FILE_PATH], platen_error *err)
{
    char file[SHELF_ID + 16];
    (void)snprintf(file, sizeof(file), "%s-%s", prefix, name);
    return file_join(path, s->folder, file, err);
}

/* Reads and opens one file; the caller frees with secret_text_free(). */
static platen_code open_file(const shelf *s, const char *prefix, const char *name, size_t limit,
                             char **plain, platen_error *err)
{
    char path[FILE_PATH];
    char place_name[SHELF_ID + 32];
    char *sealed = NULL;
    size_t length = 0;
    PLATEN_TRY(path_of(s, prefix, name, path, err));
    PLATEN_TRY(file_read(path, limit, &sealed, &length, err));
    (void)snprintf(place_name, sizeof(place_name), "download/%s/%s", prefix, name);
    platen_code rc = secret_open(s->key, place_name, sealed, plain, err);
    free(sealed);
    return rc;
}

static platen_code write_file(const shelf *s, const char *prefix, const char *name,
                              const char *plain, platen_error *err)
{
    char path[FILE_PATH];
    char place_name[SHELF_ID + 32];
    char *sealed = NULL;
    PLATEN_TRY(path_of(s, prefix, name, path, err));
    (void)snprintf(place_name, sizeof(place_name), "download/%s/%s", prefix, name);
    PLATEN_TRY(secret_seal(s->key, place_name, plain, &sealed, err));
    platen_code rc = file_write(path, sealed, strlen(sealed), 0600, err);
    secret_text_free(sealed);
    return rc;
}

void shelf_remove_file(const shelf *s, const char *prefix, const char *name)
{
    char path[FILE_PATH];
    if (path_of(s, prefix, name, path, NULL) == PLATEN_OK) {
        (void)unlink(path);
    }
}

/* ---- bodies ---- */

platen_code shelf_write_body(const shelf *s, const char *digest, const void *data, size_t length,
                             platen_error *err)
{
    strbuf text;
    strbuf_init(&text);
    text_base64(&text, data, length);
    platen_code rc = text.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for %zu bytes", length)
                                 : write_file(s, "body", digest, text.data, err);
    strbuf_fini(&text);
    return rc;
}

platen_code shelf_read(const shelf *s, const char *digest, char **data, size_t *length,
                       platen_error *err)
{
    char *text = NULL;
    char found[SHELF_ID];
    PLATEN_TRY(open_file(s, "body", digest, BODY_FILE_MAX, &text, err));
    size_t room = strlen(text) / 4 * 3 + 3;
    *data = malloc(room);
    platen_code rc =
        *data != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for %zu bytes", room);
    if (rc == PLATEN_OK && !text_unbase64(text, *data, room, length)) {
        rc = error_set(err, PLATEN_E_CORRUPT, "a published body is damaged");
    }
    if (rc == PLATEN_OK) {
        shelf_digest(*data, *length, found);
        rc = strcmp(found, digest) == 0
                 ? PLATEN_OK
                 : error_set(err, PLATEN_E_CORRUPT, "a published body has another digest");
    }
    secret_text_free(text);
    if (rc != PLATEN_OK) {
        free(*data);
        *data = NULL;
    }
    return rc;
}

/* ---- places ---- */

platen_code shelf_write_place(const shelf *s, const place *p, platen_error *err)
{
    strbuf text;
    json_writer w;
    char address[NET_TEXT];
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    json_text(&w, "token", p->token);
    json_text(&w, "driver", p->driver);
    json_text(&w, "name", p->name);
    json_text(&w, "address", net_format(&p->address, address));
    json_text(&w, "type", p->type);
    json_text(&w, "user", p->user);
    json_text(&w, "hash", p->hash);
    json_text(&w, "digest", p->digest);
    json_i64(&w, "length", (int64_t)p->length);
    json_i64(&w, "used", p->used);
    json_i64(&w, "published", p->published);
    json_i64(&w, "until", p->until);
    json_i64(&w, "fetched", p->fetched);
    json_i64(&w, "fetches", p->fetches);
    json_i64(&w, "refused", p->refused);
    json_text(&w, "refusal", p->refusal);
    json_object_end(&w);
    platen_code rc = text.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a place")
                                 : write_file(s, "place", p->id, text.data, err);
    explicit_bzero(text.data, text.length);
    strbuf_fini(&text);
    return rc;
}

static bool take_text(const cJSON *tree, const char *name, char *out, size_t size)
{
    int length = snprintf(out, size, "%s", json_get_text(tree, name, ""));
    return length >= 0 && (size_t)length < size;
}

static bool take_login(const cJSON *tree, place *p)
{
    const char *user = json_get_text(tree, "user", NULL);
    const char *hash = json_get_text(tree, "hash", NULL);
    p->user = user != NULL ? strdup(user) : NULL;
    p->hash = hash != NULL ? strdup(hash) : NULL;
    return (p->user != NULL) == (user != NULL) && (p->hash != NULL) == (hash != NULL) &&
           (p->user != NULL) == (p->hash != NULL);
}

static place *place_of(const cJSON *tree, const char *id)
{
    place *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    bool good = take_text(tree, "token", p->token, sizeof(p->token)) &&
                take_text(tree, "driver", p->driver, sizeof(p->driver)) &&
                take_text(tree, "name", p->name, sizeof(p->name)) &&
                take_text(tree, "type", p->type, sizeof(p->type)) &&
                take_text(tree, "digest", p->digest, sizeof(p->digest)) &&
                take_text(tree, "refusal", p->refusal, sizeof(p->refusal)) &&
                net_parse(json_get_text(tree, "address", ""), &p->address) && take_login(tree, p);
    shelf_id_of(p->token, p->id);
    p->length = (uint64_t)json_get_i64(tree, "length", 0);
    p->used = json_get_i64(tree, "used", 0);
    p->published = json_get_i64(tree, "published", 0);
    p->until = json_get_i64(tree, "until", 0);
    p->fetched = json_get_i64(tree, "fetched", 0);
    p->fetches = (uint32_t)json_get_i64(tree, "fetches", 0);
    p->refused = json_get_i64(tree, "refused", 0);
    if (!good || strcmp(p->id, id) != 0 || p->length > PLATEN_SERVE_BODY_MAX ||
        (p->digest[0] != '\0' && p->user == NULL)) {
        place_free(p);
        return NULL;
    }
    return p;
}

static bool read_place(shelf *s, const char *id)
{
    char *plain = NULL;
    cJSON *tree = NULL;
    if (open_file(s, "place", id, PLACE_FILE_MAX, &plain, NULL) != PLATEN_OK) {
        return false;
    }
    place *p =
        json_parse(plain, strlen(plain), &tree, NULL) == PLATEN_OK ? place_of(tree, id) : NULL;
    secret_text_free(plain);
    cJSON_Delete(tree);
    if (p == NULL || !shelf_hold(s, p)) {
        place_free(p);
        return false;
    }
    return true;
}

/* The name behind "<prefix>-" when it is one of 64 hexadecimal digits, else NULL. */
static const char *name_of(const char *file, const char *prefix)
{
    size_t length = strlen(prefix);
    bool good = strncmp(file, prefix, length) == 0 && file[length] == '-' &&
                strlen(file + length + 1) == SHELF_ID - 1 &&
                strspn(file + length + 1, "0123456789abcdef") == SHELF_ID - 1;
    return good ? file + length + 1 : NULL;
}

static size_t read_places(shelf *s, DIR *folder)
{
    const struct dirent *entry = NULL;
    size_t lost = 0;
    while ((entry = readdir(folder)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        const char *id = name_of(entry->d_name, "place");
        if (id != NULL && !read_place(s, id)) {
            shelf_remove_file(s, "place", id);
            lost++;
        }
    }
    return lost;
}

/* A body that no place names is what a crash left. */
static void remove_strays(const shelf *s, DIR *folder)
{
    const struct dirent *entry = NULL;
    rewinddir(folder);
    while ((entry = readdir(folder)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        const char *digest = name_of(entry->d_name, "body");
        if (digest != NULL && map_get(s->bodies, digest, strlen(digest)) == NULL) {
            shelf_remove_file(s, "body", digest);
        }
    }
}

platen_code shelf_read_all(shelf *s, platen_error *err)
{
    DIR *folder = opendir(s->folder);
    if (folder == NULL) {
        return error_set(err, PLATEN_E_IO, "cannot read the folder '%.200s'", s->folder);
    }
    size_t lost = read_places(s, folder);
    remove_strays(s, folder);
    (void)closedir(folder);
    if (lost > 0) {
        log_warning(
            "%zu things that were published cannot be read with this key file and are gone: "
            "distribute them again",
            lost);
    }
    return PLATEN_OK;
}
