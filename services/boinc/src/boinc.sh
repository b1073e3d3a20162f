#!/bin/sh
# The client, which ends with the process that starts it, and gives its tasks time for that. Programs of strangers have its environment.
unset BOINC_GUI_RPC_PASSWORD
setpriv --pdeathsig TERM true 2>/dev/null && exec setpriv --pdeathsig TERM "$@"
exec "$@"
