/*
 * Opening and closing, and the pool of read connections. A connection is lent to one thread at a
 * time; `read_mutex` guards the list and the counts and is never held across SQL.
 */
#include "core/store/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/store/store_internal.h"

#define LOG_SOURCE "store"
#define READERS_PRESET 8u
#define CLOSE_WAIT_S 20

/* The URL without the password, for errors: "postgresql://user:secret@host/x" loses ":secret". */
static char *shown_dup(const char *url)
{
    char *shown = strdup(url);
    if (shown == NULL) {
        return NULL;
    }
    char *authority = strstr(shown, "://");
    if (authority != NULL) {
        authority += 3;
        char *query = strchr(authority, '?'); /* may hold password= as well */
        if (query != NULL) {
            *query = '\0';
        }
        char *end = authority + strcspn(authority, "/");
        char *at = memrchr(authority, '@', (size_t)(end - authority));
        char *colon = memchr(authority, ':', (size_t)(end - authority));
        if (at != NULL && colon != NULL && colon < at) {
            memmove(colon, at, strlen(at) + 1);
        }
    }
    return shown;
}

static platen_code target_set(store *s, const char *url, platen_error *err)
{
    if (url == NULL) {
        return error_set(err, PLATEN_E_INVAL, "no database is named");
    }
    if (text_begins(url, "sqlite:") && url[7] != '\0') {
        s->engine = &store_engine_sqlite;
        s->target = strdup(url + 7);
        s->shown = strdup(url + 7);
    } else if (text_begins(url, "postgresql://") || text_begins(url, "postgres://")) {
        s->engine = &store_engine_pgsql;
        s->target = strdup(url);
        s->shown = shown_dup(url);
    } else {
        return error_set(err, PLATEN_E_INVAL,
                         "a database url begins with 'sqlite:' and a path or with 'postgresql://', "
                         "this one does neither");
    }
    if (s->target == NULL || s->shown == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    return PLATEN_OK;
}

static void store_free(store *s)
{
    pthread_cond_destroy(&s->read_given_back);
    pthread_mutex_destroy(&s->read_mutex);
    pthread_cond_destroy(&s->write_added);
    pthread_cond_destroy(&s->write_room);
    pthread_mutex_destroy(&s->write_mutex);
    store_lock_release(s->lock);
    free(s->target);
    free(s->shown);
    free(s);
}

platen_code store_open(const store_options *options, store **out, platen_error *err)
{
    store *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    s->lock = -1;
    s->alone = options->alone;
    s->newer_ok = options->newer_ok;
    s->newer_user = options->newer_user;
    s->limit = options->readers > 0 ? options->readers : READERS_PRESET;
    pthread_mutex_init(&s->read_mutex, NULL);
    pthread_cond_init(&s->read_given_back, NULL);
    pthread_mutex_init(&s->write_mutex, NULL);
    pthread_cond_init(&s->write_added, NULL);
    pthread_cond_init(&s->write_room, NULL);

    platen_code code = target_set(s, options->url, err);
    if (code == PLATEN_OK && s->engine->dialect == STORE_SQLITE) {
        code = store_lock_take(s->target, &s->lock, err);
    }
    if (code == PLATEN_OK) {
        code = s->engine->connect(s, true, &s->writer, err);
    }
    if (code == PLATEN_OK) {
        code = store_writer_start(s, err);
    }
    if (code != PLATEN_OK) {
        if (s->writer != NULL) {
            s->engine->disconnect(s->writer);
        }
        store_free(s);
        return code;
    }
    *out = s;
    return PLATEN_OK;
}

void store_close(store *s)
{
    if (s == NULL) {
        return;
    }
    store_writer_stop(s);
    pthread_mutex_lock(&s->read_mutex);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_WAIT_S;
    int waited = 0;
    while (s->lent > 0 && waited == 0) {
        waited = pthread_cond_timedwait(&s->read_given_back, &s->read_mutex, &until);
    }
    unsigned lent = s->lent;
    pthread_mutex_unlock(&s->read_mutex);
    if (lent > 0) {
        /* A defect, or a thread that hangs. All writes are on the disk. */
        log_error("%u read connections were not given back within %d s", lent, CLOSE_WAIT_S);
        abort();
    }
    while (s->idle != NULL) {
        store_conn *conn = s->idle;
        s->idle = conn->idle_next;
        s->engine->disconnect(conn);
    }
    /* The writer goes last: SQLite's last connection empties the write-ahead log. */
    if (s->writer != NULL) {
        s->engine->disconnect(s->writer);
    }
    store_free(s);
}

store_dialect store_dialect_of(const store *s)
{
    return s->engine->dialect;
}

uint64_t store_version(const store *s)
{
    return atomic_load_explicit(&s->version, memory_order_acquire);
}

void store_attach(store *s, void *thing)
{
    s->attached = thing;
}

void *store_attached(const store *s)
{
    return s->attached;
}

store *store_of(const store_conn *conn)
{
    return conn->store;
}

/* ---- the read pool ---- */

/* An idle connection or the right to open one (NULL). */
static store_conn *reader_wait(store *s)
{
    store_conn *conn = NULL;
    pthread_mutex_lock(&s->read_mutex);
    while (s->idle == NULL && s->opened >= s->limit) {
        pthread_cond_wait(&s->read_given_back, &s->read_mutex);
    }
    if (s->idle != NULL) {
        conn = s->idle;
        s->idle = conn->idle_next;
    } else {
        s->opened++;
    }
    s->lent++;
    pthread_mutex_unlock(&s->read_mutex);
    return conn;
}

static void reader_give_back(store *s, store_conn *conn)
{
    pthread_mutex_lock(&s->read_mutex);
    if (conn != NULL) {
        conn->idle_next = s->idle;
        s->idle = conn;
    } else {
        s->opened--;
    }
    s->lent--;
    /* All waiters: a pool thread and store_close() may wait for different things. */
    pthread_cond_broadcast(&s->read_given_back);
    pthread_mutex_unlock(&s->read_mutex);
}

platen_code store_read(store *s, store_conn **out, platen_error *err)
{
    store_conn *conn = reader_wait(s);
    bool fresh = conn == NULL;
    platen_code code = PLATEN_OK;
    if (fresh) {
        code = s->engine->connect(s, false, &conn, err);
    }
    if (code == PLATEN_OK) {
        uint64_t epoch = atomic_load(&s->epoch);
        if (conn->epoch != epoch) {
            store_conn_forget(conn);
            conn->epoch = epoch;
        }
        code = s->engine->command(conn, STORE_BEGIN_READ, err);
        if (code != PLATEN_OK && !fresh) {
            /* The server may have closed it while it lay idle: once more with a new one. */
            s->engine->disconnect(conn);
            conn = NULL;
            code = s->engine->connect(s, false, &conn, err);
            if (code == PLATEN_OK) {
                conn->epoch = epoch;
                code = s->engine->command(conn, STORE_BEGIN_READ, err);
            }
        }
    }
    if (code != PLATEN_OK) {
        if (conn != NULL) {
            s->engine->disconnect(conn);
        }
        reader_give_back(s, NULL);
        return code;
    }
    *out = conn;
    return PLATEN_OK;
}

void store_read_end(store_conn *conn)
{
    if (conn == NULL) {
        return;
    }
    assert(!conn->writer);
    store *s = conn->store;
    store_conn_settle(conn);
    if (s->engine->command(conn, STORE_END_READ, NULL) != PLATEN_OK || conn->broken ||
        !s->engine->alive(conn)) {
        s->engine->disconnect(conn);
        conn = NULL;
    }
    reader_give_back(s, conn);
}
