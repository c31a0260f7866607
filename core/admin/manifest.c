/* See manifest.h. */
#include "core/admin/manifest.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/pack/digest.h"

#define PLACE "backup/manifest"

void manifest_fini(manifest *m)
{
    cJSON_Delete(m->counts);
    m->counts = NULL;
}

platen_code manifest_add(manifest *m, const archive_part *part, platen_error *err)
{
    if (m->file_count == MANIFEST_FILES) {
        return error_set(err, PLATEN_E_INTERNAL, "a backup has more than %d parts", MANIFEST_FILES);
    }
    manifest_file *file = &m->files[m->file_count];
    (void)snprintf(file->name, sizeof(file->name), "%s", part->name);
    file->size = (int64_t)part->length;
    if (part->path != NULL) {
        PLATEN_TRY(digest_file(part->path, file->digest, &file->size, err));
    } else {
        PLATEN_TRY(digest_bytes(part->data, part->length, file->digest, err));
    }
    m->file_count++;
    return PLATEN_OK;
}

static void write_version(json_writer *w, const database_version *v)
{
    json_array(w, "components");
    for (size_t i = 0; i < v->count; i++) {
        json_object(w, NULL);
        json_text(w, "name", v->of[i].name);
        json_i64(w, "steps", (int64_t)v->of[i].steps);
        json_object_end(w);
    }
    json_array_end(w);
}

platen_code manifest_write(const manifest *m, strbuf *json, platen_error *err)
{
    json_writer w;
    json_init(&w, json);
    json_object(&w, NULL);
    json_text(&w, "product", "platen");
    json_i64(&w, "format", MANIFEST_FORMAT);
    json_text(&w, "version", m->program);
    json_time(&w, "made", m->made);
    json_text(&w, "database", m->database);
    json_bool(&w, "key", m->with_key);
    write_version(&w, &m->version);
    json_tree(&w, "rows", m->counts);
    json_array(&w, "files");
    for (size_t i = 0; i < m->file_count; i++) {
        json_object(&w, NULL);
        json_text(&w, "name", m->files[i].name);
        json_i64(&w, "size", m->files[i].size);
        json_text(&w, "sha256", m->files[i].digest);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    return json->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for the manifest") : PLATEN_OK;
}

/* ---- reading ---- */

static platen_code malformed(const char *what, platen_error *err)
{
    return error_set(err, PLATEN_E_CORRUPT, "the backup's manifest is damaged: %s", what);
}

static platen_code take_text(const cJSON *object, const char *member, char *out, size_t size,
                             platen_error *err)
{
    const char *text = json_get_text(object, member, NULL);
    if (text == NULL || strlen(text) >= size || strpbrk(text, "\"\\") != NULL) {
        return malformed(member, err);
    }
    memcpy(out, text, strlen(text) + 1);
    return PLATEN_OK;
}

static platen_code parse_version(const cJSON *tree, database_version *v, platen_error *err)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, json_get_array(tree, "components"))
    {
        int64_t steps = json_get_i64(item, "steps", -1);
        if (v->count == DATABASE_COMPONENTS || steps < 1 || steps > 1000000) {
            return malformed("components", err);
        }
        v->of[v->count].steps = (size_t)steps;
        PLATEN_TRY(take_text(item, "name", v->of[v->count].name, sizeof(v->of[0].name), err));
        v->count++;
    }
    return v->count > 0 ? PLATEN_OK : malformed("components", err);
}

static platen_code parse_files(const cJSON *tree, manifest *m, platen_error *err)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, json_get_array(tree, "files"))
    {
        manifest_file *file = &m->files[m->file_count];
        if (m->file_count == MANIFEST_FILES) {
            return malformed("files", err);
        }
        PLATEN_TRY(take_text(item, "name", file->name, sizeof(file->name), err));
        PLATEN_TRY(take_text(item, "sha256", file->digest, sizeof(file->digest), err));
        file->size = json_get_i64(item, "size", -1);
        if (strlen(file->digest) != 64 || file->size < 0 || manifest_find(m, file->name) != NULL) {
            return malformed("files", err);
        }
        m->file_count++;
    }
    return PLATEN_OK;
}

static platen_code parse_tree(const cJSON *tree, manifest *m, platen_error *err)
{
    int64_t format = json_get_i64(tree, "format", 0);
    if (strcmp(json_get_text(tree, "product", ""), "platen") != 0 || format < 1) {
        return malformed("it is of another program", err);
    }
    if (format > MANIFEST_FORMAT) {
        return error_set(err, PLATEN_E_VERSION,
                         "the backup has the format %lld, this program reads up to %d: it is of a "
                         "newer version",
                         (long long)format, MANIFEST_FORMAT);
    }
    PLATEN_TRY(take_text(tree, "version", m->program, sizeof(m->program), err));
    PLATEN_TRY(take_text(tree, "database", m->database, sizeof(m->database), err));
    if (!clock_parse(json_get_text(tree, "made", ""), &m->made)) {
        return malformed("made", err);
    }
    m->with_key = json_get_bool(tree, "key", false);
    const cJSON *counts = json_get_object(tree, "rows");
    m->counts = counts != NULL ? cJSON_Duplicate(counts, true) : NULL;
    if (m->counts == NULL) {
        return malformed("rows", err);
    }
    PLATEN_TRY(parse_version(tree, &m->version, err));
    return parse_files(tree, m, err);
}

platen_code manifest_parse(const char *json, size_t length, manifest *m, platen_error *err)
{
    cJSON *tree = NULL;
    *m = (manifest){.file_count = 0};
    platen_error why = PLATEN_ERROR_INIT;
    if (json_parse(json, length, &tree, &why) != PLATEN_OK || !cJSON_IsObject(tree)) {
        cJSON_Delete(tree);
        return malformed(why.text, err);
    }
    platen_code rc = parse_tree(tree, m, err);
    cJSON_Delete(tree);
    if (rc != PLATEN_OK) {
        manifest_fini(m);
    }
    return rc;
}

const manifest_file *manifest_find(const manifest *m, const char *name)
{
    for (size_t i = 0; i < m->file_count; i++) {
        if (strcmp(m->files[i].name, name) == 0) {
            return &m->files[i];
        }
    }
    return NULL;
}

/* ---- its seal ---- */

platen_code manifest_seal(const secret_key *key, const char *json, size_t length, char **sealed,
                          platen_error *err)
{
    char digest[65];
    PLATEN_TRY(digest_bytes(json, length, digest, err));
    return secret_seal(key, PLACE, digest, sealed, err);
}

bool manifest_is_sealed(const secret_key *key, const char *json, size_t length, const char *sealed)
{
    char digest[65];
    char *plain = NULL;
    bool good = digest_bytes(json, length, digest, NULL) == PLATEN_OK &&
                secret_open(key, PLACE, sealed, &plain, NULL) == PLATEN_OK &&
                secret_equal(plain, digest);
    secret_text_free(plain);
    return good;
}
