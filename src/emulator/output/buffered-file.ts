/**
 * A file that grows by many small pieces of text: gathered in a buffer, written synchronously, and put in its place
 * only when it is whole. Until then it is called `NAME.partial`. Models no real component.
 */
import {
  closeSync,
  fchmodSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";

import { outputError } from "./output-error.ts";

/** What a file is called until it is whole. */
export const PARTIAL = ".partial";

const BUFFER_BYTES = 2 ** 20;
/** UTF-8 bytes of one UTF-16 code unit, at most. */
const BYTES_PER_UNIT = 3;
const READABLE_BY_ALL = 0o644;

export class BufferedFile {
  readonly path: string;
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  #open = true;

  /** Creates or empties `path.partial`. `mode` holds whatever the umask says; default 0644 less the umask. */
  constructor(path: string, mode?: number) {
    this.path = path;
    this.#fd = this.#guard(() => {
      const fd = openSync(path + PARTIAL, "w", mode ?? READABLE_BY_ALL);
      if (mode !== undefined) fchmodSync(fd, mode);
      return fd;
    });
  }

  write(text: string): void {
    const most = text.length * BYTES_PER_UNIT;
    if (most > BUFFER_BYTES - this.#used) this.#flush();
    if (most > BUFFER_BYTES) this.#writeAll(Buffer.from(text, "utf8"));
    else this.#used += this.#buffer.write(text, this.#used, "utf8");
  }

  /** Writes what is left and gives the file its name, replacing an older one. */
  finish(): void {
    this.#flush();
    this.#close();
    this.#guard(() => renameSync(this.path + PARTIAL, this.path));
  }

  /** Removes what was written. Does nothing after `finish`, and never throws. */
  abandon(): void {
    if (!this.#open) return;
    try {
      this.#close();
      rmSync(this.path + PARTIAL, { force: true });
    } catch {
      // Whoever abandons a file has a worse error to report.
    }
  }

  #flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    this.#guard(() => {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#fd, bytes, done);
    });
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#guard(() => closeSync(this.#fd));
  }

  #guard<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      throw outputError(this.path, error);
    }
  }
}
