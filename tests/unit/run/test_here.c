/* Work that the manager does itself: once, wholly or not at all. */
#include "run_world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/run/here.h"
#include "core/run/kind.h"

typedef struct played {
    store *s;
    int prepared, committed, finished, told;
    size_t devices;
    platen_code prepare, commit; /* what they answer */
    bool cancels;                /* the run is cancelled while it is prepared */
    runs *r;
} played;

static platen_code prepare(const here_job *job, void **work, void *user, platen_error *err)
{
    played *p = user;
    p->prepared++;
    p->devices = job->count;
    *work = p;
    if (p->cancels) {
        assert_int_equal(runs_cancel(p->r, job->run, err), PLATEN_OK);
    }
    return p->prepare != PLATEN_OK ? error_set(err, p->prepare, "it cannot be") : PLATEN_OK;
}

static platen_code commit(store_conn *conn, void *work, void *user, platen_error *err)
{
    played *p = work;
    store_stmt *st = NULL;
    assert_ptr_equal(work, user);
    p->committed++;
    PLATEN_TRY(store_prepare_text(
        conn, "INSERT INTO preference (key, value) VALUES ('done', 'yes')", &st, err));
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    PLATEN_TRY(rc);
    return p->commit != PLATEN_OK ? error_set(err, p->commit, "too many mails wait") : PLATEN_OK;
}

static void finish(void *work, bool committed, void *user)
{
    played *p = user;
    (void)work;
    p->finished++;
    p->told += committed ? 1 : 0;
}

/* Runs a job with what `p` plays; the run. */
static int64_t play(store *s, runs *r, played *p, const char *kind)
{
    const here_kind kinds[] = {{.kind = "system.send-report",
                                .prepare = prepare,
                                .commit = commit,
                                .finish = finish,
                                .user = p},
                               {.kind = "system.send-counters",
                                .prepare = prepare,
                                .commit = commit,
                                .finish = finish,
                                .user = p}};
    here *h = NULL;
    p->s = s;
    p->r = r;
    int64_t run = start(r, kind, false);
    assert_ok(here_new(s, r, kinds, 2, &h, error));
    assert_ok(here_start(h, error));
    for (int i = 0; i < 500 && world_number(s, "SELECT count(*) FROM run WHERE ended IS NULL");
         i++) {
        here_wake(h);
        (void)usleep(10000);
    }
    here_stop(h);
    here_free(h);
    assert_number(0, "SELECT count(*) FROM run WHERE ended IS NULL");
    assert_int_equal(p->finished, p->prepared);
    return run;
}

static void test_here__done(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    played p = {.s = NULL};
    int64_t run = play(s, r, &p, "system.send-report");
    assert_text("success", RUN_STATE(run));
    assert_number(1, "SELECT total FROM run");
    assert_number(1, "SELECT count(*) FROM preference WHERE key = 'done'");
    assert_int_equal(p.devices, 0);
    assert_int_equal(p.told, 1);
    runs_free(r);
}

static void test_here__of_devices(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    played p = {.s = NULL};
    fill(s, 3);
    world_run(s, "UPDATE device SET agent_id = 2 WHERE id = 2"); /* one job for all */
    int64_t run = play(s, r, &p, "system.send-counters");
    assert_text("success", RUN_STATE(run));
    assert_int_equal(p.devices, 3);
    assert_int_equal(p.prepared, 1);
    assert_number(3, "SELECT success FROM run");
    runs_free(r);
}

static void test_here__that_fails(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    played p = {.prepare = PLATEN_E_STATE};
    int64_t run = play(s, r, &p, "system.send-report");
    assert_text("error", RUN_STATE(run));
    assert_text("it cannot be", "SELECT text FROM run_target WHERE run_id = %" PRId64, run);
    assert_int_equal(p.committed, 0);
    /* nothing of a commit that fails stays */
    p = (played){.commit = PLATEN_E_TOO_LARGE};
    run = play(s, r, &p, "system.send-report");
    assert_text("error", RUN_STATE(run));
    assert_number(0, "SELECT count(*) FROM preference WHERE key = 'done'");
    assert_int_equal(p.told, 0);
    runs_free(r);
}

/* Cancelled while it was prepared: it is not done. */
static void test_here__cancelled(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    played p = {.cancels = true};
    int64_t run = play(s, r, &p, "system.send-report");
    assert_text("cancelled", RUN_STATE(run));
    assert_int_equal(p.committed, 0);
    assert_int_equal(p.told, 0);
    runs_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_here__done),
        cmocka_unit_test(test_here__of_devices),
        cmocka_unit_test(test_here__that_fails),
        cmocka_unit_test(test_here__cancelled),
    };
    return fixture_run_both("here", tests, sizeof(tests) / sizeof(tests[0]));
}
