/* User-based security model: users, keys, digests, ciphers (RFC 3414, 3826, 7860; the two ways to
 * lengthen keys for AES-192 and AES-256). Used under the world's lock only. */
#ifndef SIM_USM_H
#define SIM_USM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { USM_KEY_MAX = 64, USM_DIGEST_MAX = 48, USM_NAME_MAX = 32 };

enum usm_priv { PRIV_NONE, PRIV_DES, PRIV_AES128, PRIV_AES192, PRIV_AES256 };

struct evp_md_st;

struct usm_user {
    char name[USM_NAME_MAX + 1];
    char context[USM_NAME_MAX + 1];
    struct evp_md_st *md; /* NULL: no authentication */
    size_t md_size;
    size_t digest_size; /* octets of the digest that travel */
    enum usm_priv priv;
    bool reeder;                   /* keys lengthened the Reeder (Cisco) way, else Blumenthal's */
    uint8_t auth_key[USM_KEY_MAX]; /* not yet localized */
    uint8_t priv_key[USM_KEY_MAX];
};

struct usm_keys {
    uint8_t auth[USM_KEY_MAX];
    uint8_t priv[USM_KEY_MAX];
};

/* user:authproto:authpass:privproto:privpass[:context], later parts may be left out. */
bool usm_user_read(struct usm_user *u, const char *text);
void usm_fini(struct usm_user *users, size_t count);

bool usm_localize(const struct usm_user *u, const uint8_t *engine, size_t engine_len,
                  struct usm_keys *keys);
bool usm_digest(const struct usm_user *u, const struct usm_keys *keys, const uint8_t *message,
                size_t len, uint8_t digest[USM_KEY_MAX]);
/* In place; for DES len is a multiple of eight. */
bool usm_cipher(const struct usm_user *u, const struct usm_keys *keys, bool encrypt, uint32_t boots,
                uint32_t time, const uint8_t salt[8], uint8_t *data, size_t len);

#endif
