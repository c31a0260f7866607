/* See trust.h. */
#include "core/pack/trust.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define FILE_MOST 16384
#define NAME_MOST 200
#define PEM_MOST 4096
#define ENDING ".json"

struct trust {
    char *folder; /* NULL: in memory */
    trust_publisher *at[TRUST_PUBLISHERS];
    size_t count;
};

/* ---- keys ---- */

static platen_code read_key(const char *pem, uint8_t raw[TRUST_KEY], platen_error *err)
{
    size_t size = TRUST_KEY;
    BIO *bio = strlen(pem) <= PEM_MOST ? BIO_new_mem_buf(pem, -1) : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    bool ok = key != NULL && EVP_PKEY_is_a(key, "ED25519") == 1 &&
              EVP_PKEY_get_raw_public_key(key, raw, &size) == 1 && size == TRUST_KEY;
    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok ? PLATEN_OK
              : error_set(err, PLATEN_E_INVAL, "this is no public Ed25519 key in PEM form");
}

static platen_code id_of(const uint8_t raw[TRUST_KEY], char id[TRUST_ID], platen_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(raw, TRUST_KEY, digest, NULL, EVP_sha256(), NULL) != 1) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot compute the id of a key");
    }
    text_hex(id, digest, (TRUST_ID - 1) / 2);
    return PLATEN_OK;
}

platen_code trust_id_of(const char *pem, char id[TRUST_ID], platen_error *err)
{
    uint8_t raw[TRUST_KEY];
    PLATEN_TRY(read_key(pem, raw, err));
    return id_of(raw, id, err);
}

/* ---- publishers ---- */

static void publisher_free(trust_publisher *p)
{
    if (p != NULL) {
        free((char *)(uintptr_t)p->name);
        free((char *)(uintptr_t)p->key);
        free(p);
    }
}

static platen_code publisher_new(const char *name, const char *pem, trust_publisher **out,
                                 platen_error *err)
{
    if (name == NULL || name[strspn(name, " \t")] == '\0' || strlen(name) > NAME_MOST ||
        !text_is_utf8(name, strlen(name))) {
        return error_set(err, PLATEN_E_INVAL, "a publisher needs a name of 1 to %d bytes",
                         NAME_MOST);
    }
    if (pem == NULL) {
        return error_set(err, PLATEN_E_INVAL, "publisher '%s' has no key", name);
    }
    trust_publisher *p = calloc(1, sizeof(*p));
    if (p == NULL || (p->name = strdup(name)) == NULL || (p->key = strdup(pem)) == NULL) {
        publisher_free(p);
        return error_set(err, PLATEN_E_NOMEM, "no memory for publisher '%s'", name);
    }
    platen_code rc = read_key(pem, p->public, err);
    rc = rc == PLATEN_OK ? id_of(p->public, p->id, err) : rc;
    if (rc != PLATEN_OK) {
        publisher_free(p);
        return rc;
    }
    *out = p;
    return PLATEN_OK;
}

/* Keeps them in order of name, then id. */
static platen_code keep(trust *t, trust_publisher *p, platen_error *err)
{
    if (trust_find(t, p->id) != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "the key %s is there already, as that of '%s'",
                         p->id, trust_find(t, p->id)->name);
    }
    if (t->count == TRUST_PUBLISHERS) {
        return error_set(err, PLATEN_E_TOO_LARGE, "there are %d publishers, more cannot be added",
                         TRUST_PUBLISHERS);
    }
    size_t at = t->count++;
    for (; at > 0; at--) {
        int order = strcmp(t->at[at - 1]->name, p->name);
        if (order < 0 || (order == 0 && strcmp(t->at[at - 1]->id, p->id) < 0)) {
            break;
        }
        t->at[at] = t->at[at - 1];
    }
    t->at[at] = p;
    return PLATEN_OK;
}

static void forget(trust *t, const trust_publisher *p)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->at[i] == p) {
            memmove(&t->at[i], &t->at[i + 1], (t->count - i - 1) * sizeof(t->at[0]));
            t->count--;
            return;
        }
    }
}

/* ---- files ---- */

static platen_code write_publisher(const trust *t, const trust_publisher *p, platen_error *err)
{
    char file[TRUST_ID + sizeof(ENDING)];
    char path[FILE_PATH];
    strbuf text;
    json_writer w;
    if (t->folder == NULL) {
        return PLATEN_OK;
    }
    (void)snprintf(file, sizeof(file), "%s" ENDING, p->id);
    PLATEN_TRY(file_join(path, t->folder, file, err));
    PLATEN_TRY(file_make_dir(t->folder, 0700, err));
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    json_text(&w, "name", p->name);
    json_text(&w, "key", p->key);
    json_time(&w, "added", p->added);
    json_time(&w, "revoked", p->revoked);
    json_time(&w, "expires", p->expires);
    json_object_end(&w);
    platen_code rc = text.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", path)
                                 : file_write(path, text.data, text.length, 0600, err);
    strbuf_fini(&text);
    return rc;
}

/* Null and absent are 0; anything else must be a time. */
static bool read_time(const cJSON *tree, const char *key, int64_t *out)
{
    *out = 0;
    return json_is_null_or_absent(tree, key) || clock_parse(json_get_text(tree, key, ""), out);
}

static platen_code read_publisher(trust *t, const cJSON *tree, const char *id, platen_error *err)
{
    trust_publisher *p = NULL;
    PLATEN_TRY(publisher_new(json_get_text(tree, "name", NULL), json_get_text(tree, "key", NULL),
                             &p, err));
    platen_code rc = PLATEN_OK;
    if (!read_time(tree, "added", &p->added) || !read_time(tree, "revoked", &p->revoked) ||
        !read_time(tree, "expires", &p->expires)) {
        rc = error_set(err, PLATEN_E_INVAL, "a time is none");
    } else if (strcmp(p->id, id) != 0) {
        rc = error_set(err, PLATEN_E_INVAL, "its key has the id %s", p->id);
    } else {
        rc = keep(t, p, err);
    }
    if (rc != PLATEN_OK) {
        publisher_free(p);
    }
    return rc;
}

static platen_code read_file(trust *t, const char *name, platen_error *err)
{
    char path[FILE_PATH];
    char id[TRUST_ID] = "";
    char *text = NULL;
    size_t length = 0;
    cJSON *tree = NULL;
    memcpy(id, name, TRUST_ID - 1);
    PLATEN_TRY(file_join(path, t->folder, name, err));
    platen_code rc = file_read(path, FILE_MOST, &text, &length, err);
    if (rc != PLATEN_OK) {
        return rc;
    }
    rc = json_parse(text, length, &tree, err);
    rc = rc == PLATEN_OK ? read_publisher(t, tree, id, err) : rc;
    cJSON_Delete(tree);
    free(text);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOMEM) {
        /* Whatever is wrong with it: it is not as it was written. */
        (void)error_note(err, rc, "publisher file '%s'", path);
        if (err != NULL) {
            err->code = PLATEN_E_CORRUPT;
        }
        return PLATEN_E_CORRUPT;
    }
    return rc;
}

/* "<64 hex digits>.json"; what else lies there (a file that is being written) is not ours. */
static bool is_publisher_file(const char *name)
{
    return strlen(name) == TRUST_ID - 1 + strlen(ENDING) &&
           strspn(name, "0123456789abcdef") == TRUST_ID - 1 &&
           strcmp(name + TRUST_ID - 1, ENDING) == 0;
}

static platen_code read_folder(trust *t, platen_error *err)
{
    DIR *dir = opendir(t->folder);
    platen_code rc = PLATEN_OK;
    if (dir == NULL) {
        return errno == ENOENT ? PLATEN_OK
                               : error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", t->folder);
    }
    const struct dirent *entry = NULL;
    while (rc == PLATEN_OK &&
           (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe): own
        if (is_publisher_file(entry->d_name)) {
            rc = read_file(t, entry->d_name, err);
        }
    }
    (void)closedir(dir);
    return rc;
}

platen_code trust_open(const char *folder, trust **out, platen_error *err)
{
    trust *t = calloc(1, sizeof(*t));
    if (t == NULL || (folder != NULL && (t->folder = strdup(folder)) == NULL)) {
        free(t);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the publishers");
    }
    platen_code rc = folder != NULL ? read_folder(t, err) : PLATEN_OK;
    if (rc != PLATEN_OK) {
        trust_close(t);
        return rc;
    }
    *out = t;
    return PLATEN_OK;
}

void trust_close(trust *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->count; i++) {
        publisher_free(t->at[i]);
    }
    free(t->folder);
    free(t);
}

size_t trust_count(const trust *t)
{
    return t->count;
}

const trust_publisher *trust_get(const trust *t, size_t index)
{
    return index < t->count ? t->at[index] : NULL;
}

static trust_publisher *find(const trust *t, const char *id)
{
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->at[i]->id, id) == 0) {
            return t->at[i];
        }
    }
    return NULL;
}

const trust_publisher *trust_find(const trust *t, const char *id)
{
    return find(t, id);
}

const char *trust_state(const trust_publisher *p, int64_t now)
{
    return p->revoked != 0                        ? "revoked"
           : p->expires != 0 && now >= p->expires ? "expired"
                                                  : "trusted";
}

platen_code trust_add(trust *t, const char *name, const char *pem, int64_t now, int64_t expires,
                      const trust_publisher **out, platen_error *err)
{
    trust_publisher *p = NULL;
    PLATEN_TRY(publisher_new(name, pem, &p, err));
    p->added = now;
    p->expires = expires;
    platen_code rc = keep(t, p, err);
    if (rc != PLATEN_OK) {
        publisher_free(p);
        return rc;
    }
    rc = write_publisher(t, p, err);
    if (rc != PLATEN_OK) {
        forget(t, p);
        publisher_free(p);
        return rc;
    }
    if (out != NULL) {
        *out = p;
    }
    return PLATEN_OK;
}

platen_code trust_revoke(trust *t, const char *id, int64_t now, platen_error *err)
{
    trust_publisher *p = find(t, id);
    if (p == NULL) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no publisher '%s'", id);
    }
    if (p->revoked != 0) {
        return PLATEN_OK;
    }
    p->revoked = now;
    platen_code rc = write_publisher(t, p, err);
    if (rc != PLATEN_OK) {
        p->revoked = 0;
    }
    return rc;
}
