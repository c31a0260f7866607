/*
 * Which program an agent is. After an upgrade of the manager its agents take over the program of
 * the product package, too (SYS-128). The program that was installed on the host is always the one
 * that starts; it gives way to that of the package, and counts how often it did until one of them
 * has heard of the manager: a program that never does is given up after a few starts.
 */
#ifndef PLATEN_FOLLOW_PRODUCT_H
#define PLATEN_FOLLOW_PRODUCT_H

#include <stdbool.h>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/pack/active.h"

/* The program that is to run instead of this one: `other`, with its path. `installed` is NULL in
 * the program of the host. What was given up is noted as a failure of the function. */
platen_code follow_program(const char *data, const char *installed, char path[FILE_PATH],
                           bool *other, platen_error *err);

/* This program works: starts are no longer counted. */
void follow_program_works(const char *data);

/* Whether the manager's product is one for us: `active` is our list, `own` our version. A host on
 * which a newer one was installed keeps it. */
bool follow_product_fits(const cJSON *active, const char *own, const active_package *wanted);

/* Behind unpacking: puts its files where it looks for them and tries whether it starts. */
platen_code follow_product_try(const active_package *p, const char *folder, platen_error *err);

#endif
