/* Agents come and go: making, activating, deactivating, removing. */
#include "core/link/link_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "agent_sql.h"

#define LOG_SOURCE "link"
#include "core/base/log.h"

typedef struct creation {
    link_manager *owner;
    const char *name;
    bool local;
    int64_t agent;
    int64_t *made; /* of a new one: set in the transaction, the audit log reads it there */
    char *key;
} creation;

static platen_code make_key(link_manager *l, char **key, platen_error *err)
{
    strbuf text;
    strbuf pem;
    char fingerprint[65];
    strbuf_init(&text);
    strbuf_init(&pem);
    strbuf_append(&text, "plk_");
    platen_code rc = secret_token(24, &text, err);
    if (rc == PLATEN_OK) {
        rc = l->authority.ca(&pem, fingerprint, l->authority.user, err);
    }
    if (rc == PLATEN_OK) {
        strbuf_appendf(&text, ".%s", fingerprint);
        *key = strbuf_take(&text);
        rc = *key != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for a key");
    }
    strbuf_fini(&text);
    strbuf_fini(&pem);
    return rc;
}

static void key_place(int64_t agent, char place[48])
{
    (void)snprintf(place, 48, "agent/%" PRId64 "/activation", agent);
}

static platen_code set_key(store_conn *conn, link_manager *l, int64_t agent, const char *key,
                           platen_error *err)
{
    char place[48];
    char hash[65];
    char *sealed = NULL;
    store_stmt *st = NULL;
    int64_t changes = 0;
    key_place(agent, place);
    secret_token_hash(key, hash);
    PLATEN_TRY(secret_seal(l->key, place, key, &sealed, err));
    platen_code rc = store_prepare(conn, &sql_agent_set_key, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "hash", hash);
        store_bind_text(st, "sealed", sealed);
        store_bind_i64(st, "id", agent);
        rc = store_run(st, &changes, err);
    }
    store_reset(st);
    secret_text_free(sealed);
    if (rc == PLATEN_OK && changes == 0) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there is no agent %" PRId64, agent);
    }
    return rc;
}

static platen_code local_agent(store_conn *conn, int64_t *agent, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agent_local, &st, err));
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        *agent = store_i64(st, 0);
    }
    store_reset(st);
    return rc;
}

static platen_code create_agent(store_conn *conn, void *user, platen_error *err)
{
    creation *c = user;
    store_stmt *st = NULL;
    int64_t there = 0;
    if (c->local && local_agent(conn, &there, err) == PLATEN_OK) { /* SYS-16 */
        return error_set(err, PLATEN_E_EXISTS, "there is a local agent already");
    }
    PLATEN_TRY(store_prepare(conn, &sql_agent_insert, &st, err));
    store_bind_text(st, "name", c->name);
    store_bind_i64(st, "local", c->local ? 1 : 0);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        c->agent = store_i64(st, 0);
        *c->made = c->agent;
    }
    store_reset(st);
    PLATEN_TRY(rc);
    PLATEN_TRY(make_key(c->owner, &c->key, err));
    return set_key(conn, c->owner, c->agent, c->key, err);
}

platen_code link_agent_create(link_manager *l, const char *name, bool local, int64_t *agent,
                              char **activation_key, platen_error *err)
{
    creation c = {.owner = l, .name = name, .local = local, .made = agent};
    platen_code rc = store_write(l->store, create_agent, &c, err);
    if (rc == PLATEN_OK) {
        *activation_key = c.key;
    } else {
        secret_text_free(c.key);
    }
    return rc;
}

static platen_code deactivate_agent(store_conn *conn, void *user, platen_error *err)
{
    creation *c = user;
    PLATEN_TRY(make_key(c->owner, &c->key, err));
    return set_key(conn, c->owner, c->agent, c->key, err);
}

platen_code link_agent_deactivate(link_manager *l, int64_t agent, char **activation_key,
                                  platen_error *err)
{
    creation c = {.owner = l, .agent = agent};
    platen_code rc = store_write(l->store, deactivate_agent, &c, err);
    if (rc == PLATEN_OK) {
        *activation_key = c.key;
        link_wake(l, agent);
    } else {
        secret_text_free(c.key);
    }
    return rc;
}

platen_code link_agent_key(link_manager *l, int64_t agent, char **activation_key, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    char place[48];
    key_place(agent, place);
    PLATEN_TRY(store_read(l->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_agent_activation, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", agent);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        *activation_key = NULL;
        if (store_i64(st, 0) == 0 && !store_is_null(st, 1)) {
            rc = secret_open(l->key, place, store_text(st, 1), activation_key, err);
        }
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code remove_agent(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *agent = user;
    store_stmt *st = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_agent_delete, &st, err));
    store_bind_i64(st, "id", *agent);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    if (rc == PLATEN_OK && changes == 0) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there is no agent %" PRId64, *agent);
    }
    return rc == PLATEN_OK ? link_kinds_register(conn, err) : rc;
}

platen_code link_agent_remove(link_manager *l, int64_t agent, platen_error *err)
{
    PLATEN_TRY(store_write(l->store, remove_agent, &agent, err));
    link_wake(l, agent);
    return PLATEN_OK;
}

platen_code link_agent_id(link_manager *l, const char *outside, int64_t *agent, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    char *end = NULL;
    int64_t number = strtoll(outside, &end, 10);
    bool local = strcmp(outside, "local") == 0;
    if (!local && (outside[0] < '0' || outside[0] > '9' || *end != '\0')) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no agent '%s'", outside);
    }
    PLATEN_TRY(store_read(l->store, &conn, err));
    platen_code rc = PLATEN_OK;
    if (local) {
        rc = local_agent(conn, &number, err);
    } else {
        rc = store_prepare(conn, &sql_agent_activation, &st, err);
        if (rc == PLATEN_OK) {
            store_bind_i64(st, "id", number);
            rc = store_step(st, err);
        }
        store_reset(st);
    }
    store_read_end(conn);
    if (rc == PLATEN_E_NOT_FOUND) {
        return error_set(err, rc, "there is no agent '%s'", outside);
    }
    if (rc == PLATEN_OK) {
        *agent = number;
    }
    return rc;
}

/* ---- activation by the agent ---- */

typedef struct activation {
    link_manager *owner;
    const char *key_hash, *csr, *version, *address;
    int64_t agent;
    strbuf certificate;
} activation;

static platen_code activate(store_conn *conn, void *user, platen_error *err)
{
    activation *a = user;
    store_stmt *st = NULL;
    char id[24];
    char fingerprint[65];
    PLATEN_TRY(store_prepare(conn, &sql_agent_by_activation, &st, err));
    store_bind_text(st, "hash", a->key_hash);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        a->agent = store_i64(st, 0);
    }
    store_reset(st);
    if (rc == PLATEN_E_NOT_FOUND) {
        return error_set(err, PLATEN_E_FORBIDDEN, "the activation key is unknown or has been used");
    }
    PLATEN_TRY(rc);
    (void)snprintf(id, sizeof(id), "%" PRId64, a->agent);
    PLATEN_TRY(a->owner->authority.sign(a->csr, id, &a->certificate, fingerprint,
                                        a->owner->authority.user, err));
    PLATEN_TRY(store_prepare(conn, &sql_agent_activate, &st, err));
    store_bind_text(st, "certificate", fingerprint);
    store_bind_text(st, "version", a->version);
    store_bind_text(st, "address", a->address);
    store_bind_i64(st, "id", a->agent);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code link_activate(link_manager *l, const cJSON *body, const char *address, json_writer *w,
                          platen_error *err)
{
    char hash[65];
    char fingerprint[65];
    strbuf ca;
    activation a = {.owner = l,
                    .key_hash = hash,
                    .csr = json_get_text(body, "csr", ""),
                    .version = json_get_text(body, "version", ""),
                    .address = address};
    secret_token_hash(json_get_text(body, "key", ""), hash);
    strbuf_init(&ca);
    strbuf_init(&a.certificate);
    platen_code rc = l->authority.ca(&ca, fingerprint, l->authority.user, err);
    if (rc == PLATEN_OK) {
        rc = store_write(l->store, activate, &a, err);
    }
    if (rc == PLATEN_OK) {
        char id[24];
        (void)snprintf(id, sizeof(id), "%" PRId64, a.agent);
        json_object(w, NULL);
        json_text(w, "agent", id);
        json_text(w, "certificate", a.certificate.data);
        json_text(w, "ca", ca.data);
        json_object_end(w);
        log_notice("agent %s is activated from %s", id, address);
    }
    strbuf_fini(&ca);
    strbuf_fini(&a.certificate);
    return rc;
}
