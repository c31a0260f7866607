/* Steps of the component "notify". Released steps are never edited. */
#include "core/notify/migrations.h"

static const char outbox[] =
    "CREATE TABLE notify_webhook (\n"
    "  id {{id}},\n"
    "  name {{fold}} NOT NULL,\n"
    "  url TEXT NOT NULL,\n"
    "  token TEXT NOT NULL DEFAULT '',\n"    /* sealed, or '' */
    "  events {{i64}} NOT NULL DEFAULT 0,\n" /* a bit for each notify_event */
    "  active {{i64}} NOT NULL DEFAULT 1,\n"
    "  created {{i64}} NOT NULL,\n"
    "  last_at {{i64}} NOT NULL DEFAULT 0,\n"
    "  last_status {{i64}} NOT NULL DEFAULT 0,\n" /* of HTTP; 0: no answer */
    "  last_text TEXT NOT NULL DEFAULT '');\n"
    /* A row is one mail to one address or one request to one webhook; what was sent is gone. */
    "CREATE TABLE notify_outbox (\n"
    "  id {{id}},\n"
    "  mark TEXT NOT NULL,\n"                 /* goes out with it: a repeat is known by it */
    "  webhook_id {{i64}} NOT NULL,\n"        /* 0: a mail */
    "  priority {{i64}} NOT NULL,\n"          /* 0 goes first */
    "  state {{i64}} NOT NULL DEFAULT 0,\n"   /* 0 waits, 1 failed */
    "  recipient TEXT NOT NULL DEFAULT '',\n" /* of a mail */
    "  code TEXT NOT NULL,\n"                 /* of the message, or the word of the event */
    "  language TEXT NOT NULL DEFAULT '',\n"
    "  content TEXT NOT NULL,\n"                  /* JSON: parameters, or data of the event */
    "  secret TEXT NOT NULL DEFAULT '',\n"        /* sealed: more parameters; wiped at failure */
    "  short_lived {{i64}} NOT NULL DEFAULT 0,\n" /* has, or had, a secret */
    "  tries {{i64}} NOT NULL DEFAULT 0,\n"
    "  created {{i64}} NOT NULL,\n"
    "  next_at {{i64}} NOT NULL,\n" /* when it is due; of a failed one: when it failed */
    "  give_up_at {{i64}} NOT NULL,\n"
    "  text TEXT NOT NULL DEFAULT '');\n" /* why the last try failed */
    "CREATE INDEX notify_outbox_due ON notify_outbox (webhook_id, state, priority, next_at, id);\n"
    "CREATE INDEX notify_outbox_over ON notify_outbox (state, next_at);\n";

/* What hangs on mails: one file for all who get it, gone with the last of them. */
static const char files[] =
    "CREATE TABLE notify_file (\n"
    "  id {{id}},\n"
    "  name TEXT NOT NULL,\n"
    "  type TEXT NOT NULL,\n"
    "  data {{blob}} NOT NULL);\n"
    "ALTER TABLE notify_outbox ADD COLUMN file_id {{i64}} NOT NULL DEFAULT 0;\n"
    "ALTER TABLE notify_outbox ADD COLUMN importance {{i64}} NOT NULL DEFAULT 0;\n"
    "CREATE INDEX notify_outbox_file ON notify_outbox (file_id);\n";

/* Events of plugins that a webhook asks for: a JSON array of their words, without blanks. */
static const char words[] =
    "ALTER TABLE notify_webhook ADD COLUMN words TEXT NOT NULL DEFAULT '[]';\n";

const store_migration notify_migrations[] = {
    {1, "outbox", outbox},
    {2, "files", files},
    {3, "words-of-plugins", words},
};

const size_t notify_migration_count = sizeof(notify_migrations) / sizeof(notify_migrations[0]);
