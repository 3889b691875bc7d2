// The descriptors of the API, found by file name and by symbol. The bytes of each file stay as they were built: encoding them anew would
// lose what this runtime does not know.

import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type DescriptorProto, type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Files by what they are called and by what they define; each with all files that it imports, itself first. */
export interface DescriptorSet {
  byName(name: string): readonly Uint8Array[] | undefined;
  bySymbol(symbol: string): readonly Uint8Array[] | undefined;
}

interface File {
  readonly bytes: Uint8Array;
  readonly descriptor: FileDescriptorProto;
}

/** Reads a serialized google.protobuf.FileDescriptorSet. */
export function readDescriptorSet(bytes: Uint8Array): DescriptorSet {
  const files = new Map(fileBytes(bytes).map(readFile));
  const symbols = new Map<string, string>();
  for (const [name, { descriptor }] of files) for (const symbol of symbolsOf(descriptor)) symbols.set(symbol, name);
  const byName = (name: string) => (files.has(name) ? closure(files, name) : undefined);
  return { byName, bySymbol: (symbol) => byName(symbols.get(symbol) ?? "") };
}

/** Field 1 of FileDescriptorSet, each as its bytes. */
function fileBytes(bytes: Uint8Array): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) found.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return found;
}

function readFile(bytes: Uint8Array): readonly [string, File] {
  const descriptor = fromBinary(FileDescriptorProtoSchema satisfies DescMessage, bytes);
  return [descriptor.name, { bytes, descriptor }];
}

function closure(files: ReadonlyMap<string, File>, name: string): Uint8Array[] {
  const reached = new Set<string>();
  const visit = (each: string) => {
    if (reached.has(each)) return;
    reached.add(each);
    for (const dependency of files.get(each)?.descriptor.dependency ?? []) visit(dependency);
  };
  visit(name);
  return [...reached].flatMap((each) => files.get(each)?.bytes ?? []);
}

function symbolsOf({ package: scope, messageType, enumType, service }: FileDescriptorProto): string[] {
  return [
    ...messageType.flatMap((message) => messageSymbols(scope, message)),
    ...enumType.flatMap(({ name, value }) => [`${scope}.${name}`, ...value.map((each) => `${scope}.${each.name}`)]),
    ...service.flatMap(({ name, method }) => [
      `${scope}.${name}`,
      ...method.map((each) => `${scope}.${name}.${each.name}`),
    ]),
  ];
}

function messageSymbols(scope: string, message: DescriptorProto): string[] {
  const name = `${scope}.${message.name}`;
  return [
    name,
    ...message.field.map((field) => `${name}.${field.name}`),
    ...message.oneofDecl.map((oneof) => `${name}.${oneof.name}`),
    ...message.enumType.flatMap((each) => [`${name}.${each.name}`, ...each.value.map((one) => `${name}.${one.name}`)]),
    ...message.nestedType.flatMap((nested) => messageSymbols(name, nested)),
  ];
}
