/* Contents and the lists of them. A content without a user exists only within a transaction: until
 * the manifest that it was stored for is looked up. */
#include "content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "item.h"
#include "key.h"
#include "seal.h"

static platen_code missing(const char *what, int64_t id, platen_error *err)
{
    return the_feature.host->fail(err, PLATEN_E_NOT_FOUND, "there is no %s %lld", what,
                                  (long long)id);
}

/* The id in the first column of the first row; PLATEN_E_NOT_FOUND without a text. */
static platen_code first_id(platen_rows *rows, int64_t *id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    PLATEN_TRY(store->step(rows, err));
    *id = store->i64(rows, 0);
    store->reset(rows);
    return PLATEN_OK;
}

/* ---- contents ---- */

static platen_code insert_content(platen_tx *tx, int64_t key, const uint8_t seed[KEY_SEED],
                                  const uint8_t digest[SEAL_DIGEST], const void *plain,
                                  size_t length, int64_t *id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    uint8_t *sealed = NULL;
    size_t sealed_length = 0;
    platen_rows *rows = NULL;
    PLATEN_TRY(seal_close(seed, digest, plain, length, &sealed, &sealed_length, err));
    platen_code rc = store->prepare(tx, "content_add", &rows, err);
    if (rc == PLATEN_OK) {
        store->bind_i64(rows, "key", key);
        store->bind_blob(rows, "digest", digest, SEAL_DIGEST);
        store->bind_blob(rows, "bytes", sealed, sealed_length);
        rc = first_id(rows, id, err);
    }
    free(sealed);
    return rc;
}

/* The content's id, with the users that it has: none when it is new. */
static platen_code keep_content(platen_tx *tx, int64_t key, const uint8_t seed[KEY_SEED],
                                const void *plain, size_t length, int64_t *id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    uint8_t digest[SEAL_DIGEST];
    platen_rows *rows = NULL;
    if (length > CONTENT_MAX) {
        return the_feature.host->fail(err, PLATEN_E_TOO_LARGE, "%zu bytes of settings, at most %u",
                                      length, CONTENT_MAX);
    }
    PLATEN_TRY(seal_digest(seed, plain, length, digest, err));
    PLATEN_TRY(store->prepare(tx, "content_by_digest", &rows, err));
    store->bind_i64(rows, "key", key);
    store->bind_blob(rows, "digest", digest, SEAL_DIGEST);
    platen_code rc = first_id(rows, id, err);
    return rc == PLATEN_E_NOT_FOUND ? insert_content(tx, key, seed, digest, plain, length, id, err)
                                    : rc;
}

static platen_code use(platen_tx *tx, const char *statement, int64_t id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, statement, &rows, err));
    store->bind_i64(rows, "id", id);
    return statement_run(rows, NULL, err);
}

platen_code content_put(platen_tx *tx, int64_t key, const void *plain, size_t length, int64_t *id,
                        platen_error *err)
{
    uint8_t seed[KEY_SEED];
    PLATEN_TRY(key_seed(tx, key, seed, err));
    platen_code rc = keep_content(tx, key, seed, plain, length, id, err);
    explicit_bzero(seed, sizeof(seed));
    return rc == PLATEN_OK ? use(tx, "content_use", *id, err) : rc;
}

/* A row with the columns key, digest, bytes. */
static platen_code open_row(platen_tx *tx, platen_rows *rows, char **plain, size_t *length,
                            platen_error *err)
{
    const platen_store *store = the_feature.store;
    uint8_t seed[KEY_SEED];
    size_t digest_length = 0;
    size_t sealed_length = 0;
    const uint8_t *digest = store->blob(rows, 1, &digest_length);
    const uint8_t *sealed = store->blob(rows, 2, &sealed_length);
    if (digest_length != SEAL_DIGEST) {
        return the_feature.host->fail(err, PLATEN_E_CORRUPT, "a stored content has no digest");
    }
    PLATEN_TRY(key_seed(tx, store->i64(rows, 0), seed, err));
    platen_code rc =
        seal_open(seed, digest, sealed, sealed_length, CONTENT_MAX, plain, length, err);
    explicit_bzero(seed, sizeof(seed));
    return rc;
}

platen_code content_get(platen_tx *tx, int64_t id, char **plain, size_t *length, platen_error *err)
{
    const platen_store *store = the_feature.store;
    size_t count = 0;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "content_get", &rows, err));
    store->bind_i64(rows, "id", id);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return missing("content", id, err);
    }
    if (rc == PLATEN_OK) {
        rc = open_row(tx, rows, plain, &count, err);
    }
    store->reset(rows);
    if (rc == PLATEN_OK && length != NULL) {
        *length = count;
    }
    return rc;
}

/* So many users less of a row of either table; `gone`: it had no others. */
static platen_code unuse(platen_tx *tx, const char *statement, const char *what, int64_t id,
                         int64_t users, bool *gone, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    int64_t left = 0;
    PLATEN_TRY(store->prepare(tx, statement, &rows, err));
    store->bind_i64(rows, "id", id);
    store->bind_i64(rows, "users", users);
    platen_code rc = first_id(rows, &left, err);
    *gone = left <= 0;
    return rc == PLATEN_E_NOT_FOUND ? missing(what, id, err) : rc;
}

platen_code content_give_up(platen_tx *tx, int64_t id, int64_t users, platen_error *err)
{
    bool gone = false;
    PLATEN_TRY(unuse(tx, "content_unuse", "content", id, users, &gone, err));
    return gone ? use(tx, "content_remove", id, err) : PLATEN_OK;
}

platen_code content_drop(platen_tx *tx, int64_t id, platen_error *err)
{
    return content_give_up(tx, id, 1, err);
}

/* ---- manifests ---- */

/* What names a list of parts: their drivers, categories and contents, in their order. */
static platen_code manifest_digest(const content_part *parts, const int64_t *ids, size_t count,
                                   uint8_t digest[SEAL_DIGEST], platen_error *err)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good = c != NULL && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; good && i < count; i++) {
        good = EVP_DigestUpdate(c, parts[i].driver, strlen(parts[i].driver) + 1) == 1 &&
               EVP_DigestUpdate(c, parts[i].category, strlen(parts[i].category) + 1) == 1 &&
               EVP_DigestUpdate(c, &ids[i], sizeof(ids[i])) == 1;
    }
    good = good && EVP_DigestFinal_ex(c, digest, NULL) == 1;
    EVP_MD_CTX_free(c);
    return good ? PLATEN_OK : the_feature.host->fail(err, PLATEN_E_INTERNAL, "SHA-256 failed");
}

static platen_code insert_part(platen_tx *tx, int64_t manifest, const content_part *part,
                               int64_t content, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "part_add", &rows, err));
    store->bind_i64(rows, "manifest", manifest);
    store->bind_text(rows, "driver", part->driver);
    store->bind_text(rows, "category", part->category);
    store->bind_i64(rows, "content", content);
    PLATEN_TRY(statement_run(rows, NULL, err));
    return use(tx, "content_use", content, err);
}

static platen_code insert_manifest(platen_tx *tx, int64_t key, const uint8_t digest[SEAL_DIGEST],
                                   const content_part *parts, const int64_t *ids, size_t count,
                                   uint32_t items, int64_t *id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "manifest_add", &rows, err));
    store->bind_i64(rows, "key", key);
    store->bind_blob(rows, "digest", digest, SEAL_DIGEST);
    store->bind_i64(rows, "items", items);
    PLATEN_TRY(first_id(rows, id, err));
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(insert_part(tx, *id, &parts[i], ids[i], err));
    }
    return PLATEN_OK;
}

static int by_name(const void *a, const void *b)
{
    const content_part *const *x = a;
    const content_part *const *y = b;
    int driver = strcmp((*x)->driver, (*y)->driver);
    return driver != 0 ? driver : strcmp((*x)->category, (*y)->category);
}

/* A copy in the order of driver and category. */
static void sort_parts(const content_part *parts, size_t count, content_part *sorted)
{
    const content_part *order[PARTS_MAX];
    for (size_t i = 0; i < count; i++) {
        order[i] = &parts[i];
    }
    qsort(order, count, sizeof(const content_part *), by_name);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = *order[i];
    }
}

static platen_code put_sorted(platen_tx *tx, int64_t key, const content_part *parts, size_t count,
                              uint32_t items, int64_t *id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    uint8_t seed[KEY_SEED];
    uint8_t digest[SEAL_DIGEST];
    int64_t ids[PARTS_MAX] = {0};
    platen_rows *rows = NULL;
    PLATEN_TRY(key_seed(tx, key, seed, err));
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; rc == PLATEN_OK && i < count; i++) {
        rc = keep_content(tx, key, seed, parts[i].plain, parts[i].length, &ids[i], err);
    }
    explicit_bzero(seed, sizeof(seed));
    PLATEN_TRY(rc);
    PLATEN_TRY(manifest_digest(parts, ids, count, digest, err));
    PLATEN_TRY(store->prepare(tx, "manifest_by_digest", &rows, err));
    store->bind_i64(rows, "key", key);
    store->bind_blob(rows, "digest", digest, SEAL_DIGEST);
    rc = first_id(rows, id, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        rc = insert_manifest(tx, key, digest, parts, ids, count, items, id, err);
    }
    return rc == PLATEN_OK ? use(tx, "manifest_use", *id, err) : rc;
}

platen_code manifest_put(platen_tx *tx, int64_t key, const content_part *parts, size_t count,
                         uint32_t items, int64_t *id, platen_error *err)
{
    if (count > PARTS_MAX) {
        return the_feature.host->fail(err, PLATEN_E_TOO_LARGE,
                                      "%zu categories in one backup, at most %u", count, PARTS_MAX);
    }
    content_part *sorted = calloc(count + 1, sizeof(*sorted));
    if (sorted == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a backup");
    }
    sort_parts(parts, count, sorted);
    platen_code rc = put_sorted(tx, key, sorted, count, items, id, err);
    free(sorted);
    return rc;
}

/* The contents of a manifest lose a user each. */
static platen_code drop_parts(platen_tx *tx, int64_t id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    int64_t ids[PARTS_MAX];
    size_t count = 0;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, "part_contents", &rows, err));
    store->bind_i64(rows, "manifest", id);
    while (count < PARTS_MAX && (rc = store->step(rows, err)) == PLATEN_OK) {
        ids[count++] = store->i64(rows, 0);
    }
    store->reset(rows);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    PLATEN_TRY(use(tx, "manifest_remove", id, err)); /* its parts with it */
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(content_drop(tx, ids[i], err));
    }
    return PLATEN_OK;
}

platen_code manifest_give_up(platen_tx *tx, int64_t id, int64_t users, platen_error *err)
{
    bool gone = false;
    PLATEN_TRY(unuse(tx, "manifest_unuse", "backup content", id, users, &gone, err));
    return gone ? drop_parts(tx, id, err) : PLATEN_OK;
}

platen_code manifest_drop(platen_tx *tx, int64_t id, platen_error *err)
{
    return manifest_give_up(tx, id, 1, err);
}

platen_code manifest_key(platen_tx *tx, int64_t id, int64_t *key, platen_error *err)
{
    platen_rows *rows = NULL;
    PLATEN_TRY(the_feature.store->prepare(tx, "manifest_key", &rows, err));
    the_feature.store->bind_i64(rows, "id", id);
    platen_code rc = first_id(rows, key, err);
    return rc == PLATEN_E_NOT_FOUND ? missing("backup content", id, err) : rc;
}

/* A row of part_all: driver, category, content. */
typedef struct part_row {
    int64_t content;
    char driver[ITEM_PATH_MAX + 1];
    char category[ITEM_PATH_MAX + 1];
} part_row;

/* All of them first: the walk over contents asks the database too. */
static platen_code list_parts(platen_tx *tx, int64_t id, part_row *list, size_t *count,
                              platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    *count = 0;
    PLATEN_TRY(store->prepare(tx, "part_all", &rows, err));
    store->bind_i64(rows, "manifest", id);
    while (*count < PARTS_MAX && (rc = store->step(rows, err)) == PLATEN_OK) {
        part_row *p = &list[(*count)++];
        (void)snprintf(p->driver, sizeof(p->driver), "%s", store->text(rows, 0));
        (void)snprintf(p->category, sizeof(p->category), "%s", store->text(rows, 1));
        p->content = store->i64(rows, 2);
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code walk_parts(platen_tx *tx, const part_row *list, size_t count, content_part_fn fn,
                              void *user, platen_error *err)
{
    for (size_t i = 0; i < count; i++) {
        char *plain = NULL;
        content_part part = {list[i].driver, list[i].category, NULL, 0};
        PLATEN_TRY(content_get(tx, list[i].content, &plain, &part.length, err));
        part.plain = plain;
        platen_code rc = fn(&part, user, err);
        free(plain);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

platen_code manifest_each(platen_tx *tx, int64_t id, content_part_fn fn, void *user,
                          platen_error *err)
{
    int64_t key = 0;
    size_t count = 0;
    PLATEN_TRY(manifest_key(tx, id, &key, err));
    part_row *list = calloc(PARTS_MAX, sizeof(*list));
    if (list == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a backup");
    }
    platen_code rc = list_parts(tx, id, list, &count, err);
    if (rc == PLATEN_OK) {
        rc = walk_parts(tx, list, count, fn, user, err);
    }
    free(list);
    return rc;
}

/* Moves the settings of a part to the end of the array `user`. */
static platen_code join_part(const content_part *part, void *user, platen_error *err)
{
    cJSON *all = user;
    cJSON *tree = cJSON_ParseWithLength(part->plain, part->length);
    cJSON *last = all->child != NULL ? all->child->prev : NULL;
    if (!cJSON_IsArray(tree)) {
        cJSON_Delete(tree);
        return the_feature.host->fail(err, PLATEN_E_CORRUPT, "a stored backup holds no settings");
    }
    if (tree->child != NULL && last != NULL) {
        all->child->prev = tree->child->prev; /* the first one's prev is the last one */
        last->next = tree->child;
        tree->child->prev = last;
    } else if (tree->child != NULL) {
        all->child = tree->child;
    }
    tree->child = NULL;
    cJSON_Delete(tree);
    return PLATEN_OK;
}

platen_code manifest_items(platen_tx *tx, int64_t id, item_list *out, platen_error *err)
{
    cJSON *all = cJSON_CreateArray();
    *out = (item_list){NULL, 0, NULL};
    if (all == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a backup");
    }
    platen_code rc = manifest_each(tx, id, join_part, all, err);
    if (rc != PLATEN_OK) {
        cJSON_Delete(all);
        return rc;
    }
    return items_take(all, out, err);
}

platen_code content_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"content_add", "INSERT INTO setting_value_content (key_id, digest, uses, bytes) "
                        "VALUES (:key, :digest, 0, :bytes) RETURNING id"},
        {"content_by_digest",
         "SELECT id FROM setting_value_content WHERE digest = :digest AND key_id = :key"},
        {"content_get", "SELECT key_id, digest, bytes FROM setting_value_content WHERE id = :id"},
        {"content_use", "UPDATE setting_value_content SET uses = uses + 1 WHERE id = :id"},
        {"content_unuse",
         "UPDATE setting_value_content SET uses = uses - :users WHERE id = :id RETURNING uses"},
        {"content_remove", "DELETE FROM setting_value_content WHERE id = :id"},
        {"manifest_add", "INSERT INTO setting_value_manifest (key_id, digest, uses, items) "
                         "VALUES (:key, :digest, 0, :items) RETURNING id"},
        {"manifest_by_digest",
         "SELECT id FROM setting_value_manifest WHERE digest = :digest AND key_id = :key"},
        {"manifest_key", "SELECT key_id FROM setting_value_manifest WHERE id = :id"},
        {"manifest_use", "UPDATE setting_value_manifest SET uses = uses + 1 WHERE id = :id"},
        {"manifest_unuse",
         "UPDATE setting_value_manifest SET uses = uses - :users WHERE id = :id RETURNING uses"},
        {"manifest_remove", "DELETE FROM setting_value_manifest WHERE id = :id"},
        {"part_add", "INSERT INTO setting_value_part (manifest_id, driver, category, content_id) "
                     "VALUES (:manifest, :driver, :category, :content)"},
        {"part_contents",
         "SELECT content_id FROM setting_value_part WHERE manifest_id = :manifest"},
        {"part_all", "SELECT driver, category, content_id FROM setting_value_part "
                     "WHERE manifest_id = :manifest ORDER BY driver, category"},
    };
    return statements_add(statements, sizeof(statements) / sizeof(statements[0]), err);
}
