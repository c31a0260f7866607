/* Names, filters and DNs of a directory: text work without a connection. Any thread. */
#ifndef PLATEN_DIRECTORY_WORDS_H
#define PLATEN_DIRECTORY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/strbuf.h"
#include "core/directory/directory.h"

/* A value inside a search filter (RFC 4515 section 3): what is not a letter, a digit or a harmless
 * sign becomes \\xx, so that no value ends its filter or is a pattern. */
void words_escape(strbuf *out, const char *value);
void words_escape_n(strbuf *out, const void *value, size_t length);

/* ASCII lower case, the rest as it is; `out` is appended to. */
void words_fold(strbuf *out, const char *text);

/* A DN in the one form in which two are compared: RFC 4514, no spaces around signs, ASCII lower
 * case. False when it is none; `out` is appended to. */
bool words_fold_dn(strbuf *out, const char *dn);

/* The value of a DN's first part ("Printers" of "CN=Printers,OU=Groups,..."), of the arena; NULL
 * when it is no DN. */
const char *words_first_value(arena *a, const char *dn);

/* Whether it is written as a DN and no plain name can be meant. */
bool words_is_dn(const char *text);

/* The configured domain names in `names` (of the arena): the comma-separated ones, else what the
 * dc= parts of `base` say. The count, at most `capacity`. */
size_t words_domains(arena *a, const char *domain, const char *base, const char **names,
                     size_t capacity);

/* Whether `typed` names the domain `known`: the same, or the first label of a DNS name, which is
 * how short names of domains are made. */
bool words_same_domain(const char *known, const char *typed, directory_form form);

#endif
