/*
 * Rows of a deleted device go with it, by the database (DEV-140). What they pointed at, lists of
 * contents and contents, then has more users counted than there are. That is looked for on a
 * connection that only reads, so nobody waits for it, and taken back a batch at a time. In between
 * nobody else makes the difference smaller: who comes or goes by its proper way counts on both
 * sides.
 */
#include "sweep.h"

#include "content.h"

#define BATCH 200u
#define BATCHES 250u /* of one sweep: the rest with the next */

typedef struct spare {
    int64_t id, users;
} spare;

typedef struct sweeping {
    const char *find; /* statement */
    platen_code (*drop)(platen_tx *tx, int64_t id, int64_t users, platen_error *err);
    spare at[BATCH];
    size_t count;
} sweeping;

static platen_code find(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    sweeping *s = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    s->count = 0;
    PLATEN_TRY(store->prepare(tx, s->find, &rows, err));
    while (s->count < BATCH && (rc = store->step(rows, err)) == PLATEN_OK) {
        s->at[s->count++] = (spare){store->i64(rows, 0), store->i64(rows, 1)};
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code drop(platen_tx *tx, void *user, platen_error *err)
{
    const sweeping *s = user;
    for (size_t i = 0; i < s->count; i++) {
        platen_code rc = s->drop(tx, s->at[i].id, s->at[i].users, err);
        if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
            return rc;
        }
    }
    return PLATEN_OK;
}

static platen_code sweep(sweeping *s, platen_error *err)
{
    const setting_value *f = &the_feature;
    bool more = true;
    for (uint32_t i = 0; more && i < BATCHES; i++) {
        PLATEN_TRY(f->store->read(f->ctx, find, s, err));
        more = s->count == BATCH;
        if (s->count > 0) {
            PLATEN_TRY(f->store->write(f->ctx, drop, s, err));
        }
    }
    return PLATEN_OK;
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
    (void)run;
    (void)user;
    if (sweep(&lists, NULL) == PLATEN_OK &&
        f->store->read(f->ctx, has_spare, &spare_contents, NULL) == PLATEN_OK && spare_contents) {
        (void)sweep(&contents, NULL);
    }
}

platen_code sweep_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"sweep_manifests", "SELECT m.id, m.uses - count(b.id) FROM setting_value_manifest AS m\n"
                            "LEFT JOIN setting_value_backup AS b ON b.manifest_id = m.id\n"
                            "GROUP BY m.id, m.uses HAVING m.uses > count(b.id)\n"
                            "ORDER BY m.id LIMIT 200"},
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
         "WHERE c.uses > coalesce(u.users, 0) ORDER BY c.id LIMIT 200"},
    };
    return statements_add(statements, sizeof(statements) / sizeof(statements[0]), err);
}
