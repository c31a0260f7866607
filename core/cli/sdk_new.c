/* `platen sdk new`: a template with a name in it. Templates are files; @NAME@, @IDENT@ (the name as
 * C writes it) and @TITLE@ stand for the plugin's own, in file names as well. */
#include "core/cli/sdk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/text.h"

#define FILE_MOST (1u << 20)
#define NAME_MOST 48
#define DEPTH_MOST 8

typedef struct filling {
    const char *name;
    char ident[NAME_MOST + 1];
    const char *title;
    platen_error *err;
} filling;

/* ---- text ---- */

static void fill(const filling *f, const char *text, size_t length, strbuf *out)
{
    const struct {
        const char *mark;
        const char *value;
    } marks[] = {{"@NAME@", f->name}, {"@IDENT@", f->ident}, {"@TITLE@", f->title}};
    for (size_t at = 0; at < length;) {
        size_t i = 0;
        while (i < 3 && strncmp(text + at, marks[i].mark, strlen(marks[i].mark)) != 0) {
            i++;
        }
        if (i < 3) {
            strbuf_append(out, marks[i].value);
            at += strlen(marks[i].mark);
        } else {
            strbuf_append_char(out, text[at++]);
        }
    }
}

static platen_code copy_file(const filling *f, const char *from, const char *to)
{
    char *text = NULL;
    size_t length = 0;
    strbuf filled;
    PLATEN_TRY(file_read(from, FILE_MOST, &text, &length, f->err));
    strbuf_init(&filled);
    fill(f, text, length, &filled);
    platen_code rc = filled.failed ? error_set(f->err, PLATEN_E_NOMEM, "no memory for '%s'", to)
                                   : file_write(to, filled.data, filled.length, 0644, f->err);
    strbuf_fini(&filled);
    free(text);
    return rc;
}

/* ---- folders ---- */

static platen_code copy_folder(const filling *f, const char *from, const char *to, unsigned depth);

static platen_code copy_entry(const filling *f, const char *from, const char *to, const char *name,
                              unsigned depth)
{
    char source[FILE_PATH];
    char target[FILE_PATH];
    struct stat status;
    strbuf filled;
    strbuf_init(&filled);
    fill(f, name, strlen(name), &filled);
    platen_code rc = file_join(source, from, name, f->err);
    rc = rc == PLATEN_OK ? file_join(target, to, filled.data, f->err) : rc;
    strbuf_fini(&filled);
    if (rc != PLATEN_OK) {
        return rc;
    }
    if (stat(source, &status) != 0) {
        return error_sys(f->err, PLATEN_E_IO, errno, "cannot read '%s'", source);
    }
    return S_ISDIR(status.st_mode) ? copy_folder(f, source, target, depth + 1)
                                   : copy_file(f, source, target);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as DEPTH_MOST
static platen_code copy_folder(const filling *f, const char *from, const char *to, unsigned depth)
{
    DIR *dir = depth < DEPTH_MOST ? opendir(from) : NULL;
    if (dir == NULL) {
        return error_sys(f->err, PLATEN_E_IO, errno, "cannot read '%s'", from);
    }
    platen_code rc = mkdir(to, 0755) == 0
                         ? PLATEN_OK
                         : error_sys(f->err, errno == EEXIST ? PLATEN_E_EXISTS : PLATEN_E_IO, errno,
                                     "cannot make '%s'", to);
    const struct dirent *entry = NULL;
    while (rc == PLATEN_OK && (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        if (entry->d_name[0] != '.') {
            rc = copy_entry(f, from, to, entry->d_name, depth);
        }
    }
    (void)closedir(dir);
    return rc;
}

/* ---- the verb ---- */

static platen_code check_name(cli *c, const char *name, platen_error *err)
{
    size_t length = strlen(name);
    bool ok = length > 0 && length <= NAME_MOST && name[0] >= 'a' && name[0] <= 'z' &&
              strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
    if (!ok || strcmp(name, "platen") == 0) {
        return cli_usage(c, err, "'%s' is no name of a plugin: a-z, then a-z, 0-9 and '-'", name);
    }
    return PLATEN_OK;
}

/* The title stands in JSON and in C as it is. */
static platen_code check_title(cli *c, const char *title, platen_error *err)
{
    size_t length = strlen(title);
    if (length == 0 || length > 100 || strcspn(title, "\"\\@%") != length ||
        !text_is_utf8(title, length)) {
        return cli_usage(c, err, "a title has 1 to 100 bytes without quotes, '\\', '@' and '%%'");
    }
    return PLATEN_OK;
}

platen_code sdk_new(cli *c, const args *a, platen_error *err)
{
    const char *kind = a->words[0];
    const char *folder = args_value(a, "folder");
    const char *title = args_value(a, "title");
    char built[64];
    char installed[64];
    char template[FILE_PATH];
    filling f = {a->words[1], "", title != NULL ? title : a->words[1], err};
    if (strcmp(kind, "driver") != 0 && strcmp(kind, "feature") != 0 &&
        strcmp(kind, "profiles") != 0) {
        return cli_usage(c, err, "there are driver, feature and profiles, not '%s'", kind);
    }
    PLATEN_TRY(check_name(c, f.name, err));
    PLATEN_TRY(check_title(c, f.title, err));
    for (size_t i = 0; f.name[i] != '\0'; i++) {
        f.ident[i] = f.name[i] == '-' ? '_' : f.name[i];
    }
    (void)snprintf(built, sizeof(built), "sdk/template/%s", kind);
    (void)snprintf(installed, sizeof(installed), "share/platen/sdk/template/%s", kind);
    PLATEN_TRY(sdk_find(built, installed, template, err));
    folder = folder != NULL ? folder : f.name;
    PLATEN_TRY(copy_folder(&f, template, folder, 0));
    bool profiles = strcmp(kind, "profiles") == 0;
    (void)fprintf(c->out, "%s: a new %s; %s\n", folder, profiles ? "folder of profiles" : kind,
                  profiles ? "`platen sdk check` plays its recording to it"
                           : "README.md says how to go on");
    return PLATEN_OK;
}
