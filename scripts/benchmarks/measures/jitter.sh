# lab 180 750: how even the advertisements of a master are, alone and beside processes that compute
segment
evenness() { # INTERVAL_S COUNT HOGS [real-time]
  local i line='' how=''
  [ -z "${4:-}" ] || line="vrrp_rt_priority 40" how=", keepalived with vrrp_rt_priority"
  for i in 1 2; do configuration vrrp 3 "$1" $((200 - 50 * i)) "$line" >$work/lb$i.conf; done
  note "every $1 s, $3 computing processes$how"
  alternate vrrp 1 1 jitter -x "every $1 s, $3 computing processes$how" -1 $work/lb1.conf -2 $work/lb2.conf -a "$(awk "BEGIN { print $1 * 1000 }")" -n "$2" -h "$3"
}
count=1000
is_full && count=3000
for hogs in 0 4; do evenness 0.01 $count $hogs; evenness 0.01 $count $hogs real-time; done
is_full && for hogs in 0 1; do evenness 0.1 500 $hogs; done
