/*
 * Rows of a deleted device go with it, by the database (DEV-140). What they pointed at, lists of
 * contents and contents, then has more users counted than there are. That is looked for on a
 * connection that only reads, so nobody waits for it, and taken back a batch at a time. In between
 * nobody else makes the difference smaller: who comes or goes by its proper way counts on both
 * sides.
 */
#include "sweep.h"

#include <stdlib.h>
#include <time.h>

#include "content.h"

#define FOUND 50000u   /* looked for at once: the look costs more than what it finds */
#define BATCH 100u     /* given free in a transaction: some 15 ms on the writer */
#define SWEEP_MS 2000u /* on the thread that begins tasks, which has others to do */

typedef struct spare {
    int64_t id, users;
} spare;

typedef struct sweeping {
    const char *find; /* statement */
    platen_code (*drop)(platen_tx *tx, int64_t id, int64_t users, platen_error *err);
    spare *at;
    size_t count, room;
    size_t begin, end; /* of the batch */
} sweeping;

static platen_code add(sweeping *s, spare found, platen_error *err)
{
    if (s->count == s->room) {
        size_t room = s->room > 0 ? s->room * 2 : BATCH;
        spare *more = realloc(s->at, room * sizeof(*more));
        if (more == NULL) {
            return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a sweep");
        }
        s->at = more;
        s->room = room;
    }
    s->at[s->count++] = found;
    return PLATEN_OK;
}

static platen_code find(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    sweeping *s = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    s->count = 0;
    PLATEN_TRY(store->prepare(tx, s->find, &rows, err));
    store->bind_i64(rows, "most", FOUND);
    while (rc == PLATEN_OK && (rc = store->step(rows, err)) == PLATEN_OK) {
        rc = add(s, (spare){store->i64(rows, 0), store->i64(rows, 1)}, err);
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code drop(platen_tx *tx, void *user, platen_error *err)
{
    const sweeping *s = user;
    for (size_t i = s->begin; i < s->end; i++) {
        platen_code rc = s->drop(tx, s->at[i].id, s->at[i].users, err);
        if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
            return rc;
        }
    }
    return PLATEN_OK;
}

static uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Until `deadline`; the rest is there when the next run ends. */
static platen_code sweep(sweeping *s, uint64_t deadline, platen_error *err)
{
    const setting_value *f = &the_feature;
    platen_code rc = f->store->read(f->ctx, find, s, err);
    for (size_t i = 0; rc == PLATEN_OK && i < s->count && now_ms() < deadline; i = s->end) {
        s->begin = i;
        s->end = i + BATCH < s->count ? i + BATCH : s->count;
        rc = f->store->write(f->ctx, drop, s, err);
    }
    free(s->at);
    return rc;
}

/* Whether contents have more users counted than there are: cheaper than which. */
static platen_code has_spare(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "sweep_sum", &rows, err));
    platen_code rc = store->step(rows, err);
    *(bool *)user = rc == PLATEN_OK && store->i64(rows, 0) > 0;
    store->reset(rows);
    return rc;
}

void sweep_ended(const platen_job *run, void *user)
{
    const setting_value *f = &the_feature;
    sweeping lists = {.find = "sweep_manifests", .drop = manifest_give_up};
    sweeping contents = {.find = "sweep_contents", .drop = content_give_up};
    bool spare_contents = false;
    uint64_t deadline = now_ms() + SWEEP_MS;
    (void)run;
    (void)user;
    if (sweep(&lists, deadline, NULL) == PLATEN_OK &&
        f->store->read(f->ctx, has_spare, &spare_contents, NULL) == PLATEN_OK && spare_contents) {
        (void)sweep(&contents, deadline, NULL);
    }
}

platen_code sweep_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"sweep_manifests", "SELECT m.id, m.uses - count(b.id) FROM setting_value_manifest AS m\n"
                            "LEFT JOIN setting_value_backup AS b ON b.manifest_id = m.id\n"
                            "GROUP BY m.id, m.uses HAVING m.uses > count(b.id)\n"
                            "ORDER BY m.id LIMIT :most"},
        {"sweep_sum",
         "SELECT (SELECT coalesce(CAST(sum(uses) AS BIGINT), 0) FROM setting_value_content)\n"
         "  - (SELECT count(*) FROM setting_value_part)\n"
         "  - (SELECT count(*) FROM setting_value_data)\n"
         "  - (SELECT count(*) FROM setting_value_dictionary)\n"
         "  - (SELECT count(undo_id) FROM setting_value_distribution)"},
        {"sweep_contents",
         "SELECT c.id, c.uses - coalesce(u.users, 0) FROM setting_value_content AS c\n"
         "LEFT JOIN (SELECT content_id, count(*) AS users FROM\n"
         "  (SELECT content_id FROM setting_value_part\n"
         "   UNION ALL SELECT content_id FROM setting_value_data\n"
         "   UNION ALL SELECT content_id FROM setting_value_dictionary\n"
         "   UNION ALL SELECT undo_id FROM setting_value_distribution\n"
         "     WHERE undo_id IS NOT NULL) AS w\n"
         "  GROUP BY content_id) AS u ON u.content_id = c.id\n"
         "WHERE c.uses > coalesce(u.users, 0) ORDER BY c.id LIMIT :most"},
    };
    return statements_add(statements, sizeof(statements) / sizeof(statements[0]), err);
}
