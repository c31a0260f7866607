/* Steps of the component "audit". Released steps are never edited. */
#include "core/model/audit.h"

static const char audit_log[] =
    "CREATE TABLE audit_entry (\n"
    "  seq {{i64}} PRIMARY KEY,\n" /* without gaps: the chain's place, given by the head */
    "  at {{i64}} NOT NULL,\n"
    "  user_id {{i64}} NOT NULL,\n" /* no reference: who is deleted stays in the log */
    "  user_name TEXT NOT NULL,\n"
    "  way TEXT NOT NULL,\n"
    "  address TEXT NOT NULL,\n"
    "  category TEXT NOT NULL,\n"
    "  action TEXT NOT NULL,\n"
    "  object TEXT NOT NULL,\n"
    "  object_name TEXT NOT NULL,\n"
    "  result TEXT NOT NULL,\n"
    "  before_text TEXT,\n"
    "  after_text TEXT,\n"
    "  hash TEXT NOT NULL);\n"
    "CREATE INDEX audit_entry_at ON audit_entry (at);\n"
    "CREATE INDEX audit_entry_category ON audit_entry (category, seq);\n"
    "CREATE INDEX audit_entry_user ON audit_entry (user_name, seq);\n"
    "CREATE TABLE audit_head (\n"
    "  id {{i64}} PRIMARY KEY,\n" /* 1 */
    "  sealed TEXT NOT NULL);\n";

const store_migration audit_migrations[] = {
    {1, "audit-log", audit_log},
};

const size_t audit_migration_count = sizeof(audit_migrations) / sizeof(audit_migrations[0]);
