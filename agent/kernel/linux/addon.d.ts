// A library imported with `{ type: "file" }` is the path of its bytes: on disk, or inside the compiled binary.
declare module "*.so" {
  const path: string;
  export default path;
}
