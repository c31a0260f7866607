/* What the files of core/secret share: the key's bytes. Nothing outside this folder includes it. */
#ifndef PLATEN_SECRET_INTERNAL_H
#define PLATEN_SECRET_INTERNAL_H

#include "core/secret/secret.h"

#define SECRET_KEY_BYTES 32

struct secret_key {
    unsigned char bytes[SECRET_KEY_BYTES];
};

#endif
