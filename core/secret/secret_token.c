/* Random tokens, their hashes, and comparison in constant time. No state, no lock. */
#include "core/secret/secret.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "core/base/text.h"

#define TOKEN_LEAST 16
#define TOKEN_MOST 64

platen_code secret_token(size_t bytes, strbuf *out, platen_error *err)
{
    unsigned char random[TOKEN_MOST];
    if (bytes < TOKEN_LEAST || bytes > TOKEN_MOST) {
        return error_set(err, PLATEN_E_INVAL, "a token of %zu bytes: %d to %d are allowed", bytes,
                         TOKEN_LEAST, TOKEN_MOST);
    }
    if (RAND_priv_bytes(random, (int)bytes) != 1) {
        return error_set(err, PLATEN_E_UNAVAILABLE, "the system gives no random bytes");
    }
    text_base64url(out, random, bytes);
    OPENSSL_cleanse(random, sizeof random);
    return out->failed ? error_set(err, PLATEN_E_NOMEM, "no memory") : PLATEN_OK;
}

void secret_token_hash(const char *token, char hex[65])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    if (SHA256((const unsigned char *)token, strlen(token), digest) == NULL) {
        abort(); /* OpenSSL without SHA-256; any answer would be a hash that fits other tokens */
    }
    text_hex(hex, digest, sizeof digest);
}

bool secret_equal(const char *a, const char *b)
{
    size_t length = strlen(a);
    return length == strlen(b) && CRYPTO_memcmp(a, b, length) == 0;
}
