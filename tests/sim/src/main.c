/* platen-sim: many simulated printers in one process. Starts the net threads and the control
 * thread, says that it is ready and waits for a signal to end. */
#include "control.h"
#include "fleet.h"
#include "pjl.h"
#include "usm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say_ready(const struct world *w, const struct options *o)
{
    char line[128];
    uint32_t a = o->base;
    int n = snprintf(line, sizeof line, "ready devices=%zu port=%u base=%u.%u.%u.%u\n",
                     w->device_count, o->net.port, a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);

    if (fputs(line, stdout) < 0 || fflush(stdout) != 0) {
        perror("platen-sim: stdout");
    }
    if (o->ready_fd >= 0) {
        if (n > 0 && write(o->ready_fd, line, (size_t)n) < 0) {
            perror("platen-sim: --ready-fd");
        }
        close(o->ready_fd);
    }
}

static void wait_for_end(const sigset_t *ends)
{
    int signal_number;

    while (sigwait(ends, &signal_number) != 0) {
    }
}

int main(int argc, char **argv)
{
    static struct world world;
    struct options options;
    struct net *net = NULL;
    struct control *control = NULL;
    sigset_t ends;
    int status = EXIT_FAILURE;

    if (argc >= 2 && strcmp(argv[1], "--ctl") == 0) {
        return control_client(argc - 2, argv + 2);
    }
    /* blocked before any thread starts, so only sigwait sees them */
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!world_init(&world)) {
        return EXIT_FAILURE;
    }
    if (options_read(&options, &world, argc, argv) && fleet_build(&world, &options)) {
        net = net_start(&world, &options.net);
        if (net != NULL && options.pjl_port != 0) {
            world.pjl = pjl_start(&world, options.pjl_port, options.pjl_mode);
            if (world.pjl == NULL) {
                net_stop(net);
                net = NULL;
            }
        }
        if (net != NULL && options.control != NULL) {
            control = control_start(&world, options.control);
        }
        if (net != NULL && (control != NULL || options.control == NULL)) {
            say_ready(&world, &options);
            wait_for_end(&ends);
            status = EXIT_SUCCESS;
        }
    }
    control_stop(control);
    pjl_stop(world.pjl);
    net_stop(net);
    options_fini(&options);
    usm_fini(world.users, world.user_count);
    world_fini(&world);
    return status;
}
