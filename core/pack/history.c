/* The history of installations: lines of JSON that are only ever added. See journal.h. */
#include "core/pack/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"

#define HISTORY_LIMIT ((size_t)64 << 20)

static platen_code history_path(const char *data, char path[FILE_PATH], platen_error *err)
{
    return active_path(data, "history.jsonl", path, err);
}

/* A line that was cut off has no end: what follows must not be glued to it. */
static bool needs_line_end(int fd)
{
    char last = '\n';
    off_t size = lseek(fd, 0, SEEK_END);
    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static platen_code append(const char *path, const char *text, size_t length, platen_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
    }
    bool done = (!needs_line_end(fd) || write(fd, "\n", 1) == 1) &&
                write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    platen_code rc =
        done ? PLATEN_OK : error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
    (void)close(fd);
    return rc;
}

platen_code history_add(const char *data, const cJSON *line, platen_error *err)
{
    char path[FILE_PATH];
    strbuf out;
    strbuf_init(&out);
    char *text = cJSON_PrintUnformatted(line);
    strbuf_append(&out, text != NULL ? text : "");
    strbuf_append_char(&out, '\n');
    platen_code rc = text == NULL || out.failed
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for the history")
                         : history_path(data, path, err);
    if (rc == PLATEN_OK) {
        rc = append(path, out.data, out.length, err);
    }
    cJSON_free(text);
    strbuf_fini(&out);
    return rc;
}

static bool has_line(const cJSON *lines, const char *installation, const char *name)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, lines)
    {
        if (strcmp(json_get_text(each, "installation", ""), installation) == 0 &&
            strcmp(json_get_text(each, "name", ""), name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *event_of(const cJSON *item, journal_state end)
{
    return end == JOURNAL_KEPT      ? json_get_text(item, "event", "installed")
           : end == JOURNAL_WAITING ? "cancelled"
                                    : "rolled-back";
}

static platen_code add_item(const char *data, const cJSON *journal, const cJSON *item,
                            journal_state end, platen_error *err)
{
    char at[CLOCK_TEXT];
    bool kept = end == JOURNAL_KEPT;
    cJSON *line = cJSON_CreateObject();
    bool made = journal_set(line, "at", clock_format(clock_now(), at)) &&
                journal_set(line, "name", json_get_text(item, "name", "")) &&
                journal_set(line, "event", event_of(item, end)) &&
                journal_set(line, "from", json_get_text(item, "from", "")) &&
                journal_set(line, "to", json_get_text(item, "to", "")) &&
                journal_set(line, "by", json_get_text(journal, "by", "")) &&
                journal_set(line, "code", kept ? "" : json_get_text(journal, "code", "")) &&
                journal_set(line, "text", kept ? "" : json_get_text(journal, "text", "")) &&
                journal_set(line, "installation", json_get_text(journal, "id", ""));
    platen_code rc = made ? history_add(data, line, err)
                          : error_set(err, PLATEN_E_NOMEM, "no memory for the history");
    cJSON_Delete(line);
    return rc;
}

platen_code history_of_journal(const char *data, const cJSON *journal, platen_error *err)
{
    cJSON *lines = NULL;
    const cJSON *each = NULL;
    journal_state end = journal_state_of(journal);
    PLATEN_TRY(history_read(data, NULL, 256, &lines, err));
    platen_code rc = PLATEN_OK;
    cJSON_ArrayForEach(each, json_get_array(journal, "items"))
    {
        if (rc == PLATEN_OK &&
            !has_line(lines, json_get_text(journal, "id", ""), json_get_text(each, "name", ""))) {
            rc = add_item(data, journal, each, end, err);
        }
    }
    cJSON_Delete(lines);
    return rc;
}

/* One line of the text, from its end; NULL when there is none left. Ends it with a NUL. */
static char *last_line(char *text, size_t *length)
{
    while (*length > 0 && text[*length - 1] == '\n') {
        (*length)--;
    }
    if (*length == 0) {
        return NULL;
    }
    text[*length] = '\0';
    while (*length > 0 && text[*length - 1] != '\n') {
        (*length)--;
    }
    return text + *length;
}

platen_code history_read(const char *data, const char *name, size_t limit, cJSON **array,
                         platen_error *err)
{
    char path[FILE_PATH];
    char *text = NULL;
    char *line = NULL;
    size_t length = 0;
    PLATEN_TRY(history_path(data, path, err));
    platen_code rc =
        file_exists(path) ? file_read(path, HISTORY_LIMIT, &text, &length, err) : PLATEN_OK;
    if (rc != PLATEN_OK) {
        return rc;
    }
    cJSON *lines = cJSON_CreateArray();
    for (size_t count = 0; count < limit && (line = last_line(text, &length)) != NULL;) {
        cJSON *tree = NULL;
        if (json_parse(line, strlen(line), &tree, NULL) != PLATEN_OK) {
            continue;
        }
        if (!cJSON_IsObject(tree) ||
            (name != NULL && strcmp(json_get_text(tree, "name", ""), name) != 0) ||
            !cJSON_AddItemToArray(lines, tree)) {
            cJSON_Delete(tree);
            continue;
        }
        count++;
    }
    free(text);
    if (lines == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the history");
    }
    *array = lines;
    return PLATEN_OK;
}
