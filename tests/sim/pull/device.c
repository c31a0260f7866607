/* What a device does when its schedule says so: instructions by the public rules, taken strictly,
 * then the file, which must be of its own model. The files' columns are invented. */
#include "device.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

enum { FILES = 8, URL_MOST = 255 };

struct file {
    char url[URL_MOST + 1];
    bool kind, type, setup;
};

struct body {
    char *data;
    size_t length, most; /* it leaves behind so much; 0: never */
};

static const char *const defaults[SETTINGS][3] = {{"Copier", "Max. copies", "99"},
                                                  {"Printer", "Tray priority", "Tray 1"},
                                                  {"System", "Sleep timer", "60"},
                                                  {"System", "Comment", "a \"quoted\", text"},
                                                  {"Interface", "Host name", "device"}};

void device_init(struct device *d, const char *model)
{
    snprintf(d->model, sizeof d->model, "%s", model);
    for (size_t i = 0; i < SETTINGS; i++) {
        d->settings[i].category = defaults[i][0];
        d->settings[i].name = defaults[i][1];
        snprintf(d->settings[i].value, sizeof d->settings[i].value, "%s", defaults[i][2]);
    }
}

enum mode mode_by_name(const char *name)
{
    static const char *const names[MODES] = {"good",  "never", "wrong",     "twice",
                                             "break", "path",  "elsewhere", "no-template"};

    for (size_t i = 0; i < MODES; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum mode)i;
        }
    }
    return MODES;
}

void device_log(struct device *d, const char *format, ...)
{
    size_t used = strlen(d->log);
    va_list args;

    va_start(args, format);
    vsnprintf(d->log + used, sizeof d->log - used, format, args);
    va_end(args);
    used = strlen(d->log);
    snprintf(d->log + used, sizeof d->log - used, "\n");
}

/* ---- the file ---- */

static size_t add_cell(char *out, size_t at, size_t room, const char *text, char behind)
{
    if (at + 2 * strlen(text) + 4 > room) {
        return at;
    }
    out[at++] = '"';
    for (; *text != '\0'; text++) {
        out[at++] = *text;
        if (*text == '"') {
            out[at++] = '"';
        }
    }
    out[at++] = '"';
    out[at++] = behind;
    if (behind == '\r') {
        out[at++] = '\n';
    }
    return at;
}

size_t device_export(const struct device *d, char *out, size_t room)
{
    size_t at = add_cell(out, 0, room, "Model", ',');

    at = add_cell(out, at, room, d->model, '\r');
    for (size_t i = 0; i < SETTINGS; i++) {
        at = add_cell(out, at, room, d->settings[i].category, ',');
        at = add_cell(out, at, room, d->settings[i].name, ',');
        at = add_cell(out, at, room, d->settings[i].value, '\r');
    }
    return at;
}

/* A quoted cell at `*at`; false: it is none. */
static bool take_cell(const char **at, char out[128])
{
    size_t n = 0;
    const char *p = *at;

    if (*p++ != '"') {
        return false;
    }
    while (*p != '\0' && n < 127 && (*p != '"' || p[1] == '"')) {
        p += *p == '"' ? 1 : 0;
        out[n++] = *p++;
    }
    out[n] = '\0';
    if (*p != '"') {
        return false;
    }
    *at = p + 1;
    return true;
}

static bool next_is(const char **at, const char *text)
{
    size_t n = strlen(text);

    if (strncmp(*at, text, n) != 0) {
        return false;
    }
    *at += n;
    return true;
}

static bool apply(struct device *d, const char *file)
{
    struct setting wanted[SETTINGS];
    char a[128], b[128], c[128];

    memcpy(wanted, d->settings, sizeof wanted);
    if (!take_cell(&file, a) || strcmp(a, "Model") != 0 || !next_is(&file, ",") ||
        !take_cell(&file, b) || !next_is(&file, "\r\n")) {
        device_log(d, "error: the file cannot be read");
        return false;
    }
    if (strcmp(b, d->model) != 0) {
        device_log(d, "error: the file is of model %s", b);
        return false;
    }
    while (*file != '\0') {
        if (!take_cell(&file, a) || !next_is(&file, ",") || !take_cell(&file, b) ||
            !next_is(&file, ",") || !take_cell(&file, c) || !next_is(&file, "\r\n")) {
            device_log(d, "error: the file cannot be read");
            return false;
        }
        for (size_t i = 0; i < SETTINGS; i++) {
            if (strcmp(wanted[i].category, a) == 0 && strcmp(wanted[i].name, b) == 0) {
                snprintf(wanted[i].value, sizeof wanted[i].value, "%s", c);
            }
        }
    }
    memcpy(d->settings, wanted, sizeof wanted);
    d->applied++;
    device_log(d, "applied");
    return true;
}

/* ---- the instructions ---- */

static bool take_line(struct device *d, char *line, struct file files[FILES], size_t *section)
{
    char *equals = strchr(line, '=');
    unsigned number = 0;
    int end = 0;

    if (line[0] == '\0' || line[0] == ';') {
        return true;
    }
    if (sscanf(line, "[file%1u]%n", &number, &end) == 1 && end > 0 && line[end] == '\0' &&
        number >= 1 && number <= FILES) {
        *section = number;
        return true;
    }
    if (equals == NULL || *section == 0) {
        device_log(d, "error: the instructions have a line that cannot be: %s", line);
        return false;
    }
    struct file *f = &files[*section - 1];
    *equals = '\0';
    if (strcmp(line, "url") == 0 && strlen(equals + 1) <= URL_MOST) {
        snprintf(f->url, sizeof f->url, "%s", equals + 1);
    } else if (strcmp(line, "kind") == 0 && strcmp(equals + 1, "exportFile") == 0) {
        f->kind = true;
    } else if (strcmp(line, "type") == 0 && strcmp(equals + 1, "forSameModel") == 0) {
        f->type = true;
    } else if (strcmp(line, "doSetup") == 0 && strcmp(equals + 1, "yes") == 0) {
        f->setup = true;
    } else {
        device_log(d, "error: the instructions have %s=%.60s", line, equals + 1);
        return false;
    }
    return true;
}

static bool take_instructions(struct device *d, char *text, struct file files[FILES])
{
    char *rest = NULL;
    size_t section = 0;

    for (char *line = strtok_r(text, "\r\n", &rest); line != NULL;
         line = strtok_r(NULL, "\r\n", &rest)) {
        if (!take_line(d, line, files, &section)) {
            return false;
        }
    }
    return section > 0;
}

/* ---- fetching ---- */

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct body *b = user;
    size_t more = size * count;

    if (b->length + more > FILE_MOST || (b->most != 0 && b->length + more > b->most)) {
        return 0; /* it leaves */
    }
    memcpy(b->data + b->length, data, more);
    b->length += more;
    b->data[b->length] = '\0';
    return more;
}

/* GET with a login; the status, 0: no answer, or it left. */
static long fetch(const struct device *d, const char *url, struct body *b)
{
    CURL *curl = curl_easy_init();
    long status = 0;
    char asked[600];

    snprintf(asked, sizeof asked, "%s%s", url, d->mode == MODE_PATH ? "/more" : "");
    b->length = 0;
    curl_easy_setopt(curl, CURLOPT_URL, asked);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_INTERFACE,
                     d->mode == MODE_ELSEWHERE ? d->elsewhere : d->address);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, d->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, d->mode == MODE_WRONG ? "guess" : d->password);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, b);
    if (curl_easy_perform(curl) == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    return status;
}

static bool get(struct device *d, const char *what, const char *url, struct body *b)
{
    long status = fetch(d, url, b);

    if (status != 200) {
        device_log(d, "error: the %s cannot be fetched: %ld", what, status);
        return false;
    }
    device_log(d, "fetched the %s, %zu bytes", what, b->length);
    return true;
}

static void pull_once(struct device *d, struct body *b)
{
    struct file files[FILES] = {0};

    if (!get(d, "instructions", d->url, b) || !take_instructions(d, b->data, files)) {
        return;
    }
    for (size_t i = 0; i < FILES; i++) {
        if (files[i].url[0] == '\0') {
            continue;
        }
        if (!files[i].kind || !files[i].type || !files[i].setup) {
            device_log(d, "error: the instructions lack something of file %zu", i + 1);
            return;
        }
        b->most = d->mode == MODE_BREAK ? 1 : 0;
        d->mode = d->mode == MODE_BREAK ? MODE_GOOD : d->mode;
        if (get(d, "file", files[i].url, b)) {
            apply(d, b->data);
        }
        b->most = 0;
    }
}

void device_pull(struct device *d)
{
    struct body b = {.data = calloc(1, FILE_MOST + 1)};

    if (b.data == NULL || d->mode == MODE_NEVER || d->url[0] == '\0') {
        free(b.data);
        return;
    }
    if (d->mode == MODE_TWICE) {
        pull_once(d, &b);
    }
    pull_once(d, &b);
    free(b.data);
}
