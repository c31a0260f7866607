/* See follow_product.h. <data>/functions/starting.json: {"version","sha256","starts"}. */
#include "core/follow_product.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/pack/install.h"
#include "core/pack/product.h"
#include "core/pack/selftest.h"
#include "core/pack/version.h"
#include "core/version.h"

#define LOG_SOURCE "follow"
#include "core/base/log.h"

#define STARTS 3 /* of a program that never heard of the manager */

static platen_code starting_path(const char *data, char path[FILE_PATH], platen_error *err)
{
    return active_path(data, "starting.json", path, err);
}

void follow_program_works(const char *data)
{
    char path[FILE_PATH];
    if (starting_path(data, path, NULL) == PLATEN_OK) {
        (void)unlink(path);
    }
}

/* How often that program was started since one has worked. */
static int starts_of(const char *path, const active_package *p)
{
    cJSON *tree = NULL;
    int starts = 0;
    if (active_json_read(path, &tree, NULL) == PLATEN_OK &&
        strcmp(json_get_text(tree, "version", ""), p->version) == 0 &&
        strcmp(json_get_text(tree, "sha256", ""), p->sha256) == 0) {
        starts = (int)json_get_i64(tree, "starts", 0);
    }
    cJSON_Delete(tree);
    return starts;
}

static platen_code note_start(const char *path, const active_package *p, int starts,
                              platen_error *err)
{
    cJSON *tree = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(tree, "version", p->version);
    (void)cJSON_AddStringToObject(tree, "sha256", p->sha256);
    (void)cJSON_AddNumberToObject(tree, "starts", starts);
    platen_code rc = active_json_write(path, tree, err);
    cJSON_Delete(tree);
    return rc;
}

/* So that follow.c does not take it over once more, and the manager hears why. */
static platen_code note_failure(const char *data, const active_package *p, platen_error *err)
{
    cJSON *failed = NULL;
    PLATEN_TRY(active_failed(data, &failed, err));
    platen_code rc = active_fail(data, failed, p,
                                 "the new version was started several times and never reached the "
                                 "manager; the earlier one runs",
                                 err);
    cJSON_Delete(failed);
    return rc;
}

/* The list without it, or with what was there before. */
static platen_code give_up(const char *data, const cJSON *active, const active_package *p,
                           platen_error *err)
{
    cJSON *next = cJSON_Duplicate(active, true);
    cJSON *list = cJSON_GetObjectItemCaseSensitive(next, "packages");
    cJSON *before = cJSON_Duplicate(json_get_object(p->entry, "previous"), true);
    int at = 0;
    active_package each;
    while (active_get(next, (size_t)at, &each) && strcmp(each.name, p->name) != 0) {
        at++;
    }
    log_error("platen %s does not come to work and is given up", p->version);
    cJSON_DeleteItemFromArray(list, at);
    if (before != NULL) {
        (void)cJSON_AddItemToArray(list, before);
    }
    platen_code rc = note_failure(data, p, err);
    rc = rc == PLATEN_OK ? active_put(data, next, err) : rc;
    cJSON_Delete(next);
    return rc;
}

/* In the program of the host: `more`, the list has changed and is to be looked at again. */
static platen_code give_way(const char *data, const cJSON *active, char path[FILE_PATH],
                            bool *other, bool *more, platen_error *err)
{
    char starting[FILE_PATH];
    char folder[FILE_PATH];
    active_package p;
    if (!active_find(active, INSTALL_PRODUCT, &p) ||
        version_compare_text(p.version, PLATEN_VERSION) <= 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(starting_path(data, starting, err));
    int starts = starts_of(starting, &p);
    if (starts >= STARTS) {
        *more = true;
        return give_up(data, active, &p, err);
    }
    PLATEN_TRY(active_folder(data, p.name, p.version, folder, err));
    PLATEN_TRY(file_join(path, folder, "bin/platend", err));
    PLATEN_TRY(note_start(starting, &p, starts + 1, err));
    *other = true;
    return PLATEN_OK;
}

platen_code follow_program(const char *data, const char *installed, char path[FILE_PATH],
                           bool *other, platen_error *err)
{
    active_package p;
    bool more = true;
    platen_code rc = PLATEN_OK;
    *other = false;
    while (more && rc == PLATEN_OK) {
        cJSON *active = NULL;
        more = false;
        PLATEN_TRY(active_list(data, &active, err));
        if (installed == NULL) {
            rc = give_way(data, active, path, other, &more, err);
        } else if (!active_find(active, INSTALL_PRODUCT, &p) ||
                   strcmp(p.version, PLATEN_VERSION) != 0) {
            (void)snprintf(path, FILE_PATH, "%s", installed); /* the host's one decides */
            *other = true;
        }
        cJSON_Delete(active);
    }
    return rc;
}

bool follow_product_fits(const cJSON *active, const char *own, const active_package *wanted)
{
    active_package there;
    return active_find(active, INSTALL_PRODUCT, &there) ||
           version_compare_text(wanted->version, own) > 0;
}

platen_code follow_product_try(const active_package *p, const char *folder, platen_error *err)
{
    char program[FILE_PATH];
    selftest_verdict verdict = {.code = ""};
    PLATEN_TRY(product_place_files(folder, err));
    PLATEN_TRY(file_join(program, folder, "bin/platend", err));
    const selftest_options o = {.program = program, .role = "agent", .folder = folder, .name = "-"};
    PLATEN_TRY(selftest_run(&o, &verdict, err));
    if (verdict.code[0] != '\0') {
        return error_set(err, PLATEN_E_INVAL, "%s (%s)", verdict.text, verdict.code);
    }
    return strcmp(verdict.version, p->version) == 0
               ? PLATEN_OK
               : error_set(err, PLATEN_E_INVAL, "the program says that it is version '%s', not %s",
                           verdict.version, p->version);
}
