/*
 * The one-time token that allows to make the first administrator from a browser: printed by the
 * manager at its first start and kept in <data>/setup-token (0600) until it is used.
 */
#ifndef PLATEN_REST_SETUP_H
#define PLATEN_REST_SETUP_H

#include "core/base/error.h"
#include "core/store/store.h"

#define SETUP_TOKEN_TEXT 64

/* The token that is in force, made when there is none; "" when there are users already (a file
 * that is left is removed). */
platen_code setup_token_ensure(store *s, const char *data_dir, char token[SETUP_TOKEN_TEXT],
                               platen_error *err);

#endif
