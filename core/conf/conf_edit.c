/* Changing one key in a configuration file, as a person with an editor would: everything else
 * stays as it stands. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/conf/conf.h"

#define FILE_LIMIT ((size_t)1024 * 1024)
#define LINE_LIMIT 4096

typedef struct edit {
    const char *section, *key, *value;
    strbuf out;
    size_t after_section; /* in `out`, behind the section's last line [section]; 0: none */
    bool inside;          /* the lines at hand are of the section */
    bool done;
} edit;

static void append_key(strbuf *out, const edit *e)
{
    strbuf_appendf(out, "%s = %s\n", e->key, e->value);
}

/* Is it "[section]"; is it "key = ..." of it? `text` is trimmed in place. */
static bool is_header(char *text, const char *section)
{
    size_t length = strlen(text);
    if (length < 2 || text[length - 1] != ']') {
        return false;
    }
    text[length - 1] = '\0';
    return strcmp(text_trim(text + 1), section) == 0;
}

static bool is_key(char *text, const char *key)
{
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        return false;
    }
    *equals = '\0';
    return strcmp(text_trim(text), key) == 0;
}

static platen_code edit_line(edit *e, const char *begin, size_t length, platen_error *err)
{
    char line[LINE_LIMIT + 1];
    if (length > LINE_LIMIT) {
        return error_set(err, PLATEN_E_MALFORMED, "a line is longer than %d bytes", LINE_LIMIT);
    }
    memcpy(line, begin, length);
    line[length] = '\0';
    char *text = line + strspn(line, " \t");
    (void)text_trim(text);
    bool header = text[0] == '[';
    bool other = text[0] == '#' || text[0] == ';' || text[0] == '\0';
    if (header) {
        e->inside = is_header(text, e->section);
    } else if (!other && e->inside && is_key(text, e->key)) {
        append_key(&e->out, e);
        e->done = true;
        return PLATEN_OK;
    }
    strbuf_append_n(&e->out, begin, length);
    strbuf_append_char(&e->out, '\n');
    if (header && e->inside && e->after_section == 0) {
        e->after_section = e->out.length;
    }
    return PLATEN_OK;
}

/* The key was nowhere: it comes first in its section, or the section comes last. */
static void add_key(edit *e)
{
    strbuf whole;
    if (e->after_section == 0) {
        strbuf_appendf(&e->out, "\n[%s]\n", e->section);
        append_key(&e->out, e);
        return;
    }
    strbuf_init(&whole);
    strbuf_append_n(&whole, e->out.data, e->after_section);
    append_key(&whole, e);
    strbuf_append(&whole, e->out.data + e->after_section);
    strbuf_fini(&e->out);
    e->out = whole;
}

static platen_code edit_text(edit *e, const char *text, size_t length, platen_error *err)
{
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end != NULL ? (size_t)(end - (text + at)) : length - at;
        PLATEN_TRY(edit_line(e, text + at, line, err));
        at += line + 1;
    }
    if (!e->done) {
        add_key(e);
    }
    return e->out.failed ? error_set(err, PLATEN_E_NOMEM, "no memory") : PLATEN_OK;
}

static platen_code write_files(const char *path, const char *kept, const edit *e, const char *text,
                               size_t length, platen_error *err)
{
    struct stat status;
    mode_t mode = stat(path, &status) == 0 ? status.st_mode & 0777 : 0600;
    PLATEN_TRY(file_write(kept, text, length, mode, err));
    return file_write(path, e->out.data, e->out.length, mode, err);
}

platen_code conf_file_set(const char *path, const char *kept, const char *section, const char *key,
                          const char *value, platen_error *err)
{
    char *text = NULL;
    size_t length = 0;
    edit e = {.section = section, .key = key, .value = value};
    if (strpbrk(value, "\r\n") != NULL || strlen(value) > LINE_LIMIT - 128) {
        return error_set(err, PLATEN_E_INVAL, "the value of %s.%s does not fit into a line",
                         section, key);
    }
    PLATEN_TRY(file_read(path, FILE_LIMIT, &text, &length, err));
    strbuf_init(&e.out);
    platen_code rc = edit_text(&e, text, length, err);
    if (rc == PLATEN_OK) {
        rc = write_files(path, kept, &e, text, length, err);
    }
    strbuf_fini(&e.out);
    free(text);
    return rc;
}
