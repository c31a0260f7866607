#include "gcm.h"

#include <limits.h>

#include <openssl/evp.h>

bool gcm_encrypt(const uint8_t key[GCM_KEY], const gcm_input *in, uint8_t *out,
                 uint8_t tag[GCM_TAG])
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    uint8_t end[GCM_TAG];
    int n = 0;
    bool good =
        c != NULL && in->length <= INT_MAX && in->extra_length <= INT_MAX &&
        EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, in->nonce) == 1 &&
        EVP_EncryptUpdate(c, NULL, &n, in->extra, (int)in->extra_length) == 1 &&
        (in->length == 0 || EVP_EncryptUpdate(c, out, &n, in->data, (int)in->length) == 1) &&
        EVP_EncryptFinal_ex(c, end, &n) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, (int)GCM_TAG, tag) == 1;
    EVP_CIPHER_CTX_free(c);
    return good;
}

bool gcm_decrypt(const uint8_t key[GCM_KEY], const gcm_input *in, const uint8_t tag[GCM_TAG],
                 uint8_t *out)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    uint8_t end[GCM_TAG];
    uint8_t wanted[GCM_TAG];
    int n = 0;
    for (size_t i = 0; i < GCM_TAG; i++) {
        wanted[i] = tag[i]; /* the library takes no constant */
    }
    bool good =
        c != NULL && in->length <= INT_MAX && in->extra_length <= INT_MAX &&
        EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, in->nonce) == 1 &&
        EVP_DecryptUpdate(c, NULL, &n, in->extra, (int)in->extra_length) == 1 &&
        (in->length == 0 || EVP_DecryptUpdate(c, out, &n, in->data, (int)in->length) == 1) &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, (int)GCM_TAG, wanted) == 1 &&
        EVP_DecryptFinal_ex(c, end, &n) == 1;
    EVP_CIPHER_CTX_free(c);
    return good;
}
