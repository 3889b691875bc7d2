# lab 320 2300: the master ends: from its last advertisement (or from SIGTERM) to the new master's first
segment
take_overs() { # VERSION INTERVAL_S kill|dead|stop RUNS BLOCK
  local i
  for i in 1 2; do configuration vrrp "$1" "$2" $((200 - 50 * i)) >$work/lb$i.conf; done
  note "version $1, every $2 s, $3"
  alternate vrrp "$4" "$5" failover -x "version $1, every $2 s, $3" -1 $work/lb1.conf -2 $work/lb2.conf -a "$(awk "BEGIN { print $2 * 1000 }")" -m "$3"
}
if is_full; then
  for m in kill dead stop; do take_overs 3 0.01 $m 20 5; take_overs 3 0.1 $m 20 5; take_overs 2 1 $m 20 5; done
else
  for m in kill dead stop; do take_overs 3 0.01 $m 6 3; take_overs 3 0.1 $m 6 3; done
  take_overs 2 1 kill 2 2
fi
