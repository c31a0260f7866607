/*
 * The PostgreSQL back end: connections and transactions. The server may go away at any time; a
 * connection that is no longer alive is never used again, its owner makes a new one.
 */
#include "core/store/pgsql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

#define LOG_SOURCE "store"

#define OLDEST_SERVER 150000

/* One round trip each. The savepoint of the next function goes out together with the release of
 * the last one; a commit releases the last one by itself. */
static const char *const command_text[] = {
    [STORE_BEGIN_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    [STORE_END_READ] = "COMMIT",
    [STORE_BEGIN_WRITE] = "BEGIN",
    [STORE_BEGIN_ALONE] = "BEGIN",
    [STORE_SAVE] = "SAVEPOINT job",
    [STORE_NEXT] = "RELEASE SAVEPOINT job; SAVEPOINT job",
    [STORE_UNDO] = "ROLLBACK TO SAVEPOINT job",
    [STORE_APART] = "SAVEPOINT apart",
    [STORE_APART_KEEP] = "RELEASE SAVEPOINT apart",
    [STORE_APART_UNDO] = "ROLLBACK TO SAVEPOINT apart; RELEASE SAVEPOINT apart",
    [STORE_COMMIT] = "COMMIT",
    [STORE_COMMIT_ALONE] = "COMMIT",
    [STORE_ROLLBACK] = "ROLLBACK",
};

/* ---- errors ---- */

static platen_code code_of(const char *state)
{
    static const struct {
        const char *begins;
        platen_code code;
    } codes[] = {
        {"23505", PLATEN_E_EXISTS}, /* unique */
        {"23503", PLATEN_E_STATE},  /* foreign key */
        {"23", PLATEN_E_INVAL},     /* not null, check */
        {"22", PLATEN_E_INVAL},     /* a value that its column cannot hold */
        {"53200", PLATEN_E_NOMEM},   {"54", PLATEN_E_TOO_LARGE},
        {"XX001", PLATEN_E_CORRUPT}, {"XX002", PLATEN_E_CORRUPT},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strncmp(state, codes[i].begins, strlen(codes[i].begins)) == 0) {
            return codes[i].code;
        }
    }
    return PLATEN_E_STORE;
}

static const char *remedy_of(const char *state)
{
    if (strcmp(state, "53100") == 0) {
        return " (free space on the server's disk)";
    }
    if (strcmp(state, "25006") == 0) {
        return " (the server takes no writes: is it a standby?)";
    }
    if (strcmp(state, "42501") == 0) {
        return " (give the database's user the rights to this schema)";
    }
    return "";
}

/* libpq's texts end with a line feed and may have several lines. */
static void one_line(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ') {
            *c = ' ';
        }
    }
    for (size_t length = strlen(text); length > 0 && text[length - 1] == ' '; length--) {
        text[length - 1] = '\0';
    }
}

/* The server's last words before it closes the line (shutdown, crash of a neighbour, lost line). */
static bool is_farewell(const char *state)
{
    return strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0;
}

platen_code pgsql_fail(pgsql_conn *conn, const PGresult *result, const char *label,
                       platen_error *err)
{
    char message[256];
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary =
        result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    snprintf(message, sizeof message, "%s", primary != NULL ? primary : PQerrorMessage(conn->pq));
    one_line(message);
    state = state != NULL ? state : "";

    platen_code code = code_of(state);
    platen_error local = PLATEN_ERROR_INIT;
    if (PQstatus(conn->pq) != CONNECTION_OK || is_farewell(state)) {
        conn->base.broken = true;
        code = PLATEN_E_STORE;
        error_set(&local, code, "database '%s' is not reachable: %s", conn->base.store->shown,
                  message);
    } else if (label != NULL) {
        error_set(&local, code, "statement '%s': %s%s", label, message, remedy_of(state));
    } else {
        error_set(&local, code, "%s%s", message, remedy_of(state));
    }
    if (strcmp(state, "0A000") == 0) {
        /* Another manager has changed a table under a prepared statement. */
        conn->base.broken = true;
    }
    store_conn_fail(&conn->base, code, local.text);
    if (err != NULL) {
        local.size = err->size;
        *err = local;
    }
    return code;
}

/* ---- connections ---- */

static platen_code script(store_conn *base, const char *sql, platen_error *err)
{
    pgsql_conn *conn = (pgsql_conn *)base;
    PLATEN_TRY(pgsql_park(conn, err));
    PGresult *result = PQexec(conn->pq, sql);
    ExecStatusType status = PQresultStatus(result);
    platen_code code = PLATEN_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        code = pgsql_fail(conn, result, NULL, err);
    }
    PQclear(result);
    return code;
}

static bool alive(const store_conn *base)
{
    const pgsql_conn *conn = (const pgsql_conn *)base;
    return !base->broken && PQstatus(conn->pq) == CONNECTION_OK;
}

static bool in_transaction(const store_conn *base)
{
    PGTransactionStatusType status = PQtransactionStatus(((const pgsql_conn *)base)->pq);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

static void disconnect(store_conn *base)
{
    pgsql_conn *conn = (pgsql_conn *)base;
    if (conn == NULL) {
        return;
    }
    base->broken = true; /* the server drops the prepared statements by itself */
    store_conn_fini(base);
    PQfinish(conn->pq);
    free(conn);
}

static void notice_drop(void *user, const PGresult *result)
{
    (void)user;
    log_debug("database: %s", PQresultErrorMessage(result));
}

/* Managers share a database; what wants it alone finds out whether one is there. The lock is the
 * connection's and ends with it. The number is "Plto". */
static platen_code claim(pgsql_conn *conn, platen_error *err)
{
    bool alone = conn->base.store->alone;
    PGresult *result = PQexec(conn->pq, alone ? "SELECT pg_try_advisory_lock(1349284975)"
                                              : "SELECT pg_try_advisory_lock_shared(1349284975)");
    platen_code code = PLATEN_OK;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        code = pgsql_fail(conn, result, NULL, err);
    } else if (strcmp(PQgetvalue(result, 0, 0), "t") != 0) {
        code = error_set(err, PLATEN_E_STATE,
                         alone ? "database '%s' is in use by another platend: stop every manager "
                                 "that works on it first"
                               : "database '%s' is being worked on by 'platend admin': wait until "
                                 "that has ended",
                         conn->base.store->shown);
    }
    PQclear(result);
    return code;
}

static platen_code server_check(pgsql_conn *conn, platen_error *err)
{
    int version = PQserverVersion(conn->pq);
    if (version < OLDEST_SERVER) {
        return error_set(err, PLATEN_E_VERSION,
                         "database '%s': PostgreSQL %d is too old, %d or newer is needed",
                         conn->base.store->shown, version / 10000, OLDEST_SERVER / 10000);
    }
    const char *encoding = PQparameterStatus(conn->pq, "server_encoding");
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        return error_set(err, PLATEN_E_STATE,
                         "database '%s' has the encoding %s: make it with ENCODING 'UTF8'",
                         conn->base.store->shown, encoding != NULL ? encoding : "unknown");
    }
    /* A writer that waits for another manager's lock must not wait for ever. */
    PLATEN_TRY(script(&conn->base,
                      conn->base.writer
                          ? "SET lock_timeout = '30s'; SET client_min_messages = warning"
                          : "SET client_min_messages = warning",
                      err));
    return conn->base.writer ? claim(conn, err) : PLATEN_OK;
}

/* Keepalives end the wait for a server that vanished without a word after about a minute. */
static PGconn *server_connect(const char *url)
{
    const char *const words[] = {
        "dbname",          "application_name",    "client_encoding",  "connect_timeout",
        "keepalives_idle", "keepalives_interval", "keepalives_count", NULL};
    const char *const values[] = {url, "platend", "UTF8", "10", "30", "10", "3", NULL};
    return PQconnectdbParams(words, values, 1);
}

static platen_code connect_open(store *s, bool writer, store_conn **out, platen_error *err)
{
    pgsql_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    platen_code code = store_conn_init(&conn->base, s, &store_engine_pgsql, writer);
    if (code == PLATEN_OK) {
        conn->pq = server_connect(s->target);
    }
    if (conn->pq == NULL) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory");
    } else if (PQstatus(conn->pq) != CONNECTION_OK) {
        code = pgsql_fail(conn, NULL, NULL, err);
    } else {
        PQsetNoticeReceiver(conn->pq, notice_drop, NULL);
        code = server_check(conn, err);
    }
    if (code != PLATEN_OK) {
        disconnect(&conn->base);
        return code;
    }
    *out = &conn->base;
    return PLATEN_OK;
}

static platen_code command(store_conn *base, store_command what, platen_error *err)
{
    if (what == STORE_ROLLBACK && (!alive(base) || !in_transaction(base))) {
        return PLATEN_OK;
    }
    platen_code code = script(base, command_text[what], err);
    if (code != PLATEN_OK && what == STORE_ROLLBACK) {
        base->broken = true;
    }
    if (code != PLATEN_OK && what == STORE_COMMIT && base->broken) {
        return error_note(err, code, "whether the changes were kept is not known");
    }
    return code;
}

const store_engine store_engine_pgsql = {
    .dialect = STORE_PGSQL,
    .connect = connect_open,
    .disconnect = disconnect,
    .alive = alive,
    .in_transaction = in_transaction,
    .command = command,
    .script = script,
    .prepare = pgsql_prepare,
    .finalize = pgsql_finalize,
    .bind = pgsql_bind,
    .step = pgsql_step,
    .rewind = pgsql_rewind,
    .unbind = pgsql_unbind,
    .changes = pgsql_changes,
    .column = pgsql_column,
    .columns = pgsql_columns,
};
