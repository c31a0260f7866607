/* Finding somebody in the directory and trying a password. On the worker of a question. */
#ifndef PLATEN_DIRECTORY_PERSON_H
#define PLATEN_DIRECTORY_PERSON_H

#include "core/directory/session.h"

/* The work of a login: finds who `q->name` is, tries `q->password`, reads the groups into
 * `q->person`. PLATEN_E_UNAUTHENTICATED is the person's fault, everything else the directory's. */
platen_code person_login(session *s, platen_error *err);

/* The work of single sign-on: the same without a password, for the owner of a ticket. */
platen_code person_lookup(session *s, platen_error *err);

#endif
