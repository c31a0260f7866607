/*
 * `platend admin diagnose`: what an administrator would look at, in order, beside a running manager
 * or without one. A line a thing: "ok", "note" (look at it) or "BAD".
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <netdb.h>

#include "core/admin/admin.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/database/catalog.h"
#include "core/database/database.h"
#include "core/database/key.h"
#include "core/database/sealed.h"
#include "core/http/certs_site.h"
#include "diagnose_sql.h"

#define DAY_MS INT64_C(86400000)
#define FREE_BAD ((uint64_t)100 * 1024 * 1024)
#define FREE_NOTE ((uint64_t)1024 * 1024 * 1024)
#define CERTIFICATE_NOTE_DAYS 30
#define AGENT_NOTE_MS (INT64_C(15) * 60000)

typedef enum verdict { OK, NOTE, BAD } verdict;

typedef struct diagnosis {
    const admin_call *call;
    char url[DATABASE_URL];
    char copy[FILE_PATH]; /* folder with a copy of a database that is in use; "" when none */
    store *store;
    secret_key *key;
    bool running; /* a manager works on the database */
    bool filled;  /* it has tables */
    bool current; /* it has all tables of this version */
    unsigned bad;
} diagnosis;

static void tell(diagnosis *d, verdict v, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void tell(diagnosis *d, verdict v, const char *what, const char *format, ...)
{
    static const char *const words[] = {"ok", "note", "BAD"};
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printf("%-5s %-12s %s\n", words[v], what, text);
    d->bad += v == BAD ? 1 : 0;
}

/* ---- data folder ---- */

static void look_at_folder(diagnosis *d)
{
    struct stat status;
    struct statvfs disk;
    const char *data = d->call->data;
    if (stat(data, &status) != 0) {
        tell(d, errno == ENOENT ? NOTE : BAD, "data folder", "%s: %s", data, strerror(errno));
        return;
    }
    if (!S_ISDIR(status.st_mode) || access(data, R_OK | W_OK | X_OK) != 0) {
        tell(d, BAD, "data folder", "%s: this user cannot work in it", data);
    } else if ((status.st_mode & 077) != 0) {
        tell(d, NOTE, "data folder", "%s: others may look into it (mode %03o), 700 is better", data,
             (unsigned)(status.st_mode & 0777));
    } else {
        tell(d, OK, "data folder", "%s", data);
    }
    if (statvfs(data, &disk) == 0) {
        uint64_t left = (uint64_t)disk.f_bavail * disk.f_frsize;
        tell(d,
             left < FREE_BAD    ? BAD
             : left < FREE_NOTE ? NOTE
                                : OK,
             "disk", "%" PRIu64 " MB are free", left / 1000000);
    }
}

/* ---- database ---- */

/* A copy stands for a database in use: nobody else may open that. */
static platen_code open_copy(diagnosis *d, platen_error *err)
{
    char path[FILE_PATH];
    char url[FILE_PATH + 16];
    char folder[FILE_PATH];
    PLATEN_TRY(file_join(folder, d->call->data, "diagnose.XXXXXX", err));
    if (mkdtemp(folder) == NULL) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot make '%s'", folder);
    }
    memcpy(d->copy, folder, sizeof(folder));
    PLATEN_TRY(file_join(path, folder, "platen.db", err));
    PLATEN_TRY(store_snapshot(d->url + strlen("sqlite:"), path, err));
    (void)snprintf(url, sizeof(url), "sqlite:%s", path);
    store_options options = {.url = url, .readers = 2};
    return store_open(&options, &d->store, err);
}

static platen_code open_database(diagnosis *d, platen_error *err)
{
    store_options options = {.url = d->url, .readers = 2, .alone = true};
    platen_code rc = store_open(&options, &d->store, err);
    d->running = rc == PLATEN_E_STATE;
    if (!d->running) {
        return rc;
    }
    options.alone = false;
    return text_begins(d->url, "sqlite:") ? open_copy(d, err)
                                          : store_open(&options, &d->store, err);
}

static void look_at_version(diagnosis *d, store_conn *conn)
{
    database_version found;
    database_version own;
    platen_error err = PLATEN_ERROR_INIT;
    database_version_own(&own);
    if (database_version_read(conn, &found, &err) != PLATEN_OK ||
        database_version_check(&found, &err) != PLATEN_OK) {
        tell(d, BAD, "schema", "%s", err.text);
        return;
    }
    size_t steps = 0;
    size_t known = 0;
    for (size_t i = 0; i < found.count; i++) {
        steps += found.of[i].steps;
    }
    for (size_t i = 0; i < own.count; i++) {
        known += own.of[i].steps;
    }
    d->current = steps == known;
    tell(d, steps < known ? NOTE : OK, "schema",
         steps < known ? "%zu of %zu steps: the next start brings it up to date"
                       : "%zu of %zu steps",
         steps, known);
}

static void look_at_pages(diagnosis *d, store_conn *conn)
{
    store_stmt *st = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (store_conn_dialect(conn) != STORE_SQLITE) {
        return;
    }
    platen_code rc = store_prepare_text(conn, "PRAGMA quick_check(1)", &st, &err);
    if (rc == PLATEN_OK) {
        rc = store_step(st, &err);
    }
    if (rc != PLATEN_OK) {
        tell(d, BAD, "pages", "%s", err.text);
    } else {
        bool whole = strcmp(store_text(st, 0), "ok") == 0;
        tell(d, whole ? OK : BAD, "pages", "%s", whole ? "whole" : store_text(st, 0));
    }
    store_reset(st);
}

static void look_at_agents(diagnosis *d, store_conn *conn)
{
    store_stmt *st = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = store_prepare(conn, &sql_diagnose_agents, &st, &err);
    while (rc == PLATEN_OK && (rc = store_step(st, &err)) == PLATEN_OK) {
        char when[CLOCK_TEXT];
        int64_t seen = store_i64(st, 3);
        bool active = store_i64(st, 1) != 0;
        bool late = active && clock_now() - seen > AGENT_NOTE_MS;
        tell(d, late || !active ? NOTE : OK, "agent", "%.80s: %s, version %.30s, last heard of %s",
             store_text(st, 0), active ? "active" : "not activated",
             store_text(st, 2)[0] != '\0' ? store_text(st, 2) : "unknown",
             seen > 0 ? clock_format(seen, when) : "never");
    }
    store_reset(st);
    if (rc != PLATEN_E_NOT_FOUND) {
        tell(d, BAD, "agents", "%s", err.text);
    }
}

static void look_at_devices(diagnosis *d, store_conn *conn)
{
    store_stmt *st = NULL;
    if (store_prepare(conn, &sql_diagnose_devices, &st, NULL) == PLATEN_OK &&
        store_step(st, NULL) == PLATEN_OK) {
        tell(d, OK, "devices", "%" PRId64, store_i64(st, 0));
    }
    store_reset(st);
}

/* PLATEN_E_NOT_FOUND: nobody has made tables yet. */
static platen_code has_tables(store_conn *conn, platen_error *err)
{
    catalog tables = {.count = 0};
    arena *memory = arena_new();
    platen_code rc = memory != NULL ? catalog_read(conn, memory, &tables, err)
                                    : error_set(err, PLATEN_E_NOMEM, "no memory");
    arena_free(memory);
    return rc == PLATEN_OK && tables.count == 0 ? PLATEN_E_NOT_FOUND : rc;
}

static void look_into_database(diagnosis *d)
{
    store_conn *conn = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (store_read(d->store, &conn, &err) != PLATEN_OK) {
        tell(d, BAD, "database", "%s", err.text);
        return;
    }
    platen_code rc = has_tables(conn, &err);
    d->filled = rc == PLATEN_OK;
    if (rc == PLATEN_E_NOT_FOUND) {
        tell(d, NOTE, "schema", "there are no tables yet: the first start makes them");
    } else if (rc != PLATEN_OK) {
        tell(d, BAD, "schema", "%s", err.text);
    } else {
        look_at_version(d, conn);
        look_at_pages(d, conn);
        look_at_devices(d, conn);
        look_at_agents(d, conn);
    }
    store_read_end(conn);
}

static void look_at_database(diagnosis *d)
{
    platen_error err = PLATEN_ERROR_INIT;
    const char *path = d->url + strlen("sqlite:");
    bool file = text_begins(d->url, "sqlite:");
    if (file && !file_exists(path)) {
        tell(d, NOTE, "database", "'%s' is not there yet: the first start makes it", path);
    } else if (open_database(d, &err) != PLATEN_OK) {
        tell(d, BAD, "database", "%s", err.text);
    } else {
        tell(d, OK, "database", "%s%s", file ? "SQLite" : "PostgreSQL",
             d->running ? ", a manager works on it" : ", no manager runs");
        look_into_database(d);
    }
}

/* ---- key ---- */

static platen_code open_all(diagnosis *d, int64_t *count, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(d->store, &conn, err));
    platen_code rc = sealed_renew(conn, d->key, NULL, count, err);
    store_read_end(conn);
    return rc;
}

static void look_at_key(diagnosis *d)
{
    bool fits = false;
    int64_t count = 0;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = secret_key_load(d->call->data, false, &d->key, &err);
    if (rc != PLATEN_OK) {
        tell(d, !d->filled && rc == PLATEN_E_NOT_FOUND ? NOTE : BAD, "key", "%s", err.text);
    } else if (!d->filled) {
        tell(d, OK, "key", "it is there");
    } else if (database_key_fits(d->store, d->key, &fits, &err) != PLATEN_OK ||
               (fits && d->current && open_all(d, &count, &err) != PLATEN_OK)) {
        tell(d, BAD, "key", "%s", err.text);
    } else if (!fits) {
        tell(d, BAD, "key", "the key file is not the one of this database");
    } else {
        tell(d, OK, "key", "%" PRId64 " secrets open", count);
    }
}

/* ---- certificate ---- */

static void look_at_certificate(diagnosis *d)
{
    certs_info info;
    char until[CLOCK_TEXT];
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = certs_info_load(d->call->data, &info, &err);
    if (rc != PLATEN_OK) {
        tell(d, rc == PLATEN_E_NOT_FOUND ? NOTE : BAD, "certificate", "%s", err.text);
    } else {
        int64_t days = (info.not_after - clock_now()) / DAY_MS;
        bool soon = info.imported && days < CERTIFICATE_NOTE_DAYS;
        tell(d,
             info.not_after < clock_now() ? BAD
             : soon                       ? NOTE
                                          : OK,
             "certificate", "%s, for %.200s, until %s",
             info.imported ? "imported" : "of the own CA", info.names.data,
             clock_format(info.not_after, until));
    }
    certs_info_fini(&info);
}

/* ---- ports ---- SYS-172 */

/* Binds (no manager runs) or connects (one does); errno's number, 0 when it went. */
static int try_port(const char *address, const char *port, bool connects)
{
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICSERV | (connects ? 0 : AI_PASSIVE)};
    struct addrinfo *found = NULL;
    if (getaddrinfo(address[0] != '\0' ? address : NULL, port, &wanted, &found) != 0) {
        return EADDRNOTAVAIL;
    }
    int failed = EADDRNOTAVAIL;
    int one = 1;
    int s = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s >= 0) {
        (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        int rc = connects ? connect(s, found->ai_addr, found->ai_addrlen)
                          : bind(s, found->ai_addr, found->ai_addrlen);
        failed = rc == 0 ? 0 : errno;
        (void)close(s);
    }
    freeaddrinfo(found);
    return failed;
}

static void look_at_port(diagnosis *d, const char *key)
{
    char port[16];
    const char *address = conf_text(d->call->conf, "http", "address");
    int64_t number = conf_integer(d->call->conf, "http", key);
    if (number == 0) {
        return; /* none, or any */
    }
    (void)snprintf(port, sizeof(port), "%" PRId64, number);
    int failed = try_port(address, port, d->running);
    if (failed == 0) {
        tell(d, OK, "port", "%s %s", port, d->running ? "answers" : "is free");
    } else {
        tell(d, BAD, "port", "%s: %s", port, strerror(failed));
    }
}

int admin_diagnose(const admin_call *call)
{
    diagnosis d = {.call = call};
    platen_error err = PLATEN_ERROR_INIT;
    if (!admin_read(call, NULL, 0)) {
        return ADMIN_USAGE;
    }
    platen_code rc = database_url(call->conf, d.url, &err);
    if (rc != PLATEN_OK) {
        return admin_end(rc, &err);
    }
    look_at_folder(&d);
    look_at_database(&d);
    look_at_key(&d);
    look_at_certificate(&d);
    look_at_port(&d, "https_port");
    look_at_port(&d, "http_port");
    secret_key_free(d.key);
    store_close(d.store);
    if (d.copy[0] != '\0') {
        (void)file_remove_tree(d.copy, NULL);
    }
    return d.bad > 0 ? 1 : 0;
}
