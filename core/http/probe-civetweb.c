/*
 * Run while configuring: does this civetweb serve a page over TLS and IPv6? Exit status 0 when it
 * does; a crash or any other status says no. The certificate is made on the spot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <civetweb.h>

static int set_certificate(void *context, void *user)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    (void)user;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    return SSL_CTX_use_certificate(context, certificate) == 1 &&
                   SSL_CTX_use_PrivateKey(context, key) == 1
               ? 1
               : -1;
}

static int answer(struct mg_connection *connection)
{
    mg_printf(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    return 200;
}

static int ask(int port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    char text[512] = "";
    int length = 0;
    int got = 0;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    SSL *ssl = SSL_new(SSL_CTX_new(TLS_client_method()));
    address.sin6_port = htons((unsigned short)port);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1) {
        return 1;
    }
    SSL_write(ssl, request, (int)sizeof(request) - 1);
    while (length < (int)sizeof(text) - 1 &&
           (got = SSL_read(ssl, text + length, (int)sizeof(text) - 1 - length)) > 0) {
        length += got;
    }
    return strstr(text, "hello") != NULL ? 0 : 1;
}

int main(void)
{
    const char *options[] = {"listening_ports", "[::1]:0s", "num_threads", "2", NULL};
    struct mg_callbacks callbacks = {.begin_request = answer, .init_ssl = set_certificate};
    struct mg_server_port ports[1];
    struct mg_context *server = NULL;
    alarm(20);
    if (mg_init_library(MG_FEATURES_TLS | MG_FEATURES_IPV6) !=
        (MG_FEATURES_TLS | MG_FEATURES_IPV6)) {
        return 2;
    }
    server = mg_start(&callbacks, NULL, options);
    if (server == NULL || mg_get_server_ports(server, 1, ports) != 1) {
        return 3;
    }
    return ask(ports[0].port);
}
