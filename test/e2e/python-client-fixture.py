"""A gRPC client in Python that knows the API only by its descriptors. One JSON object a line.

    python-client-fixture.py SOCKET DESCRIPTORS call SERVICE/METHOD REQUEST-JSON
    python-client-fixture.py SOCKET DESCRIPTORS watch
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

socket, descriptors, verb = sys.argv[1:4]
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


def method(path):
    service, name = path.split("/")
    found = pool.FindServiceByName("vipward.v1." + service).methods_by_name[name]
    request = factory.GetPrototype(found.input_type)
    answer = factory.GetPrototype(found.output_type)
    return "/vipward.v1." + path, request, answer


def show(message):
    print(json.dumps(json_format.MessageToDict(message)), flush=True)


channel = grpc.insecure_channel("unix://" + socket)
if verb == "call":
    path, request, answer = method(sys.argv[4])
    stub = channel.unary_unary(path, request_serializer=request.SerializeToString, response_deserializer=answer.FromString)
    show(stub(json_format.Parse(sys.argv[5], request()), timeout=30))
else:
    path, request, answer = method("StateService/WatchState")
    stub = channel.unary_stream(path, request_serializer=request.SerializeToString, response_deserializer=answer.FromString)
    for message in stub(request()):
        show(message)
