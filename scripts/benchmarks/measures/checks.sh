# lab 150 400: CPU per 1,000 checks, time until all real servers are in, time until a change is seen
segment
ip netns exec r1 sysctl -qw net.ipv4.tcp_max_tw_buckets=256
checking() { # tcp|http REAL_SERVERS SECONDS EVENTS RUNS
  configuration checks "$2" "$1" >$work/checks.conf
  note "$2 real servers, $1"
  alternate services "$5" 1 checks -x "$1, $2 real servers, every second" -n "$2" -c $work/checks.conf -t "$3" -e "$4" $([ "$1" = http ] && echo -h)
}
if is_full; then checking tcp 1000 20 20 2; checking http 200 20 20 2
else checking tcp 1000 10 10 1; checking http 200 10 10 1; fi
