# host 120 450: the same on this machine's own kernel
. "$here/measures/jitter.sh"
