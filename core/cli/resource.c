/* What verbs of different resources have in common. */
#include "core/cli/resource.h"

#include <stdlib.h>
#include <string.h>

#include "core/cli/list.h"

/* "<list>/<id>" */
static void make_path(strbuf *path, const char *list, const char *id)
{
    strbuf_init(path);
    strbuf_append(path, list);
    api_segment(path, id);
}

static platen_code dup_id(const char *text, char **id, platen_error *err)
{
    *id = strdup(text);
    return *id == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for an id") : PLATEN_OK;
}

/* The id of the only item of `path` whose `field` is `word`; NOT_FOUND is not filled in. */
static platen_code find_one(cli *c, const char *path, const char *field, const char *word,
                            char **id, platen_error *err)
{
    api_answer answer;
    const char *found = NULL;
    size_t count = 0;
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", path, NULL, NULL, &answer, err);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, json_get_array(answer.tree, "items"))
    {
        const char *item_id = json_get_text(item, "id", NULL);
        if (item_id != NULL &&
            (field == NULL || strcmp(json_get_text(item, field, ""), word) == 0)) {
            found = item_id;
            count++;
        }
    }
    if (rc == PLATEN_OK && count > 1) {
        rc = error_set(err, PLATEN_E_CONFLICT, "%zu have the name '%s': use an id", count, word);
    } else if (rc == PLATEN_OK) {
        rc = found == NULL ? PLATEN_E_NOT_FOUND : dup_id(found, id, err);
    }
    api_answer_fini(&answer);
    return rc;
}

static platen_code exists(cli *c, const char *list, const char *id, platen_error *err)
{
    strbuf path;
    make_path(&path, list, id);
    platen_code rc = api_call(c, "GET", path.data, NULL, NULL, NULL, err);
    strbuf_fini(&path);
    return rc;
}

static void forget_problem(cli *c)
{
    strbuf_clear(&c->problem);
    c->problem_code[0] = '\0';
}

platen_code resource_device(cli *c, const char *word, char **id, platen_error *err)
{
    static const char *const fields[] = {"address", "name", "hostname"};
    if (strspn(word, "0123456789") == strlen(word)) {
        platen_code rc = exists(c, "/devices", word, err);
        if (rc != PLATEN_E_NOT_FOUND) {
            return rc == PLATEN_OK ? dup_id(word, id, err) : rc;
        }
        forget_problem(c);
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        strbuf path;
        strbuf filter;
        strbuf_init(&path);
        strbuf_init(&filter);
        strbuf_appendf(&filter, "%s:eq:%s", fields[i], word);
        strbuf_append(&path, "/devices");
        api_query(&path, "f", filter.data);
        api_query(&path, "fields", "id");
        platen_code rc = find_one(c, path.data, NULL, word, id, err);
        strbuf_fini(&path);
        strbuf_fini(&filter);
        if (rc != PLATEN_E_NOT_FOUND) {
            return rc;
        }
        forget_problem(c);
    }
    return error_set(err, PLATEN_E_NOT_FOUND, "no device has the id, address or name '%s'", word);
}

platen_code resource_named(cli *c, const char *list, const char *word, char **id, platen_error *err)
{
    platen_code rc = exists(c, list, word, err);
    if (rc != PLATEN_E_NOT_FOUND) {
        return rc == PLATEN_OK ? dup_id(word, id, err) : rc;
    }
    forget_problem(c);
    strbuf path;
    strbuf_init(&path);
    strbuf_append(&path, list);
    api_query(&path, "size", "200");
    rc = find_one(c, path.data, "name", word, id, err);
    strbuf_fini(&path);
    return rc != PLATEN_E_NOT_FOUND
               ? rc
               : error_set(err, rc, "nothing in %s has the id or name '%s'", list, word);
}

platen_code resource_show(cli *c, const char *list, const char *id, platen_error *err)
{
    api_answer answer;
    strbuf path;
    make_path(&path, list, id);
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", path.data, NULL, NULL, &answer, err);
    if (rc == PLATEN_OK) {
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    api_answer_fini(&answer);
    strbuf_fini(&path);
    return rc;
}

platen_code resource_remove(cli *c, const char *list, const char *id, platen_error *err)
{
    strbuf path;
    make_path(&path, list, id);
    platen_code rc = api_call(c, "DELETE", path.data, NULL, NULL, NULL, err);
    strbuf_fini(&path);
    return rc;
}

platen_code resource_change(cli *c, const char *list, const char *id, const char *body,
                            platen_error *err)
{
    api_answer before;
    api_answer after;
    strbuf path;
    make_path(&path, list, id);
    api_answer_init(&before);
    api_answer_init(&after);
    platen_code rc = api_call(c, "GET", path.data, NULL, NULL, &before, err);
    if (rc == PLATEN_OK) {
        rc = api_call(c, "PATCH", path.data, body, before.etag, &after, err);
    }
    if (rc == PLATEN_OK && after.body.length > 0) {
        rc = list_show_one(c, after.body.data, after.body.length, after.tree, err);
    }
    api_answer_fini(&before);
    api_answer_fini(&after);
    strbuf_fini(&path);
    return rc;
}

platen_code resource_post(cli *c, const char *path, const char *body, api_answer *answer,
                          platen_error *err)
{
    return api_call(c, "POST", path, body, NULL, answer, err);
}

void resource_list(json_writer *w, const char *key, const args *a, const char *option)
{
    size_t position = 0;
    const char *value;
    json_array(w, key);
    while ((value = args_next(a, option, &position)) != NULL) {
        while (*value != '\0') {
            size_t length = strcspn(value, ",");
            if (length > 0) {
                json_text_n(w, NULL, value, length);
            }
            value += length + (value[length] == ',' ? 1 : 0);
        }
    }
    json_array_end(w);
}
