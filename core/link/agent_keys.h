/*
 * The agent's identity in its data folder: agent.key (EC P-256, 0600), agent.crt, ca.pem, and the
 * activation key with which it got them. One thread.
 */
#ifndef PLATEN_LINK_AGENT_KEYS_H
#define PLATEN_LINK_AGENT_KEYS_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "core/base/error.h"
#include "core/base/file.h"

#define AGENT_ACTIVATION_KEY 512

typedef struct agent_keys {
    char key[FILE_PATH];
    char certificate[FILE_PATH];
    char ca[FILE_PATH];
    char activation[FILE_PATH]; /* a file with a key: read once, deleted after success */
    char activated[FILE_PATH];  /* SHA-256 of the activation key that was used */
} agent_keys;

platen_code agent_keys_init(agent_keys *keys, const char *folder, platen_error *err);

/* Whether key, certificate and CA are there. */
bool agent_keys_complete(const agent_keys *keys);

/* The activation key to be used now: of the file, else `configured`, unless it was used before.
 * False: there is none. */
bool agent_keys_activation(const agent_keys *keys, const char *configured,
                           char text[AGENT_ACTIVATION_KEY]);
/* The CA's fingerprint in an activation key; false when it has none. */
bool agent_keys_pin(const char *activation, char fingerprint[65]);

/* A new private key and a CSR for it; PEM, the caller frees both (wipe the key first). */
platen_code agent_keys_make(char **key_pem, char **csr_pem, platen_error *err);

/* Stores what activation gave. The CA must be the one of the fingerprint, the certificate signed by
 * it and made for the key. */
platen_code agent_keys_store(const agent_keys *keys, const char *activation, const char *key_pem,
                             const char *certificate_pem, const char *ca_pem, platen_error *err);

/* SHA-256 of the certificate's DER in hex. */
bool agent_keys_fingerprint(const X509 *certificate, char hex[65]);

#endif
