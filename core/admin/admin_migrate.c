/*
 * `platend admin migrate-db URL`: everything from the database in force into another, SQLite to
 * PostgreSQL or back. The one it comes from is only read.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/admin/admin.h"
#include "core/admin/trail.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/database/catalog.h"
#include "core/database/copy.h"
#include "core/database/database.h"
#include "core/database/stage.h"
#include "restore_sql.h"

typedef struct move {
    const admin_call *call;
    char from_url[DATABASE_URL];
    const char *to_url;
    store *from, *to;
    database_version version;
    database_copied copied;
} move;

static platen_code open_one(const char *url, store **s, platen_error *err)
{
    store_options options = {.url = url, .readers = 2, .alone = true};
    return store_open(&options, s, err);
}

/* Neither made nor brought up to date: a source that is no database yet is a mistake. */
static platen_code open_source(move *m, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(database_url(m->call->conf, m->from_url, err));
    if (text_begins(m->from_url, "sqlite:") && !file_exists(m->from_url + strlen("sqlite:"))) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no database '%s'",
                         m->from_url + strlen("sqlite:"));
    }
    PLATEN_TRY(stage_finish(m->call->data, err));
    PLATEN_TRY(open_one(m->from_url, &m->from, err));
    PLATEN_TRY(stage_settle(m->from, m->call->data, err));
    PLATEN_TRY(store_read(m->from, &conn, err));
    platen_code rc = database_version_read(conn, &m->version, err);
    store_read_end(conn);
    return rc == PLATEN_OK ? database_version_check(&m->version, err) : rc;
}

static platen_code look_for_word(store_conn *conn, bool *used, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_restore_used, &st, err));
    platen_code rc = store_step(st, err);
    *used = rc == PLATEN_OK && store_i64(st, 0) > 0;
    store_reset(st);
    return rc;
}

/* A database that a manager has worked on has a word of its key. Tables alone may come from an
 * attempt that failed. */
static platen_code is_used(store *s, bool *used, platen_error *err)
{
    store_conn *conn = NULL;
    catalog tables = {.count = 0};
    arena *memory = arena_new();
    bool preferences = false;
    platen_code rc =
        memory != NULL ? store_read(s, &conn, err) : error_set(err, PLATEN_E_NOMEM, "no memory");
    if (rc == PLATEN_OK) {
        rc = catalog_read(conn, memory, &tables, err);
    }
    for (size_t i = 0; rc == PLATEN_OK && i < tables.count; i++) {
        preferences = preferences || strcmp(tables.tables[i].name, "preference") == 0;
    }
    if (preferences) {
        rc = look_for_word(conn, used, err);
    }
    store_read_end(conn);
    arena_free(memory);
    return rc;
}

static platen_code open_target(move *m, platen_error *err)
{
    bool used = false;
    PLATEN_TRY(open_one(m->to_url, &m->to, err));
    PLATEN_TRY(is_used(m->to, &used, err));
    if (used) {
        return error_set(err, PLATEN_E_EXISTS,
                         "the other database holds an installation already: nothing is copied "
                         "over it");
    }
    return database_migrate_to(m->to, &m->version, err);
}

static platen_code copy_everything(move *m, platen_error *err)
{
    admin_trail t;
    PLATEN_TRY(open_source(m, err));
    PLATEN_TRY(open_target(m, err));
    PLATEN_TRY(database_copy(m->from, m->to, &m->copied, err));
    /* Told in the log that goes on. */
    PLATEN_TRY(database_migrate(m->to, err));
    PLATEN_TRY(admin_trail_begin(&t, m->call, m->to, "database.migrate", err));
    admin_trail_end(&t, PLATEN_OK);
    return PLATEN_OK;
}

/* The manager's next start takes the other database; the old file leads back (SYS-193). */
static void switch_over(const move *m)
{
    char kept[FILE_PATH];
    platen_error err = PLATEN_ERROR_INIT;
    const char *file = m->call->config != NULL ? m->call->config : CONF_SYSTEM_FILE;
    const char *suffix = text_begins(m->from_url, "sqlite:") ? "sqlite" : "postgresql";
    (void)snprintf(kept, sizeof(kept), "%.4000s.%s", file, suffix);
    if (access(file, F_OK) == 0 &&
        conf_file_set(file, kept, "store", "url", m->to_url, &err) == PLATEN_OK) {
        printf("'%s' names the new database now; the old one is as it was, and '%s' leads back to "
               "it\n",
               file, kept);
        return;
    }
    if (err.text[0] != '\0') {
        (void)fprintf(stderr, "platend: %s\n", err.text);
    }
    printf("set store.url to the new database now; the old one is as it was\n");
}

/* "-": the URL is the first line of standard input, for it may hold a password. */
static platen_code read_url(const char **url, char line[DATABASE_URL], platen_error *err)
{
    if (strcmp(*url, "-") != 0) {
        return PLATEN_OK;
    }
    if (fgets(line, DATABASE_URL, stdin) == NULL) {
        return error_set(err, PLATEN_E_INVAL, "no URL on standard input");
    }
    line[strcspn(line, "\r\n")] = '\0';
    *url = line;
    return PLATEN_OK;
}

int admin_migrate_db(const admin_call *call)
{
    move m = {.call = call};
    char line[DATABASE_URL] = "";
    platen_error err = PLATEN_ERROR_INIT;
    const admin_option options[] = {{.value = &m.to_url}};
    if (!admin_read(call, options, 1)) {
        return ADMIN_USAGE;
    }
    if (m.to_url == NULL) {
        return admin_lacks("URL");
    }
    platen_code rc = read_url(&m.to_url, line, &err);
    if (rc == PLATEN_OK) {
        rc = copy_everything(&m, &err);
    }
    store_close(m.from);
    store_close(m.to);
    if (rc == PLATEN_OK) {
        printf("copied %" PRId64 " rows of %zu tables, and compared them\n", m.copied.rows,
               m.copied.tables);
        switch_over(&m);
    }
    explicit_bzero(line, sizeof(line));
    return admin_end(rc, &err);
}
