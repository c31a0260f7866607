/*
 * Packages on their way in: <data>/functions/uploads/<id>.json, what is known of one, and <id>.ppk,
 * its bytes so far. Any thread; the pieces of one upload are put one after the other.
 *
 * The JSON: {"id","file_name","size","sha256" or null,"state","code","text","by","at"} and, once it
 * was looked at, {"name","title","version","kind","publisher","signed","license","changelog",
 * "changes":{...},"entry" (of active.json)}. States: uploading, checking, ready, refused,
 * installing.
 */
#ifndef PLATEN_PACK_UPLOAD_H
#define PLATEN_PACK_UPLOAD_H

#include "core/pack/active.h"

#define UPLOAD_ID 33    /* with its NUL */
#define UPLOADS_MOST 32 /* at a time */
#define UPLOAD_PIECE (8 << 20)

typedef struct upload_new {
    const char *file_name;
    int64_t size;
    const char *sha256; /* in hex, or NULL */
    const char *by;
} upload_new;

/* TOO_LARGE for more bytes than packages have, or than the disk has room for; STATE when there are
 * too many. */
platen_code upload_create(const char *data, const upload_new *of, char id[UPLOAD_ID],
                          platen_error *err);

/* Reads at most `length` bytes: 0 at the end, -1 when the other side is gone. */
typedef int (*upload_read_fn)(void *buffer, size_t length, void *user);

/* Adds `length` bytes behind the first `offset`, which must be as many as there are (STATE). What
 * arrived counts, also when the other side goes before the end. `received` is set on every path
 * behind that check; when it is all, the state becomes "checking". */
platen_code upload_put(const char *data, const char *id, int64_t offset, int64_t length,
                       upload_read_fn get, void *user, int64_t *received, platen_error *err);

/* What is known of one, with "received"; the caller frees it. NOT_FOUND with a text. */
platen_code upload_get(const char *data, const char *id, cJSON **tree, platen_error *err);
/* All, the newest first. */
platen_code upload_all(const char *data, cJSON **array, platen_error *err);
/* Writes it back with another state. */
platen_code upload_step(const char *data, cJSON *tree, const char *state, const char *code,
                        const char *text, platen_error *err);
/* STATE while it is being installed, unless `any`. Staged files go, too. */
platen_code upload_remove(const char *data, const char *id, bool any, platen_error *err);

platen_code upload_file(const char *data, const char *id, char path[FILE_PATH], platen_error *err);
/* Where its files are unpacked: <data>/functions/staged/<id>. */
platen_code upload_staged(const char *data, const char *id, char path[FILE_PATH],
                          platen_error *err);

#endif
