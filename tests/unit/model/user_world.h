/* A database with accounts, and what the tests of users do with it. */
#ifndef PLATEN_TEST_USER_WORLD_H
#define PLATEN_TEST_USER_WORLD_H

#include "model_world.h"

#include "core/model/user.h"
#include "core/secret/secret.h"

#define GOOD_PASSWORD "Correct-horse-7"
#define OTHER_PASSWORD "Battery-staple-8"

/* With the tables of users, the administrator (id 1, GOOD_PASSWORD) and the regions 1 to 5. */
store *user_world_open(void **state);
/* A local user with GOOD_PASSWORD. */
int64_t user_world_add(store *s, const char *name, user_role role, const char *functions);

/* Changes preferences: ' for ". */
void user_world_policy(store *s, const char *changes);
void user_world_logout(store *s, const char *changes);

secret_key *user_world_key(void);

#endif
