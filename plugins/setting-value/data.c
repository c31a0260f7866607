/* The table of data files. */
#include "data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "content.h"
#include "excluded.h"
#include "key.h"

static platen_code missing(int64_t id, platen_error *err)
{
    return the_feature.host->fail(err, PLATEN_E_NOT_FOUND, "there is no data %lld", (long long)id);
}

static void copy(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
}

platen_code data_find(platen_tx *tx, int64_t id, data_info *out, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    memset(out, 0, sizeof(*out));
    PLATEN_TRY(store->prepare(tx, "data_find", &rows, err));
    store->bind_i64(rows, "id", id);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return missing(id, err);
    }
    PLATEN_TRY(rc);
    out->id = id;
    copy(out->name, sizeof(out->name), store->text(rows, 0));
    copy(out->purpose, sizeof(out->purpose), store->text(rows, 1));
    copy(out->file, sizeof(out->file), store->text(rows, 2));
    copy(out->origin, sizeof(out->origin), store->text(rows, 3));
    copy(out->serial, sizeof(out->serial), store->text(rows, 4));
    copy(out->model, sizeof(out->model), store->text(rows, 5));
    copy(out->type, sizeof(out->type), store->text(rows, 6));
    copy(out->platform, sizeof(out->platform), store->text(rows, 7));
    out->level = (uint32_t)store->i64(rows, 8);
    out->items = (uint32_t)store->i64(rows, 9);
    out->content = store->i64(rows, 10);
    out->made = store->i64(rows, 11);
    store->reset(rows);
    return PLATEN_OK;
}

platen_code data_items(platen_tx *tx, int64_t id, item_list *out, platen_error *err)
{
    data_info info;
    char *text = NULL;
    size_t length = 0;
    *out = (item_list){NULL, 0, NULL};
    PLATEN_TRY(data_find(tx, id, &info, err));
    PLATEN_TRY(content_get(tx, info.content, &text, &length, err));
    platen_code rc = items_parse(text, length, out, err);
    free(text);
    for (uint32_t i = 0; rc == PLATEN_OK && i < out->count; i++) {
        out->at[i].output = out->at[i].output || strcmp(info.origin, DATA_BACKUP) == 0;
    }
    return rc;
}

/* The settings as a content. */
static platen_code put_items(platen_tx *tx, const item_list *items, int64_t *content,
                             platen_error *err)
{
    char *text = items_text(items);
    if (text == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for the settings of a file");
    }
    platen_code rc = content_put(tx, KEY_OWN, text, strlen(text), content, err);
    cJSON_free(text);
    return rc;
}

/* Whether `word` is among words with blanks between. */
static bool has_word(const char *all, const char *word)
{
    size_t length = strlen(word);
    const char *at = strstr(all, word);
    while (at != NULL && ((at != all && at[-1] != ' ') || (at[length] != ' ' && at[length]))) {
        at = strstr(at + 1, word);
    }
    return at != NULL;
}

/* The categories of what counts, each once: lists and cautions know data by them. */
static void write_categories(const data_info *info, const item_list *items, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < items->count; i++) {
        const item *one = &items->at[i];
        size_t length = strlen(one->category);
        bool counts = one->output || strcmp(info->origin, DATA_BACKUP) == 0;
        if (counts && used + length + 2 <= size && !has_word(out, one->category)) {
            (void)snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "", one->category);
            used += length + (used > 0 ? 1 : 0);
        }
    }
}

static void bind_items(platen_rows *rows, const data_info *info, const item_list *items,
                       int64_t content)
{
    char categories[1024];
    write_categories(info, items, categories, sizeof(categories));
    the_feature.store->bind_text(rows, "categories", categories);
    the_feature.store->bind_i64(rows, "items", items->count);
    the_feature.store->bind_i64(rows, "content", content);
}

static void bind_info(platen_rows *rows, const data_info *info)
{
    const platen_store *store = the_feature.store;
    store->bind_text(rows, "name", info->name);
    store->bind_text(rows, "purpose", info->purpose);
    store->bind_text(rows, "file", info->file);
    store->bind_text(rows, "origin", info->origin);
    store->bind_text(rows, "serial", info->serial);
    store->bind_text(rows, "model", info->model);
    store->bind_text(rows, "type", info->type);
    store->bind_text(rows, "platform", info->platform);
    store->bind_i64(rows, "level", info->level);
}

platen_code data_add(platen_tx *tx, const data_info *info, const item_list *items, int64_t *id,
                     platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    int64_t content = 0;
    PLATEN_TRY(put_items(tx, items, &content, err));
    PLATEN_TRY(store->prepare(tx, "data_add", &rows, err));
    bind_info(rows, info);
    bind_items(rows, info, items, content);
    store->bind_i64(rows, "made", (int64_t)time(NULL) * 1000);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_EXISTS) {
        return the_feature.host->fail(err, rc, "there is data named '%s' already", info->name);
    }
    PLATEN_TRY(rc);
    *id = store->i64(rows, 0);
    store->reset(rows);
    return PLATEN_OK;
}

platen_code data_change(platen_tx *tx, int64_t id, const item_list *items, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    data_info info;
    int64_t content = 0;
    PLATEN_TRY(data_find(tx, id, &info, err));
    PLATEN_TRY(put_items(tx, items, &content, err));
    PLATEN_TRY(store->prepare(tx, "data_change", &rows, err));
    store->bind_i64(rows, "id", id);
    bind_items(rows, &info, items, content);
    PLATEN_TRY(statement_run(rows, NULL, err));
    return content_drop(tx, info.content, err);
}

platen_code data_remove(platen_tx *tx, int64_t id, platen_error *err)
{
    platen_rows *rows = NULL;
    data_info info;
    PLATEN_TRY(data_find(tx, id, &info, err));
    PLATEN_TRY(the_feature.store->prepare(tx, "data_remove", &rows, err));
    the_feature.store->bind_i64(rows, "id", id);
    PLATEN_TRY(statement_run(rows, NULL, err));
    return content_drop(tx, info.content, err);
}

void data_make_standard(item_list *items)
{
    for (uint32_t i = 0; i < items->count; i++) {
        item *one = &items->at[i];
        if (one->scope == 'A' || !one->writable || excluded_name(one->path) != NULL) {
            (void)item_mark(one, false, NULL);
        }
    }
}

platen_code data_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"data_find", "SELECT name, purpose, file, origin, source_serial, source_model, type, "
                      "platform, level, items, content_id, made FROM setting_value_data "
                      "WHERE id = :id"},
        {"data_add",
         "INSERT INTO setting_value_data (name, purpose, file, origin, source_serial, "
         "source_model, type, platform, level, items, categories, content_id, made) "
         "VALUES (:name, :purpose, :file, :origin, :serial, :model, :type, :platform, :level, "
         ":items, :categories, :content, :made) RETURNING id"},
        {"data_change", "UPDATE setting_value_data SET items = :items, "
                        "categories = :categories, content_id = :content WHERE id = :id"},
        {"data_remove", "DELETE FROM setting_value_data WHERE id = :id"},
    };
    return statements_add(statements, sizeof(statements) / sizeof(statements[0]), err);
}
