/* Manifests: read strictly. What a later format adds comes with a higher number of the format, so a
 * member that nobody knows is a slip and is refused. */
#include "core/pack/ppk_private.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define TITLE_MOST 200
#define LIST_MOST 256
#define ARCH_MOST 8
#define WORD_MOST 63
#define SMALL "abcdefghijklmnopqrstuvwxyz0123456789"
#define NAME_LETTERS SMALL "-"
#define TABLE_LETTERS SMALL "_"

typedef struct reading {
    const cJSON *tree;
    arena *memory;
    ppk_manifest *m;
    platen_error *err;
} reading;

static platen_code no_memory(platen_error *err)
{
    return error_set(err, PLATEN_E_NOMEM, "no memory for a manifest");
}

static bool is_word(const char *text, const char *letters, size_t most)
{
    size_t length = strlen(text);
    return length > 0 && length <= most && strspn(text, letters) == length;
}

/* ---- members ---- */

static const char *const members[] = {
    "format", "kind",  "name",   "version",   "title",     "publisher", "api",   "platen",
    "roles",  "needs", "tables", "functions", "downgrade", "arch",      "files", NULL};

static platen_code check_members(const reading *r)
{
    unsigned seen = 0;
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, r->tree)
    {
        size_t i = 0;
        while (members[i] != NULL && strcmp(members[i], member->string) != 0) {
            i++;
        }
        if (members[i] == NULL || (seen & 1u << i) != 0) {
            return error_set(r->err, PLATEN_E_INVAL, "member '%.40s' is %s", member->string,
                             members[i] == NULL ? "unknown" : "there twice");
        }
        seen |= 1u << i;
    }
    return PLATEN_OK;
}

/* A text of at most `most` bytes; `preset` when the member is absent, NULL: it must be there. */
static platen_code take_text(const reading *r, const char *key, size_t most, const char *preset,
                             const char **out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->tree, key);
    if (item == NULL && preset != NULL) {
        *out = preset;
        return PLATEN_OK;
    }
    const char *text = cJSON_IsString(item) ? item->valuestring : NULL;
    if (text == NULL || text[0] == '\0' || strlen(text) > most) {
        return error_set(r->err, PLATEN_E_INVAL, "'%s' must be a text of 1 to %zu bytes", key,
                         most);
    }
    *out = arena_dup(r->memory, text);
    return *out != NULL ? PLATEN_OK : no_memory(r->err);
}

static platen_code take_version(const reading *r, const char *key, const char *preset,
                                const char **out)
{
    PLATEN_TRY(take_text(r, key, VERSION_TEXT - 1, preset, out));
    if (*out == preset || version_parse(*out, NULL)) {
        return PLATEN_OK;
    }
    return error_set(r->err, PLATEN_E_INVAL, "'%s' is '%s', which is no version as 1.2.3", key,
                     *out);
}

/* Words of these letters, NULL-terminated; none when the member is absent. */
static platen_code take_words(const reading *r, const char *key, const char *letters, int most,
                              const char *const **out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(r->tree, key);
    if (list != NULL && (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > most)) {
        return error_set(r->err, PLATEN_E_INVAL, "'%s' must be a list of at most %d", key, most);
    }
    size_t count = list != NULL ? (size_t)cJSON_GetArraySize(list) : 0;
    const char **words = arena_alloc_array(r->memory, count + 1, sizeof(*words));
    if (words == NULL) {
        return no_memory(r->err);
    }
    size_t at = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item) || !is_word(item->valuestring, letters, WORD_MOST)) {
            return error_set(r->err, PLATEN_E_INVAL, "'%s' has an entry that is no word of %s", key,
                             letters);
        }
        words[at] = arena_dup(r->memory, item->valuestring);
        if (words[at++] == NULL) {
            return no_memory(r->err);
        }
    }
    *out = words;
    return PLATEN_OK;
}

/* ---- what they mean ---- */

static const char *const kind_words[] = {"plugin", "profiles", "product"};

const char *ppk_kind_word(ppk_kind kind)
{
    return kind_words[kind];
}

static platen_code take_kind(const reading *r)
{
    const char *word = json_get_text(r->tree, "kind", "");
    for (unsigned i = 0; i < sizeof(kind_words) / sizeof(kind_words[0]); i++) {
        if (strcmp(kind_words[i], word) == 0) {
            r->m->kind = (ppk_kind)i;
            return PLATEN_OK;
        }
    }
    return error_set(r->err, PLATEN_E_INVAL, "'kind' is '%.40s', not plugin, profiles or product",
                     word);
}

static platen_code take_names(const reading *r)
{
    ppk_manifest *m = r->m;
    PLATEN_TRY(take_text(r, "name", PPK_NAME - 1, NULL, &m->name));
    if (!is_word(m->name, NAME_LETTERS, PPK_NAME - 1) || m->name[0] == '-') {
        return error_set(r->err, PLATEN_E_INVAL, "'name' is not of a-z, 0-9 and '-'");
    }
    if ((m->kind == PPK_PRODUCT) != (strcmp(m->name, "platen") == 0)) {
        return error_set(r->err, PLATEN_E_INVAL,
                         "the name 'platen' is that of the kind product, and only of it");
    }
    PLATEN_TRY(take_version(r, "version", NULL, &m->version));
    PLATEN_TRY(take_text(r, "title", TITLE_MOST, NULL, &m->title));
    PLATEN_TRY(take_text(r, "publisher", TITLE_MOST, "", &m->publisher));
    PLATEN_TRY(take_version(r, "platen", "", &m->platen));
    m->downgrade = NULL;
    if (!json_is_null_or_absent(r->tree, "downgrade")) {
        PLATEN_TRY(take_version(r, "downgrade", NULL, &m->downgrade));
        if (version_compare_text(m->downgrade, m->version) > 0) {
            return error_set(r->err, PLATEN_E_INVAL, "'downgrade' is %s, after 'version' %s",
                             m->downgrade, m->version);
        }
    }
    return PLATEN_OK;
}

/* "1.2": major and minor. */
static platen_code take_api(const reading *r)
{
    const char *api = json_get_text(r->tree, "api", "");
    size_t major = strspn(api, "0123456789");
    size_t minor = api[major] == '.' ? strspn(api + major + 1, "0123456789") : 0;
    bool absent = cJSON_GetObjectItemCaseSensitive(r->tree, "api") == NULL;
    if (r->m->kind == PPK_PROFILES && absent) {
        return PLATEN_OK;
    }
    if (r->m->kind == PPK_PROFILES || major < 1 || major > 4 || minor < 1 || minor > 4 ||
        api[major + 1 + minor] != '\0') {
        return error_set(r->err, PLATEN_E_INVAL,
                         "'api' must be a version as 1.2, and absent from profiles");
    }
    r->m->api_major = (uint32_t)strtoul(api, NULL, 10);
    r->m->api_minor = (uint32_t)strtoul(api + major + 1, NULL, 10);
    return PLATEN_OK;
}

static platen_code take_roles(const reading *r)
{
    const char *const *roles = NULL;
    ppk_manifest *m = r->m;
    PLATEN_TRY(take_words(r, "roles", SMALL, 2, &roles));
    for (size_t i = 0; roles[i] != NULL; i++) {
        bool manager = strcmp(roles[i], "manager") == 0;
        if (!manager && strcmp(roles[i], "agent") != 0) {
            return error_set(r->err, PLATEN_E_INVAL, "role '%s' is not manager or agent", roles[i]);
        }
        *(manager ? &m->manager : &m->agent) = true;
    }
    if (roles[0] == NULL) {
        m->manager = m->agent = true;
    }
    return PLATEN_OK;
}

static platen_code take_needs(const reading *r)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(r->tree, "needs");
    if (list != NULL && (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > LIST_MOST)) {
        return error_set(r->err, PLATEN_E_INVAL, "'needs' must be a list of at most %d", LIST_MOST);
    }
    size_t count = list != NULL ? (size_t)cJSON_GetArraySize(list) : 0;
    ppk_need *needs = arena_alloc_array(r->memory, count + 1, sizeof(*needs));
    if (needs == NULL) {
        return no_memory(r->err);
    }
    r->m->needs = needs;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        const char *name = json_get_text(item, "name", "");
        const char *least = json_get_text(item, "version", "");
        if (!is_word(name, NAME_LETTERS, PPK_NAME - 1) || !version_parse(least, NULL) ||
            cJSON_GetArraySize(item) != 2) {
            return error_set(r->err, PLATEN_E_INVAL,
                             "'needs' has an entry that is not {\"name\",\"version\"}");
        }
        ppk_need *need = &needs[r->m->need_count++];
        need->name = arena_dup(r->memory, name);
        need->version = arena_dup(r->memory, least);
        if (need->name == NULL || need->version == NULL) {
            return no_memory(r->err);
        }
    }
    return PLATEN_OK;
}

/* Tables carry the plugin's name, '-' as '_'. */
static platen_code check_tables(const reading *r)
{
    char prefix[PPK_NAME + 1];
    size_t length = strlen(r->m->name);
    for (size_t i = 0; i < length; i++) {
        prefix[i] = r->m->name[i] == '-' ? '_' : r->m->name[i];
    }
    prefix[length++] = '_';
    for (size_t i = 0; r->m->tables[i] != NULL; i++) {
        if (strncmp(r->m->tables[i], prefix, length) != 0) {
            return error_set(r->err, PLATEN_E_INVAL, "table '%s' does not begin with '%.*s'",
                             r->m->tables[i], (int)length, prefix);
        }
    }
    return PLATEN_OK;
}

static platen_code take_lists(const reading *r)
{
    ppk_manifest *m = r->m;
    PLATEN_TRY(take_needs(r));
    PLATEN_TRY(take_words(r, "tables", TABLE_LETTERS, LIST_MOST, &m->tables));
    PLATEN_TRY(take_words(r, "functions", NAME_LETTERS, LIST_MOST, &m->functions));
    PLATEN_TRY(take_words(r, "arch", TABLE_LETTERS, ARCH_MOST, &m->arch));
    if ((m->kind == PPK_PROFILES) != (m->arch[0] == NULL)) {
        return error_set(r->err, PLATEN_E_INVAL,
                         "'arch' names no architecture of a package with "
                         "code, or is there without code");
    }
    return check_tables(r);
}

/* ---- files ---- */

static int by_path(const void *a, const void *b)
{
    return strcmp(((const ppk_file *)a)->path, ((const ppk_file *)b)->path);
}

static platen_code take_file(const reading *r, const cJSON *item, ppk_file *file)
{
    const char *path = json_get_text(item, "path", "");
    const char *digest = json_get_text(item, "sha256", "");
    double size = json_get_double(item, "size", -1);
    if (!ppk_path_ok(path)) {
        return error_set(r->err, PLATEN_E_INVAL, "'%.60s' is no name for a file", path);
    }
    if (cJSON_GetArraySize(item) != 3 || strlen(digest) != DIGEST_TEXT - 1 ||
        strspn(digest, "0123456789abcdef") != DIGEST_TEXT - 1 || !(size >= 0) ||
        size > (double)PPK_UNPACKED_MOST || size != (double)(int64_t)size) {
        return error_set(r->err, PLATEN_E_INVAL, "file '%s' is not {\"path\",\"size\",\"sha256\"}",
                         path);
    }
    file->path = arena_dup(r->memory, path);
    file->size = (int64_t)size;
    memcpy(file->digest, digest, DIGEST_TEXT);
    return file->path != NULL ? PLATEN_OK : no_memory(r->err);
}

static platen_code take_files(const reading *r)
{
    const cJSON *list = json_get_array(r->tree, "files");
    int count = list != NULL ? cJSON_GetArraySize(list) : -1;
    if (count < 0 || count > PPK_FILES_MOST) {
        return error_set(r->err, PLATEN_E_INVAL, "'files' must be a list of at most %d",
                         PPK_FILES_MOST);
    }
    ppk_file *files = arena_alloc_array(r->memory, (size_t)count + 1, sizeof(*files));
    if (files == NULL) {
        return no_memory(r->err);
    }
    size_t at = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        PLATEN_TRY(take_file(r, item, &files[at]));
        r->m->size += files[at++].size;
    }
    qsort(files, at, sizeof(*files), by_path);
    for (size_t i = 1; i < at; i++) {
        if (strcmp(files[i - 1].path, files[i].path) == 0) {
            return error_set(r->err, PLATEN_E_INVAL, "file '%s' is listed twice", files[i].path);
        }
    }
    r->m->files = files;
    r->m->file_count = at;
    return PLATEN_OK;
}

static platen_code read_tree(const reading *r)
{
    if (!cJSON_IsObject(r->tree)) {
        return error_set(r->err, PLATEN_E_INVAL, "it is no JSON object");
    }
    if (json_get_double(r->tree, "format", 0) != PPK_FORMAT) {
        return error_set(r->err, PLATEN_E_INVAL, "its format is not %d", PPK_FORMAT);
    }
    PLATEN_TRY(check_members(r));
    PLATEN_TRY(take_kind(r));
    PLATEN_TRY(take_names(r));
    PLATEN_TRY(take_api(r));
    PLATEN_TRY(take_roles(r));
    PLATEN_TRY(take_lists(r));
    return take_files(r);
}

platen_code ppk_manifest_read(const char *text, size_t length, arena *memory, ppk_manifest *m,
                              platen_error *err)
{
    cJSON *tree = NULL;
    *m = (ppk_manifest){0};
    platen_code rc = json_parse(text, length, &tree, err);
    if (rc == PLATEN_OK) {
        rc = read_tree(&(reading){tree, memory, m, err});
    }
    cJSON_Delete(tree);
    return rc == PLATEN_OK ? rc : error_note(err, rc, PPK_MANIFEST);
}

/* ---- names ---- */

bool ppk_path_ok(const char *path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-.";
    if (strlen(path) >= PPK_PATH) {
        return false;
    }
    for (;;) {
        size_t length = strspn(path, letters);
        if (length == 0 || path[0] == '.') {
            return false;
        }
        if (path[length] != '/') {
            return path[length] == '\0';
        }
        path += length + 1;
    }
}

static bool in_list(const char *const *list, const char *word, size_t length)
{
    for (; *list != NULL; list++) {
        if (strlen(*list) == length && strncmp(*list, word, length) == 0) {
            return true;
        }
    }
    return false;
}

/* "<first>/<arch of the package>/": the place behind it, NULL when it does not begin so. */
static const char *behind_arch(const ppk_manifest *m, const char *path, const char *first)
{
    size_t length = strlen(first);
    if (strncmp(path, first, length) != 0) {
        return NULL;
    }
    path += length;
    length = strcspn(path, "/");
    return path[length] == '/' && in_list(m->arch, path, length) ? path + length + 1 : NULL;
}

static bool is_library(const char *name, const char *stem)
{
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".so") == 0 && strchr(name, '/') == NULL &&
           (stem == NULL || (strlen(stem) == length - 3 && strncmp(name, stem, length - 3) == 0));
}

bool ppk_path_belongs(const ppk_manifest *m, const char *path)
{
    static const char *const of_plugins[] = {"profiles", "locales",    "sql", "lua",
                                             "docs",     "recordings", NULL};
    static const char *const of_profiles[] = {"profiles", "docs", "recordings", NULL};
    static const char *const of_product[] = {"web", "scripts", "plugins", "docs", NULL};
    static const char *const *const shared[] = {of_plugins, of_profiles, of_product};
    if (strcmp(path, "LICENSE") == 0 || strcmp(path, "CHANGELOG.md") == 0) {
        return true;
    }
    if (text_begins(path, "share/")) {
        size_t length = strcspn(path + 6, "/");
        return path[6 + length] == '/' && in_list(shared[m->kind], path + 6, length);
    }
    const char *library = behind_arch(m, path, "lib/");
    if (m->kind == PPK_PLUGIN) {
        return library != NULL && is_library(library, m->name);
    }
    const char *program = behind_arch(m, path, "bin/");
    return m->kind == PPK_PRODUCT &&
           ((program != NULL &&
             (strcmp(program, "platend") == 0 || strcmp(program, "platen") == 0)) ||
            (library != NULL && text_begins(library, "plugins/") && is_library(library + 8, NULL)));
}
