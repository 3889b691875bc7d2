# host 90 240: 2,000 VRRP instances that become master at once: how far their takeovers lie apart, and what they cost every second
segment
for ((link = 0; link < 8; link++)); do
  ip -n lb1 link add d$link type veth peer name e$link
  ip -n lb1 addr add 10.$((50 + link)).255.1/16 dev d$link
  ip -n lb1 link set d$link up
  ip -n lb1 link set e$link up
done
configuration instances 8 250 >$work/instances.conf
alternate vrrp "$(is_full && echo 3 || echo 1)" 1 instances -x "2,000 instances, every 1 s" -n 2000 -c $work/instances.conf -a 1000
