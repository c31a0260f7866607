/*
 * Logins of devices. At rest there is an Argon2id hash; who has shown the right password once is
 * known by a keyed digest of it for as long as the process lives, so that a fleet that fetches at
 * night costs no minutes of hashing.
 */
#include "core/serve/serve_private.h"

#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/base/text.h"
#include "core/secret/secret.h"

void login_proof(const serve *s, const char *user, const char *password,
                 unsigned char proof[SHELF_PROOF])
{
    unsigned char both[2 * SHELF_PROOF];
    unsigned length = SHELF_PROOF;
    /* Each has its own digest first: no user can be continued by a password. */
    (void)HMAC(EVP_sha256(), s->key, sizeof(s->key), (const unsigned char *)user, strlen(user),
               both, &length);
    (void)HMAC(EVP_sha256(), s->key, sizeof(s->key), (const unsigned char *)password,
               strlen(password), both + SHELF_PROOF, &length);
    (void)HMAC(EVP_sha256(), s->key, sizeof(s->key), both, sizeof(both), proof, &length);
    explicit_bzero(both, sizeof(both));
}

bool login_same(const unsigned char a[SHELF_PROOF], const unsigned char b[SHELF_PROOF])
{
    return CRYPTO_memcmp(a, b, SHELF_PROOF) == 0;
}

platen_code login_hash(serve *s, const char *password, char **hash, platen_error *err)
{
    (void)pthread_mutex_lock(&s->hashing);
    platen_code rc = secret_hash_password(password, hash, err);
    (void)pthread_mutex_unlock(&s->hashing);
    return rc;
}

bool login_verify(serve *s, const char *hash, const char *password)
{
    (void)pthread_mutex_lock(&s->hashing);
    bool good = secret_verify_password(hash, password);
    (void)pthread_mutex_unlock(&s->hashing);
    return good;
}

bool login_read(const char *header, char *room, size_t size, const char **user,
                const char **password)
{
    size_t length = 0;
    if (strncasecmp(header, "Basic ", 6) != 0 ||
        !text_unbase64(header + 6, room, size - 1, &length) || memchr(room, '\0', length) != NULL) {
        return false;
    }
    room[length] = '\0';
    char *colon = strchr(room, ':');
    if (colon == NULL) {
        return false;
    }
    *colon = '\0';
    *user = room;
    *password = colon + 1;
    return true;
}
