"""A gRPC server with grpc.health.v1 for tests: python3 grpc-server-fixture.py PORT. "shop" serves, "till" does not, others are not known."""

import sys
from concurrent import futures

import grpc

STATUSES = {b"": b"\x08\x01", b"\x0a\x04shop": b"\x08\x01", b"\x0a\x04till": b"\x08\x02"}


def check(request, context):
    if request not in STATUSES:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return STATUSES[request]


server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
handlers = {"Check": grpc.unary_unary_rpc_method_handler(check)}
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.health.v1.Health", handlers),))
server.add_insecure_port("127.0.0.1:" + sys.argv[1])
server.start()
server.wait_for_termination()
