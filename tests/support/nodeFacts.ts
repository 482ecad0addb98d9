const EVERYWHERE = `heartbeat=active
watcher=active
database_reachable=yes
peer_reachable=yes
paths=[{"peer":"x","link":"eth0","status":"up"},{"peer":"x","link":"eth1","status":"up"}]
time=0A4D0002,10.77.0.2,3,1700000000.0
hash:/etc/ha.d/authkeys=aa
`;
/** What `observe facts node` says on the active node of a cluster that is well, sip1. */
export const ACTIVE = `${EVERYWHERE}public=198.51.100.10/24
route=default via 198.51.100.1 dev eth1
proxy=active
relay=active
proxy_answers=yes
relay_answers=yes
owner={"self":"sip1","owner":"sip1","role":"active","since":null}
peers=[{"node":"sip2","status":"active"}]
`;
/** The same of its standby, sip2. */
export const STANDBY = `${EVERYWHERE}public=
route=
proxy=inactive
relay=inactive
owner={"self":"sip2","owner":"sip1","role":"standby","since":null}
peers=[{"node":"sip1","status":"active"}]
`;
