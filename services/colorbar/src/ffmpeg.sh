#!/bin/sh
# ffmpeg that ends with the process which starts this: the kernel kills it, even when it is stopped or hangs in a write. Where there is no
# setpriv of util-linux it ends a second later, when its standard input does (see encoder.ts).
setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL ffmpeg "$@"
exec ffmpeg "$@"
