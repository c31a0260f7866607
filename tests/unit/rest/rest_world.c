/* See rest_world.h. */
#include "tests/unit/rest/rest_world.h"

#include <stdio.h>

#include "tests/unit/store/fixture.h"

static bool on_pgsql;

bool rest_world_is_pgsql(void)
{
    return on_pgsql;
}

void rest_world_open(rest_world *w)
{
    w->database = NULL;
    if (on_pgsql) {
        assert_int_equal(fixture_pgsql(&w->database), 0);
        rest_fixture_open_on(&w->rest, NULL, ((fixture *)w->database)->s);
    } else {
        rest_fixture_open(&w->rest, NULL);
    }
}

int rest_world_close(rest_world *w)
{
    void *database = w->database;
    rest_fixture_close(&w->rest);
    return database != NULL ? fixture_end(&database) : 0;
}

void rest_world_set_up(rest_world *w)
{
    rest_fixture_set_up(&w->rest);
    rest_fixture_login(&w->rest, w->admin, sizeof(w->admin));
}

void rest_world_token(rest_world *w, const char *body, char *header, size_t size)
{
    rest_reply reply;
    rest_world_ask(w, w->admin, 201, "POST", "/tokens", body, &reply);
    (void)snprintf(header, size, "Authorization: Bearer %s\n", rest_reply_text(&reply, "token"));
    rest_reply_fini(&reply);
}

void rest_world_ask(rest_world *w, const char *who, int status, const char *method,
                    const char *path, const char *body, rest_reply *reply)
{
    char target[512];
    (void)snprintf(target, sizeof(target), "/api/v1%s", path);
    rest_ask(&w->rest, method, target, who, body, reply);
    if (reply->status != status) {
        fail_msg("%s %s: %d, not %d: %s", method, path, reply->status, status, reply->body);
    }
}

void rest_world_status(rest_world *w, const char *who, int status, const char *method,
                       const char *path, const char *body)
{
    rest_reply reply;
    rest_world_ask(w, who, status, method, path, body, &reply);
    rest_reply_fini(&reply);
}

int rest_world_run_both(const char *name, const struct CMUnitTest *tests, size_t count,
                        CMFixtureFunction setup, CMFixtureFunction teardown)
{
    char group[96];
    (void)snprintf(group, sizeof(group), "%s on SQLite", name);
    int failed = _cmocka_run_group_tests(group, tests, count, setup, teardown);
    on_pgsql = fixture_pgsql_start();
    if (on_pgsql) {
        (void)snprintf(group, sizeof(group), "%s on PostgreSQL", name);
        failed += _cmocka_run_group_tests(group, tests, count, setup, teardown);
        fixture_pgsql_stop();
        on_pgsql = false;
    }
    return failed;
}
