/* One-time codes by liboath. No state but the library's, which is set up once. */
#include "core/secret/secret.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#define SECRET_BYTES 20 /* RFC 4226 section 4: 160 bits */
#define WINDOW 1        /* steps that a clock may be off */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int ready = OATH_CRYPTO_ERROR;

static void set_up(void)
{
    ready = oath_init();
}

platen_code secret_totp_new(char secret[SECRET_TOTP_TEXT], platen_error *err)
{
    char bytes[SECRET_BYTES];
    char *text = NULL;
    size_t length = 0;
    if (RAND_bytes((unsigned char *)bytes, sizeof(bytes)) != 1) {
        return error_set(err, PLATEN_E_UNAVAILABLE, "the system gives no random bytes");
    }
    int result = oath_base32_encode(bytes, sizeof(bytes), &text, &length);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    if (result != OATH_OK || length >= SECRET_TOTP_TEXT) {
        secret_text_free(text);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a secret");
    }
    memcpy(secret, text, length + 1);
    secret_text_free(text);
    return PLATEN_OK;
}

static bool six_digits(const char *code)
{
    for (size_t i = 0; i < SECRET_TOTP_DIGITS; i++) {
        if (!isdigit((unsigned char)code[i])) {
            return false;
        }
    }
    return code[SECRET_TOTP_DIGITS] == '\0';
}

/* All steps of the window are compared, whichever fits. */
static int64_t find_step(const char *key, size_t length, const char *code, int64_t step)
{
    int64_t found = 0;
    for (int64_t each = step - WINDOW; each <= step + WINDOW; each++) {
        char expected[SECRET_TOTP_DIGITS + 1];
        if (oath_totp_generate(key, length, (time_t)(each * SECRET_TOTP_STEP_S), SECRET_TOTP_STEP_S,
                               0, SECRET_TOTP_DIGITS, expected) == OATH_OK &&
            secret_equal(expected, code)) {
            found = each;
        }
    }
    return found;
}

bool secret_totp_check(const char *secret, const char *code, int64_t now_ms, int64_t *step)
{
    char *key = NULL;
    size_t length = 0;
    (void)pthread_once(&once, set_up);
    if (ready != OATH_OK || !six_digits(code) ||
        oath_base32_decode(secret, strlen(secret), &key, &length) != OATH_OK) {
        return false;
    }
    *step = find_step(key, length, code, now_ms / 1000 / SECRET_TOTP_STEP_S);
    OPENSSL_cleanse(key, length);
    free(key);
    return *step != 0;
}
