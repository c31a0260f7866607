/* Steps of the component "access". Released steps are never edited. */
#include "core/model/user_migrations.h"

static const char first_login[] =
    "CREATE TABLE user_account (\n"
    "  id {{id}},\n"
    "  name TEXT NOT NULL,\n"
    "  name_key TEXT NOT NULL UNIQUE,\n" /* the name in lower case: names differ in more */
    "  email TEXT NOT NULL DEFAULT '',\n"
    "  role TEXT NOT NULL,\n"
    "  functions TEXT NOT NULL DEFAULT '[]',\n"
    "  password TEXT NOT NULL,\n" /* Argon2id, PHC form */
    "  preferences TEXT NOT NULL DEFAULT '{}',\n"
    "  failures {{i64}} NOT NULL DEFAULT 0,\n"
    "  locked_until {{i64}} NOT NULL DEFAULT 0,\n"
    "  created {{i64}} NOT NULL);\n"
    "CREATE TABLE user_session (\n"
    "  hash TEXT PRIMARY KEY,\n" /* SHA-256 of the cookie, hex */
    "  user_id {{i64}} NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,\n"
    "  csrf TEXT NOT NULL,\n"
    "  created {{i64}} NOT NULL,\n"
    "  last_used {{i64}} NOT NULL,\n"
    "  expires {{i64}} NOT NULL);\n"
    "CREATE INDEX user_session_of ON user_session (user_id);\n"
    "CREATE INDEX user_session_end ON user_session (expires);\n"
    "CREATE TABLE user_token (\n"
    "  id {{id}},\n"
    "  hash TEXT NOT NULL UNIQUE,\n" /* SHA-256 of the token, hex */
    "  user_id {{i64}} NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,\n"
    "  name TEXT NOT NULL,\n"
    "  role TEXT NOT NULL,\n"
    "  created {{i64}} NOT NULL,\n"
    "  expires {{i64}},\n" /* NULL: never */
    "  last_used {{i64}});\n"
    "CREATE INDEX user_token_of ON user_token (user_id);\n";

const store_migration user_migrations[] = {
    {1, "first-login", first_login},
};

const size_t user_migration_count = sizeof(user_migrations) / sizeof(user_migrations[0]);
