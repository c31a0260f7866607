/*
 * Making and changing resources from options: a table says which option is which member of the
 * body, so that verbs of different resources need no code of their own for it.
 */
#ifndef PLATEN_CLI_EDIT_H
#define PLATEN_CLI_EDIT_H

#include "core/base/json.h"
#include "core/cli/api.h"
#include "core/cli/args.h"

typedef enum edit_kind {
    EDIT_TEXT,
    EDIT_LIST,    /* of texts; may be repeated, commas separate too */
    EDIT_YES,     /* the option alone means true */
    EDIT_NO,      /* the option alone means false */
    EDIT_NONE,    /* the option alone means an empty list */
    EDIT_REGIONS, /* list of regions by id or name; all_regions becomes false */
    EDIT_SECRET,  /* the option alone: one line of standard input, else asked for */
} edit_kind;

typedef struct edit_member {
    const char *option; /* NULL ends a table */
    const char *member;
    edit_kind kind;
} edit_member;

/* The members that were given, inside an object that the caller has begun. */
platen_code edit_write(cli *c, json_writer *w, const args *a, const edit_member *members,
                       platen_error *err);

/* Writes members of a body, inside an object that was begun. */
typedef platen_code (*edit_write_fn)(cli *c, json_writer *w, const args *a, const void *user,
                                     platen_error *err);

/* A body that is an object with these members. The caller ends it, whatever comes back: it is
 * wiped, as there may be secrets in it. */
platen_code edit_body(cli *c, strbuf *body, const args *a, edit_write_fn write, const void *user,
                      platen_error *err);
void edit_body_end(strbuf *body);

/* POST of such a body, shown. */
platen_code edit_post(cli *c, const args *a, const char *path, edit_write_fn write,
                      const void *user, platen_error *err);

/* PATCH of the one that the first word names, by id or name, with such a body, shown. Nothing given
 * is wrong usage. */
platen_code edit_patch(cli *c, const args *a, const char *list, edit_write_fn write,
                       const void *user, platen_error *err);

/* POST to `list` with the first word as member `name`, shown. */
platen_code edit_create(cli *c, const args *a, const char *list, const edit_member *members,
                        platen_error *err);

/* edit_patch() with what the options say. */
platen_code edit_set(cli *c, const args *a, const char *list, const edit_member *members,
                     platen_error *err);

/* The others by id or name: shown, removed, POST or DELETE of "<list>/<id>/<action>". */
platen_code edit_show(cli *c, const args *a, const char *list, platen_error *err);
platen_code edit_remove(cli *c, const args *a, const char *list, platen_error *err);
platen_code edit_act(cli *c, const args *a, const char *method, const char *list,
                     const char *action, platen_error *err);

/* "<list>/<id>/<part>" of the first word, for lists below a resource. */
platen_code edit_path(cli *c, const args *a, const char *list, const char *part, strbuf *path,
                      platen_error *err);

#endif
