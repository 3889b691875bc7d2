// A generated descriptor set, embedded in the binary: its import is the path under which it can be read.
declare module "*.binpb" {
  const path: string;
  export default path;
}
