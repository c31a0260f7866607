/* The file is checked in an order that costs a hostile one little: its lengths, its checksum, what
 * it demands, the password, and only then its contents. */
#include "container.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "fault.h"
#include "gcm.h"
#include "pack.h"

/* Where things stand in the header. Numbers have the most significant byte first. */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 8,
    AT_MEMORY = 12,
    AT_PASSES = 16,
    AT_LANES = 20,
    AT_SALT = 24,
    AT_CHECK = 40, /* whether the password is right */
    AT_NONCE = 56,
    AT_PLAIN = 68,  /* bytes inside */
    AT_CIPHER = 72, /* bytes of ciphertext */
    AT_ZERO = 76,
};

#define SALT 16u
#define CHECK 16u
#define SUM 32u

#define MEMORY_MIN (8u << 10)
#define MEMORY_MAX (128u << 10)
#define PASSES_MAX 10u
#define WORK_MAX (512u << 10) /* memory times passes */
#define LANES_MAX 4u

static const uint8_t magic[8] = {'P', 'L', 'A', 'T', 'E', 'N', 'S', 'V'};

/* So that uploads at the same time cannot take the memory of as many derivations. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

typedef struct keys {
    uint8_t cipher[GCM_KEY];
    uint8_t check[32];
} keys;

static void put_u32(uint8_t *at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool container_is(const uint8_t *file, size_t length)
{
    return length >= sizeof(magic) && memcmp(file, magic, sizeof(magic)) == 0;
}

/* ---- the password ---- */

static bool is_affordable(const container_cost *c)
{
    return c->memory >= MEMORY_MIN && c->memory <= MEMORY_MAX && c->passes >= 1 &&
           c->passes <= PASSES_MAX && c->lanes >= 1 && c->lanes <= LANES_MAX &&
           c->memory * c->passes <= WORK_MAX;
}

static platen_code derive(const container_cost *cost, const char *password, const uint8_t *salt,
                          keys *out, platen_error *err)
{
    (void)pthread_mutex_lock(&one_at_a_time);
    int failed = argon2id_hash_raw(cost->passes, cost->memory, cost->lanes, password,
                                   strlen(password), salt, SALT, out, sizeof(*out));
    (void)pthread_mutex_unlock(&one_at_a_time);
    return failed == ARGON2_OK ? PLATEN_OK
                               : fault(err, PLATEN_E_NOMEM, "the key of a file cannot be made: %s",
                                       argon2_error_message(failed));
}

/* Of salt and cost, too, so that it says nothing of the same password in another file. */
static bool make_check(const keys *k, const uint8_t *header, uint8_t check[CHECK])
{
    uint8_t whole[32];
    unsigned n = 0;
    bool good =
        HMAC(EVP_sha256(), k->check, (int)sizeof(k->check), header, AT_CHECK, whole, &n) != NULL;
    memcpy(check, whole, CHECK);
    return good;
}

static bool make_sum(const uint8_t *file, size_t length, uint8_t sum[SUM])
{
    return EVP_Digest(file, length, sum, NULL, EVP_sha256(), NULL) == 1;
}

/* ---- writing ---- */

static platen_code fill_header(const container_cost *cost, uint8_t *header, size_t plain,
                               size_t cipher, platen_error *err)
{
    memset(header, 0, CONTAINER_HEADER);
    memcpy(header + AT_MAGIC, magic, sizeof(magic));
    put_u32(header + AT_VERSION, CONTAINER_VERSION);
    put_u32(header + AT_MEMORY, cost->memory);
    put_u32(header + AT_PASSES, cost->passes);
    put_u32(header + AT_LANES, cost->lanes);
    put_u32(header + AT_PLAIN, (uint32_t)plain);
    put_u32(header + AT_CIPHER, (uint32_t)cipher);
    return RAND_bytes(header + AT_SALT, (int)SALT) == 1 &&
                   RAND_bytes(header + AT_NONCE, (int)GCM_NONCE) == 1
               ? PLATEN_OK
               : fault(err, PLATEN_E_INTERNAL, "no random bytes for a file");
}

/* Header, ciphertext, tag and checksum into `file`, which has room for them. */
static platen_code seal(const container_cost *cost, const char *password, size_t plain_length,
                        const uint8_t *packed, size_t packed_length, uint8_t *file,
                        platen_error *err)
{
    keys k;
    uint8_t *behind = file + CONTAINER_HEADER + packed_length;
    PLATEN_TRY(fill_header(cost, file, plain_length, packed_length, err));
    PLATEN_TRY(derive(cost, password, file + AT_SALT, &k, err));
    bool good = make_check(&k, file, file + AT_CHECK);
    const gcm_input in = {file + AT_NONCE, file, CONTAINER_HEADER, packed, packed_length};
    good = good && gcm_encrypt(k.cipher, &in, file + CONTAINER_HEADER, behind) &&
           make_sum(file, CONTAINER_HEADER + packed_length + GCM_TAG, behind + GCM_TAG);
    explicit_bzero(&k, sizeof(k));
    return good ? PLATEN_OK : fault(err, PLATEN_E_INTERNAL, "a file cannot be encrypted");
}

platen_code container_write(const container_cost *cost, const char *password, const void *plain,
                            size_t length, uint8_t **file, size_t *file_length, platen_error *err)
{
    uint8_t *packed = NULL;
    size_t packed_length = 0;
    size_t letters = strnlen(password, CONTAINER_PASSWORD_MAX + 1);
    if (letters == 0 || letters > CONTAINER_PASSWORD_MAX || !is_affordable(cost)) {
        return fault(err, PLATEN_E_INVAL, "a password of 1 to %u bytes is needed",
                     CONTAINER_PASSWORD_MAX);
    }
    if (length > CONTAINER_PLAIN_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "%zu bytes for a file, at most %u", length,
                     CONTAINER_PLAIN_MAX);
    }
    PLATEN_TRY(pack(PACK_GZIP, plain, length, &packed, &packed_length, err));
    *file_length = CONTAINER_HEADER + packed_length + CONTAINER_TRAILER;
    uint8_t *out = malloc(*file_length);
    platen_code rc = out == NULL ? fault_memory(err, "a file")
                                 : seal(cost, password, length, packed, packed_length, out, err);
    explicit_bzero(packed, packed_length);
    free(packed);
    if (rc != PLATEN_OK) {
        free(out);
        return rc;
    }
    *file = out;
    return PLATEN_OK;
}

/* ---- reading ---- */

static platen_code damaged(platen_error *err)
{
    return fault(err, PLATEN_E_CORRUPT, "the file was cut, damaged or edited");
}

/* All that can be said without the password. */
static platen_code check_outside(const uint8_t *file, size_t length, container_cost *cost,
                                 platen_error *err)
{
    uint8_t sum[SUM];
    if (!container_is(file, length)) {
        return fault(err, PLATEN_E_MALFORMED, "the file is no container of settings");
    }
    if (length < CONTAINER_HEADER + CONTAINER_TRAILER) {
        return damaged(err);
    }
    uint32_t version = get_u32(file + AT_VERSION);
    if (version != CONTAINER_VERSION) {
        return fault(err, PLATEN_E_VERSION, "the file is of version %u, this version reads %u",
                     version, CONTAINER_VERSION);
    }
    if (length > CONTAINER_MAX || get_u32(file + AT_PLAIN) > CONTAINER_PLAIN_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "the file has %zu bytes, at most %u", length,
                     CONTAINER_MAX);
    }
    if (get_u32(file + AT_CIPHER) != length - CONTAINER_HEADER - CONTAINER_TRAILER ||
        get_u32(file + AT_ZERO) != 0 || !make_sum(file, length - SUM, sum) ||
        CRYPTO_memcmp(sum, file + length - SUM, SUM) != 0) {
        return damaged(err);
    }
    *cost = (container_cost){get_u32(file + AT_MEMORY), get_u32(file + AT_PASSES),
                             get_u32(file + AT_LANES)};
    return is_affordable(cost)
               ? PLATEN_OK
               : fault(err, PLATEN_E_TOO_LARGE,
                       "the file demands %u KiB of memory, %u passes and %u lanes for its password",
                       cost->memory, cost->passes, cost->lanes);
}

static platen_code decrypt(const keys *k, const uint8_t *file, size_t length, char **plain,
                           size_t *plain_length, platen_error *err)
{
    uint8_t *packed = malloc(length + 1);
    const gcm_input in = {file + AT_NONCE, file, CONTAINER_HEADER, file + CONTAINER_HEADER, length};
    platen_code rc = PLATEN_OK;
    if (packed == NULL) {
        return fault_memory(err, "a file");
    }
    *plain_length = get_u32(file + AT_PLAIN);
    if (!gcm_decrypt(k->cipher, &in, file + CONTAINER_HEADER + length, packed)) {
        rc = damaged(err);
    } else {
        rc = unpack(PACK_GZIP, packed, length, *plain_length, plain, err);
    }
    explicit_bzero(packed, length);
    free(packed);
    return rc;
}

platen_code container_read(const uint8_t *file, size_t file_length, const char *password,
                           char **plain, size_t *length, platen_error *err)
{
    container_cost cost;
    keys k;
    uint8_t check[CHECK];
    PLATEN_TRY(check_outside(file, file_length, &cost, err));
    if (strnlen(password, CONTAINER_PASSWORD_MAX + 1) > CONTAINER_PASSWORD_MAX) {
        return fault(err, PLATEN_E_FORBIDDEN, "the password is not the one of the file");
    }
    PLATEN_TRY(derive(&cost, password, file + AT_SALT, &k, err));
    platen_code rc = PLATEN_OK;
    if (!make_check(&k, file, check) || CRYPTO_memcmp(check, file + AT_CHECK, CHECK) != 0) {
        rc = fault(err, PLATEN_E_FORBIDDEN, "the password is not the one of the file");
    } else {
        rc = decrypt(&k, file, file_length - CONTAINER_HEADER - CONTAINER_TRAILER, plain, length,
                     err);
    }
    explicit_bzero(&k, sizeof(k));
    return rc;
}
