/* Bodies from options, and the verbs that every resource has. */
#include "core/cli/edit.h"

#include <stdlib.h>
#include <string.h>

#include "core/cli/list.h"
#include "core/cli/prompt.h"
#include "core/cli/resource.h"

#define BODY_ROOM 4096u /* so that secrets are not left behind in smaller blocks */

static platen_code write_regions(cli *c, json_writer *w, const args *a, const edit_member *m,
                                 platen_error *err)
{
    size_t position = 0;
    const char *word = NULL;
    json_bool(w, "all_regions", false);
    json_array(w, m->member);
    while ((word = args_next(a, m->option, &position)) != NULL) {
        char *id = NULL;
        PLATEN_TRY(resource_named(c, "/regions", word, &id, err));
        json_text(w, NULL, id);
        free(id);
    }
    json_array_end(w);
    return PLATEN_OK;
}

static platen_code write_secret(cli *c, json_writer *w, const edit_member *m, platen_error *err)
{
    char secret[PROMPT_SECRET];
    PLATEN_TRY(prompt_secret(c, true, m->member, secret, err));
    json_text(w, m->member, secret);
    explicit_bzero(secret, sizeof(secret));
    return PLATEN_OK;
}

platen_code edit_write(cli *c, json_writer *w, const args *a, const edit_member *members,
                       platen_error *err)
{
    for (const edit_member *m = members; m->option != NULL; m++) {
        if (!args_has(a, m->option)) {
            continue;
        }
        switch (m->kind) {
        case EDIT_TEXT:
            json_text(w, m->member, args_value(a, m->option));
            break;
        case EDIT_LIST:
            resource_list(w, m->member, a, m->option);
            break;
        case EDIT_YES:
        case EDIT_NO:
            json_bool(w, m->member, m->kind == EDIT_YES);
            break;
        case EDIT_NONE:
            json_array(w, m->member);
            json_array_end(w);
            break;
        case EDIT_REGIONS:
            PLATEN_TRY(write_regions(c, w, a, m, err));
            break;
        case EDIT_SECRET:
            PLATEN_TRY(write_secret(c, w, m, err));
            break;
        }
    }
    return PLATEN_OK;
}

/* ---- bodies ---- */

platen_code edit_body(cli *c, strbuf *body, const args *a, edit_write_fn write, const void *user,
                      platen_error *err)
{
    json_writer w;
    strbuf_init(body);
    strbuf_reserve(body, BODY_ROOM);
    json_init(&w, body);
    json_object(&w, NULL);
    PLATEN_TRY(write(c, &w, a, user, err));
    json_object_end(&w);
    return body->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a request") : PLATEN_OK;
}

void edit_body_end(strbuf *body)
{
    if (body->data != NULL) {
        explicit_bzero(body->data, body->length);
    }
    strbuf_fini(body);
}

platen_code edit_post(cli *c, const args *a, const char *path, edit_write_fn write,
                      const void *user, platen_error *err)
{
    strbuf body;
    api_answer answer;
    api_answer_init(&answer);
    platen_code rc = edit_body(c, &body, a, write, user, err);
    if (rc == PLATEN_OK) {
        rc = resource_post(c, path, body.data, &answer, err);
    }
    if (rc == PLATEN_OK) {
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    edit_body_end(&body);
    api_answer_fini(&answer);
    return rc;
}

platen_code edit_patch(cli *c, const args *a, const char *list, edit_write_fn write,
                       const void *user, platen_error *err)
{
    strbuf body;
    char *id = NULL;
    platen_code rc = edit_body(c, &body, a, write, user, err);
    if (rc == PLATEN_OK && strcmp(body.data, "{}") == 0) {
        rc = cli_usage(c, err, "nothing to set");
    }
    if (rc == PLATEN_OK) {
        rc = resource_named(c, list, a->words[0], &id, err);
    }
    if (rc == PLATEN_OK) {
        rc = resource_change(c, list, id, body.data, err);
    }
    free(id);
    edit_body_end(&body);
    return rc;
}

/* ---- verbs that a table is enough for ---- */

static platen_code write_changed(cli *c, json_writer *w, const args *a, const void *user,
                                 platen_error *err)
{
    return edit_write(c, w, a, user, err);
}

static platen_code write_named(cli *c, json_writer *w, const args *a, const void *user,
                               platen_error *err)
{
    json_text(w, "name", a->words[0]);
    return edit_write(c, w, a, user, err);
}

platen_code edit_create(cli *c, const args *a, const char *list, const edit_member *members,
                        platen_error *err)
{
    return edit_post(c, a, list, write_named, members, err);
}

platen_code edit_set(cli *c, const args *a, const char *list, const edit_member *members,
                     platen_error *err)
{
    return edit_patch(c, a, list, write_changed, members, err);
}

platen_code edit_show(cli *c, const args *a, const char *list, platen_error *err)
{
    char *id = NULL;
    PLATEN_TRY(resource_named(c, list, a->words[0], &id, err));
    platen_code rc = resource_show(c, list, id, err);
    free(id);
    return rc;
}

platen_code edit_remove(cli *c, const args *a, const char *list, platen_error *err)
{
    char *id = NULL;
    PLATEN_TRY(resource_named(c, list, a->words[0], &id, err));
    platen_code rc = resource_remove(c, list, id, err);
    free(id);
    return rc;
}

platen_code edit_path(cli *c, const args *a, const char *list, const char *part, strbuf *path,
                      platen_error *err)
{
    char *id = NULL;
    PLATEN_TRY(resource_named(c, list, a->words[0], &id, err));
    strbuf_append(path, list);
    api_segment(path, id);
    api_segment(path, part);
    free(id);
    return path->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a path") : PLATEN_OK;
}

platen_code edit_act(cli *c, const args *a, const char *method, const char *list,
                     const char *action, platen_error *err)
{
    strbuf path;
    api_answer answer;
    strbuf_init(&path);
    api_answer_init(&answer);
    platen_code rc = edit_path(c, a, list, action, &path, err);
    if (rc == PLATEN_OK) {
        rc = api_call(c, method, path.data, NULL, NULL, &answer, err);
    }
    if (rc == PLATEN_OK && answer.tree != NULL) {
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    api_answer_fini(&answer);
    strbuf_fini(&path);
    return rc;
}
