/*
 * Passwords: Argon2id in the PHC text form, which carries its own parameters, so that they can be
 * raised later. No lock: libargon2 keeps no state. A hash takes some 30 ms and 19 MiB; callers
 * bound how many run at once.
 */
#include "core/secret/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

/* RFC 9106 asks for 64 MiB where memory allows. With 250 MB for the whole manager and several
 * logins at once this is OWASP's first choice of equal strength: 19 MiB, two passes, one lane. */
#define MEMORY_KIB 19456u
#define PASSES 2u
#define LANES 1u
#define SALT 16
#define HASH 32
#define PASSWORD_LIMIT 1024

/* What a stored hash may ask of us: a forged one must not take all memory or time. */
#define MEMORY_LIMIT_KIB (256u * 1024u)
#define PASSES_LIMIT 16u
#define LANES_LIMIT 16u
#define TEXT_LIMIT 512

platen_code secret_hash_password(const char *password, char **hash, platen_error *err)
{
    unsigned char salt[SALT];
    size_t length = strlen(password);
    if (length > PASSWORD_LIMIT) {
        return error_set(err, PLATEN_E_TOO_LARGE, "the password has %zu bytes, %d are the limit",
                         length, PASSWORD_LIMIT);
    }
    if (RAND_bytes(salt, sizeof salt) != 1) {
        return error_set(err, PLATEN_E_UNAVAILABLE, "the system gives no random bytes");
    }
    size_t size = argon2_encodedlen(PASSES, MEMORY_KIB, LANES, SALT, HASH, Argon2_id);
    char *text = malloc(size);
    if (text == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    int result = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, length, salt,
                                       sizeof salt, HASH, text, size);
    if (result != ARGON2_OK) {
        free(text);
        return error_set(
            err, result == ARGON2_MEMORY_ALLOCATION_ERROR ? PLATEN_E_NOMEM : PLATEN_E_INTERNAL,
            "the password cannot be hashed: %s", argon2_error_message(result));
    }
    *hash = text;
    return PLATEN_OK;
}

/* The parameters that libargon2 would obey are read and bounded first. */
static bool parameters_are_sane(const char *hash)
{
    unsigned version = 0;
    unsigned memory = 0;
    unsigned passes = 0;
    unsigned lanes = 0;
    if (strnlen(hash, TEXT_LIMIT) == TEXT_LIMIT ||
        sscanf(hash, "$argon2id$v=%9u$m=%9u,t=%9u,p=%9u$", &version, &memory, &passes, &lanes) !=
            4) {
        return false;
    }
    return memory <= MEMORY_LIMIT_KIB && passes <= PASSES_LIMIT && lanes <= LANES_LIMIT;
}

bool secret_verify_password(const char *hash, const char *password)
{
    if (hash == NULL || password == NULL || !parameters_are_sane(hash) ||
        strnlen(password, PASSWORD_LIMIT + 1) > PASSWORD_LIMIT) {
        return false;
    }
    return argon2id_verify(hash, password, strlen(password)) == ARGON2_OK;
}
