/* jmbctl(1): everything it does is in ctl.h. */
#include "component/ctl.h"

int main(int argc, char **argv)
{
    int status = ctl_run(argc, argv, stdout, stderr);
    if (fflush(stdout) != 0)
        return 74; /* EX_IOERR: whoever reads our answer did not get it */
    return status;
}
