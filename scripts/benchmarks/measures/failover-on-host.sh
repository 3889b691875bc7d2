# host 320 2300: the same on this machine's own kernel, where the survivor does not share its processor with the end of the dead one
. "$here/measures/failover.sh"
