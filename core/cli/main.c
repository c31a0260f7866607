/* platen: the command-line client of the REST API. */
#include <stdio.h>

#include "core/cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv, stdin, stdout, stderr);
}
