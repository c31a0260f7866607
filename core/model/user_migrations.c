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

/* Sessions are made anew: all of them end with this step. */
static const char accounts[] =
    "ALTER TABLE user_account ADD COLUMN kind TEXT NOT NULL DEFAULT 'local';\n"
    "ALTER TABLE user_account ADD COLUMN domain TEXT NOT NULL DEFAULT '';\n"
    /* The directory's own id of a user, which a new name does not change. */
    "ALTER TABLE user_account ADD COLUMN external_id TEXT NOT NULL DEFAULT '';\n"
    "CREATE INDEX user_account_external ON user_account (external_id);\n"
    /* 1: a system manager chose the role; else groups do. */
    "ALTER TABLE user_account ADD COLUMN role_edited {{i64}} NOT NULL DEFAULT 0;\n"
    "ALTER TABLE user_account ADD COLUMN all_regions {{i64}} NOT NULL DEFAULT 1;\n"
    "ALTER TABLE user_account ADD COLUMN last_login {{i64}} NOT NULL DEFAULT 0;\n"
    "ALTER TABLE user_account ADD COLUMN totp TEXT NOT NULL DEFAULT '';\n"         /* sealed */
    "ALTER TABLE user_account ADD COLUMN totp_pending TEXT NOT NULL DEFAULT '';\n" /* sealed */
    "ALTER TABLE user_account ADD COLUMN totp_step {{i64}} NOT NULL DEFAULT 0;\n"  /* last used */
    "CREATE TABLE user_region (\n"
    "  user_id {{i64}} NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,\n"
    "  region_id {{i64}} NOT NULL REFERENCES region (id),\n" /* in use: is not deleted */
    "  PRIMARY KEY (user_id, region_id));\n"
    "CREATE INDEX user_region_of ON user_region (region_id);\n"
    "CREATE TABLE user_password_old (\n"
    "  id {{id}},\n"
    "  user_id {{i64}} NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,\n"
    "  password TEXT NOT NULL);\n"
    "CREATE INDEX user_password_old_of ON user_password_old (user_id, id);\n"
    "CREATE TABLE user_recovery (\n"
    "  user_id {{i64}} NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,\n"
    "  hash TEXT NOT NULL,\n" /* SHA-256 of the code, hex */
    "  PRIMARY KEY (user_id, hash));\n"
    "CREATE TABLE user_reset (\n"
    "  user_id {{i64}} PRIMARY KEY REFERENCES user_account (id) ON DELETE CASCADE,\n"
    "  hash TEXT NOT NULL,\n" /* SHA-256 of the key, hex; '' once it is used up */
    "  created {{i64}} NOT NULL,\n"
    "  expires {{i64}} NOT NULL,\n"
    "  failures {{i64}} NOT NULL);\n"
    /* Written when there is nothing to write, so that time does not tell who there is. */
    "CREATE TABLE user_decoy (id {{i64}} PRIMARY KEY, touched {{i64}} NOT NULL);\n"
    "INSERT INTO user_decoy (id, touched) VALUES (1, 0);\n"
    "DROP TABLE user_session;\n"
    "CREATE TABLE user_session (\n"
    "  id {{id}},\n"
    "  hash TEXT NOT NULL UNIQUE,\n" /* SHA-256 of the cookie, hex */
    "  user_id {{i64}} NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,\n"
    "  kind TEXT NOT NULL,\n" /* password, directory, kerberos */
    "  remembered {{i64}} NOT NULL,\n"
    "  address TEXT NOT NULL,\n"
    "  browser TEXT NOT NULL,\n"
    "  csrf TEXT NOT NULL,\n"
    "  created {{i64}} NOT NULL,\n"
    "  last_used {{i64}} NOT NULL,\n"
    "  expires {{i64}} NOT NULL);\n"
    "CREATE INDEX user_session_of ON user_session (user_id, last_used);\n"
    "CREATE INDEX user_session_end ON user_session (expires);\n"
    "ALTER TABLE user_token ADD COLUMN functions TEXT;\n" /* NULL: those of who made it */
    "ALTER TABLE user_token ADD COLUMN all_regions {{i64}} NOT NULL DEFAULT 1;\n"
    "CREATE TABLE user_token_region (\n"
    "  token_id {{i64}} NOT NULL REFERENCES user_token (id) ON DELETE CASCADE,\n"
    "  region_id {{i64}} NOT NULL REFERENCES region (id) ON DELETE CASCADE,\n"
    "  PRIMARY KEY (token_id, region_id));\n";

const store_migration user_migrations[] = {
    {1, "first-login", first_login},
    {2, "accounts", accounts},
};

const size_t user_migration_count = sizeof(user_migrations) / sizeof(user_migrations[0]);
