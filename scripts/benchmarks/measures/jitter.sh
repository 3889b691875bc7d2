# lab 90 450: how even the advertisements of a master are, alone and beside processes that compute
segment
evenness() { # INTERVAL_S COUNT HOGS
  local i
  for i in 1 2; do configuration vrrp 3 "$1" $((200 - 50 * i)) >$work/lb$i.conf; done
  note "every $1 s, $3 computing processes"
  alternate vrrp 1 1 jitter -x "every $1 s, $3 computing processes" -1 $work/lb1.conf -2 $work/lb2.conf -a "$(awk "BEGIN { print $1 * 1000 }")" -n "$2" -h "$3"
}
if is_full; then evenness 0.01 3000 0; evenness 0.01 3000 1; evenness 0.01 3000 4; evenness 0.1 500 0; evenness 0.1 500 1
else evenness 0.01 1000 0; evenness 0.01 1000 1; fi
