/*
 * Which packages this installation works with: <data>/functions/active.json, a JSON object
 * {"generation","packages":[...]}. It is replaced whole and durably, so whoever reads it sees the
 * old list or the new one. Files of a package are in <data>/functions/packages/<name>/<version>/,
 * as ppk_unpack() lays them out, the package itself beside it as <version>.ppk.
 *
 * An entry: {"name","version","kind","title","publisher","digest" (of the manifest),
 * "sha256" and "size" (of the .ppk), "roles":["manager","agent"],"needs":[{"name","version"}],
 * "tables":[],"functions":[],"downgrade" or null,"installed_at" (RFC 3339),
 * "previous": the entry that it replaced (without a "previous" of its own) or null,
 * "data":{"version","downgrade"} - the newest version whose migrations the database has, and the
 * oldest whose program that data still serves}.
 *
 * Any thread.
 */
#ifndef PLATEN_PACK_ACTIVE_H
#define PLATEN_PACK_ACTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/base/file.h"

#define FUNCTIONS_FOLDER "functions"

/* A view of an entry; everything is borrowed from the tree. Texts are never NULL. */
typedef struct active_package {
    const cJSON *entry;
    const char *name;
    const char *version;
    const char *kind; /* "plugin", "profiles", "product" */
    const char *title;
    const char *publisher;
    const char *digest;   /* of its manifest: SHA-256 in hex */
    const char *sha256;   /* of the .ppk */
    const char *previous; /* version, "" when there is none */
    const char *installed_at;
    int64_t size; /* of the .ppk */
    bool manager; /* which roles load it */
    bool agent;
} active_package;

/* The list; an installation without packages has an empty one of generation 0. The caller frees it
 * with cJSON_Delete(). PLATEN_E_CORRUPT when the file is no such list. */
platen_code active_list(const char *data, cJSON **tree, platen_error *err);
platen_code active_put(const char *data, const cJSON *tree, platen_error *err);

bool active_get(const cJSON *tree, size_t index, active_package *out); /* false behind the last */
bool active_find(const cJSON *tree, const char *name, active_package *out);

/* <data>/functions/<what>, with <what> such as "uploads". */
platen_code active_path(const char *data, const char *what, char path[FILE_PATH],
                        platen_error *err);
/* The folder of a package's files, and the package. */
platen_code active_folder(const char *data, const char *name, const char *version,
                          char path[FILE_PATH], platen_error *err);
platen_code active_ppk(const char *data, const char *name, const char *version,
                       char path[FILE_PATH], platen_error *err);

/* Reads a JSON object from a file; NOT_FOUND without a text when there is none, CORRUPT. Writes
 * one, durably. For the files of <data>/functions. */
platen_code active_json_read(const char *path, cJSON **tree, platen_error *err);
platen_code active_json_write(const char *path, const cJSON *tree, platen_error *err);

/* What an agent could not take over: <data>/functions/failed.json, {name: {"version","sha256",
 * "error"}}. The list is an empty object when there is none that can be read; the caller frees it.
 */
platen_code active_failed(const char *data, cJSON **failed, platen_error *err);
/* Notes in `failed` why this version of a package is not taken over, instead of what stood there of
 * its name, and writes the list. */
platen_code active_fail(const char *data, cJSON *failed, const active_package *p, const char *why,
                        platen_error *err);

#endif
