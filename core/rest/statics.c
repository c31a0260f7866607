/* Static files from memory. Written once at start, then read-only. */
#include "core/rest/statics.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/http/compress.h"
#include "core/rest/request.h"

#define LOG_SOURCE "pages"
#define FILE_LIMIT ((size_t)16 << 20)
#define TOTAL_LIMIT ((size_t)128 << 20)
#define FILES_MAX 4096u
#define DEPTH_MAX 8u

typedef struct page {
    char *data;
    size_t length;
    char etag[24];
} page;

struct statics {
    map *pages; /* "/assets/app.js" -> page */
    size_t total;
};

static void page_free(void *value)
{
    page *p = value;
    if (p != NULL) {
        free(p->data);
        free(p);
    }
}

static const char *type_of(const char *path)
{
    static const struct {
        const char *extension;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
        {".wasm", "application/wasm"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(dot, types[i].extension) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

/* A name that carries a hash of its content ("app-5KQH2C7A.js", "app.1f3c9d2b.css") never changes.
 */
static bool is_hashed(const char *path)
{
    const char *name = strrchr(path, '/');
    for (name = name != NULL ? name : path; *name != '\0'; name++) {
        size_t length = 0;
        if (*name != '-' && *name != '.') {
            continue;
        }
        length = strspn(name + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
        if (length == 8 && name[9] == '.') {
            return true;
        }
        length = strspn(name + 1, "0123456789abcdef");
        if (length >= 8 && name[1 + length] == '.' && strpbrk(name + 1, "0123456789") != NULL) {
            return true;
        }
    }
    return false;
}

static platen_code add_file(statics *s, const char *path, const char *name, platen_error *err)
{
    page *p = calloc(1, sizeof(*p));
    void *old = NULL;
    if (p == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for page '%s'", name);
    }
    platen_code code = file_read(path, FILE_LIMIT, &p->data, &p->length, err);
    if (code == PLATEN_OK && (s->total += p->length) > TOTAL_LIMIT) {
        code =
            error_set(err, PLATEN_E_TOO_LARGE, "the pages have more than %zu bytes", TOTAL_LIMIT);
    }
    if (code == PLATEN_OK) {
        (void)snprintf(p->etag, sizeof(p->etag), "\"%016llx\"",
                       (unsigned long long)hash_bytes(p->data, p->length));
        if (map_count(s->pages) >= FILES_MAX || !map_set(s->pages, name, strlen(name), p, &old)) {
            code =
                error_set(err, PLATEN_E_TOO_LARGE, "the pages have more than %u files", FILES_MAX);
        }
    }
    if (code != PLATEN_OK) {
        page_free(p);
    }
    return code;
}

static platen_code add_folder(statics *s, const char *folder, const char *prefix, unsigned depth,
                              platen_error *err);

// NOLINTNEXTLINE(misc-no-recursion): at most DEPTH_MAX deep
static platen_code add_entry(statics *s, const char *folder, const char *prefix, const char *entry,
                             unsigned depth, platen_error *err)
{
    char path[FILE_PATH];
    char name[FILE_PATH];
    struct stat info;
    PLATEN_TRY(file_join(path, folder, entry, err));
    if (snprintf(name, sizeof(name), "%s/%s", prefix, entry) >= (int)sizeof(name)) {
        return error_set(err, PLATEN_E_INVAL, "path '%s' is too long", path);
    }
    if (lstat(path, &info) != 0) { /* links may lead out of the folder: left out */
        return error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", path);
    }
    if (S_ISDIR(info.st_mode)) {
        return add_folder(s, path, name, depth + 1, err);
    }
    return S_ISREG(info.st_mode) ? add_file(s, path, name, err) : PLATEN_OK;
}

// NOLINTNEXTLINE(misc-no-recursion): at most DEPTH_MAX deep
static platen_code add_folder(statics *s, const char *folder, const char *prefix, unsigned depth,
                              platen_error *err)
{
    if (depth > DEPTH_MAX) {
        return error_set(err, PLATEN_E_INVAL, "'%s' is nested too deep", folder);
    }
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot read folder '%s'", folder);
    }
    platen_code code = PLATEN_OK;
    const struct dirent *entry = NULL;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's
    while (code == PLATEN_OK && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            code = add_entry(s, folder, prefix, entry->d_name, depth, err);
        }
    }
    (void)closedir(dir);
    return code;
}

platen_code statics_new(const char *folder, statics **out, platen_error *err)
{
    statics *s = calloc(1, sizeof(*s));
    if (s == NULL || (s->pages = map_new()) == NULL) {
        free(s);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the pages");
    }
    platen_code code = PLATEN_OK;
    if (folder != NULL && folder[0] != '\0' && file_exists(folder)) {
        code = add_folder(s, folder, "", 0, err);
    } else {
        log_notice("no pages are served folder=%s", folder != NULL ? folder : "");
    }
    if (code != PLATEN_OK) {
        statics_free(s);
        return code;
    }
    *out = s;
    return PLATEN_OK;
}

void statics_free(statics *s)
{
    if (s != NULL) {
        map_free(s->pages, page_free);
        free(s);
    }
}

static const page *find(const statics *s, const char *path, const char *suffix)
{
    char name[FILE_PATH];
    int length = snprintf(name, sizeof(name), "%s%s", path, suffix);
    return length > 0 && (size_t)length < sizeof(name) ? map_get(s->pages, name, (size_t)length)
                                                       : NULL;
}

static void answer_problem(http_exchange *x, int status, const char *word, const char *text,
                           const char *headers)
{
    strbuf body;
    strbuf all;
    strbuf_init(&body);
    strbuf_init(&all);
    problem_write(&body, NULL, status, word, text);
    strbuf_append(&all, headers);
    strbuf_append(&all, "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n");
    (void)http_answer(x, status, all.failed ? "" : all.data, body.data, body.length);
    strbuf_fini(&all);
    strbuf_fini(&body);
}

static void answer_page(const statics *s, http_exchange *x, const char *path, const page *plain)
{
    static const char *const codings[][2] = {{"br", ".br"}, {"gzip", ".gz"}};
    const char *accept = http_header(x, "Accept-Encoding");
    const char *match = http_header(x, "If-None-Match");
    const page *chosen = plain;
    const char *coding = NULL;
    strbuf headers;
    for (size_t i = 0; i < 2 && coding == NULL; i++) {
        const page *packed = find(s, path, codings[i][1]);
        if (packed != NULL && compress_accepts(accept, codings[i][0])) {
            chosen = packed;
            coding = codings[i][0];
        }
    }
    strbuf_init(&headers);
    strbuf_appendf(&headers, "ETag: %s\r\nVary: Accept-Encoding\r\nCache-Control: %s\r\n",
                   chosen->etag,
                   is_hashed(path) ? "public, max-age=31536000, immutable" : "no-cache");
    if (match != NULL && strstr(match, chosen->etag) != NULL) {
        (void)http_answer(x, 304, headers.failed ? "" : headers.data, NULL, 0);
    } else {
        strbuf_appendf(&headers, "Content-Type: %s\r\n", type_of(path));
        if (coding != NULL) {
            strbuf_appendf(&headers, "Content-Encoding: %s\r\n", coding);
        }
        (void)http_answer(x, 200, headers.failed ? "" : headers.data, chosen->data, chosen->length);
    }
    strbuf_fini(&headers);
}

#define PLAIN "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The key of a plugin's row as browsers write it: "mib%2FprtInputName%2F1.1". */
static bool is_key(const char *text)
{
    if (text[0] == '\0' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0) {
        return false;
    }
    while (*text != '\0') {
        bool escaped = text[0] == '%' && isxdigit((unsigned char)text[1]) != 0 &&
                       isxdigit((unsigned char)text[2]) != 0;
        size_t length = escaped ? 3 : strspn(text, PLAIN ".!~*'()");
        if (length == 0) {
            return false;
        }
        text += length;
    }
    return true;
}

/* /devices/7 is a place in the application, and so is /p/feature/list/row/a%2Fkey;
 * /assets/gone.js is a file that is not there, and what else stands in a path is no place either.
 */
static bool is_place(const char *path)
{
    static const char rows[] = "/row/";
    size_t plain = strspn(path, "/" PLAIN);
    const char *row = strncmp(path, "/p/", 3) == 0 ? strstr(path, rows) : NULL;
    if (path[0] != '/' || strstr(path, "//") != NULL) {
        return false;
    }
    return path[plain] == '\0' || (row != NULL && row < path + plain && is_key(row + strlen(rows)));
}

void statics_answer(const statics *s, http_exchange *x)
{
    const char *path = x->path;
    if (strcmp(x->method, "GET") != 0 && strcmp(x->method, "HEAD") != 0) {
        x->close = x->body_length > 0 ? true : x->close;
        answer_problem(x, 405, "method", "pages are only read", "Allow: GET, HEAD\r\n");
        return;
    }
    const page *found = find(s, path, "");
    if (found == NULL && is_place(path)) {
        path = "/index.html";
        found = find(s, path, "");
    }
    if (found == NULL) {
        answer_problem(x, 404, "not-found", "there is no such page", "");
        return;
    }
    answer_page(s, x, path, found);
}
