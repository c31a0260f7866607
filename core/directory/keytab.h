/* Keys of this service, from memory. Any thread; a keytab belongs to its thread. */
#ifndef PLATEN_DIRECTORY_KEYTAB_H
#define PLATEN_DIRECTORY_KEYTAB_H

#include <krb5/krb5.h>

#include "core/base/arena.h"
#include "core/directory/directory.h"

typedef struct keytab {
    krb5_context context;
    int fd;        /* its bytes, in memory; the file has no name */
    char name[64]; /* for libraries: "FILE:/proc/self/fd/7" */
} keytab;

/* Opens the base64 text; keytab_close() in any case. PLATEN_E_INVAL when it is no base64. */
platen_code keytab_open(keytab *k, const char *base64, platen_error *err);
void keytab_close(keytab *k);

/* The principal whose key is to be used, as "HTTP/host@REALM" in memory of `a`: `wanted` with or
 * without a realm, any of HTTP when that is "". PLATEN_E_NOT_FOUND with what is there. */
platen_code keytab_find(keytab *k, const char *wanted, arena *a, const char **principal,
                        platen_error *err);

#endif
