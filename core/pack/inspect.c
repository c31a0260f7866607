/* See inspect.h. */
#include "core/pack/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <platen/plugin.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/pack/install.h"
#include "core/pack/journal.h"
#include "core/pack/ppk.h"
#include "core/pack/product.h"
#include "core/pack/selftest.h"
#include "core/pack/upload.h"

#define TEXT_MOST ((size_t)256 * 1024)

typedef struct look {
    const inspect_options *o;
    const char *id;
    cJSON *tree;
    trust *trust;
    ppk *package;
    const ppk_manifest *about;
    const trust_publisher *publisher;
    char sha256[DIGEST_TEXT];
    int64_t size;
    const char *word;          /* why it is refused */
    char words[SELFTEST_CODE]; /* room for one that is not constant */
    char staged[FILE_PATH];
    cJSON *migrations; /* that the plugin declares; NULL: not known */
} look;

static platen_code refuse(look *l, const char *word, platen_error *err, const char *text)
{
    l->word = word;
    return error_set(err, PLATEN_E_INVAL, "%s", text);
}

/* ---- bytes ---- */

static platen_code check_bytes(look *l, const char *path, platen_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const char *told = json_get_text(l->tree, "sha256", NULL);
    if (fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", path);
    }
    platen_code rc = digest_fd(fd, path, l->sha256, &l->size, err);
    (void)close(fd);
    if (rc == PLATEN_OK && told != NULL && strcmp(told, l->sha256) != 0) {
        char text[200];
        (void)snprintf(text, sizeof(text), "the bytes have SHA-256 %.16s..., not %.16s...",
                       l->sha256, told);
        rc = refuse(l, "digest", err, text);
    }
    return rc;
}

/* ---- the package ---- */

static platen_code check_package(look *l, const char *path, platen_error *err)
{
    char folder[FILE_PATH];
    const ppk_host host = {PLATEN_ABI_MAJOR, PLATEN_ABI_MINOR, l->o->platen, ppk_arch()};
    PLATEN_TRY(active_path(l->o->data, "trust", folder, err));
    PLATEN_TRY(trust_open(folder, &l->trust, err));
    PLATEN_TRY(ppk_open(path, &l->package, &l->word, err));
    l->about = ppk_about(l->package);
    PLATEN_TRY(ppk_verify(l->package, l->trust, clock_now(), l->o->allow_unsigned, &l->publisher,
                          &l->word, err));
    return ppk_fits(l->package, &host, &l->word, err);
}

/* Its name and version against what is here already. */
static platen_code check_place(look *l, platen_error *err)
{
    cJSON *active = NULL;
    PLATEN_TRY(active_list(l->o->data, &active, err));
    platen_code rc = install_version_fits(active, l->about->name, l->about->version, l->o->platen,
                                          &l->word, err);
    cJSON_Delete(active);
    return rc;
}

static platen_code test_role(look *l, const char *program, const char *folder, const char *name,
                             const char *role, platen_error *err)
{
    selftest_verdict v;
    char text[PLATEN_ERROR_TEXT];
    const selftest_options o = {.program = program,
                                .role = role,
                                .folder = folder,
                                .name = name,
                                .migrations = strcmp(role, "manager") == 0 ? &l->migrations : NULL};
    PLATEN_TRY(selftest_run(&o, &v, err));
    if (v.code[0] != '\0') {
        (void)snprintf(l->words, sizeof(l->words), "%s", v.code);
        return refuse(l, l->words, err, v.text);
    }
    bool product = l->about->kind == PPK_PRODUCT;
    if (!v.loaded && !product) {
        (void)snprintf(text, sizeof(text),
                       "the manifest says that '%s' is for the %s, the plugin says it is not", name,
                       role);
        return refuse(l, "manifest", err, text);
    }
    if (strcmp(v.version, l->about->version) != 0) {
        (void)snprintf(text, sizeof(text), "the manifest says version %s, the program %s",
                       l->about->version, v.version);
        return refuse(l, "manifest", err, text);
    }
    return PLATEN_OK;
}

static platen_code test_package(look *l, platen_error *err)
{
    char program[FILE_PATH];
    if (l->about->kind == PPK_PROFILES) {
        return PLATEN_OK;
    }
    if (l->about->kind == PPK_PRODUCT) {
        PLATEN_TRY(file_join(program, l->staged, "bin/platend", err));
        return test_role(l, program, l->staged, "-", "manager", err);
    }
    if (l->about->manager) {
        PLATEN_TRY(test_role(l, NULL, l->staged, l->about->name, "manager", err));
    }
    return l->about->agent ? test_role(l, NULL, l->staged, l->about->name, "agent", err)
                           : PLATEN_OK;
}

static platen_code unpack(look *l, platen_error *err)
{
    PLATEN_TRY(upload_staged(l->o->data, l->id, l->staged, err));
    PLATEN_TRY(file_remove_tree(l->staged, err));
    PLATEN_TRY(ppk_unpack(l->package, l->staged, ppk_arch(), err));
    return l->about->kind == PPK_PRODUCT ? product_place_files(l->staged, err) : PLATEN_OK;
}

/* ---- what is known then ---- */

static bool add_list(cJSON *to, const char *key, const char *const *list)
{
    cJSON *array = cJSON_AddArrayToObject(to, key);
    for (size_t i = 0; array != NULL && list != NULL && list[i] != NULL; i++) {
        cJSON *word = cJSON_CreateString(list[i]);
        if (word == NULL || !cJSON_AddItemToArray(array, word)) {
            cJSON_Delete(word);
            return false;
        }
    }
    return array != NULL;
}

static bool add_needs(cJSON *to, const ppk_manifest *m)
{
    cJSON *array = cJSON_AddArrayToObject(to, "needs");
    for (size_t i = 0; array != NULL && i < m->need_count; i++) {
        cJSON *need = cJSON_CreateObject();
        if (!journal_set(need, "name", m->needs[i].name) ||
            !journal_set(need, "version", m->needs[i].version) ||
            !cJSON_AddItemToArray(array, need)) {
            cJSON_Delete(need);
            return false;
        }
    }
    return array != NULL;
}

static bool add_entry(look *l)
{
    const ppk_manifest *m = l->about;
    const char *roles[3] = {NULL};
    size_t count = 0;
    if (m->manager) {
        roles[count++] = "manager";
    }
    if (m->agent) {
        roles[count++] = "agent";
    }
    cJSON_DeleteItemFromObjectCaseSensitive(l->tree, "entry");
    cJSON *e = cJSON_AddObjectToObject(l->tree, "entry");
    return e != NULL && journal_set(e, "name", m->name) && journal_set(e, "version", m->version) &&
           journal_set(e, "kind", ppk_kind_word(m->kind)) && journal_set(e, "title", m->title) &&
           journal_set(e, "publisher", l->publisher != NULL ? l->publisher->name : "") &&
           journal_set(e, "digest", ppk_digest(l->package)) &&
           journal_set(e, "sha256", l->sha256) &&
           cJSON_AddNumberToObject(e, "size", (double)l->size) != NULL &&
           add_list(e, "roles", roles) && add_needs(e, m) && add_list(e, "tables", m->tables) &&
           add_list(e, "functions", m->functions) &&
           (m->downgrade != NULL ? journal_set(e, "downgrade", m->downgrade)
                                 : cJSON_AddNullToObject(e, "downgrade") != NULL);
}

/* Those that the database does not have yet; null where that is not known: of Platen itself, and
 * of a package that is refused before its plugin has told of them. */
static bool add_migrations(const look *l, cJSON *to, int64_t has)
{
    const cJSON *each = NULL;
    bool none =
        l->about->kind == PPK_PROFILES || (l->about->kind == PPK_PLUGIN && !l->about->manager);
    if (!none && !cJSON_IsArray(l->migrations)) {
        return cJSON_AddNullToObject(to, "migrations") != NULL;
    }
    cJSON *list = cJSON_AddArrayToObject(to, "migrations");
    bool done = list != NULL;
    cJSON_ArrayForEach(each, l->migrations)
    {
        if (done && json_get_i64(each, "number", 0) > has) {
            cJSON *copy = cJSON_Duplicate(each, true);
            done = cJSON_AddItemToArray(list, copy);
        }
    }
    return done;
}

static bool add_changes(look *l, const char *from, int64_t has)
{
    const ppk_manifest *m = l->about;
    cJSON_DeleteItemFromObjectCaseSensitive(l->tree, "changes");
    cJSON *c = cJSON_AddObjectToObject(l->tree, "changes");
    return c != NULL &&
           (from[0] != '\0' ? journal_set(c, "from", from)
                            : cJSON_AddNullToObject(c, "from") != NULL) &&
           journal_set(c, "to", m->version) && add_list(c, "tables", m->tables) &&
           add_list(c, "functions", m->functions) && cJSON_AddTrueToObject(c, "restart") != NULL &&
           cJSON_AddBoolToObject(c, "agents", m->agent || m->kind == PPK_PRODUCT) != NULL &&
           add_migrations(l, c, has);
}

static bool add_text(look *l, const char *key, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    bool has = ppk_read(l->package, path, TEXT_MOST, &text, &length, NULL) == PLATEN_OK &&
               text_is_utf8(text, length);
    bool done = journal_set(l->tree, key, has ? text : "");
    free(text);
    return done;
}

/* What the manifest says is shown of a refused package, too, once it could be read. */
static platen_code tell(look *l, platen_error *err)
{
    const ppk_manifest *m = l->about;
    cJSON *active = NULL;
    active_package now = {.version = ""};
    int64_t has = 0;
    if (m == NULL) {
        return PLATEN_OK;
    }
    if (l->o->migrated != NULL) {
        PLATEN_TRY(l->o->migrated(m->name, l->o->user, &has, err));
    }
    PLATEN_TRY(active_list(l->o->data, &active, err));
    (void)active_find(active, m->name, &now);
    cJSON_DeleteItemFromObjectCaseSensitive(l->tree, "signed");
    bool made = journal_set(l->tree, "name", m->name) && journal_set(l->tree, "title", m->title) &&
                journal_set(l->tree, "version", m->version) &&
                journal_set(l->tree, "kind", ppk_kind_word(m->kind)) &&
                journal_set(l->tree, "publisher",
                            l->publisher != NULL ? l->publisher->name : m->publisher) &&
                cJSON_AddBoolToObject(l->tree, "signed", l->publisher != NULL) != NULL &&
                add_changes(l, now.version, has) && add_text(l, "license", "LICENSE") &&
                add_text(l, "changelog", "CHANGELOG.md") && add_entry(l);
    cJSON_Delete(active);
    return made ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for an upload");
}

static platen_code examine(look *l, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(upload_file(l->o->data, l->id, path, err));
    PLATEN_TRY(check_bytes(l, path, err));
    PLATEN_TRY(check_package(l, path, err));
    PLATEN_TRY(check_place(l, err));
    PLATEN_TRY(unpack(l, err));
    return test_package(l, err);
}

static platen_code note(const look *l, const char *event, const char *code, const char *text,
                        platen_error *err)
{
    char at[CLOCK_TEXT];
    cJSON *line = cJSON_CreateObject();
    bool made = journal_set(line, "at", clock_format(clock_now(), at)) &&
                journal_set(line, "name", json_get_text(l->tree, "name", "")) &&
                journal_set(line, "event", event) && journal_set(line, "from", "") &&
                journal_set(line, "to", json_get_text(l->tree, "version", "")) &&
                journal_set(line, "by", json_get_text(l->tree, "by", "")) &&
                journal_set(line, "code", code) && journal_set(line, "text", text);
    platen_code rc = made ? history_add(l->o->data, line, err)
                          : error_set(err, PLATEN_E_NOMEM, "no memory for the history");
    cJSON_Delete(line);
    return rc;
}

static platen_code settle(look *l, platen_code found, const platen_error *why, platen_error *err)
{
    bool good = found == PLATEN_OK;
    const char *word = good                                    ? ""
                       : l->word != NULL && l->word[0] != '\0' ? l->word
                                                               : error_word(found);
    if (!good && l->staged[0] != '\0') {
        (void)file_remove_tree(l->staged, NULL);
    }
    PLATEN_TRY(tell(l, err));
    PLATEN_TRY(upload_step(l->o->data, l->tree, good ? "ready" : "refused", word,
                           good ? "" : why->text, err));
    return note(l, good ? "ready" : "refused", word, good ? "" : why->text, err);
}

platen_code inspect_upload(const inspect_options *o, const char *id, platen_error *err)
{
    look l = {.o = o, .id = id};
    platen_error why = PLATEN_ERROR_INIT;
    PLATEN_TRY(upload_get(o->data, id, &l.tree, err));
    platen_code found = examine(&l, &why);
    platen_code rc = settle(&l, found, &why, err);
    ppk_close(l.package);
    trust_close(l.trust);
    cJSON_Delete(l.tree);
    cJSON_Delete(l.migrations);
    return rc;
}
