/*
 * A list under a mutex; files are written and read without it. Only the sender takes from the
 * front, only the spooler moves entries to disk, and an entry that is being moved is not dropped.
 */
#include "core/link/agent_spool.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/link/agent_gzip.h"

#define LOG_SOURCE "link"

#define FILE_LIMIT (64u * 1024u * 1024u) /* of one batch, unpacked */
#define REFUSED_MAX 100                  /* files that are kept for people to look at */

typedef struct entry {
    struct entry *next, *previous;
    uint64_t number; /* of its file */
    uint64_t batch;
    char *text; /* NULL: on disk */
    size_t length;
    size_t disk; /* bytes of the file */
    bool moving; /* the spooler writes it just now */
} entry;

struct agent_spool {
    char folder[FILE_PATH];
    size_t memory_limit;
    uint64_t disk_limit;
    pthread_mutex_t mutex; /* guards all below */
    entry *first, *last;
    size_t count;
    size_t memory; /* bytes */
    uint64_t disk;
    uint64_t number;  /* of the newest entry */
    bool disk_failed; /* writing failed; tried again when the line has become shorter */
};

static void lock(agent_spool *s)
{
    (void)pthread_mutex_lock(&s->mutex);
}

static void unlock(agent_spool *s)
{
    (void)pthread_mutex_unlock(&s->mutex);
}

static platen_code path_of(agent_spool *s, uint64_t number, const char *ending,
                           char path[FILE_PATH], platen_error *err)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%020" PRIu64 "%s", number, ending);
    return file_join(path, s->folder, name, err);
}

/* ---- the list ---- */

static void append_locked(agent_spool *s, entry *e)
{
    e->previous = s->last;
    e->next = NULL;
    *(s->last != NULL ? &s->last->next : &s->first) = e;
    s->last = e;
    s->count++;
    s->memory += e->text != NULL ? e->length : 0;
    s->disk += e->disk;
}

static void unlink_locked(agent_spool *s, entry *e)
{
    *(e->previous != NULL ? &e->previous->next : &s->first) = e->next;
    *(e->next != NULL ? &e->next->previous : &s->last) = e->previous;
    s->count--;
    s->memory -= e->text != NULL ? e->length : 0;
    s->disk -= e->disk;
    s->disk_failed = false;
}

static void entry_free(entry *e)
{
    free(e->text);
    free(e);
}

/* ---- opening: files of an earlier start ---- */

static bool number_of(const char *name, uint64_t *number)
{
    char *end = NULL;
    if (strspn(name, "0123456789") != 20) {
        return false;
    }
    errno = 0;
    *number = strtoull(name, &end, 10);
    return errno == 0 && strcmp(end, ".json.gz") == 0;
}

static int by_number(const void *a, const void *b)
{
    const entry *x = *(entry *const *)a;
    const entry *y = *(entry *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name);
    return length >= strlen(ending) && strcmp(name + length - strlen(ending), ending) == 0;
}

static platen_code add_file(agent_spool *s, const char *name, entry ***list, size_t *count,
                            platen_error *err)
{
    uint64_t number = 0;
    char path[FILE_PATH];
    struct stat st;
    if (ends_with(name, ".new") && file_join(path, s->folder, name, NULL) == PLATEN_OK) {
        (void)unlink(
            path); /* half written when the agent was killed; never acknowledged to anyone */
        return PLATEN_OK;
    }
    if (!number_of(name, &number) || file_join(path, s->folder, name, NULL) != PLATEN_OK ||
        stat(path, &st) != 0) {
        return PLATEN_OK;
    }
    entry *e = calloc(1, sizeof(*e));
    entry **more = (*count & (*count - 1)) == 0
                       ? reallocarray(*list, *count == 0 ? 1 : *count * 2, sizeof(entry *))
                       : *list;
    if (e == NULL || more == NULL) {
        free(e);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the spool");
    }
    e->number = number;
    e->disk = (size_t)st.st_size;
    *list = more;
    more[(*count)++] = e;
    return PLATEN_OK;
}

static platen_code read_folder(agent_spool *s, platen_error *err)
{
    DIR *folder = opendir(s->folder);
    if (folder == NULL) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", s->folder);
    }
    entry **list = NULL;
    size_t count = 0;
    platen_code rc = PLATEN_OK;
    const struct dirent *d = NULL;
    while (rc == PLATEN_OK && (d = readdir(folder)) != NULL) {
        rc = add_file(s, d->d_name, &list, &count, err);
    }
    (void)closedir(folder);
    if (count > 1) {
        qsort(list, count, sizeof(*list), by_number);
    }
    for (size_t i = 0; i < count; i++) {
        append_locked(s, list[i]);
        s->number = list[i]->number;
    }
    free(list);
    return rc;
}

platen_code spool_open(const char *folder, size_t memory_limit, uint64_t disk_limit,
                       agent_spool **out, platen_error *err)
{
    agent_spool *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the spool");
    }
    (void)pthread_mutex_init(&s->mutex, NULL);
    s->memory_limit = memory_limit;
    s->disk_limit = disk_limit;
    platen_code rc = file_join(s->folder, folder, "spool", err);
    if (rc == PLATEN_OK) {
        rc = file_make_dir(s->folder, 0700, err);
    }
    if (rc == PLATEN_OK) {
        rc = read_folder(s, err);
    }
    if (rc != PLATEN_OK) {
        spool_close(s);
        return rc;
    }
    if (s->count > 0) {
        log_notice("results of an earlier start are sent first batches=%zu", s->count);
    }
    *out = s;
    return PLATEN_OK;
}

void spool_close(agent_spool *s)
{
    if (s == NULL) {
        return;
    }
    while (s->first != NULL) {
        entry *e = s->first;
        unlink_locked(s, e);
        entry_free(e);
    }
    (void)pthread_mutex_destroy(&s->mutex);
    free(s);
}

/* ---- in and out ---- */

platen_code spool_put(agent_spool *s, uint64_t batch, const char *text, size_t length,
                      platen_error *err)
{
    entry *e = calloc(1, sizeof(*e));
    char *copy = malloc(length + 1);
    if (e == NULL || copy == NULL) {
        free(e);
        free(copy);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a batch of %zu bytes", length);
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    e->text = copy;
    e->length = length;
    e->batch = batch;
    lock(s);
    e->number = ++s->number;
    append_locked(s, e);
    unlock(s);
    return PLATEN_OK;
}

static void put_aside(agent_spool *s, const entry *e)
{
    char path[FILE_PATH];
    char aside[FILE_PATH];
    char name[64];
    (void)snprintf(name, sizeof(name), "refused-%02u.json.gz", (unsigned)(e->number % REFUSED_MAX));
    if (path_of(s, e->number, ".json.gz", path, NULL) == PLATEN_OK &&
        file_join(aside, s->folder, name, NULL) == PLATEN_OK && rename(path, aside) != 0 &&
        errno != ENOENT) {
        (void)unlink(path); /* else it would be sent again at the next start, for ever */
    }
}

static platen_code read_entry(agent_spool *s, uint64_t number, spool_head *head, platen_error *err)
{
    char path[FILE_PATH];
    char *packed = NULL;
    size_t length = 0;
    PLATEN_TRY(path_of(s, number, ".json.gz", path, err));
    PLATEN_TRY(file_read(path, FILE_LIMIT, &packed, &length, err));
    platen_code rc = gzip_unpack(packed, length, FILE_LIMIT, &head->text, &head->length, err);
    free(packed);
    return rc == PLATEN_OK ? rc : error_note(err, rc, "'%s'", path);
}

static platen_code copy_text(const entry *e, spool_head *head, platen_error *err)
{
    head->text = malloc(e->length + 1);
    if (head->text == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a batch of %zu bytes", e->length);
    }
    memcpy(head->text, e->text, e->length + 1);
    head->length = e->length;
    return PLATEN_OK;
}

platen_code spool_peek(agent_spool *s, spool_head *head, platen_error *err)
{
    for (;;) {
        lock(s);
        const entry *e = s->first;
        uint64_t number = e != NULL ? e->number : 0;
        *head = (spool_head){NULL, 0, e != NULL ? e->batch : 0};
        bool in_memory = e != NULL && e->text != NULL;
        platen_code rc = in_memory ? copy_text(e, head, err) : PLATEN_OK;
        unlock(s);
        if (e == NULL) {
            return PLATEN_E_NOT_FOUND;
        }
        if (in_memory) {
            return rc;
        }
        rc = read_entry(s, number, head, err);
        if (rc != PLATEN_E_CORRUPT && rc != PLATEN_E_NOT_FOUND && rc != PLATEN_E_TOO_LARGE) {
            return rc;
        }
        log_error("a batch of results is lost: %s", err != NULL ? err->text : "");
        spool_refuse(s);
    }
}

/* Takes the first out of the line, when the spooler has let go of it. */
static entry *take_first(agent_spool *s)
{
    lock(s);
    entry *e = s->first;
    while (e != NULL && e->moving) {
        unlock(s);
        (void)usleep(1000);
        lock(s);
        e = s->first;
    }
    if (e != NULL) {
        unlink_locked(s, e);
    }
    unlock(s);
    return e;
}

void spool_drop(agent_spool *s)
{
    entry *e = take_first(s);
    char path[FILE_PATH];
    if (e == NULL) {
        return;
    }
    if (e->disk > 0 && path_of(s, e->number, ".json.gz", path, NULL) == PLATEN_OK) {
        (void)unlink(path);
    }
    entry_free(e);
}

void spool_refuse(agent_spool *s)
{
    entry *e = take_first(s);
    if (e == NULL) {
        return;
    }
    if (e->disk > 0) {
        put_aside(s, e);
    }
    entry_free(e);
}

/* ---- to the disk ---- */

static platen_code write_entry(agent_spool *s, const entry *e, size_t *bytes, platen_error *err)
{
    char path[FILE_PATH];
    char *packed = NULL;
    size_t length = 0;
    PLATEN_TRY(path_of(s, e->number, ".json.gz", path, err));
    PLATEN_TRY(gzip_pack(e->text, e->length, &packed, &length, err));
    platen_code rc = file_write(path, packed, length, 0600, err);
    free(packed);
    *bytes = length;
    return rc;
}

static platen_code move_newest(agent_spool *s, platen_error *err)
{
    lock(s);
    entry *e = s->last;
    while (e != NULL && e->text == NULL) {
        e = e->previous;
    }
    if (e != NULL) {
        e->moving = true; /* text and entry stay until it is false again */
    }
    unlock(s);
    if (e == NULL) {
        return PLATEN_E_NOT_FOUND;
    }
    size_t bytes = 0;
    platen_code rc = write_entry(s, e, &bytes, err);
    lock(s);
    e->moving = false;
    if (rc == PLATEN_OK) {
        free(e->text);
        e->text = NULL;
        s->memory -= e->length;
        e->disk = bytes;
        s->disk += bytes;
    } else {
        s->disk_failed = true;
    }
    unlock(s);
    return rc;
}

bool spool_wants_disk(agent_spool *s)
{
    lock(s);
    bool wants = s->memory > s->memory_limit && s->disk < s->disk_limit && !s->disk_failed;
    unlock(s);
    return wants;
}

platen_code spool_move_one(agent_spool *s, platen_error *err)
{
    return move_newest(s, err);
}

platen_code spool_save(agent_spool *s, platen_error *err)
{
    platen_code rc = PLATEN_OK;
    while (rc == PLATEN_OK) {
        rc = move_newest(s, err);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

bool spool_full(agent_spool *s)
{
    lock(s);
    bool full = s->memory > 2 * s->memory_limit;
    unlock(s);
    return full;
}

size_t spool_count(agent_spool *s)
{
    lock(s);
    size_t count = s->count;
    unlock(s);
    return count;
}
