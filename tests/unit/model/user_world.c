/* See user_world.h. */
#include "user_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/model/user_migrations.h"
#include "core/model/user_policy.h"

store *user_world_open(void **state)
{
    store *s = world_open(state);
    assert_ok(store_migrate(s, USER_COMPONENT, user_migrations, user_migration_count, error));
    for (int i = 1; i <= 5; i++) {
        world_run(s,
                  "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
                  "VALUES ('R%d', 'r%d', 'UTC', '[]', '[]', 1)",
                  i, i);
    }
    assert_ok(user_create_admin(s, "admin@example.com", GOOD_PASSWORD, error));
    return s;
}

int64_t user_world_add(store *s, const char *name, user_role role, const char *functions)
{
    const user_draft draft = {
        .name = name, .role = role, .functions = functions, .password = GOOD_PASSWORD};
    int64_t id = 0;
    assert_ok(user_create(s, &draft, &id, error));
    return id;
}

typedef struct change {
    const preference_group *group;
    cJSON *tree;
} change;

static platen_code write_change(store_conn *conn, void *user, platen_error *err)
{
    const change *c = user;
    return preference_change(conn, c->group, NULL, c->tree, err);
}

static void apply(store *s, const preference_group *group, const char *text)
{
    change c = {group, world_json(text)};
    assert_ok(store_write(s, write_change, &c, error));
    cJSON_Delete(c.tree);
}

void user_world_policy(store *s, const char *changes)
{
    apply(s, &preference_account_policy, changes);
}

void user_world_logout(store *s, const char *changes)
{
    apply(s, &preference_logout, changes);
}

secret_key *user_world_key(void)
{
    char folder[] = "/tmp/platen-user-XXXXXX";
    char path[64];
    secret_key *key = NULL;
    assert_non_null(mkdtemp(folder));
    assert_ok(secret_key_load(folder, true, &key, error));
    (void)snprintf(path, sizeof(path), "%s/platen.key", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    return key;
}
