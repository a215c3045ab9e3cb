/** Paths of programs: relative ones begin at the working directory. Links and `..` are the file system's business. */

export function absolutePath(cwd: string, path: string): string {
  if (path.startsWith("/")) return path;
  // An empty path names nothing, not the working directory.
  if (path === "") return "";
  return cwd.endsWith("/") ? `${cwd}${path}` : `${cwd}/${path}`;
}

/** Without `.`, `..` and doubled slashes, as the shell's `cd` and PWD spell it. */
export function logicalPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}
