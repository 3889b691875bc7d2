"""Calls every method of the API's own services with Python's grpcio, which knows them only by their descriptors, and prints what became of each.

    every-call-fixture.py SOCKET DESCRIPTORS < {"Service/Method": request, ...}

One JSON object a method: its name, the code, and the answer or what was said. Of a stream the first message counts. Stop comes last.
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

socket, descriptors = sys.argv[1:3]
requests = json.load(sys.stdin)
pool = descriptor_pool.DescriptorPool()
files = descriptor_pb2.FileDescriptorSet()
with open(descriptors, "rb") as file:
    files.ParseFromString(file.read())
waiting = list(files.file)
while waiting:  # a file can be added only after those that it imports
    known = {file.name for file in files.file} - {file.name for file in waiting}
    for file in [file for file in waiting if set(file.dependency) <= known]:
        pool.Add(file)
        waiting.remove(file)
factory = message_factory.MessageFactory(pool)
channel = grpc.insecure_channel("unix://" + socket)


def call(service, method):
    found = pool.FindServiceByName(service).methods_by_name[method.name]
    request, answer = factory.GetPrototype(found.input_type), factory.GetPrototype(found.output_type)
    kind = ("stream" if method.client_streaming else "unary") + "_" + ("stream" if method.server_streaming else "unary")
    stub = getattr(channel, kind)(
        "/%s/%s" % (service, method.name),
        request_serializer=request.SerializeToString,
        response_deserializer=answer.FromString,
    )
    asked = json_format.ParseDict(requests[service.split(".")[-1] + "/" + method.name], request())
    given = iter([asked]) if method.client_streaming else asked
    if not method.server_streaming:
        return stub(given, timeout=30)
    stream = stub(given, timeout=30)
    first = next(stream)
    stream.cancel()
    return first


methods = [
    (file.package + "." + service.name, method)
    for file in files.file
    if file.package == "vipward.v1"
    for service in file.service
    for method in service.method
]
for service, method in sorted(methods, key=lambda one: one[1].name == "Stop"):
    result = {"method": service + "/" + method.name, "code": "OK"}
    try:
        result["answer"] = json_format.MessageToDict(call(service, method))
    except grpc.RpcError as error:
        result.update(code=error.code().name, said=error.details())
    print(json.dumps(result), flush=True)
