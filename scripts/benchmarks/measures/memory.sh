# host 60 180: memory of all processes together with one VRRP instance (no virtual server: this needs no IPVS), and CPU when idle
segment
configuration vrrp 3 0.1 150 >$work/vrrp.conf
alternate vrrp "$(is_full && echo 5 || echo 2)" 1 start -x "one VRRP instance, after 5 s" -c $work/vrrp.conf -i 5 -m
