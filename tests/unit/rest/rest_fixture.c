/* The fixture: a transport made of strings. One thread. */
#include "tests/unit/rest/rest_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/database/database.h"
#include "core/http/http.h"
#include "core/rest/request.h"
#include "core/rest/setup.h"

typedef struct text_exchange {
    http_exchange exchange; /* first */
    const char *headers;
    const char *body;
    size_t left;
    strbuf *out;
    char values[16][1024]; /* header() hands these out in turn */
    size_t value;
} text_exchange;

static const char *text_line(http_exchange *x, const char *name, size_t index)
{
    text_exchange *self = (text_exchange *)(void *)x;
    size_t length = strlen(name);
    for (const char *at = self->headers; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
        if (strncasecmp(at, name, length) == 0 && at[length] == ':' && index-- == 0) {
            const char *from = at + length + 1 + strspn(at + length + 1, " ");
            size_t count = strcspn(from, "\n");
            char *copy = self->values[self->value++ % 16];
            assert_true(count < sizeof(self->values[0]));
            memcpy(copy, from, count);
            copy[count] = '\0';
            return copy;
        }
    }
    return NULL;
}

static const char *text_header(http_exchange *x, const char *name)
{
    return text_line(x, name, 0);
}

static int text_read(http_exchange *x, void *data, size_t length)
{
    text_exchange *self = (text_exchange *)(void *)x;
    size_t count = length < self->left ? length : self->left;
    memcpy(data, self->body, count);
    self->body += count;
    self->left -= count;
    return (int)count;
}

static bool text_write(http_exchange *x, const void *data, size_t length)
{
    text_exchange *self = (text_exchange *)(void *)x;
    strbuf_append_n(self->out, data, length);
    return true;
}

static const void *text_certificate(http_exchange *x, size_t *length)
{
    (void)x;
    *length = 0;
    return NULL;
}

static const http_transport text_transport = {text_header, text_read, text_write, text_certificate,
                                              text_line};

static void build(rest_fixture *f, const char *web_dir)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (database_migrate(f->store, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    if (secret_key_load(f->folder, true, &f->key, &err) != PLATEN_OK ||
        audit_open(f->store, f->key, f->folder, &f->audit, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    f->services.key = f->key;
    f->events = events_new(64);
    f->services.store = f->store;
    f->services.events = f->events;
    f->services.data_dir = f->folder;
    f->services.version = "test";
    rest_options wanted = {.services = &f->services, .web_dir = web_dir};
    if (rest_new(&wanted, &f->rest, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(setup_token_ensure(f->store, f->folder, f->setup_token, NULL), PLATEN_OK);
}

static void prepare(rest_fixture *f)
{
    memset(f, 0, sizeof(*f));
    f->remote = "192.0.2.1";
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/platen-rest-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
}

static void open_store(rest_fixture *f)
{
    char url[128];
    platen_error err = PLATEN_ERROR_INIT;
    (void)snprintf(url, sizeof(url), "sqlite:%s/platen.db", f->folder);
    store_options options = {.url = url};
    if (store_open(&options, &f->store, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

void rest_fixture_open(rest_fixture *f, const char *web_dir)
{
    prepare(f);
    open_store(f);
    build(f, web_dir);
}

void rest_fixture_open_with(rest_fixture *f, conf *c)
{
    prepare(f);
    open_store(f);
    f->services.conf = c;
    build(f, NULL);
}

void rest_fixture_open_on(rest_fixture *f, const char *web_dir, store *s)
{
    prepare(f);
    f->store = s;
    f->lent = true;
    build(f, web_dir);
}

void rest_fixture_close(rest_fixture *f)
{
    char command[128];
    rest_free(f->rest);
    events_free(f->events);
    audit_close(f->audit);
    secret_key_free(f->key);
    if (!f->lent) {
        store_close(f->store);
    }
    static const char *const names[] = {"platen.db",      "platen.db-wal", "platen.db-shm",
                                        "platen.db.lock", "platen.lock",   "setup-token",
                                        "platen.key",     "audit-mark"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(command, sizeof(command), "%s/%s", f->folder, names[i]);
        (void)unlink(command);
    }
    (void)rmdir(f->folder);
}

void rest_ask(rest_fixture *f, const char *method, const char *target, const char *headers,
              const char *body, rest_reply *reply)
{
    char path[2048];
    char all[4096];
    const char *question = strchr(target, '?');
    text_exchange self = {.body = body != NULL ? body : "", .out = &reply->raw};
    memset(reply, 0, sizeof(*reply));
    strbuf_init(&reply->raw);
    (void)snprintf(path, sizeof(path), "%.*s",
                   question != NULL ? (int)(question - target) : (int)strlen(target), target);
    (void)snprintf(all, sizeof(all), "%s%s", headers,
                   body != NULL && strcasestr(headers, "content-type:") == NULL
                       ? "Content-Type: application/json\n"
                       : "");
    self.headers = all;
    self.left = body != NULL ? strlen(body) : 0;
    self.exchange = (http_exchange){.transport = &text_transport,
                                    .method = method,
                                    .path = path,
                                    .query = question != NULL ? question + 1 : "",
                                    .remote = f->remote,
                                    .body_length = body != NULL ? (int64_t)strlen(body) : 0,
                                    .tls = true};
    rest_serve(&self.exchange, f->rest);
    reply->status = self.exchange.status;
    reply->closed = self.exchange.close;
    assert_false(reply->raw.failed);
    const char *end = strstr(reply->raw.data, "\r\n\r\n");
    assert_non_null(end);
    reply->body = end + 4;
    reply->body_length = reply->raw.length - (size_t)(reply->body - reply->raw.data);
    reply->json = cJSON_ParseWithLength(reply->body, reply->body_length);
}

void rest_reply_fini(rest_reply *reply)
{
    cJSON_Delete(reply->json);
    strbuf_fini(&reply->raw);
}

const char *rest_reply_header(rest_reply *reply, const char *name)
{
    size_t length = strlen(name);
    const char *at = reply->raw.data;
    while ((at = strstr(at, "\r\n")) != NULL && at + 4 < reply->body) {
        at += 2;
        if (strncasecmp(at, name, length) == 0 && at[length] == ':') {
            (void)snprintf(reply->scratch, sizeof(reply->scratch), "%.*s",
                           (int)strcspn(at + length + 2, "\r"), at + length + 2);
            return reply->scratch;
        }
    }
    return "";
}

const char *rest_reply_text(const rest_reply *reply, const char *member)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(reply->json, member));
    return text != NULL ? text : "";
}

void rest_fixture_set_up(rest_fixture *f)
{
    char body[256];
    rest_reply reply;
    (void)snprintf(body, sizeof(body),
                   "{\"token\":\"%s\",\"password\":\"" REST_PASSWORD
                   "\",\"email\":\"admin@example.com\"}",
                   f->setup_token);
    rest_ask(f, "POST", "/api/v1/setup", "", body, &reply);
    assert_int_equal(reply.status, 201);
    rest_reply_fini(&reply);
}

void rest_fixture_login(rest_fixture *f, char *headers, size_t size)
{
    rest_reply reply;
    rest_ask(f, "POST", "/api/v1/login", "",
             "{\"user\":\"Administrator\",\"password\":\"" REST_PASSWORD "\"}", &reply);
    assert_int_equal(reply.status, 200);
    char cookie[512];
    (void)snprintf(cookie, sizeof(cookie), "%s", rest_reply_header(&reply, "Set-Cookie"));
    cookie[strcspn(cookie, ";")] = '\0';
    (void)snprintf(headers, size, "Cookie: %s\nX-CSRF-Token: %s\n", cookie,
                   rest_reply_text(&reply, "csrf"));
    rest_reply_fini(&reply);
}

static platen_code write_text(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare_text(conn, user, &stmt, err));
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

void rest_fixture_run(rest_fixture *f, const char *sql)
{
    char text[1024];
    platen_error err = PLATEN_ERROR_INIT;
    assert_true(snprintf(text, sizeof(text), "%s", sql) < (int)sizeof(text));
    if (store_write(f->store, write_text, text, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

void rest_fixture_forget(rest_fixture *f)
{
    access_forget_user(f->rest->access, 0);
}
