/*
 * Sealing: AES-256-GCM with a random nonce of 96 bits. The place is authenticated with it, so that
 * a sealed text moved to another row does not open. 2^32 texts may be sealed with one key before
 * random nonces become a risk (NIST SP 800-38D, 8.3); a manager seals some thousand. No lock.
 */
#include "core/secret/secret.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "core/base/text.h"
#include "core/secret/secret_internal.h"

#define VERSION "v1:"
#define NONCE 12
#define TAG 16
#define PLAIN_LIMIT ((size_t)6 << 20) /* what an agent serves to devices, as base64 */

static bool encrypt(EVP_CIPHER_CTX *context, const secret_key *key, const char *place,
                    const char *plain, size_t length, unsigned char *box)
{
    unsigned char *nonce = box;
    unsigned char *text = box + NONCE;
    unsigned char *tag = text + length;
    int got = 0;
    return RAND_bytes(nonce, NONCE) == 1 &&
           EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, nonce) == 1 &&
           EVP_EncryptUpdate(context, NULL, &got, (const unsigned char *)place,
                             (int)strlen(place)) == 1 &&
           EVP_EncryptUpdate(context, text, &got, (const unsigned char *)plain, (int)length) == 1 &&
           EVP_EncryptFinal_ex(context, text + got, &got) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1;
}

platen_code secret_seal(const secret_key *key, const char *place, const char *plain, char **sealed,
                        platen_error *err)
{
    size_t length = strlen(plain);
    if (length > PLAIN_LIMIT || strlen(place) > PLAIN_LIMIT) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "the secret '%.80s' has %zu bytes, %zu are the limit", place, length,
                         PLAIN_LIMIT);
    }
    platen_code code = PLATEN_OK;
    size_t size = NONCE + length + TAG;
    unsigned char *box = malloc(size);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (box == NULL || context == NULL) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory");
    } else if (!encrypt(context, key, place, plain, length, box)) {
        code = error_set(err, PLATEN_E_INTERNAL, "the secret '%.80s' cannot be sealed", place);
    } else {
        strbuf text;
        strbuf_init(&text);
        strbuf_append(&text, VERSION);
        text_base64url(&text, box, size);
        char *taken = strbuf_take(&text);
        if (taken == NULL) {
            code = error_set(err, PLATEN_E_NOMEM, "no memory");
        } else {
            *sealed = taken;
        }
        strbuf_fini(&text);
    }
    EVP_CIPHER_CTX_free(context);
    free(box); /* what it holds is sealed */
    return code;
}

static bool decrypt(EVP_CIPHER_CTX *context, const secret_key *key, const char *place,
                    unsigned char *box, size_t size, char *plain)
{
    unsigned char *text = box + NONCE;
    size_t length = size - NONCE - TAG;
    unsigned char *tag = text + length;
    int got = 0;
    return EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, box) == 1 &&
           EVP_DecryptUpdate(context, NULL, &got, (const unsigned char *)place,
                             (int)strlen(place)) == 1 &&
           EVP_DecryptUpdate(context, (unsigned char *)plain, &got, text, (int)length) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
           EVP_DecryptFinal_ex(context, (unsigned char *)plain + got, &got) == 1;
}

platen_code secret_open(const secret_key *key, const char *place, const char *sealed, char **plain,
                        platen_error *err)
{
    size_t size = 0;
    size_t capacity = strlen(sealed); /* base64 is longer than what it says */
    if (!text_begins(sealed, VERSION) || capacity > 2 * PLAIN_LIMIT ||
        strlen(place) > PLAIN_LIMIT) {
        return error_set(err, PLATEN_E_CORRUPT, "the secret '%.80s' is not sealed in a known form",
                         place);
    }
    platen_code code = PLATEN_OK;
    unsigned char *box = malloc(capacity);
    char *text = malloc(capacity);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (box == NULL || text == NULL || context == NULL) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory");
    } else if (!text_unbase64url(sealed + strlen(VERSION), box, capacity, &size) ||
               size < NONCE + TAG || !decrypt(context, key, place, box, size, text)) {
        code = error_set(err, PLATEN_E_CORRUPT,
                         "the secret '%.80s' does not open with this key file", place);
        OPENSSL_cleanse(text, capacity); /* decrypted, but nobody vouches for it */
    } else {
        text[size - NONCE - TAG] = '\0';
        *plain = text;
        text = NULL;
    }
    EVP_CIPHER_CTX_free(context);
    free(box);
    free(text);
    return code;
}

void secret_text_free(char *text)
{
    if (text != NULL) {
        OPENSSL_cleanse(text, strlen(text));
        free(text);
    }
}
