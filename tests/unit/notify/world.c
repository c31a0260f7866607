/* Servers as children; certificates by the manager's own CA code. */
#include "world.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/model/migrations.h"
#include "core/model/user_migrations.h"
#include "core/notify/mail.h"
#include "core/notify/migrations.h"
#include "core/notify/webhook.h"

#define WAIT_MS 20000

const user_record world_user = {
    .id = 7, .name = "Ada", .email = "ada@example.com", .preferences = "{\"language\":\"de\"}"};

/* ---- servers ---- */

static void run(server *s, const char *program, int port, const char *const *arguments)
{
    char path[512];
    char number[16];
    const char *argv[16] = {path, s->folder, "--port", number};
    size_t count = 4;
    int ends[2];
    (void)snprintf(path, sizeof(path), "%s/%s", SERVERS, program);
    (void)snprintf(number, sizeof(number), "%d", port);
    while (*arguments != NULL && count < 15) {
        argv[count++] = *arguments++;
    }
    assert_int_equal(pipe(ends), 0);
    s->pid = fork();
    if (s->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when a test fails half-way */
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        union {
            const char **in;
            char *const *out;
        } words = {.in = argv};
        execv(path, words.out);
        _exit(127);
    }
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    s->port = 0;
    if (fscanf(output, "port %d", &s->port) != 1) {
        s->port = 0;
    }
    fclose(output);
    if (s->port == 0) {
        server_kill(s);
        fail_msg("%s does not start (Debian packages python3, python3-aiosmtpd)", program);
    }
}

void server_start(server *s, const char *program, int port, const char *const *arguments)
{
    static const char *const none[] = {NULL};
    (void)snprintf(s->folder, sizeof(s->folder), "/tmp/platen-server-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    run(s, program, port, arguments != NULL ? arguments : none);
}

void server_kill(server *s)
{
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
        s->pid = 0;
    }
}

void server_again(server *s, const char *program, const char *const *arguments)
{
    static const char *const none[] = {NULL};
    server_kill(s);
    run(s, program, s->port, arguments != NULL ? arguments : none);
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *each = NULL; dir != NULL && (each = readdir(dir)) != NULL;) {
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/%.200s", folder, each->d_name);
        (void)unlink(path);
    }
    if (dir != NULL) {
        closedir(dir);
    }
    (void)rmdir(folder);
}

void server_stop(server *s)
{
    server_kill(s);
    remove_folder(s->folder);
}

void server_behave(const server *s, const char *behaviour)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/behaviour", s->folder);
    assert_int_equal(file_write(path, behaviour, strlen(behaviour), 0600, NULL), PLATEN_OK);
}

static char *read_file(const server *s, const char *file, size_t *length)
{
    char path[128];
    char *text = NULL;
    (void)snprintf(path, sizeof(path), "%s/%s", s->folder, file);
    if (file_read(path, (size_t)256 << 20, &text, length, NULL) != PLATEN_OK) {
        *length = 0;
        return NULL;
    }
    return text;
}

cJSON *server_received(const server *s, const char *file)
{
    size_t length = 0;
    char *text = read_file(s, file, &length);
    cJSON *all = cJSON_CreateArray();
    for (char *line = text; line != NULL && *line != '\0';) {
        size_t size = strcspn(line, "\n");
        cJSON *one = cJSON_ParseWithLength(line, size);
        assert_non_null(one);
        cJSON_AddItemToArray(all, one);
        line += size + (line[size] == '\n');
    }
    free(text);
    return all;
}

size_t server_count(const server *s, const char *file)
{
    size_t length = 0;
    size_t count = 0;
    char *text = read_file(s, file, &length);
    for (size_t i = 0; i < length; i++) {
        count += text[i] == '\n';
    }
    free(text);
    return count;
}

void server_wait(const server *s, const char *file, size_t count)
{
    int64_t until = clock_mono() + WAIT_MS;
    while (server_count(s, file) < count) {
        if (clock_mono() > until) {
            fail_msg("%zu of %zu %s have come", server_count(s, file), count, file);
        }
        usleep(10000);
    }
}

/* ---- certificates ---- */

static char cert_folder[64];
static certs_files cert_files;

const certs_files *world_certs(void)
{
    if (cert_folder[0] == '\0') {
        const char *names[] = {"localhost", NULL};
        (void)snprintf(cert_folder, sizeof(cert_folder), "/tmp/platen-certs-XXXXXX");
        assert_non_null(mkdtemp(cert_folder));
        assert_ok(certs_prepare(cert_folder, names, &cert_files, NULL, error));
    }
    return &cert_files;
}

void world_certs_remove(void)
{
    char certs[128];
    if (cert_folder[0] != '\0') {
        (void)snprintf(certs, sizeof(certs), "%s/certs", cert_folder);
        remove_folder(certs);
        remove_folder(cert_folder);
        cert_folder[0] = '\0';
    }
}

/* ---- the database ---- */

store *world_tables(void **state)
{
    fixture *f = *state;
    assert_ok(store_migrate(f->s, MODEL_COMPONENT, model_migrations, model_migration_count, error));
    assert_ok(
        store_migrate(f->s, NOTIFY_COMPONENT, notify_migrations, notify_migration_count, error));
    return f->s;
}

secret_key *world_key(void)
{
    char folder[] = "/tmp/platen-key-XXXXXX";
    secret_key *key = NULL;
    assert_non_null(mkdtemp(folder));
    assert_ok(secret_key_load(folder, true, &key, error));
    remove_folder(folder);
    return key;
}

typedef struct mail_change {
    const secret_key *key;
    cJSON *tree;
} mail_change;

static platen_code put_mail(store_conn *conn, void *user, platen_error *err)
{
    const mail_change *c = user;
    return preference_change(conn, &preference_mail, c->key, c->tree, err);
}

void world_mail(store *s, const secret_key *key, const char *json, int port)
{
    char text[1024];
    (void)snprintf(text, sizeof(text),
                   "{'sender':'platen@example.com','host':'127.0.0.1','port':%d", port);
    size_t length = strlen(text);
    (void)snprintf(text + length, sizeof(text) - length, "%s%s}", json[0] != '\0' ? "," : "", json);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    mail_change c = {.key = key, .tree = cJSON_Parse(text)};
    assert_non_null(c.tree);
    assert_ok(store_write(s, put_mail, &c, error));
    cJSON_Delete(c.tree);
}

int64_t world_webhook(store *s, const secret_key *key, const char *name, const char *url,
                      const char *token, int64_t events)
{
    const webhook_change change = {
        .name = name, .url = url, .token = token, .events = events, .active = 1};
    int64_t id = 0;
    assert_ok(webhook_put(s, key, &change, &id, error));
    return id;
}

void world_wait_rows(store *s, const char *where, int64_t count)
{
    char sql[256];
    int64_t until = clock_mono() + WAIT_MS;
    (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM notify_outbox WHERE %s", where);
    while (fixture_read_i64(s, sql) != count) {
        if (clock_mono() > until) {
            fail_msg("%lld rows where %s, not %lld", (long long)fixture_read_i64(s, sql), where,
                     (long long)count);
        }
        usleep(10000);
    }
}

char *world_row_text(store *s, const char *sql)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    assert_ok(store_read(s, &conn, error));
    assert_ok(store_prepare_text(conn, sql, &stmt, error));
    assert_ok(store_step(stmt, error));
    char *text = strdup(store_text(stmt, 0));
    store_reset(stmt);
    store_read_end(conn);
    assert_non_null(text);
    return text;
}
