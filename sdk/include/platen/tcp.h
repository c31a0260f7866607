/*
 * tcp/1, since 1.2: raw TCP sessions with the device of a work, with or without TLS, for drivers
 * that speak a protocol of their own.
 *
 * Threads: only for drivers with PLATEN_DRIVER_BLOCKING, on the thread that has the work. Every
 * call blocks until it is done, its own time is over, the work's deadline has come
 * (PLATEN_E_TIMEOUT both), or the work is taken back (PLATEN_E_CANCELLED, within 100 ms). A session
 * goes to the device's own address and nowhere else.
 *
 * Devices serve one client at a time on such ports: while a session is open the agent lets no other
 * work open one to the same address and port; open() waits for its turn within its own time.
 */
#ifndef PLATEN_TCP_H
#define PLATEN_TCP_H

#include <platen/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct platen_tcp_session platen_tcp_session; /* opaque, from open() to close() */

#define PLATEN_TCP_TLS                                                                             \
    1u                        /* flag: TLS from the first byte; the device's certificate is not    \
                                 checked, devices sign their own */
#define PLATEN_TCP_SESSIONS 4 /* most open sessions of one work */
#define PLATEN_TCP_TIMEOUT_MAX 600000u /* ms, of any call */

typedef struct platen_tcp_options {
    uint32_t size;
    uint32_t flags;      /* PLATEN_TCP_... */
    uint32_t port;       /* 1 to 65,535; 0: the target's, if the driver's transport is TCP */
    uint32_t timeout_ms; /* of waiting for the turn, connecting and TLS together, 1 to 600,000 */
} platen_tcp_options;

#define PLATEN_TCP_OPTIONS_INIT                                                                    \
    {                                                                                              \
        (uint32_t)sizeof(platen_tcp_options), 0, 0, 5000                                           \
    }

typedef struct platen_tcp {
    uint32_t size;

    /*
     * Connects. INVAL: an unknown flag, a port or a time that cannot be; STATE: the driver is not a
     * blocking one, or the work has 4 sessions; UNAVAILABLE: another work has the port for all of
     * the time; UNREACHABLE, TIMEOUT: no connection; PROTOCOL: no TLS. The session is the work's:
     * the host closes what is open at finish().
     */
    platen_code (*open)(platen_work *work, const platen_tcp_options *options,
                        platen_tcp_session **session, platen_error *err);

    /* Sends all of `data`. UNREACHABLE: the device closed or reset the connection; on any failure a
     * part may have been sent. */
    platen_code (*send)(platen_tcp_session *session, const void *data, size_t length,
                        uint32_t timeout_ms, platen_error *err);

    /*
     * Receives what is there, at least one byte and at most `room`; waits for the first one. The
     * device closing its side is PLATEN_OK with a length of 0, also the next time. `length` is set
     * on success only.
     */
    platen_code (*receive)(platen_tcp_session *session, void *buffer, size_t room,
                           uint32_t timeout_ms, size_t *length, platen_error *err);

    /*
     * Receives until the bytes of `until` (1 to 64) have come; they are the last in `buffer`, what
     * came behind them is kept for the next call. TOO_LARGE: `room` is full without them; PROTOCOL:
     * the device closed its side before. After TIMEOUT, TOO_LARGE and PROTOCOL what has come is in
     * `buffer` and its number in `length`.
     */
    platen_code (*receive_until)(platen_tcp_session *session, const void *until,
                                 size_t until_length, void *buffer, size_t room,
                                 uint32_t timeout_ms, size_t *length, platen_error *err);

    /* Says that nothing more will be sent (half-close); receiving goes on. Not with TLS. */
    platen_code (*shut)(platen_tcp_session *session, platen_error *err);

    /* NULL is fine. Never waits. */
    void (*close)(platen_tcp_session *session);
} platen_tcp;

#ifdef __cplusplus
}
#endif

#endif
